"""Joins what was touched with the tests that belong to it, and runs them on the base and on the series."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from patchflow.adapters.build.kunit import KunitRun, kunit_tree
from patchflow.adapters.build.selftests import (
    SELFTESTS,
    VSOCK_SUITE,
    BuiltTests,
    Program,
    build_selftests,
    files_of,
)
from patchflow.adapters.files import read_named
from patchflow.adapters.paths import config_path, share_path
from patchflow.adapters.qemu.guest import exchange
from patchflow.adapters.trust import consent
from patchflow.domain.build import BootWish
from patchflow.domain.tests import Outcome, WantedTest
from patchflow.errors import MissingError, PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot import Inside, State, boot_states, need_report, tests_table, touches_kernel
from patchflow.flow.try_.boot_verdict import why_not_ended
from patchflow.flow.try_.build import Tried, kept_as, need_kernel
from patchflow.flow.try_.results import keep
from patchflow.flow.try_.tests_verdict import Compared, Tested, read_programs
from patchflow.flow.try_.which_tests import named_test, targets_of, which_tests
from patchflow.formats.console import find_faults, new_words
from patchflow.formats.ktap import read_ktap
from patchflow.formats.mail.charset import utf8
from patchflow.values import dataclass

_START = 90.0  # seconds a guest has to come up, and a program that has no limit of its own is given
_LONGEST = 3600.0
_KUNIT = 300.0  # what kunit.py gives a kernel with suites

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where a run of tests happens: a folder for its files, and who hears the programs' lines and our own."""

    folder: Path
    heard: Tell
    tell: Tell


def _tests_at(tried: Tried) -> str:
    """The commit whose tests are meant: the series' own tip, also where it was carried to another kernel."""
    return tried.carried.own_tip if tried.carried else tried.tip


def wanted_tests(here: Clone, tried: Tried, word: str) -> tuple[WantedTest, ...]:
    """The tests that a word names, or that belong to what the patches touch (""); PatchflowError in another project."""
    need_kernel(here)

    def read(path: str) -> str | None:
        found = here.repository.read_blob(_tests_at(tried), path)
        return None if found is None else found.decode("utf-8", "replace")

    def sections(path: str) -> list[tuple[str, list[str]]]:
        matcher = here.subsystems.matcher
        numbers = dict.fromkeys(hit[0] for hit in matcher.match(path)[0]) if matcher else {}
        found = [matcher.index.section(number) for number in numbers] if matcher else []
        rest = matcher.index.rest if matcher else None
        return [(one.title, one.values("F")) for one in found if rest is None or one.title != rest.title]

    targets = targets_of(read(f"{SELFTESTS}/Makefile") or "")
    if not word:
        paths = list(dict.fromkeys(path for patch in tried.patches for path in patch.paths))
        return (*_own_script(here, tried), *which_tests(paths, tests_table(), targets, read, sections))
    one = named_test(word, targets)
    if one.kind == "kunit" and not one.config:
        config = read(f"{one.name}/.kunitconfig")
        if config is None:
            raise MissingError(f"There is no {one.name}/.kunitconfig in this tree.", "Name an option: kunit:CONFIG_X.")
        one = replace(one, config=config)
    return (one,)


def run_tests(here: Clone, tried: Tried, wish: BootWish, wanted: Sequence[WantedTest], place: Place) -> Tested:
    """Runs the tests on the base and on the series, tells what is new, and keeps the outcome.

    PatchflowError where there is nothing to run.
    """
    for one in wanted:
        place.tell(f"{one.words()}, because of {one.why}")
    named = tuple(one for one in wanted if one.kind == "fstests")
    guests = [one for one in wanted if one.kind in ("kselftest", "vsock", "exchange", "script")]
    suites = [one for one in wanted if one.kind == "kunit"]
    if not guests and not suites:
        more = f" By hand: fstests, ./check {named[0].name}." if named else ""
        raise PatchflowError(
            f"No test of this tree is known to belong to what the patches touch, or that could be run here.{more}",
            "`patchflow try boot` boots it alone; --test SCRIPT runs a script of your own in the guest.",
        )
    report = Tested((), named=named)
    if guests:
        report = _joined(report, _in_guests(here, tried, wish, guests, place))
    if suites:
        report = _joined(report, _in_kunit(here, tried, wish, suites, place))
    if tried.series is not None and report.runs:
        kind, says = kept_as(tried, "test", report.says())
        keep(here, tried.series, kind, report.holds, says, [list(row) for row in report.words()],
             [f"{name}: {why}" for name, why in report.left_out])  # fmt: skip
    return report


