"""Keys of one's own: every action can have another key, and every sentence names the one it has."""

from __future__ import annotations

import ast
import html
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import patchflow.tui
from patchflow.tui.actions import ACTIONS, BOARD, EVERYWHERE, LISTS, SERIES, TABS, Keymap
from patchflow.tui.app import PatchflowApp
from patchflow.tui.screens.ask import Line
from patchflow.tui.screens.base import View
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Choose, Confirm
from patchflow.tui.screens.mail import MailScreen, ThreadScreen
from patchflow.tui.screens.message import MessageScreen
from patchflow.tui.screens.news import NewsScreen
from patchflow.tui.screens.output import LogScreen
from patchflow.tui.screens.reply import DraftsScreen, ReplyScreen, Writing
from patchflow.tui.screens.resolve import ResolveScreen
from patchflow.tui.screens.review import ReviewScreen
from patchflow.tui.screens.reviews import ReviewsScreen, SeveralScreen
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.screens.split import SplitScreen
from patchflow.tui.screens.tabs import all_tabs
from tests.sampled import few
from tests.tui import shown
from tests.tui.clone import git
from tests.tui.test_app import settled

# A letter of its own for each action, none of them on anybody's keyboard.
MINE = {id: chr(0x100 + n) for n, id in enumerate(dict.fromkeys(action.id for action in ACTIONS))}
# Each screen by the actions that lead to it.
SCREENS = {
    "board": [], "patches": ["open"], "moved": ["open", "move-down"], "cover": ["open", "go-cover"],
    "checks": ["open", "go-checks", "down", "down"], "recipients": ["open", "go-recipients"],
    "conversation": ["open", "go-conversation", "down", "down"], "todo": ["open", "go-todo"],
    "revisions": ["open", "go-revisions"], "send": ["open", "go-send", "down"], "try": ["open", "go-try", "bottom"],
    "build": ["open", "go-try", "try-build", "down"], "trace": ["open", "go-try", "try-trace", "down"],
    "confirm": ["open", "go-checks", "top", "down", "down", "down", "down", "fix"],
    "ask": ["open", "go-recipients", "add-recipient"], "window": ["window"], "drafts": ["drafts"],
    "reply": ["open", "go-todo", "reply"], "writing": ["open", "go-todo", "reply", "write-here"],
    "help": ["open", "help"], "log": ["log"], "prompt": ["prompt"],
    "reviews": ["reviews"], "review": ["reviews", "open-review", "down", "into"],
    "remark": ["reviews", "open-review", "into", "comment"], "selection": ["reviews", "open-review", "into", "bottom",
    "select"],
}  # fmt: skip
# A key by its usual name before a verb: a letter (not the article, and not the marks E, W and i of findings).
NAMED = re.compile(
    r"(?<![\w.'’/*+<>&=-])(?:[bcdefghj-zB-DF-HJ-VX-Z?/\]\[{}]|Enter|Esc(?:ape)?|Space|Tab|\^[a-z])(?= [a-z]{3,})"
    r"|(?:^|[;:,(] ?)[aA] (?!series)[a-z]+s\b|\bin \d [A-Z]|(?<!\S):[a-z]"
)


def sentences(app: PatchflowApp) -> list[str]:
    """The lines on the screen."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text [^>]*x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', app.export_screenshot()):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    return ["".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())]


@pytest.mark.parametrize("screen", few(SCREENS, 10))
async def test_no_screen_names_a_key_that_was_changed(monkeypatch: pytest.MonkeyPatch, screen: str) -> None:
    shown.put_in(monkeypatch)
    monkeypatch.setattr("patchflow.tui.work.board.settings", lambda directory: (Keymap.with_keys(MINE), ""))
    app = shown.app()
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        for id in SCREENS[screen]:
            before = app.screen, str(sentences(app))
            await pilot.press(MINE[id])
            await settled(pilot)
            assert (app.screen, str(sentences(app))) != before, f"the key of {id} did nothing"
        await pilot.pause()
        said = [line for line in sentences(app) if NAMED.search(re.sub("x closed| d old", "", line))]
        assert said == []


def test_no_sentence_names_a_key_by_itself() -> None:
    """What screens cannot be led to say in a test: notices, errors and questions."""
    folder, found = Path(patchflow.tui.__file__).parent, []
    for path in folder.rglob("*.py"):
        if path.name in ("actions.py", "bindings.py", "first_frame.py"):
            continue
        nodes = list(ast.walk(ast.parse(path.read_text())))
        docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
        found += [
            f"{path.relative_to(folder)}: {node.value}"
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.search(node.value)
            if not any(node is one for one in docstrings)
        ]
    assert found == []


@pytest.mark.long
async def test_a_key_that_was_given_away_is_free_and_none_is_lost(clone: Path) -> None:
    """j and k change places; search, on s now, takes it from nothing else; what has no key has none."""
    for id, keys in {"down": "k", "up": "j", "search": "S", "copy": "", "cancel": "z", "go-send": "? s"}.items():
        git(clone, "config", f"patchflow.key.{id}", keys)
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        series = app.screen
        assert isinstance(series, SeriesScreen)
        await pilot.press("k", "k", "j")
        assert series.tab.list.cursor == 1, "k goes down, j up; the arrows were theirs too"
        await pilot.press("down")
        assert series.tab.list.cursor == 1
        await pilot.press("d")
        assert isinstance(app.screen, Confirm)
        assert "z: cancel, nothing happens" in app.screen.next_words()
        await pilot.press("n", "q", "escape", "enter")
        assert isinstance(app.screen, Confirm), "they cancel no more"
        await pilot.press("z")
        assert isinstance(app.screen, SeriesScreen)
        for tab, key in (("send", "question_mark"), ("patches", "1"), ("send", "s")):
            await pilot.press(key)
            await settled(pilot)
            assert series.current == tab


def nodes() -> dict[str, type[DOMNode]]:
    """The class whose keys are those of a place."""
    tabs = {name: type(tab) for name, tab in all_tabs(SeriesScreen("x")).items()}
    return {EVERYWHERE: PatchflowApp, LISTS: View, BOARD: BoardScreen, SERIES: SeriesScreen, "confirm": Confirm,
            "tick": Choose, "line": Line, "writing": Writing, "reply": ReplyScreen, "draft-list": DraftsScreen,
            "review-list": ReviewsScreen, "several": SeveralScreen, "review": ReviewScreen, "news-list": NewsScreen,
            "mail-list": MailScreen, "mail": ThreadScreen,
            "message": MessageScreen, "split": SplitScreen, "resolve": ResolveScreen, "log": LogScreen,
            **tabs}  # fmt: skip


async def test_every_action_leads_to_a_typed_method_of_its_place() -> None:
    places: dict[str, Any] = nodes()
    assert set(TABS) <= places.keys() and {place for one in ACTIONS for place in one.places} == places.keys()
    for action in ACTIONS:
        name, _, argument = action.call.partition("(")
        for place in action.places:
            method = getattr(places[place], f"action_{name}")
            assert method.__module__.startswith("patchflow.tui"), (place, action.id)
            said = inspect.signature(method)
            assert said.return_annotation in ("None", None), (place, action.id)
            assert [one.annotation for one in said.parameters.values()][1:] == (["str"] if argument else [])


async def test_every_place_binds_its_actions_under_their_names() -> None:
    for place, node in nodes().items():
        bound = {one.id for one in node.BINDINGS if isinstance(one, Binding)}
        assert {one.id for one in ACTIONS if place in one.places} <= bound, place
