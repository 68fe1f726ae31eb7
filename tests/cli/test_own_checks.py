"""Checks of the user's own: found by their own git configuration alone, on lines, by the severity they gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.own_findings import Said, read_findings
from tests.conftest import git, run_patchflow

FILE = "net/vmw_vsock/af_vsock.c"
PLACE = {"physicalLocation": {"artifactLocation": {"uri": FILE}, "region": {"startLine": 6}}}
SARIF = {"runs": [{"results": [{"ruleId": "r", "message": {"text": "No two."}, "locations": [PLACE]}]}]}


def own(tmp_path: Path, script: str, **keys: str) -> None:
    """A check called `mine`, in the user's own configuration."""
    program = tmp_path / "mine"
    program.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\n{script}\n")
    program.chmod(0o755)
    for key, value in {"command": f"{program} --flag", **keys}.items():
        git(tmp_path, "config", "--global", f"patchflow.check.mine.{key}", value)


def runs(tmp_path: Path) -> int:
    return len((tmp_path / "runs").read_text().split()) if (tmp_path / "runs").exists() else 0


def check(folder: Path, *words: str, code: int | None = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", "check", *words)
    assert code is None or ran.code == code, ran.out + ran.err
    return ran.json


def mine(document: Any) -> list[tuple[int, str, str, int, str]]:
    """Patch (0: the series), severity, file, line and words of what it found."""
    rows = [(n, f) for n, patch in enumerate(document["patches"], 1) for f in patch["findings"]]
    rows += [(0, f) for f in document["series"]]
    return [(n, f["severity"], f["file"], f["line"], f["text"]) for n, f in rows if f["rule"] == "check.mine"]


@pytest.mark.parametrize(
    ("gets", "script", "found"),
    [
        ("files", f'test "$2" = {FILE} && test -f "$2" && echo "$2:6:3: warning: No two."', (2, FILE, 6, "No two.")),
        ("files", f"echo '{json.dumps(SARIF)}'", (2, FILE, 6, "No two.")),
        ("files", "echo other.c:1: Elsewhere.", (0, "other.c", 1, "Elsewhere.")),
        ("patches", 'n=$(grep -n "^+int add_two" "$3" | cut -d: -f1); echo "$3:$n: WARNING: No two."',
         (2, FILE, 6, "No two.")),
        ("patches", "echo 0001.patch:4: Say more.", (0, "COMMIT_MSG", 1, "Say more.")),
        ("commits", 'git log --format=%s -1 "$2" | sed "s,^,' + FILE + ':6: ,"', (2, FILE, 6, "vsock: add two")),
    ],
)  # fmt: skip
def test_what_it_finds_stands_on_its_line(
    series: Path, tmp_path: Path, gets: str, script: str, found: tuple[int, str, int, str]
) -> None:
    own(tmp_path, script, gets=gets, severity="advice")
    patch, file, line, text = found
    assert mine(check(series)) == [(patch, "advice", file, line, text)]
    assert mine(check(series)) and runs(tmp_path) == 1, "the same contents are asked about once"


@pytest.mark.parametrize("name", ["mine", "rules"])
def test_a_check_that_was_changed_is_asked_again(series: Path, tmp_path: Path, name: str) -> None:
    """The program, or a file that its command names."""
    own(tmp_path, f"cat {tmp_path}/rules", command=f"{tmp_path}/mine {tmp_path}/rules")
    (tmp_path / "rules").write_text(f"{FILE}:6: No two.\n")
    assert mine(check(series)) == mine(check(series)) and runs(tmp_path) == 1
    file = tmp_path / name
    file.write_text(file.read_text().replace(f"{FILE}:6: No two.", f"{FILE}:6: No six.").replace("echo", "echo  "))
    assert [row[4] for row in mine(check(series))] == ["No six." if name == "rules" else "No two."]
    assert runs(tmp_path) == 2


@pytest.mark.long
def test_an_error_stops_a_send_unless_it_is_let_through(series: Path, smtp: Any, tmp_path: Path) -> None:
    own(tmp_path, f"echo {FILE}:6: No two.; exit 1", severity="error")
    assert mine(check(series, code=1)) == [(2, "error", FILE, 6, "No two.")]
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1 and "check.mine" in ran.out + ran.err and smtp.messages() == []
    assert mine(check(series, "--rule", "check.mine", code=1)) and len(smtp.messages()) == 0
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "check.mine=asked for")
    assert ran.code == 0 and len(smtp.messages()) == 3, ran.err


def test_a_clones_own_configuration_names_none(series: Path, tmp_path: Path) -> None:
    own(tmp_path, "echo x:1: y")
    git(tmp_path, "config", "--global", "--remove-section", "patchflow.check.mine")
    git(series, "config", "patchflow.check.mine.command", str(tmp_path / "mine"))
    assert mine(check(series)) == [] and runs(tmp_path) == 0


@pytest.mark.parametrize(
    ("script", "keys", "says"),
    [
        ("exit 3", {}, "check.mine: It ended with status 3: it said nothing"),
        ("echo broken >&2; exit 2", {}, "check.mine: It ended with status 2: broken"),
        ("echo '{nonsense'", {}, "check.mine: What it printed cannot be read"),
        ("echo '{\"runs\": 3}'", {}, "check.mine: What it printed cannot be read: it is not a SARIF log"),
        ("sleep 30", {"seconds": "0.3"}, "check.mine: "),
        ("", {"command": "/no/such/program"}, "check.mine: The program /no/such/program"),
        ("", {"severity": "fatal"}, "patchflow.check.mine in your git configuration cannot be used"),
        ("", {"gets": "all"}, "gets 'all'"),
        ("", {"command": "'"}, "cannot be used"),
        ("", {"seconds": "-1"}, "has -1.0 seconds"),
    ],
)
def test_one_that_fails_is_told_and_the_rest_goes_on(
    series: Path, tmp_path: Path, script: str, keys: dict[str, str], says: str
) -> None:
    own(tmp_path, script, **keys)
    document = check(series)
    assert any(says in text for text in document["not_run"]), document["not_run"]


def test_one_that_is_not_there(series: Path) -> None:
    ran = run_patchflow("-C", str(series), "check", "--rule", "check.nosuch")
    assert ran.code == 2 and "There is no check 'check.nosuch'" in ran.err


@given(st.text(max_size=200) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda each: st.lists(each, max_size=3) | st.dictionaries(
        st.sampled_from(["runs", "results", "message", "text", "locations", "physicalLocation", "region", "startLine"]),
        each, max_size=4), max_leaves=12).map(json.dumps))  # fmt: skip
def test_any_output_is_read_or_refused(text: str) -> None:
    try:
        found = read_findings(text, {"0001.patch": "From x\nSubject: y\n\nbody\n"})
    except ValueError:
        return
    assert all(isinstance(one, Said) and one.line >= 0 for one in found)


def test_it_sees_the_files_it_is_for(series: Path, tmp_path: Path) -> None:
    own(tmp_path, f"echo {FILE}:6: No two.", paths="drivers/net/* include/*")
    assert mine(check(series)) == [] and runs(tmp_path) == 0
    own(tmp_path, f"echo {FILE}:6: No two.", paths="drivers/net/* net/vmw_vsock/*")
    assert mine(check(series)) and runs(tmp_path) == 1
