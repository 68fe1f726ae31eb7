"""b4's cover letters and Message-IDs, as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from patchflow.domain.series import Cover
from patchflow.formats.patch.b4 import changelog_block, destinations, is_open, message_ids, sent_tag_message


def test_people_and_comments_stay_at_home() -> None:
    cover = Cover(
        "vsock: x",
        "Why.\n# a note\n>#heading\n\nSuggested-by: S <s@example.org>\nTo: T <t@example.org>\nCc: c@example.org\n"
        "\n---\nChanges in v2:\n- To: nobody@example.org is text here",
    )
    to, cc, mailed = destinations(cover)
    assert [str(one) for one in to] == ["T <t@example.org>"]
    assert [one.email for one in cc] == ["c@example.org"]
    assert mailed.body == (
        "Why.\n\n#heading\n\nSuggested-by: S <s@example.org>\n\n---\n"
        "Changes in v2:\n- To: nobody@example.org is text here"
    )


@pytest.mark.parametrize("body", ["", "Why.", "Why.\n\n---\nChanges in v2:\n- x", "To: be or not to be", "Cc:"])
def test_a_cover_without_people_is_mailed_as_it_is(body: str) -> None:
    assert destinations(Cover("s", body)) == ([], [], Cover("s", body))


_PIECES = (
    "Why.", "# a comment", ">#heading", "", "", "---", "Changes in v2:", "- some", "To: T One <t1@x.example>",
    "Cc: c1@x.example", "Cc: C Two <c2@x.example> # why", "  Cc: c3@x.example", "Signed-off-by: S <s@x.example>",
    "-- ", "2.39.5", "To: be or not", "Link: https://x.example/1", " 1 file changed, 2 insertions(+)",
    "to: lower@x.example",
)  # fmt: skip


@example(["Why.", "-- ", "To: T One <t1@x.example>", "-- ", "Why."])
@given(st.lists(st.sampled_from(_PIECES), max_size=12))
def test_people_are_those_that_b4_reads(pieces: list[str]) -> None:
    """Nobody whom b4 itself would read is missed; without a line `---` it is the very same people."""
    ez = pytest.importorskip("b4.ez")
    body = "\n".join(pieces)
    # What b4 does to a cover before it looks for people (ez.load_cover with strip_comments).
    text = re.sub(r"^>(#.*)$", r"\1", re.sub(r"^#.*$", "", body, flags=re.M), flags=re.M)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    theirs_to, theirs_cc, _ = ez.get_cover_dests(text.strip())
    to, cc, _ = destinations(Cover("s", body))
    ours = {one.email for one in (*to, *cc)}
    theirs = {address for _, address in (*theirs_to, *theirs_cc) if "@" in address}
    assert theirs <= ours
    if "---" not in pieces:
        assert ours == theirs


def test_a_line_in_the_middle_names_nobody() -> None:
    body = "Mail it like this:\nTo: x@example.org\n\nThat is all."
    assert destinations(Cover("s", body)) == ([], [], Cover("s", body))


def test_only_people_leave_the_changelog() -> None:
    to, _, mailed = destinations(Cover("s", "To: t@example.org\n\n---\nChanges in v2:\n- x"))
    assert len(to) == 1
    assert mailed.body.lstrip("\n").startswith("---\nChanges in v2:")


@pytest.mark.parametrize(
    ("root", "count", "expected"),
    [
        ("20261123-x-v1-0-0123456789ab@example.org", 2, [0, 1, 2]),
        ("20261123-x-v1-1-0123456789ab@example.org", 1, [1]),
        ("20261123-a-v2-b-v3-0-0123456789ab@example.org", 1, [0, 1]),
    ],
)
def test_message_ids_differ_in_one_number(root: str, count: int, expected: list[int]) -> None:
    ids = message_ids(root, count)
    assert ids[0] == root
    assert [int(one.rsplit("-", 2)[1]) for one in ids] == expected


@pytest.mark.parametrize("root", ["cover.123.git.a@example.org", "x-v1-7-0123456789ab@example.org", ""])
def test_ids_of_others_are_left_alone(root: str) -> None:
    assert message_ids(root, 3) == [root]


def test_a_revision_is_open_once_its_changelog_is_written() -> None:
    template = "Why.\n\n---\nChanges in v2:\n- EDITME: describe\n- Link to v1: x\n\nChanges in v1:\n- y"
    assert not is_open(Cover("s", template), 2)
    assert not is_open(Cover("s", "Why."), 2)
    assert not is_open(None, 2)
    assert is_open(Cover("s", template.replace("EDITME: describe", "done")), 2)
    assert changelog_block(template, 2) == "Changes in v2:\n- EDITME: describe\n- Link to v1: x\n"
    assert changelog_block("Changes in v2:\n- last", 2) == "Changes in v2:\n- last"
    assert changelog_block("Changes in v20:\n- x", 2) == ""


def test_a_tag_can_be_sent_again() -> None:
    text = sent_tag_message(Cover("s", "Why."), ("net-next",), "", "b" * 40, "20261123-x-0123456789ab")
    assert text.startswith("[net-next] s\n\nWhy.\n\n---\nbase-commit: bbbb")
    assert text.endswith("change-id: 20261123-x-0123456789ab\n")
