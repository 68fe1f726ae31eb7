"""What the views need of their app, and the tabs of their screen: they know these, and neither app nor screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from textual.events import Key

    from patchflow.domain.patch import Patch
    from patchflow.tui.jobs import Job
    from patchflow.tui.models.board import Board
    from patchflow.tui.models.series import SeriesModel
    from patchflow.tui.models.try_ import TryModel

Severity = Literal["information", "warning", "error"]


class Host(Protocol):
    """The app, as its views see it."""

    directory: str
    poll: bool  # whether changes from outside are looked for
    tries: dict[str, TryModel]

    @property
    def typed(self) -> float:
        """When the key that is being acted on was typed, in the clock of Textual's events."""

    def job(
        self,
        title: str,
        call: Callable[[Job], Any],
        then: Callable[[Any], object],
        *,
        group: str,
        quiet: bool = False,
        early: Callable[[Any], object] | None = None,
        lasting: bool = False,
    ) -> Job:
        """Runs slow work in a thread; a newer job of the same group makes the older one's results worthless."""

    def read_board(self, heard: Callable[[Board], None]) -> Board:
        """Every series of the clone, read in a thread; `heard` gets the board without the mail first."""

    def load_screens(self) -> None:
        """Loads what the board did not need, so that no key waits for it."""

    def job_of(self, group: str) -> Job | None:
        """The job of a group that runs now."""

    def job_progress(self, job: Job) -> None:
        """A job got further: from any thread."""

    def show_job(self, job: Job) -> None:
        """How far a job is, in the bar and where a view shows it itself."""

    def progress_line(self) -> str:
        """What runs now, for the bar."""

    def stop_jobs(self) -> bool:
        """Stops what the user sees running; False where nothing did."""

    def ask(
        self,
        mark: str,
        words: str,
        then: Callable[[str], object],
        value: str = "",
        *,
        empty: bool = False,
        always: bool = False,
        offers: Callable[[str], Sequence[str]] | None = None,
        earlier: Sequence[str] = (),
    ) -> None:
        """Asks for one line; one left empty changes nothing, but where that is an answer, nor one left as it stood, but
        where it is `always` one. Where what it leads to fails, it is asked once more, with what was typed."""

    def may_send(self) -> bool:
        """Whether nothing is being sent; else says so."""

    def say(self, text: str, severity: Severity = "information") -> None:
        """A notice in one paragraph."""

    def trouble(self, error: BaseException) -> str:
        """An error as a notice, and its words."""

    def reread_views(self, quiet: bool = False) -> None:
        """Something of the clone is different now: every view that shows it reads anew."""

    def refresh_bars(self) -> None:
        """Header, next step and keys anew."""

    def on_terminal(self, call: Callable[[], Any]) -> Any:
        """Gives the terminal to another program for the time of the call."""

    def give_now(self, ahead: Iterable[Key]) -> None:
        """Hands on keys that had to wait, before any that was typed after them."""

    def use_theme(self, name: str) -> None:
        """Another theme, by name."""

    def open_link(self, url: str) -> None:
        """A page of an archive, in the browser or on the clipboard; "" for what was not sent."""

    def action_undo(self) -> None:
        """Takes the last change back, after a page that shows it."""

    def action_redo(self) -> None:
        """Makes again what was taken back last, after a page that shows it."""

    def action_close(self) -> None:
        """Closes the view; on the board: leaves."""


class SeriesView(Protocol):
    """The screen of a series, as its tabs see it."""

    model: SeriesModel
    current: str

    @property
    def host(self) -> Host:
        """The app."""

    @property
    def is_current(self) -> bool:
        """Whether the screen is on top."""

    def refill(self) -> None:
        """The chosen tab and the bars anew."""

    def turn_sides(self, now: bool) -> bool:
        """Whether what was is to stand beside what is, where `now` says whether it does."""

    def run_checks(self) -> None:
        """Every check, in a thread."""

    def reword(self, patch: Patch) -> None:
        """A patch's message in the editor."""

    def edit_cover(self) -> None:
        """The cover letter in the editor."""

    def edit_file(self, place: tuple[str, int] | None) -> None:
        """A file of the work tree in the editor, at a line."""

    def reply_to(self, ids: list[str]) -> None:
        """Opens the draft that answers these comments or this message."""

    def amend_patch(self, subject: str) -> None:
        """Goes to the patch of that title and asks to put the uncommitted changes into it."""

    def apply_trailers(self) -> None:
        """Shows what reviewers gave, and writes what is ticked into the commits after a page that asks."""

    def respin(self) -> None:
        """Opens the next revision after a page that shows what will be in it."""
