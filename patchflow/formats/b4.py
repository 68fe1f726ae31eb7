"""b4's prep format: the tracking JSON at the end of a cover commit or in branch.<name>.b4-tracking."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from patchflow.domain.series import Cover

MARK = "--- b4-submit-tracking ---"
COMMENT = "# This section is used internally by b4 prep for tracking purposes."
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Tracking:
    """What b4 keeps of a series; `extra` are keys it (or we) do not know, kept as they are."""

    revision: int = 1
    change_id: str = ""
    prefixes: tuple[str, ...] = ()
    presubject: str = ""
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def parse_cover_commit(message: str) -> tuple[Cover, Tracking] | None:
    """The cover letter and tracking of a cover commit's message; None where it is no such commit."""
    text, mark, tail = message.partition(MARK)
    if not mark:
        return None
    rows = "\n".join(line for line in tail.split("\n") if not line.startswith("#"))
    tracking = parse_tracking(rows)
    if tracking is None:
        return None
    subject, _, body = text.strip().partition("\n")
    return Cover(subject.strip(), body.strip("\n")), tracking


def parse_tracking(text: str) -> Tracking | None:
    """The tracking JSON; None where it cannot be read."""
    try:
        series = dict(json.loads(text)["series"])
        revision = int(series.pop("revision", 1))
    except (ValueError, KeyError, TypeError):
        return None
    history = series.pop("history", None) or {}
    return Tracking(
        revision=revision,
        change_id=str(series.pop("change-id", "")),
        prefixes=tuple(str(p) for p in series.pop("prefixes", None) or ()),
        presubject=str(series.pop("presubject", "") or ""),
        history={str(k): tuple(str(m) for m in v) for k, v in history.items()},
        extra=series,
    )


def dump_tracking(tracking: Tracking) -> str:
    """The JSON as b4 writes it."""
    series: dict[str, Any] = {"revision": tracking.revision, "change-id": tracking.change_id}
    series["prefixes"] = list(tracking.prefixes)
    if tracking.presubject:
        series["presubject"] = tracking.presubject
    if tracking.history:
        series["history"] = {key: list(value) for key, value in tracking.history.items()}
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
