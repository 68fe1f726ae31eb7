"""The places where a commit that is picked does not merge: what each side has there, and which commits made that."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.adapters.git.commands import GitCommands

_SIZE = 40  # of a marker: no line of a file looks like it
_HEADING = lazy_re.compile(r"^[A-Za-z_$](?:.*[^:;])?$")  # as git's own hunk headings, labels and declarations left out
_CHANGE = lazy_re.compile(r"(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Place:
    """One place that does not merge: its line in the file of the branch (from 1) and the heading above it; what stands
    there, what upstream had there, and what the commit makes of that. `because` are the upstream commits (hash and
    title) that made those lines and are not in the branch, `own` the branch's commits that made its lines.
    """

    line: int
    heading: str
    here: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    because: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def places_of(git: GitCommands, path: str, commit: str, base: str, picked: Collection[str]) -> Iterator[Place]:
    """The places of a path that wait to be resolved, while a commit is picked onto a branch that began at `base`;
    `picked` were picked before it. Nothing where a side has no such file, or it is no text."""
    sides = sides_of(git, path)
    for place, at in _places(git, sides) if len(sides) == 3 else ():
        made = _made(git, path, f"{base}..{commit}^", at, len(place.before))
        own = _made(git, path, f"{commit}^..HEAD", place.line, len(place.here))
        because = tuple(words for name, words in made.items() if name not in picked)
        yield replace(place, because=because, own=tuple(own.values()))


def bare_places_of(git: GitCommands, sides: Sequence[bytes]) -> tuple[Place, ...]:
    """The places that do not merge of a file's sides, without the commits that made them."""
    return tuple(place for place, _ in _places(git, sides)) if len(sides) == 3 else ()


def sides_of(git: GitCommands, path: str, env: Mapping[str, str] | None = None) -> list[bytes]:
    """Upstream's file before the commit, the branch's, and upstream's after it, as the index keeps them; fewer where a
    side has no such file. `env` may name another index."""
    words = ["--literal-pathspecs", "ls-files", "-u", "-z", "--", path]
    rows = [row.split("\t")[0].split(" ") for row in git.run(*words, env=env).text.split("\0") if row]
    names = {stage: name for _, name, stage in rows}
    return [git.run("cat-file", "blob", names[stage]).out for stage in ("1", "2", "3") if stage in names]


def _places(git: GitCommands, sides: Sequence[bytes]) -> list[tuple[Place, int]]:
    """What git merge-file does not merge of the three, each with its line in upstream's file before the commit."""
    with tempfile.TemporaryDirectory(prefix="patchflow-") as name:
        names = [str(Path(name, one)) for one in ("before", "here", "after", "merged")]
        for one, text in zip(names, sides, strict=False):
            Path(one).write_bytes(text)
        words = ["merge-file", "-p", "--diff3", f"--marker-size={_SIZE}", names[1], names[0], names[2]]
        done = git.run(*words, check=False)
        if not 0 < done.code < 128:
            return []
        found, views = _read(done.out.split(b"\n"))
        moved = []
        for side, view in ((names[1], views[0]), (names[0], views[1])):
            Path(names[3]).write_bytes(b"\n".join(view))
            told = git.run("diff", "--no-index", "-U0", "--no-color", "--no-ext-diff", side, names[3], check=False).text
            moved.append([tuple(int(x or 1) for x in match.groups("1")) for match in _CHANGE.finditer(told)])
    return [(replace(one, line=_line(moved[0], one.line)), _line(moved[1], at)) for one, at in found]


def _read(lines: Sequence[bytes]) -> tuple[list[tuple[Place, int]], tuple[list[bytes], list[bytes]]]:
    """The conflicts of a merge, each with its lines in two views of it: with the branch's side in each conflict, and
    with upstream's side before the commit."""
    here: list[bytes] = []
    before: list[bytes] = []
    found: list[tuple[Place, int]] = []
    parts: dict[bytes, list[bytes]] = {}
    side = b""
    for line in lines:
        mark = line[:1] if line[:1] in (b"<", b"|", b"=", b">") and line[:_SIZE] == line[:1] * _SIZE else b""
        if mark == b"<":
            parts = {b"<": [], b"|": [], b"=": []}
        if mark == b">":
            heading = next((row for one in reversed(here) if _HEADING.match(row := _text(one))), "")
            texts = [tuple(map(_text, parts[one])) for one in (b"<", b"|", b"=")]
            found.append((Place(len(here) + 1, heading.strip(), *texts), len(before) + 1))
            here += parts[b"<"]
            before += parts[b"|"]
            side = b""
        elif mark:
            side = mark
        elif side:
            parts[side].append(line)
        else:
            here.append(line)
            before.append(line)
    return found, (here, before)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _line(changes: Sequence[tuple[int, ...]], line: int) -> int:
    """A line of a merged file as it is counted in the file it came from."""
    return line + sum(old - new for _, old, at, new in changes if at + max(new, 1) <= line)


def _made(git: GitCommands, path: str, revs: str, line: int, count: int) -> dict[str, str]:
    """The commits of a range that made lines of a file at its end: hash -> short hash and title, in their order."""
    if not count:
        return {}
    words = ["blame", "--line-porcelain", "-L", f"{line},+{count}", revs, "--", path]
    found: dict[str, str] = {}
    older: set[str] = set()
    commit = ""
    for row in git.run(*words, check=False).text.split("\n"):
        if match := re.match(r"^([0-9a-f]{40,64}) \d+ \d+", row):
            commit = match[1]
        elif row.startswith("summary "):
            found[commit] = f"{commit[:12]} {row.removeprefix('summary ')}"
        elif row == "boundary":
            older.add(commit)
    return {name: words for name, words in found.items() if name not in older}
