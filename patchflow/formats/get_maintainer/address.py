"""Addresses as get_maintainer.pl takes them apart, writes them, and finds them in a file's text.

Each function does what the script's function of nearly the same name does, its oddities included: the same
address must come out in the same spelling. Only regular expressions that are needed get compiled.
"""

from __future__ import annotations

from patchflow import lazy_re

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ -")
_LETTER = r"[^\W\d_\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u2189\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]"
_SPACE = r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-")
_NAMED = lazy_re.compile(r"^([^<]+)<(.+@.*)>.*$")
_ANGLED = lazy_re.compile(r"^\s*<(.+@\S*)>.*$")
_BARE = lazy_re.compile(r"^(.+@\S*).*$")
_QUOTE = lazy_re.compile(r'(?<!\\)"')
_IN_TEXT = lazy_re.compile(
    rf"(?:{_LETTER}|[\"' ,.+-])*{_SPACE}*,*{_SPACE}*[(<{{]?[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9]+[)>}}]?"
)
_DOMAIN = lazy_re.compile(r"[A-Za-z0-9.-]+\.[A-Za-z0-9]")
_BRACKETED = lazy_re.compile(r"[(<{]?([A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+)[)>}]?")
_BETWEEN_NAMES = lazy_re.compile(rf"(?!{_LETTER})[^',.+-]")


def _unquoted(name: str) -> str:
    name = name.strip()
    name = name[1:] if name.startswith('"') else name
    return name[:-1] if name.endswith('"') else name


def escape_name(name: str) -> str:
    """The name, in quotes where it holds anything but ASCII letters, digits, blanks, _ and -."""
    if _PLAIN.issuperset(name):
        return name
    return '"' + (_QUOTE.sub(r'\\"', name) if '"' in name else name) + '"'


def parse_email(text: str) -> tuple[str, str]:
    """Name (quoted where it must be) and address; both "" where there is no address."""
    name = address = ""
    if match := _NAMED.match(text):
        name, address = match[1], match[2]
    elif match := _ANGLED.match(text) or _BARE.match(text):
        address = match[1]
    return escape_name(_unquoted(name)), address.strip()


def format_email(name: str, address: str, use_name: bool = True) -> str:
    """`Name <address>`; the address alone where there is no name, or none is wanted."""
    name, address = escape_name(_unquoted(name)), address.strip()
    return f"{name} <{address}>" if use_name and name else address


def split_addresses(value: str) -> list[str]:
    """The addresses of an M: or R: line: several only where the line is a valid list of them.

    A single valid address and anything invalid stay whole, because the script then takes the line as it is.
    """
    if value and "," not in value:
        return [value]
    from patchflow.formats.get_maintainer.rfc822 import is_address, split_list

    if is_address(value):
        return [value]
    several = split_list(value)
    return [value] if several is None else several


def addresses_in_text(text: str) -> list[str]:
    """The addresses inside a file (a binding in YAML names its maintainers), formatted as the script does."""
    found: list[str] = []
    behind = 0
    at = text.find("@")
    while at >= 0:
        if at > behind and text[at - 1] in _LOCAL and _DOMAIN.match(text, at + 1):
            match = _IN_TEXT.search(text, _window(text, at, behind))
            if match is None:
                break
            found.append(_clean(match.group()))
            behind = match.end()
            at = text.find("@", behind)
        else:
            at = text.find("@", at + 1)
    return found


def _window(text: str, at: int, behind: int) -> int:
    """Where a match with its @ at `at` can begin at the earliest; so the search is never quadratic."""
    start = at
    while start > behind and text[start - 1] in _LOCAL:
        start -= 1
    if start > behind and text[start - 1] in "(<{":
        start -= 1
    while start > behind and (text[start - 1].isspace() or text[start - 1] == ","):
        start -= 1
    while start > behind and (text[start - 1].isalpha() or text[start - 1] in "\"' ,.+-"):
        start -= 1
    return start


def _clean(text: str) -> str:
    """One address found in a text: brackets made uniform, and of the words before it only the likely name."""
    name, address = parse_email(_BRACKETED.sub(r"<\1>", text))
    if len(name) > 1 and name.startswith('"') and name.endswith('"') and "\n" not in name:
        name = name[1:-1]
    words = _BETWEEN_NAMES.split(name) if name else []
    while words and not words[-1]:
        words.pop()
    words = [word for word in words if word not in ("'", ",", ".", "+", "-")]
    name = " ".join(_last_names(words))
    if name.endswith((",", ".")):
        name = name[:-1]
    if name.startswith((",", ".")):
        name = name[1:]
    return format_email(name, address)


def _last_names(words: list[str]) -> list[str]:
    """The last two words; three where the first or middle of them is an initial."""
    if len(words) <= 2:
        return words
    first, middle = words[-3], words[-2]
    initial = (len(first) == 1 and first.isalpha()) or (len(first) == 2 and first.endswith("."))
    initial = initial or len(middle) == 1 or (len(middle) == 2 and middle.endswith("."))
    return words[-3:] if initial else words[-2:]
