"""Damage to a file, ref or setting of ours costs only what it held: told in a sentence, kept, and the rest works.

A sample runs always; PATCHFLOW_DAMAGES=all runs every damage, and =N runs N of them.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from patchflow.cli.main import main
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.series import SeriesScreen
from tests.conftest import ADA, git, run_patchflow
from tests.tui.test_app import settled

_WANTED = os.environ.get("PATCHFLOW_DAMAGES", "12")  # read here: each test's environment is a sealed one
# What reads each part of the state; none of them reaches a network.
COMMANDS = (
    "status", "todo --all", "thread", "trailers", "cc", "window --offline", "send --dry-run", "undo --list",
    "cover", "reply --list", "check", "config", "doctor",
)  # fmt: skip
# Nothing of the user's stands in these: what is made again may go without a word.
_MADE_AGAIN = ("cache/", "checked", "patchwork/", ".lock", "landed", "sent-index")

_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda old: b"",
    "half": lambda old: old[: len(old) // 2],
    "cut short": lambda old: old[:-2],
    "first byte": lambda old: old[:1],
    "zeroed": lambda old: bytes(len(old)),
    "random": lambda old: random.Random(len(old)).randbytes(max(len(old), 40)),
    "no UTF-8": lambda old: old[: len(old) // 2] + b"\xff\xfe\xc3" + old[len(old) // 2 :],
    "deep": lambda old: b"[" * 100_000,
    "deep object": lambda old: b'{"a":' * 100_000,
    "list": lambda old: b"[]",
    "object": lambda old: b"{}",
    "null": lambda old: b"null",
    "number": lambda old: b"7",
    "huge number": lambda old: b"9" * 5000,
    "list of null": lambda old: b"[null, 7, [], {}]",
    "object of null": lambda old: b'{"messages": null, "comments": null, "queue": null, "facts": 7, "refs": []}',
    "values null": lambda old: _values(old, None),
    "values number": lambda old: _values(old, 10**30),
    "values list": lambda old: _values(old, []),
    "carriage returns": lambda old: old.replace(b"\n", b"\r\n") + b"\r\x00\x1b[2J",
}


def _values(old: bytes, value: object) -> bytes:
    """The document with each of its values made this one."""
    try:
        found = json.loads(old)
    except ValueError:
        return json.dumps(value).encode()
    one = found[0] if isinstance(found, list) and found else found
    made = dict.fromkeys(one, value) if isinstance(one, dict) else value
    return json.dumps([made] if isinstance(found, list) else made).encode()


class Room:
    """A clone with every file of ours that there is, put back before each damage."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.kept = folder.parent / "kept"
        self.own = folder / ".git/patchflow"

    def run(self, *words: str, code: int | None = 0, env: dict[str, str] | None = None, stdin: str = "") -> Any:
        ran = run_patchflow("-C", str(self.folder), *words, env=env, stdin=stdin)
        assert code is None or ran.code == code, (words, ran.code, ran.out, ran.err)
        return ran

    def prepare(self) -> None:
        self.run("send", "--yes")
        sent = self.run("--json", "status").json["series"][0]["sent"][0]["message_ids"]
        mbox = self.home / "mail.mbox"
        mbox.write_text("".join(_reply(sent[1], one) for one in "ab"))
        self.run("fetch", "--mbox", str(mbox))
        comments = self.run("--json", "todo", "--all", code=None).json["comments"]
        self.run("trailers", "--not", "1", code=None)
        editor = """sh -c 'printf "\\nThanks.\\n" >> "$1"' x"""
        self.run("reply", comments[0]["id"], "--edit", env={"GIT_EDITOR": editor}, code=None)
        self.run("todo", "--addressed", f"{comments[0]['id']}=done", code=None)
        self.run("todo", "--addressed", f"{comments[-1]['id']}=done too", code=None)
        self.run("check", code=None)
        self.run("trust", code=None)
        self.run("undo", "--yes")
        change_id = git(self.folder, "config", "branch.demo.patchflow-change-id")
        mine = {
            "mine": "own@example.org\n",
            "patchwork/" + change_id + ".json": json.dumps({"revision": 1, "patches": [
                {"message_id": sent[1], "name": "x", "state": "new", "url": "u", "tests": []}]}),
            f"series/{change_id}/tried.json": json.dumps([{
                "kind": "build", "tip": git(self.folder, "rev-parse", "HEAD"), "base": git(self.folder, "rev-parse",
                "base"), "date": "2026-01-01", "holds": True, "says": "built", "words": []}]),
        }  # fmt: skip
        for name, text in mine.items():
            path = self.own / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_text(text)
        config = self.home / "config/patchflow"
        (config / "profiles").mkdir(parents=True, exist_ok=True)
        (config / "profiles/vsock.toml").write_text('title = "mine"\nextends = "net"\nprefix = "vsock"\n')
        (config / "keys.toml").write_text('[keys]\nquit = "x"\n')
        from patchflow.adapters.mail.outbox import SENT, Outbox
        from patchflow.domain.queued import Queued, RevisionFacts

        row = Queued(1, "1.eml", "one@example.org", "s", (ADA,), (), "", "")
        facts = RevisionFacts(
            revision=7, branch="demo", change_id=change_id, base="", tip="", start="", prefix="PATCH", cover="",
            profile="vsock",
        )  # fmt: skip
        box = Outbox.create(self.own / "outbox" / f"{change_id}-v7", facts, [row], {"1.eml": b"To: a@b\n\n"})
        box.note("one@example.org", SENT)
        shutil.copytree(self.folder, self.kept / "linux", symlinks=True)
        shutil.copytree(self.home, self.kept / "home", symlinks=True)

    def fresh(self) -> None:
        for now, was in ((self.folder, "linux"), (self.home, "home")):
            for path in (*now.rglob("*"), now):
                if path.is_dir() and not path.is_symlink() and not os.access(path, os.W_OK):
                    path.chmod(0o700)
            shutil.rmtree(now)
            shutil.copytree(self.kept / was, now, symlinks=True)

    def files(self) -> list[str]:
        """Every file of ours, from the room's top."""
        places = [(self.kept / "linux", ".git/patchflow"), *((self.kept / "home", one) for one in
                  ("cache/patchflow", "state/patchflow", "config/patchflow"))]  # fmt: skip
        return sorted(
            f"{top.name}/{path.relative_to(top)}"
            for top, below in places
            for path in (top / below).rglob("*")
            if path.is_file() and path.suffix != ".lock"
        )

    def place(self, name: str) -> Path:
        top, _, below = name.partition("/")
        return (self.folder if top == "linux" else self.home) / below


