"""What text from outside may carry: the one answer for the terminal, for JSON, and for what is written from mail.

Unsafe are control characters, every character that turns the writing direction, hides or is not seen, and combining
marks beyond a handful on one letter: a mail could otherwise recolour the screen, set its title, disguise a line, or
bring a second line into a commit. `safe` shows them, `escaped` writes them as JSON does, `cleaned` drops them.
"""

from __future__ import annotations

from unicodedata import category

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# C0 (without \n and \t), DEL and C1; soft hyphen, grapheme joiner, Arabic letter mark, fillers and vowels without a
# look, Mongolian and zero-width signs, bidi, line and paragraph separators, invisible operators, byte order mark,
# interlinear and musical marks, tags; and surrogates, which are bytes that could not be read.
_UNSAFE = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
# Scripts need up to three marks on one letter (Devanagari, Thai, Vietnamese taken apart), Hebrew and Tibetan four.
_MOST_MARKS = 4
_MAY_FLOOD = f"[^\x00-\u02ff]{{{_MOST_MARKS + 1},}}"


def safe(text: str, width: int = 0) -> str:
    """The text with each unsafe character made visible; each line cut at `width` characters (0: never).

    Newlines and tabs stay. Control characters become their control pictures (ESC -> ␛), others `<U+202E>`; combining
    marks beyond a handful become `<+12 marks>`.
    """
    clean = _mended(text.replace("\r\n", "\n"), _shown)
    if width <= 0:
        return clean
    return "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in clean.split("\n"))


def safe_line(text: str, width: int = 0) -> str:
    """Like `safe`, but for one line: line breaks and tabs become blanks."""
    return safe(" ".join(text.replace("\t", " ").splitlines()), width)


def in_xml(text: str) -> str:
    """The text as XML holds it, outside of attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cleaned(text: str) -> str:
    """The text without unsafe characters, for what is written from mail; newlines and tabs stay, CR LF is a newline."""
    return _mended(text.replace("\r\n", "\n"), lambda unsafe: "")


def escaped(document: str) -> str:
    r"""A JSON document with each unsafe character as \uXXXX: it reads as the same text, and steers no terminal."""
    return _mended(document, _as_json)


def is_safe(text: str) -> bool:
    """Whether nothing unsafe is in the text."""
    return cleaned(text) == text


def _mended(text: str, show: Callable[[str], str]) -> str:
    latin = max(text, default="") < "\u0300"  # nothing unsafe there is printable, and no mark combines
    if latin and text.replace("\n", "").isprintable():
        return text  # without the patterns, which take longer to load than a short command
    import re

    text = re.sub(_UNSAFE, lambda match: show(match.group()), text)
    return text if latin else re.sub(_MAY_FLOOD, lambda match: _thinned(match.group(), show), text)


def _thinned(run: str, show: Callable[[str], str]) -> str:
    """The run with the marks that are too many on one letter handed to `show`, together."""
    kept: list[str] = []
    marks, extra = 0, ""
    for char in run:
        marks = marks + 1 if category(char)[0] == "M" else 0
        if marks > _MOST_MARKS:
            extra += char
            continue
        kept += [show(extra), char] if extra else [char]
        extra = ""
    return "".join([*kept, show(extra) if extra else ""])


def _shown(unsafe: str) -> str:
    if len(unsafe) > 1:
        return f"<+{len(unsafe)} marks>"
    code = ord(unsafe)
    return chr(_PICTURES[code]) if code in _PICTURES else f"<U+{code:04X}>"


def _as_json(unsafe: str) -> str:
    import json

    return json.dumps(unsafe)[1:-1] if unsafe != "\x7f" else "\\u007f"
