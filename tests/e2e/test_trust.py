"""A tree in which every file that could be run leaves a mark, and a user who does not say yes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pexpect
import pytest

from tests.conftest import ROOT, commit, git, run_patchflow

_SCRIPTS = ("checkpatch.pl", "get_maintainer.pl", "kernel-doc", "spdxcheck.py", "const_structs.sh")
# Every command, so that one that comes to run something of a tree is met here.
_COMMANDS = [
    line.split()
    for line in """check|check HEAD|check --staged|cc|cc -f net/vmw_vsock/af_vsock.c|cc --engine script|send --dry-run
        |format|status|cover|window --offline|diff|fetch|thread|todo|trailers|respin|try build|try boot
        |hook run pre-commit|hook list|doctor|config|adopt|undo|rules|try build --against .|search x""".split("|")
]


@pytest.fixture
def trapped(series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A series in a tree nobody trusts: scripts, Makefiles and configurations that touch a mark."""
    monkeypatch.delenv("PATCHFLOW_TRUST")
    lay_traps(series, mark := tmp_path / "mark")
    return series, mark


def lay_traps(series: Path, mark: Path) -> None:
    for name in _SCRIPTS:
        # perl runs the program that the first line of a script names, so this leaves its mark either way.
        (series / "scripts" / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (series / "scripts" / name).chmod(0o755)
    for name in ("Makefile", "Kbuild", "net/Makefile", "net/vmw_vsock/Makefile"):
        path = series / name
        path.write_text(f"X := $(shell touch {mark})\nobj-m += vsock.o\nvsock-y += af_vsock.o\n")
    (series / ".pylintrc").write_text(f"[MAIN]\ninit-hook=open({str(mark)!r}, 'w')\n")
    (series / ".config").write_text("CONFIG_MODULES=y\n")
    (series / "tools").mkdir(exist_ok=True)
    (series / "tools/t.py").write_text("x = 1\n")
    git(series, "add", "-A", "-f")
    commit(series, "vsock: add traps")


def on_terminal(folder: Path, words: Sequence[str], answer: str) -> str:
    """What a command says on a terminal where every question gets this answer; "" is the end of input."""
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(folder), *words], encoding="utf-8", timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )  # fmt: skip
    said = ""
    while (asked := child.expect(["Do you trust this tree", pexpect.EOF, "for yes, n for no: "])) != 1:
        said += str(child.before) + str(child.after)
        if asked == 2:
            child.send("n")
        else:
            child.sendline(answer) if answer else child.sendeof()
    child.close()
    return said + str(child.before)


@pytest.mark.long
def test_no_command_runs_anything_of_a_tree_without_a_yes(trapped: tuple[Path, Path]) -> None:
    tree, mark = trapped
    for words in _COMMANDS:
        on_terminal(tree, words, "no")
        assert not mark.exists(), words
    assert "Do you trust" in on_terminal(tree, ["check"], "yes") and mark.exists(), "the traps work"


@pytest.mark.long
@pytest.mark.parametrize("decoy", ["none", "subfolder", "no MAINTAINERS", "own scripts"])
def test_no_answer_and_decoys(trapped: tuple[Path, Path], decoy: str) -> None:
    tree, mark = trapped
    folder = tree
    if decoy == "subfolder":
        folder = tree / "net/vmw_vsock"
        shutil.copy(tree / "MAINTAINERS", folder)
    elif decoy == "own scripts":  # a tree inside the tree, which was trusted as a whole
        assert run_patchflow("-C", str(tree), "trust").code == 0
        folder = tree / "net"
        shutil.copy(tree / "MAINTAINERS", folder)
        shutil.copytree(tree / "scripts", folder / "scripts")
    elif decoy == "no MAINTAINERS":
        git(tree, "rm", "-q", "--cached", "MAINTAINERS")
        (tree / "MAINTAINERS").unlink()
    if folder != tree:
        git(tree, "add", "-A", "-f")
    commit(tree, "vsock: add a decoy")
    commands = (["check", "HEAD~2"], ["cc", "--engine", "script"], ["send", "--dry-run"], ["hook", "run", "pre-commit"])
    for words in commands if decoy != "own scripts" else (["cc", "--engine", "script"],):
        on_terminal(folder, words, "")
        assert not mark.exists(), words
    if decoy != "own scripts":
        said = on_terminal(folder, [], "no")  # the terminal UI: no page of it opens
        assert "Do you trust" in said and not mark.exists()


_counter = count()


def asked(folder: Path) -> str:
    """What `check` asks in a folder, answered with no; "" where it asks nothing."""
    text = f"int changed_{next(_counter)};\n"  # never the same patch twice: its findings would come from the cache
    (folder / "net/vmw_vsock/af_vsock.c").write_text(text)
    git(folder, "add", "net/vmw_vsock/af_vsock.c")
    said = on_terminal(folder, ["check", "--staged"], "no")
    return said if "Do you trust" in said else ""


@pytest.mark.long
def test_a_yes_is_for_this_clone_and_its_code(series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATCHFLOW_TRUST")
    assert asked(series)
    assert run_patchflow("-C", str(series), "trust").code == 0
    assert not asked(series)
    git(series, "worktree", "add", "-q", "--detach", str(tmp_path / "side"))
    assert not asked(tmp_path / "side"), "worktrees of one clone share it"
    script = series / "scripts/checkpatch.pl"
    script.write_text(script.read_text() + "# edited\n")
    assert "scripts/checkpatch.pl" in asked(series), "code that was not checked out"
    git(series, "commit", "-qm", "scripts: edit checkpatch", "--", "scripts/checkpatch.pl")
    assert not asked(series), "what the user committed or checked out is not asked about"
    (series / "scripts/re.py").write_text("x = 1\n")
    git(series, "commit", "-qm", "x", "--allow-empty")
    assert "scripts/re.py" in asked(series), "a file beside the scripts that one of them could load"
    assert run_patchflow("-C", str(series), "trust").code == 0
    assert not asked(series), "a yes holds for what was shown"
    (series / "scripts/re.py").write_text("x = 2\n")
    assert "scripts/re.py" in asked(series)
    (series / "scripts/re.py").unlink()
    for name in (".checkpatch.conf", "net/.get_maintainer.conf", "GNUmakefile", "makefile"):
        (series / name).write_text("x\n")
        assert name in asked(series), "what gives a script its options, and each name that make looks for"
        (series / name).unlink()
    # Another clone at the same path, and one whose name holds a line of the list.
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(series), str(other))
    shutil.rmtree(series)
    other.rename(series)
    assert asked(series), "another clone at the same path"
    odd = tmp_path / f"odd\n{series}"
    odd.parent.mkdir(parents=True, exist_ok=True)
    git(tmp_path, "clone", "-q", str(series), str(odd))
    assert run_patchflow("-C", str(odd), "trust").code == 0
    assert asked(series), "a path with a newline speaks for itself only"
    assert not asked(odd)


def test_only_consent_starts_code_of_a_tree() -> None:
    """The modules that start it import the runner that takes a consent, and no other one."""
    for name in ("kernel/checkpatch.py", "kernel/get_maintainer.py", "kernel/tools.py", "build/modules.py"):
        text = (ROOT / "patchflow/adapters" / name).read_text()
        assert "run_code" in text and "import run" not in text.replace("import consent, run_code", ""), name
    for path in (ROOT / "patchflow").rglob("*.py"):
        made = "Consent(" in path.read_text().replace("class Consent", "")
        assert not made or path.name == "trust.py", f"{path} makes a consent by itself"
