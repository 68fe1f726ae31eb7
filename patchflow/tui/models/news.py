"""What happened since the user looked last: the newest first, what was seen before below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from patchflow.tui.models.rows import Row, clean


def news_rows(log: Sequence[tuple[str, str, str]], seen: int, branches: Mapping[str, str]) -> list[Row]:
    """The page; `log` is (time, series, words) with the newest last, of which the user saw the first `seen`; a row
    stands for its series' branch."""
    rows = [Row("new since you looked last" if len(log) > seen else "Nothing new since you looked last.", "head")]
    for number, (when, name, words) in reversed(list(enumerate(log))):
        if number == seen - 1:
            rows += [Row(""), Row("seen before", "head")]
        text = f"  {datetime.fromisoformat(when):%d %b %H:%M}  {name}: {words}"
        rows.append(Row(clean(text), "dim" if number < seen else "plain", branches.get(name, "")))
    return rows
