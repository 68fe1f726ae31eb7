"""What the signatures of mails that came are worth: beside the sender's name, wherever mail is shown."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from patchflow.adapters.mail.attest import DKIM, PATATT, verdicts
from patchflow.flow.review.mail_index import mail_store
from patchflow.formats.mail.message import parse_mail

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.domain.verdict import Verdict
    from patchflow.flow.clone import Clone

Attested = dict["Message", tuple["Verdict", ...]]


def asks_dns(here: Clone) -> bool:
    """Whether the terminal UI is to ask the DNS for the keys of DKIM (patchflow.dkim)."""
    return (here.repository.config("patchflow.dkim") or "").lower() in ("yes", "true", "on", "1")


def is_signed(message: Message, dns: bool = False) -> bool:
    """Whether a mail bears a signature that can be judged; one of DKIM with `dns` only."""
    return bool(message.header(PATATT) or (dns and message.header(DKIM)))


def judged(here: Clone, raw: bytes, dns: bool = False) -> tuple[Verdict, ...]:
    """The verdicts on one mail, by the keyrings of the tree and of patatt.keyringsrc."""
    sources = here.repository.config_all("patatt.keyringsrc")
    return tuple(verdicts(raw, here.repository.git_dir, sources, dns))


def attested_in(here: Clone, mails: Iterable[tuple[Message, bytes]], dns: bool = False) -> Attested:
    """The verdicts on those of these mails that are signed, by the message."""
    found = {message: judged(here, raw, dns) for message, raw in mails if is_signed(message, dns)}
    return {message: rows for message, rows in found.items() if rows}


def attested(here: Clone, messages: Iterable[Message], dns: bool = False) -> Attested:
    """The same of mails that were taken in. Of two with one Message-ID each is judged by its own bytes."""
    signed = [message for message in messages if message.source != "sent" and is_signed(message, dns)]
    if not signed:
        return {}
    with closing(mail_store(here)) as store:
        ids = list(dict.fromkeys(message.id for message in signed))
        raws = {_shown(parse_mail(raw)): raw for _, raw in (store.copies_of(ids) if store.exists else ())}
    return attested_in(here, [(one, raws[_shown(one)]) for one in signed if _shown(one) in raws], dns)


def _shown(message: Message) -> tuple[object, ...]:
    return message.sender, message.subject, message.body
