"""What a series needs first: named in its mails, kept in step through respin and restack, with b4 both ways."""

from __future__ import annotations

import email
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.e2e.test_b4 import b4, tracking
from tests.sampled import few

OVER = ("--override", "repost-24h=a test", "--override", "changelog=a test")


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def refused(folder: Path, *words: str, code: int = 2) -> str:
    ran = run_patchflow("-C", str(folder), *words)
    assert ran.code == code, ran.out + ran.err
    return " ".join(ran.err.split())


def patch_id(folder: Path, commit: str) -> str:
    shown = git(folder, "show", commit)
    return git(folder, "patch-id", "--stable", stdin=f"{shown}\n").split()[0]


def first_mail(folder: Path, out: Path) -> str:
    return Path(p(folder, "format", "-o", str(out))["files"][0]).read_text()


def tail(text: str) -> list[str]:
    """The lines below the last `---` of a mail, without its signature."""
    return text.rpartition("\n---\n")[2].partition("\n-- \n")[0].split("\n")


@pytest.fixture
def stack(series: Path) -> Path:
    """Two patches of `top`, in a file of their own, on the two of `demo`, which the tree's last commit is below."""
    p(series, "new", "top", "--base", "demo")
    for name in ("three", "four"):
        commit(series, f"add {name}", path="net/vmw_vsock/top.c")
    p(series, "cover", "--set", "-", stdin="vsock: use one and two\n\nNow that they are there.\n")
    return series


def amend(folder: Path, branch: str) -> None:
    git(folder, "switch", "-q", branch)
    commit(folder, "fixup", "int fixed;\n")
    git(folder, "reset", "-q", "--soft", "HEAD~2")
    git(folder, "commit", "-q", "-C", "ORIG_HEAD~1")


def test_a_stack_through_respin_and_restack(stack: Path, tmp_path: Path, smtp: Any) -> None:
    demo = p(stack, "dep", "list")
    assert demo["dependencies"] == []
    (one,) = p(stack, "dep", "add", "demo")["dependencies"]
    ids = [patch_id(stack, name) for name in ("demo~1", "demo")]
    change_id = git(stack, "config", "branch.demo.patchflow-change-id")
    assert (one["kind"], one["id"], one["revision"], one["state"]) == ("change-id", change_id, 1, "current")
    text = first_mail(stack, tmp_path / "one")
    own = git(stack, "config", "branch.top.patchflow-change-id")
    wanted = [
        f"base-commit: {git(stack, 'rev-parse', 'base^{commit}')}", f"change-id: {own}",
        f"prerequisite-change-id: {change_id}:v1", *(f"prerequisite-patch-id: {one}" for one in ids),
    ]  # fmt: skip
    assert tail(text) == wanted
    assert "0/2]" in text, "the range is the series' own commits"
    (tmp_path / "git").mkdir()
    git(stack, "format-patch", "-q", "-1", "--base=base", "-o", str(tmp_path / "git"), "top~1")
    asked = next((tmp_path / "git").iterdir()).read_text()
    assert [row for row in asked.split("\n") if row.startswith("prereq")] == wanted[3:], (
        "as git format-patch --base has it"
    )

    # The lower series becomes v2: the upper one is told, and keeps its own two patches.
    git(stack, "switch", "-q", "demo")
    p(stack, "send", "--yes")
    ran = run_patchflow("-C", str(stack), "respin")
    assert ran.code == 0 and "top stands on it" in ran.err
    amend(stack, "demo")
    git(stack, "switch", "-q", "top")
    assert p(stack, "status")["series"][0]["patches"][0]["subject"] == "vsock: add three"
    (told,) = p(stack, "dep", "check", code=1)["dependencies"]
    assert (told["state"], told["newer"]) == ("restack", 2)
    assert "dependency" in {one["rule"] for one in p(stack, "check")["series"]}
    assert "patchflow dep check" in p(stack, "status")["series"][0]["next_step"]
    assert tail(first_mail(stack, tmp_path / "two")) == wanted, "the mails still name what it stands on"

    before = git(stack, "for-each-ref"), (stack / ".git/config").read_text()
    (now,) = p(stack, "dep", "restack")["dependencies"]
    assert (now["state"], now["revision"]) == ("current", 2)
    assert git(stack, "rev-parse", "top~2") == git(stack, "rev-parse", "demo")
    assert git(stack, "status", "--porcelain") == "" and "fixed" in git(stack, "show", "HEAD:net/vmw_vsock/af_vsock.c")
    assert "dependency" not in {one["rule"] for one in p(stack, "check")["series"]}
    new = tail(first_mail(stack, tmp_path / "three"))
    assert new[2] == f"prerequisite-change-id: {change_id}:v2" and new[3:] != wanted[3:] and len(new) == 5
    p(stack, "undo")
    assert (git(stack, "for-each-ref"), (stack / ".git/config").read_text()) == before
    assert git(stack, "status", "--porcelain") == ""
    p(stack, "redo")

    # What leaves is what was shown, and the base is no private one.
    page = p(stack, "send", "--dry-run")
    gates = {gate["id"]: gate["text"] for gate in page["gates"]}
    assert "private-base" not in gates and gates["needs-unsent"].startswith("demo v2, which")
    count = len(smtp.messages())
    p(stack, "send", "--yes")
    cover = email.message_from_bytes(smtp.messages()[count])
    assert new == tail(str(cover.get_payload()))
    shown = run_patchflow("-C", str(stack), "send", "--dry-run", "--resend")
    assert f"needs    change-id {change_id}:v2 (demo, vsock: add one and two): current" in shown.out, shown.out


