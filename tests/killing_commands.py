"""kill -9 at random instants over the commands that change something: nothing lost, nothing doubled, nothing half.

`python -m tests.killing_commands COUNT [SEED]` kills as often as is asked for; the tests run a sample.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.conftest import ROOT, _make_series, _make_small, git
from tests.killing import clear_locks

COMMANDS = {
    "new": "new more --base base",
    "respin": "respin",
    "trailers": "trailers --apply --yes",
    "undo": "undo",
    "todo": "todo --addressed {comment}=done",
    "fetch": "fetch --mbox {room}/more.mbox",
    "hook": "hook install commit-msg",
    "send": "send --yes --override repost-24h=x --override no-change=x",
    "reply": "reply {comment} --send --yes",
    "try": "try build --per-patch --against {room}/headers",
}
# What a command writes first when it begins to change something.
_BEGUN = ("step.json", "outbox/*/plan.json", "outbox/reply/*/plan.json")
# Seconds that are drawn from for a kill within the step, which is that short; a send lasts longer.
_STEPS = {"new": 0.05, "respin": 0.05, "trailers": 0.05, "undo": 0.05, "todo": 0.05, "send": 0.6, "reply": 0.4}
_HOOK = "#!/bin/sh\n# mine\nexit 0\n"


def env_of(room: Path) -> dict[str, str]:
    """A home of its own."""
    places = {"XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state", "GIT_CONFIG_GLOBAL": "gitconfig"}
    fixed = {"PYTHONPATH": str(ROOT), "HOME": str(room), "GIT_CONFIG_SYSTEM": os.devnull, "PATCHFLOW_TRUST": "all"}
    return {**os.environ, **fixed, **{name: str(room / part) for name, part in places.items()}}


class Room:
    """A prepared clone that is copied for each kill, and a loopback server in a process of its own."""

    def __init__(self, room: Path) -> None:
        self.room, self.folder, self.kept = room, room / "linux", room / "kept"
        self.env = env_of(room)
        (room / "gitconfig").write_text(
            "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        )
        code = (
            "import sys, time; from pathlib import Path; from patchflow.demo.server import LoopbackServer\n"
            "server = LoopbackServer(Path(sys.argv[1])); print(server.port, flush=True); sys.stdin.read()"
        )
        argv = [sys.executable, "-c", code, str(room / "delivered")]
        self.server = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env)
        assert self.server.stdout
        port = self.server.stdout.readline().strip()
        with (room / "gitconfig").open("a") as file:
            file.write(f"[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = {port}\n\tsmtpEncryption =\n")

    def run(self, words: str, code: int | None = 0, **env: str) -> str:
        """A command to its end; what it printed."""
        argv = [sys.executable, "-m", "patchflow", "-C", str(self.folder), *words.split()]
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**self.env, **env}, check=False
        )
        assert "Traceback" not in done.stderr and "bug in patchflow" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def prepare(self) -> None:
        """A series sent once, with comments and a trailer, v2 open where that is wanted, a draft, a hook."""
        _make_small(self.folder)
        (self.folder / "net/vmw_vsock/Makefile").write_text(
            "obj-$(CONFIG_VSOCKETS) += vsock.o\nvsock-y += af_vsock.o\n"
        )
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--amend", "--no-edit")
        git(self.folder, "tag", "-f", "base")
        lay_headers(self.room / "headers")
        _make_series(self.folder)
        self.run("send --yes")
        sent = json.loads(self.run("--json status"))["series"][0]["sent"][0]["message_ids"]
        for name, ids in (("first", "ab"), ("more", "cd")):
            (self.room / f"{name}.mbox").write_text("".join(_reply(sent[1], one) for one in ids))
        self.run(f"fetch --mbox {self.room}/first.mbox")
        comments = json.loads(self.run("--json todo", 1))["comments"]
        self.comment = comments[0]["id"]
        self.run(f"reply {self.comment} --edit", GIT_EDITOR="""sh -c 'printf "\\nThanks.\\n" >> "$1"' x""")
        (self.folder / ".git/hooks").mkdir(exist_ok=True)
        hook = self.folder / ".git/hooks/commit-msg"
        hook.write_text(_HOOK)
        hook.chmod(0o755)
        shutil.copytree(self.folder, self.kept, symlinks=True)

    def fresh(self, name: str) -> None:
        """The clone as it was prepared."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder, symlinks=True)
        git(self.folder, "update-index", "-q", "--refresh")
        for path in (self.room / "delivered").glob("*"):
            path.unlink()
        if name in ("send", "undo"):
            self.run("respin")
        if name == "try":
            shutil.rmtree(self.room / "cache/patchflow/try", ignore_errors=True)

    def delivered(self) -> Counter[str]:
        """Message-ID -> how often it was delivered."""
        texts = [
            path.read_text(errors="replace") for path in sorted((self.room / "delivered").rglob("*")) if path.is_file()
        ]
        return Counter(match[1] for text in texts if (match := re.search(r"(?im)^message-id: *<(.*)>", text)))

    def kill(self, name: str, after: float, begun: bool = False) -> bool:
        """Starts a command and kills it after so many seconds; whether it had not ended by then.

        `begun`: the seconds count from when it began to change something.
        """
        words = COMMANDS[name].format(room=self.room, comment=self.comment)
        argv = [sys.executable, "-m", "patchflow", "-C", str(self.folder), *words.split()]
        child = subprocess.Popen(argv, env=self.env,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)  # fmt: skip
        own = self.folder / ".git/patchflow"
        stood = {path for pattern in _BEGUN for path in own.glob(pattern)}
        while begun and child.poll() is None and not {p for one in _BEGUN for p in own.glob(one)} - stood:
            time.sleep(0.0005)
        with suppress(subprocess.TimeoutExpired):
            child.wait(after)
            return False
        child.send_signal(signal.SIGKILL)
        child.wait()
        return True

    def check(self, name: str, before: str) -> str:
        """What the command came to, having been killed; AssertionError where something is lost, doubled or half."""
        if name in ("send", "reply"):
            return self._check_mail(name)
        if name == "hook":
            self.run("hook install commit-msg")
            self.run("hook uninstall commit-msg")
            assert (self.folder / ".git/hooks/commit-msg").read_text() == _HOOK
            return "whole"
        if name == "try":
            self.run(COMMANDS["try"].format(room=self.room))
            assert "it holds" in self.run("status")
            assert state(self.folder) == before
            assert not list((self.room / "cache/patchflow/try/work").glob("*")), "the killed build's folder stays"
            return "whole"
        if name == "fetch":
            self.run(f"fetch --mbox {self.room}/more.mbox")
            assert len(json.loads(self.run("--json todo", 1))["comments"]) == 4
            return "whole"
        self.run("status")
        left = state(self.folder)
        if left == before:
            self.run(COMMANDS[name].format(room=self.room, comment=self.comment), None if name == "todo" else 0)
            return "not begun"
        self.run("redo" if name == "undo" else "undo")
        assert state(self.folder) == before, f"{name} is half made:\n{before}\n{left}\n{state(self.folder)}"
        return "made"

    def _check_mail(self, name: str) -> str:
        _settle(self.room / "delivered")
        first = sum(self.delivered().values())
        go_on = "send --resume --yes" if name == "send" else f"reply {self.comment} --send --yes"
        said = self.run("status" if name == "send" else "reply --list")
        whole = "v2 sent" in said if name == "send" else "No drafts" in said
        if name == "send" and not whole and "--resume" not in said:
            go_on = COMMANDS["send"]
        for _ in range(4):
            if whole:
                break
            said = self.run(go_on, None)
            answers = re.findall(r"--arrived (\S+@\S+)", said)
            if answers:
                have = self.delivered()
                words = " ".join(f"--{'arrived' if one in have else 'again'} {one}" for one in answers)
                said = self.run(f"{go_on} {words}", None)
            done = self.run("status" if name == "send" else "reply --list")
            whole = "v2 sent" in done if name == "send" else "No drafts" in done
        assert whole, said
        counted = self.delivered()
        assert set(counted.values()) == {1}, counted
        assert len(counted) == (3 if name == "send" else 1), counted
        return f"{first} had left"


