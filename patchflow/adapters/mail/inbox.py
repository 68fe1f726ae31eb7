"""A public-inbox, read straight from its git repositories: one commit a mail, and one for each that was taken back.

The second format has a repository for each epoch (`git/0.git`, `git/1.git`, …), the mail as the file `m` of each
commit, or as `d` where it was taken back; the first format one repository with a file for each mail. public-inbox's
manual pages public-inbox-v2-format and public-inbox-v1-format tell both. lei's store has its epochs below `local/`.
"""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.mail.quick_index import epochs_in
from patchflow.adapters.mail.scanning import Found, another_scans, objects, scan_objects
from patchflow.adapters.process import clean_env, failure, run
from patchflow.errors import OutsideError

_RAW = re.compile(rb"^:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) ([AMDT])\t(.+)$", re.MULTILINE)
_SECONDS = 600.0
_PIPE = 1 << 20  # bytes: the usual 64 KB wake up both ends for every few mails
_FEW = 3000  # mails; to read so many takes as long as to start a process


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
    raw = _git(place, "log", *_PLAIN, tip, *([f"^{since}"] if since else []), "--")
    added: dict[str, None] = {}
    removed: dict[str, None] = {}
    for match in _RAW.finditer(raw):
        gone, come, how, name = match[1].decode(), match[2].decode(), match[3], match[4]
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


# Beyond these bytes nothing of a pack is mapped, and no delta's base is kept: a pack may be larger than the memory.
_SMALL = ("-c", "core.packedGitWindowSize=8m", "-c", "core.packedGitLimit=32m", "-c", "core.deltaBaseCacheLimit=16m")
# git log alone costs half of rev-list and diff-tree; these words take away what a setting may have it start or print.
_PLAIN = (
    "--no-show-signature", "--no-notes", "--no-mailmap", "--no-color", "--no-ext-diff", "--no-textconv", "--format=",
    "--raw", "--no-abbrev", "--no-renames", "--root", "--first-parent", "--reverse",
)  # fmt: skip


def _git(place: Path, *words: str, check: bool = True) -> bytes:
    """What a command of git prints that heeds no setting of the repository that names a program."""
    argv = ["git", f"--git-dir={place}", *_SMALL, *words]
    done = run(argv, env=_QUIET, no_git=True, check=False, timeout=_SECONDS)
    if done.code and check:
        raise failure(done)
    return b"" if done.code else done.out


def mails(folder: Path, epoch: str, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """These mails of an epoch, (object, bytes); one that is not there, or over 64 MB, is left out."""
    with _read(folder, epoch, blobs) as stream:
        for name, raw in objects(stream):
            yield name, raw[1:]


def scanned(folder: Path, epoch: str, blobs: Collection[str]) -> Iterator[Found]:
    """The same mails' headers, by the object they are; of many, another process reads them."""
    with _read(folder, epoch, blobs) as stream:
        if len(blobs) > _FEW:
            yield from another_scans(stream)
        else:
            yield from scan_objects(stream)


@contextmanager
def _read(folder: Path, epoch: str, blobs: Iterable[str]) -> Iterator[IO[bytes]]:
    """What `git cat-file --batch` prints of these objects; it maps a window of a pack, not all of it."""
    with tempfile.TemporaryFile() as asked:
        asked.writelines(f"{blob}\n".encode() for blob in blobs)
        asked.seek(0)
        argv = ["git", f"--git-dir={epochs_in(str(folder))[epoch]}", *_SMALL, "cat-file", "--batch", "--buffer"]
        child = subprocess.Popen(
            argv, stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_env(_QUIET, no_git=True),
            bufsize=1 << 20,
        )  # fmt: skip
        try:
            assert child.stdout is not None
            with suppress(OSError):  # where the user's pipes are large enough together
                fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
            yield child.stdout
            if child.wait():
                raise OutsideError(f"`{' '.join(argv)}` ended with status {child.returncode}.")
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


@contextmanager
def small_windows() -> Iterator[None]:
    """While many mails are read one by one, libgit2 maps 32 MB of packs at most (its own limit is 8 GB); what it keeps
    of each pack, up to 16 MB, is let go at the end."""
    settings = pygit2.settings
    was = settings.mwindow_size, settings.mwindow_mapped_limit
    settings.mwindow_size, settings.mwindow_mapped_limit = 8 << 20, 32 << 20
    try:
        yield
    finally:
        settings.mwindow_size, settings.mwindow_mapped_limit = was
        _opened.cache_clear()


@lru_cache(maxsize=16)
def _opened(place: str) -> pygit2.Repository:
    return pygit2.Repository(place)
