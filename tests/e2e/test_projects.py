"""Trees that work the kernel's way and are no kernel: QEMU, U-Boot, a project with its own MAINTAINERS, one without."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from patchflow.flow.clone import Clone
from patchflow.flow.try_.look_ahead import outlook
from tests.conftest import git, run_patchflow
from tests.projects import clone_of, make

FOREIGN = ("netdev", "net-next", "linux-kernel", "vger.kernel.org", "NIPA", "kdoc", "try build")


@dataclass(frozen=True)
class Journey:
    """A change of a project: its tree, the file, the message, and who must get it."""

    project: str
    path: str
    subject: str
    list: str
    maintainer: str


JOURNEYS = (
    Journey("qemu", "hw/virtio/vhost-vsock.c", "hw/virtio: say it", "qemu-devel@nongnu.org", "mst@redhat.com"),
    Journey("qemu", "block/nvme.c", "block/nvme: say it", "qemu-devel@nongnu.org", "stefanha@redhat.com"),
    Journey("u-boot", "drivers/virtio/virtio_net.c", "virtio: say it", "u-boot@lists.denx.de", "bmeng.cn@gmail.com"),
    Journey(
        "u-boot",
        "board/freescale/ls1021atwr/ls1021atwr.c",
        "ls1021atwr: say it",
        "u-boot@lists.denx.de",
        "alison.wang@nxp.com",
    ),
)


def commit(folder: Path, path: str, text: str, message: str) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a") as file:
        file.write(text)
    git(folder, "add", "-f", path)
    git(folder, "commit", "-q", "-F", "-", stdin=message)


def mails(smtp: Any) -> list[Any]:
    return [message_from_bytes(path.read_bytes()) for path in sorted(smtp.folder.glob("*.eml"))]


def answer(folder: Path, mail: Any, tag: str) -> None:
    """A reviewer's reply to a mail, taken in."""
    text = (
        f"From rev Mon Sep 17 00:00:00 2001\nFrom: Rita Reviewer <rita@example.net>\nTo: {mail['From']}\n"
        f"Subject: Re: {mail['Subject']}\nDate: Sun, 29 Nov 2026 12:00:00 +0000\nMessage-ID: <r1@example.net>\n"
        f"In-Reply-To: {mail['Message-ID']}\nReferences: {mail['Message-ID']}\n\n"
        f"On Sunday, Ada wrote:\n> +/* a remark */\n\nPlease say more here.\n\n{tag}\n"
    )
    (folder.parent / "r.mbox").write_text(text)
    ran = run_patchflow("-C", str(folder), "fetch", "--mbox", str(folder.parent / "r.mbox"))
    assert ran.code == 0, ran.err


@pytest.mark.long
@pytest.mark.parametrize("case", JOURNEYS, ids=lambda case: f"{case.project}-{Path(case.path).name}")
def test_the_whole_road(case: Journey, tmp_path: Path, smtp: Any) -> None:
    tree = clone_of(case.project, tmp_path / "tree")
    here = ("-C", str(tree))
    assert run_patchflow(*here, "new", "demo", "--base", "base").code == 0
    trailer = "Signed-off-by: Ada Example <ada@example.org>\n"
    commit(tree, case.path, "/* a remark */\n", f"{case.subject}\n\nIt was not said before.\n\n{trailer}")
    profile = run_patchflow(*here, "--json", "profile").json
    assert (profile["profile"], profile["project"], profile["bracket"]) == (case.project, case.project, "")
    assert case.list in profile["lists"]
    checked = run_patchflow(*here, "check")
    assert checked.code == 0, checked.out
    assert "not understood" not in checked.out and "cut off" not in checked.err
    cc = run_patchflow(*here, "cc")
    page = run_patchflow(*here, "send", "--dry-run")
    for said in (checked.out + checked.err, cc.out + cc.err, page.out + page.err):
        assert not [word for word in FOREIGN if word in said], said
    sent = run_patchflow(*here, "send", "--yes")
    assert sent.code == 0, sent.out + sent.err
    (first,) = mails(smtp)
    assert first["Subject"] == f"[PATCH] {case.subject}"
    everybody = f"{first['To']} {first['Cc']}"
    assert case.list in everybody and case.maintainer in everybody
    answer(tree, first, "Reviewed-by: Rita Reviewer <rita@example.net>")
    (todo,) = run_patchflow(*here, "--json", "todo").json["comments"]
    git(tree, "commit", "-q", "--amend", "-m", f"{case.subject}\n\nIt was not said before, and is now.\n\n{trailer}")
    assert run_patchflow(*here, "todo", "--addressed", f"{todo['id']}=said more").code == 0
    respun = run_patchflow(*here, "respin")
    assert respun.code == 0, respun.out + respun.err
    assert "Reviewed-by: Rita Reviewer" in git(tree, "log", "-1", "--format=%B")
    again = run_patchflow(*here, "send", "--yes")
    assert again.code == 0, again.out + again.err
    assert mails(smtp)[-1]["Subject"] == f"[PATCH v2] {case.subject}"


