"""What is quoted in a reply and what is its writer's own, by line; and where the signature begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from patchflow import lazy_re
from patchflow.named_tuple import NamedTuple

_MARKS = lazy_re.compile(r"^ ?>(?: ?>)*")
_INITIALS = lazy_re.compile(r"^([A-Za-z]{1,8}>|\|)(?= |$)")
# A word for it, or dots; words behind dots only up to a bracket or more dots: `.. and here` is a remark.
_SNIP = lazy_re.compile(
    r"^[\s\[\](){}<>=*#:_~-]*(?:"
    r"(?:(?:\.{2,}|…)[\s\[({<]*)?(?:8<|>8|%<|"
    r"(?:big |long )?snip(?:ped|s)?|clip(?:ped)?|cut|trimmed|trim|skip(?:ped)?|deleted|removed|omitted)[\s\w]{0,25}|"
    r"(?:\.{2,}|…)(?:[\s\w]{0,25}(?:[\])}>…]|\.{2,}))?"
    r")[\s\[\](){}<>.…=*#:_~8%-]*$|^\s*$",
    re.IGNORECASE,
)
_FOOTER = lazy_re.compile(r"^_{20,}\s*$")
ORIGINAL = lazy_re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|forwarded message|ursprüngliche (?:mail|nachricht)|message d'origine|"
    r"original mail|mensaje original|原始邮件|邮件原件)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
HEAD_LINE = lazy_re.compile(
    r"^\*?(?:from|sent|to|cc|date|subject|发件人|发送时间|收件人|抄送|主题)\*?\s*[::]", re.IGNORECASE
)
_SENT = lazy_re.compile(r"(?:from|sent|date): ", re.IGNORECASE)
_SENT_TO = lazy_re.compile(r"to: .{0,200}@", re.IGNORECASE)
_BROKEN = 3  # how many lines a mailer breaks a quoted one into
_TRIES = 1_000  # so many ends of lines are looked for in one mail
_ENOUGH = 24  # characters of the lines around that tell where it stood
_ONLY_MAILERS = lazy_re.compile(r"^\*?(?:sent|to|cc|发送时间|收件人|抄送)\*?\s*[::]", re.IGNORECASE)
_INLINE_PATCH = lazy_re.compile(r"^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001$")


class Line(NamedTuple):
    """One line of a mail: how deep it is quoted (0: the writer's own) and its text without quote marks.

    `key` is the text without any white space: what survives mailers, and so what lines are compared by.
    """

    depth: int
    text: str
    key: str


def read_lines(body: str, parent_keys: Sequence[str] = ()) -> list[Line]:
    """The lines of a reply with their quote depth.

    Knows `>` in all its spacings, initials (`SG> `) and bars where most of a mail bears them, Outlook's unmarked
    quoting, and the rest of a quoted line that a mailer broke, for which `parent_keys` are the keys of the lines of the
    message that is answered, in its order.
    """
    texts = body.split("\n")
    prefix = _house_prefix(texts)
    lines = [_read_line(text, prefix) for text in texts]
    start = _outlook_start(lines)
    if start is not None and parent_keys:
        known = frozenset(parent_keys)
        for at in range(start, len(lines)):
            line = lines[at]
            if line.depth == 0 and line.key and (line.key in known or HEAD_LINE.match(line.text)):
                lines[at] = line._replace(depth=1)
    _quote_wrapped(lines, parent_keys)
    return lines


def _quote_wrapped(lines: list[Line], parent_keys: Sequence[str]) -> None:
    """Quotes what a mailer broke off the end of a quoted line: with that line's end and the next one's beginning it is
    text of the mail that is answered, or it stands among the quoted From:, To: and Cc: lines, which that text lacks."""
    text = "".join(key.lstrip(">") for key in parent_keys)
    sent = to = False
    tries = _TRIES
    for at in range(1, len(lines)):
        above = lines[at - 1]
        if not above.key or not above.depth:
            sent = to = False
            continue
        sent, to = sent or bool(_SENT.match(above.text)), to or bool(_SENT_TO.match(above.text))
        end = at
        while end < min(at + _BROKEN, len(lines)) and not lines[end].depth and lines[end].key:
            end += 1
        if end == at or end == len(lines) or not lines[end].depth:
            continue
        if not (tries := tries - 1):
            return
        broken = above.key[-_ENOUGH:] + "".join(line.key for line in lines[at:end]) + lines[end].key[:_ENOUGH]
        if (sent and to) or (len(broken) >= _ENOUGH and broken in text):
            lines[at:end] = [line._replace(depth=above.depth) for line in lines[at:end]]


def own_lines(body: str) -> list[str | None]:
    """The lines of a reply that read_lines finds to be the writer's own, with None in place of each quoted one."""
    texts = body.split("\n")
    quoted = (">", " >", prefix) if (prefix := _house_prefix(texts)) else (">", " >")
    return [None if text.startswith(quoted) else text for text in texts]


@lru_cache(maxsize=64)  # thousands of equal lines cost little
def _read_line(text: str, prefix: str) -> Line:
    if text.startswith((">", " >")) and (match := _MARKS.match(text)):
        rest = text[match.end() :].removeprefix(" ")
        return Line(match.group().count(">"), rest, "".join(rest.split()))
    if prefix and text.startswith(prefix):
        inner = _read_line(text[len(prefix) :].removeprefix(" "), "")
        return inner._replace(depth=inner.depth + 1)
    return Line(0, text, "".join(text.split()))


def _house_prefix(texts: Sequence[str]) -> str:
    """The initials or bar this mail quotes with instead of `>`; "" for most mails."""
    counts = Counter(match[1] for text in texts if text and (match := _INITIALS.match(text)))
    if not counts:
        return ""
    prefix, often = counts.most_common(1)[0]
    plain = sum(1 for text in texts if text.startswith(">"))
    return prefix if often >= 3 and often > plain else ""


def _outlook_start(lines: Sequence[Line]) -> int | None:
    """Where an unmarked original begins: below a rule or a block of From:, Sent:, To:, Subject: lines."""
    for at, line in enumerate(lines):
        if not line.key or line.depth:
            continue
        rule, head = _heads_original(line.text)
        if not (rule or head):
            continue
        block = [other for other in lines[at : at + 8] if other.depth == 0 and HEAD_LINE.match(other.text)]
        if rule and len(block) >= 2:
            return at
        if head and len(block) >= 3 and any(_ONLY_MAILERS.match(b.text) for b in block):
            return at
    return None


@lru_cache(maxsize=64)
def _heads_original(text: str) -> tuple[bool, bool]:
    """Whether a line is a rule above an original, and whether it is one of its headers."""
    return bool(ORIGINAL.match(text)), bool(HEAD_LINE.match(text))


def is_snip(text: str) -> bool:
    """Whether this line only says that something was cut: `[...]`, `<snip>`, `8<`; blank lines too."""
    return len(text) < 60 and bool(_SNIP.match(text))


def signature_start(lines: Sequence[Line]) -> int:
    """Index of the signature, list footer or attached patch that ends a mail; len(lines) where there is none."""
    for at, line in enumerate(lines):
        if not line.text:
            continue
        if line.depth == 0 and _INLINE_PATCH.match(line.text):
            return at
        if line.depth == 0 and line.text in ("-- ", "--") and len(lines) - at <= 25:
            if all(other.depth == 0 for other in lines[at:]):
                return at
        elif line.depth == 0 and _FOOTER.match(line.text) and len(lines) - at <= 8:
            return at
    return len(lines)
