"""What the mails of the kernel test robot say."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

from textwrap import dedent

import pytest

from patchflow.domain.report import ReportKind
from tests.formats.robot_mails import GCC, HEAD, LISTS, RUNS, STATIC, robot, told


def test_a_build_report_names_its_patch_and_what_is_new() -> None:
    report = robot(GCC)
    assert report.kind is ReportKind.BUILD
    assert report.patch == "20260302-leak-v2-1-abc@example.org"
    assert report.title == "[PATCH v2 1/3] widget: Fix a leak"
    assert report.config.startswith("mips-randconfig-r012-20260302 (https://")
    assert report.compiler == "mips-linux-gcc (GCC) 15.1.0"
    assert report.reproduce == "https://archive.example.org/0day/202603021212.AbCdEfGh-lkp@example.org/reproduce"
    assert report.tree == "https://git.example.org/widgets.git next"
    assert report.link == "https://lore.kernel.org/oe-kbuild-all/202603021212.AbCdEfGh-lkp@intel.com/"
    frob = "implicit declaration of function 'widget_frob'; did you mean 'widget_grab'? [-Werror=implicit-function-declaration]"
    assert [told(issue) for issue in report.new] == [
        (
            "drivers/widget/widget.h",
            35,
            "warning",
            "cast from pointer to integer of different size [-Wpointer-to-int-cast]",
        ),
        ("drivers/widget/core.c", 60, "error", frob),
        ("drivers/widget/core.c", 90, "error", frob),  # not marked, because the same words are above
    ]
    assert [told(issue)[:2] for issue in report.issues if issue.known] == [("drivers/widget/core.c", 71)]
    first, second, third = report.new
    assert (first.symbol, second.symbol, first.column) == ("widget_peek", "widget_poke", 25)
    assert third.key == f"{second.key} #2"
    lines = (HEAD + dedent(GCC)).split("\n")
    assert ">> drivers/widget/widget.h:35:25" in lines[first.span[0] - 1]


@pytest.mark.parametrize(("listing", "new"), LISTS, ids=range(len(LISTS)))
def test_what_a_compiler_or_linker_said(listing: str, new: list[tuple[str, int, str, str]]) -> None:
    report = robot(listing)
    assert report.kind is ReportKind.BUILD
    assert [told(issue) for issue in report.new] == new


@pytest.mark.parametrize(("listing", "new", "known"), STATIC, ids=range(len(STATIC)))
def test_what_a_checker_said(listing: str, new: list[tuple[str, int, str, str]], known: int) -> None:
    report = robot(listing)
    assert report.kind is ReportKind.STATIC
    assert [told(issue) for issue in report.new] == new
    assert len([issue for issue in report.issues if issue.known]) == known


def test_what_dtschema_and_checkpatch_said() -> None:
    report = robot(
        """\
        dtcheck warnings: (new ones prefixed by >>)
        >> Documentation/devicetree/bindings/widget/acme,widget.yaml:50:11: [error] string value is redundantly quoted with any quotes (quoted-strings)
        >> Documentation/devicetree/bindings/widget/acme,widget.yaml: acme,depth: missing type definition
           \tfrom schema $id: http://schemas.example.org/base.yaml#
        >> arch/mips/boot/dts/acme/one.dtsi:85.11-94.6: Warning (graph_child_address): /soc/port@1: graph node has single child node
        """
    )
    assert report.kind is ReportKind.BINDINGS
    assert [told(issue) for issue in report.new] == [
        (
            "Documentation/devicetree/bindings/widget/acme,widget.yaml",
            50,
            "error",
            "string value is redundantly quoted with any quotes (quoted-strings)",
        ),
        (
            "Documentation/devicetree/bindings/widget/acme,widget.yaml",
            0,
            "warning",
            "acme,depth: missing type definition",
        ),
        (
            "arch/mips/boot/dts/acme/one.dtsi",
            85,
            "warning",
            "(graph_child_address): /soc/port@1: graph node has single child node",
        ),
    ]
    report = robot(
        """\
        # many are suggestions rather than must-fix

        WARNING:SPLIT_STRING: quoted string split across lines
        #32: FILE: drivers/widget/core.c:69:
         \t"one|"
        +\t"two|"
        """
    )
    assert report.kind is ReportKind.STYLE
    assert [told(issue) for issue in report.new] == [
        ("drivers/widget/core.c", 69, "warning", "quoted string split across lines (SPLIT_STRING)")
    ]


def test_an_older_report_of_a_tree() -> None:
    head = """\
tree:   https://git.example.org/widgets.git next
head:   0123456789abcdef0123456789abcdef01234567
commit: fedcba9876543210fedcba9876543210fedcba98 [18/35] widget: Check the size
config: parisc-allyesconfig
compiler: hppa-linux-gcc (GCC) 12.2.0
reproduce (this is a W=1 build):
        wget https://git.example.org/make.cross -O ~/bin/make.cross
        # save the config file
        COMPILER=gcc make.cross W=1 ARCH=parisc drivers/widget/

If you fix the issue, kindly add following tag as appropriate
Reported-by: kernel test robot <lkp@intel.com>

