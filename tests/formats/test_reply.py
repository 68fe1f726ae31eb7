"""A reply stands in its thread, whatever the mail it answers says of its own place there."""

from __future__ import annotations

import pytest

from patchflow.domain.address import Address
from patchflow.formats.mail.message import parse_mail
from patchflow.rules.registry import judge_reply
from tests.mails import draft_of
from tests.rules.examples import PROFILE


@pytest.mark.parametrize(
    ("above", "references"),
    [
        ("References: <root@x> <patch@x>\nIn-Reply-To: <patch@x>\n", "<root@x> <patch@x> <r@x>"),
        ("In-Reply-To: <patch@x>\n", "<patch@x> <r@x>"),
        ("In-Reply-To: <patch@x> <other@x>\n", "<r@x>"),
        ("", "<r@x>"),
    ],
)
def test_references_as_rfc_5322_has_them(above: str, references: str) -> None:
    parent = parse_mail(f"From: R <r@example.net>\nSubject: Re: x\nMessage-ID: <r@x>\n{above}\nWhy?\n".encode())
    draft = draft_of(parent, [], Address("Ada", "ada@example.org"))
    assert dict(draft.headers)["References"] == references


def test_an_answer_to_a_relayed_mail_goes_to_who_wrote_it() -> None:
    relayed = "Bo Example via B4 Relay <devnull+bo.example.org@kernel.org>"
    cc = "Cc: list@lists.example.org, Al via B4 Relay <devnull+al.example.net@kernel.org>\n"
    for reply_to in ("Reply-To: bo@example.org\n", ""):
        parent = parse_mail(
            f"From: {relayed}\nX-Original-From: Bo Example <bo@example.org>\n{reply_to}{cc}"
            "Subject: [PATCH] x\nMessage-ID: <r@x>\n\nWhy.\n".encode()
        )
        draft = draft_of(parent, [], Address("Ada", "ada@example.org"))
        assert [a.email for a in draft.addresses("To")] == ["bo@example.org"]
        assert [a.email for a in draft.addresses("Cc")] == ["list@lists.example.org"]
        assert not [f for f in judge_reply(draft, parent, PROFILE) if f.rule == "reply-recipients"]
