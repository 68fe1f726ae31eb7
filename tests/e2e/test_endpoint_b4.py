"""The real b4 and patchflow against one web endpoint: each takes up what the other began."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Ran, commit, git, run_patchflow
from tests.e2e.test_b4 import b4
from tests.relay_server import RelayServer
from tests.signed import make_key, verdicts


@pytest.fixture
def server() -> Iterator[RelayServer]:
    made = RelayServer()
    yield made
    made.stop()


@pytest.fixture
def prepared(small: Path, server: RelayServer) -> Path:
    """A branch that b4 prepared, in a clone whose mail leaves through the endpoint."""
    git(small, "config", "b4.prep-cover-strategy", "commit")
    git(small, "config", "b4.send-endpoint-web", server.url)
    b4(small, "prep", "-n", "vsock-topic", "-f", "base")
    commit(small, "add one")
    commit(small, "add two")
    assert run_patchflow("-C", str(small), "adopt").code == 0
    text = "vsock: a topic\n\nIt is needed.\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=text).code == 0
    return small


def challenge(server: RelayServer) -> str:
    """The word in the mail that the endpoint sent."""
    (found,) = re.findall(r"(?m)^[0-9a-f-]{36}$", server.challenges[-1].get_content())
    return str(found)


@pytest.mark.long
def test_what_b4_authorized_patchflow_uses(prepared: Path, server: RelayServer) -> None:
    public = make_key(prepared)
    b4(prepared, "send", "--web-auth-new", stdin="\n")
    b4(prepared, "send", "--web-auth-verify", challenge(server))
    assert [one["action"] for one in server.requests] == ["auth-new", "auth-verify"]
    ran = run_patchflow("-C", str(prepared), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert len(server.kept) == 3
    assert verdicts(server.kept[-1][0], public) == [""]
    assert "revision: 2" in b4(prepared, "prep", "--show-info"), "b4 knows that v1 is out"


@pytest.mark.long
def test_b4_sends_to_the_same_endpoint(prepared: Path, server: RelayServer) -> None:
    public = make_key(prepared)
    b4(prepared, "send", "--web-auth-new", stdin="\n")
    b4(prepared, "send", "--web-auth-verify", challenge(server))
    words = ("--to", "list@lists.example.org", "--no-trailer-to-cc")
    b4(prepared, "send", "--reflect", *words, stdin="\n" * 4)
    assert len(server.reflected) == 3 and server.kept == []
    b4(prepared, "send", *words, stdin="\n" * 4)
    assert len(server.kept) == 3 and len(server.requests[-1]["messages"]) == 3
    assert verdicts(server.kept[-1][0], public) == [""]


def setup(folder: Path, *words: str, stdin: str = "") -> Ran:
    return run_patchflow("-C", str(folder), "setup", *words, stdin=stdin)


@pytest.mark.long
def test_what_patchflow_authorized_b4_uses(prepared: Path, server: RelayServer, sealed: Path) -> None:
    ran = setup(prepared, "--endpoint", stdin="no\n")
    assert ran.code == 1 and server.requests == [] and "patatt" not in (sealed / "gitconfig").read_text()
    assert not (sealed / ".local").exists()
    ran = setup(prepared, "--endpoint", stdin="yes\n")
    assert ran.code == 0, ran.err
    (told,) = server.requests
    for value in (told["name"], told["identity"], told["selector"], told["pubkey"], server.url):
        assert value in ran.err[: ran.err.index("Send this, and nothing else?")], "all of it was shown"
    (private,) = (sealed / ".local/share/patatt/private").iterdir()
    assert private.stat().st_mode & 0o777 == 0o600 and private.read_text() not in ran.err
    assert setup(prepared, "--endpoint", server.url, "--verify", "0000-wrong").code == 4
    assert git(prepared, "config", "--default", "", "patchflow.endpoint") == ""
    assert setup(prepared, "--endpoint", server.url, "--verify", "no word").code == 2
    ran = setup(prepared, "--endpoint", server.url, "--verify", challenge(server))
    assert ran.code == 0, ran.err
    assert git(prepared, "config", "--global", "patchflow.endpoint") == server.url
    ran = setup(prepared, "--endpoint", stdin="yes\n")
    assert ran.code == 4 and "is already authorized" in ran.err
    words = ("--to", "list@lists.example.org", "--no-trailer-to-cc")
    b4(prepared, "send", "--reflect", *words, stdin="\n" * 4)
    assert len(server.reflected) == 3
    assert run_patchflow("-C", str(prepared), "send", "--yes").code == 0
    assert verdicts(server.kept[-1][0], told["pubkey"]) == [""]


def test_setup_offers_it_where_smtp_is_blocked(small: Path, server: RelayServer, sealed: Path) -> None:
    git(small, "config", "--global", "b4.send-endpoint-web", server.url)
    answers = ["Ada Example", "ada@example.org", "127.0.0.1:9", "", "vsock", "", "yes", "yes", "yes", "yes"]
    ran = setup(small, stdin="\n".join(answers) + "\n")
    assert ran.code in (3, 4), ran.err
    assert "patches can leave through a web endpoint instead" in ran.err and "Challenge generated" in ran.err
    assert [one["action"] for one in server.requests] == ["auth-new"]
    git(small, "config", "patchflow.endpoint", "no")
    ran = setup(small, "--endpoint", server.url, "--verify", challenge(server))
    assert ran.code == 1 and "It is not used here: patchflow.endpoint is 'no'" in ran.err, ran.err
    assert "Mails leave" not in ran.out


def test_an_endpoint_without_patatt(small: Path, server: RelayServer, tmp_path: Path) -> None:
    (tmp_path / "patatt.py").write_text("raise ImportError('not here')\n")
    env = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PYTHONNOUSERSITE": "1"}
    ran = run_patchflow("-C", str(small), "setup", "--endpoint", server.url, env=env)
    assert ran.code == 3 and "pip install 'patchflow[patatt]'" in ran.err
