"""Who wrote a mail, and whose an address is: what is believed of a header, and what is not."""

from __future__ import annotations

import pytest

from patchflow.domain.address import Address
from patchflow.formats.mail.people import People
from tests.mails import mail, message

KNOWN = People(
    {"old@work.example": "rik@example.net", "rik+old@home.example": "rik+new@example.net"},
    frozenset({"netdev@vger.kernel.org"}),
)
RIK = Address("Rik Reviewer", "rik@example.net")


@pytest.mark.parametrize(
    ("sender", "extra"),
    [
        ("Rik Reviewer <rik@example.net>", ""),
        ("RIK <Rik@Example.NET>", ""),
        ("Rik <rik+lkml@example.net>", ""),
        ("Rik <old@work.example>", ""),
        ("Rik <Rik+Old@home.example>", ""),
        ("Rik via B4 Relay <devnull+rik.example.net@kernel.org>", "Reply-To: rik@example.net"),
        ("Rik via B4 Relay <devnull+rik.example.net@kernel.org>", "X-Original-From: Rik <rik@example.net>"),
        ("Rik via netdev <netdev@vger.kernel.org>", "Reply-To: Rik <rik@example.net>, netdev@vger.kernel.org"),
    ],
)
def test_is_the_same_person(sender: str, extra: str) -> None:
    assert KNOWN.same(KNOWN.sender(message(mail("x\n", sender=sender, extra=extra))), RIK)


@pytest.mark.parametrize(
    ("sender", "extra"),
    [
        ('"Rik Reviewer <rik@example.net>" <mallory@evil.example>', ""),
        ("rik@example.net <mallory@evil.example>", ""),
        ("Mallory <mallory@evil.example>", "Sender: rik@example.net"),
        ("Mallory <mallory@evil.example>", "Reply-To: rik@example.net"),
        ("Mallory <mallory@evil.example>", "X-Original-From: Rik <rik@example.net>"),
        ("Mallory <mallory@evil.example>", "Resent-From: rik@example.net"),
        ("Rik via list <list@evil.example>", "Reply-To: rik@example.net"),
        ("Mallory via B4 Relay <devnull+mallory.evil.example@kernel.org>", "Reply-To: rik@example.net"),
        ("Mallory <devnull+x@evil.example>", "X-Original-From: rik@example.net"),
        ("Rik <rik@example.net>, Mallory <mallory@evil.example>", ""),
        ("Mallory <mallory@evil.example>, Rik <rik@example.net>", ""),
        ("Rik <r\u0456k@example.net>", ""),
        ("Rik <rik@example.net.evil.example>", ""),
    ],
)
def test_is_somebody_else(sender: str, extra: str) -> None:
    assert not KNOWN.same(KNOWN.sender(message(mail("x\n", sender=sender, extra=extra))), RIK)
