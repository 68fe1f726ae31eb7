"""`patchflow review comment`, `tag`, `reply` and `send`: a review is written, shown as its mails, and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchflow.cli.asking import confirmed
from patchflow.cli.diagnostics import Output
from patchflow.domain.review_draft import TAGS, OwnRemark
from patchflow.errors import Exit, UsageError
from patchflow.flow.check.judge import finding_json
from patchflow.flow.review import reply
from patchflow.flow.reviewing import answers, writing
from patchflow.flow.reviewing.describe import written_lines
from patchflow.flow.reviewing.written import drop_written, find_written, read_written
from patchflow.flow.send.plan import parse_overrides

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.finding import Finding
    from patchflow.flow.clone import Clone
    from patchflow.flow.reviewing.look import Taken
    from patchflow.flow.reviewing.reviews import Review


def run_verb(here: Clone, verb: str, words: list[str], args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where the lint finds errors."""
    if verb in ("reply", "send"):
        if len(words) > 1:
            raise UsageError(f"review {verb} takes one series at a time.", f"For example: `patchflow review {verb}`.")
        review, taken = writing.taken_again(here, words[0] if words else args.series)
        mails = answers.answers(here, review, taken)
        return _send(here, review, mails, args, output) if verb == "send" else _shown(here, review, mails, output)
    review, taken = writing.taken_again(here, args.series)
    if verb == "tag":
        _tag(here, review, taken, words, args)
    else:
        _comment(here, review, taken, words, args)
    rows = writing.written_rows(here, review, taken)
    output.data({"name": review.name, "message_id": review.root, **rows}, written_lines(review.name, rows))
    return 0


def _tag(here: Clone, review: Review, taken: Taken, words: list[str], args: argparse.Namespace) -> None:
    for id in args.drop:
        drop_written(here, review.name, id)
    if args.repeat:
        writing.repeat_tags(here, review, taken)
    elif words:
        writing.add_tags(here, review, taken, words[0], words[1:])
    elif not args.drop:
        raise UsageError("Which tag?", f"Name one of {', '.join(TAGS)}: `patchflow review tag {TAGS[0]} 2`.")


def _comment(here: Clone, review: Review, taken: Taken, words: list[str], args: argparse.Namespace) -> None:
    """Writes, takes, changes or drops remarks; none of it lists them only."""
    if len(words) > 1:
        raise UsageError(
            "review comment is about one place at a time.", 'For example: `review comment 2:FILE:120 -m "Why?"`.'
        )
    for id in args.drop:
        drop_written(here, review.name, id)
    for id in args.take:
        writing.take_finding(here, review, taken, id)
    if args.edit:
        old = find_written(read_written(here, review.name), args.edit)
        text = args.message
        if not text and isinstance(old, OwnRemark):
            message = writing.mail_named(taken, old.patch)
            text = writing.edited(here, message, old.first, old.last, old.text)
        writing.rewrite(here, review, args.edit, text)
    if words:
        message, first, last = writing.lines_named(taken, words[0])
        text = args.message or writing.edited(here, message, first, last)
        writing.add_at(here, review, message, first, last, text)


def _shown(here: Clone, review: Review, mails: list[answers.Answer], output: Output) -> int:
    """The finished mails, whole."""
    found = [reply.lint(here, one) for one in mails]
    rows = [_row(one, findings) for one, findings in zip(mails, found, strict=True)]
    lines = [line for one, findings in zip(mails, found, strict=True) for line in _lines(one, findings)]
    output.data({"name": review.name, "mails": rows}, lines)
    return int(Exit.DOES_NOT_HOLD) if _errors(found, {}) else 0


def _row(one: answers.Answer, findings: list[Finding]) -> dict[str, Any]:
    return {
        "answers": one.parent.id if one.parent else "", "part": one.part, "subject": one.draft.header("Subject"),
        "text": one.text(), "findings": [finding_json(finding) for finding in findings],
    }  # fmt: skip


def _lines(one: answers.Answer, findings: list[Finding]) -> list[str]:
    return [*one.text().rstrip("\n").split("\n"), "", *(finding.as_line() for finding in findings)]


def _errors(found: list[list[Finding]], overrides: dict[str, str]) -> list[Finding]:
    return [one for findings in found for one in findings if one.severity == "error" and one.rule not in overrides]


def _send(here: Clone, review: Review, mails: list[answers.Answer], args: argparse.Namespace, output: Output) -> int:
    overrides = dict(parse_overrides(args.override))
    found = [reply.lint(here, one) for one in mails]
    if _errors(found, overrides):
        output.note(
            "Not sent: a mail has errors. `patchflow review comment --edit ID` changes a remark, "
            "`--override RULE=REASON` lets a rule through."
        )
        return _shown(here, review, mails, output)
    done = answers.send(here, answers.settled(mails, args.arrived), arrived=True)
    again = answers.settled(mails, args.again)
    left = [one for one in mails if one not in [mail for mail, _ in done]]
    if open_ones := [one for one in left if one.unknown and one not in again]:
        done += answers.send(here, open_ones[:1])  # what it is asked about is told below, and nothing leaves before
    elif left:
        output.note("\n".join(line for one in left for line in _lines(one, reply.lint(here, one))))
        for rule, reason in overrides.items():
            output.note(f"override {rule}: {reason}")
        bcc = [reply.added_by_keys(here, one) for one in left]
        if added := sorted({address for one in bcc for address in one}):
            output.note(f"Bcc: {', '.join(added)} (by your own sendemail.* configuration)")
        what = f"these {len(left)} mails" if len(left) > 1 else "this mail"
        if confirmed(f"Send {what}?", "s", args.yes):
            done += answers.send(here, left, bcc, again=True)
        else:
            output.note("Nothing was sent; the remarks are kept.")
    return _told(review, mails, done, output)


def _told(
    review: Review, mails: list[answers.Answer], done: list[tuple[answers.Answer, reply.Sent]], output: Output
) -> int:
    """What became of the mails; exit 4 where one was begun and did not leave."""
    rows = [
        {**_row(one, []), "message_id": fate.message_id, "state": fate.state, "detail": fate.detail}
        for one, fate in done
    ]
    output.data({"name": review.name, "mails": rows},
                [fate.line(one.draft.header("Subject")) for one, fate in done])  # fmt: skip
    for one in mails:
        for line in reply.unknown_of(one.here, one.path, f"patchflow review send {review.name}"):
            output.note(line)
    return 0 if all(fate.state == "sent" for _, fate in done) else int(Exit.OUTSIDE)
