"""Series that are put away leave status and board, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from patchflow.tui.first_frame import series_names
from tests.conftest import commit, git, run_patchflow


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


def names(folder: Path) -> list[str]:
    return [one["name"] for one in p(folder, "status", "--all")["series"]]


def test_a_series_is_put_away_and_brought_back(series: Path) -> None:
    p(series, "new", "other", "--base", "base")
    refs, config = git(series, "for-each-ref"), (series / ".git/config").read_text()
    assert [one["branch"] for one in p(series, "archive", "demo")["archived"]] == ["demo"]
    assert names(series) == ["other"] and "demo" not in series_names(str(series))
    assert git(series, "for-each-ref") == refs
    ran = run_patchflow("-C", str(series), "status", "--all")
    assert "1 put away: `patchflow archive --list`" in ran.err
    assert p(series, "archive", "--list")["archived"][0]["branch"] == "demo"
    git(series, "checkout", "-q", "main")
    p(series, "archive", "other")
    ran = run_patchflow("-C", str(series), "status")
    assert ran.out.startswith("No other series here.") and "2 put away: " in ran.err
    p(series, "undo")
    git(series, "checkout", "-q", "other")
    p(series, "archive", "--back", "demo")
    assert names(series) == ["demo", "other"]
    p(series, "undo")
    p(series, "undo")
    assert (series / ".git/config").read_text() == config and names(series) == ["demo", "other"]
    for words in (
        (),
        ("nosuch",),
        ("main",),
        ("--back", "demo"),
        ("--older-than", "soon"),
        ("--older-than", "9999y"),
        ("demo", "--list"),
        ("--back",),
    ):
        assert run_patchflow("-C", str(series), "archive", *words).code == 2, words
    p(series, "archive", "other")
    assert [one["name"] for one in p(series, "status")["series"]] == ["other"], "who is on its branch sees it"


def test_those_that_were_left_alone_for_long(series: Path, smtp: Any) -> None:
    """Sent, nothing open, no commit since; neither a draft nor the branch that is checked out."""
    p(series, "send", "--yes")
    p(series, "new", "draft", "--base", "base")
    commit(series, "a draft")
    assert p(series, "archive", "--older-than", "0d")["archived"][0]["branch"] == "demo"
    p(series, "undo")
    assert p(series, "archive", "--older-than", "1d")["archived"] == []
    git(series, "switch", "-q", "demo")
    assert p(series, "archive", "--older-than", "0d")["archived"] == [], "it is checked out"
    p(series, "respin")
    git(series, "switch", "-q", "draft")
    assert p(series, "archive", "--older-than", "0d")["archived"] == [], "a newer version is open"
    p(series, "undo")
    (record,) = git(series, "for-each-ref", "--format=%(refname)", "refs/patchflow").split()
    row = json.loads(git(series, "show", f"{record}:revision.json"))
    assert row["number"] == 1
