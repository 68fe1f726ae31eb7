"""A public inbox that misbehaves, and a real one."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from patchflow.adapters.http import GuardedSession
from patchflow.adapters.lore import open_inbox
from patchflow.adapters.lore.inbox import Inbox
from patchflow.cli.main import main
from patchflow.errors import OutsideError, UsageError
from tests.mails import mail, mbox, patch_mail, shared_mail

THREAD = mbox(patch_mail(), *(mail(f"reply {n}\n", id=f"r{n}@x", to="<p1@example.org>") for n in range(50)))
PACKED = gzip.compress(THREAD, mtime=0)


class Faulty(BaseHTTPRequestHandler):
    """Answers with what the test put on the server."""

    def do_GET(self) -> None:
        server: Server = self.server  # type: ignore[assignment]
        status, headers, body, length = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if status == 0:
            time.sleep(3)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *args: object) -> None:
        """Nothing."""


Answer = tuple[int, dict[str, str], bytes, int | None]


class Server(HTTPServer):
    """Where an answer is status (0: none in time), headers, body and the length it claims."""

    answers: list[Answer]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Faulty)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def inbox(server: Server, waits: list[float] | None = None) -> Inbox:
    session = GuardedSession(wait=(waits if waits is not None else []).append)
    return Inbox(f"http://127.0.0.1:{server.server_port}/list/", session, timeout=(1.0, 1.0))


def test_a_thread(server: Server) -> None:
    server.answers = [(200, {"Content-Type": "application/gzip"}, PACKED, None)]
    fetched = inbox(server).thread("p1@example.org")
    assert fetched and fetched.mbox == THREAD and not fetched.cut


def test_retry_after_is_waited_for(server: Server) -> None:
    waits: list[float] = []
    server.answers = [(429, {"Retry-After": "7"}, b"", None), (503, {}, b"", None), (200, {}, PACKED, None)]
    fetched = inbox(server, waits).thread("p1@example.org")
    assert fetched and waits[0] == 7.0 and len(waits) == 2


def test_too_long_a_wait_is_told(server: Server) -> None:
    server.answers = [(429, {"Retry-After": "3600"}, b"", None)]
    with pytest.raises(OutsideError, match="asks to wait 3600 s"):
        inbox(server).thread("p1@example.org")


def test_a_web_page_instead_of_mail(server: Server) -> None:
    server.answers = [(200, {"Content-Type": "text/html"}, b"<html>are you a robot?</html>", None)]
    with pytest.raises(OutsideError, match="web page instead of mail"):
        inbox(server).thread("p1@example.org")


def test_a_cut_off_answer_keeps_what_arrived(server: Server) -> None:
    packed = gzip.compress(THREAD, compresslevel=1, mtime=0)
    server.answers = [(200, {}, packed[: len(packed) - 200], len(packed))]
    fetched = inbox(server).thread("p1@example.org")
    assert fetched and "cut off" in fetched.cut
    assert THREAD.startswith(fetched.mbox) and fetched.mbox.count(b"From mboxrd@z") > 5


def test_not_there_refused_and_silent(server: Server) -> None:
    server.answers = [(404, {}, b"", None)]
    assert inbox(server).thread("p1@example.org") is None
    server.answers = [(403, {}, b"", None)]
    with pytest.raises(OutsideError, match="status 403"):
        inbox(server).thread("p1@example.org")
    server.answers = [(0, {}, b"", None)]
    with pytest.raises(OutsideError, match="no answer within its time"):
        inbox(server).thread("p1@example.org")


def test_nobody_listens() -> None:
    with pytest.raises(OutsideError, match="refused"):
        open_inbox(f"http://127.0.0.1:{unused_port()}/x/").thread("a@b")


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def mirrors(server: Server, *hosts: str) -> None:
    """Names mirrors of the server's host, as b4 and lei read them."""
    for host in hosts:
        key = f"liblore.http://127.0.0.1:{server.server_port}.fallback"
        subprocess.run(["git", "config", "--global", "--add", key, host], check=True)


@pytest.mark.parametrize(
    "answer",
    [None, (0, {}, b"", None), (502, {}, b"", None), (429, {"Retry-After": "3600"}, b"", None)],
    ids=["nobody", "silent", "broken", "later"],
)
def test_a_mirror_that_does_not_answer_makes_room(server: Server, answer: Answer | None) -> None:
    server.answers = [(200, {}, PACKED, None)]
    first = Server(("127.0.0.1", 0), Faulty)
    threading.Thread(target=first.serve_forever, daemon=True).start()
    port = first.server_port
    if answer:
        first.answers = [answer]
    else:
        first.shutdown()
        first.server_close()
    mirrors(server, f"http://127.0.0.1:{port}")
    fetched = inbox(server).thread("p1@example.org")
    assert fetched and fetched.mbox == THREAD
    first.shutdown()
    first.server_close()


