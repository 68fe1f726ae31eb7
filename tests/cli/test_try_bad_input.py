"""What a try is not given: sources, symbols, room on the disk, the time to end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_try_build_full import full, tools
from tests.cli.test_try_build_setting import configured
from tests.cli.test_try_build_stand_in import branch, build, headers, left, refused
from tests.conftest import ROOT, commit, git, run_patchflow
from tests.processes import command_lines

__all__ = ["branch", "configured", "full", "headers", "tools"]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed: apt install make")
FILE = "net/vmw_vsock/af_vsock.c"


def test_headers_without_module_symvers_know_no_symbols(branch: Path, headers: Path) -> None:
    """Each symbol would be undefined: none is told to be, and that is said."""
    (headers / "Module.symvers").unlink()
    does = "if test -z '$(KBUILD_MODPOST_WARN)'; then echo 'ERROR: modpost: \"printk\" [x.ko] undefined!'; exit 1; fi"
    warns = "echo 'WARNING: modpost: \"printk\" [x.ko] undefined!'; echo 'WARNING: modpost: missing MODULE_LICENSE()'"
    text = (headers / "Makefile").read_text()
    (headers / "Makefile").write_text(f"{text}\t@{does}\n\t@grep -q WARN $(F) && {{ {warns}; }} || true\n")
    commit(branch, "one", "int one;\n")
    ran = build(branch, headers)
    assert ran.code == 0 and any("Module.symvers" in text for text in ran.json["not_run"]), ran.err
    commit(branch, "two", "/* WARN */\n")
    ran = build(branch, headers)
    found = [one["text"] for one in ran.json["patches"][-1]["new"]]
    assert found == ["a warning", "modpost: missing MODULE_LICENSE()"]


def programs(folder: Path, **does: str) -> dict[str, str]:
    """An environment whose named programs do something else."""
    folder.mkdir()
    for name, script in does.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


CACHE = r"""case "$*" in
*pkgnames*) echo linux-source-7.1;;
*madison*) echo " linux-source-7.1 | 7.1.4-1 | http://deb.example.org/debian main amd64 Packages";;
esac"""


def test_a_source_that_cannot_be_had_is_named_with_what_to_fetch(
    branch: Path, headers: Path, tmp_path: Path, sealed: Path
) -> None:
    """Without a package of it, and without a network; a tag of the clone serves then."""
    commit(branch, "one", "int one;\n")
    (headers / "include/config/kernel.release").write_text("7.1.4-test\n")
    words = ("-C", str(branch), "--json", "try", "build", "--on", str(headers))
    none = programs(tmp_path / "none", **{"apt-cache": "exit 0", "apt-get": "exit 100"})
    refused(run_patchflow(*words, env=none), 3, "have no linux-source-7.1", "git fetch", "tag v7.1.4", "--on FOLDER")
    fails = 'echo "E: Failed to fetch http://deb.example.org: Temporary failure resolving" >&2; exit 100'
    offline = programs(tmp_path / "offline", **{"apt-cache": CACHE, "apt-get": fails})
    ran = run_patchflow(*words, env=offline)
    refused(ran, 3, "Temporary failure resolving", "git fetch", "tag v7.1.4", "--on FOLDER")
    assert not list((sealed / "cache/patchflow/debian").glob(".fetching-*"))
    git(branch, "tag", "v7.1.4", "base")
    ran = run_patchflow(*words, env=offline)
    assert ran.code == 0 and ran.json["on"]["source"] == "v7.1.4", ran.err


FETCHES = """case "$1" in
download) : > linux-source.deb; {} ;;
esac"""


@pytest.mark.parametrize(
    ("apt", "dpkg"),
    [
        ('echo "E: Write error - write (28: No space left on device)" >&2; exit 100', "exit 0"),
        ("exit 0", 'echo "dpkg-deb: error: failed to write: No space left on device" >&2; exit 2'),
    ],
)
def test_a_disk_that_is_full_while_a_package_is_fetched(
    branch: Path, headers: Path, tmp_path: Path, sealed: Path, apt: str, dpkg: str
) -> None:
    """Told as such, with the way to make room, and not as a source that nobody has."""
    commit(branch, "one", "int one;\n")
    (headers / "include/config/kernel.release").write_text("7.1.4-test\n")
    env = programs(tmp_path / "full", **{"apt-cache": CACHE, "apt-get": FETCHES.format(apt), "dpkg-deb": dpkg})
    ran = run_patchflow("-C", str(branch), "try", "build", "--on", str(headers), env=env)
    refused(ran, 4, "The disk is full", "No space left on device", "try clean")
    assert not list((sealed / "cache/patchflow/debian").glob(".fetching-*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_killed_while_a_package_is_fetched(
    branch: Path, headers: Path, tmp_path: Path, sealed: Path, number: signal.Signals
) -> None:
    """apt-get ends with it, and what it left half done goes when it is fetched anew."""
    commit(branch, "one", "int one;\n")
    (headers / "include/config/kernel.release").write_text("7.1.4-test\n")
    mark = 200_000 + os.getpid()
    fetches = FETCHES.format(f"touch {tmp_path}/now; exec sleep {mark}")
    env = programs(tmp_path / "apt", **{"apt-cache": CACHE, "apt-get": fetches, "dpkg-deb": "exit 2"})
    words = [sys.executable, "-m", "patchflow", "-C", str(branch), "try", "build", "--on", str(headers)]
    with subprocess.Popen(
        words, env={**os.environ, **env, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL
    ) as child:
        until = time.monotonic() + 20
        while not (tmp_path / "now").exists() and time.monotonic() < until:
            time.sleep(0.02)
        child.send_signal(number)
        child.wait(timeout=20)
    while any(str(mark).encode() in one for one in command_lines()):
        assert time.monotonic() < until + 10, "apt-get is left"
        time.sleep(0.05)
    left_over = list((sealed / "cache/patchflow/debian").glob(".fetching-*"))
    assert bool(left_over) == (number == signal.SIGKILL)
    (tmp_path / "apt/apt-get").write_text("#!/bin/sh\nexit 100\n")
    run_patchflow(*words[3:], env=env)
    assert not list((sealed / "cache/patchflow/debian").glob(".fetching-*"))


MAIL = """From u@x Thu Jan  1 00:00:00 2026
From: Uwe Upstream <uwe@example.net>
Subject: [PATCH] vsock: what is not there
Message-ID: <h1@uwe>
Date: Wed, 7 Jan 2026 10:00:00 +0000

