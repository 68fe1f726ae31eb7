"""A reply stands in its thread, whatever the mail it answers says of its own place there."""

from __future__ import annotations

import pytest

from patchflow.domain.address import Address
from patchflow.formats.mail.message import parse_mail
from tests.mails import draft_of


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
