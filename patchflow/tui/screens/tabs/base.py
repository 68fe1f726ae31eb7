"""What every tab shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import SeriesModel
from patchflow.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from patchflow.tui.app import PatchflowApp
    from patchflow.tui.screens.series import SeriesScreen


class Tab:
    """One tab: a panel, filled from the screen's model."""

    name = ""
    single = False

    def __init__(self, screen: SeriesScreen) -> None:
        self.screen = screen
        self.panel = Panel(self.name, self.single)
        self._shown: Any = None
        self._asked = ""
        self._place: Any = None

    @property
    def model(self) -> SeriesModel:
        """The series."""
        return self.screen.model

    @property
    def flow(self) -> PatchflowApp:
        """The app."""
        return self.screen.flow

    def rows(self) -> Sequence[Row]:
        """The list."""
        return ()

    def detail(self, ref: Any) -> Sequence[Row]:
        """What the list's chosen row shows."""
        return ()

    def idle(self) -> Collection[str]:
        """The actions that have nothing to act on where the cursor stands."""
        return ()

    def opened(self) -> None:
        """The tab is looked at, or the series was read anew while it is: work out what is missing."""

    def fill(self) -> None:
        """List and detail as the model is now; the place is kept over a while in which there is nothing to stand on."""
        lines = self.panel.list
        if any(row.ref is not None for row in lines.rows):
            self._place = lines.ref
        self.panel.show(self.rows())
        if lines.ref is None and self._place is not None:
            lines.move_to_ref(self._place)
        self._to_something()
        self.show_detail()

    def _to_something(self) -> None:
        """From a headline to the next row that stands for something, so that keys have something to act on."""
        lines = self.panel.list
        if lines.ref is None and lines.rows:
            at = lines.rows.index(lines.row) if lines.row in lines.rows else 0
            order = [*lines.rows[at:], *lines.rows[:at]]
            chosen = next((row.ref for row in order if self.stands(row.ref)), None)
            if chosen is not None:
                lines.move_to_ref(chosen)

    def stands(self, ref: Any) -> bool:
        """Whether a row is one to begin with."""
        return ref is not None

    def show_detail(self) -> None:
        """The detail of the chosen row; it keeps its place while the same thing is shown."""
        ref = self.panel.list.ref
        keep = ref is not None and ref == self._shown
        self._shown = ref
        self.panel.show_detail(self.detail(ref), keep)

    def change(self, title: str, call: Callable[[], Any], done: str = "") -> None:
        """Runs a change of the clone in a thread, then shows it; `u` takes it back."""

        def after(value: Any) -> None:
            self.flow.say(f"{done or title}; {key('undo')} takes it back.")
            self.flow.changed()

        self.flow.job(title, lambda job: call(), after, group="change", lasting=True)

    def ask(self, mark: str, words: str, then: Callable[[str], None], value: str = "") -> None:
        """Asks for one line; an empty one changes nothing."""
        from patchflow.tui.screens.ask import Ask

        def chosen(text: str | None) -> None:
            if text and text.strip():
                then(text.strip())

        self.flow.push_screen(Ask(mark, words, value), chosen)

    def confirm(self, title: str, rows: Sequence[Row], key: str, verb: str, then: Callable[[], None]) -> None:
        """Shows a page; only the key named goes on."""
        from patchflow.tui.screens.ask import Confirm

        def chosen(yes: bool | None) -> None:
            if yes:
                then()

        self.flow.push_screen(Confirm(title, rows, key, verb), chosen)

    def choose(
        self,
        title: str,
        make: Callable[[Collection[int]], Sequence[Row]],
        ticked: Collection[int],
        answer: tuple[str, str],
        then: Callable[[Collection[int]], None],
    ) -> None:
        """Shows a page whose lines are ticked; only the key of `answer` (key, verb) goes on, with what is ticked."""
        from patchflow.tui.screens.ask import Choose

        page = Choose(title, make, ticked, *answer)

        def chosen(yes: bool | None) -> None:
            if yes:
                then(frozenset(page.ticked))

        self.flow.push_screen(page, chosen)
