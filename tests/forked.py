"""Runs the command line in processes that are forked from one that has imported it, so that no run pays for imports.

Each run is still a process of its own, with the arguments, environment, folder, descriptors and exit code that it would
have, and nothing of it is left to the next. What an interpreter does at its start is not repeated: see `alike`. That a
module imports what it needs is seen by the tests that start `python -m patchflow` or the installed command.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_MOST = 1 << 20  # bytes of a request
# Not loaded beforehand: what no command line runs in its own process, and what starts threads, which no fork survives.
_NOT_BEFORE = ("patchflow.tui", "patchflow.demo", "patchflow.githooks", "patchflow.formats.trace.simpletrace")
# What an interpreter reads of its environment when it starts, never afterwards.
_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "COVERAGE_")


def alike(env: Mapping[str, str]) -> bool:
    """Whether a forked process would be as one that starts in this environment; while coverage is measured none is."""
    return "COVERAGE_PROCESS_CONFIG" not in env and _at_start(env) == _at_start(_server().env)


def run(words: list[str], cwd: str, stdin: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """As subprocess.run of `python -m patchflow`."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.connect(_server().place)
            request = json.dumps({"words": words, "cwd": cwd, "env": dict(env)}).encode("utf-8", "surrogateescape")
            socket.send_fds(asked, [len(request).to_bytes(4, "big")], [one.fileno() for one in (given, out, err)])
            asked.sendall(request)
            asked.settimeout(300)
            code = int(asked.recv(16) or b"1")
        texts = []
        for one in (out, err):
            one.seek(0)
            texts.append(one.read().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
    return subprocess.CompletedProcess(words, code, *texts)


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START) and name != "PYTHONPATH"}


class _Server:
    """The process that is forked from: one for each process of tests, gone when that is."""

    def __init__(self) -> None:
        self.env = dict(os.environ)
        self.folder = tempfile.TemporaryDirectory()
        self.place = f"{self.folder.name}/asked"
        argv = [sys.executable, "-m", "tests.forked", self.place]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"
        atexit.register(self.process.communicate)  # the end of its standard input is its end


@lru_cache(maxsize=1)
def _server() -> _Server:
    return _Server()


def serve(place: str) -> None:
    """Imports, and forks for each that asks, until standard input ends."""
    for module in pkgutil.walk_packages([str(ROOT / "patchflow")], "patchflow."):
        if not module.name.startswith(_NOT_BEFORE):
            __import__(module.name)
    gc.freeze()  # what is shared with the forked stays shared
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(place)
    listening.listen()
    ended, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    running: dict[int, socket.socket] = {}
    os.write(1, b"ready\n")
    watched: list[Any] = [listening, 0, ended]
    while True:
        ready = select.select(watched, [], [])[0]
        if 0 in ready:
            return
        if ended in ready:
            os.read(ended, 1 << 16)
            _tell_ends(running)
        if listening in ready:
            asked, _ = listening.accept()
            handles, request = _request(asked)
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for other in (listening, asked, *running.values()):
                    other.close()
                _become(handles, request)
            running[pid] = asked
            for one in handles:
                os.close(one)


def _tell_ends(running: dict[int, socket.socket]) -> None:
    """Says of each command that has ended how it did."""
    with suppress(ChildProcessError):
        while (end := os.waitpid(-1, os.WNOHANG))[0]:
            with running.pop(end[0]) as asked, suppress(OSError):  # who asked may have given up
                asked.sendall(str(os.waitstatus_to_exitcode(end[1])).encode())


def _request(asked: socket.socket) -> tuple[list[int], dict[str, Any]]:
    """The three descriptors and what is to be run."""
    head, handles, _, _ = socket.recv_fds(asked, 4, 3)
    size, text = int.from_bytes(head, "big"), b""
    while len(text) < size:
        text += asked.recv(size - len(text))
    return handles, json.loads(text.decode("utf-8", "surrogateescape"))


def _become(handles: list[int], request: dict[str, Any]) -> None:
    """The command itself, in the place of `python -m patchflow`."""
    code = 1
    try:
        for handle, one in enumerate(handles):
            os.dup2(one, handle)
            os.close(one)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)), "utf-8", "surrogateescape")
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")), "utf-8", "surrogateescape")
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), "utf-8", "backslashreplace", None, True)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        time.tzset()
        _look_at_home()
        sys.argv = [str(ROOT / "patchflow" / "__main__.py"), *request["words"]]
        sys.orig_argv = [sys.executable, "-m", "patchflow", *request["words"]]
        sys.modules["patchflow.__main__"].run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - what an interpreter does at its end
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _look_at_home() -> None:
    """libgit2 reads once, when it is loaded, where the user's configuration lies."""
    import pygit2
    from pygit2.enums import ConfigLevel

    home = os.environ.get("HOME", "")
    xdg = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    pygit2.settings.search_path[ConfigLevel.GLOBAL] = home
    pygit2.settings.search_path[ConfigLevel.XDG] = f"{xdg}/git"


if __name__ == "__main__":
    serve(sys.argv[1])
