"""What is staged and discarded by file, hunk and line: git's own index says so, and every step is taken back."""

from __future__ import annotations

import random
import shutil
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


def forty_lines(clone: Path) -> Path:
    """A file that is committed."""
    path = clone / "alpha/a.c"
    path.write_text("".join(f"line {n}\n" for n in range(40)))
    git(clone, "commit", "--quiet", "-a", "-m", "forty lines")
    return path


def edit(lines: list[str], turn: int, chance: random.Random) -> None:
    """Six random edits."""
    for _ in range(6):
        at = chance.randrange(len(lines))
        lines[at : at + chance.randrange(3)] = [f"turn {turn} {chance.random()}"] * chance.randrange(3)


def test_any_lines_can_be_staged_and_taken_back(clone: Path) -> None:
    """Random edits, random lines of them: staged and unstaged the index is as it was; in two parts it is the file."""
    path = forty_lines(clone)
    here, chance = Clone(str(clone)), random.Random(22)
    for turn in range(4):
        lines = path.read_text().split("\n")
        edit(lines, turn, chance)
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


def test_any_lines_can_be_discarded_and_brought_back(clone: Path) -> None:
    path = forty_lines(clone)
    here, chance = Clone(str(clone)), random.Random(7)
    for turn in range(3):
        lines = path.read_text().split("\n")
        edit(lines, turn, chance)
        path.write_text("\n".join(lines).rstrip("\n") + "\n")
        path.chmod(0o750)
        content, before = path.read_bytes(), index(clone)
        file = staging.read_work(here).file("alpha/a.c", False)
        assert file is not None
        some = [one for one in every(file) if chance.random() < 0.5]
        staging.discard(here, [file], some)
        assert path.read_bytes() != content and index(clone) == before and path.stat().st_mode & 0o777 == 0o750
        left = staging.read_work(here).file("alpha/a.c", False)
        assert left is None or sorted(left.added()) != sorted(file.added()) or left.removed() != file.removed()
        here.store.ledger.undo()
        assert path.read_bytes() == content
        here.store.ledger.redo()
        if left:
            staging.discard(here, [left], every(left))
            assert git(clone, "diff", "-p").count("\n") <= 3, "at most the mode is another"
            here.store.ledger.undo()
        here.store.ledger.undo()
        assert path.read_bytes() == content


def test_whole_files_are_discarded_in_one_step(clone: Path) -> None:
    (clone / "alpha/new file.c").write_text("int one;\n")
    (clone / "alpha/a.c").write_bytes(b"\0\xff")
    (clone / "alpha/a.c").chmod(0o755)
    shutil.rmtree(clone / "alpha/deep")
    gone = git(clone, "ls-files", "--deleted").split()
    (clone / "tools/b.cc").unlink()
    (clone / "tools/b.cc").symlink_to("nowhere")
    before, here = git(clone, "status", "--porcelain"), Clone(str(clone))
    work = staging.read_work(here)
    shown = [*work.changed, staging.unknown_file(here, "alpha/new file.c")]
    assert len(shown) == 4 + len(gone) and gone
    staging.discard(here, shown)
    assert git(clone, "status", "--porcelain") == ""
    here.store.ledger.undo()
    assert git(clone, "status", "--porcelain") == before and (clone / "alpha/a.c").read_bytes() == b"\0\xff"
    assert str((clone / "tools/b.cc").readlink()) == "nowhere"


def test_what_was_not_shown_is_not_discarded(clone: Path, tmp_path: Path) -> None:
    path, here = clone / "alpha/a.c", Clone(str(clone))
    path.write_text(path.read_text() + "int one;\n")
    shown = staging.read_work(here).changed
    path.write_text(path.read_text() + "int two;\n")
    with pytest.raises(PatchflowError, match="changed since it was shown"):
        staging.discard(here, shown)
    staging.discard(here, staging.read_work(here).changed)
    path.write_text(path.read_text() + "int three;\n")
    with pytest.raises(PatchflowError, match="has changed since"):
        here.store.ledger.undo()
    assert path.read_text().endswith("int three;\n")
    shutil.rmtree(clone / "alpha/deep")
    (clone / "alpha/deep").symlink_to(tmp_path)
    with pytest.raises(PatchflowError, match="below the link"):
        staging.discard(here, [one for one in staging.read_work(here).changed if "deep/" in one.path])
    assert not (tmp_path / "c.c").exists()
