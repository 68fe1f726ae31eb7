"""What keeps a series from leaving for the wrong tree or lists, and who gets what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patchflow.adapters.kernel.maintainers_index import load_index
from patchflow.adapters.kernel.profile_tables import profile_tables
from patchflow.domain.series import Revision
from patchflow.flow.clone import Clone
from patchflow.flow.subsystem.mismatch import (
    base_fault,
    bracket_fault,
    foreign_trees,
    foreign_words,
    list_fault,
    places_of,
)
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.patch.subject import parse_subject
from tests.conftest import commit, git, run_patchflow
from tests.small_tree import kernel_tree

TREE = "git://git.kernel.org/pub/scm/linux/kernel/git/"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load_index(str(kernel_tree())), lambda path: False)


@pytest.mark.tree
@pytest.mark.parametrize(
    ("path", "word", "passes"),
    [
        ("net/vmw_vsock/af_vsock.c", "net-next", True),
        ("net/vmw_vsock/af_vsock.c", "net", True),
        ("net/vmw_vsock/af_vsock.c", "NET-NEXT", True),  # the rule tree-marked speaks of the letters
        ("net/vmw_vsock/af_vsock.c", "bpf-next/net", False),
        ("net/vmw_vsock/af_vsock.c", "wireless-next", False),
        ("fs/xfs/xfs_log.c", "net-next", False),
        ("fs/xfs/xfs_log.c", "", True),
        ("fs/xfs/xfs_log.c", "6.6.y", True),
        ("fs/xfs/xfs_log.c", "my-own-words", True),
        ("drivers/staging/rtl8723bs/core/rtw_cmd.c", "net-next", False),
        ("drivers/staging/rtl8723bs/core/rtw_cmd.c", "staging", True),
        ("kernel/bpf/verifier.c", "bpf-next", True),
        ("kernel/bpf/verifier.c", "net-next", False),
        ("net/core/filter.c", "bpf-next", True),
        ("net/core/filter.c", "net-next", True),
        ("drivers/vhost/vsock.c", "net-next", True),
        ("drivers/vhost/vsock.c", "vhost", True),
        ("drivers/vhost/net.c", "net-next", True),  # its section names netdev's list
        ("drivers/virtio/virtio.c", "net-next", False),
        ("drivers/net/wireless/realtek/rtw89/core.c", "rtw-next", True),
        ("drivers/net/wireless/realtek/rtw89/core.c", "wireless-next", True),
        ("drivers/net/ethernet/intel/ice/ice_main.c", "net-next", True),
        ("lib/vsprintf.c", "net-next", True),  # netdev's own list of files has lib/
        ("init/main.c", "net-next", False),
        ("mm/page_alloc.c", "mm-unstable", True),
        ("arch/x86/kernel/setup.c", "tip", True),
    ],
)
def test_the_brackets_word_is_a_tree_of_the_files(matcher: Matcher, path: str, word: str, passes: bool) -> None:
    tables = profile_tables()
    fault = bracket_fault(word, places_of(matcher, tables, [path]), foreign_words(matcher, tables))
    assert (fault == "") == passes, fault


@pytest.mark.tree
@pytest.mark.parametrize(
    "path", ["net/vmw_vsock/af_vsock.c", "fs/xfs/xfs_log.c", "drivers/virtio/virtio.c", "mm/slub.c"]
)
@pytest.mark.parametrize(
    "bracket",
    ["[PATCH][next]", "[PATCH][-next]", "[PATCH -next]", "[PATCH linux-next]", "[PATCH][for-next]", "[PATCH][v5.15]",
     "[PATCH 5.10.y]", "[PATCH AUTOSEL 6.1]", "[PATCH LINUX]", "[PATCH v1 for reference]", "[PATCH stable 5.4]"],
)  # fmt: skip
def test_words_that_are_nobodys_tree(matcher: Matcher, path: str, bracket: str) -> None:
    tables = profile_tables()
    word = parse_subject(f"{bracket} x").tree
    assert bracket_fault(word, places_of(matcher, tables, [path]), foreign_words(matcher, tables)) == ""


@pytest.mark.tree
def test_any_touched_file_may_give_the_tree(matcher: Matcher) -> None:
    tables = profile_tables()
    both = places_of(matcher, tables, ["fs/xfs/xfs_log.c", "net/ipv4/tcp.c"])
    assert bracket_fault("net-next", both, foreign_words(matcher, tables)) == ""
    assert base_fault(f"{TREE}netdev/net-next.git", both, foreign_trees(matcher, tables)) == ""
    xfs = places_of(matcher, tables, ["fs/xfs/xfs_log.c"])
    assert "net-next" in base_fault(f"{TREE}netdev/net-next.git", xfs, foreign_trees(matcher, tables))
    assert base_fault("https://example.org/mine.git", xfs, foreign_trees(matcher, tables)) == ""
    assert list_fault(["linux-xfs@vger.kernel.org"], xfs) == ""
    assert "linux-xfs@vger.kernel.org" in list_fault(["netdev@vger.kernel.org"], xfs)
    assert list_fault([], places_of(matcher, tables, ["init/main.c"])) == ""


XFS = """
XFS FILESYSTEM
M:\tXenia <xenia@example.net>
L:\tlinux-xfs@vger.kernel.org
S:\tSupported
T:\tgit git://git.kernel.org/pub/scm/fs/xfs/xfs-linux.git
F:\tfs/xfs/

