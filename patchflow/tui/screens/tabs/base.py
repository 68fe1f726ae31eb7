"""What every tab shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.errors import ConflictError
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.models.patches import other_context
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import SeriesModel
from patchflow.tui.screens.confirm import Choose, Confirm
from patchflow.tui.screens.resolve import ResolveScreen
from patchflow.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from patchflow.tui.host import Host, SeriesView


class Tab(Panel):
    """One tab: a panel with keys of its own, filled from the screen's model."""

    NAME = ""
    SINGLE = False
    ASIDE = False

    def __init__(self, view: SeriesView) -> None:
        super().__init__(self.NAME, self.SINGLE, self.ASIDE)
        self.view = view
        self._shown: Any = None
        self._asked = ""
        self._place: Any = None

    @property
    def model(self) -> SeriesModel:
        """The series."""
        return self.view.model

    @property
    def host(self) -> Host:
        """The app."""
        return self.view.host

    def list_rows(self) -> Sequence[Row]:
        """The list."""
        return ()

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """What the list's chosen row shows."""
        return ()

    def aside_rows(self, ref: Any) -> Sequence[Row]:
        """What stands beside both, in the widest terminals."""
        return ()

    def idle(self) -> Collection[str]:
        """The actions that have nothing to act on where the cursor stands."""
        return ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None for what has nothing to act on; the key still says why."""
        return None if action.replace("_", "-") in self.idle() else True

    def prepare(self) -> None:
        """The tab is looked at, or the series was read anew while it is: work out what is missing."""

    def forget(self) -> None:
        """What was asked for before may be asked for again."""
        self._asked = ""

    def fill(self) -> None:
        """List and detail as the model is now; the place is kept over a while in which there is nothing to stand on."""
        lines = self.list
        if any(row.ref is not None for row in lines.rows):
            self._place = lines.ref
        self.list.set_rows(self.list_rows())
        if lines.ref is None and self._place is not None:
            lines.move_to_ref(self._place)
        self._to_something()
        self.show_detail()

    def _to_something(self) -> None:
        """From a headline to the next row that stands for something, so that keys have something to act on."""
        lines = self.list
        if lines.ref is None and lines.rows:
            at = lines.rows.index(lines.row) if lines.row in lines.rows else 0
            order = [*lines.rows[at:], *lines.rows[:at]]
            chosen = next((row.ref for row in order if self.stands(row.ref)), None)
            if chosen is not None:
                lines.move_to_ref(chosen)

    def link_id(self) -> str:
        """The mail that the chosen row is about, by its Message-ID; the last revision's first mail where it is none."""
        last = self.model.series.last if self.model.read else None
        return last.root if last else ""

    def stands(self, ref: Any) -> bool:
        """Whether a row is one to begin with."""
        return ref is not None

    def show_detail(self) -> None:
        """The detail of the chosen row; it keeps its place while the same thing is shown."""
        ref = self.list.ref
        keep = ref is not None and ref == self._shown
        self._shown = ref
        self.detail.set_rows(self.detail_rows(ref), keep)
        if self.aside is not None and self.aside.display:
            self.aside.set_rows(self.aside_rows(ref), keep)

    def change(self, title: str, call: Callable[[], Any], done: str = "") -> None:
        """Runs a change of the clone in a thread, then shows it; `u` takes it back. What does not merge is resolved."""

        def after(value: object) -> None:
            if isinstance(value, ConflictError):
                self.app.push_screen(ResolveScreen(title, value, lambda: self.change(title, call, done)))
                return
            self.host.say(f"{done or title}; {key('undo')} takes it back.")
            self.host.reread_views()

        self.host.job(title, lambda job: work.writing.or_conflict(call), after, group="change", lasting=True)

    def confirm(
        self,
        title: str,
        rows: Sequence[Row],
        answer: str,
        verb: str,
        then: Callable[[], None],
        unfolded: Sequence[Row] | None = None,
    ) -> None:
        """Shows a page; only the key of `answer` goes on. Another key shows `unfolded` in place of `rows`."""

        def chosen(yes: bool | None) -> None:
            if yes:
                then()

        self.app.push_screen(Confirm(title, rows, answer, verb, unfolded), chosen)

    def choose(
        self,
        title: str,
        make: Callable[[Collection[int]], Sequence[Row]],
        ticked: Collection[int],
        answer: tuple[str, str],
        then: Callable[[Collection[int]], None],
    ) -> None:
        """Shows a page whose lines are ticked; only the key of `answer` (action, verb) goes on, with what is ticked."""
        page = Choose(title, make, ticked, *answer)

        def chosen(yes: bool | None) -> None:
            if yes:
                then(frozenset(page.ticked))

        self.app.push_screen(page, chosen)


class DiffTab(Tab):
    """A tab whose detail is a diff: with more of its file, and with what was beside what is."""

    def _set_context(self, step: int) -> None:
        self.model.context, words = other_context(self.model.context, step)
        self.host.say(words)
        self.context_changed()

    def context_changed(self) -> None:
        """Another number of lines stands around each change."""
        self.show_detail()

    def action_more_context(self) -> None:
        """More lines around each change."""
        self._set_context(1)

    def action_less_context(self) -> None:
        """Fewer of them."""
        self._set_context(-1)

    def action_sides(self) -> None:
        """What was beside what is, and back."""
        self.model.sides = self.view.turn_sides(self.model.sides)
        self.call_after_refresh(self.show_detail)
