"""Patches that do not merge where they are put, resolved file by file.

Commits are made in the object store, so nothing waits half done: what the user resolved is kept by the contents it was
made of, and the same commits are made once more with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from patchflow.adapters.files import scratch_folder, write_atomic
from patchflow.adapters.git.carrying import has_marks
from patchflow.adapters.git.index import put_stages
from patchflow.adapters.git.rewrite import Replay, Unmerged
from patchflow.adapters.process import run_interactive
from patchflow.errors import OutsideError, UsageError
from patchflow.flow.editor import edit_text

if TYPE_CHECKING:
    from patchflow.flow.clone import Clone

_GONE = b"gone\n"
_SIDES = ("before the patch", "what is there", "the patch")


def replaying(here: Clone, final: str = "", drops_empty: bool = False) -> Replay:
    """What makes commits with what the user resolved; see Replay."""
    return Replay(here.repository, here.git, lambda one: _answer(here, one), final, drops_empty)


def is_resolved(here: Clone, one: Unmerged) -> bool:
    """Whether the user said what the file is to be."""
    kept = _kept(here, one)
    return kept is not None and not has_marks(kept)


def text_of(here: Clone, one: Unmerged) -> str:
    """The file as the user has it so far, else with git's marks in it."""
    kept = _kept(here, one)
    content = _marked(here, one) if kept is None else b"" if kept == _GONE else kept.partition(b"\n")[2]
    return content.decode("utf-8", "surrogateescape")


def edit(here: Clone, one: Unmerged) -> bool:
    """The file in the user's editor; whether it is resolved now: what has marks left is kept, and waits. Runs on the
    user's terminal."""
    _keep(here, one, edit_text(here, "merged-file", text_of(here, one)).encode("utf-8", "surrogateescape"))
    return is_resolved(here, one)


def mergetool(here: Clone, one: Unmerged) -> bool:
    """The file in the user's merge tool (git's choice of it), in a work tree of its own; whether it is resolved now.
    Runs on the user's terminal."""
    with scratch_folder() as folder:
        own = {"GIT_DIR": str(here.repository.git_dir), "GIT_WORK_TREE": str(folder / "tree"),
               "GIT_INDEX_FILE": str(folder / "index")}  # fmt: skip
        target = folder / "tree" / one.path
        target.parent.mkdir(parents=True)
        put_stages(here.git, one.path, one.sides, {"GIT_INDEX_FILE": own["GIT_INDEX_FILE"]})
        target.write_bytes(_marked(here, one))
        words = ["git", "-c", "mergetool.keepBackup=false", "mergetool", "--no-prompt", "--", one.path]
        if code := run_interactive(words, cwd=folder / "tree", env=own):
            raise OutsideError(f"git mergetool ended with status {code}; {one.path} is not resolved.",
                               "`git config --global merge.tool vimdiff` names a tool that is installed.")  # fmt: skip
        if not target.is_file():
            take_side(here, one, None)
            return True
        _keep(here, one, target.read_bytes())
    return is_resolved(here, one)


def take_side(here: Clone, one: Unmerged, side: int | None) -> None:
    """The file as one of its sides has it: 1 what is there, 2 the patch's; None, or a side without it: it goes."""
    entry = one.sides[side] if side is not None else ""
    if not entry:
        write_atomic(here.repository.state.merged_file(one.key), _GONE)
        return
    _keep(here, one, _blob(here, entry), entry.split(" ")[0])


def leave_open(here: Clone, one: Unmerged) -> None:
    """What the user resolved is forgotten: the file waits again."""
    here.repository.state.merged_file(one.key).unlink(missing_ok=True)


def forget(here: Clone, files: Iterable[Unmerged]) -> None:
    """The commits are made, and what was resolved for them stands in them."""
    for one in files:
        leave_open(here, one)
    with suppress(OSError):
        here.repository.state.merged.rmdir()


def _answer(here: Clone, one: Unmerged) -> str | None:
    kept = _kept(here, one)
    if kept is None or has_marks(kept):
        return None
    if kept == _GONE:
        return ""
    mode, _, content = kept.partition(b"\n")
    blob = here.git.run("hash-object", "-w", "--no-filters", "--stdin", stdin=content).text.strip()
    return f"{mode.decode('ascii', 'replace')} {blob}"


def _kept(here: Clone, one: Unmerged) -> bytes | None:
    path = here.repository.state.merged_file(one.key)
    return path.read_bytes() if path.is_file() else None


def _keep(here: Clone, one: Unmerged, content: bytes, mode: str = "") -> None:
    mode = mode or (one.sides[2] or one.sides[1]).split(" ")[0]
    path = here.repository.state.merged_file(one.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, f"{mode}\n".encode() + content)


def _blob(here: Clone, entry: str) -> bytes:
    return here.git.run("cat-file", "blob", entry.split(" ")[1]).out if entry else b""


def _marked(here: Clone, one: Unmerged) -> bytes:
    """The file with git's marks; where a side has none, or it is no text, a side as it is, marked whole."""
    before, ours, theirs = (_blob(here, entry) for entry in one.sides)
    with scratch_folder() as folder:
        names = [folder / word for word in ("before", "ours", "theirs")]
        for name, content in zip(names, (before, ours, theirs), strict=True):
            name.write_bytes(content)
        labels = [word for side in (1, 0, 2) for word in ("-L", _label(one, side))]
        words = [str(names[side]) for side in (1, 0, 2)]
        done = here.git.run("merge-file", "-p", *labels, *words, check=False)
    if done.code < 128:
        return done.out
    raise UsageError(f"{one.path} is not text that merges.", "Take one of its sides whole.")


def _label(one: Unmerged, side: int) -> str:
    return f"{_SIDES[side]}{f': {one.title[:50]}' if side == 2 else ''}{'' if one.sides[side] else ' (not there)'}"
