"""The state of a clone as items: its series, what was sent of them, comments' marks, drafts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.git.state_format import FORMAT, newer_format
from patchflow.errors import PatchflowError
from patchflow.flow.review.mail import marks_path, mine_path
from patchflow.flow.review.states import Mark, mark_row, read_marks
from patchflow.formats.plain_name import plain_name

if TYPE_CHECKING:
    from patchflow.adapters.git.state_dir import StateDir
    from patchflow.flow.clone import Clone

# Of b4's branches: what it keeps in git config.
OF_B4 = ("description", "b4-tracking", "b4-prep-cover-strategy")
SETS = ("to-add", "cc-add", "cc-drop")  # each value is an item of its own
FILES = ("cover", "trailers.json")
_FORMAT = "format"  # that of the other items
_PART = r"[A-Za-z0-9][A-Za-z0-9._+@=-]{0,220}"
_KNOWN = lazy_re.compile(
    rf"series/(?P<series>{_PART})/(?:branch|tip|cover|trailers\.json|config/[a-z0-9-]{{1,60}}(?:/[0-9a-f]{{16}})?"
    rf"|(?:records|tips)/{_PART})|(?:comments|mine)/[0-9a-f]{{16}}|(?:drafts/(?:sent/)?|kept/){_PART}|format"
)


def branches_of(here: Clone) -> dict[str, str]:
    """Change-id -> branch of the series of this clone; of several branches with one change-id the first counts."""
    found: dict[str, str] = {}
    for name in here.store.names():
        found.setdefault(here.store.setting(name, "change-id"), name)
    return {key: name for key, name in found.items() if _is_plain(key)}


def snapshot(here: Clone, known: Mapping[str, bytes]) -> dict[str, bytes]:
    """The items of this clone; a branch is called as `known` has it, because its name is each machine's own affair, and
    so is the name of a remote: a base that is known and names nothing here stays."""
    items: dict[str, bytes] = {}
    for change_id, branch in branches_of(here).items():
        for name, content in _series(here, change_id, branch):
            items[f"series/{change_id}/{name}"] = content
        called = f"series/{change_id}/branch"
        items[called] = known.get(called, branch.encode())
        base = f"series/{change_id}/config/base"
        if base in known and base in items and not named_here(here, known[base]):
            items[base] = known[base]
    for key, mark in marks_of(here).items():
        items[f"comments/{digest(key)}"] = json.dumps({"id": key, **mark_row(mark)}).encode()
    for line in lines_of(mine_path(here)):
        items[f"mine/{digest(line)}"] = line.encode()
    state = here.repository.state
    for folder, path in folders(state).items():
        for file in sorted(path.glob("*")):
            if file.is_file() and _is_plain(file.name) and not file.name.endswith(".lock"):
                items[f"{folder}{file.name}"] = file.read_bytes()
    items[_FORMAT] = str(FORMAT).encode()
    return {name: content for name, content in items.items() if _KNOWN.fullmatch(name)}


def named_here(here: Clone, base: bytes) -> bool:
    """Whether the base of such an item names a commit of this clone."""
    with suppress(ValueError):
        return all(here.repository.try_resolve(str(one)) for one in json.loads(base))
    return False


def _series(here: Clone, change_id: str, branch: str) -> Iterator[tuple[str, bytes]]:
    repository = here.repository
    yield "tip", repository.resolve(f"refs/heads/{branch}").encode()
    prefix = f"branch.{branch}."
    for key, values in repository.settings().items():
        name = key.removeprefix(prefix)
        if not key.startswith(prefix) or not (name.startswith("patchflow-") or name in OF_B4):
            continue
        name = name.removeprefix("patchflow-")
        if name in SETS:
            yield from ((f"config/{name}/{digest(one)}", one.encode()) for one in values)
        else:
            yield f"config/{name}", json.dumps(values).encode()
    files = repository.state.series(change_id)
    for name, path in (("cover", files.cover), ("trailers.json", files.trailers)):
        if path.is_file():
            yield name, path.read_bytes()
    for ref, commit in repository.refs(f"refs/patchflow/{change_id}/").items():
        yield f"records/{ref.rpartition('/')[2]}", commit.encode()
    for ref, commit in repository.refs(f"refs/patchflow-kept/{change_id}/").items():
        yield f"tips/{ref.rpartition('/')[2]}", commit.encode()


def marks_of(here: Clone) -> dict[str, Mark]:
    """What the user said of comments; PatchflowError where that file is damaged: what it lost was not deleted."""
    path = marks_path(here)
    marks, damage = read_marks(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else ({}, "")
    if damage:
        raise PatchflowError(f"{path} is damaged ({damage}), so nothing is synced.", "Put a sound copy in its place.")
    return marks


def folders(state: StateDir) -> dict[str, Path]:
    """Where the files of each kind of item lie, by the beginning of its name."""
    return {"drafts/sent/": state.sent_replies, "drafts/": state.drafts, "kept/": state.other_machine}


def need_known(items: Mapping[str, bytes], remote: str) -> None:
    """PatchflowError where a state holds what this patchflow does not know, and would lose with its next push."""
    found = items.get(_FORMAT, b"1").decode("ascii", "replace")[:20]
    if found not in map(str, range(1, FORMAT + 1)):
        raise newer_format(f"The state on {remote}", found)
    for name in items:
        match = _KNOWN.fullmatch(name)
        if match is None or ".." in name or (match["series"] and not _is_plain(match["series"])):
            raise PatchflowError(
                f"The state on {remote} holds {name[:100]!r}, which this patchflow does not know.",
                "A newer one wrote it, or somebody else: nothing was taken and nothing was pushed.",
            )


def commits_in(items: Mapping[str, bytes]) -> dict[str, str]:
    """The items that are commits, each with its hash."""
    wanted = re.compile(r"series/[^/]+/(?:tip|(?:records|tips)/[^/]+)")
    return {name: content.decode("ascii", "replace") for name, content in items.items() if wanted.fullmatch(name)}


def lines_of(path: Path) -> list[str]:
    """The Message-IDs in a file that names one a line."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return [line for line in text.split("\n") if "@" in line and line.isprintable()]


def digest(text: str) -> str:
    """What stands for a text in an item's name."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _is_plain(name: str) -> bool:
    try:
        return bool(plain_name(name, "It"))
    except PatchflowError:
        return False
