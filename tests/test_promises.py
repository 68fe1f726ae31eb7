"""Every sentence of README and docs/ that promises something names, in promises.toml, what fails if it is false."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

LISTED: dict[str, dict[str, list[str]]] = tomllib.loads((ROOT / "tests/promises.toml").read_text())
# SECURITY.md has its own tests; these speak to who changes patchflow, or of what the other pages promise.
_OTHERS = {"index.md", "maintaining.md", "promises.md", "rooms.md"}
PAGES = [ROOT / "README.md", *sorted(one for one in (ROOT / "docs").glob("*.md") if one.name not in _OTHERS)]
# What a sentence without a test is: something the reader does, what a word means, a fact of somebody else's program.
KINDS = {"advice", "definition", "others"}
# Words by which a sentence promises; one that has such a word is listed, any other may be.
PROMISING = re.compile(
    r"\b(?:never|nothing|nobody|always|every(?:thing|body)?|only|alone|exactly|whole|none|neither|whatever|twice|"
    r"at (?:most|least|once)|refuse[sd]?|stops?|held back)\b",
    re.IGNORECASE,
)
_NO_PROSE = re.compile(r"(?ms)^```.*?^```$|<!--.*?-->|^(?:#+ |!\[|\| ---)[^\n]*$")
_ITEM = re.compile(r"(?m)^\s*(?=(?:- |\d+\. |\| |: ))")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a page, each on one line; a row of a table is one."""
    for paragraph in re.split(r"\n\s*\n", _ITEM.sub("\n\n", _NO_PROSE.sub("\n\n", text))):
        line = " ".join(paragraph.split())
        if line.startswith("|"):
            yield line
        elif line:
            yield from re.split(r"(?<=[.!?:])\s+(?=[A-Z`\[*])", line)


@cache
def functions(path: str) -> set[str]:
    """The tests of a file."""
    tree = ast.parse((ROOT / path).read_text())
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def is_there(held: str) -> bool:
    """Whether a test, figure or page is there; `KINDS` need none."""
    path, _, name = held.partition("::")
    return held in KINDS or ((ROOT / path).is_file() and (not name or name in functions(path)))


def unlisted(text: str, listed: dict[str, list[str]]) -> list[str]:
    """The sentences that promise something and are not listed."""
    return [one for one in sentences(text) if PROMISING.search(one) and not one.startswith(tuple(listed))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_is_listed_stands_in_its_page_and_is_held(page: Path) -> None:
    found = list(sentences(page.read_text()))
    for start, held in LISTED[str(page.relative_to(ROOT))].items():
        assert sum(one.startswith(start) for one in found) == 1, f"a sentence begins otherwise now: {start}"
        assert held and not [one for one in held if not is_there(one)], f"{start}: {held}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_promise_is_unlisted(page: Path) -> None:
    found = unlisted(page.read_text(), LISTED[str(page.relative_to(ROOT))])
    assert not found, "name in tests/promises.toml the test that fails if this is false, or say what it is: see there"


def test_no_other_page_is_listed() -> None:
    assert set(LISTED) == {str(page.relative_to(ROOT)) for page in PAGES}


def test_the_search_sees_it() -> None:
    text = "# Never\n\nIt never\nsends. It may wait: `x`.\n\n- Only that.\n\n```sh\nnever\n```\n\n| a | nothing |\n"
    assert unlisted(text, {}) == ["It never sends.", "- Only that.", "| a | nothing |"]
    assert unlisted(text, {"It never": [], "- Only": [], "| a": []}) == []
    assert is_there("tests/test_promises.py::test_the_search_sees_it") and is_there("advice") and is_there("README.md")
    assert not is_there("tests/test_promises.py::test_no_such") and not is_there("benchmarks/results/no-such.md")


def test_every_test_that_a_page_names_is_there() -> None:
    for page in (*PAGES, ROOT / "SECURITY.md", ROOT / "docs/promises.md"):
        named = re.findall(r"`((?:tests|benchmarks)/[\w/.-]+)`", page.read_text())
        assert [one for one in named if not (ROOT / one).exists()] == [], page.name
