"""`patchflow review`: somebody else's series; here its command line, and the list of those that were taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.boot_options import boot_arguments
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.flow.reviewing import reviews
from patchflow.flow.reviewing.standing import as_it_stands
from patchflow.flow.reviewing.written import read_written

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow review series.mbox"
_VERBS = ("show", "apply", "check", "build", "boot", "drop", "list")
_WRITING = ("comment", "tag", "reply", "send")
_WAITING = ("waiting", "snooze")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="apply|check|build|boot|comment|tag|reply|send|drop|list|waiting|snooze|SERIES",
        help="what to do (default: show), and a mail file, `-`, a Message-ID, a lore URL, a list, or the name of a "
        "series that was taken in (default: the last one); comment: PATCH or PATCH:PLACE, as 2:net/x.c:120; tag: a tag "
        "and patches (default: all); snooze: MESSAGE-ID and a day, `answer`, `next`, `rc1`, `window` or `off`",
    )
    parser.add_argument("--series", default="", metavar="MESSAGE-ID",
                        help="which series, if there are several; comment, tag: its name, too")  # fmt: skip
    parser.add_argument("--revision", type=int, default=0, metavar="N", help="a revision other than the newest")
    parser.add_argument("--url", default="", metavar="URL", help="the archive to ask (default: lore)")
    parser.add_argument("--patchwork", action="store_true", help="ask Patchwork what its tests said")
    parser.add_argument("--dkim", action="store_true", help="ask the DNS for keys, and judge DKIM signatures")
    parser.add_argument("--in", dest="folder", default="", metavar="DIR", help="apply: where the work tree is made")
    parser.add_argument("--continue", dest="go_on", action="store_true", help="apply: go on, the conflict is resolved")
    parser.add_argument("--force", action="store_true", help="drop: even if there is work in the work tree")
    parser.add_argument(
        "--against", default="", metavar="DIR", help="build, boot: kernel headers or a full tree (only read)"
    )
    parser.add_argument("--per-patch", action="store_true", help="build: each patch by itself")
    boot_arguments(parser, "boot: ", tests=True)
    parser.add_argument("-m", "--message", default="", metavar="TEXT", help="comment: the remark (else your editor)")
    parser.add_argument("--take", action="append", default=[], metavar="ID",
                        help="comment: take this finding of `review check` as a remark")  # fmt: skip
    parser.add_argument("--edit", default="", metavar="ID", help="comment: a new text for this remark")
    parser.add_argument("--drop", action="append", default=[], metavar="ID",
                        help="comment, tag: drop this remark or tag")  # fmt: skip
    parser.add_argument("--repeat", action="store_true",
                        help="tag: those you gave to an earlier revision, for patches that did not change")  # fmt: skip
    parser.add_argument("--override", action="append", default=[], metavar="RULE=REASON",
                        help="send: let one rule of the lint through")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="send: do not ask, where the lint has no error")
    parser.add_argument("--again", action="append", default=[], metavar="MESSAGE-ID",
                        help="send: a mail of unknown fate once more")  # fmt: skip
    parser.add_argument("--arrived", action="append", default=[], metavar="MESSAGE-ID",
                        help="send: a mail of unknown fate did arrive")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="waiting: those that were put off, too")
    parser.add_argument("--unread", action="store_true", help="waiting: only those with a mail that was not read yet")
    parser.add_argument(
        "--since",
        default="60d",
        metavar="WHEN",
        help="waiting: with a mail since a date, or in the last 3d, 2w (default: 60d)",
    )


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where it does not apply, errors were found, or it does not build."""
    here = clone(args)
    first = args.words[0] if args.words else ""
    if first == "list":
        _asked(args)
        return _list(here, output)
    if first in _WAITING:
        from patchflow.cli import review_waiting

        return review_waiting.run_verb(here, first, args.words[1:], args, output)
    from patchflow.cli import review_write, reviewing  # with all that reads, applies and builds a series

    if first in _WRITING:
        return review_write.run_verb(here, first, args.words[1:], args, output)
    return reviewing.run_verb(here, *_asked(args), args, output)


def _asked(args: argparse.Namespace) -> tuple[str, str]:
    words = list(args.words)
    verb = words.pop(0) if words and words[0] in _VERBS else "show"
    if len(words) > 1:
        raise UsageError("review takes one series at a time.", f"For example: `{EXAMPLE}`.")
    if words and not words[0]:
        raise UsageError("The name of the series is empty.", f"For example: `{EXAMPLE}`.")
    return verb, words[0] if words else ""


def _list(here: Clone, output: Output) -> int:
    found = [as_it_stands(one) for one in reviews.every(here)]
    waits = {one.name: sum(not said.mail for said in read_written(here, one.name).both) for one in found}
    rows = [
        {"name": one.name, "title": one.title, "author": one.author, "revision": one.revision, "message_id": one.root,
         "worktree": one.folder, "state": one.phase, "to_send": waits[one.name]}
        for one in found
    ]  # fmt: skip
    lines = [
        f"{one.name}  v{one.revision}  {one.author}: {one.title}"
        + (f"  ({one.phase}: {one.folder})" if one.phase else "")
        + (f"  ({waits[one.name]} to send)" if waits[one.name] else "")
        for one in found
    ]
    output.data({"reviews": rows}, lines or ["Nothing is reviewed here."])
    return 0
