"""The only writer to the terminal: data to stdout, narration to stderr, errors as one paragraph."""

from __future__ import annotations

import os
import sys

from patchflow.errors import Exit, PatchflowError
from patchflow.formats.printed import as_json, as_lines
from patchflow.formats.safe import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Output:
    """Where a command's results go; `json` asks for one JSON document instead of lines.

    `printed` is what went to stdout so far; None once something else was said, so that it is not all there is to know.
    """

    __slots__ = ("color", "json", "printed")

    def __init__(self, json: bool = False, color: bool = True) -> None:
        self.json, self.color = json, color
        self.printed: list[str] | None = []

    def data(self, document: object, lines: Iterable[str] = ()) -> None:
        """Prints the document under --json, else the lines, made safe for a terminal."""
        self.text(as_json(document) if self.json else as_lines(lines))

    def text(self, printed: str) -> None:
        """Prints what formats.printed made."""
        if self.printed is not None:
            self.printed.append(printed)
        sys.stdout.write(printed)
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Narration and progress, to stderr."""
        self.printed = None
        sys.stderr.write(wrapped(safe(text)) + "\n")
        sys.stderr.flush()


def told(output: Output) -> None:
    """Says which of our files and refs were found damaged on the way."""
    kept = sys.modules.get("patchflow.adapters.kept")  # what never read a file of ours pays nothing
    for sentence in kept.damage_met() if kept else ():
        output.note(f"patchflow: {sentence}")


def wrapped(text: str) -> str:
    """The text with its long lines broken between words, where standard error is a terminal; else as it is."""
    if not sys.stderr.isatty():
        return text
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return text
    return "\n".join(_fold(line, width) for line in text.split("\n"))


def _fold(line: str, width: int) -> str:
    if len(line) <= width or width < 20:
        return line
    import textwrap  # only a line that is too long waits for it

    indent = line[: len(line) - len(line.lstrip())] + "  "
    tail = line[len(line.rstrip()) :]  # a prompt ends in the blank that stands before the answer
    folded = textwrap.fill(
        line.rstrip(), width - len(tail), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return folded + tail


def report(error: BaseException, argv: Sequence[str]) -> int:
    """Tells an error in one paragraph and returns the exit code; a bug leaves a report file, no traceback."""
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write("patchflow: interrupted.\n")
        return int(Exit.INTERRUPTED)
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return int(Exit.OK)
    if known := error if isinstance(error, PatchflowError) else _fault(error):
        sys.stderr.write(wrapped(f"patchflow: {safe(known.paragraph())}") + "\n")
        return int(known.exit_code)
    from patchflow.adapters.bug_report import write_report

    path = write_report(error, argv)
    sys.stderr.write(
        f"patchflow: this is a bug in patchflow ({type(error).__name__}). A report is in {path}, and went to nobody; "
        "please attach it to an issue. `patchflow status --all` says where every series stands.\n"
    )
    return int(Exit.DOES_NOT_HOLD)


def _fault(error: BaseException) -> PatchflowError | None:
    from patchflow.adapters.faults import fault  # what is no error of ours is rare, and loads SQLite

    return fault(error)


def _silence_stdout() -> None:
    """The reader of a pipe has gone: point stdout elsewhere so that the interpreter's last flush is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
