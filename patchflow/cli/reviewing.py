"""`patchflow review`: somebody else's series, taken out of mail, applied in a work tree of its own, and judged."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.files import exists
from patchflow.cli.boot_options import test_word, wish_of
from patchflow.cli.diagnostics import Output
from patchflow.errors import Exit, PatchflowError
from patchflow.flow.review.todo_view import comment_row
from patchflow.flow.reviewing import describe, judge, reviews, worktree
from patchflow.flow.reviewing.at_hand import with_at_hand
from patchflow.flow.reviewing.choose import SeveralError, choices_document, choices_lines
from patchflow.flow.reviewing.look import Look, Taken, look, take
from patchflow.flow.reviewing.mails import read_mails
from patchflow.flow.reviewing.patchwork import tests_of
from patchflow.flow.reviewing.results import results
from patchflow.flow.reviewing.standing import as_it_stands
from patchflow.flow.reviewing.written import read_written
from patchflow.flow.try_ import boot_verdict, tests_verdict
from patchflow.flow.try_.build_steps import Step, report_document, report_lines
from patchflow.formats.mail.named import named_message

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.clone import Clone


def run_verb(here: Clone, verb: str, word: str, args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where it does not apply, errors were found, or it does not build."""
    try:
        if verb == "drop":
            return _drop(here, reviews.find(here, word), args, output)
        if verb == "apply" and args.go_on:
            return _applied(worktree.go_on(here, reviews.find(here, word)), output)
        taken = _taken(here, verb, word, args, output)
        if verb == "apply":
            return _applied(worktree.apply(here, taken, args.folder), output)
        if verb == "show":
            return _show(here, taken, args, output)
        review = as_it_stands(reviews.keep(here, taken))
        if verb == "check":
            return _check(here, review, taken, output)
        return (_boot if verb == "boot" else _build)(here, review, taken, args, output)
    except SeveralError as error:
        output.data({"choices": choices_document(error.choices)}, choices_lines(error.choices))
        output.note(f"patchflow: {error.paragraph()}")
        return int(Exit.USAGE)


def _taken(here: Clone, verb: str, word: str, args: argparse.Namespace, output: Output) -> Taken:
    """The series that is named: by what it stands in, or as one that was taken in before. A Message-ID that is to be
    shown is looked up anew: there may be a newer revision."""
    path = word if word == "-" else str(Path(args.directory, word)) if word else ""
    if word and (word == "-" or exists(path)):
        return take(read_mails(here, path, output.note, series=args.series), args.series, args.revision)
    known = [] if verb == "show" and named_message(word)[0] else reviews.named(here, word)
    if known:
        mails = reviews.kept_mails(here, known[0])
        return take(mails, args.series or known[0].root, args.revision or known[0].revision)
    if not word:
        reviews.find(here)  # says that there is none
    try:
        mails = read_mails(here, word, output.note, args.url, args.series)
    except PatchflowError as error:
        if not (before := reviews.named(here, word)):
            raise
        output.note(f"{error.message} Here is what was taken in before.")
        return take(reviews.kept_mails(here, before[0]), before[0].root, args.revision or before[0].revision)
    return take(mails, args.series, args.revision)


def _drop(here: Clone, review: reviews.Review, args: argparse.Namespace, output: Output) -> int:
    folder = worktree.drop(here, review, args.force)
    output.data({"name": review.name, "worktree": str(folder or "")}, [])
    output.note(f"Removed {review.name}" + (f" and {folder}." if folder else "."))
    return 0


def _applied(made: worktree.Applied, output: Output) -> int:
    output.data({"series": _short(made.review), **worktree.applied_document(made)}, worktree.tell(made))
    return 0 if made.whole else 1


def _check(here: Clone, review: reviews.Review, taken: Taken, output: Output) -> int:
    judged = judge.check(here, review, taken)
    document = {
        "series": _short(review), "name": review.name, "worktree": review.folder, "profile": judged.facts.name,
        "findings": [judge.remark_row(one) for one in judged.remarks], "not_run": list(judged.report.not_run),
    }  # fmt: skip
    output.data(document, judge.remark_lines(judged))
    return 0 if judged.report.passes else 1


def _build(here: Clone, review: reviews.Review, taken: Taken, args: argparse.Namespace, output: Output) -> int:
    def told(step: Step, number: int, count: int) -> None:
        output.note(f"{number}/{count} {step.subject}: {step.verdict()}")

    report = judge.build_there(here, review, taken, args.against, args.per_patch, output.note, told)
    document = {"series": _short(review), "name": review.name, "worktree": review.folder, **report_document(report)}
    output.data(document, report_lines(report))
    return 0 if report.holds else 1


def _boot(here: Clone, review: reviews.Review, taken: Taken, args: argparse.Namespace, output: Output) -> int:
    wish = wish_of(args, tests=True)
    if (word := test_word(args)) is not None:
        tested = judge.test_there(here, review, taken, wish, word, output.note)
        row = {"series": _short(review), "name": review.name, **tests_verdict.report_document(tested)}
        output.data(row, tests_verdict.report_lines(tested))
        return 0 if tested.holds else 1
    report = judge.boot_there(here, review, taken, wish, output.note)
    document = {"series": _short(review), "name": review.name, **boot_verdict.report_document(report)}
    output.data(document, boot_verdict.report_lines(report))
    return 0 if report.holds else 1


