"""Compares addresses: those a page shows, and those a mail would go to."""

from __future__ import annotations

import re
from collections.abc import Collection
from email.utils import getaddresses


def addresses_in(raw: bytes) -> set[str]:
    """The addresses in To and Cc of a mail, in lower case."""
    head = re.sub(r"\n[ \t]+", " ", raw.partition(b"\n\n")[0].decode("utf-8", "replace"))
    values = re.findall(r"(?mi)^(?:To|Cc): (.*)$", head)
    return {address.lower() for _, address in getaddresses(values) if address}


def differences(shown: Collection[str], real: Collection[str]) -> str:
    """What would differ from what was shown: `leave out a, b` and `add c`; "" where nothing."""
    parts = [
        f"{word} {', '.join(sorted(keys))}"
        for word, keys in (("leave out", {*shown} - {*real}), ("add", {*real} - {*shown}))
        if keys
    ]
    return " and ".join(parts)
