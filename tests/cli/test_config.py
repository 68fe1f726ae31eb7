"""`patchflow config`: what it knows, shows with its origin, and sets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.machine.settings import known_settings
from patchflow.tui.actions import ACTIONS
from tests.conftest import ROOT, git, run_patchflow


def config(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", "config", *words)
    assert ran.code == code, (words, ran.out, ran.err)
    return ran.json if code in (0, 1) and ran.out.strip() else ran.err


def test_settings_of_the_terminal_ui_are_known_shown_and_set(small: Path) -> None:
    """`patchflow.theme` and `patchflow.key.*` were no settings of patchflow's, although the UI reads them."""
    for key, value in (
        ("patchflow.theme", "nord"),
        ("patchflow.key.undo", "U ctrl+z"),
        ("Patchflow.Key.go-todo", "f6"),
    ):
        assert config(small, key, code=1) == []
        (one,) = config(small, key, value)
        assert (one["key"], one["value"]) == (key.lower(), value)
        assert one["origin"] == "file:.git/config"
        assert git(small, "config", "--get", key.lower()) == value
    ran = run_patchflow("-C", str(small), "config", "patchflow.nothing")
    assert "patchflow.theme" in ran.out and "patchflow.key.ACTION" in ran.out
    shown = {one["key"]: one["value"] for one in config(small)}
    assert shown["patchflow.theme"] == "nord" and shown["patchflow.key.undo"] == "U ctrl+z"


@pytest.mark.parametrize(("key", "value", "words"), [
    ("patchflow.theme", "no-such", "textual-dark"), ("patchflow.key.no-such", "x", "not an action"),
    ("patchflow.key.", "x", "not an action"), ("patchflow.keys", "x", "not a setting"),
])  # fmt: skip
def test_what_the_ui_would_not_know_is_not_set(small: Path, key: str, value: str, words: str) -> None:
    before = (small / ".git/config").read_bytes()
    assert words in config(small, key, value, code=2)
    assert (small / ".git/config").read_bytes() == before


def test_keys_of_the_file_are_shown_with_it(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(tmp_path))
    path = tmp_path / "keys.toml"
    path.write_text("[keys]\nundo = 'U'\nredo = 'R'\n")
    assert config(small, "patchflow.key.undo") == [
        {"key": "patchflow.key.undo", "value": "U", "origin": f"file:{path}"}
    ]
    rows = config(small, "patchflow.key.undo", "ctrl+z")
    assert [row["value"] for row in rows] == ["U", "ctrl+z"], "git's configuration wins: it stands last"
    path.write_text("[keys")
    ran = run_patchflow("-C", str(small), "config")
    assert ran.code == 1 and "keys.toml cannot be read" in ran.err


def test_every_action_can_be_given_keys(small: Path) -> None:
    """git takes every action's name for a name of its own."""
    rows = "".join(f"\t{one.id} = x\n" for one in ACTIONS)
    (small / ".git/config").open("a").write(f'[patchflow "key"]\n{rows}')
    shown = {one["key"] for one in config(small)}
    assert {f"patchflow.key.{one.id}" for one in ACTIONS} <= shown


def test_facts_of_the_profile_are_words(small: Path) -> None:
    """`profile.tree = Tree(name='net-next', …)` and `()` were Python."""
    shown = {one["key"]: one["value"] for one in config(small)}
    assert shown["profile.fresh_thread"] in ("yes", "no") and shown["profile.to_roles"] == "maintainer, supporter"
    assert not [key for key, value in shown.items() if re.search(r"\b[A-Z]\w+\(|^[(\[{]|^(True|False|None)$", value)]


def test_every_setting_that_is_read_or_named_is_known() -> None:
    """`patchflow.alsoMe` and `patchflow.signoff` were read, and `config` took them for no settings."""
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "patchflow").rglob("*.py")]
    found = {name.lower() for path in texts for name in re.findall(
        r"""["` ](patchflow\.[a-zA-Z]+)["` ]""", path.read_text())}  # fmt: skip
    assert {"patchflow.alsome", "patchflow.signoff"} <= found
    others = {"patchflow.tcss", "patchflow.key", "patchflow.git", "patchflow.mail"}  # a file, modules, kinds of key
    others |= {f"patchflow.{path.stem}" for path in (ROOT / "patchflow").iterdir()}
    assert found - others <= set(known_settings())
