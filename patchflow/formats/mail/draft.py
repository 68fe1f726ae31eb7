"""Drafts of replies: made from a message and the comments to answer, and read back after the editor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import getaddresses
from urllib.parse import quote

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.comment import Comment
from patchflow.domain.message import Message
from patchflow.errors import UsageError
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.people import People, is_relay
from patchflow.formats.mail.quotes import own_lines
from patchflow.formats.patch.compose import address_header, encode_header, ensure_mime, one_line
from patchflow.formats.safe import cleaned
from patchflow.values import dataclass

_HEADER = lazy_re.compile(r"^([A-Za-z][A-Za-z-]*):[ \t]*(.*)$")
_SIGNATURE = lazy_re.compile(r"((?:> ?)*)-- ?")
_IN_A_DIFF = lazy_re.compile(r"[-+@]|diff |index ")
_MOST_SIGNED = 20  # lines of a signature
_CONTEXT = 10  # quoted lines kept above a comment; a reader wants the hunk, not the patch


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply being written: headers as the user sees them (decoded) and the body."""

    headers: tuple[tuple[str, str], ...]
    body: str

    def header(self, name: str) -> str:
        """The first header of that name, "" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def addresses(self, *names: str) -> list[Address]:
        """The addresses in these headers."""
        pairs = getaddresses([self.header(name) for name in names])
        return [Address(name, email) for name, email in pairs if "@" in email]

    def text(self) -> str:
        """The draft as the file a person edits."""
        return "".join(f"{key}: {value}\n" for key, value in self.headers) + "\n" + self.body


def quotation(parent: Message, comments: Sequence[Comment]) -> dict[str, str]:
    """What a reply's template is filled in with: `date`, `who`, and as `quote` just the comments given, or all of the
    text where none is."""
    when = f"{parent.date:%a, %b %d, %Y at %I:%M:%S%p %z}" if parent.date else "a day unknown"
    who = one_line(parent.sender.name or parent.sender.email)
    return {"date": when, "who": who, "quote": _quote_of(parent, comments)}


def own_quotation(parent: Message) -> dict[str, str]:
    """The same with the first lines that the sender wrote: what a thanks quotes."""
    own = [line for line in own_lines(parent.body) if line][:_CONTEXT]
    return {**quotation(parent, ()), "quote": "\n".join(map(quote_line, own))}


_CRUD = " .,:;<>\"\\'"  # what git takes off a name, and git send-email compares the From with


def make_draft(parent: Message, body: str, me: Address) -> Draft:
    """A reply of mine to `parent` with this body, everyone else on copy.

    What the mail brings is cleaned: no control or hidden character of it stands in the draft.
    """
    people = _everyone(parent, me)
    to = [a for a in (parent.reply_to or (People().sender(parent),)) if not is_relay(a)]
    if [a.key for a in to] == [me.key]:
        to = [a for a in parent.to if a.key != me.key] or to
    cc = [a for a in people if a.key not in {b.key for b in to}]
    above = parent.references or (parent.in_reply_to if len(parent.in_reply_to) == 1 else ())  # as RFC 5322 says
    references = [*above, parent.id]
    subject = parent.subject if re.match(r"(?i)re:", parent.subject) else f"Re: {parent.subject}"
    headers = (
        ("From", _shown(Address(me.name.replace('"', "").strip(_CRUD), me.email))),
        ("To", ", ".join(map(_shown, to))),
        ("Cc", ", ".join(map(_shown, cc))),
        ("Subject", one_line(re.sub(r"(?i)^(re:\s*)+", "Re: ", subject))),
        ("In-Reply-To", f"<{parent.id}>"),
        ("References", " ".join(f"<{one_line(one)}>" for one in references[-40:])),
    )
    return Draft(tuple((k, cleaned(v)) for k, v in headers if v), cleaned(body))


def _everyone(parent: Message, me: Address) -> list[Address]:
    """The parent's sender, To and Cc, each once, without oneself: nobody and no list is dropped, but a relay's address
    that stands for somebody's."""
    seen: dict[str, Address] = {}
    for address in (*(parent.reply_to or ()), People().sender(parent), *parent.to, *parent.cc):
        if "@" in address.email and address.key != me.key and not is_relay(address):
            seen.setdefault(address.key, address)
    return list(seen.values())


def _shown(address: Address) -> str:
    name = one_line(address.name)
    if re.search(r'[,;:<>@()"\\]', name):
        escaped = name.replace("\\", "").replace('"', "'")
        name = f'"{escaped}"'
    return f"{name} <{one_line(address.email)}>" if name else one_line(address.email)


