"""pre-push: says so when the branch of a series goes where others may pull it; it never stops a push."""

from __future__ import annotations

import os
import re
import sys

from patchflow import lazy_re
from patchflow.adapters.git.hook_repository import QuickGit
from patchflow.githooks.verdict import say, skipped

RULE = "public-branch"
# A folder of this machine, with or without file://, is nobody else's.
_LOCAL = lazy_re.compile(r"^(?:file://|/|\./|\.\./|~)")


def run(arguments: list[str]) -> int:
    """Reads the refs from standard input, as git writes them: `local-ref hash remote-ref hash`.

    The pre-commit framework has read them itself, and says what it found in the environment.
    """
    given = os.environ.get("PRE_COMMIT_REMOTE_URL", "")
    url = given or (arguments[1] if len(arguments) > 1 else "")
    if not url or _LOCAL.match(url) or RULE in skipped():
        return 0
    git = QuickGit()
    names = []
    rows = [os.environ.get("PRE_COMMIT_LOCAL_BRANCH", "")] if given else _refs()
    for row in rows:
        ref = row.split(" ")[0]
        branch = git.branch() if ref == "HEAD" else ref.removeprefix("refs/heads/")
        if ref.startswith(("refs/heads/", "HEAD")) and git.config(f"branch.{branch}.patchflow-change-id"):
            names.append(branch)
    if names:
        shown = re.sub(r"//[^/@]*@", "//", url)  # no password of a URL on the screen
        say([
            f"patchflow pre-push: 1 warning: the series {', '.join(names)} becomes public on {shown}",
            f"  warning: the next revision rewrites {'these branches' if len(names) > 1 else 'this branch'}; who pulled"
            f" it is left behind. Reviewers read the list, not the branch. [{RULE}] (skip once: PATCHFLOW_SKIP={RULE})",
        ])  # fmt: skip
    return 0


def _refs() -> list[str]:
    return sys.stdin.buffer.read(1_000_000).decode("utf-8", "replace").split("\n")
