"""Plans what makes a clone hold a merged state: branches, settings, files and records, as parts of one step."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.git.underway import work_trees
from patchflow.adapters.mail.outbox import Outbox
from patchflow.errors import PatchflowError
from patchflow.flow.review.mail import marks_path, mine_path
from patchflow.flow.review.states import dump_marks, read_marks
from patchflow.flow.series.prepare import need_valid
from patchflow.flow.sync.snapshot import (
    FILES,
    OF_B4,
    SETS,
    branches_of,
    commits_in,
    digest,
    folders,
    lines_of,
    marks_of,
)

if TYPE_CHECKING:
    from patchflow.adapters.git.change import Change
    from patchflow.flow.clone import Clone

_OF_SERIES = lazy_re.compile(r"series/([^/]+)/(.+)")
Items = Mapping[str, bytes]


def plan_state(here: Clone, change: Change, ours: Items, new: Items) -> list[str]:
    """Plans everything of a state that differs from `ours`; what is to be told of it.

    PatchflowError where a commit that it names is not here, or a series it changes has a send that was cut off.
    """
    for name, commit in commits_in(new).items():
        if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit) or not here.repository.try_resolve(commit):
            raise PatchflowError(f"The state names {commit[:40]!r} for {name}, which is not a commit here.",
                                 "It is damaged: nothing was taken.")  # fmt: skip
    told: list[str] = []
    branches = branches_of(here)
    for change_id in dict.fromkeys(match[1] for name in (*ours, *new) if (match := _OF_SERIES.fullmatch(name))):
        was, now = (_of(items, change_id) for items in (ours, new))
        if was != now:
            told += _series(here, change, change_id, branches.get(change_id, ""), was, now)
    _marks(here, change, ours, new)
    _mine(here, change, ours, new)
    for prefix, folder in folders(here.repository.state).items():
        for name in sorted({*ours, *new}):
            file = name.removeprefix(prefix)
            if name.startswith(prefix) and "/" not in file and ours.get(name) != new.get(name):
                here.store.ledger.set_file(change, folder / file, new.get(name))
    return told


def _of(items: Items, change_id: str) -> dict[str, bytes]:
    prefix = f"series/{change_id}/"
    return {name.removeprefix(prefix): content for name, content in items.items() if name.startswith(prefix)}


def _series(here: Clone, change: Change, change_id: str, branch: str, was: Items, now: Items) -> list[str]:
    if Outbox.find(here.outbox, change_id) is not None:
        raise PatchflowError(
            f"A send of {branch or change_id} was cut off here, and the other machine changed that series.",
            "`patchflow send --resume` finishes it; then pull again.",
        )
    ledger = here.store.ledger
    if "tip" not in now:
        return _gone(here, change, branch, was)
    told: list[str] = []
    if not branch:
        called = now.get("branch", b"").decode("utf-8", "replace")
        branch = _free_name(here, called, change)
        told.append(f"{branch} came from the other machine." if branch == called else
                    f"{called} of the other machine is {branch} here, because there is another {called}.")  # fmt: skip
    ledger.set_ref(change, f"refs/heads/{branch}", now["tip"].decode())
    for key in sorted({_key(name) for name in (*was, *now) if name.startswith("config/")}):
        before, after = _values(was, key), _values(now, key)
        if sorted(before) != sorted(after) if key in SETS else before != after:
            full = key if key in OF_B4 else f"patchflow-{key}"
            ledger.set_config(change, f"branch.{branch}.{full}", *after)
    files = here.repository.state.series(change_id)
    for name, path in zip(FILES, (files.cover, files.trailers), strict=True):
        if was.get(name) != now.get(name):
            ledger.set_file(change, path, now.get(name))
    for name in sorted({*was, *now}):
        kind, _, ref = name.partition("/")
        if kind not in ("records", "tips") or was.get(name) == now.get(name):
            continue
        if name in now or kind == "tips":  # what was sent is never taken away
            place = "patchflow" if kind == "records" else "patchflow-kept"
            ledger.set_ref(change, f"refs/{place}/{change_id}/{ref}", now.get(name, b"").decode())
    base = _values(now, "base")[-1:]
    if base and not here.repository.try_resolve(base[0]):
        told.append(f"{branch} is based on {base[0][:60]}, which names no commit here yet: `git fetch` may bring it.")
    return told


def _gone(here: Clone, change: Change, branch: str, was: Items) -> list[str]:
    """A series whose branch the other machine deleted: it goes here, too, unless it is checked out."""
    if not branch:
        return []
    if any(at == branch for _, at in work_trees(here.repository.common)):
        return [f"{branch} was deleted on the other machine; it is checked out, so it stays here."]
    ledger = here.store.ledger
    ledger.set_ref(change, f"refs/heads/{branch}", "")
    for key in sorted({_key(name) for name in was if name.startswith("config/")}):
        ledger.set_config(change, f"branch.{branch}.{key if key in OF_B4 else f'patchflow-{key}'}")
    return [f"{branch} was deleted on the other machine, and went here, too; `patchflow undo` brings it back."]


def _free_name(here: Clone, name: str, change: Change) -> str:
    """A name for a branch that comes: its own, else with a number behind."""
    need_valid(name)
    for number in range(1, 100):
        own = name if number == 1 else f"{name}-{number}"
        if not here.repository.has_branch(own) and f"refs/heads/{own}" not in change.refs:
            return own
    raise PatchflowError(f"There are too many branches called {name[:60]} here.", "Rename one: `git branch -m`.")


def _key(name: str) -> str:
    return name.split("/")[1]


def _values(items: Items, key: str) -> list[str]:
    """The values of a key of git config: of a set those of its items, else the list in its one item."""
    if key in SETS:
        found = [content for name, content in items.items() if name.startswith(f"config/{key}/")]
        return [one.replace(b"\0", b"").decode("utf-8", "surrogateescape") for one in found]
    try:
        rows = [str(row).replace("\0", "") for row in json.loads(items.get(f"config/{key}", b"[]"))]
        "".join(rows).encode("utf-8", "surrogateescape")  # what git can be given
        return rows
    except (ValueError, TypeError) as error:
        raise PatchflowError(f"The state holds no list for {key}.", "It is damaged: nothing was taken.") from error


def _marks(here: Clone, change: Change, ours: Items, new: Items) -> None:
    names = [name for name in (*ours, *new) if name.startswith("comments/") and ours.get(name) != new.get(name)]
    if not names:
        return
    marks = marks_of(here)
    gone = {name for name in names if name not in new}
    marks = {key: mark for key, mark in marks.items() if f"comments/{digest(key)}" not in gone}
    for name in names:
        if name in new:
            try:
                row = json.loads(new[name])
                found, damage = read_marks(json.dumps({str(row["id"]): row}))
            except (ValueError, TypeError, KeyError) as error:
                raise PatchflowError(f"The state's {name} is not a mark of a comment.", "Nothing was taken.") from error
            if damage:
                raise PatchflowError(f"The state's {name} is not a mark of a comment: {damage}.", "Nothing was taken.")
            marks |= found
    here.store.ledger.set_file(change, marks_path(here), dump_marks(marks).encode())


def _mine(here: Clone, change: Change, ours: Items, new: Items) -> None:
    """The Message-IDs that the user said are theirs."""
    names = {name for name in (*ours, *new) if name.startswith("mine/") and ours.get(name) != new.get(name)}
    if not names:
        return
    rows = [line for line in lines_of(mine_path(here)) if f"mine/{digest(line)}" in new]
    texts = [new[name].decode("utf-8", "replace") for name in sorted(names) if name in new]
    rows += [text for text in texts if "@" in text and text.isprintable()]
    content = "".join(f"{one}\n" for one in dict.fromkeys(rows)).encode()
    here.store.ledger.set_file(change, mine_path(here), content)
