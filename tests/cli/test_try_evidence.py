"""What was tried shows in status, cover, check and send, for just the commits it was tried on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.clone import Clone
from patchflow.flow.try_.results import keep
from tests.cli.test_try_build_stand_in import branch, headers
from tests.conftest import commit, run_patchflow

__all__ = ["branch", "headers"]

SAYS = "built patch by patch against linux-headers-7.3.0 (gcc, W=1)"


def test_a_series_never_built_is_mentioned_by_send(series: Path, smtp: object) -> None:
    ran = run_patchflow("-C", str(series), "send", "--dry-run")
    assert "never built as it stands" in ran.out + ran.err


def test_evidence_is_offered_and_never_put_in(series: Path, smtp: object) -> None:
    """The Tested: line stands beside the cover, not in it; a new commit makes it void."""
    here = Clone(str(series))
    before = run_patchflow("-C", str(series), "--json", "cover").json
    keep(here, here.store.load(), "build", True, SAYS)
    after = run_patchflow("-C", str(series), "cover")
    assert f"Tested: {SAYS}." in after.err and "Tested:" not in after.out
    assert run_patchflow("-C", str(series), "--json", "cover").json["body"] == before["body"]
    status = run_patchflow("-C", str(series), "--json", "status").json["series"][0]
    assert status["tried"][0]["holds"] and status["tried"][0]["says"] == SAYS
    sent = run_patchflow("-C", str(series), "send", "--dry-run")
    assert "never built" not in sent.out + sent.err and "it holds" in sent.out + sent.err
    commit(series, "add three")
    assert "Tested:" not in run_patchflow("-C", str(series), "cover").err


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")
def test_the_record_of_a_sent_revision_keeps_what_was_built(branch: Path, headers: Path, smtp: Any) -> None:
    """Built with the real command, sent over loopback: status gives it back, and the mail says nothing of it."""
    commit(branch, "one", "int one;\n")
    assert "never built" in run_patchflow("-C", str(branch), "send", "--dry-run").out
    assert run_patchflow("-C", str(branch), "try", "build", "--per-patch", "--against", str(headers)).code == 0
    (tried,) = run_patchflow("-C", str(branch), "--json", "status").json["series"][0]["tried"]
    assert "patch by patch against linux-headers-7.3.0-test" in tried["says"]
    assert f"Tested: {tried['says']}." in run_patchflow("-C", str(branch), "cover").err
    ran = run_patchflow("-C", str(branch), "send", "--yes")
    assert ran.code == 0, ran.err
    (mail,) = smtp.messages()
    assert b"Tested:" not in bytes(mail) and b"linux-headers" not in bytes(mail)
    commit(branch, "two", "int two;\n")  # what was sent keeps its evidence, whatever comes after it
    found = run_patchflow("-C", str(branch), "--json", "status").json["series"][0]
    assert found["tried"] == [] and found["sent"][0]["tried"] == [f"{tried['says']}: it holds"]


def test_a_broken_build_is_found_by_check(series: Path) -> None:
    here = Clone(str(series))
    words = [["build", "net/vmw_vsock/af_vsock.c", 5, "patch 1/2 does not build: error: no such thing"]]
    keep(here, here.store.load(), "build", False, SAYS, words)
    ran = run_patchflow("-C", str(series), "--json", "check")
    assert ran.code == 1
    found = [f for f in ran.json["series"] if f["rule"] == "build"]
    assert found[0]["line"] == 5 and "does not build" in found[0]["text"]
    assert "Tested:" not in run_patchflow("-C", str(series), "cover").err


def test_a_damaged_record_is_no_evidence(series: Path) -> None:
    here = Clone(str(series))
    for text in (b"[", b"{}", b"[1]", b'[{"tip": 3}]'):
        here.repository.state.series(here.store.load().change_id).tried.write_bytes(text)
        assert run_patchflow("-C", str(series), "status").code == 0
