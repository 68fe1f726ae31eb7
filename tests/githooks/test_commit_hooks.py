"""commit-msg, prepare-commit-msg and pre-commit with real git commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.githooks.clones import GOOD, Clone

BAD_C = "// SPDX-License-Identifier: GPL-2.0-only\nstatic inline int f(void)\n{\n\treturn 0;\n}\n"
GOOD_C = "// SPDX-License-Identifier: GPL-2.0-only\nint f(void)\n{\n\treturn 0;\n}\n"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    made.install()
    return made


def editor(clone: Clone, script: str) -> str:
    path = clone.home / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_good_commit_passes_in_silence(clone: Clone) -> None:
    clone.write("README", "more\n")
    done = clone.commit(GOOD, "-q")
    assert done.returncode == 0
    assert done.stderr == ""


def test_the_verdict_comes_first_and_each_finding_says_how_to_skip_it(clone: Clone) -> None:
    clone.write("README", "more\n")
    done = clone.commit("no prefix")
    assert done.returncode == 1
    rows = done.stderr.splitlines()
    assert rows[0].startswith("patchflow commit-msg: 2 errors, 1 warning: the commit is stopped")
    assert any("[signedoff] (skip once: PATCHFLOW_SKIP=signedoff)" in row for row in rows)
    assert "git commit --no-verify" in rows[-1]
    assert clone.commit("no prefix", PATCHFLOW_SKIP="signedoff,body").returncode == 0
    clone.write("README", "and more\n")
    assert clone.commit("no prefix", "--no-verify").returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("subject", ["fixup! vsock: x", "squash! vsock: x", "amend! vsock: x"])
def test_commits_to_be_squashed_pass(clone: Clone, subject: str) -> None:
    clone.write("README", "more\n")
    assert clone.commit(subject).returncode == 0


@pytest.mark.long
def test_merges_pass(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "side")
    clone.write("side", "more\n")
    clone.commit(GOOD)
    clone.git("switch", "-q", "main")
    clone.write("README", "more\n")
    clone.commit(GOOD)
    assert clone.git("merge", "--no-ff", "-m", "a merge", "side", check=False).returncode == 0


def test_comment_characters_and_the_diff_below_the_scissors(clone: Clone) -> None:
    clone.git("config", "core.commentChar", ";")
    clone.write("README", "more\n")
    comment = "; a comment that is longer than any line of a message may be, by far, by very far indeed"
    write = f"printf '%s' '{GOOD}' > t; echo '{comment}' >> t"
    done = clone.git("commit", "-v", check=False, GIT_EDITOR=editor(clone, f'{write}; cat "$1" >> t; mv t "$1"'))
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_comment_char_auto(clone: Clone) -> None:
    clone.git("config", "core.commentChar", "auto")
    clone.write("README", "more\n")
    template = clone.home / "template"
    template.write_text("# a heading\n")
    done = clone.git(
        "commit",
        "-t",
        str(template),
        check=False,
        GIT_EDITOR=editor(clone, f'printf \'{GOOD}\' > t; cat "$1" >> t; mv t "$1"'),
    )
    assert "a line that begins with #" in done.stderr  # git keeps it: its own comments begin with ;


@pytest.mark.long
@pytest.mark.parametrize(
    ("message", "word"),
    [
        (b"vsock: x\n\nA body \0 with NUL.\n\nSigned-off-by: Ada Example <ada@example.org>\n", "NUL"),
        (b"vsock: x\n\n" + b"a word " * 750_000 + b"\n\nSigned-off-by: Ada Example <ada@example.org>\n", "characters"),
        (b"vsock: x\n\nL\xe4tin\n\nSigned-off-by: Ada Example <ada@example.org>\n", "UTF-8"),
    ],
)
def test_damaged_messages_are_stopped_without_a_traceback(clone: Clone, message: bytes, word: str) -> None:
    clone.write("README", "more\n")
    file = clone.home / "message"
    file.write_bytes(message)
    done = clone.git("commit", "-F", str(file), check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert word in done.stderr
    assert done.stderr.startswith("patchflow commit-msg: ")


def test_pre_commit_sees_the_index_and_not_the_work_tree(clone: Clone) -> None:
    clone.write("net/vmw_vsock/new.c", BAD_C)
    clone.write("net/vmw_vsock/new.c", GOOD_C, stage=False)
    done = clone.commit(GOOD)
    assert done.returncode == 1
    assert done.stderr.startswith("patchflow pre-commit: 1 error")
    assert "net/vmw_vsock/new.c:2: error:" in done.stderr
    assert "[source-inline]" in done.stderr
    clone.write("net/vmw_vsock/new.c", GOOD_C)
    clone.write("net/vmw_vsock/new.c", BAD_C, stage=False)
    assert clone.commit(GOOD).returncode == 0


@pytest.mark.long
def test_pre_commit_sees_what_commit_with_paths_would_take(clone: Clone) -> None:
    clone.write("net/vmw_vsock/new.c", BAD_C)
    clone.write("README", "more\n")
    assert clone.commit(GOOD, "README").returncode == 0  # git's own temporary index, named by GIT_INDEX_FILE
    assert clone.commit(GOOD).returncode == 1


def test_pre_commit_runs_checkpatch_without_asking_for_a_message(clone: Clone) -> None:
    clone.write("net/vmw_vsock/new.c", GOOD_C.replace("return 0;", "return 0 ;"))
    done = clone.commit(GOOD)
    assert "[checkpatch:SPACING]" in done.stderr
    assert "MISSING_SIGN_OFF" not in done.stderr
    assert "COMMIT_MESSAGE" not in done.stderr


@pytest.mark.long
def test_odd_changes_pass_pre_commit(clone: Clone) -> None:
    clone.write("image.bin", b"\0\1\2")
    clone.git("commit", "-q", "-m", GOOD)
    path = clone.write("latin.txt", b"gr\xfc\xdfe\r\n")
    path.chmod(0o755)
    clone.git("add", "latin.txt")
    clone.git("mv", "net/vmw_vsock/af_vsock.c", "net/vmw_vsock/renamed.c")
    clone.write("image.bin", b"\0\1\3")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    done = clone.commit(GOOD)
    assert "Traceback" not in done.stderr
    assert "could not check" not in done.stderr
    assert "[checkpatch:INVALID_UTF8]" in done.stderr
    clone.git("commit", "-q", "--no-verify", "-m", GOOD)
    assert clone.commit(GOOD, "--allow-empty").returncode == 0


def test_a_checkpatch_that_dies_stops_the_commit(clone: Clone) -> None:
    clone.write("scripts/checkpatch.pl", "#!/usr/bin/perl\ndie 'of old age';\n", stage=False)
    clone.write("README", "more\n")
    done = clone.commit(GOOD)
    assert done.returncode == 1
    assert "of old age" in done.stderr


def test_a_checkpatch_that_is_not_there_stops_the_commit(clone: Clone) -> None:
    """As in a sparse checkout that leaves scripts/ out."""
    clone.write("README", "more\n")
    (clone.tree / "scripts" / "checkpatch.pl").unlink()
    done = clone.commit(GOOD)
    assert done.returncode == 1
    assert "git restore scripts" in done.stderr, "they stand in HEAD"
    assert clone.commit(GOOD, PATCHFLOW_SKIP="all").returncode == 0


@pytest.mark.long
def test_the_prefix_comes_from_the_history_of_the_files(clone: Clone) -> None:
    for number in range(3):
        clone.write("net/vmw_vsock/af_vsock.c", f"// SPDX-License-Identifier: GPL-2.0-only\nint vsock{number};\n")
        clone.git("commit", "-q", "--no-verify", "-m", f"af_vsock: number {number}")
    clone.write("net/vmw_vsock/af_vsock.c", "// SPDX-License-Identifier: GPL-2.0-only\nint vsock;\n")
    copy = f'cp "$1" {clone.home}/seen'
    done = clone.git("commit", check=False, GIT_EDITOR=editor(clone, copy))
    assert (clone.home / "seen").read_text().splitlines()[0] == "af_vsock: "
    # Left as it is, the prefix alone is no message.
    assert done.returncode != 0
    assert "behind the prefix" in done.stderr
    assert "Signed-off-by" not in (clone.home / "seen").read_text()


def test_the_sign_off_is_added_only_where_configured(clone: Clone) -> None:
    clone.git("config", "patchflow.signoff", "true")
    clone.write("README", "more\n")
    assert clone.commit("vsock: say why\n\nThe reader wants to know.\n").returncode == 0
    assert "Signed-off-by: Ada Example <ada@example.org>" in clone.git("log", "-1", "--format=%b").stdout


@pytest.mark.long
@pytest.mark.parametrize("kind", ["fixup", "squash"])
def test_a_commit_to_be_squashed_is_left_as_it_is(clone: Clone, kind: str) -> None:
    clone.git("config", "patchflow.signoff", "true")
    clone.write("README", "more\n")
    assert clone.git("commit", f"--{kind}", "HEAD", "--no-edit", check=False).returncode == 0
    assert clone.git("log", "-1", "--format=%B").stdout.strip() == f"{kind}! the tree"


def test_outside_a_kernel_tree_the_hooks_do_nothing(clone: Clone) -> None:
    clone.git("rm", "-q", "MAINTAINERS")
    assert clone.commit("anything").returncode == 0
    clone.write("x.c", BAD_C)
    assert clone.commit("anything").returncode == 0


def test_the_rules_on_a_message_follow_the_files(clone: Clone) -> None:
    """A profile for a section sets a rule's severity; the commit's files decide whether it holds."""
    text = 'extends = "kernel"\ntitle = "Strict"\nsections = ["STRICT"]\n[severities]\nsubject-format = "error"\n'
    folder = clone.home / "config/profiles"
    folder.mkdir(parents=True)
    (folder / "strict.toml").write_text(text)
    maintainers = clone.tree / "MAINTAINERS"
    maintainers.write_text(f"{maintainers.read_text()}\nSTRICT\nM:\tBob <bob@example.org>\nS:\tMaintained\nF:\tlib/\n")
    clone.git("commit", "-qam", "MAINTAINERS: add it", "--no-verify")
    clone.install("commit-msg")
    message = GOOD.replace("vsock: say why in the body", "Say why in the body")
    clone.write("fs/a.txt", "a\n")
    assert clone.commit(message).returncode == 0
    clone.write("lib/a.txt", "a\n")
    done = clone.commit(message)
    assert done.returncode == 1 and "[subject-format]" in done.stderr
    clone.git("config", "branch.main.patchflow-profile", "kernel")
    assert clone.commit(message).returncode == 0, "one that was chosen stays"
