"""A series from new to respin on a small tree, through the commands, against a loopback server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MESSAGE, commit, git, run_patchflow


def p(folder: Path, *words: str, code: int = 0, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words, stdin=stdin)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def test_status_names_the_one_next_step(small: Path) -> None:
    assert p(small, "new", "demo", "--base", "base")["state"] == "empty"
    commit(small, "add one")
    (one,) = p(small, "status")["series"]
    assert one["state"] == "drafting"
    assert "patchflow check" in one["next_step"]
    assert [patch["subject"] for patch in one["patches"]] == ["vsock: add one"]
    p(small, "check")
    assert "patchflow send" in p(small, "status")["series"][0]["next_step"]


def test_a_series_that_cannot_be_read_hides_no_other_and_is_told(series: Path) -> None:
    """A script that read `"series": []` took it for a clone without any."""
    assert run_patchflow("-C", str(series), "new", "other", "--base", "base").code == 0
    git(series, "config", "branch.demo.patchflow-profile", "gone")
    for words, code, shown in (
        (["status", "--all"], 2, ["other"]),
        (["status", "--all", "--stats"], 2, None),
        (["watch", "--once", "--offline"], 2, None),
        (["status"], 0, ["other"]),
    ):
        ran = run_patchflow("-C", str(series), "--json", *words)
        told = [(one["name"], "gone" in one["why"]) for one in ran.json["unreadable"]]
        assert ran.code == code and told == ([("demo", True)] if code else []), (words, ran.out, ran.err)
        assert shown is None or [one["name"] for one in ran.json["series"]] == shown
    git(series, "switch", "-q", "demo")
    assert run_patchflow("-C", str(series), "--json", "status").code == 2
    assert run_patchflow("-C", str(series), "status").code == 2


def test_new_is_taken_back_by_undo(small: Path) -> None:
    before = (
        git(small, "for-each-ref"),
        git(small, "rev-parse", "--abbrev-ref", "HEAD"),
        (small / ".git/config").read_text(),
    )
    p(small, "new", "demo", "--base", "base")
    assert p(small, "undo")["undone"] == "new demo"
    after = git(small, "for-each-ref"), git(small, "rev-parse", "--abbrev-ref", "HEAD")
    assert after == before[:2]
    assert "demo" not in (small / ".git/config").read_text()
    assert p(small, "undo", code=1) is None


def test_new_on_a_detached_head_is_taken_back_to_it(small: Path) -> None:
    git(small, "checkout", "-q", "--detach", "base")
    p(small, "new", "demo")
    assert p(small, "undo")["undone"] == "new demo"
    assert git(small, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert git(small, "rev-parse", "HEAD") == git(small, "rev-parse", "base")


def test_undo_leaves_the_work_tree_where_it_went_since(small: Path) -> None:
    p(small, "new", "one", "--base", "base")
    p(small, "new", "two", "--base", "base")
    git(small, "switch", "-q", "one")
    assert p(small, "undo")["undone"] == "new two"
    git(small, "switch", "-q", "--create", "elsewhere")
    assert p(small, "undo")["undone"] == "new one"
    assert git(small, "rev-parse", "--abbrev-ref", "HEAD") == "elsewhere"


def test_the_cover_letter_is_set_shown_and_undone(series: Path) -> None:
    assert p(series, "cover") == {"subject": "vsock: add one and two", "body": "They are needed."}
    p(series, "cover", "--set", "-", stdin="other subject\n\nother body\n")
    p(series, "undo")
    assert p(series, "cover")["subject"] == "vsock: add one and two"


def test_format_survives_the_users_configuration(series: Path, tmp_path: Path) -> None:
    """format.* and diff.* keys that would break a patch do not reach it."""
    for key, value in [
        ("diff.noprefix", "true"), ("format.attach", "x"), ("format.thread", "deep"), ("format.useAutoBase", "true"),
        ("format.numbered", "false"), ("format.coverLetter", "false"), ("format.subjectPrefix", "WRONG"),
    ]:  # fmt: skip
        git(series, "config", key, value)
    files = p(series, "format", "-o", str(tmp_path / "out"), "--rfc")["files"]
    assert len(files) == 3
    texts = [Path(name).read_text() for name in files]
    assert "Subject: [RFC PATCH net-next 0/2] vsock: add one and two" in texts[0]
    assert "Subject: [RFC PATCH net-next 1/2]" in texts[1]
    assert "diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c" in texts[1]
    assert f"base-commit: {git(series, 'rev-parse', 'base')}" in texts[0]
    assert "Message-I" not in texts[0]


def test_a_single_patch_has_no_cover_and_its_notes_stand_below_the_line(small: Path, tmp_path: Path) -> None:
    p(small, "new", "demo", "--base", "base")
    commit(small, "add one")
    p(small, "cover", "--set", "-", stdin="unused\n\nA note for reviewers: größer.\n")
    (name,) = p(small, "format", "-o", str(tmp_path / "out"))["files"]
    text = Path(name).read_text()
    assert "Subject: [PATCH net-next] vsock: add one" in text
    head, _, notes = text.partition("\n---\n")
    assert "größer" not in head.partition("\n\n")[2]
    assert notes.startswith("A note for reviewers: größer.")
    assert "Content-Type: text/plain; charset=UTF-8" in head


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.long
def test_what_changed_leaves_where_no_cover_letter_was_ever_written(count: int, small: Path, smtp: Any) -> None:
    """The cover is its template still: `respin` puts the changelog there, and below the first `---` it goes."""
    p(small, "new", "demo", "--base", "base")
    for number in range(count):
        commit(small, f"add {number}")
    now = ("--override", "repost-24h=test", "--override", "changelog=test")
    assert len(p(small, "send", "--yes", "--override", "cover-letter=test")["messages"]) == count
    git(small, "commit", "-q", "--amend", "-m", MESSAGE.format(title="add it better"))
    p(small, "respin")
    unsaid = p(small, "check")["series"]
    assert "changelog" in {one["rule"] for one in unsaid}, "nobody said yet what changed"
    cover = p(small, "cover")
    text = f"{cover['subject']}\n\n{cover['body'].replace('EDITME: what changed', 'It is better.')}\n"
    p(small, "cover", "--set", "-", stdin=text)
    assert "changelog" not in {one["rule"] for one in p(small, "check")["series"]}
    p(small, "send", "--yes", *now)
    first, *others = smtp.messages()[count:]
    below = first.decode().partition("\n---\n")[2]
    assert below.startswith("Changes in v2:\n- It is better.\n- Link to v1: https://")
    assert b"EDITME" not in first
    assert not [one for one in others if b"Changes in" in one]
    p(small, "send", "--resend", "--yes", *now)
    again = smtp.messages()[-count].decode()
    assert "It is better." in again and "EDITME" not in again


def test_notes_leave_though_the_subject_is_a_template(small: Path, tmp_path: Path) -> None:
    p(small, "new", "one", "--base", "base")
    commit(small, "add it")
    p(small, "cover", "--set", "-", stdin="EDITME: what the series does, in a few words\n\nOn top of another series.\n")
    p(small, "format", "-o", str(tmp_path / "out"))
    (text,) = [path.read_text() for path in (tmp_path / "out").glob("*.patch")]
    assert "\n---\nOn top of another series.\n\n" in text


def test_send_respin_and_send_again(series: Path, smtp: Any) -> None:
    document = p(series, "send", "--yes")
    assert {m["state"] for m in document["messages"]} == {"sent"}
    assert len(smtp.messages()) == 3
    record = git(series, "for-each-ref", "--format=%(refname)", "refs/patchflow")
    assert record.endswith("/v1")
    assert not list((series / ".git/patchflow/outbox").glob("*"))
    again = p(series, "send", "--yes", code=1)
    assert {"revision-sent", "repost-24h"} <= {gate["id"] for gate in again["gates"]}
    assert p(series, "respin")["revision"] == 2
    p(series, "respin", code=1)
    cover = p(series, "cover")
    assert cover["body"].startswith(
        "They are needed.\n\n---\nChanges in v2:\n- EDITME: what changed\n- Link to v1: https://"
    )
    held = p(series, "send", "--yes", "--override", "repost-24h=test", code=1)
    assert "cover-letter" in {gate["id"] for gate in held["gates"]}, "EDITME does not leave"
    p(
        series,
        "cover",
        "--set",
        "-",
        stdin=f"{cover['subject']}\n\n{cover['body'].replace('EDITME: what changed', 'Nothing')}\n",
    )
    commit(series, "add three")
    p(series, "send", "--yes", "--override", "repost-24h=test")
    assert len(smtp.messages()) == 3 + 4
    status = p(series, "status")["series"][0]
    assert [r["revision"] for r in status["sent"]] == [1, 2]
    statuses = [pair["status"] for pair in p(series, "diff", "v1", "v2")["pairs"]]
    assert statuses == ["same", "same", "new"]


def test_two_that_send_at_once_one_is_told_to_wait(series: Path, smtp: Any) -> None:
    import fcntl

    change_id = p(series, "status")["series"][0]["change_id"]
    lock = series / f".git/patchflow/sending/{change_id}-v1.lock"
    lock.parent.mkdir()
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1
    assert "Another patchflow is sending" in ran.err
    assert smtp.messages() == []


def test_a_dry_run_an_outbox_and_a_reflection_record_nothing(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--dry-run")
    assert smtp.messages() == []
    files = p(series, "send", "--to-outbox", str(tmp_path / "out"))["files"]
    assert len(files) == 3
    assert smtp.messages() == []
    p(series, "send", "--reflect", "--yes")
    assert len(smtp.messages()) == 3
    for message in smtp.messages():
        assert b"\nTo: Ada Example <ada@example.org>\n" in message
        assert b"X-Envelope-To: ada@example.org\n" in message
        assert b"marco@example.net" in message.partition(b"\n\n")[0], "the others are named"
    assert git(series, "for-each-ref", "refs/patchflow") == ""


def test_check_finds_and_mends(series: Path) -> None:
    message = (
        'vsock: add three.\n\nA body.\n\nFixes: 0123456789ab ("x")\n\nSigned-off-by: Ada Example <ada@example.org>\n'
    )
    (series / "net/vmw_vsock/af_vsock.c").open("a").write("int three;\n")
    git(series, "commit", "-q", "-a", "-F", "-", stdin=message)
    document = p(series, "check", code=1)
    rules = {f["rule"] for f in document["patches"][-1]["findings"]}
    assert {"tag-block", "subject-format", "fixes-exists"} <= rules
    before = git(series, "rev-parse", "HEAD^{tree}")
    left = {f["rule"] for f in p(series, "check", "--fix", "--yes")["patches"][-1]["findings"]}
    assert "fixes-exists" in left
    assert not left & {"tag-block", "subject-format"}
    assert git(series, "log", "-1", "--format=%s") == "vsock: add three"
    assert git(series, "rev-parse", "HEAD^{tree}") == before
    assert git(series, "status", "--porcelain") == ""
    p(series, "undo")
    assert git(series, "log", "-1", "--format=%s") == "vsock: add three."


def test_findings_as_sarif(series: Path) -> None:
    """The parts of SARIF 2.1.0 that code hosts want: rules declared, levels of its own, places as URIs."""
    commit(series, "inline it", "static inline int f(void)\n{\n\treturn 1;\n}\n", "net/vmw_vsock/a ä.c")
    ran = run_patchflow("-C", str(series), "check", "--sarif")
    assert ran.code == 1
    (one,) = ran.json["runs"]
    assert ran.json["version"] == "2.1.0"
    assert {r["ruleId"] for r in one["results"]} == {r["id"] for r in one["tool"]["driver"]["rules"]}
    (inline,) = [r for r in one["results"] if r["ruleId"] == "source-inline"]
    assert inline["level"] == "error"
    place = inline["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "net/vmw_vsock/a%20%C3%A4.c"
    assert place["region"]["startLine"] == 1


def test_window_from_a_file_of_tags(small: Path, tmp_path: Path) -> None:
    tags = tmp_path / "tags"
    tags.write_text("v7.2 2026-08-16T20:00:00+00:00\nv7.3-rc1 2026-08-30T20:00:00+00:00\nv7.3-rc3 2026-09-13\n")
    words = ("window", "--tree", "net-next", "--offline", "--tags", str(tags), "--at")
    assert p(small, *words, "2026-09-15")["state"] == "open"
    closed = p(small, *words, "2026-08-20", code=1)
    assert closed["state"] == "closed"
    assert closed["until"].startswith("2026-08-31")
    assert p(small, *words, "2026-08-31T10:00", code=1)["state"] == "uncertain"
    assert p(small, *words, "2026-12-25", code=1)["state"] == "closed"
    assert p(small, *words, "2027-02-01", code=1)["state"] == "unknown"
    assert p(small, "window", "--tree", "virtio", "--offline")["state"] == "open"
    tags.write_text("v7.2 yesterday\n")
    ran = run_patchflow("-C", str(small), *words, "2026-09-15")
    assert ran.code == 2
    assert f"{tags}:1" in ran.err


def test_who_commented_on_v1_gets_v2(series: Path, smtp: Any, tmp_path: Path) -> None:
    """A reviewer, a robot and a bounced address: the first is kept, with the reason; the others are not."""
    p(series, "send", "--yes")
    first = p(series, "status")["series"][0]["sent"][0]["message_ids"][1]
    mails = []
    for who, number in (("Rita Reviewer <rita@example.net>", 1), ("kernel test robot <lkp@intel.com>", 2)):
        mails.append(
            f"From x Thu Jan  1 00:00:00 1970\nFrom: {who}\nTo: ada@example.org\n"
            "Subject: Re: [PATCH net-next 1/2] vsock: add one\n"
            f"Message-ID: <r{number}@example.net>\nIn-Reply-To: <{first}>\n"
            f"Date: Mon, 02 Mar 2026 12:00:0{number} +0000\n\n"
            "> +int add_one;\n\nPlease make it unsigned.\n\n"
        )
    mbox = tmp_path / "replies.mbox"
    mbox.write_text("".join(mails))
    p(series, "fetch", "--mbox", str(mbox))
    people = {r["address"]: r for r in p(series, "cc")["cover"]}
    assert "commented on v1" in str(people["Rita Reviewer <rita@example.net>"]["because"]) or any(
        "commented on v1" in str(r["because"]) for group in p(series, "cc")["patches"] for r in group["recipients"]
    )
    assert not [address for address in people if "lkp@" in address]
    git(series, "config", "--add", "patchflow.bounced", "rita@example.net")
    document = p(series, "cc")
    assert not [r for r in document["cover"] if "rita@" in r["address"]]
    assert "bounced" in str(document["patches"][0]["dropped"])


def test_an_announcement_in_the_mail_taken_in_is_evidence(small: Path, tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta
    from email.utils import format_datetime

    def announced(days: int, subject: str, number: int) -> str:
        date = format_datetime(datetime.now(UTC) - timedelta(days=days))
        return (
            f"From x Thu Jan  1 00:00:00 1970\nFrom: Mo <mo@example.org>\nSubject: {subject}\nDate: {date}\n"
            f"Message-ID: <a{number}@example.org>\n\nSee the subject.\n\n"
        )

    mbox = tmp_path / "list.mbox"
    mbox.write_text(
        announced(9, "[ANN] net-next is CLOSED", 1) + announced(2, "[ANN] net-next is OPEN", 2)
        + announced(1, "Re: [ANN] net-next is CLOSED", 3)
        + "".join(announced(0, f"[PATCH net-next] net: add {number}", number) for number in range(4, 254))
    )  # fmt: skip
    p(small, "fetch", "--mbox", str(mbox))
    document = run_patchflow("-C", str(small), "--json", "window", "--tree", "net-next", "--offline").json
    heard = [e for e in document["evidence"] if e["source"] == "announcement"]
    assert [e["says"] for e in heard] == ["open"]


def test_a_new_file_wants_a_narrow_section_of_maintainers(series: Path) -> None:
    """NIPA counts the files of the narrowest section: THE REST alone fails, a driver's own section passes."""

    def found() -> list[tuple[str, str]]:
        ran = run_patchflow("-C", str(series), "--json", "check")
        return [(one["severity"], one["file"]) for one in ran.json["series"] if one["rule"] == "maintainers-entry"]

    commit(series, "add a driver", "int driver;\n", "drivers/net/newdriver.c")
    assert found() == [("error", "drivers/net/newdriver.c")]
    assert found() == [("error", "drivers/net/newdriver.c")], "the kept answer is the same"
    listed = "\nNEW DRIVER\nM:\tAda Example <ada@example.org>\nS:\tMaintained\nF:\tdrivers/net/newd*\n"
    commit(series, "list it", listed, "MAINTAINERS")
    assert found() == []
    commit(series, "add a transport", "int transport;\n", "net/vmw_vsock/new_transport.c")
    assert found() == [], "VM SOCKETS is narrow enough"


