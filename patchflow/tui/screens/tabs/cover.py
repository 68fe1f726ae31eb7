"""Cover: the cover letter as it will be mailed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.tui import work
from patchflow.tui.bindings import bindings
from patchflow.tui.models.cover import cover_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab

if TYPE_CHECKING:
    from patchflow.domain.series import Series


class CoverTab(Tab):
    """The cover letter."""

    NAME = "cover"
    BINDINGS = bindings(NAME)
    SINGLE = True

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The letter."""
        return cover_rows(self.model)

    def show_detail(self) -> None:
        """Always the same letter, so its place is kept."""
        self.detail.set_rows(self.detail_rows(None), True)

    def action_edit_cover(self) -> None:
        """The letter in the editor."""
        self.view.edit_cover()

    def idle(self) -> Collection[str]:
        """There is nothing to be put on where the series needs nothing."""
        return () if self.model.read and self.model.series.depends else ("restack",)

    def action_prefixes(self) -> None:
        """The words of the bracket."""
        series, now = self.model.series, " ".join(self.model.series.prefixes)
        words = "the words of the bracket besides PATCH, such as RFC net-next (empty: those of the profile)"
        self.host.ask("words: ", words, lambda text: self._keep("the bracket", work.changing.prefixes, series, text),
                      now, empty=True)  # fmt: skip

    def action_presubject(self) -> None:
        """What stands before the bracket."""
        series = self.model.series
        words = "a list's own bracket, before that of the patch, such as [mylist] (empty: none)"
        keep = work.changing.presubject
        self.host.ask("bracket: ", words, lambda text: self._keep("the bracket", keep, series, text),
                      series.presubject, empty=True)  # fmt: skip

    def action_needs(self) -> None:
        """What the series needs first, one more or one less."""
        series = self.model.series
        words = "a series of this clone, a change-id, a Message-ID or a commit below it that the series needs first"
        more = "; -1 takes the first one off the list" if series.depends else ""
        keep = work.changing.need
        self.host.ask("needs: ", words + more, lambda text: self._keep("what it needs", keep, series, text))

    def action_restack(self) -> None:
        """On what the series below became."""
        series, directory = self.model.series, self.host.directory
        self.change("restack", lambda: work.changing.restack(directory, series))

    def _keep(self, title: str, call: Callable[[str, Series, str], None], series: Series, text: str) -> None:
        directory = self.host.directory
        self.change(title, lambda: call(directory, series, text))
