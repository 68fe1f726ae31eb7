"""The index reads of a mail's headers just what is shown of the mail."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from patchflow.adapters.mail.scanning import scan_raw
from patchflow.formats.mail.message import body_of, parse_mail
from patchflow.formats.mail.threads import parent_id

IDS = st.sampled_from(
    [b"<a@x>", b"<b@x> <c@x>", b"<a@\n x>", b"<a@x>\n\t<b@x>", b"<a@x> (Ada)", b"a@x", b"<a", b"", b"<\xfc@x>"]
)
FIELDS = {
    b"Message-ID": IDS,
    b"message-id": IDS,
    b"References": IDS,
    b"In-Reply-To": IDS,
    b"From": st.sampled_from(
        [b"A <a@x>", b'"A\n B" <a@x>', b"A <a@\n x>", b"=?utf-7?q?+2AA-?= <a@x>", b"a\x00\xfc", b""]
    ),
    b"Sender": st.just(b"S <s@x>"),
    b"Subject": st.sampled_from([b"[PATCH\n v2 1/3] a:\n b", b"Re: =?utf-8?q?a?=\n =?utf-8?q?b?=", b"a\rb \xfc", b""]),
    b"Date": st.sampled_from(
        b"Mon, 2 Mar 2026 10:00:00 +0100|Mon,\n 2 Mar 26 10:00 EST|31 Dec 9999 23:00:00 -2300|1 Jan 0001 00:00:00 +0100"
        b"|29 Feb 2025 1:00:00 +0000".split(b"|")
    ),
    b"X-Other": st.sampled_from([b"a\n Subject: folded", b"a\r\rSubject: no line", b"a\nno header", b"\nSubject : no"]),
}
HEADER = st.one_of([st.tuples(st.just(name), value) for name, value in FIELDS.items()])


@given(
    st.sampled_from([b"", b"\n", b"\r\n", b"\n\n", b"\r"]),
    st.lists(HEADER, max_size=9),
    st.sampled_from([b"", b"\n", b"\nSubject: of the body\n\n", b"\n\nMessage-ID: <body@x>\n"]),
    st.booleans(),
)
def test_the_index_reads_a_mail_as_it_is_shown(
    front: bytes, headers: list[tuple[bytes, bytes]], rest: bytes, dos: bool
) -> None:
    raw = front + b"".join(name + b": " + value + b"\n" for name, value in headers) + rest
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if dos else raw
    found, shown = scan_raw(raw), parse_mail(raw)
    assert (found.id, found.references, found.in_reply_to) == (shown.id, shown.references, shown.in_reply_to)
    assert (found.sender, found.name) == (shown.sender.email.lower(), shown.sender.name)
    assert (found.when, found.subject) == (int(shown.date.timestamp()) if shown.date else 0, shown.subject)
    assert found.parent == parent_id(shown) and body_of(raw) == shown.body
    json.dumps([found, shown.body], ensure_ascii=False).encode()
