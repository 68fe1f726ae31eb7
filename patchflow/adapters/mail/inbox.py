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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from threading import Thread
from typing import IO

from patchflow import lazy_re
from patchflow.adapters.mail.quick_index import epochs_in
from patchflow.adapters.mail.scanning import Found, another_scans, objects, scan_objects
from patchflow.adapters.process import Completed, clean_env, failure, run
from patchflow.errors import OutsideError, PatchflowError

_RAW = lazy_re.compile(rb"^:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) ([AMDT])\t(.+)$", re.MULTILINE)
_SECONDS = 600.0
_PIPE = 1 << 20  # bytes: the usual 64 KB wake up both ends for every few mails
_FEW = 3000  # mails; to read so many takes as long as to start a process
_SOME = 2000  # names of mails
_BATCH = ("cat-file", "--batch", "--buffer")


class Change:
    """What came to one epoch since it was read last, mail by mail while git lists it, by the object a mail is.

    Iterated, it gives each mail once (`given`), one that is taken back later among them; then `added` holds those that
    stay, in their order, and `removed` those that were taken back. `anew` says that the epoch was not read before, or
    that its history was written anew: then all of it comes. OutsideError where git cannot read it.
    """

    def __init__(self, epoch: str, place: str, tip: str, since: str) -> None:
        self.epoch, self.place, self.tip, self.since = epoch, place, tip, since
        self.anew = not since
        self.given: set[str] = set()
        self.added: dict[str, None] = {}
        self.removed: dict[str, None] = {}

    def __iter__(self) -> Iterator[str]:
        range_ = [self.tip, *([f"^{self.since}"] if self.since else [])]
        for match in _matches(Path(self.place), range_):
            gone, come, how, name = match[1].decode(), match[2].decode(), match[3], match[4]
            if taken_back := _taken_back(name, how, gone, come):
                self.added.pop(taken_back, None)
                self.removed[taken_back] = None
            if name != b"d" and how != b"D":
                self.added[come] = None
                self.removed.pop(come, None)
                if come not in self.given:
                    self.given.add(come)
                    yield come

    def whole(self) -> tuple[str, ...]:
        """The mails that stay, once all were listed."""
        for _ in self:
            pass
        return tuple(self.added)


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
    return Change(epoch, str(place), tip, old if old and _is_before(place, old, tip) else "")


def _matches(place: Path, range_: Sequence[str]) -> Iterator[re.Match[bytes]]:
    """Each file that a commit of the range adds, changes or takes away, the oldest first, while git lists them."""
    with _git_open(place, "log", *_PLAIN, *range_, "--") as stream:
        left = b""
        while piece := stream.read1(_PIPE):
            whole, end, rest = piece.rpartition(b"\n")
            if end:
                yield from _RAW.finditer(left + whole)
                left = rest
            else:
                left += piece
        yield from _RAW.finditer(left)


def _tip(place: Path) -> str:
    """The newest commit; "" where there is none yet."""
    words = ("rev-parse", "--verify", "HEAD^{commit}")
    tip = _git(place, *words, check=False)
    if not tip and _git(place, "for-each-ref", "--count=1", "--format=%(refname)"):
        _git(place, *words)  # says why
    return tip.decode().strip()


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
    """What a command of git prints that looks at no setting of the repository that names a program."""
    argv = ["git", f"--git-dir={place}", *_SMALL, *words]
    done = run(argv, env=_QUIET, no_git=True, check=False, timeout=_SECONDS)
    if done.code and check:
        raise failure(done)
    return b"" if done.code else done.out


@contextmanager
def _git_open(place: Path, *words: str, names: Iterable[str] | None = None) -> Iterator[BufferedReader]:
    """What such a command prints, while it does; `names` are the lines it is given meanwhile. OutsideError where it
    ended badly, and what went wrong where the names come from."""
    argv = ["git", f"--git-dir={place}", *_SMALL, *words]
    failed: list[PatchflowError] = [OutsideError(f"The mails of {place} were not listed to their end.")]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL if names is None else subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
            env=clean_env(_QUIET, no_git=True),
        )  # fmt: skip
        giver = Thread(target=_give, args=(names or (), child.stdin, failed), daemon=True)
        try:
            giver.start()
            assert isinstance(child.stdout, BufferedReader)
            with suppress(OSError):  # where the user's pipes are large enough together
                fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
            yield child.stdout
            giver.join()
            if failed:
                raise failed[0]
            if child.wait(_SECONDS):
                said.seek(0)
                raise failure(Completed(tuple(argv), child.returncode, b"", said.read(1 << 16)))
        finally:
            child.kill()
            giver.join()
            if child.stdout and not child.stdout.closed:
                child.stdout.close()
            child.wait()


def _give(names: Iterable[str], to: IO[bytes] | None, failed: list[PatchflowError]) -> None:
    """Hands a program the lines it waits for, some thousand at a time; `failed` is empty once it has them all."""
    left = iter(names)
    try:
        while some := list(islice(left, _SOME)):
            if to is not None:
                to.write("".join(f"{name}\n" for name in some).encode())
        failed.clear()
    except BrokenPipeError:
        failed.clear()  # it ended first: its status is told
    except PatchflowError as error:
        failed[:] = [error]
    finally:
        with suppress(BrokenPipeError):
            if to is not None:
                to.close()


def mails(place: str, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """These mails of a repository, (object, bytes); one that is not there, or over 64 MB, is left out."""
    with _git_open(Path(place), *_BATCH, names=blobs) as stream:
        for name, block, begin, end in objects(stream.fileno()):
            yield name, bytes(block[begin + 1 : end])


def scanned(place: str, blobs: Iterable[str], prefix: str) -> Iterator[Found]:
    """The same mails' headers, by the object they are behind a prefix, while the mails are still listed; of many,
    another process reads them."""
    left = iter(blobs)
    first = list(islice(left, _FEW + 1))
    with _git_open(Path(place), *_BATCH, names=chain(first, left)) as stream:
        if len(first) > _FEW:
            yield from another_scans(stream, prefix)
        else:
            yield from scan_objects(stream.fileno(), prefix)
