"""`patchflow reply`: a draft that quotes just what it answers, linted, and sent the same way as patches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit, UsageError
from patchflow.flow.check.judge import finding_json
from patchflow.flow.review import reply
from patchflow.flow.review.reply import unknown_of
from patchflow.flow.send.plan import parse_overrides

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.finding import Finding
    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow reply 3f2a91 --edit"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "id", nargs="*", metavar="ID", help="comments or a Message-ID; several of one mail become one reply"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--edit", action="store_true", help="write it in your editor; it is kept as a draft")
    how.add_argument(
        "--in", dest="program", choices=("mutt", "neomutt", "aerc"), help="write it there, and send it from there"
    )
    how.add_argument("--send", action="store_true", help="lint it, show it, then git send-email")
    how.add_argument("--check", metavar="FILE", help="lint a draft of your own")
    how.add_argument("--list", action="store_true", help="the drafts there are")
    parser.add_argument("--thanks", action="store_true", help="draft a reply that thanks the sender of this mail")
    how.add_argument("--nudge", action="store_true", help="draft a polite ping for the current series")
    parser.add_argument("--drop", action="append", default=[], metavar="ADDRESS",
                        help="leave somebody out, now and for the rest of this series")  # fmt: skip
    parser.add_argument("--correct", action="append", default=[], metavar="OLD=NEW",
                        help="replace a wrong address, now and for the rest of this series")  # fmt: skip
    parser.add_argument("--override", action="append", default=[], metavar="RULE=REASON",
                        help="with --send: let one rule of the lint through")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="with --send: do not ask, where the lint has no error")
    parser.add_argument("--again", action="append", default=[], metavar="MESSAGE-ID",
                        help="with --send: a reply of unknown fate once more")  # fmt: skip
    parser.add_argument("--arrived", action="append", default=[], metavar="MESSAGE-ID",
                        help="with --send: a reply of unknown fate did arrive")  # fmt: skip
    parser.add_argument("--mbox", metavar="FILE", help="find the mail in this mbox instead of the mail taken in")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where the lint finds errors."""
    here = clone(args)
    if args.check:
        findings = reply.lint(here, reply.Kept(Path(args.check), reply.read_draft(Path(args.check)), None))
        return _shown("", findings, output)
    if args.list:
        drafts = reply.drafts(here)
        output.data([{"draft": str(one.path), "subject": one.subject, "to": one.to, "comments": one.comments}
                     for one in drafts],
                    [f"{one.path.stem}  {one.words()}{_fate(here, one.path)}" for one in drafts]
                    or ["No drafts."])  # fmt: skip
        return 0
    if args.nudge:
        draft = reply.nudge(here)
    elif args.id:
        draft = reply.draft_for(here, args.id, args.mbox, output.note, args.thanks)
    else:
        raise UsageError("Which comment?", "`patchflow todo` shows their ids.")
    if args.edit:
        reply.edit(here, draft)
    if args.program:
        sent = reply.open_in(draft, args.program)
        answered = " ".join(f"--answered {one}" for one in draft.comments) or "--answered ID"
        then = f"If it was sent: `patchflow todo {answered}`." if sent else f"{args.program} sent nothing."
        output.note(f"What {args.program} left of it is in {draft.path}. {then}")
        if args.program == "aerc":
            return 0
    if args.drop or args.correct:
        reply.change_people(here, draft, args.drop, args.correct)
    findings = reply.lint(here, draft)
    if not args.send:
        return _shown(str(draft.path), findings, output, draft.text())
    overrides = dict(parse_overrides(args.override))
    errors = [finding for finding in findings if finding.severity == "error" and finding.rule not in overrides]
    if errors:
        output.note(
            "Not sent: the draft has errors. `patchflow reply ID --edit` opens it again, `--drop ADDRESS` leaves "
            "somebody out for this series, `--override RULE=REASON` lets one through."
        )
        return _shown(str(draft.path), errors, output)
    output.note(draft.text())
    for rule, reason in overrides.items():
        output.note(f"override {rule}: {reason}")
    bcc = reply.added_by_keys(here, draft)
    if bcc:
        output.note(f"Bcc: {', '.join(bcc)} (by your own sendemail.* configuration)")
    asks = not args.arrived and (args.again or not reply.unknown_of(here, draft.path))
    if asks and not confirmed("Send this reply?", "s", args.yes):
        output.note(f"Nothing was sent; the draft is in {draft.path}.")
        return 0
    fate = reply.send(here, draft, args.again, args.arrived, bcc)
    output.data({"draft": str(draft.path), "message_id": fate.message_id, "state": fate.state, "findings": []},
                [fate.line(draft.draft.header("Subject"))])  # fmt: skip
    what = " ".join(args.id) if args.id else "--nudge"
    for line in reply.unknown_of(here, draft.path, f"patchflow reply {what} --send"):
        output.note(line)
    return 0 if fate.state == "sent" else int(Exit.OUTSIDE)


def _fate(here: Clone, path: Path) -> str:
    return "  (its fate is not known: `patchflow reply ID --send` says what to do)" if unknown_of(here, path) else ""


def _shown(path: str, findings: list[Finding], output: Output, text: str = "") -> int:
    lines = [*([text] if text else []), *(finding.as_line() for finding in findings)]
    output.data({"draft": path, "findings": [finding_json(f) for f in findings]}, lines or ["nothing to object to"])
    return int(Exit.DOES_NOT_HOLD) if any(f.severity == "error" for f in findings) else 0
