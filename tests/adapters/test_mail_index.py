"""The mail index: growth, rewriting, duplicates, two processes, a kill in the middle."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from patchflow.adapters.mail.index import MailIndex
from patchflow.adapters.mail.index_sources import has_changed, sources_of
from patchflow.flow.review.mail import read_messages
from patchflow.formats.mail.query import parse_query
from patchflow.formats.mail.threads import build_threads
from tests.mails import mail, mbox, patch_mail, shared_mail

REPLY = mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def index(tmp_path: Path) -> MailIndex:
    return MailIndex(tmp_path / "cache")


def put(path: Path, *mails: bytes) -> Path:
    path.write_bytes(mbox(*mails))
    return path


def other(number: int, **kwargs: str) -> bytes:
    return mail(f"text {number}\n", id=f"o{number}@x", subject=f"Other {number}", **kwargs)


def test_a_thread_comes_back_as_it_is_in_the_file(index: MailIndex, tmp_path: Path) -> None:
    file = put(tmp_path / "m", patch_mail(), other(1), REPLY)
    taken = index.take_in(str(file))
    assert (taken.new, taken.threads, taken.skipped) == (3, 2, ())
    assert [m.id for m in index.thread_of("r1@example.net")] == ["p1@example.org", "r1@example.net"]
    assert index.thread_of("nobody@x") == []
    assert file.read_bytes() == mbox(patch_mail(), other(1), REPLY)


def test_taken_in_again_nothing_is_new(index: MailIndex, tmp_path: Path) -> None:
    file = put(tmp_path / "m", patch_mail(), REPLY)
    index.take_in(str(file))
    os.utime(file)
    assert index.take_in(str(file)).new == 0
    assert index.count() == (2, 1)


def test_a_grown_file_is_read_on(index: MailIndex, tmp_path: Path) -> None:
    file = put(tmp_path / "m", patch_mail(), other(1))
    index.take_in(str(file))
    with file.open("ab") as out:
        out.write(mbox(REPLY))
    assert index.refresh().new == 1
    assert len(index.thread_of("p1@example.org")) == 2


def test_a_message_cut_off_while_it_was_written_is_read_again(index: MailIndex, tmp_path: Path) -> None:
    whole = mbox(patch_mail(), REPLY)
    file = tmp_path / "m"
    file.write_bytes(whole[:-30])
    index.take_in(str(file))
    file.write_bytes(whole)
    index.refresh()
    assert index.count()[0] == 2
    assert index.thread_of("r1@example.net")[-1].body.endswith("Double free?\n")


def test_a_rewritten_file_is_noticed(index: MailIndex, tmp_path: Path) -> None:
    file = put(tmp_path / "m", patch_mail(), REPLY)
    index.take_in(str(file))
    put(file, other(1), other(2), other(3), patch_mail())
    assert index.refresh().new == 3
    assert index.count()[0] == 4
    assert [m.id for m in index.thread_of("p1@example.org")] == ["p1@example.org"]


def test_one_mail_in_two_files_is_one_until_a_file_loses_it(index: MailIndex, tmp_path: Path) -> None:
    one, two = put(tmp_path / "one", patch_mail(), REPLY), put(tmp_path / "two", REPLY, other(1))
    assert index.take_in(str(one)).new == 2
    assert index.take_in(str(two)).new == 1
    put(one, patch_mail())
    index.refresh()
    assert {m.id for m in index.thread_of("p1@example.org")} == {"p1@example.org", "r1@example.net"}


def test_two_mails_with_one_id_are_both_there(index: MailIndex, tmp_path: Path) -> None:
    index.take_in(str(put(tmp_path / "m", mail("one\n", id="a@x"), mail("two\n", id="a@x"))))
    assert sorted(m.body for m in index.thread_of("a@x")) == ["one\n", "two\n"]


def test_each_of_two_mails_with_one_id_stays_while_a_file_has_it(index: MailIndex, tmp_path: Path) -> None:
    one, another = mail("one\n", id="a@x"), mail("another\n", id="a@x")
    for name, raw in (("one", one), ("two", another), ("three", another)):
        index.take_in(str(put(tmp_path / name, raw)))
    put(tmp_path / "two", other(1), other(2))
    index.refresh()
    assert sorted(m.body for m in index.thread_of("a@x")) == ["another\n", "one\n"]
    with (tmp_path / "one").open("ab") as out:
        out.write(mbox(mail("a third\n", id="a@x")))
    os.truncate(tmp_path / "one", (tmp_path / "one").stat().st_size - 1)
    assert index.refresh().new == 1
    with (tmp_path / "one").open("ab") as out:
        out.write(b"\n" + mbox(mail("a fourth\n", id="a@x")))
    assert index.refresh().new == 1, "the third was there, though it is read again"


def test_threads_are_joined_by_a_later_file(index: MailIndex, tmp_path: Path) -> None:
    index.take_in(str(put(tmp_path / "one", mail("c\n", id="c@x", refs="<b@x>"))))
    index.take_in(str(put(tmp_path / "two", mail("a\n", id="a@x"))))
    assert index.count()[1] == 2
    index.take_in(str(put(tmp_path / "three", mail("b\n", id="b@x", refs="<a@x>"))))
    assert {m.id for m in index.thread_of("a@x")} == {"a@x", "b@x", "c@x"} == {m.id for m in index.thread_of("c@x")}


def test_a_reply_that_names_nobody_finds_its_thread_whichever_comes_first(index: MailIndex, tmp_path: Path) -> None:
    late = mail("Fine.\n", id="late@x", date="Tue, 3 Mar 2026 10:00:00 +0000")
    index.take_in(str(put(tmp_path / "one", late, REPLY)))
    index.take_in(str(put(tmp_path / "two", patch_mail())))
    assert {m.id for m in index.thread_of("p1@example.org")} == {"p1@example.org", "r1@example.net", "late@x"}


def test_maildir_with_flags_that_change(index: MailIndex, tmp_path: Path) -> None:
    folder = tmp_path / "Mail"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1").write_bytes(patch_mail())
    assert index.take_in(str(folder)).new == 1
    number = index.base.execute("SELECT id FROM messages").fetchall()
    (folder / "new" / "1").rename(folder / "cur" / "1:2,S")
    (folder / "new" / "2").write_bytes(REPLY)
    assert index.refresh().new == 1
    assert index.base.execute("SELECT id FROM messages LIMIT 1").fetchall() == number, "it is not read anew"
    assert len(index.thread_of("p1@example.org")) == 2


def test_a_maildir_is_not_listed_where_nothing_came(index: MailIndex, tmp_path: Path) -> None:
    """Mail changes the time of `new`, not the Maildir's own; what comes while it is read may not change it visibly."""
    folder = tmp_path / "Mail"
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "1").write_bytes(patch_mail())
    os.utime(folder, (0, 1_700_000_000))
    os.utime(folder / "new", (0, 1_700_000_100))
    assert index.take_in(str(folder)).new == 1
    assert not has_changed(sources_of(index.base)[0])
    (folder / "new" / "2").write_bytes(REPLY)
    assert index.refresh().new == 1
    assert has_changed(sources_of(index.base)[0]), "it came just now"


