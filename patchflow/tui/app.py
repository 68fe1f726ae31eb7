"""The app: starts, knows the keys, does what works everywhere."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SuspendNotSupported, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from patchflow.adapters.process import has_shell
from patchflow.flow.clone import Clone
from patchflow.tui import screens, work
from patchflow.tui.actions import EVERYWHERE, Keymap, Now, key, key_name
from patchflow.tui.bindings import bindings, for_textual
from patchflow.tui.colours import NoColour, plain_theme
from patchflow.tui.garbage import EVERY, Garbage
from patchflow.tui.keyboard import Keyboard
from patchflow.tui.messages import JobFailed, OutsideChange
from patchflow.tui.models.board import Board
from patchflow.tui.models.commands import completions
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import View
from patchflow.tui.screens.board import BoardScreen
from patchflow.tui.screens.confirm import Confirm
from patchflow.tui.screens.help import HelpScreen
from patchflow.tui.screens.window import WindowScreen
from patchflow.tui.working import Working

if TYPE_CHECKING:
    from patchflow.adapters.git.change import Step
    from patchflow.tui.models.try_ import TryModel
    from patchflow.tui.read_ahead import ReadAhead

_POLL = 1.0


class PatchflowApp(Working, inherit_bindings=False):
    """The terminal UI of one clone."""

    CSS_PATH = "patchflow.tcss"
    TITLE = "patchflow"
    COMMAND_PALETTE_BINDING = "f35"  # Textual's own, which nobody can change; ours is in the table
    NOTIFICATION_TIMEOUT = 6
    BINDINGS: ClassVar[list[Any]] = bindings(EVERYWHERE)

    def __init__(self, directory: str, poll: bool = True, ahead: ReadAhead | None = None) -> None:
        self._plain = os.environ.pop("NO_COLOR", "") != ""
        super().__init__()
        self.directory = directory
        self.poll = poll
        self._settings_ahead = self._board_ahead = ahead
        self._loaded = False
        Now.keymap = Keymap()
        self.keyboard = Keyboard(self)
        self.tries: dict[str, TryModel] = {}
        self.words: dict[str, list[str]] = {}  # that may follow each command, once somebody gave one
        self.given: list[str] = []  # command lines, the newest last
        self.shelled: list[str] = []  # the shell's
        self._seen = ""
        self._settings: tuple[Keymap, str] | None = None
        self._ahead: list[events.Key | events.Paste] = []
        self._keys_known = False
        self.first_theme = ""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, and last the one that takes every colour out."""
        return [*super().get_line_filters(), *([NoColour()] if self._plain else [])]

    # Starting

    def on_mount(self) -> None:
        """The board at once; everything else in threads."""
        if self._plain:
            self.theme = plain_theme(self)
        elif self.first_theme:
            self.use_theme(self.first_theme)
        self._mark_plain()
        settings, board = self._settings_ahead.so_far() if self._settings_ahead else (None, None)
        if settings:
            self._settings_ahead = None
            self._use_settings(settings)
        else:
            self.call_after_refresh(self._read_settings)
        self.push_screen(BoardScreen(board))
        self.garbage = Garbage()
        self.set_interval(EVERY, self.garbage.look)
        if self.poll:
            self.set_interval(_POLL, self._look)

    def _read_settings(self) -> None:
        ahead, self._settings_ahead = self._settings_ahead, None
        self.job(
            "settings",
            lambda job: ahead.settings() if ahead else work.board.settings(self.directory),
            self._use_settings,
            group="settings",
            quiet=True,
        )

    def read_board(self, heard: Callable[[Board], None]) -> Board:
        """Every series of the clone, in a thread; the first time as it was read while this UI was being loaded."""
        ahead, self._board_ahead = self._board_ahead, None
        return ahead.board(heard) if ahead else work.board.read_board(self.directory, heard)

    def load_screens(self) -> None:
        """Loads what the board did not need, so that no key waits for it."""
        if not self._loaded:
            self._loaded = True
            self.job("", lambda job: [getattr(screens, name) for name in screens.__all__], lambda found: None,
                     group="screens", quiet=True)  # fmt: skip

    def _use_settings(self, found: tuple[Keymap, str]) -> None:
        before, self._settings = self._settings, found
        if found == before:
            return
        Now.keymap, theme = found
        self.set_keymap(for_textual(Now.keymap))
        if Now.keymap.unknown:
            self.say(f"patchflow.key names no action: {', '.join(Now.keymap.unknown)}", "warning")
        for words in Now.keymap.conflicts():
            self.say(f"Of your own keys {words}.", "warning")
        if theme and not self._plain and (before is None or theme != before[1]):
            self.use_theme(theme)
        if isinstance(self.screen, View):
            self.screen.fill()
        self._know_keys()
        self.refresh_bars()

    def on_job_failed(self, message: JobFailed) -> None:
        """Where the user's keys cannot be read, the usual ones are used."""
        if message.job.group == "settings":
            self._know_keys()

    def _know_keys(self) -> None:
        self._keys_known = True
        ahead, self._ahead = self._ahead, []
        self.give_now(ahead)

    def _mark_plain(self) -> None:
        self.set_class(self._plain or "ansi" in self.theme, "plain")

    def use_theme(self, name: str) -> None:
        """Another theme, by name; `plain` is the terminal's own colours."""
        name = plain_theme(self) if name == "plain" else name
        if name not in self.available_themes:
            self.say(f"There is no theme {name!r}.", "warning")
            return
        self.theme = name

    def watch_theme(self, name: str) -> None:
        """The lines draw themselves anew once the screen has the new styles."""
        self._mark_plain()

    def on_unmount(self) -> None:
        """Nothing that runs outlives the screen."""
        for job in self.jobs:
            job.stop()
        self.garbage.end()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Keys and what is pasted go one at a time to who is there to take them."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if self.leaving:
                return
            if isinstance(event, events.Key) and event.key == "ctrl+j":
                # Enter, typed while the terminal was handed from the first frame to the UI, comes as a line feed.
                event = events.Key("enter", "\r")
            self.app_focus = True
            self.garbage.key()
            if self._keys_known:
                await self.keyboard.give(event)
            else:
                self._ahead.append(event)  # typed at the first frame: what the user means by it is being read
        else:
            await super().on_event(event)

    def give_now(self, ahead: Iterable[events.Key | events.Paste]) -> None:
        """Hands on what had to wait, before anything that was typed after it."""

        async def give() -> None:
            for event in ahead:
                await self.keyboard.give(event)

        self.call_next(give)

    @property
    def typed(self) -> float:
        """When the key that is being acted on was typed."""
        return self.keyboard.typed

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What works everywhere does not where a page asks, and where a text is written; leaving does."""
        view = self.screen if self.screen_stack else None
        return action in ("quit", "suspend") or not isinstance(view, View) or view.everywhere

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every action that works here."""
        for id, bound in {one.binding.id: one for one in screen.active_bindings.values()}.items():
            if id:
                title = bound.binding.description or id.replace("-", " ")
                keys = " ".join(map(key_name, Now.keymap.of(id).keys))
                yield SystemCommand(f"{title}  {keys}", bound.binding.tooltip, partial(self.act, bound))
        for line in self._board().lines:
            yield SystemCommand(f"series {line.name}", "open the series", partial(self._open, line.branch))
        for name in self.words.get("", ()):
            yield SystemCommand(f":{name}", "a command of patchflow", partial(self._ask_command, f"{name} "))
        for name in sorted(self.available_themes):
            yield SystemCommand(f"theme {name}", "use this theme", lambda name=name: self.use_theme(name))

    # What works everywhere

    def action_help(self) -> None:
        """Every key of this view."""
        view = self.screen
        if isinstance(view, View):
            self.push_screen(HelpScreen(Now.keymap, (*view.places(), EVERYWHERE)))

    def action_palette(self) -> None:
        """Textual's command palette: actions, series, commands and themes."""
        self._read_words()
        self.action_command_palette()

    def _read_words(self) -> None:
        if not self.words:
            self.job("", lambda job: work.running.command_words(self.directory), self.words.update, group="words",
                     quiet=True)  # fmt: skip

    def _board(self) -> Board:
        """The board, which stands below every other view."""
        return next((view.board for view in self.screen_stack if isinstance(view, BoardScreen)), Board())

    def _open(self, branch: str) -> None:
        """A series, over the board."""
        while len(self.screen_stack) > 2:
            if isinstance(self.screen, View):
                self.screen.keep()
            self.pop_screen()
        self.push_screen(screens.series.SeriesScreen(branch))

    def action_prompt(self) -> None:
        """A command of patchflow's."""
        self._ask_command("")

    def _ask_command(self, begun: str) -> None:
        self._read_words()
        words = f"a command of patchflow, for example: status --all; {key('complete')} completes it"
        self.ask(":", words, self._command, begun, offers=lambda text: completions(text, self.words),
                 earlier=self.given)  # fmt: skip

    def _command(self, text: str) -> None:
        if isinstance(self.screen, View):
            self.given = [*(one for one in self.given if one != text), text]
            screens.output.run_line(self.screen, text)

    def action_shell(self) -> None:
        """A shell command, with the terminal its own."""

        def chosen(text: str) -> None:
            if isinstance(self.screen, View):
                self.shelled = [*(one for one in self.shelled if one != text), text]
                argv = [os.environ.get("SHELL") or "/bin/sh", "-c", text]
                screens.output.outside(self.screen.host, argv, True, self.directory)

        self.ask("!", "a shell command, run in this work tree", chosen, earlier=self.shelled)

    def action_suspend(self) -> None:
        """Back to the shell that started this; what is being sent would not wait for it."""
        if self.is_headless or not has_shell():
            self.say("No shell started patchflow, so there is none to go back to.", "warning")
        elif self.may_send():
            # With what started us in the same job, as a terminal does; all at once, when the terminal is the shell's.
            self.on_terminal(lambda: os.killpg(0, signal.SIGSTOP))
            self.reread_views()

    def open_link(self, url: str) -> None:
        """A page of an archive: in the browser of the desktop, else on the clipboard."""
        if not url:
            self.say("It was not sent yet, so no archive has it.", "warning")
        elif work.running.browse(url):
            self.say(f"Opened {url}")
        else:
            self.copy_to_clipboard(url)
            self.say(f"There is no browser here; copied {url}")

    def action_undo(self) -> None:
        """Takes the last change back, after a page that shows it."""
        self.job("undo", lambda job: work.changing.step_to_undo(self.directory),
                 lambda step: self._ask_step(step, False), group="step")  # fmt: skip

    def action_redo(self) -> None:
        """Makes again what was taken back last, after a page that shows it."""
        self.job("redo", lambda job: work.changing.step_to_redo(self.directory),
                 lambda step: self._ask_step(step, True), group="step")  # fmt: skip

    def _ask_step(self, step: Step | None, forward: bool) -> None:
        if step is None:
            self.say(f"There is nothing to {'redo' if forward else 'undo'} in this clone.", "warning")
            return

        def chosen(yes: bool | None) -> None:
            if yes:
                call = work.changing.redo if forward else work.changing.undo
                self.job("redo" if forward else "undo", lambda job: call(self.directory, step),
                         lambda title: self._moved(title, forward), group="change", lasting=True)  # fmt: skip

        head, *rest = step.lines(forward)
        rows = [
            Row(head, "strong"),
            Row(""),
            *(Row(line, "warning" if "Take care" in line else "plain") for line in rest),
        ]
        title, verb = ("Make this again?", "make again") if forward else ("Take this back?", "take back")
        self.push_screen(Confirm(title, rows, "confirm", verb), chosen)

    def _moved(self, title: str, forward: bool) -> None:
        self.say(f"{'Made again' if forward else 'Taken back'}: {title}.")
        self.reread_views()

    def action_steps(self) -> None:
        """What undo takes back, newest first."""
        self.job("steps", lambda job: work.changing.steps(self.directory),
                 lambda found: self.push_screen(screens.output.steps_screen(found)), group="step")  # fmt: skip

    def action_log(self) -> None:
        """What was said, and the commands that ran."""
        self.push_screen(screens.output.log_screen(self.said))

    def action_window(self) -> None:
        """The window's own screen."""
        view = self.screen
        if isinstance(view, View) and not isinstance(view, WindowScreen):
            self.push_screen(WindowScreen(view.profile()))

    def action_drafts(self) -> None:
        """Drafts of replies."""
        self.push_screen(screens.reply.DraftsScreen())

    def action_fetch(self) -> None:
        """Takes mail in."""

        def chosen(where: str) -> None:
            self.job(f"reading {where}", lambda job: work.running.fetch(self.directory, where, job), self._fetched,
                     group="fetch")  # fmt: skip

        self.ask("mail: ", "an mbox file (also .gz, .xz) or a Maildir to take in", chosen)

    def action_refresh(self) -> None:
        """Takes in what came to every source of mail."""
        self.job("taking mail in", lambda job: work.running.refresh(self.directory, job), self._fetched, group="fetch")

    def _fetched(self, words: str) -> None:
        self.say(words)
        self.reread_views()

    def action_theme(self) -> None:
        """The next of a few themes, plain ANSI among them."""
        if self._plain:
            self.say("NO_COLOR is set, so there is nothing to choose.")
            return
        names = ["textual-dark", "textual-light", "nord", "gruvbox", plain_theme(self)]
        names = [name for name in names if name in self.available_themes]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        self.say(f"theme {self.theme}; keep it with: git config --global patchflow.theme {self.theme}")

    def action_reload(self) -> None:
        """Reads what every view shows anew."""
        self.reread_views()

    def action_stop(self) -> None:
        """Ends a selection, else stops what runs, else what the view does first; else closes it."""
        view = self.screen
        if not isinstance(view, View) or view.end_selection():
            return
        if self.stop_jobs():
            view.fill()
        else:
            view.escape()

    def action_close(self) -> None:
        """Closes the view; on the board: leaves."""
        if not self.may_send():
            return
        if len(self.screen_stack) > 2:
            if isinstance(self.screen, View):
                self.screen.keep()
            self.pop_screen()
            self.reread_views(quiet=True)
        else:
            self.leave()

    # Changes from here and from outside

    def reread_views(self, quiet: bool = False) -> None:
        """Something of the clone is different now: every view that shows it reads anew."""
        for screen in self.screen_stack:
            if isinstance(screen, View):
                screen.reread()
        self.refresh_bars()

    def _look(self) -> None:
        if not self.screen_stack or any(job.group in ("look", "change") for job in self.jobs):
            return
        self.job("look", lambda job: work.board.fingerprint(self.directory), self._looked, group="look", quiet=True)

    def _looked(self, now: str) -> None:
        # The first look counts as a change: what stands on the screen may have been read before somebody's commit.
        # Half of a change of our own is not shown: a new branch that is not switched to yet would be committed beside.
        if any(job.group == "change" for job in self.jobs):
            return
        before, self._seen = self._seen, now
        if before != now:
            self.post_message(OutsideChange())

    def on_outside_change(self, message: OutsideChange) -> None:
        """Somebody committed or gave a key in another terminal, or one of our own changes came through: show it."""
        self._read_settings()
        self.reread_views(quiet=True)

    def on_terminal(self, call: Callable[[], Any]) -> Any:
        """Gives the terminal to another program (an editor) for the time of the call.

        Whatever the call raises is raised when the screen is the UI's again: out of `suspend` it would leave the
        terminal black, and the writer of the screen waiting for ever.
        """

        def guarded() -> tuple[Any, BaseException | None]:
            try:
                return call(), None
            except BaseException as error:  # noqa: BLE001 - raised again below, whatever it is
                return None, error

        try:
            with self.suspend():
                value, raised = guarded()
        except SuspendNotSupported:
            value, raised = guarded()
        if raised is not None:
            raise raised
        return value


def _top(directory: str) -> str:
    """The work tree around a folder. The library that reads git takes a third of the time to the first frame, so it
    is asked only where no .git stands above, for its error."""
    here = Path(directory).absolute()
    for folder in (here, *here.parents):
        if (folder / ".git").exists() and "GIT_DIR" not in os.environ:
            return str(folder)

    return str(Clone(directory).repository.folder)


def start(directory: str, ready: Callable[[], None], ahead: ReadAhead) -> int:
    """Runs the terminal UI on the clone around a folder and returns the exit code; calls `ready` just before."""
    folder = _top(directory)
    # A worker that computes gives way to a key within a millisecond.
    sys.setswitchinterval(0.001)
    app = PatchflowApp(folder, ahead=ahead)
    ready()
    code = app.run()
    return app.threads.leave(app.return_code or code or 0)
