"""What a hook says: the verdict first, then each finding with its rule and how to skip it once."""

from __future__ import annotations

import os
import sys

from patchflow.domain.finding import Finding, Severity
from patchflow.errors import PatchflowError
from patchflow.formats.safe import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 40  # findings; the rest is counted


def skipped() -> set[str]:
    """The rules that PATCHFLOW_SKIP lets through this once, by commas or blanks."""
    return set(os.environ.get("PATCHFLOW_SKIP", "").replace(",", " ").split())


def left(found: Iterable[Finding]) -> list[Finding]:
    """The findings that count here: no advice, and none that is skipped; the gravest first."""
    skip = skipped()
    order = {Severity.ERROR: 0, Severity.WARNING: 1}
    kept = [f for f in found if f.severity in order and not {f.rule, f.rule.partition(":")[0]} & skip]
    return sorted(kept, key=lambda f: order[f.severity])


def tell(hook: str, found: Iterable[Finding], stops: str, skip_all: str, notes: Sequence[str] = ()) -> int:
    """Prints what is left of the findings and returns the exit code: 1 where one of them is an error.

    `stops` says what an error keeps from happening; `skip_all` the command that goes on without this hook.
    """
    kept = left(found)
    errors = sum(f.severity == Severity.ERROR for f in kept)
    if not kept and not notes:
        return 0
    counted = f"{_many(errors, 'error')}, {_many(len(kept) - errors, 'warning')}"
    rows = [f"patchflow {hook}: {counted}{': ' + stops if errors else ''}"]
    rows += [f"  {f.as_line()} (skip once: PATCHFLOW_SKIP={f.rule})" for f in kept[:_SHOWN]]
    if len(kept) > _SHOWN:
        rows.append(f"  and {len(kept) - _SHOWN} more")
    rows += [f"  {note}" for note in notes]
    if errors:
        rows.append(f"  `{skip_all}` goes on without this check.")
    say(rows)
    return 1 if errors else 0


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def say(rows: Iterable[str]) -> None:
    """Writes lines for a person, safe for a terminal."""
    sys.stderr.write("".join(safe(row) + "\n" for row in rows))
    sys.stderr.flush()


def tell_error(hook: str, error: BaseException) -> int:
    """Says in one paragraph why a hook could not do its work; it stops git, so that nothing passes unseen."""
    way = "PATCHFLOW_SKIP=all goes on without this hook."
    if isinstance(error, KeyboardInterrupt):
        say([f"patchflow {hook}: interrupted."])
        return 130
    if isinstance(error, PatchflowError):
        say([f"patchflow {hook}: could not check. {error.paragraph()} {way}"])
        return 1
    if isinstance(error, OSError) and error.filename:
        say([f"patchflow {hook}: could not check. {error.filename}: {error.strerror}. {way}"])
        return 1
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "?"
    say([f"patchflow {hook}: could not check: a bug in patchflow ({type(error).__name__}: {error}, at {where}). {way}"])
    return 1
