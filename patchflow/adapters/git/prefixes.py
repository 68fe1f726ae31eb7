"""The subject prefixes that files' history bears, asked of git alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchflow.adapters.process import run
from patchflow.errors import PatchflowError

PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)?([\w./,+ -]{1,50}?):\s")


def newest_prefixes(folder: str, paths: Sequence[str], seconds: float = 2.0) -> list[str]:
    """The subsystem prefixes of the newest commits that touched these paths, newest first.

    Nothing where git takes longer: without a commit graph it walks all of a kernel's history.
    """
    words = ["log", "-30", "--no-merges", "--no-show-signature", "--format=%s", "HEAD", "--", *paths]
    try:
        done = run(["git", "-C", folder, *words], check=False, timeout=seconds)
    except PatchflowError:
        return []
    return [match[1].strip() for line in done.text.split("\n") if (match := PREFIX.match(line))]
