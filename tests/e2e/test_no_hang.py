"""What a tree, a file or a list could be made of to keep patchflow busy for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from patchflow.formats.get_maintainer.bounded_regex import Search
from tests.conftest import commit, git, run_patchflow

_BAD = ("(a+)+$", "(a|a)*b", "(.*a){20}x", "(?:a*)*b", "a*a*a*a*a*a*b", "(x+x+)+y", "((a*)*)*b")


def section(tree: Path, *lines: str) -> None:
    path = tree / "MAINTAINERS"
    rows = "".join(f"{line}\n" for line in ("AAA ODD", "M:\tOdd <odd@example.net>", *lines))
    text = path.read_text()
    at = text.index("THE REST")
    path.write_text(f"{text[:at]}{rows}\n{text[at:]}")


@pytest.mark.parametrize("pattern", _BAD)
@pytest.mark.parametrize("letter", ["K", "N", "F"])
def test_patterns_that_explode(series: Path, letter: str, pattern: str) -> None:
    section(series, f"{letter}:\t{pattern if letter != 'F' else 'net/' + pattern}")
    name = f"net/vmw_vsock/{'a' * 60}!.c"
    (series / name).write_text("int a;\n")
    text = "int " + "a" * 3000 + "!;\n"
    git(series, "add", "-A", "-f")
    git(series, "commit", "-qm", "vsock: add much\n\nSigned-off-by: Ada Example <ada@example.org>")
    commit(series, "vsock: add a long line", text)
    for words in (["cc"], ["cc", "-f", name]):
        ran = run_patchflow("-C", str(series), *words)  # its own time-out would fail the test
        assert ran.code == 0 and "marco@example.net" in ran.out, ran.err


@pytest.mark.long
def test_a_pattern_that_took_too_long_is_named(series: Path) -> None:
    section(series, "K:\t(.*a){20}x")
    commit(series, "vsock: add a long line", "int " + "a" * 3000 + "!;\n")
    ran = run_patchflow("-C", str(series), "cc")
    assert "took too long" in ran.out and "K: (.*a){20}x" in ran.out


def test_limits_change_no_answer() -> None:
    for source, text, found in (
        (r"^[+-].*foo", "+ a foo", True),
        (r"\bfoo[ab]*bar\b", "x fooabbar y", True),
        (r"(foo|bar)+baz", "foobarbaz", True),
        (r"(foo|bar)+baz", "foobar", False),
        (r"a.*b.*c.*d.*e", "a1b2c3d4e", True),
        (r"[*+]{3}", "+*+", True),
    ):
        assert Search(source, verbose=False)(text) is found
        assert Search(source, verbose=False)(text + " " * 5000) is (found and not source.endswith("$"))


def test_files_that_are_none(series: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for words in (
        ["check", str(tmp_path / "fifo")],
        ["check", "/dev/zero"],
        ["check", "--message", str(tmp_path / "fifo")],
        ["cc", str(tmp_path / "fifo")],
        ["cover", "--set", str(tmp_path / "fifo")],
        ["cover", "--set", "/dev/zero"],
        ["window", "--page", "/dev/zero"],
        ["window", "--tags", str(tmp_path / "fifo")],
        ["try", "trace", str(tmp_path / "fifo")],
        ["fetch", "--mbox", str(tmp_path / "fifo")],
        ["fetch", "--mbox", "/dev/zero"],
        ["thread", "--mbox", str(tmp_path / "fifo")],
        ["reply", "--check", str(tmp_path / "fifo")],
    ):
        ran = run_patchflow("-C", str(series), *words)
        assert ran.code in (1, 2) and "bug" not in ran.err, (words, ran.err)
    (series / "MAINTAINERS").unlink()
    os.mkfifo(series / "MAINTAINERS")
    for name in (".mailmap", ".get_maintainer.conf"):
        os.mkfifo(series / name)
    ran = run_patchflow("-C", str(series), "cc")
    assert ran.code == 2 and "not a regular file" in ran.err


@pytest.mark.long
def test_ten_thousand_recipients(series: Path) -> None:
    section(series, *(f"R:\tR{n} <r{n}@example.net>" for n in range(10_000)), "F:\tnet/vmw_vsock/")
    ran = run_patchflow("-C", str(series), "--json", "cc")
    assert ran.code == 0
    assert len(ran.json["patches"][0]["recipients"]) > 10_000


@pytest.mark.long
def test_many_patterns(series: Path) -> None:
    section(series, *(f"F:\tdrivers/x{n}/" for n in range(300_000)))
    ran = run_patchflow("-C", str(series), "cc")
    assert ran.code == 0 and "marco@example.net" in ran.out