def test_a_restack_that_conflicts_changes_nothing(series: Path) -> None:
    p(series, "new", "top", "--base", "demo")
    commit(series, "add three")
    p(series, "dep", "add", "demo")
    git(series, "switch", "-q", "demo")
    git(series, "reset", "-q", "--hard", "HEAD~1")
    commit(series, "add another")
    git(series, "switch", "-q", "top")
    before = git(series, "for-each-ref"), (series / ".git/config").read_text(), git(series, "status", "--porcelain")
    said = refused(series, "dep", "restack", code=1)
    assert "af_vsock.c would conflict" in said and "git rebase --onto demo" in said and "Nothing was changed" in said
    assert (
        git(series, "for-each-ref"),
        (series / ".git/config").read_text(),
        git(series, "status", "--porcelain"),
    ) == before
    (series / "net/vmw_vsock/af_vsock.c").write_text("int dirty;\n")
    assert "uncommitted changes" in refused(series, "dep", "restack", code=1)
    git(series, "checkout", "-q", "-f", "top")

    # By hand, with git alone: the series begins above it all the same.
    subprocess.run(["git", "-C", str(series), "rebase", "-q", "-X", "theirs", "--onto", "demo", "HEAD~1"], check=True)
    assert p(series, "dep", "check")["dependencies"][0]["state"] == "current"
    assert [one["subject"] for one in p(series, "status")["series"][0]["patches"]] == ["vsock: add three"]

    # And away from it, where the lower one was applied meanwhile.
    subprocess.run(["git", "-C", str(series), "rebase", "-q", "-X", "theirs", "--onto", "base", "HEAD~1"], check=True)
    (beside,) = p(series, "dep", "check", code=1)["dependencies"]
    assert beside["state"] == "beside" and "dep drop" in beside["says"]
    assert [one["subject"] for one in p(series, "status")["series"][0]["patches"]] == ["vsock: add three"]


@pytest.mark.long
def test_a_rebase_that_copied_the_lower_patches(stack: Path, smtp: Any) -> None:
    """`git rebase main` copies the patches below, too: they are not posted a second time as the upper series'."""
    p(stack, "dep", "add", "demo")
    git(stack, "switch", "-q", "--detach", "base")
    commit(stack, "upstream", path="net/vmw_vsock/up.c")
    git(stack, "tag", "-f", "base")
    git(stack, "switch", "-q", "top")
    git(stack, "rebase", "-q", "base")
    gates = {one["id"]: one for one in p(stack, "send", "--yes", *OVER, code=1)["gates"]}
    assert "'vsock: add one' and 1 more is a patch of demo" in gates["needs-repeated"]["text"] and not smtp.messages()
    ran = run_patchflow("-C", str(stack), "dep", "restack")
    assert ran.code == 0 and "2 of its patches are in demo already" in ran.err
    titles = git(stack, "log", "--format=%s", "base~1..top").split("\n")
    assert titles == ["vsock: add four", "vsock: add three", "vsock: add two", "vsock: add one"]
    p(stack, "undo")
    assert git(stack, "rev-list", "--count", "base..top") == "4"
    git(stack, "reset", "-q", "--hard", "top~2")
    assert "has every patch of top" in refused(stack, "dep", "restack", code=1)


