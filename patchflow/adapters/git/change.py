"""A change of branch, commits or state as a value, and as the JSON it is kept in."""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from patchflow.adapters.git.work_files import WorkFile
from patchflow.adapters.kept import DAMAGE, why
from patchflow.errors import PatchflowError
from patchflow.formats.counted import ago
from patchflow.values import dataclass

_Kind = TypeVar("_Kind")


@dataclass
class Change:
    """A step being put together: refs, branch settings, files of .git/patchflow, and where HEAD goes.

    Each part holds what was read and what it becomes. `index` has entries of the work tree's index by path: mode and
    blob, "" for none; `work` files of the work tree, whole. `keep_files`: the work tree's files stay as they are when
    the branch moves, in both directions; `keep_index`: what is staged stays so, too. `sent` names the branch and the
    change-id of a send that this step records: mail cannot be called back, so such a step is never undone.
    """

    title: str
    refs: dict[str, tuple[str, str]] = field(default_factory=dict)
    settings: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    files: dict[str, tuple[bytes | None, bytes | None]] = field(default_factory=dict)
    index: dict[str, tuple[str, str]] = field(default_factory=dict)
    work: dict[str, tuple[WorkFile | None, WorkFile | None]] = field(default_factory=dict)
    head: tuple[str, str] | None = None
    keep_files: bool = False
    keep_index: bool = False
    sent: tuple[str, str] | None = None

    def is_empty(self) -> bool:
        """Whether nothing would become different."""
        groups = (self.refs, self.settings, self.files, self.index, self.work)
        pairs: list[tuple[Any, Any]] = [pair for group in groups for pair in group.values()]
        return self.head is None and all(old == new for old, new in pairs)

    def is_of_a_branch(self) -> bool:
        """Whether a branch or HEAD goes elsewhere, or a series becomes another: recipients and marks may change."""
        return (
            self.head is not None
            or any(ref.startswith("refs/heads/") for ref in self.refs)
            or any("patchflow-cc-" not in key for key in self.settings)
        )

    def is_about(self, branch: str, change_id: str) -> bool:
        """Whether it changes something of this series."""
        return (
            f"refs/heads/{branch}" in self.refs
            or any(key.startswith(f"branch.{branch}.") for key in self.settings)
            or any(name.startswith(f"series/{change_id}/") for name in self.files)
        )

    def lines(self, forward: bool) -> list[str]:
        """What making it (or, with False, taking it back) does, a line a part."""
        new, old = (1, 0) if forward else (0, 1)
        rows: list[str] = []
        for ref, pair in self.refs.items():
            if pair[0] != pair[1]:
                name = ref.removeprefix("refs/heads/")
                rows.append(f"{name}: {pair[old][:12] or 'not there'} -> {pair[new][:12] or 'not there'}")
        for key, values in self.settings.items():
            if values[0] != values[1]:
                rows.append(f"{key}: {_short(values[old])} -> {_short(values[new])}")
        for name, contents in self.files.items():
            if contents[0] != contents[1]:
                rows.append(f"{name}: {_size(contents[old])} -> {_size(contents[new])}")
        for path, entries in self.index.items():
            if entries[0] != entries[1]:
                rows.append(f"staged {path}: {_entry(entries[old])} -> {_entry(entries[new])}")
        for path, both in self.work.items():
            if both[0] != both[1]:
                rows.append(f"{path}: {_work(both[old])} -> {_work(both[new])}")
        if self.head:
            rows.append(f"HEAD: {self.head[old]} -> {self.head[new]}")
        return rows


