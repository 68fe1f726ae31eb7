"""The profile of files, derived from MAINTAINERS: homes, trees, lists, and what contradicts a profile's own facts."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from patchflow.adapters.kernel.maintainers_index import load_index
from patchflow.adapters.kernel.profile_tables import profile_tables
from patchflow.domain.profile import Profile
from patchflow.flow.subsystem.derive import Question, derive
from patchflow.flow.subsystem.describe import policy_word
from patchflow.formats.get_maintainer.compile import compile_index
from patchflow.formats.get_maintainer.facts import SourceTree, next_of, parse_patchwork, parse_tree, tree_key, tree_name
from patchflow.formats.get_maintainer.home import homes, title_of
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.get_maintainer.sections import parse_maintainers

from ..small_tree import kernel_tree

SMALL = """\
ALPHA CORE
M:	Ada <ada@example.org>
L:	alpha@lists.example.org
L:	alpha-secret@lists.example.org (subscribers-only)
S:	Odd Fixes
Q:	https://patchwork.example.org/project/alpha/list/
B:	https://bugs.example.org
C:	irc://irc.example.org/alpha
P:	Documentation/alpha.rst
T:	git git://git.example.org/alpha.git
T:	git git://git.example.org/alpha-next.git
F:	alpha/
F:	Documentation/alpha/
F:	tools/testing/selftests/alpha/

ALPHA DRIVER
M:	Bert <bert@example.org>
S:	Orphan
F:	alpha/drivers/

BETA
M:	Carl <carl@example.org>
L:	linux-kernel@vger.kernel.org
S:	Maintained
T:	git https://git.example.org/beta.git fixes
T:	git https://git.example.org/beta.git for-next
T:	not a tree at all
F:	beta/

HEARS OF ALPHA
L:	hears@lists.example.org
F:	alpha/drivers/deep.c

BINDINGS
M:	Dora <dora@example.org>
F:	Documentation/devicetree/

NETWORKING [GENERAL]
M:	Net <net@example.org>
L:	netdev@vger.kernel.org
T:	git git://git.kernel.org/pub/scm/linux/kernel/git/netdev/net.git
T:	git git://git.kernel.org/pub/scm/linux/kernel/git/netdev/net-next.git
F:	net/

