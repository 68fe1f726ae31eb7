"""`review`: somebody else's series out of mail, in a work tree of its own; the user's own is never touched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git, run_patchflow
from tests.reviewed import FILE, mbox, reply, upstream

BASE = "// SPDX-License-Identifier: GPL-2.0\nint a;\nint b;\nint c;\n"
TWO = [
    ("vsock: count a", {FILE: BASE.replace("int a;", "int a = 1;")}),
    ("vsock: count c", {FILE: BASE.replace("int a;", "int a = 1;").replace("int c;", "int c = 3;")}),
]
AGAIN = [
    ("vsock: count a", {FILE: BASE.replace("int a;", "int a = 1;")}),
    ("vsock: count c", {FILE: BASE.replace("int a;", "int a = 1;").replace("int c;", "long c = 3;")}),
]


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out) if ran.out.strip() else ran.err


def stands(folder: Path) -> tuple[str, ...]:
    words = (["rev-parse", "HEAD"], ["symbolic-ref", "HEAD"], ["status", "--porcelain"], ["branch", "--list"])
    return tuple(git(folder, *one) for one in words)


@pytest.fixture
def posted(small: Path) -> tuple[Path, str]:
    """A clone with work of the user's on it, and a thread: v1, an answer to it, v2."""
    git(small, "checkout", "-q", "-b", "topic", "base")
    (small / "MAINTAINERS").write_text((small / "MAINTAINERS").read_text() + "\nmine\n")
    one = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count", with_base=True)
    two = mbox(small, "base", upstream(small, "base", AGAIN), 2, "vsock: count", with_base=True, day=9)
    said = "> +int c = 3;\n\nThis wants to be a long."
    answer = reply("v1-2@uwe", "[PATCH 2/2] vsock: count c", said, "Ada Example <ada@example.org>")
    tag = "Reviewed-by: Ada Example <ada@example.org>"
    return small, one + answer + reply(
        "v1-1@uwe", "[PATCH 1/2] vsock: count a", tag, "Ada Example <ada@example.org>", 2
    ) + two


