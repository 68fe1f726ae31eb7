"""A server with many faces: every answer ends in one sentence, and nothing follows it elsewhere."""

from __future__ import annotations

import base64
import gzip
import json
import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme

from patchflow.adapters import http, web
from patchflow.adapters.http import GuardedSession
from patchflow.cli.main import main
from patchflow.errors import OutsideError
from tests.conftest import git
from tests.sampled import few

Face = Callable[["Faces"], None]


def _bomb() -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(260)) + packer.flush()


def body(content: bytes, kind: str = "text/html", status: int = 200, length: int | None = None, **more: str) -> Face:
    """A face that answers with this body; `length` is the length it claims, `more` further headers."""

    def answer(to: Faces) -> None:
        to.send_response(status)
        to.send_header("Content-Type", kind)
        to.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in more.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(content)

    return answer


def moved(location: str) -> Face:
    """A face that redirects; PORT and HERE stand for the server's port and the path that was asked."""

    def answer(to: Faces) -> None:
        place = location.replace("PORT", str(to.port)).replace("HERE", to.path)
        body(b"", status=302, Location=place)(to)

    return answer


def raw(content: bytes) -> Face:
    """A face that writes these bytes instead of HTTP."""

    def answer(to: Faces) -> None:
        to.wfile.write(content)

    return answer


def slowly(head: bool) -> Face:
    """A byte every tenth of a second, of the headers or of the body."""

    def answer(to: Faces) -> None:
        if not head:
            to.send_response(200)
            to.send_header("Content-Length", "100000")
            to.end_headers()
        for _ in range(200):
            to.wfile.write(b"X")
            time.sleep(0.1)

    return answer


def document(value: object) -> Face:
    """A face that answers with JSON."""
    return body(json.dumps(value).encode(), "application/json")


