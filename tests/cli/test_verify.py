"""Whether what was sent arrived, and as it left: out of mail taken in, and from an archive on loopback."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_patchflow
from tests.mails import mbox


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


@pytest.fixture
def mails(series: Path, smtp: Any) -> list[bytes]:
    """The mails of v1 as the server got them."""
    p(series, "send", "--yes")
    return [raw.replace(b"\r\n", b"\n") for raw in delivered(smtp)]


def delivered(smtp: Any) -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(smtp.folder).iterdir()) if path.is_file()]


def take(series: Path, tmp_path: Path, raws: list[bytes]) -> None:
    box = tmp_path / "list.mbox"
    box.write_bytes(mbox(*raws))
    p(series, "fetch", "--mbox", str(box))


def test_what_arrived_as_it_left_is_told(series: Path, mails: list[bytes], tmp_path: Path) -> None:
    assert [row["state"] for row in p(series, "verify", "--offline", code=1)["messages"]] == ["not yet"] * 3
    assert "archive:" not in run_patchflow("-C", str(series), "status").out, "nobody looked in one"
    take(series, tmp_path, mails[:2])
    rows = p(series, "verify", "--offline", code=1)["messages"]
    assert sorted(row["state"] for row in rows) == ["arrived", "arrived", "not yet"]
    assert "archive: 2 of 3 arrived" in run_patchflow("-C", str(series), "status").out
    take(series, tmp_path, mails)
    rows = p(series, "verify", "--offline")["messages"]
    assert [(row["state"], row["changed"]) for row in rows] == [("arrived", [])] * 3
    assert [row["state"] for row in p(series, "status")["series"][0]["arrivals"]] == ["arrived"] * 3
    assert "archive: arrived" in run_patchflow("-C", str(series), "status").out
    (tmp_path / "list.mbox").unlink()
    p(series, "verify", "--url", "http://127.0.0.1:9/list/", code=1)
    assert "archive: arrived" in run_patchflow("-C", str(series), "status").out, "what was seen stays seen"


CHANGES: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("tabs", lambda raw: raw.replace(b"+int", b"+  int"), "white space is different in line"),
    ("a word", lambda raw: raw.replace(b"add_two", b"add_too"), "is different: "),
    (
        "links without end",
        lambda raw: raw + b"https://" + b"/listinfo/" * 60_000 + b" x\n",
        "lines were added from line",
    ),
    (
        "a footer",
        lambda raw: raw + b"_" * 47 + b"\nwidgets mailing list\nw@lists.example.org\n",
        "were added at the end",
    ),
    ("cut off", lambda raw: raw[: raw.rindex(b"\n@@")] + b"\n", "it ends before line"),
    ("the subject", lambda raw: raw.replace(b"Subject: ", b"Subject: [EXTERNAL] "), "the subject is '[EXTERNAL]"),
    (
        "the sender",
        lambda raw: raw.replace(b"From: Ada Example <ada@", b"From: Ada via L <l@lists."),
        "From is Ada via L",
    ),
    ("its thread", lambda raw: raw.replace(b"\nIn-Reply-To: <", b"\nIn-Reply-To: <x"), "In-Reply-To is <x"),
]


def test_what_was_changed_on_the_way_is_told(series: Path, mails: list[bytes], tmp_path: Path) -> None:
    [at] = [n for n, raw in enumerate(mails) if b"2/2]" in raw and b"add two" in raw]
    box = tmp_path / "list.mbox"
    for what, change, words in CHANGES:
        assert change(mails[at]) != mails[at], what
        box.write_bytes(mbox(*[change(raw) if n == at else raw for n, raw in enumerate(mails)]))
        p(series, "fetch", "--mbox", str(box))
        rows = p(series, "verify", "--offline", code=1)["messages"]
        assert [row["state"] for row in rows] == ["arrived", "arrived", "changed"], what
        assert words in rows[2]["changed"][0]
    assert words in run_patchflow("-C", str(series), "verify", "--offline").out
    # One list left it alone: it arrived.
    other = tmp_path / "other.mbox"
    other.write_bytes(mbox(mails[at]))
    p(series, "fetch", "--mbox", str(other))
    assert p(series, "verify", "--offline")["messages"][2]["state"] == "arrived"


class Archive(HTTPServer):
    """A public inbox that has some mails; `down` answers with an error."""

    raws: list[bytes]
    down = False
    asked = 0


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Archive)
        server.asked += 1
        status = 503 if server.down else 200 if server.raws else 404
        body = gzip.compress(mbox(*server.raws)) if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def archive() -> Iterator[Archive]:
    server = Archive(("127.0.0.1", 0), _Answers)
    server.raws = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.long
def test_the_archive_is_asked_for_what_is_not_here(series: Path, mails: list[bytes], archive: Archive) -> None:
    url = f"http://127.0.0.1:{archive.server_port}/list/"
    rows = p(series, "verify", "--url", url, code=1)["messages"]
    assert [row["state"] for row in rows] == ["not yet"] * 3
    archive.raws, archive.asked = mails, 0
    rows = p(series, "verify", "--url", url)["messages"]
    assert [(row["state"], row["where"]) for row in rows] == [("arrived", url.rstrip("/"))] * 3
    assert archive.asked == 1, "one thread, one request"


@pytest.mark.long
def test_an_archive_that_does_not_answer_is_told(series: Path, mails: list[bytes], archive: Archive) -> None:
    archive.down = True
    ran = run_patchflow("-C", str(series), "verify", "--url", f"http://127.0.0.1:{archive.server_port}/list/")
    assert ran.code == 1 and "503" in ran.err and "not there yet" in ran.out


def test_what_was_never_sent_cannot_be_verified(series: Path, tmp_path: Path) -> None:
    for words in (["verify"], ["verify", "v7"], ["verify", "last"], ["verify", "v²"], ["verify", "9" * 5000]):
        p(series, *words, code=2)
