"""`review` of what came by mail: received code runs only once the user trusts that state; whose signature it bears."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_review import p
from tests.conftest import git, run_patchflow
from tests.reviewed import BASE, FILE, TWO, mbox, upstream


def test_received_code_runs_only_once_that_state_is_trusted(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    trap = f"#!/usr/bin/perl\nopen(F, '>{tmp_path}/mark');\n"
    tip = upstream(folder, "base", [("checkpatch: mend it", {"scripts/checkpatch.pl": trap})])
    place = p(folder, "review", "apply", "-", stdin=mbox(folder, "base", tip))["worktree"]
    said = p(folder, "review", "check", code=1)
    assert "came by mail change code" in said and "scripts/checkpatch.pl" in said and not (tmp_path / "mark").exists()
    run_patchflow("-C", str(folder), "hook", "install")
    (Path(place) / FILE).write_text(BASE + "int hooked;\n")
    words = ["git", "-C", place, "commit", "-qas", "-m", "vsock: count hooked"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "came by mail change code" in done.stderr and not (tmp_path / "mark").exists(), "nor by a hook"
    git(Path(place), "checkout", "-q", "HEAD", "--", ".")
    p(Path(place), "trust")
    run_patchflow("-C", str(folder), "review", "check")
    assert (tmp_path / "mark").exists(), "the trap works"


def test_a_build_asks_before_received_makefiles_run(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    from patchflow.adapters.trust import ask_with, consent, standing
    from patchflow.errors import PatchflowError

    make = {
        "net/vmw_vsock/Makefile": "hostprogs := gen\n",
        "net/vmw_vsock/gen.c": "int main;\n",
        FILE: BASE + "int z;\n",
    }
    place = p(
        folder, "review", "apply", "-", stdin=mbox(folder, "base", upstream(folder, "base", [("vsock: gen", make)]))
    )["worktree"]
    assert sorted(standing(place, make=True)[1]) == sorted(make) == sorted(standing(place)[1])
    from patchflow.adapters.trust import Answer

    ask_with(lambda *_: Answer.NOW)
    with pytest.raises(PatchflowError, match="came by mail"):
        consent(place, make=True)


@pytest.mark.parametrize("name", [".checkpatch.conf", "tools/docs/kernel-doc", "net/vmw_vsock/GNUmakefile"])
def test_a_check_asks_before_it_reads_received_code(
    posted: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    tip = upstream(folder, "base", [("vsock: count z", {FILE: BASE + "int z;\n", name: "--git\n"})])
    place = p(folder, "review", "apply", "-", stdin=mbox(folder, "base", tip))["worktree"]
    assert f"change code that would run: {name}." in p(folder, "review", "check", code=1)
    p(Path(place), "trust")
    assert "came by mail" not in run_patchflow("-C", str(folder), "review", "check").err


def test_a_series_of_sources_and_texts_asks_nothing(posted: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    files = {FILE: BASE + "int z;\n", "Documentation/networking/vsock.rst": "x\n", "MAINTAINERS": "x\n"}
    tip = upstream(folder, "base", [("vsock: count z", files)])
    p(folder, "review", "apply", "-", stdin=mbox(folder, "base", tip))
    assert "would run" not in run_patchflow("-C", str(folder), "review", "check").err


def test_a_received_link_is_code_wherever_it_leads(posted: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a link to a folder, sources would stand where a script or a host program looks for its own."""
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    from tests.cli.test_review_bad_mail import fresh, mail

    diff = fresh("net/more.h", "120000", "vmw_vsock") + "\\ No newline at end of file\n"
    place = p(folder, "review", "apply", "-", stdin=mail(diff))["worktree"]
    assert "change code that would run: net/more.h." in p(folder, "review", "check", code=1)
    p(Path(place), "trust")
    assert "came by mail" not in run_patchflow("-C", str(folder), "review", "check").err


def test_try_build_asks_before_makefiles_out_of_mail_run(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    for name in ("net/vmw_vsock/Makefile", "GNUmakefile", "net/vmw_vsock/makefile", "net/vmw_vsock/Kconfig"):
        make = {name: "X := $(shell touch mark)\n"}
        (tmp_path / "t.mbox").write_text(mbox(folder, "base", upstream(folder, "base", [("vsock: make", make)])))
        said = p(folder, "try", "build", str(tmp_path / "t.mbox"), code=1)
        assert f"came by mail change code that would run: {name}." in said


def test_developer_signatures_are_judged_by_the_trees_keyring(posted: tuple[Path, str]) -> None:
    patatt, nacl = pytest.importorskip("patatt"), pytest.importorskip("nacl.signing")
    folder, _ = posted
    key = nacl.SigningKey.generate()
    keyring = folder / ".keys/ed25519/example.net/uwe/default"
    keyring.parent.mkdir(parents=True)
    keyring.write_text(base64.b64encode(bytes(key.verify_key)).decode() + "\n")
    git(folder, "add", "-f", ".keys")
    git(folder, "commit", "-q", "-m", "keys")
    plain = mbox(folder, "base", upstream(folder, "base", TWO[:1])).partition("\n")[2]
    message = patatt.PatattMessage(plain.encode())
    message.sign("ed25519", base64.b64encode(bytes(key)), "uwe@example.net", None)
    signed = "From u@x Thu Jan  1 00:00:00 2026\n" + message.as_string()
    (one,) = p(folder, "review", "-", stdin=signed)["attested"]
    assert (one["kind"], one["identity"], one["result"], one["foreign"]) == ("patatt", "uwe@example.net", "good", False)
    (one,) = p(folder, "review", "-", stdin=signed.replace("+int a = 1;", "+int a = 2;"))["attested"]
    assert one["result"] == "bad"
    broken = signed.replace("X-Developer-Signature: ", "X-Developer-Signature: ;;=")
    (one,) = p(folder, "review", "-", stdin=broken)["attested"]
    assert one["result"] in ("bad", "unreadable")
    assert (
        "signed: patatt of uwe@example.net: good (1 of 1)"
        in run_patchflow("-C", str(folder), "review", "-", stdin=signed).out
    )
    linked = folder.parent / "linked"
    git(folder, "worktree", "add", "-q", "-b", "linked", str(linked))
    (one,) = p(linked, "review", "-", stdin=signed)["attested"]
    assert one["result"] == "good", "a linked work tree has the keyring, too"
