"""`patchflow send`: checks everything, shows everything, then drives git send-email."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.mail.outbox import Outbox
from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.send_pull import run_pull
from patchflow.cli.shared_options import recipients_arguments
from patchflow.cli.shown import clone
from patchflow.domain.recipient import Header
from patchflow.errors import Exit, PatchflowError, UsageError
from patchflow.flow.recipients.for_series import read_address
from patchflow.flow.send.answers import keep_answers
from patchflow.flow.send.aside import holds_preview, preview_to, reflect, write_mails
from patchflow.flow.send.numbers import keep_number, read_number
from patchflow.flow.send.part_again import send_part
from patchflow.flow.send.plan import Options, parse_overrides
from patchflow.flow.send.preview import page_lines
from patchflow.flow.send.run import need_finished, plan_send, resume, send_plan
from patchflow.formats.counted import many

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from patchflow.domain.address import Address
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.outbox import Outcome
    from patchflow.flow.send.plan import Plan

EXAMPLE = "patchflow send --dry-run"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="show everything, send nothing")
    how.add_argument("--reflect", action="store_true", help="send it to yourself only")
    how.add_argument("--preview-to", action="append", default=[], metavar="ADDRESS",
                     help="send it to a colleague only, each subject marked PREVIEW; may be repeated")  # fmt: skip
    parser.add_argument("--pull", default="", metavar="REMOTE",
                        help="a pull request in place of patches; others pull from this remote or URL")  # fmt: skip
    parser.add_argument("--tag", default="", metavar="NAME", help="with --pull: the signed tag, made if it is missing")
    parser.add_argument("--push", default="", metavar="REMOTE", help="with --pull: push the tag there, once you say so")
    how.add_argument("--to-outbox", metavar="DIR", help="write the mails into DIR instead of sending them")
    how.add_argument("--resume", action="store_true", help="go on with a send that was cut off")
    parser.add_argument("--rfc", action="store_true", help="mark it RFC")
    parser.add_argument("--answers", default="", metavar="MESSAGE-ID",
                        help="its first mail answers this one (or `none`); kept with the series")  # fmt: skip
    parser.add_argument("--resend", action="store_true",
                        help="a revision again, as it was sent: the last one, or that of --revision")  # fmt: skip
    parser.add_argument("--revision", default="", metavar="N",
                        help="the next version's number, kept with the series; or what --resend sends")  # fmt: skip
    parser.add_argument("--patch", action="append", default=[], type=int, metavar="N",
                        help="with --resend: only this patch; may be repeated")  # fmt: skip
    parser.add_argument("--again", action="append", default=[], metavar="MESSAGE-ID",
                        help="with --resume: send a message of unknown fate once more (or `all`)")  # fmt: skip
    parser.add_argument("--arrived", action="append", default=[], metavar="MESSAGE-ID",
                        help="with --resume: a message of unknown fate did arrive (or `all`)")  # fmt: skip
    recipients_arguments(parser)
    parser.add_argument("--sign", default="", metavar="HOW",
                        help="sign it with patatt: yes, no, or a section of its keys")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="do not ask, where the checks pass")
    parser.add_argument("--override", action="append", default=[], metavar="RULE=REASON",
                        help="let one rule or gate through; the reason is kept with the revision")  # fmt: skip


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where something holds it back, 4 where the mail server does."""
    here = clone(args)
    if (args.again or args.arrived) and not (args.resume or args.reflect or args.preview_to or args.pull or args.patch):
        raise UsageError("--again and --arrived go with --resume (or --reflect, --preview-to, --pull, --patch).")
    if args.patch and not args.resend:
        raise UsageError("--patch goes with --resend: a new version is sent whole.")
    if args.resume:
        return _resume(here, args, output)
    series = here.store.load()
    if args.pull:
        if args.preview_to or args.reflect or args.to_outbox or args.resend:
            raise UsageError("--pull goes with --tag, --push, --dry-run, --again, --arrived and --yes only.")
        return run_pull(here, series, args, output)
    people = [read_address(one) for one in args.preview_to]
    if not (args.dry_run or args.to_outbox or args.reflect or people):
        need_finished(here, series)
    number = read_number(args.revision)
    if number and not args.resend:
        series = keep_number(here, series, number, dry=args.dry_run)
    if args.answers:
        series = keep_answers(here, series, args.answers, _number(series, number, args.resend), dry=args.dry_run)
    options = Options(args.rfc, args.resend, parse_overrides(args.override), args.recipients, args.sign, number,
                      tuple(args.patch))  # fmt: skip
    plan = plan_send(here, series, options)
    if args.to_outbox:
        _refuse_lossy(plan)
        return _to_outbox(plan, Path(args.to_outbox), output)
    if not output.json:
        _show(plan, output)
    if held := holds_preview(plan) if people else plan.blocking():
        if output.json:
            output.data(_document(plan, "pending"))
        listed = "What stands in the way is listed above."
        if people:
            listed = f"What holds a preview back: {', '.join(gate.id for gate in held)}."
        output.note(f"Not sent. {listed}" if not output.json else "Not sent.")
        return int(Exit.DOES_NOT_HOLD)
    if people:
        return _preview(here, plan, people, args, output)
    if args.reflect:
        return _reflect(here, plan, args, output)
    count = len(plan.outgoing)
    if args.dry_run or not confirmed(f"Send v{plan.revision}, {many(count, 'message')}, as shown?", "s", args.yes):
        if output.json:
            output.data(_document(plan, "pending"))
        output.note("Nothing was sent" + (" (dry run)." if args.dry_run else "; `--yes` sends without asking."))
        return 0
    if args.patch:
        outcome = send_part(here, plan, args.again, args.arrived, _progress(_subjects(plan), output))
        return _told(outcome, " ".join(["--resend", *(f"--patch {part}" for part in args.patch)]), output)
    return _send(here, plan, output)


