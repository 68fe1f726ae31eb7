"""`patchflow profile`: files, commits, the current series; kept as TOML; and trees that tell little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.small_tree import kernel_tree

KEYS = {"home", "sections", "tree", "branch", "bracket", "lists", "patchwork", "document", "window", "recipients",
        "prefix", "width", "why"}  # fmt: skip


def asked(folder: Path, *words: str) -> dict[str, Any]:
    ran = run_patchflow("-C", str(folder), "--json", "profile", *words)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = ran.json
    return document


def test_files_of_the_real_tree() -> None:
    found = asked(kernel_tree(), "net/vmw_vsock/af_vsock.c")
    assert set(found) >= KEYS
    assert (found["home"], found["bracket"], found["window"]) == ("VM SOCKETS (AF_VSOCK)", "net-next", "netdev")
    assert (found["recipients"], found["width"]) == ("cover", 80)
    why = found["why"]
    assert isinstance(why, list) and all(row["because"] for row in why)
    assert {row["fact"] for row in why} >= {
        "home",
        "tree",
        "branch",
        "bracket",
        "lists",
        "window",
        "recipients",
        "prefix",
    }
    xfs = asked(kernel_tree(), "fs/xfs/xfs_not_laid.c")
    assert (xfs["bracket"], xfs["recipients"], xfs["window"]) == ("", "all", "soft")
    assert asked(kernel_tree(), "drivers/usb")["home"] == "USB SUBSYSTEM"
    assert asked(kernel_tree(), "--fix", "net/core/dev.c")["bracket"] == "net"


def test_reasons_stand_below_the_facts() -> None:
    ran = run_patchflow("-C", str(kernel_tree()), "profile", "net/core/dev.c", "--why")
    assert ran.code == 0
    assert "bracket     [PATCH net-next]\n  because " in ran.out
    assert "MAINTAINERS, NETWORKING [GENERAL]: P:" in ran.out


def test_commits_and_the_current_series(small: Path) -> None:
    assert run_patchflow("-C", str(small), "new", "demo").code == 0
    assert asked(small)["profile"] == "kernel"
    commit(small, "change it")
    assert (
        asked(small)["profile"] == asked(small, "HEAD~1..HEAD")["profile"] == asked(small, "HEAD")["profile"] == "vsock"
    )
    assert asked(small)["prefix"] == "", "one commit is no usage"
    for title in "abc":
        commit(small, f"change {title}")
    assert asked(small, "net/vmw_vsock/af_vsock.c")["prefix"] == "vsock"


def test_a_fix_of_something_released_goes_to_the_tree_of_fixes(small: Path) -> None:
    released = git(small, "rev-parse", "base")
    git(small, "tag", "-a", "-m", "x", "v7.2", "base")
    later = commit(small, "go on")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "HEAD").code == 0

    def bracket(fixes: str) -> object:
        git(small, "reset", "-q", "--hard", later)
        commit(small, "mend it")
        git(small, "commit", "-q", "--amend", "-m", f'vsock: mend it\n\nFixes: {fixes[:12]} ("base: begin it")')
        return asked(small)["bracket"]

    assert bracket(released) == "net"
    assert bracket(later) == "net-next", "what no release has is fixed where it waits"
    assert bracket("0123456789ab") == "net", "what is not here may be in a release"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nonsense",), "not in the tree"),
        (("v9..HEAD",), "names no commit"),
        (("../outside.c",), "outside"),
        (("a\nb/c",), "not in the tree"),
        (("save",), "wants a name"),
        (("save", "../x", "net/a.c"), "not a name"),
        (("save", "vsock", "net/a.c"), "already"),
        ((), "is not a series yet"),
    ],
)
def test_what_is_no_path_and_no_commit_is_named(small: Path, words: tuple[str, ...], says: str) -> None:
    ran = run_patchflow("-C", str(small), "profile", *words)
    assert ran.code in (1, 2) and says in ran.err and "Traceback" not in ran.err


def test_a_saved_profile_is_read_again(small: Path, sealed: Path) -> None:
    tree = kernel_tree()
    ran = run_patchflow("-C", str(tree), "profile", "save", "mine", "fs/xfs/xfs_log.c")
    assert ran.code == 0, ran.err
    text = (sealed / "config/patchflow/profiles/mine.toml").read_text()
    assert "# the profile xfs" in text or "MAINTAINERS, XFS FILESYSTEM" in text
    found = asked(tree, "--profile", "mine", "fs/xfs/xfs_log.c")
    same = asked(tree, "fs/xfs/xfs_log.c")
    for key in KEYS - {"why"}:
        assert found[key] == same[key], key
    assert run_patchflow("-C", str(small), "new", "demo", "--profile", "mine").code == 0


def test_a_tree_that_tells_nothing(small: Path, tmp_path: Path) -> None:
    for name in ("Kbuild", "init/a", "ipc/a", "kernel/a"):  # what shows a kernel's tree
        (small / name).parent.mkdir(exist_ok=True)
        (small / name).write_text("")
    (small / "MAINTAINERS").write_text("words without a section\n")
    git(small, "add", "-A")
    git(small, "commit", "-qam", "MAINTAINERS: cut it")
    found = asked(small, "net/vmw_vsock/af_vsock.c")
    assert (found["profile"], found["bracket"], found["window"]) == ("kernel", "", "open")
    git(small, "rm", "-q", "MAINTAINERS")
    git(small, "commit", "-qm", "MAINTAINERS: drop it")
    assert run_patchflow("-C", str(small), "new", "demo").code == 0
    commit(small, "change it")
    ran = run_patchflow("-C", str(small), "profile", "--why")
    assert ran.code == 0 and "This tree has no MAINTAINERS" in ran.out and "the kernel's general rules" in ran.out
    (tmp_path / "empty").mkdir()
    assert run_patchflow("-C", str(tmp_path / "empty"), "profile", "a/b.c").code == 3


def test_the_usual_profile_speaks_where_no_file_does(small: Path) -> None:
    git(small, "config", "patchflow.profile", "xfs")
    assert run_patchflow("-C", str(small), "new", "demo").code == 0
    assert asked(small)["profile"] == "xfs"
    commit(small, "change it")
    assert asked(small)["profile"] == "vsock"
    git(small, "reset", "-q", "--hard", "HEAD~1")
    commit(small, "change it", path="nowhere/a.c")
    assert asked(small)["profile"] == "xfs"


def test_how_the_files_history_is_written(small: Path) -> None:
    path = "net/vmw_vsock/af_vsock.c"
    for number, title in enumerate(["add a", "Add b", "use the third of them"]):
        commit(small, title)
        if number:
            git(small, "commit", "-q", "--amend", "-s", "--no-edit", "--trailer", "Link: https://example.org/1",
                "--trailer", "Signed-off-by: Max Maintainer <max@example.org>")  # fmt: skip
    found = asked(small, path)
    assert found["capital"] == "" and found["length"] == {"usual": 12, "longest": 28}
    assert found["tags"] == [
        {"tag": "Signed-off-by", "count": 3, "of": 4},
        {"tag": "Link", "count": 2, "of": 4},
    ]
    assert {row["fact"] for row in found["why"]} >= {"capital", "length", "tags"}
    ran = run_patchflow("-C", str(small), "profile", path, "--why")
    assert (
        "tags        Signed-off-by, Link\n  because of the newest 4 commits of these files: Signed-off-by in 3"
        in ran.out
    )
    assert "2 bear another sign-off, of who took the patch" in ran.out
    assert "length      subjects of 12 characters, 28 at most\n  because half of the newest 4 commits" in ran.out
    assert "capital " not in ran.out, "they do not agree"
    git(small, "reset", "-q", "--hard", "base")
    for title in ("add a", "fix b"):
        commit(small, title)
    ran = run_patchflow("-C", str(small), "profile", path, "--why")
    assert (
        "capital     a small letter begins the summary\n  because 0 of 2 summaries of the newest 3 commits" in ran.out
    )
    assert asked(small, path)["capital"] == "small"


def test_whether_patches_want_splitting_and_that_files_alone_do_not_tell(small: Path) -> None:
    with (small / "MAINTAINERS").open("a") as file:
        file.write("\nFOO DRIVER\nM:\tFoo <foo@example.org>\nS:\tMaintained\nF:\tdrivers/foo/\n")
    commit(small, "base it", path="drivers/foo/foo.c")
    for path in ("drivers/foo/foo.c", "net/vmw_vsock/af_vsock.c"):
        commit(small, "change it", path=path)
    assert asked(small, "HEAD~2..HEAD")["split"].startswith("each patch belongs to one of them")
    assert asked(small, "HEAD")["split"] == ""
    assert asked(small, "drivers/foo/foo.c", "net/vmw_vsock/af_vsock.c")["split"] == "does it want splitting?"
