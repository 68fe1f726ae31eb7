"""Records the journey of tests/e2e/test_tui_journey.py, and draws it: python docs/pictures/record.py [--draw].

A real terminal of 100x30, the real kernel tree, a mail server on loopback. What stood on the screen before each key is
a frame, shown for as long as it takes to read it. `journey.cast` is what `asciinema play` plays
(https://docs.asciinema.org/manual/asciicast/v2/), `journey.svg` the same as one animated picture. With --draw the
recording that is there is drawn again.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import pyte
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

COLUMNS, LINES = 100, 30
CAST, PICTURE = HERE / "journey.cast", HERE / "journey.svg"
_READ, _GLANCE = 1.6, 0.5  # seconds that a frame is shown: of a new page, of one where some lines changed
_CELL, _ROW, _TOP = 8.4, 18, 34  # the size of a character and the height of the frame's title, in the picture's units
_BACK, _FORE = "#121212", "#e0e0e0"
_NAMED = {
    "black": "#1e1e1e", "red": "#cc575d", "green": "#3fae64", "brown": "#d19a66", "yellow": "#d19a66",
    "blue": "#5c8fd6", "magenta": "#b58cd9", "cyan": "#4fb3bf", "white": "#e0e0e0", "default": "",
}  # fmt: skip


Runs = tuple[tuple[str, str, str, bool, bool], ...]  # a line's runs of cells: text, colour, background, bold, underline


class Frame(NamedTuple):
    """What stood on the screen before a key was pressed, and the keys since the frame before it."""

    lines: tuple[Runs, ...]
    keys: str


Event = tuple[float, str, str]  # seconds, "o" for what was written or "i" for a key, text


def record() -> list[Frame]:
    """Plays the journey, and gives its frames."""
    from tests.e2e import test_tui_journey as journey
    from tests.tui.terminal import Terminal

    events: list[Event] = []

    class Recorded(Terminal):
        """A terminal that keeps what happens."""

        def feed(self, chunk: bytes) -> None:
            events.append((0.0, "o", self.plain(chunk).decode("utf-8", "replace")))
            super().feed(chunk)

        def press(self, *keys: str) -> None:
            for key in keys:
                events.append((0.0, "i", "Enter" if key == "enter" else key))
                super().press(key)

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="journey-") as name:
        patch.setattr(journey, "Terminal", Recorded)
        patch.setenv("TZ", "UTC")
        patch.setenv("PATCHFLOW_TRUST", "all")
        journey.test_from_new_to_v2(Path(name), HERE.parent.parent / "kernel/linux", patch, COLUMNS, LINES)
    return list(frames(events))


def frames(events: list[Event]) -> Iterator[Frame]:
    """The screen before each key, where it is another than before the last."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream, keys = pyte.Stream(screen), list[str]()
    last: tuple[Runs, ...] = ()
    for _, kind, text in [*events, (0.0, "i", "")]:
        if kind == "o":
            # pyte has one screen only: each of the two begins empty.
            stream.feed(re.sub(r"\x1b\[\?1049[hl]", "\x1b[2J\x1b[H", text))
            continue
        lines = tuple(_cells(screen, row) for row in range(LINES))
        if lines != last and any(lines):
            yield Frame(lines, " ".join(keys))
            last, keys = lines, []
        keys.append(text)


def times(shown: list[Frame]) -> list[float]:
    """When each frame begins, and the end, in seconds."""
    begins = [0.0]
    for at, frame in enumerate(shown):
        changed = sum(a != b for a, b in zip(frame.lines, shown[at - 1].lines, strict=True)) if at else LINES
        begins.append(begins[-1] + (_READ if changed > 6 else _GLANCE))
    return begins


def _cells(screen: pyte.Screen, row: int) -> Runs:
    """One line as runs of cells that look alike."""
    runs: list[tuple[str, str, str, bool, bool]] = []
    for column in range(COLUMNS):
        char: Any = screen.buffer[row][column]
        fore, back = _colour(char.fg), _colour(char.bg)
        if char.reverse:
            fore, back = back or _BACK, fore or _FORE
        look = (fore, back, char.bold, char.underscore)
        if runs and runs[-1][1:] == look:
            runs[-1] = (runs[-1][0] + char.data, *look)
        else:
            runs.append((char.data, *look))
    return tuple(runs) if any(run[0].strip() or run[2] for run in runs) else ()


def _colour(name: str) -> str:
    return _NAMED.get(name.removeprefix("bright"), f"#{name}" if len(name) == 6 else _FORE)


