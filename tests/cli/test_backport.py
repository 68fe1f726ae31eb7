"""Backports to a stable branch: picked, resolved, sent, and given up; the user's own work tree stays as it is."""

from __future__ import annotations

import email
import quopri
from pathlib import Path
from typing import Any

import pytest

from patchflow.formats.mail.failed import Failed, parse_failed
from tests.conftest import git, run_patchflow

MESSAGE = """vsock: fix {what}

It leaks.

Fixes: 0123456789ab ("vsock: add it")
Reported-by: Rita Reporter <rita@example.net>
Reviewed-by: Rolf Reviewer <rolf@example.net>
Signed-off-by: Uwe Upstream <uwe@example.net>
"""
FILE = "net/vmw_vsock/af_vsock.c"


def change(folder: Path, old: str, new: str, what: str) -> str:
    """A commit of somebody else's."""
    path = folder / FILE
    path.write_text(path.read_text().replace(old, new))
    who = ["-c", "user.name=Uwe Upstream", "-c", "user.email=uwe@example.net"]
    git(folder, *who, "commit", "-qa", "-F", "-", stdin=MESSAGE.format(what=what))
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def upstream(small: Path) -> tuple[Path, str, str]:
    """A clone on a topic of the user's with linux-6.6.y, and two upstream fixes, of which the first applies there."""
    git(small, "checkout", "-q", "-b", "mainline", "base")
    git(small, "update-ref", "refs/remotes/stable/linux-6.6.y", "HEAD")
    one = change(small, "int a;", "int a = 1;", "a")
    change(small, "int c;", "int see;", "c")
    two = change(small, "int see;", "int see = 3;", "see")
    git(small, "checkout", "-q", "-b", "topic", "base")
    return small, one, two


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, ran.out + ran.err
    return ran.json if ran.out.strip() else ran.err


def stands(folder: Path) -> tuple[str, ...]:
    words = (["rev-parse", "HEAD"], ["symbolic-ref", "HEAD"], ["status", "--porcelain"])
    return tuple(git(folder, *one) for one in words)


def test_a_commit_that_applies_is_sent_as_a_stable_patch(upstream: tuple[Path, str, str], smtp: Any) -> None:
    folder, one, _ = upstream
    before = stands(folder)
    made = p(folder, "backport", one, "--to", "6.6.y")
    assert stands(folder) == before
    tree = folder.parent / f"{folder.name}-vsock-fix-a-6.6.y"
    assert made["branch"] == "vsock-fix-a-6.6.y" and tree.is_dir()
    message = git(tree, "log", "-1", "--format=%B")
    assert message.startswith(f"vsock: fix a\n\ncommit {one} upstream.\n\nIt leaks.\n")
    assert message.rstrip().endswith("Signed-off-by: Ada Example <ada@example.org>")
    assert git(tree, "log", "-1", "--format=%an") == "Uwe Upstream"
    assert "upstream-commit" not in str(p(tree, "check"))
    told = p(tree, "profile")
    assert (told["tree_name"], told["branch"], told["bracket"]) == ("stable", "linux-6.6.y", "6.6.y")
    assert told["tree"].endswith("/stable/linux.git")
    sent = p(tree, "send", "--yes")
    (mail,) = [email.message_from_bytes(path.read_bytes()) for path in smtp.folder.rglob("*") if path.is_file()]
    assert mail["Subject"] == "[PATCH 6.6.y] vsock: fix a" and sent["messages"]
    people = f"{mail['To']} {mail['Cc']}"
    for who in ("stable@vger.kernel.org", "uwe@example.net", "rolf@example.net", "rita@example.net"):
        assert who in people
    body = str(mail.get_payload()).replace("\r\n", "\n")
    assert (
        "From: Uwe Upstream <uwe@example.net>" in body and "to 6.6.y: the same change." in body.partition("\n---\n")[2]
    )


def test_a_conflict_is_explained_resolved_and_noted(upstream: tuple[Path, str, str]) -> None:
    folder, one, two = upstream
    made = p(folder, "backport", one, two, "--to", "6.6.y", code=1)
    (file,) = made["conflicts"]
    assert (
        made["done"] == 1
        and file["path"] == FILE
        and [row.partition(" ")[2] for row in file["commits"]] == ["vsock: fix c"]
    ), "what was picked is no news"
    tree = Path(made["folder"])
    again = p(tree, "backport", "--continue", code=1)
    assert again["conflicts"] == made["conflicts"], "nothing was resolved yet"
    (tree / FILE).write_text(git(tree, "show", f"HEAD:{FILE}").replace("int c;", "int c = 3;") + "\n")
    git(tree, "add", FILE)
    series = p(tree, "backport", "--continue", "--why", "the name is still c")
    assert len(series["patches"]) == 2
    message = git(tree, "log", "-1", "--format=%B")
    assert f"commit {two} upstream." in message
    assert "[ Ada Example: the name is still c ]\nSigned-off-by: Ada Example <ada@example.org>" in message
    cover = p(tree, "cover")["body"]
    assert "the same change" in cover and "git range-diff to it" in cover and "+int c = 3;" in cover