"""
    report = robot(GCC, head, "[widgets:next 18/35] drivers/widget/core.c:60:9: error: implicit declaration")
    assert report.commit == "fedcba9876543210fedcba9876543210fedcba98"
    assert report.title == "widget: Check the size"
    assert report.tree == "https://git.example.org/widgets.git next"
    assert report.reproduce.split("\n")[-1] == "COMPILER=gcc make.cross W=1 ARCH=parisc drivers/widget/"
    assert len(report.new) == 3
    old = "Hi Ada,\n\nI love your patch! Yet something to improve:\n\n[auto build test ERROR on v5.9]\n\nconfig: x86_64-allyesconfig (attached as .config)\n\n"
    report = robot("All errors (new ones prefixed by >>):\n\n>> a/b.c:3:1: error: expected ';' before '}' token\n", old)
    assert [told(issue) for issue in report.new] == [("a/b.c", 3, "error", "expected ';' before '}' token")]


def test_one_warning_of_ten_mails_has_one_key() -> None:
    keys = set()
    for number in range(10):
        head = HEAD.replace("mips-randconfig-r012", f"mips-randconfig-r{number}").replace("GCC", f"GCC{number}")
        shifted = GCC.replace(":35:25", f":{35 + number}:25").replace(":60:9", f":{60 + number}:9")
        keys.add(tuple(issue.key for issue in robot(shifted, head).new))
    assert len(keys) == 1
    same = [
        "drivers/widget/core.c:7:5: warning: no previous prototype for 'widget_frob' [-Wmissing-prototypes]",
        "drivers/widget/core.c:9:5: warning: no previous prototype for function 'widget_frob' [-Wmissing-prototypes]",
        "/builds/x/linux/drivers/widget/core.c:9:5: error: no previous prototype for ‘widget_frob’ [-Werror=missing-prototypes]",
        "drivers/widget/../widget/core.c:9:5: error: no previous prototype for function 'widget_frob' [-Werror,-Wmissing-prototypes]",
        "drivers/widget/core.c:9:5: sparse: sparse: symbol 'widget_frob' was not declared. Should it be static?",
    ]
    heading = "All warnings (new ones prefixed by >>):\n\n>> "
    assert len({robot(heading + line + "\n").new[0].key for line in same}) == 1
    undefined = [
        "ld: core.c:(.text+0x1): undefined reference to `widget_frob'",
        "ld.lld: error: undefined symbol: widget_frob",
        'ERROR: modpost: "widget_frob" [drivers/widget/widget.ko] undefined!',
    ]
    assert len({robot(heading + line + "\n").new[0].key for line in undefined}) == 1


def test_a_summary_of_builds_asks_for_nothing() -> None:
    body = "tree/branch: https://git.example.org/next.git master\nbranch HEAD: 0123456789ab  Add files for 20260302\n\nError/Warning: (recently discovered and may have been fixed)\n\ndrivers/widget/core.c:60:9: error: implicit declaration of function 'widget_frob'\n\nelapsed time: 725m\n"
    report = robot("", body, "[linux-next:master] BUILD REGRESSION 0123456789abcdef")
    assert (report.kind, report.issues) == (ReportKind.SUMMARY, ())
    assert not report.kind.asks


@pytest.mark.parametrize(("body", "kind", "issue"), RUNS, ids=range(len(RUNS)))
def test_what_a_kernel_did_when_it_ran(body: str, kind: ReportKind, issue: tuple[str, int, str, str] | None) -> None:
    report = robot("", "Hello,\n\n" + body)
    assert report.kind is kind
    assert report.commit.startswith("fedcba9876543210")
    assert report.title.endswith("widget: Fix a leak")
    assert [told(one) for one in report.new] == ([issue] if issue else [])


def test_a_failed_test_that_only_the_subject_names() -> None:
    body = 'Greeting,\n\nFYI, we noticed the following commit (built with gcc-11):\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: widgettests\n'
    report = robot("", body, "[widget] fedcba9876: widgettests.generic.018.fail")
    assert report.kind is ReportKind.TEST
    assert [told(one) for one in report.new] == [("", 0, "error", "widgettests.generic.018.fail")]
    report = robot("", body, "Re: [PATCH] widget: Fix a leak")
    assert [told(one) for one in report.new] == [("", 0, "error", "widgettests failed")]


def test_a_patch_that_the_robot_made_tells_what_it_mends() -> None:
    body = """\
From: kernel test robot <lkp@intel.com>

drivers/widget/core.c:1424:12-13: WARNING: return of 0/1 in function 'widget_match' with return type bool

 Return statements in functions returning bool should use
 true/false instead of 1/0.
Generated by: scripts/coccinelle/misc/boolreturn.cocci

Fixes: fedcba987654 ("widget: Match by name")
Signed-off-by: kernel test robot <lkp@intel.com>
---

tree:   https://git.example.org/widgets.git pu
commit: fedcba9876543210fedcba9876543210fedcba98 [13/14] widget: Match by name

 core.c |    2 +-

--- a/drivers/widget/core.c
+++ b/drivers/widget/core.c
"""
    report = robot("", body, "[PATCH] widget: fix boolreturn.cocci warnings")
    assert report.kind is ReportKind.STATIC
    assert report.title == "widget: Match by name"
    assert [told(one) for one in report.new] == [
        (
            "drivers/widget/core.c",
            1424,
            "warning",
            "return of 0/1 in function 'widget_match' with return type bool",
        )
    ]
