"""`patchflow patch`: the patches of a series split, squashed, moved, reworded, and put on a new base."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from patchflow.adapters.files import read_named
from patchflow.cli.asking import at_terminal, confirmed
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import ConflictError, UsageError
from patchflow.flow.editor import edit_text
from patchflow.flow.series import conflicts, rewrite
from patchflow.flow.series.parts import chosen_parts, numbered_hunks
from patchflow.flow.series.rebase import fates, rebase, rebased
from patchflow.flow.series.squashed import both, target_of
from patchflow.formats.counted import many
from patchflow.formats.mail.charset import utf8
from patchflow.formats.patch.part import part_of
from patchflow.named_tuple import NamedTuple

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.patch import Patch
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow patch fixup 3"
_Made = TypeVar("_Made")


class _Step(NamedTuple):
    """What is about to be done: the lines that show it, the question, and what does it (None: only to be shown)."""

    lines: list[str]
    question: str
    make: Callable[[], None] | None


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", choices=tuple(_STEPS), help="split it in two; fixup: into the one before (or the one "
                        "that its `fixup!` names), whose message stays; squash: with a message of both; move, drop or "
                        "reword it; amend: what is staged, else all that is uncommitted, into it; rebase: the series "
                        "on a new base")  # fmt: skip
    parser.add_argument("name", metavar="PATCH|BASE", help="the patch, by number or commit; for rebase the new base")
    parser.add_argument("--to", type=int, default=0, metavar="N", help="with move: its new number")
    parser.add_argument("--files", nargs="+", action="extend", default=[], metavar="PATH",
                        help="with split: these files go into the first patch")  # fmt: skip
    parser.add_argument("--hunks", type=int, nargs="+", action="extend", default=[], metavar="N",
                        help="with split: these hunks, as `split PATCH` numbers them")  # fmt: skip
    parser.add_argument("--lines", nargs="+", action="extend", default=[], metavar="PATH:FIRST-LAST",
                        help="with split: these lines of a file, as it is after the patch")  # fmt: skip
    parser.add_argument("--message", metavar="FILE", help="the message from a file, or - for standard input, instead "
                        "of the editor; with split that of the first patch")  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only show what would be done")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows what becomes of the patches, asks, and does it as one step that `undo` takes back."""
    here = clone(args)
    series = here.store.load()
    step = _resolving(here, lambda: _STEPS[args.what](here, series, args))
    if step.make is None or args.dry_run:
        output.data(_document(args.what, series, False, step.lines), step.lines)
        return 0
    make = step.make
    for line in step.lines:
        output.note(line)
    if not confirmed(step.question, "y", args.yes):
        output.note(f"Nothing was changed.{'' if at_terminal() else ' `--yes` says yes where nobody can be asked.'}")
        output.data(_document(args.what, series, False, step.lines), [])
        return 0
    _resolving(here, make)
    series = here.store.load(series.branch)
    output.note("Done; `patchflow undo` takes it back.")
    count = len(series.patches)
    lines = [f"{n}/{count} {patch.commit[:12]} {patch.subject}" for n, patch in enumerate(series.patches, 1)]
    output.data(_document(args.what, series, True, step.lines), lines)
    return 0


def _document(what: str, series: Series, changed: bool, lines: list[str]) -> dict[str, object]:
    rows = [{"number": n, "commit": patch.commit, "subject": patch.subject}
            for n, patch in enumerate(series.patches, 1)]  # fmt: skip
    return {"what": what, "name": series.name, "changed": changed, "preview": lines, "patches": rows}


def _resolving(here: Clone, call: Callable[[], _Made]) -> _Made:
    """What a change returns; on a terminal the files that do not merge are opened in the editor, one by one."""
    while True:
        try:
            return call()
        except ConflictError as error:
            question = f"{error.message} Open {many(len(error.left), 'file')} in the editor to resolve?"
            if not at_terminal() or not confirmed(question, "e"):
                raise
            for one in error.left:
                if not conflicts.edit(here, one):
                    raise


def _patch(series: Series, word: str) -> Patch:
    """A patch by its number, or by how its commit begins."""
    count = len(series.patches)
    if word.isdecimal() and len(word) < 7:
        if not 1 <= int(word) <= count:
            raise UsageError(f"{series.name} has {many(count, 'patch')}, and none is number {word}.")
        return series.patches[int(word) - 1]
    found = [one for one in series.patches if one.commit.startswith(word.lower())]
    if len(found) != 1:
        raise UsageError(f"{word!r} is not a patch of {series.name}.", "Name one by its number: `patchflow status`.")
    return found[0]