def test_each_place_of_a_conflict_is_explained(small: Path) -> None:
    """What the stable branch has, what upstream had and which commit made it, and what the commit makes of it."""
    body = "".join(f"\tstep({n});\n" for n in range(12))
    start = f"int top;\n\nstatic int first(void)\n{{\n{body}}}\n\nint second(void)\n{{\n{body}\treturn 0;\n}}\n"
    (small / FILE).write_text(start)
    git(small, "commit", "-qam", "vsock: begin")
    git(small, "checkout", "-q", "-b", "stable")
    text = start.replace("int top;\n", "int top;\nint more;\nint yet;\n").replace("step(5);\n", "step(55);\n", 1)
    (small / FILE).write_text(text)
    git(small, "commit", "-qam", "vsock: do it otherwise here")
    own = git(small, "rev-parse", "--short=12", "HEAD")
    git(small, "update-ref", "refs/remotes/stable/linux-6.6.y", "HEAD")
    git(small, "checkout", "-q", "-b", "mainline", "stable~1")
    change(small, "\treturn 0;", "\treturn done(0);", "the end")
    prepared = git(small, "rev-parse", "--short=12", "HEAD")
    head = (small / FILE).read_text()
    (small / FILE).write_text(head.replace("step(5);", "leap(5);", 1).replace("return done(0)", "return finished(0)"))
    fix = change(small, "int second", "int zweite", "it")
    made = p(small, "backport", fix, "--to", "6.6.y", code=1)
    first, second = made["conflicts"][0]["places"]
    assert (first["line"], first["heading"], first["here"]) == (12, "static int first(void)", ["\tstep(55);"])
    assert (first["before"], first["after"]) == (["\tstep(5);"], ["\tleap(5);"])
    assert (first["because"], first["own"]) == ([], [f"{own} vsock: do it otherwise here"])
    assert (second["line"], second["heading"], second["here"]) == (35, "int zweite(void)", ["\treturn 0;"])
    assert (second["before"], second["after"]) == (["\treturn done(0);"], ["\treturn finished(0);"])
    assert (second["because"], second["own"]) == ([f"{prepared} vsock: fix the end"], [])
    said = run_patchflow("-C", made["folder"], "backport", "--continue").err
    assert "line 12, below `static int first(void)`" in said and f"has ({own} vsock: do it otherwise here):" in said
    assert f"upstream had ({prepared} vsock: fix the end):\n" in said and "\n        return finished(0);\n" in said
    lines = git(small, "show", "stable:" + FILE).split("\n")
    assert (lines[11], lines[34]) == ("\tstep(55);", "\treturn 0;"), "the lines are the stable branch's own"


@pytest.mark.parametrize("gone", [True, False])
def test_a_conflict_without_text_is_named_by_its_file(small: Path, gone: bool) -> None:
    data = small / "net/vmw_vsock/data"
    for branch, content in (("main", b"\0a"), ("stable", b"\0b"), ("mainline", b"\0c")):
        git(small, "checkout", "-q", *(["-b", branch, "main"] if branch != "main" else [branch]))
        data.write_bytes(content)
        if gone and branch == "stable":
            data.unlink()
        git(small, "add", "-A")
        git(small, "commit", "-q", "-m", f"vsock: {branch}")
    git(small, "update-ref", "refs/remotes/stable/linux-6.6.y", "stable")
    made = p(small, "backport", "mainline", "--to", "6.6.y", code=1)
    assert [(one["path"], one["missing"], one["places"]) for one in made["conflicts"]] == [
        ("net/vmw_vsock/data", gone, [])
    ]


