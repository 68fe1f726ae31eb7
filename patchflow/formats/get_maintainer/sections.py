"""Reads MAINTAINERS into sections, each field with its place; what is wrong is told beside them, never raised."""

from __future__ import annotations

from patchflow.formats.get_maintainer.perl_text import damaged_lines, decode
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One `X: value` line. `index` counts lines that are neither blank nor comment, as the script does."""

    letter: str
    value: str
    line: int
    index: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its name, the line of that name, and its fields in order.

    A section right at the top without a name bears its first field as a name, as the script has it; that
    field then names nobody, but its pattern matches.
    """

    name: str
    line: int
    fields: tuple[Field, ...]
    nameless: bool = False

    def values(self, letter: str) -> tuple[str, ...]:
        """The values of all fields of that letter."""
        return tuple(field.value for field in self.fields if field.letter == letter)

    @property
    def is_rest(self) -> bool:
        """Whether it holds every file, as THE REST does: what no other section holds is its own."""
        return not {"*", "*/"}.isdisjoint(self.values("F"))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the file; `section` is the name of the section it stands in, "" outside of one."""

    line: int
    section: str
    text: str

    def __str__(self) -> str:
        """As one line for a person."""
        where = f" ({self.section})" if self.section else ""
        return f"MAINTAINERS:{self.line}{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Maintainers:
    """A whole file: sections in their order, and the problems met on the way."""

    sections: tuple[Section, ...]
    problems: tuple[Problem, ...] = ()


class _Reader:
    """Sections being read."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.problems: list[Problem] = []
        self.fields: list[Field] = []
        self.name, self.line, self.index = "", 0, 0
        self.blank = False

    def close(self) -> None:
        if self.fields:
            self.sections.append(Section(self.name, self.line, tuple(self.fields), self.line == 0))
        self.fields = []

    def field(self, letter: str, value: str, number: int) -> None:
        if self.index == 0:
            self.name = f"{letter}:{value}"
            self.problems.append(Problem(number, "", "the first section has no name."))
        elif self.blank and self.fields:
            self.problems.append(
                Problem(number, self.name, "a section without a name begins here; its lines count to the one above.")
            )
        self.fields.append(Field(letter, value, number, self.index))
        self.index += 1

    def header(self, text: str, number: int) -> None:
        self.close()
        self.name, self.line = text, number
        self.index += 1


def parse_maintainers(raw: bytes | str) -> Maintainers:
    """The sections of MAINTAINERS, in any state; bytes that are no UTF-8 are read as perl reads them."""
    reader = _Reader()
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    text = decode(data)
    number = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line[1:2] == ":" and "A" <= line[0] <= "Z":
            reader.field(line[0], line[2:].lstrip(), number)
            reader.blank = False
        elif not line or not (bare := line.strip()):
            reader.blank = True
        elif bare[0] != "#":
            reader.header(line, number)
            reader.blank = False
    reader.close()
    _doubts(reader, data, number)
    return Maintainers(tuple(reader.sections), tuple(sorted(reader.problems, key=lambda problem: problem.line)))


def _doubts(reader: _Reader, data: bytes, last: int) -> None:
    """Signs of a file in another encoding, or of one cut off."""
    damaged = damaged_lines(data)
    for line in damaged[:20]:
        name = next((s.name for s in reversed(reader.sections) if s.line <= line), "")
        reader.problems.append(Problem(line, name, "this is not UTF-8; the damaged bytes stand as \\xNN."))
    if len(damaged) > 20:
        reader.problems.append(Problem(damaged[20], "", f"{len(damaged) - 20} more lines are not UTF-8."))
    if not reader.sections:
        reader.problems.append(Problem(1, "", "there is no section in it."))
    elif not data.endswith(b"\n"):
        reader.problems.append(Problem(last, reader.name, "the last line has no end: the file looks cut off."))
