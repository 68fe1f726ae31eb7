"""Branches that were worked on before patchflow: git-publish's, and plain ones whose versions were sent by hand."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_watch import come, said
from tests.conftest import commit, git, run_patchflow

RIK = "Rik Reviewer <rik@example.net>"


def p(folder: Path, *words: str, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


def amend(folder: Path) -> None:
    source = folder / "net/vmw_vsock/af_vsock.c"
    source.write_text(source.read_text().replace("int add_two;", "int add_two = 2;"))
    git(folder, "commit", "-q", "--amend", "-a", "--no-edit")


@pytest.fixture
def topic(small: Path) -> Path:
    git(small, "checkout", "-q", "-b", "topic", "base")
    commit(small, "add one")
    commit(small, "add two")
    return small


def sent_by_hand(folder: Path, number: int, list_file: Path) -> None:
    """git format-patch's own mails of the branch, as they came back from a list."""
    words = ["format-patch", "--stdout", "--thread", "--cover-letter", "-v", str(number), "--to=list@example.org",
             "--subject-prefix=PATCH net-next", "base..HEAD"]  # fmt: skip
    text = git(folder, *words).replace("*** SUBJECT HERE ***", "vsock: a topic").replace("*** BLURB HERE ***", "Why.")
    text = text.replace(".git.ada@", f".v{number}.git.ada@")  # two versions within a second have the same ids else
    with list_file.open("a") as file:
        file.write(text + "\n\n")


def test_versions_sent_by_hand_come_from_the_mail(topic: Path, tmp_path: Path, smtp: Any) -> None:
    box = tmp_path / "list.mbox"
    sent_by_hand(topic, 1, box)
    amend(topic)
    sent_by_hand(topic, 2, box)
    p(topic, "fetch", "--mbox", str(box))
    document = p(topic, "adopt", "--base", "base")
    assert [row["revision"] for row in document["sent"]] == [1, 2]
    assert [len(row["message_ids"]) for row in document["sent"]] == [3, 3]
    assert document["revision"] == 3
    assert p(topic, "status")["series"][0]["state"] == "sent", "the branch is v2 as it was sent"

    refused = run_patchflow("-C", str(topic), "diff", "v1", "v2")
    assert refused.code == 1 and "are not kept in this clone" in refused.err, refused.err
    amend(topic)
    commit(topic, "add three")
    p(topic, "cover", "--set", "-", stdin="vsock: a topic\n\nWhy.\n")
    p(topic, "respin")
    cover = p(topic, "cover")
    assert f"Link to v2: https://lore.kernel.org/r/{document['sent'][1]['message_ids'][0]}" in cover["body"]
    p(topic, "cover", "--set", "-", stdin=f"{cover['subject']}\n\n{cover['body'].replace('EDITME: ', '')}")
    shown = run_patchflow("-C", str(topic), "send", "--dry-run", "--override", "repost-24h=a test")
    assert "[PATCH net-next v3 0/3]" in shown.out

    p(topic, "undo")
    p(topic, "undo")
    p(topic, "undo")
    p(topic, "undo")
    assert git(topic, "for-each-ref", "refs/patchflow") == "", "one undo takes the adoption back, records too"


def test_other_peoples_mail_and_other_series_are_not_ours(topic: Path, tmp_path: Path) -> None:
    box = tmp_path / "list.mbox"
    sent_by_hand(topic, 1, box)
    box.write_text(box.read_text().replace("Ada Example <ada@", "Bob <bob@"))
    git(topic, "checkout", "-q", "-b", "other", "base")
    commit(topic, "something else")
    sent_by_hand(topic, 4, box)
    git(topic, "checkout", "-q", "topic")
    p(topic, "fetch", "--mbox", str(box))
    assert p(topic, "adopt", "--base", "base")["sent"] == []


def publish(folder: Path, branch: str, number: int, cover: str) -> None:
    """Tags a version with git-publish 1.8.2's own commands (`tag` and the end of `main` there)."""
    publish_staging(folder, branch, cover)
    git(folder, "tag", "-f", f"{branch}-v{number}", f"{branch}-staging")
    git(folder, "tag", "-d", f"{branch}-staging")


def publish_staging(folder: Path, branch: str, cover: str) -> None:
    """What `git publish --edit`, and a version that did not leave, leave behind; no cover is an empty message."""
    message = folder.parent / "tag-message"
    message.write_text(cover)
    words = ["--file", str(message)] if cover else ["--message", ""]
    git(folder, "tag", "--annotate", *words, "--force", f"{branch}-staging")


COVER_INFO = "\n# Lines starting with '#' will be ignored.\n#\n# Version number: 1\n# Branches:\n#  base: x\n"


