"""Takes a series in: mail files, the mail taken in, lore; and reads its patches as git does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from patchflow.adapters.git.mail_reader import received
from patchflow.adapters.mail.sources import read_source
from patchflow.domain.address import Address
from patchflow.domain.message import Message
from patchflow.domain.received import ReceivedPatch
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.lore import fetch_threads
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.reviewing.choose import Chosen, SeveralError, all_series, part_of
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.classify import has_diff
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.series import Posting, when_posted
from patchflow.formats.mail.threads import fingerprint, unique
from patchflow.formats.patch.hostile import why_hostile
from patchflow.formats.patch.patch_mail import parse_patch_mail
from patchflow.formats.patch.received import Received
from patchflow.formats.patch.subject import parse_subject

Note = Callable[[str], None]
_NEWEST = 300  # threads of the mail taken in that are looked at for the series of a list
_FROM = b"From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
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


def read_mails(here: Clone, word: str, note: Note, url: str = "") -> Mails:
    """The mails of what was named: a file or folder (`-` for standard input), a Message-ID, or a URL of an archive.

    A message is looked for in the mail taken in, then asked for at the archive. UsageError where it is nowhere.
    """
    if word == "-" or Path(word).exists():
        return read_mail_file(word, note)
    wanted, inbox = named_message(word)
    if not inbox and not (wanted and _taken_in(here, wanted)) and (posted := _of_list(here, word)):
        raise SeveralError(posted)
    if not wanted:
        raise UsageError(
            f"{word!r} is no mail file and no Message-ID.", "Name an mbox, a Maildir, a Message-ID or a lore URL."
        )
    if found := _taken_in(here, wanted):
        return mails_of(found, wanted)
    intake = fetch_threads(here, [wanted], url or inbox, note)
    for where, why in intake.skipped:
        note(f"{where}: {why}.")
    if found := _taken_in(here, wanted):
        return mails_of(found, wanted)
    raise UsageError(
        f"<{wanted}> is not in the mail taken in, and no archive has it.", "`patchflow fetch` takes mail in."
    )


def with_threads_of(here: Clone, mails: Mails, ids: Sequence[str]) -> Mails:
    """The mails, and the threads of these Message-IDs where the mail taken in has them."""
    have = {message.id for message in mails.messages}
    found = [raw for one in ids if one not in have for raw in _taken_in(here, one)]
    return mails_of([*mails.raws.values(), *found], mails.wanted) if found else mails


def read_mail_file(where: str, note: Note) -> Mails:
    """The mails of a file, a folder or standard input; UsageError where there is none."""
    skipped: list[tuple[str, str]] = []
    found = mails_of(mail.raw for mail in read_source(where, skipped))
    for place, why in skipped:
        note(f"{place}: {why}.")
    if not found.messages:
        raise UsageError(f"There is no mail in {'standard input' if where == '-' else where}.")
    return found


def named_message(word: str) -> tuple[str, str]:
    """The Message-ID that a word names, and the inbox where it is a URL; "" for neither."""
    if re.match(r"https?://", word):
        parts = urlsplit(word)
        path = [unquote(one) for one in parts.path.split("/") if one]
        at = next((number for number, one in enumerate(path) if "@" in one), None)
        if at is None:
            return "", ""
        return path[at].strip("<>"), f"{parts.scheme}://{parts.netloc}/{'/'.join(path[:at])}/"
    bare = word.strip().strip("<>")
    return (bare, "") if "@" in bare and not re.search(r"\s", bare) else ("", "")


def _of_list(here: Clone, word: str) -> list[Posting]:
    """The newest series that were posted to a list (its address, or what stands before the @), of the mail taken in."""
    store = ready_store(here)
    try:
        messages = store.newest_threads(_NEWEST) if store.exists else []
    finally:
        store.close()
    name = word.lower()
    sent = [m for m in messages if any(name in (a.key, a.key.partition("@")[0]) for a in (*m.to, *m.cc))]
    newest = [revisions[-1] for revisions in all_series(sent, bots()) if revisions[-1].patches]
    return sorted(newest, key=lambda one: -when_posted(one.first))


def _taken_in(here: Clone, wanted: str) -> list[bytes]:
    """The threads of a message, and those of the other revisions of its series (by their titles)."""
    store = ready_store(here)
    if not store.exists:
        return []
    try:
        found = store.raw_threads_of([wanted])
        messages = [parse_mail(raw) for raw in found]
        if not any(message.id == wanted for message in messages):
            return []
        subjects = [parse_subject(message.subject) for message in messages]
        titles = {one.title for one in subjects if one.is_patch and not one.is_reply and one.title}
        return [*found, *store.raw_titled(sorted(titles))]
    finally:
        store.close()


def read_patches(chosen: Chosen, mails: Mails) -> tuple[ReceivedPatch, ...]:
    """The patches of the posting that was chosen, as `git am` would read each, with what speaks against applying it."""
    return received_patches(chosen.posting.patches, mails)


def received_patches(messages: Sequence[Message], mails: Mails) -> tuple[ReceivedPatch, ...]:
    """The patches in these mails, in their order; a fault of one that is hostile only together with others is its."""
    patches = [received_patch(message, mails.raw(message)) for message in messages]
    for number in range(1, len(patches) + 1):
        diffs = [one.patch.diff for one in patches[:number]]
        if not patches[number - 1].fault and (why := why_hostile(diffs)):
            patches[number - 1] = replace(patches[number - 1], fault=f"it {why}")
            break
    return tuple(patches)


def received_patch(message: Message, raw: bytes) -> ReceivedPatch:
    """One mail as git's own reader takes it."""
    part = part_of(message)
    got = received(for_git(raw), with_diff=True)
    first = got[0] if got else Received(b"", b"", b"", b"")
    try:
        plain, _ = parse_patch_mail(_HEAD + first.diff, message.id)
    except UsageError:
        plain, fault = (
            parse_patch_mail(_HEAD + b"diff --git a/x b/x\n", message.id)[0],
            "it holds no diff that git reads",
        )
        plain = replace(plain, diff="", files=())
    else:
        fault = plain.damage
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
    return ReceivedPatch(part, message.id, raw, patch, fault)


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
