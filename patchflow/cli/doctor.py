"""`patchflow doctor`: what is installed, configured, missing, and the command that fixes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit
from patchflow.flow.machine.doctor import examine

if TYPE_CHECKING:
    import argparse

    from patchflow.flow.machine.doctor import Check

EXAMPLE = "patchflow doctor"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments: none."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 3 where something that is needed is missing."""
    checks = examine(clone(args))
    output.data(checks_document(checks), check_lines(checks))
    return exit_code(checks)


def checks_document(checks: list[Check]) -> dict[str, Any]:
    """The JSON of doctor."""
    return {"checks": [{"name": c.name, "ok": c.ok, "detail": c.detail, "mend": c.fix} for c in checks]}


def check_lines(checks: list[Check]) -> list[str]:
    """The checks for people, each that fails with what fixes it."""
    lines = []
    for check in checks:
        lines.append(f"{'ok  ' if check.ok else 'MISS' if check.needed else 'note'} {check.name}: {check.detail}")
        if not check.ok:
            lines.append(f"     fix: {check.fix}")
    return lines


def exit_code(checks: list[Check]) -> int:
    """Exit 3 where something that is needed is missing."""
    return 0 if all(check.ok for check in checks if check.needed) else int(Exit.MISSING)
