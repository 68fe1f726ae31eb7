"""Who is asked whether a tree's code may run, as the door that was used names it; loaded when the question comes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Gives the function that asks (see trust.ask_with); None: nobody can be asked.
find: Callable[[], Callable[..., Any]] | None = None
