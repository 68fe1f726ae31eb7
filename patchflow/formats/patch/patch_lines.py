"""What each line of a patch mail is: of the commit message, of the diff with its file and number, or neither."""

from __future__ import annotations

from enum import StrEnum

from patchflow import lazy_re
from patchflow.domain.comment import Side
from patchflow.named_tuple import NamedTuple

COMMIT_MSG = "COMMIT_MSG"
COVER = "cover"

_HUNK = lazy_re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_GIT = lazy_re.compile(r'^diff --git "?a/(.+?)"? "?b/(.+?)"?$')
_STAT = lazy_re.compile(r"^ (?:\.\.\.)?(\S.*?) +\| +(?:\d+|Bin|Unk)\b")
_DIFF_START = lazy_re.compile(r"^(?:diff --git |diff -|Index: |--- a/|--- /dev/null)")
_MARKS = lazy_re.compile(r"^>(?: ?>)*")
_IN_BODY = lazy_re.compile(r"^(?:From|Subject|Date): \S")


class Part(StrEnum):
    """The part of a patch mail a line stands in."""

    MESSAGE = "message"
    NOTES = "notes"
    HEAD = "head"
    CODE = "code"
    TAIL = "tail"


class Place(NamedTuple):
    """One line of a patch mail.

    `file` is the path (COMMIT_MSG, cover, or "" where a line is about no place), `line` its number there,
    `text` the line itself with its leading mark, `at` its index in the mail's body.
    """

    at: int
    text: str
    part: Part
    file: str = ""
    line: int = 0
    side: Side = Side.NEW

    @property
    def key(self) -> str:
        """The text without white space, and without the quote marks of a line that is quoted in the message itself,
        which is what quoted lines are compared by."""
        text = _MARKS.sub("", self.text) if self.text.startswith(">") else self.text
        return "".join(text.split())


def places_of_cover(body: str) -> list[Place]:
    """The lines of a cover letter: the subject counts as line 1, the text begins on line 3."""
    lines = body.split("\n")
    first = _first_filled(lines)
    return [
        Place(at, text, Part.MESSAGE, COVER, at - first + 3)
        for at, text in enumerate(lines)
        if at >= first and text.strip()
    ]


def places_of_patch(body: str) -> list[Place]:
    """The lines of a patch mail's body; blank lines are left out, except those a patch adds or removes."""
    return _Walk(body.split("\n")).places()


def _first_filled(lines: list[str]) -> int:
    return next((at for at, text in enumerate(lines) if text.strip()), 0)


class _Walk:
    """One pass over a patch mail; damaged hunks never stop it."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.out: list[Place] = []
        self.file = ""
        self.old = self.new = 0
        self.old_left = self.new_left = 0
        self.paths: list[str] = [m[2] for text in lines if (m := _GIT.match(text.rstrip()))]

    def places(self) -> list[Place]:
        at = self._message()
        while at < len(self.lines):
            at = self._step(at)
        return self.out

    def _add(self, at: int, part: Part, file: str = "", line: int = 0, side: Side = Side.NEW) -> None:
        if self.lines[at].strip():
            self.out.append(Place(at, self.lines[at], part, file, line, side))

    def _message(self) -> int:
        """The commit message and the notes below `---`; gives the index where the diff begins."""
        lines = self.lines
        first = _first_filled(lines)
        while first < len(lines) and _IN_BODY.match(lines[first]):
            first += 1
        while first < len(lines) and not lines[first].strip():
            first += 1
        notes = False
        for at in range(len(lines)):
            text = lines[at]
            if at >= first and self._diff_begins(at):
                return at
            if at >= first and text.rstrip() == "---":
                notes = True
            if notes:
                self._add(at, Part.NOTES, self._stat_file(text))
            elif at < first:
                self._add(at, Part.TAIL)
            else:
                self._add(at, Part.MESSAGE, COMMIT_MSG, at - first + 3)
        return len(lines)

    def _diff_begins(self, at: int) -> bool:
        text = self.lines[at]
        if not _DIFF_START.match(text):
            return False
        if text.startswith("--- "):
            return at + 1 < len(self.lines) and self.lines[at + 1].startswith("+++ ")
        return True

    def _stat_file(self, text: str) -> str:
        """The file a diffstat line is about; git cuts long paths to `.../end`."""
        match = _STAT.match(text)
        if not match:
            return ""
        end = match[1].strip().lstrip("/")
        return next((path for path in self.paths if path.endswith(end)), "")

    def _step(self, at: int) -> int:
        text = self.lines[at]
        if self.old_left > 0 or self.new_left > 0:
            if self._code(at, text):
                return at + 1
            self.old_left = self.new_left = 0
        if text.startswith("diff "):
            match = _GIT.match(text.rstrip())
            self.file = match[2] if match else self.file
            self._add(at, Part.HEAD, self.file, self._next_hunk(at))
        elif text.startswith("--- ") and at + 1 < len(self.lines) and self.lines[at + 1].startswith("+++ "):
            old, new = _path(text), _path(self.lines[at + 1])
            self.file = new or old
            self._add(at, Part.HEAD, self.file, self._next_hunk(at))
            self._add(at + 1, Part.HEAD, self.file, self._next_hunk(at))
            return at + 2
        elif match := _HUNK.match(text):
            self.old, self.new = int(match[1]), int(match[3])
            self.old_left = int(match[2]) if match[2] is not None else 1
            self.new_left = int(match[4]) if match[4] is not None else 1
            self._add(at, Part.HEAD, self.file, self.new or self.old)
        elif text in ("-- ", "--") or not self.file or (self.out and self.out[-1].part is Part.TAIL):
            self._add(at, Part.TAIL)
        elif text.startswith("\\"):
            self._add(at, Part.CODE, self.file, max(self.new - 1, 0))
        else:
            head = bool(self.out) and self.out[-1].part is Part.HEAD
            self._add(
                at, Part.HEAD if head else Part.TAIL, self.file if head else "", self._next_hunk(at) if head else 0
            )
        return at + 1

    def _next_hunk(self, at: int) -> int:
        for text in self.lines[at : at + 8]:
            if match := _HUNK.match(text):
                return int(match[3]) or int(match[1])
        return 0

    def _code(self, at: int, text: str) -> bool:
        """Takes one line of a hunk; False where the hunk ends before its counts say so."""
        mark = text[:1]
        if mark == "+":
            self._add(at, Part.CODE, self.file, self.new)
            self.new, self.new_left = self.new + 1, self.new_left - 1
        elif mark == "-":
            if text in ("-- ", "--") and self.old_left <= 0:
                return False
            self._add(at, Part.CODE, self.file, self.old, Side.OLD)
            self.old, self.old_left = self.old + 1, self.old_left - 1
        elif mark == "\\":
            self._add(at, Part.CODE, self.file, max(self.new - 1, 0))
        elif mark in (" ", "\t", "") or mark == "\xa0":
            # An empty line is a context line whose one blank a mailer ate.
            self._add(at, Part.CODE, self.file, self.new)
            self.old, self.new = self.old + 1, self.new + 1
            self.old_left, self.new_left = self.old_left - 1, self.new_left - 1
        elif text.startswith(("diff --git ", "@@ ")):
            return False
        else:
            # The rest of a line the sender's mailer wrapped: it counts for the line above.
            last = self.out[-1] if self.out else None
            self._add(at, Part.CODE, self.file, last.line if last else self.new, last.side if last else Side.NEW)
        return True


def _path(text: str) -> str:
    name = text[4:].rstrip().split("\t", 1)[0].strip('"')
    if name == "/dev/null":
        return ""
    return name[2:] if name[:2] in ("a/", "b/") else name
