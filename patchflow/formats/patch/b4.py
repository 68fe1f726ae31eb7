"""b4's prep format: the tracking JSON at the end of a cover commit or in branch.<name>.b4-tracking."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Any

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.series import Cover
from patchflow.formats.patch.trailers import person
from patchflow.values import dataclass

MARK = "--- b4-submit-tracking ---"
COMMENT = "# This section is used internally by b4 prep for tracking purposes."
_COMMENTS = lazy_re.compile(r"(?m)^#.*$")
_ESCAPED = lazy_re.compile(r"(?m)^>(#.*)$")
_MESSAGE_ID = lazy_re.compile(r"^(.*-v\d+-)(\d+)(-[0-9a-f]+@.*)$")
_NAMED = lazy_re.compile(r"(?i)^\s*(to|cc):\s+(\S.*)$")
_DIFF = lazy_re.compile(
    r"(?mi)^(---.*\n\+\+\+|GIT binary patch|diff --git \w/\S+ \w/\S+)|^\s*\d+ file.*\d+ (insertion|deletion)"
)
_SLUG = lazy_re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Tracking:
    """What b4 keeps of a series; `prerequisites` are the entries of what it needs first, in their order; `extra` are
    keys it (or we) do not know, kept as they are."""

    revision: int = 1
    change_id: str = ""
    prefixes: tuple[str, ...] = ()
    presubject: str = ""
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    prerequisites: tuple[str, ...] = ()


def parse_cover_commit(message: str) -> tuple[Cover, Tracking] | None:
    """The cover letter and tracking of a cover commit's message; None where it is no such commit."""
    text, mark, tail = message.partition(MARK)
    if not mark:
        return None
    rows = "\n".join(line for line in tail.split("\n") if not line.startswith("#"))
    tracking = parse_tracking(rows)
    if tracking is None:
        return None
    return parse_cover(text), tracking


def parse_cover(text: str) -> Cover:
    """A cover letter of b4's, its comments kept."""
    subject, _, body = text.strip().partition("\n")
    return Cover(subject.strip(), body.strip("\n"))


