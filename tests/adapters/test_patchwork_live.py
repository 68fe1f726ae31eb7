"""The same against a real Patchwork server, where PATCHWORK_URL and PATCHWORK_MANAGE name one on loopback.

`patchwork_documents/README.md` says how to start one. Its answers stand recorded there, so this is needed only to
record them anew.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow

URL = os.environ.get("PATCHWORK_URL", "")
MANAGE = shlex.split(os.environ.get("PATCHWORK_MANAGE", ""))
# The project, and what a maintainer and a bot say of the two patches. Runs inside of the server.
PROJECT = """
from django.contrib.auth.models import User
from patchwork.models import Project
Project.objects.get_or_create(linkname="netdevbpf", defaults=dict(
    name="Netdev + BPF", listid="netdev.vger.kernel.org", listemail="netdev@lists.example.org"))
User.objects.get_or_create(username="bot", defaults=dict(email="bot@example.org"))
"""
JUDGE = """
from django.contrib.auth.models import User
from patchwork.models import Check, Patch, State
one, two = (Patch.objects.get(msgid="<" + msgid + ">") for msgid in {ids!r})
one.state = State.objects.get(slug="changes-requested"); one.save()
two.state = State.objects.get(slug="accepted"); two.commit_ref = "8f5e04f0a1"; two.save()
bot = User.objects.get(username="bot")
def say(patch, context, state, **more):
    Check.objects.create(patch=patch, user=bot, context=context, state=state, **more)
say(one, "netdev/checkpatch", Check.STATE_FAIL, description="total: 1 errors", target_url="http://bot.example.org/1")
say(one, "netdev/build_clang", Check.STATE_FAIL, description="Errors and warnings before: 0 this patch: 1")
say(one, "netdev/checkpatch", Check.STATE_SUCCESS, description="total: 0 errors", target_url="http://bot.example.org/2")
say(one, "netdev/kdoc", Check.STATE_WARNING, target_url="http://bot.example.org/3")
say(one, "netdev/tests", Check.STATE_PENDING)
say(two, "netdev/checkpatch", Check.STATE_SUCCESS, description="total: 0 errors")
"""
# More checks than a page holds.
MANY = """
from django.contrib.auth.models import User
from patchwork.models import Check, Patch
patch, bot = Patch.objects.get(msgid="<{msgid}>"), User.objects.get(username="bot")
def say(state, description):
    Check.objects.create(patch=patch, user=bot, context="netdev/tests", state=state, description=description)
for number in range(260):
    say(Check.STATE_SUCCESS, str(number))

say(Check.STATE_FAIL, "the latest")
"""

pytestmark = pytest.mark.skipif(not (URL and MANAGE), reason="PATCHWORK_URL and PATCHWORK_MANAGE name no server")


def manage(*words: str, stdin: str | bytes) -> None:
    """Runs the server's manage.py."""
    content = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([*MANAGE, *words], input=content, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def project(sealed: Path) -> None:
    """The project on the server, and a profile `pw` that names it."""
    manage("shell", stdin=PROJECT)
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "pw.toml").write_text(f'extends = "net-next"\ntitle = "x"\npatchwork = "{URL}"\n')


def send(tree: Path, smtp: Any) -> list[str]:
    """Sends the series to the server's list; the Message-IDs in their order."""
    git(tree, "config", f"branch.{git(tree, 'branch', '--show-current')}.patchflow-profile", "pw")
    ran = run_patchflow("-C", str(tree), "--json", "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    for message in smtp.messages():
        manage("parsemail", "--list-id", "netdev.vger.kernel.org", stdin=message)
    return [row["message_id"] for row in ran.json["messages"]]


@pytest.mark.usefixtures("project")
def test_a_series_on_a_real_server(series: Path, smtp: Any) -> None:
    ids = send(series, smtp)[1:]
    manage("shell", stdin=JUDGE.format(ids=ids))
    ran = run_patchflow("-C", str(series), "fetch", "--patchwork")
    assert ran.code == 0, ran.err
    assert "changes-requested  [net-next,1/2]" in ran.out and "accepted           [net-next,2/2]" in ran.out
    assert "fail     netdev/build_clang: Errors and warnings before: 0 this patch: 1" in ran.out
    assert "netdev/checkpatch" not in ran.out, "a later success takes a failure back"
    ran = run_patchflow("-C", str(series), "status")
    assert "patchwork: 1 changes-requested, 1 accepted; failed: netdev/build_clang" in ran.out
    rows = run_patchflow("-C", str(series), "--json", "status").json["series"][0]["patchwork"]
    assert [row["message_id"] for row in rows] == ids


@pytest.mark.usefixtures("project")
def test_a_single_patch_on_a_real_server(small: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(small), "new", "alone", "--base", "base").code == 0
    commit(small, "add one")
    [msgid] = send(small, smtp)
    manage("shell", stdin=MANY.format(msgid=msgid))
    ran = run_patchflow("-C", str(small), "fetch", "--patchwork")
    assert ran.code == 0, ran.err
    assert "new                [net-next] vsock: add one" in ran.out
    assert "the latest" in ran.out, "a page holds 250 checks at most, and the latest counts"
