"""The board: every series of the clone, where it stands and its next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from patchflow.domain.next_step import NextStep
from patchflow.domain.patchwork import in_short
from patchflow.flow.series.status import needs_mail
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, clean, fit, matches
from patchflow.tui.models.steps import in_keys

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.domain.window import Window
    from patchflow.flow.series.status import Standing


READING = "…"
NO_STEP = NextStep("", ())


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One series on the board; `problem` says why a broken one could not be read."""

    branch: str
    name: str
    revision: int = 1
    state: str = ""
    patches: int = 0
    open_comments: int = 0
    days_quiet: int | None = None
    step: NextStep = NO_STEP
    problem: str = ""
    current: bool = False
    asked_again: int = 0
    bot_findings: int = 0
    reading: bool = False  # the mail that its state depends on was not read yet

    @classmethod
    def of(
        cls, branch: str, series: Series | None, stands: Standing | str, current: str, mail_read: bool = True
    ) -> SeriesLine:
        """From what the clone says of a series. A series that was sent has no state before its mail was read, but
        where a send was cut off or a tree holds it."""
        if series is None or isinstance(stands, str):
            return cls(branch, branch, problem=str(stands), current=branch == current)
        if not mail_read and needs_mail(series, stands.state):
            return cls(
                branch, series.name, series.number_in(stands.state), READING, len(series.patches),
                step=NextStep.of("reading", READING), current=branch == current, reading=True,
            )  # fmt: skip
        return cls(
            branch, series.name, series.number_in(stands.state), str(stands.state), len(series.patches),
            stands.open_comments, stands.days_quiet, _step(stands), current=branch == current,
            asked_again=stands.asked_again, bot_findings=stands.bot_findings,
        )  # fmt: skip


def _step(stands: Standing) -> NextStep:
    """The next step, and what Patchwork said in front of it, where it was asked."""
    said, step = in_short(stands.patchwork), stands.next_step
    return NextStep.of(step.id, f"[{said}] ", *step.parts) if said else step


@dataclass(frozen=True, slots=True)
class Board:
    """The series of the clone with their places, and the window."""

    lines: tuple[SeriesLine, ...] = ()
    window: Window | None = None
    folder: str = ""
    reading: bool = True
    underway: str = ""  # what git is in the middle of in this work tree
    order: tuple[str, ...] = ()  # names as they stood on the screen: these rows keep their places

    def after(self, before: Board, order: tuple[str, ...]) -> Board:
        """This board where `before` stood on the screen (`order`: where none did, how it was last seen): rows keep
        their places, and one whose mail is being read again keeps what was read of the same revision."""
        known = {line.branch: line for line in before.lines if not line.reading and not line.problem}
        lines = tuple(
            replace(old, current=line.current)
            if line.reading
            and (old := known.get(line.branch))
            and (old.revision, old.patches) == (line.revision, line.patches)
            else line
            for line in self.lines
        )
        return replace(self, lines=lines, order=order or tuple(line.name for line in before.lines_with()))

    def _place(self, name: str) -> int:
        """Where a series stood; names that were cut off to fit count too."""
        for number, one in enumerate(self.order):
            if one == name or (one.endswith("…") and name.startswith(one[:-1])):
                return number
        return len(self.order)

    def lines_with(self, words: str = "") -> list[SeriesLine]:
        """The series in whose line every word of the filter stands: those that stood there in their places, then the
        current branch first, broken ones last."""
        rows = [line for line in self.lines if matches(f"{line.branch} {line.state} {line.step.words}", words)]
        return sorted(rows, key=lambda line: (self._place(line.name), not line.current, *_order(line)))

    def rows(self, words: str = "", width: int = 80, say: Callable[[NextStep], str] = in_keys) -> list[Row]:
        """The table, its headline first; `say` words a next step."""
        lines = self.lines_with(words)
        if not lines:
            return self._nothing(words)
        name = min(max(12, *(cell_len(clean(line.name)) for line in lines)), 30 if width >= 100 else 20)
        rest = max(10, width - name - 36)
        head = f"  {'series':{name}} {'rev':4}{'state':14} {'open':>4} {'quiet':>6}  next step"
        told = [Row(f"  {self.underway}", "warning")] if self.underway else []
        return [Row(head, "head"), *told, *(_line(line, name, rest, say) for line in lines)]

    def _nothing(self, words: str) -> list[Row]:
        if self.reading:
            return [Row("reading the series of this clone …", "dim")]
        if words and self.lines:
            how = f"{key('filter')} changes the filter, {key('stop')} takes it away."
            return [Row(f"No series with {words!r} in it; {how}", "dim")]
        return [
            *([Row(self.underway, "warning"), Row("")] if self.underway else []),
            Row("No series here yet.", "strong"),
            Row(""),
            Row(f"{key('create')}  starts one: a branch, its settings, an editable cover letter"),
            Row(f"{key('adopt')}  takes over a branch as it is, b4's included"),
        ]


def _order(line: SeriesLine) -> tuple[bool, int, str]:
    order = "sending,changes asked,drafting,ready,says applied,under review,sent,empty,applied".split(",")
    urgency = order.index(line.state) if line.state in order else len(order)
    return bool(line.problem), urgency, line.name


_KINDS = {
    "changes asked": "warning",
    "sending": "error",
    "ready": "good",
    "says applied": "note",
    "applied": "dim",
    "empty": "dim",
}


def _line(line: SeriesLine, name: int, rest: int, say: Callable[[NextStep], str]) -> Row:
    mark = "*" if line.current else " "
    title = fit(clean(line.name), name)
    if line.problem:
        return Row(f"{mark} {title} cannot be read: {line.problem}", "error", line.branch)
    comments = f"{line.open_comments}{'!' if line.asked_again else ''}" if line.open_comments else "-"
    if line.bot_findings:
        comments = f"{'' if comments == '-' else comments}+{line.bot_findings}"
    quiet = f"{line.days_quiet} d" if line.days_quiet is not None else "-"
    step = fit(say(line.step), rest).rstrip()
    if line.reading:
        comments = quiet = READING
    text = f"{mark} {title} v{line.revision:<3}{line.state:14} {comments:>4} {quiet:>6}  {step}"
    return Row(text, "dim" if line.reading else _KINDS.get(line.state, "plain"), line.branch)


def window_words(window: Window | None, short: bool = False) -> str:
    """The header's word on the window: `net-next closed, opens in 12 d`."""
    if window is None:
        return ""
    words = f"{window.tree} {window.state}"
    until = window.until
    if until is None or short:
        return words
    days = (until - _now()).days
    verb = "opens" if window.state == "closed" else "closes"
    return f"{words}, {verb} {f'in {days} d' if days > 0 else 'today'}" if days >= 0 else words


def _now() -> datetime:
    return datetime.now(UTC)
