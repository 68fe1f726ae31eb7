"""Patches: the list beside the patch with its findings, and what can be done to the commits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from patchflow.domain.patch import Patch
from patchflow.errors import ConflictError
from patchflow.flow.series.squashed import both, target_of
from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.patches import (
    CONTEXT,
    CONTEXTS,
    PatchTexts,
    finding_row,
    in_order,
    patch_rows,
    patch_text,
    place_of,
)
from patchflow.tui.models.rows import Row, Spot, difference
from patchflow.tui.models.series import patch_of
from patchflow.tui.models.work import only_lines, rebase_rows
from patchflow.tui.screens.message import MessageScreen
from patchflow.tui.screens.resolve import ResolveScreen
from patchflow.tui.screens.split import SplitScreen, Ticked
from patchflow.tui.screens.tabs.base import DiffTab

if TYPE_CHECKING:
    from patchflow.domain.diff import FileDiff
    from patchflow.flow.series.rebase import Rebased
    from patchflow.tui.host import SeriesView


_AT_ONCE = 300  # lines of a patch: of more the rows are made in a thread
_OF_A_PATCH = ("run-checks", "edit-file", "amend", "reword", "fixup", "squash", "split", "drop", "rebase")


class PatchesTab(DiffTab):
    """The commits of the series."""

    NAME = "patches"
    ASIDE = True
    BINDINGS = bindings(NAME)

    def __init__(self, view: SeriesView) -> None:
        super().__init__(view)
        self.texts = PatchTexts()

    def list_rows(self) -> Sequence[Row]:
        """One line a patch."""
        return patch_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The patch."""
        patch = patch_of(self.model, ref) if isinstance(ref, str) else None
        if patch is None:
            return ()
        model, context = self.model, CONTEXTS[self.model.context]
        if model.context:
            wider = model.wider.get((patch.commit, context))
            if wider is None:
                self._widen(patch, context)
                context = CONTEXT
            else:
                patch = replace(patch, files=wider)
        look = (patch, model.report, context, model.sides)
        many_lines = sum(len(hunk.lines) for file in patch.files for hunk in file.hunks) > _AT_ONCE
        if many_lines and self.texts.kept(*look) is None:
            if self.host.job_of("rows") is None:
                self.host.job("", lambda job: self.texts.of(*look), lambda rows: self.show_detail(), group="rows",
                              quiet=True)  # fmt: skip
            shown = self.detail.rows
            same = bool(shown) and isinstance(shown[0].ref, Spot) and shown[0].ref.commit == patch.commit
            return shown if same else [Row("reading …", "dim")]
        return self.texts.of(*look)

    def _widen(self, patch: Patch, context: int) -> None:
        """Reads a patch with more context, in a thread."""
        directory = self.host.directory

        def done(files: tuple[FileDiff, ...]) -> None:
            self.model.wider[patch.commit, context] = files
            self.show_detail()

        self.host.job("", lambda job: work.reading.wider(directory, patch.commit, context), done, group="wider",
                      quiet=True)  # fmt: skip

    def aside_rows(self, ref: Any) -> Sequence[Row]:
        """What was found in the patch; the patch follows the cursor there."""
        if not isinstance(ref, str) or self.model.report is None:
            return [Row("Not checked yet." if isinstance(ref, str) else "", "dim")]
        found = [finding_row(one, places=True) for one in self.model.findings(ref)]
        return [Row(many(len(found), "finding"), "head"), *(row for one in found for row in (one, Row("")))]

    def idle(self) -> Collection[str]:
        """Without a patch none of them; amending needs changes, squashing a patch before, writing a new order one."""
        ref, read = self.list.ref, self.model.read
        gone = () if ref else _OF_A_PATCH
        first = next((patch.commit for patch in in_order(self.model)), ref) == ref
        clean = read is None or not read.dirty
        squashes = ["fixup", "squash"] * first
        return {*gone, *(["amend"] * clean), *squashes, *([] if self.model.order else ["write-order"])}

    def patch(self) -> Patch | None:
        """The chosen patch."""
        ref = self.list.ref
        found = patch_of(self.model, ref) if isinstance(ref, str) else None
        if found is None:
            self.host.say("Choose a patch first.", "warning")
        return found

    def action_run_checks(self) -> None:
        """Every check now."""
        self.view.run_checks()

    def action_edit_file(self) -> None:
        """The file of the line under the cursor, in the editor."""
        ref = self.list.ref if self.list.has_focus else self.detail.ref
        patch = self.patch()
        place = place_of(ref) or (place_of(patch) if patch else None)
        self.view.edit_file(place)

    # Order

    def _shift(self, step: int) -> None:
        patch = self.patch()
        if patch is None:
            return
        names = [one.commit for one in in_order(self.model)]
        at = names.index(patch.commit)
        if 0 <= at + step < len(names):
            names.insert(at + step, names.pop(at))
            self.model.order = () if names == [p.commit for p in self.model.patches] else tuple(names)
            self.fill()
            self.list.move_to_ref(patch.commit)

    def action_move_down(self) -> None:
        """One place down, in the new order."""
        self._shift(1)

    def action_move_up(self) -> None:
        """One place up."""
        self._shift(-1)

    def action_write_order(self) -> None:
        """The commits in the order shown, after a page that asks."""
        if not self.model.order:
            self.host.say(f"The order is as it was; {key('move-down')} and {key('move-up')} move a patch.")
            return
        order, model = self.model.order, self.model
        before = "\n".join(patch.subject for patch in model.patches)
        after = "\n".join(patch.subject for patch in in_order(model))
        self._rewrite("write the patches in this order", difference(before, after), "order",
                      lambda: work.changing.reorder(self.host.directory, model.series, order))  # fmt: skip

    # Commits

    def _rewrite(self, title: str, rows: Sequence[Row], word: str, call: Callable[[], None]) -> None:
        """A page that shows what is rewritten."""
        page = [*rows, Row(""), Row(f"The commits get new hashes; {key('undo')} takes it back.", "note")]
        self.confirm(title, page, "confirm", word, lambda: self.change(title, call))

    def action_reword(self) -> None:
        """The message of the chosen patch."""
        if patch := self.patch():
            self.reword(patch)

    def reword(self, patch: Patch) -> None:
        """The message in the editor, then a page with what changed."""
        directory, series = self.host.directory, self.model.series
        text = self.host.on_terminal(lambda: work.changing.edit_text(directory, "message", patch.message))
        rows = difference(patch.message, text, patch.subject)
        if not text.strip():
            self.host.say("The message is empty. Nothing was changed.")
            return
        if len(rows) < 2:
            self.host.say("The message is as it was.")
            return
        self._rewrite("reword this patch", rows, "reword",
                      lambda: work.changing.reword(directory, series, {patch.commit: text}))  # fmt: skip

    def _target(self) -> tuple[Patch, Patch] | None:
        """The chosen patch, and the one it is squashed into."""
        if (patch := self.patch()) is None:
            return None
        into = target_of(self.model.patches, patch.commit)
        if into is None:
            self.host.say("No patch before it is the one that it could be squashed into.", "warning")
            return None
        return patch, into

    def action_fixup(self) -> None:
        """Into the patch before, or that its `fixup!` names, whose message stays."""
        if found := self._target():
            patch, into = found
            rows = [Row("this patch", "head"), Row(f"  {patch.subject}"), Row("goes into", "head"),
                    Row(f"  {into.subject}"), Row(""), *patch_text(patch)]  # fmt: skip
            series = self.model.series
            self._rewrite("squash this patch into another", rows, "fixup",
                          lambda: work.changing.squash(self.host.directory, series, patch.commit))  # fmt: skip

    def action_squash(self) -> None:
        """The same, with a message made of both."""
        if found := self._target():
            patch, into = found
            directory, series = self.host.directory, self.model.series
            name = f"squash-{patch.commit[:12]}"
            text = work.writing.begun(directory, name, both(into, patch))
            self.app.push_screen(MessageScreen(
                name, patch, text, series, "squash",
                lambda message: work.changing.squash(directory, series, patch.commit, message),
            ))  # fmt: skip

    def action_split(self) -> None:
        """In two: what is ticked goes into a first patch, whose message is written beside it."""
        if (patch := self.patch()) is None:
            return
        directory, series = self.host.directory, self.model.series
        files = work.writing.parts_of(directory, patch.commit)
        name = f"split-{patch.commit[:12]}"

        def write(ticked: Ticked) -> None:
            lines, whole = ticked
            shown = [file for file in files if file.path in whole]
            shown += [only_lines(file, lines[file.path]) for file in files if file.path in lines]
            first = replace(patch, files=tuple(shown), diff="")
            text = work.writing.begun(directory, name, patch.message)
            self.app.push_screen(MessageScreen(
                name, first, text, series, "split",
                lambda message: work.writing.split(directory, series, patch.commit, lines, whole, message),
            ))  # fmt: skip

        self.app.push_screen(SplitScreen(patch, files, write))

    def action_rebase(self) -> None:
        """On a new base, after a page that shows what becomes of each patch."""
        directory, series = self.host.directory, self.model.series

        def show(found: Rebased | ConflictError, ref: str) -> None:
            if isinstance(found, ConflictError):
                self.app.push_screen(ResolveScreen(f"{series.name} onto {ref}", found, lambda: onto(ref)))
                return
            page = rebase_rows(series, found)
            self._rewrite(f"put {series.name} on {ref}", page, "rebase",
                          lambda: work.writing.move_to_base(directory, series, found))  # fmt: skip

        def onto(ref: str) -> None:
            self.host.job(f"putting it on {ref}", lambda job: work.writing.or_conflict(
                lambda: work.writing.rebased(directory, series, ref)), lambda found: show(found, ref),
                group="amend")  # fmt: skip

        def ask(names: list[str]) -> None:
            words = f"now on {series.base_ref} ({series.base[:12]}); {key('complete')} goes through branches and tags"
            self.host.ask("new base: ", words, onto, empty=False,
                     offers=lambda text: [one for one in names if text in one])  # fmt: skip

        self.host.job("bases", lambda job: work.writing.bases(directory, series), ask, group="amend", quiet=True)

    def action_drop(self) -> None:
        """Out of the series."""
        if patch := self.patch():
            series = self.model.series
            self._rewrite("drop this patch", patch_text(patch), "drop",
                          lambda: work.changing.drop(self.host.directory, series, patch.commit))  # fmt: skip

    def action_amend(self) -> None:
        """What is staged into this patch; where nothing is, all uncommitted changes."""
        if (patch := self.patch()) is None:
            return
        directory, series = self.host.directory, self.model.series

        def show(found: tuple[str, bool]) -> None:
            text, staged = found
            if not text:
                self.host.say(f"Nothing is uncommitted; {key('edit-file')} opens a file in the editor.", "warning")
                return
            what = "what is staged" if staged else "everything uncommitted"
            rows = [Row(f"{what} goes into", "head"), Row(f"  {patch.subject}"), *work.reading.diff_rows(text)]
            self._rewrite("amend this patch", rows, "amend",
                          lambda: work.changing.amend(directory, series, patch.commit, staged))  # fmt: skip

        self.host.job(
            "reading what is uncommitted", lambda job: work.reading.uncommitted(directory), show, group="amend"
        )
