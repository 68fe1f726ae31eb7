"""Revisions: what was sent, and range-diffs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.tui import work
from patchflow.tui.bindings import bindings
from patchflow.tui.models.revisions import pair, range_rows, revision_rows
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.tabs.base import Tab


class RevisionsTab(Tab):
    """The revisions."""

    NAME = "revisions"
    BINDINGS = bindings(NAME)

    def list_rows(self) -> Sequence[Row]:
        """One line a revision."""
        return revision_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The range-diff, worked out when it is first looked at."""
        names = pair(self.model, ref) if isinstance(ref, str) else None
        if names is None:
            return [Row("Nothing to compare with yet.", "dim")]
        key = (f"{names[0]} {self.model.key}", names[1])
        text = self.model.range_diffs.get(key)
        if text is None:
            self._work_out(names, key)
            return [Row("range-diff …", "dim")]
        return range_rows(self.model, names, text)

    def idle(self) -> Collection[str]:
        """Before anything was sent there is nothing to compare, and no next revision."""
        read = self.model.read
        return () if read and read.series.revisions else ("mark-left", "respin", "trailers")

    def link_id(self) -> str:
        """The first mail of the chosen revision."""
        read = self.model.read
        sent = {f"v{one.number}": one.root for one in read.series.revisions} if read else {}
        return sent.get(str(self.list.ref)) or super().link_id()

    def _work_out(self, names: tuple[str, str], key: tuple[str, str]) -> None:
        series, directory = self.model.series, self.host.directory

        def done(text: str) -> None:
            self.model.range_diffs[key] = text
            if self.view.current == self.NAME:
                self.show_detail()

        self.host.job("range-diff", lambda job: work.reading.range_diff(directory, series, names), done, group="range")

    def action_mark_left(self) -> None:
        """Others are compared with this one."""
        if isinstance(self.list.ref, str):
            self.model.left = self.list.ref
            self.fill()

    def action_trailers(self) -> None:
        """What reviewers gave, into the commits."""
        self.view.apply_trailers()

    def action_respin(self) -> None:
        """The next revision."""
        self.view.respin()
