"""A server that answers with documents of Patchwork's REST API (schema 1.2), and what becomes of them here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import run_patchflow


def patch_document(number: int, msgid: str, state: str, name: str) -> dict[str, Any]:
    """A row of `GET /patches/`, with every field of the schema."""
    root = "http://patchwork.example.org"
    return {
        "id": number, "url": f"{root}/api/1.2/patches/{number}/", "web_url": f"{root}/project/netdevbpf/patch/{msgid}/",
        "project": {"id": 399, "url": f"{root}/api/1.2/projects/399/", "name": "Netdev + BPF",
                    "link_name": "netdevbpf", "list_id": "bpf.vger.kernel.org", "list_email": "netdev@vger.kernel.org",
                    "web_url": "", "scm_url": "", "webscm_url": "", "list_archive_url": "",
                    "list_archive_url_format": "", "commit_url_format": ""},
        "msgid": f"<{msgid}>", "list_archive_url": None, "date": "2026-11-23T10:00:00", "name": name,
        "commit_ref": None, "pull_url": None, "state": state, "archived": False, "hash": "0" * 40,
        "submitter": {"id": 1, "url": "", "name": "Ada Example", "email": "ada@example.org"}, "delegate": None,
        "mbox": f"{root}/project/netdevbpf/patch/{msgid}/mbox/", "series": [], "comments": "", "check": "fail",
        "checks": f"{root}/api/1.2/patches/{number}/checks/", "tags": {}, "related": [],
    }  # fmt: skip


def check_document(context: str, state: str, date: str = "2026-11-23T11:00:00") -> dict[str, Any]:
    """A row of `GET /patches/N/checks/`."""
    return {"id": 1, "url": "", "user": {"id": 2, "url": "", "username": "bot"}, "date": date, "state": state,
            "target_url": "http://bot.example.org/1", "context": context,
            "description": f"{context} says {state}"}  # fmt: skip


class Server:
    """Patchwork on loopback: `patches` by Message-ID, `checks` by number; `asked` are the requests' paths."""

    def __init__(self) -> None:
        self.patches: dict[str, dict[str, Any]] = {}
        self.checks: dict[int, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.status = 200
        self.text = ""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append(self.path)
                content = (owner.text or json.dumps(owner.answer(self.path))).encode()
                self.send_response(owner.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, path: str) -> object:
        parts = urlsplit(path)
        if parts.path.endswith("/checks/"):
            return self.checks.get(int(parts.path.split("/")[-3]), [])
        asked = parse_qs(parts.query)
        assert asked["project"] == ["netdevbpf"]
        return [row for msgid, row in self.patches.items() if [msgid] == asked["msgid"]]


@pytest.fixture
def server(sealed: Path) -> Iterator[Server]:
    found = Server()
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "pw.toml").write_text(f'extends = "net-next"\ntitle = "x"\npatchwork = "{found.url}"\n')
    yield found
    found.http.shutdown()


@pytest.fixture
def sent(series: Path, smtp: Any, server: Server) -> tuple[Path, list[str]]:
    """A series of two patches that was sent, and the Message-IDs of its patches."""
    from tests.conftest import git

    git(series, "config", "branch.demo.patchflow-profile", "pw")
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    ids = [row["message_id"] for row in ran.json["messages"]][1:]
    for number, (msgid, state) in enumerate(zip(ids, ("under-review", "accepted"), strict=True), 1):
        server.patches[msgid] = patch_document(number, msgid, state, f"[net-next,{number}/2] vsock: add it")
    server.checks[1] = [
        check_document("netdev/build_clang", "fail"),
        check_document("netdev/checkpatch", "fail", "2026-11-23T10:30:00"),
        check_document("netdev/checkpatch", "success", "2026-11-23T11:30:00"),
    ]
    return series, ids


def test_states_and_tests_stand_in_fetch_status_and_board(sent: tuple[Path, list[str]], server: Server) -> None:
    tree, ids = sent
    assert run_patchflow("-C", str(tree), "--json", "status").json["series"][0]["patchwork"] == []
    assert server.asked == [], "status asks nobody"
    ran = run_patchflow("-C", str(tree), "fetch", "--patchwork")
    assert ran.code == 0, ran.err
    assert "under-review" in ran.out and "fail     netdev/build_clang" in ran.out
    assert "netdev/checkpatch" not in ran.out, "a later success takes a failure back"
    rows = run_patchflow("-C", str(tree), "--json", "status").json["series"][0]["patchwork"]
    assert [(row["message_id"], row["state"]) for row in rows] == [(ids[0], "under-review"), (ids[1], "accepted")]
    assert (
        "patchwork: 1 under-review, 1 accepted; failed: netdev/build_clang"
        in run_patchflow("-C", str(tree), "status").out
    )

    from patchflow.tui.models.board import Board, SeriesLine
    from patchflow.wiring import Clone
    from patchflow.wiring.board import all_standings

    lines = tuple(SeriesLine.of(*row, "demo") for row in all_standings(Clone(str(tree))))
    assert "[1 under-review, 1 accepted; failed: netdev/build_clang]" in Board(lines).rows(width=200)[1].text


def test_it_is_polite(sent: tuple[Path, list[str]], server: Server) -> None:
    tree, _ = sent
    run_patchflow("-C", str(tree), "fetch", "--patchwork")
    assert len(server.asked) == 4
    run_patchflow("-C", str(tree), "fetch", "--patchwork")
    assert len(server.asked) == 4, "answers are kept for ten minutes"


def test_what_goes_wrong_is_told_and_what_was_known_stays(sent: tuple[Path, list[str]], server: Server) -> None:
    tree, _ = sent
    server.status = 429
    ran = run_patchflow("-C", str(tree), "fetch", "--patchwork")
    assert ran.code == 4 and "429" in ran.err
    assert len(server.asked) == 1, "the others are not asked for"
    run_patchflow("-C", str(tree), "fetch", "--patchwork")
    assert len(server.asked) == 1, "a server that refuses is left alone for some minutes"


@pytest.mark.parametrize("text", ["<html>hello</html>", "{}", '[{"id": "x"}, 3, null]', "[]"])
def test_odd_answers_are_no_bug(sent: tuple[Path, list[str]], server: Server, text: str) -> None:
    server.text = text
    assert run_patchflow("-C", str(sent[0]), "fetch", "--patchwork").code in (0, 4)
    assert run_patchflow("-C", str(sent[0]), "status").code == 0


def test_nothing_sent_and_no_patchwork_are_said(series: Path) -> None:
    ran = run_patchflow("-C", str(series), "fetch", "--patchwork")
    assert ran.code == 2 and "never sent" in ran.err
