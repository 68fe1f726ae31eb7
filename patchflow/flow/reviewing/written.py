"""Keeps what the user writes about a series that is reviewed, in `.git/patchflow/reviews/NAME/draft.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import DAMAGE, read_kept, tell_damage
from patchflow.domain.review_draft import TAGS, OwnRemark, OwnTag, ReviewDraft
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone


def read_written(here: Clone, name: str) -> ReviewDraft:
    """What was written about a review. A damaged row costs itself, and is told."""
    path = here.repository.state.review_draft(name)
    rows = read_kept(path, _rows) or {}
    damaged = 0

    def read(key: str, of: Callable[[dict[str, Any]], Any]) -> list[Any]:
        nonlocal damaged
        found: list[Any] = []
        for row in rows.get(key, ()):
            try:
                found.append(of(row))
            except DAMAGE:
                damaged += 1
        return found

    draft = ReviewDraft(tuple(read("remarks", _remark)), tuple(read("tags", _tag)))
    if damaged:
        tell_damage(path, ValueError(f"{damaged} of its rows cannot be read"))
    return draft


def _rows(content: bytes) -> dict[str, list[Any]]:
    rows = json.loads(content)
    return {key: list(rows[key]) for key in ("remarks", "tags")}


def _remark(row: dict[str, Any]) -> OwnRemark:
    first, last = int(row["first"]), int(row["last"])
    if not 0 <= first <= last or not row["id"] or not row["patch"]:
        raise ValueError("no place of a mail")
    words = {key: _text(row[key]) for key in ("id", "patch", "text", "line", "finding", "mail")}
    return OwnRemark(**words, first=first, last=last)


def _tag(row: dict[str, Any]) -> OwnTag:
    if row["key"] not in TAGS:
        raise ValueError("no tag of a review")
    return OwnTag(**{key: _text(row[key]) for key in ("id", "patch", "key", "built", "mail")})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def change_written(here: Clone, name: str, change: Callable[[ReviewDraft], ReviewDraft]) -> ReviewDraft:
    """Changes it, as it stands by now, under the clone's lock; the new state."""
    with here.store.ledger.lock():
        draft = change(read_written(here, name))
        document = {"remarks": [asdict(one) for one in draft.remarks], "tags": [asdict(one) for one in draft.tags]}
        write_atomic(here.repository.state.review_draft(name), (json.dumps(document, indent=1) + "\n").encode())
    return draft


def new_id(draft: ReviewDraft, *words: object) -> str:
    """A short id that nothing else of the review has."""
    for count in range(1000):
        id = short_id(*words, count)
        if id not in draft.ids():
            return id
    raise UsageError("There are too many remarks.")


def short_id(*words: object) -> str:
    """Six hexadecimal digits of these words."""
    return hashlib.sha256("\n".join(map(str, words)).encode("utf-8", "surrogatepass")).hexdigest()[:6]


def stamp(one: OwnRemark | OwnTag) -> str:
    """What names a remark or tag with the words it has now."""
    words = one.text if isinstance(one, OwnRemark) else f"{one.key} {one.built}"
    return f"{one.id}-{short_id(words)}"


def mark_sent(here: Clone, name: str, stamps: Collection[str], message_id: str) -> None:
    """Keeps that these remarks and tags have left in a mail; one that was changed since waits with its new words.
    Nothing where the review was dropped meanwhile."""
    if not here.repository.state.review_draft(name).exists():
        return

    def sent(draft: ReviewDraft) -> ReviewDraft:
        return ReviewDraft(
            tuple(replace(one, mail=message_id) if stamp(one) in stamps else one for one in draft.remarks),
            tuple(replace(one, mail=message_id) if stamp(one) in stamps else one for one in draft.tags),
        )

    change_written(here, name, sent)


def drop_written(here: Clone, name: str, id: str) -> None:
    """Drops a remark or tag that was not sent; UsageError where there is none of that id."""

    def without(draft: ReviewDraft) -> ReviewDraft:
        found = find_written(draft, id)
        return ReviewDraft(
            tuple(one for one in draft.remarks if one is not found),
            tuple(one for one in draft.tags if one is not found),
        )

    change_written(here, name, without)


def find_written(draft: ReviewDraft, id: str) -> OwnRemark | OwnTag:
    """The remark or tag of that id that was not sent yet; UsageError where there is none."""
    found = next((one for one in draft.both if one.id == id), None)
    if found is None:
        raise UsageError(
            f"{id!r} is not a remark or tag here.", "`patchflow review comment` lists them with their ids."
        )
    if found.mail:
        raise UsageError(f"{id} was sent already.", f"It stands in <{found.mail}>.")
    return found