@pytest.mark.long
def test_the_version_named_is_the_one_whose_patches_are_named(stack: Path, tmp_path: Path, smtp: Any) -> None:
    """The lower series moved on and was not sent: what the upper one names is still what was sent."""
    p(stack, "dep", "add", "demo")
    git(stack, "switch", "-q", "demo")
    p(stack, "send", "--yes")
    ids = [patch_id(stack, name) for name in ("demo~1", "demo")]
    p(stack, "respin")
    amend(stack, "demo")
    git(stack, "switch", "-q", "top")
    git(stack, "rebase", "-q", "--onto", "base", "top~2")
    assert tail(first_mail(stack, tmp_path / "a"))[3:] == [f"prerequisite-patch-id: {one}" for one in ids]


@pytest.mark.long
def test_names_that_are_none_circles_and_what_is_gone(stack: Path) -> None:
    tip = git(stack, "for-each-ref"), (stack / ".git/config").read_text()
    hostile = ("a@b.example\nprerequisite-patch-id: 0123", "<a\u202e@b.example>", "x@" + "y" * 400)
    for name in ("nothing", "20260101-x-0123456789ab", "top", "HEAD", "base", *hostile):
        assert refused(stack, "dep", "add", name)
    assert "wants one thing" in refused(stack, "dep", "add") and "takes no name" in refused(stack, "dep", "list", "x")
    assert (git(stack, "for-each-ref"), (stack / ".git/config").read_text()) == tip

    p(stack, "dep", "add", "demo")
    git(stack, "switch", "-q", "demo")
    assert "needs demo itself" in refused(stack, "dep", "add", "top")
    own = git(stack, "config", "branch.top.patchflow-change-id")
    git(stack, "config", "--add", "branch.demo.patchflow-depends", f"change-id: {own}:v1")  # by hand
    git(stack, "config", "--add", "branch.demo.patchflow-depends", "patch-id: x\nSubject: injected")
    states = [one["state"] for one in p(stack, "dep", "check", code=1)["dependencies"]]
    assert states == ["circle", "unreadable"]
    assert refused(stack, "dep", "restack")
    text = first_mail(stack, stack.parent / "out")
    assert "injected" not in text
    assert p(stack, "dep", "drop", "2")["dependencies"][0]["state"] == "circle"
    assert p(stack, "dep", "drop", "top")["dependencies"] == []

    git(stack, "switch", "-q", "top")
    git(stack, "branch", "-q", "-D", "demo")
    (gone,) = p(stack, "dep", "check", code=1)["dependencies"]
    assert gone["state"] == "gone"
    assert len(p(stack, "status")["series"][0]["patches"]) == 2, "what it stood on is not taken for its own"
    ran = run_patchflow("-C", str(stack), "dep", "drop", "1")
    assert ran.code == 0 and "git rebase --onto base" in " ".join(ran.err.split())
    assert len(p(stack, "status")["series"][0]["patches"]) == 2
    p(stack, "undo")
    assert p(stack, "dep", "list")["dependencies"][0]["state"] == "gone"


MAIL = """From: Bob Builder <bob@example.net>
Date: {date}
Message-ID: <{id}>
Subject: [PATCH{version}] vsock: bob's helper
To: netdev@lists.example.org

Say why.

Signed-off-by: Bob Builder <bob@example.net>
---
{diff}
---
base-commit: 0123456789012345678901234567890123456789
change-id: 20260101-bobs-helper-0123456789ab
"""


