"""Files that do not merge, resolved one by one; nothing is changed before all of them are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import TEXTUAL
from patchflow.tui.screens.panes import Panes
from patchflow.tui.widgets.lines import Lines
from patchflow.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from patchflow.adapters.git.rewrite import Unmerged
    from patchflow.errors import ConflictError


class ResolveScreen(Panes, inherit_bindings=False):
    """The files of all patches so far, and the chosen one as it is so far."""

    BINDINGS = [*bindings("resolve", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, title: str, conflict: ConflictError, again: Callable[[], object]) -> None:
        """`again` makes the change once more, with what was resolved."""
        super().__init__()
        self.heading = title
        self.files: Sequence[Unmerged] = conflict.files
        self.first = conflict.left[0]
        self.again = again
        self.resolved: dict[str, bool] = {}

    def places(self) -> tuple[str, ...]:
        """Its own keys."""
        return ("resolve", LISTS)

    def title_words(self) -> tuple[str, str]:
        """What is being done."""
        return f"patchflow · {self.heading}", ""

    def next_words(self) -> str:
        """How many files wait, and that nothing is lost."""
        left = sum(not self.resolved.get(one.key) for one in self.files)
        if left:
            leave = f"{key('close')} leaves: nothing is changed, and what is resolved is kept"
            return f"{many(left, 'file')} to resolve; {key('resolve-here')} opens the editor; {leave}"
        return f"every file is resolved; {key('carry-on')} goes on"

    def idle(self) -> Collection[str]:
        """Going on wants all of them."""
        one = self.one()
        done = one is not None and self.resolved.get(one.key, False)
        return {
            *([] if done else ["reopen-file"]),
            *([] if all(self.resolved.get(file.key) for file in self.files) else ["carry-on"]),
        }

    def body(self) -> Widget:
        """List and text."""
        self.panel = Panel("resolve")
        return self.panel

    def on_mount(self) -> None:
        """The first that waits."""
        super().on_mount()
        self.fill()
        self.panel.list.move_to_ref(self.first)
        self.set_focus(self.panel.list)
        self.show()

    def one(self) -> Unmerged | None:
        """The chosen file."""
        ref = self.panel.list.ref
        return ref if ref in self.files else None

    def fill(self) -> None:
        """The files, by the patch that does not merge with them."""
        self.resolved = work.writing.is_resolved(self.host.directory, self.files)
        rows: list[Row] = []
        for number, one in enumerate(self.files):
            if number == 0 or one.title != self.files[number - 1].title:
                rows.append(Row(one.title, "head"))
            done = self.resolved[one.key]
            rows.append(Row(f"  {'resolved' if done else 'waits   '} {one.path}", "good" if done else "warning", one))
        self.panel.list.set_rows(rows)
        self.refresh_bars()

    def show(self) -> None:
        """The chosen file as it is so far."""
        one = self.one()
        text = work.writing.merged_text(self.host.directory, one) if one else ""
        kinds = {"<<<<<<< ": "hunk", "=======": "hunk", ">>>>>>> ": "hunk", "||||||| ": "hunk"}
        rows = [Row(line, next((kind for mark, kind in kinds.items() if line.startswith(mark)), "plain"), None, True)
                for line in text.split("\n")]  # fmt: skip
        self.panel.detail.set_rows(rows, keep=False)
        first = next((number for number, row in enumerate(rows) if row.kind == "hunk"), 0)
        self.panel.detail.move_to(first)
        self.refresh_keys()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """The text follows the list."""
        if message.lines is self.panel.list:
            self.show()

    def action_into(self) -> None:
        """A second click opens the editor."""
        self.action_resolve_here()

    def _do(self, call: Callable[[str, Unmerged], object], outside: bool = False) -> None:
        one, directory = self.one(), self.host.directory
        if one is None:
            self.host.say("Choose a file first.", "warning")
            return
        done = self.host.on_terminal(lambda: call(directory, one)) if outside else call(directory, one)
        if done is False:
            self.host.say(f"{one.path} has git's marks in it still; it waits.", "warning")
        self.fill()
        left = next((file for file in self.files if not self.resolved[file.key]), None)
        if left is not None and self.resolved[one.key]:
            self.panel.list.move_to_ref(left)
        self.show()

    def action_resolve_here(self) -> None:
        """In the editor."""
        self._do(work.writing.resolve_in_editor, outside=True)

    def action_resolve_tool(self) -> None:
        """In git's merge tool."""
        self._do(work.writing.resolve_in_tool, outside=True)

    def action_take_there(self) -> None:
        """As it is there."""
        self._do(lambda directory, one: work.writing.take_side(directory, one, 1))

    def action_take_patch(self) -> None:
        """As the patch has it."""
        self._do(lambda directory, one: work.writing.take_side(directory, one, 2))

    def action_reopen_file(self) -> None:
        """It waits again."""
        self._do(work.writing.leave_open)

    def action_carry_on(self) -> None:
        """Once more, with what was resolved."""
        if not all(self.resolved.get(one.key) for one in self.files):
            self.host.say("A file waits; resolve it first.", "warning")
            return
        self.dismiss()
        self.again()
