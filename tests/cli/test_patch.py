"""The patches of a series split, squashed, moved and put on a new base on the command line, each undone by one step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.conftest import commit, git, run_patchflow
from tests.tui.terminal import Terminal

FILE = "net/vmw_vsock/af_vsock.c"


def did(folder: Path, *words: str, stdin: str = "") -> Any:
    ran = run_patchflow("-C", str(folder), "--json", "patch", *words, stdin=stdin)
    assert ran.code == 0, ran.err
    return ran.json


def refused(folder: Path, *words: str) -> str:
    ran = run_patchflow("-C", str(folder), "patch", *words)
    assert ran.code != 0, ran.out
    return " ".join(ran.err.split())


def titles(folder: Path) -> list[str]:
    return git(folder, "log", "--reverse", "--format=%s", "base..demo").splitlines()


def undo(folder: Path) -> None:
    assert run_patchflow("-C", str(folder), "undo").code == 0


def test_squashed_moved_dropped_and_undone(series: Path) -> None:
    tip = git(series, "rev-parse", "demo")
    shown = did(series, "fixup", "2", "--dry-run")
    assert not shown["changed"] and "add two" in shown["preview"][0] and git(series, "rev-parse", "demo") == tip
    ran = run_patchflow("-C", str(series), "patch", "fixup", "2")
    assert "--yes" in ran.err and git(series, "rev-parse", "demo") == tip, "nobody could be asked"
    made = did(series, "fixup", "2", "--yes")
    assert made["changed"] and [one["number"] for one in made["patches"]] == [1]
    assert git(series, "diff", tip, "demo") == "" and titles(series) == ["vsock: add one"]
    undo(series)
    assert git(series, "rev-parse", "demo") == tip
    did(series, "squash", tip[:12], "--yes", "--message", "-", stdin="vsock: both\n\nThey belong together.\n")
    assert titles(series) == ["vsock: both"]
    undo(series)
    commit(series, "add three", path="net/vmw_vsock/other.c")
    did(series, "move", "3", "--to", "1", "--yes")
    assert titles(series) == ["vsock: add three", "vsock: add one", "vsock: add two"]
    did(series, "drop", "1", "--yes")
    assert titles(series) == ["vsock: add one", "vsock: add two"]
    did(series, "reword", "1", "--yes", "--message", "-", stdin="vsock: add the first\n\nIt is needed.\n")
    assert titles(series) == ["vsock: add the first", "vsock: add two"]
    (series / FILE).write_text((series / FILE).read_text() + "int more;\n")
    assert "+int more;" in did(series, "amend", "2", "--yes")["preview"]
    assert git(series, "status", "--porcelain") == "" and "int more;" in git(series, "show", "demo")
    for words, why in {
        ("fixup", "1"): "could be squashed into", ("fixup", "7"): "none is number 7",
        ("drop", "zz"): "is not a patch of",
        ("move", "1"): "--to", ("reword", "1"): "--message FILE",
        ("reword", "1", "--message", "-"): "message is empty", ("split", "1", "--hunks", "9"): "no hunk 9",
        ("split", "1", "--files", "none.c"): "does not change none.c",
        ("split", "1", "--lines", f"{FILE}:900"): "changes no line of",
        ("split", "1", "--lines", "x"): "is not a range",
    }.items():  # fmt: skip
        assert why in refused(series, *words), words


def test_split_by_hunks_lines_and_files(series: Path) -> None:
    path = series / FILE
    commit(series, "add many", "".join(f"int line_{n};\n" for n in range(20)))
    path.write_text("int top;\n" + path.read_text() + "int low;\nint lower;\n")
    commit(series, "change much", "", "net/vmw_vsock/new.c")
    tip, count = git(series, "rev-parse", "demo"), len(path.read_text().splitlines())
    shown = did(series, "split", "4")
    heads = [line.split()[:2] for line in shown["preview"] if f"{FILE}:" in line]
    assert [one[0] for one in heads] == ["1", "2"] and not shown["changed"]
    message = series.parent / "message"
    message.write_text("vsock: the first part\n\nIt stands alone.\n\nSigned-off-by: Ada Example <ada@example.org>\n")
    for words, added in {
        ("--hunks", "1"): ["+int top;"], ("--lines", f"{FILE}:{count}"): ["+int lower;"],
        ("--files", FILE): ["+int top;", "+int low;", "+int lower;"],
        ("--hunks", "1", "--lines", f"{FILE}:{count - 1}-{count - 1}"): ["+int top;", "+int low;"],
    }.items():  # fmt: skip
        made = did(series, "split", "4", *words, "--message", str(message), "--yes")
        assert [one["subject"] for one in made["patches"]][3:] == ["vsock: the first part", "vsock: change much"]
        diff = git(series, "diff", "-U0", "demo~2", "demo~1").splitlines()
        assert [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")] == added
        assert git(series, "diff", tip, "demo") == "" and git(series, "status", "--porcelain") == ""
        undo(series)
    assert git(series, "rev-parse", "demo") == tip


def test_a_new_base_and_what_does_not_merge(series: Path) -> None:
    tip = git(series, "rev-parse", "demo")
    git(series, "switch", "--quiet", "--detach", "base")
    newer = commit(series, "elsewhere", path="net/vmw_vsock/else.c")
    clash = commit(series, "in the way")
    git(series, "switch", "--quiet", "demo")
    shown = did(series, "rebase", newer, "--dry-run")
    assert shown["preview"][-1].endswith("vsock: add two: applies") and git(series, "rev-parse", "demo") == tip
    did(series, "rebase", newer, "--yes")
    assert git(series, "merge-base", "demo", newer) == newer and titles(series)[-2:] == titles(series)[-2:]
    undo(series)
    assert git(series, "rev-parse", "demo") == tip
    why = refused(series, "rebase", clash, "--yes")
    assert "does not" in why and git(series, "rev-parse", "demo") == tip
    terminal = Terminal(
        series, {**os.environ, "GIT_EDITOR": "sed -i -e '/^[<=>|]/d'"}, words=("patch", "rebase", clash)
    )
    terminal.see("Press 'e' for yes")
    terminal.press("n")
    assert terminal.end() != 0 and git(series, "rev-parse", "demo") == tip
    terminal = Terminal(
        series, {**os.environ, "GIT_EDITOR": "sed -i -e '/^[<=>|]/d'"}, words=("patch", "rebase", clash)
    )
    for key in ("e", "y"):
        terminal.see(f"Press '{key}' for yes")
        terminal.press(key)
    assert terminal.end() == 0 and "resolved by hand" in terminal.text()
    assert git(series, "merge-base", "demo", clash) == clash
    assert (series / FILE).read_text().count("int in_the_way;") == 1
    undo(series)
    assert git(series, "rev-parse", "demo") == tip
