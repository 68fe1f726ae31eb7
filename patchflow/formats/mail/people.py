"""Whose mailbox an address is: several addresses of one person, and who wrote a mail that a relay sent."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.message import Message
from patchflow.formats.mail.headers import addresses
from patchflow.values import dataclass

# kernel.org's relay for `b4 send` writes `NAME via B4 Relay <devnull+user.host@kernel.org>` and keeps the author in
# X-Original-From and Reply-To.
_RELAY = lazy_re.compile(r"^devnull\+(.+)@kernel\.org$", re.IGNORECASE)
VIA = " via "  # between the author and the list or relay, in the name of a From that was rewritten
_LAST = lazy_re.compile(r"<([^<>]*)>\s*$")


@dataclass(frozen=True, slots=True)
class People:
    """Addresses of one person: `canonical` maps a lower-case address to the one it counts as (.mailmap, and the
    user's own); `lists` are the lists that are known to rewrite From ("via LIST"); `me` is the user's key."""

    canonical: Mapping[str, str] = field(default_factory=dict)
    lists: Collection[str] = ()
    me: str = ""

    def key(self, address: Address) -> str:
        """What two addresses of one person have in common; letters' case and `+tag` count for nothing."""
        low = untagged(self.canonical.get(address.key, address.email))
        return self.canonical.get(low, low)

    def same(self, one: Address, other: Address) -> bool:
        """Whether both are one person's."""
        return self.key(one) == self.key(other)

    def sender(self, message: Message) -> Address:
        """Who wrote a mail: its From, or whom a known relay names; nobody (an empty address) where From names several.

        No other header speaks for the sender: anybody can write Sender, Resent-From or Reply-To.
        """
        if len(addresses(message.header("from").encode("utf-8", "surrogatepass"))) > 1:
            return Address(message.header("from"), "")
        sender = message.sender
        relay = _RELAY.match(sender.email)
        if not relay and not (sender.key in self.lists and VIA in sender.name):
            return sender
        original = addresses(message.header("x-original-from").encode("utf-8", "surrogatepass"))
        for one in (*original, *message.reply_to):
            spelt = one.email.replace("@", ".").lower()
            if spelt == relay[1].lower() if relay else one.key not in self.lists:
                return Address(one.name or sender.name.partition(VIA)[0], one.email)
        return sender


def is_relay(address: Address) -> bool:
    """Whether nobody reads this address: that of kernel.org's relay, which stands for somebody else's."""
    return bool(_RELAY.match(address.email))


def key_of(text: str) -> str:
    """The bare address of `Name <address>` or of an address alone, in lower case; commas in a name do not matter."""
    found = _LAST.search(text)
    return (found[1] if found else text).strip().lower()


def untagged(email: str) -> str:
    """The mailbox in lower case: `User+tag@host` is `user@host`."""
    local, at, host = email.strip().lower().rpartition("@")
    bare = local.partition("+")[0]
    return f"{bare if bare and bare != 'devnull' else local}{at}{host}"
