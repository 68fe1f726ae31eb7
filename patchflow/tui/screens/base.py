"""What every view shares: bars above and below, one place where keys become actions, moving and searching in lists."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from patchflow.tui.actions import EVERYWHERE, LISTS, key_of
from patchflow.tui.widgets.bars import Header, Keys, Next
from patchflow.tui.widgets.lines import STYLES, Lines

if TYPE_CHECKING:
    from patchflow.tui.app import PatchflowApp
    from patchflow.tui.jobs import Job


class View(Screen[Any]):
    """A screen with header, body, next step and keys."""

    COMPONENT_CLASSES = STYLES
    # Classes for the style sheet, which then lays out once.
    HORIZONTAL_BREAKPOINTS = [(0, "narrow"), (110, "wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "tiny"), (8, "low"), (12, "high")]  # noqa: RUF012

    @property
    def flow(self) -> PatchflowApp:
        """The app, as what it is."""
        return cast("PatchflowApp", self.app)

    # What a view says of itself

    def places(self) -> tuple[str, ...]:
        """Where one is, in the words of the table of keys; the most particular first."""
        return (LISTS,)

    def all_places(self) -> tuple[str, ...]:
        """Where one is, with what works everywhere."""
        return (*self.places(), EVERYWHERE)

    def footer(self) -> list[tuple[str, str]]:
        """(key, title) of what the line of keys names."""
        return self.flow.keymap.footer(self.all_places(), self.idle())

    def idle(self) -> Collection[str]:
        """The actions that have nothing to act on where the cursor stands; the line of keys leaves them out."""
        return ()

    def title_words(self) -> tuple[str, str]:
        """The header: left, right."""
        return "patchflow", ""

    def next_words(self) -> str:
        """The line above the keys."""
        return ""

    def body(self) -> Widget:
        """What stands between the bars."""
        raise NotImplementedError

    def reread(self) -> None:
        """The clone changed: read anew what is shown."""

    def keep(self) -> None:
        """The view may be closed: keeps what was written in it."""

    def job_told(self, job: Job) -> None:
        """A job got further."""

    def job_failed(self, job: Job, words: str) -> None:
        """A job failed: the words stay where its outcome was to stand, for the notice goes."""

    def doer(self, name: str) -> Callable[[], None] | None:
        """The method that does an action here, None where the app does it."""
        return getattr(self, name, None)

    # The frame

    def compose(self) -> ComposeResult:
        """Bars around the body."""
        yield Header(id="header")
        yield from self.above()
        body = self.body()
        body.add_class("body")  # no container around it: each layer is drawn, line by line, though nobody sees it
        yield body
        yield Next(id="next")
        yield Keys(id="keys")

    def above(self) -> ComposeResult:
        """What stands between header and body."""
        yield from ()

    def refresh_bars(self) -> None:
        """Header, next step and keys as they are now."""
        if not self.is_mounted or not self.query_one_optional("#keys"):
            return
        self.query_one("#header", Header).show(*self.title_words())
        self.query_one("#next", Next).show(self.flow.running() or self.next_words())
        self.refresh_keys()

    def refresh_keys(self) -> None:
        """The line of keys, which follows the cursor."""
        self.query_one("#keys", Keys).show_keys(self.footer())

    def on_mount(self) -> None:
        """The bars need their width first."""
        self.call_after_refresh(self.refresh_bars)

    def on_resize(self, event: events.Resize) -> None:
        """The bars are cut anew."""
        self.call_after_refresh(self.refresh_bars)

    def on_screen_resume(self) -> None:
        """Back from another view."""
        self.refresh_bars()

    def notify_style_update(self) -> None:
        """The theme or a class changed the colours."""
        super().notify_style_update()
        for lines in self.query(Lines):
            lines.forget_styles()

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Looks the key up in the table."""
        action = self.flow.keymap.find(key_of(event.key, event.character), self.all_places())
        if action is not None:
            event.stop()
            event.prevent_default()
            self.flow.perform(action, self)

    def lines(self) -> Lines | None:
        """The list or text that has the focus, else the first there is."""
        if isinstance(self.focused, Lines):
            return self.focused
        return next(iter(self.query(Lines)), None)

    def _move(self, step: int) -> None:
        if lines := self.lines():
            lines.move_by(step)

    def do_down(self) -> None:
        """One line down."""
        self._move(1)

    def do_up(self) -> None:
        """One line up."""
        self._move(-1)

    def do_page_down(self) -> None:
        """One page down."""
        if lines := self.lines():
            lines.move_by(lines.page())

    def do_page_up(self) -> None:
        """One page up."""
        if lines := self.lines():
            lines.move_by(-lines.page())

    def do_half_down(self) -> None:
        """Half a page down."""
        if lines := self.lines():
            lines.move_by(lines.page() // 2)

    def do_half_up(self) -> None:
        """Half a page up."""
        if lines := self.lines():
            lines.move_by(-(lines.page() // 2))

    def do_top(self) -> None:
        """The first line."""
        if lines := self.lines():
            lines.move_to(0)

    def do_bottom(self) -> None:
        """The last line."""
        if lines := self.lines():
            lines.move_to(1 << 30)

    def do_next_change(self) -> None:
        """The next headline."""
        if lines := self.lines():
            lines.move_to_head(1)

    def do_previous_change(self) -> None:
        """The headline before."""
        if lines := self.lines():
            lines.move_to_head(-1)

    def do_search(self) -> None:
        """Asks for words, and goes to the first place."""
        from patchflow.tui.screens.ask import Ask

        lines = self.lines()

        def chosen(words: str | None) -> None:
            if lines is not None and words is not None and not lines.search(words):
                self.flow.say(f"{words!r} is not here.", "warning")

        self.app.push_screen(Ask("/", "", lines.words if lines else ""), chosen)

    def _again(self, step: int) -> None:
        lines = self.lines()
        if lines and not lines.words:
            self.flow.say("/ searches first.")
        elif lines and not lines.search(lines.words, step):
            self.flow.say(f"{lines.words!r} is not here.", "warning")

    def do_search_next(self) -> None:
        """The next place."""
        self._again(1)

    def do_search_previous(self) -> None:
        """The place before."""
        self._again(-1)

    def do_copy(self) -> None:
        """This line to the clipboard."""
        lines = self.lines()
        if lines and lines.row:
            from patchflow.tui.models.rows import clean

            self.app.copy_to_clipboard(clean(lines.row.text).strip())
            self.flow.say("Copied this line.")

    def do_copy_all(self) -> None:
        """Everything to the clipboard."""
        if lines := self.lines():
            self.app.copy_to_clipboard(lines.text())
            self.flow.say(f"Copied {len(lines.rows)} lines.")