def test_a_failed_mail_that_was_taken_in_is_named_by_its_id(upstream: tuple[Path, str, str]) -> None:
    folder, one, _ = upstream
    name = "2026030211-fail-6.6@gregkh.example"
    box = folder.parent / "stable.mbox"
    box.write_text(
        f"From x Mon Mar  2 12:00:00 2026\nFrom: Greg <greg@example.org>\nDate: Mon, 2 Mar 2026 12:00:00 +0000\n"
        f'Message-ID: <{name}>\nSubject: FAILED: patch "[PATCH] vsock: fix a" failed to apply to 6.6-stable tree\n\n'
        f"The patch below does not apply to the 6.6-stable tree.\n\ngit cherry-pick -x {one}\n"
    )
    ran = run_patchflow("-C", str(folder), "backport", name)
    assert ran.code == 2 and f"No mail that was taken in has the Message-ID <{name}>" in ran.err
    p(folder, "fetch", "--mbox", str(box))
    for word in (name, f"<{name}>", f"https://lore.kernel.org/stable/{name}/"):
        assert p(folder, "backport", word)["branch"] == "vsock-fix-a-6.6.y"
        p(folder, "backport", "--abort", "vsock-fix-a-6.6.y")


@pytest.mark.long
@pytest.mark.parametrize(
    ("named", "place"), [("~/backports", "backports"), ("../elsewhere", "elsewhere"), (None, ""), ("{tmp}/abs", "abs")]
)
def test_where_its_work_tree_goes_is_a_setting(
    upstream: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch, named: str | None, place: str
) -> None:
    folder, one, _ = upstream
    monkeypatch.setenv("HOME", str(folder.parent))
    if named:
        assert (
            run_patchflow(
                "-C", str(folder), "config", "patchflow.backportdir", named.replace("{tmp}", str(folder.parent))
            ).code
            == 0
        )
    p(folder / "net", "backport", one, "--to", "6.6.y")
    assert (folder.parent / place / f"{folder.name}-vsock-fix-a-6.6.y" / FILE).is_file()
    p(folder, "backport", "--abort", "vsock-fix-a-6.6.y")
    p(folder, "backport", one, "--to", "6.6.y", "--in", str(folder.parent / "mine"))
    assert (folder.parent / "mine" / FILE).is_file(), "--in says otherwise"


@pytest.mark.parametrize("ending", [["cherry-pick", "--continue"], ["commit", "-q", "--no-edit"]])
@pytest.mark.long
def test_a_conflict_that_was_ended_with_git_gets_its_line(
    upstream: tuple[Path, str, str], smtp: Any, ending: list[str]
) -> None:
    folder, _, two = upstream
    tree = Path(p(folder, "backport", two, "--to", "6.6.y", code=1)["folder"])
    (tree / FILE).write_text(git(tree, "show", f"HEAD:{FILE}").replace("int c;", "int c = 3;") + "\n")
    git(tree, "add", FILE)
    git(tree, "-c", "core.editor=true", *ending)
    p(tree, "backport", "--continue", "--why", "the name is still c")
    message = git(tree, "log", "-1", "--format=%B")
    assert f"commit {two} upstream." in message and "[ Ada Example: the name is still c ]" in message
    p(tree, "send", "--yes", "--override", "base-not-in-tree=x")
    p(tree, "respin")
    amended = message.replace("still c ]", "still c in 6.6 ]")
    git(tree, "commit", "-q", "--amend", "-F", "-", stdin=amended)
    p(tree, "send", "--yes", "--override", "base-not-in-tree=x", "--override", "changelog=x")
    mails = [email.message_from_bytes(path.read_bytes()) for path in smtp.folder.rglob("*") if path.is_file()]
    assert sorted(mail["Subject"] for mail in mails) == [
        "[PATCH 6.6.y v2] vsock: fix see", "[PATCH 6.6.y] vsock: fix see",
    ]  # fmt: skip
    ran = run_patchflow("-C", str(folder), "backport", "--abort", "vsock-fix-see-6.6.y")
    assert ran.code == 1 and "was sent, so its branch is kept" in ran.err and tree.is_dir()
    assert all("netdev@" in mail["Cc"] and "+int c = 3;" in str(mail.get_payload()) for mail in mails)


def test_a_commit_that_is_none_of_them_is_told(upstream: tuple[Path, str, str]) -> None:
    folder, one, two = upstream
    made = p(folder, "backport", one, two, "--to", "6.6.y", code=1)
    tree = Path(made["folder"])
    git(tree, "cherry-pick", "--abort")
    change(tree, "int b;", "int b = 2;", "what nobody asked for")
    before = git(tree, "rev-parse", "HEAD")
    ran = run_patchflow("-C", str(tree), "backport", "--continue")
    assert ran.code == 1 and "is not the commit that should stand there" in ran.err
    assert git(tree, "rev-parse", "HEAD") == before


