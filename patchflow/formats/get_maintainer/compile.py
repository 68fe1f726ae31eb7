"""Compiles MAINTAINERS and the files beside it into the index that lookups run on."""

from __future__ import annotations

import re
import warnings
from typing import Any

from patchflow.formats.get_maintainer.address import format_email, parse_email, split_addresses
from patchflow.formats.get_maintainer.configuration import parse_conf, parse_ignore
from patchflow.formats.get_maintainer.index import ANYWHERE, EXPRESSION, LITERAL, PIECES, WORD, MaintainersIndex, pack
from patchflow.formats.get_maintainer.mailmap import Mailmap, parse_mailmap
from patchflow.formats.get_maintainer.perl_regex import literal_of, translate
from patchflow.formats.get_maintainer.perl_text import decode
from patchflow.formats.get_maintainer.sections import Field, Maintainers, Problem, Section, parse_maintainers

_LIVE = frozenset("[](){}+|^$\\")
_TOLD = "STQBCP"  # what a section says of itself besides people, lists and files
_ROLES = {
    "supported": "supporter",
    "maintained": "maintainer",
    "odd fixes": "odd fixer",
    "orphan": "orphan minder",
    "obsolete": "obsolete minder",
    "buried alive in reporters": "chief penguin",
}


def compile_index(
    maintainers: bytes,
    mailmap: bytes = b"",
    ignore: bytes = b"",
    conf: bytes = b"",
    doubts: tuple[str, ...] = (),
    title: int = 50,
) -> MaintainersIndex:
    """The index of a tree, from the content of its files; `doubts` are reasons to ask the tree's script instead,
    `title` is how much of a section's name that script prints."""
    read = parse_maintainers(maintainers)
    mapped = parse_mailmap(decode(mailmap))
    compiler = _Compiler(read, mapped, title)
    compiler.run()
    return MaintainersIndex(
        (
            {key: pack(tuple(found)) for key, found in compiler.buckets.items()},
            tuple(compiler.sections),
            pack(tuple(compiler.keywords)),
            pack((mapped.names, mapped.addresses)),
            tuple(parse_ignore(decode(ignore))),
            tuple(parse_conf(decode(conf))),
            tuple(str(problem) for problem in sorted(compiler.problems, key=lambda problem: problem.line)),
            doubts,
            tuple(compiler.unsure),
            next((number for number, section in enumerate(read.sections) if section.is_rest), -1),
        )
    )


