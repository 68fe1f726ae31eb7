"""Which states of which files a series starts from, by the index lines of its diffs."""

from __future__ import annotations

from collections.abc import Iterable

from patchflow import lazy_re
from patchflow.domain.received import Preimage
from patchflow.formats.patch.diff import parse_diff

_PART = lazy_re.compile(r"(?m)^(?=diff --git )")
_INDEX = lazy_re.compile(r"(?m)^index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: (\d{6}))?$")
_OLD_MODE = lazy_re.compile(r"(?m)^(?:old mode|deleted file mode) (\d{6})$")


def preimages(diffs: Iterable[str]) -> list[Preimage]:
    """Each file that a series changes, as it was before its first patch; files that it brings itself are left out."""
    found: dict[str, Preimage] = {}
    known: set[str] = set()
    for diff in diffs:
        for part in _PART.split(diff):
            files = parse_diff(part) if part.startswith("diff --git ") else ()
            head = part.partition("\n@@ ")[0]
            match = _INDEX.search(head)
            for file in files[:1]:
                fresh = file.old and file.old not in known
                if fresh and match and set(match[1]) != {"0"}:
                    mode = match[3] or next(iter(_OLD_MODE.findall(head)), "100644")
                    found.setdefault(file.old, Preimage(file.old, match[1], mode))
                known.update(path for path in (file.old, file.new) if path)
    return list(found.values())
