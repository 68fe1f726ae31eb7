"""RFC 822 addresses and lists of them, as get_maintainer.pl validates them."""

from __future__ import annotations

import re

from patchflow import lazy_re

_BLANK = r"(?:(?:\r\n)?[ \t])"
_COMMENT = lazy_re.compile(r'^((?:[^"\\]|\\.)*(?:"(?:[^"\\]|\\.)*"(?:[^"\\]|\\.)*)*)\((?:[^()\\]|\\.)*\)', re.DOTALL)


def _address_expression() -> str:
    """The grammar of an address, built up as RFC 822 does."""
    special = r"()<>@,;:\\\".\[\]"
    literal = rf"\[(?:[^\[\]\r\\]|\\.)*\]{_BLANK}*"
    quoted = rf'"(?:[^"\r\\]|\\.|{_BLANK})*"{_BLANK}*'
    atom = rf'[^{special} \000-\037\177]+(?:{_BLANK}+|(?=\n?\Z)|(?=[\["{special}]))'
    word = f"(?:{atom}|{quoted})"
    local = rf"{word}(?:\.{_BLANK}*{word})*"
    part = f"(?:{atom}|{literal})"
    domain = rf"{part}(?:\.{_BLANK}*{part})*"
    spec = f"{local}@{_BLANK}*{domain}"
    route = f"(?:@{domain}(?:,@{_BLANK}*{domain})*:{_BLANK}*)"
    angled = f"<{_BLANK}*{route}?{spec}>{_BLANK}*"
    mailbox = f"(?:{spec}|{word}*{angled})"
    group = rf"{word}*:{_BLANK}*(?:{mailbox}(?:,\s*{mailbox})*)?;\s*"
    return f"{_BLANK}*(?:{mailbox}|{group})"


_ADDRESS = _address_expression()
_WHOLE = lazy_re.compile(f"^{_ADDRESS}$", re.DOTALL)
_LIST = lazy_re.compile(f"^(?:{_ADDRESS})?(?:,(?:{_ADDRESS})?)*$", re.DOTALL)
_IN_LIST = lazy_re.compile(f"(?:^|,{_BLANK}*)({_ADDRESS})", re.DOTALL)


def _without_comments(text: str) -> str:
    while (changed := _COMMENT.sub(r"\1 ", text, count=1)) != text:
        text = changed
    return text


def _latin(text: str) -> bool:
    return all(ord(char) < 256 for char in text)


def is_address(text: str) -> bool:
    """Whether this is one valid address. Characters beyond Latin-1 make it invalid, as in the script."""
    bare = _without_comments(text)
    return _latin(bare) and _WHOLE.match(bare) is not None


def split_list(text: str) -> list[str] | None:
    """The addresses of a valid list (it may be empty); None where an address in it is invalid."""
    bare = _without_comments(text)
    if not _latin(bare) or not _LIST.match(bare):
        return None
    return [match[1] for match in _IN_LIST.finditer(bare)]