def _joined(one: Tested, other: Tested) -> Tested:
    return Tested((*one.runs, *other.runs), (*one.left_out, *other.left_out), one.named,
                      (*one.faults, *other.faults), (*one.new_log, *other.new_log))  # fmt: skip


def _own_script(here: Clone, tried: Tried) -> list[WantedTest]:
    """The script that the profile in force names for guests, if it does; it lies beside the user's profiles."""
    facts = here.profile_of(tried.series) if tried.series else here.profile_of_patches(tried.patches)
    if not facts.test:
        return []
    path = Path(config_path(), "profiles", Path(facts.test).expanduser())
    name = re.sub(r"[^\w.-]+", "-", path.name)
    return [WantedTest("script", name, f"the profile {facts.name}", utf8(read_named(path), str(path)))]


def _in_guests(here: Clone, tried: Tried, wish: BootWish, wanted: Sequence[WantedTest], place: Place) -> Tested:
    """Selftests in guests: those of the tip on both kernels, so that a test that comes with a fix shows it. Where only
    tests are touched, the base's own are compared."""
    by = consent(here.repository.folder, make=True)
    kernel_differs = touches_kernel(tried)
    built: list[BuiltTests] = []
    for name, commit in (("tests", _tests_at(tried)), ("base-tests", tried.base)):
        if name == "tests" or not kernel_differs:
            place.tell(f"building {', '.join(one.words() for one in wanted)}")
            folder = place.folder / name
            folder.mkdir()
            built.append(build_selftests(by, here.repository, commit, wanted, folder, not wish.vng, place.heard))
    tip, left_out = _runnable(built[0], wanted, wish.vng)
    if not tip:
        return Tested((), left_out)
    if wish.kernel or not kernel_differs:  # one kernel
        insides = [(tried.tip, _inside(built[0], tip, wanted, wish))]
        if not kernel_differs:
            base = _runnable(built[1], wanted, wish.vng)[0]
            insides = [(tried.base, _inside(built[1], base, wanted, wish)), *insides] if base else insides
        states = []
        for number, (commit, inside) in enumerate(insides):
            room = place.folder / f"guest-{number}"
            room.mkdir()
            states += boot_states(here, tried, wish, inside, [commit], room, place.heard, place.tell)
    else:
        inside = _inside(built[0], tip, wanted, wish)
        states = boot_states(here, tried, wish, inside, [tried.base, tried.tip], place.folder, place.heard, place.tell)
    return _guest_report(tried, wanted, tip, left_out, states)


def _runnable(
    built: BuiltTests, wanted: Sequence[WantedTest], vng: bool
) -> tuple[list[Program], tuple[tuple[str, str], ...]]:
    """What a guest can run, and what was left out with why: a guest of ours has a busybox and no other program."""
    own = {"exchange": Program("exchange:exchange", "exchange/exchange", 30.0)}
    programs = [own[one.kind] for one in wanted if one.kind in own]
    programs += [
        Program(f"{one.name}:script", f"script/{one.name}", 0.0, "sh") for one in wanted if one.kind == "script"
    ]
    left_out = list(built.left_out)
    for one in built.programs:
        if one.reader in ("", "sh") or vng:
            programs.append(one)
        else:
            left_out.append(
                (one.name, f"it needs {one.reader}, which the guest has not; --vng shows it this machine's")
            )
    return programs, tuple(left_out)


def _inside(built: BuiltTests, programs: Sequence[Program], wanted: Sequence[WantedTest], wish: BootWish) -> Inside:
    """The guest's files: the tests, a list of them, and the script that runs them."""
    files = files_of(built)
    rows = [f"{p.name} {p.seconds:.0f} {p.path.rpartition('/')[0]} {p.reader or '-'} {p.path.rpartition('/')[2]}\n"
            for p in programs]  # fmt: skip
    files["tests/list"] = (0o644, "".join(rows).encode())
    for one in wanted:
        if one.kind == "script":
            files[f"tests/script/{one.name}"] = (0o755, one.config.encode())
        if one.kind == "vsock":
            files[f"tests/{VSOCK_SUITE}"] = (0o755, Path(share_path("kernel", "qemu", "vsock-suite")).read_bytes())
        if one.kind == "exchange":
            files["tests/exchange/exchange"] = (0o755, exchange().read_bytes())
    seconds = sum(one.seconds or _START for one in programs) + _START
    script = Path(share_path("kernel", "qemu", "tests")).read_text(encoding="utf-8")
    return Inside(script, "its selftests", files, wish.seconds or min(seconds, _LONGEST))


