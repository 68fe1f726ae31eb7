"""Searches with patterns of a tree's MAINTAINERS, which may be made to take for ever; each has a limit."""

from __future__ import annotations

import re
import time

from patchflow import lazy_re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 0.5  # for all that one pattern is asked
_SHORT = 1000  # characters in which a tame pattern cannot take long
_REPEATS = lazy_re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(\)?)[*+{]", re.DOTALL)
_MANY = 2


class Search:
    """One pattern. `slow` is set once it has used up its time; from then on it matches nothing.

    A pattern with few repetitions and none around a group is tame: Python's own engine runs it, on short texts. All
    other searches run in the module `regex`, which can be stopped.
    """

    def __init__(self, source: str, verbose: bool) -> None:
        self.source, self.verbose = source, verbose
        self.slow = False
        self._left = _SECONDS
        self._plain: Callable[[str], object] | None = None
        self._limited: Callable[..., object] | None = None
        repeats = [match[1] for match in _REPEATS.finditer(source) if match[1] is not None]
        self._tame = len(repeats) <= _MANY and ")" not in repeats
        re.compile(source, re.VERBOSE if verbose else 0)  # what is no expression fails here and not in a search

    def __call__(self, text: str) -> bool:
        """Whether the text holds a match."""
        if self._tame and len(text) <= _SHORT:
            if self._plain is None:
                self._plain = re.compile(self.source, re.VERBOSE if self.verbose else 0).search
            return self._plain(text) is not None
        return not self.slow and self._in_time(text)

    def _in_time(self, text: str) -> bool:
        import regex  # the hooks and `cc` need it for odd patterns only

        began = time.monotonic()
        try:
            if self._limited is None:
                self._limited = regex.compile(self.source, regex.VERBOSE if self.verbose else 0).search
            return self._limited(text, timeout=max(0.01, self._left)) is not None
        except TimeoutError:
            self.slow = True
            return False
        except regex.error:  # an expression that only Python's own engine understands
            self.slow = True
            return False
        finally:
            self._left -= time.monotonic() - began
            self.slow = self.slow or self._left <= 0
