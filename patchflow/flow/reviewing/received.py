"""Mails with their bytes, and the patches in them as git reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from patchflow import lazy_re
from patchflow.adapters.git.mail_reader import received
from patchflow.domain.address import Address
from patchflow.domain.message import Message
from patchflow.domain.received import ReceivedPatch
from patchflow.errors import UsageError
from patchflow.flow.reviewing.choose import Chosen, part_of
from patchflow.formats.mail.classify import has_diff
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.threads import fingerprint, unique
from patchflow.formats.patch.hostile import count_files, first_hostile
from patchflow.formats.patch.patch_mail import STAT_DIFFERS, parse_patch_mail
from patchflow.formats.patch.received import Received
from patchflow.formats.patch.subject import parse_subject
from patchflow.values import dataclass

Note = Callable[[str], None]
_FROM = b"From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
_FOLDERS = lazy_re.compile(
    rb"(?m)^--- (?!a/|b/|/|\.+/|\")[^/\s]+/([^\n]+)\n\+\+\+ (?!a/|b/|/|\.+/|\")[^/\s]+/([^\n]+)(?=\n@@ -)"
)
_HEAD = b"From: nobody <nobody@localhost>\nSubject: [PATCH] x\n\nx\n---\n"


@dataclass(frozen=True, slots=True)
class Mails:
    """Mails with their bytes; `wanted` is the Message-ID that was named, "" where a file was."""

    messages: tuple[Message, ...]
    raws: Mapping[str, bytes]
    wanted: str = ""

    def raw(self, message: Message) -> bytes:
        """The bytes of one of the mails."""
        return self.raws[_key(message)]


def mails_of(raws: Iterable[bytes], wanted: str = "") -> Mails:
    """Mails out of their bytes, each once; patches that are attached stand in their mail's text."""
    found: dict[str, bytes] = {}
    messages: list[Message] = []
    for raw in raws:
        message = _with_attached(parse_mail(raw), raw)
        messages.append(message)
        found.setdefault(_key(message), raw)
    return Mails(tuple(unique(messages)), found, wanted)


def read_patches(chosen: Chosen, mails: Mails) -> tuple[ReceivedPatch, ...]:
    """The patches of the posting that was chosen, as `git am` would read each, with what speaks against applying it."""
    return received_patches(chosen.posting.patches, mails)


def received_patches(messages: Sequence[Message], mails: Mails) -> tuple[ReceivedPatch, ...]:
    """The patches in these mails, in their order; a fault of one that is hostile only together with others is its."""
    patches = [received_patch(message, mails.raw(message)) for message in messages]
    if found := first_hostile(one.whole for one in patches):
        number, why = found
        patches[number] = replace(patches[number], fault=f"it {why}")
    return tuple(patches)


def received_patch(message: Message, raw: bytes) -> ReceivedPatch:
    """One mail as git's own reader takes it."""
    part = part_of(message)
    got = received(for_git(raw), with_diff=True)
    first = got[0] if got else Received(b"", b"", b"", b"")
    try:
        plain, _ = parse_patch_mail(_HEAD + _as_git(first.diff), message.id)
    except UsageError:
        plain, fault = (
            parse_patch_mail(_HEAD + b"diff --git a/x b/x\n", message.id)[0],
            "it holds no diff that git reads",
        )
        plain = replace(plain, diff="", files=())
    else:
        fault = plain.damage
    odd = fault if fault.startswith(STAT_DIFFERS) else ""
    fault = "" if odd else fault
    if len(got) != 1:
        fault = "a line of it begins another mail, so that git would take it for several"
    elif not fault and any(file.binary and not file.hunks for file in plain.files):
        names = [file.path for file in plain.files if file.binary]
        if "GIT binary patch" not in plain.diff:
            fault = f"it changes the binary file {names[0]} and does not bring its content"
    author = Address(_text(first.name), _text(first.email))
    patch = replace(
        plain, message=_text(first.message), author=author, date=_date(first.date), where=message.id,
        subject_line=message.subject, committer=message.sender,
    )  # fmt: skip
    whole = _text(_as_git(first.diff))
    if not fault and count_files(whole) != len(plain.files):
        fault = "its diff can be read in two ways, so it is refused"
    return ReceivedPatch(part, message.id, raw, patch, fault, odd, whole)


def _as_git(diff: bytes) -> bytes:
    """A diff with the usual a/ and b/ in front of paths where two folders were compared (`linux.orig/x linux/x`): git
    takes the first part off, whatever it is. A part that is dots alone stays, to be refused."""
    return _FOLDERS.sub(rb"--- a/\1\n+++ b/\2", diff)


def for_git(raw: bytes) -> bytes:
    """A mail's bytes as a mailbox of one, which `git am` splits and reads the same way."""
    return _FROM + raw.replace(b"\r\n", b"\n")


def _with_attached(message: Message, raw: bytes) -> Message:
    if not message.attachments or has_diff(message.body):
        return message
    subject = parse_subject(message.subject)
    if not subject.is_patch or subject.is_reply:
        return message
    got = received(for_git(raw), with_diff=True)
    if len(got) != 1 or not has_diff(_text(got[0].diff)):
        return message
    return message._replace(body=f"{message.body.rstrip()}\n---\n{_text(got[0].diff)}")


def _key(message: Message) -> str:
    return f"{message.id}\n{fingerprint(message)}"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _date(raw: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(_text(raw))
    except (ValueError, TypeError):
        return None
