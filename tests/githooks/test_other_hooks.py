"""pre-push and sendemail-validate with real git, and the hooks under the real pre-commit framework."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.githooks.clones import GOOD, ROOT, Clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_pre_push_warns_of_a_series_on_a_public_url_only(clone: Clone) -> None:
    clone.install("pre-push")
    old = clone.git("rev-parse", "--git-path", "hooks").stdout.strip()
    refs = "refs/heads/main 1111111111111111111111111111111111111111 refs/heads/main " + "0" * 40 + "\n"

    def push(url: str, **env: Any) -> subprocess.CompletedProcess[str]:
        words = [str(clone.tree / old / "pre-push"), "origin", url]
        given = {**clone.env, **env}
        return subprocess.run(words, cwd=clone.tree, text=True, check=False, env=given, input=refs, capture_output=True)

    public = "https://user:secret@example.org/linux.git"
    assert push(public).stderr == ""
    clone.git("config", "branch.main.patchflow-change-id", "20260101-x-0123456789ab")
    done = push(public)
    assert done.returncode == 0
    assert done.stderr.startswith("patchflow pre-push: 1 warning")
    assert "secret" not in done.stderr
    assert push("/a/folder").stderr == ""
    refs = refs.replace("refs/heads/main", "HEAD", 1)  # as git names it for `git push origin HEAD`
    assert push(public).stderr.startswith("patchflow pre-push: 1 warning: the series main")
    assert push(public, PATCHFLOW_SKIP="public-branch").stderr == ""


def test_pre_push_hands_the_refs_to_the_old_hook_too(clone: Clone) -> None:
    hooks = clone.tree / ".git" / "hooks"
    (hooks / "pre-push").write_text("#!/bin/sh\ncat > seen\n")
    (hooks / "pre-push").chmod(0o755)
    clone.install("pre-push")
    other = clone.home / "other.git"
    clone.git("init", "-q", "--bare", str(other))
    clone.git("push", "-q", str(other), "main")
    assert (clone.tree / "seen").read_text().startswith("refs/heads/main ")


def send(clone: Clone, *files: str, **env: Any) -> subprocess.CompletedProcess[str]:
    if not (Path(clone.git("--exec-path").stdout.strip()) / "git-send-email").exists():
        pytest.skip("git send-email is not installed: `scripts/setup` brings it")
    words = (
        "--dry-run",
        "--confirm=never",
        "--to=list@example.org",
        "--from=Ada Example <ada@example.org>",
        "--no-thread",
    )
    return clone.git("send-email", *words, *files, check=False, **env)


def patches(clone: Clone, *words: str, message: str = GOOD, count: int = 1) -> list[str]:
    for number in range(count):
        clone.write(
            "net/vmw_vsock/af_vsock.c",
            f"// SPDX-License-Identifier: GPL-2.0-only\nint vsock{number}, n{len(message)};\n",
        )
        clone.git("commit", "-q", "--no-verify", "-m", message)
    out = clone.git(
        "format-patch", f"-{count}", "--subject-prefix=PATCH net-next", *words, "-o", str(clone.home)
    ).stdout
    return out.split()


def test_a_bare_send_email_is_checked(clone: Clone) -> None:
    good = patches(clone)
    clone.install("sendemail-validate")
    assert send(clone, *good).returncode == 0, send(clone, *good).stderr
    bad = patches(clone, message="vsock: say nothing\n")
    done = send(clone, *bad)
    assert done.returncode != 0
    assert "patchflow sendemail-validate: 3 errors" in done.stderr
    assert "[signedoff] (skip once: PATCHFLOW_SKIP=signedoff)" in done.stderr
    assert "[checkpatch:" in done.stderr
    assert send(clone, *bad, PATCHFLOW_SKIP="signedoff,body,checkpatch").returncode == 0


@pytest.mark.long
def test_what_patchflow_let_through_passes_and_not_a_byte_more(clone: Clone) -> None:
    clone.install("sendemail-validate")
    (bad,) = patches(clone, message="vsock: say nothing\n")
    digest = hashlib.sha256(Path(bad).read_bytes()).hexdigest()
    assert send(clone, bad, PATCHFLOW_CHECKED=f"{'0' * 64},{digest}").returncode == 0
    Path(bad).write_bytes(Path(bad).read_bytes() + b"\n")
    assert send(clone, bad, PATCHFLOW_CHECKED=digest).returncode != 0


@pytest.mark.long
def test_cover_letters_and_letters_pass_and_an_unfilled_cover_does_not(clone: Clone) -> None:
    clone.install("sendemail-validate")
    cover, *rest = patches(clone, "--cover-letter", count=2)
    assert "placeholder" in send(clone, cover, *rest, "--force").stderr
    text = Path(cover).read_text().replace("*** SUBJECT HERE ***", "vsock: two").replace("*** BLURB HERE ***", "Why.")
    Path(cover).write_text(text)
    assert send(clone, cover, *rest).returncode == 0
    letter = clone.home / "letter"
    letter.write_text(
        "From: Ada Example <ada@example.org>\nSubject: Re: [PATCH net-next] vsock: x\nIn-Reply-To: <1@example.org>\n\n"
        "I mean:\n\ndiff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n"
    )
    assert send(clone, str(letter)).returncode == 0


@pytest.mark.skipif(shutil.which("pre-commit") is None and not (Path(sys.executable).parent / "pre-commit").exists(),
                    reason="the pre-commit framework is not installed (dependency group test)")  # fmt: skip
@pytest.mark.long
def test_the_pre_commit_framework_runs_them(clone: Clone) -> None:
    hooks = clone.home / "hooks-repository"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    clone.git("init", "-q", cwd=hooks)
    clone.git("add", "-A", cwd=hooks)
    clone.git("commit", "-q", "-m", "hooks", cwd=hooks)
    rev = clone.git("rev-parse", "HEAD", cwd=hooks).stdout.strip()
    # language: system takes the patchflow under test, instead of an environment with a copy from the network.
    names = ("pre-commit", "commit-msg", "prepare-commit-msg", "pre-push")
    rows = "".join(f"  - id: patchflow-{name}\n    language: system\n" for name in names)
    clone.write(".pre-commit-config.yaml", f"repos:\n- repo: {hooks}\n  rev: {rev}\n  hooks:\n{rows}")
    clone.commit(GOOD)
    folder = clone.home / "bin"
    folder.mkdir()
    (folder / "patchflow-hook").write_text(f'#!/bin/sh\nexec {sys.executable} -m patchflow.githooks "$@"\n')
    (folder / "patchflow-hook").chmod(0o755)
    clone.env["PATH"] = f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{clone.env['PATH']}"
    kinds = [word for name in names for word in ("-t", name)]
    words = ["pre-commit", "install", *kinds]
    done = subprocess.run(words, cwd=clone.tree, env=clone.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    clone.write("net/vmw_vsock/new.c", "// SPDX-License-Identifier: GPL-2.0-only\nstatic inline int f(void)\n{\n}\n")
    done = clone.commit(GOOD)
    assert done.returncode == 1
    assert "[source-inline]" in done.stdout + done.stderr
    clone.write("net/vmw_vsock/new.c", "// SPDX-License-Identifier: GPL-2.0-only\nint f;\n")
    done = clone.commit("nothing but a subject")
    assert done.returncode == 1
    assert "[signedoff]" in done.stdout + done.stderr
    assert clone.commit(GOOD).returncode == 0


def test_ours_is_chained_by_a_hook_manager_that_comes_later(clone: Clone) -> None:
    clone.install("commit-msg")
    hooks = clone.tree / ".git" / "hooks"
    (hooks / "commit-msg").rename(hooks / "commit-msg.legacy")
    (hooks / "commit-msg").write_text('#!/bin/sh\nexec "$0.legacy" "$@"\n')
    (hooks / "commit-msg").chmod(0o755)
    clone.write("README", "more\n")
    assert "[signedoff]" in clone.commit("vsock: x").stderr
