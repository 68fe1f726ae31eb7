"""`patchflow watch` where one has to look: at once, or again and again."""

from __future__ import annotations

import random
import shlex
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.adapters.process import run as run_program
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, unreadable_document
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.watch.events import lines_of
from patchflow.flow.watch.kept import watched
from patchflow.flow.watch.rounds import look
from patchflow.flow.watch.timer import timer_for, units_folder
from patchflow.formats.counted import nothing_new

if TYPE_CHECKING:
    import argparse


_TIMER = """\
# cron: `crontab -e`, then this line
{cron}

# systemd: {folder}/{name}.service
{service}
# systemd: {folder}/{name}.timer, then `systemctl --user enable --now {name}.timer`
{timer}"""


def watch(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where something waits for the user."""
    if args.timer:
        timer = {"folder": str(units_folder()), **timer_for(args.directory)._asdict()}
        output.data(timer, _TIMER.format(**timer).splitlines())
        return 0
    here = clone(args)
    if args.log:
        told = watched(here).log
        output.data({"log": [{"time": when, "series": name, "text": text} for when, name, text in told]},
                    [f"{when}  {name}: {text}" for when, name, text in told] or ["Nothing was told yet."])  # fmt: skip
        return 0
    if not args.once and args.every < 1:
        raise UsageError("--every wants a number of minutes, 1 or more.")
    notify = _command(args.notify)
    while True:
        now = datetime.now(UTC)
        found = look(here, not args.offline, now, output.note)
        lines = lines_of(found.new)
        rows = [{**one._asdict(), "date": now.isoformat(timespec="seconds")} for one in found.new]
        said = lines or ([] if not args.once else [nothing_new(found.waits)])
        output.data({"events": rows, "waits": found.waits, "unreadable": unreadable_document(found.unreadable)}, said)
        _notify(notify, lines, output)
        if args.once:
            return max((error.exit_code for _, error in found.unreadable), default=int(found.waits > 0))
        time.sleep(args.every * 60 * random.uniform(0.9, 1.1))  # many who began at one time ask at many
        here = clone(args)


def _command(text: str) -> list[str]:
    """The words of the user's command; UsageError before anything is told where they cannot be read."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--notify {text!r} cannot be read: {error}.") from None


def _notify(words: list[str], lines: list[str], output: Output) -> None:
    """Runs the user's command with each line; that it fails is told, and no reason to stop. A stranger's title at the
    beginning of a line is no option: a blank stands in front of its dash."""
    for line in lines if words else ():
        try:
            run_program([*words, f" {line}" if line.startswith("-") else line], timeout=30)
        except PatchflowError as error:
            output.note(error.paragraph())