def parse_tracking(text: str) -> Tracking | None:
    """The tracking JSON; None where it cannot be read."""
    try:
        series = dict(json.loads(text)["series"])
        revision = int(series.pop("revision", 1))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    history = series.pop("history", None) or {}
    return Tracking(
        revision=revision,
        change_id=str(series.pop("change-id", "")),
        prefixes=tuple(str(p) for p in series.pop("prefixes", None) or ()),
        presubject=str(series.pop("presubject", "") or ""),
        history={str(k): tuple(str(m) for m in v) for k, v in history.items()},
        prerequisites=tuple(str(one) for one in _list(series.pop("prerequisites", None))),
        extra=series,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def dump_tracking(tracking: Tracking) -> str:
    """The JSON as b4 writes it."""
    series: dict[str, Any] = {"revision": tracking.revision, "change-id": tracking.change_id}
    series["prefixes"] = list(tracking.prefixes)
    if tracking.presubject:
        series["presubject"] = tracking.presubject
    if tracking.history:
        series["history"] = {key: list(value) for key, value in tracking.history.items()}
    if tracking.prerequisites:
        series["prerequisites"] = list(tracking.prerequisites)
    series.update(tracking.extra)
    return json.dumps({"series": series}, indent=2)


def cover_commit_message(cover: Cover, tracking: Tracking) -> str:
    """The message of a cover commit."""
    return f"{cover.subject}\n\n{cover.body.rstrip()}\n\n{MARK}\n{COMMENT}\n{dump_tracking(tracking)}\n"


def slug_of(name: str) -> str:
    """A name as it stands in a change-id: lower case, words joined by -."""
    return _SLUG.sub("-", name.removeprefix("b4/").lower()).strip("-")[:50] or "series"


def new_change_id(name: str, today: date, random_hex: str) -> str:
    """`YYYYMMDD-slug-<12 hex>`, as b4 makes it."""
    return f"{today:%Y%m%d}-{slug_of(name)}-{random_hex[:12]}"


def escape_comments(body: str) -> str:
    """A cover's text in which b4 takes no line for a comment; it mails them as they were."""
    return re.sub(r"(?m)^#", ">#", body)


def destinations(cover: Cover) -> tuple[list[Address], list[Address], Cover]:
    """The people b4 reads as To: and Cc: of its cover, and the cover as it is mailed: without them, and without the
    lines that begin with #.

    As b4 0.16 does it (LoreMessage.get_body_parts): any line of the last paragraph, whatever stands around it, above a
    `---` where the text holds a diff or a diffstat. The last paragraph above a `---` line counts too, as in earlier b4.
    """
    body = _ESCAPED.sub(r"\1", _COMMENTS.sub("", cover.body.replace("\r", "")))
    body = re.sub(r"\n{3,}", "\n\n", body).strip("\n")
    text, mark, signature = body.rpartition("\n-- \n") if "\n-- \n" in body else (body, "", "")
    line = re.search(r"(?m)^---[ \t]*(?:\n|\Z)", text)
    above, below = (text[: line.start()], text[line.start() :]) if line else (text, "")
    to: list[Address] = []
    cc: list[Address] = []
    kept = [_without_people(above, to, cc)]
    kept.append(below if _DIFF.search(text) else _without_people(below, to, cc))
    joined = ("\n\n" if above.endswith("\n\n") or not kept[0] else "\n").join(part for part in kept if part)
    return to, cc, Cover(cover.subject, (joined + (f"{mark}{signature}" if mark else "")).strip("\n"))


def _without_people(text: str, to: list[Address], cc: list[Address]) -> str:
    """The text without the To: and Cc: lines of its last paragraph, above a `-- ` there, whose people are added to the
    lists."""
    *before, last = text.strip("\n").split("\n\n")
    last, mark, signature = last.partition("\n-- \n")
    kept: list[str] = []
    for line in last.split("\n"):
        named = _NAMED.match(line)
        someone = person(named[2]) if named else None
        if named and someone:
            (to if named[1].lower() == "to" else cc).append(someone)
        else:
            kept.append(line)
    rest = "\n".join(kept) + mark + signature
    return "\n\n".join([*before, *([rest] if rest else [])]).strip("\n")


def message_ids(root: str, count: int) -> list[str]:
    """The Message-IDs of a revision b4 sent, from its first one: they differ in one number. Just the root where
    it is not b4's own. `count` is the number of patches; a cover letter stands in front of them.
    """
    match = _MESSAGE_ID.match(root)
    if match is None or int(match[2]) > 1:
        return [root]
    return [f"{match[1]}{number}{match[3]}" for number in range(int(match[2]), count + 1)]


def sent_tag_message(cover: Cover, prefixes: tuple[str, ...], shortlog: str, base: str, change_id: str) -> str:
    """The message of the annotated tag b4 keeps of a sent revision, from which it sends again; `shortlog` is what
    git format-patch puts below the text of a cover letter.
    """
    words = f"[{', '.join(prefixes)}] " if prefixes else ""
    log = f"{shortlog.strip(chr(10))}\n\n---\n" if shortlog.strip() else ""
    return f"{words}{cover.subject}\n\n{cover.body.rstrip()}\n\n---\n{log}base-commit: {base}\nchange-id: {change_id}\n"


def is_open(cover: Cover | None, number: int) -> bool:
    """Whether the cover tells what changed in vN: its changelog is there, and no longer b4's or our template."""
    block = changelog_block(cover.body if cover else "", number)
    return bool(block) and "EDITME" not in block


def changelog_block(body: str, number: int) -> str:
    """The lines of `Changes in vN:` up to the next blank line, "" where there are none."""
    match = re.search(rf"(?m)^Changes in v{number}:?[ \t]*(?:\n.+)*(?:\n|\Z)", body)
    return match[0] if match else ""
