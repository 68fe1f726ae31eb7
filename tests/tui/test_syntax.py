"""The colours of code and the words that changed: what is told of a line, and what of it reaches the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.rows import CODE_AT
from patchflow.tui.models.syntax import changed_words, coloured, has_syntax
from patchflow.tui.screens.series import SeriesScreen
from tests.conftest import Once, git, run_patchflow
from tests.tui.test_app import settled

FILES = ("a.c", "b.h", "c.S", "d.rs", "e.py", "f.sh", "g.dts", "h.yaml", "i.rst", "Makefile", "Kconfig.x", "Kbuild")


def words(path: str, code: str) -> dict[str, str]:
    return {code[start:end].strip(): kind for start, end, kind in coloured(path, code)}


@pytest.mark.parametrize(
    ("path", "code", "told"),
    [
        (
            "net/a.c",
            '\tif (x == 42) return "a b"; /* why */',
            {"if": "keyword", "42": "number", "/* why */": "comment"},
        ),
        ("net/a.c", "static int x;", {"int": "type"}),
        ("net/a.c", "#include <linux/a.h>", {"#": "preproc"}),
        ("net/a.c", "\t * the inside of a comment, if any", {"* the inside of a comment, if any": "comment"}),
        ("a.rs", "let x = 1; // SAFETY: it is ours", {"let": "keyword", "// SAFETY: it is ours": "comment"}),
        ("drivers/Makefile", "obj-m += a.o # why", {"# why": "comment"}),
        ("a.unknown", "if x", {}),
        ("a.c", "x" * 500 + " if", {}),
    ],
)
def test_parts_of_a_line_have_their_kind(path: str, code: str, told: dict[str, str]) -> None:
    found = words(path, code)
    assert {text: kind for text, kind in found.items() if text in told} == told, found
    assert has_syntax(path) == (path != "a.unknown")


def test_the_changed_words_of_a_hunk() -> None:
    """One by one where as many lines went as came, by likeness else; nothing where a line is another one."""
    lines = [" int a;", "-if (x && y)", "+if (x && z)", " int b;"]
    assert changed_words(lines) == {1: ((9, 10),), 2: ((9, 10),)}
    more = ["-if (x && y)", "+/* why */", "+if (x && z)"]
    assert changed_words(more) == {0: ((9, 10),), 2: ((9, 10),)}
    assert changed_words(["-int one;", "+return something(else, than, that);"]) == {}
    assert changed_words(["-" + "a " * 300, "+" + "a " * 301]) == {}
    assert changed_words([*["-a b c"] * 20, *["+a b d"] * 21]) == {}


@given(st.sampled_from(FILES), st.lists(st.text(max_size=60).map(lambda text: text.replace("\n", "")), max_size=6))
def test_any_text_has_parts_inside_itself(path: str, lines: list[str]) -> None:
    for line in lines:
        found = coloured(path, line)
        assert all(0 <= start < end <= len(line) for start, end, _ in found)
    marked = [f"{sign}{line}" for sign, line in zip("-+-+ +", lines, strict=False)]
    for at, spans in changed_words(marked).items():
        assert all(0 <= start < end <= len(marked[at]) - 1 for start, end in spans)


@pytest.mark.parametrize("plain", [False, True])
async def test_a_diff_on_the_screen(small: Path, once: Once, monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    """The text is what it was; colours stand in it, the changed words are underlined, without colours too; a line that
    is broken goes on in its colours."""
    if plain:
        monkeypatch.setenv("NO_COLOR", "1")
    path = small / "net/vmw_vsock/af_vsock.c"
    path.write_text(f"{path.read_text()}\tif (x && y) /* {'long ' * 20}*/\n")
    git(small, "commit", "-qam", "base: a line")
    git(small, "tag", "-f", "base")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    path.write_text(path.read_text().replace("&& y", "&& z"))
    git(small, "commit", "-qam", "vsock: change a word\n\nWhy.\n\nSigned-off-by: Ada Example <ada@example.org>")
    app = PatchflowApp(str(small), poll=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, SeriesScreen)
        detail = app.screen.tab.detail
        at = next(n for n, row in enumerate(detail.rows) if row.kind == "add")
        assert detail.rows[at].text[CODE_AT:] == f"        if (x && z) /* {'long ' * 20}*/"
        line = next(n for n, text in enumerate(detail._lines) if "&& z" in text)
        segments = [
            one
            for strip in (detail._draw(line, False, 60, False), detail._draw(line + 1, False, 60, False))
            for one in strip
        ]
        assert any(one.text == "z" and one.style and one.style.underline for one in segments)
        comments = {one.style.color for one in segments if "long" in one.text and one.style}
        keywords = {one.style.color for one in segments if one.text == "if" and one.style}
        assert len(comments) == 1 and (plain or comments != keywords)
