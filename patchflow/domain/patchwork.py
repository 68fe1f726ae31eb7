"""What Patchwork says of a patch: its state there, and the results of the tests on it."""

from __future__ import annotations

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class TestResult:
    """The last result of one test. `state` is Patchwork's word: pending, success, warning or fail."""

    context: str
    state: str
    description: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class PatchState:
    """One patch on Patchwork. `state` is Patchwork's word (new, under-review, accepted, changes-requested, …), `check`
    its word for all tests together (pending, success, warning, fail; "" where it was not told)."""

    message_id: str
    name: str
    state: str
    url: str = ""
    tests: tuple[TestResult, ...] = ()
    check: str = ""

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """The tests that failed."""
        return tuple(test for test in self.tests if test.state == "fail")


def in_short(patches: tuple[PatchState, ...]) -> str:
    """All of them in a few words: `2 under-review, 1 accepted; failed: build_clang`; "" where nothing is known."""
    counts: dict[str, int] = {}
    for patch in patches:
        counts[patch.state] = counts.get(patch.state, 0) + 1
    words = ", ".join(state if len(patches) == count else f"{count} {state}" for state, count in counts.items())
    failed = list(dict.fromkeys(test.context for patch in patches for test in patch.failed))
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    return f"{words}; failed: {', '.join(failed[:3])}{more}" if failed else words
