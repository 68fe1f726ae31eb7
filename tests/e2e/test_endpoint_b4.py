"""The real b4 and patchflow against one web endpoint: each takes up what the other began."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import commit, git, run_patchflow
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
