"""`check --fix`: shows the safe fixes of commit messages, then applies them through an undoable rewrite."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.services.check import Report
    from patchflow.wiring import Clone


def offer(here: Clone, series: Series, report: Report, output: Output, yes: bool) -> bool:
    """Applies one fix a commit at most (the first found); another run takes the next. Says whether it did."""
    new: dict[str, str] = {}
    for patch, row in zip(series.patches, report.patches, strict=True):
        fix = next((finding.fix for finding in row.findings if finding.fix), None)
        if fix is None:
            continue
        new[patch.commit] = fix.message
        output.note(f"{patch.commit[:12]} {patch.subject}: {fix.title}")
        before, after = patch.message.splitlines(), fix.message.splitlines()
        for line in difflib.unified_diff(before, after, "message", "mended", lineterm="", n=1):
            output.note(f"  {line}")
    if not new:
        output.note("Nothing here can be mended safely by itself.")
        return False
    if not confirmed(f"Rewrite {len(new)} commit message(s)? The files stay as they are.", "y", yes):
        output.note("Nothing was changed.")
        return False
    change = here.store.ledger.change(f"check --fix on {series.name}")
    commits = here.repository.commits_between(series.base, series.tip)
    here.store.ledger.set_ref(change, f"refs/heads/{series.branch}", here.store.rewrite(commits, new))
    here.store.ledger.commit(change)
    output.note("Done; `patchflow undo` takes it back.")
    return True
