"""`patchflow dig`: the threads a commit came from, its revisions, and who objected to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.flow.review.todo_view import comment_row
from patchflow.flow.reviewing.describe import comment_line, revision_row
from patchflow.flow.reviewing.dig import Dug, DugSeries, dig

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow dig net/vmw_vsock/af_vsock.c:120"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", metavar="COMMIT|PATH:LINE", help="a commit, or the line of a file")
    parser.add_argument("--url", default="", metavar="URL", help="the archive to ask (default: the one it links to)")
    parser.add_argument("--offline", action="store_true", help="look only in the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where no thread was found."""
    found = dig(clone(args), args.what, output.note, args.url, args.offline)
    output.data(_document(found), _lines(found))
    if not found.series:
        output.note("No thread of it was found. `patchflow fetch` takes mail in.")
    return 0 if found.series else 1


def _document(found: Dug) -> dict[str, Any]:
    return {
        "commit": found.commit.commit,
        "subject": found.commit.subject,
        "links": list(found.links),
        "threads": [
            {
                "how": list(one.how),
                "title": one.revisions[-1].posting.title,
                "author": str(one.revisions[-1].posting.author),
                "revisions": [
                    {
                        **revision_row(row.posting),
                        "same": row.same,
                        "remarks": [comment_row(remark) for remark in row.remarks],
                    }
                    for row in one.revisions
                ],
            }
            for one in found.series
        ],
    }


def _lines(found: Dug) -> list[str]:
    return [f"{found.commit.commit[:12]} {found.commit.subject}", *(line for one in found.series for line in _of(one))]


def _of(one: DugSeries) -> list[str]:
    newest = one.revisions[-1].posting
    lines = [f"{newest.title}, by {newest.author} (found by {', '.join(one.how)})"]
    for row in one.revisions:
        date = f"{row.posting.first.date:%Y-%m-%d}" if row.posting.first.date else "undated"
        lines.append(
            f"  v{row.posting.revision} {date} {row.posting.first.id}"
            + ("  the commit's exact change" if row.same else "")
        )
        lines += [f"    {comment_line(remark)}" for remark in row.remarks]
    return lines
