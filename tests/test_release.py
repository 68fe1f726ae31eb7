"""What a release stands on: one version, fragments that are read, a reason for each dependency, a lock that fits."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import patchflow
from tests.conftest import ROOT, run_patchflow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_version_stands_in_one_place() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "patchflow/__init__.py"
    assert run_patchflow("--version").out == f"patchflow {patchflow.__version__}\n"
    found = subprocess.run(
        ["grep", "-rlF", f'"{patchflow.__version__}"', str(ROOT / "patchflow"), str(ROOT / "pyproject.toml")],
        capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    assert [Path(one).name for one in found if one.endswith((".py", ".toml"))] == ["__init__.py"]


def test_every_fragment_is_of_a_kind() -> None:
    kinds = {kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]}
    for path in (ROOT / "changes").iterdir():
        if path.name != ".gitignore":
            assert path.name.split(".")[1:] in [[kind, "md"] for kind in kinds], path.name
            assert path.read_text().strip()


def test_each_dependency_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    names = [*PROJECT["project"]["dependencies"]]
    names += [one for group in PROJECT["dependency-groups"].values() for one in group]
    for name in names:
        assert re.search(rf'(?m)^  "{re.escape(name)}",\s+# \S', text), name


def test_the_lock_names_every_dependency() -> None:
    locked = {line.partition("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").open()}
    wanted = [*PROJECT["project"]["dependencies"]]
    wanted += [one for group in PROJECT["dependency-groups"].values() for one in group]
    names = {re.match(r"[A-Za-z0-9_.-]+", one)[0].lower().replace("_", "-") for one in wanted}  # type: ignore[index]
    assert names <= locked
