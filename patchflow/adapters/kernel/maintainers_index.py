"""Keeps the compiled MAINTAINERS of a tree in the cache, keyed by the content it was made from."""

# No pathlib here: its import alone costs a third of what `patchflow cc` may take.

from __future__ import annotations

import marshal
import os
import sys
import time
import zlib

from patchflow import __version__
from patchflow.adapters.kernel.checksummed_cache import prune, read_whole, write_whole
from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.paths import cache_path, read_regular
from patchflow.errors import UsageError
from patchflow.formats.get_maintainer.index import FORMAT, MaintainersIndex

# A file changed within this time may change again without its time stamp showing it (as git's racy entries).
_RACY_NS = 2_000_000_000
_KEPT = 12


def load_index(tree: str) -> MaintainersIndex:
    """The index of the tree at that folder: from the cache where it is fresh, else made anew and kept.

    Fresh means: size, inode and times of the five files are as they were, or else their content is.
    Where the tree has no MAINTAINERS, nobody is named by it, and the index's problems say so.
    """
    paths = _sources(tree)
    stamps = tuple(_stamp(path) for path in paths)
    if stamps[0] is None:
        empty = _build([b"", *(_content(path) for path in paths[1:])])
        empty.problems = ("This tree has no MAINTAINERS, so nobody is named by it.",)
        return empty
    folder = cache_path()
    note = os.path.join(folder, "maintainers", "trees", f"{_short(os.path.realpath(tree))}")
    digest = _noted(note, stamps)
    if digest and (index := _load(folder, digest)):
        return index
    contents = [_content(path) for path in paths]
    digest = _digest(contents)
    index = _load(folder, digest)
    if index is None:
        index = _build(contents)
        if write_whole(_place(folder, digest), marshal.dumps(index.parts())):
            prune(os.path.join(folder, "maintainers"), _KEPT)
    newest = max(stamp[0] for stamp in stamps if stamp)
    if newest < time.time_ns() - _RACY_NS:
        write_whole(note, marshal.dumps((FORMAT, __version__, stamps, digest)))
        prune(os.path.dirname(note), 50)
    return index


def _sources(tree: str) -> list[str]:
    """The files an answer depends on; the two dot-files may stand in the home folder too, as the script has it."""
    home = os.environ.get("HOME", "")
    found = [os.path.join(tree, "MAINTAINERS"), os.path.join(tree, ".mailmap")]
    for name in (".get_maintainer.ignore", ".get_maintainer.conf"):
        places = (os.path.join(tree, name), os.path.join(home, name), os.path.join(tree, ".scripts", name))
        found.append(next((place for place in places if os.path.exists(place)), places[0]))
    return [*found, os.path.join(scripts_of(tree, "get_maintainer.pl"), "get_maintainer.pl")]


def _stamp(path: str) -> tuple[int, int, int, str, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, path, stat.st_ctime_ns


def _content(path: str) -> bytes:
    try:
        return read_regular(path)
    except OSError as error:
        if os.path.basename(path) == "MAINTAINERS":
            raise UsageError(f"{path} cannot be read: {error.strerror}.", "Without it nobody can be named.") from error
        return b""


def _digest(contents: list[bytes]) -> str:
    import hashlib

    kind = f"{FORMAT} {__version__} {sys.implementation.cache_tag} {marshal.version}"
    total = hashlib.sha256(kind.encode())
    for content in contents:
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()[:32]


def _short(text: str) -> str:
    """A file name for a path; a clash only costs reading the sources again."""
    raw = os.fsencode(text)
    return f"{zlib.crc32(raw):08x}{zlib.adler32(raw):08x}"


def _place(folder: str, digest: str) -> str:
    return os.path.join(folder, "maintainers", f"{digest}.index")


def _noted(note: str, stamps: tuple[tuple[int, int, int, str, int] | None, ...]) -> str:
    """The digest noted for exactly these stamps, "" where there is none."""
    raw = read_whole(note)
    if raw is None:
        return ""
    try:
        kind, version, noted, digest = marshal.loads(raw)
    except (ValueError, EOFError, TypeError):
        return ""
    return str(digest) if (kind, version, noted) == (FORMAT, __version__, stamps) else ""


def _load(folder: str, digest: str) -> MaintainersIndex | None:
    raw = read_whole(_place(folder, digest))
    if raw is None:
        return None
    try:
        return MaintainersIndex(marshal.loads(raw))
    except (ValueError, EOFError, TypeError, IndexError):
        return None


def _build(contents: list[bytes]) -> MaintainersIndex:
    from patchflow.formats.get_maintainer.compile import compile_index
    from patchflow.formats.get_maintainer.script import doubts_about, title_width

    script = contents[4].decode("utf-8", "replace")
    doubts = doubts_about(script) if script else ()
    return compile_index(contents[0], contents[1], contents[2], contents[3], doubts, title_width(script))
