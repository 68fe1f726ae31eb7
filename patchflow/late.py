"""Puts off the import of inspect, which a hook or a short command would wait for as long as for all of its own code."""

from __future__ import annotations

import sys


class _Late(type(sys)):  # type: ignore[misc]
    """Stands for inspect in dataclasses, which asks it about classes without a docstring; ours have one."""

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
