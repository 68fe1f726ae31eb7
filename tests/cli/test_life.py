"""The life of a series: a line in the terminal, a picture, and medians over all."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.cli.test_follow_ups import older
from tests.cli.test_watch import come, roots, said, watch
from tests.conftest import git, run_patchflow


def test_a_life_is_drawn_and_counted(series: Path, smtp: Any, tmp_path: Path) -> None:
    assert run_patchflow("-C", str(series), "--json", "status", "--all", "--stats").json["stats"]["series"] == 0
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    older(series, 10)
    last = roots(series)[-1]
    ole = "Ole Other <ole@example.com>"
    come(series, said("> +int add_two;\nWhy?\n", last, "c1@rik", "R. <&> Reviewer <rik@example.net>", -5 * 24 * 60),
         said(f"Reviewed-by: {ole}\n", last, "t1@ole", ole, -60))  # fmt: skip
    shown = run_patchflow("-C", str(series), "status").out
    (line,) = [one for one in shown.split("\n") if one.lstrip().startswith("v1 ●")]
    marks = line.split()[1]
    assert (marks[0], marks[-1], marks.count("c")) == ("●", "R", 1) and 25 < marks.index("c") < 35
    ran = run_patchflow("-C", str(series), "status", "--picture", str(tmp_path / "life.svg"))
    assert ran.code == 0, ran.err
    picture = ElementTree.parse(tmp_path / "life.svg").getroot()
    titles = [one.text or "" for one in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 3 and any("R. <&> Reviewer" in one for one in titles)
    assert run_patchflow("-C", str(series), "status", "--picture", "-").out == (tmp_path / "life.svg").read_text()
    stats = run_patchflow("-C", str(series), "--json", "status", "--all", "--stats").json["stats"]
    assert stats == {"series": 1, "reviewed": 1, "days_to_first_review": 5.0, "applied": 0,
                     "revisions_until_applied": None}  # fmt: skip
    words = run_patchflow("-C", str(series), "status", "--all", "--stats").out
    assert words.startswith("1 series was sent.\nTo the first review: 5 days (median of 1)\n")
    assert "none was applied yet" in words
    assert run_patchflow("-C", str(series), "status", "--picture", str(tmp_path / "no" / "x.svg")).code == 2
    assert watch(series)[0] == 1


def test_tags_count_as_they_were_sent(series: Path, smtp: Any) -> None:
    """The commits that bore them are others by now."""
    text = git(series, "log", "-1", "--format=%B")
    git(series, "commit", "-q", "--amend", "-m", text + "\nReviewed-by: Rik Reviewer <rik@example.net>")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    git(series, "commit", "-q", "--amend", "-m", text)
    shown = run_patchflow("-C", str(series), "status").out
    assert "  tags: 1/2 reviewed" in shown, shown
    assert run_patchflow("-C", str(series), "check").code == 0
    shown = run_patchflow("-C", str(series), "status").out
    assert "next: open v2: `patchflow respin`, then `patchflow send`" in shown, "which takes tags in and tells of it"
