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


NAMED = mail("virtio_transport_send_pkt() may sleep.\n", id="n1@x", subject="[BUG] af_vsock: it sleeps",
             extra="To: A <a@list.example>", sender="Rik Reviewer <rik@example.net>")  # fmt: skip
SPLIT = mail("virtio transport, send it in a pkt.\n", id="n2@x", subject="Re: transport",
             extra="Cc: netdev@list.example", date="Mon, 9 Mar 2026 10:00:00 +0000")  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["virtio_transport_send_pkt"], ["n1@x"]),
        (["virtio_transport_send_pkt()"], ["n1@x"]),
        (["virtio", "transport"], ["n2@x", "n1@x"]),
        (["s:af_vsock"], ["n1@x"]),
        (["f:RIK@example.net", "sleep"], ["n1@x"]),
        (["f:rik", "s:transport"], ["n2@x"]),
        (["f:ole", "s:transport"], []),
        (["tc:netdev"], ["n2@x"]),
        (["t:a@list"], ["n1@x"]),
        (["dfn:drivers/widget/core.c"], ["p1@example.org"]),
        (["dfn:core.c", "leak"], ["p1@example.org"]),
        (["dfn:other.c"], []),
        (["virtio", "d:2026-03-05.."], ["n2@x"]),
        (["virtio", "d:..2026-03-05"], ["n1@x"]),
        (["d:2026-03-09"], ["n2@x"]),
        (["virtio transport d:2026-03-09..2026-03-09"], ["n2@x"]),
    ],
)
def test_names_with_underscores_and_lores_filters(
    words: list[str], found: list[str], clone: Path, tmp_path: Path
) -> None:
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail(), NAMED, SPLIT))
    assert run_patchflow("-C", str(clone), "fetch", "--mbox", str(tmp_path / "list.mbox")).code == 0
    ran = run_patchflow("-C", str(clone), "--json", "search", *words)
    assert [row["id"] for row in ran.json["messages"]] == found, ran.err
    assert ran.code == (0 if found else 1)


@pytest.mark.parametrize("word", ["d:yesterday", "d:2026-13-01..", "___", "d:9999-12-31"])
def test_what_cannot_be_searched_for(word: str, clone: Path, tmp_path: Path) -> None:
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail()))
    ran = run_patchflow("-C", str(clone), "search", word, "--mbox", str(tmp_path / "list.mbox"))
    assert ran.code == 2 and ran.err.startswith("patchflow: ") and "bug" not in ran.err
