"""A public-inbox on disk, in both formats, as public-inbox itself writes it, and as somebody may have damaged it."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import Mock

import pytest

from patchflow.adapters.mail.index import MailIndex
from patchflow.adapters.mail.scanning import objects
from patchflow.adapters.mail.sources import read_source
from patchflow.adapters.process import run
from patchflow.cli.main import main
from patchflow.formats.mail.query import parse_query
from tests.conftest import git, run_patchflow
from tests.mails import PATCH_BODY, mail, patch_mail

needs_inbox = pytest.mark.skipif(
    not shutil.which("public-inbox-init"), reason="public-inbox is not installed: `scripts/setup --test` brings it"
)
_WRITE = (
    "use PublicInbox::Config; use PublicInbox::InboxWritable; use PublicInbox::Eml;"
    "my $how = shift; my $i = PublicInbox::InboxWritable->new(PublicInbox::Config->new->lookup_name('inbox'));"
    "my $w = $i->importer(0); for my $f (@ARGV) { open my $h, '<', $f; my $r = do { local $/; <$h> };"
    "$w->$how(PublicInbox::Eml->new(\\$r)) } $w->done;"
)
PATCH = patch_mail()
REPLY = mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>")
GADGET = PATCH_BODY.replace("widget", "gadget").replace("kfree", "vfree")
OTHER = mail("Another matter.\n", id="x1@example.org", subject="hello")


class Inbox:
    """A real public-inbox of one format."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder, self.count = folder / "inbox", 0
        words = ["public-inbox-init", version, "inbox", str(self.folder), "http://x.example/inbox", "inbox@example.org"]
        subprocess.run(words, check=True, capture_output=True)

    def write(self, how: str, *mails: bytes) -> None:
        """Adds mails (`add`), or takes them back (`remove`)."""
        paths = []
        for raw in mails:
            self.count += 1
            paths.append(self.folder.parent / f"{self.count}.eml")
            paths[-1].write_bytes(raw)
        subprocess.run(["perl", "-e", _WRITE, how, *paths], check=True, timeout=60)


@pytest.fixture(params=["-V1", "-V2"])
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Inbox:
    monkeypatch.setenv("PI_CONFIG", str(tmp_path / "config"))
    return Inbox(tmp_path, request.param)


def ids(index: MailIndex) -> set[str]:
    return {str(row[0]) for row in index.base.execute("SELECT mid FROM messages")}


@needs_inbox
def test_what_public_inbox_wrote_is_read_and_read_on(inbox: Inbox, tmp_path: Path) -> None:
    inbox.write("add", PATCH, OTHER)
    index = MailIndex(tmp_path / "index")
    assert index.take_in(str(inbox.folder)).new == 2
    assert index.refresh().new == 0
    inbox.write("add", REPLY)
    assert index.refresh().new == 1
    thread = index.thread_of("p1@example.org")
    assert [m.id for m in thread] == ["p1@example.org", "r1@example.net"]
    assert "Double free?" in thread[1].body
    inbox.write("remove", OTHER)
    index.refresh()
    assert ids(index) == {"p1@example.org", "r1@example.net"}
    inbox.write("add", OTHER)
    assert index.refresh().new == 1 and "x1@example.org" in ids(index)
    assert index.search(parse_query(["another matter"]), 5)[0].id == "x1@example.org"
    assert {m.raw.count(b"Message-ID") for m in read_source(str(inbox.folder))} == {1}
    index.close()