def test_what_a_series_is(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, mail = posted
    mail += reply(
        "v2-1@uwe", "[PATCH v2 1/2] vsock: count a", "Acked-by: Rita Reviewer <rita@example.net>", number=3, day=10
    )
    mail += reply("v2-2@uwe", "[PATCH v2 2/2] vsock: count c", "> +long c = 3;\n\nWhy three?", number=4, day=10)
    (tmp_path / "t.mbox").write_text(mail)
    before = stands(folder)
    found = p(folder, "review", str(tmp_path / "t.mbox"))
    series = found["series"]
    assert (series["title"], series["revision"], series["parts"], series["missing"]) == ("vsock: count", 2, 2, [])
    assert series["author"] == "Uwe Upstream <uwe@example.net>" and series["name"] == "vsock-count-v2"
    assert series["base"]["named"] == series["base"]["commit"] == git(folder, "rev-parse", "base")
    assert series["trailers"] == ["Acked-by: Rita Reviewer <rita@example.net>"]
    assert [one["revision"] for one in found["revisions"]] == [1, 2]
    assert found["changed"]["how"] == "range-diff" and found["changed"]["since"] == 1
    assert [one["status"] for one in found["changed"]["pairs"]] == ["same", "changed"]
    assert [one["text"] for one in found["open"]] == ["Why three?"]
    assert [(one["fate"], one["text"]) for one in found["yours"]] == [("settled", "This wants to be a long.")]
    assert [one["unchanged"] for one in found["patches"]] == [True, False] and found["reviewed"] == 1
    assert found["patches"][0]["repeat"] == "Reviewed-by: Ada Example <ada@example.org>"
    assert stands(folder) == before
    shown = run_patchflow("-C", str(folder), "review")  # the last one
    assert shown.code == 0 and "since v1 (range-diff):" in shown.out and "Why three?" in shown.out
    assert p(folder, "review", str(tmp_path / "t.mbox"), "--revision", "1")["series"]["revision"] == 1
    assert "No v7" in p(folder, "review", str(tmp_path / "t.mbox"), "--revision", "7", code=2)
    assert p(folder, "review", "list")["reviews"][0]["name"] == "vsock-count-v1"


def test_ones_own_remark_that_was_ignored(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = posted
    one, two = (
        mbox(folder, "base", upstream(folder, "base", TWO)),
        mbox(folder, "base", upstream(folder, "base", TWO), 2, day=9),
    )
    said = reply("v1-2@uwe", "[PATCH 2/2] vsock: count c", "> +int c = 3;\n\nA long.", "Ada Example <ada@example.org>")
    (tmp_path / "t.mbox").write_text(one + said + two)
    (own,) = p(folder, "review", str(tmp_path / "t.mbox"))["yours"]
    assert own["fate"] == "ignored" and own["later"]["line"] == 4


def test_no_base_here_and_the_mails_are_compared(posted: tuple[Path, str], tmp_path: Path) -> None:
    """Blobs and base of another clone: nothing of it is here."""
    folder, _ = posted
    other = {FILE: "int q;\nint r;\n"}
    start = upstream(folder, "base", [("vsock: else", other)])
    one = mbox(folder, start, upstream(folder, start, [("vsock: count q", {FILE: "int q = 1;\nint r;\n"})]))
    two = mbox(folder, start, upstream(folder, start, [("vsock: count q", {FILE: "int q = 2;\nint r;\n"})]), 2, day=9)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--no-local", str(folder), str(clone))
    found = p(clone, "review", "-", stdin=one + two)
    assert found["changed"]["how"] == "interdiff" and found["series"]["base"]["commit"] == ""
    assert "+int q = 2;" in found["changed"]["text"]
    before = stands(clone)
    said = p(clone, "review", "apply", code=1)
    assert "Nobody here has the base" in said and stands(clone) == before
    assert sorted(path.name for path in tmp_path.iterdir() if "review" in path.name) == []


def test_applied_in_a_work_tree_of_its_own_and_removed(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, mail = posted
    (tmp_path / "t.mbox").write_text(mail)
    before = stands(folder)
    made = p(folder, "review", "apply", str(tmp_path / "t.mbox"))
    place = Path(made["worktree"])
    assert place == folder.parent / "linux-review-vsock-count-v2" and made["state"] == "applied"
    assert (place / FILE).read_text() == BASE.replace("int a;", "int a = 1;").replace("int c;", "long c = 3;")
    assert git(place, "log", "--format=%an %s", "base..") == "Uwe Upstream vsock: count c\nUwe Upstream vsock: count a"
    assert stands(folder) == before
    assert p(folder, "review", "apply")["notes"] == ["It is applied already."]
    (place / FILE).write_text("mine\n")
    assert "changed files" in p(folder, "review", "drop", code=1)
    git(place, "checkout", "-q", "--", ".")
    assert p(folder, "review", "drop")["worktree"] == str(place)
    assert not place.exists() and stands(folder) == before and p(folder, "review", "list")["reviews"] == []
    assert git(folder, "worktree", "list").count("\n") == 0


def test_the_place_is_a_key_of_git_config(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, mail = posted
    git(folder, "config", "patchflow.reviewFolder", "../reviews")
    made = p(folder, "review", "apply", "-", stdin=mail)
    assert Path(made["worktree"]) == folder.parent / "reviews/linux-review-vsock-count-v2"


@pytest.mark.parametrize("how", ["half", "gone", "unregistered"])
def test_a_crash_leaves_nothing_in_the_way(posted: tuple[Path, str], how: str) -> None:
    folder, mail = posted
    place = Path(p(folder, "review", "apply", "-", stdin=mail)["worktree"])
    if how == "gone":
        import shutil

        shutil.rmtree(place)
    else:
        kept = folder / ".git/patchflow/reviews/vsock-count-v2/review.json"
        row = json.loads(kept.read_text())
        kept.write_text(json.dumps({**row, "phase": "making"}))
        git(place, "checkout", "-q", "HEAD~1")
        if how == "unregistered":
            (folder / ".git/worktrees" / place.name / "gitdir").unlink()
    made = p(folder, "review", "apply")
    assert made["state"] == "applied" and len(made["applied"]) == 2 and not made["notes"]


def test_the_best_base_is_where_most_files_are_as_they_were(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    other = upstream(folder, "base", [("vsock: else", {FILE: BASE + "int d;\n"})])
    git(folder, "update-ref", "refs/remotes/net/main", other)
    newer = upstream(folder, other, [("vsock: newer", {FILE: BASE + "int d;\nint e;\n"})])
    git(folder, "update-ref", "refs/remotes/net/main", newer)
    mail = mbox(folder, other, upstream(folder, other, [("vsock: count d", {FILE: BASE + "int d = 4;\n"})]))
    made = p(folder, "review", "apply", "-", stdin=mail)
    assert made["base"] == other and made["state"] == "applied"


def test_a_conflict_is_shown_file_by_file_and_resolved(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    tip = upstream(folder, "base", TWO)
    mail = mbox(folder, "base", tip, with_base=True)
    other = upstream(folder, "base", [("vsock: other c", {FILE: BASE.replace("int c;", "char c;")})])
    mail = mail.replace(git(folder, "rev-parse", "base"), other)  # a base-commit that is not what they were made on
    made = p(folder, "review", "apply", "-", stdin=mail, code=1)
    assert made["state"] == "stopped" and [one["title"] for one in made["applied"]] == ["vsock: count a"]
    assert [one["path"] for one in made["conflicts"]] == [FILE] and "same lines" in made["conflicts"][0]["why"]
    assert p(folder, "review", "apply", code=1)["conflicts"] == made["conflicts"]
    shown = run_patchflow("-C", str(folder), "review", "apply", "--continue")
    assert shown.code == 1 and f"{FILE}: both sides" in shown.out and "--continue" in shown.out
    place = Path(made["worktree"])
    (place / FILE).write_text(BASE.replace("int a;", "int a = 1;").replace("int c;", "char c = 3;"))
    git(place, "add", FILE)
    assert p(folder, "review", "apply", "--continue")["state"] == "applied"
    assert git(place, "log", "-1", "--format=%an %s") == "Uwe Upstream vsock: count c"


def test_prerequisites_go_first(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    first = upstream(folder, "base", TWO[:1])
    second = upstream(folder, first, TWO[1:])
    needed = mbox(folder, "base", first, with_base=True).replace("@uwe>", "@first>").replace("[PATCH v1]", "[PATCH]")
    mail = (
        mbox(folder, first, second)
        + f"\nprerequisite-message-id: <v1-1@first>\nbase-commit: {git(folder, 'rev-parse', 'base')}\n"
    )
    made = p(folder, "review", "apply", "-", "--series", "v1-1@uwe", stdin=needed + mail)
    assert [(one["before"], one["title"]) for one in made["applied"]] == [
        (True, "vsock: count a"),
        (False, "vsock: count c"),
    ]
    gone = p(folder, "review", "drop") and p(folder, "review", "apply", "-", stdin=mail)
    assert "prerequisite message-id v1-1@first is not at hand" in " ".join(gone["notes"]) and len(gone["applied"]) == 1
    (folder / ".git/needed.mbox").write_text(needed)
    p(folder, "fetch", "--mbox", str(folder / ".git/needed.mbox"))
    p(folder, "review", "drop")
    assert len(p(folder, "review", "apply", "-", stdin=mail)["applied"]) == 2, "it is in the mail taken in"


def test_several_series_and_none(posted: tuple[Path, str]) -> None:
    folder, mail = posted
    other = mbox(folder, "base", upstream(folder, "base", [("mm: else", {"mm/x.c": "int x;\n"})])).replace(
        "@uwe>", "@else>"
    )
    other = other.replace("uwe@example.net", "eve@example.net")
    found = p(folder, "review", "-", stdin=mail + other, code=2)
    assert sorted(one["title"] for one in found["choices"]) == ["mm: else", "vsock: count"]
    assert p(folder, "review", "-", "--series", "<v1-1@else>", stdin=mail + other)["series"]["title"] == "mm: else"
    assert "is not in this mail" in p(folder, "review", "-", "--series", "x@y", stdin=mail, code=2)
    assert "no patch in this mail" in p(folder, "review", "-", stdin=reply("x@y", "hello", "Hi."), code=2)
    p(folder, "review", "drop")
    assert "No series is reviewed here" in p(folder, "review", "drop", code=2)
    assert "no mail file and no Message-ID" in p(folder, "review", "nothing", code=2)


def test_a_message_id_a_url_and_a_list_of_the_mail_taken_in(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, mail = posted
    (tmp_path / "all.mbox").write_text(mail)
    p(folder, "fetch", "--mbox", str(tmp_path / "all.mbox"))
    for word in ("v2-1@uwe", "<v1-1@uwe>", "https://lore.example.org/netdev/v2-0@uwe/T/#u"):
        assert p(folder, "review", word)["series"]["revision"] == 2, word
    assert p(folder, "review", "virtualization", code=2)["choices"][0]["message_id"] == "v2-0@uwe"


def test_checked_there_with_findings_as_drafts(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    tip = upstream(folder, "base", [("vsock: Count a.", {FILE: BASE.replace("int a;", "int a = 1;")})])
    p(folder, "review", "apply", "-", stdin=mbox(folder, "base", tip))
    found = p(folder, "review", "check")
    drafts = [one for one in found["findings"] if one["message_id"] == "v1-1@uwe"]
    assert drafts and all(one["remark"] and one["source"] in one["remark"] for one in drafts)
    kept = json.loads((folder / ".git/patchflow/reviews/vsock-count-a-v1/results.json").read_text())
    assert len(kept["v1-1@uwe"]["check"]["findings"]) == len(drafts)
    shown = run_patchflow("-C", str(folder), "review", "check")
    assert "nothing was sent" in shown.out


def test_received_code_runs_only_once_that_state_is_trusted(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    trap = f"#!/usr/bin/perl\nopen(F, '>{tmp_path}/mark');\n"
    tip = upstream(folder, "base", [("checkpatch: mend it", {"scripts/checkpatch.pl": trap})])
    place = p(folder, "review", "apply", "-", stdin=mbox(folder, "base", tip))["worktree"]
    said = p(folder, "review", "check", code=1)
    assert "came by mail change code" in said and "scripts/checkpatch.pl" in said and not (tmp_path / "mark").exists()
    p(Path(place), "trust")
    run_patchflow("-C", str(folder), "review", "check")
    assert (tmp_path / "mark").exists(), "the trap works"


def test_a_build_asks_before_received_makefiles_run(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    from patchflow.adapters.trust import ask_with, consent, standing
    from patchflow.errors import PatchflowError

    make = {
        "net/vmw_vsock/Makefile": "hostprogs := gen\n",
        "net/vmw_vsock/gen.c": "int main;\n",
        FILE: BASE + "int z;\n",
    }
    place = p(
        folder, "review", "apply", "-", stdin=mbox(folder, "base", upstream(folder, "base", [("vsock: gen", make)]))
    )["worktree"]
    assert sorted(standing(place, make=True)[1]) == sorted(make) and standing(place)[1] == []
    from patchflow.adapters.trust import Answer

    ask_with(lambda *_: Answer.NOW)
    with pytest.raises(PatchflowError, match="came by mail"):
        consent(place, make=True)


def test_a_reviewer_without_a_name_can_apply(posted: tuple[Path, str], sealed: Path) -> None:
    folder, mail = posted
    (sealed / "gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    assert p(folder, "review", "apply", "-", stdin=mail)["state"] == "applied"


def test_check_cc_and_try_take_a_series_out_of_mail(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, mail = posted
    path = tmp_path / "t.mbox"
    path.write_text(mail)
    before = stands(folder)
    found = p(folder, "check", str(path))
    assert [one["subject"] for one in found["patches"]] == ["vsock: count a", "vsock: count c"]
    assert "message-text" not in str(found), "no mail is taken for a long message"
    found = p(folder, "cc", str(path))
    assert [one["patch"] for one in found["patches"]] == ["vsock: count a", "vsock: count c"]
    said = p(folder, "try", "build", str(path), code=3)
    assert "headers" in said and stands(folder) == before
    path.write_text(re.split(r"(?m)^(?=From )", mail)[1].replace("0/2]", "0/3]"))
    assert "no patch in this mail" in p(folder, "try", "build", str(path), code=2)


def test_try_build_asks_before_makefiles_out_of_mail_run(
    posted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = posted
    monkeypatch.delenv("PATCHFLOW_TRUST")
    p(folder, "trust")
    make = {"net/vmw_vsock/Makefile": "X := $(shell touch mark)\n"}
    (tmp_path / "t.mbox").write_text(mbox(folder, "base", upstream(folder, "base", [("vsock: make", make)])))
    assert "came by mail change code" in p(folder, "try", "build", str(tmp_path / "t.mbox"), code=1)
