"""The slow work behind the screens: plain functions that a worker thread calls, each with a clone of its own.

A clone is opened anew for each piece of work: git's settings may have changed since, and a repository is not to be
shared between threads.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError
from patchflow.tui.apart import run_apart
from patchflow.tui.jobs import Job
from patchflow.wiring import Clone

if TYPE_CHECKING:
    from datetime import datetime

    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.domain.finding import Finding
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients
    from patchflow.domain.series import Series
    from patchflow.domain.window import Window
    from patchflow.services.check import Report
    from patchflow.services.ports import PatchChecker
    from patchflow.services.respin import TrailerPlan
    from patchflow.services.route_ports import EarlierReviewer
    from patchflow.services.send import Options, Plan
    from patchflow.services.window import Tag
    from patchflow.tui.apart import Tell
    from patchflow.tui.models.board import Board
    from patchflow.tui.models.rows import Row
    from patchflow.tui.models.series import Read
    from patchflow.wiring.reply import Kept


def read_board(directory: str, heard: Callable[[Board], None]) -> Board:
    """Every series of the clone; `heard` gets the board without the mail first, because that is quick."""
    from patchflow.tui.models.board import Board, SeriesLine
    from patchflow.wiring.board import Review, all_standings, windows

    here = Clone(directory)
    folder = here.repository.folder.name
    current = current_branch(here)
    board = Board(folder=folder)
    for review in (False, True):
        mail = Review(here) if review else None
        window = windows(here)(_profile(here, current)) if board.window is None else board.window
        lines = [SeriesLine.of(name, series, stands, current) for name, series, stands in all_standings(here, mail)]
        board = Board(tuple(lines), window, folder, reading=False)
        if not review:
            heard(board)
    return board


def current_branch(here: Clone) -> str:
    """The branch HEAD is on, "" where it is detached."""
    try:
        return here.repository.current_branch()
    except PatchflowError:
        return ""


def _profile(here: Clone, branch: str) -> str:
    return (here.store.setting(branch, "profile") if branch else "") or here.default_profile()


def read_series(directory: str, branch: str, heard: Callable[[Read], None]) -> Read:
    """A series with its patches; `heard` gets it before the mail was read."""
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.tui.models.series import Read
    from patchflow.wiring.board import Review, standing_with, windows
    from patchflow.wiring.checked import errors_known
    from patchflow.wiring.touched import with_touched

    here = Clone(directory)
    series = here.store.load(branch)
    facts = here.profile_of(series)
    window = windows(here)(facts.name)
    outbox = Outbox.find(here.outbox, series.change_id)
    first = Read(
        series=series,
        profile=facts,
        standing=standing_with(here, series, None, window),
        window=window,
        checked_out=current_branch(here) == branch,
        outbox=outbox.states() if outbox else None,
        queue=tuple(outbox.read()[1]) if outbox else (),
        errors=errors_known(here, series),
        tree=here.repository.folder,
    )
    heard(first)
    dirty = tuple(here.git.is_dirty()) if first.checked_out else ()
    review = Review(here)
    threads, comments = review.of(series)
    comments = with_touched(here, series, comments)
    return replace(
        first,
        standing=standing_with(here, series, review, window),
        threads=tuple(threads),
        comments=tuple(comments),
        dirty=dirty,
        mail_read=True,
    )


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
    report: Report = run_apart(job, check_here, directory, series)
    return report


def check_here(directory: str, series: Series, tell: Tell) -> Report:
    """Every check of a series, in this process."""
    from patchflow.wiring.check import check_current
    from patchflow.wiring.checked import remember_check

    here = Clone(directory)
    report = check_current(here, series, here.profile_of(series), watched=lambda script: _Watched(script, tell))
    remember_check(here, series, report.count_errors())
    return report


def recipients(directory: str, series: Series) -> tuple[PatchRecipients, ...]:
    """Who gets each patch, and last the cover."""
    from patchflow.services.posting import make_mails
    from patchflow.wiring.recipients import route

    here = Clone(directory)
    here.need_tree()
    facts = here.profile_of(series)
    mails = make_mails(here.repository, here.git, series, facts)
    texts = [one.text for one in mails if one.part]
    return tuple(route(here, series, facts, _earlier(here, series, facts), texts))


def _earlier(here: Clone, series: Series, facts: Profile) -> tuple[EarlierReviewer, ...]:
    from patchflow.wiring.recipients import earlier_reviewers

    return earlier_reviewers(here, series, facts)


def plan(directory: str, branch: str, options: Options) -> Plan:
    """Everything of a send, worked out."""
    from patchflow.wiring.send import plan_send

    here = Clone(directory)
    return plan_send(here, here.store.load(branch), options)


def window(directory: str, profile: str) -> tuple[Window, list[Tag], datetime]:
    """The window with its evidence, from what is at hand."""
    from patchflow.wiring.window import window_of

    return window_of(Clone(directory), profile, offline=True)


def undo(directory: str) -> str:
    """Takes the last change back; its title."""
    return Clone(directory).store.ledger.undo()


def range_diff(directory: str, series: Series, names: tuple[str, str]) -> str:
    """The range-diff of two revisions (`now` is the branch)."""
    from patchflow.services.posting import start_of

    here = Clone(directory)
    ranges = {f"v{r.number}": (r.start or r.base, r.tip) for r in series.revisions}
    ranges["now"] = (start_of(here.repository, series), series.tip)
    return here.git.range_diff(ranges[names[0]], ranges[names[1]])


def run_command(directory: str, words: Sequence[str]) -> tuple[int, str]:
    """Runs a command of patchflow's beside us; its exit code and everything it said."""
    from patchflow.adapters.process import run

    done = run([sys.executable, "-m", "patchflow", "-C", directory, *words], timeout=900, check=False)
    return done.code, f"{done.text}{done.err_text}"