@needs_inbox
def test_it_is_a_source_like_any_other(
    inbox: Inbox, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox.write("add", PATCH)
    assert main(["-C", str(small), "fetch", "--mbox", str(inbox.folder)]) == 0
    assert main(["-C", str(small), "thread", "p1@example.org"]) == 0
    inbox.write("add", REPLY)
    capsys.readouterr()
    assert main(["-C", str(small), "thread", "p1@example.org"]) == 0
    assert "(1 comment)" in capsys.readouterr().out
    shutil.move(inbox.folder, tmp_path / "away")
    main(["-C", str(small), "thread", "p1@example.org"])
    assert "the file is gone" in capsys.readouterr().err


def epoch(folder: Path, number: int, mails: Iterable[bytes]) -> Path:
    """An epoch as the second format has it, with these mails."""
    place = folder / "git" / f"{number}.git"
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "-q", "--bare", ".") if not (place / "HEAD").exists() else None
    for raw in mails:
        (folder / "m").write_bytes(raw)
        blob = git(place, "hash-object", "-w", str(folder / "m"))
        tree = git(place, "mktree", stdin=f"100644 blob {blob}\tm\n")
        try:
            above = ["-p", git(place, "rev-parse", "--verify", "-q", "HEAD")]
        except AssertionError:
            above = []
        git(place, "update-ref", "HEAD", git(place, "commit-tree", tree, *above, "-m", "x"))
    return place


def test_a_new_epoch_and_a_history_written_anew_are_seen(tmp_path: Path) -> None:
    folder, index = tmp_path / "list", MailIndex(tmp_path / "index")
    first = epoch(folder, 0, [PATCH, OTHER])
    assert index.take_in(str(folder)).new == 2
    epoch(folder, 1, [REPLY])
    assert index.refresh().new == 1
    git(first, "update-ref", "-d", "HEAD")
    epoch(folder, 0, [PATCH])
    index.refresh()
    assert ids(index) == {"p1@example.org", "r1@example.net"}
    assert [m.id for m in index.thread_of("r1@example.net")] == ["p1@example.org", "r1@example.net"]
    index.close()


def test_one_repository_of_it_alone(tmp_path: Path) -> None:
    place = epoch(tmp_path / "list", 0, [PATCH, REPLY])
    index = MailIndex(tmp_path / "index")
    assert index.take_in(str(place)).new == 2
    index.close()


