"""A review of somebody else's series: its mails, the remarks on their lines, and how all of it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from patchflow.errors import UsageError
from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.patches import CONTEXT, CONTEXTS, other_context
from patchflow.tui.models.review import Found, Written, mail_list_rows, mail_rows, mail_words
from patchflow.tui.models.review_mail import Beyond, Look, MailLine
from patchflow.tui.models.rows import Row, prose
from patchflow.tui.screens.base import TEXTUAL
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.send_review import SendsReview
from patchflow.tui.widgets.lines import Lines
from patchflow.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.domain.review_draft import ReviewDraft
    from patchflow.tui.jobs import Job
    from patchflow.tui.models.review import ReviewModel
    from patchflow.tui.models.review_mail import Files


_TAGS = ("Reviewed-by", "Acked-by", "Tested-by")


class ReviewScreen(SendsReview, inherit_bindings=False):
    """The mails of a series at the left or above, the chosen one with everything said of it beside them."""

    BINDINGS = [*bindings("review", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.model: ReviewModel | None = None
        self.start: MailLine | None = None  # where a selection begins
        self.context, self.sides = 0, False
        self.files: dict[tuple[str, str], Files] = {}  # of a patch, by the tip of what is applied
        self._shown = ""
        self._writes = 0  # so that a review read before a remark was written does not take it off the screen

    def places(self) -> tuple[str, ...]:
        """The review's keys, then the list's."""
        return ("review", LISTS)

    def idle(self) -> Collection[str]:
        """What has nothing to act on where the cursor stands."""
        ref, model = self.ref(), self.model
        if model is None:
            return ("comment", "comment-long", "select", "take-finding", "unsay", "tag", "send-review")
        return {
            *(() if isinstance(ref, Written) else ("unsay",)),
            *(() if isinstance(ref, Found) else ("take-finding",)),
            *(() if isinstance(ref, MailLine) and ref.line else ("select",)),
            *(() if model.waiting or self.asked else ("send-review",)),
            *(() if self.asked else ("again", "arrived")),
            *(("apply-review",) if model.review.phase == "applied" else ("check-review",)),
        }

    def title_words(self) -> tuple[str, str]:
        """Whose series it is, and its version."""
        if self.model is None:
            return f"patchflow · review · {self.review}", ""
        one = self.model.review
        return f"patchflow · review · {one.title} v{one.revision} by {one.author.partition(' <')[0]}", one.phase

    def next_words(self) -> str:
        """The selection that was begun, or the chosen mail in a sentence."""
        if self.model is None:
            return "reading …"
        if self.start:
            return f"{key('comment')} writes on all lines from there to the cursor; {key('select')} ends the selection"
        return mail_words(self.model, self._shown)

    def body(self) -> Widget:
        """The mails, and one of them."""
        self.panel = Panel("review")
        return self.panel

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.panel.list.set_rows([Row("reading …", "dim")])
        self.set_focus(self.panel.list)
        self.reread()

    def reread(self) -> None:
        """Reads the review anew: its mails at once, then what is known from earlier revisions."""
        directory, name, writes = self.host.directory, self.review, self._writes
        drawn = threading.Event()

        def first(model: ReviewModel) -> None:
            if self.model is not None:
                model.since = self.model.since  # until it is worked out anew
            take(model)
            self.call_after_refresh(drawn.set)

        def take(model: ReviewModel) -> None:
            if self.model is not None and self._writes != writes:
                model.draft = self.model.draft
            self.model = model
            self.fill()

        def read(job: Job) -> ReviewModel:
            def offer(model: ReviewModel) -> None:
                job.offer(model)
                drawn.wait(1)  # what comes next would take the processor from the first page

            return work.reviewing.open_review(directory, name, offer)

        self.host.job("review", read, take, group="review", quiet=True, early=first)

    def fill(self) -> None:
        """List and mail as they are now."""
        if self.model is not None:
            self.panel.list.set_rows(mail_list_rows(self.model))
            if self.panel.list.ref is None:
                self.panel.list.move_to(0)
            self.show_mail()
        self.refresh_bars()

    def show_mail(self) -> None:
        """The chosen mail; it keeps its place while the same one is shown."""
        message = self.message()
        if self.model is None or message is None:
            self._shown = ""
            self.panel.detail.set_rows([])
            return
        keep, self._shown = self._shown == message.id, message.id
        begun = self.start.line if self.start and self.start.patch == message.id else 0
        files = self._files(message) if self.context else ()
        look = Look(self.sides, CONTEXTS[self.context] - CONTEXT if files else 0, files or ())
        self.panel.detail.set_rows(mail_rows(self.model, message, begun, look), keep)

    def _files(self, message: Message) -> Files | None:
        """What more of the files there is; it is read when it is first asked for."""
        assert self.model is not None
        review, directory, known = self.model.review, self.host.directory, (message.id, self.model.review.tip)

        def done(files: Files) -> None:
            self.files[known] = files
            self.show_mail()

        if known not in self.files:
            self.host.job("", lambda job: work.reviewing.files_after(directory, review, message), done, group="wider",
                          quiet=True)  # fmt: skip
        return self.files.get(known)

    def _set_context(self, step: int) -> None:
        if self.model is None or self.model.review.phase != "applied":
            self.host.say(
                f"The mail has no more; {key('apply-review')} applies it, and then the files have.", "warning"
            )
            return
        self.context, words = other_context(self.context, step)
        self.host.say(words)
        self.show_mail()

    def action_more_context(self) -> None:
        """More lines around each change."""
        self._set_context(1)

    def action_less_context(self) -> None:
        """Fewer of them."""
        self._set_context(-1)

    def action_sides(self) -> None:
        """What was beside what is, and back."""
        self.sides = self.turn_sides(self.sides)
        self.call_after_refresh(self.show_mail)

    def message(self) -> Message | None:
        """The chosen mail."""
        ref = self.panel.list.ref
        return self.model.mail(ref) if self.model and isinstance(ref, str) else None

    def ref(self) -> Any:
        """What the cursor stands on in the mail; the mail itself where the list has the focus."""
        if self.focused is self.panel.detail:
            return self.panel.detail.ref
        message = self.message()
        return MailLine(message.id, 0) if message else None

    # Panes

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """The mail follows the list, the line of keys both."""
        if message.lines is self.panel.list:
            self.start = None
            self.show_mail()
            self.refresh_bars()
        else:
            self.refresh_keys()

    def action_link(self) -> None:
        """The chosen mail, in the archive."""
        if self.model is not None and self.model.mail(self._shown):
            self.host.open_link(work.reading.link(None, self._shown))

    def escape(self) -> None:
        """Ends a selection, else back to the list, else out."""
        if self.start:
            self.action_select()
        else:
            super().escape()

    # Writing

    def _write(self, title: str, call: Callable[[], ReviewDraft]) -> None:
        """Changes what is written, in its turn, and shows it."""

        def done(draft: ReviewDraft) -> None:
            self._writes += 1
            before = self.model.draft.ids() if self.model else set()
            if self.model is not None:
                self.model.draft = draft
            self.fill()
            new = [one for one in draft.remarks if one.id not in before]
            if new and self.focused is self.panel.detail:  # it may stand below what is in sight
                self.panel.detail.move_to_ref(Written(new[-1].id))

        self.host.job(title, lambda job: call(), done, group="written", lasting=True)

    def _lines(self) -> tuple[Message, int, int] | None:
        """The mail and the lines a remark is to be about: those selected, else the cursor's."""
        message, ref = self.message(), self.ref()
        if message is None:
            self.host.say("Choose a patch first.", "warning")
            return None
        if isinstance(ref, Beyond):
            self.host.say("This line is not in the mail; a remark stands below one that is.", "warning")
            return None
        last = ref.line if isinstance(ref, MailLine) else 0
        if isinstance(ref, Written | Found):  # below the line they are about
            rows = self.panel.detail.rows
            above = rows[: next(n for n, row in enumerate(rows) if row.ref == ref)]
            last = next((row.ref.line for row in reversed(above) if isinstance(row.ref, MailLine)), 0)
        first = self.start.line if self.start and self.start.patch == message.id else last
        return message, min(first, last), max(first, last)

    def action_comment(self) -> None:
        """A remark of one line, asked for at the prompt; on one that was written, another text for it."""
        directory, name, ref = self.host.directory, self.review, self.ref()
        if isinstance(ref, Written) and self.model and (old := work.reviewing.remark_of(self.model.draft, ref.id)):
            if "\n" in old.text:
                self.action_comment_long()
                return
            self._ask(old.text, lambda text: work.reviewing.rewrite(directory, name, ref.id, text))
        elif place := self._lines():
            self._ask("", lambda text: work.reviewing.add(directory, name, *place, text))

    def _ask(self, value: str, call: Callable[[str], ReviewDraft]) -> None:
        def chosen(text: str) -> None:
            self.start = None
            self._write("writing the remark", lambda: call(text))

        words = f"a remark; it is wrapped by itself. For the editor: {key('leave-line')}, then {key('comment-long')}"
        self.host.ask("remark: ", words, chosen, value)

    def action_comment_long(self) -> None:
        """A remark in the editor; on one that was written, that one."""
        directory, name, ref = self.host.directory, self.review, self.ref()
        if self.model is None or (place := self._lines()) is None:
            return
        message, first, last = place
        old = work.reviewing.remark_of(self.model.draft, ref.id) if isinstance(ref, Written) else None
        if old is not None:
            first, last = old.first, old.last
        before = old.text if old else ""
        text = self.host.on_terminal(lambda: work.reviewing.in_editor(directory, message, first, last, before)).strip()
        if not text or text == before:
            self.host.say("Nothing was written." if not text else "The remark is as it was.")
        elif old is not None:
            id = old.id
            self._write("writing the remark", lambda: work.reviewing.rewrite(directory, name, id, text))
        else:
            self.start = None
            self._write("writing the remark", lambda: work.reviewing.add(directory, name, message, first, last, text))

    def action_select(self) -> None:
        """Begins a selection at this line, or ends it."""
        ref = self.ref()
        if self.start is None and isinstance(ref, MailLine) and ref.line:
            self.start = ref
        elif self.start is None:
            self.host.say("A selection begins on a line of the mail.", "warning")
        else:
            self.start = None
        self.fill()

    def action_take_finding(self) -> None:
        """A finding becomes a remark on its line."""
        directory, name, ref = self.host.directory, self.review, self.ref()
        if isinstance(ref, Found):
            self._write("taking the finding", lambda: work.reviewing.take_finding(directory, name, ref.id))
        else:
            self.host.say(f"Choose a finding first; {key('check-review')} looks for some.", "warning")

    def action_unsay(self) -> None:
        """A tag that was not sent goes; a remark after a page that shows it."""
        directory, name, ref = self.host.directory, self.review, self.ref()
        if not isinstance(ref, Written) or self.model is None:
            self.host.say("Choose a remark or tag of yours first.", "warning")
            return

        def chosen(yes: bool | None) -> None:
            if yes:
                self._write("dropping it", lambda: work.reviewing.drop(directory, name, ref.id))

        if remark := work.reviewing.remark_of(self.model.draft, ref.id):
            self.app.push_screen(Confirm("Drop this remark?", prose(remark.text), "confirm", "drop"), chosen)
        else:
            chosen(True)

    # Tags

    def action_tag(self) -> None:
        """Asks which tag, by its first letter; one that was given is taken back."""
        directory, name, patch = self.host.directory, self.review, self.panel.list.ref

        def fitting(text: str) -> list[str]:
            return [one for one in _TAGS if one.casefold().startswith(text.strip().casefold())]

        def chosen(text: str) -> None:
            if not (found := fitting(text)):
                raise UsageError(f"{text[:40]!r} is none of {', '.join(_TAGS)}.")
            if isinstance(patch, str):
                self._write(found[0], lambda: work.reviewing.tag(directory, name, found[0], patch))

        words = "r Reviewed-by, a Acked-by, t Tested-by for what was built; one that you gave is taken back"
        self.host.ask("tag: ", words, chosen, offers=fitting)

    def action_repeat_tags(self) -> None:
        """What one gave an earlier revision, where a patch is as it was."""
        directory, name = self.host.directory, self.review
        self._write("repeating the tags", lambda: work.reviewing.repeat(directory, name))

    # Applying, checking

    def action_apply_review(self) -> None:
        """In a work tree of its own."""
        directory, name = self.host.directory, self.review
        self.host.job("applying", lambda job: work.reviewing.apply(directory, name), self._changed,
                      group="change", lasting=True)  # fmt: skip

    def action_check_review(self) -> None:
        """Every rule and script; what they find stands below its lines."""
        directory, name = self.host.directory, self.review

        def done(count: int) -> None:
            self._changed(f"{many(count, 'finding')}; {key('take-finding')} takes one as a remark.")

        self.host.job("checking", lambda job: work.reviewing.check(directory, name, job), done, group="check")

    def job_failed(self, job: Job, words: str) -> None:
        """After a send that did not go well, what was sent all the same shows."""
        if job.group == "send":
            self.host.reread_views()
        elif job.group == "review" and self.model is None:
            self.panel.list.set_rows([Row(words, "error")])