@pytest.mark.long
def test_a_large_file_is_read_whole_and_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "A line of a long report.\n" * 40_000
    file = put(tmp_path / "m", *(mail(f"{long}\nFrom here on it is {n}.\n", id=f"o{n}@x", refs="") for n in range(40)))
    assert file.stat().st_size > 40_000_000
    one, two = MailIndex(tmp_path / "one"), MailIndex(tmp_path / "two")
    assert one.take_in(str(file)).new == 40
    monkeypatch.setattr(sys, "executable", "/bin/false")  # the second process does not come up
    assert two.take_in(str(file)).new == 40
    rows = "SELECT id, mid, thread, start, size, subject, parent FROM messages ORDER BY id"
    assert one.base.execute(rows).fetchall() == two.base.execute(rows).fetchall()
    assert [row[1] for row in one.base.execute(rows)] == [f"o{n}@x" for n in range(40)]


def test_packed_files(index: MailIndex, tmp_path: Path) -> None:
    (tmp_path / "m.gz").write_bytes(gzip.compress(mbox(patch_mail(), REPLY)))
    assert index.take_in(str(tmp_path / "m.gz")).new == 2
    assert len(index.thread_of("p1@example.org")) == 2


def test_search_finds_words_of_bodies_and_subjects(index: MailIndex, tmp_path: Path) -> None:
    file = put(tmp_path / "m", patch_mail(), REPLY, other(1))
    index.take_in(str(file))
    assert [h.id for h in index.search(parse_query(["double FREE"]), 10)] == ["r1@example.net"]
    assert {h.id for h in index.search(parse_query(["widget leak"]), 10)} == {"p1@example.org"} | {
        h.id for h in index.search(parse_query(["leak"]), 10)
    }
    assert index.search(parse_query(['"; DROP TABLE words; --']), 10) == []
    with file.open("ab") as out:
        out.write(mbox(other(2)))
    index.refresh()
    assert [h.id for h in index.search(parse_query(["text 2"]), 10)] == ["o2@x"]