@pytest.mark.long
def test_checkpatch_of_another_project_is_asked_with_the_options_it_has(tmp_path: Path) -> None:
    tree = clone_of("qemu", tmp_path / "tree")
    for number, text in enumerate(("static int a;\n", "static void f(void)\n{\n\tint a;\n}\n", "static int b;\n")):
        commit(tree, f"hw/virtio/new{number}.c", text, f"hw/virtio: add {number}\n\nWhy.\n")
    found = run_patchflow("-C", str(tree), "--json", "check", "base..HEAD").json
    said = [[one["text"] for one in patch["findings"] if "checkpatch" in one["rule"]] for patch in found["patches"]]
    assert [any("never use tabs" in text for text in texts) for texts in said] == [False, True, False], said
    assert not any("not understood" in text or "Usage" in text for texts in said for text in texts)
    assert any("Signed-off-by" in text for text in said[0])


@pytest.mark.long
def test_a_sparse_checkout_of_another_project_is_checked(tmp_path: Path) -> None:
    tree = clone_of("qemu", tmp_path / "tree")
    git(tree, "sparse-checkout", "set", "--cone", "hw/virtio")
    assert not (tree / "linux-user").exists()
    commit(tree, "hw/virtio/new.c", "void f(void)\n{\n\tint a;\n}\n", "hw/virtio: add it\n\nWhy.\n")
    assert run_patchflow("-C", str(tree), "--json", "profile", "hw/virtio/new.c").json["project"] == "qemu"
    checked = run_patchflow("-C", str(tree), "check", "base..HEAD")
    assert "never use tabs" in checked.out, checked.out
    assert run_patchflow("-C", str(tree), "cc", "base..HEAD").code == 0


@pytest.mark.long
def test_the_commit_hook_holds_the_rules_of_the_project(tmp_path: Path) -> None:
    tree = clone_of("u-boot", tmp_path / "tree")
    assert run_patchflow("-C", str(tree), "hook", "install", "commit-msg").code == 0
    (tree / "cmd" / "x.c").write_text("int a;\n")
    git(tree, "add", "-f", "cmd/x.c")
    # No body: an error of the kernel's rules, none of U-Boot's.
    git(tree, "commit", "-q", "-m", "cmd: add x", "-m", "Signed-off-by: Ada Example <ada@example.org>")
    (tree / "cmd" / "x.c").write_text("int b;\n")
    with pytest.raises(AssertionError, match="signedoff"):
        git(tree, "commit", "-q", "-am", "cmd: change x")


@pytest.mark.parametrize("project", ["qemu", "u-boot"])
@pytest.mark.long
def test_try_builds_no_other_project(project: str, tmp_path: Path) -> None:
    tree = clone_of(project, tmp_path / "tree")
    here = ("-C", str(tree))
    assert run_patchflow(*here, "new", "demo", "--base", "base").code == 0
    commit(tree, "net/core/new.c", "int a;\n", "net: add it\n\nWhy.\n")
    for words in (("try", "build"), ("try", "boot"), ("try", "boot", "--test")):
        ran = run_patchflow(*here, *words)
        assert ran.code == 1 and f"This tree is not a kernel's ({project})" in ran.err, ran.err
    own = Clone(str(tree))
    look = outlook(own, own.store.load())
    assert look.tests == () and "not a kernel's" in dict(look.missing)["test"]


