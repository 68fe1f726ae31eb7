"""`patchflow cover`: shows or edits the cover letter."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.domain.series import Cover
from patchflow.errors import UsageError
from patchflow.flow.editor import edit_text
from patchflow.flow.series.prepare import set_cover, set_prefixes, set_presubject
from patchflow.flow.try_.results import tested_line
from patchflow.formats.mail.charset import utf8
from patchflow.formats.patch.b4 import escape_comments
from patchflow.formats.patch.cover import cover_text, parse_cover

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow cover --edit"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--edit", action="store_true", help="open it in your editor")
    how.add_argument(
        "--set", metavar="FILE", help="take it from FILE (- for standard input): subject, blank line, body"
    )
    parser.add_argument("--prefixes", metavar="WORDS",
                        help="the words in the bracket, such as `RFC net`, instead of the profile's")  # fmt: skip
    parser.add_argument("--presubject", metavar="TEXT",
                        help="text before the bracket, such as `[mylist]`")  # fmt: skip


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows the cover letter after what was asked is done to it."""
    here = clone(args)
    series = here.store.load(with_diffs=False)
    cover = series.cover or Cover("", "")
    text = ""
    if args.prefixes is not None:
        series = set_prefixes(here.store, series, args.prefixes.split())
    if args.presubject is not None:
        series = set_presubject(here.store, series, args.presubject.strip())
    if args.set == "-":
        text = utf8(sys.stdin.buffer.read(), "standard input")
    elif args.set:
        text = utf8(read_named(args.set), args.set)
    elif args.edit:
        text = edit_text(here, "cover", cover_text(cover))
    if args.set or args.edit:
        new = parse_cover(text)
        if args.set and series.b4:  # where a line that begins with # would be a comment
            new = replace(new, body=escape_comments(new.body))
        if not new.subject:
            raise UsageError("The cover letter has no subject: its first line is empty.", "Nothing was changed.")
        if new != cover:
            series = set_cover(here.store, series, new)
            cover = series.cover or new
    lines = [cover.subject, "", *cover.body.split("\n")]
    tested = tested_line(here, series)
    if tested and tested not in cover.body:
        output.note(f"For the cover letter, if you want it there: {tested}")
    document: dict[str, object] = {"subject": cover.subject, "body": cover.body}
    if args.prefixes is not None:
        document["prefixes"] = list(series.prefixes)
    if args.presubject is not None:
        document["presubject"] = series.presubject
    if tested:
        document["tested"] = tested
    output.data(document, lines)
    return 0
