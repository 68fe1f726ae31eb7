"""`check --fix`: shows the safe fixes of commit messages, then applies them through an undoable rewrite."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.flow.check.judge import fixes
from patchflow.flow.series.rewrite import reword
from patchflow.formats.counted import many

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone


def offer(here: Clone, series: Series, facts: Profile, only: str, output: Output, yes: bool) -> bool:
    """Shows every fix (of the rule `only`, where one is named) and applies them on word. Says whether it did."""
    new: dict[str, str] = {}
    history = here.history(series.base)
    for patch in series.patches:
        message, titles = fixes(patch, facts, history, only)
        if not titles:
            continue
        new[patch.commit] = message
        output.note(f"{patch.commit[:12]} {patch.subject}: {', '.join(titles)}")
        before, after = patch.message.split("\n"), message.split("\n")
        for line in difflib.unified_diff(before, after, "message", "fixed", lineterm="", n=1):
            output.note(f"  {line}")
    if not new:
        output.note("Nothing here can be fixed safely by itself.")
        return False
    if not confirmed(f"Rewrite {many(len(new), 'commit message')}? The files stay as they are.", "y", yes):
        output.note("Nothing was changed.")
        return False

    reword(here, series, new, f"check --fix on {series.name}")
    output.note("Done; `patchflow undo` takes it back.")
    return True
