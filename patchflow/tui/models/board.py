"""The board: every series of the clone, where it stands and its next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from patchflow.domain.arrival import in_short as arrived
from patchflow.domain.next_step import NextStep
from patchflow.domain.patchwork import in_short
from patchflow.domain.window import Window, WindowState
from patchflow.errors import PatchflowError
from patchflow.flow.series.status import needs_mail
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, clean, fit, matches
from patchflow.tui.models.steps import in_keys
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.series import Series
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
    title: str = ""
    home: str = ""  # profile and tree
    reviewed: str = ""  # 2/3
    last: datetime | None = None
    patchwork: str = ""
    arrived: str = ""
    reading: bool = False  # the mail that its state depends on was not read yet
    sent: int = 0  # revisions

    @classmethod
    def of(
        cls, branch: str, series: Series | None, stands: Standing | PatchflowError, current: str, mail_read: bool = True
    ) -> SeriesLine:
        """From what the clone says of a series. A series that was sent has no state before its mail was read, but
        where a send was cut off or a tree holds it."""
        if series is None or isinstance(stands, PatchflowError):
            problem = stands.paragraph() if isinstance(stands, PatchflowError) else ""
            return cls(branch, branch, problem=problem, current=branch == current)
        if not mail_read and needs_mail(series, stands.state):
            return cls(
                branch, series.name, state=READING, patches=len(series.patches), title=series.title,
                step=NextStep.of("reading", READING), current=branch == current, reading=True,
                sent=len(series.revisions),
            )  # fmt: skip
        of = sum(bool(one.part or one.commit) for one in series.last.messages) if series.last else 0
        return cls(
            branch, series.name, series.number_in(stands.state), str(stands.state), len(series.patches),
            stands.open_comments, stands.days_quiet, stands.next_step, current=branch == current,
            asked_again=stands.asked_again, bot_findings=stands.bot_findings, title=series.title,
            home=" ".join(dict.fromkeys(filter(None, (stands.profile, stands.tree)))),
            reviewed=f"{stands.reviewed}/{of}" if of else "", last=stands.last,
            patchwork=in_short(stands.patchwork), arrived=arrived(stands.arrivals), sent=len(series.revisions),
        )  # fmt: skip

    @property
    def told(self) -> NextStep:
        """The next step, and what Patchwork said in front of it, where it was asked."""
        said, step = self.patchwork, self.step
        return NextStep.of(step.id, f"[{said}] ", *step.parts) if said else step


@dataclass(frozen=True, slots=True)
class Board:
    """The series of the clone with their places, and the window."""

    lines: tuple[SeriesLine, ...] = ()
    window: Window | None = None
    folder: str = ""
    reading: bool = True
    news: int = 0  # what `watch` told since its page was looked at
    underway: str = ""  # what git is in the middle of in this work tree
    away: int = 0  # how many series were put away
    stranger: bool = False  # git does not know who the user is
    filters: Mapping[str, str] = field(default_factory=dict)  # those kept by a name
    order: tuple[str, ...] = ()  # names as they stood on the screen: these rows keep their places

    def after(self, before: Board, order: tuple[str, ...]) -> Board:
        """This board where `before` stood on the screen (`order`: where none did, how it was last seen): rows keep
        their places, and one whose mail is being read again keeps what was read of the same revision."""
        known = {line.branch: line for line in before.lines if not line.reading and not line.problem}
        lines = tuple(
            replace(old, current=line.current)
            if line.reading and (old := known.get(line.branch)) and (old.sent, old.patches) == (line.sent, line.patches)
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
        rows = [
            line for line in self.lines if matches(f"{line.branch} {line.title} {line.state} {line.told.words}", words)
        ]
        return sorted(rows, key=lambda line: (self._place(line.name), not line.current, *_order(line)))

    def rows(self, words: str = "", width: int = 80, say: Callable[[NextStep], str] = in_keys) -> list[Row]:
        """The table, its headline first; `say` words a next step."""
        lines = self.lines_with(words)
        if not lines:
            return self._nothing(words)
        name = min(max(12, *(cell_len(clean(line.name)) for line in lines)), 30 if width >= 100 else 20)
        columns = [one for one in _COLUMNS if width >= one.from_width]
        rest = max(10, width - name - 4 - sum(one.width + 1 for one in columns))
        title = min(rest // 2, 40) if width >= _WIDE else 0
        rest -= title + 1 if title else 0
        head = f"  {'series':{name}} {fit('title', title) + ' ' if title else ''}"
        head += " ".join(one.cell(one.head) for one in columns) + "  next step"
        told = [Row(f"  {self.underway}", "warning")] if self.underway else []
        return [Row(head, "head"), *told, *(_line(line, name, title, rest, columns, say) for line in lines)]

    def _nothing(self, words: str) -> list[Row]:
        if self.reading:
            return [Row("reading the series of this clone …", "dim")]
        if words and self.lines:
            how = f"{key('filter')} changes the filter, {key('stop')} takes it away."
            return [Row(f"No series with {words!r} in it; {how}", "dim")]
        rows = [Row(self.underway, "warning"), Row("")] if self.underway else []
        away = f"No series here but {self.away} put away: {key('prompt')}archive --list shows them."
        rows += [Row(away if self.away else "No series here yet.", "strong"), Row("")]
        if self.stranger:
            who = "name, address, way of sending, tree, subsystem, mail"
            rows += [Row(f"git does not know who you are yet. {key('prompt')}setup asks, a sentence each:"),
                     Row(f"{who}."), Row("")]  # fmt: skip
        rows.append(Row(f"{key('create')}  starts one: a branch, its settings, an editable cover letter"))
        rows.append(Row(f"{key('adopt')}  takes over a branch as it is, b4's included"))
        if self.window and self.window.state == WindowState.UNKNOWN:
            rows.append(Row(f"{key('window')}  says why it is unknown whether {self.window.tree} is open"))
        return rows


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


def _line(
    line: SeriesLine, name: int, title: int, rest: int, columns: Sequence[Column], say: Callable[[NextStep], str]
) -> Row:
    mark = "*" if line.current else " "
    start = f"{mark} {fit(clean(line.name), name)}"
    if line.problem:
        return Row(f"{start} cannot be read: {line.problem}", "error", line.branch)
    cells = " ".join(one.cell(clean(one.text(line))) for one in columns)
    step = fit(say(line.step if title else line.told), rest).rstrip()
    about = f" {fit(clean(line.title), title)}" if title else ""
    return Row(
        f"{start}{about} {cells}  {step}", "dim" if line.reading else _KINDS.get(line.state, "plain"), line.branch
    )


def _comments(line: SeriesLine) -> str:
    """Open ones, `!` where one was asked again, and those of bots: `2!+1`."""
    comments = f"{line.open_comments}{'!' if line.asked_again else ''}" if line.open_comments else "-"
    if line.bot_findings:
        comments = f"{'' if comments == '-' else comments}+{line.bot_findings}"
    return comments


def _quiet(line: SeriesLine) -> str:
    return f"{line.days_quiet} d" if line.days_quiet is not None else "-"


def _last(line: SeriesLine) -> str:
    return f"{line.last:%d %b %H:%M}" if line.last else "-"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its headline, width in cells, what stands in it, and how wide the board must be for it.
    What depends on mail that is still being read is `…`."""

    head: str
    width: int
    says: Callable[[SeriesLine], str]
    from_width: int = 0
    right: bool = False
    of_mail: bool = False

    def text(self, line: SeriesLine) -> str:
        """What stands there for a series."""
        return READING if line.reading and self.of_mail else self.says(line)

    def cell(self, text: str) -> str:
        """The text as wide as the column."""
        return fit(text, self.width) if not self.right else " " * max(0, self.width - cell_len(text)) + text


_MIDDLE, _WIDE = 110, 170  # cells
_COLUMNS = (
    Column("rev", 3, lambda line: f"v{line.revision}", of_mail=True),
    Column("patches", 7, lambda line: str(line.patches or "-"), _MIDDLE, right=True),
    Column("state", 14, lambda line: line.state),
    Column("profile, tree", 16, lambda line: line.home, _WIDE),
    Column("tags", 5, lambda line: line.reviewed or "-", _MIDDLE, right=True, of_mail=True),
    Column("patchwork", 16, lambda line: line.patchwork or "-", _WIDE),
    Column("arrived", 9, lambda line: line.arrived.replace(" arrived", "") or "-", _WIDE),
    Column("open", 4, _comments, right=True, of_mail=True),
    Column("quiet", 6, _quiet, right=True, of_mail=True),
    Column("last", 12, _last, _WIDE, of_mail=True),
)


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