def test_the_words_of_an_index_that_is_no_more_are_not_found(index: MailIndex, tmp_path: Path) -> None:
    index.take_in(str(put(tmp_path / "m", patch_mail(), REPLY, other(1))))
    assert [h.id for h in index.search(parse_query(["double FREE"]), 10)] == ["r1@example.net"]
    index.close()
    index.path.unlink()  # anything in the cache may be deleted, alone too
    again = MailIndex(index.folder)
    again.take_in(str(put(tmp_path / "others", other(7))))
    assert again.search(parse_query(["double FREE"]), 10) == []
    assert [h.id for h in again.search(parse_query(["text 7"]), 10)] == ["o7@x"]


def test_a_rebuilt_index_is_searched_as_before(index: MailIndex, tmp_path: Path) -> None:
    index.take_in(str(put(tmp_path / "m", other(1), REPLY)))
    assert index.fill_words() == 2
    index.rebuild()
    assert index.wordless() > 0
    assert [h.id for h in index.search(parse_query(["double FREE"]), 10)] == ["r1@example.net"]
    assert index.wordless() == 0


def test_a_damaged_index_is_made_anew(index: MailIndex, tmp_path: Path) -> None:
    file = put(tmp_path / "m", patch_mail())
    index.take_in(str(file))
    index.close()
    index.path.write_bytes(b"this is no database" * 100)
    again = MailIndex(index.folder)
    assert again.take_in(str(file)).new == 1


def test_rebuild_reads_all_files_again(index: MailIndex, tmp_path: Path) -> None:
    index.take_in(str(put(tmp_path / "m", patch_mail(), REPLY)))
    assert index.rebuild().new == 2
    assert index.count() == (2, 1)


TAKE = "import sys; from pathlib import Path; from patchflow.adapters.mail.index import MailIndex; "
TAKE += "i = MailIndex(Path(sys.argv[1])); print(i.take_in(sys.argv[2]).new)"


def test_two_processes_at_once(tmp_path: Path) -> None:
    file = put(tmp_path / "m", *(other(n) for n in range(400)))
    argv = [sys.executable, "-c", TAKE, str(tmp_path / "cache"), str(file)]
    runs = [subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(3)]
    assert sorted(int(run.communicate()[0]) for run in runs) == [0, 0, 400]
    assert MailIndex(tmp_path / "cache").count() == (400, 400)


def test_killed_in_the_middle(tmp_path: Path) -> None:
    file = put(tmp_path / "m", *(other(n) for n in range(6000)))
    argv = [sys.executable, "-c", TAKE, str(tmp_path / "cache"), str(file)]
    for pause in (0.15, 0.3, 0.45):
        run = subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=ROOT)
        time.sleep(pause)
        run.send_signal(signal.SIGKILL)
        run.wait()
    index = MailIndex(tmp_path / "cache")
    index.take_in(str(file))
    assert index.count() == (6000, 6000)
    assert sqlite3.connect(index.path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_full_disk_is_told_and_harms_nothing(index: MailIndex, tmp_path: Path) -> None:
    index.take_in(str(put(tmp_path / "one", patch_mail())))
    pages = index.base.execute("PRAGMA page_count").fetchone()[0]
    index.base.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Exception, match="disk is full"):
        index.take_in(str(put(tmp_path / "two", *(other(n) for n in range(3000)))))
    index.close()
    assert MailIndex(index.folder).count()[0] == 1


def test_real_threads_are_those_of_the_whole_file(index: MailIndex) -> None:
    for path in sorted((shared_mail() / "threads").glob("v*.mbox")):
        index.take_in(str(path))
        for thread in build_threads(read_messages(str(path))):
            ids = {m.id for m in thread.messages}
            assert ids <= {m.id for m in index.thread_of(next(iter(ids)))}
