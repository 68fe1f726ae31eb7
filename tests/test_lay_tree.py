"""kernel/lay-tree: ends in the same state however often it is run or cut off."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, git

SCRIPT = ROOT / "kernel" / "lay-tree"


def lay(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False)


def test_a_clone_the_user_names(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "laid"
    left = tmp_path / ".laid.laying"
    left.mkdir()
    (left / "half").write_text("left by a run that was cut off")
    assert lay("--from", str(small), "--to", str(target)).returncode == 0
    assert git(target, "rev-parse", "base") == git(small, "rev-parse", "HEAD")
    assert not left.exists()
    again = lay("--from", str(small), "--to", str(target))
    assert (again.returncode, again.stderr) == (0, "")


def test_what_it_did_not_lay_is_left_alone(tmp_path: Path, small: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "file").write_text("mine")
    ran = lay("--from", str(small), "--to", str(target))
    assert ran.returncode == 3
    assert "was not laid by this script" in ran.stderr
    assert (target / "file").read_text() == "mine"


def test_a_folder_that_is_no_tree(tmp_path: Path) -> None:
    ran = lay("--from", str(tmp_path), "--to", str(tmp_path / "x"))
    assert ran.returncode == 3
    assert "no kernel tree" in ran.stderr


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("lay_tree", str(SCRIPT))
    spec = importlib.util.spec_from_loader("lay_tree", loader)
    assert spec
    found = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(found)
    return found


def archive(folder: Path, **texts: str) -> Path:
    """An archive as Debian's package holds it, of these files and a Makefile."""
    path = folder / "linux-source-6.12.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for name, text in {"Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n", **texts}.items():
            info = tarfile.TarInfo(f"linux-source-6.12/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_new_file_in_debians_tree_is_not_ignored(tmp_path: Path, module: Any) -> None:
    ignored = "*.o\n\n#\n# Debian packaging: ignore everything at the top level\n#\n/*\n!/debian/\n"
    packed = archive(tmp_path, **{".gitignore": ignored, "net/a.c": "int a;\n"})
    work = tmp_path / "work"
    work.mkdir()
    assert "Linux 6.12.1" in module.unpack(packed, work)
    (work / "net/b.c").write_text("int b;\n")
    (work / "net/b.o").write_text("")
    assert git(work, "status", "--porcelain") == "?? net/b.c"


@pytest.fixture
def older(tmp_path: Path, module: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree that was laid of net/ alone, from an archive that has mm/ as well; now both are wanted."""
    packed = archive(tmp_path, **{"net/a.c": "int a;\n", "mm/b.c": "int b;\n"})
    monkeypatch.setattr(module, "source_archive", lambda folder: packed)
    monkeypatch.setattr(module, "PARTS", ("Makefile", "net/"))
    target = tmp_path / "linux"
    assert module.lay(target, "") == 0
    assert not (target / "mm").exists()
    monkeypatch.setattr(module, "PARTS", ("Makefile", "net/", "mm/"))
    return target


def test_a_tree_of_other_parts_than_now_is_laid_again(older: Path, module: Any, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--shared", str(older), "borrower")
    assert module.lay(older, "") == 0
    assert (older / "mm/b.c").is_file()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
    git(tmp_path / "borrower", "fsck", "--connectivity-only", "--no-dangling")
    made = (older / "Makefile").stat().st_ino
    assert module.lay(older, "") == 0
    assert (older / "Makefile").stat().st_ino == made


@pytest.mark.parametrize("own", ["a branch", "a commit", "a file"])
def test_a_tree_that_somebody_works_in_is_not_laid_again(
    own: str, older: Path, module: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if own == "a branch":
        git(older, "branch", "topic")
    else:
        (older / "net/a.c").write_text("int mine;\n")
        if own == "a commit":
            git(older, "commit", "-qam", "mine")
    assert module.lay(older, "") == 0
    assert not (older / "mm").exists()
    assert "is kept: it" in capsys.readouterr().err


def test_a_tree_laid_before_marks_told_of_parts_is_laid_again(older: Path, module: Any) -> None:
    mark = older / ".git" / module.DONE
    mark.write_text(mark.read_text().splitlines()[0] + "\n")
    assert module.lay(older, "") == 0
    assert (older / "mm/b.c").is_file()


def test_cut_off_while_a_tree_is_replaced(older: Path, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def cut(self: Path, to: Path) -> Path:
        if to == older:
            raise KeyboardInterrupt
        return rename(self, to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", cut)
        with pytest.raises(KeyboardInterrupt):
            module.lay(older, "")
    assert not older.exists()
    assert module.lay(older, "") == 0
    assert (older / "mm/b.c").is_file()


def test_lists_of_packages_that_are_old_are_made_new(
    tmp_path: Path, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACKAGE", "linux-source-0.0")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "bin").mkdir()
    apt = tmp_path / "bin/apt-get"
    apt.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/asked\n[ "$1" = update ]\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:{os.environ['PATH']}")
    assert module.source_archive(tmp_path) is None
    assert (tmp_path / "asked").read_text().split()[:3] == ["install", "update", "install"]


def test_a_projects_sources_must_have_their_digest(tmp_path: Path, module: Any) -> None:
    with tarfile.open(tmp_path / "p_1.orig.tar.xz", "w:xz") as tar:
        for name in ("p-1/MAINTAINERS", "p-1/roms/big.bin", "p-1/../out"):
            info = tarfile.TarInfo(name)
            info.size = 2
            tar.addfile(info, io.BytesIO(b"x\n"))
    url = (tmp_path / "p_1.orig.tar.xz").as_uri()
    digest = hashlib.sha256((tmp_path / "p_1.orig.tar.xz").read_bytes()).hexdigest()
    module.PROJECTS["p"] = module.Source("P 1", url, "0" * 64, ("roms/",))
    target = tmp_path / "trees" / "p"
    with pytest.raises(module.Stop, match=digest):
        module.lay(target, "", "p")
    module.PROJECTS["p"] = module.Source("P 1", url, digest, ("roms/",))
    assert module.lay(target, "", "p") == 0
    assert git(target, "ls-tree", "-r", "--name-only", "base") == "MAINTAINERS"
    assert not (tmp_path / "trees" / "out").exists()
    assert module.lay(target, "", "p") == 0
    module.PROJECTS["q"] = module.Source("Q 1", (tmp_path / "nowhere.tar.xz").as_uri(), digest)
    with pytest.raises(module.Stop, match="could not be fetched"):
        module.lay(tmp_path / "trees" / "q", "", "q")
