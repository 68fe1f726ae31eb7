"""The window's status page as it comes from a server: kept with its age, and left alone for a while where it fails."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from patchflow.adapters import web
from patchflow.cli.main import main
from patchflow.errors import OutsideError


class Status(BaseHTTPRequestHandler):
    """Answers with one text, or with 503 where there is none; counts who asked."""

    text: ClassVar[str] = ""
    asked: ClassVar[int] = 0
    tag: ClassVar[str] = ""  # the ETag; asked with it, the server says that nothing changed
    changed: ClassVar[str] = ""
    whole: ClassVar[int] = 0

    def do_GET(self) -> None:
        Status.asked += 1
        conditions = (self.headers["If-None-Match"], self.headers["If-Modified-Since"])
        if any(conditions) and conditions == (self.tag or None, self.changed or None):
            self.send_response(304)
            self.end_headers()
            return
        Status.whole += 1
        content = self.text.encode()
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html")
        for name, value in (("ETag", self.tag), ("Last-Modified", self.changed)):
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Status.text, Status.asked, Status.whole, Status.tag, Status.changed = "net-next is OPEN", 0, 0, "", ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Status)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def older(url: str, seconds: float) -> None:
    """Makes the copy that is kept of a page, and the note of its failure, so much older."""
    for path in (web._place(url), web._place(url).with_suffix(".failed")):
        if path.exists():
            os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_a_page_is_asked_for_once_while_its_copy_is_fresh(url: str) -> None:
    assert web.cached_page(url) is None
    text, age = web.page(url)
    assert (text, age.total_seconds(), Status.asked) == ("net-next is OPEN", 0, 1)
    Status.text = "net-next is CLOSED"
    older(url, 600)
    text, age = web.page(url)
    assert (text, Status.asked) == ("net-next is OPEN", 1) and 600 <= age.total_seconds() < 1800
    assert web.page(url, fresh=60)[0] == "net-next is CLOSED"
    older(url, 1801)
    assert web.page(url)[1].total_seconds() == 0 and Status.asked == 3
    assert web.cached_page(url) is not None


def test_a_page_that_fails_is_left_alone_for_some_minutes(url: str) -> None:
    Status.text = ""
    with pytest.raises(OutsideError, match="404"):
        web.page(url)
    Status.text = "net-next is OPEN"
    with pytest.raises(OutsideError, match="a moment ago"):
        web.page(url)
    assert Status.asked == 1
    older(url, 301)
    assert web.page(url)[0] == "net-next is OPEN"
    older(url, 1801)
    assert web.page(url)[0] == "net-next is OPEN" and Status.asked == 3, "a failure is forgotten once it answers"


@pytest.mark.parametrize(
    ("tag", "changed"), [('W/"1"', ""), ("", "Mon, 02 Mar 2026 12:00:00 GMT"), ('"x"', "Mon, 02 Mar 2026 12:00:00 GMT")]
)
def test_a_page_that_did_not_change_is_not_sent_again(url: str, tag: str, changed: str) -> None:
    Status.tag, Status.changed = tag, changed
    for _ in range(3):
        text, age = web.page(url)
        assert (text, age.total_seconds()) == ("net-next is OPEN", 0)
        older(url, 3600)
    assert (Status.asked, Status.whole) == (3, 1)
    Status.text, Status.tag, Status.changed = "net-next\r\nis CLOSED", '"2"', ""
    for _ in range(2):
        assert web.page(url)[0] == "net-next\r\nis CLOSED" and Status.whole == 2
        older(url, 3600)


def test_a_copy_that_the_headers_do_not_belong_to_is_fetched_whole(url: str) -> None:
    Status.tag = '"1"'
    web.page(url)
    web._place(url).write_text("half a p")  # as a crash between the two writes leaves it, or a hand
    older(url, 3600)
    assert web.page(url)[0] == "net-next is OPEN" and Status.whole == 2
    Status.tag, Status.text = '"a' + "b" * 10_000 + '"', "net-next is CLOSED"  # nothing that would be sent back
    older(url, 3600)
    web.page(url)
    older(url, 3600)
    assert web.page(url)[0] == "net-next is CLOSED" and (Status.asked, Status.whole) == (4, 4)


def tells_by(sealed: Path, url: str) -> None:
    """A profile of the user's, whose window this page tells."""
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text(f'extends = "net-next"\ntitle = "x"\n[window]\nstatus_url = "{url}"\n')


def window(capsys: pytest.CaptureFixture[str], clone: Path, *words: str) -> tuple[str, dict[str, Any]]:
    """The window's state, and what the status page said of it."""
    code = main(["-C", str(clone), "--json", "window", "--tree", "here", *words])
    said = json.loads(capsys.readouterr().out)
    assert code == (0 if said["state"] == "open" else 1)
    return said["state"], next((one for one in said["evidence"] if one["source"] == "status page"), {})


def test_the_window_asks_the_status_page(
    small: Path, url: str, sealed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tells_by(sealed, url)
    assert window(capsys, small, "--offline")[1] == {} and Status.asked == 0, "offline asks nobody"
    Status.text = "net-next is CLOSED"
    state, page = window(capsys, small)
    assert (state, page["says"], Status.asked) == ("closed", "closed", 1)
    assert window(capsys, small, "--offline")[1]["says"] == "closed" and Status.asked == 1, "the copy that is kept"
    assert window(capsys, small, "--at", "2026-03-02")[1] == {}, "today's page says nothing of another day"
    Status.text = "net-next is OPEN"
    older(url, 3600)
    assert window(capsys, small)[1]["says"] == "open" and Status.asked == 2


def test_the_window_asks_again_once_the_clock_was_set_back(
    small: Path, url: str, sealed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tells_by(sealed, url)
    window(capsys, small)
    older(url, -7 * 86_400)
    Status.text = "net-next is CLOSED"
    assert window(capsys, small)[1]["says"] == "closed"
    Status.text = ""
    older(url, 3600)
    main(["-C", str(small), "--json", "window", "--tree", "here"])  # the page fails, which is noted
    Status.text = "net-next is OPEN"
    older(url, -7 * 86_400)
    capsys.readouterr()
    assert window(capsys, small)[1]["says"] == "open"


def test_the_window_says_that_the_page_failed_and_takes_the_copy(
    small: Path, url: str, sealed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tells_by(sealed, url)
    Status.text = "net-next is CLOSED"
    window(capsys, small)
    older(url, 3600)
    Status.text = ""
    main(["-C", str(small), "--json", "window", "--tree", "here"])
    pages = [one for one in json.loads(capsys.readouterr().out)["evidence"] if one["source"] == "status page"]
    assert sorted(one["says"] for one in pages) == ["closed", "unknown"]
    assert any("404" in one["detail"] for one in pages) and any(one["age"] for one in pages)