def _reply(parent: str, name: str) -> str:
    trailer = "Reviewed-by: Rita Reviewer <rita@example.net>\n\n" if name == "a" else ""
    return (
        f"From x Mon Nov 23 10:00:00 2026\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\nSubject: Re: [PATCH 1/2] vsock: add one\n"
        f"Message-ID: <{name}@example.net>\nIn-Reply-To: <{parent}>\n\n> +int add_one;\n\nWhy {name}?\n\n{trailer}"
    )


@pytest.fixture
def room(series: Path, smtp: object, sealed: Path) -> Iterator[Room]:
    made = Room(series, sealed)
    made.prepare()
    yield made
    made.fresh()


def said_by(room: Room, capsys: pytest.CaptureFixture[str], commands: Sequence[str] = COMMANDS) -> dict[str, str]:
    """What each command says; each ends with an exit code of ours and no bug."""
    said, faults = {}, []
    for words in commands:
        code = main(["-C", str(room.folder), *words.split()])
        out, err = capsys.readouterr()
        said[words] = out + err
        if not 0 <= code <= 4 or "bug in patchflow" in err or "Traceback" in out + err:
            faults.append(f"{words}: {code} {err} {_report_of(err)}")
    assert not faults, "\n".join(faults)
    return said


def _report_of(err: str) -> str:
    for word in err.split():
        if "patchflow-report-" in word:
            return Path(word.rstrip(";")).read_text()[-600:]
    return ""


