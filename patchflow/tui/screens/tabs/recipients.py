"""Recipients: who gets it, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.recipients import Person, fitting, reasons, recipient_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class RecipientsTab(Tab):
    """The people."""

    NAME = "recipients"
    BINDINGS = bindings(NAME)

    def list_rows(self) -> Sequence[Row]:
        """Everybody once."""
        return recipient_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The reasons."""
        if self.model.recipients_problem:
            return [Row(self.model.recipients_problem, "error")]
        return reasons(self.model, ref) if isinstance(ref, Person) else ()

    def idle(self) -> Collection[str]:
        """A headline cannot be dropped."""
        return () if isinstance(self.list.ref, Person) else ("drop-recipient",)

    def prepare(self) -> None:
        """Worked out when it is looked at."""
        if self.model.recipients is None and self.model.patches and self._asked != self.model.key:
            self.work_out()

    def work_out(self) -> None:
        """Asks MAINTAINERS and history, in a thread."""
        key, series, directory = self.model.key, self.model.series, self.host.directory
        self._asked, self.model.recipients_problem = key, ""

        def done(found: Any) -> None:
            if key == self.model.key:
                self.model.recipients, self.model.recipients_key = found, key
                self.model.note_time("recipients")
                self.view.refill()

        self.host.job("recipients", lambda job: work.reading.recipients(directory, series), done, group="recipients")

    def action_add_recipient(self) -> None:
        """Somebody more, to Cc of every patch."""
        self._ask_for("Cc")

    def action_add_to(self) -> None:
        """Somebody to To of every patch."""
        self._ask_for("To")

    def _ask_for(self, header: str) -> None:
        """A line, completed by the people of the thread, of MAINTAINERS and of .mailmap once these were read."""
        directory, people = self.host.directory, self.model.known_people
        if not people:
            thread = list({one.key: one for message in self.model.messages.values()
                           for one in (message.sender, *message.to, *message.cc)}.values())  # fmt: skip
            self.host.job("", lambda job: work.reading.people(directory, thread), people.extend,
                          group="people", quiet=True)  # fmt: skip
        words = f"Name <user@host>, or user@host; {key('complete')} completes words of a name or address"
        self.host.ask(
            f"{header}: ", words, lambda text: self._remember(header, text), offers=lambda text: fitting(text, people)
        )

    def action_drop_recipient(self) -> None:
        """Leaves the chosen one out, or takes them back."""
        ref = self.list.ref
        if isinstance(ref, Person):
            self._remember("back" if ref.dropped else "drop", str(ref.address))
        else:
            self.host.say("Choose somebody first.", "warning")

    def _remember(self, what: str, address: str) -> None:
        add, to, drop, back = ([address] if what == one else [] for one in ("Cc", "To", "drop", "back"))
        directory, branch = self.host.directory, self.model.branch

        def after(_: Any) -> None:
            self.host.say(f"{what}: {address}; {key('undo')} takes it back.")
            self.host.reread_views()

        self.host.job(
            f"{what} {address}",
            lambda job: work.changing.remember_people(directory, branch, add, drop, to, back),
            after,
            group="change",
            lasting=True,
        )
