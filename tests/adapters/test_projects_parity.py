"""Recipients in other projects' trees: the index against QEMU's own script, and U-Boot's script, which is asked.

A sample of the files; all of them with PATCHFLOW_PARITY=all (QEMU: 19,000 runs of its script, about 20 minutes).
"""

from __future__ import annotations

import os
import random

import pytest

from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.formats.get_maintainer.script import doubts_about, options_of
from tests.conftest import git
from tests.projects import laid

SAMPLE = None if os.environ.get("PATCHFLOW_PARITY") == "all" else 40


@pytest.mark.long
def test_every_file_of_qemu_as_its_own_script_has_it() -> None:
    tree = laid("qemu")
    files = git(tree, "ls-files").split("\n")
    directory = Directory(str(tree), "both")
    assert directory.problems == ()
    chosen = files if SAMPLE is None else random.Random().sample(files, SAMPLE)
    wrong = [(path, found) for path in chosen if (found := directory.for_files([path]).differs)]
    assert wrong == []
    assert Directory(str(tree)).for_files(chosen[:1]).engine == "index"


def test_patches_of_qemu_reach_whom_its_own_script_names() -> None:
    """The order of patches over several sections is not the script's; who is named is."""
    tree = laid("qemu")
    files = [path for path in git(tree, "ls-files").split("\n") if path.isascii() and " " not in path]
    directory = Directory(str(tree), "both")
    for _ in range(12):
        parts = [
            f"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n"
            f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"
            for path in random.Random().sample(files, 3)
        ]
        differs = directory.for_patch("Subject: [PATCH] x\n\nbody\n---\n" + "".join(parts)).differs
        assert sorted(row[1:] for row in differs if row[0] == "-") == sorted(
            row[1:] for row in differs if row[0] == "+"
        )


def test_u_boots_script_is_asked_because_its_maintainers_stand_in_many_files() -> None:
    tree = laid("u-boot")
    answer = Directory(str(tree)).for_files(["board/freescale/ls1021atwr/ls1021atwr.c"])
    assert answer.engine == "script"
    assert any("find-maintainer-files" in note for note in answer.notes)
    assert any("alison.wang@nxp.com" in line for line in answer.lines), "board/*/MAINTAINERS names her"


@pytest.mark.parametrize(
    ("change", "says"), [("$value =~ s/\\?/\\./g;", "read_maintainer_file"), ("sub uniq {\n", "uniq")]
)
def test_a_script_that_was_changed_is_not_known(change: str, says: str) -> None:
    text = (laid("qemu") / "scripts" / "get_maintainer.pl").read_text()
    assert [doubt for doubt in doubts_about(text) if "vcs_" not in doubt] == []
    assert change in text
    assert says in " ".join(doubts_about(text.replace(change, change + " $value = 1;\n", 1)))


def test_options_are_read_from_the_scripts_themselves() -> None:
    qemu, uboot = (
        options_of((laid(name) / "scripts" / "checkpatch.pl").read_text(errors="replace"))
        for name in ("qemu", "u-boot")
    )
    assert {"root", "signoff", "strict"} <= qemu and not {"show-types", "ignore", "max-line-length"} & qemu
    assert {"show-types", "ignore", "u-boot"} <= uboot
    assert options_of("no table") == frozenset()
