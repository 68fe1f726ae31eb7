"""The subjects and tags that files' history bears, asked of git alone."""

from __future__ import annotations

import time
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


def has_commit_of(
    folder: str, tip: str, people: Sequence[str], paths: Sequence[str], seconds: float = 2.0
) -> bool | None:
    """Whether one of these names and addresses is an author in the whole history of the paths before `tip`.

    None where it is not known: git needs longer (without a commit graph it walks all of a kernel's history), or
    fewer than eight commits are there to tell by.
    """
    until = time.monotonic() + seconds
    log = ["git", "-C", folder, "log", "--no-merges", "--no-show-signature", "--format=%h"]
    who = ["-1", "-i", "-F", *(f"--author={name}" for name in people)]
    try:
        for words in (who, ["-8"]):
            done = run([*log, *words, tip, "--", *paths], check=False, timeout=max(0.1, until - time.monotonic()))
            if done.code:
                return None
            if words is who and done.text.strip():
                return True
    except PatchflowError:
        return None
    return None if done.text.count("\n") < 8 else False
