"""Full text over the mail taken in: filled in the background, and complete whenever somebody searches."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import git, run_patchflow
from tests.mails import mail, mbox, patch_mail

REPLY = mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a cache of its own."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "clone").mkdir()
    git(tmp_path / "clone", "init", "-q")
    return tmp_path / "clone"


def words_in(cache: Path) -> int:
    """Up to which message the full text is filled."""
    for path in cache.rglob("words.sqlite"):
        with closing(sqlite3.connect(path, timeout=60)) as base:
            return int(base.execute("SELECT max(value) FROM facts WHERE name = 'words_to'").fetchone()[0] or 0)
    return 0


def test_much_mail_is_made_searchable_in_the_background(clone: Path, tmp_path: Path) -> None:
    box = tmp_path / "list.mbox"
    long = "A line of a long report.\n" * 4000
    box.write_bytes(mbox(*(mail(f"{long}number{n}\n", id=f"o{n}@x", subject=f"report {n}") for n in range(20))))
    assert run_patchflow("-C", str(clone), "fetch", "--mbox", str(box)).code == 0
    until = time.monotonic() + 60
    while words_in(tmp_path / "cache") < 20 and time.monotonic() < until:
        time.sleep(0.1)
    assert words_in(tmp_path / "cache") == 20
    assert "report 7" in run_patchflow("-C", str(clone), "search", "number7").out


def test_a_search_right_after_the_mail_came_finds_all_of_it(clone: Path, tmp_path: Path) -> None:
    box = tmp_path / "list.mbox"
    box.write_bytes(mbox(patch_mail(), REPLY))
    assert run_patchflow("-C", str(clone), "fetch", "--mbox", str(box)).code == 0
    assert words_in(tmp_path / "cache") == 0  # little mail: no process is started for it
    assert "r1@example.net" in run_patchflow("-C", str(clone), "search", "double", "free", "--json").out


def test_an_index_of_an_older_version_is_read_anew(clone: Path, tmp_path: Path) -> None:
    box = tmp_path / "list.mbox"
    box.write_bytes(mbox(patch_mail(), REPLY))
    assert run_patchflow("-C", str(clone), "fetch", "--mbox", str(box)).code == 0
    for path in (tmp_path / "cache").rglob("mail.sqlite"):
        with closing(sqlite3.connect(path)) as base:
            base.execute("PRAGMA user_version = 1")
    assert "r1@example.net" in run_patchflow("-C", str(clone), "thread", "p1@example.org", "--json").out
    assert "r1@example.net" in run_patchflow("-C", str(clone), "search", "double", "free", "--json").out
