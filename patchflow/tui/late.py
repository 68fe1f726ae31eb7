"""Packages whose modules are imported by the time somebody first names them, each with all that it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib import import_module
from types import ModuleType


def late(package: str, names: Collection[str]) -> Callable[[str], ModuleType]:
    """The `__getattr__` of a package that has these modules."""

    def module(name: str) -> ModuleType:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return import_module(f"{package}.{name}")

    return module
