"""The wheel, installed into a fresh environment outside the checkout as pipx does it, works there on its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from patchflow.cli.main import COMMANDS
from tests.conftest import MESSAGE, ROOT
from tests.sampled import few

# Asked before any test seals the home: what was downloaded once need not come again.
_CACHE = os.environ.get("PIP_CACHE_DIR") or str(Path("~/.cache/pip").expanduser())
_NO_NETWORK = ("No matching distribution", "Could not find a version", "Temporary failure", "NewConnectionError")


def _pythons() -> list[str]:
    """The interpreter of the tests, and every other supported one: on the PATH, or among pyenv's."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [sys.executable]
    for name in (f"python3.{minor}" for minor in (11, 12, 13) if minor != sys.version_info.minor):
        built = sorted(versions.glob(f"{name.removeprefix('python')}.*/bin/{name}"))
        found.append(str(built[-1]) if built else name)
    return found


def run(*argv: str, cwd: Path, code: int | None = 0, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with nothing of the checkout in its environment."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        argv, cwd=cwd, env={**clean, **env}, input=stdin, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def pip(*words: str, cwd: Path) -> None:
    """The tests' pip; skips where there is no network."""
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = run(*argv, cwd=cwd, code=None, PIP_CACHE_DIR=_CACHE)
    if done.returncode and any(word in done.stderr for word in _NO_NETWORK):
        pytest.skip("the package index cannot be reached, so nothing can be installed")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the wheel: one for every Python."""
    folder = tmp_path_factory.mktemp("dist")
    pip("wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT), cwd=folder)
    return folder


@pytest.fixture(scope="module", params=few(_pythons(), 1))
def installed(request: pytest.FixtureRequest, dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as pipx does it: venvs/patchflow, and bin/ with links to its commands."""
    room = tmp_path_factory.mktemp("pipx")
    venv = room / "venvs/patchflow"
    try:
        # No pip of its own, and nothing compiled beforehand: either takes longer than all the tests of it.
        subprocess.run([request.param, "-m", "venv", "--without-pip", str(venv)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"{request.param} is not on this machine")
    pip("--python", str(venv / "bin/python"), "install", "-q", "--no-compile", "--only-binary", ":all:",
        "--find-links", str(dist), "patchflow", cwd=room)  # fmt: skip
    (room / "bin").mkdir()
    for name in ("patchflow", "patchflow-hook"):
        (room / "bin" / name).symlink_to(venv / "bin" / name)
    return room


@pytest.fixture
def command(installed: Path) -> str:
    return str(installed / "bin/patchflow")


@pytest.mark.long
def test_the_wheel_holds_what_is_needed_and_nothing_compiled(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for path in ("hooks/hook.sh", "kernel/lay-tree", *(f"kernel/profiles/{p}.toml" for p in ("net-next", "vsock"))):
        assert f"patchflow/_share/{path}" in names
    assert "patchflow/tui/patchflow.tcss" in names
    page = zipfile.ZipFile(wheel).read(next(name for name in names if name.endswith("share/man/man1/patchflow.1")))
    assert all(rf"\fBpatchflow {command}\fR".encode() in page for command in COMMANDS)
    assert not [name for name in names if name.endswith((".so", ".pyc")) or name.startswith("tests")]
    have = {path.name for path in (ROOT / "kernel/profiles").iterdir()}
    assert have == {Path(name).name for name in names if name.startswith("patchflow/_share/kernel/profiles/")}


@pytest.mark.long
def test_doctor_check_and_hooks_work_outside_the_checkout(
    installed: Path, command: str, small: Path, sealed: Path
) -> None:
    (small / "scripts/get_maintainer.pl").write_text("#!/usr/bin/perl\n")
    with (sealed / "gitconfig").open("a") as file:
        file.write("[sendemail]\n\tsmtpServer = 127.0.0.1\n")
    where = run(str(installed / "venvs/patchflow/bin/python"), "-c", "import patchflow; print(patchflow.__file__)",
                cwd=small)  # fmt: skip
    assert where.stdout.startswith(str(installed))
    shown = run(command, "doctor", cwd=small, code=None)
    assert shown.returncode == 0 or "MISS git send-email" in shown.stdout, shown.stdout
    run(command, "new", "topic", "--base", "base", "--profile", "vsock", cwd=small)

    run(command, "hook", "install", cwd=small)
    path = "/usr/local/bin:/usr/bin:/bin"  # nothing of ours on it: the stubs know their interpreter
    source = small / "net/vmw_vsock/af_vsock.c"
    source.write_text(source.read_text() + "int f( int a);\n")
    refused = run("git", "commit", "-aqm", MESSAGE.format(title="add f"), cwd=small, code=1, PATH=path)
    assert "patchflow pre-commit: 1 error" in refused.stderr
    source.write_text(source.read_text().replace("f( int", "f(int"))
    refused = run("git", "commit", "-aqm", "Add f.", cwd=small, code=1, PATH=path)
    assert "patchflow commit-msg" in refused.stderr
    run("git", "commit", "-aqm", MESSAGE.format(title="add f"), cwd=small, PATH=path)

    found = run(command, "--json", "check", cwd=small, code=None)
    assert found.returncode in (0, 1)
    assert '"subject": "vsock: add f"' in found.stdout
    assert "net-next" in run(command, "config", "profile", cwd=small).stdout
    run(command, "hook", "uninstall", cwd=small)
    run(str(installed / "bin/patchflow-hook"), "commit-msg", "-h", cwd=small, code=None)


@pytest.mark.long
def test_the_terminal_ui_comes_up(installed: Path, command: str, small: Path) -> None:
    import pexpect

    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    child = pexpect.spawn(
        command, cwd=str(small), env={**env, "TERM": "xterm-256color"}, dimensions=(24, 80), timeout=30
    )
    child.expect("patchflow")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
