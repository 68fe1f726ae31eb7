"""`dataclass` for frozen values, in half the time: a command imports sixty of them, and makes thousands.

The one of the standard library writes and compiles six methods for each class. Here it makes `__init__` alone;
equality, hash and repr are the same code for all values. That nobody sets an attribute of a value is held by mypy.
"""

from __future__ import annotations

from dataclasses import dataclass as _dataclass
from dataclasses import fields
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
    from typing import Any

__all__ = ["dataclass"]


def _value(*, frozen: bool, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
    """A decorator that takes what `dataclasses.dataclass` takes; `frozen` has to be true."""
    if not frozen:
        raise TypeError("What is not frozen is a dataclass of the standard library.")

    def made(cls: type) -> type:
        return _with_methods(_dataclass(eq=False, repr=False, slots=slots, kw_only=kw_only)(cls))

    return made


def _with_methods(cls: type) -> type:
    """Adds what a class does not define itself."""
    compared = tuple(one.name for one in fields(cls) if one.compare)
    values: Callable[[object], object] = attrgetter(*compared) if compared else lambda _: ()

    def __eq__(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:
        return hash(values(self))

    for name, method in (("__eq__", __eq__), ("__hash__", __hash__), ("__repr__", _shown)):
        if name not in cls.__dict__:  # a class with its own __eq__ alone has a __hash__ of None
            setattr(cls, name, method)
    return cls


def _shown(self: Any) -> str:
    """As the standard library shows it."""
    held = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({held})"


if not TYPE_CHECKING:
    dataclass = _value
