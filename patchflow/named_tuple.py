"""`NamedTuple` in half the time: the one of the standard library compiles the type of each field, for nobody."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

__all__ = ["NamedTuple"]

_made: Any = namedtuple  # mypy knows it with the names of fields written out alone


class _Named(type):
    """Makes a named tuple of the class that names the fields."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        """The tuple, with the methods of the class."""
        if not bases:
            return super().__new__(cls, name, bases, body)
        names = list(body["__annotations__"])
        defaults = [body.pop(one) for one in names if one in body]
        made = _made(name, names, defaults=defaults, module=body["__module__"])
        for one, value in body.items():
            setattr(made, one, value)
        return made


if not TYPE_CHECKING:
    NamedTuple = _Named("NamedTuple", (), {})
