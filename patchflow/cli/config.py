"""`patchflow config`: settings, and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone

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
    from patchflow.flow.machine.settings import known_settings, set_setting, settings_of

    here = clone(args)
    if args.value is not None:
        set_setting(here, args.key, args.value)
    if args.key == "profile":
        from patchflow.flow.clone import profile, profile_names

        rows = [{"name": name, "title": profile(name).title} for name in profile_names()]
        output.data(rows, [f"{row['name']:10} {row['title']}" for row in rows])
        return 0
    settings = settings_of(here, args.key)
    lines = []
    for one in settings:
        origin = f"  ({one.origin})" if args.origin else ""
        lines.append(f"{one.key} = {one.value}{origin}")
    document = [{"key": one.key, "value": one.value, "origin": one.origin} for one in settings]
    output.data(
        document, lines or [f"{args.key or 'nothing'} is not set; patchflow knows {', '.join(known_settings())}"]
    )
    return 0 if settings or not args.key else 1