class _Compiler:
    """The index being made."""

    def __init__(self, read: Maintainers, mailmap: Mailmap, title: int) -> None:
        self.read, self.mailmap, self.title = read, mailmap, title
        self.problems = list(read.problems)
        self.buckets: dict[str, list[tuple[Any, ...]]] = {}
        self.sections: list[bytes] = []
        self.keywords: list[tuple[Any, ...]] = []
        self.unsure: list[tuple[str, str, str, int]] = []
        self.people: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.spellings: dict[str, tuple[str, ...]] = {}

    def run(self) -> None:
        for number, section in enumerate(self.read.sections):
            self.sections.append(pack(self._facts(section)))
            for field in section.fields:
                if field.letter in "FXN":
                    self._pattern(number, section, field)
                elif field.letter == "K":
                    self._keyword(number, section, field)

    def _facts(self, section: Section) -> tuple[Any, ...]:
        """The section as a lookup needs it: see maintainers_index.SectionFacts."""
        fields = section.fields[1:] if section.nameless else section.fields
        title = section.name
        if len(title) > self.title:
            title = title[: self.title - 3].rstrip() + "..."
        status = next((field.value for field in reversed(fields) if field.letter == "S"), "unknown").lower()
        role = f"{_ROLES.get(status, status)}:{title}"
        acts: list[tuple[Any, ...]] = []
        for field in fields:
            if field.letter == "M":
                acts.append(("M", role, self._people(field, section), field.line))
            elif field.letter == "R":
                acts.append(("R", f"reviewer:{title}", self._people(field, section), field.line))
            elif field.letter == "L":
                acts.append(self._list(field, title))
        statuses = " ".join(section.values("S")).lower()
        maintained = "maintain" in statuses or "support" in statuses
        told = tuple((field.letter, field.value) for field in fields if field.letter in _TOLD)
        known = (section.name, title, section.line, maintained, bool(section.values("M")), tuple(acts), told)
        return (*known, section.is_rest)

    def _people(self, field: Field, section: Section) -> tuple[tuple[str, ...], ...]:
        known = self.people.get(field.value)
        if known is None:
            rows = [self.person(text) for text in split_addresses(field.value)]
            known = self.people[field.value] = tuple(row for row in rows if row[2])
        if not known:
            self.problems.append(Problem(field.line, section.name, f"{field.letter}: names no address."))
        return known

    def person(self, text: str) -> tuple[str, ...]:
        """Formatted, name, address; then name, address and spelling after the mailmap where those differ."""
        known = self.spellings.get(text)
        if known is None:
            known = self.spellings[text] = self._spelled(text)
        return known

    def _spelled(self, text: str) -> tuple[str, ...]:
        name, address = parse_email(text)
        formatted = format_email(name, address)
        mapped = self.mailmap.map(format_email(*parse_email(formatted)))
        new_name, new_address = parse_email(mapped)
        spelling = self.mailmap.map(format_email(new_name, new_address))
        written = (formatted, name, address)
        merged = (new_name, new_address, spelling)
        return written if merged == (name, address, formatted) else (*written, *merged)

    def _list(self, field: Field, title: str) -> tuple[Any, ...]:
        match = re.search(r"(\S+)\s+(.*)$", field.value)
        address, more = match.groups() if match else (field.value, "")
        kind = "open"
        if "subscribers-only" in more:
            kind = "subscriber"
        elif "moderated" in more:
            kind = "moderated"
        suffix = "" if title == "THE REST" else f":{title}"
        return "L", f"{kind} list{suffix}", (self.person(address),), field.line, kind, address

    def _pattern(self, number: int, section: Section, field: Field) -> None:
        value, depth = field.value, 0
        if field.letter != "N":
            value = value.replace(".", "\\.").replace("*", ".*").replace("?", ".")
            depth = value.count("/") + (not value.endswith("/"))
            if value.startswith(".*"):
                depth = -1
        how = self._how(section, field, value)
        if how is None:
            return
        kind, key, literal, source = how
        folder = "" if "*" in value or "\\" in value else value  # what may be a folder that lacks its slash
        row = (number, field.index, field.letter, field.value, field.line, folder, value.count("/"))
        self.buckets.setdefault(key, []).append((*row, value.endswith("/"), depth, kind, literal, source))

    def _how(self, section: Section, field: Field, value: str) -> tuple[int, str, str, Any] | None:
        """How to test a pattern, the key it is filed under, a literal it needs, and its source; None if broken."""
        text = field.value
        if field.letter == "N":
            if text.replace("_", "a").replace("-", "a").replace("/", "a").isalnum() and text.isascii():
                return WORD, "", text, ""
            source = self._translated(section, field, value, "")
            return None if source is None else (ANYWHERE, "", literal_of(text), source)
        if not _LIVE.intersection(text) and "?" not in text:
            first, *rest = text.split("*")
            return (PIECES, _key(first), first, tuple(rest)) if rest else (LITERAL, _key(first), first, "")
        source = self._translated(section, field, value, "^")
        if source is None:
            return None
        simple = not _LIVE.intersection(text.replace("[", "").replace("]", ""))
        first = re.split(r"[*?\[]", text, maxsplit=1)[0] if simple else ""
        return EXPRESSION, _key(first), first, source

    def _translated(self, section: Section, field: Field, value: str, prefix: str) -> str | None:
        """The pattern in Python's dialect, tried; None (and a problem told) where that fails."""
        try:
            # The ^ that the script puts in front of F: and X: binds only the first alternative.
            source = prefix + translate(value) if value or not prefix else prefix
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                re.compile(source, 0 if prefix == "^" else re.VERBOSE)
        except (ValueError, OverflowError, RecursionError, Warning, re.error) as error:
            text = f"{field.letter}: {field.value}: this pattern cannot be read here: {error}."
            self.problems.append(Problem(field.line, section.name, text))
            self.unsure.append((field.letter, literal_of(field.value), section.name, field.line))
            return None
        return source

    def _keyword(self, number: int, section: Section, field: Field) -> None:
        source = self._translated(section, field, field.value, "")
        if source is not None:
            self.keywords.append((field.index, number, field.value, source, literal_of(field.value), field.line))


def _key(literal: str) -> str:
    """What a pattern is filed under: its literal folder and up to three characters more."""
    return literal[: literal.rfind("/") + 4]
