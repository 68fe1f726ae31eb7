"""Sources of mail that were named once: refreshed by one command, each with its age and what came."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.files import one_writer
from patchflow.cli.main import main
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import ours
from patchflow.flow.review.mail_index import mail_store
from tests.adapters.test_inbox import Inbox, needs_inbox
from tests.cli.test_watch import free_port, said, served
from tests.conftest import git, run_patchflow
from tests.mails import mail, mbox, patch_mail


def named(folder: Path, name: str, place: str) -> None:
    assert run_patchflow("-C", str(folder), "config", f"patchflow.mail.{name}", place).code == 0


def fetched(folder: Path, *words: str) -> dict[str, dict[str, Any]]:
    """What `fetch` says of each source."""
    return {one["name"]: one for one in run_patchflow("-C", str(folder), "--json", "fetch", *words).json["sources"]}


def letter(folder: Path, id: str, text: str = "Hello.\n") -> None:
    """A mail comes into a Maildir."""
    for place in ("cur", "new", "tmp"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / "new" / id).write_bytes(mail(text, id=f"{id}@example.net", subject=f"about {id}"))


def test_a_maildir_and_an_mbox_are_named_once(small: Path, tmp_path: Path) -> None:
    letter(tmp_path / "Mail", "a1")
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail()))
    named(small, "mine", str(tmp_path / "Mail"))
    named(small, "list", str(tmp_path / "list.mbox"))
    assert {name: one["new"] for name, one in fetched(small).items()} == {"list": 1, "mine": 1}
    letter(tmp_path / "Mail", "a2")
    letter(tmp_path / "Mail", "a3")
    assert run_patchflow("-C", str(small), "thread", "a2@example.net").code == 0, "it is read on by itself"
    found = fetched(small)
    assert (found["mine"]["new"], found["mine"]["mails"]) == (2, 3), "what was read meanwhile counts"
    assert found["list"]["new"] == 1 and found["list"]["came"] < found["list"]["asked"]
    shown = run_patchflow("-C", str(small), "fetch", "--sources").out
    assert shown.split("\n")[1].split() == ["mine", "0", "h", "2", "new", str(tmp_path / "Mail")]
    assert fetched(small, "--sources") == found, "to look asks nobody"


def test_an_older_maildir_in_its_place_and_a_clock_set_back_are_seen(small: Path, tmp_path: Path) -> None:
    def come(folder: Path, id: str, place: str, day: int) -> None:
        """A mail of this day of 2023, by the clock."""
        letter(folder, id)
        (folder / "new" / id).rename(folder / place / id)
        for one in (folder / place, folder) if place == "new" else (folder / "cur", folder / "new", folder):
            os.utime(one, (0, 1_700_000_000 + day * 86_400))

    def has(id: str) -> bool:
        return run_patchflow("-C", str(small), "thread", f"{id}@example.net").code == 0

    come(tmp_path / "Mail", "a1", "cur", 9)
    named(small, "mine", str(tmp_path / "Mail"))
    fetched(small)
    come(tmp_path / "Mail", "a2", "new", 5)
    assert has("a1") and has("a2")
    come(tmp_path / "older", "a3", "cur", 1)
    (tmp_path / "Mail").rename(tmp_path / "away")
    (tmp_path / "older").rename(tmp_path / "Mail")
    assert has("a3") and not has("a2")


@pytest.mark.parametrize("words", [["search", "bbbbb"], ["thread", "r1@example.net", "--json"]], ids=lambda one: one[0])
def test_a_file_of_the_same_size_and_time_in_its_place_is_seen(words: list[str], small: Path, tmp_path: Path) -> None:
    place = tmp_path / "list.mbox"
    place.write_bytes(mbox(patch_mail(), mail("> +\tkfree(widget);\nDo aaaaa?\n", to="<p1@example.org>")))
    assert run_patchflow("-C", str(small), "fetch", "--mbox", str(place)).code == 0
    assert "bbbbb" not in run_patchflow("-C", str(small), *words).out
    other = tmp_path / "other.mbox"
    other.write_bytes(place.read_bytes().replace(b"aaaaa", b"bbbbb"))
    shutil.copystat(place, other)
    other.replace(place)
    assert "r1@example.net" in (said := run_patchflow("-C", str(small), *words).out)
    assert words[0] == "search" or "bbbbb" in said


@pytest.mark.parametrize("kind", ["", "new"], ids=["plain", "maildir"])
def test_a_mail_in_a_folder_that_is_written_anew_in_its_place_is_seen(kind: str, small: Path, tmp_path: Path) -> None:
    """Of the same size: in a plain folder even where its time of writing is put back, and nothing came."""
    file = tmp_path / "Mail" / kind / "1"
    file.parent.mkdir(parents=True)
    file.write_bytes(mail("Do aaaaa?\n", id="r1@example.net"))
    for folder in {file.parent, tmp_path / "Mail"}:
        os.utime(folder, (0, 1_700_000_000))
    assert run_patchflow("-C", str(small), "fetch", "--mbox", str(tmp_path / "Mail")).code == 0
    time, words = file.stat().st_mtime_ns, ("-C", str(small), "thread", "r1@example.net", "--json")
    assert "aaaaa" in run_patchflow(*words).out
    file.write_bytes(file.read_bytes().replace(b"aaaaa", b"bbbbb"))
    if kind:  # where mail that came is never written to again, its time counts, which flags leave as it is
        letter(tmp_path / "Mail", "2")
    else:
        os.utime(file, ns=(0, time))
    assert "bbbbb" in run_patchflow(*words).out


def test_one_that_fails_holds_up_no_other(small: Path, tmp_path: Path) -> None:
    letter(tmp_path / "Mail", "a1")
    named(small, "gone", str(tmp_path / "nowhere"))
    named(small, "mine", str(tmp_path / "Mail"))
    ran = run_patchflow("-C", str(small), "fetch")
    assert ran.code == 4 and "nowhere is not there" in ran.out and "1 new" in ran.out
    (tmp_path / "nowhere").write_bytes(mbox(patch_mail()))
    ran = run_patchflow("-C", str(small), "fetch")
    assert ran.code == 0 and "not there" not in ran.out


@pytest.mark.parametrize("place", [
    "notmuch:", "lei:--output=x", "list.mbox", "https:///x", "notmuch:a\nb", "sent:", "sent:mbox", "sent:sent:/x",
    "sent:https://lore.kernel.org/netdev/",
])  # fmt: skip
def test_what_can_be_no_source_is_refused(small: Path, place: str) -> None:
    ran = run_patchflow("-C", str(small), "config", "patchflow.mail.x", place)
    assert ran.code == 2 and "docs/mail-programs.md" in ran.err
    git(small, "config", "patchflow.mail.x", place)
    assert run_patchflow("-C", str(small), "fetch").code == 2


def test_a_damaged_file_costs_what_it_held(small: Path, tmp_path: Path) -> None:
    letter(tmp_path / "Mail", "a1")
    named(small, "mine", str(tmp_path / "Mail"))
    fetched(small)
    (small / ".git/patchflow/fetched.json").write_text('{"x": [1]}')
    assert fetched(small)["mine"]["mails"] == 1


needs_notmuch = pytest.mark.skipif(
    not shutil.which("notmuch"), reason="notmuch is not installed: `scripts/setup --test` brings it"
)


@needs_notmuch
def test_what_notmuch_finds_can_be_what_one_sent(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for id in ("s1", "s2"):
        letter(tmp_path / "Mail", id)
    (tmp_path / "notmuch").write_text(f"[database]\npath={tmp_path}/Mail\n[user]\nprimary_email=ada@example.org\n")
    monkeypatch.setenv("NOTMUCH_CONFIG", str(tmp_path / "notmuch"))
    subprocess.run(["notmuch", "new"], check=True, capture_output=True)
    named(small, "nm", "sent:notmuch:subject:s1")
    found = fetched(small)
    assert (found["nm"]["mine"], found["nm"]["new"], found["nm"]["trouble"]) == (True, 1, "")
    assert "nothing was sent" in found["archive"]["trouble"] or found["archive"]["new"] == 0, "the lists are asked, too"
    known = ours(Clone(str(small)), ["s1@example.net", "s2@example.net"]).mails
    assert known == {"s1@example.net"}


@needs_notmuch
def test_notmuch_is_asked_by_its_command_line(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    letter(tmp_path / "Mail", "a1")
    letter(tmp_path / "Mail", "b1", "Another matter.\n")
    (tmp_path / "notmuch").write_text(f"[database]\npath={tmp_path}/Mail\n[user]\nprimary_email=ada@example.org\n")
    monkeypatch.setenv("NOTMUCH_CONFIG", str(tmp_path / "notmuch"))
    named(small, "nm", "notmuch:subject:about and not matter")
    ran = run_patchflow("-C", str(small), "fetch")
    assert ran.code == 4 and "notmuch count" in ran.out, "there is no database yet"
    subprocess.run(["notmuch", "new"], check=True, capture_output=True)
    assert fetched(small)["nm"]["new"] == 1
    assert "about a1" in run_patchflow("-C", str(small), "thread", "a1@example.net").out
    letter(tmp_path / "Mail", "a2")
    subprocess.run(["notmuch", "new"], check=True, capture_output=True)
    assert (fetched(small)["nm"]["new"], fetched(small)["nm"]["mails"]) == (1, 2)


@needs_notmuch
def test_each_mail_that_notmuch_finds_is_read_as_its_file_has_it(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """notmuch's own mbox glues a mail to one that has a NUL in it, or whose last line does not end."""
    folder = tmp_path / "Mail"
    texts = ("Cut\0off.\n", "No end", "From here\n\nFrom a@b Thu Jan  1 00:00:00 1970\n", "Last.\n")
    for number, text in enumerate(texts):
        letter(folder, f"n{number}", text)
    letter(folder, "gone")
    (tmp_path / "notmuch").write_text(f"[database]\npath={folder}\n[user]\nprimary_email=ada@example.org\n")
    monkeypatch.setenv("NOTMUCH_CONFIG", str(tmp_path / "notmuch"))
    subprocess.run(["notmuch", "new"], check=True, capture_output=True)
    (folder / "new" / "gone").rename(folder / "cur" / "gone:2,S")
    named(small, "nm", "notmuch:*")
    for _ in range(2):
        got = fetched(small)["nm"]
        assert got["mails"] == 4 and "gone" in got["trouble"] and "notmuch new" in got["trouble"]
    with closing(mail_store(Clone(str(small)))) as store:
        for number, text in enumerate(texts):
            (message,) = store.thread_of(f"n{number}@example.net")
            assert message.body.rstrip("\n") == text.rstrip("\n").replace("\0", "")
    subprocess.run(["notmuch", "new"], check=True, capture_output=True)
    assert (fetched(small)["nm"]["mails"], fetched(small)["nm"]["trouble"]) == (5, "")


