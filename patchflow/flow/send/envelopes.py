"""Compares, both ways, whom git send-email will send to with whom the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from email.utils import getaddresses
from typing import TYPE_CHECKING

from patchflow.domain.address import Address
from patchflow.domain.envelope import Envelope
from patchflow.domain.recipient import Header, Recipient
from patchflow.flow.send.gates import Gate
from patchflow.formats.patch import compose as mail
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.send.plan import Outgoing


@dataclass(frozen=True, slots=True)
class Settled:
    """The mails with everybody whom the user's sendemail.* keys add, those they add blindly, the sender (its address,
    and the From: that readers see), and what stands in the way.
    """

    outgoing: tuple[Outgoing, ...]
    bcc: tuple[str, ...] = ()
    sender: str = ""
    shown_from: str = ""
    gates: tuple[Gate, ...] = ()


def settle(outgoing: Sequence[Outgoing], envelopes: Sequence[Envelope], keys: Mapping[str, str]) -> Settled:
    """The mails as they may leave. `keys` are the sendemail.* keys that are set, each with the file it stands in."""
    if len(envelopes) != len(outgoing):
        text = f"git send-email would send {len(envelopes)} of {len(outgoing)} messages, or is not understood"
        return Settled(tuple(outgoing), gates=(Gate("recipients-differ", text, "look at your sendemail.* keys"),))
    made: list[Outgoing] = []
    blind: dict[str, None] = {}
    gates: list[Gate] = []
    for one, envelope in zip(outgoing, envelopes, strict=True):
        shown = {r.address.key: str(r.address) for r in one.recipients}
        real = {address.lower() for address in envelope.recipients}
        if text := left_out(shown, envelope, keys):
            go_on = "unset that key (`git config --unset KEY`)" if "because of" in text else "fix the address"
            gates.append(Gate("recipients-differ", f"{text} in {one.mail.subject!r}", go_on))
        added = [r for r in _visible(envelope, keys) if r.address.key not in shown and r.address.key in real]
        seen = {*shown, *(r.address.key for r in added)}
        blind.update(dict.fromkeys(sorted(real - seen)))
        made.append(_with(one, added))
    sender, shown_from = envelopes[0].sender, envelopes[0].headers.get("From", "")
    gates += _unanswerable(sender, shown_from)
    return Settled(tuple(made), tuple(blind), sender, shown_from, tuple(gates))


def left_out(shown: Mapping[str, str], envelope: Envelope, keys: Mapping[str, str]) -> str:
    """Whom of those shown (key -> as it stands there) git send-email would leave out, and the keys that make it; "" for
    nobody.
    """
    real = {address.lower() for address in envelope.recipients}
    who = [text for key, text in shown.items() if key not in real]
    why = [f"{key} in {where}" for key, where in keys.items() if "suppress" in key] or [
        f"{key} in {where}" for key, where in keys.items() if key.rpartition(".")[2] in ("from", "aliasesfile")
    ]
    because = f", because of {', '.join(why)}," if why else ""
    return f"git send-email would leave out {', '.join(who)}{because}" if who else ""


def _visible(envelope: Envelope, keys: Mapping[str, str]) -> Iterator[Recipient]:
    """Those in the To and Cc that git send-email would write."""
    because = (
        ", ".join(f"{key} in {where}" for key, where in keys.items() if adds_people(key)) or "your git configuration"
    )
    for header in (Header.TO, Header.CC):
        for name, address in getaddresses([envelope.headers.get(header.value, "")]):
            if address:
                yield Recipient(Address(name, address), "your git configuration", header=header, because=(because,))


def adds_people(key: str) -> bool:
    """Whether a sendemail.* key puts people into the mails."""
    return key.startswith("sendemail.") and key.rpartition(".")[2] in (
        "to",
        "cc",
        "tocmd",
        "cccmd",
        "headercmd",
        "aliasesfile",
    )


def _with(one: Outgoing, added: Sequence[Recipient]) -> Outgoing:
    if not added:
        return one
    whole = replace(one, recipients=(*one.recipients, *added))
    headers = [
        (header.value, mail.addresses_header(list(whole.addresses(header)))) for header in (Header.TO, Header.CC)
    ]
    return replace(whole, text=mail.set_headers(one.text, headers))


def _unanswerable(sender: str, shown_from: str) -> Iterator[Gate]:
    """A sender nobody can answer: a host name without a domain, or one that only this machine or network knows."""
    given = (sender, *(address for _, address in getaddresses([shown_from])))
    for address in dict.fromkeys(one for one in given if one):  # a sendmail command is given no envelope sender
        domain = address.rpartition("@")[2].lower().rstrip(".")
        local = domain.rpartition(".")[2] in ("localhost", "localdomain", "local", "lan", "internal", "home", "(none)")
        if "@" not in address or "." not in domain or local:
            yield Gate(
                "sender", f"nobody can answer {address}, the sender of these mails",
                "set it with `git config user.email ADDRESS` (or sendemail.from)",
            )  # fmt: skip
