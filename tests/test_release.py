"""What a release stands on: one version, fragments that are read, a reason for each dependency, a lock that fits."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import patchflow
from tests.conftest import ROOT, git, run_patchflow

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


def test_each_release_says_what_an_upgrade_needs() -> None:
    """Checked for the next one, whose fragments stand there, and for those that are in the changelog."""
    fragments = [path.name for path in (ROOT / "changes").glob("*.md")]
    assert not fragments or any(name.endswith(".upgrade.md") for name in fragments)
    for release in re.split(r"(?m)^## (?=\d)", (ROOT / "CHANGELOG.md").read_text())[1:]:
        assert "\n### Upgrading\n" in release, release.split("\n")[0]


def test_each_dependency_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    names = [*PROJECT["project"]["dependencies"]]
    names += [one for group in PROJECT["dependency-groups"].values() for one in group]
    for name in names:
        assert re.search(rf'(?m)^  "{re.escape(name)}",\s+# \S', text), name


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="each Python's argparse words a page a little otherwise")
def test_the_man_page_is_the_parsers() -> None:
    made = subprocess.run([sys.executable, "scripts/man"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert made == (ROOT / "man/patchflow.1").read_text(), "`make man` makes it anew"


def test_the_lock_names_every_dependency() -> None:
    locked = {line.partition("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").open()}
    wanted = [*PROJECT["project"]["dependencies"]]
    wanted += [one for group in PROJECT["dependency-groups"].values() for one in group]
    names = {re.match(r"[A-Za-z0-9_.-]+", one)[0].lower().replace("_", "-") for one in wanted}  # type: ignore[index]
    assert names <= locked


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone of what is committed here, with the environment of the tests as its own."""
    pytest.importorskip("build", reason="the group release of pyproject.toml has what makes one")
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: a release is made from a commit")
    folder = tmp_path / "patchflow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{ROOT}", str(folder))
    (folder / ".git/info/exclude").write_text("/.venv\n")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def make(folder: Path, *words: str) -> None:
    done = subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changelog_takes_the_fragments_and_leaves_their_folder(checkout: Path) -> None:
    (checkout / "changes/shown.fixed.md").write_text("It shows what it did not.\n")
    git(checkout, "add", "changes")
    make(checkout, "changelog")
    said = (checkout / "CHANGELOG.md").read_text()
    assert (
        f"## {patchflow.__version__} (" in said
        and "\n### Upgrading\n" in said
        and "- It shows what it did not." in said
    )
    git(checkout, "commit", "-qam", "Release it")
    left = [path.name for path in (checkout / "changes").iterdir()]
    assert left == [".gitignore"], "all were taken; the folder is there for the next ones"


@pytest.mark.long
def test_make_release_builds_the_same_bytes_twice(checkout: Path) -> None:
    make(checkout, "release")
    assert sorted(path.suffix for path in (checkout / "dist").iterdir()) == [".gz", ".whl"]


@pytest.mark.parametrize(("subject", "code"), [("x" * 71, 0), ("ä" * 71, 0), ("x" * 72, 1), ("fixup! " + "x" * 90, 0)])
def test_a_long_subject_is_stopped_by_the_hook(tmp_path: Path, subject: str, code: int) -> None:
    hooks = pytest.importorskip("yaml").safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    (entry,) = (one["entry"] for one in hooks if one["id"] == "subject")
    (tmp_path / "message").write_text(f"{subject}\n\n{'y' * 100}\n")
    assert subprocess.run([*shlex.split(entry), str(tmp_path / "message")], check=False).returncode == code