@pytest.mark.long
@needs_inbox
@pytest.mark.skipif(not shutil.which("lei"), reason="lei is not installed: `scripts/setup --test` brings it")
def test_lei_fills_its_folder_again(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PI_CONFIG", str(tmp_path / "config"))
    (tmp_path / "home").mkdir(mode=0o700, exist_ok=True)
    inbox = Inbox(tmp_path, "-V2")
    inbox.write("add", mail("Hello.\n", id="a1@example.net", subject="about a1"))
    subprocess.run(["public-inbox-index", str(inbox.folder)], check=True, capture_output=True)
    try:
        words = ["lei", "q", "-q", f"--only={inbox.folder}", f"--output={tmp_path}/found", "s:about"]
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        named(small, "lei", f"lei:{tmp_path}/found")
        assert fetched(small)["lei"]["new"] == 1
        inbox.write("add", mail("Hello.\n", id="a2@example.net", subject="about a2"))
        subprocess.run(["public-inbox-index", str(inbox.folder)], check=True, capture_output=True)
        assert (fetched(small)["lei"]["new"], fetched(small)["lei"]["trouble"]) == (1, "")
    finally:
        subprocess.run(["lei", "daemon-kill"], check=False, capture_output=True, timeout=60)


@pytest.mark.long
@needs_inbox
def test_an_archive_is_asked_for_what_was_sent_or_for_a_search(
    series: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PI_CONFIG", str(tmp_path / "config"))
    inbox = Inbox(tmp_path, "-V2")
    inbox.write("add", mail("Hello.\n", id="o1@example.net", subject="of something else"))
    subprocess.run(["public-inbox-index", str(inbox.folder)], check=True, capture_output=True)
    with served(port := free_port()):
        named(series, "lore", f"http://127.0.0.1:{port}/inbox/")
        named(series, "mine", f"http://127.0.0.1:{port}/inbox/?q=s:about")
        assert {one["new"] for one in fetched(series).values()} == {0}, "nothing was sent, and nothing is found"
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    inbox.write("add", *smtp.messages())
    (one,) = run_patchflow("-C", str(series), "--json", "status").json["series"]
    inbox.write("add", said("> +int add_two;\nWhy?\n", one["sent"][-1]["message_ids"][-1], "c1@rik"))
    inbox.write("add", mail("Hello.\n", id="a1@example.net", subject="about a1"))
    subprocess.run(["public-inbox-index", str(inbox.folder)], check=True, capture_output=True)
    with served(port):  # it searches what was there when it began
        found = fetched(series)
        assert found["mine"]["new"] == 1 and found["mine"]["kind"] == "search"
        assert found["lore"]["new"] > 0 and found["lore"]["trouble"] == ""
        assert len(run_patchflow("-C", str(series), "--json", "todo").json["comments"]) == 1
    assert {one["trouble"][:5] for one in fetched(series).values()} == {"http:"}, "the server is gone"


def test_the_users_mail_files_are_left_as_they_are(small: Path, tmp_path: Path) -> None:
    """Names, flags, times and bytes: taken in, read, searched, marked, answered."""
    letter(tmp_path / "Mail", "a1")
    (tmp_path / "Mail/cur/a2:2,S").write_bytes(mail("Hello again.\n", id="a2@example.net", subject="about a2"))
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail(), mail("> +int one;\n\nWhy?\n", to="<p1@example.org>")))
    places = [tmp_path / "list.mbox", *(tmp_path / "Mail").rglob("*"), tmp_path]

    def state() -> list[object]:
        return [(path, path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in places]

    before = state()
    for words in (
        ("fetch", "--maildir", str(tmp_path / "Mail")), ("fetch", "--mbox", str(tmp_path / "list.mbox")), ("thread",),
        ("thread", "a1@example.net", "--mark", "read"), ("todo",), ("search", "hello"), ("reply", "a1@example.net"),
        ("fetch", "--rebuild"),
    ):  # fmt: skip
        assert run_patchflow("-C", str(small), *words).code in (0, 1), words
    assert state() == before


def test_those_that_are_named_are_asked_alone_and_one_can_be_ended(
    series: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config/profiles").mkdir(parents=True)
    (tmp_path / "config/profiles/here.toml").write_text('extends = "vsock"\nlore = "http://127.0.0.1:1/list/"\n')
    git(series, "config", "branch.demo.patchflow-profile", "here")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    assert run_patchflow("-C", str(series), "fetch").code == 4, "the list's archive is asked, and is not there"
    letter(tmp_path / "Mail", "a1")
    named(series, "mine", str(tmp_path / "Mail"))
    assert list(fetched(series)) == ["mine"]
    named(series, "mine", "")
    assert run_patchflow("-C", str(series), "fetch").code == 4, "none is named any more"


def test_what_follows_is_done_once_for_all_sources(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process for each of twenty lists laid the same threads out, all at once."""
    started: list[str] = []
    monkeypatch.setattr("patchflow.flow.review.mail_index.run_behind", lambda argv: started.append(argv[-1]))
    for name in ("one", "two", "three"):
        (tmp_path / name).write_bytes(mbox(mail("long\n" * 300_000, id=f"{name}@example.org")))
        git(small, "config", f"patchflow.mail.{name}", str(tmp_path / name))
    assert main(["-C", str(small), "fetch"]) == 0
    assert started == [str(small)]


def test_one_process_does_what_follows(small: Path, tmp_path: Path) -> None:
    (tmp_path / "list.mbox").write_bytes(mbox(patch_mail()))
    assert run_patchflow("-C", str(small), "fetch", "--mbox", str(tmp_path / "list.mbox")).code == 0
    here = Clone(str(small))
    code = [sys.executable, "-c", "import sys; from patchflow.flow.review.behind import main; main(sys.argv[1])"]
    with one_writer(mail_store(here).folder / "behind.lock"):
        assert subprocess.run([*code, str(small)], check=False, timeout=60).returncode == 1
        assert mail_store(here).wordless()
    assert subprocess.run([*code, str(small)], check=False, timeout=60).returncode == 0
    assert not mail_store(here).wordless()
