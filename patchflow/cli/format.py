"""`patchflow format`: writes the versioned patches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import PatchflowError
from patchflow.flow.send.mails import lost_on_the_way, mails_of

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow format -o /tmp/outgoing"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "-o", dest="folder", default="outgoing", metavar="DIR", help="the folder to write to (default: outgoing)"
    )
    parser.add_argument("-v", dest="revision", type=int, default=0, metavar="N", help="the revision's number")
    parser.add_argument("--rfc", action="store_true", help="mark it RFC")
    parser.add_argument("--resend", action="store_true", help="the last revision again, unmodified")


def run(args: argparse.Namespace, output: Output) -> int:
    """Writes one file a mail; nothing else changes."""
    here = clone(args)
    series = here.store.load()
    facts = here.profile_of(series)
    mails = mails_of(here, series, facts, revision=args.revision, rfc=args.rfc, resend=args.resend)
    if lost := lost_on_the_way(here, mails):
        raise PatchflowError(
            f"The mails would not carry the commits: {'; '.join(one.text for one in lost)}.", "Nothing was written."
        )
    folder = Path(args.folder) if Path(args.folder).is_absolute() else Path(args.directory) / args.folder
    files = []
    for mail in mails:
        path = folder / mail.name
        write_atomic(path, mail.text.encode("utf-8", "surrogateescape"), mode=0o644)
        files.append(str(path))
    number = args.revision or series.next_revision
    output.data({"revision": number, "files": files}, files)
    return 0
