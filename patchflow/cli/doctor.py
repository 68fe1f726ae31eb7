"""`patchflow doctor`: what is installed, configured, missing, and the command that mends it."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit

EXAMPLE = "patchflow doctor"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments: none."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 3 where something that is needed is missing."""
    from patchflow.wiring.health import examine

    checks = examine(clone(args))
    document = {"checks": [{"name": c.name, "ok": c.ok, "detail": c.detail, "mend": c.mend} for c in checks]}
    lines = []
    for check in checks:
        lines.append(f"{'ok  ' if check.ok else 'MISS' if check.needed else 'note'} {check.name}: {check.detail}")
        if not check.ok:
            lines.append(f"     mend: {check.mend}")
    output.data(document, lines)
    return 0 if all(check.ok for check in checks if check.needed) else int(Exit.MISSING)
