"""`patchflow config`: settings, and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.flow.clone import profile, profile_names
from patchflow.flow.machine.settings import KEY, keys_of_file, known_settings, set_setting, settings_of

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow config --origin patchflow.profile"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--origin", action="store_true", help="show where each value comes from")
    parser.add_argument("key", nargs="?", default="", metavar="KEY", help="one setting, or `profile` for the profiles")
    parser.add_argument("value", nargs="?", metavar="VALUE", help="set it, in this repository's git config")


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows settings, or sets one."""
    here = clone(args)
    if args.value is not None:
        _look_at(args.key.lower(), args.value)
        set_setting(here, args.key, args.value)
    if args.key.startswith("template."):
        args.key = f"patchflow.{args.key}"
    if args.key == "profile":
        rows = [{"name": name, "title": profile(name).title} for name in profile_names()]
        output.data(rows, [f"{row['name']:10} {row['title']}" for row in rows])
        return 0
    own = [one for one in keys_of_file() if args.key.lower() in ("", one.key)]
    settings = [*own, *settings_of(here, args.key)]
    lines = []
    for one in settings:
        origin = f"  ({one.origin})" if args.origin else ""
        lines.append(f"{one.key} = {one.value}{origin}")
    document = [{"key": one.key, "value": one.value, "origin": one.origin} for one in settings]
    output.data(
        document, lines or [f"{args.key or 'nothing'} is not set; patchflow knows {', '.join(known_settings())}"]
    )
    return 0 if settings or not args.key else 1


def _look_at(key: str, value: str) -> None:
    """UsageError where the terminal UI would not know the value of one of its settings."""
    if key == "patchflow.theme":
        from textual.theme import BUILTIN_THEMES

        if value not in (*BUILTIN_THEMES, "plain", ""):
            raise UsageError(
                f"There is no theme {value!r}.", f"It knows {', '.join(sorted(BUILTIN_THEMES))} and plain."
            )
    elif key.startswith(KEY):
        from patchflow.tui.actions import ACTIONS

        if key.removeprefix(KEY) not in {action.id for action in ACTIONS}:
            raise UsageError(
                f"{key.removeprefix(KEY)!r} is not an action of the terminal UI.",
                "`?` there names every one, in brackets.",
            )
