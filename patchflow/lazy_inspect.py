"""Puts off the import of inspect, which a hook or a short command would wait for as long as for all of its own code."""

from __future__ import annotations

import sys


class _Late(type(sys)):  # type: ignore[misc]
    """Stands for inspect in dataclasses, which asks it how a class without a docstring is called, to give it one. Ours
    have docstrings; nobody reads those of a library's classes."""

    @staticmethod
    def signature(_: object) -> str:
        """What such a docstring says of the arguments."""
        return "()"

    def __getattr__(self, name: str) -> object:
        if sys.modules.get("inspect") is self:
            del sys.modules["inspect"]
        return getattr(__import__("inspect"), name)


def without_inspect() -> None:
    """Imports dataclasses with inspect put off; whoever else imports inspect gets the real one."""
    if "dataclasses" in sys.modules or "inspect" in sys.modules:
        return
    late = sys.modules["inspect"] = _Late("inspect")
    import dataclasses  # noqa: F401

    if sys.modules.get("inspect") is late:
        del sys.modules["inspect"]
