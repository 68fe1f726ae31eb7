"""`patchflow try build`, `dtbs`, `boot`, `bisect` and `trace`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.build.modules import throw_away
from patchflow.adapters.files import write_named
from patchflow.cli.asking import confirmed
from patchflow.cli.boot_options import test_word, wish_of
from patchflow.cli.build_options import setting_of
from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import UsageError
from patchflow.flow.reviewing.tried import tried_file
from patchflow.flow.try_ import bisect, boot_verdict, compare_traces, dtbs, interrupts, tests_verdict
from patchflow.flow.try_.boot import boot
from patchflow.flow.try_.boot_each import boot_each
from patchflow.flow.try_.build import Tried, build, need_kernel, tried_of
from patchflow.flow.try_.build_steps import report_document, report_lines
from patchflow.flow.try_.carry import Wish, carry
from patchflow.flow.try_.install import do, install_steps, notes, remove_steps
from patchflow.flow.try_.nipa import all_hold, like_nipa, outcome_document, outcome_lines
from patchflow.flow.try_.tests import Place, run_tests, wanted_tests
from patchflow.flow.try_.trace import compare_files, trace_boot, trace_both, trace_file

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from patchflow.domain.build import BootWish
    from patchflow.flow.clone import Clone
    from patchflow.flow.try_.build_steps import Step
    from patchflow.flow.try_.compare_traces import Comparison


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where what was tried does not hold."""
    how = {"build": _build, "dtbs": _dtbs, "boot": _boot, "bisect": _bisect, "trace": _trace}
    return how[args.what](args, output)


def _build(args: argparse.Namespace, output: Output) -> int:
    if args.remove:
        _on_word(remove_steps(), "Run these now?", "r", output)
        return 0
    setting = setting_of(args)
    here = clone(args)
    tried = _tried(here, args, output)

    def told(step: Step, number: int, count: int) -> None:
        how = "from the cache" if step.built.cached else f"{step.built.seconds:.1f} s"
        output.note(f"{number}/{count} {step.subject}: {step.verdict()} ({how})")

    if args.like_nipa:
        outcomes = like_nipa(here, tried, args.against, output.note, output.note, told)
        output.data(outcome_document(outcomes), outcome_lines(outcomes))
        return 0 if all_hold(outcomes) else 1
    report = build(here, tried, args.against, args.per_patch, output.note, output.note, told, args.install, setting)
    output.data({**report_document(report), **_carried(tried)}, [*_carried_lines(tried), *report_lines(report)])
    if args.install:
        steps = install_steps(report)
        for text in notes():
            output.note(text)
        _on_word(steps, "Run these now, for the kernel that is running?", "i", output)
    return 0 if report.holds else 1


def _dtbs(args: argparse.Namespace, output: Output) -> int:
    here = clone(args)
    tried = _tried(here, args, output)
    with throw_away() as folder:
        report = dtbs.check_dtbs(here, tried, folder, args.all, output.note, output.note)
    output.data(dtbs.report_document(report), dtbs.report_lines(report))
    return 0 if report.holds else 1


def _tried(here: Clone, args: argparse.Namespace, output: Output) -> Tried:
    """The commits or the mail file that is named, else the series; carried to the kernel that --on names."""
    path = Path(args.directory, args.range)
    is_mail = args.range and path.is_file()
    tried = tried_file(here, str(path), output.note) if is_mail else tried_of(here, args.range)
    if not getattr(args, "on", ""):
        return tried
    if args.against:
        raise UsageError("--on and --against each name a kernel.", "Name one of them.")
    need_kernel(here)
    return carry(here, tried, Wish(args.on, args.edit), output.note)


def _carried(tried: Tried) -> dict[str, Any]:
    """What the JSON document says of another kernel; nothing where the patches stayed on their own."""
    if tried.carried is None:
        return {}
    rows = [{"subject": subject, "how": how} for subject, how in tried.carried.patches]
    return {"on": {"kernel": tried.carried.title, "source": tried.carried.source, "patches": rows}}


def _carried_lines(tried: Tried) -> list[str]:
    """The same for people."""
    if tried.carried is None:
        return []
    rows = [f"  {subject}: {how}" for subject, how in tried.carried.patches]
    return [f"on       {tried.carried.title} ({tried.carried.source})", *rows]


