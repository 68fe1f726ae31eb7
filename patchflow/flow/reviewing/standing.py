"""Reads what stands in the work tree of a review by now, where the user may have gone on with git alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from patchflow.adapters.git.underway import underway
from patchflow.domain.patch import Patch
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.reviews import APPLIED, STOPPED, Review, Step

_CRUD = "".join(map(chr, range(33))) + ".,:;<>\"\\'"  # what git takes off both ends of an address


def as_it_stands(review: Review) -> Review:
    """A review that stopped, with what was committed or skipped since; not kept. Others are as they were kept."""
    if review.phase == STOPPED and (Path(review.folder) / ".git").is_file():
        with suppress(PatchflowError):
            return standing(Clone(review.folder), review)[0]
    return review


def standing(there: Clone, review: Review) -> tuple[Review, bool]:
    """The review as its work tree has it, and whether commits stand there that are not its patches as they were
    applied. PatchflowError where the commits since its base cannot be told."""
    there = Clone(there.directory)  # read anew: git has run since
    made = there.repository.commits_between(review.base, there.repository.resolve("HEAD"))
    found = _matched(review.steps, [there.repository.patch(one, with_diff=False) for one in made])
    through = _through(there, len(review.steps))
    steps = tuple(
        replace(step, commit=found.get(number, ""), skipped=number not in found and number < through)
        for number, step in enumerate(review.steps)
    )
    pairs = zip(review.steps, steps, strict=True)
    changed = any(old.commit and new.commit not in ("", old.commit) for old, new in pairs)
    over = not underway(there.repository.git_dir) and any(step.commit for step in steps if not step.before)
    now = replace(review, steps=steps, phase=APPLIED if over else STOPPED)
    return now, changed or len(found) < len(made)


def _matched(steps: Sequence[Step], made: Sequence[Patch]) -> dict[int, str]:
    """Number of a step -> its commit: the one that is known, else the first of its title and author."""
    known = {step.commit: number for number, step in enumerate(steps) if step.commit}
    found = {known[one.commit]: one.commit for one in made if one.commit in known}
    for one in made:
        if one.commit not in known:
            key = _key(one.subject, one.author.email)
            same = (n for n, step in enumerate(steps) if n not in found and _key(step.title, step.author) == key)
            if (number := next(same, None)) is not None:
                found[number] = one.commit
    return found


def _key(title: str, author: str) -> tuple[str, str]:
    """A title and an author's address as git writes both into a commit."""
    plain = title.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(plain.split()), author.strip(_CRUD).lower()


def _through(there: Clone, count: int) -> int:
    """How many of the patches git am is through with, applied or skipped: all of them where it is not underway."""
    if not underway(there.repository.git_dir):
        return count
    try:
        number, last = (int((there.repository.git_dir / "rebase-apply" / one).read_text()) for one in ("next", "last"))
    except (OSError, ValueError):
        return 0
    return number - 1 if last == count else 0
