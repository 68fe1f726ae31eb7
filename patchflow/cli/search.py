"""`patchflow search`: full text over the mail taken in, or over one mail file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit
from patchflow.flow.review.mail import search_file, search_here
from patchflow.formats.mail.query import parse_query
from patchflow.formats.safe import safe_line

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.intake import Hit

EXAMPLE = "patchflow search seqpacket credit"
_WORDS = (
    "messages that hold all of them, the newest first; as in lore's own search s:SUBJECT, f:SENDER, tc:RECIPIENT, "
    "dfn:FILE and d:FROM..TO (days); is:unread: what was not read yet"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("words", nargs="*", metavar="WORDS", help=_WORDS)
    parser.add_argument("--mbox", metavar="FILE", help="search this mbox, Maildir or - instead of the mail taken in")
    parser.add_argument("--unread", action="store_true", help="only mails that were not read yet (as `is:unread`)")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most this many messages (50)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Prints the messages; 1 where there is none."""
    query = parse_query([*args.words, *(["is:unread"] if args.unread else [])])
    found = search_file(args.mbox, query, args.limit) if args.mbox else search_here(clone(args), query, args.limit)
    output.data({"messages": [_row(hit) for hit in found]}, [_line(hit) for hit in found] or ["Nothing found."])
    return int(Exit.OK if found else Exit.DOES_NOT_HOLD)


def _row(hit: Hit) -> dict[str, object]:
    return {"id": hit.id, "subject": hit.subject, "from": hit.sender, "date": _date(hit), "unread": hit.unread}


def _date(hit: Hit) -> str | None:
    try:
        return datetime.fromtimestamp(hit.when, UTC).isoformat() if hit.when else None
    except (ValueError, OverflowError, OSError):
        return None


def _line(hit: Hit) -> str:
    return safe_line(
        f"{(_date(hit) or 'undated   ')[:10]}  {hit.sender.split(' <')[0]}: {hit.subject}  <{hit.id}>", 300
    )
