"""What each entry point may load: a commit must not wait for libraries it does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.githooks.clones import GOOD, ROOT, Clone

HEAVY = {"pygit2", "git", "textual", "tree_sitter", "requests", "argparse", "liblore", "asyncio", "sqlite3", "email",
         "importlib.metadata", "platformdirs", "tempfile"}  # fmt: skip
SHOW = "import sys; sys.path.insert(0, {root!r}); {do}; print('\\n'.join(sorted(sys.modules)))"


def loaded(do: str, cwd: Path, env: dict[str, str], *flags: str) -> set[str]:
    words = [sys.executable, *flags, "-c", SHOW.format(root=str(ROOT), do=do)]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n"))


@pytest.mark.parametrize("name", ["commit-msg", "prepare-commit-msg", "pre-push"])
def test_light_hooks_load_nothing_heavy(tmp_path: Path, name: str) -> None:
    clone = Clone(tmp_path)
    (clone.home / "message").write_text(GOOD)
    words = {"pre-push": ["pre-push", "origin", "ssh://example.org/x"]}.get(name, [name, str(clone.home / "message")])
    do = f"from patchflow.githooks.__main__ import main; sys.stdin = open('/dev/null'); assert main({words!r}) == 0"
    found = loaded(do, clone.tree, clone.env, "-I", "-S")
    assert not found & HEAVY
    assert "patchflow.rules.code" not in found


def test_pre_commit_and_sendemail_validate_load_no_terminal_and_no_network(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    clone.write("net/vmw_vsock/new.c", "// SPDX-License-Identifier: GPL-2.0-only\nint f;\n")
    do = "from patchflow.githooks.__main__ import main; assert main(['pre-commit']) == 0"
    found = loaded(do, clone.tree, clone.env)
    assert not found & {"pygit2", "git", "textual", "requests", "argparse", "liblore", "sqlite3"}


def test_the_commands_load_only_their_own(tmp_path: Path) -> None:
    do = "from patchflow.cli.main import main; main(['rules', 'body'])"
    found = loaded(do, tmp_path, {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert not found & {"pygit2", "git", "textual", "requests", "liblore"}
