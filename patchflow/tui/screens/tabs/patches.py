"""Patches: the list beside the patch with its findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow.tui.models.patches import patch_rows, patch_text
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import patch_of
from patchflow.tui.screens.tabs.base import Tab


class PatchesTab(Tab):
    """The commits of the series."""

    name = "patches"

    def rows(self) -> Sequence[Row]:
        """One line a patch."""
        return patch_rows(self.model)

    def detail(self, ref: Any) -> Sequence[Row]:
        """The patch."""
        patch = patch_of(self.model, ref) if isinstance(ref, str) else None
        return patch_text(patch, self.model.findings(patch.commit)) if patch else ()

    def do_run_checks(self) -> None:
        """Every check now."""
        self.screen.run_checks()
