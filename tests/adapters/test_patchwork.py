"""A server that answers with what a real Patchwork answered (REST API 1.2), and what becomes of it here."""

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


def recorded(name: str) -> Any:
    """What a real server answered; see patchwork_documents/README.md."""
    return json.loads((Path(__file__).parent / "patchwork_documents" / f"{name}.json").read_text())


def patch_document(number: int, msgid: str, state: str, name: str) -> dict[str, Any]:
    """A row of `GET /patches/` as the server gave it, for another patch."""
    [row] = recorded("patch-1")
    return {**row, "id": number, "msgid": f"<{msgid}>", "state": state, "name": name}


def check_document(context: str, state: str, date: str = "2026-11-23T11:00:00") -> dict[str, Any]:
    """A row of `GET /patches/N/checks/` as the server gave it, of another test."""
    said = f"{context} says {state}"
    return {**recorded("checks-1")[0], "context": context, "state": state, "date": date, "description": said}


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

    from patchflow.flow.clone import Clone
    from patchflow.flow.series.board import all_standings
    from patchflow.tui.models.board import Board, SeriesLine

    lines = tuple(SeriesLine.of(*row, "demo") for row in all_standings(Clone(str(tree))))
    assert "[1 under-review, 1 accepted; failed: netdev/build_clang]" in Board(lines).rows(width=160)[1].text


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


def test_what_a_real_server_said_is_read(sent: tuple[Path, list[str]], server: Server) -> None:
    """The documents as they were recorded; only the Message-IDs are those of this series."""
    tree, ids = sent
    for number, msgid in enumerate(ids, 1):
        [row] = recorded(f"patch-{number}")
        server.patches[msgid] = json.loads(json.dumps(row).replace(row["msgid"].strip("<>"), msgid))
        server.checks[number] = recorded(f"checks-{number}")
    ran = run_patchflow("-C", str(tree), "fetch", "--patchwork")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "demo:",
        "  changes-requested  [net-next,1/2] vsock: add one",
        "    fail     netdev/build_clang: Errors and warnings before: 0 this patch: 1",
        "    warning  netdev/kdoc",
        "    pending  netdev/tests",
        "  accepted           [net-next,2/2] vsock: add two",
    ]
    assert [path.partition("?")[2] for path in server.asked if "/checks/" in path] == ["order=-id&per_page=250"] * 2
    rows = run_patchflow("-C", str(tree), "--json", "status").json["series"][0]["patchwork"]
    assert rows[0]["url"].endswith(f"/project/netdevbpf/patch/{ids[0]}/")


def test_a_patch_that_is_not_there_yet(sent: tuple[Path, list[str]], server: Server) -> None:
    server.text = json.dumps(recorded("patch-unknown"))
    assert run_patchflow("-C", str(sent[0]), "fetch", "--patchwork").out == "demo: Patchwork does not have it yet\n"


@pytest.mark.long
@pytest.mark.parametrize("text", ["<html>hello</html>", "{}", '[{"id": "x"}, 3, null]', "[]"])
def test_odd_answers_are_no_bug(sent: tuple[Path, list[str]], server: Server, text: str) -> None:
    server.text = text
    assert run_patchflow("-C", str(sent[0]), "fetch", "--patchwork").code in (0, 4)
    assert run_patchflow("-C", str(sent[0]), "status").code == 0


def test_a_server_that_only_the_tree_names_must_be_public(
    series: Path, smtp: Any, server: Server, sealed: Path
) -> None:
    """MAINTAINERS is a stranger's file: a Q: of it leads to no machine of the user's own network."""
    (sealed / "config/patchflow/profiles/pw.toml").unlink()
    text = (series / "MAINTAINERS").read_text().replace("VM SOCKETS (AF_VSOCK)", "ODD THINGS")
    row = f"Q:\t{server.url}/project/netdevbpf/list/\n"
    (series / "MAINTAINERS").write_text(text.replace("F:\tnet/vmw_vsock/", f"{row}F:\tnet/vmw_vsock/"))
    assert server.url in run_patchflow("-C", str(series), "profile", "net/vmw_vsock/af_vsock.c").out
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "dirty-tree=a test")
    assert ran.code == 0, ran.out
    ran = run_patchflow("-C", str(series), "fetch", "--patchwork")
    assert (ran.code, server.asked) == (4, []), ran.err
    assert "private network" in ran.err


def test_nothing_sent_and_no_patchwork_are_said(series: Path) -> None:
    ran = run_patchflow("-C", str(series), "fetch", "--patchwork")
    assert ran.code == 2 and "never sent" in ran.err


@pytest.mark.long
def test_an_older_answer_does_not_replace_a_newer_revisions(
    sent: tuple[Path, list[str]], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another terminal sends v2 and asks for it while the question about v1 is on its way."""
    tree, ids = sent
    known, began = server.answer, threading.Event()

    def slow(path: str) -> object:
        if not began.is_set():
            began.set()
            past = [f"--override={gate}=asked" for gate in ("repost-24h", "changelog", "cover-letter")]
            for words in (["respin"], ["send", "--yes", *past]):
                ran = run_patchflow("-C", str(tree), *words)
                assert ran.code == 0, ran.out + ran.err
            new = run_patchflow("-C", str(tree), "--json", "status").json["series"][0]["sent"][-1]["message_ids"][1:]
            for number, msgid in enumerate(new, 11):
                server.patches[msgid] = patch_document(number, msgid, "queued", "[net-next,v2] vsock: add it")
            assert run_patchflow("-C", str(tree), "fetch", "--patchwork").code == 0
        return known(path)

    monkeypatch.setattr(server, "answer", slow)
    assert run_patchflow("-C", str(tree), "fetch", "--patchwork").code == 0
    assert began.is_set()
    (one,) = run_patchflow("-C", str(tree), "--json", "status").json["series"]
    assert len(one["sent"]) == 2 and [row["state"] for row in one["patchwork"]] == ["queued", "queued"]
    assert not {row["message_id"] for row in one["patchwork"]} & set(ids)
