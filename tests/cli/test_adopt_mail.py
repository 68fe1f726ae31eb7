"""A branch made of a series that was sent from elsewhere, by git alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_adopt import amend, sent_by_hand
from tests.conftest import commit, git, run_patchflow


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def ids_of(box: Path) -> list[str]:
    rows = [row for row in box.read_text().splitlines() if row.startswith("Message-I")]
    return [row.partition("<")[2].rstrip(">") for row in rows]


@pytest.fixture
def elsewhere(small: Path, tmp_path: Path) -> tuple[Path, list[str], list[str]]:
    """A clone that took in v1 and v2 of a series that was made elsewhere; their mails' ids, and v2's commits."""
    box = tmp_path / "list.mbox"
    git(small, "checkout", "-q", "-b", "topic", "base")
    commit(small, "add one")
    commit(small, "add two")
    sent_by_hand(small, 1, box)
    amend(small)
    sent_by_hand(small, 2, box)
    box.write_text(box.read_text().replace("To: list@example.org", "To: list@example.org\nCc: Cora <cora@example.net>"))
    commits = git(small, "rev-list", "--reverse", "base..HEAD").splitlines()
    git(small, "switch", "-q", "main")
    git(small, "branch", "-qD", "topic")
    p(small, "fetch", "--mbox", str(box))
    return small, ids_of(box), commits


def test_the_branch_is_there_as_it_was_sent(elsewhere: tuple[Path, list[str], list[str]], smtp: Any) -> None:
    folder, ids, commits = elsewhere
    source = folder / "net/vmw_vsock/af_vsock.c"
    source.write_text(source.read_text() + "int mine;\n")
    head, config = git(folder, "rev-parse", "HEAD"), (folder / ".git/config").read_text()
    document = p(folder, "adopt", "again", "--from", ids[4])
    assert (git(folder, "rev-parse", "HEAD"), git(folder, "branch", "--show-current")) == (head, "main")
    assert source.read_text().endswith("int mine;\n") and git(folder, "diff", "--cached") == ""
    made = git(folder, "rev-list", "--reverse", "base..again").splitlines()
    assert [git(folder, "log", "-1", "--format=%an %ad %B %T", one) for one in made] == [
        git(folder, "log", "-1", "--format=%an %ad %B %T", one) for one in commits
    ]
    assert [row["message_ids"] for row in document["sent"]] == [ids[:3], ids[3:]]
    series = p(folder, "status", "--all")["series"][0]
    assert (series["name"], series["state"], series["revision"]) == ("again", "sent", 3)

    git(folder, "stash", "-q")
    git(folder, "switch", "-q", "again")
    assert p(folder, "cover")["body"] == "Why." and p(folder, "cover")["subject"] == "vsock: a topic"
    changed = [row["status"] for row in p(folder, "diff", "v1", "v2")["pairs"]]
    assert changed == ["same", "dropped", "new"], "both revisions have commits"
    commit(folder, "add three")
    p(folder, "respin")
    page = run_patchflow("-C", str(folder), "send", "--dry-run").out
    assert "[PATCH net-next v3 0/3]" in page and "Cora <cora@example.net>" in page and "list@example.org" in page
    assert f"Link to v2: https://lore.kernel.org/r/{ids[3]}" in p(folder, "cover")["body"]

    git(folder, "switch", "-q", "main")
    p(folder, "undo", "--yes")
    git(folder, "branch", "-qf", "again", made[-1])
    p(folder, "undo", "--yes")
    assert (folder / ".git/config").read_text() == config
    assert git(folder, "for-each-ref", "refs/patchflow", "refs/heads/again") == ""


def test_what_is_not_ones_own_is_refused(elsewhere: tuple[Path, list[str], list[str]], tmp_path: Path) -> None:
    folder, ids, _ = elsewhere
    box = tmp_path / "bob.mbox"
    text = (tmp_path / "list.mbox").read_text().replace("Ada Example <ada@example.org>", "Bob <bob@example.net>")
    box.write_text(text.replace(".git.ada@", ".bob@"))
    before = git(folder, "for-each-ref")
    ran = run_patchflow("-C", str(folder), "adopt", "--from", str(box))
    assert ran.code == 2 and "sent by Bob <bob@example.net>" in ran.err and "patchflow review" in ran.err
    assert git(folder, "for-each-ref") == before
    document = p(folder, "adopt", "--from", str(box), "--force")
    assert document["name"] == "vsock-a-topic"
    assert git(folder, "log", "-1", "--format=%ae %ce", "vsock-a-topic") == "bob@example.net ada@example.org"
    for words in (("main",), ("bad..name",), ("-x",)):
        assert run_patchflow("-C", str(folder), "adopt", *words, "--from", ids[0]).code in (1, 2), words
    assert run_patchflow("-C", str(folder), "adopt", "x", "--from", "nowhere@example.org").code in (2, 4)


def test_what_does_not_apply_makes_nothing(elsewhere: tuple[Path, list[str], list[str]], tmp_path: Path) -> None:
    """A part that is missing, a base that is not here; with --base the commit is named."""
    folder, _, _ = elsewhere
    before = git(folder, "for-each-ref")
    mails = (tmp_path / "list.mbox").read_text().split("\nFrom ")
    half = tmp_path / "half.mbox"
    half.write_text("\nFrom ".join(mails[:2]) + "\n")
    ran = run_patchflow("-C", str(folder), "adopt", "--from", str(half))
    assert ran.code == 1 and "Part 2 of 2 is not at hand" in ran.err
    other = tmp_path / "other.mbox"
    other.write_text("\nFrom ".join(mails[:3]).replace("int a;", "int other;") + "\n")
    ran = run_patchflow("-C", str(folder), "adopt", "--from", str(other), "--base", "base")
    assert ran.code == 1 and "cannot be applied" in ran.err and "--base REF" in ran.err
    assert git(folder, "for-each-ref") == before


@pytest.mark.long
def test_what_patchflow_sent_comes_back_on_another_machine(series: Path, smtp: Any, tmp_path: Path) -> None:
    """Sent from one clone, adopted in another: the same change-id, patches and cover letter."""
    p(series, "send", "--yes")
    box = tmp_path / "back.mbox"
    box.write_bytes(b"".join(b"From x Thu Jan  1 00:00:00 2026\n" + raw + b"\n" for raw in smtp.messages()))
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", "--branch", "main", str(series), str(other))
    p(other, "adopt", "demo", "--from", str(box), "--base", "base")
    git(other, "switch", "-q", "demo")
    cover, document = p(other, "cover"), p(other, "status")["series"][0]
    assert (cover["subject"], cover["body"]) == ("vsock: add one and two", "They are needed.")
    wanted = p(series, "status")["series"][0]
    assert [document[key] for key in ("change_id", "state")] == [wanted[key] for key in ("change_id", "state")]
    assert document["sent"][0]["message_ids"] == wanted["sent"][0]["message_ids"]
    assert git(series, "rev-parse", "demo^{tree}") == git(other, "rev-parse", "demo^{tree}")
    assert run_patchflow("-C", str(other), "adopt", "twice", "--from", str(box)).code == 1, "it is here already"
