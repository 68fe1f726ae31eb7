"""Runs the tree's own scripts/get_maintainer.pl."""

# No pathlib here: its import alone costs a third of what `patchflow cc` may take.

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.process import failure
from patchflow.adapters.trust import consent, run_code
from patchflow.errors import MissingError
from patchflow.formats.get_maintainer.script import options_of, stable

SCRIPT = os.path.join("scripts", "get_maintainer.pl")


def run_script(
    tree: str, arguments: Sequence[str], patches: Sequence[str] = (), seconds: float = 120.0, steady: bool = False
) -> list[str]:
    """The lines the tree's script prints, for patches or for what the arguments name.

    `--no-tree` only spares the script's look at whether all folders of a full tree are there; one that does not know
    it is asked without. With `steady`
    a copy runs whose ties are broken as ours are, so that two answers can be compared.
    """
    script = os.path.join(scripts_of(tree, "get_maintainer.pl"), "get_maintainer.pl")
    if not os.path.isfile(script):
        raise MissingError(f"{tree} has no {SCRIPT}.", "Without it only `--engine index` can answer.")
    allowed = consent(tree)
    with open(script, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    known = options_of(text)
    bare = ["--no-tree"] if not known or "tree" in known else []
    with tempfile.TemporaryDirectory() as folder:
        name = SCRIPT if script == os.path.join(tree, SCRIPT) else script
        if steady:
            name = _written(folder, "script", stable(text)) or name
        files = [_written(folder, f"{number}.patch", text) for number, text in enumerate(patches, 1)]
        argv = ["perl", name, *bare, *arguments, *files]
        done = run_code(allowed, argv, cwd=tree, timeout=seconds, check=False)
    if done.code != 0:
        raise failure(done)
    return done.text.split("\n")[:-1]


def _written(folder: str, name: str, text: str | None) -> str:
    if text is None:
        return ""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
    return path
