"""The index in the cache: fresh, stale, damaged, shared."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from patchflow.adapters.kernel import maintainers_index
from patchflow.adapters.kernel.maintainers_index import load_index
from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.adapters.kernel.tree_files import find_tree, path_in_tree
from patchflow.errors import MissingError, UsageError
from patchflow.formats.get_maintainer.index import MaintainersIndex
from tests.small_tree import lay


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small tree, old enough for its time stamps to be trusted."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = lay(tmp_path / "tree")
    age(folder)
    return folder


def age(tree: Path) -> None:
    """Makes every file a minute old."""
    old = time.time() - 60
    for path in tree.rglob("*"):
        os.utime(path, (old, old))


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often the index was made anew."""
    counted: list[int] = []
    real = maintainers_index._build

    def build(contents: list[bytes]) -> MaintainersIndex:
        counted.append(1)
        return real(contents)

    monkeypatch.setattr(maintainers_index, "_build", build)
    return counted


def people(tree: Path) -> list[str]:
    """An answer that needs the whole index."""
    return Directory(str(tree)).for_files(["alpha/deep/c.c"]).lines


def test_made_once_and_kept(tree: Path, builds: list[int]) -> None:
    first = people(tree)
    assert people(tree) == first
    assert len(builds) == 1


def test_made_anew_when_the_content_changes_even_within_one_tick(tree: Path, builds: list[int]) -> None:
    first = people(tree)
    path = tree / "MAINTAINERS"
    stat = path.stat()
    path.write_text(path.read_text().replace("Bert B. Beta", "Bort B. Beta"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert people(tree) == [line.replace("Bert", "Bort") for line in first]
    assert len(builds) == 2


def test_a_file_that_was_given_its_old_time_back_is_read(tree: Path) -> None:
    path = tree / "MAINTAINERS"
    for one in tree.iterdir():
        os.utime(one, (1_700_000_000, 1_700_000_000))
    first = people(tree)
    path.write_text(path.read_text().replace("Bert B. Beta", "Bort B. Beta"))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert people(tree) == [line.replace("Bert", "Bort") for line in first]


def test_fresh_files_are_not_trusted_by_their_time(tree: Path) -> None:
    path = tree / "MAINTAINERS"
    os.utime(path)
    stat = path.stat()
    first = people(tree)
    path.write_text(path.read_text().replace("Bert B. Beta", "Bort B. Beta"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert people(tree) != first


def test_touched_files_of_the_same_content_need_no_new_index(tree: Path, builds: list[int]) -> None:
    people(tree)
    os.utime(tree / "MAINTAINERS")
    people(tree)
    assert len(builds) == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 50, b"patchflow cache 1\n0000rubbish"])
def test_damaged_files_are_made_anew(tree: Path, builds: list[int], damage: bytes, tmp_path: Path) -> None:
    first = people(tree)
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(damage)
    assert people(tree) == first
    assert len(builds) == 2


def test_cut_and_flipped_bytes(tree: Path, tmp_path: Path) -> None:
    first = people(tree)
    (index,) = (tmp_path / "cache" / "maintainers").glob("*.index")
    whole = index.read_bytes()
    for at in range(0, len(whole), max(len(whole) // 40, 1)):
        index.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert people(tree) == first
        index.write_bytes(whole[:at])
        assert people(tree) == first


def test_a_cache_that_cannot_be_written_is_no_hindrance(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = people(tree)
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", "/dev/null/nowhere")
    assert people(tree) == first


def _load(tree: str) -> list[str]:
    return people(Path(tree))


def test_two_processes_at_once(tree: Path, tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        answers = pool.map(_load, [str(tree)] * 12)
    assert all(answer == answers[0] for answer in answers)
    assert not list((tmp_path / "cache").rglob("*.tmp"))


def test_no_tree(tmp_path: Path) -> None:
    assert "no MAINTAINERS" in load_index(str(tmp_path)).problems[0]
    with pytest.raises(MissingError):
        find_tree(str(tmp_path))


def test_conf_is_obeyed_and_unknown_words_in_it_are_told(tree: Path) -> None:
    (tree / ".get_maintainer.conf").write_text("--nol\n")
    assert not any("list" in line for line in people(tree))
    (tree / ".get_maintainer.conf").write_text("--substatus\n")
    notes = Directory(str(tree)).for_files(["README"]).notes
    assert any("--substatus" in note and "get_maintainer.pl" in note for note in notes)


def test_paths(tree: Path, tmp_path: Path) -> None:
    root = str(tree)
    assert path_in_tree(root, root, "alpha/a.c") == "alpha/a.c"
    assert path_in_tree(root, str(tree / "alpha"), "a.c") == "alpha/a.c"
    assert path_in_tree(root, str(tree / "alpha"), "README") == "README"
    assert path_in_tree(root, "/", str(tree / "alpha")) == "alpha/"
    assert path_in_tree(root, root, "./alpha//deep/../a.c") == "alpha/a.c"
    (tmp_path / "link").symlink_to(tree)
    assert path_in_tree(root, "/", str(tmp_path / "link" / "README")) == "README"
    for bad in ("../out", "/etc/passwd", "nowhere.c", "", "a\0b"):
        with pytest.raises(UsageError):
            path_in_tree(root, root, bad)
