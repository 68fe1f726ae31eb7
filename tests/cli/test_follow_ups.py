"""What is put off until a day or an event, and what is due: comments, series of one's own and of others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from patchflow.domain.waiting import Snooze
from patchflow.flow.clone import Clone
from patchflow.flow.review.follow_ups import Facts, is_put_off
from tests.cli.test_review_waiting import patch, take_in, waiting
from tests.cli.test_watch import come, roots, said, watch
from tests.conftest import git, run_patchflow

DAY = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()


@pytest.fixture
def asked(series: Path, smtp: Any) -> Path:
    """A series that was sent, with one comment."""
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    come(series, said("> +int add_two;\nWhy?\n", roots(series)[-1], "c1@rik"))
    return series


def comment(folder: Path) -> str:
    (one,) = run_patchflow("-C", str(folder), "--json", "todo", "--all").json["comments"]
    return str(one["id"])


def todo(folder: Path, *words: str) -> tuple[int, list[Any]]:
    ran = run_patchflow("-C", str(folder), "--json", "todo", *words)
    return ran.code, ran.json["comments"]


def days_go_by(folder: Path, days: int) -> None:
    """What was put off and what is due was said so many days ago."""
    path = folder / ".git/patchflow/snoozed.json"
    rows = json.loads(path.read_text())
    for row in rows.values():
        if row["until"]:
            row["until"] = (datetime.fromisoformat(row["until"]) - timedelta(days=days)).isoformat()
    path.write_text(json.dumps(rows))


@pytest.mark.long
def test_a_comment_is_put_off_until_a_day(asked: Path) -> None:
    assert todo(asked, "--snooze", f"{comment(asked)[:8]}={DAY}") == (0, [])
    code, (row,) = todo(asked, "--all")
    assert code == 0 and row["notes"] == [f"put off until {datetime.fromisoformat(DAY):%d %b %Y}"]
    assert watch(asked) == (0, ["Nothing new."]), "it is told when it wakes"
    days_go_by(asked, 10)
    assert watch(asked) == (1, ["demo: 1 new comment"]) and len(todo(asked)[1]) == 1
    assert run_patchflow("-C", str(asked), "undo").code == 1, "a file that was changed meanwhile is not written over"


@pytest.mark.long
def test_a_comment_is_put_off_until_an_answer(asked: Path) -> None:
    assert todo(asked, "--snooze", f"{comment(asked)}=answer") == (0, [])
    come(asked, said("> Why?\nAnd where?\n", "c1@rik", "c2@rik", minutes=5))
    assert len(todo(asked)[1]) == 1 and watch(asked)[0] == 1


def test_what_is_due_is_told_once(asked: Path) -> None:
    watch(asked)
    assert todo(asked, "--due", f"{comment(asked)}={DAY}", "--due", f"demo={DAY}")[1][0]["notes"][0].startswith("due ")
    assert watch(asked) == (1, ["Nothing new; 1 thing waits for you."])
    (one,) = run_patchflow("-C", str(asked), "--json", "status").json["series"]
    assert one["next_step"].startswith("due ") and one["due"].startswith(DAY)
    days_go_by(asked, 10)
    code, (line,) = watch(asked)
    assert code == 1 and re.fullmatch(r"demo: due since \d\d \w{3}, 1 comment is due", line)
    assert watch(asked) == (1, ["Nothing new; 3 things wait for you."])
    todo(asked, "--due", f"{comment(asked)}=off", "--due", "demo=off")
    assert watch(asked) == (1, ["Nothing new; 1 thing waits for you."])


def older(folder: Path, days: int) -> None:
    """The series was sent so long ago."""
    here = Clone(str(folder))
    now = here.store.load()
    last = now.revisions[-1]
    commit = here.repository.refs("refs/patchflow/")[f"refs/patchflow/{now.change_id}/v{last.number}"]
    paths = here.repository.paths(commit, "messages")
    mails = {path.rpartition("/")[2]: here.repository.read_blob(commit, path) or b"" for path in paths}
    here.store.record(now, replace(last, date=last.date - timedelta(days=days)), mails)


def test_a_series_that_is_put_off_is_not_pinged(series: Path, smtp: Any) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    older(series, 22)
    assert watch(series) == (1, ["demo: no answer for 22 days: a ping is due"])
    assert run_patchflow("-C", str(series), "todo", "--snooze", "demo=rc1").code == 0
    assert watch(series) == (0, ["Nothing new."])
    (one,) = run_patchflow("-C", str(series), "--json", "status").json["series"]
    assert one["next_step"].startswith("put off until the next -rc1; then ") and one["put_off"] == "the next -rc1"
    ran = run_patchflow("-C", str(series), "reply", "--nudge")
    assert ran.code == 1 and "put off until the next -rc1" in ran.err and "--snooze demo=off" in ran.err
    git(series, "tag", "-a", "-m", "candidate", "v7.3-rc1")
    assert run_patchflow("-C", str(series), "--json", "status").json["series"][0]["put_off"] == ""


@pytest.mark.long
def test_until_the_window_opens(asked: Path) -> None:
    ran = run_patchflow("-C", str(asked), "todo", "--snooze", "demo=window")
    assert ran.code == 2 and "no opening to wait for" in ran.err
    git(asked, "tag", "-a", "-m", "release", "v7.2")
    assert run_patchflow("-C", str(asked), "todo", "--snooze", "demo=window").code == 1
    assert watch(asked) == (0, ["net-next: net-next is closed"])
    git(asked, "tag", "-d", "v7.2")
    assert watch(asked)[0] == 1


@pytest.mark.long
def test_pings_are_due_by_the_lists_own_custom(series: Path, smtp: Any, sealed: Path) -> None:
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    (profiles / "here.toml").write_text('extends = "vsock"\nping_days = 7\n')
    git(series, "config", "branch.demo.patchflow-profile", "here")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    ran = run_patchflow("-C", str(series), "reply", "--nudge")
    assert ran.code == 1 and "before 7 days is not polite" in ran.err
    older(series, 8)
    assert watch(series) == (1, ["demo: no answer for 8 days: a ping is due"])
    git(series, "config", "patchflow.nudgedays", "9")
    assert watch(series) == (0, ["Nothing new."]), "the user waits longer"
    git(series, "config", "patchflow.nudgedays", "3")
    assert watch(series)[0] == 1 and run_patchflow("-C", str(series), "reply", "--nudge").code == 0


def test_a_review_is_put_off_until_rc1(small: Path) -> None:
    take_in(small, [patch()])
    assert run_patchflow("-C", str(small), "review", "snooze", "p1@uwe", "rc1").code == 0
    assert waiting(small) == []
    git(small, "tag", "-a", "-m", "candidate", "v7.3-rc1")
    assert len(waiting(small)) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--snooze", "demo=next"], "'next' is not a date"), (["--snooze", "demo"], "'' is not a date"),
        (["--snooze", "nothing=rc1"], "is not a comment here"), (["--due", "demo=answer"], "'answer' is not a date"),
        (["--due", "demo=2001-01-01"], "is past"),
    ],
)  # fmt: skip
def test_what_cannot_be_said(asked: Path, words: list[str], says: str) -> None:
    ran = run_patchflow("-C", str(asked), "todo", *words)
    assert ran.code == 2 and says in ran.err, ran.err


NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "facts", "off"),
    [
        (Snooze(rc1="v7.2-rc1"), Facts(NOW, rc1="v7.2-rc1"), True),
        (Snooze(rc1="v7.2-rc1"), Facts(NOW, rc1="v7.3-rc1"), False),
        (Snooze(rc1="none"), Facts(NOW), True),
        (Snooze(window="net-next"), Facts(NOW, closed="net-next"), True),
        (Snooze(window="net-next"), Facts(NOW), False),
        (Snooze(until=NOW), Facts(NOW), False),
        (Snooze(until=NOW + timedelta(seconds=1)), Facts(NOW), True),
        (Snooze(mails=3), Facts(NOW), True),
        (Snooze(mails=2), Facts(NOW), False),
    ],
)
def test_what_stays_put_off(made: Snooze, facts: Facts, off: bool) -> None:
    assert is_put_off(made, 3, 1, facts) == off
