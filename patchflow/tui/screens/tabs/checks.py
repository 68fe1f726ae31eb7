"""Checks: what was found, with the rule beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow.tui.models.checks import Found, check_rows, explanation
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class ChecksTab(Tab):
    """The findings."""

    name = "checks"

    def rows(self) -> Sequence[Row]:
        """By patch."""
        return check_rows(self.model)

    def detail(self, ref: Any) -> Sequence[Row]:
        """The rule."""
        return explanation(ref) if isinstance(ref, Found) else ()

    def do_run_checks(self) -> None:
        """Every check now."""
        self.screen.run_checks()
