"""Carries what is tried to another kernel: on that kernel's own source, three-way, with what had to change told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.build.modules import throw_away
from patchflow.adapters.build.sources import OtherKernel, other_kernel
from patchflow.adapters.git.carrying import Carrier, Unmerged, has_marks, tree_of_files
from patchflow.adapters.git.clean import CleanGit
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.editor import edit_text
from patchflow.flow.try_.build import Carried, Tried
from patchflow.flow.try_.build_steps import plan_build
from patchflow.formats.mail.charset import utf8
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.adapters.git.conflict import Place
    from patchflow.domain.patch import Patch

_LINES, _PLACES = 4, 6  # told of a place, and of a file
# What is laid beside the files themselves: their folder is built as a whole, but for these.
_ALONE = lazy_re.compile(r"(?:^|/)include/|^(?:Documentation|tools|scripts)/")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which kernel the user wants it on (see `other_kernel`), and whether conflicts open in their editor."""

    on: str
    edit: bool = False


def carry(here: Clone, tried: Tried, wish: Wish, tell: Callable[[str], None]) -> Tried:
    """The same patches as commits on another kernel's source; the clone's branches and files stay as they are.

    PatchflowError where a patch does not fit there: each place is told before.
    """
    kernel = other_kernel(here.repository, wish.on, tell)
    title = f"Linux {kernel.version}"
    tell(f"the source of {title} is {kernel.name}; its headers are {kernel.headers.name}")
    base = kernel.commit or _laid(here, kernel, tried)
    made: list[str] = []
    rows: list[tuple[str, str]] = []

    def resolve(one: Unmerged) -> bytes:
        return _resolved(here, wish, title, tried.patches[len(made)], one, tell)

    with throw_away() as room:
        clean = CleanGit(room / "git", here.repository.common, here.repository.identity())
        carrier = Carrier(here.git, clean, room, base, title, here.repository.state.resolutions, resolve)
        for number, patch in enumerate(tried.patches, 1):
            commit, unmerged = carrier.put(patch)
            made.append(commit)
            how = _difference(patch, here.repository.patch(commit), unmerged)
            rows.append((patch.subject, how))
            tell(f"{number}/{len(tried.patches)} {patch.subject}: {how}")
    patches = tuple(here.repository.patch(commit) for commit in made)
    return replace(tried, base=base, tip=made[-1], patches=patches,
                   carried=Carried(kernel.headers, title, kernel.name, tuple(rows), tried.tip))  # fmt: skip


def _laid(here: Clone, kernel: OtherKernel, tried: Tried) -> str:
    """A commit of the part of a kernel's source that the patches and their modules need."""
    touched = [path for patch in tried.patches for path in patch.paths]
    folder = kernel.folder
    plan = plan_build(touched, lambda path: _text(folder / path), kernel.headers.config)
    whole = {*plan.folders, *(path.rpartition("/")[0] for path in touched if not _ALONE.search(path))} - {""}
    wanted = {path for path in (*touched, *_makefiles([*whole, *touched])) if (folder / path).is_file()}
    for one in whole:
        wanted.update(str(path.relative_to(folder)) for path in (folder / one).rglob("*") if path.is_file())
    return tree_of_files(here.git, folder, wanted, f"Linux {kernel.version}, of {kernel.name}\n")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def _makefiles(paths: Sequence[str]) -> Iterator[str]:
    """What the build reads in the folders above."""
    for path in paths:
        for above in [str(one) for one in Path(path).parents]:
            yield from (f"{above}/{name}".removeprefix("./") for name in ("Makefile", "Kbuild", "Kconfig"))


def _difference(patch: Patch, made: Patch, unmerged: Sequence[str]) -> str:
    """How a patch is another one there, in words."""
    if unmerged:
        return f"conflicts were resolved in {', '.join(unmerged[:3])}"
    before, after = _hunks(patch), _hunks(made)
    adapted = sum((after - before).values())
    if adapted:
        return f"{adapted} hunk{'s' if adapted > 1 else ''} merged into other lines"
    moved = sum((_hunks(made, True) - _hunks(patch, True)).values())
    return f"{moved} hunk{'s' if moved > 1 else ''} moved" if moved else "as it is"


def _hunks(patch: Patch, with_lines: bool = False) -> Counter[object]:
    return Counter(
        (file.path, hunk.lines, hunk.old_start if with_lines else 0) for file in patch.files for hunk in file.hunks
    )


def _resolved(here: Clone, wish: Wish, title: str, patch: Patch, one: Unmerged, tell: Callable[[str], None]) -> bytes:
    """The file as the user makes it in the editor; PatchflowError where that was not asked for, after each place was
    told, or where marks are left."""
    for row in _told(one.path, one.places, title):
        tell(row)
    if not wish.edit:
        count = len(one.places) or 1
        raise PatchflowError(
            f"{patch.subject!r} does not fit {title}: {one.path} conflicts in {count} place{'s' if count > 1 else ''}.",
            "With --edit each conflict opens in your editor, and what you make of it is kept for the next time.",
        )
    name = f"conflict-{re.sub(r'[^A-Za-z0-9.-]+', '-', one.path).strip('-.')[-80:]}"
    text = edit_text(here, name, utf8(one.marked, one.path))
    if has_marks(text.encode("utf-8", "surrogateescape")):
        raise PatchflowError(
            f"{one.path} still has git's marks (<<<<<<<, >>>>>>>) in it, so nothing was built.",
            f"Run it again; what you saved is in {here.repository.state.edit(name)}.last.",
        )
    return text.encode("utf-8", "surrogateescape")


def _told(path: str, places: Sequence[Place], title: str) -> Iterator[str]:
    for place in places[:_PLACES]:
        yield f"{path}:{place.line}: {place.heading}".rstrip(": ")
        yield from (f"  {title} has:  {row}" for row in place.here[:_LINES] or ("(nothing)",))
        yield from (f"  it was:  {row}" for row in place.before[:_LINES] or ("(nothing)",))
        yield from (f"  the patch makes it:  {row}" for row in place.after[:_LINES] or ("(nothing)",))
    if len(places) > _PLACES:
        yield f"{path}: and {len(places) - _PLACES} places more"