@pytest.fixture
def published(topic: Path, sealed: Path) -> Path:
    """A branch as git-publish leaves it: tags with the cover letter, people in git config, a profile in the tree."""
    publish(topic, "topic", 1, "vsock: a topic\n\nWhy it is needed.\n" + COVER_INFO)
    amend(topic)
    publish(topic, "topic", 2, "vsock: a better topic\n\nWhy it is needed.\n\nv2:\n- b is 2\n" + COVER_INFO)
    git(topic, "config", "--add", "branch.topic.gitpublishto", "Max <max@example.org>, other@example.org")
    git(topic, "config", "--add", "branch.topic.gitpublishto", "tom@example.org")
    git(topic, "config", "--add", "branch.topic.gitpublishcc", "Cora <cora@example.org>")
    (topic / ".gitpublish").write_text(
        '[gitpublishprofile "default"]\n  base = base\n  to = list@example.org\n  prefix = PATCH bpf-next\n'
        f"  cccmd = touch {topic.parent}/ran\n"
    )
    git(topic, "config", "--global", "gitpublishprofile.default.prefix", "PATCH from-home")
    return topic


def test_the_tags_are_as_git_publish_makes_them(published: Path) -> None:
    """This is what `git cat-file -p topic-v2` said after the real git-publish 1.8.2 had sent it."""
    head, _, message = git(published, "cat-file", "-p", "topic-v2").partition("\n\n")
    rows = [row.split()[0] for row in head.splitlines()]
    assert rows == ["object", "type", "tag", "tagger"]
    assert head.splitlines()[1:3] == ["type commit", "tag topic-staging"], "the tag's own name is that of the staging"
    assert message == "vsock: a better topic\n\nWhy it is needed.\n\nv2:\n- b is 2"


def test_a_staged_cover_is_the_next_ones_and_an_empty_one_is_none(published: Path) -> None:
    publish_staging(published, "topic", "")
    p(published, "adopt")
    assert p(published, "cover")["subject"] == "vsock: a better topic"
    p(published, "undo")
    publish_staging(published, "topic", "vsock: the third\n\nStaged.\n")
    p(published, "adopt")
    assert p(published, "cover")["subject"] == "vsock: the third"


def test_a_single_patch_that_git_publish_sent_has_no_cover(small: Path) -> None:
    git(small, "checkout", "-q", "-b", "fixes/alone", "base")
    commit(small, "add one")
    publish(small, "fixes/alone", 1, "")
    git(small, "config", "format.subjectPrefix", "PATCH net")
    document = p(small, "adopt", "--base", "base")
    assert [row["revision"] for row in document["sent"]] == [1] and document["revision"] == 2
    assert "[PATCH net v2]" in run_patchflow("-C", str(small), "send", "--dry-run").out, "as git-publish would"


def test_the_clones_own_profile_wins_over_the_trees(published: Path) -> None:
    git(published, "config", "gitpublishprofile.default.prefix", "PATCH mine")
    git(published, "config", "gitpublishprofile.default.to", "mine@example.org")
    p(published, "adopt")
    assert "[PATCH mine" in run_patchflow("-C", str(published), "send", "--dry-run").out
    people = [row["address"] for row in p(published, "cc")["patches"][0]["recipients"]]
    assert {"mine@example.org", "list@example.org"} <= set(people), "lists add up"


def test_git_publish_is_read(published: Path) -> None:
    document = p(published, "adopt")
    assert document["base"] == git(published, "rev-parse", "base"), "the profile names the base"
    assert [row["revision"] for row in document["sent"]] == [1, 2]
    assert document["revision"] == 3
    cover = p(published, "cover")
    assert cover["subject"] == "vsock: a better topic"
    assert "- b is 2" in cover["body"]
    people = [row["address"] for row in p(published, "cc")["patches"][0]["recipients"]]
    wanted = {"Max <max@example.org>", "other@example.org", "tom@example.org", "Cora <cora@example.org>"}
    assert {*wanted, "list@example.org"} <= set(people)
    assert "[PATCH bpf-next" in run_patchflow("-C", str(published), "send", "--dry-run").out
    assert not (published.parent / "ran").exists(), "no command of a profile runs"
    pairs = p(published, "diff", "v1", "v2")["pairs"]
    assert [pair["status"] for pair in pairs] != [], pairs


def test_git_publish_and_the_mail_together(published: Path, tmp_path: Path) -> None:
    box = tmp_path / "list.mbox"
    sent_by_hand(published, 2, box)
    p(published, "fetch", "--mbox", str(box))
    document = p(published, "adopt")
    assert [len(row["message_ids"]) for row in document["sent"]] == [0, 3]


