"""`patchflow.values`, `named_tuple` and `lazy_re` stand for what the standard library has: they do the same."""

from __future__ import annotations

import dataclasses
import pickle
import re
import typing
from dataclasses import field, replace

import pytest

from patchflow import lazy_re, named_tuple, values


@values.dataclass(frozen=True, slots=True)
class Ours:
    number: int
    name: str = "none"
    secret: str = field(default="", repr=False)
    mark: bool = field(default=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    number: int
    name: str = "none"
    secret: str = field(default="", repr=False)
    mark: bool = field(default=False, compare=False)


@values.dataclass(frozen=True, slots=True, kw_only=True)
class Special(Ours):
    more: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return "special"


@values.dataclass(frozen=True)
class OfItsOwn:
    number: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OfItsOwn) and self.number % 2 == other.number % 2


@values.dataclass(frozen=True)
class Nothing:
    pass


@values.dataclass
class Changing:
    last: str = field(kw_only=True)
    number: int
    held: list[int] = field(default_factory=list)


@values.dataclass(slots=True)
class WithItsOwn:
    number: int

    def __init__(self, half: int) -> None:
        self.number = 2 * half


def test_a_value_is_as_a_frozen_dataclass() -> None:
    for kind in (Ours, Theirs):
        one, other = kind(1), kind(2, mark=True)
        assert one == kind(1, mark=True) and hash(one) == hash(kind(1, mark=True))
        assert one != other and one == replace(other, number=1)
        assert one != Special(number=1) and one != object()
        assert repr(kind(1, secret="hidden")) == f"{kind.__name__}(number=1, name='none', mark=False)"
        assert dataclasses.asdict(one) == {"number": 1, "name": "none", "secret": "", "mark": False}
        assert not hasattr(one, "__dict__")
    assert Special(number=1, more=(2,)) != Special(number=1)
    assert repr(Special(number=1)) == "special"
    assert OfItsOwn(1) == OfItsOwn(3) and OfItsOwn.__hash__ is None
    assert Nothing() == Nothing() and len({Nothing(), Nothing()}) == 1


def test_what_changes_is_as_a_dataclass() -> None:
    for wrong in ({}, {"number": 1}, {"number": 1, "last": "", "more": 1}):
        with pytest.raises(TypeError):
            Changing(**wrong)
    kind: typing.Any = Changing
    with pytest.raises(TypeError):
        kind(1, [], "end")
    one, other = Changing(1, last="end"), Changing(1, last="end")
    assert one == other and one.held is not other.held and Changing.__hash__ is None
    one.held.append(2)
    assert one == replace(other, held=[2]) == Changing(1, [2], last="end") != other
    assert repr(one) == "Changing(last='end', number=1, held=[2])"
    assert WithItsOwn(2).number == 4


class Place(named_tuple.NamedTuple):
    """Where something stands."""

    path: str
    line: int = 1
    more: tuple[int, ...] = ()

    @property
    def next(self) -> Place:
        """The line below."""
        return self._replace(line=self.line + 1)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class TheirPlace(typing.NamedTuple):
    """Where something stands."""

    path: str
    line: int = 1
    more: tuple[int, ...] = ()


def test_a_named_tuple_is_as_that_of_typing() -> None:
    ours, theirs = Place("a", more=(2,)), TheirPlace("a", more=(2,))
    assert ours.__eq__(theirs) and tuple(ours) == ("a", 1, (2,)) and hash(ours) == hash(theirs)
    assert repr(ours) == repr(theirs).replace("TheirPlace", "Place")
    assert Place._fields == TheirPlace._fields and Place._field_defaults == TheirPlace._field_defaults
    assert (Place.__doc__, Place.__module__, Place.__qualname__) == (TheirPlace.__doc__, __name__, "Place")
    assert ours.next == ("a", 2, (2,)) and f"{ours.next}" == "a:2" and isinstance(ours, tuple)
    assert type(pickle.loads(pickle.dumps(ours))) is Place
    kind: typing.Any = Place
    with pytest.raises(TypeError):
        kind()
    for field_name in Place._fields:
        with pytest.raises(AttributeError):
            setattr(ours, field_name, 2)


def test_a_late_pattern_is_as_the_pattern() -> None:
    late, early = (
        lazy_re.compile(r"(?P<word>\w+)-(\d)", re.IGNORECASE),
        re.compile(r"(?P<word>\w+)-(\d)", re.IGNORECASE),
    )
    assert late.pattern == early.pattern
    for name in ("match", "search", "fullmatch", "findall", "split"):
        text = "ab-1, cd-2" if name != "fullmatch" else "ab-1"
        ours, theirs = getattr(late, name)(text), getattr(early, name)(text)
        assert ours == theirs if isinstance(theirs, list) else ours.groups() == theirs.groups()
    assert late.sub(r"\2", "ab-1") == "1" and late.subn("", "ab-1") == ("", 1)
    assert (late.flags, late.groups, late.groupindex) == (early.flags, early.groups, early.groupindex)
    assert [found["word"] for found in late.finditer("ab-1, cd-2")] == ["ab", "cd"]


def test_a_wrong_pattern_is_told_where_it_is_used() -> None:
    late = lazy_re.compile("(")
    with pytest.raises(re.error):
        late.search("")
    assert not hasattr(late, "scanner")
