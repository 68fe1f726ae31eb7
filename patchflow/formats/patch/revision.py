"""A sent revision as the JSON kept under refs/patchflow/."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from patchflow.domain.series import Revision, SentMessage


def dump_revision(revision: Revision) -> str:
    """The JSON of a revision. `was` stands in it where it says something alone: patchflow 0.1 does not know it."""
    row = asdict(revision)
    for message in (*row["messages"], *row.get("again", ())):
        if not message["was"]:
            del message["was"]
    return json.dumps(row, indent=1, default=str, ensure_ascii=False)


def parse_revision(text: str) -> Revision:
    """Reads it back; ValueError where it is damaged."""
    try:
        row: dict[str, Any] = json.loads(text)
        messages = tuple(
            SentMessage(**{**m, "to": tuple(m.get("to", ())), "cc": tuple(m.get("cc", ()))})
            for m in row.pop("messages")
        )
        row["date"] = datetime.fromisoformat(row["date"])
        row["overrides"] = tuple((str(a), str(b)) for a, b in row.get("overrides", ()))
        row["evidence"] = tuple(row.get("evidence", ()))
        return Revision(messages=messages, **row)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a revision: {error}") from error
