"""`patchflow diff`: the range-diff between two revisions, sent or current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.flow.send.posting import start_of

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow diff v1 v2"
_PAIR = lazy_re.compile(r"^\s*(\d+|-):\s+(\S+) ([=!<>]) \s*(\d+|-):\s+(\S+)(?: (.*))?$")
_STATUS = {"=": "same", "!": "changed", "<": "dropped", ">": "new"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "revisions", nargs="*", metavar="vN", help="two revisions; default: the last sent and the branch"
    )


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints git's range-diff; under --json the pairs."""
    here = clone(args)
    series = here.store.load(with_diffs=False)
    ranges = {f"v{r.number}": (r.start or r.base, r.tip) for r in series.revisions}
    now = (start_of(here.repository, series), series.tip)
    names = list(args.revisions)
    if len(names) > 2:
        raise UsageError("diff takes two revisions at most.", "For example `patchflow diff v1 v2`.")
    if not names:
        if not ranges:
            raise UsageError("No revision of this series was sent yet, so there is nothing to compare with.")
        names = [list(ranges)[-1]]
    for name in names:
        if name not in ranges:
            raise UsageError(f"No {name} of this series was sent.", f"There is {', '.join(ranges) or 'none yet'}.")
    left, right = ranges[names[0]], ranges[names[1]] if len(names) == 2 else now
    text = here.git.range_diff(left, right)
    pairs = []
    for line in text.split("\n"):
        if match := _PAIR.match(line):
            pairs.append({"left": match[2], "right": match[5], "status": _STATUS[match[3]], "subject": match[6] or ""})
    output.data({"pairs": pairs}, text.rstrip("\n").split("\n"))
    return 0
