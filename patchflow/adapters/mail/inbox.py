"""A public-inbox, read straight from its git repositories: one commit a mail, and one for each that was taken back.

The second format has a repository for each epoch (`git/0.git`, `git/1.git`, …), the mail as the file `m` of each
commit, or as `d` where it was taken back; the first format one repository with a file for each mail. public-inbox's
manual pages public-inbox-v2-format and public-inbox-v1-format tell both. lei's store has its epochs below `local/`.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.mail.quick_index import epochs_in
from patchflow.adapters.process import clean_env, failure, run
from patchflow.errors import OutsideError

_RAW = re.compile(rb"^:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) ([AMDT])\t(.+)$", re.MULTILINE)
_SECONDS = 600.0
LARGEST = 64 << 20  # bytes of one mail


class Change(NamedTuple):
    """What came to one epoch since it was read last: its mails and those taken back, by the object they are.

    `anew` says that it was not read before, or that its history was written anew: all of it is in `added`.
    """

    epoch: str
    tip: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    anew: bool


def is_inbox(folder: Path) -> bool:
    """Whether a folder is a public-inbox, or one of its repositories."""
    epochs = epochs_in(str(folder))
    if not epochs:
        return False
    if list(epochs) != [""]:
        return True
    done = _git(folder, "ls-tree", "--name-only", "HEAD", check=False)
    names = done.split()
    return bool(names) and (names in ([b"m"], [b"d"]) or all(re.fullmatch(rb"[0-9a-f]{2}", one) for one in names))


def tips_of(kept: bytes) -> dict[str, str]:
    """Up to where each epoch was read, as `kept_tips` wrote it; {} where that cannot be read."""
    with suppress(ValueError):
        found = json.loads(kept)
        if isinstance(found, dict):
            return {str(epoch): str(tip) for epoch, tip in found.items()}
    return {}


def kept_tips(tips: Mapping[str, str]) -> bytes:
    """The same as bytes, to be kept."""
    return json.dumps(dict(tips)).encode()


def changes(folder: Path, known: Mapping[str, str], skipped: list[tuple[str, str]]) -> Iterator[Change]:
    """What came to each epoch since the tips in `known`. One that git cannot read is told in `skipped`."""
    for epoch, path in epochs_in(str(folder)).items():
        try:
            change = _change(epoch, Path(path), known.get(epoch, ""))
        except OutsideError as error:
            skipped.append((path, error.message))
            continue
        if change is not None:
            yield change


def _change(epoch: str, place: Path, old: str) -> Change | None:
    """What came to one epoch since a tip; None for nothing. OutsideError where git cannot read it."""
    tip = _tip(place)
    if not tip or tip == old:
        return None
    since = old if old and _is_before(place, old, tip) else ""
    commits = _git(place, "rev-list", "--reverse", "--first-parent", tip, *([f"^{since}"] if since else []))
    raw = _git(place, "diff-tree", "--stdin", "--root", "-r", "--no-renames", "--no-commit-id", stdin=commits)
    added: dict[str, None] = {}
    removed: dict[str, None] = {}
    for old_blob, new_blob, how, name in _RAW.findall(raw):
        gone, come = old_blob.decode(), new_blob.decode()
        if taken_back := _taken_back(name, how, gone, come):
            added.pop(taken_back, None)
            removed[taken_back] = None
        if name != b"d" and how != b"D":
            added[come] = None
            removed.pop(come, None)
    return Change(epoch, tip, tuple(added), tuple(removed), not since)


def _tip(place: Path) -> str:
    """The newest commit; "" where there is none yet."""
    if not _git(place, "for-each-ref", "--count=1", "--format=%(refname)"):
        return ""
    return _git(place, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()


def _taken_back(name: bytes, how: bytes, gone: str, come: str) -> str:
    """The mail that a change of one file takes back; "" where it takes none."""
    if name == b"d":
        return come if how != b"D" else ""
    return gone if name != b"m" and how != b"A" else ""  # the next mail replaces `m`


def _is_before(place: Path, old: str, tip: str) -> bool:
    argv = ["git", f"--git-dir={place}", "merge-base", "--is-ancestor", old, tip]
    return run(argv, env=_QUIET, no_git=True, check=False, timeout=_SECONDS).code == 0


# Nothing is fetched for a partial clone: that would start what its configuration names.
_QUIET = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}  # git before 2.45 knows the second only


def _git(place: Path, *words: str, stdin: bytes = b"", check: bool = True) -> bytes:
    """What a plumbing command of git prints: it heeds no setting of the repository that names a program."""
    argv = ["git", f"--git-dir={place}", *words]
    done = run(argv, env=_QUIET, no_git=True, check=False, stdin=stdin, timeout=_SECONDS)
    if done.code and check:
        raise failure(done)
    return b"" if done.code else done.out


def mails(folder: Path, epoch: str, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """These mails of an epoch, (object, bytes); one that is not there, or over 64 MB, is left out."""
    place = epochs_in(str(folder)).get(epoch, "")
    if not place:
        return
    with tempfile.TemporaryFile() as asked:
        asked.writelines(f"{blob}\n".encode() for blob in blobs)
        asked.seek(0)
        argv = ["git", f"--git-dir={place}", "cat-file", "--batch", "--buffer"]
        with _started(argv, asked) as child:
            assert child.stdout is not None
            while head := child.stdout.readline().split():
                if len(head) != 3:
                    continue  # `OBJECT missing`
                size = int(head[2])
                if size <= LARGEST and head[1] == b"blob":
                    yield head[0].decode(), child.stdout.read(size)
                    child.stdout.read(1)
                else:
                    for at in range(0, size + 1, 1 << 20):
                        child.stdout.read(min(1 << 20, size + 1 - at))
        if child.returncode:
            raise OutsideError(f"`{' '.join(argv)}` ended with status {child.returncode}.")


@contextmanager
def _started(argv: list[str], stdin: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_env(_QUIET, no_git=True),
        bufsize=1 << 20,
    )  # fmt: skip
    try:
        yield child
        child.wait()
    finally:
        child.kill()
        child.wait()


def read_mail(folder: str, name: str) -> bytes:
    """One mail by `EPOCH:OBJECT`; FileNotFoundError where it is not there."""
    epoch, _, blob = name.partition(":")
    place = epochs_in(folder).get(epoch, "")
    try:
        found = _opened(place)[blob] if place else None
    except (KeyError, ValueError, pygit2.GitError):
        found = None
    if not isinstance(found, pygit2.Blob):
        raise FileNotFoundError(2, "No such mail", f"{folder}: {name}")
    return bytes(found.data)


@lru_cache(maxsize=16)
def _opened(place: str) -> pygit2.Repository:
    return pygit2.Repository(place)
