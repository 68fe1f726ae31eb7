"""Replies: the drafts there are, and one draft beside the mail it answers, with the lint live."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from patchflow.domain.finding import Severity
from patchflow.errors import PatchflowError
from patchflow.flow.review.reply import read_draft
from patchflow.formats.counted import many
from patchflow.formats.safe import safe
from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.conversation import message_rows
from patchflow.tui.models.patches import finding_row
from patchflow.tui.models.rows import Row, prose
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from patchflow.domain.finding import Finding
    from patchflow.flow.review.reply import Kept

# The headers a writer looks at; From and those that thread are kept, and shown on the page before sending.
_SHOWN = ("to", "cc", "subject")


class DraftsScreen(View, inherit_bindings=False):
    """The drafts there are."""

    BINDINGS = [*bindings("draft-list", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def places(self) -> tuple[str, ...]:
        """The list's keys."""
        return ("draft-list", LISTS)

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return "patchflow · drafts of replies", ""

    def next_words(self) -> str:
        """How they come about."""
        return f"{key('reply')} on a comment or a message begins one; {key('close')} goes back"

    def body(self) -> Widget:
        """The list."""
        self.table = Lines(id="drafts", empty="No drafts.")
        return self.table

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.set_focus(self.table)
        self.reread()

    def reread(self) -> None:
        """Reads the drafts anew."""
        directory = self.host.directory
        self.host.job("drafts", lambda job: work.replying.drafts(directory), self._take, group="drafts", quiet=True)

    def _take(self, found: list[tuple[str, str]]) -> None:
        self.table.set_rows([Row(words, "plain", path) for path, words in found])

    def action_open_draft(self) -> None:
        """Goes on with it."""
        if isinstance(path := self.table.ref, str):
            directory = self.host.directory
            self.host.job("draft", lambda job: work.replying.open_draft(directory, path),
                          lambda kept: self.app.push_screen(ReplyScreen(kept)), group="draft")  # fmt: skip

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click opens."""
        self.action_open_draft()


class Writing(TextArea):
    """Where a draft is written; its own keys and this one count there."""

    BINDINGS = bindings("writing")

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__(id="writing", soft_wrap=True)
        self.end = end

    def action_end_writing(self) -> None:
        """Back to the draft, which is kept."""
        self.end()


class ReplyScreen(View, inherit_bindings=False):
    """A draft: the mail above or at the left, the draft with its findings beside it."""

    BINDINGS = [*bindings("reply", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.kept = kept
        self.findings: list[Finding] = []
        self.asked: list[str] = []
        self.bcc: tuple[str, ...] = ()  # whom the configuration adds, as the page showed them
        self._waiting: Timer | None = None

    def places(self) -> tuple[str, ...]:
        """The draft's keys; while one writes, the text's own."""
        return ("writing",) if self.writing.display else ("reply", LISTS)

    def idle(self) -> Collection[str]:
        """What answers the question about a reply of unknown fate, where there is none."""
        return () if self.asked else ("again", "arrived")

    def title_words(self) -> tuple[str, str]:
        """What is answered."""
        return f"patchflow · reply · {self.kept.draft.header('Subject')}", ""

    @property
    def everywhere(self) -> bool:  # type: ignore[override]
        """While one writes, letters are letters."""
        return not self.writing.display

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While one writes, the text's own keys count."""
        return False if self.writing.display else super().check_action(action, parameters)

    def next_words(self) -> str:
        """What the lint says in short; while one writes, what it finds first."""
        if self.writing.display:
            return (
                finding_row(self.findings[0], places=True).text if self.findings else "the draft is kept as you write"
            )
        errors = sum(f.severity == Severity.ERROR for f in self.findings)
        if errors:
            how = f"{key('write-here')} writes here, {key('edit-reply')} opens the editor"
            return f"{many(errors, 'error')} in the draft: {how}"
        more = f"; {many(len(self.findings), 'remark')} below" if self.findings else ""
        return f"the draft is kept; {key('send-reply')} sends it after a page that asks{more}"

    def body(self) -> Widget:
        """Mail and draft."""
        self.mail = Lines(id="mail", wrap=True, empty="The mail it answers is not at hand.")
        self.draft = Lines(id="draft", wrap=True)
        self.writing = Writing(self.end_writing)
        self.box = Container(self.mail, self.draft, self.writing, id="reply-box")
        return self.box

    def on_mount(self) -> None:
        """The draft has the focus."""
        super().on_mount()
        self.writing.display = False
        if self.kept.parent is not None:
            self.mail.set_rows(message_rows(self.kept.parent))
        self.set_focus(self.draft)
        self.fill()
        self.lint()

    def fill(self) -> None:
        """The draft, what the lint says first."""
        rows = [finding_row(finding, places=True) for finding in self.findings]
        rows += [Row(line, "warning") for line in self.asked]
        if rows:
            rows.append(Row(""))
        draft = self.kept.draft
        rows += [Row(f"{name}: {value}", "dim") for name, value in draft.headers if name.lower() in _SHOWN]
        rows.append(Row(""))
        for line in draft.body.rstrip("\n").split("\n"):
            rows.append(Row(line, "quote" if line.startswith(">") else "plain", None, True))
        self.draft.set_rows(rows)
        self.refresh_bars()

    def lint(self) -> None:
        """Judges the draft in a thread."""
        directory, kept = self.host.directory, self.kept

        def done(found: tuple[list[Finding], list[str]]) -> None:
            self.findings, self.asked = found
            self.fill()

        def judged() -> tuple[list[Finding], list[str]]:
            return work.replying.lint(directory, kept), work.replying.question(directory, kept)

        self.host.job("lint", lambda job: judged(), done, group="lint", quiet=True)

    def reread(self) -> None:
        """The draft's file was changed elsewhere: shown, unless it is being written here."""
        if self.writing.display or not Path(self.kept.path).is_file():
            return
        try:
            draft = read_draft(Path(self.kept.path))
        except PatchflowError as error:
            self.host.trouble(error)
            return
        if draft != self.kept.draft:
            self.kept.draft = draft
            self.fill()
            self.lint()

    # Writing

    def action_write_here(self) -> None:
        """The text area gets the keys; what is typed is kept at every pause."""
        self.writing.load_text(safe(self.kept.draft.text()))
        self.writing.display = True
        self.draft.display = False
        self.set_focus(self.writing)
        lines = self.kept.draft.text().split("\n")
        blank = next((n for n, line in enumerate(lines) if n > len(self.kept.draft.headers) and not line), len(lines))
        self.writing.move_cursor((min(blank + 1, len(lines) - 1), 0))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Kept, and judged after a short pause."""
        if not self.writing.display:
            return
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(0.3, self.keep)

    def keep(self) -> None:
        """Keeps what stands in the text area."""
        if self.writing.display:
            try:
                work.replying.save_draft(self.kept, self.writing.text)
            except PatchflowError as error:
                self.host.trouble(error)
            else:
                self.lint()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A click beside it ends writing, too."""
        if event.widget is self.writing:
            self.end_writing()

    def end_writing(self) -> None:
        """What was written is kept at once, and shown."""
        if self.writing.display:
            self.keep()
            self.writing.display = False
            self.draft.display = True
            if self.focused is self.writing:
                self.set_focus(self.draft)
            self.fill()

    def action_edit_reply(self) -> None:
        """In the user's editor."""
        directory = self.host.directory
        self.host.on_terminal(lambda: work.replying.edit_draft(directory, self.kept))
        self.fill()
        self.lint()

    def action_other_pane(self) -> None:
        """Between mail and draft."""
        self.set_focus(self.mail if self.focused is self.draft else self.draft)

    # Leaving

    def action_send_reply(self) -> None:
        """Asks on a page."""
        if not self.host.may_send():
            return
        errors = [f.rule for f in self.findings if f.severity == Severity.ERROR]
        if not errors:
            self._ask_to_send([])
            return

        def let_through(reason: str) -> None:
            self._ask_to_send([Row(f"let through: {', '.join(errors)}: {reason}", "note")])

        words = f"The draft has errors; they stand above it. A reason lets them through, {key('leave-line')} goes back."
        self.host.ask("reason: ", words, let_through)

    def _ask_to_send(self, above: list[Row]) -> None:
        """The page of the reply, with whom the configuration adds."""

        def ask(bcc: tuple[str, ...]) -> None:
            self.bcc = bcc
            more = [Row(f"Bcc: {', '.join(bcc)} (by your own sendemail.* configuration)", "strong")] if bcc else []
            rows = [*above, *more, *[finding_row(f, places=True) for f in self.findings]]
            page = [*rows, *prose(self.kept.draft.text())]
            self.app.push_screen(Confirm("Send this reply?", page, "confirm-send", "send"), self._sent)

        directory, kept = self.host.directory, self.kept
        self.host.job(
            "asking git send-email", lambda job: work.replying.added_by_keys(directory, kept), ask, group="page"
        )

    def action_again(self) -> None:
        """A reply of unknown fate once more, after a page."""
        self._answer("Send this reply once more?", "send it once more", again=True)

    def action_arrived(self) -> None:
        """A reply of unknown fate has arrived."""
        self._answer("Has this reply arrived?", "it arrived", arrived=True)

    def _answer(self, title: str, verb: str, again: bool = False, arrived: bool = False) -> None:
        asked = self.asked
        if not asked:
            self.host.say("The fate of this reply is not unknown.", "warning")
        elif self.host.may_send():
            self.app.push_screen(Confirm(title, [Row(line) for line in asked], "confirm-send", verb),
                                 lambda yes: self._sent(yes, again, arrived))  # fmt: skip

    def _sent(self, yes: bool | None, again: bool = False, arrived: bool = False) -> None:
        if not yes:
            return
        directory, kept, bcc = self.host.directory, self.kept, self.bcc

        def done(words: str) -> None:
            self.host.say(words)
            if self.app.screen is self:
                self.app.pop_screen()
            self.host.reread_views()

        self.host.job(
            "sending the reply",
            lambda job: work.replying.send_draft(directory, kept, again, arrived, bcc),
            done,
            group="send",
            lasting=True,
        )

    def action_discard(self) -> None:
        """After a page; the text stays in a file beside."""

        def chosen(yes: bool | None) -> None:
            if yes:
                work.replying.discard_draft(self.kept)
                self.host.say(f"Discarded; the text is in {self.kept.path.with_suffix('.discarded').name}.")
                self.app.pop_screen()
                self.host.reread_views()

        self.app.push_screen(
            Confirm("Throw this draft away?", prose(self.kept.draft.text()), "confirm", "discard"), chosen
        )
