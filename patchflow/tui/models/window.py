"""Window: the timeline of the release, the evidence and the forecast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from patchflow.domain.window import Window
from patchflow.flow.window.decide import KINDS, Tag, timeline
from patchflow.tui.models.rows import Row


def window_rows(window: Window, tags: Sequence[Tag], now: datetime, width: int = 78) -> list[Row]:
    """The whole screen."""
    kind = {"open": "good", "closed": "error"}.get(str(window.state), "warning")
    rows = [Row(f"{window.tree} is {window.state}{_span(window)}", kind)]
    rows += [Row(f"{KINDS.get(window.kind, window.kind)} ({window.why})", "dim")] if window.kind else []
    rows.append(Row(""))
    rows += [Row(line, "plain", None, True) for line in timeline(tags, window, now, max(40, width - 2))]
    rows += [Row(""), Row("what is welcome now", "head"), *(Row(f"  {word}") for word in window.may_post)]
    rows += [Row(""), Row("how this is known", "head")]
    for one in window.evidence:
        age = f", {_age(one.age)} old" if one.age is not None else ""
        rows += [Row(f"  {one.source}: {one.says}{age}", "strong"), Row(f"    {one.detail}")]
    if not window.evidence:
        rows.append(Row("  nobody tells: no tags of mainline here, and no page was read", "dim"))
    rows += [Row(""), Row("forecast", "head")]
    for word, when in (("closes", window.forecast.closes), ("reopens", window.forecast.reopens)):
        rows.append(Row(f"  {word:8} {f'about {when:%a %d %b %Y}' if when else 'not to be told'}"))
    return rows


def _span(window: Window) -> str:
    since = f" since {window.since:%d %b}" if window.since else ""
    return since + (f", until about {window.until:%d %b}" if window.until else "")


def _age(age: timedelta) -> str:
    if age.days < 0:  # by a clock that is behind
        return "0 min"
    if age.days:
        return f"{age.days} d"
    hours = age.seconds // 3600
    return f"{hours} h" if hours else f"{age.seconds // 60} min"
