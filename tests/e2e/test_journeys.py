"""Patches of 24 subsystems from `new` to "applied": what each wants, read from its document and from MAINTAINERS.

Every journey has a clone of the laid tree to itself, checked out as far as it changes files, and a loopback server.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import git, run_patchflow
from tests.e2e.journeys import JOURNEYS, Commit, Journey
from tests.e2e.notices import answer, body, patches
from tests.sampled import few

SIGNED = "Signed-off-by: Ada Example <ada@example.org>\n"


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, ran.out + ran.err
    return ran.json if ran.out.strip() else ran.err


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all of them: MAINTAINERS is read once."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def laid(tree: Path, tmp_path: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of the laid tree without files yet."""
    if not (tree / "io_uring" / "rw.c").is_file():
        pytest.skip("the kernel tree has not all parts: run `kernel/lay-tree`, which says what holds it back")
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", cache)
    git(tmp_path, "clone", "-q", "--shared", "--no-checkout", str(tree), "linux")
    return tmp_path / "linux"


def edit(folder: Path, path: str, old: str, new: str) -> None:
    if not old:
        git(folder, "mv", path, new)
        return
    text = (folder / path).read_text()
    assert old in text, f"{path} has changed: {old}"
    (folder / path).write_text(text.replace(old, new, 1))


def commit(folder: Path, one: Commit, who: str = SIGNED, *options: str) -> None:
    for change in one.edits:
        edit(folder, *change)
    git(folder, *options, "commit", "-qa", "-F", "-", stdin=f"{one.subject}\n\n{one.why}\n\n{one.tags}{who}")


def start(folder: Path, case: Journey) -> Path:
    """The series' commits, with the files they change checked out; the work tree they are in."""
    paths = {change[0] for one in case.commits for change in one.edits}
    folders = sorted({str(Path(path).parent) for path in paths} - {"."})
    git(folder, "sparse-checkout", "set", "--cone", "scripts", *folders)
    git(folder, "checkout", "-q", "main")
    if case.stable:
        git(folder, "update-ref", f"refs/remotes/stable/linux-{case.stable}", "base")
        git(folder, "checkout", "-q", "-b", "mainline")
        (one,) = case.commits
        who = ("-c", "user.name=Uwe Upstream", "-c", "user.email=uwe@example.net")
        commit(folder, one, "Signed-off-by: Uwe Upstream <uwe@example.net>\n", *who)
        git(folder, "checkout", "-q", "main")
        p(folder, "backport", "mainline", "--to", case.stable, "--in", str(folder.parent / "backport"))
        return folder.parent / "backport"
    p(folder, "new", "demo", "--base", "base")
    for one in case.commits:
        commit(folder, one)
    if case.cover:
        p(folder, "cover", "--set", "-", stdin=case.cover)
    return folder


def sent(smtp: Any, version: int) -> list[Message]:
    """The mails of v1 or v2 that reached the server."""
    mails = [message_from_bytes(raw) for raw in smtp.messages()]
    return [mail for mail in mails if bool(re.match(r"\[[^]]* v2\b", mail["Subject"])) == (version == 2)]


def people(mail: Message, *names: str) -> set[str]:
    return {address for _, address in getaddresses([str(mail[name] or "") for name in names])}


def take_in(folder: Path, *mails: str) -> None:
    box = folder.parent / f"{len(list(folder.parent.glob('*.mbox')))}.mbox"
    quoted = [re.sub("(?m)^From ", ">From ", mail) for mail in mails]
    box.write_text("".join(f"From x Thu Jan  1 00:00:00 1970\n{mail}\n" for mail in quoted))
    p(folder, "fetch", "--mbox", str(box))


