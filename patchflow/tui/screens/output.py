"""Text to read: what a command said, and the log of commands."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.widget import Widget

from patchflow.adapters.process import run_interactive
from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import LISTS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import Row
from patchflow.tui.screens.base import TEXTUAL, View
from patchflow.tui.screens.mail import MailScreen
from patchflow.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from datetime import datetime

    from patchflow.adapters.git.change import Step
    from patchflow.tui.host import Host
    from patchflow.tui.work.running import Ran


_NOTICES = {"warning": "warning", "error": "error"}  # how serious -> kind of row


class TextScreen(View):
    """A page of rows."""

    def __init__(self, title: str, rows: Sequence[Row], words: str = "") -> None:
        super().__init__()
        self.heading = title
        self.rows = list(rows)
        self.words = words

    def title_words(self) -> tuple[str, str]:
        """What this is."""
        return f"patchflow · {self.heading}", ""

    def next_words(self) -> str:
        """How to leave."""
        return self.words or f"{key('close')} goes back"

    def body(self) -> Widget:
        """The page."""
        self.page = Lines(id="text", wrap=True)
        return self.page

    def on_mount(self) -> None:
        """Filled and focused."""
        super().on_mount()
        self.page.set_rows(self.rows)
        self.set_focus(self.page)


def log_screen(said: Iterable[tuple[datetime, str, str]]) -> TextScreen:
    """The notices and the commands that ran, newest first."""
    return LogScreen(list(said))


def steps_screen(steps: Sequence[Step]) -> TextScreen:
    """What undo takes back, newest first, and the sends between."""
    rows: list[Row] = []
    for step in steps:
        head, *rest = step.lines(False)
        rows.append(Row(f"{head}{'  (what left cannot be called back)' if step.change.sent else ''}", "strong", head))
        rows += [Row(line, "dim") for line in rest]
    words = f"{key('undo')} takes the newest back, {key('redo')} makes it again, {key('close')} goes back"
    return TextScreen("changes, newest first", rows or [Row("There is nothing to undo in this clone.", "dim")], words)


class LogScreen(TextScreen, inherit_bindings=False):
    """The log; a line is copied as the words or the argv alone. What only reads git's settings is left out."""

    BINDINGS = [*bindings("log", LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, said: Sequence[tuple[datetime, str, str]]) -> None:
        self.said = said
        self.whole = False
        super().__init__("what was said and run, newest first", self.made(),
                         f"{key('copy')} copies the words or the command, {key('close')} goes back")  # fmt: skip

    def places(self) -> tuple[str, ...]:
        """The key that shows all, too."""
        return ("log", LISTS)

    def made(self) -> list[Row]:
        """The rows."""
        notices = [Row(f"  {when:%H:%M:%S}  {words}", _NOTICES.get(how, "plain"), words)
                   for when, words, how in reversed(self.said)]  # fmt: skip
        ran = work.running.commands_run()
        rows = [_command_row(one) for one in ran if self.whole or not one.reads]
        if left := sum(one.reads for one in ran) * (not self.whole):
            words = f"{many(left, 'command')} that read git's settings: {key('own-reading')} shows them"
            rows.append(Row(f"  {words}", "dim"))
        rows = rows or [Row("No command was run yet.", "dim")]
        return [Row("what was said", "head"), *notices, Row(""), Row("commands", "head"), *rows] if notices else rows

    def action_own_reading(self) -> None:
        """All commands, or without those that read git's settings."""
        self.whole = not self.whole
        self.page.set_rows(self.made())

    def action_copy(self) -> None:
        """The command under the cursor, or the lines selected."""
        if self.page.begun is None and isinstance(self.page.ref, str):
            self.app.copy_to_clipboard(self.page.ref)
            self.host.say("Copied.")
        else:
            super().action_copy()


def _command_row(one: Ran) -> Row:
    end = "ok " if one.code == 0 else f"={one.code:<2}"
    text = f"  {one.at:%H:%M:%S}  {one.seconds:6.2f} s  {end}  {one.argv}"
    return Row(text, "plain" if one.code == 0 else "warning", one.argv, True)


# Words with which a command only shows something, and commands that ask before they do something.
_LOOKS = frozenset(("--dry-run", "--help", "-h"))
_TALKING = ("setup", "trust", "demo", "patch")
_ASKING = (("trailers", "--apply"), ("check", "--fix"), ("try", "clean"))


def run_line(view: View, text: str) -> None:
    """Runs a command line of patchflow's; what would leave the machine or rewrite commits goes to its own page."""
    words, host = work.running.split_words(text), view.host
    if words[0] in ("q", "quit"):
        host.action_close()
    elif words[0] == "theme" and len(words) > 1:
        host.use_theme(words[1])
    elif words[0] == "help":
        run_line(view, shlex.join([*words[1:], "--help"]))
    elif words[0] == "search" and len(words) > 1 and not any(word.startswith("-") for word in words):
        view.app.push_screen(MailScreen(" ".join(words[1:])))
    elif words == ["send"] and (go := getattr(view, "go", None)):
        go("send")
    elif "--send" in words or ((words[0] == "send" or words[:2] == ["review", "send"]) and not _LOOKS & set(words)):
        own = f"the Send tab of a series, {key('send-reply')} on a draft, or {key('send-review')} on a review"
        host.say(f"Sending has its own page here: {own}.", "warning")
    elif words in (["undo"], ["redo"], ["undo", "--redo"]):
        host.action_undo() if words == ["undo"] else host.action_redo()
    elif "--yes" in words:
        host.say("Nothing is confirmed beforehand here; the page of the view asks.", "warning")
    elif "--edit" in words or words[:2] == ["review", "comment"]:
        talk(host, words)  # what they say stands in the view afterwards
    elif not _LOOKS & set(words) and (words[0] in _TALKING or any({*one} <= {*words} for one in _ASKING)):
        talk(host, words, wait=True)
    else:
        # What may change something is done to its end, in its turn; all else can be stopped.
        reads = words[0] in work.running.READS or bool(_LOOKS & set(words))
        group = "command" if reads else "change"
        host.job(text, lambda job: work.running.run_command(host.directory, words, job),
                 lambda done: _show(view, text, done), group=group, lasting=not reads)  # fmt: skip


def talk(host: Host, words: Sequence[str], wait: bool = False) -> None:
    """Runs a command that talks with the user on the terminal; with `wait` what it said stands there until Enter, and
    always where it failed."""
    outside(host, [sys.executable, "-P", "-m", "patchflow", "-C", host.directory, *words], wait)


def outside(host: Host, argv: Sequence[str], wait: bool, folder: str | None = None) -> None:
    """Runs a program on the terminal; with `wait`, and where it failed, what it said stands there until Enter. Ctrl-C
    is the program's alone."""

    def call() -> None:
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            code = run_interactive(argv, cwd=folder)
        finally:
            signal.signal(signal.SIGINT, before)
        if wait or code:
            with suppress(EOFError, OSError, KeyboardInterrupt):
                input("An empty line goes back. ")

    host.on_terminal(call)
    host.reread_views()


def _show(view: View, text: str, done: tuple[int, str]) -> None:
    code, said = done
    rows = [Row(line, "plain", None, True) for line in said.rstrip("\n").split("\n")]
    view.app.push_screen(TextScreen(f"{text}  (exit code {code})", rows))
    view.host.reread_views()
