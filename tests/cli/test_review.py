"""`review`: somebody else's series out of mail, in a work tree of its own; the user's own is never touched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git, run_patchflow
from tests.reviewed import BASE, FILE, TWO, mbox, reply, upstream


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out) if ran.out.strip() else ran.err


def stands(folder: Path) -> tuple[str, ...]:
    words = (["rev-parse", "HEAD"], ["symbolic-ref", "HEAD"], ["status", "--porcelain"], ["branch", "--list"])
    return tuple(git(folder, *one) for one in words)


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


@pytest.mark.long
def test_revisions_and_answers_that_came_by_different_ways(posted: tuple[Path, str], tmp_path: Path) -> None:
    """v1 was reviewed out of a file; the answers, written in a mail program, and v2 were fetched."""
    folder, _ = posted
    ada = "Ada Example <ada@example.org>"
    one, two = (
        mbox(folder, "base", upstream(folder, "base", TWO), n, "vsock: count", day=d) for n, d in ((1, 7), (2, 9))
    )
    p(folder, "review", "-", stdin=one)
    said = reply("v1-2@uwe", "[PATCH 2/2] vsock: count c", "> +int c = 3;\n\nA long.", ada)
    (tmp_path / "new.mbox").write_text(said + reply("v1-1@uwe", "[PATCH 1/2] vsock: count a", "Why?", ada, 2) + two)
    p(folder, "fetch", "--mbox", str(tmp_path / "new.mbox"))
    (row,) = p(folder, "review", "waiting", "--since", "2026-01-01", code=1)["waiting"]
    assert row["why"] == "new version"
    found = p(folder, "review", "v2-0@uwe")
    assert [row["revision"] for row in found["revisions"]] == [1, 2] and found["reviewed"] == 1
    assert {row["text"]: row["fate"] for row in found["yours"]} == {"A long.": "ignored", "Why?": "open"}
    p(folder, "review", "comment", "1", "-m", "Again.")
    shown = run_patchflow("-C", str(folder), "review")
    assert "Why? (it is about the patch as a whole, and nobody answered)" in shown.out
    assert "1 to send: `patchflow review send`" in shown.out
    first = p(folder, "review", "v1-0@uwe")
    assert first["series"]["revision"] == 1, "no archive answers: what is kept is shown"
    assert first["yours"] == [], "v1 is no earlier revision than itself"


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


@pytest.mark.parametrize("file", [FILE, "net/vmw_vsock/Makefile"])
def test_the_base_is_the_newest_that_was_there_when_they_were_posted(posted: tuple[Path, str], file: str) -> None:
    """Whether their file changed since, or the branch went on elsewhere: a tag or the file's own last commit is older
    than what the patches were made on."""
    folder, _ = posted
    first = upstream(folder, "base", [("vsock: else", {FILE: BASE + "int d;\n"})])
    git(folder, "tag", "v9", first)
    then = upstream(folder, first, [("vsock: beside", {"net/vmw_vsock/beside.c": "int b;\n"})], 1767700100)
    later = upstream(folder, then, [("vsock: later", {file: BASE + "int d;\nint e;\n"})], 1800000000)
    git(folder, "update-ref", "refs/remotes/net/main", later)
    mail = mbox(folder, first, upstream(folder, first, [("vsock: count d", {FILE: BASE + "int d = 4;\n"})]))
    assert p(folder, "review", "apply", "-", stdin=mail)["base"] == then


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
    assert p(folder, "review")["conflicts"] == made["conflicts"]
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
    assert "neither a mail file nor a Message-ID" in p(folder, "review", "nothing", code=2)


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
    again = p(folder, "review")
    assert [one["rule"] for one in again["findings"]] == [one["rule"] for one in found["findings"]]
    assert found["series"]["message_id"] == "v1-1@uwe" and len(again["applied"]) == 1


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


def test_a_maildir_and_what_b4_wrote(posted: tuple[Path, str], tmp_path: Path) -> None:
    folder, mail = posted
    (tmp_path / "t.mbox").write_text(mail)
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "GIT_CONFIG_COUNT": "1",
           "GIT_CONFIG_KEY_0": "b4.attestation-policy", "GIT_CONFIG_VALUE_0": "off"}  # fmt: skip
    words = ["--no-interactive", "--offline-mode", "am", "-C", "-o", "-", "-m", str(tmp_path / "t.mbox"), "v2-0@uwe"]
    code = "import sys; from b4.command import cmd; sys.exit(cmd())"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=folder, env=env, capture_output=True, check=False)
    found = p(folder, "review", "-", stdin=done.stdout.decode())
    assert (found["series"]["revision"], found["series"]["missing"]) == (2, []), done.stderr
    assert p(folder, "review", "apply")["state"] == "applied"
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    for number, one in enumerate(re.split(r"(?m)^(?=From )", mail)[1:]):
        (tmp_path / "mail/cur" / f"{number}:2,S").write_text(one.partition("\n")[2])
    found = p(folder, "review", str(tmp_path / "mail"))
    assert found["series"]["revision"] == 2 and len(found["revisions"]) == 2


def test_of_a_lists_mail_only_the_series_is_kept(posted: tuple[Path, str]) -> None:
    folder, mail = posted
    other = mbox(folder, "base", upstream(folder, "base", [("mm: else", {"mm/x.c": "int x;\n"})])).replace(
        "@uwe>", "@b>"
    )
    p(folder, "review", "-", "--series", "v2-0@uwe", stdin=mail + other)
    kept = (folder / ".git/patchflow/reviews/vsock-count-v2/mails.mbox").read_text()
    assert "<v2-1@uwe>" in kept and "<v1-1@uwe>" in kept and "@b>" not in kept
    assert p(folder, "review")["revisions"][0]["revision"] == 1


def test_where_no_blob_helps_the_files_are_named(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    start = upstream(folder, "base", [("vsock: else", {FILE: BASE.replace("int b;", "int q;")})])
    mail = mbox(folder, start, upstream(folder, start, [("vsock: q", {FILE: BASE.replace("int b;", "int q = 1;")})]))
    mail = re.sub(r"(?m)^index [0-9a-f]+\.\.", "index 1234567..", mail)
    made = p(folder, "review", "apply", "-", stdin=f"{mail}\nbase-commit: {git(folder, 'rev-parse', 'base')}\n", code=1)
    assert [one["path"] for one in made["conflicts"]] == [FILE] and "around 1" in made["conflicts"][0]["why"]
    place = Path(made["worktree"])
    (place / FILE).write_text(BASE.replace("int b;", "int b = 1;"))
    git(place, "add", FILE)
    assert p(folder, "review", "apply", "--continue")["state"] == "applied"


def test_a_prerequisite_by_its_patch_id_and_by_its_change_id(posted: tuple[Path, str]) -> None:
    folder, _ = posted
    first = upstream(folder, "base", TWO[:1])
    second = upstream(folder, first, TWO[1:])
    needed = mbox(folder, "base", first).replace("@uwe>", "@first>")
    patch_id = git(folder, "patch-id", "--stable", stdin=git(folder, "show", first) + "\n").split()[0]
    base = f"base-commit: {git(folder, 'rev-parse', 'base')}\n"
    for number, (row, other) in enumerate(
        [(f"prerequisite-patch-id: {patch_id}\n", needed),
         ("prerequisite-change-id: 20260107-count-1234567890ab:v1\n",
          f"{needed}\nchange-id: 20260107-count-1234567890ab\n\n")]
    ):  # fmt: skip
        mail = mbox(folder, first, second).replace("@uwe>", f"@n{number}>") + f"\n{base}{row}"
        made = p(folder, "review", "apply", "-", "--series", f"v1-1@n{number}", stdin=other + mail)
        assert [one["before"] for one in made["applied"]] == [True, False], row
        assert made["notes"] == ["prerequisite: vsock: count a, from Uwe Upstream <uwe@example.net>"]
        p(folder, "review", "drop")


@pytest.mark.long
def test_who_sent_a_prerequisite_is_told(posted: tuple[Path, str], tmp_path: Path) -> None:
    """Anybody can send mail with a change-id; the author's own goes before a stranger's of a higher number."""
    folder, _ = posted
    first = upstream(folder, "base", TWO[:1])
    named = "\nchange-id: 20260107-count-1234567890ab\n\n"
    own = mbox(folder, "base", first).replace("@uwe>", "@first>") + named
    other = upstream(folder, "base", [("vsock: count a too", TWO[0][1])])
    strange = mbox(folder, "base", other, 9).replace("@uwe>", "@strange>") + named
    answers = "From: Mal Lory <mal@example.com>\nIn-Reply-To: <v1-1@n>\nReferences: <v1-1@n>"
    strange = strange.replace("From: Uwe Upstream <uwe@example.net>", answers)
    mail = mbox(folder, first, upstream(folder, first, TWO[1:])).replace("@uwe>", "@n>")
    mail += f"\nbase-commit: {git(folder, 'rev-parse', 'base')}\nprerequisite-change-id: 20260107-count-1234567890ab\n"
    made = p(folder, "review", "apply", "-", "--series", "v1-1@n", stdin=own + strange + mail)
    assert made["notes"] == ["prerequisite: vsock: count a, from Uwe Upstream <uwe@example.net>"]
    p(folder, "review", "drop")
    made = p(folder, "review", "apply", "-", "--series", "v1-1@n", stdin=strange + mail)
    (told,) = made["notes"]
    assert told.startswith("prerequisite: vsock: count a too, from Mal Lory <mal@example.com>; warning: ")
    (tmp_path / "strange.mbox").write_text(strange)
    (tmp_path / "t.mbox").write_text(f"{mail}prerequisite-message-id: <v9-1@strange>\n")
    p(folder, "fetch", "--mbox", str(tmp_path / "strange.mbox"))
    ran = run_patchflow("-C", str(folder), "try", "build", str(tmp_path / "t.mbox"))
    assert "from Mal Lory <mal@example.com>; warning: " in " ".join(ran.err.split())


def test_a_conflict_there_holds_up_nothing_here(series: Path) -> None:
    tip = upstream(series, "base", TWO)
    other = upstream(series, "base", [("vsock: other c", {FILE: BASE.replace("int a;", "char a;")})])
    mail = mbox(series, "base", tip, with_base=True).replace(git(series, "rev-parse", "base"), other)
    assert p(series, "review", "apply", "-", stdin=mail, code=1)["state"] == "stopped"
    p(series, "cover", "--set", "-", stdin="vsock: another title\n\nWhy.\n")
    assert p(series, "undo", "--yes") is not None
    assert "Removed" in run_patchflow("-C", str(series), "review", "drop").err
