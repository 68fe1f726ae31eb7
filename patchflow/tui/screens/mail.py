"""The mail taken in: what waits and the newest threads, filtered by words; and one thread, opened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.widget import Widget

from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.conversation import message_rows
from patchflow.tui.models.mail import MailList, ThreadRead, mail_list_rows, thread_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.screens.panes import Panes
from patchflow.tui.screens.reviews import ReviewsScreen
from patchflow.tui.widgets.lines import Lines
from patchflow.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from patchflow.tui.jobs import Job


class MailScreen(View, inherit_bindings=False):
    """The list."""

    BINDINGS = [*bindings("mail-list", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, words: str = "") -> None:
        """`words` are what the mails must hold, as `search` takes them."""
        super().__init__()
        self.words = words
        self.found: MailList | None = None

    def places(self) -> tuple[str, ...]:
        """The list's keys."""
        return ("mail-list", LISTS)

    def idle(self) -> Collection[str]:
        """Without a mail nothing to open."""
        return () if self.table.ref else ("open-mail", "mark-read", "review-mail")

    def title_words(self) -> tuple[str, str]:
        """What is shown."""
        return f"patchflow · mail{f' with {self.words}' if self.words else ''}", ""

    def next_words(self) -> str:
        """How to narrow it."""
        return f"{key('find-mail')} shows what holds some words; {key('close')} goes back"

    def body(self) -> Widget:
        """The list."""
        self.table = Lines(id="mail", empty="reading …")
        return self.table

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.set_focus(self.table)
        self.reread()

    def on_screen_resume(self) -> None:
        """What was opened meanwhile was read."""
        if self.found is not None:
            self.reread()

    def reread(self) -> None:
        """Reads the list anew."""
        directory, words = self.host.directory, self.words

        def first(found: MailList) -> None:
            if self.found is None:
                self._take(found)

        def read(job: Job) -> MailList:
            return work.mail.mail_list(directory, words, job.offer)

        self.host.job("mail", read, self._take, group="mail", quiet=True, early=first)

    def _take(self, found: MailList) -> None:
        self.found = found
        self.fill()

    def fill(self) -> None:
        """The list as it is now."""
        if self.found is not None:
            begun = self.table.ref is None
            self.table.set_rows(mail_list_rows(self.found, bool(self.words), datetime.now(UTC)))
            if begun and (first := next((row.ref for row in self.table.rows if row.ref), None)):
                self.table.move_to_ref(first)
        self.refresh_bars()

    def job_failed(self, job: Job, words: str) -> None:
        """Why there is no list."""
        if job.group == "mail" and self.found is None:
            self.table.set_rows([Row(words, "error")])

    def escape(self) -> None:
        """Takes the words away, else closes."""
        if self.words:
            self._find("")
        else:
            super().escape()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Another mail."""
        self.refresh_keys()

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """A second click opens."""
        self.action_open_mail()

    def action_find_mail(self) -> None:
        """Only what holds these words."""

        words = "words, s:SUBJECT, f:SENDER, tc:LIST, dfn:FILE, d:FROM..TO, is:unread; nothing shows all"
        self.host.ask("find: ", words, self._find, self.words, empty=True)

    def _find(self, words: str) -> None:
        self.words, self.found = words, None
        self.reread()

    def action_open_mail(self) -> None:
        """The whole thread."""
        if isinstance(self.table.ref, str):
            self.app.push_screen(ThreadScreen(self.table.ref))

    def action_mark_read(self) -> None:
        """The thread was read, or was not."""
        directory, row = self.host.directory, self.table.row
        if row is not None and isinstance(id := row.ref, str):
            read = row.text.startswith("*")
            self.host.job("marking", lambda job: work.mail.mark(directory, [id], read), lambda _: self.reread(),
                          group="seen", quiet=True, lasting=True)  # fmt: skip

    def action_review_mail(self) -> None:
        """Its series, as a review."""
        if isinstance(self.table.ref, str):
            self.app.push_screen(ReviewsScreen(self.table.ref))


class ThreadScreen(Panes, inherit_bindings=False):
    """The mails of a thread at the left or above, the chosen one beside them."""

    BINDINGS = [*bindings("mail", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, id: str) -> None:
        super().__init__()
        self.wanted = id
        self.read: ThreadRead | None = None
        self.unread: set[str] = set()  # what was not looked at since the thread was opened

    def places(self) -> tuple[str, ...]:
        """The thread's keys, then the list's."""
        return ("mail", LISTS)

    def title_words(self) -> tuple[str, str]:
        """What it is about."""
        return f"patchflow · thread{f' · {self.read.threads[0].subject}' if self.read else ''}", ""

    def next_words(self) -> str:
        """How to go on."""
        return f"{key('review-mail')} takes the series in as a review; {key('close')} goes back"

    def body(self) -> Widget:
        """The mails, and one of them."""
        self.panel = Panel("thread")
        return self.panel

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.panel.list.set_rows([Row("reading …", "dim")])
        self.set_focus(self.panel.list)
        directory, wanted = self.host.directory, self.wanted
        self.host.job("thread", lambda job: work.mail.open_thread(directory, wanted), self._take, group="thread",
                      quiet=True)  # fmt: skip

    def _take(self, read: ThreadRead) -> None:
        self.read, self.unread = read, set(read.unread)
        self.panel.list.set_rows(thread_rows(read, self.unread))
        self.panel.list.move_to_ref(self.wanted)
        self._show()
        self.refresh_bars()

    def job_failed(self, job: Job, words: str) -> None:
        """Why there is no thread."""
        if job.group == "thread":
            self.panel.list.set_rows([Row(words, "error")])

    def _show(self) -> None:
        ref = self.panel.list.ref
        message = self.read.mail(ref) if self.read and isinstance(ref, str) else None
        self.panel.detail.set_rows(message_rows(message, open_quotes=True) if message else [])
        if self.read and message and message.id in self.unread:
            self.unread.discard(message.id)
            self.panel.list.set_rows(thread_rows(self.read, self.unread))

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """The mail follows the list."""
        if message.lines is self.panel.list:
            self._show()

    def action_link(self) -> None:
        """The chosen mail, in the archive."""
        if isinstance(self.panel.list.ref, str):
            self.host.open_link(work.reading.link(None, self.panel.list.ref))

    def action_mark_read(self) -> None:
        """The whole thread was not read after all; then back."""
        directory, wanted = self.host.directory, self.wanted
        self.host.job("marking", lambda job: work.mail.mark(directory, [wanted], False),
                      lambda _: self.host.action_close(), group="seen", quiet=True, lasting=True)  # fmt: skip

    def action_review_mail(self) -> None:
        """Its series, as a review."""
        self.app.push_screen(ReviewsScreen(self.wanted))
