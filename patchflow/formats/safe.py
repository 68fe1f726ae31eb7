"""Makes text from outside fit for a terminal: no escape sequence, no control or bidi character passes."""

from __future__ import annotations

import re

# C0 (without \n and \t), DEL, C1, line and paragraph separators, and every character that turns writing
# direction or hides text: a mail could otherwise recolour the screen, set its title or disguise a line.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\u061c\ufeff\ud800-\udfff]"
)
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}


def safe(text: str, width: int = 0) -> str:
    """The text with each unsafe character made visible; each line cut at `width` characters (0: never).

    Newlines and tabs stay. Control characters become their control pictures (ESC -> ␛), others `<U+202E>`.
    """
    clean = _UNSAFE.sub(_picture, text.replace("\r\n", "\n"))
    if width <= 0:
        return clean
    return "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in clean.split("\n"))


def safe_line(text: str, width: int = 0) -> str:
    """Like `safe`, but for one line: line breaks and tabs become blanks."""
    return safe(" ".join(text.replace("\t", " ").splitlines()), width)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(_PICTURES[code]) if code in _PICTURES else f"<U+{code:04X}>"
