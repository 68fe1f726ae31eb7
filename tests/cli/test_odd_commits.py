"""Commits that are hard to read: each is checked, none ends in a traceback, none passes by accident."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import git, run_patchflow
from tests.sampled import few

FILE = "net/vmw_vsock/af_vsock.c"
BODY = "\n\nSay why it is needed, in a body.\n\nSigned-off-by: Ada Example <ada@example.org>\n"
FAULT = "static inline int odd_one(void)\n{\n\treturn 1;\n}\n"  # source-inline, an error
ROWS = b"".join(b"int r%05d;\n" % number for number in range(10_000))


def add(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    git(folder, "add", "-f", "--", name)


def binary(folder: Path) -> None:
    add(folder, "net/vmw_vsock/firmware.bin", bytes(range(256)) * 20)


def mode(folder: Path) -> None:
    git(folder, "update-index", "--chmod=+x", FILE)
    (folder / FILE).chmod(0o755)


def rename(folder: Path) -> None:
    git(folder, "mv", FILE, "net/vmw_vsock/renamed.c")


def copy_and_delete(folder: Path) -> None:
    add(folder, "net/vmw_vsock/copy.c", (folder / FILE).read_bytes())
    git(folder, "rm", "-q", FILE)


def submodule(folder: Path) -> None:
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},net/vmw_vsock/sub")


def symlink(folder: Path) -> None:
    (folder / "net/vmw_vsock/link.c").symlink_to("/etc/passwd")
    git(folder, "add", "-f", "net/vmw_vsock/link.c")


def nothing(folder: Path) -> None:
    """An empty commit."""


def crlf(folder: Path) -> None:
    add(folder, FILE, (folder / FILE).read_bytes() + FAULT.replace("\n", "\r\n").encode())


def latin(folder: Path) -> None:
    add(folder, FILE, (folder / FILE).read_bytes() + FAULT.encode() + "/* Müller */\n".encode("latin-1"))


def long(folder: Path) -> None:
    add(folder, FILE, (folder / FILE).read_bytes() + FAULT.encode() + ROWS[: 50 * 12])


def no_newline(folder: Path) -> None:
    add(folder, FILE, (folder / FILE).read_bytes() + FAULT.rstrip("\n").encode())


def odd_name(folder: Path) -> None:
    add(folder, 'net/vmw_vsock/a "quoted"\t\x1b[31m é.c', FAULT.encode())


def latin_name(folder: Path) -> None:
    name = os.fsdecode(b"net/vmw_vsock/M\xfcller.c")
    add(folder, name, FAULT.encode())


CASES: list[tuple[Callable[[Path], None], set[str]]] = [
    (binary, set()),
    (mode, {"checkpatch:EXECUTE_PERMISSIONS"}),
    (rename, set()),
    (copy_and_delete, set()),
    (submodule, set()),
    (symlink, set()),
    (nothing, set()),
    (crlf, {"source-inline", "checkpatch:DOS_LINE_ENDINGS"}),
    (latin, {"source-inline"}),
    (long, {"source-inline"}),
    (no_newline, {"source-inline", "checkpatch:MISSING_EOF_NEWLINE"}),
    (odd_name, {"source-inline"}),
    (latin_name, {"source-inline"}),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd")


@pytest.fixture
def real(tree: Path, room: Path) -> Path:
    """A clone of the kernel tree on a series without commits: one for all, put back for each test."""
    folder = room / "linux"
    if not folder.exists():
        subprocess.run(["git", "clone", "-q", "--shared", str(tree), str(folder)], check=True)
        assert run_patchflow("-C", str(folder), "new", "odd", "--base", "base").code == 0
    git(folder, "reset", "-q", "--hard", "base")
    assert git(folder, "status", "--porcelain") == ""
    return folder


@pytest.mark.tree
@pytest.mark.long
def test_odd_commits(real: Path) -> None:
    base = git(real, "rev-parse", "HEAD").strip()
    for make, rules in few(CASES, 12):
        git(real, "reset", "-q", "--hard", base)
        make(real)
        staged = run_patchflow("-C", str(real), "--json", "check", "--staged")
        git(real, "commit", "-q", "--allow-empty", "--no-verify", "-m", f"vsock: {make.__name__} it{BODY}")
        ran = run_patchflow("-C", str(real), "--json", "check")
        for each in (ran,) if make is nothing else (staged, ran):
            assert "Traceback" not in each.err + each.out, make
            assert each.code == (1 if each.json["summary"]["errors"] else 0), (make, each.err)
        found = {f["rule"] for f in ran.json["patches"][0]["findings"]}
        assert rules <= found, (make, ran.out)
        assert "checkpatch" not in found, (make, ran.out)
        if make in (odd_name, latin_name):
            for_people = run_patchflow("-C", str(real), "check")
            assert "\x1b" not in for_people.out
            assert for_people.code == ran.code


@pytest.mark.tree
@pytest.mark.parametrize(
    "message", [b"vsock: a\0b\n\nbody\n", b"vsock: long\n\n" + b"words and words\n" * 330_000], ids=["nul", "5 MB"]
)
@pytest.mark.long
def test_odd_message(real: Path, tmp_path: Path, message: bytes) -> None:
    path = tmp_path / "message"
    path.write_bytes(message)
    ran = run_patchflow("-C", str(real), "--json", "check", "--message", str(path))
    assert ran.code == 1, ran.out[:500]
    assert "message-text" in ran.out[:5000]
    # The same text as a commit, which only plumbing can make.
    text = b"tree %b\nparent %b\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\n" % (
        git(real, "rev-parse", "HEAD^{tree}").strip().encode(), git(real, "rev-parse", "HEAD").strip().encode(),
    )  # fmt: skip
    made = subprocess.run(
        ["git", "-C", str(real), "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
        input=text + message, capture_output=True, check=True, env=os.environ,
    )  # fmt: skip
    git(real, "update-ref", "refs/heads/odd", made.stdout.decode().strip())
    ran = run_patchflow("-C", str(real), "--json", "check")
    assert ran.code == 1, ran.err
    assert "Traceback" not in ran.err


def test_ten_thousand_lines(small: Path) -> None:
    """Without the real script, which takes 6 ms a line for its spelling."""
    assert run_patchflow("-C", str(small), "new", "odd", "--base", "base").code == 0
    add(small, FILE, FAULT.encode() + ROWS)
    git(small, "commit", "-q", "-m", f"vsock: long{BODY}")
    ran = run_patchflow("-C", str(small), "--json", "check")
    assert ran.code == 1
    assert "source-inline" in {f["rule"] for f in ran.json["patches"][0]["findings"]}
