"""What kernel-doc newly says of each patch, as netdev's CI judges it (NIPA's tests/patch/kdoc/test.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.kernel.tools import TOOLS, Word, kernel_doc
from patchflow.rules.tools import WAS_CLEAN

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch

_MOST = 20  # new words of a series; the rest is counted


def kdoc_words(repository: GitRepository, patches: Sequence[Patch]) -> tuple[list[Word], list[str]]:
    """What it says of the files after a patch and not before it, lines aside, patch by patch; and why it could not be
    asked. A file that is renamed counts for none, as for NIPA: git names it neither added nor modified."""
    versions: dict[tuple[str, bytes], int] = {}
    rows: list[tuple[int, str, int, int]] = []  # number of the patch, file, version after, version before or -1

    def number(commit: str, path: str) -> int:
        text = repository.read_blob(commit, path)
        return -1 if text is None else versions.setdefault((path, text), len(versions))

    for at, patch in enumerate(patches, 1):
        above = repository.parents(patch.commit)
        for file in patch.files:
            if file.new and file.old in ("", file.new) and TOOLS[0].reads(file.new):
                before = number(above[0], file.new) if file.old and above else -1
                if (after := number(patch.commit, file.new)) >= 0:
                    rows.append((at, file.new, after, before))
    if not rows:
        return [], []
    said = kernel_doc(repository.folder, list(versions))
    if isinstance(said, str):
        return [], [said]
    words: list[Word] = []
    for at, path, after, before in rows:
        known = {text for _, text in said[before]} if before >= 0 else set()
        clean = f" {WAS_CLEAN}" if before >= 0 and not known else ""
        where = f"patch {at}/{len(patches)}: " if len(patches) > 1 else ""
        words += [("kdoc", path, line, f"{where}{text}{clean}") for line, text in said[after] if text not in known]
    if len(words) > _MOST:
        words[_MOST:] = [(*words[_MOST][:3], f"and {len(words) - _MOST} more")]
    return words, []