def review(folder: Path, first: Message, last: Message) -> None:
    """A remark on the last patch, a tag for the first."""
    lines = body(last).splitlines()
    quoted = next(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---") and len(line) > 3)
    remark = f"On Sunday, Ada Example wrote:\n> {quoted}\n\nThis reads oddly; could it be said in other words?\n"
    tag = "Good.\n\nReviewed-by: Rolf Reviewer <rolf@example.net>\n"
    take_in(
        folder,
        answer(last, "Rita Reviewer <rita@example.net>", remark),
        answer(first, "Rolf Reviewer <rolf@example.net>", tag),
    )


def taken(folder: Path, count: int) -> list[str]:
    """The patches as the subsystem's maintainer commits them: other hashes, the same changes."""
    commits: list[str] = []
    for number in range(count - 1, -1, -1):
        one = f"HEAD~{number}"
        parent = commits[-1] if commits else f"HEAD~{count}"
        text = git(folder, "log", "-1", "--format=%B", one) + "\nSigned-off-by: Max Example <max@example.net>\n"
        commits.append(git(folder, "commit-tree", f"{one}^{{tree}}", "-p", parent, stdin=text))
    return commits


def holds_in_the_subsystem(case: Journey, profile: Any, found: Any) -> None:
    """What the program says before anything leaves."""
    said = {key: profile[key] for key in ("profile", "bracket", "window", "recipients", "bots")}
    assert (said, case.tree in profile["tree"]) == ({key: getattr(case, key) for key in said}, True), profile
    rows = [*found["series"], *(one for patch in found["patches"] for one in patch["findings"])]
    loud = {one["rule"].partition(":")[2] or one["rule"] for one in rows if one["severity"] != "advice"}
    assert loud == set(case.found), rows


def reaches_whom_it_concerns(case: Journey, mails: list[Message]) -> None:
    """Bracket, To, Cc and policy of what reached the server."""
    word = f"PATCH {case.bracket}".strip()
    assert all(mail["Subject"].startswith((f"[{word}]", f"[{word} ")) for mail in mails), mails[0]["Subject"]
    everybody = [people(mail, "To", "Cc") for mail in mails]
    assert set(case.to) <= people(mails[0], "To") and set(case.cc) <= everybody[0], everybody[0]
    assert not set(case.absent) & everybody[-1 if len(mails) == 1 else 1], everybody
    assert all(one <= everybody[0] for one in everybody), "the cover goes to all of them"
    by_file = case.policy == "file" or case.recipients == "cover"
    assert len(mails) == 1 or all(one == everybody[0] for one in everybody) != by_file


@pytest.mark.parametrize("case", few(JOURNEYS, 8), ids=lambda case: case.name)
def test_from_new_to_applied(case: Journey, laid: Path, smtp: Any) -> None:
    folder = start(laid, case)
    holds_in_the_subsystem(case, p(folder, "profile"), p(folder, "check"))
    (standing,) = p(folder, "status")["series"]
    assert standing["state"] == "ready", standing

    plan = p(folder, "send", "--dry-run")
    assert [gate["id"] for gate in plan["gates"]] == list(case.gates)
    p(folder, "send", "--yes")
    v1 = sent(smtp, 1)
    assert [" ".join(mail["Subject"].split()) for mail in v1] == [one["subject"] for one in plan["messages"]]
    assert [len(people(mail, "To")) for mail in v1] == [len(one["to"]) for one in plan["messages"]]
    reaches_whom_it_concerns(case, v1)

    review(folder, patches(v1)[0], v1[-1])
    (remark,) = p(folder, "todo", code=1)["comments"]
    offered = p(folder, "trailers")["patches"]
    assert [len(one["trailers"]) for one in offered] == [1] + [0] * (len(case.commits) - 1), offered
    if len(case.commits) == 1:  # changed, it would have to be reviewed again
        p(folder, "trailers", "--apply", "--yes")
    edit(folder, *case.then)
    git(folder, "commit", "-qa", "--amend", "--no-edit")
    p(folder, "todo", "--addressed", f"{remark['id']}=said it in other words")
    p(folder, "respin")
    assert "Reviewed-by: Rolf Reviewer" in git(folder, "log", "-1", f"--skip={len(case.commits) - 1}", "--format=%B")

    if case.day:
        (gate,) = p(folder, "send", "--yes", code=1)["gates"]
        assert gate["id"] == "repost-24h", gate
    p(folder, "send", "--yes", *(["--override", "repost-24h=the maintainer asked for it"] if case.day else []))
    v2 = sent(smtp, 2)
    assert len(v2) == len(v1)
    assert "said it in other words" in " ".join(body(v2[0]).split())
    assert "rita@example.net" in people(v2[0], "To", "Cc")

    notices = case.applied(v2, taken(folder, len(case.commits)))
    if len(notices) > 1:
        take_in(folder, *notices[:-1])
        assert p(folder, "status")["series"][0]["state"] in ("sent", "under review")
    take_in(folder, notices[-1])
    (standing,) = p(folder, "status")["series"]
    assert p(folder, "todo")["comments"] == []
    assert standing["state"] == ("applied" if case.shown else "says applied"), standing["next_step"]
    assert case.where in standing["next_step"]
