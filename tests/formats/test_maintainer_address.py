"""Addresses as get_maintainer.pl has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.get_maintainer.address import (
    _IN_TEXT,
    addresses_in_text,
    format_email,
    parse_email,
    split_addresses,
)
from tests.small_tree import BINDING


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("A B <a@b.c>", "A B", "a@b.c"),
        ('"A. B" <a@b.c>', '"A. B"', "a@b.c"),
        ("A. B <a@b.c> # note", '"A. B"', "a@b.c"),
        ("Zoë <z@b.c>", '"Zoë"', "z@b.c"),
        ('A "x" B <a@b.c>', '"A \\"x\\" B"', "a@b.c"),
        ("<a@b.c>", "", "a@b.c"),
        ("a@b.c", "", "a@b.c"),
        ("nobody", "", ""),
        ("", "", ""),
    ],
)
def test_parsed(text: str, name: str, address: str) -> None:
    assert parse_email(text) == (name, address)


def test_lists_of_addresses() -> None:
    assert split_addresses("A B <a@b.c>, C D <c@d.e>") == ["A B <a@b.c>", "C D <c@d.e>"]
    assert split_addresses('"B, A" <a@b.c>') == ['"B, A" <a@b.c>']
    assert split_addresses("a@b.c (home, and away)") == ["a@b.c (home, and away)"]
    assert split_addresses("Ł, A <a@b.c>") == ["Ł, A <a@b.c>"]
    assert split_addresses("") == []


def test_addresses_in_a_binding() -> None:
    found = addresses_in_text(BINDING)
    assert found[0] == "Frieda Theta <frieda@example.org>"
    assert found[1] == "von Iota <gustav@example.org>"
    assert found[-1] == "Ewa Eta <ewa@example.org>"


@given(st.text(alphabet="ab1_.,+-'\" \n@<>(){}é²:", max_size=60))
def test_the_window_finds_what_the_whole_expression_finds(text: str) -> None:
    everything = [match.group() for match in _IN_TEXT.finditer(text)]
    assert len(addresses_in_text(text)) == len(everything)


@given(st.text(max_size=40))
def test_formatting_never_fails(text: str) -> None:
    assert format_email(*parse_email(text)) is not None
    split_addresses(text)
