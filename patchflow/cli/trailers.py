"""`patchflow trailers`: Reviewed-by and the like from replies, per patch, then into the commits."""

from __future__ import annotations

import argparse

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import PatchflowError

EXAMPLE = "patchflow trailers --apply"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--apply", action="store_true", help="write them into the commits' messages")
    parser.add_argument("--yes", action="store_true", help="with --apply: do not ask")
    parser.add_argument("--mbox", metavar="FILE", help="read this mbox, Maildir or - instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows what was given to which patch; applies it through a rewrite that `undo` takes back."""
    from patchflow.services.respin import new_messages
    from patchflow.wiring.mail import trailers_of_series

    here = clone(args)
    try:
        series = here.store.load()
    except PatchflowError:
        if not args.mbox or args.apply:
            raise
        return _of_file(args.mbox, output)
    plan = trailers_of_series(here, series, args.mbox, output.note)
    document = {
        "patches": [
            {
                "subject": patch.subject,
                "commit": patch.commit,
                "trailers": [str(t) for t in plan.patches.get(patch.commit, ())],
            }
            for patch in series.patches
        ],
        "rejected": [{"trailer": str(r.trailer), "message": r.message, "why": r.why} for r in plan.rejected],
    }
    lines: list[str] = []
    for patch in series.patches:
        lines.append(patch.subject)
        lines += [f"  + {trailer}" for trailer in plan.patches.get(patch.commit, ())]
    lines += [f"not taken: {r.trailer}: {r.why}" for r in plan.rejected]
    messages = new_messages(series, plan)
    output.data(document, lines)
    if not args.apply:
        return 0
    if not messages:
        output.note("Nothing new to apply.")
    elif confirmed(f"Rewrite {len(messages)} commit message(s)? The files stay as they are.", "y", args.yes):
        from patchflow.wiring.rewrite import reword

        reword(here, series, messages, f"trailers of {series.name}")
        output.note("Applied; `patchflow undo` takes it back.")
    else:
        output.note("Nothing was changed.")
    return 0


def _of_file(where: str, output: Output) -> int:
    """What replies in a mail file gave to the patches in it: there is no series here to hold them against."""
    from patchflow.formats.follow_up import collect_trailers
    from patchflow.wiring.mail import bots, threads_in

    found = collect_trailers(threads_in(where, output.note), bots())
    document = {
        "patches": [
            {"subject": p.title, "message_id": p.message_id, "revision": p.revision, "part": p.part,
             "trailers": [str(given.trailer) for given in p.given]} for p in found.patches
        ],
        "rejected": [{"trailer": str(r.trailer), "message": r.message, "why": r.why} for r in found.rejected],
    }  # fmt: skip
    lines: list[str] = []
    for patch in found.patches:
        revision = f" v{patch.revision}" if patch.revision > 1 else ""
        lines += [f"{patch.title}{revision}", *(f"  + {given.trailer}" for given in patch.given)]
    lines += [f"not taken: {r.trailer}: {r.why}" for r in found.rejected]
    output.data(document, lines or ["No patch is in this file."])
    return 0