@pytest.mark.long
def test_a_posting_of_somebody_else(series: Path, tmp_path: Path) -> None:
    """By Message-ID and by change-id, its newer version found in the mail taken in, a stranger's none."""
    git(series, "switch", "-q", "--detach", "base")
    commit(series, "bob's helper", path="net/vmw_vsock/bob.c")
    diff, id = git(series, "show", "--format=", "HEAD"), patch_id(series, "HEAD")
    diff += f"\ncommit {'1' * 40}\n{diff}"  # which git patch-id takes for the beginning of another one
    git(series, "switch", "-q", "demo")
    box = tmp_path / "mbox"

    def take_in(version: str, name: str, date: str, who: str = "Bob Builder <bob@example.net>") -> None:
        text = MAIL.format(date=date, id=name, version=version, diff=diff).replace("Bob Builder <bob@example.net>", who)
        with box.open("a") as file:
            file.write(f"From x Thu Jan  1 00:00:00 2026\n{text}\n")
        p(series, "fetch", "--mbox", str(box))

    (one,) = p(series, "dep", "add", "https://lore.kernel.org/r/v1@bob.example/")["dependencies"]
    assert (one["kind"], one["id"], one["state"]) == ("message-id", "v1@bob.example", "unknown")
    assert tail(first_mail(series, tmp_path / "a"))[2:] == ["prerequisite-message-id: <v1@bob.example>"]
    take_in("", "v1@bob.example", "Thu, 1 Jan 2026 10:00:00 +0000")
    assert p(series, "dep", "check")["dependencies"][0]["state"] == "current"
    assert tail(first_mail(series, tmp_path / "b"))[2:] == [
        "prerequisite-message-id: <v1@bob.example>", f"prerequisite-patch-id: {id}",
    ]  # fmt: skip
    take_in(" v9", "v9@mallory.example", "Fri, 2 Jan 2026 10:00:00 +0000", "Mallory <mallory@example.com>")
    assert p(series, "dep", "check")["dependencies"][0]["state"] == "current"
    take_in(" v2", "v2@bob.example", "Sat, 3 Jan 2026 10:00:00 +0000")
    (told,) = p(series, "dep", "check", code=1)["dependencies"]
    assert (told["state"], told["newer"]) == ("newer", 2) and "dep add v2@bob.example" in told["says"]
    p(series, "dep", "drop", "v1@bob.example")
    (named,) = p(series, "dep", "add", "20260101-bobs-helper-0123456789ab:v1")["dependencies"]
    assert (named["kind"], named["revision"], named["newer"]) == ("change-id", 1, 2)
    (named,) = p(series, "dep", "add", "20260101-bobs-helper-0123456789ab:v2")["dependencies"]
    assert (named["revision"], named["state"]) == (2, "current")
    take_in(" v2", "v2@mallory.example", "Fri, 2 Jan 2026 10:00:00 +0000", "Mallory <mallory@example.com>")
    assert p(series, "dep", "list")["dependencies"][0]["state"] == "unknown", "two people posted under one change-id"
    assert len(tail(first_mail(series, tmp_path / "c"))) == 3, "so no patch of either is named"


def test_a_series_does_not_need_its_own_posting(stack: Path, smtp: Any) -> None:
    p(stack, "send", "--yes", "--override", "private-base=a test")
    id = email.message_from_bytes(smtp.messages()[1])["Message-ID"]
    assert "cannot depend on itself" in refused(stack, "dep", "add", id)
    git(stack, "branch", "-q", "lower", "top~1")
    git(stack, "branch", "-q", "--set-upstream-to=lower")
    (one,) = p(stack, "dep", "add", "top@{upstream}")["dependencies"]
    assert one["kind"] == "patch-id", "no Message-ID"


def test_a_commit_below(small: Path, tmp_path: Path) -> None:
    git(small, "switch", "-q", "-c", "work")
    below = commit(small, "somebody's helper", path="net/vmw_vsock/helper.c")
    commit(small, "add one")
    p(small, "adopt", "--base", "base")
    (one,) = p(small, "dep", "add", below[:12])["dependencies"]
    assert (one["kind"], one["id"], one["state"]) == ("patch-id", patch_id(small, below), "current")
    assert [patch["subject"] for patch in p(small, "status")["series"][0]["patches"]] == ["vsock: add one"]
    text = first_mail(small, tmp_path / "out")
    assert tail(text)[0] == f"base-commit: {git(small, 'rev-parse', 'base^{commit}')}"
    assert tail(text)[2:] == [f"prerequisite-patch-id: {patch_id(small, below)}"]
    p(small, "undo")
    assert len(p(small, "status")["series"][0]["patches"]) == 2


