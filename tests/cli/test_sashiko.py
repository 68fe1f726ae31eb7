"""AI reviews by API: asked for where an endpoint is named, told like those that come as mails, and each once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from patchflow.adapters.paths import cache_path
from patchflow.formats.mail.mbox_message import as_mbox
from patchflow.formats.sashiko import AiReview, as_mail, parse_reviews
from tests.cli.test_watch import come, roots, said
from tests.conftest import git, run_patchflow

INLINE = """\
commit 0123456789abcdef
Author: Ada Example <ada@example.org>

vsock: add two

> diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
> --- a/net/vmw_vsock/af_vsock.c
> +++ b/net/vmw_vsock/af_vsock.c
> @@ -1,1 +1,2 @@
> +int add_two;

[Severity: High]
Can this overflow?
From here it cannot be seen.
"""


class Endpoint(ThreadingHTTPServer):
    """What Sashiko's API answers; `asked` are the ids it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.body: Callable[[str], bytes] = lambda id: b""
        self.status, self.asked, self.headers = 200, list[str](), dict[str, str]()
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Endpoint

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """One request."""
        parts = urlsplit(self.path)
        id = parse_qs(parts.query)["id"][0] if parts.path == "/api/patchset" else ""
        self.server.asked.append(id)
        body = self.server.body(id)
        self.send_response(self.server.status)
        for name, value in {"Content-Length": str(len(body)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def answer(patch: str, *reviews: dict[str, object]) -> bytes:
    """Of one patch these reviews, and one of a patch that nobody here sent."""
    patches = [{"id": 7, "message_id": patch, "part_index": 2}, {"id": 8, "message_id": "else@example.net"}]
    rows = [*reviews, {"id": 99, "patch_id": 8, "inline_review": INLINE}]
    return json.dumps({"message_id": "x", "patches": patches, "reviews": rows}).encode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.shutdown()


@pytest.fixture
def sent(series: Path, smtp: Any, sealed: Path, endpoint: Endpoint) -> Path:
    """A series that was sent, and no server but the endpoint."""
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text('extends = "vsock"\nlore = "http://127.0.0.1:9/x/"\npatchwork = ""\n')
    git(series, "config", "branch.demo.patchflow-profile", "here")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    return series


def look(folder: Path, again: bool = False) -> tuple[str, str]:
    """What a look tells; `again` asks what was asked a moment ago."""
    if again:
        (folder / ".git/patchflow/watched.json").write_text(
            json.dumps(json.loads((folder / ".git/patchflow/watched.json").read_text()) | {"asked": {}})
        )
        for page in Path(cache_path(), "pages").iterdir():
            page.unlink()
    ran = run_patchflow("-C", str(folder), "watch", "--once", env={"https_proxy": "http://127.0.0.1:9"})
    assert ran.code in (0, 1), ran.err
    return ran.out, ran.err


def test_an_endpoint_that_is_named_is_asked(sent: Path, endpoint: Endpoint) -> None:
    ids = roots(sent)
    old = {"id": 3, "patch_id": 7, "inline_review": INLINE.replace("overflow", "underflow")}
    endpoint.body = lambda id: answer(ids[-1], {"id": 4, "patch_id": 7, "inline_review": INLINE}, old)
    look(sent)
    assert endpoint.asked == [], "nobody named it"
    git(sent, "config", "patchflow.sashiko", endpoint.url + "/")
    assert "1 finding of a bot" in look(sent, again=True)[0]
    assert endpoint.asked == [ids[0]]
    (kept,) = (sent / ".git/patchflow").rglob("sashiko-*.mbox")
    before = kept.stat().st_mtime_ns
    (task,) = run_patchflow("-C", str(sent), "--json", "todo").json["comments"]
    assert "Can this overflow?" in task["text"] and task["line"] and "sashiko" in json.dumps(task).lower()
    assert "Nothing new" in look(sent)[0] and endpoint.asked == [ids[0]]
    assert "Nothing new" in look(sent, again=True)[0] and len(endpoint.asked) == 2
    assert kept.stat().st_mtime_ns == before, "nothing came, nothing is written"
    endpoint.body = lambda id: answer(ids[-1], {"id": 5, "patch_id": 7, "inline_review": INLINE.replace("this", "two")})
    assert "1 finding of a bot" in look(sent, again=True)[0]
    (task,) = run_patchflow("-C", str(sent), "--json", "todo").json["comments"]
    assert "Can two overflow?" in task["text"], "the newest alone"
    come(sent, said(INLINE.replace("this", "two"), ids[-1], "b1@kernel.org", "Sashiko <sashiko-bot@kernel.org>"))
    assert "Nothing new" in look(sent)[0], "it was told"
    (task,) = run_patchflow("-C", str(sent), "--json", "todo").json["comments"]
    assert task["message"] == "b1@kernel.org" and kept.read_bytes() == b"", "its own mail stands for it"


@pytest.mark.long
@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, b"not found", ""),
        (200, b"<html>Are you a robot?</html>", "is not a document of Sashiko's API"),
        (200, b"[" * 100_000, "is not a document of Sashiko's API"),
        (200, b'{"patches": 3}', "is not a document of Sashiko's API"),
        (200, b'{"patches": [3, {"id": true}], "reviews": [null, {"patch_id": [], "inline_review": "x"}]}', ""),
        (200, b'{"reviews": ' + b"9" * 5000 + b"}", "is not a document of Sashiko's API"),
        (200, b" " * 2_100_000, "127.0.0.1"),
        (429, b"later", "answered with status 429"),
        (503, b"", "answered with status 503"),
    ],
    ids=["unknown", "a page", "deep", "a wrong list", "wrong rows", "a long number", "too large", "later", "broken"],
)
def test_what_an_endpoint_may_answer(status: int, body: bytes, why: str, sent: Path, endpoint: Endpoint) -> None:
    git(sent, "config", "patchflow.sashiko", endpoint.url)
    endpoint.status, endpoint.body = status, lambda id: body
    endpoint.headers = {"Retry-After": "3600"} if status == 429 else {}
    out, err = look(sent)
    mine = [line for line in err.split("\n\n") if endpoint.url.removeprefix("http://") in line]
    assert "Traceback" not in err and why in err and ("finding" not in out), err
    assert bool(mine) == bool(why), err
    look(sent)
    assert len(endpoint.asked) == 1, "it is left alone for some time"
    if status == 429:
        for failed in Path(cache_path(), "pages").glob("*.failed"):
            os.utime(failed, (failed.stat().st_mtime - 3000,) * 2)
        (sent / ".git/patchflow/watched.json").unlink()
        assert "is asked again in some minutes" in look(sent)[1] and len(endpoint.asked) == 1, "as long as it asks for"


def test_a_hostile_review_is_text_and_no_header() -> None:
    text = "\x1b[31m> +a\r\nFrom x\n\0Bcc: y@example.org\n\ud800" + "z" * 300_000
    document = json.dumps({"patches": [{"id": 1, "message_id": "<p@x>"}],
                           "reviews": [{"id": 2, "patch_id": 1, "inline_review": text}]})  # fmt: skip
    (one,) = parse_reviews(document)
    raw = as_mail(AiReview("p@x", 2, one.text), "[PATCH] a\nBcc: evil@example.org", datetime.now(UTC))
    head, _, body = raw.partition(b"\n\n")
    assert b"\nBcc:" not in head and b"\r" not in body and len(body) < 250_000
    assert as_mbox([raw]).count(b"\nFrom ") == 0