@pytest.mark.parametrize("what", ["no commit", "no object", "no head", "a program in its settings"])
def test_a_damaged_or_hostile_one(what: str, tmp_path: Path, small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "list"
    place = epoch(folder, 0, [] if what == "no commit" else [PATCH, REPLY])
    if what == "no object":
        blob = git(place, "rev-parse", "HEAD^:m")
        (place / "objects" / blob[:2] / blob[2:]).unlink()
    elif what == "no head":
        (place / "HEAD").write_text("nonsense\n")
    elif what == "a program in its settings":
        trap = f"touch {tmp_path}/ran"
        for key in (
            "core.fsmonitor",
            "core.sshCommand",
            "gpg.program",
            "diff.external",
            "core.pager",
            "core.hooksPath",
        ):
            git(place, "config", key, trap)
        for key in ("log.showSignature", "remote.origin.promisor"):
            git(place, "config", key, "true")
        git(place, "config", "remote.origin.url", f"ext::{trap}")
    code = main(["-C", str(small), "fetch", "--mbox", str(folder)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err and "bug in patchflow" not in said.err
    assert not (tmp_path / "ran").exists()
    assert code == {"no object": 0, "a program in its settings": 0}.get(what, 2), said


def test_a_series_of_it_is_reviewed(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "list"
    epoch(folder, 0, [PATCH, REPLY, OTHER])
    assert main(["-C", str(small), "--json", "review", str(folder)]) == 0
    assert [row["text"] for row in json.loads(capsys.readouterr().out)["open"]] == ["Double free?"]
    epoch(folder, 0, [patch_mail(GADGET, id="p5@example.org", subject="[PATCH] gadget: Free it")])
    assert main(["-C", str(small), "--json", "review", str(folder)]) == 2
    said = capsys.readouterr()
    assert "2 series" in said.err and "p5@example.org" in said.err + said.out
    assert main(["-C", str(small), "--json", "review", str(folder), "--series", "p1@example.org"]) == 0


@pytest.mark.long
def test_an_epoch_that_breaks_is_told_and_costs_no_other(small: Path, tmp_path: Path) -> None:
    """Its commits are gone after it was read once, and another one was begun: each command reads the rest."""
    folder = tmp_path / "list"
    place = epoch(folder, 0, [PATCH, REPLY])
    assert run_patchflow("-C", str(small), "fetch", "--mbox", str(folder)).code == 0
    tip = git(place, "commit-tree", "-p", "HEAD", "-m", "x", "HEAD^{tree}")
    lost = git(place, "commit-tree", "-p", tip, "-m", "y", "HEAD^{tree}")
    git(place, "update-ref", "HEAD", git(place, "commit-tree", "-p", lost, "-m", "z", "HEAD^{tree}"))
    (place / "objects" / lost[:2] / lost[2:]).unlink()
    epoch(folder, 1, [OTHER])
    ran = run_patchflow("-C", str(small), "thread", "p1@example.org")
    assert ran.code == 0 and "0.git: `git" in ran.err and lost in ran.err, ran.err
    ran = run_patchflow("-C", str(small), "search", "another matter")
    assert ran.code == 0 and "x1@example.org" in ran.out and not ran.err, "told once"
    assert "p1@example.org" in run_patchflow("-C", str(small), "search", "widget").out
    other = epoch(tmp_path / "other", 0, [PATCH])
    (other / "HEAD").write_text("nonsense\n")
    ran = run_patchflow("-C", str(small), "fetch", "--mbox", str(tmp_path / "other"))
    assert ran.code == 2 and "no mail" in ran.err and "not a git repository" in ran.err, ran.err


def many(folder: Path, count: int) -> Path:
    """An epoch with so many mails, and a last one that has no Message-ID; the first is taken back."""
    place = epoch(folder, 0, [])
    mails = [mail(f"Number {n}.\n", id=f"n{n}@example.org", subject=f"hello {n}") for n in range(count)]
    mails.append(OTHER.replace(b"Message-ID: <x1@example.org>\n", b""))
    files = [(b"m", raw) for raw in mails] + [(b"d", mails[0])]
    stream = b"".join(
        b"commit refs/heads/all\ncommitter A <a@example.org> 1700000000 +0000\ndata 0\ndeleteall\n"
        b"M 644 inline %s\ndata %d\n%s\n" % (name, len(raw), raw)
        for name, raw in files
    )
    subprocess.run(["git", f"--git-dir={place}", "fast-import", "--quiet"], input=stream, check=True, timeout=60)
    git(place, "symbolic-ref", "HEAD", "refs/heads/all")
    return folder


def test_many_mails_are_read_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = many(tmp_path / "list", 3001)
    index = MailIndex(tmp_path / "index")
    assert index.take_in(str(folder)).new == 3001
    found = ids(index)
    assert {f"n{n}@example.org" for n in range(1, 3001)} <= found and "n0@example.org" not in found
    assert any(one.endswith("@no-message-id.invalid") for one in found)
    assert index.thread_of("n3000@example.org")[0].body == "Number 3000.\n"
    index.close()
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    index = MailIndex(tmp_path / "other")
    (broken,) = index.take_in(str(folder)).skipped
    assert "The process that reads mails' headers ended with status 1" in broken[1]
    monkeypatch.undo()
    assert index.rebuild().new == 3001, "it is read whole the next time"
    index.close()


@pytest.mark.parametrize("some", [1, 2, 7, 1 << 20])
def test_what_git_prints_is_read_however_it_comes(some: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails longer than a block, empty ones, ones over the limit, what is no mail, and what broke off."""
    readv = os.readv
    monkeypatch.setattr("os.readv", lambda file, free: readv(file, [free[0][:some]]))
    monkeypatch.setattr("patchflow.adapters.mail.scanning._BLOCK", 64)
    monkeypatch.setattr("patchflow.adapters.mail.scanning._LARGEST", 300)
    mails = [b"", b"x", b"\n\n", b"a blob 3\nabc\n", b"y" * 300, b"z" * 301, b"last\n"]
    printed = b"".join(
        b"%d blob %d\n%s\n%d missing\n%d tree 2\nt\n\n" % (n, len(m), m, n, n) for n, m in enumerate(mails)
    )
    (tmp_path / "printed").write_bytes(printed + b"9 blob 900\nbroken")
    with (tmp_path / "printed").open("rb") as file:
        found = [(name, bytes(raw[begin:end])) for name, raw, begin, end in objects(file.fileno())]
    assert found == [(str(n), b"\n" + m) for n, m in enumerate(mails) if len(m) <= 300]


def test_mails_that_cannot_be_read_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One over the limit, and one that the clone has not; once, and the others are read."""
    monkeypatch.setattr("patchflow.adapters.mail.scanning._LARGEST", 2000)
    place = epoch(tmp_path / "list", 0, [PATCH, OTHER + b"x" * 2000])
    tree = git(place, "mktree", "--missing", stdin=f"100644 blob {'1' * 40}\tm\n")
    git(place, "update-ref", "HEAD", git(place, "commit-tree", tree, "-p", "HEAD", "-m", "x"))
    epoch(tmp_path / "list", 0, [REPLY])
    index = MailIndex(tmp_path / "index")
    intake = index.take_in(str(tmp_path / "list"))
    assert intake.skipped == ((str(place), "2 mails left out: over 64 MB, or not in this clone"),)
    assert ids(index) == {"p1@example.org", "r1@example.net"}
    epoch(tmp_path / "list", 0, [OTHER])
    again = index.refresh()
    assert (again.new, again.skipped) == (1, ())
    index.close()


def test_what_was_read_of_an_inbox_is_let_go(tmp_path: Path) -> None:
    """A mail that two lists have is read from both; nothing of their packs stays in memory, which grew with each list,
    nor waits for the collector, which seldom runs."""
    index, mapped = MailIndex(tmp_path / "index"), Path("/proc/self/maps")
    gc.disable()
    try:
        for name in ("list", "other"):
            folder = many(tmp_path / name, 200)
            index.take_in(str(folder))
            assert str(folder) not in mapped.read_text()
    finally:
        gc.enable()
    assert len(ids(index)) == 200
    index.close()


@pytest.mark.parametrize("how", ["loose", "packed", "a link to a link", "in tables"])
def test_git_is_not_asked_where_nothing_came(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, index = tmp_path / "list", MailIndex(tmp_path / "index")
    place = epoch(folder, 0, [PATCH])
    if how == "a link to a link":
        git(place, "update-ref", "refs/heads/deep/one", "HEAD")
        git(place, "symbolic-ref", git(place, "symbolic-ref", "HEAD"), "refs/heads/deep/one")
    (place / "reftable").mkdir()
    tables = place / "reftable/tables.list"  # git before 2.45 looks at no tables
    tables.write_text("1.ref\n")

    def again() -> tuple[int, int]:
        """How often git was asked, and how many mails came."""
        asked = Mock(side_effect=run)
        with monkeypatch.context() as patched:
            patched.setattr("patchflow.adapters.mail.inbox.run", asked)
            return index.take_in(str(folder)).new, asked.call_count

    assert again()[0] == 1
    assert again() == (0, 0)
    epoch(folder, 0, [REPLY])
    if how == "packed":
        git(place, "pack-refs", "--all")
    assert again()[0] == 1
    assert again() == (0, 0)
    if how == "in tables":
        (place / "new").write_text("2.ref\n")
        (place / "new").replace(tables)
        assert again()[1] > 0
    epoch(folder, 1, [OTHER])
    assert again()[0] == 1
    (folder / "git/1.git/HEAD").write_text("nonsense\n")
    assert again()[1] > 0 and again()[1] > 0, "what cannot be read is told each time"
    index.close()


def test_refs_in_tables_as_git_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DEFAULT_REF_FORMAT", "reftable")
    folder, index = tmp_path / "list", MailIndex(tmp_path / "index")
    if not (epoch(folder, 0, [PATCH]) / "reftable/tables.list").exists():
        pytest.skip("git before 2.45 keeps no refs in tables")
    assert index.take_in(str(folder)).new == 1
    epoch(folder, 0, [REPLY])
    assert index.take_in(str(folder)).new == 1
    assert index.thread_of("p1@example.org")[1].body == "> +\tkfree(widget);\nDouble free?\n"
    with monkeypatch.context() as patched:
        patched.setattr("patchflow.adapters.mail.inbox.run", Mock(side_effect=AssertionError("git was asked")))
        assert index.take_in(str(folder)).new == 0
    index.close()
