"""`dataclass` for values, in a fraction of the time: a command imports sixty of them, and makes thousands.

The one of the standard library writes and compiles six methods for each class. Here `__init__` is compiled alone, when
the first value is made; equality, hash and repr are the same code for all values. That nobody sets an attribute of a
frozen value is held by mypy.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from dataclasses import dataclass as _dataclass
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
    from typing import Any

__all__ = ["dataclass"]


def _value(cls: type | None = None, *, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Any:
    """A decorator that takes what `dataclasses.dataclass` takes."""

    def made(cls: type) -> Any:
        cls = _dataclass(init=False, eq=False, repr=False, slots=slots, kw_only=kw_only)(cls)
        return _with_methods(cls, frozen)

    return made(cls) if cls else made


def _with_methods(cls: Any, frozen: bool) -> Any:
    """Adds what a class does not define itself."""
    compared = tuple(one.name for one in fields(cls) if one.compare)
    values: Callable[[object], object] = attrgetter(*compared) if compared else lambda _: ()

    def __init__(self: object, *given: object, **named: object) -> None:
        cls.__init__ = _init(cls)
        cls.__init__(self, *given, **named)

    def __eq__(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:
        return hash(values(self))

    methods = {"__init__": __init__, "__eq__": __eq__, "__hash__": __hash__ if frozen else None, "__repr__": _shown}
    for name, method in methods.items():
        if name not in cls.__dict__:  # a class with its own __eq__ alone has a __hash__ of None
            setattr(cls, name, method)
    return cls


def _init(cls: type) -> Any:
    """What makes a value of its fields, those by keyword alone last."""
    names: dict[str, Any] = {}
    heads, rows = ["self"], ["pass"]
    for one in sorted(fields(cls), key=lambda one: one.kw_only is True):
        if one.kw_only and "*" not in heads:
            heads.append("*")
        name, made = one.name, one.default_factory is not MISSING
        if made or one.default is not MISSING:
            names[f"_{name}"] = one.default_factory if made else one.default
            heads.append(f"{name}=_{name}")
        else:
            heads.append(name)
        rows.append(f"self.{name} = _{name}() if {name} is _{name} else {name}" if made else f"self.{name} = {name}")
    exec(f"def __init__({', '.join(heads)}):\n " + "\n ".join(rows), names)
    return names["__init__"]


def _shown(self: Any) -> str:
    """As the standard library shows it."""
    held = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({held})"


if not TYPE_CHECKING:
    dataclass = _value