def lay_headers(folder: Path) -> None:
    """Headers of the small tree's version, with a Makefile that takes its time."""
    (folder / "include" / "config").mkdir(parents=True)
    (folder / "Makefile").write_text(
        '%.ko:\n\t@echo "  CC [M]  $(M)/net/vmw_vsock/af_vsock.o"\n\t@sleep 0.2\n\t@touch $(M)/net/vmw_vsock/vsock.ko\n'
    )
    (folder / ".config").write_text("CONFIG_VSOCKETS=m\n")
    (folder / ".kernelvariables").write_text("override CROSS_COMPILE = \nCC = $(CROSS_COMPILE)true\n")
    (folder / "include/config/kernel.release").write_text("7.3.0-test\n")


def _settle(folder: Path) -> None:
    """Waits until the git send-email that is left behind has gone."""
    last = -1
    while last != (now := len(list(folder.rglob("*")))):
        last = now
        time.sleep(0.3)


def _reply(parent: str, name: str) -> str:
    trailer = "Reviewed-by: Rita Reviewer <rita@example.net>\n\n" if name == "a" else ""
    return (
        f"From x Mon Nov 23 10:00:00 2026\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\nSubject: Re: [PATCH 1/2] vsock: add one\n"
        f"Message-ID: <{name}@example.net>\nIn-Reply-To: <{parent}>\n\n> +int add_one;\n\nWhy {name}?\n\n{trailer}"
    )


