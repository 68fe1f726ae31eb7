"""The screens; each shows a model and turns actions into calls of it.

Those that are named here are imported when one is first opened, or once the board was read: the board waits for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.tui.late import late

if TYPE_CHECKING:
    from patchflow.tui.screens import mail, news, output, reply, reviews, series

__all__ = ["mail", "news", "output", "reply", "reviews", "series"]
__getattr__ = late(__name__, __all__)
