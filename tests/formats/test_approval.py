"""Approval is told from remarks by what is said: a labelled table of invented sentences, and what may never pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.mail import approval
from patchflow.formats.mail.approval import is_approval
from patchflow.formats.mail.approval_beginnings import BEGINNINGS
from tests.formats.beginnings import table

ROWS = (Path(__file__).parent / "labelled_approval.txt").read_text().splitlines()
LABELLED = [(row[2:], row[0] == "+") for row in ROWS if row[:2] in ("+ ", "- ")]
APPROVALS = [text for text, approves in LABELLED if approves]


def test_the_labelled_sentences_are_told_apart() -> None:
    assert len(LABELLED) > 700
    wrong = [text for text, approves in LABELLED if is_approval(text) is not approves]
    assert not wrong


FRAMES = [
    "{}, but the lock is missing.",
    "{} Why is the lock gone?",
    "Except for the typo: {}",
    "{} once the typo is gone",
    "If it builds: {}",
    "Not so sure. {}",
    "{} Please rebase.",
]


@given(st.sampled_from(APPROVALS), st.sampled_from(FRAMES))
def test_praise_with_a_condition_or_a_request_is_a_remark(praise: str, frame: str) -> None:
    assert not is_approval(frame.format(praise.rstrip(".!")))


@given(st.text(st.sampled_from("abco nit.,:;!?()/\"'<>=_#1 good ok\n"), max_size=400))
def test_no_text_is_too_odd(text: str) -> None:
    is_approval(text)


def test_the_beginnings_are_those_of_the_patterns() -> None:
    assert table() == BEGINNINGS, "python -m tests.formats.beginnings > patchflow/formats/mail/approval_beginnings.py"


WORDS = sorted({word for text, _ in LABELLED for word in text.lower().split()})
SPOKEN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@given(
    SPOKEN | st.text(max_size=12).map(str.lower) | st.sampled_from(LABELLED).map(lambda row: row[0].lower()),
    st.integers(0, 30),
)
def test_no_pattern_is_passed_over_that_matches(text: str, start: int) -> None:
    start = min(start, len(text) - 1)
    if start < 0:
        return
    tried = {id(one) for some in approval._beginning(text[start : start + 3]) for one in some}
    every = (*approval.APPROVES, *approval.FILLS)
    assert not [one.pattern for one in every if one.match(text, start) and id(one) not in tried]


@pytest.mark.parametrize("piece", ["thanks for ", "the ", "good ", "a ", "looks very very ", "i like a-", "ok, "])
def test_long_praise_ends(piece: str) -> None:
    is_approval(piece * (400 // len(piece)))
    is_approval((piece * (400 // len(piece)))[:398] + "x")