def state(folder: Path) -> str:
    """Refs, settings, HEAD, the work tree, covers and marks, and no step that is half made."""
    own = folder / ".git/patchflow"
    assert not (own / "step.json").exists()
    files = [
        f"{path}: {path.read_text()}"
        for path in (*sorted(own.glob("series/*/cover")), own / "comments.json")
        if path.is_file()
    ]
    refs = git(folder, "for-each-ref", "--format=%(refname) %(objectname)")
    config = "\n".join(sorted(git(folder, "config", "--local", "--list").split("\n")))
    return "\n".join([refs, config, git(folder, "symbolic-ref", "HEAD"), git(folder, "status", "--porcelain"), *files])


def git_ended(folder: Path, seconds: float = 30.0) -> None:
    """Waits for the git commands that a killed patchflow had started for a step."""
    mark = f"PATCHFLOW_STEP={folder / '.git/patchflow/step.json'}\0".encode()

    def alive() -> bool:
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in path.read_bytes():
                    return True
        return False

    until = time.monotonic() + seconds
    while alive() and time.monotonic() < until:
        time.sleep(0.005)


def kills(room: Path, count: int, seed: int) -> dict[str, dict[str, int]]:
    """So many kills over the commands in turn; what each came to, counted."""
    chance = random.Random(seed)
    here = Room(room)
    try:
        here.prepare()
        counted: dict[str, Counter[str]] = {name: Counter() for name in COMMANDS}
        length: dict[str, float] = {}
        names = list(COMMANDS)
        for name in names:
            here.fresh(name)
            began = time.monotonic()
            here.kill(name, 60)
            length[name] = time.monotonic() - began
        for number in range(count):
            name = names[number % len(names)]
            here.fresh(name)
            before = state(here.folder)
            # Half of them at a random instant (nothing happens while the interpreter starts), half within the step.
            begun = chance.random() < 0.5 and name in _STEPS
            at = chance.random() * _STEPS[name] if begun else length[name] * (0.3 + chance.random() * 0.75)
            killed = here.kill(name, at, begun)
            git_ended(here.folder)  # it was not killed: a lock taken from it alive would leave half a checkout
            clear_locks(here.folder)
            outcome = here.check(name, before)
            outcome += ", within the step" if begun else ""
            counted[name][outcome if killed else "ended before"] += 1
        return {name: dict(rows) for name, rows in counted.items()}
    finally:
        assert here.server.stdin
        here.server.stdin.close()
        here.server.wait(30)


def main() -> None:
    """The kills that are asked for, in a room of their own."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as room:
        os.environ.update(env_of(Path(room)))
        began = time.monotonic()
        found = kills(Path(room), count, seed)
        print(json.dumps({"kills": count, "seed": seed, "seconds": round(time.monotonic() - began), **found}, indent=1))


if __name__ == "__main__":
    main()
