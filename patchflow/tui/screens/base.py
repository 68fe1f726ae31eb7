"""What every view shares: bars above and below, one place where keys become actions, moving and searching in lists."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from patchflow.formats.counted import many
from patchflow.tui.actions import EVERYWHERE, LISTS, Now, key, key_name, raw_key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import clean
from patchflow.tui.widgets.bars import Header, Keys, Next
from patchflow.tui.widgets.lines import STYLES, Lines

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.tui.host import Host
    from patchflow.tui.jobs import Job

# What Textual has on any screen, but for Tab, which goes between panes.
TEXTUAL = (Binding("shift+tab", "app.focus_previous", show=False), Binding("ctrl+c", "screen.copy_text", show=False))


class View(Screen[Any], inherit_bindings=False):
    """A screen with header, body, next step and keys.

    Its bindings are its own places' and what Textual has on any screen; a subclass names all of them anew, because of
    two bindings of one key Textual takes the base class's.
    """

    BINDINGS = [*bindings(LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it
    COMPONENT_CLASSES = STYLES
    # Classes for the style sheet, which then lays out once.
    HORIZONTAL_BREAKPOINTS = [(0, "narrow"), (110, "wide"), (160, "widest")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "tiny"), (8, "low"), (12, "high")]  # noqa: RUF012

    @property
    def host(self) -> Host:
        """The app."""
        return cast("Host", self.app)

    # What a view says of itself

    def places(self) -> tuple[str, ...]:
        """Where one is, in the words of the table of keys; the most particular first."""
        return (LISTS,)

    everywhere = True  # whether what works everywhere works here

    def footer(self) -> list[tuple[str, str]]:
        """(key, title) of what the line of keys names; from the table, for it is drawn at every move of the cursor."""
        places, idle = (*self.places(), *([EVERYWHERE] if self.everywhere else [])), {"help", *self.idle()}
        rows = [one for place in places for one in Now.keymap.actions if place in one.places]
        return [(key_name(one.keys[0]), one.title) for one in rows if one.title and one.keys and one.id not in idle]

    def idle(self) -> Collection[str]:
        """The actions that have nothing to act on where the cursor stands."""
        return ()

    def escape(self) -> None:
        """Esc where nothing runs: closes the view."""
        self.host.action_close()

    def title_words(self) -> tuple[str, str]:
        """The header: left, right."""
        return "patchflow", ""

    def next_words(self) -> str:
        """The line above the keys."""
        return ""

    def profile(self) -> Profile | None:
        """The profile of what is shown, for the window."""
        return None

    def body(self) -> Widget:
        """What stands between the bars."""
        raise NotImplementedError

    def reread(self) -> None:
        """The clone changed: read anew what is shown."""

    def fill(self) -> None:
        """What was read, drawn as it is worded now."""

    def keep(self) -> None:
        """The view may be closed: keeps what was written in it."""

    def job_progress(self, job: Job) -> None:
        """A job got further."""

    def job_failed(self, job: Job, words: str) -> None:
        """A job failed: the words stay where its outcome was to stand, for the notice goes."""

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
        if not self.is_mounted or not self.query("#keys"):
            return
        self.query_one("#header", Header).show(*self.title_words())
        self.query_one("#next", Next).show(self.host.progress_line() or self.next_words())
        self.refresh_keys()

    def refresh_keys(self) -> None:
        """The line of keys, which follows the cursor."""
        self.query_one("#keys", Keys).show_keys(self.footer(), key("help") if self.everywhere else "")

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

    def on_keys_clicked(self, message: Keys.Clicked) -> None:
        """As if the key had been typed."""
        name = raw_key(message.name)
        self.host.give_now([events.Key(name, name if len(name) == 1 else None)])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None for what has nothing to act on: the line of keys leaves it out, and the key says why it does nothing."""
        return None if action.replace("_", "-") in self.idle() else True

    def before_key(self) -> None:
        """A key comes: does what an earlier one left for later."""

    def holds(self, event: events.Key, action: str | None) -> bool:
        """Keeps a key back for later; False where it may act now."""
        return False

    def lines(self) -> Lines | None:
        """The list or text that has the focus, else the first there is."""
        if isinstance(self.focused, Lines):
            return self.focused
        return next(iter(self.query(Lines)), None)

    def _move(self, step: int) -> None:
        if lines := self.lines():
            lines.move_by(step)

    def action_down(self) -> None:
        """One line down."""
        self._move(1)

    def action_up(self) -> None:
        """One line up."""
        self._move(-1)

    def action_page_down(self) -> None:
        """One page down."""
        if lines := self.lines():
            lines.move_by(lines.page())

    def action_page_up(self) -> None:
        """One page up."""
        if lines := self.lines():
            lines.move_by(-lines.page())

    def action_half_down(self) -> None:
        """Half a page down."""
        if lines := self.lines():
            lines.move_by(lines.page() // 2)

    def action_half_up(self) -> None:
        """Half a page up."""
        if lines := self.lines():
            lines.move_by(-(lines.page() // 2))

    def action_top(self) -> None:
        """The first line."""
        if lines := self.lines():
            lines.move_to(0)

    def action_bottom(self) -> None:
        """The last line."""
        if lines := self.lines():
            lines.move_to(1 << 30)

    def action_next_change(self) -> None:
        """The next headline."""
        if lines := self.lines():
            lines.move_to_head(1)

    def action_previous_change(self) -> None:
        """The headline before."""
        if lines := self.lines():
            lines.move_to_head(-1)

    def action_search(self) -> None:
        """Asks for words, and goes to the first place."""
        lines = self.lines()

        def chosen(words: str) -> None:
            if lines is not None and not lines.search(words):
                self.host.say(f"{words!r} is not here.", "warning")

        self.host.ask("/", "", chosen, lines.words if lines else "", empty=True, always=True)

    def _again(self, step: int) -> None:
        lines = self.lines()
        if lines and not lines.words:
            self.host.say(f"{key('search')} searches first.")
        elif lines and not lines.search(lines.words, step):
            self.host.say(f"{lines.words!r} is not here.", "warning")

    def action_search_next(self) -> None:
        """The next place."""
        self._again(1)

    def action_search_previous(self) -> None:
        """The place before."""
        self._again(-1)

    def action_select(self) -> None:
        """Begins a selection of lines, or ends it."""
        if lines := self.lines():
            lines.select()

    def end_selection(self) -> bool:
        """Ends a selection; False where there is none."""
        lines = self.lines()
        if lines is None or lines.begun is None:
            return False
        lines.end_selection()
        return True

    def action_copy(self) -> None:
        """This line, or those selected, to the clipboard."""
        lines = self.lines()
        if lines and (rows := lines.selected()):
            self.app.copy_to_clipboard("\n".join(clean(row.text).strip() if len(rows) == 1 else clean(row.text).rstrip()
                                                 for row in rows))  # fmt: skip
            lines.end_selection()
            self.host.say("Copied this line." if len(rows) == 1 else f"Copied {many(len(rows), 'line')}.")

    def action_copy_all(self) -> None:
        """The whole list or text to the clipboard."""
        if lines := self.lines():
            self.app.copy_to_clipboard(lines.text())
            self.host.say(f"Copied {many(len(lines.rows), 'line')}.")