EVIL = "\x1b[2J‮accepted\x9b31m"
BOMB = _bomb()
FACES: dict[str, Face] = {
    "long": body(b"x" * 100, length=5000),
    "short": body(b"x" * 5000, length=10),
    "negative-length": body(b"x", length=-5),
    "huge-length": body(b"x" * 10, length=10**18),
    "endless-length": body(b"x", Content_Length="9" * 6000),
    "gzip-bad": body(b"not gzip", Content_Encoding="gzip"),
    "gzip-cut": body(gzip.compress(b"open " * 1000)[:40], Content_Encoding="gzip"),
    "gzip-bomb": body(BOMB, Content_Encoding="gzip"),
    "gzip-bomb-as-body": body(BOMB, "application/gzip"),
    "gzip-bomb-second": body(gzip.compress(b"From x\n") + BOMB, "application/gzip"),
    "gzip-of-nothing": body(gzip.compress(b""), "application/gzip"),
    "brotli": body(b"xx", Content_Encoding="br"),
    "twice-packed": body(gzip.compress(gzip.compress(b"open")), Content_Encoding="gzip, gzip"),
    "charset-unknown": body(b"<b>open</b>", "text/html; charset=nonsense-9"),
    "charset-zlib": body(b"<b>open</b>", "text/html; charset=zlib_codec"),
    "charset-idna": body(b"<b>open</b>", "text/html; charset=idna"),
    "charset-escape": body(b"\\N{", "text/html; charset=unicode_escape"),
    "charset-undefined": body(b"x", "application/json; charset=undefined"),
    "drip": slowly(head=False),
    "drip-headers": slowly(head=True),
    "chunk-bad": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nabc\r\n"),
    "chunk-huge": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc\r\n"),
    "no-http": raw(b"\xff\xfe garbage\r\n\r\n"),
    "header-flood": raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n"),
    "header-long": raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"),
    "status-odd": raw(b"HTTP/1.1 999999 OK\r\n\r\n"),
    "nothing": raw(b""),
    "reason": raw(b"HTTP/1.1 500 \x1b[31mEVIL\xc2\x9b31m\x07\r\nContent-Length: 0\r\n\r\n"),
    "to-file": moved("file:///etc/passwd"),
    "to-metadata": moved("http://169.254.169.254/latest/meta-data/"),
    "to-itself": moved("HERE"),
    "to-other-host": moved("http://127.0.0.2:PORT/stolen/"),
    "to-other-port": moved("http://127.0.0.1:1/"),
    "to-user-at": moved("http://127.0.0.1:PORT@127.0.0.2/stolen/"),
    "to-ftp": moved("ftp://127.0.0.1/x"),
    "to-bad": moved("http://[::1"),
    "to-bad-port": moved("http://127.0.0.1:99999999/"),
    "to-nowhere": moved(""),
    "to-escapes": moved("http://127.0.0.1:PORT/\x1b[2J"),
    "asks-password": body(b"", status=401, WWW_Authenticate='Basic realm="\x1b]0;x\x07give me"'),
    "later-much": body(b"", status=503, Retry_After="99999999999999999999"),
    "later-9999": body(b"", status=503, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"),
    "later-digits": body(b"", status=503, Retry_After="²"),
    "empty": body(b""),
    "html": body(b"<html><script>x</script>"),
    "cookie": body(b"open", Set_Cookie="a=b", Refresh="0; url=http://127.0.0.2/stolen/"),
    "evil-page": body(f"<html><img src='closed{EVIL}'> \x1b]0;t\x07 net-next is OPEN".encode()),
    "json-odd": document([{"id": 10**400, "state": 5, "url": 5, "web_url": None, "msgid": 7, "name": {}}]),
    "json-evil": document([{"id": 1, "state": EVIL + "x" * 100_000, "web_url": EVIL, "msgid": "<x>", "name": "[b]x"}]),
    "json-elsewhere": document([{"id": 1, "state": "new", "url": "http://127.0.0.2/stolen/", "checks": "file:///etc"}]),
    "json-deep": body(b"[" * 100_000 + b"]" * 100_000, "application/json"),
    "json-null": document(None),
    "json-list": document([None, 1, "x", [], {}]),
    "json-cut": body(b"{", "application/json"),
    "json-utf": body(b'[{"id":1,"state":"\xff\xfe"}]', "application/json; charset=utf-7"),
    "json-number": body(b'[{"id":' + b"9" * 10_000 + b',"state":"new"}]', "application/json"),
    "json-nan": body(b'[{"id":NaN,"state":Infinity,"check":"\\ud800"}]', "application/json"),
}


class Faces(BaseHTTPRequestHandler):
    """Answers with the face that the path's first part names; keeps what was asked of which host."""

    protocol_version = "HTTP/1.1"
    port: ClassVar[int] = 0
    asked: ClassVar[list[tuple[str, str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.headers.get("Host", ""), self.path, self.headers.get("Authorization")))
        self.close_connection = True
        with suppress(OSError, KeyError):
            FACES[self.path.split("/")[1].split("?")[0]](self)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[int]:
    """The server on 127.0.0.1 and 127.0.0.2, at one port."""
    first = ThreadingHTTPServer(("127.0.0.1", 0), Faces)
    second = ThreadingHTTPServer(("127.0.0.2", first.server_port), Faces)
    Faces.asked, Faces.port = [], first.server_port
    for one in (first, second):
        one.daemon_threads = True
        threading.Thread(target=one.serve_forever, daemon=True).start()
    try:
        yield first.server_port
    finally:
        for one in (first, second):
            one.shutdown()
            one.server_close()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, sealed: Path) -> Iterator[int]:
    """The server's port, with short deadlines and a .netrc for every host."""
    monkeypatch.setattr(http, "_EXCHANGE", 1.0)
    monkeypatch.setattr(web, "_EXCHANGE", 1.0)
    (sealed / ".netrc").write_text("machine 127.0.0.1 login a password named\ndefault login b password NETRCSECRET\n")
    (sealed / ".netrc").chmod(0o600)
    with serving() as number:
        yield number


def judged(face: str, capsys: pytest.CaptureFixture[str], *words: str) -> None:
    """Runs a command against a face; whatever came, it ended well and nothing of it reached elsewhere."""
    code = main(list(words))
    said = "".join(capsys.readouterr())
    assert code in (0, 1, 2, 3, 4), face
    assert "bug in patchflow" not in said and "Traceback" not in said, (face, said)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f‪-‮⁦-⁩]", said), (face, said)
    assert all(host.startswith("127.0.0.1:") and auth is None for host, _, auth in Faces.asked), (face, Faces.asked)