def _guest_report(
    tried: Tried, wanted: Sequence[WantedTest], programs: Sequence[Program], left_out: tuple[tuple[str, str], ...],
    states: Sequence[State],
) -> Tested:  # fmt: skip
    tip = need_report(states[-1])
    base = states[0].report if len(states) > 1 else None
    names = [one.name for one in programs]
    where = f"on {tip.kernel}, {'virtme-ng' if tip.machine == 'virtme-ng' else f'QEMU {tip.machine}'}"
    now = read_programs(tip.booted.console, names, "" if tip.status == 0 else why_not_ended(tip))
    before = None
    if base is not None:
        before = read_programs(base.booted.console, names, "" if base.status == 0 else why_not_ended(base))
    no_base = (states[0].why if len(states) > 1 else "the kernel is the one that was named") if base is None else ""
    runs = []
    for one in wanted:
        begin = f"{one.name}:"
        mine = tuple(row for row in now if row.name.startswith(begin))
        old = None if before is None else tuple(row for row in before if row.name.startswith(begin))
        if mine:
            runs.append(Compared(one.words(), f"{where} ({tip.booted.accelerator})", mine, old, no_base))
    known = {fault.same for fault in base.faults} if base is not None else set()
    faults = [f"the kernel complained: {fault.as_line()}" for fault in tip.faults if fault.same not in known]
    faults += [f"{name} did not load: {why}" for name, why in tip.failed()]
    log = new_words(base.booted.console, tip.booted.console) if base is not None else ()
    return Tested(tuple(runs), left_out, (), tuple(faults), log)


def _in_kunit(here: Clone, tried: Tried, wish: BootWish, suites: Sequence[WantedTest], place: Place) -> Tested:
    """KUnit suites in user-mode kernels of the base and of the series."""
    if tried.carried:
        why = "it runs in the tree itself, without --on"
        return Tested((), tuple((one.words(), why) for one in suites))
    tree = Path(wish.against).resolve() if wish.against else here.repository.folder
    touched = sorted({path for patch in tried.patches for path in patch.paths})
    runs: list[KunitRun] = []
    try:
        with kunit_tree(here.repository, tree, tried.tip, touched, place.heard) as kunit:
            for name, commit in (("the base", tried.base), ("the series", tried.tip)):
                place.tell(f"KUnit: building and running a user-mode kernel of {name}")
                folder = place.folder / f"kunit-{len(runs)}"
                folder.mkdir()
                runs.append(kunit.run(commit, suites, folder, wish.seconds or _KUNIT))
    except MissingError as error:
        return Tested((), tuple((one.words(), error.paragraph()) for one in suites))
    base, tip = runs
    if tip.broken:
        raise PatchflowError(f"The kernel for KUnit does not build with the series: {tip.broken}.", "Fix that first.")
    if not tip.rows:
        return Tested((), tip.left_out)
    before = None if base.broken or not base.rows else _results(base)
    no_base = base.broken or ("" if base.rows else "its kernel has none of the suites")
    left = {name for name, _ in tip.left_out}
    title = f"KUnit {', '.join(one.name for one in suites if one.words() not in left)}"
    known = {fault.same for fault in find_faults(base.rows)}
    faults = [f"the kernel complained: {f.as_line()}" for f in find_faults(tip.rows) if f.same not in known]
    run = Compared(title, "in a user-mode kernel", _results(tip), before, no_base)
    return Tested((run,), tip.left_out, (), tuple(faults), new_words(base.rows, tip.rows) if base.rows else ())


def _results(run: KunitRun) -> tuple[Outcome, ...]:
    found = read_ktap(run.rows)
    if run.timed_out or not found:
        why = "its time was up" if run.timed_out else "it printed no result: " + " ".join(run.rows[-2:])[-200:]
        found = (*found, Outcome("the kernel", "hung", why))
    return found
