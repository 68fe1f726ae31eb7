"""The real patman and patchflow against one web endpoint: each uses the key that the other had taken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.e2e.test_endpoint_b4 import challenge
from tests.relay_server import RelayServer
from tests.signed import make_key, verdicts

pytestmark = pytest.mark.long
COVER = "Series-to: list@lists.example.org\nCover-letter:\nA topic\n\nIt is needed.\nEND\n\n"


@pytest.fixture
def server() -> Iterator[RelayServer]:
    made = RelayServer()
    yield made
    made.stop()


@pytest.fixture
def topic(small: Path) -> Path:
    """Two commits on a branch that follows the base, as patman counts them, and as patchflow adopts it."""
    git(small, "branch", "upstream-main", "base")
    git(small, "checkout", "-q", "-b", "topic", "base")
    git(small, "branch", "-q", "-u", "upstream-main")
    commit(small, "add one")
    message = git(small, "log", "-1", "--format=%B")
    git(small, "commit", "-q", "--amend", "-m", message.replace("Signed-off-by", f"{COVER}Signed-off-by"))
    commit(small, "add two")
    return small


def patman(folder: Path, server: RelayServer, *words: str) -> str:
    program = Path(sys.executable).with_name("patman")
    if not program.is_file():
        pytest.skip("patman is not installed: `make test` installs it")
    argv = [str(program), "send", "--send-endpoint-web", server.url, *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_patman_sends_to_the_same_endpoint(topic: Path, server: RelayServer) -> None:
    """It has its key taken, reflects and sends; then patchflow sends by that key."""
    public = make_key(topic)
    patman(topic, server, "--web-auth-new")
    patman(topic, server, "--web-auth-verify", challenge(server))
    patman(topic, server, "--no-check", "--no-maintainers", "--reflect")
    assert len(server.reflected) == 3 and server.kept == []
    patman(topic, server, "--no-check", "--no-maintainers")
    assert len(server.kept) == 3
    assert verdicts(server.kept[-1][0], public) == [""]
    server.reset()
    sent_by_us(topic, server)
    assert verdicts(server.kept[-1][0], public) == [""]


def test_patman_sends_by_the_key_that_patchflow_had_taken(topic: Path, server: RelayServer) -> None:
    make_key(topic)
    git(topic, "config", "b4.send-endpoint-web", server.url)
    assert run_patchflow("-C", str(topic), "setup", "--endpoint", stdin="yes\n").code == 0
    done = run_patchflow("-C", str(topic), "setup", "--endpoint", "--verify", challenge(server))
    assert done.code == 0, done.err
    patman(topic, server, "--no-check", "--no-maintainers")
    assert len(server.kept) == 3


def sent_by_us(topic: Path, server: RelayServer) -> None:
    """A branch without what patman keeps in messages, and without the files that it leaves, by patchflow."""
    git(topic, "config", "b4.send-endpoint-web", server.url)
    git(topic, "reset", "-q", "--hard", "base")
    git(topic, "clean", "-fdq")
    commit(topic, "add three")
    assert run_patchflow("-C", str(topic), "adopt", "--base", "base").code == 0
    ran = run_patchflow("-C", str(topic), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert len(server.kept) == 1