def split_words(text: str) -> list[str]:
    """The words of a command line; PatchflowError where a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise PatchflowError(f"{text!r} cannot be split into words: {error}.") from error


def fetch(directory: str, where: str) -> str:
    """Takes a mail file or folder in; what came of it."""
    from patchflow.wiring.mail import take_in

    intake = take_in(Clone(directory), str(Path(where).expanduser()))
    troubles = [f"{place}: {why}." for place, why in intake.skipped]
    return " ".join([f"{intake.new} new messages in {intake.threads} threads.", *troubles])


def mark(directory: str, marks: dict[str, tuple[str, str]]) -> None:
    """Keeps what became of comments."""
    from patchflow.wiring.mail import mark_comments

    mark_comments(Clone(directory), marks)


def remember_people(directory: str, branch: str, add: Sequence[str], drop: Sequence[str]) -> None:
    """Adds and drops recipients of a branch."""
    from patchflow.wiring.recipients import remember

    here = Clone(directory)
    remember(here.repository, here.git, branch, add, drop)


def trailers(directory: str, series: Series) -> tuple[TrailerPlan, dict[str, str]]:
    """What replies gave to which patch, and the messages with it."""
    from patchflow.services.respin import new_messages
    from patchflow.wiring.mail import trailers_of_series

    here = Clone(directory)
    found = trailers_of_series(here, series, None, lambda text: None)
    return found, new_messages(series, found)


def respin(directory: str, branch: str) -> Series:
    """Opens the next revision."""
    from patchflow.services.respin import respin as open_next
    from patchflow.wiring.mail import comments_of_series, trailers_of_series

    here = Clone(directory)
    series = here.store.load(branch)
    found = trailers_of_series(here, series, None, lambda text: None)
    comments = comments_of_series(here, series, None, lambda text: None)
    return open_next(here.store, series, here.profile_of(series), found, comments)


def create(directory: str, name: str, profile: str) -> Series:
    """Starts a series."""
    from patchflow.services.prepare import new_series
    from patchflow.wiring import profile as load

    here = Clone(directory)
    return new_series(here.repository, here.store, name, load(profile or here.default_profile()))


def adopt(directory: str, branch: str) -> Series:
    """Takes a branch over."""
    from patchflow.services.prepare import adopt as take_over
    from patchflow.wiring import profile as load

    here = Clone(directory)
    return take_over(here.repository, here.store, branch, load(here.default_profile()))


def switch(directory: str, branch: str) -> None:
    """Goes to a branch in the work tree; one undoable step."""
    here = Clone(directory)
    change = here.store.ledger.change(f"switch to {branch}")
    here.store.ledger.set_head(change, branch)
    here.store.ledger.commit(change)


def commands_run() -> list[tuple[str, float, int]]:
    """The log of commands, newest first: argv to copy, seconds, exit code."""
    from patchflow.adapters.process import RUNS

    return [(shlex.join(argv), seconds, code) for argv, seconds, code in reversed(RUNS)]


def edit_cover(directory: str, branch: str) -> str:
    """The cover letter in the user's editor; what came of it. Runs on the user's terminal."""
    from patchflow.domain.series import Cover
    from patchflow.errors import UsageError
    from patchflow.formats.cover import cover_text, parse_cover
    from patchflow.services.prepare import set_cover
    from patchflow.wiring.edit import edit_text

    here = Clone(directory)
    series = here.store.load(branch, with_diffs=False)
    cover = series.cover or Cover("", "")
    new = parse_cover(edit_text(here, "cover", cover_text(cover)))
    if not new.subject:
        raise UsageError("The cover letter has no subject: its first line is empty.", "Nothing was changed.")
    if new == cover:
        return "The cover letter is as it was."
    set_cover(here.store, series, new)
    return "The cover letter is kept; u takes it back."


def drafts(directory: str) -> list[tuple[str, str]]:
    """The drafts: file and subject."""
    from patchflow.wiring.reply import drafts as kept

    return [(str(path), subject) for path, subject in kept(Clone(directory))]


# Commits


def edit_text(directory: str, name: str, text: str) -> str:
    """A text in the user's editor. Runs on the user's terminal."""
    from patchflow.wiring import edit

    return edit.edit_text(Clone(directory), name, text)


def open_file(directory: str, path: str, line: int) -> None:
    """A file of the work tree in the user's editor. Runs on the user's terminal."""
    from patchflow.wiring import edit

    edit.open_file(Clone(directory), path, line)


def reorder(directory: str, series: Series, order: Sequence[str]) -> None:
    """The patches in another order."""
    from patchflow.wiring import rewrite

    rewrite.reorder(Clone(directory), series, order)


def squash(directory: str, series: Series, commit: str) -> None:
    """A patch into the one before."""
    from patchflow.wiring import rewrite

    rewrite.squash(Clone(directory), series, commit)


def drop(directory: str, series: Series, commit: str) -> None:
    """A patch out of the series."""
    from patchflow.wiring import rewrite

    rewrite.drop(Clone(directory), series, commit)


def reword(directory: str, series: Series, messages: dict[str, str], title: str = "") -> None:
    """New messages by commit."""
    from patchflow.wiring import rewrite

    rewrite.reword(Clone(directory), series, messages, title)


def amend(directory: str, series: Series, commit: str) -> None:
    """The uncommitted changes into a patch."""
    from patchflow.wiring import rewrite

    rewrite.amend(Clone(directory), series, commit)


def uncommitted(directory: str) -> str:
    """The diff of tracked files against HEAD."""
    unlocked = ("-c", "diff.autoRefreshIndex=false")  # GIT_OPTIONAL_LOCKS does not reach diff
    done = Clone(directory).git.run(
        *unlocked, "diff", "HEAD", "--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/"
    )
    return done.out.decode("utf-8", "surrogateescape")


def diff_rows(text: str) -> list[Row]:
    """A diff as rows."""
    from patchflow.formats.diff import parse_diff
    from patchflow.tui.models.patches import files_rows

    return files_rows(parse_diff(text))


# Sending


def start_send(directory: str, plan: Plan, heard: Callable[[str, str, str], None]) -> tuple[bool, str]:
    """Carries a plan out; whether everything left, and the link or what to do. Never stopped in a message."""
    from patchflow.wiring.send import queue_plan, sending

    here = Clone(directory)
    with sending(here):
        return _carry_out(here, queue_plan(here, plan), (), heard)


def resume_send(
    directory: str, change_id: str, again: Sequence[str], heard: Callable[[str, str, str], None]
) -> tuple[bool, str]:
    """Goes on with a send that was cut off, with the same Message-IDs."""
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.wiring.send import sending

    here = Clone(directory)
    with sending(here):
        outbox = Outbox.find(here.outbox, change_id)
        if outbox is None:
            raise PatchflowError("No send was cut off; it was finished meanwhile.")
        return _carry_out(here, outbox, again, heard)


def _carry_out(
    here: Clone, outbox: Outbox, again: Sequence[str], heard: Callable[[str, str, str], None]
) -> tuple[bool, str]:
    from patchflow.services.send import carry_out
    from patchflow.wiring.send import record_sent

    facts, _ = outbox.read()
    if carry_out(outbox, here.send_email(), again, heard):
        link = record_sent(here, outbox)
        return True, f"v{facts['revision']} is out: {link}"
    return False, "Not all messages have left; R goes on with the same Message-IDs."


def reflect(directory: str, plan: Plan) -> str:
    """Sends a plan to oneself; what came of it."""
    from patchflow.wiring.send import reflect as to_me

    states = to_me(Clone(directory), plan)
    count = sum(state == "sent" for state in states.values())
    return f"{count} of {len(plan.outgoing)} messages went to yourself; nothing was recorded."


# Replies


def draft_for(directory: str, ids: Sequence[str]) -> Kept:
    """The draft that answers these comments or this message."""
    from patchflow.wiring import reply

    return reply.draft_for(Clone(directory), list(ids), None, lambda text: None)


def open_draft(directory: str, path: str) -> Kept:
    """A draft that was begun before, with the mail it answers where that is at hand."""
    from patchflow.wiring import reply

    here = Clone(directory)
    draft = reply.read_draft(Path(path))
    parent_id = draft.header("In-Reply-To").strip("<> ")
    try:
        return reply.draft_for(here, [parent_id], None, lambda text: None)
    except PatchflowError:
        return reply.Kept(Path(path), draft, None)


def lint(directory: str, kept: Kept) -> list[Finding]:
    """What the list would object to."""
    from patchflow.wiring import reply

    return reply.lint(Clone(directory), kept)


def save_draft(kept: Kept, text: str) -> None:
    """Keeps what was written, even where it cannot be read as a mail yet."""
    from patchflow.adapters.files import write_atomic
    from patchflow.formats.reply import parse_draft

    write_atomic(kept.path, text.encode("utf-8", "surrogateescape"))
    kept.draft = parse_draft(text)


def edit_draft(directory: str, kept: Kept) -> None:
    """The draft in the user's editor. Runs on the user's terminal."""
    from patchflow.wiring import reply

    reply.edit(Clone(directory), kept)


def send_draft(directory: str, kept: Kept) -> str:
    """Sends it; what came of it."""
    from patchflow.wiring import reply

    fate = reply.send(Clone(directory), kept)
    if fate.state != "sent":
        raise PatchflowError(f"The reply is {fate.state}: {fate.detail}.", "The draft is kept; S tries again.")
    return f"The reply is out: <{fate.message_id}>."


def discard_draft(kept: Kept) -> None:
    """Moves a draft out of the way; nothing written is ever deleted."""
    kept.path.replace(kept.path.with_suffix(".discarded"))
    kept.path.with_suffix(".json").unlink(missing_ok=True)


# What was read


def seen(directory: str, change_id: str) -> set[str]:
    """The Message-IDs of a series' conversation that the user has looked at."""
    path = Clone(directory).repository.state_dir / "series" / change_id / "seen"
    try:
        return set(path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")) - {""}
    except OSError:
        return set()


def keep_seen(directory: str, change_id: str, ids: set[str]) -> None:
    """Keeps what was looked at."""
    from patchflow.adapters.files import write_atomic

    path = Clone(directory).repository.state_dir / "series" / change_id / "seen"
    write_atomic(path, "\n".join(sorted(ids)).encode("utf-8", "surrogateescape"))
