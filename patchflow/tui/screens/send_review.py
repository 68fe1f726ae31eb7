"""How a review is sent: its finished mails on a page that asks, and what is asked about mails of unknown fate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from patchflow.domain.finding import Severity
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.models.patches import finding_row
from patchflow.tui.models.review import Finished
from patchflow.tui.models.rows import Row, prose
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.panes import Panes

if TYPE_CHECKING:
    from patchflow.tui.jobs import Job


class SendsReview(Panes, inherit_bindings=False):
    """The part of a review's screen that sends it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.review = name
        self.asked: list[str] = []  # about mails of unknown fate

    def _changed(self, words: str) -> None:
        self.host.say(words)
        self.host.reread_views()

    def action_send_review(self) -> None:
        """The finished mails whole, on a page that asks."""
        if self.host.may_send():
            self._finished(self._page)

    def _finished(self, then: Callable[[Finished], None]) -> None:
        directory, name = self.host.directory, self.review
        self.host.job("making the mails", lambda job: work.reviewing.finished(directory, name), then, group="page")

    def _page(self, found: Finished) -> None:
        self.asked = found.asked
        if self.asked:
            self.host.say(
                f"The fate of a mail is not known. Look whether it arrived, then {key('arrived')} (it did) or "
                f"{key('again')} (send it once more).", "warning",
            )  # fmt: skip
            return
        serious = [one for one in found.findings if one.severity == Severity.ERROR]
        errors = sorted({one.rule for one in serious})
        if not errors:
            self._ask_to_send(found, [])
            return

        def let_through(reason: str) -> None:
            self._ask_to_send(found, [Row(f"let through: {', '.join(errors)}: {reason}", "note")])

        words = f"A mail has errors: {serious[0].text}. A reason lets them through, {key('leave-line')} goes back."
        self.host.ask("reason: ", words, let_through)

    def _ask_to_send(self, found: Finished, above: list[Row]) -> None:
        count = len(found.mails)
        rows = [*above, *(finding_row(one, places=True) for one in found.findings)]
        for number, (mail, added) in enumerate(zip(found.mails, found.bcc, strict=True), 1):
            rows.append(Row(f"mail {number} of {count}", "head"))
            if added:
                rows.append(Row(f"Bcc: {', '.join(added)} (by your own sendemail.* configuration)", "strong"))
            rows += [*prose(mail.text().rstrip("\n")), Row("")]
        title = "Send this mail?" if count == 1 else f"Send these {count} mails?"
        self.app.push_screen(Confirm(title, rows, "confirm-send", "send"), lambda yes: self._send(yes, found))

    def action_again(self) -> None:
        """Mails of unknown fate once more, after a page."""
        self._answer("Send them once more?", "send once more", again=True)

    def action_arrived(self) -> None:
        """Mails of unknown fate have arrived."""
        self._answer("Have they arrived?", "they arrived", arrived=True)

    def _answer(self, title: str, verb: str, again: bool = False, arrived: bool = False) -> None:
        def ask(found: Finished) -> None:
            self.asked = found.asked
            if not self.asked:
                self.host.say("The fate of no mail is unknown.", "warning")
                return
            unknown = [number for number, one in enumerate(found.mails) if one.unknown]
            only = Finished([found.mails[n] for n in unknown], [], [found.bcc[n] for n in unknown], [])
            rows = [*(Row(line) for line in self.asked), Row("")]
            rows += [row for mail in only.mails for row in prose(mail.text())]
            self.app.push_screen(Confirm(title, rows, "confirm-send", verb),
                                 lambda yes: self._send(yes, only, again, arrived))  # fmt: skip

        if self.host.may_send():
            self._finished(ask)

    def _send(self, yes: bool | None, found: Finished, again: bool = False, arrived: bool = False) -> None:
        if not yes:
            return
        directory = self.host.directory

        def done(words: str) -> None:
            self.asked = []
            self._changed(words)

        def sent(job: Job) -> str:
            return work.reviewing.send(directory, found.mails, found.bcc, again, arrived)

        self.host.job("sending the review", sent, done, group="send", lasting=True)