def test_a_mirror_is_asked_first_and_the_host_itself_not_at_all(server: Server) -> None:
    server.answers = [(403, {}, b"", None)]
    first = Server(("127.0.0.1", 0), Faulty)
    first.answers = [(200, {}, PACKED, None)]
    threading.Thread(target=first.serve_forever, daemon=True).start()
    mirrors(server, f"http://127.0.0.1:{first.server_port}")
    assert inbox(server).thread("p1@example.org")
    first.shutdown()
    first.server_close()


def test_where_no_host_answers_all_are_named(server: Server) -> None:
    port = unused_port()
    mirrors(server, f"http://127.0.0.1:{port}")
    server.answers = [(0, {}, b"", None)]
    for ask in (inbox(server).thread, inbox(server).has):
        with pytest.raises(OutsideError, match=rf"no answer.*Nor could its mirrors: http://127.0.0.1:{port}\."):
            ask("p1@example.org")


def test_a_mirror_that_is_none_is_told(server: Server) -> None:
    mirrors(server, "lore.example.org/all")
    with pytest.raises(UsageError, match=r"mirrors of .* cannot be used"):
        inbox(server)


def test_no_url() -> None:
    with pytest.raises(UsageError, match="not a URL"):
        open_inbox("ftp://x")


def test_fetch_lore_and_then_thread(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    server.answers = [(200, {}, PACKED, None)]
    url = f"http://127.0.0.1:{server.server_port}/list/"
    base = ["-C", str(tmp_path), "--json"]
    assert main([*base, "fetch", "--lore", "p1@example.org", "--url", url]) == 0
    assert json.loads(capsys.readouterr().out) == {"new": 51, "threads": 1, "skipped": []}
    assert main([*base, "fetch", "--lore", "p1@example.org", "--url", url]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 0
    assert main([*base, "thread", "p1@example.org"]) == 0
    (thread,) = json.loads(capsys.readouterr().out)["threads"]
    assert len(thread["messages"]) == 51
    assert main([*base, "search", "reply 7"]) == 0
    assert [m["id"] for m in json.loads(capsys.readouterr().out)["messages"]] == ["r7@x"]
    server.answers = [(404, {}, b"", None)]
    assert main([*base, "fetch", "--lore", "gone@x", "--url", url]) == 0
    assert "does not have it" in json.loads(capsys.readouterr().out)["skipped"][0]["why"]


needs_inbox = pytest.mark.skipif(
    not shutil.which("public-inbox-httpd"), reason="public-inbox is not installed: `scripts/setup --test` brings it"
)


@pytest.fixture
def real_inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[Path]]]:
    """A real public-inbox on loopback that serves real threads."""
    files = sorted((shared_mail() / "threads").glob("vsock-*.mbox"))
    home = tmp_path / "pi"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PI_CONFIG", str(home / "config"))
    store = home / "inbox"
    url = "http://127.0.0.1/inbox"
    subprocess.run(["public-inbox-init", "-V1", "inbox", str(store), url, "inbox@example.org"], check=True)
    maildir = home / "maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    from patchflow.formats.mail.mbox import split_mbox

    count = 0
    for file in files:
        for _, raw in split_mbox(file.read_bytes()):
            count += 1
            (maildir / "new" / f"{count:05}").write_bytes(raw)
    script = (
        "use PublicInbox::Config; use PublicInbox::InboxWritable; use PublicInbox::Eml;"
        "my $i = PublicInbox::InboxWritable->new(PublicInbox::Config->new->lookup_name('inbox'));"
        "my $w = $i->importer(0); for my $f (sort glob($ARGV[0])) { open my $h, '<', $f; local $/; my $r = <$h>;"
        "$w->add(PublicInbox::Eml->new(\\$r)) } $w->done;"
    )
    subprocess.run(["perl", "-e", script, f"{maildir}/new/*"], check=True)
    subprocess.run(["public-inbox-index", str(store)], check=True)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    listening.close()
    httpd = subprocess.Popen(["public-inbox-httpd", "-l", f"127.0.0.1:{port}", "-W0"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/inbox/", files
    finally:
        httpd.terminate()
        httpd.wait()


@needs_inbox
@pytest.mark.long
def test_a_real_inbox_gives_the_trees_of_the_files(
    real_inbox: tuple[str, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, files = real_inbox
    clone = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", str(clone)], check=True)
    compared = 0
    for file in files:
        assert main(["--json", "thread", "--mbox", str(file)]) == 0
        for wanted in json.loads(capsys.readouterr().out)["threads"]:
            root = wanted["messages"][0]["id"]
            assert main(["-C", str(clone), "--json", "fetch", "--lore", root, "--url", url]) == 0
            capsys.readouterr()
            assert main(["-C", str(clone), "--json", "thread", root]) == 0
            (found,) = json.loads(capsys.readouterr().out)["threads"]
            keys = ("id", "parent", "depth", "kind", "comments")
            assert [[m[k] for k in keys] for m in found["messages"]] == [
                [m[k] for k in keys] for m in wanted["messages"]
            ], (file.name, root)
            compared += 1
    assert compared >= len(files)