def draw(shown: list[Frame]) -> str:
    """The animated picture: each line is drawn once for all the frames in a row in which it stays as it is."""
    begins = times(shown)
    end = begins[-1] + 2.0
    spans: list[tuple[float, float, int, Runs]] = []
    for row in range(LINES):
        since = 0
        for at in range(1, len(shown) + 1):
            if at == len(shown) or shown[at].lines[row] != shown[since].lines[row]:
                until = begins[at] if at < len(shown) else end
                spans.append((begins[since], until, row, shown[since].lines[row]))
                since = at
    width, height = round(COLUMNS * _CELL) + 20, LINES * _ROW + _TOP + 14
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        "<title>A series from its first commit to v2 in the terminal UI</title>",
        "<style>text{font:14px 'DejaVu Sans Mono','Fira Code',Menlo,Consolas,monospace;white-space:pre}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACK}" stroke="#444"/>',
        f'<rect width="1" height="0"><animate id="loop" attributeName="x" dur="{end:.1f}s" begin="0;loop.end"/></rect>',
    ]
    for at, frame in enumerate(shown):
        until = begins[at + 1] if at + 1 < len(shown) else end
        pressed = f"key: {frame.keys}" if at else "patchflow"
        out.append(_timed(f'<text x="12" y="22" fill="#8fb573">{escape(pressed)}</text>', begins[at], until, at == 0))
    for start, until, row, runs in spans:
        if runs:
            out.append(_timed("".join(_line(row, runs)), start, until, start == 0.0))
    return "\n".join([*out, "</svg>\n"])


def _timed(content: str, start: float, until: float, first: bool) -> str:
    """Content that is seen from `start` to `until`, in seconds; where nothing is animated the first frame is."""
    if first:
        hide = f'<set attributeName="visibility" to="hidden" begin="loop.begin+{until:.1f}s" end="loop.end"/>'
        return f"<g>{hide}{content}</g>"
    times = f'begin="loop.begin+{start:.1f}s" end="loop.begin+{until:.1f}s"'
    return f'<g visibility="hidden"><set attributeName="visibility" to="visible" {times}/>{content}</g>'


def _line(row: int, runs: Runs) -> Iterator[str]:
    """The elements of one line of the picture."""
    column = 0
    for text, fore, back, bold, underline in runs:
        x, y = 10 + column * _CELL, _TOP + row * _ROW
        width = len(text) * _CELL
        if back:
            yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW}" fill="{back}"/>'
        if text.strip():
            lead = len(text) - len(text.lstrip())
            word = text.strip()
            look = ' font-weight="bold"' * bold + ' text-decoration="underline"' * underline
            yield (
                f'<text x="{x + lead * _CELL:.1f}" y="{y + 14}" fill="{fore or _FORE}"{look} '
                f'textLength="{len(word) * _CELL:.1f}">{escape(word)}</text>'
            )
        column += len(text)


def read(path: Path) -> list[Frame]:
    """The frames of a recording that `write` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return list(frames([(float(at), str(kind), str(text)) for at, kind, text in rows]))


def write(shown: list[Frame], path: Path) -> None:
    """Writes the frames as asciicast, version 2: of each the keys before it, and the lines that changed."""
    title = "patchflow: from the first commit to v2"
    rows: list[object] = [{"version": 2, "width": COLUMNS, "height": LINES, "title": title}]
    for at, (begin, frame) in enumerate(zip(times(shown), shown, strict=False)):
        rows += [[begin, "i", frame.keys]] if at else []
        before = shown[at - 1].lines if at else ((),) * LINES
        changed = (row for row in range(LINES) if frame.lines[row] != before[row])
        text = "".join(f"\x1b[{row + 1};1H{_ansi(frame.lines[row])}\x1b[0m" for row in changed)
        rows.append([begin, "o", ("\x1b[?25l" if at == 0 else "") + text])
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")


def _ansi(runs: Runs) -> str:
    """A line as a terminal is told it; an empty one is erased."""
    out = "" if runs else "\x1b[0m\x1b[K"
    for text, fore, back, bold, underline in runs:
        codes = ["0", *["1"] * bold, *["4"] * underline]
        for number, colour in ((38, fore), (48, back)):
            if colour:
                red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
                codes.append(f"{number};2;{red};{green};{blue}")
        out += f"\x1b[{';'.join(codes)}m{text}"
    return out


if __name__ == "__main__":
    if "--draw" not in sys.argv:
        write(record(), CAST)
    PICTURE.write_text(draw(read(CAST)), encoding="utf-8")