def _number(series: Series, number: int, resend: bool) -> int:
    """The number that the send bears."""
    return number or (series.last.number if resend and series.last else series.next_revision)


def _show(plan: Plan, output: Output) -> None:
    output.data(None, page_lines(plan))


def _document(plan: Plan, state: str) -> dict[str, Any]:
    messages = [
        {
            "message_id": one.message_id,
            "subject": one.mail.subject,
            "to": [str(a) for a in one.addresses(Header.TO)],
            "cc": [str(a) for a in one.addresses(Header.CC)],
            "state": state,
        }
        for one in plan.outgoing
    ]
    gates = [{"id": g.id, "text": g.text, "go_on": g.go_on, "blocks": g.blocks} for g in plan.gates]
    return {
        "revision": plan.revision,
        "messages": messages,
        "from": plan.sender,
        "server": plan.server,
        "identity": plan.identity.word or None,
        "bcc": list(plan.bcc),
        "answers": plan.answers.id if plan.answers else None,
        "signed": plan.signed,
        "endpoint": plan.endpoint,
        "appears": list(plan.appears),
        "gates": gates,
    }


def _refuse_lossy(plan: Plan) -> None:
    """Mails that do not carry the commits are no use to anyone, wherever they are written."""
    lost = [gate.text for gate in plan.blocking() if gate.id in ("mail-arrives", "message-arrives")]
    if lost:
        raise PatchflowError(f"The mails would not carry the commits: {'; '.join(lost)}.", "Nothing was written.")


def _to_outbox(plan: Plan, folder: Path, output: Output) -> int:
    document = _document(plan, "pending")
    document["files"] = write_mails(plan, folder)
    output.note(f"{many(len(plan.outgoing), 'mail')} in {folder}. Nothing was sent or recorded.")
    output.data(document, [str(folder / one.mail.name) for one in plan.outgoing])
    return 0


def _reflect(here: Clone, plan: Plan, args: argparse.Namespace, output: Output) -> int:
    if not confirmed(f"Send {many(len(plan.outgoing), 'message')} to yourself only?", "s", args.yes):
        output.note("Nothing was sent.")
        return 0
    return _told(reflect(here, plan, args.again, args.arrived), "--reflect", output)


def _preview(here: Clone, plan: Plan, people: Sequence[Address], args: argparse.Namespace, output: Output) -> int:
    who = ", ".join(map(str, people))
    if not confirmed(f"Send {many(len(plan.outgoing), 'message')}, marked PREVIEW, to {who} only?", "s", args.yes):
        output.note("Nothing was sent.")
        return 0
    outcome = preview_to(here, plan, people, args.again, args.arrived)
    return _told(outcome, " ".join(f"--preview-to {one.email}" for one in people), output)


def _send(here: Clone, plan: Plan, output: Output) -> int:
    return _told(send_plan(here, plan, _progress(_subjects(plan), output)), "", output)


def _subjects(plan: Plan) -> dict[str, str]:
    return {one.message_id: one.mail.subject for one in plan.outgoing}


def _resume(here: Clone, args: argparse.Namespace, output: Output) -> int:
    series = here.store.load(with_diffs=False)
    outbox = Outbox.find(here.outbox, series.change_id)
    subjects = {one.message_id: one.subject for one in outbox.read()} if outbox else {}
    progress = _progress(subjects, output)
    return _told(resume(here, series.change_id, args.again, args.arrived, progress), "", output)


def _progress(subjects: dict[str, str], output: Output) -> Callable[[str, str, str], None]:
    def heard(message_id: str, state: str, detail: str) -> None:
        if state != "started":
            subject = subjects.get(message_id, f"<{message_id}>")
            output.note(f"{state}: {subject}{f' ({detail})' if detail and state != 'sent' else ''}")

    return heard


def _told(outcome: Outcome, where: str, output: Output) -> int:
    """Prints what became of a send, and the one next step; `where` is the option of one that went aside."""
    rows = [
        {"message_id": q.message_id, "subject": q.subject, "to": list(q.to), "cc": list(q.cc), "state": state,
         "detail": detail} for q, state, detail in outcome.messages
    ]  # fmt: skip
    lines = [f"{row['state']:8} {row['subject']}" for row in rows]
    document: dict[str, Any] = {"revision": outcome.revision, "messages": rows, "bcc": list(outcome.bcc)}
    if outcome.link:
        document["link"] = outcome.link
        lines.append(f"v{outcome.revision} is out: {outcome.link}")
    output.data(document, lines)
    for line in outcome.questions:
        output.note(line)
    if outcome.waiting:
        how = f"send {where or '--resume'}"
        output.note(f"Not all messages have left. `patchflow {how}` goes on with the same Message-IDs.")
    return int(Exit.OUTSIDE) if outcome.waiting or outcome.questions else 0