def _show(here: Clone, taken: Taken, args: argparse.Namespace, output: Output) -> int:
    review = as_it_stands(reviews.keep(here, taken))
    taken = with_at_hand(here, taken)
    found = look(here, taken, tests_of(here, taken, output.note) if args.patchwork else (), args.dkim)
    document = _document(found, review)
    kept = results(here, review)
    document["findings"] = [row for one in kept.values() for row in one.get("check", {}).get("findings", [])]
    document["conflicts"] = [asdict(one) for one in worktree.conflicts_of(review)]
    for name, kind in (("booted", "boot"), ("tested", "test"), ("built", "build")):
        document[name] = [{"message_id": id, **one[kind]} for id, one in kept.items() if kind in one]
    document["to_send"] = sum(not said.mail for said in read_written(here, review.name).both)
    output.data(document, [*_lines(found, document), *_kept_lines(document)])
    for note in document["notes"]:
        output.note(note)
    return 0


def _document(found: Look, review: reviews.Review) -> dict[str, Any]:
    posting, info = found.taken.chosen.posting, found.taken.info
    given, repeat = dict(found.given), dict(found.repeat)
    patches = [
        describe.patch_row(
            one, given.get(one.message_id, ()), one.message_id in found.unchanged, repeat.get(one.message_id, "")
        )
        for one in found.taken.patches
    ]
    tags = [row["trailer"] for one in patches for row in one["given"] if not row["mismatch"]]
    return {
        "series": {
            "name": review.name, "title": posting.title, "author": str(posting.author), "revision": posting.revision,
            "message_id": posting.first.id, "tree": posting.tree, "rfc": posting.rfc, "change_id": posting.change_id,
            "parts": posting.parts, "missing": list(found.taken.chosen.missing),
            "filled": list(found.taken.chosen.filled),
            "trailers": list(dict.fromkeys(tags)),
            "base": {"named": info.commit, "commit": found.base.commit, "how": found.base.how, "fits": found.base.fits,
                     "files": found.base.files,
                     "prerequisites": [{"kind": kind, "id": name} for kind, name in info.prerequisites]},
        },
        "patches": patches,
        "revisions": [describe.revision_row(one) for one in found.taken.chosen.revisions],
        "changed": describe.changed_document(found.changed),
        "open": [comment_row(one) for one in found.open],
        "yours": [describe.remark_row(one) for one in found.yours],
        "reviewed": found.reviewed,
        "tests": describe.test_rows(found.tests),
        "attested": [{"message_id": id, **one.as_row()} for id, one in found.attested],
        "faults": list(found.taken.faults),
        "notes": list(found.notes),
        "worktree": review.folder, "state": review.phase,
        "applied": [{"message_id": step.message_id, "commit": step.commit} for step in review.steps if step.commit],
    }  # fmt: skip


def _short(review: reviews.Review) -> dict[str, Any]:
    """Which series it is, in each document."""
    return {
        "name": review.name,
        "title": review.title,
        "author": review.author,
        "revision": review.revision,
        "message_id": review.root,
    }


def _lines(found: Look, document: dict[str, Any]) -> list[str]:
    posting, base = found.taken.chosen.posting, found.base
    count = max(posting.parts, 1)
    revisions = ", ".join(
        f"v{row['revision']} {(row['date'] or 'undated')[:10]}" + ("" if row["complete"] else " (not whole)")
        for row in document["revisions"]
    )
    lines = [
        f"{posting.title}",
        f"v{posting.revision} by {posting.author}, {len(found.taken.patches)} of {count} patches, {posting.first.id}",
        f"base: {base.commit[:12] + ' (' + base.how + ')' if base.commit else base.how}",
    ]
    lines += [f"needs first: {kind} {name}" for kind, name in found.taken.info.prerequisites]
    lines.append(f"revisions: {revisions}")
    for row in document["patches"]:
        lines += describe.patch_lines(row, count)
    lines += describe.changed_lines(found.changed)
    lines += describe.comment_lines(found.open)
    lines += describe.remark_lines(found.yours)
    lines += describe.tests_lines(found.tests)
    lines += _attested_lines(found)
    lines += [f"cannot be applied: {fault}" for fault in found.taken.faults]
    return lines


def _kept_lines(document: dict[str, Any]) -> list[str]:
    """What the user made of it so far: where it is applied, what the checks and builds said, what is not sent yet."""
    lines = [f"{document['state']}: {document['worktree']}"] if document["state"] else []
    if built := document["built"]:
        fails = not all(row["builds"] for row in built)
        lines.append(
            f"built: {'fails' if fails else 'new messages' if any(row['new'] for row in built) else 'nothing new'}"
        )
    if count := document["to_send"]:
        lines.append(f"{count} to send: `patchflow review send`")
    return lines


def _attested_lines(found: Look) -> list[str]:
    """The signatures in short: how many of each outcome, and those that are not good by themselves."""
    counts: dict[str, int] = {}
    for _, one in found.attested:
        words = f"{one.kind} of {one.identity or '?'}: {one.result}" + (", not the sender's" if one.foreign else "")
        counts[words] = counts.get(words, 0) + 1
    return [f"signed: {words} ({count} of {len(found.taken.patches)})" for words, count in counts.items()]