def damages(names: Sequence[str]) -> list[tuple[str, str]]:
    """(file, damage), all or a sample of them."""
    every = [(name, how) for name in names for how in (*_BYTES, "folder", "unreadable")]
    if _WANTED == "all":
        return every
    return random.Random(7).sample(every, min(int(_WANTED), len(every)))


# A file of ours, the command that meets its damage, and the damage.
NAMED = (
    ("comments.json", "todo --all", b"\0" * 60),
    ("mine", "todo --all", b"\xff\xfe\n"),
    ("series/*/trailers.json", "trailers", b"[" * 100_000),
    ("series/*/tried.json", "status", b"7"),
    ("patchwork/*.json", "status", b"{}"),
    ("drafts/*.draft", "reply --list", b"\xff\xfe"),
    ("undo/*.json", "undo --list", b""),
    ("redo/*.json", "undo --list", b"null"),
    ("outbox/*/plan.json", "status", b"[]"),
    ("state/patchflow/trusted.json", "doctor", b"{"),
    ("config/patchflow/profiles/vsock.toml", "config", b"\xff"),
)


@pytest.mark.long
def test_damage_is_named_by_the_command_that_meets_it_and_by_doctor(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the file stays as it is."""
    for name, told_by, content in NAMED:
        room.fresh()
        top = room.home if name.startswith(("state/", "config/")) else room.own
        path = min(top.glob(name))
        path.write_bytes(content)
        said = said_by(room, capsys, [told_by, "doctor"])
        shown = {".toml": path.stem}.get(path.suffix, str(path.parent if path.name == "plan.json" else path))
        for words, text in said.items():
            assert shown in text and ("damaged" in text or "is not TOML" in text), (name, words, text)
        assert path.read_bytes() == content


def test_a_damaged_file_is_kept_beside_the_one_that_is_written_again(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    comment = room.run("--json", "todo", "--all", code=None).json["comments"][0]["id"]
    for content in (b"\0" * 60, b"[1]"):
        path = room.own / "comments.json"
        path.write_bytes(content)
        assert main(["-C", str(room.folder), "todo", "--dismissed", f"{comment}=no"]) in (0, 1)
        assert comment in json.loads(path.read_bytes())
        assert content in [one.read_bytes() for one in room.own.glob("comments.json.damaged-*")]
    step = room.own / "step.json"
    step.write_bytes(b'{"title"')
    capsys.readouterr()
    assert main(["-C", str(room.folder), "todo", "--open", comment]) in (0, 1)
    assert "cannot be taken back" in capsys.readouterr().err
    assert [one.read_bytes() for one in room.own.glob("step.json.damaged-*")] == [b'{"title"']
    assert not step.exists()


@pytest.mark.long
def test_a_damaged_ref_of_ours(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    ref = git(room.folder, "for-each-ref", "--format=%(refname)", "refs/patchflow")
    path = room.folder / ".git" / ref
    blob = git(room.folder, "hash-object", "-w", "--stdin", stdin="x")
    head = git(room.folder, "rev-parse", "HEAD")
    for content in (blob, head, "1" * 40, "ref: refs/heads/gone", "garbage", "", "\0" * 41, "1" * 39):
        path.write_text(content + "\n" if content else "")
        said = said_by(room, capsys)
        assert any(ref in text for text in said.values()), (content, said)
        assert ref in said["doctor"], (content, said["doctor"])
        assert path.read_text().strip() == content.strip()


ODD = (
    ("patchflow.nudgedays", "x"), ("patchflow.nudgedays", "9" * 5000), ("patchflow.sendtimeout", "nan"),
    ("patchflow.sendtimeout", "-1"), ("patchflow.sendtimeout", "inf"),
    ("branch.demo.patchflow-revision", "99999999999999999999"), ("branch.demo.patchflow-revision", "x"),
    ("branch.demo.patchflow-revision", "٣"), ("branch.demo.patchflow-revision", "-3"),
    ("branch.demo.patchflow-prefixes", "a\x1b[2Jb\tc"), ("branch.demo.patchflow-base", "nothing"),
    ("branch.demo.patchflow-base", "HEAD:MAINTAINERS"), ("branch.demo.patchflow-base", "@{-9}"),
    ("branch.demo.patchflow-change-id", "../../x"), ("branch.demo.patchflow-change-id", ""),
    ("branch.demo.patchflow-profile", "../x"), ("branch.demo.patchflow-profile", "gone"),
    ("patchflow.profile", "a\nb"), ("patchflow.theme", "none"), ("sendemail.smtpserverport", "x"),
    ("branch.demo.b4-tracking", "%%%"), ("branch.demo.b4-prep-cover-strategy", "odd"),
    ("patchflow.alsome", "\x01"), ("user.email", "\x01"), ("patchflow.key.quit", "ctrl+ctrl"),
)  # fmt: skip


@pytest.mark.long
def test_odd_settings(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    for key, value in ODD if _WANTED == "all" else ODD[::2]:
        room.fresh()
        git(room.folder, "config", key, value)
        said_by(room, capsys, [*COMMANDS, "reply --nudge"])


@pytest.mark.long
def test_a_damaged_file_costs_what_it_held(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    faults = []
    for name, how in damages(room.files()):
        room.fresh()
        path = room.place(name)
        old = path.read_bytes()
        if how == "folder":
            path.unlink()
            path.mkdir()
        elif how == "unreadable":
            path.chmod(0)
        else:
            path.write_bytes(_BYTES[how](old))
        damaged = path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else None
        try:
            said_by(room, capsys)
            made_again = any(part in name for part in _MADE_AGAIN)
            beside = [one for one in path.parent.glob(f"{path.name}*") if one.is_file() and os.access(one, os.R_OK)]
            kept = damaged is None or any(one.read_bytes() == damaged for one in beside)
            assert made_again or kept, "its content is gone"
        except AssertionError as error:
            faults.append(f"{name}, {how}: {str(error)[:3000]}")
    capsys.readouterr()
    assert not faults, f"{len(faults)} faults\n" + "\n\n".join(faults)


def test_a_damaged_mail_index_is_removed_and_made_again(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    path = next((room.home / "cache/patchflow/mail").glob("*/mail.sqlite"))
    path.write_bytes(_BYTES["no UTF-8"](path.read_bytes()))
    assert "was removed. Run this again" in said_by(room, capsys, ["thread"])["thread"]
    assert "Why a?" in said_by(room, capsys, ["todo --all"])["todo --all"]


@pytest.mark.long
def test_a_damaged_cache_is_made_again(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    found = [path for path in (room.home / "cache/patchflow/checkpatch").glob("*/*") if path.is_file()]
    assert found
    for how in ("deep", "deep object", "null", "list of null"):
        for path in found:
            path.write_bytes(_BYTES[how](b""))
        said_by(room, capsys, ["check", "send --dry-run"])


@pytest.mark.long
async def test_a_damaged_mail_index_under_the_terminal_ui(room: Room) -> None:
    """One sentence; and what the index held is read anew."""
    path = next((room.home / "cache/patchflow/mail").glob("*/mail.sqlite"))
    path.write_bytes(_BYTES["no UTF-8"](path.read_bytes()))
    app = PatchflowApp(str(room.folder), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        said = [one.message for one in app._notifications]
        assert len([one for one in said if "was removed" in one]) == 1 and not any("bug" in one for one in said), said
        screen = app.screen
        assert isinstance(screen, SeriesScreen) and screen.model.read is not None
        assert len(screen.model.read.comments) == 2
