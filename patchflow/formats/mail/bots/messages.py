"""Lists of what compilers, linkers and checkers said, as bots send them.

What is new bears `>>`; where nothing in a list does, all of it is. Lines that lead to a message (`In file included
from`, `note:`, the quoted source) are context, and so is all from `vim +` on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.domain.report import Issue
from patchflow.formats.mail.bots.facts import distinct, key_of, source_of, tree_path

_ENDINGS = frozenset("c h S s rs rst cpp cc lds dts dtsi dtb dtbo yaml yml txt py sh awk l y pl o ko a tbl".split())
# file:line:col: rest. A linker tells an offset for the line, coccinelle a range for the column.
_AT = lazy_re.compile(
    r"(?P<file>[^\s:()'\"`<>]{1,250}):(?:(?P<line>\d{1,7})(?:[:.](?P<column>\d{1,5})(?:-\d{1,5}(?:\.\d{1,5})?)?)?:|\([^()\s]{1,120}\):)?"
    r"\s*(?P<rest>\S.*)"
)
_SMATCH = lazy_re.compile(
    r"(?P<file>[^\s:()]{1,250}):(?P<line>\d{1,7}) (?P<symbol>[\w.]{1,120}|\(null\))\(\) (?P<severity>warn|error|info): "
    r"(?P<text>.+)"
)
_SEVERITY = lazy_re.compile(
    r"(?P<severity>(?:fatal |internal compiler )?error|warning|note|info|\((?:SEVERE|ERROR|WARNING|INFO)/\d\)|"
    r"\[(?:error|warning)\])(?::\s*|(?<=[)\]])\s+|\s+(?=\())(?P<text>.*)",
    re.IGNORECASE,
)
_COCCINELLE = lazy_re.compile(r"(?P<severity>WARNING|ERROR) (?P<text>\S.*)")
_SPARSE = lazy_re.compile(r"sparse:(?P<gap> +)(?:sparse: )?")
_TOOL = lazy_re.compile(
    r"(?P<tool>[\w./-]{1,80}: )?(?P<severity>fatal error|error|warning|fatal)(?:\[\w{1,12}\])?\s?: (?P<text>\S.*)",
    re.IGNORECASE,
)
_CHECKPATCH = lazy_re.compile(r"(?P<severity>ERROR|WARNING|CHECK):(?P<type>[A-Z0-9_]{3,60}): (?P<text>.+)")
_CHECKED_AT = lazy_re.compile(r"#\d{1,7}: FILE: (?P<file>[^\s:]{1,250}):(?P<line>\d{1,7}):")
_REFERENCES = lazy_re.compile(r"(?P<file>[^\s:]{1,250}) references a file that doesn't exist: ")
# kernel-doc, dtc and the check of headers tell the severity first: Warning: file:line words
_INNER = lazy_re.compile(
    r"(?P<file>[\w./+,@-]{1,250}):(?:(?P<line>\d{1,7})(?:\.\d{1,5}-[\d.]{1,12})?)?:? (?P<rest>\S.*)"
)
_FUNCTION = lazy_re.compile(r"[Ii]n (?:inlined )?(?:member )?function ['`‘](?P<symbol>\w{1,120})")
_OBJECT = lazy_re.compile(r"(?<![\w./+-])(?P<path>[\w./+-]{1,250})\.o: in function ['`](?P<symbol>\w{1,120})")
_REFERENCED = lazy_re.compile(
    r"\s+>>> referenced by [^\s()]{1,250}(?: \((?P<file>[^():\s]{1,250}):(?P<line>\d{1,7})\))?"
)
_IN_OBJECT = lazy_re.compile(r"\s+>>>\s+[^\s:]{1,250}\.o:\((?P<symbol>[\w.]{1,120})\)")
_UNDEFINED = lazy_re.compile(
    r"undefined reference to [`'](?P<one>[^'\s]{1,200})'|"
    r"undefined (?:hidden |protected )?symbol: (?P<two>[^\s,]{1,200})|"
    r'modpost: "(?P<three>[^"\s]{1,200})" \[[^\]\s]{1,250}\] undefined'
)
_ARROW = lazy_re.compile(r"\s*--> (?P<file>[^\s:]{1,250}):(?P<line>\d{1,7}):(?P<column>\d{1,5})")
_HEADING = lazy_re.compile(
    r"(?P<which>all|new|old)?\s?(?P<tool>[\w-]{0,20})\s?(?:errors?/)?(?:warnings?|errors?)(?:/errors?)?\s?:?"
    r"(?: \([^()]{0,120}\))?:?\s*$",
    re.IGNORECASE,
)
_NEW = (">> ", " >> ")
_MOST = 2_000  # messages of one mail
_CONTEXT = (
    *("In file included from", "from ", "In function", "In member", "In inlined", "At top level", "make", "cc1"),
    *("included from",),
)
STATIC = ("smatch", "sparse", "cocci", "coccinelle", "coccicheck", "includecheck", "versioncheck", "clang_analyzer")
BINDINGS = ("dtcheck", "dtbs_check", "dt_binding_check", "dtschema")
_VIM = lazy_re.compile(r"vim \+(?:/\S{1,120} \+)?(?P<line>\d{1,7}) +(?P<file>\S{1,250})")
_SOURCE = lazy_re.compile(r"[\^0-9a-f]{8,40} |[ >*]{0,4}\s*\d{1,7}[\t ]|[ >*]{0,4}\d{1,7}$|:{5}|_{5}|---|\s")
_OBJTOOL = lazy_re.compile(r"objtool: (?P<symbol>[\w.]{1,120})(?:\(\))?\+?")


class Listing:
    """The list of messages in a mail: what was compiled or checked, and what it said."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.marked = any(line.startswith(_NEW) for line in lines)
        self.tools: set[str] = set()
        self.known: bool | None = False  # what a line without a mark is, as the heading above says
        self.function = ""
        self.object = ""

    def issues(self) -> tuple[tuple[Issue, ...], set[str]]:
        """The issues, new ones and old, and the tools that the headings name."""
        first, found = self._start(), list[Issue]()
        for at in range(first, len(self.lines)):
            line = self.lines[at]
            if line.startswith(("vim +", "-- ", "Kconfig warnings:", "0-DAY CI", "---")) and line.rstrip() != "--":
                break
            if line[:1].isalpha() and line.rstrip().endswith((":", ")")) and len(line) < 160 and self._heading(line):
                continue
            issue = self._issue(at, line)
            if issue:
                found.append(issue)
                if len(found) >= _MOST:
                    break
        comments = self._comments(first)
        # Of the same words at several places the first alone bears the mark; what stands further up in the file is old.
        new: dict[str, int] = {}
        for issue in found:
            if issue.known is False and not issue.key.startswith("undefined "):
                new.setdefault(issue.key, issue.line)
        if self.marked and all(
            issue.known for issue in found
        ):  # a note alone bears the mark: what it belongs to is not told
            found = [issue._replace(known=None) for issue in found]
        found = [
            issue._replace(known=False) if issue.line >= new.get(issue.key, issue.line + 1) else issue
            for issue in found
        ]
        found = [_commented(issue, comments) for issue in found]
        undefined = [issue for issue in found if issue.key.startswith("undefined ")]
        rest = [issue for issue in found if not issue.key.startswith("undefined ")]
        kept = [*distinct(rest), *distinct(undefined, once=True)]
        return tuple(sorted(kept, key=lambda issue: issue.span)), self.tools

    def one(self) -> Issue | None:
        """The issue of the first line alone."""
        words = self.lines[0].strip()
        issue = self._undefined(0, words) or self._checked(0, words) or self._compiled(0, words, False)
        return issue._replace(span=(1, 1)) if issue else None

    def _start(self) -> int:
        """The line behind the last heading of a list, as far as these stand above the first marked line."""
        for at, line in enumerate(self.lines):
            if line.startswith((*_NEW, "# many are suggestions")):
                return at
            if line[:1].isalpha() and line.rstrip().endswith((":", ")")) and len(line) < 160 and self._heading(line):
                return at + 1
        # A patch that the robot made: its first lines are the messages that it is for.
        if any(line.startswith("Generated by: scripts/coccinelle/") for line in self.lines[:100]):
            self.tools.add("cocci")
            return 0
        whole = next((at for at, line in enumerate(self.lines) if line.startswith("diff --git ")), -1)
        return 0 if whole >= 0 else len(self.lines)

    def _heading(self, line: str) -> bool:
        match = _HEADING.match(line)
        if match is None or "noticed" in line:
            return False
        self.tools.add(match["tool"].lower())
        self.known = bool(match["which"] and match["which"].lower() == "old")
        return True

    def _issue(self, at: int, line: str) -> Issue | None:
        new = line.startswith(_NEW)
        if line.startswith("# many are suggestions"):
            self.tools.add("checkpatch")
            return None
        words = line.partition(">> ")[2].strip() if new else line.removeprefix("<< ").strip()
        if line.startswith("--") or "At top level:" in words or words.startswith("In file included"):
            self.function = ""
        if not words or (not new and (words[0] in "|^~0123456789" or ":" not in words)):
            return None
        if (match := _FUNCTION.search(words[-400:])) and not new:
            self.function = match["symbol"]
        if match := _OBJECT.search(words[-600:]):
            self.object, self.function = match["path"], match["symbol"]
            return None
        known = False if new else (True if self.marked else self.known)
        issue = self._undefined(at, words) or self._checked(at, words) or self._compiled(at, words, new)
        return issue._replace(known=known, span=(at + 1, issue.span[1] or at + 1)) if issue else None

    def _undefined(self, at: int, words: str) -> Issue | None:
        """A symbol that the linker or modpost does not find: one, whoever misses it."""
        match = _UNDEFINED.search(words)
        if match is None:
            return None
        symbol = match["one"] or match["two"] or match["three"]
        place = _AT.match(_without_linker(words))
        file, line, user = "", 0, self.function if match["one"] else ""
        if match["one"] and place and _ending(place["file"]) not in ("o", "ko", "a"):
            file, line = self._whole(tree_path(place["file"])), int(place["line"] or 0)
        end = at
        if match["two"]:
            for end in range(at + 1, min(at + 5, len(self.lines))):
                if (ref := _REFERENCED.match(self.lines[end])) and not file and ref["file"]:
                    file, line = tree_path(ref["file"]), int(ref["line"])
                elif (where := _IN_OBJECT.match(self.lines[end])) and not user:
                    user = where["symbol"]
                elif not self.lines[end].lstrip().startswith(">>>"):
                    end -= 1
                    break
        text = f"undefined reference to '{symbol}'" if match["one"] else words
        return Issue(text, file, line, 0, "error", user, span=(at + 1, end + 1), key=f"undefined symbol {symbol}")

    def _whole(self, file: str) -> str:
        """The path of a file that a linker names without its folder, by the object that it is at."""
        if "/" in file or not self.object.endswith("/" + file.rpartition(".")[0]):
            return file
        return tree_path(f"{self.object}.{_ending(file)}")

    def _checked(self, at: int, words: str) -> Issue | None:
        if match := _SMATCH.match(words):
            file = tree_path(match["file"])
            severity = "error" if match["severity"] == "error" else "warning"
            key = key_of(f"{match['symbol']} {match['text']}", file)
            return Issue(match["text"], file, int(match["line"]), 0, severity, match["symbol"], key=key)
        if match := _CHECKPATCH.match(words):
            place = _CHECKED_AT.match(self.lines[at + 1]) if at + 1 < len(self.lines) else None
            file = tree_path(place["file"]) if place else ""
            severity = "error" if match["severity"] == "ERROR" else "warning"
            text = f"{match['text']} ({match['type']})"
            return Issue(
                text, file, int(place["line"]) if place else 0, 0, severity, key=f"{file} checkpatch {match['type']}"
            )
        return None

    def _compiled(self, at: int, words: str, new: bool) -> Issue | None:
        if not new and words.startswith(_CONTEXT):
            return None
        place = _AT.match(words) or _AT.match(_without_linker(words))
        if place is None or _ending(place["file"]) not in _ENDINGS:
            return self._placeless(at, words, new)
        rest, sparse, severity = place["rest"], False, ""
        if match := _SPARSE.match(rest):
            if len(match["gap"]) > 1:
                return None  # the rest of the message above
            rest, sparse = rest[match.end() :], True
        if match := _SEVERITY.match(rest) or _COCCINELLE.match(rest):
            severity, rest = _severity(match["severity"]), match["text"] or rest
            if match["severity"].lower().startswith("internal"):
                rest = f"internal compiler error: {rest}"
        elif not sparse and not new and not (self._is_static() and place["line"]):
            return None
        if severity == "note" or (not severity and rest.startswith(_CONTEXT)):
            return None
        file = "" if _ending(place["file"]) in ("o", "ko", "a") else tree_path(place["file"])
        if sparse and rest.endswith(":"):
            rest = " ".join([rest, *self._sparse_rest(at)])
        number = int(place["line"] or 0)
        file = self._whole(source_of(file))
        if file.startswith("usr/include/"):  # a header as it is installed: comments are gone, so lines are others
            file, number = f"include/uapi/{file.removeprefix('usr/include/')}", 0
        symbol = self.function
        if match := _OBJTOOL.match(rest):
            symbol = match["symbol"]
        return Issue(
            rest,
            file,
            number,
            int(place["column"] or 0) if number else 0,
            severity or "warning",
            symbol if not sparse else "",
            key=key_of(rest, file),
        )

    def _is_static(self) -> bool:
        return any(tool.startswith(STATIC) for tool in self.tools)

    def _sparse_rest(self, at: int) -> Iterator[str]:
        for line in self.lines[at + 1 : at + 4]:
            head, mark, rest = line.partition(": sparse:  ")
            if not mark or " " in head.removeprefix(">> ").strip():
                return
            yield rest.strip()

    def _placeless(self, at: int, words: str, new: bool) -> Issue | None:
        """A message without a place in front: rustc's (which tells it below), modpost's, Kconfig's, a tool's."""
        match = _TOOL.match(words)
        if match is None:
            return Issue(words, severity="warning", key=key_of(words)) if new else None
        file, line, column = "", 0, 0
        if at + 1 < len(self.lines) and (arrow := _ARROW.match(self.lines[at + 1])):
            file, line, column = tree_path(arrow["file"]), int(arrow["line"]), int(arrow["column"])
        elif found := _REFERENCES.match(match["text"]):
            file = tree_path(found["file"])
        text = words if match["tool"] else match["text"]
        inner = None if file or match["tool"] else _INNER.match(text)
        if inner and _ending(inner["file"]) in _ENDINGS:
            file, line, text = tree_path(inner["file"]), int(inner["line"] or 0), inner["rest"]
        return Issue(text, file, line, column, _severity(match["severity"]), key=key_of(text, file))

    def _comments(self, first: int) -> dict[tuple[str, int], str]:
        """What a person who passed the mail on wrote into the quoted source: (file, line) -> words."""
        found: dict[tuple[str, int], list[str]] = {}
        place: tuple[str, int] | None = None
        for line in self.lines[first:]:
            if line.startswith("vim +"):
                match = _VIM.match(line)
                place = (tree_path(match["file"]), int(match["line"])) if match else None
            elif line.startswith(("-- ", "---", "0-DAY ")):
                place = None
            elif place and line.strip() and not _SOURCE.match(line):
                found.setdefault(place, []).append(line.strip())
        return {place: " ".join(words) for place, words in found.items()}


def _commented(issue: Issue, comments: dict[tuple[str, int], str]) -> Issue:
    words = comments.get((issue.file, issue.line))
    return issue._replace(text=f"{issue.text} - {words}") if words else issue


def _ending(path: str) -> str:
    return path.rpartition(".")[2]


def _without_linker(words: str) -> str:
    """The words behind the name of the linker that says them (`ld:`, `mips-linux-ld:`, `ld.lld:`)."""
    head, mark, rest = words.partition(": ")
    return rest if mark and head.rpartition("/")[2].rpartition("-")[2] in ("ld", "ld.bfd", "ld.lld") else words


def _severity(word: str) -> str:
    word = word.lower()
    if "error" in word or "severe" in word or word == "fatal":
        return "error"
    return "note" if word.strip("(/0123456789)") in ("note", "info") else "warning"


def message_at(line: str) -> Issue | None:
    """One line of a compiler or checker as an issue; None for context and for what is no message."""
    return Listing([line]).one()
