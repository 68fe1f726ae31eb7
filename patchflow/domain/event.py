"""What happened to a series since it was looked at last."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple


class Event(NamedTuple):
    """One thing that is told once: `key` is the same whenever it is seen again, `series` the name of the series, `kind`
    what sort of thing it is (several of one kind are counted in one line), `text` its words; `waits`: it asks the user
    to do something."""

    key: str
    series: str
    kind: str
    text: str
    waits: bool = False
