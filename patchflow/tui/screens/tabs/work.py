"""Work: what is changed in the work tree, staged by file, hunk and line, and committed or put into a patch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.domain.diff import FileDiff
from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.patches import CONTEXTS, files_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.models.work import Part, lines_of, only_lines, part_rows, place_in, work_rows
from patchflow.tui.screens.message import MessageScreen
from patchflow.tui.screens.tabs.base import DiffTab

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.flow.series.staging import Work
    from patchflow.formats.patch.part import Chosen

_LOOK = 2.0  # seconds between two looks at the files, while the tab is in front


class WorkTab(DiffTab):
    """The work tree."""

    NAME = "work"
    BINDINGS = bindings(NAME)

    def on_mount(self) -> None:
        """Files change without telling."""
        if self.host.poll:
            self.set_interval(_LOOK, self._look)

    def _look(self) -> None:
        if self.view.is_current and self.view.current == self.NAME and self.host.job_of("work") is None:
            self.prepare()

    def prepare(self) -> None:
        """Reads the work tree."""
        if self.model.read is None or not self.model.read.checked_out:
            return
        directory, context = self.host.directory, CONTEXTS[self.model.context]

        def done(found: Work) -> None:
            if found != self.model.work:
                self.model.work = found
                self.model.unknown.clear()
                self.view.refill()

        self.host.job("", lambda job: work.writing.read_work(directory, context), done, group="work", quiet=True)

    def context_changed(self) -> None:
        """The files are read anew."""
        self.prepare()

    def list_rows(self) -> Sequence[Row]:
        """The files."""
        return work_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The file's change."""
        file = self.file(ref)
        return part_rows(file, ref.staged, sides=self.model.sides) if file else ()

    def file(self, ref: Any) -> FileDiff | None:
        """The change that a row belongs to; of a file that git does not know it is read when it is first asked for."""
        if not isinstance(ref, Part) or self.model.work is None:
            return None
        if ref.staged or ref.path not in self.model.work.unknown:
            return self.model.work.file(ref.path, ref.staged)
        if ref.path not in self.model.unknown:
            self.model.unknown[ref.path] = work.writing.unknown_file(self.host.directory, ref.path)
        return self.model.unknown[ref.path]

    def ref(self) -> Any:
        """What the cursor stands on, in the list or in the change."""
        return (self.detail if self.detail.has_focus else self.list).ref

    def idle(self) -> Collection[str]:
        """Without a change there is nothing to stage; without anything staged nothing to commit."""
        found = self.model.work
        return {
            *([] if isinstance(self.ref(), Part) else ["stage", "edit-file", "discard-changes"]),
            *([] if found and found.staged else ["commit"]),
            *([] if found and (found.staged or found.changed) else ["amend-into"]),
        }

    def action_stage(self) -> None:
        """What the cursor stands on, or what is selected, into the index; what is staged out of it."""
        files, staged, chosen = self._chosen()
        directory = self.host.directory

        def whole() -> None:
            for file in files:
                work.writing.toggle_file(directory, file.path, staged)

        if chosen is not None:
            self._staged(lambda: work.writing.toggle_lines(directory, files[0], chosen, staged))
        elif files:
            self._staged(whole)

    def _chosen(self) -> tuple[list[FileDiff], bool, Chosen | None]:
        """The files that the cursor or a selection is on, whether what is staged of them is meant, and of one file the
        lines (None for all of it). Without any that is said."""
        lines = self.detail if self.detail.has_focus else self.list
        refs = [one.ref for row in lines.selected() for one in (row, row.beside) if one]
        parts = [ref for ref in refs if isinstance(ref, Part)]
        staged = bool(parts and parts[0].staged)
        parts = [part for part in parts if part.staged == staged]
        found = {part.path: self.file(part) for part in parts}
        files = [file for file in found.values() if file is not None]
        if not files:
            self.host.say("Choose a file, a hunk or a line first.", "warning")
        lines.end_selection()
        if lines is self.list or not files or any(part.hunk < 0 for part in parts):
            return files, staged, None
        return files, staged, lines_of(files[0], [part for part in parts if part.line >= 0] or parts)

    def action_discard_changes(self) -> None:
        """What is not staged of a file, hunk or line out of the work tree, after a page that shows it."""
        files, staged, chosen = self._chosen()
        if staged:
            self.host.say(f"That is staged; {key('stage')} takes it out first.", "warning")
        if staged or not files:
            return
        directory, path, context = self.host.directory, files[0].path, CONTEXTS[self.model.context]
        shown = files if chosen is None else [only_lines(files[0], chosen)]
        what = f"all of {path}" if len(files) == 1 else many(len(files), "file")
        what = f"lines of {path}" if chosen is not None else what
        page = [Row(f"{key('undo')} brings it back.", "note"), Row(""), *files_rows(shown)]
        self.confirm(f"Throw away {what} that is not staged?", page, "confirm", "discard", lambda: self.change(
            f"discard {what}", lambda: work.writing.discard(directory, files, chosen, context)))  # fmt: skip

    def _staged(self, call: Any) -> None:
        """Changes the index and shows it; quietly, because it shows at once."""
        self.host.job("staging", lambda job: call(), lambda _: self.prepare(), group="change", lasting=True)

    def action_commit(self) -> None:
        """What is staged, with a message written beside it."""
        directory, series = self.host.directory, self.model.series

        def show(found: tuple[Patch, str]) -> None:
            patch, text = found
            page = MessageScreen("commit", patch, text, series, "commit",
                                 lambda message: work.writing.commit(directory, series, message))  # fmt: skip
            self.app.push_screen(page, committed)

        def committed(_: object) -> None:
            self.model.forget_work()
            self.view.refill()
            self.prepare()

        self.host.job("reading what is staged", lambda job: work.writing.begin_commit(directory), show, group="amend")

    def action_amend_into(self) -> None:
        """Asks which patch gets it, and then on a page."""
        patches = self.model.patches
        if not patches:
            self.host.say(f"There is no patch yet; {key('commit')} makes one.", "warning")
            return
        lines = [f"{number} {patch.subject}" for number, patch in enumerate(patches, 1)]

        def chosen(text: str) -> None:
            number = text.split(" ")[0]
            if not number.isdecimal() or not 1 <= int(number) <= len(patches):
                self.host.say(f"{text[:40]!r} is not the number of a patch.", "warning")
            else:
                self.view.amend_patch(patches[int(number) - 1].subject)

        self.host.ask("into patch: ", f"a number from 1 to {len(patches)}; {key('complete')} goes through them", chosen,
                 offers=lambda text: [one for one in lines if text.casefold() in one.casefold()])  # fmt: skip

    def action_edit_file(self) -> None:
        """The file of the line under the cursor, in the editor."""
        ref = self.ref()
        file = self.file(ref)
        self.view.edit_file(place_in(file, ref) if file else None)