def _message(here: Clone, args: argparse.Namespace, usual: str) -> str:
    """The message that the user gives: from a file, else from the editor."""
    if args.message:
        content = sys.stdin.buffer.read() if args.message == "-" else read_named(args.message)
        return utf8(content, args.message)
    if args.dry_run:
        return usual
    if not at_terminal():
        raise UsageError("This needs a message.", "`--message FILE` gives one where no editor can be opened.")
    return edit_text(here, "message", usual)


# The steps


def _split(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    patch = _patch(series, args.name)
    files = rewrite.parts_of(here, patch.commit)
    if not (args.files or args.hunks or args.lines):
        lines = [patch.subject]
        for one in numbered_hunks(files):
            lines += [one.words, *(f"       {line}" for line in one.hunk.lines)]
        lines += [f"     {file.path}  (no lines; --files names it)" for file in files if not file.hunks]
        return _Step([*lines, "Name what goes into the first patch: --hunks, --lines or --files."], "", None)
    parts = chosen_parts(files, args.files, args.hunks, args.lines)
    shown = "".join(part_of(file, parts.lines[file.path]) for file in files if file.path in parts.lines)
    text = _message(here, args, patch.message)
    subject = text.strip().partition("\n")[0]
    lines = [f"first: {subject}", *shown.splitlines(), *(f"whole: {path}" for path in parts.whole),
             f"then, with the rest: {patch.subject}"]  # fmt: skip
    return _Step(lines, f"Split {patch.subject!r} in two?",
                 lambda: rewrite.split(here, series, patch.commit, parts.lines, parts.whole, text))  # fmt: skip


def _squash(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    patch = _patch(series, args.name)
    if (into := target_of(series.patches, patch.commit)) is None:
        raise UsageError("No patch before it is the one that it could be squashed into.", "Move it first.")
    text = _message(here, args, both(into, patch)) if args.what == "squash" else ""
    lines = [f"this patch: {patch.subject}", f"goes into:  {into.subject}"]
    if text:
        lines += ["with the message:", *(f"    {line}".rstrip() for line in text.rstrip().split("\n"))]
    return _Step(lines, f"Make one patch of {'both' if text else 'the two'}?",
                 lambda: rewrite.squash(here, series, patch.commit, text))  # fmt: skip


def _move(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    patch, count = _patch(series, args.name), len(series.patches)
    if not 1 <= args.to <= count:
        raise UsageError(f"`--to` wants a number from 1 to {count}.", "For example: `patchflow patch move 3 --to 1`.")
    order = [one for one in series.patches if one is not patch]
    order.insert(args.to - 1, patch)
    lines = [f"{n}/{count} {one.subject}" for n, one in enumerate(order, 1)]
    return _Step(lines, "Put the patches in this order?",
                 lambda: rewrite.reorder(here, series, [one.commit for one in order]))  # fmt: skip


def _drop(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    patch = _patch(series, args.name)
    lines = [patch.subject, *(f"    {file.path}" for file in patch.files)]
    return _Step(lines, "Drop this patch from the series?", lambda: rewrite.drop(here, series, patch.commit))


def _reword(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    patch = _patch(series, args.name)
    text = _message(here, args, patch.message).rstrip("\n") + "\n"
    rewrite.need_message(text)
    rows = list(difflib.unified_diff(patch.message.split("\n"), text.split("\n"), lineterm="", n=2))[2:]
    if not rows:
        return _Step(["The message is as it was."], "", None)
    return _Step([patch.subject, *rows], "Reword this patch?",
                 lambda: rewrite.reword(here, series, {patch.commit: text}))  # fmt: skip


def _amend(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    patch = _patch(series, args.name)
    text, staged = rewrite.uncommitted(here)
    if not text:
        return _Step(["Nothing is uncommitted."], "", None)
    lines = [f"{'what is staged' if staged else 'everything uncommitted'} goes into: {patch.subject}"]
    return _Step([*lines, *text.splitlines()], "Amend this patch?",
                 lambda: rewrite.amend(here, series, patch.commit, staged))  # fmt: skip


def _rebase(here: Clone, series: Series, args: argparse.Namespace) -> _Step:
    made = rebased(here, series, args.name)
    lines = [f"from {series.base_ref} ({series.base[:12]})",
             f"to   {made.ref} ({made.base[:12]}), {many(made.ahead, 'commit')} on"]  # fmt: skip
    lines += [f"  {patch.subject}: {words}" for patch, words in fates(series, made)]
    return _Step(lines, f"Put {series.name} on {made.ref}?", lambda: rebase(here, series, made))


_STEPS: dict[str, Callable[[Clone, Series, argparse.Namespace], _Step]] = {
    "split": _split, "fixup": _squash, "squash": _squash, "move": _move, "drop": _drop, "reword": _reword,
    "amend": _amend, "rebase": _rebase,
}  # fmt: skip
