"""The comments that were read once are kept: `todo` and `status` read no mail twice, and never show what was."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.adapters import kept_answer
from patchflow.cli.main import main
from patchflow.domain.address import Address
from patchflow.domain.comment import Comment, CommentState, Later, Said, Side
from patchflow.flow.review import threads_view
from patchflow.formats.comment_rows import dump_comments, load_comments
from tests.conftest import git
from tests.mails import REVIEWER, mail, mbox, patch_mail

REPLY = mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone that took a patch and its reply in."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q")
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail(), REPLY))
    assert main(["-C", str(folder), "fetch", "--mbox", str(tmp_path / "list.mbox")]) == 0
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many threads were read for their comments, each time it was done."""
    times: list[int] = []
    really = threads_view.all_comments

    def noted(threads: Any, *rest: Any) -> list[Comment]:
        times.append(len(threads))
        return really(threads, *rest)

    monkeypatch.setattr(threads_view, "all_comments", noted)
    monkeypatch.setattr(kept_answer, "_SECONDS", 0)  # else what is printed may be kept whole
    return times


def todo(clone: Path, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """What `todo --json` prints."""
    capsys.readouterr()
    main(["-C", str(clone), "todo", "--json"])
    found: list[Any] = json.loads(capsys.readouterr().out)["comments"]
    return found


def test_they_are_read_once(clone: Path, read: list[int], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = todo(clone, capsys)
    assert [c["text"] for c in first] == ["Double free?"]
    assert todo(clone, capsys) == first
    assert len(read) == 1
    (kept,) = (tmp_path / "cache").rglob("shown.sqlite")
    assert kept.stat().st_mode & 0o77 == 0
    kept.unlink()
    assert todo(clone, capsys) == first and len(read) == 2


def _mail(clone: Path, tmp_path: Path) -> None:
    with (tmp_path / "list.mbox").open("ab") as file:
        file.write(mbox(mail("> Double free?\nYes, and in v1 too.\n", id="r8@example.net", to="<r1@example.net>",
                             sender=REVIEWER)))  # fmt: skip


def _answer(clone: Path, tmp_path: Path) -> None:
    git(clone, "config", "user.email", "r@example.net")
    git(clone, "config", "patchflow.alsoMe", "rik@example.net")


def _mailmap(clone: Path, tmp_path: Path) -> None:
    (clone / ".mailmap").write_text("Ada Example <ada@example.org> <rik@example.net>\n")
    git(clone, "config", "mailmap.file", str(clone / ".mailmap"))


@pytest.mark.parametrize("change", [_mail, _answer, _mailmap])
def test_what_changes_them_is_seen(
    change: Any, clone: Path, read: list[int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    todo(clone, capsys)
    change(clone, tmp_path)
    todo(clone, capsys)
    assert len(read) == 2


def test_a_mark_needs_no_reading(clone: Path, read: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = todo(clone, capsys)
    assert main(["-C", str(clone), "todo", "--dismissed", f"{one['id']}=no"]) == 0
    assert todo(clone, capsys) != [one]
    assert len(read) == 1


@pytest.mark.parametrize(
    "text",
    ["[[1, 2]]", "nonsense", "{}", '[{"id": 1}]', "[" * 100_000],
    ids=["fields", "text", "object", "rows", "deep"],
)
def test_a_damaged_cache_costs_time_only(
    text: str, clone: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = todo(clone, capsys)
    (kept,) = (tmp_path / "cache").rglob("shown.sqlite")
    for blob in (zlib.compress(text.encode()), text.encode()):
        with closing(sqlite3.connect(kept)) as base, base:
            base.execute("UPDATE comments SET text = ?", (blob,))
        assert todo(clone, capsys) == first


TEXT = st.text(max_size=20)
IDS = st.lists(TEXT, max_size=2).map(tuple)
NUMBER = st.integers(0, 10**6)
ZONE = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
    lambda d: timezone(timedelta(minutes=d.seconds // 60 % 800))
)
DATE = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=ZONE)
WHO = st.builds(Address, TEXT, TEXT)
SAID = st.builds(Said, TEXT, WHO, DATE, TEXT, st.booleans(), st.booleans(), st.booleans())
LATER = st.none() | st.builds(Later, NUMBER, st.none() | st.booleans(), TEXT, TEXT, NUMBER)
COMMENT = st.builds(
    Comment, id=TEXT, message=TEXT, author=WHO, patch=TEXT, patch_subject=TEXT, file=TEXT, line=NUMBER,
    side=st.sampled_from(Side), quote=IDS, text=TEXT, state=st.sampled_from(CommentState), reason=TEXT,
    span=st.tuples(NUMBER, NUMBER), follow_ups=IDS, part=NUMBER, revision=NUMBER, touched=st.booleans(), claimed=TEXT,
    date=DATE, exchange=st.lists(SAID, max_size=2).map(tuple), asked_again=st.booleans(), later=LATER,
    added=st.booleans(), bot=TEXT, severity=TEXT, known=st.none() | st.booleans(),
    facts=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple), mails=IDS, symbol=TEXT,
)  # fmt: skip


@given(st.lists(COMMENT, max_size=3))
@pytest.mark.long
def test_comments_come_back_whole(comments: list[Comment]) -> None:
    back = load_comments(dump_comments(comments))
    assert back == comments
    assert [type(one.state) for one in back] == [CommentState] * len(comments)
