"""mbox files: every dialect gives the same mails."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.mail.mbox import message_spans, split_mbox
from patchflow.formats.mail.message import parse_mail
from tests.mails import mail, mbox, shared_mail

BODY = "Hello\n\nFrom here on\n>From there\n\nFrom a@b Thu Jan  1 00:00:00 1970\nis no separator\n"
MAILS = [mail(BODY, id=f"m{n}@x") for n in range(3)]
LINE = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"


def by_length(raw: bytes, quote: bool) -> bytes:
    """The mail as mboxcl (quoted) or mboxcl2 writes it."""
    head, _, body = raw.partition(b"\n\n")
    if quote:
        body = body.replace(b"\nFrom ", b"\n>From ")
    return LINE + head + b"\nContent-Length: %d\n\n" % len(body) + body + b"\n"


def test_mboxrd_gives_the_bytes_back() -> None:
    assert [raw for _, raw in split_mbox(mbox(*MAILS))] == MAILS


def test_mboxcl2_is_split_by_its_lengths() -> None:
    file = b"".join(by_length(raw, quote=False) for raw in MAILS)
    assert [parse_mail(raw).body for _, raw in split_mbox(file)] == [BODY] * 3


def test_mboxcl_is_split_too() -> None:
    file = b"".join(by_length(raw, quote=True) for raw in MAILS)
    assert len(list(split_mbox(file))) == 3


def test_unquoted_lines_that_look_like_prose_do_not_split() -> None:
    file = b"".join(LINE + raw + b"\n" for raw in MAILS)
    assert [parse_mail(raw).body for _, raw in split_mbox(file)] == [BODY] * 3


def test_crlf() -> None:
    file = mbox(*MAILS).replace(b"\n", b"\r\n")
    assert [parse_mail(raw).body for _, raw in split_mbox(file)] == [BODY] * 3


def test_a_length_that_lies_is_not_believed() -> None:
    lying = LINE + b"From: a@b\nContent-Length: 3\n\nlonger than three\n\n"
    assert len(list(split_mbox(lying + mbox(*MAILS)))) == 4


def test_a_length_leads_to_a_line() -> None:
    """What a sender wrote there may lead to a quoted `From `, by chance or not."""
    lying = LINE + b"From: a@b\nContent-Length: 4\n\nx\n\n>From a@b Thu Jan  1 00:00:00 1970\nX: y\n\n"
    assert len(list(split_mbox(lying + mbox(*MAILS)))) == 4


def test_a_single_mail_and_nothing() -> None:
    assert [raw for _, raw in split_mbox(MAILS[0])] == [MAILS[0]]
    assert list(split_mbox(b"")) == [] and list(split_mbox(b"\n\n")) == []


def test_a_cut_off_file_keeps_what_is_there() -> None:
    file = mbox(*MAILS)
    assert len(list(split_mbox(file[: len(file) - 40]))) == 3


@given(st.binary(max_size=2000))
def test_spans_cover_the_file_in_order(blob: bytes) -> None:
    at = 0
    for start, end in message_spans(blob):
        assert at <= start < end <= len(blob)
        at = end


@given(st.lists(st.text(st.sampled_from("From >\nab: "), max_size=60), min_size=1, max_size=4))
def test_what_is_quoted_is_unquoted(bodies: list[str]) -> None:
    mails = [mail(body.strip("\n") + "\nend\n", id=f"m{n}@x") for n, body in enumerate(bodies)]
    assert [raw for _, raw in split_mbox(mbox(*mails))] == mails


# Python's mailbox takes any unquoted `From ` line for a separator and knows no Content-Length: it counts 28 in two
# of the files that were written with 21.
@pytest.mark.parametrize("name", ["mboxo", "mboxrd", "mboxcl", "mboxrd-crlf", "none", "mboxcl2"])
def test_real_dialects(name: str) -> None:
    folder = shared_mail() / "quoting"
    expected = json.loads((folder / "EXPECTED.json").read_text())
    found = [parse_mail(raw) for _, raw in split_mbox((folder / f"{name}.mbox").read_bytes())]
    assert len(found) == expected["messages_written"]
    if expected[name] != expected["messages_written"]:
        assert len(found) < expected[name]
    plain = [parse_mail(raw) for _, raw in split_mbox((folder / "mboxrd.mbox").read_bytes())]
    assert [m.id for m in found] == [m.id for m in plain]
    # All but mboxrd lose which `>From ` stood there before quoting.
    assert [_level(m.body) for m in found] == [_level(m.body) for m in plain]


def _level(body: str) -> str:
    return re.sub(r"(?m)^>* ?From ", "From ", body)
