"""MAINTAINERS and profiles in every bad shape: a sentence says what is assumed, and every command goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.projects import laid, make
from tests.sampled import few
from tests.stand_in import CHECKPATCH

KERNEL = {
    "Kbuild": "", "init/a": "", "ipc/a": "", "kernel/a": "", "net/vmw_vsock/af_vsock.c": "int a;\n",
    "scripts/checkpatch.pl": CHECKPATCH,
}  # fmt: skip
REST = (
    "\nTHE REST\nM:\tRuth <ruth@example.org>\nL:\tlinux-kernel@vger.kernel.org\nS:\tBuried alive in reporters\n"
    "F:\t*\nF:\t*/\n"
)
ONE = "ONE\nM:\tMia <mia@example.org>\nL:\tone@lists.example.org\nS:\tMaintained\n{more}F:\tnet/\n" + REST
TEN = "".join(f"T:\tgit https://git.example.org/tree{number}.git\n" for number in range(10))
QEMU = (
    "All patches CC here\nL: qemu-devel@nongnu.org\nF: *\nF: */\n\nNetwork\n-------\nNet\nM: Nat <nat@example.org>\n"
    "S: Maintained\nF: net/\n"
)
# What MAINTAINERS holds, and the sentence that `profile --why` or `cc` says of it.
TABLE = {
    "no tree": (ONE.format(more=""), "no section of these files names a tree (T:)"),
    "ten trees": (ONE.format(more=TEN), "10 trees are named there"),
    "trees that are none": (ONE.format(more="T:\t\nT:\tgit\nT:\tsee the web\n"), "names a tree (T:)"),
    "a document that is gone": (ONE.format(more="P:\tDocumentation/gone.rst\n"), "this tree does not have that file"),
    "another project's": (QEMU, "names qemu-devel@nongnu.org for every file, and not linux-kernel@vger.kernel.org"),
    "empty": ("", "there is no section in it"),
    "blank": ("\n \n\n", "there is no section in it"),
    "prose": ("Ask Mia, she knows.\n", "there is no section in it"),
    "yaml": ("maintainers:\n  - name: Mia\n    files: [net/]\n", "there is no section in it"),
    "bytes": ("\udcff\udcfe\x00\x01\n", "there is no section in it"),
    "cut off": (ONE.format(more="").partition("THE REST")[0], "THE REST is missing: the file looks cut off"),
    "none": (None, "This tree has no MAINTAINERS"),
}  # fmt: skip


@pytest.mark.parametrize("what", few(TABLE, 6))
def test_a_bad_maintainers_is_told_in_a_sentence(what: str, tmp_path: Path) -> None:
    text, says = TABLE[what]
    files = dict(KERNEL)
    tree = make(tmp_path / "linux", files)
    if text is not None:
        (tree / "MAINTAINERS").write_bytes(text.encode("utf-8", "surrogateescape"))
        git(tree, "add", "-A")
        git(tree, "commit", "-q", "-m", "MAINTAINERS: write it")
    here = ("-C", str(tree))
    assert run_patchflow(*here, "new", "demo", "--base", "HEAD").code == 0
    commit(tree, "add one")
    why = run_patchflow(*here, "profile", "--why")
    cc = run_patchflow(*here, "cc")
    assert (why.code, cc.code) == (0, 0)
    said = [line for line in (why.out + cc.err).split("\n") if says in line]
    assert said, why.out + cc.err
    assert run_patchflow(*here, "--json", "profile").json["project"] == "kernel"
    for words in (
        ("check",),
        ("status",),
        ("window",),
        ("send", "--dry-run"),
        ("cc", "-f", "net/vmw_vsock/af_vsock.c"),
    ):
        assert run_patchflow(*here, *words).code in (0, 1), words
    assert run_patchflow(*here, "cc", "--add", "mia@example.org").code == 0
    page = run_patchflow(*here, "send", "--dry-run")
    assert page.code == 0 and "[PATCH] vsock: add one" in page.out, page.out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('extends = "mine"\n', "The profile mine extends itself: mine -> mine."),
        ('extends = "gone"\n', "There is no profile 'gone'."),
        ('holds = ["hw/"]\n', "holds is a list of lists of words"),
        ("[window]\ntags = '(v'\n", "window.tags is a broken pattern"),
        ("[window]\ntags = '^v'\n", "window.tags wants three groups"),
        ("[window]\nstale_days = 'x'\n", "window.stale_days must be a int"),
    ],
)
def test_a_bad_profile_is_told_in_a_sentence(small: Path, sealed: Path, text: str, says: str) -> None:
    folder = sealed / "config" / "patchflow" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(text)
    for words in (("profile", "net/vmw_vsock/af_vsock.c"), ("new", "demo", "--profile", "mine"), ("cc", "HEAD")):
        ran = run_patchflow("-C", str(small), *words)
        assert ran.code == 2 and says in ran.err, (words, ran.err)


def test_a_users_own_general_rules_need_not_say_how_a_tree_is_known(small: Path, sealed: Path) -> None:
    folder = sealed / "config" / "patchflow" / "profiles"
    folder.mkdir(parents=True)
    (folder / "kernel.toml").write_text('title = "mine"\nmax_patches = 3\n')
    for path, project in (("Makefile", "kernel"), ("net/vmw_vsock/af_vsock.c", "kernel")):
        found = run_patchflow("-C", str(small), "--json", "profile", path)
        assert found.code == 0 and found.json["project"] == project, found.err
    tree = make(small.parent / "other", {"a.c": "int a;\n"})
    assert run_patchflow("-C", str(tree), "--json", "profile", "a.c").json["project"] == "other"


def test_maintainers_wins_over_the_profile_of_its_project(tmp_path: Path) -> None:
    """U-Boot's tree and list, renamed in a MAINTAINERS that is newer than the profile."""
    text = (laid("u-boot") / "MAINTAINERS").read_text()
    new = text.replace("u-boot@lists.denx.de", "u-boot@new.example.org").replace(
        "source.denx.de/u-boot/", "new.example.org/"
    )
    tree = make(
        tmp_path / "t", {"MAINTAINERS": new, "config.mk": "", "common/a.c": "", "cmd/a.c": "", "include/configs/a": ""}
    )
    found = run_patchflow("-C", str(tree), "--json", "profile", "cmd/a.c").json
    assert found["lists"] == ["u-boot@new.example.org"] and found["tree"] == "https://new.example.org/u-boot.git"
    because = " ".join(row["because"] for row in found["why"])
    assert "names u-boot@new.example.org for every file, and not u-boot@lists.denx.de" in because
    assert "which is newer than the profile u-boot" in because
