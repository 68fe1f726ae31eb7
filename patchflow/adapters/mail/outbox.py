"""A send in progress: the messages as they leave, and a journal synced before and after each of them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from patchflow.adapters.files import append_synced, exclusive, remove_folder, sync_folder, write_atomic
from patchflow.adapters.git.state_dir import sending_lock
from patchflow.adapters.kept import DAMAGE, tell_journal, why
from patchflow.domain.queued import Facts, Queued
from patchflow.errors import PatchflowError
from patchflow.formats.plain_name import plain_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PENDING, STARTED, SENT, REFUSED, UNKNOWN = _STATES = "pending", "started", "sent", "refused", "unknown"


_Value = TypeVar("_Value", bound="DataclassInstance")
_Kind = TypeVar("_Kind", bound=Facts)


class Outbox:
    """One revision, reply or message to oneself on its way, in a folder of its own below .git/patchflow/outbox/."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def find(cls, parent: Path, change_id: str) -> Outbox | None:
        """The send of this series that was cut off, None where there is none."""
        mine = re.compile(rf"{re.escape(change_id)}-v\d+")
        for folder in sorted(parent.glob("*")):
            if mine.fullmatch(folder.name) and cls(folder).is_open():
                return cls(folder)
        return None

    def is_open(self) -> bool:
        """Whether its messages wait, leave, or have left and are not recorded."""
        return os.path.lexists(self.folder / "plan.json")  # whatever stands there now: nothing is sent a second time

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Nobody else sends this during the block."""
        with exclusive(sending_lock(self.folder), "sending"):
            yield

    @classmethod
    def create(cls, folder: Path, facts: Facts, queue: list[Queued], mails: dict[str, bytes]) -> Outbox:
        """Writes the messages, then the plan that makes them count; a cut before the plan leaves nothing to resume."""
        if cls(folder).is_open():
            raise PatchflowError(f"A send in {folder} was cut off and has not been finished.")
        if folder.exists():
            remove_folder(folder)
        for name, content in mails.items():
            write_atomic(folder / name, content)
        plan = {"facts": asdict(facts), "queue": [asdict(queued) for queued in queue]}
        write_atomic(folder / "plan.json", json.dumps(plan, indent=1).encode())
        return cls(folder)

    def read(self) -> list[Queued]:
        """The messages of the plan, in order."""
        return self._plan(Facts)[1]

    def facts(self, kind: type[_Kind]) -> _Kind:
        """What the plan keeps besides them."""
        return self._plan(kind)[0]

    def _plan(self, kind: type[_Kind]) -> tuple[_Kind, list[Queued]]:
        try:
            plan = json.loads((self.folder / "plan.json").read_bytes())
            queue = [_value(Queued, row) for row in plan["queue"]]
            for one in queue:
                plain_name(one.file, f"A message of the send in {self.folder}")
            return _value(kind, plan["facts"]), queue
        except PatchflowError:
            raise
        except DAMAGE as error:
            raise PatchflowError(
                f"The plan of the send in {self.folder} is damaged ({why(error)}), so nothing of it is sent.",
                "The journal beside it names the messages that left; move the folder away once you know.",
            ) from error

    def states(self) -> dict[str, tuple[str, str]]:
        """Message-ID -> (state, detail) of every message of the plan.

        A message begun whose end is not written is unknown, and so is one whose lines in the journal are damaged or
        missing: it is neither "sent" nor "not sent" until somebody looked.
        """
        queue = self.read()
        found, damaged, _ = self._journal()
        noted = {path.name for path in self.folder.glob("noted-*")}
        cut_off, lost = (UNKNOWN, "the send was cut off while it left"), (UNKNOWN, "its line in the journal is damaged")
        states = {one.message_id: found.get(one.message_id, (PENDING, "")) for one in queue}
        for key, (state, _) in states.items():
            if state == STARTED:
                states[key] = cut_off
            elif (damaged and state != SENT and (_noted(key) in noted or not noted)) or (
                state == PENDING and _noted(key) in noted
            ):
                states[key] = lost
        if damaged or any(state == lost for state in states.values()):
            tell_journal(self.folder / "journal")
        return states

    def _journal(self) -> tuple[dict[str, tuple[str, str]], bool, dict[str, str]]:
        """What the lines of the journal say, whether one of them cannot be read, and the Message-IDs that mails got."""
        found: dict[str, tuple[str, str]] = {}
        became: dict[str, str] = {}
        journal, damaged = self.folder / "journal", False
        try:
            lines = journal.read_bytes().split(b"\n") if os.path.lexists(journal) else []
        except OSError:
            return {}, True, {}
        for line in filter(None, lines):
            try:
                row = json.loads(line)
                found[str(row["id"])] = (_STATES[_STATES.index(row["state"])], str(row.get("detail", "")))
                if row.get("became"):
                    became[str(row["id"])] = str(row["became"])
            except DAMAGE:
                damaged = True
        return found, damaged, became

    def unknown(self) -> list[Queued]:
        """The messages of unknown fate."""
        states = self.states()
        return [one for one in self.read() if states.get(one.message_id, ("", ""))[0] == UNKNOWN]

    def all_left(self) -> bool:
        """Whether every message has left."""
        states = self.states()
        return all(states.get(one.message_id, ("", ""))[0] == SENT for one in self.read())

    def none_left(self) -> bool:
        """Whether a message was refused and none has left, or may have."""
        states = [state for state, _ in self.states().values()]
        return REFUSED in states and all(state in (PENDING, REFUSED) for state in states)

    def note(self, message_id: str, state: str, detail: str = "", became: str = "") -> None:
        """Writes one state down and syncs it; a file beside the journal witnesses that something was noted. `became` is
        the Message-ID that the server gave it, "" where it kept its own."""
        row = {"id": message_id, "state": state, "detail": detail[:500], "at": datetime.now(UTC).isoformat()}
        if became:
            row["became"] = became
        append_synced(self.folder / "journal", b"\n" + json.dumps(row).encode() + b"\n")
        (self.folder / _noted(message_id)).touch(0o600)

    def mail(self, queued: Queued) -> Path:
        """The file of a message."""
        return self.folder / queued.file

    def mails(self) -> dict[str, bytes]:
        """Every message of the plan, by file name."""
        return {queued.file: self.mail(queued).read_bytes() for queued in self.read()}

    def as_left(self) -> list[Queued]:
        """The messages of the plan, those that left under the Message-ID that the server gave them."""
        *_, became = self._journal()
        return [
            replace(one, message_id=became[one.message_id], was=one.message_id) if one.message_id in became else one
            for one in self.read()
        ]

    def mails_as_left(self) -> dict[str, bytes]:
        """Every message by file name, with the Message-IDs that the server gave them in their headers."""
        *_, became = self._journal()
        return {name: _renamed(raw, became) for name, raw in self.mails().items()}

    def rename_in(self, queued: Queued) -> None:
        """Has a message that waits answer those that left by the Message-IDs that they bear now."""
        *_, became = self._journal()
        raw = self.mail(queued).read_bytes()
        if (new := _renamed(raw, became)) != raw:
            write_atomic(self.mail(queued), new)

    def close(self) -> None:
        """Removes the folder: everything has left and the revision is recorded."""
        (self.folder / "plan.json").unlink()
        sync_folder(self.folder)
        remove_folder(self.folder, must=False)


def _renamed(raw: bytes, became: Mapping[str, str]) -> bytes:
    """A mail whose headers name other mails (and itself) by their new Message-IDs."""
    head, end, body = raw.partition(b"\n\n")
    for old, new in became.items():
        head = head.replace(f"<{old}>".encode(), f"<{new}>".encode())
    return head + end + body


def _value(kind: type[_Value], row: Any) -> _Value:
    """A frozen value from its JSON; what it does not know is left out. TypeError where a field lacks or is of another
    type."""
    if not isinstance(row, dict):
        raise TypeError("it holds no object where one must be")
    made: dict[str, Any] = {}
    for one in fields(kind):
        if one.name not in row and one.default is not MISSING:
            continue
        value = _tuple(row.get(one.name))
        if type(value).__name__ != str(one.type).partition("[")[0]:
            raise TypeError(f"its {one.name} is no {one.type}")
        made[one.name] = value
    return kind(**made)


def _tuple(value: Any) -> Any:
    """Lists as the tuples they were."""
    return tuple(_tuple(one) for one in value) if isinstance(value, list) else value


def _noted(message_id: str) -> str:
    """The file that witnesses that the journal once named a message: damage to the journal does not make it unsent."""
    return f"noted-{hashlib.sha256(message_id.encode()).hexdigest()[:16]}"
