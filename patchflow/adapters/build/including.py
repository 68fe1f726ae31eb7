"""Which objects include a header: by what a build wrote down of each (.cmd files), else by the sources' own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.process import run

_SECONDS = 300.0
_OBJECT = lazy_re.compile(r"(?:^|/)\.([^/]+\.o)\.cmd$")
_OUTSIDE = ("tools/", "scripts/", "usr/", "samples/")


def objects_including(repository: GitRepository, commit: str, header: str, folders: Sequence[Path]) -> list[str]:
    """The objects that a header goes into, by the builds in `folders`; those first whose source names it itself. Where
    nothing was built there, only these."""
    named = _naming(repository, commit, header)
    built = {path for folder in folders for path in _built(folder, header)}
    return [*named, *sorted(built - {*named})]


def _built(folder: Path, header: str) -> list[str]:
    words = ["grep", "-rlF", "--include=.*.o.cmd", "-e", header, "--", "."]
    done = run(words, cwd=folder, check=False, timeout=_SECONDS)
    found = [_OBJECT.sub(r"/\1", row).removeprefix("./").removeprefix("/") for row in done.text.split("\n") if row]
    return [path for path in found if not path.startswith(_OUTSIDE) and not path.endswith(".mod.o")]


def _naming(repository: GitRepository, commit: str, header: str) -> list[str]:
    """The objects of the sources that name a header: <net/af_vsock.h> for include/net/af_vsock.h. None in a partial
    clone, which would fetch all its files for it."""
    if repository.is_partial():
        return []
    name = header.rpartition("include/")[2].removeprefix("uapi/")
    blank, literal = "[[:blank:]]*", re.sub(r"[^\w/-]", r"[\g<0>]", name)
    pattern = f'^{blank}#{blank}include{blank}[<"]{literal}[>"]'
    for how in ("-P", "-E"):  # the first takes a quarter of the time, and a git may be built without it
        words = ["git", "grep", "-lz", how, "-e", pattern, commit, "--", "*.c"]
        done = run(words, cwd=repository.folder, check=False, timeout=_SECONDS)
        if done.code < 2:
            break
    found = [row.partition(":")[2] for row in done.text.split("\0") if row]
    return sorted(f"{path[:-2]}.o" for path in found if not path.startswith(_OUTSIDE))
