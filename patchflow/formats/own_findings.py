"""What a check of the user's own prints: SARIF, or a line for each finding as compilers and checkpatch write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from patchflow import lazy_re
from patchflow.formats.patch.patch_lines import places_of_patch
from patchflow.named_tuple import NamedTuple

_ROW = lazy_re.compile(
    r"(?P<file>[^\s:][^:\n]{0,400}):(?P<line>\d{1,9}):(?:\d{1,9}:)?\s*"
    r"(?:(?i:(?P<level>error|warning|note|check|info))\b:?\s*)?(?P<words>\S.*)"
)
_MOST = 200  # findings of one check
_LONGEST = 400  # characters of one


class Said(NamedTuple):
    """One finding: a path of the tree ("" for none), its line (0: none), and the words."""

    file: str
    line: int
    words: str


def read_findings(text: str, patches: Mapping[str, str]) -> list[Said]:
    """The findings in what a program printed; lines of another form are passed over.

    `patches` are the patch files it was given, by name: a place in one of them is the place that this line has in the
    tree. ValueError for SARIF that is none.
    """
    rows = _of_sarif(text) if text.lstrip().startswith("{") else _by_line(text)
    return [_placed(one, patches) for one in rows[:_MOST]]


def _by_line(text: str) -> list[Said]:
    found = (_ROW.fullmatch(row.strip()[:2000]) for row in text.split("\n"))
    return [Said(m["file"], int(m["line"]), m["words"][:_LONGEST]) for m in found if m]


def _of_sarif(text: str) -> list[Said]:
    """The results of a SARIF 2.1.0 log (OASIS), each at its first place."""
    try:
        log: Any = json.loads(text)
        results = [result for run in log["runs"] for result in run.get("results", [])]
        return [_result(one) for one in results[:_MOST]]
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is not a SARIF log ({type(error).__name__})") from None


def _result(one: Any) -> Said:
    words = " ".join(str(one["message"].get("text", "")).split())[:_LONGEST] or str(one.get("ruleId", ""))
    places = one.get("locations") or [{}]
    place = places[0].get("physicalLocation", {})
    file = str(place.get("artifactLocation", {}).get("uri", "")).removeprefix("file://")
    return Said(file, int(place.get("region", {}).get("startLine", 0)), words)


def _placed(one: Said, patches: Mapping[str, str]) -> Said:
    """With its place in the tree, where it names a line of a patch file."""
    text = patches.get(one.file.rpartition("/")[2])
    if text is None:
        return one._replace(file=one.file.removeprefix("./"))
    head, _, body = text.partition("\n\n")
    at = one.line - head.count("\n") - 3  # the head, the blank line below it, and lines count from 1
    place = next((p for p in places_of_patch(body) if p.at == at), None)
    return Said(place.file, place.line, one.words) if place and place.file else Said("COMMIT_MSG", 1, one.words)
