"""Patches: the list beside the patch with its findings, and what can be done to the commits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.domain.patch import Patch
from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.patches import PatchTexts, finding_row, in_order, patch_rows, patch_text, place_of
from patchflow.tui.models.rows import Row, difference
from patchflow.tui.models.series import patch_of
from patchflow.tui.screens.tabs.base import Tab

if TYPE_CHECKING:
    from patchflow.tui.host import SeriesView


class PatchesTab(Tab):
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
        return self.texts.of(patch, self.model.report) if patch else ()

    def aside_rows(self, ref: Any) -> Sequence[Row]:
        """What was found in the patch; the patch follows the cursor there."""
        if not isinstance(ref, str) or self.model.report is None:
            return [Row("Not checked yet." if isinstance(ref, str) else "", "dim")]
        found = [finding_row(one, places=True) for one in self.model.findings(ref)]
        return [Row(many(len(found), "finding"), "head"), *(row for one in found for row in (one, Row("")))]

    def idle(self) -> Collection[str]:
        """Without a patch none of them; amending needs changes, squashing a patch before, writing a new order one."""
        ref, read = self.list.ref, self.model.read
        gone = () if ref else ("run-checks", "edit-file", "amend", "reword", "squash", "drop")
        first = next((patch.commit for patch in in_order(self.model)), ref) == ref
        clean = read is None or not read.dirty
        return {*gone, *(["amend"] * clean), *(["squash"] * first), *([] if self.model.order else ["write-order"])}

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
        if len(rows) < 2:
            self.host.say("The message is as it was.")
            return
        self._rewrite("reword this patch", rows, "reword",
                      lambda: work.changing.reword(directory, series, {patch.commit: text}))  # fmt: skip

    def action_squash(self) -> None:
        """Into the patch before."""
        if (patch := self.patch()) is None:
            return
        at = self.model.patches.index(patch)
        if at == 0:
            self.host.say("The first patch has none before it.", "warning")
            return
        rows = [Row("this patch", "head"), Row(f"  {patch.subject}"), Row("goes into", "head"),
                Row(f"  {self.model.patches[at - 1].subject}")]  # fmt: skip
        series = self.model.series
        self._rewrite("squash this patch", rows, "squash",
                      lambda: work.changing.squash(self.host.directory, series, patch.commit))  # fmt: skip

    def action_drop(self) -> None:
        """Out of the series."""
        if patch := self.patch():
            series = self.model.series
            self._rewrite("drop this patch", patch_text(patch), "drop",
                          lambda: work.changing.drop(self.host.directory, series, patch.commit))  # fmt: skip

    def action_amend(self) -> None:
        """The uncommitted changes into this patch."""
        if (patch := self.patch()) is None:
            return
        directory, series = self.host.directory, self.model.series

        def show(text: str) -> None:
            if not text:
                self.host.say(f"Nothing is uncommitted; {key('edit-file')} opens a file in the editor.", "warning")
                return
            rows = [Row(f"into: {patch.subject}", "head"), *work.reading.diff_rows(text)]
            self._rewrite(
                "amend this patch", rows, "amend", lambda: work.changing.amend(directory, series, patch.commit)
            )

        self.host.job(
            "reading what is uncommitted", lambda job: work.reading.uncommitted(directory), show, group="amend"
        )
