"""Finds the patch since which something does not hold: it builds, its boot and tests hold, or a command says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from patchflow.adapters.build.modules import throw_away
from patchflow.adapters.git.bisecting import Bisection, lay_out
from patchflow.adapters.git.clean import CleanGit
from patchflow.adapters.trust import consent, run_code_live
from patchflow.domain.build import BootWish
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot import boot_states, inside_of
from patchflow.flow.try_.build import Tried, builder_for, plan_of
from patchflow.values import dataclass

_SKIP, _LAST = 125, 127  # what `git bisect run` takes for "cannot be tried", and the last that means "bad"
_SECONDS = 86_400.0
# A shell that is killed leaves what it started: this one takes all of its group with it.
_GROUP = 'trap "trap - TERM; kill 0" TERM; sh -c "$0" & wait $!'

Tell = Callable[[str], None]
# Whether a commit is good; None where it cannot be tried. And why, in words.
Verdict = tuple[bool | None, str]


@dataclass(frozen=True, slots=True)
class Tested:
    """A commit that was tried: its subject, whether it is good (None: it could not be tried), and why."""

    commit: str
    subject: str
    good: bool | None
    why: str

    def as_line(self) -> str:
        """In words."""
        word = {True: "good", False: "bad", None: "skipped"}[self.good]
        return f"{word:7}  {self.commit[:12]} {self.subject}{f': {self.why}' if self.why else ''}"


@dataclass(frozen=True, slots=True)
class BisectReport:
    """What was asked, what was tried in order, and the first bad commit; `could_be` are those among which it is where
    some could not be tried."""

    asked: str
    tested: tuple[Tested, ...]
    first: Tested | None
    could_be: tuple[str, ...] = ()


def range_of(here: Clone, words: str) -> Tried:
    """A range GOOD..BAD without its patches, which may be many; UsageError where it is none."""
    good, dots, bad = words.partition("..")
    if not (good and dots and bad) or bad.startswith("."):
        raise UsageError(f"{words!r} is not a range.", "Name GOOD..BAD.")
    base, tip = here.repository.resolve(good), here.repository.resolve(bad)
    if not here.repository.is_ancestor(base, tip):
        raise UsageError(f"{good} is not an ancestor of {bad}, so no commit between them can be looked for.")
    return Tried(base, tip, ())


def bisect(
    here: Clone, tried: Tried, asked: str, judge: Callable[[str], Verdict], room: Path, tell: Tell
) -> BisectReport:
    """Lets git bisect choose commits between base and tip, and `judge` them.

    PatchflowError where the tip is good or the base is bad already: then no patch between is to be found.
    """
    tested: list[Tested] = []

    def look(commit: str) -> bool | None:
        good, why = judge(commit)
        one = Tested(commit, here.repository.subject(commit) or "", good, why)
        tested.append(one)
        tell(one.as_line())
        return good

    if look(tried.tip) is not False:
        what = "is not bad" if tested[-1].good else f"could not be tried ({tested[-1].why})"
        raise PatchflowError(f"The tip {tried.tip[:12]} {what} ({asked}), so there is nothing to look for.")
    if look(tried.base) is not True:
        raise PatchflowError(
            f"The base {tried.base[:12]} is not good either ({asked}), so it was no patch between it and the tip."
        )
    git = CleanGit(room / "git", here.repository.common, here.repository.identity())
    going = Bisection(git, tried.base, tried.tip)
    while commit := going.next:
        going.say({True: "good", False: "bad", None: "skip"}[look(commit)])
    first = next((one for one in tested if one.commit == going.first), None)
    return BisectReport(asked, tuple(tested), first, going.could_be)


def by_build(here: Clone, tried: Tried, against: str, heard: Tell, tell: Tell) -> BisectReport:
    """Since which patch it does not build, or where it builds at the tip: brings what is new there."""
    with throw_away() as folder:
        room = folder / "build"
        room.mkdir()
        with builder_for(here, tried, against, room, heard, tell) as builder:
            plan = plan_of(here, tried, builder)
            last = builder.build(tried.tip, plan)
            known = {(m.file, m.kind, m.text) for m in builder.build(tried.base, plan).messages}
            new = {key for m in last.messages if (key := (m.file, m.kind, m.text)) not in known}

            def judge(commit: str) -> Verdict:
                built = builder.build(commit, plan)
                errors = [m.as_line() for m in built.messages if m.is_error]
                if not built.ok:
                    return (False if not last.ok else None), (errors or ["make said nothing"])[0]
                found = [m.as_line() for m in built.messages if (m.file, m.kind, m.text) in new]
                return not (last.ok and found), found[0] if found else ""

            return bisect(here, tried, f"built against {builder.headers.name}", judge, folder, tell)


def by_boot(here: Clone, tried: Tried, wish: BootWish, heard: Tell, tell: Tell) -> BisectReport:
    """Since which patch the boot, and what runs in it, does not hold."""
    inside = inside_of(tried, wish)
    with throw_away() as folder:
        turn = 0

        def judge(commit: str) -> Verdict:
            nonlocal turn
            turn += 1
            room = folder / f"boot-{turn}"
            room.mkdir()
            (state,) = boot_states(here, tried, wish, inside, [commit], room, heard, tell)
            if state.report is None:
                return None, f"it does not build: {state.why}"
            report = state.report
            faults = [fault.as_line() for fault in report.faults]
            why = faults or [f"{name} did not load: {why}" for name, why in report.failed()]
            if report.holds:
                return True, ""
            return False, (why or [f"{report.test or 'the boot'} ended with {report.status}"])[0]

        return bisect(here, tried, f"booted, with {inside.name or 'no test'}", judge, folder, tell)


def by_command(here: Clone, tried: Tried, command: str, heard: Tell, tell: Tell) -> BisectReport:
    """Since which commit a command of the user's fails, run in a folder with that commit's files: as `git bisect run`
    has it, 125 skips and above 127 ends it."""
    allowed = consent(here.repository.folder, make=True)
    with throw_away() as folder:
        files = folder / "files"
        git = CleanGit(folder / "files-git", here.repository.common, here.repository.identity())

        def judge(commit: str) -> Verdict:
            lay_out(git, files, commit)
            ended = run_code_live(allowed, ["sh", "-c", _GROUP, command], heard, cwd=files, timeout=_SECONDS)
            if ended.code is None or ended.code > _LAST or ended.code < 0:
                raise PatchflowError(
                    f"The command ended with status {ended.code} at {commit[:12]}, which says neither good nor bad.",
                    "0 is good, 125 cannot be tried, any other up to 127 is bad.",
                )
            return None if ended.code == _SKIP else ended.code == 0, f"status {ended.code}"

        return bisect(here, tried, command, judge, folder, tell)


def report_lines(report: BisectReport) -> list[str]:
    """The report for people."""
    lines = [one.as_line() for one in report.tested]
    if report.first:
        lines.append(f"since    {report.first.commit[:12]} {report.first.subject}: {report.first.why}".rstrip(": "))
    else:
        names = ", ".join(commit[:12] for commit in report.could_be)
        lines.append(f"since one of {names}: those between could not be tried")
    return lines


def report_document(report: BisectReport) -> dict[str, Any]:
    """The report as JSON."""
    rows = [{"commit": t.commit, "subject": t.subject, "good": t.good, "why": t.why} for t in report.tested]
    first = report.first and {"commit": report.first.commit, "subject": report.first.subject, "why": report.first.why}
    return {"asked": report.asked, "tested": rows, "first": first, "could_be": list(report.could_be)}
