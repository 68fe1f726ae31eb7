"""To-do: comments beside the code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.domain.comment import Comment, CommentState
from patchflow.tui import work
from patchflow.tui.bindings import bindings
from patchflow.tui.models.patches import place_of
from patchflow.tui.models.rows import Row
from patchflow.tui.models.todo import comment_rows, todo_rows
from patchflow.tui.screens.tabs.base import Tab


class TodoTab(Tab):
    """The comments."""

    NAME = "todo"
    BINDINGS = bindings(NAME)

    def list_rows(self) -> Sequence[Row]:
        """By patch and file."""
        return todo_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The comment and the code."""
        return comment_rows(self.model, ref) if isinstance(ref, Comment) else ()

    def idle(self) -> Collection[str]:
        """What a comment's state leaves to do; putting changes into its patch needs some."""
        ref, read = self.list.ref, self.model.read
        gone = {"amend"} if read is None or not read.dirty else set()
        if read is None or not read.comments:
            gone |= {"show-closed"}
        if read is None or not read.series.revisions:
            gone |= {"respin"}
        if not isinstance(ref, Comment):
            return gone | {"edit-file", "amend", "reply", "addressed", "dismiss"}
        if ref.state in (CommentState.ADDRESSED, CommentState.DISMISSED):
            return gone | {"dismiss"}
        return gone

    def _comment(self) -> Comment | None:
        ref = self.list.ref
        if not isinstance(ref, Comment):
            self.host.say("Choose a comment first.", "warning")
            return None
        return ref

    def _mark(self, comment: Comment, state: str, reason: str) -> None:
        directory, marks = self.host.directory, {comment.id: (state, reason)}
        seen = {comment.id: (comment.message, *comment.follow_ups)}
        self.change(f"marked {state}", lambda: work.changing.mark(directory, marks, seen))

    def action_reply(self) -> None:
        """A draft that quotes this comment."""
        if comment := self._comment():
            self.view.reply_to([comment.id])

    def action_edit_file(self) -> None:
        """The file the comment is about, at the line it has now."""
        if comment := self._comment():
            at = next((row.ref for row in self.detail.rows if row.text.startswith("=>")), None)
            self.view.edit_file(place_of(at) or (comment.file, comment.line))

    def action_amend(self) -> None:
        """The uncommitted changes into the patch the comment is about."""
        if comment := self._comment():
            self.view.amend_patch(comment.patch_subject)

    def action_respin(self) -> None:
        """The next revision."""
        self.view.respin()

    def action_addressed(self) -> None:
        """Asks what was done, which the changelog takes; what is dealt with already is open again."""
        if (comment := self._comment()) is None:
            return
        if comment.state in (CommentState.ADDRESSED, CommentState.DISMISSED):
            self._mark(comment, "open", "")
        else:
            self.host.ask("done: ", "what was done about it; it goes into the changelog",
                     lambda text: self._mark(comment, "addressed", text))  # fmt: skip

    def action_dismiss(self) -> None:
        """Asks why."""
        if comment := self._comment():
            self.host.ask("why: ", "why nothing is done about it", lambda text: self._mark(comment, "dismissed", text))

    def action_show_closed(self) -> None:
        """All of them, or the open ones."""
        self.model.show_closed = not self.model.show_closed
        self.fill()
