"""`patchflow trailers`: Reviewed-by and the like from replies, per patch, then into the commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.review.mail import threads_in
from patchflow.flow.series.trailer_choice import Offered, new_messages, spelt
from patchflow.flow.series.trailers import apply, remember, trailers_of_series
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.counted import many
from patchflow.formats.mail.collected_trailers import collect_trailers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from patchflow.flow.series.trailer_choice import TrailerPlan
    from patchflow.formats.mail.collected_trailers import Rejected

EXAMPLE = "patchflow trailers --apply"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--apply", action="store_true", help="write them into the commits' messages")
    parser.add_argument("--yes", action="store_true", help="with --apply: do not ask")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")
    choosing(parser)


def choosing(parser: argparse.ArgumentParser) -> None:
    """The arguments that choose among the trailers by their numbers."""
    for name, dest, words in (
        ("--only", "only", "take only the trailers with these numbers in `patchflow trailers`; remembered"),
        ("--not", "refused", "do not take those with these numbers; remembered"),
    ):
        parser.add_argument(name, dest=dest, type=int, nargs="+", action="extend", metavar="N", help=words)


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows what was given to which patch; applies it through a rewrite that `undo` takes back."""
    here = clone(args)
    chosen = args.only is not None or args.refused is not None
    try:
        series = here.store.load(with_diffs=False)
    except PatchflowError:
        if not args.mbox or args.apply:
            raise
        if chosen:
            raise UsageError("This branch is not a series, so there is nothing to choose for.") from None
        return _of_file(args.mbox, output)
    plan = trailers_of_series(here, series, args.mbox, output.note).chosen(args.only, args.refused or ())
    document = {
        "patches": [
            {"subject": patch.subject, "commit": patch.commit, "trailers": [one.row() for one in plan.of(patch.commit)]}
            for patch in series.patches
        ],
        "rejected": _rejected(plan.rejected),
    }
    lines: list[str] = []
    for patch in series.patches:
        lines += [patch.subject, *(one.line() for one in plan.of(patch.commit))]
    output.data(document, lines + refusals(plan.rejected))
    messages = new_messages(series, plan)
    if args.apply and messages:
        if not confirmed(_question(plan, len(messages)), "y", args.yes):
            output.note("Nothing was changed.")
            return 0
        apply(here, series, plan)
        output.note("Applied; `patchflow undo` takes it back.")
        return 0
    if chosen:
        remember(here, series, plan)
    if args.apply:
        output.note("Nothing new to apply.")
    return 0


def _question(plan: TrailerPlan, count: int) -> str:
    foreign = [one.given for one in plan.taken if one.given.mismatch]
    told = [f"{given.trailer} was sent by {spelt(given.sender)}." for given in foreign]
    return " ".join([*told, f"Rewrite {many(count, 'commit message')}? The files stay as they are."])


def refusals(rejected: Sequence[Rejected]) -> list[str]:
    """The lines that tell what was not taken, and why."""
    return [f"not taken: {one.trailer}: {one.why}" for one in rejected]


def _rejected(rejected: Sequence[Rejected]) -> list[dict[str, Any]]:
    return [{"trailer": str(one.trailer), "message": one.message, "why": one.why} for one in rejected]


def _of_file(where: str, output: Output) -> int:
    """What replies in a mail file gave to the patches in it: there is no series here to hold them against."""
    found = collect_trailers(threads_in(where, output.note), bots())
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    number = 0
    for patch in found.patches:
        offered = [Offered(number + at, "", patch.message_id, given) for at, given in enumerate(patch.given, 1)]
        number += len(offered)
        revision = f" v{patch.revision}" if patch.revision > 1 else ""
        lines += [f"{patch.title}{revision}", *(one.line() for one in offered)]
        rows.append({
            "subject": patch.title, "message_id": patch.message_id, "revision": patch.revision, "part": patch.part,
            "trailers": [one.row() for one in offered],
        })  # fmt: skip
    document = {"patches": rows, "rejected": _rejected(found.rejected)}
    output.data(document, [*lines, *refusals(found.rejected)] or ["No patch is in this file."])
    return 0
