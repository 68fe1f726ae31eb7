"""A send through a web endpoint: its mails, who takes them, and the archive's word where an answer was lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.lore import open_inbox
from patchflow.adapters.mail.endpoint import Endpoint
from patchflow.domain.address import Address
from patchflow.errors import OutsideError
from patchflow.flow.send.envelopes import Settled
from patchflow.flow.send.gates import Gate
from patchflow.formats.patch import compose as mail

if TYPE_CHECKING:
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.outbox import Heard
    from patchflow.flow.send.plan import Outgoing


_ENCODED = lazy_re.compile(r"^content-transfer-encoding:\s*quoted-printable", re.IGNORECASE | re.MULTILINE)
_WORD_FIRST = lazy_re.compile(r"^(Subject:\s+)?\[((?:RFC|RESEND)(?: (?:RFC|RESEND))*) PATCH\b", re.MULTILINE)


def mailer(here: Clone, url: str, reflect: bool = False) -> Endpoint:
    """The endpoint that takes the mails."""
    seconds = here.repository.config_number("patchflow.sendtimeout", 180, 86_400)
    return Endpoint(url, float(seconds), reflect=reflect)


def settle(outgoing: Sequence[Outgoing], me: Address) -> Settled:
    """The mails as the endpoint takes them, but for their date and signature, and what it cannot carry."""
    gates: list[Gate] = []
    made = []
    for one in map(_patch_first, outgoing):
        text = from_me(one.text, me)
        if _ENCODED.search("\n".join(mail.split_mail(text)[0])) or not _is_utf8(text):
            why = "has a CR, a line over 998 bytes or bytes that are not UTF-8, which web endpoints damage"
            go_on = "fix it, or send by SMTP: `git config patchflow.endpoint no`"
            gates.append(Gate("endpoint", f"{one.mail.subject!r} {why}", go_on))
        made.append(replace(one, text=text))
    return Settled(tuple(made), (), me.email, str(me), tuple(gates))


def _patch_first(one: Outgoing) -> Outgoing:
    """The mail with PATCH as the first word of its bracket: b4's server takes no other for a patch."""
    headers, body = mail.split_mail(one.text)
    text = mail.join_mail([_WORD_FIRST.sub(r"\1[PATCH \2", line) for line in headers], body)
    return replace(one, text=text, mail=replace(one.mail, text=text))


def from_me(text: str, me: Address) -> str:
    """The mail with the signer as its sender; another author stands first in the body, where git's readers look."""
    headers, body = mail.split_mail(text)
    headers = [line for line in headers if not line.startswith("From ")]
    value = next((line.partition(":")[2] for line in headers if line.lower().startswith("from:")), "")
    name, address = parseaddr(" ".join(value.split()))
    author = Address(str(make_header(decode_header(name))), address)
    if address and author != me:
        body = f"From: {author}\n\n{body}"
    made = mail.set_headers(mail.join_mail(headers, body), [("From", mail.address_header(me))])
    return mail.ensure_mime(made)


def dated(outgoing: Sequence[Outgoing], now: datetime | None = None) -> list[Outgoing]:
    """The mails with the time they leave at, a second apart, so that readers sort them as they were sent."""
    now = now or datetime.now().astimezone()
    return [
        replace(one, text=mail.set_headers(one.text, [("Date", format_datetime(now + timedelta(seconds=number)))]))
        for number, one in enumerate(outgoing)
    ]


def signer_gates(identity: str, me: Address) -> tuple[Gate, ...]:
    """A key of somebody else: the endpoint takes mails of the key's owner only."""
    local, _, domain = me.email.partition("@")
    if identity in ("", me.email, f"{local.partition('+')[0]}@{domain}"):
        return ()
    text = f"the endpoint takes mails of {identity}, whose key signs them, and these come from {me.email}"
    return (Gate("endpoint", text, "`git config user.email` or `patatt.identity` says who you are"),)


def ask_archive(
    outbox: Outbox, archive: str, again: Sequence[str], arrived: Sequence[str], heard: Heard | None
) -> list[str]:
    """Asks the archive about each message of unknown fate, and notes those it has as sent; those that `arrived` names
    (`all`: each) need no asking.

    Returns what of `again` is still to be sent once more. OutsideError where the archive cannot be asked and `again` is
    `all`: only who looked, message by message, may send on their own word.
    """
    told = {word.strip("<>") for word in arrived}
    left = list(again)
    unknown = [one for one in outbox.unknown() if one.message_id not in told and "all" not in told]
    if not archive or not unknown:
        return left
    inbox = open_inbox(archive)
    for one in unknown:
        try:
            there = inbox.has(one.message_id)
        except OutsideError as error:
            if "all" in again:
                raise OutsideError(
                    f"Nothing was sent again, because the archive could not be asked first: {error.message}",
                    "Try again later, or look yourself and name each with `--again MESSAGE-ID`.",
                ) from error
            if heard:
                heard(one.message_id, "unknown", f"the archive could not be asked: {error.message}")
            continue
        if there:
            outbox.note(one.message_id, "sent", "the archive has it")
            if heard:
                heard(one.message_id, "sent", "the archive has it")
            left = [word for word in left if word.strip("<>") != one.message_id]
    return left


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
