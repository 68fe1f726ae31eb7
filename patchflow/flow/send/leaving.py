"""The last step of making mails: what is signed here is, byte for byte, what is shown and what leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.adapters.mail.signing import find_key, sign
from patchflow.errors import PatchflowError
from patchflow.flow.send.gates import Gate
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.plan import Outgoing


@dataclass(frozen=True, slots=True)
class Leaving:
    """The mails as they leave, who signed them ("KEY by IDENTITY", and that identity), and what stands in the way."""

    outgoing: tuple[Outgoing, ...]
    signed: str = ""
    identity: str = ""
    gates: tuple[Gate, ...] = ()


def signed(here: Clone, outgoing: Sequence[Outgoing], section: str) -> Leaving:
    """The mails signed by the key of a section of git config ("" the usual one); a gate where they cannot be."""
    try:
        key = find_key(here.repository.config, section, here.repository.common)
        made = [replace(one, text=_text(sign(key, one.text.encode("utf-8", "surrogateescape")))) for one in outgoing]
    except PatchflowError as error:
        gate = Gate("signature", error.message.rstrip("."), (error.hint or "fix the key").rstrip("."))
        return Leaving(tuple(outgoing), gates=(gate,))
    return Leaving(tuple(made), key.by, key.identity)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
