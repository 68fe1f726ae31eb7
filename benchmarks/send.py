"""Our own time around git send-email for a 16-message series, against git send-email in one go; prints the ratio.

Run: .venv/bin/python -m benchmarks.send
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from patchflow.demo.server import LoopbackServer
from tests.stand_in import CHECKPATCH

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5


def main() -> None:
    """Makes a small tree with 15 patches and a cover, and sends it both ways RUNS times."""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        server = LoopbackServer(room / "delivered")
        env = {
            **os.environ, "HOME": name, "GIT_CONFIG_GLOBAL": str(room / "gitconfig"), "GIT_CONFIG_SYSTEM": os.devnull,
            "PATCHFLOW_CACHE_DIR": str(room / "cache"),
        }  # fmt: skip
        (room / "gitconfig").write_text(
            "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[sendemail]\n\tsmtpServer = 127.0.0.1\n"
            f"\tsmtpServerPort = {server.port}\n\tsmtpEncryption =\n\tconfirm = never\n"
        )
        tree = make(room / "linux", env)
        ours, alone = [], []
        for _ in range(RUNS):
            alone.append(timed(one_go(tree, room, env), tree, env))
            ours.append(timed([*PATCHFLOW, "-C", str(tree), "send", "--yes"], tree, env))
            forget(tree, env)
        server.stop()
        git_time, our_time = statistics.median(alone), statistics.median(ours)
        print(f"git send-email in one go: {git_time:.2f} s; patchflow send, all of it: {our_time:.2f} s")
        print(f"own time around it: {(our_time - git_time) / git_time:.2f} times git send-email's (goal: at most 1)")


PATCHFLOW = [sys.executable, "-m", "patchflow"]


def make(tree: Path, env: dict[str, str]) -> Path:
    """A tree with a MAINTAINERS of one section and a series of 15 patches."""
    (tree / "net/vmw_vsock").mkdir(parents=True)
    (tree / "scripts").mkdir()
    (tree / "MAINTAINERS").write_text(
        "VM SOCKETS (AF_VSOCK)\nM:\tMarco Maintainer <marco@example.net>\nL:\tnetdev@lists.example.org\n"
        "F:\tnet/vmw_vsock/\n"
    )
    (tree / "scripts/checkpatch.pl").write_text(CHECKPATCH)
    (tree / "net/vmw_vsock/a.c").write_text("int a;\n")
    run(["git", "init", "-q", "-b", "main", str(tree)], tree, env)
    run(["git", "add", "-A"], tree, env)
    run(["git", "commit", "-q", "-m", "base"], tree, env)
    run([*PATCHFLOW, "-C", str(tree), "new", "many", "--base", "HEAD"], tree, env)
    for number in range(15):
        with (tree / "net/vmw_vsock/a.c").open("a") as file:
            file.write(f"int a{number};\n")
        message = f"vsock: add {number}\n\nSay why.\n\nSigned-off-by: Ada Example <ada@example.org>\n"
        run(["git", "commit", "-q", "-a", "-m", message], tree, env)
    cover = tree.parent / "cover"
    cover.write_text("vsock: add many\n\nThey are needed.\n")
    run([*PATCHFLOW, "-C", str(tree), "cover", "--set", str(cover)], tree, env)
    return tree


def one_go(tree: Path, room: Path, env: dict[str, str]) -> list[str]:
    """git send-email over the same mails."""
    out = room / "mails"
    run([*PATCHFLOW, "-C", str(tree), "send", "--to-outbox", str(out)], tree, env)
    files = sorted(map(str, out.iterdir()))
    return ["git", "send-email", "--no-thread", "--suppress-cc=all", "--to=marco@example.net", *files]


def forget(tree: Path, env: dict[str, str]) -> None:
    """Takes the record of the sent revision away, so that the next run sends v1 again."""
    refs = run(["git", "for-each-ref", "--format=%(refname)", "refs/patchflow"], tree, env).split()
    for ref in refs:
        run(["git", "update-ref", "-d", ref], tree, env)


def run(argv: list[str], tree: Path, env: dict[str, str]) -> str:
    """Runs a command to its end."""
    return subprocess.run(argv, cwd=tree, env=env, check=True, capture_output=True, text=True).stdout


def timed(argv: list[str], tree: Path, env: dict[str, str]) -> float:
    """Seconds a whole command takes."""
    started = time.monotonic()
    run(argv, tree, env)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
