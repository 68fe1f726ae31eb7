"""What every test stands on: a sealed home, no network but loopback, a small kernel tree, the real one where it is."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import settings

from tests import forked
from tests.sampled import LEFT_OUT, SAMPLE, of_many_cases, sampled
from tests.stand_in import CHECKPATCH

# Started in the background of a script (`make test &`), a shell has the tests ignore Ctrl-C, and with them every
# program they start; tests of what Ctrl-C does need it heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long one example takes says something of the machine and what else runs on it, not of the program.
settings.register_profile("patchflow", deadline=None)
settings.load_profile("patchflow")

ROOT = Path(__file__).resolve().parent.parent
_HOMES = count()
ADA = "Ada Example <ada@example.org>"


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the tests' folders in memory where there is room: a program under test syncs each file it writes, git too,
    and most of a test would be waiting for the disk. --basetemp names another place, PATCHFLOW_TEMP=/tmp too."""
    room = os.environ.get("PATCHFLOW_TEMP", "/dev/shm")
    if not hasattr(config, "workerinput") and not config.option.basetemp and _holds_tests(room):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = room
        tempfile.tempdir = None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test` takes one or two cases of each test that starts programs; `make test-cases` what that leaves out.

    The files are mixed, always alike: those that wait for a terminal or a server run beside those that do not.
    """
    items.sort(key=lambda one: crc32(one.nodeid.partition("::")[0].encode()))
    if not (SAMPLE or LEFT_OUT):
        return
    kept = set(sampled(items))
    if LEFT_OUT:
        again = {path: of_many_cases(path) for path in {one.path for one in items}}
        left = [one for one in items if one not in kept or getattr(one, "originalname", one.name) in again[one.path]]
        kept = {*left, *(one for one in items if one.get_closest_marker("long"))}
    config.hook.pytest_deselected(items=[one for one in items if one not in kept])
    items[:] = [one for one in items if one in kept]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking through it for garbage takes a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the program has it


def pytest_sessionfinish() -> None:
    """pytest now collects garbage five times, a second each: there is nothing more that it could tell of a test."""
    gc.freeze()


def _holds_tests(room: str) -> bool:
    """Whether a folder can be written to, has 4 GiB free, and lets programs run."""
    try:
        facts = os.statvfs(room)
    except OSError:
        return False
    return os.access(room, os.W_OK) and facts.f_bavail * facts.f_frsize > 4 << 30 and not facts.f_flag & os.ST_NOEXEC


@pytest.fixture(autouse=True)
def sealed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own: no configuration, cache or credential of this machine is read or written."""
    # Numbered here: pytest looks through all that there are for the next number, a tenth of the time of small tests.
    home = tmp_path_factory.mktemp(f"home-{next(_HOMES)}", numbered=False)
    for name in list(os.environ):
        if name.startswith(("GIT_", "PATCHFLOW_")) and name not in ("PATCHFLOW_TREE", "PATCHFLOW_SHARED_MAIL"):
            monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PATCHFLOW_TRUST": "all",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    (home / "gitconfig").write_text(
        "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        "\tdefaultObjectFormat = sha1\n\tdefaultRefFormat = files\n"  # what git 3.0 makes by itself is another
        "[maintenance]\n\tauto = false\n"  # newer ones leave a lock behind a commit for a moment
    )
    return home


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection to another machine fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise ConnectionRefusedError(f"tests reach loopback only, not {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


class Ran:
    """What a run of the command left."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        import json

        return json.loads(self.out)


Command = Callable[..., Ran]


def run_patchflow(*words: str, cwd: Path | str = ROOT, stdin: str = "", env: dict[str, str] | None = None) -> Ran:
    """Runs the real command in a process of its own; no traceback may ever appear."""
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    if forked.alike(whole):
        done = forked.run(list(words), str(cwd), stdin, whole)
    else:
        done = subprocess.run(
            [sys.executable, "-m", "patchflow", *words], cwd=cwd, input=stdin, capture_output=True, text=True,
            env=whole, check=False, errors="replace", timeout=300,
        )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "bug in patchflow" not in done.stderr, done.stderr
    return Ran(done)


def git(folder: Path, *words: str, stdin: str = "") -> str:
    """Runs git and returns what it printed."""
    done = subprocess.run(
        ["git", "-C", str(folder), *words], input=stdin, capture_output=True, text=True, check=False, errors="replace"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


MAINTAINERS = """List of maintainers

Maintainers List
----------------

VM SOCKETS (AF_VSOCK)
M:\tMarco Maintainer <marco@example.net>
L:\tvirtualization@lists.example.org
L:\tnetdev@lists.example.org
S:\tMaintained
F:\tnet/vmw_vsock/

THE REST
M:\tRuth Rest <ruth@example.net>
L:\tkernel@lists.example.org
S:\tBuried alive in reporters
F:\t*
F:\t*/
"""


Once = Callable[[str, Path, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a repository for the first test that wants it, and copies it for the others: each has one of its own."""
    room = tmp_path_factory.mktemp("once")

    def lay(name: str, folder: Path, make: Callable[[Path], object]) -> Path:
        kept = room / name
        if kept.exists():
            if folder.exists():
                shutil.rmtree(folder)
            shutil.copytree(kept, folder, symlinks=True)
            git(folder, "update-index", "-q", "--refresh")
        else:
            make(folder)
            shutil.copytree(folder, kept, symlinks=True)
        return folder

    return lay


@pytest.fixture
def small(tmp_path: Path, once: Once) -> Path:
    """A git repository that looks like a kernel tree: MAINTAINERS, a C file, a checkpatch.pl that finds nothing."""
    return once("small", tmp_path / "linux", _make_small)


def _make_small(folder: Path) -> None:
    for path, text in {
        "MAINTAINERS": MAINTAINERS,
        "Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\n",
        "net/vmw_vsock/af_vsock.c": "// SPDX-License-Identifier: GPL-2.0\nint a;\nint b;\nint c;\n",
        "scripts/checkpatch.pl": CHECKPATCH,
    }.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "base: begin it")
    git(folder, "tag", "base")


MESSAGE = "vsock: {title}\n\nSay why it is needed, in a body.\n\nSigned-off-by: Ada Example <ada@example.org>\n"


def commit(folder: Path, title: str, text: str | None = None, path: str = "net/vmw_vsock/af_vsock.c") -> str:
    """Commits a change with a sound message; `text` is appended to the file."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a") as file:
        file.write(text if text is not None else f"int {title.replace(' ', '_')};\n")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-F", "-", stdin=MESSAGE.format(title=title))
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def series(small: Path, once: Once) -> Path:
    """The small tree on a series of two patches with a cover letter."""
    return once("series", small, _make_series)


def _make_series(small: Path) -> None:
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    commit(small, "add one")
    commit(small, "add two")
    ran = run_patchflow("-C", str(small), "cover", "--set", "-", stdin="vsock: add one and two\n\nThey are needed.\n")
    assert ran.code == 0, ran.err


def kernel_tree() -> Path | None:
    """The real kernel tree, where one is laid."""
    for folder in (os.environ.get("PATCHFLOW_TREE", ""), str(ROOT / "kernel" / "linux")):
        if folder and (Path(folder) / "scripts" / "checkpatch.pl").is_file():
            return Path(folder)
    return None


@pytest.fixture(scope="session")
def maintainers(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The real tree's MAINTAINERS, compiled once: that takes a second, and the cache of each test begins with it."""
    from patchflow.adapters.kernel.maintainers_index import load_index

    if (found := kernel_tree()) is None:
        return None
    room = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATCHFLOW_CACHE_DIR", str(room))
        load_index(str(found))
    return room / "maintainers"


@pytest.fixture
def tree(sealed: Path, maintainers: Path | None) -> Path:
    """The real kernel tree; skips where none is laid."""
    found = kernel_tree()
    if found is None or maintainers is None:
        pytest.skip("no kernel tree: run `make setup`, or name one in PATCHFLOW_TREE")
    shutil.copytree(maintainers, sealed / "cache/patchflow/maintainers")
    return found


@pytest.fixture
def smtp(tmp_path: Path, sealed: Path) -> Iterator[Any]:
    """A loopback SMTP server that git send-email is configured for."""
    from patchflow.demo.server import LoopbackServer

    server = LoopbackServer(tmp_path / "delivered")
    with (sealed / "gitconfig").open("a") as file:
        file.write(f"[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = {server.port}\n\tsmtpEncryption =\n")
    yield server
    server.stop()
