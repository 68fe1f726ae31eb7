"""Perl's expressions in Python's dialect."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.get_maintainer.perl_regex import literal_of, translate


@pytest.mark.parametrize(
    ("perl", "text", "found"),
    [
        ("(?i)pidfd", "+ PidFD", True),
        ("a(?i)b|c", "C", True),
        ("a(?i)b|c", "AB", False),
        ("(x(?i)y)z", "xYz", True),
        ("(x(?i)y)z", "xYZ", False),
        ("(?:\\b|_)bpf(?:\\b|_)", "my_bpf_prog", True),
        ("[[:digit:]]+x", "12x", True),
        ("[a[b]", "[", True),
        ("x{2}y{,z", "xxy{,z", True),
        ("\\x41\\x{42}", "AB", True),
        ("end\\z", "end\n", False),
        ("end\\Z", "end\n", True),
        ("(?<n>a)\\1", "aa", True),
        ("\\h", "\t", True),
        ("[^@]sifive", "@sifive", False),
        ("a # a comment\n b", "ab", True),
    ],
)
def test_translated(perl: str, text: str, found: bool) -> None:
    assert bool(re.search(translate(perl), text, re.VERBOSE)) is found


@pytest.mark.parametrize("perl", ["", "a\\", "(a", "a)", "[a", "\\Qa.b\\E", "(?|a|b)", "(*FAIL)", "x{,3}", "\\p{L}"])
def test_refused_with_a_reason(perl: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        translate(perl)


@given(st.text(alphabet="ab.*+?|()[]{}^$\\i:<=!,1 #x-", max_size=12))
def test_never_fails_otherwise(perl: str) -> None:
    with contextlib.suppress(ValueError, re.error, OverflowError):
        re.compile(translate(perl), re.VERBOSE)


@given(
    st.text(alphabet="abc", max_size=8), st.sampled_from(["ab", "a[bc]", "(a|b)c", "ab?c", "a\\.b", "a+", "(?:x)?ab"])
)
def test_a_literal_is_in_every_match(text: str, perl: str) -> None:
    if re.search(translate(perl), text):
        assert literal_of(perl) in text


def test_literals() -> None:
    assert literal_of("bcm283*") == "bcm28"
    assert literal_of("sun[x456789]i") == "sun"
    assert literal_of("(?:\\b|_)bpf(?:\\b|_)") == "bpf"
    assert literal_of("one|other") == ""
    assert literal_of("(?i)word") == ""
