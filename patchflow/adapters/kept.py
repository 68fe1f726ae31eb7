"""Our own state files, read in one place: damage costs only what a file held, is told, and is never written over."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

_Held = TypeVar("_Held")
# What a parser raises at a document that is not what it expects.
DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
# What was met since it was last told: place -> the sentence; and the files that must not be written over.
_met: dict[str, str] = {}
_damaged: set[str] = set()


def read_kept(path: Path, parse: Callable[[bytes], _Held]) -> _Held | None:
    """What a state file holds; None where it is missing, and where it is damaged, which is then told."""
    try:
        return parse(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except DAMAGE as error:
        tell_damage(path, error)
        return None


def read_cached(path: Path, parse: Callable[[bytes], _Held]) -> _Held | None:
    """What a file holds that can be made again; None where it is missing or damaged, without a word."""
    try:
        return parse(path.read_bytes())
    except DAMAGE:
        return None


def tell_damage(path: Path, error: BaseException) -> None:
    """Notes that a file is damaged: the command says so when it ends, and nothing is written over it."""
    _damaged.add(str(path))
    _met[str(path)] = (
        f"{path} is damaged ({why(error)}), so what it held is left out. The file stays as it is; "
        "where it has to be written again, the damaged one is kept beside it."
    )


def is_damaged(path: Path) -> bool:
    """Whether a file was found damaged when it was read."""
    return str(path) in _damaged


def tell(path: Path | str, sentence: str) -> None:
    """Notes what the user is to be told of a file when the command ends."""
    _met[str(path)] = sentence


def tell_lost(path: Path, aside: Path) -> None:
    """Notes that the record of a change that was cut off is lost, and where its file stands now."""
    _met[str(path)] = (
        f"A change was cut off here, and its record {path} is damaged, so it cannot be taken back; it was moved to "
        f"{aside.name}. `git status` and `git reflog` show what the branch came to."
    )


def tell_journal(path: Path) -> None:
    """Notes that the journal of a send is damaged."""
    tell(
        path,
        f"{path} is damaged, so the fate of the messages it names no more is unknown: look whether they arrived "
        "before anything is sent again.",
    )


def tell_damaged_ref(ref: str, error: BaseException | str) -> None:
    """Notes that a ref of ours is damaged."""
    _met[ref] = f"The record {ref} is damaged ({error if isinstance(error, str) else why(error)}), so it is left out."


def met() -> dict[str, str]:
    """The sentences of what was met since they were last asked for, by the place that each is about."""
    return dict(_met)


def damage_met() -> list[str]:
    """The sentences of what was met since this was last asked."""
    sentences = list(_met.values())
    _met.clear()
    return sentences


def why(error: BaseException) -> str:
    """The reason in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RecursionError):
        return "nested without end"
    words = " ".join(str(error).split())[:120].rstrip(".")
    return words if isinstance(error, ValueError) and words else f"not what is kept there: {words or 'nothing'}"


def set_aside(path: Path, always: bool = False) -> Path | None:
    """Keeps a damaged file (or a folder in its place) beside it, as NAME.damaged-HASH, before it is written anew.

    Only what `read_kept` found damaged, unless `always`. Returns where it stands; None where nothing was kept.
    """
    folder = path.is_dir() and not path.is_symlink()
    if not (folder or always or str(path) in _damaged) or not os.path.lexists(path):
        return None
    content = b"" if folder else path.read_bytes()
    aside = path.with_name(f"{path.name}.damaged-{hashlib.sha256(content).hexdigest()[:8]}")
    if folder:
        path.rename(aside)
    else:
        with suppress(FileExistsError):
            os.link(path, aside)
    _damaged.discard(str(path))
    return aside
