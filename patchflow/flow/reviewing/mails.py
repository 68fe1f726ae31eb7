"""Takes a series in from where it is named: mail files, the mail taken in, lore."""

from __future__ import annotations

from pathlib import Path

from patchflow.adapters.files import exists
from patchflow.adapters.mail.inbox import is_inbox
from patchflow.adapters.mail.sources import read_source
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.lore import fetch_threads
from patchflow.flow.reviewing.choose import SeveralError
from patchflow.flow.reviewing.received import Mails, Note, mails_of
from patchflow.flow.reviewing.taken_in import of_inbox, of_list, taken_in
from patchflow.formats.mail.named import named_message


def read_mails(here: Clone, word: str, note: Note, url: str = "", series: str = "") -> Mails:
    """The mails of what was named: a file or folder (`-` for standard input), a Message-ID, or a URL of an archive.

    A message is looked for in the mail taken in, then asked for at the archive. UsageError where it is nowhere. Of a
    public-inbox, which is taken in, those of `series` (a Message-ID); SeveralError with its newest where none is named.
    """
    if word != "-" and is_inbox(Path(word)):
        posted = of_inbox(here, word)
        if not posted:
            raise UsageError(f"There is no series in {word}.")
        if len(posted) > 1 and not series:
            raise SeveralError(posted)
        return read_mails(here, series or posted[0].first.id, note, url)
    if word == "-" or exists(word):
        return read_mail_file(word, note)
    wanted, inbox = named_message(word)
    if wanted and (found := taken_in(here, wanted)):
        return mails_of(found, wanted)
    if not inbox and (posted := of_list(here, word)):
        raise SeveralError(posted)
    if not wanted:
        raise UsageError(
            f"{word!r} is neither a mail file nor a Message-ID.", "Name an mbox, a Maildir, a Message-ID or a lore URL."
        )
    intake = fetch_threads(here, [wanted], url or inbox)
    for where, why in intake.skipped:
        note(f"{where}: {why}.")
    if found := taken_in(here, wanted):
        return mails_of(found, wanted)
    raise UsageError(
        f"<{wanted}> is not in the mail taken in, and no archive has it.", "`patchflow fetch` takes mail in."
    )


def read_mail_file(where: str, note: Note) -> Mails:
    """The mails of a file, a folder or standard input; UsageError where there is none."""
    skipped: list[tuple[str, str]] = []
    found = mails_of(mail.raw for mail in read_source(where, skipped))
    for place, why in skipped:
        note(f"{place}: {why}.")
    if not found.messages:
        raise UsageError(f"There is no mail in {'standard input' if where == '-' else where}.")
    return found