@dataclass(frozen=True, slots=True)
class Step:
    """A change that was made (or taken back), in its file; `sent_since` names a send of its series after it."""

    path: Path
    at: datetime
    change: Change
    sent_since: str = ""

    def title(self) -> str:
        """What it was, and when."""
        return (
            f"{self.change.title}  ({self.at:%Y-%m-%d %H:%M} UTC, {ago((datetime.now(UTC) - self.at).total_seconds())})"
        )

    def lines(self, forward: bool) -> list[str]:
        """What making it again (or, with False, taking it back) does, for somebody to say yes to."""
        rows = [self.title(), *(f"  {row}" for row in self.change.lines(forward))]
        if self.sent_since:
            rows.append(f"  Take care: the {self.sent_since} came after it. The mails stay sent.")
        return rows

    def document(self) -> dict[str, Any]:
        """The same for scripts."""
        return {"title": self.change.title, "at": self.at.isoformat(), "changes": self.change.lines(False),
                "sent_since": self.sent_since, "is_send": self.change.sent is not None}  # fmt: skip


def _short(values: Sequence[str]) -> str:
    text = ", ".join(" ".join(value.split()) for value in values)
    return (text if len(text) <= 40 else text[:39] + "…") or "not set"


def _size(content: bytes | None) -> str:
    return "not there" if content is None else f"{len(content)} bytes"


def _entry(entry: str) -> str:
    return entry.partition(" ")[2][:12] or "not there"


def _work(file: WorkFile | None) -> str:
    return _size(file and file[1]) + (f" ({file[0]})" if file else "")


def dump_change(change: Change, **more: Any) -> bytes:
    """The JSON of a change; `more` are further keys."""

    def coded(content: bytes | None) -> str | None:
        return None if content is None else b2a_base64(content, newline=False).decode()

    row = {
        "title": change.title,
        "refs": change.refs,
        "settings": change.settings,
        "files": {name: [coded(old), coded(new)] for name, (old, new) in change.files.items()},
        "index": change.index,
        "work": {path: [one and [one[0], coded(one[1])] for one in pair] for path, pair in change.work.items()},
        "head": change.head,
        "keep_files": change.keep_files,
        "keep_index": change.keep_index,
        "sent": change.sent,
        **more,
    }
    return json.dumps(row, indent=1).encode()


def load_change(path: Path) -> tuple[Change, dict[str, Any]]:
    """A change from its file, and the whole row; PatchflowError where it is damaged."""

    def decoded(text: str | None) -> bytes | None:
        return None if text is None else a2b_base64(text)

    def file(pair: list[str] | None) -> WorkFile | None:
        return None if pair is None else (_of(str, pair[0]), a2b_base64(pair[1]))

    try:
        row = json.loads(path.read_bytes())
        made = Change(
            title=_of(str, row["title"]),
            refs={ref: (_of(str, old), _of(str, new)) for ref, (old, new) in row["refs"].items()},
            settings={key: (_of(list, old), _of(list, new)) for key, (old, new) in row["settings"].items()},
            files={_inside(name): (decoded(old), decoded(new)) for name, (old, new) in row["files"].items()},
            index={path: (_of(str, old), _of(str, new)) for path, (old, new) in row.get("index", {}).items()},
            work={_inside(path): (file(old), file(new)) for path, (old, new) in row.get("work", {}).items()},
            head=_pair(row["head"]),
            keep_files=bool(row.get("keep_files")),
            keep_index=bool(row.get("keep_index")),
            sent=_pair(row.get("sent")),
        )
        return made, row
    except DAMAGE as error:
        raise PatchflowError(f"The undo step {path} is damaged ({why(error)}).",
                             f"`mv {path} {path.name}.damaged` takes it out of the way.") from error  # fmt: skip


def _of(kind: type[_Kind], value: object) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"{str(value)[:40]} is no {kind.__name__}")
    return value


def _pair(value: object) -> tuple[str, str] | None:
    if value is None:
        return None
    one, other = _of(list, value)
    return _of(str, one), _of(str, other)


def _inside(name: str) -> str:
    if name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"{name!r} is not a file of patchflow's")
    return name


def made_at(path: Path) -> datetime:
    """When a step was made, by its file's name (UTC)."""
    try:
        return datetime.strptime(path.stem.partition("-")[2], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