THE REST
M:	Linus Torvalds <torvalds@linux-foundation.org>
L:	linux-kernel@vger.kernel.org
F:	*
F:	*/
"""


def matcher(text: str = SMALL) -> Matcher:
    return Matcher(compile_index(text.encode()), lambda path: False)


def asked(*paths: str, text: str = SMALL, **more: object) -> Profile:
    return derive(matcher(text), profile_tables(), Question(paths, **more))  # type: ignore[arg-type]


def because(profile: Profile, fact: str) -> str:
    return "; ".join(one.because for one in profile.why if one.fact == fact)


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        ("git git://git.example.org/a.git", SourceTree("git", "git://git.example.org/a.git", "")),
        ("git git://git.example.org/a.git for-next", SourceTree("git", "git://git.example.org/a.git", "for-next")),
        ("git://git.example.org/a.git", SourceTree("git", "git://git.example.org/a.git", "")),
        ("quilt https://example.org/quilt/", SourceTree("quilt", "https://example.org/quilt", "")),
        ("git git@github.com:x/y.git (next)", SourceTree("git", "git@github.com:x/y.git", "next")),
        ("", None),
        ("git", None),
        ("see the web page", None),
    ],
)
def test_a_tree_is_read(value: str, tree: SourceTree | None) -> None:
    assert parse_tree(value) == tree


def test_two_urls_of_one_tree_are_one() -> None:
    ways = (
        "git://git.kernel.org/pub/scm/linux/kernel/git/netdev/net-next.git",
        "https://git.kernel.org/pub/scm/linux/kernel/git/netdev/net-next",
        "ssh://git@gitolite.kernel.org/pub/scm/linux/kernel/git/netdev/net-next.git/",
        "git@gitolite.kernel.org:pub/scm/linux/kernel/git/netdev/net-next.git",
        "https://kernel.googlesource.com/pub/scm/linux/kernel/git/netdev/net-next.git",
    )
    assert len({tree_key(way) for way in ways}) == 1
    assert tree_key(ways[0]) != tree_key(ways[0].replace("net-next", "net"))
    assert tree_name("https://gitlab.freedesktop.org/drm/misc/kernel.git") == "drm-misc"
    assert tree_name("git://git.kernel.org/pub/scm/linux/kernel/git/kdave/linux.git") == "kdave/linux"


def test_a_patchwork_is_read() -> None:
    assert parse_patchwork("http://patchwork.kernel.org/project/linux-rdma/list/") == (
        "http://patchwork.kernel.org", "linux-rdma")  # fmt: skip
    assert parse_patchwork("https://patchwork.kernel.org/project/netdevbpf/list/?delegate=121173") == (
        "https://patchwork.kernel.org", "netdevbpf")  # fmt: skip
    assert parse_patchwork("https://gitlab.example.org/x/-/merge_requests") is None


def test_of_two_trees_the_fix_gets_the_one_for_fixes() -> None:
    pairs = (("x/net.git", "x/net-next.git"), ("x/a.git fixes", "x/a.git for-next"), ("x/a.git for-linus", "x/a.git"))
    for fixes, new in pairs:
        trees = [tree for tree in (parse_tree(f"git https://{one}") for one in (fixes, new)) if tree]
        for order in (trees, trees[::-1]):
            assert next_of(order, fix=True) == trees[0]
            assert next_of(order, fix=False) == trees[1]
    assert next_of([], fix=True) is None


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        (("alpha/a.c",), ["ALPHA CORE"]),
        (("alpha/drivers/a.c",), ["ALPHA DRIVER"]),
        (("alpha/drivers/deep.c",), ["ALPHA DRIVER"]),  # a list that wants to hear of it is no home
        (("alpha/drivers/a.c", "alpha/a.c"), ["ALPHA CORE"]),
        (("alpha/a.c", "beta/b.c"), ["BETA", "ALPHA CORE"]),
        (("alpha/a.c", "alpha/b.c", "beta/b.c"), ["ALPHA CORE", "BETA"]),
        (("beta/b.c", "Documentation/alpha/a.rst", "tools/testing/selftests/alpha/t.c"), ["BETA"]),
        (("Documentation/alpha/a.rst", "Documentation/devicetree/b.yaml"), ["BINDINGS"]),
        (("Documentation/alpha/a.rst", "tools/testing/selftests/alpha/t.c"), ["ALPHA CORE"]),
        (("alpha/a.c", "MAINTAINERS"), ["ALPHA CORE"]),
        (("MAINTAINERS",), ["THE REST"]),
        (("nowhere/x.c",), ["THE REST"]),
        (("nowhere/x.c", "alpha/a.c"), ["ALPHA CORE"]),
    ],
)
def test_the_home_of_files(paths: tuple[str, ...], wanted: list[str]) -> None:
    one = matcher()
    assert [title_of(one.index, home) for home in homes(one, paths)] == wanted


def test_each_fact_is_the_nearest_sections_and_says_so() -> None:
    found = asked("alpha/drivers/a.c")
    assert (found.home, found.tree.name, found.lists) == ("ALPHA DRIVER", "alpha-next", ("alpha@lists.example.org",))
    assert (found.status, found.bugs, found.chat) == (
        "Orphan",
        "https://bugs.example.org",
        "irc://irc.example.org/alpha",
    )
    assert (found.patchwork, found.patchwork_project) == ("https://patchwork.example.org", "alpha")
    assert (found.prefix, found.window.kind, found.document) == ("", "open", "Documentation/alpha.rst")
    assert "ALPHA CORE: T:" in because(found, "tree") and "2 trees" in because(found, "tree")
    for fact in ("home", "profile", "bracket", "tree", "branch", "lists", "patchwork", "document", "status", "window"):
        assert because(found, fact), f"no reason for {fact}"
    assert asked("alpha/a.c", fix=True).tree.name == "alpha"
    assert asked("beta/b.c", fix=True).tree.branch == "fixes"
    assert asked("beta/b.c").tree.branch == "for-next"


def test_what_is_missing_is_said() -> None:
    bare = asked("Documentation/devicetree/b.yaml")
    assert bare.tree.url == "" and "no section of these files names a tree" in because(bare, "tree")
    gone = asked("alpha/a.c", exists=lambda path: False)
    assert gone.document == "Documentation/alpha.rst"
    assert "does not have that file" in because(gone, "document")
    rest = asked("nowhere/x.c")
    assert (rest.name, rest.prefix, rest.lists) == ("kernel", "", ("linux-kernel@vger.kernel.org",))
    assert asked().name == "kernel"
    many = SMALL.replace("F:\tbeta/", "".join(f"T:\tgit https://e.org/{n}.git\n" for n in range(10)) + "F:\tbeta/")
    assert "12 trees" in because(asked("beta/b.c", text=many), "tree")


def test_several_homes_are_told() -> None:
    found = asked("alpha/a.c", "net/b.c", "net/c.c")
    assert (found.home, found.also, found.prefix) == ("NETWORKING [GENERAL]", ("ALPHA CORE",), "net-next")
    assert "does it want splitting?" in because(found, "home")


@pytest.mark.parametrize(
    ("patches", "words"),
    [
        ([("alpha/a.c",), ("net/b.c", "net/c.c")], "each patch belongs to one of them"),
        ([("alpha/a.c", "net/b.c", "net/c.c")], "one patch changes them all"),
        ([("alpha/a.c", "net/b.c"), ("net/c.c",)], "patch 1 of 2 changes several"),
        ([("alpha/a.c", "net/b.c"), ("alpha/d.c", "net/c.c")], "2 patches change several"),
        ([("net/b.c",), ("net/c.c", "Documentation/alpha/x.rst")], ""),  # a document decides nothing beside code
    ],
)
def test_whether_a_series_of_several_homes_wants_splitting(patches: list[tuple[str, ...]], words: str) -> None:
    paths = [path for one in patches for path in one]
    found = asked(*paths, patches=tuple(patches))
    assert found.split.startswith(words) and bool(found.split) == bool(words)


@pytest.mark.parametrize("own", [1, 6])
def test_a_series_of_many_homes_is_nobodys_unless_half_of_it_is(own: int) -> None:
    many = "".join(f"SUB {n}\nM:\tM <m{n}@e.org>\nF:\tsub{n}/\n\n" for n in range(6))
    text = SMALL.replace("THE REST", many + "THE REST")
    found = asked(*(f"sub{n}/a.c" for n in range(6)), *(f"net/{n}.c" for n in range(own)), text=text)
    assert (found.home, found.prefix) == (("NETWORKING [GENERAL]", "net-next") if own == 6 else ("THE REST", ""))
    assert {f"SUB {n}" for n in range(6)} <= set(found.also)
    if own == 1:
        assert "files of 7 sections, none of which holds half of them" in because(found, "home")


def test_the_newer_of_profile_and_maintainers_wins_and_is_told() -> None:
    moved = SMALL.replace("kernel/git/netdev/net", "kernel/git/elsewhere/net")
    same = asked("net/a.c")
    assert same.tree.url.endswith("/netdev/net-next.git") and "newer" not in because(same, "tree")
    newer = asked("net/a.c", text=moved, version=(6, 20))
    assert newer.tree.url.endswith("/elsewhere/net-next.git")
    assert "which is newer than the profile net-next" in because(newer, "tree")
    assert newer.prefix == "net-next", "the word in the bracket is the lists', not the URL's"
    older = asked("net/a.c", text=moved, version=(5, 10))
    assert older.tree.url.endswith("/netdev/net-next.git")
    assert "this tree is older" in because(older, "tree")


def test_a_profile_speaks_below_a_tree_of_its_own_only_where_it_says_so() -> None:
    index = (
        "OWN TREE\nM:\tx@e.org\nT:\tgit https://e.org/own.git\nF:\tmm/own.c\n\n"
        "MEMORY MANAGEMENT\nM:\ty@e.org\nL:\tlinux-mm@kvack.org\nF:\tmm/\n\n"
        "OWN NET\nM:\tx@e.org\nT:\tgit https://e.org/own.git\nF:\tnet/own.c\n\n"
    )
    text = index + SMALL[SMALL.index("NETWORKING") :]
    assert asked("mm/a.c", text=text).name == "mm"
    assert asked("mm/own.c", text=text).name == "kernel"
    assert asked("mm/own.c", text=text).lists == ("linux-mm@kvack.org",)
    assert asked("net/own.c", text=text).prefix == "net-next"


def test_a_users_own_profile_speaks_for_files(sealed: Path) -> None:
    folder = sealed / "config/patchflow/profiles"
    folder.mkdir(parents=True)
    assert asked("alpha/a.c").name == "kernel"
    text = 'extends = "kernel"\ntitle = "Alpha"\nprefix = "alpha"\nsections = ["ALPHA *"]\n'
    (folder / "alpha.toml").write_text(text)
    assert (asked("alpha/a.c").name, asked("alpha/a.c").prefix) == ("alpha", "alpha")
    (folder / "alpha.toml").write_text(text.replace("ALPHA *", "BETA"))
    assert asked("alpha/a.c").name == "kernel", "a change of the file is seen"


@pytest.mark.tree
@pytest.mark.long
def test_no_section_is_left_without_an_answer() -> None:
    tree = kernel_tree()
    one, tables = Matcher(load_index(str(tree)), lambda path: False), profile_tables()
    read = parse_maintainers((tree / "MAINTAINERS").read_bytes())
    for section in read.sections:
        for value in [*section.values("F")[:2], *section.values("N")[:1]]:
            path = re.sub(r"[*?]", "x", re.sub(r"[][^\\]", "", value))
            path = path + "file.c" if path.endswith("/") else path
            for fix in (False, True):
                found = derive(one, tables, Question((path,), fix))
                assert found.home and found.title and found.lists and found.why, section.name
                assert found.window.kind in ("netdev", "soft", "open")
                assert bool(found.tree.url) or "no section" in because(found, "tree"), section.name


@pytest.mark.tree
@pytest.mark.long
def test_files_of_any_sections_together_find_homes() -> None:
    tree = kernel_tree()
    one, tables = Matcher(load_index(str(tree)), lambda path: False), profile_tables()
    read = parse_maintainers((tree / "MAINTAINERS").read_bytes())
    paths = [value + "a.c" for section in read.sections for value in section.values("F") if value.endswith("/")]
    chance = random.Random(17)
    for _ in range(200):
        some = tuple(chance.sample(paths, chance.randint(2, 30)))
        found = homes(one, some)
        speaking = [path for home in found for path in home.paths]
        assert len(speaking) == len(set(speaking)), "each file has one home"
        assert derive(one, tables, Question(some)).home == title_of(one.index, found[0])


GOLDEN = [
    [cell.strip() for cell in row.split("|")]
    for row in (Path(__file__).parent / "golden_profiles.txt").read_text().splitlines()
    if not row.startswith("#")
]


def tree_words(profile: Profile) -> str:
    """A tree as the golden file names it."""
    key = tree_key(profile.tree.url).replace("git.kernel.org/linux/kernel/git/", "") if profile.tree.url else "-"
    return f"{key} {profile.tree.branch}".strip()


@pytest.mark.tree
def test_the_golden_table_holds() -> None:
    one, tables = Matcher(load_index(str(kernel_tree())), lambda path: False), profile_tables()
    assert len(GOLDEN) >= 120 and len({row[1] for row in GOLDEN}) >= 60
    for row in GOLDEN:
        new, fix = (derive(one, tables, Question((row[0],), of)) for of in (False, True))
        same = tree_words(fix) == tree_words(new)
        assert [
            row[0], new.home[:44].strip(), f"{new.prefix or '-'} {fix.prefix or '-'}", tree_words(new),
            "=" if same else tree_words(fix), " ".join(new.lists), policy_word(new), new.window.kind,
        ] == row  # fmt: skip


@pytest.mark.tree
def test_a_soc_is_nearer_to_its_device_trees_than_all_of_them() -> None:
    one, tables = Matcher(load_index(str(kernel_tree())), lambda path: False), profile_tables()
    found = derive(one, tables, Question(("arch/arm64/boot/dts/freescale/imx8mm.dtsi",)))
    assert (found.home, found.recipients) == ("ARM/FREESCALE IMX / MXC ARM ARCHITECTURE", "all")


@pytest.mark.tree
def test_a_series_of_virtio_vhost_and_vsock_is_vsocks() -> None:
    one, tables = Matcher(load_index(str(kernel_tree())), lambda path: False), profile_tables()
    paths = ("drivers/virtio/virtio.c", "drivers/vhost/vsock.c", "net/vmw_vsock/virtio_transport.c")
    found = derive(one, tables, Question(paths))
    assert (found.prefix, "VIRTIO CORE AND NET DRIVERS" in found.also) == ("net-next", True)
    hyperv = derive(one, tables, Question(("net/vmw_vsock/hyperv_transport.c",)))
    assert (hyperv.prefix, hyperv.tree.name) == ("net-next", "net-next")


@pytest.mark.tree
def test_a_network_drivers_own_headers_go_with_it() -> None:
    one = Matcher(load_index(str(kernel_tree())), lambda path: path == "include/net/mana")
    driver = "drivers/net/ethernet/microsoft/mana/mana_en.c"
    found = derive(one, profile_tables(), Question((driver, "include/net/mana/gdma.h")))
    assert (found.home, found.prefix) == ("Hyper-V/Azure CORE AND DRIVERS", "net-next")


@pytest.mark.tree
@pytest.mark.parametrize(
    ("paths", "tree"),
    [
        (("include/sound/tas2781.h", "sound/soc/codecs/tas2781-i2c.c"), "broonie/sound"),
        (("include/sound/rt1015.h", "sound/soc/amd/acp/acp-pci.c"), "broonie/sound"),
        (("include/sound/core.h", "sound/soc/codecs/tas2781-i2c.c"), "tiwai/sound"),
        (("include/sound/tas2781.h", "sound/pci/hda/tas2781_hda_i2c.c"), "tiwai/sound"),
        (("include/sound/core.h",), "tiwai/sound"),
    ],
)
def test_a_codecs_header_goes_the_way_of_its_driver(paths: tuple[str, ...], tree: str) -> None:
    one = Matcher(load_index(str(kernel_tree())), lambda path: False)
    assert tree in derive(one, profile_tables(), Question(paths)).tree.url
