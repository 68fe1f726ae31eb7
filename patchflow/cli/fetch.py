"""`patchflow fetch`: takes mail in."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError

EXAMPLE = "patchflow fetch --mbox replies.mbox"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--mbox", metavar="FILE", help="an mbox file (also .gz, .xz)")
    how.add_argument("--maildir", metavar="DIR", help="a Maildir")


def run(args: argparse.Namespace, output: Output) -> int:
    """The file is read and remembered, never modified."""
    from patchflow.wiring.mail import take_in

    where = args.mbox or args.maildir
    if not where:
        raise UsageError("Which mail?", "Name it: --mbox FILE or --maildir DIR.")
    skipped: list[str] = []
    new, threads = take_in(clone(args), where, skipped.append)
    rows = [{"where": text.partition(": ")[0], "why": text.partition(": ")[2]} for text in skipped]
    output.data(
        {"new": new, "threads": threads, "skipped": rows}, [f"{new} new messages in {threads} threads.", *skipped]
    )
    return 0
