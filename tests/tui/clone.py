"""A small clone with a series in it, made with real git in a sealed home."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from patchflow.flow.clone import Clone, profile
from patchflow.flow.series.prepare import new_series
from patchflow.flow.templates import cover_template
from tests.small_tree import lay
from tests.stand_in import CHECKPATCH


def seal(home: Path, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Moves everything a program could read or write at home into a folder; the environment it makes."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "gitconfig").write_text(
        "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
        "[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = 9\n[advice]\n\tdetachedHead = false\n"
    )
    own = {
        "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"), "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_SYSTEM": os.devnull, "PATCHFLOW_CACHE_DIR": str(home / "cache" / "patchflow"),
        "PATCHFLOW_CONFIG_DIR": str(home / "config" / "patchflow"), "GIT_EDITOR": "true",
    }  # fmt: skip
    for name, value in own.items():
        patch.setenv(name, value)
    return {**os.environ, **own}


def git(folder: Path, *words: str, stdin: str = "") -> str:
    """Runs git in a folder."""
    done = subprocess.run(["git", "-C", str(folder), *words], input=stdin, capture_output=True, text=True, check=True)
    return done.stdout


def make_clone(folder: Path) -> Path:
    """A tree with a base commit and stand-in scripts."""
    folder.mkdir(parents=True)
    lay(folder)
    script = folder / "scripts" / "checkpatch.pl"
    script.parent.mkdir()
    script.write_text(CHECKPATCH)
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    git(
        folder, "commit", "--quiet", "-m", "base: a tree that never was\n\nSigned-off-by: Ada Example <ada@example.org>"
    )
    git(folder, "tag", "base")
    return folder


def make_series(folder: Path, name: str = "peek", patches: int = 3) -> None:
    """A series with patches to one file each; the second has a style error."""
    here = Clone(str(folder))
    facts = profile("vsock")
    new_series(here.repository, here.store, name, facts, "base", template=cover_template(here, facts, name))
    files = ["alpha/a.c", "alpha/deep/c.c", "tools/b.cc"]
    for number in range(patches):
        path = folder / files[number % 3]
        bad = "call( 1);" if number == 1 else "call(1);"
        path.write_text(path.read_text() + f"int {name.replace('-', '_')}_{number} = {bad}\n")
        message = (
            f"alpha: change number {number + 1} of {name}\n\nWithout it nothing of this kind works, so it is\n"
            f"needed here.\n\nSigned-off-by: Ada Example <ada@example.org>\n"
        )
        git(folder, "commit", "--quiet", "-a", "-F", "-", stdin=message)
