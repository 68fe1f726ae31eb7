"""The same mails give the same, whichever way they come in: an mbox, a Maildir, files, a public-inbox, at once or piece
by piece."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from patchflow.adapters.mail import scanning, writer
from patchflow.adapters.mail.index import MailIndex
from tests.adapters.test_inbox import epoch
from tests.conftest import run_patchflow
from tests.mails import mail, mbox, patch_mail
from tests.sampled import few

# Mails that one of the ways once read otherwise than the others.
ODD = [
    b"\n\r\n" + mail("Blank lines in front.\n", id="blank@x"),
    mail("Folded.\n", id="crlf@x", sender='"Olga\n Other" <olga@\n example.com>').replace(b"\n", b"\r\n"),
    mail("> x\n>From here on.\n>>From there.\n", id="quoted@x"),
    mail("See:\n\nFrom a@b Thu Jan  1 00:00:00 1970\nSubject: no mail\n", id="within@x"),
    mail("Half a character.\n", id="half@x", sender="=?utf-7?q?+2AA-?= <u@x>", subject="=?utf-7?q?a+2AA-?="),
    mail("Half a body. +2AA-\n", id="halfbody@x", extra="Content-Type: text/plain; charset=utf-7"),
    mail("Old.\n", id="old@x", date="1 Jan 0001 00:00:00 +1400"),
    mail("Late.\n", id="late@x", date="31 Dec 9999 23:59:59 -2300"),
    mail("Lost.\n", id="lost@x", date="Tue, 3 Mar 2026 10:00:00 +0000"),
    patch_mail(),
    mail("Nobody.\n", id="gone@x").replace(b"Message-ID: <gone@x>\n", b""),
    mail("Another text.\n", id="quoted@x"),
]
LINE = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"


def rows(index: MailIndex) -> tuple[list[tuple[object, ...]], dict[str, list[str]]]:
    """What the index says of each mail, and who is in its thread."""
    names = "mid, sender, who, date, subject, parent, title, revision, part, parts, reply, patch, change_id"
    found = sorted(index.base.execute(f"SELECT {names} FROM messages").fetchall())
    return found, {str(row[0]): sorted(m.id for m in index.thread_of(row[0])) for row in found}


def maildir(folder: Path, mails: Sequence[bytes]) -> Path:
    for name in ("cur", "new"):
        (folder / name).mkdir(parents=True)
    for number, raw in enumerate(mails):
        place = f"cur/{number:02}:2,S" if number % 2 else f"new/{number:02}"
        (folder / place).write_bytes(raw)
    return folder


@pytest.mark.parametrize("size", [64, 1 << 20])
@pytest.mark.parametrize("turned", [False, True])
def test_every_door_gives_the_same(size: int, turned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_BLOCK", size)
    monkeypatch.setattr(writer, "_BATCH", 2000 if size > 64 else 1)
    mails = ODD[::-1] if turned else ODD
    (tmp_path / "mbox").write_bytes(mbox(*(raw.lstrip(b"\r\n") for raw in mails)))
    files = [tmp_path / f"{number}.eml" for number in range(len(mails))]
    for path, raw in zip(files, mails, strict=True):
        path.write_bytes(raw)
    epoch(tmp_path / "inbox", 0, mails)
    doors = [[tmp_path / "mbox"], [maildir(tmp_path / "Mail", mails)], files, [tmp_path / "inbox"]]
    seen = []
    for number, paths in enumerate(doors):
        index = MailIndex(tmp_path / f"index{number}")
        assert sum(index.take_in(str(path)).new for path in paths) == len(ODD)
        seen.append(rows(index))
        assert "p1@example.org" in seen[-1][1]["lost@x"]
        index.close()
    assert seen[0] == seen[1] == seen[2] == seen[3]


def test_text_that_is_no_text_is_taken_in(small: Path, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(mbox(*ODD[4:6]))
    assert json.loads(run_patchflow("-C", str(small), "fetch", "--mbox", str(tmp_path / "m"), "--json").out)["new"] == 2
    found = run_patchflow("-C", str(small), "search", "half", "--json")
    assert found.code == 0 and {"half@x", "halfbody@x"} == set(re.findall(r"half(?:body)?@x", found.out))
    assert run_patchflow("-C", str(small), "thread", "half@x").code == 0


def by_length(mails: Sequence[bytes]) -> bytes:
    """As mboxcl2 has it: a length instead of quoting."""
    parts = [raw.partition(b"\n\n") for raw in mails]
    return b"".join(b"%s%s\nContent-Length: %d\n\n%s\n" % (LINE, head, len(body), body) for head, _, body in parts)


FORMS: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "mboxrd": lambda mails: mbox(*mails),
    "crlf": lambda mails: mbox(*mails).replace(b"\n", b"\r\n"),
    "prose": lambda mails: b"".join(LINE + raw.replace(b"Thu Jan", b"then") + b"\n" for raw in mails),
    "lengths": by_length,
    "single": lambda mails: mails[0] + b"\n" + mbox(*mails[1:]),
}
PIECES = [mail("One.\n\nFrom a@b Thu Jan  1 00:00:00 1970\nX: y\n", id=f"{n}@x", refs="<top@x>") for n in range(3)]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_read_while_it_is_written_gives_the_same(form: str, tmp_path: Path) -> None:
    whole = FORMS[form](PIECES)
    (tmp_path / "whole").write_bytes(whole)
    once = MailIndex(tmp_path / "once")
    once.take_in(str(tmp_path / "whole"))
    ends = [0, *(match.end() for match in re.finditer(rb"\n(?:\r?\n|From )", whole))]
    for cuts in few([*combinations(ends, 1), *combinations(ends, 2)], 8):
        index = MailIndex(tmp_path / "-".join(map(str, cuts)))
        for number, cut in enumerate([*cuts, len(whole)]):
            (tmp_path / "m").write_bytes(whole[:cut])
            os.utime(tmp_path / "m", ns=(0, number))
            index.take_in(str(tmp_path / "m"))
        assert rows(index) == rows(once), cuts
        index.close()
    once.close()


def test_a_folder_of_files_that_change_and_of_one_that_holds_more(tmp_path: Path) -> None:
    """A file that was written anew is read anew, and one that holds several mails is told."""
    folder, index = tmp_path / "patches", MailIndex(tmp_path / "index")
    folder.mkdir()
    (folder / "1").write_bytes(patch_mail())
    index.take_in(str(folder))
    (folder / "1").write_bytes(mail("Another mail.\n", id="other@x"))
    (folder / "2").write_bytes(mbox(*PIECES))
    taken = index.take_in(str(folder))
    assert [str(row[0]) for row in rows(index)[0]] == ["0@x", "other@x"]
    assert [(where, why.partition(",")[0]) for where, why in taken.skipped] == [
        (str(folder / "2"), "it holds several mails")
    ]
    index.close()


def test_one_large_mail_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_LARGE", 100)
    (tmp_path / "one.eml").write_bytes(mail("See:\n\n" + "From a\nx: y\n\n" * 9, id="large@x"))
    index = MailIndex(tmp_path / "index")
    assert index.take_in(str(tmp_path / "one.eml")).new == 1
    index.close()
