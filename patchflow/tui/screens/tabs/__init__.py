"""The tabs of a series: each fills its panel from the model and does its own actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.tui.screens.tabs.base import Tab
from patchflow.tui.screens.tabs.checks import ChecksTab
from patchflow.tui.screens.tabs.conversation import ConversationTab
from patchflow.tui.screens.tabs.cover import CoverTab
from patchflow.tui.screens.tabs.patches import PatchesTab
from patchflow.tui.screens.tabs.recipients import RecipientsTab
from patchflow.tui.screens.tabs.revisions import RevisionsTab
from patchflow.tui.screens.tabs.send import SendTab
from patchflow.tui.screens.tabs.todo import TodoTab
from patchflow.tui.screens.tabs.try_ import TryTab
from patchflow.tui.screens.tabs.work import WorkTab

if TYPE_CHECKING:
    from patchflow.tui.host import SeriesView

__all__ = ["Tab", "all_tabs"]


def all_tabs(view: SeriesView) -> dict[str, Tab]:
    """Every tab, in order."""
    kinds = (PatchesTab, CoverTab, ChecksTab, RecipientsTab, ConversationTab, TodoTab, RevisionsTab, SendTab,
             TryTab, WorkTab)  # fmt: skip
    made = [kind(view) for kind in kinds]
    return {tab.NAME: tab for tab in made}
