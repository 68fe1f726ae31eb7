"""MAINTAINERS into sections, in any state."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.get_maintainer.answer import Router
from patchflow.formats.get_maintainer.compile import compile_index
from patchflow.formats.get_maintainer.configuration import Options, parse_conf, parse_ignore, parse_options
from patchflow.formats.get_maintainer.mailmap import parse_mailmap
from patchflow.formats.get_maintainer.sections import parse_maintainers
from tests.small_tree import MAILMAP, MAINTAINERS


def test_sections_with_their_places() -> None:
    read = parse_maintainers(MAINTAINERS)
    assert read.sections[0].name == "ALPHA CORE"
    assert read.problems == ()
    alpha = read.sections[0]
    assert MAINTAINERS.split("\n")[alpha.line - 1] == "ALPHA CORE"
    for field in alpha.fields:
        assert MAINTAINERS.split("\n")[field.line - 1].startswith(f"{field.letter}:\t{field.value}")
    assert alpha.values("X") == ("alpha/not-this/",)


def test_a_first_section_without_a_name() -> None:
    read = parse_maintainers("M:\tA <a@b.c>\nF:\tx/\n\nTHE REST\nF:\t*\n")
    assert read.sections[0].nameless
    assert "no name" in str(read.problems[0])
    rows = Router(compile_index(b"M:\tA <a@b.c>\nM:\tB <b@b.c>\nF:\tx/\n\nTHE REST\nF:\t*\n")).for_files(["x/y"])
    assert [row.email for row in rows] == ["B <b@b.c>"]


def test_a_later_section_without_a_name_is_told_and_counts_to_the_one_above() -> None:
    read = parse_maintainers("ONE\nF:\tx/\n\nM:\tA <a@b.c>\n\nTHE REST\nF:\t*\n")
    assert len(read.sections) == 2
    assert (read.problems[0].line, read.problems[0].section) == (4, "ONE")


def test_cut_off() -> None:
    assert any("cut off" in str(p) for p in parse_maintainers(MAINTAINERS[: len(MAINTAINERS) // 2]).problems)


def test_other_encodings() -> None:
    latin = parse_maintainers(MAINTAINERS.encode("latin-1", "replace"))
    assert any("not UTF-8" in str(problem) for problem in latin.problems)
    assert latin.sections[0].values("R") == ("Zo\\xEB \\xDCbermut <zoe@example.org>",)
    assert parse_maintainers(MAINTAINERS.encode("utf-16")).problems
    assert parse_maintainers(b"").problems


def test_broken_patterns_are_told_with_section_and_line_and_the_rest_goes_on() -> None:
    text = "ONE\nM:\tA <a@b.c>\nN:\tbro(ken\nF:\tx/\nK:\t[a\nK:\t\\Qword\\E\n\nTHE REST\nF:\t*\n"
    index = compile_index(text.encode())
    assert [problem.split(":")[1].split(" ")[0] for problem in index.problems] == ["3", "5", "6"]
    assert all("(ONE)" in problem for problem in index.problems)
    router = Router(index)
    assert router.lines(router.for_files(["x/y"])) == ["A <a@b.c> (unknown:ONE)"]
    assert router.unsure_of(["any"], is_patch=False) == ["N: MAINTAINERS:3 (ONE)"]
    assert len(router.unsure_of(["any"], is_patch=True)) == 3


@given(st.binary(max_size=300))
def test_never_fails(raw: bytes) -> None:
    index = compile_index(raw, raw, raw, raw)
    router = Router(index)
    router.lines(router.for_files(["a/b.c", "MAINTAINERS"]))


@given(st.lists(st.sampled_from(MAINTAINERS.split("\n")), max_size=40))
def test_never_fails_on_shuffled_lines(lines: list[str]) -> None:
    router = Router(compile_index("\n".join(lines).encode()))
    for path in ("alpha/a.c", "drivers/net/beta1.c", "x"):
        for row in router.for_files([path]):
            assert row.email


def test_mailmap_forms() -> None:
    found = parse_mailmap(MAILMAP)
    assert found.map("Whoever <ada@old.example.org>") == "Ada Alpha <ada@example.org>"
    assert found.map("Dora Delta <dora@example.org>") == "Dora Delta <dora@new.example.org>"
    assert found.map("carl@example.org") == "Carl Gamma <carl@example.org>"
    assert found.map("Wrong Name <wrong@example.org>") == "Right Name <right@example.org>"
    assert found.map("Other Name <wrong@example.org>") == "Other Name <wrong@example.org>"


def test_conf_and_ignore() -> None:
    assert parse_conf("--no-m # not they\n# nothing\n\n  --git-min-percent 35\n") == [
        "--no-m",
        "--git-min-percent",
        "35",
    ]
    assert parse_ignore("A B <a@b.c>\n# no\nno address\n") == ["A B <a@b.c>"]


def test_options() -> None:
    options = Options()
    assert parse_options(["--nom", "--no-git-fallback", "--git-min-percent=35", "--git-since", "x"], options) == []
    assert not options.maintainers
    assert not options.git_fallback
    assert (options.min_percent, options.since) == (35, "x")
    assert parse_options(["--substatus", "word"], options) == ["--substatus", "word"]