def test_patches_that_reply_to_their_cover_start_no_second_thread(series: Path, smtp: Any, tmp_path: Path) -> None:
    files = p(series, "send", "--to-outbox", str(tmp_path / "out"))["files"]
    assert sum("In-Reply-To:" in Path(name).read_text() for name in files) == 2
    patches = [name for name in files if "\n+++ b/" in Path(name).read_text()]
    ran = run_patchflow("-C", str(series), "--json", "check", *patches)
    assert "fresh-thread" not in ran.out


def test_status_counts_open_comments(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    patch = p(series, "status")["series"][0]["sent"][0]["message_ids"][1]
    mbox = tmp_path / "replies.mbox"
    mbox.write_text(
        "From x Thu Jan  1 00:00:00 1970\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
        f"Subject: Re: [PATCH net-next 1/2] vsock: add one\nMessage-ID: <r@example.net>\nIn-Reply-To: <{patch}>\n"
        "Date: Mon, 02 Mar 2026 12:00:01 +0000\n\n> +int add_one;\n\nPlease make it unsigned.\n\n"
    )
    p(series, "fetch", "--mbox", str(mbox))
    (one,) = p(series, "status")["series"]
    assert (one["state"], one["open_comments"]) == ("changes asked", 1)
    assert one["next_step"].startswith("1 open comment: `patchflow todo`")


@pytest.mark.long
def test_a_comment_whose_lines_changed_is_offered_as_addressed(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    first, second = p(series, "status")["series"][0]["sent"][0]["message_ids"][1:]
    mbox = tmp_path / "replies.mbox"
    mbox.write_text("".join(
        "From x Thu Jan  1 00:00:00 1970\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
        f"Subject: Re: [PATCH net-next {n}/2] vsock: x\nMessage-ID: <r{n}@example.net>\nIn-Reply-To: <{parent}>\n"
        f"Date: Mon, 02 Mar 2026 12:00:0{n} +0000\n\n> +int add_{word};\n\nPlease make it unsigned.\n\n"
        for n, parent, word in ((1, first, "one"), (2, second, "two"))
    ))  # fmt: skip
    p(series, "fetch", "--mbox", str(mbox))
    touched = {c["patch"]: c["touched"] for c in p(series, "todo", code=1)["comments"]}
    assert touched == {first: False, second: False}
    file = series / "net/vmw_vsock/af_vsock.c"
    file.write_text(file.read_text().replace("int add_two;", "unsigned int add_two;"))
    git(series, "commit", "-q", "-a", "--amend", "--no-edit")
    touched = {c["patch"]: c["touched"] for c in p(series, "todo", code=1)["comments"]}
    assert touched == {first: False, second: True}
    ran = run_patchflow("-C", str(series), "todo")
    assert "[changed since]" in ran.out
    assert "--addressed " in ran.out
    (waiting,) = [c for c in p(series, "todo", code=1)["comments"] if c["touched"]]
    p(series, "check")
    (one,) = p(series, "status")["series"]
    assert one["next_step"] == "2 open comments before v2 goes out: `patchflow todo`", "nothing is sent over them"
    left = p(series, "todo", "--addressed", f"{waiting['id']}=made it unsigned", code=1)["comments"]
    assert [c["patch"] for c in left] == [first], "it is addressed on word alone"
    p(series, "cover", "--set", "-", stdin="vsock: both\n\nWhy.\n\n---\nChanges in v2:\n- Written by\n  hand\n")
    p(series, "respin")
    before = p(series, "cover")["body"]
    assert before.startswith(
        "Why.\n\n---\nChanges in v2:\n- Written by\n  hand\n- vsock: add two: made it unsigned (Rita"
    )
    p(series, "todo", "--addressed", f"{left[0]['id']}=that, too")
    after = p(series, "cover")["body"]
    added = [line for line in after.split("\n") if line not in before.split("\n")]
    assert added == ["- vsock: add one: that, too (Rita Reviewer)"], "v2 is open: its changelog tells of it"
    p(series, "undo", "--yes")
    assert p(series, "cover")["body"] == before and len(p(series, "todo", code=1)["comments"]) == 1


@pytest.mark.long
def test_a_changelog_line_is_whole(series: Path, smtp: Any, tmp_path: Path) -> None:
    p(series, "send", "--yes")
    first = p(series, "status")["series"][0]["sent"][0]["message_ids"][1]
    words = "Please make it unsigned, because the counter of the transport is unsigned on every architecture as well"
    mbox = tmp_path / "replies.mbox"
    mbox.write_text(
        "From x Thu Jan  1 00:00:00 1970\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
        f"Subject: Re: [PATCH net-next 1/2] vsock: x\nMessage-ID: <r@example.net>\nIn-Reply-To: <{first}>\n"
        f"Date: Mon, 02 Mar 2026 12:00:00 +0000\n\n> +int add_one;\n\n{words}.\n\n"
    )
    p(series, "fetch", "--mbox", str(mbox))
    (comment,) = p(series, "todo", code=1)["comments"]
    p(series, "todo", "--addressed", comment["id"])
    p(series, "respin")
    body = p(series, "cover")["body"]
    assert words in " ".join(body.split()) and "…" not in body