Why.

Signed-off-by: Uwe Upstream <uwe@example.net>
---
diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
index 1111111..2222222 100644
--- a/net/vmw_vsock/af_vsock.c
+++ b/net/vmw_vsock/af_vsock.c
@@ -100,3 +100,4 @@ static int nowhere(void)
 \tnowhere_a();
 \tnowhere_b();
+\tnowhere_c();
 \tnowhere_d();
"""


def test_a_patch_that_does_not_apply_at_all(branch: Path, headers: Path, tmp_path: Path, sealed: Path) -> None:
    """Of mail, and carried elsewhere: the file and the patch are named, and nothing is left behind."""
    path = tmp_path / "x.mbox"
    before = git(branch, "for-each-ref"), git(branch, "worktree", "list")
    path.write_text(MAIL)
    refused(build(branch, headers, str(path)), 1, "Nobody here has the base")
    path.write_text(f"{MAIL}\nbase-commit: {git(branch, 'rev-parse', 'base').strip()}\n")
    refused(build(branch, headers, str(path)), 1, "what is not there")
    assert (git(branch, "for-each-ref"), git(branch, "worktree", "list")) == before
    assert left(sealed) == []


@pytest.mark.parametrize("against", ["headers", "full"])
def test_a_disk_that_is_full(request: pytest.FixtureRequest, tmp_path: Path, against: str) -> None:
    """A cache of 300 KB, which one file fills: a sentence with the way out, and no folder of the run."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs a mount of one's own, which this machine does not allow: unshare -rm")
    tree = request.getfixturevalue(against)
    clone = tree if against == "full" else request.getfixturevalue("branch")
    commit(clone, "one", f"/* {'x' * 500_000} */\n")
    cache = tmp_path / "small"
    cache.mkdir()
    script = f'mount -t tmpfs -o size=300k none {cache} && "$@"; code=$?; ls {cache}/try/work | wc -l; exit $code'
    words = ["unshare", "-rm", "sh", "-c", script, "sh", sys.executable, "-m", "patchflow", "-C", str(clone), "try",
             "build", "HEAD~1..HEAD", "--against", str(tree)]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATCHFLOW_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=60)
    said = done.stderr.strip().split("\n")[-1]
    assert done.returncode == 4 and said.startswith("patchflow: The disk is full") and "try clean" in said, done.stderr
    assert "Traceback" not in done.stderr and done.stdout.strip() == "0"


def own(configured: Path, cache: Path) -> tuple[list[str], dict[str, str]]:
    """A full tree's build in a cache of its own."""
    words = [
        sys.executable,
        "-m",
        "patchflow",
        "-C",
        str(configured),
        "--json",
        "try",
        "build",
        "--config",
        "tinyconfig",
    ]
    return words, {**os.environ, "PYTHONPATH": str(ROOT), "PATCHFLOW_CACHE_DIR": str(cache)}


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("at", ["building in", "preparing it", "making tinyconfig", "prepared in", "CC [M]"])
def test_killed_anywhere_a_full_tree_is_built_the_next_time(
    configured: Path, tmp_path: Path, number: signal.Signals, at: str
) -> None:
    """No process, lock or folder of the run is left, and what it left half done is done again."""
    commit(configured, "one", "int one;\n", FILE)
    words, env = own(configured, tmp_path / "cache")
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        while at not in (row := child.stderr.readline()):
            assert row, "it ended"
        child.send_signal(number)
        child.communicate(timeout=20)
    end = time.monotonic() + 10
    while any(str(tmp_path).encode() in one and b"make" in one for one in command_lines()):
        assert time.monotonic() < end, "a make is left"
        time.sleep(0.1)
    again = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert again.returncode == 0 and '"holds": true' in again.stdout, again.stderr
    assert list((tmp_path / "cache/try/work").iterdir()) == []
    cleaned = [*words[:5], "try", "clean", "--yes"]
    assert subprocess.run(cleaned, env=env, capture_output=True, check=False, timeout=60).returncode == 0
    assert git(configured, "status", "--porcelain") == "" and git(configured, "worktree", "list").count("\n") <= 1