def test_the_branch_itself_is_not_touched(published: Path) -> None:
    before = subprocess.run(["git", "-C", str(published), "rev-parse", "HEAD", "topic-v1"], capture_output=True).stdout
    p(published, "adopt")
    after = subprocess.run(["git", "-C", str(published), "rev-parse", "HEAD", "topic-v1"], capture_output=True).stdout
    assert after == before


def test_what_git_push_made_of_the_branch_is_not_its_base(topic: Path, tmp_path: Path) -> None:
    """`git push -u` has a branch follow its own copy; one that works on the trunk itself follows its base."""
    git(tmp_path, "init", "-q", "--bare", "mine.git")
    git(topic, "remote", "add", "mine", str(tmp_path / "mine.git"))
    git(topic, "push", "-q", "-u", "mine", "topic")
    ran = run_patchflow("-C", str(topic), "adopt")
    assert ran.code == 2 and "topic follows mine/topic, a copy of itself, so its base cannot be told" in ran.err
    git(topic, "push", "-q", "mine", "base^{commit}:refs/heads/main")
    git(topic, "checkout", "-q", "-B", "main", "mine/main")
    commit(topic, "add three")
    assert [patch["subject"] for patch in p(topic, "adopt")["patches"]] == ["vsock: add three"]


@pytest.mark.long
def test_a_version_sent_by_hand_in_between_is_not_sent_twice(topic: Path, tmp_path: Path, smtp: Any) -> None:
    """As from another machine of one's own; what went to oneself, or is a backport, is none of that."""
    p(topic, "adopt", "--base", "base")
    p(topic, "cover", "--set", "-", stdin="vsock: a topic\n\nWhy.\n")
    assert run_patchflow("-C", str(topic), "send", "--yes").code == 0
    amend(topic)

    def stops(*words: str) -> dict[str, str]:
        shown = run_patchflow("-C", str(topic), "--json", "send", "--dry-run", *words)
        return {gate["id"]: gate["text"] for gate in shown.json["gates"]}

    box, trials = tmp_path / "list.mbox", tmp_path / "trials.mbox"
    sent_by_hand(topic, 2, box)
    text = re.sub("(?m)^Date: .*", "Date: Wed, 25 Nov 2026 09:00:00 +0000", box.read_text())  # its clock is behind
    other = text.replace("PATCH net-next", "PATCH 6.6").replace("To: list@", "To: netdev@lists.")
    trials.write_text(text.replace(".v2.git", ".me.git") + other.replace(".v2.git", ".stable.git"))
    p(topic, "fetch", "--mbox", str(trials))
    assert "version-posted" not in stops()
    box.write_text(text.replace("To: list@", "To: netdev@lists."))
    p(topic, "fetch", "--mbox", str(box))
    assert "v2 was posted on " in stops()["version-posted"]
    assert "version-posted" not in stops("--revision", "3")

    document = p(topic, "adopt")
    assert [row["revision"] for row in document["sent"]] == [1, 2]
    assert p(topic, "status")["series"][0]["state"] == "sent", "the branch is v2 as it was sent"
    remark = said("> +int add_two = 2;\nWhy two?\n", document["sent"][1]["message_ids"][2], "c1@rik", RIK, 0)
    come(topic, remark)
    assert "Why two?" in run_patchflow("-C", str(topic), "todo").out, "no mail of v2 is kept, and v1 is older"


@pytest.mark.long
def test_a_branch_that_was_deleted_and_brought_back_goes_on(topic: Path, smtp: Any) -> None:
    """`git branch -D` takes its settings along; what was sent of it, its number and its cover letter are still here."""
    p(topic, "adopt", "--base", "base")
    p(topic, "cover", "--set", "-", stdin="vsock: a topic\n\nWhy.\n")
    assert run_patchflow("-C", str(topic), "send", "--yes").code == 0
    p(topic, "respin")
    tip = git(topic, "rev-parse", "topic")
    git(topic, "switch", "-q", "-c", "other", "base")
    git(topic, "branch", "-qD", "topic")
    commit(topic, "something else")
    assert p(topic, "adopt", "other", "--base", "base")["sent"] == []
    git(topic, "switch", "-q", "-c", "again", tip)
    amend(topic)
    ran = run_patchflow("-C", str(topic), "adopt", "--base", "base")
    assert "v1 was sent on " in ran.err
    (series,) = [row for row in p(topic, "status", "--all")["series"] if row["branch"] == "again"]
    assert series["revision"] == 2 and series["title"] == "vsock: a topic"
    p(topic, "undo")
    older = git(topic, "commit-tree", "-m", "older", "base^{tree}")
    git(topic, "switch", "-q", "-c", "backport", older)
    git(topic, "cherry-pick", "base..again")
    assert p(topic, "adopt", "--base", older)["sent"] == [], "the same titles on what is no such base"
