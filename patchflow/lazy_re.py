"""`compile`, put off until a pattern is first used: a command imports two hundred, and uses a few of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import compile

__all__ = ["compile"]

_HAS = ("flags", "groupindex", "groups", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class _Late:
    """Stands for a pattern. From its first use on it holds the methods of the compiled one: no call passes here.
    A match's own `re` is the compiled one."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        if name not in _HAS:
            raise AttributeError(name)
        import re

        compiled = re.compile(self.pattern, self._flags)
        vars(self).update((one, getattr(compiled, one)) for one in _HAS)
        return vars(self)[name]


if not TYPE_CHECKING:
    compile = _Late
