"""pre-commit: what is in the index, and nothing else, through checkpatch.pl and the rules about code."""

from __future__ import annotations

from patchflow.adapters.git.hook_repository import QuickGit
from patchflow.githooks.verdict import tell


def run(arguments: list[str]) -> int:
    """Judges the staged diff; 1 stops the commit. File names, which frameworks pass, mean nothing to it."""
    git = QuickGit()
    if not git.is_kernel() or git.is_merging():
        return 0
    diff = git.staged()
    if not diff.strip():
        return 0
    from patchflow.flow.machine.hooks import check_staged

    report = check_staged(git, diff)
    return tell("pre-commit", report.all(), "the commit is stopped", "git commit --no-verify")
