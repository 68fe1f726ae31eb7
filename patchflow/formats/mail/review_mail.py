"""The text of a review: the lines of the patch's mail that remarks are about, quoted, each with its remark below it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

from patchflow import lazy_re
from patchflow.domain.comment import Side
from patchflow.domain.message import Kind, Message
from patchflow.errors import UsageError
from patchflow.formats.mail.draft import quote_line
from patchflow.formats.mail.quotes import read_lines
from patchflow.formats.mail.targets import Target, spots_of
from patchflow.formats.patch.patch_lines import COMMIT_MSG, Part, Place
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import parse_trailer
from patchflow.named_tuple import NamedTuple
from patchflow.values import dataclass

_WIDTH = 72
# Lines above a remark's own, within its hunk; more, and all from the top at last, only where a reader would else take
# it for one on another line.
_ALL = 1 << 30
_CONTEXTS = (8, 16, 32, 64, 256, 1 << 20, _ALL)
_LONGEST = 20  # lines of one remark that are quoted whole
_FEW = 6
_PLACE = lazy_re.compile(r"(?:(.+):)?(-?\d{1,9})(?:-(\d{1,9}))?")
_WORDS = ("message", COMMIT_MSG)
# What would be read as a quote, as the end of the mail, or as the beginning of another.
_TAKEN_WRONG = lazy_re.compile(r"(?: ?>|--? ?$|From |_{20,}\s*$|-{2,} ?\w)")
_TAG = lazy_re.compile(r"(?i)\s*(?:reviewed|acked|tested)(?:-\w+)*-by:")


class Mark(NamedTuple):
    """A remark and the lines of the mail's text that it is about, from 1; 0 and 0 for the mail as a whole."""

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line of the answer; `row` is the line of the mail that it quotes, counted from 0 (-1: none)."""

    text: str
    row: int = -1


def target_of(message: Message) -> Target:
    """A mail of the series as its answers are read against it."""
    subject = parse_subject(message.subject)
    is_cover = subject.counted and subject.part == 0
    return Target(message, subject, Kind.COVER if is_cover else Kind.PATCH)


def place_of(places: Sequence[Place], body: str, word: str) -> tuple[Place, Place]:
    """The lines that `FILE:LINE`, `FILE:LINE-LINE`, `FILE:-LINE` (a removed line), `message:LINE` or, in a cover
    letter, `LINE` names; UsageError where the mail shows no such line."""
    match = _PLACE.fullmatch(word)
    if match is None:
        raise UsageError(
            f"{word!r} names no line.", "For example: FILE:120, FILE:120-125, FILE:-118 (a removed line), message:5."
        )
    file = _file_of(places, match[1] or "")
    side, first = (Side.OLD, -int(match[2])) if match[2].startswith("-") else (Side.NEW, int(match[2]))
    last = int(match[3] or first)
    rows = [
        one
        for one in places
        if one.file == file and one.part in (Part.CODE, Part.MESSAGE) and one.side is side and one.key
    ]
    found = _line_of(rows, body, first), _line_of(rows, body, last)
    if found[0] is None or found[1] is None or last < first:
        raise UsageError(f"The mail shows no line {word}.", _shown_lines(rows, file))
    return found[0], found[1]


def _file_of(places: Sequence[Place], word: str) -> str:
    files = list(dict.fromkeys(one.file for one in places if one.part in (Part.CODE, Part.MESSAGE) and one.file))
    if word in _WORDS:
        return COMMIT_MSG
    if not word:
        files = [one for one in files if one != COMMIT_MSG]
    named = [one for one in files if not word or one == word] or [one for one in files if one.endswith(f"/{word}")]
    if len(named) != 1:
        what = f"{word!r} is not a file of this patch" if word else "Which file?"
        raise UsageError(f"{what.rstrip('.')}.", f"It changes {', '.join(files[:5]) or 'none'}.")
    return named[0]


def _line_of(rows: Sequence[Place], body: str, number: int) -> Place | None:
    """The line of this number; for a blank one, which no reader of a quote can tell, the one above it."""
    if exact := next((one for one in rows if one.line == number), None):
        return exact
    above = max((one for one in rows if one.line < number), key=lambda one: one.line, default=None)
    if above is None:
        return None
    between = body.split("\n")[above.at + 1 : above.at + 1 + number - above.line]
    return above if len(between) == number - above.line and not any(line.strip() for line in between) else None


def _shown_lines(rows: Sequence[Place], file: str) -> str:
    """Which lines of a file a patch shows."""
    runs: list[list[int]] = []
    for number in sorted({one.line for one in rows}):
        if runs and number - runs[-1][1] <= 2:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(f"{first}-{last}" for first, last in runs[:8])
    return f"Of {file} it shows {shown}." if shown else "Leave the line away to say something of the whole mail."


def readable_place(places: Sequence[Place], row: int) -> Place | None:
    """The line at this row of the mail, or the one above it where it is blank; None where there is none above it."""
    return max((one for one in places if one.at <= row and one.key), key=lambda one: one.at, default=None)


def row_now(body: str, last: int, line: str) -> int:
    """Where (from 1) a line stands that was the `last` when it was written on; 0 where the mail lacks it by now."""
    rows = body.split("\n")
    same = [number for number, text in enumerate(rows, 1) if text.rstrip() == line.rstrip()]
    return min(same, key=lambda number: abs(number - last), default=0)


def inline(message: Message, marks: Sequence[Mark]) -> str:
    """The lines of the mail that the marks are about with what shows their place, and each mark's text below its last
    line. More is quoted where its readers would else take a remark for one on another line."""
    target = target_of(message)
    marks = sorted(marks, key=lambda one: (one.last, one.first))
    steps = [0] * len(marks)
    while True:
        pieces = list(_pieces(message, target.places, marks, [_CONTEXTS[step] for step in steps]))
        wrong = _misread(pieces, marks, target)
        if not wrong or min(steps) == len(_CONTEXTS) - 1:
            return "\n".join(one.text for one in pieces).rstrip("\n")
        if any(steps[one] == len(_CONTEXTS) - 1 for one in wrong):  # what stands below it tells it from others
            steps = [len(_CONTEXTS) - 1] * len(marks)
        for one in wrong:
            steps[one] = min(steps[one] + 1, len(_CONTEXTS) - 1)


def _pieces(
    message: Message, places: Sequence[Place], marks: Sequence[Mark], contexts: Sequence[int]
) -> Iterator[_Piece]:
    rows = message.body.split("\n")
    by_row = {one.at: one for one in places}
    done, last_quoted = -1, -1
    for mark, context in zip(marks, contexts, strict=True):
        wanted = sorted(row for row in _wanted(rows, by_row, mark, context) if row > done)
        for row in wanted:
            if any(_counts(rows[one]) for one in range(last_quoted + 1, row)):
                yield _Piece("> [...]")
            yield _Piece(quote_line(rows[row]), row)
            last_quoted = row
        done = max(done, mark.last - 1)
        yield _Piece("")
        yield from (_Piece(line) for line in wrapped(mark.text).split("\n"))
        yield _Piece("")


def _counts(line: str) -> bool:
    """Whether a reader should know that this line was left out."""
    return bool(line.strip()) and not line.startswith("index ")


def _wanted(rows: Sequence[str], by_row: dict[int, Place], mark: Mark, context: int) -> set[int]:
    """The rows that show a mark's place: of code the file's header, the hunk's, and some lines above."""
    first, last = mark.first - 1, mark.last - 1
    inside = set(range(first, last + 1))
    if len(inside) > _LONGEST:
        inside = {*range(first, first + _FEW), *range(last - _LONGEST + _FEW, last + 1)}
    start = max(first - context, 0)
    head: set[int] = set()
    if (place := by_row.get(last)) is not None and place.part in (Part.CODE, Part.HEAD):
        hunk = next((row for row in range(first, -1, -1) if _is_hunk(by_row.get(row))), first)
        head = {hunk, *_file_head(rows, by_row, hunk)}
        start = max(start, hunk) if context < _ALL else 0
    above = set(range(start, first))
    while above and not rows[min(above)].strip():
        above.discard(min(above))
    return {row for row in head | above | inside if not rows[row].startswith("index ") or row in inside}