@pytest.mark.long
def test_fetch_from_lore(small: Path, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    for face in few(FACES, 12):
        url = f"http://127.0.0.1:{port}/{face}/"
        judged(face, capsys, "-C", str(small), "fetch", "--lore", "a@example.org", "--url", url)


@pytest.mark.long
def test_fetch_from_patchwork(
    series: Path, smtp: Any, port: int, sealed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-C", str(series), "send", "--yes"]) == 0
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    git(series, "config", "branch.demo.patchflow-profile", "faces")
    for face in few(FACES, 12):
        (profiles / "faces.toml").write_text(
            f'extends = "net-next"\ntitle = "x"\npatchwork = "http://127.0.0.1:{port}/{face}"\n'
        )
        judged(face, capsys, "-C", str(series), "fetch", "--patchwork")
        judged(face, capsys, "-C", str(series), "status")


def test_the_status_page(small: Path, port: int, sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    for face in few(FACES, 12):
        (profiles / f"{face}.toml").write_text(
            f'extends = "net-next"\ntitle = "x"\n[window]\nstatus_url = "http://127.0.0.1:{port}/{face}/"\n'
        )
        judged(face, capsys, "-C", str(small), "window", "--tree", face)


def test_a_slow_answer_ends_by_the_deadline_of_the_whole(port: int) -> None:
    for face in ("drip", "drip-headers"):
        session = GuardedSession()
        try:
            session.request("GET", f"http://127.0.0.1:{port}/{face}/")
        except OutsideError as error:
            assert "no whole answer within 1 s" in error.message
        else:
            assert "its time was up" in session.cut


def test_a_redirect_to_a_named_host_leads_to_public_addresses_only(port: int) -> None:
    with pytest.raises(OutsideError, match="in a private network"):
        GuardedSession(["127.0.0.2"]).request("GET", f"http://127.0.0.1:{port}/to-other-host/")
    assert not any("stolen" in path for _, path, _ in Faces.asked)


def test_credentials_go_to_named_hosts_over_https_only(
    port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    secure = ThreadingHTTPServer(("127.0.0.1", 0), Faces)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    try:
        GuardedSession().request("GET", f"https://127.0.0.1:{secure.server_port}/html/")
        GuardedSession().request("GET", f"https://localhost:{secure.server_port}/html/")
        GuardedSession().request("GET", f"http://127.0.0.1:{port}/html/")
        with pytest.raises(OutsideError):
            GuardedSession().request("GET", f"https://127.0.0.1:{secure.server_port}/to-itself/")
        asked = len(Faces.asked)
        monkeypatch.setattr(http._Clock, "watch", lambda self, connection: None)  # as if its address were public
        GuardedSession(foreign=True).request("GET", f"https://127.0.0.1:{secure.server_port}/html/")
    finally:
        secure.shutdown()
        secure.server_close()
    told = [auth for _, _, auth in Faces.asked]
    named = "Basic " + base64.b64encode(b"a:named").decode()
    assert told[:3] == [named, None, None], "by name over https; `default` and plain http get nothing"
    assert told[asked:] == [None], "a host that the user did not name gets nothing"
    assert told[3] == named and set(told[4:]) == {None}, "a redirect gets nothing"
