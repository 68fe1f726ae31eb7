"""The subjects and tags that files' history bears, asked of git alone."""

from __future__ import annotations

from collections.abc import Sequence

from patchflow.adapters.process import run
from patchflow.errors import PatchflowError


def newest_commits(folder: str, paths: Sequence[str], seconds: float = 2.0) -> list[tuple[str, list[str]]]:
    """Subject and the tags' keys of the newest 30 commits that touched these paths, newest first.

    Nothing where git takes longer: without a commit graph it walks all of a kernel's history.
    """
    form = "--format=%s%x00%(trailers:only,keyonly,separator=%x2C)%x00"
    words = ["log", "-30", "--no-merges", "--no-show-signature", form, "HEAD", "--", *paths]
    try:
        done = run(["git", "-C", folder, *words], check=False, timeout=seconds)
    except PatchflowError:
        return []
    fields = done.text.split("\0")
    rows = zip(fields[::2], fields[1::2], strict=False)
    return [(subject.strip("\n"), [key for key in keys.split(",") if key]) for subject, keys in rows]
