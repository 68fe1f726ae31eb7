"""What is staged by file, hunk and line: git's own index says so, no file is touched, and every step is taken back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from patchflow.domain.diff import FileDiff
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.series import staging
from tests.tui.clone import git


def every(file: FileDiff) -> list[tuple[int, int]]:
    return [(number, line) for number, hunk in enumerate(file.hunks) for line in range(len(hunk.lines))]


def index(clone: Path) -> str:
    return git(clone, "ls-files", "-s")


def test_any_lines_can_be_staged_and_taken_back(clone: Path) -> None:
    """Random edits, random lines of them: staged and unstaged the index is as it was; in two parts it is the file."""
    path = clone / "alpha/a.c"
    path.write_text("".join(f"line {n}\n" for n in range(40)))
    git(clone, "commit", "--quiet", "-a", "-m", "forty lines")
    here, chance = Clone(str(clone)), random.Random(22)
    for turn in range(4):
        lines = path.read_text().split("\n")
        for _ in range(6):
            at = chance.randrange(len(lines))
            lines[at : at + chance.randrange(3)] = [f"turn {turn} {chance.random()}"] * chance.randrange(3)
        end = chance.choice(["", "\n"])
        path.write_text("\n".join(lines).rstrip("\n") + end)
        content, before = path.read_bytes(), index(clone)
        file = staging.read_work(here).file("alpha/a.c", False)
        if file is None:
            continue
        some = [one for one in every(file) if chance.random() < 0.5]
        if any(file.hunks[hunk].lines[line][:1] in "+-" for hunk, line in some):
            try:
                staging.toggle_lines(here, file, some, False)
            except PatchflowError:
                assert "\\ No newline" in str(file), "only at a last line without its end"
                assert index(clone) == before
                continue
            assert index(clone) != before
            here.store.ledger.undo()
            assert index(clone) == before
            here.store.ledger.redo()
            if rest := staging.read_work(here).file("alpha/a.c", False):
                staging.toggle_lines(here, rest, every(rest), False)
            assert git(clone, "diff") == "" and path.read_bytes() == content
            taken = staging.read_work(here).file("alpha/a.c", True)
            assert taken is not None
            staging.toggle_lines(here, taken, every(taken), True)
            assert git(clone, "diff", "--cached") == "" and path.read_bytes() == content
        staging.toggle_file(here, "alpha/a.c", False)
        git(clone, "commit", "--quiet", "-m", "next")


def test_whole_files_new_and_gone(clone: Path) -> None:
    (clone / "alpha/new file.c").write_text("int one;\nint two;\n")
    (clone / "alpha/deep/c.c").unlink()
    here = Clone(str(clone))
    work = staging.read_work(here)
    assert work.unknown == ("alpha/new file.c",) and [one.path for one in work.changed] == ["alpha/deep/c.c"]
    staging.toggle_lines(here, staging.unknown_file(here, "alpha/new file.c"), [(0, 0)], False)
    assert git(clone, "show", ":alpha/new file.c") == "int one;\n"
    staging.toggle_file(here, "alpha/new file.c", False)
    staging.toggle_file(here, "alpha/deep/c.c", False)
    assert git(clone, "status", "--porcelain") == 'D  alpha/deep/c.c\nA  "alpha/new file.c"\n'
    staging.toggle_file(here, "alpha/new file.c", True)
    assert '?? "alpha/new file.c"' in git(clone, "status", "--porcelain")
    for _ in range(4):
        here.store.ledger.undo()
    assert git(clone, "status", "--porcelain") == ' D alpha/deep/c.c\n?? "alpha/new file.c"\n'


def test_what_somebody_staged_meanwhile_is_not_taken_back(clone: Path) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text() + "int more;\n")
    here = Clone(str(clone))
    staging.toggle_file(here, "alpha/a.c", False)
    path.write_text(path.read_text() + "int most;\n")
    git(clone, "add", "alpha/a.c")
    before = index(clone)
    with pytest.raises(PatchflowError, match="changed"):
        here.store.ledger.undo()
    assert index(clone) == before
