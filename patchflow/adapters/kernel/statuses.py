"""Which files of a tree MAINTAINERS calls obsolete, as checkpatch.pl finds out through get_maintainer.pl."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.paths import read_regular

_FIELD = lazy_re.compile(rb"[A-Z]:\s")


class Statuses:
    """The S: lines of one tree."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self._known: dict[str, bool] = {}

    def is_obsolete(self, path: str) -> bool:
        """Whether checkpatch.pl would find the word in what `get_maintainer.pl --status -f` says of the file."""
        if path not in self._known:
            self._known[path] = self._ask(path)
        return self._known[path]

    def _ask(self, path: str) -> bool:
        if not Path(scripts_of(str(self.tree), "get_maintainer.pl"), "get_maintainer.pl").is_file():
            return False
        # Of a file that is not there the script says nothing but its name.
        if not (self.tree / path).exists():
            return "obsolete" in path.lower()
        if not self._lines:
            return False

        if not hasattr(self, "_directory"):
            self._directory = Directory(str(self.tree), "index")
        return any(line in self._lines for _, line in self._directory.sections_of(path))

    @cached_property
    def _lines(self) -> frozenset[int]:
        """The lines on which the obsolete sections begin."""
        try:
            raw = read_regular(str(self.tree / "MAINTAINERS"))
        except OSError:
            return frozenset()
        low = raw.lower()  # a search for the word is ten times as fast as an expression over the file
        found = set()
        at = low.find(b"obsolete")
        while at >= 0:
            start = raw.rfind(b"\n", 0, at) + 1
            if raw.startswith(b"S:", start):
                while start and _FIELD.match(raw, start):
                    start = raw.rfind(b"\n", 0, start - 1) + 1
                found.add(raw.count(b"\n", 0, start) + 1)
            at = low.find(b"obsolete", at + 1)
        return frozenset(found)
