"""Runs the tree's own scripts/get_maintainer.pl."""

# No pathlib: importing pathlib alone costs a third of what `patchflow cc` may take.
# ruff: noqa: PTH

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from patchflow.adapters.process import failure, run
from patchflow.errors import MissingError
from patchflow.formats.get_maintainer_script import stable

SCRIPT = os.path.join("scripts", "get_maintainer.pl")


def run_script(
    tree: str, arguments: Sequence[str], patch: str | None = None, seconds: float = 120.0, steady: bool = False
) -> list[str]:
    """The lines the tree's script prints; a patch is handed over on standard input.

    `--no-tree` only spares the script's look at whether all folders of a full tree are there. With `steady`
    a copy runs whose ties are broken as ours are, so that two answers can be compared.
    """
    script = os.path.join(tree, SCRIPT)
    if not os.path.isfile(script):
        raise MissingError(f"{tree} has no {SCRIPT}.", "Without it only `--engine index` can answer.")
    if not steady:
        return _run(tree, SCRIPT, arguments, patch, seconds)
    with open(script, encoding="utf-8", errors="surrogateescape") as file:
        text = stable(file.read())
    if text is None:
        return _run(tree, SCRIPT, arguments, patch, seconds)
    with tempfile.NamedTemporaryFile("w", suffix=".pl", encoding="utf-8", errors="surrogateescape") as copy:
        copy.write(text)
        copy.flush()
        return _run(tree, copy.name, arguments, patch, seconds)


def _run(tree: str, script: str, arguments: Sequence[str], patch: str | None, seconds: float) -> list[str]:
    stdin = b"" if patch is None else patch.encode("utf-8", "surrogateescape")
    done = run(["perl", script, "--no-tree", *arguments], cwd=tree, stdin=stdin, timeout=seconds, check=False)
    if done.code != 0:
        raise failure(done)
    return done.text.split("\n")[:-1]