DRIVER LIST
M:\tDora <dora@example.net>
L:\tdrivers@lists.example.org
S:\tMaintained
F:\tdrivers/

THE REST"""


def several(small: Path) -> None:
    text = (small / "MAINTAINERS").read_text()
    (small / "MAINTAINERS").write_text(text.replace("\nTHE REST", XFS))
    git(small, "commit", "-qam", "MAINTAINERS: more of them")


def gates(folder: Path, *words: str) -> dict[str, str]:
    ran = run_patchflow("-C", str(folder), "--json", "send", "--dry-run", *words)
    return {gate["id"]: gate["text"] for gate in ran.json["gates"]}


def start(folder: Path, *words: str) -> None:
    ran = run_patchflow("-C", str(folder), "new", "demo", *words)
    assert ran.code == 0, ran.err


def test_the_profile_follows_the_files_until_one_is_chosen(small: Path) -> None:
    several(small)
    start(small)
    status = run_patchflow("-C", str(small), "--json", "status").json["series"][0]
    assert status["profile"] == "kernel"
    assert "patchflow-profile" not in (small / ".git/config").read_text()
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    assert run_patchflow("-C", str(small), "--json", "status").json["series"][0]["profile"] == "xfs"
    mail = run_patchflow("-C", str(small), "--json", "send", "--dry-run").json["messages"][0]
    assert mail["subject"].startswith("[PATCH] ")
    assert "linux-xfs@vger.kernel.org" in mail["to"] + mail["cc"]
    git(small, "reset", "-q", "--hard", "HEAD~1")
    commit(small, "change it")
    assert run_patchflow("-C", str(small), "--json", "status").json["series"][0]["profile"] == "vsock"
    mail = run_patchflow("-C", str(small), "--json", "send", "--dry-run").json["messages"][0]
    assert mail["subject"].startswith("[PATCH net-next] ")
    assert run_patchflow("-C", str(small), "adopt", "--profile", "virtio", "--base", "base").code == 0
    assert run_patchflow("-C", str(small), "--json", "status").json["series"][0]["profile"] == "virtio"


def test_a_chosen_profile_of_another_tree_stops_the_send_and_no_reason_lets_it_through(small: Path) -> None:
    several(small)
    start(small, "--profile", "vsock")
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    found = gates(small, "--override", "tree-mismatch=I want it")
    assert "XFS FILESYSTEM" in found["tree-mismatch"] and "net-next" in found["tree-mismatch"]
    ran = run_patchflow("-C", str(small), "send", "--yes", "--override", "tree-mismatch=I want it")
    assert ran.code == 1 and "[tree-mismatch]" in ran.out and "`patchflow profile --why`" in ran.out


def test_a_series_that_no_list_of_its_files_gets_is_stopped(small: Path) -> None:
    several(small)
    start(small)
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    assert "tree-mismatch" not in gates(small)
    assert run_patchflow("-C", str(small), "cc", "--drop", "linux-xfs@vger.kernel.org").code == 0
    assert "linux-xfs@vger.kernel.org" in gates(small)["tree-mismatch"]


def people(folder: Path, *words: str) -> list[set[str]]:
    """The addresses of each mail, the cover first."""
    ran = run_patchflow("-C", str(folder), "--json", "send", "--dry-run", *words)
    return [{one.rpartition("<")[2].strip(">") for one in (*m["to"], *m["cc"])} for m in ran.json["messages"]]


def test_who_gets_what_by_policy(small: Path, tmp_path: Path) -> None:
    several(small)
    start(small)
    commit(small, "change it", path="drivers/a.c")
    commit(small, "change it too", path="drivers/b.c")
    commit(small, "use it", path="fs/xfs/xfs_log.c")
    (tmp_path / "cover").write_text("drivers: change it\n\nWhy it is needed.\n")
    assert run_patchflow("-C", str(small), "cover", "--set", str(tmp_path / "cover")).code == 0
    cover, first, _, last = people(small)
    assert cover == first == last, "everybody gets everything, as b4 sends"
    assert {"xenia@example.net", "dora@example.net"} <= first
    cover, first, _, last = people(small, "--cover-to-all")
    assert {"xenia@example.net", "dora@example.net"} <= cover
    assert "xenia@example.net" not in first and "xenia@example.net" in last
    cover, first, _, last = people(small, "--all-to-all")
    assert cover == first == last


def test_the_lists_of_a_profile_get_every_mail(small: Path) -> None:
    several(small)
    start(small)
    commit(small, "prepare it", path="drivers/a.c")
    commit(small, "change it")
    commit(small, "change it again")
    (small.parent / "cover").write_text("vsock: change it\n\nWhy it is needed.\n")
    assert run_patchflow("-C", str(small), "cover", "--set", str(small.parent / "cover")).code == 0
    cover, first, second, _ = people(small)
    for mail in (cover, first, second):
        assert "netdev@lists.example.org" in mail
    assert "marco@example.net" not in first, "netdev's maintainers get theirs by the files"


def test_too_many_people_on_one_mail_are_asked_about(small: Path) -> None:
    many = "".join(f"R:\tP{n} <p{n}@example.net>\n" for n in range(31))
    text = (small / "MAINTAINERS").read_text()
    (small / "MAINTAINERS").write_text(text.replace("L:\tvirtualization", f"{many}L:\tvirtualization"))
    git(small, "commit", "-qam", "MAINTAINERS: more of them")
    start(small)
    commit(small, "change it")
    assert "36 people and lists" in gates(small)["many-recipients"]


def test_the_verdict_names_only_bots_that_look(small: Path) -> None:
    several(small)
    start(small)
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    assert "bots" not in run_patchflow("-C", str(small), "check").out
    git(small, "reset", "-q", "--hard", "HEAD~1")
    commit(small, "change it")
    assert "netdev's bots" in run_patchflow("-C", str(small), "check").out


def test_the_profile_a_series_was_sent_under_stays(small: Path) -> None:
    several(small)
    start(small)
    commit(small, "change it")
    here = Clone(str(small))
    series = here.store.load()
    sent = Revision(1, datetime.now(UTC), series.base, series.tip, "PATCH net", (), profile="vsock")
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    after = replace(Clone(str(small)).store.load(), revisions=(sent,))
    found = Clone(str(small)).profile_of(after)
    assert (found.name, found.prefix) == ("vsock", "net"), "the profile, and that it was a fix"
    before = Clone(str(small)).profile_of(replace(after, revisions=()))
    assert set(before.also) | {before.home} == {"VM SOCKETS (AF_VSOCK)", "XFS FILESYSTEM"}


def test_adopt_looks_for_the_tree_of_the_files(small: Path) -> None:
    several(small)
    git(small, "remote", "add", "linus", "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git")
    git(small, "remote", "add", "dave", "https://git.kernel.org/pub/scm/fs/xfs/xfs-linux.git")
    for ref in ("linus/for-next", "dave/for-next", "dave/master"):
        git(small, "update-ref", f"refs/remotes/{ref}", "HEAD")
    git(small, "checkout", "-qb", "topic")
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    ran = run_patchflow("-C", str(small), "--json", "adopt")
    assert ran.code == 0, ran.err
    assert (ran.json["base_ref"], ran.json["profile"]) == ("dave/for-next", "xfs")


def test_a_base_of_another_subsystems_tree_is_stopped(small: Path) -> None:
    several(small)
    git(small, "remote", "add", "net-next", "https://git.kernel.org/pub/scm/linux/kernel/git/netdev/net-next.git")
    git(small, "update-ref", "refs/remotes/net-next/main", "HEAD")
    start(small, "--base", "net-next/main")
    commit(small, "change it", path="fs/xfs/xfs_log.c")
    assert "the base is net-next's" in gates(small)["tree-mismatch"]
    git(small, "tag", "-a", "-m", "x", "v7.2", "net-next/main")
    assert "tree-mismatch" not in gates(small), "what a release holds is everybody's"