def _is_hunk(place: Place | None) -> bool:
    return place is not None and place.part is Part.HEAD and place.text.startswith("@@ ")


def _file_head(rows: Sequence[str], by_row: dict[int, Place], hunk: int) -> Iterator[int]:
    """The rows `diff --git` to `+++` of the file that a hunk stands in."""
    row = hunk - 1
    while row >= 0 and not ((place := by_row.get(row)) is not None and place.part is Part.HEAD and not _is_hunk(place)):
        row -= 1
    while row >= 0 and (place := by_row.get(row)) is not None and place.part is Part.HEAD and not _is_hunk(place):
        yield row
        if rows[row].startswith("diff "):
            return
        row -= 1


def _misread(pieces: Sequence[_Piece], marks: Sequence[Mark], target: Target) -> list[int]:
    """The marks (by number) whose line, which stands right above the remark, who gets the answer finds elsewhere."""
    lines = read_lines("\n".join(one.text for one in pieces))
    quoted = [at for at, line in enumerate(lines) if line.depth and line.key]
    spots = spots_of(lines, quoted, target)
    stands = {piece.row: at for at, piece in enumerate(pieces) if piece.row >= 0}
    return [
        number
        for number, mark in enumerate(marks)
        if (at := stands.get(mark.last - 1)) is not None and (at not in spots or spots[at].at != mark.last - 1)
    ]


