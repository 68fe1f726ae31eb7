"""A thread that was shown is kept and shown again at once, until anything changes that it was made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from patchflow.cli import thread_reading
from patchflow.cli.main import main
from patchflow.flow.clone import Clone
from patchflow.flow.review import thread_cache
from patchflow.flow.review.behind import main as behind
from patchflow.flow.subsystem.bots import _read as from_files
from tests.conftest import git
from tests.mails import AUTHOR, mail, mbox, patch_mail

REPLY = mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>")
ID = "p1@example.org"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A clone that took a patch and its reply in, and showed the thread once in each form."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(tmp_path / "config"))
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q")
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail(), REPLY))
    assert main(["-C", str(folder), "fetch", "--mbox", str(tmp_path / "list.mbox")]) == 0
    assert main(["-C", str(folder), "thread", ID]) == main(["-C", str(folder), "thread", ID, "--json"]) == 0
    capsys.readouterr()
    return folder


def shown(clone: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `thread` prints."""
    assert main(["-C", str(clone), "thread", ID, *words]) == 0
    return capsys.readouterr().out


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which threads had to be read anew."""
    read: list[str] = []
    read_anew = thread_cache.thread_text

    def noted(here: Clone, ids: Collection[str], json: bool, note: Callable[[str], None], dns: bool) -> str:
        read.extend(ids)
        return read_anew(here, ids, json, note, dns)

    monkeypatch.setattr(thread_reading, "thread_text", noted)
    return read


def test_it_is_there_at_once_and_the_same(
    clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    again = shown(clone, capsys)
    as_json = shown(clone, capsys, "--json")
    assert at_once == []
    assert "(1 comment)" in again
    assert len(json.loads(as_json)["threads"][0]["messages"]) == 2
    (kept,) = (tmp_path / "cache").rglob("shown.sqlite")
    assert kept.stat().st_mode & 0o77 == 0
    kept.unlink()
    assert shown(clone, capsys) == again and at_once == [ID]
    assert shown(clone, capsys, "--json") == as_json and at_once == [ID, ID]


def test_mail_of_other_threads_changes_nothing(
    clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "more.mbox").write_bytes(mbox(mail("Else.\n", id="other@example.org", subject="[PATCH] else")))
    main(["-C", str(clone), "fetch", "--mbox", str(tmp_path / "more.mbox")])
    capsys.readouterr()
    shown(clone, capsys)
    assert at_once == []


def test_every_thread_is_laid_out_beforehand(
    clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (kept,) = (tmp_path / "cache").rglob("shown.sqlite")
    as_shown = shown(clone, capsys), shown(clone, capsys, "--json")
    kept.unlink()
    behind(str(clone))
    assert (shown(clone, capsys), shown(clone, capsys, "--json")) == as_shown
    assert at_once == []


def test_mail_that_arrives_is_seen(
    clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with (tmp_path / "list.mbox").open("ab") as file:
        file.write(mbox(mail("Thanks.\n", id="p9@example.org", to="<p1@example.org>")))
    assert shown(clone, capsys).count("[reply]") == 2
    assert shown(clone, capsys).count("[reply]") == 2
    assert at_once[0] == ID


def test_a_profile_that_names_a_bot_is_seen(
    clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "[bot]" not in shown(clone, capsys)
    folder = tmp_path / "config" / "profiles"
    folder.mkdir(parents=True)
    sender = json.loads(shown(clone, capsys, "--json"))["threads"][0]["messages"][1]["from"].split("<")[1].strip(">")
    bot = f'[[bots]]\nname = "mine"\nfrom = "^{sender}$"\n'
    (folder / "mine.toml").write_text(f'extends = "net-next"\n{bot}')
    at_once.clear()
    assert "[bot]" in shown(clone, capsys)
    assert at_once == [ID]
    (folder / "mine.toml").unlink()
    assert "[bot]" not in shown(clone, capsys)


def test_a_profile_of_the_same_size_and_time_in_its_place_is_seen(
    clone: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "config" / "profiles"
    folder.mkdir(parents=True)
    for name, sender in (("mine.toml", "none"), ("other", "rik@")):
        (folder / name).write_text(f'extends = "net-next"\n[[bots]]\nname = "mine"\nfrom = "^{sender}"\n')
    assert "[bot]" not in shown(clone, capsys)
    shutil.copystat(folder / "mine.toml", folder / "other")
    (folder / "other").replace(folder / "mine.toml")
    assert "[bot]" in shown(clone, capsys)


def test_the_bots_are_kept(
    clone: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread is shown without the files that name them being read."""
    robot = "kernel test robot <lkp@intel.com>"
    mails = (mail("Broken.\n", id=f"{n}@example.org", subject=f"report {n}", sender=robot) for n in (1, 2))
    (tmp_path / "more.mbox").write_bytes(mbox(*mails))
    main(["-C", str(clone), "fetch", "--mbox", str(tmp_path / "more.mbox")])
    for number in (1, 2):
        from_files.cache_clear()
        assert main(["-C", str(clone), "thread", f"{number}@example.org"]) == 0
        assert "[bot]" in capsys.readouterr().out
        monkeypatch.setattr("patchflow.flow.subsystem.bots.read_bots", None)


def test_a_file_that_is_gone_is_said_each_time(
    clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "list.mbox").unlink()
    for _ in range(2):
        main(["-C", str(clone), "thread", ID])
        assert capsys.readouterr().err.count("the file is gone") == 1
    assert at_once == [ID, ID]


def test_a_mail_that_was_sent_is_seen(clone: Path, at_once: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    git(clone, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "x")
    git(clone, "update-ref", "refs/patchflow/demo/v1", "HEAD")
    shown(clone, capsys)
    assert at_once == [ID]


def test_what_b4_sent_is_seen(series: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """That a patch is one's own tells whether an answer in one's name is: on one's own only what was sent from here."""
    answer = mail("> Double free?\nNo.\n", id="a1@example.org", to="<r1@example.net>", sender=AUTHOR)
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail(), REPLY, answer))
    assert main(["-C", str(series), "fetch", "--mbox", str(tmp_path / "list.mbox")]) == 0
    git(series, "config", "branch.demo.b4-prep-cover-strategy", "branch-description")

    def states() -> list[str]:
        capsys.readouterr()
        (thread,) = json.loads(shown(series, capsys, "--json"))["threads"]
        return [comment["state"] for row in thread["messages"] for comment in row["comments"]]

    assert states()[0] == "answered"
    sent = {"series": {"revision": 2, "change-id": "20260101-demo-0123456789ab", "history": {"v1": [ID]}}}
    git(series, "config", "branch.demo.b4-tracking", json.dumps(sent))
    assert states()[0] == "open"
