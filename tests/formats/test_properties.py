"""Properties of the parsers: they never raise on any text, and what they write they read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.domain.series import Cover
from patchflow.domain.trailer import Trailer
from patchflow.formats.mail.base_info import base_info, read_entry, write_entry
from patchflow.formats.patch.b4 import Tracking, cover_commit_message, parse_cover_commit
from patchflow.formats.patch.compose import add_notes, encode_header, one_line, set_headers
from patchflow.formats.patch.cover import cover_text, parse_cover
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.message_file import clean_message
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import add_trailers, parse_trailer, split_message, trailers_of
from patchflow.formats.safe import cleaned, escaped, is_safe, safe, safe_line

_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
line = st.text(st.characters(exclude_characters=_BREAKS, exclude_categories=["Cs"]), max_size=60)
text = st.text(max_size=300)
diffish = st.lists(
    st.sampled_from(
        ["diff --git a/x b/x", "--- a/x", "+++ b/x", "@@ -1,3 +1,4 @@ f", "@@ -0,0 +1 @@", "+a", "-b", " c", "",
         "\\ No newline",
         "new file mode 100644", "rename from a", "Binary files a and b differ", "@@ -999999999999,1 +1,99999999 @@"]
    ),
    max_size=30,
).map("\n".join)  # fmt: skip


@given(text)
def test_a_subject_is_always_read(value: str) -> None:
    found = parse_subject(value)
    assert found.revision >= 0
    assert "\n" not in found.title


@pytest.mark.parametrize("glue", "-/_.+| ,:")
@pytest.mark.parametrize("word", ["RFC", "patch", "v2", "resend", "x", "1 of 2"])
def test_a_bracket_of_any_length_is_read(word: str, glue: str) -> None:
    for words in (glue.join([word] * 3000), f"x{glue}" + glue.join([word] * 3000)):
        assert parse_subject(f"[PATCH {words}] vsock: add it").title == "vsock: add it"


@given(
    st.sampled_from(["net", "net-next", ""]), st.integers(1, 99), st.integers(0, 20), st.integers(1, 20), st.booleans()
)
def test_a_bracket_is_read_as_it_was_written(tree: str, revision: int, part: int, parts: int, rfc: bool) -> None:
    words = ["RFC"] * rfc + ["PATCH"] + [tree] * bool(tree) + [f"v{revision}"] + [f"{part}/{parts}"]
    for glue in (" ", ","):
        found = parse_subject(f"[{glue.join(words)}] vsock: add it")
        assert (found.tree, found.revision, found.part, found.parts, found.rfc) == (tree, revision, part, parts, rfc)
        assert found.title == "vsock: add it"


@given(text)
def test_nothing_unsafe_reaches_a_terminal(value: str) -> None:
    shown = safe(value, 80)
    assert not set(shown) & set("\x00\x07\x08\x1b\x7f\x9b\u202e\u2066\u200f")
    assert all(len(row) <= 80 for row in shown.split("\n"))
    assert "\n" not in safe_line(value)


# One of each class that may not pass: control, C1, bidi, zero-width, tags, fillers, floods of marks.
UNSAFE = (
    "\x1b[31m|\x1b]0;t\x07|\r|\x9b1m|\x7f|\u202e|\u2066|\u200b|\u200d|\u2060|\ufeff|\U000e0041|\U000e0001|\u00ad|"
    "\u3164|\u180e|\u2028|e" + "\u0301" * 9 + "|" + "\u0489" * 30
).split("|")
READ = ["日本語", "नमस्ते कि", "Žluťoučký", "é", "ไทยที่", "👍 ❤️", "plain"]
parts = st.lists(st.sampled_from(UNSAFE) | st.sampled_from(READ) | st.text(max_size=5), max_size=8)


@given(parts)
def test_what_is_unsafe_is_shown_escaped_or_dropped(words: list[str]) -> None:
    value = " ".join(words)
    for made in (safe(value), safe_line(value), cleaned(value)):
        assert is_safe(made)
    document = json.dumps({"x": value}, ensure_ascii=False).encode("utf-8", "replace").decode()
    printed = escaped(document)
    assert is_safe(printed) and json.loads(printed) == json.loads(document)
    assert all(word in safe(value) for word in words if word in READ)


@given(diffish | text)
def test_a_diff_never_stops_the_reader(value: str) -> None:
    for file in parse_diff(value):
        for hunk in file.hunks:
            assert len(hunk.numbered()) == len(hunk.lines)


keys = st.sampled_from(["Signed-off-by", "Reviewed-by", "Fixes", "Link", "Cc", "Based-on-patch-by", "Change-Id"])
values = line.map(str.strip).filter(bool)
trailers = st.lists(st.builds(Trailer, keys, values), min_size=1, max_size=5)


@given(text)
def test_a_message_always_splits(value: str) -> None:
    head, found = split_message(value)
    assert value.startswith(head)
    assert all(parse_trailer(str(trailer)) for trailer in found)


@given(st.lists(line.map("x".__add__), max_size=4), trailers)
def test_a_message_splits_and_keeps_its_trailers(rows: list[str], written: list[Trailer]) -> None:
    head = "\n".join(["vsock: x", *([""] if rows else []), *rows])
    message = head + "\n\n" + "".join(f"{trailer}\n" for trailer in written)
    assert split_message(message) == (head, written)


@given(line, st.booleans())
def test_an_added_trailer_is_there_once(name: str, signed: bool) -> None:
    message = "vsock: x\n\nA body.\n\n" + ("Signed-off-by: Ada <ada@example.org>\n" if signed else "")
    new = Trailer("Reviewed-by", f"{name.strip() or 'R'} <r@example.org>")
    once = add_trailers(message, [new])
    assert add_trailers(once, [new, new]) == once
    assert [t for t in trailers_of(once) if t.same_as(new)]
    if signed:
        assert once.rstrip().split("\n")[-1].startswith("Signed-off-by")


subjects = line.map(str.strip).filter(lambda subject: subject and not subject.startswith("Subject:"))


@given(subjects, st.lists(line | st.just("# text"), max_size=5))
def test_a_cover_survives_its_file(subject: str, rows: list[str]) -> None:
    cover = Cover(subject, "\n".join(rows).strip("\n").rstrip())
    assert parse_cover(cover_text(cover)) == cover


@given(st.dictionaries(st.sampled_from(["x-unknown", "other"]), st.integers()), st.integers(1, 40))
def test_b4s_unknown_keys_survive(extra: dict[str, int], revision: int) -> None:
    tracking = Tracking(revision, "20260101-x-0123456789ab", ("RFC",), "", {"v1": ("a@b",)}, extra)
    found = parse_cover_commit(cover_commit_message(Cover("subject", "body"), tracking))
    assert found == (Cover("subject", "body"), tracking)


@given(
    st.sampled_from(["patch-id", "change-id", "message-id"]),
    text | line | st.from_regex(r"[!-~]{6,40}", fullmatch=True),
)
def test_what_a_record_says_is_what_a_mail_says(kind: str, name: str) -> None:
    """An entry that is read is one line of a mail, which says just that; whatever else is none."""
    entry = write_entry(kind, name.strip("<>") if kind == "message-id" else name)
    found = read_entry(entry)
    if found is not None:
        body = f"text\n---\nbase-commit: {'0' * 40}\nprerequisite-{write_entry(*found)}\n-- \n2.39\n"
        assert base_info([body]).prerequisites == (found,)
        assert len(body.splitlines()) == 6 and body.isascii()


@given(st.lists(st.text(max_size=30) | st.just("change-id: 20260101-x-0123456789ab:v2"), max_size=4))
def test_b4s_prerequisites_survive(entries: list[str]) -> None:
    tracking = Tracking(1, "20260101-x-0123456789ab", prerequisites=tuple(entries))
    found = parse_cover_commit(cover_commit_message(Cover("subject", "body"), tracking))
    assert found is not None and found[1].prerequisites == tuple(entries)


@given(text, text)
@settings(max_examples=200)
def test_no_header_is_injected(name: str, value: str) -> None:
    mail = set_headers("From: a@b\nSubject: x\n\nbody\n", [("To", encode_header(f"To: {one_line(value)}")[4:])])
    head = mail.partition("\n\n")[0]
    rows = [row for row in head.split("\n") if row[:1] not in (" ", "\t")]
    assert {row.partition(":")[0] for row in rows} <= {"From", "Subject", "To"}
    assert add_notes(mail, name, len("body\n")).startswith("From: a@b")


@given(st.binary(max_size=300))
def test_a_message_file_is_always_read(raw: bytes) -> None:
    assert clean_message(raw).endswith("\n")