def first_words(message: Message) -> str:
    """The first paragraph of a mail, quoted: what a tag alone stands below."""
    start = next((one.at for one in target_of(message).places if one.part is Part.MESSAGE), 0)
    rows = message.body.split("\n")[start : start + _FEW]
    return "\n".join(map(quote_line, takewhile(str.strip, rows)))


def wrapped(text: str) -> str:
    """A remark as it is sent: prose wrapped, code and lists left alone, and nothing that would be read as a quote."""
    lines: list[str] = []
    fenced = False
    for line in re.sub(r"\n{3,}", "\n\n", text.strip("\n").rstrip()).split("\n"):
        fenced ^= line.startswith("```")
        prose = not fenced and line[:1] not in ("+", "-", " ", "\t", "@", "[", "|", "`") and not parse_trailer(line)
        if prose and len(line) > _WIDTH and "://" not in line:
            lines += _broken(line)
        else:
            lines.append(line.rstrip())
    return "\n".join(f"  {line}" if _TAKEN_WRONG.match(line) or _TAG.match(line) else line for line in lines)


def _broken(line: str) -> list[str]:
    """A long line in several. None of them begins with a word and a colon: `… you have my Reviewed-by: Ada` gives no
    tag, and b4 would read one at the beginning of a line, however far that is indented."""
    kept = re.sub(r" +(?=\S+:(?: |$))", "\0", line)
    made = textwrap.wrap(kept, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [one.replace("\0", " ") for one in made]


def checked_text(text: str) -> str:
    """A remark's text; UsageError where it is empty, or holds a tag, which must be given as one."""
    text = re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n").strip("\n").rstrip())
    if not text.strip():
        raise UsageError("The remark is empty.", "Nothing was written.")
    if tag := next((line for line in text.split("\n") if _TAG.match(line)), None):
        raise UsageError(
            f"`{tag.strip()[:60]}` is a tag, which a remark does not give.", "`patchflow review tag` gives it."
        )
    return text


def body_of(
    message: Message, marks: Sequence[Mark], tags: Iterable[tuple[str, str]], attributed: Callable[[str], str]
) -> str:
    """The whole text of an answer: general words, the quoted lines with their remarks, and the tags, each a pair of
    the line and of words that stand above it. `attributed` puts the attribution line above a quotation, and what the
    user's template has below it: a signature hides what stands beneath."""
    tags = list(tags)
    general = [wrapped(one.text) for one in marks if not one.last]
    placed = [one for one in marks if one.last]
    quote = inline(message, placed) if placed else "" if general else first_words(message)
    last = [wrapped(words) for words in dict.fromkeys(words for _, words in tags if words)]
    last += ["\n".join(dict.fromkeys(line for line, _ in tags))] if tags else []
    if quote or not general:
        last = [attributed("\n\n".join(filter(None, [quote.strip("\n"), *last]))).strip("\n")]
    return "\n\n".join([*general, *last]) + "\n"
