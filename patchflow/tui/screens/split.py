"""A patch being split: its files, hunks and lines, ticked for the first of the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from patchflow.formats.counted import many
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.work import Part, lines_of, part_rows
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from patchflow.domain.diff import FileDiff
    from patchflow.domain.patch import Patch

Ticked = tuple[dict[str, set[tuple[int, int]]], list[str]]  # lines by path, and whole paths


class SplitScreen(View, inherit_bindings=False):
    """What is ticked goes into the first patch, the rest stays in the second."""

    BINDINGS = [*bindings("tick", "split", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, patch: Patch, files: Sequence[FileDiff], then: Callable[[Ticked], object]) -> None:
        super().__init__()
        self.patch = patch
        self.files = {file.path: file for file in files}
        self.then = then
        self.ticked: set[Part] = set()

    def places(self) -> tuple[str, ...]:
        """The key that ticks, and the one that goes on."""
        return ("tick", "split", LISTS)

    def title_words(self) -> tuple[str, str]:
        """The patch."""
        return f"patchflow · split · {self.patch.subject}", ""

    def next_words(self) -> str:
        """How many lines are in the first one."""
        lines, whole = self.chosen()
        count = sum(map(len, lines.values()))
        more = f" and {many(len(whole), 'whole file')}" if whole else ""
        return f"{many(count, 'line')}{more} in the first patch; {key('tick')} ticks, {key('split-here')} goes on"

    def body(self) -> Widget:
        """The patch."""
        self.page = Lines(id="split", wrap=True)
        return self.page

    def on_mount(self) -> None:
        """Filled and focused."""
        super().on_mount()
        self.fill()
        self.set_focus(self.page)

    def fill(self) -> None:
        """The ticked lines bear `1st` in place of their number."""
        self.page.set_rows([
            row for file in self.files.values() for row in part_rows(file, False, self.ticked, "1st")
        ])  # fmt: skip
        self.refresh_bars()

    def chosen(self) -> Ticked:
        """What is ticked."""
        whole = [path for path, file in self.files.items() if Part(False, path) in self.ticked and not file.hunks]
        lines: dict[str, set[tuple[int, int]]] = {}
        for part in self.ticked:
            if part.line >= 0:
                lines.setdefault(part.path, set()).add((part.hunk, part.line))
        return lines, whole

    def action_tick(self) -> None:
        """The line, hunk or file under the cursor, or what is selected; where all of it is ticked, not any more."""
        parts = [row.ref for row in self.page.selected() if isinstance(row.ref, Part)]
        self.page.end_selection()
        wanted: set[Part] = set()
        for path in dict.fromkeys(part.path for part in parts):
            file, own = self.files[path], [part for part in parts if part.path == path]
            heads = [part for part in own if part.line < 0]
            some = lines_of(file, heads if len(parts) == 1 else [part for part in own if part.line >= 0])
            some |= lines_of(file, own) if len(parts) == 1 else set()
            wanted |= {Part(False, path, *one) for one in some}
            if not file.hunks:
                wanted.add(Part(False, path))
        self.ticked = self.ticked - wanted if wanted <= self.ticked else self.ticked | wanted
        self.fill()

    def action_split_here(self) -> None:
        """On to the message."""
        if not self.ticked:
            self.host.say(f"{key('tick')} ticks what goes into the first patch.", "warning")
            return
        self.dismiss()
        self.then(self.chosen())
