"""Perl's regular expressions, as MAINTAINERS uses them, in Python's dialect."""

from __future__ import annotations

_VERTICAL = "\\n-\\r\\x85\\u2028\\u2029"
_BLANK = " \\t\\xa0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000"
_SAME = frozenset("dDwWsSbBAnrtfa0123456789")
_OTHER = {
    "e": "\\x1b",
    "z": "\\Z",
    "Z": "(?=\\n?\\Z)",
    "h": f"[{_BLANK}]",
    "H": f"[^{_BLANK}]",
    "v": f"[{_VERTICAL}]",
    "V": f"[^{_VERTICAL}]",
    "R": f"(?:\\r\\n|[{_VERTICAL}])",
    "N": "[^\\n]",
}
_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "xdigit": "0-9a-fA-F",
    "word": "\\w",
    "print": "\\x20-\\x7e",
    "graph": "\\x21-\\x7e",
}
_GROUPS = ("?:", "?=", "?!", "?<=", "?<!", "?>", "?P<", "?P=", "?#")


class _Walk:
    """A pattern being rewritten: what was written, and the inline flags open at each level of brackets."""

    __slots__ = ("at", "out", "scopes", "text")

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.out: list[str] = []
        self.scopes: list[list[str]] = [[]]


def translate(pattern: str) -> str:
    """The same expression in Python's dialect; ValueError, saying why, where it cannot be said there.

    An inline flag (`(?i)` after the first character, which Python refuses) becomes a group that reaches as
    far as perl's flag does: to the end of its own brackets, across `|`. So a prefix may be put in front.
    """
    if not pattern:
        raise ValueError("it is empty, and perl then repeats the last pattern that matched")
    walk = _Walk(pattern)
    while walk.at < len(pattern):
        char = pattern[walk.at]
        if char == "\\":
            _escape(walk)
        elif char == "[":
            _bracket(walk)
        elif char == "(":
            _group(walk)
        elif char in ")|":
            _close(walk, char)
        elif char == "{":
            _brace(walk)
        else:
            walk.out.append(char)
            walk.at += 1
    if len(walk.scopes) != 1:
        raise ValueError("a bracket is not closed")
    return "".join(walk.out) + ")" * len(walk.scopes[0])


def _close(walk: _Walk, char: str) -> None:
    """`|` and `)`: inline flags end here; behind `|` they go on."""
    flags = walk.scopes[-1]
    walk.out.append(")" * len(flags) + char)
    if char == "|":
        walk.out.extend(flags)
    else:
        walk.scopes.pop()
        if not walk.scopes:
            raise ValueError("a bracket is closed that was never opened")
    walk.at += 1


def _escape(walk: _Walk, inside: bool = False) -> None:
    char = walk.text[walk.at + 1 : walk.at + 2]
    if not char:
        raise ValueError("it ends with a backslash")
    if char == "x":
        _hex(walk)
        return
    if char in _SAME or not (char.isascii() and char.isalpha()):
        walk.out.append("\\" + char)
    elif char in _OTHER:
        new = _OTHER[char]
        if inside:
            if not new.startswith("[") or new.startswith("[^"):
                raise ValueError(f"\\{char} inside brackets")
            new = new[1:-1]
        walk.out.append(new)
    else:
        raise ValueError(f"\\{char} is perl's own")
    walk.at += 2


def _hex(walk: _Walk) -> None:
    rest = walk.text[walk.at + 2 :]
    digits, used = (rest[1 : rest.index("}")], rest.index("}") + 1) if rest[:1] == "{" and "}" in rest else ("", 0)
    if not used:
        while used < 2 and rest[used : used + 1] and rest[used] in "0123456789abcdefABCDEF":
            used += 1
        digits = rest[:used] or "0"
    walk.out.append(f"\\U{int(digits, 16):08x}")
    walk.at += 2 + used