def _quote_of(parent: Message, comments: Sequence[Comment]) -> str:
    """The quoted lines, with room for an answer below each piece."""
    lines: list[str] = []
    rows = parent.body.rstrip("\n").split("\n")
    if not comments:
        return "\n".join([*map(quote_line, unsigned(rows)), "", ""])
    last = 0
    for comment in sorted(comments, key=lambda one: one.span):
        first, end = max(comment.span[0], 1), min(max(comment.span[1], comment.span[0], 1), len(rows))
        start = _context_start(rows, first - 1, last)
        if start > last:
            lines.append("> [...]")
        lines += [quote_line(row) for row in rows[start:end]]
        lines += ["", "", ""]
        last = end
    return "\n".join(lines[:-1])


def unsigned(rows: Sequence[str]) -> list[str]:
    """The lines of a mail without signatures, its own and those it quotes."""
    kept: list[str] = []
    inside: str | None = None  # the marks of the quotation whose signature this is
    for number, row in enumerate(rows):
        if inside is not None and row.startswith(inside) and row.strip("> "):
            continue
        inside = None
        mark = _SIGNATURE.fullmatch(row)
        if mark and (mark[1] or _ends_with_signature(rows[number:])):
            inside = mark[1].rstrip()
        else:
            kept.append(row)
    while kept and not kept[-1].strip("> "):
        kept.pop()
    return kept


def _ends_with_signature(rows: Sequence[str]) -> bool:
    """Whether `-- ` begins a signature: in a diff it is a removed line."""
    return rows[0] == "-- " and len(rows) < _MOST_SIGNED and not any(map(_IN_A_DIFF.match, rows[1:]))


def _context_start(rows: Sequence[str], at: int, least: int) -> int:
    """Where the quotation above a comment begins: the quoted run, cut to what shows the place."""
    start = at
    while start > least and at - start < _CONTEXT and (rows[start - 1].startswith(">") or not rows[start - 1].strip()):
        start -= 1
    while start < at and not rows[start].strip():
        start += 1
    return start


def quote_line(row: str) -> str:
    """A line of a mail as an answer quotes it."""
    return f">{row}" if row.startswith(">") else f"> {row}".rstrip()


def parse_draft(text: str) -> Draft:
    """Reads a draft after the editor; UsageError where its headers cannot be read, with the line."""
    lines = text.replace("\r\n", "\n").split("\n")
    headers: list[tuple[str, str]] = []
    number = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            break
        if line[:1] in " \t" and headers:
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        elif match := _HEADER.match(line):
            headers.append((match[1], match[2].strip()))
        else:
            raise UsageError(
                f"line {number} of the draft is not a header: {line[:60]!r}.", "Headers end at the first blank line."
            )
    return Draft(tuple(headers), "\n".join(lines[number:]))


def mail_text(draft: Draft, message_id: str = "") -> str:
    """The draft as the mail git send-email takes: names encoded, the Message-ID fixed, plain text in UTF-8."""
    rows: list[str] = []
    for key, value in draft.headers:
        if key.lower() in ("to", "cc"):
            people = [Address(name, email) for name, email in getaddresses([value]) if "@" in email]
            rows.append(f"{key}: " + ",\n ".join(address_header(person) for person in people))
        elif key.lower() == "from":
            name, email = getaddresses([value])[0]
            rows.append(f"From: {address_header(Address(name, email))}")
        elif key.lower() not in ("message-id", "content-type", "content-transfer-encoding", "mime-version"):
            rows.append(encode_header(f"{key}: {one_line(value)}"))
    if message_id:
        rows.append(f"Message-ID: <{one_line(message_id)}>")
    return ensure_mime("\n".join(rows) + "\n\n" + _finished(draft.body))


def _finished(body: str) -> str:
    """The body without the blank lines that held the place of answers not given, ended by one newline."""
    return re.sub(r"\n{4,}", "\n\n", body).strip("\n") + "\n"


def back_from_mutt(draft: Draft, raw: bytes) -> Draft:
    """The draft as mutt left it: its people, subject and body, and our threading, which mutt may have left out."""
    theirs = parse_mail(raw)
    taken = {"to": ", ".join(map(_shown, theirs.to)), "cc": ", ".join(map(_shown, theirs.cc))}
    taken["subject"] = one_line(theirs.subject)
    headers = tuple((key, taken.get(key.lower()) or value) for key, value in draft.headers)
    return Draft(headers, theirs.body if theirs.body.endswith("\n") else f"{theirs.body}\n")


def mailto(draft: Draft) -> str:
    """The draft as a mailto: URL (RFC 6068), threading included."""
    fields = [("cc", draft.header("Cc")), ("subject", draft.header("Subject")), ("body", draft.body)]
    fields.insert(2, ("in-reply-to", draft.header("In-Reply-To")))
    to = ",".join(quote(address.email, safe="@") for address in draft.addresses("To"))
    return f"mailto:{to}?" + "&".join(f"{key}={quote(value)}" for key, value in fields if value)