@pytest.mark.parametrize("strategy", few(["commit", "branch-description", "tip-commit"], 1))
@pytest.mark.long
def test_b4_and_patchflow_keep_one_record(series: Path, strategy: str, tmp_path: Path) -> None:
    git(series, "config", "b4.prep-cover-strategy", strategy)
    if strategy == "tip-commit":
        git(series, "switch", "-q", "-c", "b4/top")
    else:
        b4(series, "prep", "-n", "top", "-f", "demo")
    commit(series, "add three", path="net/vmw_vsock/top.c")
    if strategy == "tip-commit":
        b4(series, "prep", "-e", "demo")
    p(series, "adopt", *(() if strategy == "commit" else ("--base", "demo")))
    p(series, "cover", "--set", "-", stdin="vsock: use one and two\n\nNow that they are there.\n")
    change_id = git(series, "config", "branch.demo.patchflow-change-id")
    p(series, "dep", "add", "demo")
    base = git(series, "rev-parse", "base^{commit}")
    assert tracking_of(series)["prerequisites"] == [f"change-id: {change_id}:v1", f"base-commit: {base}"]
    text = first_mail(series, tmp_path / "a")
    assert tail(text)[0] == f"base-commit: {base}" and len(tail(text)) == 5
    out = tmp_path / "b4"
    b4(series, "send", "--no-sign", "-o", str(out), "--to", "list@example.org")
    theirs = sorted(out.iterdir())[0].read_text()
    assert [row for row in tail(text) if "patch-id" not in row] == [
        row for row in theirs.split("\n") if row.startswith(("base-commit", "change-id", "prereq"))
    ]

    # b4 writes the record, patchflow reads it; then the lower series moves.
    (tmp_path / "deps").write_text(f"message-id: <x@example.org>\nchange-id: {change_id}:v1\nbase-commit: {base}\n")
    b4(series, "prep", "--edit-deps", GIT_EDITOR=f"cp {tmp_path / 'deps'}", EDITOR=f"cp {tmp_path / 'deps'}")
    kinds = [(one["kind"], one["state"]) for one in p(series, "dep", "list")["dependencies"]]
    assert kinds == [("message-id", "unknown"), ("change-id", "current")]
    amend(series, "demo")
    git(series, "switch", "-q", "b4/top")
    assert p(series, "dep", "check", code=1)["dependencies"][1]["state"] == "restack"
    p(series, "dep", "restack")
    assert [one["state"] for one in p(series, "dep", "list")["dependencies"]] == ["unknown", "current"]
    info = b4(series, "prep", "--show-info")
    assert "has-prerequisites: True" in info and f"base-commit: {git(series, 'rev-parse', 'demo')}" in info
    assert p(series, "cover")["subject"] == "vsock: use one and two"
    assert [one["subject"] for one in p(series, "status")["series"][0]["patches"]] == ["vsock: add three"]
    p(series, "dep", "drop", "2")
    p(series, "dep", "drop", "1")
    assert "prerequisites" not in tracking_of(series)


def tracking_of(folder: Path) -> Any:
    if git(folder, "config", "--default", "", "branch.b4/top.b4-tracking"):
        return tracking(folder, "b4/top")
    text = git(folder, "log", "--format=%B", "demo..HEAD").partition("--- b4-submit-tracking ---")[2]
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]["series"]


@pytest.mark.long
def test_b4_applies_what_was_written(stack: Path, tmp_path: Path, smtp: Any) -> None:
    """The mails are read by the real b4: the cover's prerequisites do not reach the commits."""
    p(stack, "dep", "add", "demo")
    p(stack, "send", "--yes")
    box = tmp_path / "mbox"
    box.write_bytes(b"".join(b"From x Thu Jan  1 00:00:00 2026\n" + raw + b"\n" for raw in smtp.messages()))
    said = b4(stack, "am", "-l", "-m", str(box), "-o", str(tmp_path / "am"))
    base = git(stack, "rev-parse", "base^{commit}")
    assert base[:12] in said, said
    (made,) = (tmp_path / "am").glob("*.mbx")
    assert made.read_text().count("prerequisite-") == 0
