"""Mails from bytes: whatever they hold, a message comes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.mail.charset import decode_bytes
from patchflow.formats.mail.headers import addresses, message_ids, parse_date, split_head, text_of
from patchflow.formats.mail.message import parse_mail, unfold_flowed
from tests.mails import mail, shared_mail


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        (b"<a@b> <c@d>", ("a@b", "c@d")),
        (b"<a@b>\n <a@b>", ("a@b",)),
        (b"<a@\n b>", ("a@b",)),
        (b"a@b", ("a@b",)),
        (b"https://lore.kernel.org/netdev/a-1@b.org/", ("a-1@b.org",)),
        (b"<Zo6K () orbyte ! nwl ! cc>", ("Zo6K@orbyte.nwl.cc",)),
        (b"=?utf-8?q?=3Ca=40b=3E?=", ("a@b",)),
        (b"=?utf-8?q?=3Cabc=2E?=\n =?utf-8?q?def=40b=3E?=", ("abc.def@b",)),
        (b"<one@x two@y>", ("one@x", "two@y")),
        (b"Your message of today <a@b>", ("a@b",)),
        (b"<[PATCHSET 0/3] something>", ()),
        (b"", ()),
    ],
)
def test_ids_in_every_shape_that_occurs(raw: bytes, ids: tuple[str, ...]) -> None:
    assert message_ids(raw) == ids


def test_headers_decode_words_and_raw_bytes() -> None:
    assert text_of(b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=") == "Grüße"
    assert text_of(b"=?utf-8?b?R3LDvMOf?=\n =?utf-8?b?ZQ==?=") == "Grüße"
    assert text_of("Grüße".encode()) == "Grüße"
    assert text_of("Grüße".encode("latin-1")) == "Grüße"
    assert text_of(b"=?nonsense?q?plain?=") == "plain"


def test_addresses_of_all_spellings() -> None:
    found = addresses(b'"Last, First" <a@b>, c@d (Cee), =?utf-8?q?J=C3=BCrgen?= <e@f>, undisclosed-recipients:;')
    assert [str(one) for one in found] == ["Last, First <a@b>", "Cee <c@d>", "Jürgen <e@f>"]


def test_an_address_that_is_folded_is_one() -> None:
    found = addresses(b"Ada <ada@\n example.org>, B <b\n @x.\n y>")
    assert [str(one) for one in found] == ["Ada <ada@example.org>", "B <b@x.y>"]


def test_a_quote_that_never_ends_swallows_nobody() -> None:
    assert [one.email for one in addresses(b'"A <a@b>, C <c@d>')] == ["a@b", "c@d"]


@pytest.mark.parametrize(
    ("raw", "when"),
    [
        (b"Mon, 2 Mar 2026 10:00:00 +0000", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (b"2 Mar 26 10:00 GMT", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (b"Mon, 2 Mar 2026 11:00:00 +0100 (CET)", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (b"yesterday", None),
        (b"Mon, 32 Mar 2026 10:00:00 +0000", None),
        (b"31 Dec 9999 10:00:00 -2300", None),
    ],
)
def test_dates(raw: bytes, when: datetime | None) -> None:
    assert parse_date(raw) == when


@pytest.mark.parametrize(
    "charset", ["y", "yes", "true", "8", "", "a\x00b", "rot13", "zip", "idna", "utf-7x", "x" * 500]
)
def test_a_charset_that_is_none_still_gives_text(charset: str) -> None:
    assert decode_bytes("für".encode(), charset) == "für"


def test_a_mail_without_message_id_gets_a_stable_one() -> None:
    one, two = (parse_mail(b"From: a@b\nReceived: x%d\nSubject: s\n\nbody\n" % n) for n in (1, 2))
    assert one.id == two.id and one.id.endswith(".invalid")


def test_broken_base64_and_a_list_footer_behind_it() -> None:
    raw = b"From: a@b\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n"
    assert parse_mail(raw).body == "hello\n"
    assert parse_mail(raw.replace(b"aGVsbG8K", b"aGVsbG8KaGVsbG8KI")).body.startswith("hello\nhello\n")


ENDLESS = "<a " + "href=x" * 320


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://x.org/log">the log</a> says', "the log <https://x.org/log> says"),
        ('<a href="https://x.org/log">https://x.org/log</a>', "https://x.org/log"),
        ('<a href="mailto:a@x.org">a@x.org</a>', "a@x.org"),
        ("<tr><td>one</td><td>two</td></tr>", "one two"),
        ("one<p>two</p>three", "one|two|three"),
        ("a&nbsp;&nbsp;b <b>c</b> d", "a  b c d"),
        ("<blockquote><div>+\tkfree(x);</div></blockquote><div>Why?</div>", "> +\tkfree(x);|Why?"),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>d", "> a|> > b|> c|d"),
        ("</blockquote>a<blockquote>b", "a|> b"),
        ("if (a &lt; b)", "if (a < b)"),
        ('<a class="x" id=\'y\' href = x.org/log title="z">the log</a>', "the log <x.org/log>"),
        ("<a name=here>the log</a>", "the log"),
        pytest.param(f"{ENDLESS}\n" * 2000, "|".join([ENDLESS] * 2000), id="links without end"),
    ],
)
def test_html_keeps_spaces_targets_and_quotes(html: str, text: str) -> None:
    body = parse_mail(f"From: a@b\nContent-Type: text/html\n\n{html}".encode()).body
    assert "|".join(line.rstrip() for line in body.split("\n") if line.strip()) == text


def test_html_alone_becomes_text_and_alternatives_prefer_plain() -> None:
    html = parse_mail(b"From: a@b\nContent-Type: text/html\n\n<p>one<br>two &amp; <script>x</script>three</p>")
    assert html.body.split() == ["one", "two", "&", "three"]
    both = (
        b'From: a@b\nContent-Type: multipart/alternative; boundary="x"\n\n--x\nContent-Type: text/html\n\n<p>H\n'
        b"--x\nContent-Type: text/plain\n\nP\n--x--\n"
    )
    assert parse_mail(both).body.strip() == "P"


def test_attached_patches_are_listed_and_read() -> None:
    raw = (
        b'From: a@b\nContent-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nsee it\n'
        b'--x\nContent-Type: text/x-patch\nContent-Disposition: attachment; filename="0001-x.patch"\n\n'
        b"--- a/f\n+++ b/f\n"
        b"--x\nContent-Type: application/zip; name=z.zip\nContent-Transfer-Encoding: base64\n\nUEsDBA==\n--x--\n"
    )
    found = parse_mail(raw)
    assert "+++ b/f" in found.body and "see it" in found.body
    assert [a.name for a in found.attachments] == ["0001-x.patch", "z.zip"]


def test_a_thousand_nested_parts_are_survived() -> None:
    raw = b"From: a@b\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1000)
    )
    assert parse_mail(raw).sender.email == "a@b"


def test_flowed_paragraphs_are_joined_but_not_quoted_diffs() -> None:
    assert unfold_flowed("one \ntwo\n-- \nsig") == "one two\n-- \nsig"
    assert unfold_flowed("> one \n> two\nmine") == "> one two\nmine"
    assert unfold_flowed("> + \tx; \n> + \ty;") == "> + \tx; \n> + \ty;"


def test_inline_signed_text_loses_its_frame() -> None:
    signature = "-----BEGIN PGP SIGNATURE-----\nxx\n-----END PGP SIGNATURE-----\n"
    body = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n- --- a\n{signature}"
    assert parse_mail(mail(body)).body == "hello\n--- a\n"


def test_line_ends_and_heads() -> None:
    assert split_head(b"A: b\r\nC: d\r\n\r\nbody") == (b"A: b\nC: d\n", b"body")
    assert split_head(b"A: b\n\nbody\r\n\r\nx")[1] == b"body\r\n\r\nx"
    assert split_head(b"A: b") == (b"A: b", b"")


@given(st.binary(max_size=3000))
def test_any_bytes_give_a_message(raw: bytes) -> None:
    assert parse_mail(raw).id


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                "From Subject Date Message-ID References In-Reply-To Content-Type Content-Transfer-Encoding".split()
            ),
            st.one_of(
                st.binary(max_size=80),
                st.sampled_from(
                    [b"multipart/mixed; boundary=x", b"base64", b"quoted-printable", b"text/plain; charset=\x00"]
                ),
            ),
        ),
        max_size=12,
    ),
    st.binary(max_size=400),
)
def test_any_headers_give_a_message(headers: list[tuple[str, bytes]], body: bytes) -> None:
    raw = b"".join(name.encode() + b": " + value + b"\n" for name, value in headers) + b"\n" + body
    found = parse_mail(raw)
    assert found.id and isinstance(found.body, str)


def test_every_odd_mail_is_read() -> None:
    files = sorted((shared_mail() / "oddities").glob("*.eml"))
    assert files
    for path in files:
        found = parse_mail(path.read_bytes())
        assert found.sender.email, path.name
        assert found.date is not None, path.name
        assert "\x00" not in found.body
        if path.name.startswith("in-reply-to") and not path.name.startswith(
            ("in-reply-to-empty", "in-reply-to-other-00")
        ):
            assert found.in_reply_to and all("@" in one for one in found.in_reply_to), path.name
