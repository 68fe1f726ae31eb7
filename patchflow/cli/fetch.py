"""`patchflow fetch`: takes mail in, from files or from a public inbox such as lore."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit
from patchflow.flow.review.mail import take_in
from patchflow.flow.review.mail_index import rebuild, sent_folders
from patchflow.flow.review.places import source_lines, sources_document, sources_in
from patchflow.flow.series.status import patchwork_json
from patchflow.formats.counted import many

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone

_NO_SOURCE = (
    "No source of mail is named: `patchflow config patchflow.mail.NAME PLACE`; `fetch` asks the list's archive."
)
EXAMPLE = "patchflow fetch --mbox replies.mbox"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--mbox", metavar="FILE", help="an mbox file (also .gz, .xz), or - for standard input")
    how.add_argument("--maildir", metavar="DIR", help="a Maildir")
    how.add_argument(
        "--lore",
        nargs="?",
        const="",
        metavar="MESSAGE-ID",
        help="the thread of this message, or of every revision that was sent",
    )
    how.add_argument("--sources", action="store_true", help="the sources of mail, when each was read, and what came")
    how.add_argument("--rebuild", action="store_true", help="read every mail file that was taken in again")
    how.add_argument("--patchwork", action="store_true", help="state and tests of the patches that were sent, no mail")
    parser.add_argument("--url", metavar="URL", help="the public inbox to ask instead of the profile's")


def run(args: argparse.Namespace, output: Output) -> int:
    """The files are read and remembered, never modified."""
    here = clone(args)
    if args.patchwork:
        return _patchwork(here, output)
    where = args.mbox or args.maildir
    plain = not (where or args.rebuild or args.url) and args.lore is None
    if args.sources or (plain and (sources_in(here.repository.settings()) or sent_folders(here))):
        return _sources(here, args.sources, output)
    if where:
        intake = take_in(here, where)
    elif args.rebuild:
        intake = rebuild(here)
    else:
        from patchflow.flow.review.lore import fetch_threads

        intake = fetch_threads(here, [args.lore] if args.lore else [], args.url or "")
    rows = [{"where": place, "why": why} for place, why in intake.skipped]
    told = f"{many(intake.new, 'new message')} in {many(intake.threads, 'thread')}."
    output.data(
        {"new": intake.new, "threads": intake.threads, "skipped": rows},
        [told, *(f"{place}: {why}" for place, why in intake.skipped)],
    )
    return 0


def _sources(here: Clone, only_show: bool, output: Output) -> int:
    """Refreshes every named source, or shows what is known of them. Exit 4 where one of them fails."""
    from patchflow.flow.review.sources import known_sources, refresh, sources_to_ask, unnamed_files  # with liblore

    now = datetime.now(UTC)
    rows = known_sources(here) if only_show else refresh(here, sources_to_ask(here), now)
    files = unnamed_files(here) if only_show else []
    output.data({"sources": sources_document(rows), "files": files}, source_lines(rows, files, now) or [_NO_SOURCE])
    return int(Exit.OUTSIDE) if not only_show and any(got.trouble for _, got in rows) else 0


def _patchwork(here: Clone, output: Output) -> int:
    """Exit 4 where Patchwork does not answer."""
    from patchflow.flow.review.patchwork import ask_patchwork, series_to_ask

    documents: list[object] = []
    lines: list[str] = []
    for series in series_to_ask(here):
        states = ask_patchwork(here, series)
        documents.append({"name": series.name, "patchwork": patchwork_json(states)})
        lines.append(f"{series.name}:" if states else f"{series.name}: Patchwork does not have it yet")
        for patch in states:
            lines.append(f"  {patch.state:18} {patch.name}")
            lines += [
                f"    {test.state:8} {test.context}{': ' if test.description else ''}{test.description}"
                for test in patch.tests
                if test.state != "success"
            ]
    output.data({"series": documents}, lines)
    return 0
