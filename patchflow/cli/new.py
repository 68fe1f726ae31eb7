"""`patchflow new`: starts a series."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from patchflow.cli.asking import ask, at_terminal
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone, show_series
from patchflow.flow.clone import profile
from patchflow.flow.series.b4 import usual_prefixes, usual_presubject
from patchflow.flow.series.prepare import StackedError, UnfetchedError, ask_base, base_key, named_base, new_series
from patchflow.flow.templates import cover_template

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.series import Series

EXAMPLE = "patchflow new vsock-peek"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("name", metavar="NAME", help="the branch's name")
    parser.add_argument(
        "--profile", default="", metavar="P", help="the profile to use (default: the one of the series' files)"
    )
    parser.add_argument("--base", default="", metavar="REF", help="what the series is based on")
    parser.add_argument("--rfc", action="store_true", help="begin with the cover letter of a request for comments")
    parser.add_argument("--b4", action="store_true", help="make it a branch that b4 can work on too")


def run(args: argparse.Namespace, output: Output) -> int:
    """Makes the branch, writes its settings and cover, and goes to it."""
    here = clone(args)
    facts = profile(args.profile) if args.profile else here.subsystems.of(())
    chosen = bool(args.profile)
    answered = False

    def make(base: str) -> Series:
        prefixes = usual_prefixes(here)
        cover = cover_template(here, facts, args.name, args.rfc)
        return new_series(
            here.repository,
            here.store,
            args.name,
            facts,
            base,
            args.b4,
            prefixes,
            chosen,
            template=cover,
            answered=answered,
            presubject=usual_presubject(here),
        )

    try:
        if not args.base:
            ask_base(here.repository, facts)
    except UnfetchedError as error:
        output.note(f"{error.message} {error.hint}")
        if at_terminal() and not output.json:
            question = "On which base instead: a remote, a branch, a tag or a commit?"
            args.base = ask(question, "HEAD", lambda text: named_base(here.repository, text, facts.tree))
            answered = True
            output.note(f"`git config {base_key(facts.tree)}` remembers it for this tree.")
    try:
        series = make(args.base)
    except StackedError as error:
        if not sys.stdin.isatty() or output.json:
            raise
        output.note(error.message)
        base = ask(f"On which base: {error.below} (the same), or {error.branch} (on top of it)?", error.below, str)
        series = make(base)
    follows = f"for {facts.title}" if chosen else "for the subsystem its files will belong to (--profile names one)"
    output.note(f"On the new branch {series.branch}, based on {series.base_name[:24]}, {follows}.")
    show_series(here, series, output)
    return 0
