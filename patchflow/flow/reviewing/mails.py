"""Takes a series in from where it is named: mail files, the mail taken in, lore."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.lore import fetch_threads
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.reviewing.choose import SeveralError, all_series
from patchflow.flow.reviewing.received import Mails, Note, mails_of, read_mail_file
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.series import Posting, when_posted
from patchflow.formats.patch.subject import parse_subject

_NEWEST = 300  # threads of the mail taken in that are looked at for the series of a list


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
