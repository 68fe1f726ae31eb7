"""Tests of the tree: which belong to what was touched, and how each ended."""

from __future__ import annotations

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test: its name (`breakpoints:prog.case`, `suite.case`), how it ended, and what it said of that.

    `how` is pass, fail, skip, or hung: it was begun and never ended.
    """

    name: str
    how: str
    why: str = ""

    @property
    def fails(self) -> bool:
        """Whether it counts against what was tested."""
        return self.how in ("fail", "hung")


@dataclass(frozen=True, slots=True)
class WantedTest:
    """A test that belongs to what was touched. `kind` is exchange, vsock, kselftest, kunit, script, or fstests, which
    is named only; `name` is the target, the option or the folder; `why` says where that is known from.

    `config` are the lines of a KUnit suite's configuration; `only` is the one program of a kselftest target.
    """

    kind: str
    name: str
    why: str
    config: str = ""
    only: str = ""

    def words(self) -> str:
        """What a person calls it."""
        if self.kind == "kunit":
            return f"KUnit {self.name}"
        if self.kind == "vsock":
            return "vsock's own suite (tools/testing/vsock)"
        if self.kind == "exchange":
            return "the vsock exchange"
        return f"{self.kind} {self.name}{':' if self.only else ''}{self.only}"