def test_a_resolution_that_leaves_nothing_and_a_folder_that_is_there(upstream: tuple[Path, str, str]) -> None:
    folder, one, two = upstream
    tree = Path(p(folder, "backport", two, "--to", "6.6.y", code=1)["folder"])
    git(tree, "checkout", "-q", "HEAD", "--", FILE)
    ran = run_patchflow("-C", str(tree), "backport", "--continue")
    assert ran.code == 1 and "could not be committed" in ran.err
    refs = git(folder, "for-each-ref")
    ran = run_patchflow("-C", str(folder), "backport", one, "--to", "6.6.y", "--in", str(tree))
    assert ran.code == 2 and "exists already" in ran.err and git(folder, "for-each-ref") == refs


def test_a_failed_mail_names_commit_and_branch(upstream: tuple[Path, str, str]) -> None:
    folder, one, _ = upstream
    mail = (
        'Subject: FAILED: patch "[PATCH] vsock: fix a" failed to apply to 6.6-stable\n tree\n\n'
        f"The patch below does not apply to the 6.6-stable tree.\n\ngit cherry-pick -x {one}\n"
    )
    assert parse_failed(mail) == Failed(one, "6.6.y") and parse_failed("Subject: hello\n\nfine\n") is None
    assert p(folder, "backport", "-", stdin=mail)["branch"] == "vsock-fix-a-6.6.y"
    p(folder, "backport", "--abort", "vsock-fix-a-6.6.y")
    head, _, body = mail.partition("\n\n")
    encoded = quopri.encodestring(body.encode()).decode()
    file = folder.parent / "failed.eml"
    file.write_text(f"{head}\nContent-Transfer-Encoding: quoted-printable\n\n{encoded}")
    assert p(folder, "backport", str(file))["branch"] == "vsock-fix-a-6.6.y"


def test_what_a_kill_left_is_given_up_too(upstream: tuple[Path, str, str]) -> None:
    folder, one, _ = upstream
    before = git(folder, "for-each-ref"), git(folder, "config", "--local", "--list")
    for branch_too in (False, True):
        git(folder, "config", "branch.vsock-fix-a-6.6.y.patchflow-backport", one)
        if branch_too:
            git(folder, "branch", "vsock-fix-a-6.6.y", "base")
        p(folder, "backport", "--abort", "vsock-fix-a-6.6.y")
        assert (git(folder, "for-each-ref"), git(folder, "config", "--local", "--list")) == before


def test_it_is_given_up_whole(upstream: tuple[Path, str, str]) -> None:
    folder, _, two = upstream
    before = git(folder, "for-each-ref"), git(folder, "config", "--local", "--list")
    made = p(folder, "backport", two, "--to", "6.6.y", code=1)
    p(folder, "backport", "--abort", made["branch"])
    assert (git(folder, "for-each-ref"), git(folder, "config", "--local", "--list")) == before
    assert not Path(made["folder"]).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["HEAD", "--to", "6.1.y"], "No stable branch linux-6.1.y was fetched"),
        (["HEAD", "--to", "next"], "'next' is not a stable branch"),
        (["HEAD"], "Say which commit goes where"),
        (["nothing", "--to", "6.6.y"], "names no commit"),
        (["--abort", "topic"], "is not a backport"),
        (["--continue"], "is not a backport"),
    ],
)
def test_what_cannot_be_is_said(upstream: tuple[Path, str, str], words: list[str], said: str) -> None:
    folder, _, _ = upstream
    refs = git(folder, "for-each-ref")
    ran = run_patchflow("-C", str(folder), "backport", *words)
    assert ran.code == 2 and said in ran.err and git(folder, "for-each-ref") == refs


def test_two_branches_of_one_name_are_not_chosen_between(upstream: tuple[Path, str, str]) -> None:
    folder, one, _ = upstream
    git(folder, "update-ref", "refs/remotes/mine/linux-6.6.y", "mainline")
    ran = run_patchflow("-C", str(folder), "backport", one, "--to", "6.6.y")
    assert ran.code == 2 and "Say which is meant with --onto" in ran.err
    p(folder, "backport", one, "--to", "6.6.y", "--onto", "refs/remotes/stable/linux-6.6.y")


def test_what_is_there_already_is_told(upstream: tuple[Path, str, str]) -> None:
    folder, one, _ = upstream
    git(folder, "update-ref", "refs/remotes/stable/linux-6.6.y", one)
    ran = run_patchflow("-C", str(folder), "backport", one, "--to", "6.6.y")
    assert ran.code == 1 and "It may be in 6.6.y already" in ran.err