def _bracket(walk: _Walk) -> None:
    """A character class."""
    text = walk.text
    walk.out.append("[")
    walk.at += 1
    if text[walk.at : walk.at + 1] == "^":
        walk.out.append("^")
        walk.at += 1
    if text[walk.at : walk.at + 1] == "]":
        walk.out.append("\\]")
        walk.at += 1
    while True:
        char = text[walk.at : walk.at + 1]
        if not char:
            raise ValueError("a [ is not closed")
        if char == "\\":
            _escape(walk, inside=True)
        elif char == "[" and text[walk.at + 1 : walk.at + 2] == ":" and ":]" in text[walk.at :]:
            end = text.index(":]", walk.at)
            name = text[walk.at + 2 : end]
            if name not in _POSIX:
                raise ValueError(f"[:{name}:] is not known here")
            walk.out.append(_POSIX[name])
            walk.at = end + 2
        else:
            walk.out.append("\\" + char if char in "[&~|" else char)
            walk.at += 1
            if char == "]":
                return


def _group(walk: _Walk) -> None:
    """An opening bracket, or an inline flag."""
    rest = walk.text[walk.at + 1 :]
    if rest[:1] == "*":
        raise ValueError("(*…) is perl's own")
    if rest.startswith("?") and not rest.startswith(_GROUPS):
        flags = rest[1:].split(")", 1)[0].split(":", 1)[0]
        if rest.startswith("?<"):
            walk.out.append("(?P<")
            walk.at += 3
        elif flags and not flags.strip("imsx-") and rest[1 + len(flags) : 2 + len(flags)] in (")", ":"):
            walk.out.append(f"(?{flags}:")
            walk.at += 3 + len(flags)
            if rest[1 + len(flags)] == ")":
                walk.scopes[-1].append(f"(?{flags}:")
                return
        else:
            raise ValueError(f"({rest[:3]}…) is perl's own")
    else:
        walk.out.append("(")
        walk.at += 1
        if rest.startswith("?"):
            mark = next(word for word in _GROUPS if rest.startswith(word))
            walk.out.append(mark)
            walk.at += len(mark)
    walk.scopes.append([])


def _brace(walk: _Walk) -> None:
    """`{`: a count, or (as perl reads it) itself."""
    inner, closed, _ = walk.text[walk.at + 1 :].partition("}")
    low, comma, high = inner.partition(",")
    if closed and low.isdigit() and (not high or high.isdigit()):
        walk.out.append("{" + inner + "}")
        walk.at += len(inner) + 2
    elif closed and comma and not low.strip() and high.strip().isdigit():
        raise ValueError("{,n} means one thing to old perls and another to new ones")
    else:
        walk.out.append("\\{")
        walk.at += 1


def literal_of(pattern: str) -> str:
    """A text that every match must contain; "" where none is certain. Knows simple patterns only."""
    runs = [""]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char in "|{)" or char.isspace() or char == "#":
            return ""
        if char in "*?+":
            runs[-1] = runs[-1][:-1]
            runs.append("")
        elif char == "\\":
            following = pattern[at + 1 : at + 2]
            if following in ("", "x") or following.isdigit():
                return ""
            if following.isalpha():
                runs.append("")
            else:
                runs[-1] += following
            at += 1
        elif char in "[(":
            runs.append("")
            at = _skip(pattern, at)
            if at < 0:
                return ""
        elif char in ".^$":
            runs.append("")
        else:
            runs[-1] += char
        at += 1
    return max(runs, key=len)


def _skip(pattern: str, at: int) -> int:
    """The index where the class or group that begins at `at` ends; -1 where that is not plain to see."""
    if pattern[at] == "[":
        close = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] == "^" else 2))
        inner = pattern[at + 1 : close]
        return close if close > 0 and "[" not in inner and "\\" not in inner else -1
    if pattern[at + 1 : at + 2] == "?" and pattern[at + 2 : at + 3] not in (":", "=", "!"):
        return -1
    depth = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char == "[":
            at = _skip(pattern, at)
            if at < 0:
                return -1
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return at
        at += 1
    return -1
