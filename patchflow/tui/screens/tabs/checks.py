"""Checks: what was found, with the rule beside it, and its safe fix with a key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.checks import Found, check_rows, explanation
from patchflow.tui.models.patches import place_of
from patchflow.tui.models.rows import Row, difference
from patchflow.tui.models.series import patch_of
from patchflow.tui.screens.tabs.base import Tab


class ChecksTab(Tab):
    """The findings."""

    NAME = "checks"
    BINDINGS = bindings(NAME)

    def list_rows(self) -> Sequence[Row]:
        """By patch."""
        running = self.host.job_of("check")
        if running is None:
            return check_rows(self.model)
        rows = check_rows(self.model) if self.model.report else []
        return [Row(f"checking: {running.progress or 'starting'}; {key('stop')} stops it", "note"), *rows]

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The rule."""
        return explanation(ref) if isinstance(ref, Found) else ()

    def idle(self) -> Collection[str]:
        """Editing and fixing need a finding; the latter one with a fix."""
        ref = self.list.ref
        if not isinstance(ref, Found):
            return ("edit-file", "fix")
        return () if ref.finding.fix and ref.commit else ("fix",)

    def stands(self, ref: Any) -> bool:
        """A finding, with its rule beside it."""
        return isinstance(ref, Found)

    def action_run_checks(self) -> None:
        """Every check now."""
        self.view.run_checks()

    def action_edit_file(self) -> None:
        """The file at the finding's line, or the message, or the cover letter."""
        ref = self.list.ref
        if not isinstance(ref, Found):
            self.host.say("Choose a finding first.", "warning")
        elif ref.finding.file == "COMMIT_MSG" and (patch := patch_of(self.model, ref.commit)):
            self.view.reword(patch)
        elif ref.finding.file == "cover":
            self.view.edit_cover()
        else:
            self.view.edit_file(place_of(ref.finding))

    def action_fix(self) -> None:
        """The fix, after a page that shows it."""
        ref = self.list.ref
        if not isinstance(ref, Found):
            self.host.say("Choose a finding first.", "warning")
            return
        patch = patch_of(self.model, ref.commit)
        if patch is None or ref.finding.fix is None:
            how = f"{key('edit-file')} opens what it is about in the editor."
            self.host.say(f"This finding has no safe fix; {how}", "warning")
            return
        fix, series, directory = ref.finding.fix, self.model.series, self.host.directory
        words = f"The commits get new hashes, the files stay as they are; {key('undo')} takes it back."
        rows = [*difference(patch.message, fix.message, patch.subject), Row(""), Row(words, "note")]

        def go() -> None:
            self.change(
                fix.title, lambda: work.changing.reword(directory, series, {patch.commit: fix.message}, fix.title)
            )

        self.confirm(fix.title, rows, "confirm", "fix", go)
