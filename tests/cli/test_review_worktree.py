"""`review`: what the user did in the work tree of a series, or to others of the clone, is seen and kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.files import one_writer
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing import reviews, worktree
from patchflow.flow.reviewing.look import take
from patchflow.flow.reviewing.mails import read_mail_file
from tests.cli.test_review import p
from tests.conftest import git, run_patchflow
from tests.reviewed import BASE, FILE, TWO, mbox, upstream


def series(folder: Path) -> str:
    """A series of two patches on the tag `base`."""
    return mbox(folder, "base", upstream(folder, "base", TWO), with_base=True)


@pytest.mark.parametrize("own", ["whole", "gone", "half", "unregistered"])
@pytest.mark.parametrize("command", ["drop", "apply"])
def test_another_work_tree_whose_folder_is_away_is_kept(small: Path, own: str, command: str) -> None:
    place = Path(p(small, "review", "apply", "-", stdin=series(small))["worktree"])
    usb, away = small.parent / "usb", small.parent / "away"
    git(small, "worktree", "add", "-q", "--detach", str(usb), "base")
    usb.rename(away)
    if own in ("half", "unregistered"):
        kept = small / ".git/patchflow/reviews/vsock-count-a-v1/review.json"
        kept.write_text(json.dumps({**json.loads(kept.read_text()), "phase": "making"}))
        git(place, "checkout", "-q", "HEAD~1")
    if own == "unregistered":
        (small / ".git/worktrees" / place.name / "gitdir").unlink()
    if own == "gone":
        shutil.rmtree(place)
    p(small, "review", command)
    away.rename(usb)
    assert git(usb, "status", "--porcelain") == ""
    there = ["usb"] if command == "drop" else [place.name, "usb"]
    assert sorted(path.name for path in (small / ".git/worktrees").iterdir()) == there
    assert place.exists() is (command == "apply")


NAME = "vsock-count-a-v1"


def stopped(folder: Path, changes: list[tuple[str, dict[str, str]]] = TWO, other: str = "a") -> Path:
    """The work tree of a series whose first patch does not apply, because its base has other lines there."""
    mail = mbox(folder, "base", upstream(folder, "base", changes), with_base=True)
    text = BASE
    for name in other:
        text = text.replace(f"int {name};", f"char {name};")
    base = upstream(folder, "base", [("vsock: other lines", {FILE: text})])
    made = p(folder, "review", "apply", "-", stdin=mail.replace(git(folder, "rev-parse", "base"), base), code=1)
    assert made["state"] == "stopped"
    return Path(made["worktree"])


def resolve(place: Path) -> None:
    """Ends the conflict as a user does who knows git am alone."""
    (place / FILE).write_text(BASE.replace("int a;", "char a = 1;"))
    git(place, "add", FILE)
    git(place, "am", "--continue")


def commit(place: Path, title: str = "mine") -> None:
    (place / "MINE").write_text(f"hours of work: {title}\n")
    git(place, "add", "MINE")
    git(place, "commit", "-q", "-m", title)


def kill(folder: Path) -> None:
    """As if patchflow was killed while git am ran: git went on, and nobody wrote down what came of it."""
    kept = folder / ".git/patchflow/reviews" / NAME / "review.json"
    row = json.loads(kept.read_text())
    row["steps"] = [{**step, "commit": "", "skipped": False} for step in row["steps"]]
    kept.write_text(json.dumps({**row, "phase": "making"}))


def listed(folder: Path) -> str:
    (one,) = p(folder, "review", "list")["reviews"]
    return str(one["state"])


def before_it_ends(folder: Path) -> Path:
    place = stopped(folder)
    (place / FILE).write_text(BASE)
    git(place, "add", FILE)
    commit(place)
    return place


def after_it_ended(folder: Path) -> Path:
    place = stopped(folder)
    resolve(place)
    commit(place)
    return place


def edited_after(folder: Path) -> Path:
    place = stopped(folder)
    resolve(place)
    (place / FILE).write_text("mine\n")
    return place


def on_top(folder: Path) -> Path:
    place = Path(p(folder, "review", "apply", "-", stdin=series(folder))["worktree"])
    commit(place)
    return place


def amended(folder: Path) -> Path:
    place = Path(p(folder, "review", "apply", "-", stdin=series(folder))["worktree"])
    (place / FILE).write_text(BASE)
    git(place, "commit", "-q", "-a", "--amend", "--no-edit")
    return place


def on_top_of_a_kill(folder: Path) -> Path:
    place = on_top(folder)
    kill(folder)
    return place


def resolved_after_a_kill(folder: Path) -> Path:
    place = stopped(folder)
    kill(folder)
    resolve(place)
    commit(place)
    return place


WORK = [before_it_ends, after_it_ended, edited_after, on_top, amended, on_top_of_a_kill, resolved_after_a_kill]


@pytest.mark.parametrize("work", WORK)
def test_work_of_the_users_own_is_kept_in_every_phase(small: Path, work: Callable[[Path], Path]) -> None:
    place = work(small)
    was = git(place, "rev-parse", "HEAD"), git(place, "diff", "HEAD")
    for words in (["apply"], ["drop"], ["drop"], ["apply"]):
        ran = run_patchflow("-C", str(small), "review", *words)
        assert words == ["apply"] or (ran.code == 1 and "--force" in ran.err), ran.out + ran.err
        assert (git(place, "rev-parse", "HEAD"), git(place, "diff", "HEAD")) == was
    p(small, "review", "drop", "--force")
    assert not place.exists()


@pytest.mark.parametrize("look", ["list", "drop", "apply", "check"])
def test_a_conflict_that_was_ended_with_git_alone_is_seen(small: Path, look: str) -> None:
    place = stopped(small)
    resolve(place)
    if look == "list":
        assert listed(small) == "applied"
        return
    p(small, "review", look)
    assert look == "drop" or p(small, "review")["state"] == "applied"
    assert place.exists() is (look != "drop")


def test_a_series_that_git_applied_without_patchflow_is_taken_up(small: Path) -> None:
    place = on_top_of_a_kill(small)
    made = p(small, "review", "apply")
    commits = git(place, "rev-list", "--reverse", "base..HEAD~1").split()
    assert made["state"] == "applied" and [one["commit"] for one in made["applied"]] == commits


@pytest.mark.parametrize("seen", ["at the next conflict", "at the end"])
def test_a_patch_that_was_skipped_is_told(small: Path, seen: str) -> None:
    place = stopped(small, [TWO[0], ("vsock: Add x.", {**TWO[0][1], "x": "x\n"}), TWO[1]], "ac")
    subprocess.run(["git", "-C", place, "am", "--skip"], capture_output=True, check=False)
    if seen == "at the next conflict":
        made = p(small, "review", "apply", code=1)
        assert [one["title"] for one in made["skipped"]] == ["vsock: count a"]
        assert [(one["title"], one["message_id"]) for one in made["applied"]] == [("vsock: Add x.", "v1-2@uwe")]
        assert [one["title"] for one in made["left"]] == ["vsock: count c"]
        shown = run_patchflow("-C", str(small), "review", "apply").out
        assert "skipped: vsock: count a" in shown and "stopped at: vsock: count c" in shown
    git(place, "checkout", "-q", "--theirs", FILE)
    git(place, "add", FILE)
    made = p(small, "review", "apply", "--continue")
    assert made["state"] == "applied" and [one["title"] for one in made["skipped"]] == ["vsock: count a"]
    assert [one["message_id"] for one in made["applied"]] == ["v1-2@uwe", "v1-3@uwe"]
    found = json.loads(run_patchflow("-C", str(small), "--json", "review", "check").out)["findings"]
    assert {one["part"] for one in found if one["message_id"] == "v1-2@uwe"} == {2}
    p(small, "review", "drop")


def test_what_git_am_gave_up_is_applied_anew(small: Path) -> None:
    place = stopped(small)
    git(place, "am", "--abort")
    assert "starts anew" in p(small, "review", "apply", "--continue", code=2)
    made = p(small, "review", "apply", code=1)
    assert [one["path"] for one in made["conflicts"]] == [FILE] and made["worktree"] == str(place)
    git(place, "am", "--abort")
    p(small, "review", "drop")


def test_a_work_tree_that_git_forgot_goes_by_force_only(small: Path) -> None:
    place = Path(p(small, "review", "apply", "-", stdin=series(small))["worktree"])
    shutil.rmtree(small / ".git/worktrees" / place.name)
    assert "--force removes it all the same" in p(small, "review", "drop", code=1)
    p(small, "review", "drop", "--force")
    assert not place.exists()


def test_a_conflict_that_is_being_resolved_stays_after_a_kill(small: Path) -> None:
    place = stopped(small)
    kill(small)
    (place / FILE).write_text(BASE.replace("int a;", "char a = 1;"))
    git(place, "add", FILE)
    assert p(small, "review", "apply", code=1)["state"] == "stopped"
    assert p(small, "review", "apply", "--continue")["state"] == "applied"
    assert "char a = 1;" in (place / FILE).read_text()


def test_nobody_applies_a_series_between_reading_its_review_and_applying_it(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.mbox").write_text(series(small))
    here, keep, others = Clone(str(small)), reviews.keep, []

    def other_terminal() -> bool:
        try:
            with one_writer(here.repository.state.lock, 0.0):
                return True
        except PatchflowError:
            return False

    def then_another(*words: Any) -> Any:
        review = keep(*words)
        with ThreadPoolExecutor(1) as pool:
            others.append(pool.submit(other_terminal).result())
        return review

    monkeypatch.setattr(worktree, "keep", then_another)
    made = worktree.apply(here, take(read_mail_file(str(tmp_path / "t.mbox"), print)))
    assert made.whole and others == [False]


def test_what_another_terminal_applied_meanwhile_is_dropped_too(small: Path, tmp_path: Path) -> None:
    """drop reads the reviews, the other terminal applies, and only then drop goes on: its last review is a pipe."""
    p(small, "review", "-", stdin=series(small))
    last = small / ".git/patchflow/reviews/zzz/review.json"
    last.parent.mkdir()
    os.mkfifo(last)
    with ThreadPoolExecutor(1) as pool:
        drop = pool.submit(run_patchflow, "-C", str(small), "review", "drop", NAME)
        with last.open("w"):
            place = Path(p(small, "review", "apply", "-", stdin=series(small))["worktree"])
        assert drop.result().code == 0
    assert not place.exists() and not (small / ".git/patchflow/reviews" / NAME).exists()


@pytest.mark.parametrize("word", [NAME, NAME.removesuffix("-v1"), "v1-1@uwe", "<v1-1@uwe>"])
@pytest.mark.parametrize("command", ["apply", "check", "drop"])
def test_a_review_is_named_the_same_way_in_every_command(small: Path, command: str, word: str) -> None:
    made = p(small, "review", "apply", "-", stdin=series(small))
    p(small, "review", "-", stdin=series(small).replace("@uwe>", "@other>").replace("vsock: count a", "vsock: else"))
    ran = run_patchflow("-C", str(small), "--json", "review", command, word)
    assert json.loads(ran.out)["name"] == made["name"], ran.err
    assert "not a series that is reviewed" in p(small, "review", "drop", "<>", code=2)


@pytest.mark.parametrize("length", [260, 5000])
def test_a_message_id_longer_than_a_files_name(small: Path, tmp_path: Path, length: int) -> None:
    id = f"{'a' * length}@uwe"
    (tmp_path / "t.mbox").write_text(series(small).replace("v1-1@uwe", id))
    p(small, "fetch", "--mbox", str(tmp_path / "t.mbox"))
    assert p(small, "review", id)["series"]["message_id"] == id
    assert p(small, "review", "apply", f"<{id}>")["state"] == "applied"


def test_the_folder_of_in_is_below_the_clone_as_the_mail_file_is(small: Path) -> None:
    (small / "t.mbox").write_text(series(small))
    made = p(small, "review", "apply", "t.mbox", "--in", "../here")
    assert Path(made["worktree"]) == small.parent / "here"


@pytest.mark.parametrize("folder", ["file/below", "x" * 300])
def test_a_folder_that_cannot_be_made_is_told_and_nothing_is_kept_of_it(small: Path, folder: str) -> None:
    (small.parent / "file").write_text("")
    said = p(small, "review", "apply", "-", "--in", f"../{folder}", stdin=series(small), code=1)
    assert f"The folder {small.parent / folder} cannot be made: " in said and " -c " not in said, said
    assert listed(small) == "" and p(small, "review", "apply")["state"] == "applied"


def test_findings_are_counted_and_placed_in_plain_words(small: Path) -> None:
    p(small, "review", "apply", "-", stdin=mbox(small, "base", upstream(small, "base", TWO[:1])))
    said = run_patchflow("-C", str(small), "review", "check").out
    assert "warning  series  [tree-marked]\n" in said and "\n0 errors, 1 warning, 0 advice, as drafts" in said, said


def test_no_base_is_searched_for_what_cannot_be_applied(small: Path) -> None:
    half = "From " + series(small).split("\nFrom ")[1].replace("base-commit: ", "base-commit: f")
    said = run_patchflow("-C", str(small), "review", "-", stdin=half).out
    assert "base: not searched, because the series cannot be applied\n" in said, said
