"""`patchflow check`: what maintainers and bots would object to, before it leaves."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.adapters.git.commit_range import read_range
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.domain.patch import Patch
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.check.results import remember_check
from patchflow.flow.check.run import check_current, check_loose, staged_patch
from patchflow.formats.patch.message_file import clean_message, keeps_comments
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.sarif import sarif_document

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.profile import Profile
    from patchflow.flow.check.judge import Report
    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow check HEAD~2..HEAD"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "what",
        nargs="*",
        metavar="RANGE|FILE",
        help="commits or patch files, `-` for standard input (default: the series)",
    )
    parser.add_argument("--staged", action="store_true", help="what `git commit` would commit")
    parser.add_argument("--message", metavar="FILE", help="only a commit message")
    parser.add_argument("--rule", default="", metavar="ID", help="only this rule (or checkpatch)")
    parser.add_argument("--fix", action="store_true", help="show safe fixes of commit messages, then apply them")
    parser.add_argument("--yes", action="store_true", help="with --fix: apply without asking")
    parser.add_argument("--profile", default="", metavar="P", help="the subsystem's profile")
    parser.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where there are errors, 3 where the one rule that was asked for could not run."""
    here = clone(args)
    if args.staged or args.message or args.what:
        facts, report = _check_words(args, here)
    else:
        series = here.store.load()
        facts = here.profile_of(replace(series, profile=args.profile or series.profile))
        report = check_current(here, series, facts, only=args.rule)
        if not args.rule:
            remember_check(here, series, facts, report.count_errors())
        if args.fix:
            from patchflow.cli.fixing import offer

            if offer(here, series, facts, args.rule, output, args.yes):
                series = here.store.load()
                report = check_current(here, series, facts, only=args.rule)
    _show(report, facts, output, args.sarif)
    if not report.passes:
        return 1
    return 3 if args.rule and report.not_run else 0


def _check_words(args: argparse.Namespace, here: Clone) -> tuple[Profile, Report]:
    """Checks what is named on the command line, by the profile that is named or the one of its files."""
    if args.message:
        message = _message_patch(Path(args.message), here)
        facts = here.profile_here(args.profile)
        report = check_loose(here, facts, [message], only=args.rule, script=False, series=False)
        return facts, replace(report, only=report.only or "the message")  # of the bots nothing can be said yet
    if args.staged:
        return _check_staged(args, here)
    files = [word for word in args.what if word == "-" or Path(word).is_file()]
    if files and len(files) != len(args.what):
        missing = next(word for word in args.what if word not in files)
        raise UsageError(f"{missing!r} is not a file; name patch files or commits, not both.")
    if files:
        return _check_files(args, here, files)
    ranges = [read_range(here.repository, word) for word in args.what]
    patches = [patch for one in ranges for patch in one.patches(here.repository)]
    between = (ranges[0].base, ranges[0].tip) if len(ranges) == 1 and ranges[0].base else None
    facts = here.profile_of_patches(patches, args.profile)
    return facts, check_loose(here, facts, patches, only=args.rule, between=between)


def _check_staged(args: argparse.Namespace, here: Clone) -> tuple[Profile, Report]:
    patch = staged_patch(here)
    if patch is None:
        raise PatchflowError("Nothing is staged.", "`git add` something first.")
    facts = here.profile_of_patches([patch], args.profile)
    return facts, check_loose(here, facts, [patch], only=args.rule, series=False, kinds=("patch",), bare=True)


def _check_files(args: argparse.Namespace, here: Clone, files: list[str]) -> tuple[Profile, Report]:
    from patchflow.flow.patch_files import read_patch_files

    mails = read_patch_files(files, sys.stdin.buffer.read() if "-" in files else b"")
    bracket = parse_subject(mails.patches[0].subject_line).tree
    facts = here.profile_of_patches(mails.patches, args.profile or here.subsystems.named_by(bracket))
    return facts, check_loose(here, facts, mails.patches, only=args.rule, mails=mails)


def _message_patch(path: Path, here: Clone) -> Patch:
    raw = read_named(path)
    ask = here.repository.config
    comment = ask("core.commentstring") or ask("core.commentchar") or "#"
    text = clean_message(raw, comment, keeps_comments(ask("commit.cleanup") or "", edited=True))
    me = here.repository.identity()
    return Patch(commit="", message=text, author=me, date=None, diff="", files=(), committer=me, where=str(path))


def _show(report: Report, facts: Profile, output: Output, sarif: bool) -> None:
    if sarif:
        Output(json=True).data(sarif_document(report.all()))
        return
    lines: list[str] = []
    for number, patch in enumerate(report.patches, start=1):
        lines.append(f"{number}/{len(report.patches)} {patch.commit[:12]} {patch.subject}".replace("  ", " "))
        lines += [f"  {finding.as_line()}" for finding in patch.findings]
    if report.series:
        lines.append("series")
        lines += [f"  {finding.as_line()}" for finding in report.series]
    lines += [f"not run: {text}" for text in report.not_run]
    reads = f"; see {facts.document}" if facts.document else ""
    also = f"; files of {', '.join(facts.also[:3])} are touched too" if facts.also else ""
    lines.append(f"rules of {facts.name}: {facts.title}{reads}{also}")
    lines.append(report.verdict(facts))
    of = {"name": facts.name, "title": facts.title, "home": facts.home, "document": facts.document}
    output.data({**report.as_json(), "profile": of}, lines)
