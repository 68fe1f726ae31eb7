"""What runs for long, in processes of its own: the checks, taking mail in, and commands of patchflow's."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from patchflow.adapters.process import RUNS, run, run_behind
from patchflow.errors import PatchflowError
from patchflow.flow.check.results import remember_check
from patchflow.flow.check.run import check_current
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import take_in
from patchflow.flow.review.mail_index import read_so_far, sent_folders
from patchflow.formats.counted import many
from patchflow.formats.secrets import command_line
from patchflow.named_tuple import NamedTuple
from patchflow.tui.jobs import Job
from patchflow.tui.subprocess_worker import run_in_subprocess

if TYPE_CHECKING:
    from patchflow.domain.finding import Finding
    from patchflow.domain.intake import Intake
    from patchflow.domain.series import Series
    from patchflow.flow.check.judge import PatchChecker, Report
    from patchflow.tui.subprocess_worker import Tell

# Commands that change nothing a stop could leave half done.
READS = frozenset("status check rules window diff fetch thread search try".split())


class _Watched:
    """checkpatch.pl patch by patch, so that the work can be watched and stopped."""

    def __init__(self, inner: PatchChecker, tell: Tell) -> None:
        self.inner = inner
        self.tell = tell

    def check(self, patches: Sequence[str], bare: bool = False) -> list[list[Finding]]:
        """The findings for each patch text, two patches at a time."""
        found: list[list[Finding]] = []
        for at in range(0, len(patches), 2):
            self.tell(f"checkpatch.pl, patch {at + 1} of {len(patches)}")
            found += self.inner.check(patches[at : at + 2], bare)
        self.tell("the rules")
        return found


def check(directory: str, series: Series, job: Job) -> Report:
    """Every check of a series, with progress; the outcome is remembered for the status.

    Apart: the rules compute for a second on ten thousand lines, and a key would wait for them.
    """
    report: Report = run_in_subprocess(job, check_here, directory, series)
    return report


def check_here(directory: str, series: Series, tell: Tell) -> Report:
    """Every check of a series, in this process."""
    here = Clone(directory)
    facts = here.profile_of(series)
    report = check_current(here, series, facts, watched=lambda script: _Watched(script, tell))
    remember_check(here, series, facts, report.count_errors())
    return report


def fetch(directory: str, where: str, job: Job) -> str:
    """Takes a mail file or folder in; what came of it. Stopped, nothing of that file was taken in."""
    words: str = run_in_subprocess(job, fetch_here, directory, where)
    return words


def fetch_here(directory: str, where: str, tell: Tell) -> str:
    """Takes a mail file or folder in, in this process."""
    intake = take_in(
        Clone(directory),
        str(Path(where).expanduser()),
        lambda count, part: tell(read_so_far(count, part)),
    )
    return _came(intake)


def refresh(directory: str, job: Job) -> str:
    """Takes in what came to every source of mail; what that was. Stopped, a source is taken in whole or not at all."""
    words: str = run_in_subprocess(job, refresh_here, directory)
    return words


def refresh_here(directory: str, tell: Tell) -> str:
    """Takes in what came to the named sources, or else to the list's archive, in this process."""
    from patchflow.flow.review import lore, sources  # with liblore

    here, now = Clone(directory), datetime.now(UTC)
    if not (sources.named_sources(here) or sent_folders(here)):
        return _came(lore.fetch_threads(here, [], "", tell))
    words = []
    for source, got in sources.refresh(here, sources.sources_to_ask(here), now, tell):
        came = many(got.new, "new message") if got.came == now else "nothing new"
        words.append(f"{source.name}: {got.trouble or f'{came}.'}")
    return " ".join(words)


def _came(intake: Intake) -> str:
    troubles = [f"{place}: {why}." for place, why in intake.skipped]
    return " ".join([f"{many(intake.new, 'new message')} in {many(intake.threads, 'thread')}.", *troubles])


def run_command(directory: str, words: Sequence[str], job: Job) -> tuple[int, str]:
    """Runs a command of patchflow's beside us; its exit code and everything it said."""
    done: tuple[int, str] = run_in_subprocess(job, command_here, directory, words)
    return done


def command_here(directory: str, words: Sequence[str], tell: Tell) -> tuple[int, str]:
    """Runs a command of patchflow's as a program, which ends with this process."""
    done = run([sys.executable, "-P", "-m", "patchflow", "-C", directory, *words], timeout=900, check=False)
    return done.code, f"{done.text}{done.err_text}"


def command_words(directory: str) -> dict[str, list[str]]:
    """The words that may follow each command."""
    code, said = command_here(directory, ["--json", "completion", "words"], lambda *_: None)
    return dict(json.loads(said)["words"]) if code == 0 else {}


def browse(url: str) -> bool:
    """Opens a page in the browser of the desktop; False where there is none. It outlives the UI."""
    if not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))) or not which("xdg-open"):
        return False
    run_behind(["setsid", "-f", "xdg-open", url])
    return True


def split_words(text: str) -> list[str]:
    """The words of a command line; PatchflowError where a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise PatchflowError(f"{text!r} cannot be split into words: {error}.") from error


class Ran(NamedTuple):
    """A command that ran: argv to copy, seconds, exit code, when it ended, and whether it only read git's settings."""

    argv: str
    seconds: float
    code: int
    at: datetime
    reads: bool = False


def commands_run() -> list[Ran]:
    """The log of commands, newest first."""
    return [
        Ran(command_line(argv), seconds, code, datetime.fromtimestamp(at).astimezone(), _reads_settings(argv))
        for argv, seconds, code, at in reversed(RUNS)
    ]


def _reads_settings(argv: Sequence[str]) -> bool:
    return argv[:1] == ("git",) and ("var" in argv or ("config" in argv and bool(_READING.intersection(argv))))


_READING = frozenset(("--list", "-l", "--get", "--get-all", "--get-regexp", "--get-urlmatch"))
