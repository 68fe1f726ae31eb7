"""Order, messages and contents of a series' patches changed, and every change taken back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from patchflow.domain.series import Series
from patchflow.errors import ConflictError, PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.series import conflicts, rebase, rewrite
from patchflow.tui.work import reading
from tests.tui.clone import git


def load(clone: Path) -> tuple[Clone, Series]:
    here = Clone(str(clone))
    return here, here.store.load("peek")


def titles(clone: Path) -> list[str]:
    return [patch.subject.split(" of ")[0].split()[-1] for patch in load(clone)[1].patches]


def state(clone: Path) -> tuple[str, str, str]:
    return git(clone, "rev-parse", "peek"), git(clone, "status", "--porcelain", "-uno"), git(clone, "diff", "HEAD")


def test_move_and_back(clone: Path) -> None:
    before = state(clone)
    here, series = load(clone)
    names = [patch.commit for patch in series.patches]
    rewrite.reorder(here, series, [*names[1:], names[0]])
    assert titles(clone) == ["2", "3", "1"]
    assert git(clone, "diff", before[0].strip(), "peek") == ""
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before


def test_an_order_of_other_patches_is_refused(clone: Path) -> None:
    here, series = load(clone)
    with pytest.raises(PatchflowError, match="no longer those"):
        rewrite.reorder(here, series, [series.patches[0].commit])


def test_drop_moves_the_files_and_undo_brings_them_back(clone: Path) -> None:
    before = state(clone)
    here, series = load(clone)
    rewrite.drop(here, series, series.patches[1].commit)
    assert titles(clone) == ["1", "3"]
    assert "peek_1" not in (clone / "alpha/deep/c.c").read_text()
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before
    assert "peek_1" in (clone / "alpha/deep/c.c").read_text()


def test_drop_refuses_a_dirty_tree(clone: Path) -> None:
    (clone / "README").write_text("mine\n")
    before = state(clone)
    here, series = load(clone)
    with pytest.raises(PatchflowError, match="uncommitted"):
        rewrite.drop(here, series, series.patches[1].commit)
    assert state(clone) == before


def test_squash_joins_trailers(clone: Path) -> None:
    here, series = load(clone)
    text = series.patches[1].message.replace("Signed-off-by", "Reviewed-by: Rita <rita@example.org>\nSigned-off-by")
    rewrite.reword(here, series, {series.patches[1].commit: text})
    here, series = load(clone)
    rewrite.squash(here, series, series.patches[1].commit)
    made = load(clone)[1].patches
    assert len(made) == 2
    assert made[0].paths == ("alpha/a.c", "alpha/deep/c.c")
    assert made[0].message.count("Signed-off-by") == 1 and "Reviewed-by: Rita" in made[0].message
    Clone(str(clone)).store.ledger.undo()
    assert titles(clone) == ["1", "2", "3"]


def test_amend_puts_changes_into_an_early_patch(clone: Path) -> None:
    path = clone / "alpha/deep/c.c"
    path.write_text(path.read_text().replace("call( 1)", "call(1)"))
    before = state(clone)
    here, series = load(clone)
    rewrite.amend(here, series, series.patches[1].commit)
    here, series = load(clone)
    assert "call(1)" in series.patches[1].diff and "call( 1)" not in series.patches[1].diff
    assert not here.git.is_dirty()
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before
    assert "call(1)" in path.read_text()


def test_amend_refuses_what_a_later_patch_changes(clone: Path) -> None:
    path = clone / "alpha/a.c"
    git(clone, "commit", "--quiet", "--amend", "--no-edit")
    path.write_text("int a = 5;\n" + path.read_text().split("\n", 1)[1])
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: a later patch on line 1")
    path.write_text("int a = 6;\n" + path.read_text().split("\n", 1)[1])
    before = state(clone)
    here, series = load(clone)
    with pytest.raises(PatchflowError, match=r"conflict|later patch"):
        rewrite.amend(here, series, series.patches[0].commit)
    assert state(clone) == before


def test_conflict_changes_nothing(clone: Path) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text().replace("peek_0", "peek_x"))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: on top of the first")
    before = state(clone)
    here, series = load(clone)
    with pytest.raises(PatchflowError, match="would conflict"):
        names = [patch.commit for patch in series.patches]
        rewrite.reorder(here, series, [*names[1:], names[0]])
    assert state(clone) == before


def test_looking_takes_no_lock_on_the_index(clone: Path) -> None:
    """What is read behind the user's back must not make the user's own commit fail with "index.lock: File exists"."""
    file = clone / "alpha/deep/c.c"
    os.utime(file, (1, 1))  # a new time on an old content: git refreshes its index when it may
    index = clone / ".git/index"
    before = index.read_bytes(), index.stat().st_ino
    assert reading.uncommitted(str(clone)) == ("", False)
    assert Clone(str(clone)).git.is_dirty() == []
    assert (index.read_bytes(), index.stat().st_ino) == before


@pytest.mark.parametrize("what", ["amend", "reword", "reorder", "drop", "squash"])
def test_nothing_is_written_over_a_branch_that_moved_since_it_was_read(clone: Path, what: str) -> None:
    """A page shows the series as it was read; a respin may have put trailers into the commits since."""
    here, series = load(clone)
    commits = [patch.commit for patch in series.patches]
    text = series.patches[0].message.replace("Signed-off-by", "Reviewed-by: Rita <rita@example.org>\nSigned-off-by")
    rewrite.reword(*load(clone), {commits[0]: text})
    if what == "amend":
        (clone / "alpha/deep/c.c").write_text((clone / "alpha/deep/c.c").read_text() + "int mine;\n")
    before = state(clone)
    changes: dict[str, Callable[[], None]] = {
        "amend": lambda: rewrite.amend(here, series, commits[2]),
        "reword": lambda: rewrite.reword(here, series, {commits[1]: "alpha: other words\n"}),
        "reorder": lambda: rewrite.reorder(here, series, [commits[1], commits[0], commits[2]]),
        "drop": lambda: rewrite.drop(here, series, commits[1]),
        "squash": lambda: rewrite.squash(here, series, commits[1]),
    }
    with pytest.raises(PatchflowError, match="changed since"):
        changes[what]()
    assert state(clone) == before
    assert "Reviewed-by: Rita" in git(clone, "log", "peek")


def test_a_fixup_goes_into_the_patch_it_names(clone: Path) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text() + "int fixed;\n")
    git(clone, "commit", "--quiet", "-a", "-m", "fixup! alpha: change number 1 of peek")
    here, series = load(clone)
    rewrite.squash(here, series, series.patches[3].commit)
    made = load(clone)[1].patches
    assert titles(clone) == ["1", "2", "3"] and "+int fixed;" in made[0].diff


def test_split_by_lines_and_whole_files(clone: Path) -> None:
    here, series = load(clone)
    rewrite.squash(here, series, series.patches[1].commit)
    (clone / "tools/new.c").write_text("int one;\nint two;\n")
    git(clone, "add", "tools/new.c")
    git(clone, "commit", "--quiet", "--amend", "--no-edit")
    before = state(clone)
    here, series = load(clone)
    third = series.patches[-1]
    file = next(one for one in rewrite.parts_of(here, third.commit) if one.path == "tools/new.c")
    rewrite.split(here, series, third.commit, {file.path: [(0, 0)]}, [], "tools: one\n\nFirst.\n")
    made = load(clone)[1].patches
    assert [patch.subject for patch in made[1:]] == ["tools: one", third.subject]
    assert "+int one;" in made[1].diff and "int two" not in made[1].diff and "+int two;" in made[2].diff
    assert made[1].author == third.author and made[1].date == third.date
    assert git(clone, "diff", before[0].strip(), "peek") == ""
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before
    here, series = load(clone)
    rewrite.split(here, series, series.patches[0].commit, {}, ["alpha/a.c"], "alpha: a alone\n")
    assert [patch.paths for patch in load(clone)[1].patches[:2]] == [("alpha/a.c",), ("alpha/deep/c.c",)]
    here, series = load(clone)
    with pytest.raises(PatchflowError, match="All of the patch"):
        rewrite.split(here, series, series.patches[0].commit, {}, ["alpha/a.c"], "alpha: all\n")


def test_only_what_is_staged_is_amended(clone: Path) -> None:
    for name in ("alpha/a.c", "alpha/deep/c.c"):
        (clone / name).write_text((clone / name).read_text() + "int more;\n")
    git(clone, "add", "alpha/a.c")
    before = state(clone)
    here, series = load(clone)
    rewrite.amend(here, series, series.patches[0].commit, staged=True)
    assert "+int more;" in load(clone)[1].patches[0].diff
    assert git(clone, "status", "--porcelain") == " M alpha/deep/c.c\n"
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before and git(clone, "diff", "--cached", "--name-only") == "alpha/a.c\n"


def test_amend_where_a_later_patch_changes_the_same_lines(clone: Path) -> None:
    """The files say what the last patch is to make of them."""
    path = clone / "alpha/a.c"
    path.write_text(path.read_text().replace("peek_0", "peek_x"))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: on top of the first")
    path.write_text(path.read_text().replace("int peek_x", "long peek_x"))
    before = state(clone)
    here, series = load(clone)
    with pytest.raises(ConflictError) as stopped:
        rewrite.amend(here, series, series.patches[0].commit)
    (one,) = stopped.value.left
    assert "<<<<<<< what is there" in conflicts.text_of(here, one) and state(clone) == before
    conflicts.take_side(here, one, 1)
    assert conflicts.is_resolved(here, one)


def test_a_conflict_is_resolved_file_by_file(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clone / "alpha/a.c"
    path.write_text(path.read_text().replace("peek_0", "peek_x"))
    git(clone, "commit", "--quiet", "-a", "-m", "alpha: on top of the first")
    before = state(clone)
    here, series = load(clone)
    names = [patch.commit for patch in series.patches]
    order = [names[3], *names[:3]]
    with pytest.raises(ConflictError) as stopped:
        rewrite.reorder(here, series, order)
    (one,) = stopped.value.left
    monkeypatch.setenv("GIT_EDITOR", "true")
    assert not conflicts.edit(here, one), "git's marks are left"
    monkeypatch.setenv("GIT_EDITOR", "sed -i -e '/^[<=>|]/d'")
    assert conflicts.edit(here, one) and state(clone) == before
    with pytest.raises(ConflictError) as stopped:
        rewrite.reorder(here, series, order)
    assert stopped.value.files[0] == one and stopped.value.left[0].key != one.key, "the next patch"
    git(clone, "config", "merge.tool", "own")
    git(clone, "config", "mergetool.own.cmd", 'cp "$REMOTE" "$MERGED"')
    git(clone, "config", "mergetool.own.trustExitCode", "true")
    for left in stopped.value.left:
        assert conflicts.mergetool(here, left)
    rewrite.reorder(here, series, order)
    assert titles(clone)[0] == "top" and git(clone, "status", "--porcelain", "-uno") == ""
    assert not here.repository.state.merged.exists()
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before


def test_rebase_drops_what_the_base_has_and_resolves_the_rest(clone: Path) -> None:
    git(clone, "switch", "--quiet", "-c", "newer", "base")
    (clone / "alpha/deep/c.c").write_text((clone / "alpha/deep/c.c").read_text() + "int peek_1 = call( 1);\n")
    (clone / "alpha/a.c").write_text((clone / "alpha/a.c").read_text() + "int theirs;\n")
    git(clone, "commit", "--quiet", "-a", "-m", "somebody took the second")
    git(clone, "switch", "--quiet", "peek")
    before = state(clone)
    here, series = load(clone)
    with pytest.raises(ConflictError) as stopped:
        rebase.rebased(here, series, "newer")
    (one,) = stopped.value.left
    text = conflicts.text_of(here, one)
    assert "int theirs;" in text and "the patch: alpha: change number 1" in text
    conflicts.take_side(here, one, 2)
    made = rebase.rebased(here, series, "newer")
    assert [patch.subject for patch in made.gone] == [series.patches[1].subject] and made.ahead == 1
    assert state(clone) == before, "nothing moved yet"
    rebase.rebase(here, series, made)
    assert titles(clone) == ["1", "3"] and git(clone, "config", "branch.peek.patchflow-base") == "newer\n"
    Clone(str(clone)).store.ledger.undo()
    assert state(clone) == before and git(clone, "config", "branch.peek.patchflow-base") == "base\n"