def _on_word(steps: Sequence[list[str]], question: str, key: str, output: Output) -> None:
    for step in steps:
        output.note(f"  {shlex.join(step)}")
    if confirmed(question, key):
        do(steps, output.note)


def _boot(args: argparse.Namespace, output: Output) -> int:
    here = clone(args)
    wish = wish_of(args, tests=True)
    tried = _tried(here, args, output)
    if (word := test_word(args)) is not None:
        if args.per_patch:
            raise UsageError("--per-patch runs a script of yours in each guest, not the tree's tests.",
                             "Name a script with --test, or leave one of them out.")  # fmt: skip
        return _test(here, tried, wish, word, output)
    with throw_away() as folder:
        if args.per_patch:
            patches = boot_each(here, tried, wish, folder, output.note, output.note)
            output.data({**patches.document(), **_carried(tried)}, [*_carried_lines(tried), *patches.lines()])
            return 0 if patches.holds else 1
        report = boot(here, tried, wish, folder, output.note, output.note)
    lines = [*_carried_lines(tried), *boot_verdict.report_lines(report)]
    output.data({**boot_verdict.report_document(report), **_carried(tried)}, lines)
    return 0 if report.holds else 1


def _bisect(args: argparse.Namespace, output: Output) -> int:
    here = clone(args)
    wish = wish_of(args)
    if args.run:
        tried = bisect.range_of(here, args.range) if args.range else tried_of(here, "")
        report = bisect.by_command(here, tried, args.run, output.note, output.note)
    else:
        tried = _tried(here, args, output)
        if args.boot:
            report = bisect.by_boot(here, tried, wish, output.note, output.note)
        else:
            report = bisect.by_build(here, tried, args.against, output.note, output.note)
    lines = [*_carried_lines(tried), *bisect.report_lines(report)]
    output.data({**bisect.report_document(report), **_carried(tried)}, lines)
    return 0


def _test(here: Clone, tried: Tried, wish: BootWish, word: str, output: Output) -> int:
    wanted = wanted_tests(here, tried, word)
    with throw_away() as folder:
        report = run_tests(here, tried, wish, wanted, Place(folder, output.note, output.note))
    lines = [*_carried_lines(tried), *tests_verdict.report_lines(report)]
    output.data({**tests_verdict.report_document(report), **_carried(tried)}, lines)
    return 0 if report.holds else 1


def _compared(found: Comparison, picture: str, output: Output) -> int:
    lines = compare_traces.comparison_lines(found)
    if picture == "-":
        output.text(compare_traces.comparison_svg(found))
    else:
        if picture:
            write_named(picture, compare_traces.comparison_svg(found))
            lines.append(f"The picture is in {picture}.")
        output.data(compare_traces.comparison_document(found), lines)
    return 0 if found.holds else 1


def _trace(args: argparse.Namespace, output: Output) -> int:
    holds = True
    two = bool(args.file and args.against) or args.with_base
    if args.with_base and args.file:
        raise UsageError("--with-base boots the base and the tip.", "A trace's FILE is compared by --against BASE.")
    if args.picture and not two:
        raise UsageError("--picture draws two traces beside each other.", "Use --with-base, or FILE --against BASE.")
    if args.file:
        report = trace_file(Path(args.file), args.trace_events)
        if args.against:
            found = compare_files(report, args.against, args.trace_events, args.device)
            return _compared(found, args.picture, output)
    else:
        here = clone(args)
        events = tuple(word.strip() for word in args.events.split(",") if word.strip())
        with throw_away() as folder:
            wish, tried = wish_of(args, events), _tried(here, args, output)
            if args.with_base:
                holds, found = trace_both(here, tried, wish, folder, output.note, output.note)
                found = compare_traces.devices_of(found, args.device)
                return max(_compared(found, args.picture, output), 0 if holds else 1)
            booted, report = trace_boot(here, tried, wish, folder, output.note, output.note)
        holds = booted.holds
        if not holds:
            output.note("the boot itself does not hold: `patchflow try boot` says why")
    output.data(
        interrupts.report_document(report, args.device, args.event),
        interrupts.report_lines(report, args.device, args.event),
    )
    return 0 if report.holds and holds else 1
