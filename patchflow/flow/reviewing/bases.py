"""Finds what a series stands on: the base-commit it names, else the commit that has most of its files as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from patchflow.domain.received import Preimage
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.best_base import Candidate, best
from patchflow.values import dataclass

_MOST_REFS, _MOST_COMMITS, _MOST_FILES, _MOST_BRANCHES = 400, 1000, 100, 8
_SLACK = timedelta(days=1)  # clocks, and patches that were mailed before their base was published


@dataclass(frozen=True, slots=True)
class Base:
    """The commit a series is applied on ("" where none is here), how it was found, and how many of the files that the
    patches start from it has as they were: `fits` of `files`."""

    commit: str
    how: str
    fits: int = 0
    files: int = 0


def find_base(here: Clone, named: str, files: Sequence[Preimage], when: datetime | None) -> Base:
    """The base of patches that start from these files, posted at `when`; `named` is their base-commit, "" for none."""
    files = list(files)[:_MOST_FILES]
    commit = here.repository.try_resolve(named) if named else None
    if commit:
        return Base(commit, "base-commit", _fits(here, [commit], files)[0], len(files))
    told = f"base-commit {named[:12]} is not here; " if named else ""
    heads = _heads(here)
    if not files:
        head = here.repository.try_resolve("HEAD") or ""
        return Base(head, f"{told}its patches name no file as it was before, so HEAD")
    found = _candidates(here, {commit: _short(ref) for commit, ref in heads.items()}, files)
    if when:
        found += _candidates(here, _then(here, heads, when), files)
    if not any(one.fits == len(files) for one in found):
        found += _candidates(here, _log(here, list(heads), files, when), files)
    chosen = best(found, when)
    if chosen is None or not chosen.fits:
        return Base(
            "", f"{told}no commit here has any of the {len(files)} files as the patches found them", 0, len(files)
        )
    words = f"{told}{chosen.name}: {chosen.fits} of {len(files)} files are there as the patches found them"
    return Base(chosen.commit, words, chosen.fits, len(files))


def _heads(here: Clone) -> dict[str, str]:
    """Commit -> ref of what is worth a look first: HEAD, branches, remotes' branches, the newest tags."""
    words = [
        "for-each-ref",
        f"--count={_MOST_REFS}",
        "--sort=-creatordate",
        "--format=%(objectname) %(*objectname) %(refname)",
    ]
    text = here.git.run(*words, "refs/heads", "refs/remotes", "refs/tags").text
    found: dict[str, str] = {}
    if head := here.repository.try_resolve("HEAD"):
        found[head] = "HEAD"
    for row in text.splitlines():
        fields = row.split(" ")
        found.setdefault(fields[1] or fields[0], fields[-1])
    return found


def _then(here: Clone, heads: dict[str, str], when: datetime) -> dict[str, str]:
    """Commit -> name of where HEAD and the branches that moved last stood when the patches were posted."""
    dates = _dates(here, list(heads))
    tips = [one for one, date in dates.items() if date > when and not heads[one].startswith("refs/tags/")]
    tips = sorted(tips, key=lambda one: (heads[one] == "HEAD", dates[one]), reverse=True)[:_MOST_BRANCHES]
    found: dict[str, str] = {}
    for tip in tips:
        done = here.git.run("rev-list", "--max-count=1", f"--before={when.isoformat()}", tip, check=False)
        if commit := done.text.strip():
            found.setdefault(commit, f"{_short(heads[tip])} of {when:%Y-%m-%d}")
    return found


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/").removeprefix("refs/tags/")


def _log(here: Clone, tips: Sequence[str], files: Sequence[Preimage], when: datetime | None) -> dict[str, str]:
    """Commit -> name of those that changed these files, up to the time the patches were posted, and of those right
    before them: where a state begins, and where it ends."""
    until = [f"--until={(when + _SLACK).isoformat()}"] if when else []
    words = ["log", f"--max-count={_MOST_COMMITS}", "--format=%H %P", *until, "--stdin"]
    names = "".join(f"{one}\n" for one in tips) + "--\n" + "".join(f":(literal){one.path}\n" for one in files)
    done = here.git.run(*words, stdin=names.encode("utf-8", "surrogateescape"), check=False)
    rows = [row.split()[:2] for row in done.text.splitlines()] if done.code == 0 else []
    return {commit: commit[:12] for row in rows for commit in row}


def _candidates(here: Clone, names: dict[str, str], files: Sequence[Preimage]) -> list[Candidate]:
    commits = list(names)
    fits = _fits(here, commits, files)
    dates = _dates(here, commits)
    return [Candidate(one, names[one], count, dates.get(one)) for one, count in zip(commits, fits, strict=True)]


def _fits(here: Clone, commits: Sequence[str], files: Sequence[Preimage]) -> list[int]:
    """How many of the files each commit has as the patches found them; one git is asked for all."""
    rows = "".join(f"{commit}:{file.path}\n" for commit in commits for file in files)
    done = here.git.run(
        "cat-file", "--batch-check=%(objectname)", stdin=rows.encode("utf-8", "surrogateescape"), check=False
    )
    found = done.text.split("\n")
    width = len(files)
    return [
        sum(row.startswith(file.blob) for row, file in zip(found[at * width : (at + 1) * width], files, strict=False))
        for at in range(len(commits))
    ]


def _dates(here: Clone, commits: Sequence[str]) -> dict[str, datetime]:
    if not commits:
        return {}
    words = ["log", "--no-walk=unsorted", "--format=%H %cI", "--stdin"]
    text = here.git.run(*words, stdin="".join(f"{one}\n" for one in commits).encode(), check=False).text
    rows = (row.split(" ") for row in text.splitlines())
    return {row[0]: datetime.fromisoformat(row[1]) for row in rows if len(row) == 2}