GIT = {"Documentation/SubmittingPatches": "x\n", "git.c": "int a;\n"}
XEN = {
    "MAINTAINERS": "VIRTUAL CPUS\nM:\tVic <vic@example.org>\nS:\tSupported\nF:\tcpu/\n"
    "\nTHE REST\nM:\tRex <rex@example.org>\n"
    "L:\tall@lists.example.org\nS:\tSupported\nF:\t*\nF:\t*/\n",
    "cpu/a.c": "int a;\n",
}


def test_a_project_without_maintainers_is_served(tmp_path: Path, smtp: Any) -> None:
    tree = make(tmp_path / "git", GIT)
    here = ("-C", str(tree))
    assert run_patchflow(*here, "new", "demo", "--base", "base").code == 0
    commit(tree, "git.c", "int b;\n", "git: add b\n\nWhy.\n")
    why = run_patchflow(*here, "profile", "--why").out
    assert "nothing in this tree shows which project it is" in why and "no MAINTAINERS" in why
    checked = run_patchflow(*here, "check")
    assert checked.code == 0 and "checkpatch: this tree has no scripts/checkpatch.pl" in checked.out
    assert run_patchflow(*here, "window").code == 0
    assert run_patchflow(*here, "cc").code == 0
    nobody = run_patchflow(*here, "send", "--yes")
    assert nobody.code == 1 and "sendemail.to" in nobody.out and "[no-recipients]" in nobody.out
    git(tree, "config", "sendemail.to", "list@example.org")
    sent = run_patchflow(*here, "send", "--yes")
    assert sent.code == 0, sent.out + sent.err
    (mail,) = mails(smtp)
    assert (mail["Subject"], mail["To"], mail["Cc"]) == ("[PATCH] git: add b", "list@example.org", None)


def test_a_project_with_a_maintainers_of_its_own_is_served(tmp_path: Path, smtp: Any) -> None:
    tree = make(tmp_path / "xen", XEN)
    here = ("-C", str(tree))
    assert run_patchflow(*here, "new", "demo", "--base", "base").code == 0
    commit(tree, "cpu/a.c", "int b;\n", "cpu: add b\n\nWhy.\n")
    profile = run_patchflow(*here, "--json", "profile").json
    assert (profile["project"], profile["home"], profile["lists"]) == (
        "other",
        "VIRTUAL CPUS",
        ["all@lists.example.org"],
    )
    sent = run_patchflow(*here, "send", "--yes")
    assert sent.code == 0, sent.out + sent.err
    (mail,) = mails(smtp)
    assert mail["Subject"] == "[PATCH] cpu: add b"
    assert "vic@example.org" in mail["To"] and mail["Cc"] == "all@lists.example.org"


def test_the_usual_profile_of_a_kernel_is_none_of_another_project(tmp_path: Path, sealed: Path) -> None:
    with (sealed / "gitconfig").open("a") as file:
        file.write("[patchflow]\n\tprofile = vsock\n")
    tree = make(tmp_path / "git", GIT)
    assert run_patchflow("-C", str(tree), "--json", "profile", "git.c").json["profile"] == "other"


@pytest.mark.long
def test_a_bracket_of_the_kernel_is_stopped_in_another_project(tmp_path: Path) -> None:
    tree = clone_of("qemu", tmp_path / "tree")
    here = ("-C", str(tree))
    assert run_patchflow(*here, "new", "demo", "--base", "base", "--profile", "vsock").code == 0
    commit(
        tree,
        "hw/virtio/vhost-vsock.c",
        "/* a */\n",
        "hw/virtio: say it\n\nWhy.\n\nSigned-off-by: Ada Example <ada@example.org>\n",
    )
    ran = run_patchflow(*here, "send", "--dry-run")
    assert ran.code == 1 and "[PATCH net-next] names no tree of what the patches touch" in ran.out
