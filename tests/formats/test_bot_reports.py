"""What bots' mails say, read from mails written for it in the form of each."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots import form_of, read_report
from patchflow.formats.mail.bots.review import facts_of, noise, remark_facts, remarks
from patchflow.formats.mail.classify import bot_of
from patchflow.formats.profile import read_bots
from tests.formats.bot_mails import MAILS, SASHIKO
from tests.mails import mail, message
from tests.sampled import few

BOTS = read_bots("bots", Path("kernel/bots.toml").read_text(encoding="utf-8"))
ROBOT = BOTS[0]

HEAD = """\
Hi Ada,

kernel test robot noticed the following build warnings:

[auto build test WARNING on widgets/next]
[also build test WARNING on linus/master v7.1-rc2 next-20260301]
[If your patch is applied to the wrong git tree, kindly drop us a note.]

url:    https://git.example.org/robot/linux/commits/Ada-Example/widget-Fix-a-leak/20260302-101010
base:   https://git.example.org/widgets.git next
patch link:    https://lore.kernel.org/r/20260302-leak-v2-1-abc%40example.org
patch subject: [PATCH v2 1/3] widget: Fix a leak
config: mips-randconfig-r012-20260302 (https://archive.example.org/0day/202603021212.AbCdEfGh-lkp@example.org/config)
compiler: mips-linux-gcc (GCC) 15.1.0
reproduce (this is a W=1 build): (https://archive.example.org/0day/202603021212.AbCdEfGh-lkp@example.org/reproduce)

If you fix the issue in a separate patch/commit (i.e. not just a new version of
the same patch/commit), kindly add following tags
| Reported-by: kernel test robot <lkp@intel.com>
| Closes: https://lore.kernel.org/oe-kbuild-all/202603021212.AbCdEfGh-lkp@intel.com/

"""
TAIL = """
-- 
0-DAY CI Kernel Test Service
https://git.example.org/lkp-tests/wiki
"""


def robot(listing: str, head: str = HEAD, subject: str = "Re: [PATCH v2 1/3] widget: Fix a leak") -> Report:
    """A report of the kernel test robot with this list in it."""
    raw = mail(head + dedent(listing) + TAIL, sender="kernel test robot <lkp@intel.com>", subject=subject)
    report = read_report(message(raw), ROBOT)
    assert report is not None
    return report


def told(issue: Issue) -> tuple[str, int, str, str]:
    """What an issue says in short: file, line, severity and text."""
    return issue.file, issue.line, issue.severity, issue.text


GCC = """\
All warnings (new ones prefixed by >>):

   In file included from drivers/widget/core.c:12:
   drivers/widget/widget.h: In function 'widget_peek':
>> drivers/widget/widget.h:35:25: warning: cast from pointer to integer of different size [-Wpointer-to-int-cast]
      35 |         head = (void *)((u64)data & ~WIDGET_MASK);
         |                         ^
   drivers/widget/core.c: In function 'widget_poke':
>> drivers/widget/core.c:60:9: error: implicit declaration of function 'widget_frob'; did you mean 'widget_grab'? [-Werror=implicit-function-declaration]
      60 |         widget_frob(w);
         |         ^~~~~~~~~~~
         |         widget_grab
   drivers/widget/core.c:71:9: warning: unused variable 'old' [-Wunused-variable]
   drivers/widget/core.c:71:13: note: in expansion of macro 'OLD'
   drivers/widget/core.c:90:9: error: implicit declaration of function 'widget_frob'; did you mean 'widget_grab'? [-Werror=implicit-function-declaration]
   cc1: some warnings being treated as errors

Kconfig warnings: (for reference only)
   WARNING: unmet direct dependencies detected for WIDGET_BUS
   Depends on [n]: WIDGET [=n]


vim +35 drivers/widget/widget.h

0123456789abcd Ada Example 2026-03-01  34  static inline void *widget_peek(struct widget *w)
0123456789abcd Ada Example 2026-03-01 @35  	head = (void *)((u64)data & ~WIDGET_MASK);
"""


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


# (list, what is new)
LISTS: list[tuple[str, list[tuple[str, int, str, str]]]] = [
    (
        """\
        All errors (new ones prefixed by >>):

           mips-linux-ld: drivers/widget/core.o: in function `widget_probe':
        >> core.c:(.text+0x1f4): undefined reference to `widget_frob'
        >> mips-linux-ld: core.c:(.text+0x210): undefined reference to `widget_frob'
        >> mips-linux-ld: net/gadget/poll.c:576: undefined reference to `gadget_poll'
        """,
        [
            ("drivers/widget/core.c", 0, "error", "undefined reference to 'widget_frob'"),
            ("net/gadget/poll.c", 576, "error", "undefined reference to 'gadget_poll'"),
        ],
    ),
    (
        """\
        All errors (new ones prefixed by >>):

        >> ld.lld: error: undefined symbol: widget_frob
           >>> referenced by core.c:352 (drivers/widget/core.c:352)
           >>>               drivers/widget/core.o:(widget_probe) in archive vmlinux.a
        --
        >> ld.lld: error: undefined symbol: gadget_poll
           >>> referenced by poll.c
           >>>               net/gadget/poll.o:(gadget_run) in archive vmlinux.a
        """,
        [
            ("drivers/widget/core.c", 352, "error", "ld.lld: error: undefined symbol: widget_frob"),
            ("", 0, "error", "ld.lld: error: undefined symbol: gadget_poll"),
        ],
    ),
    (
        """\
        All errors (new ones prefixed by >>, old ones prefixed by <<):

        WARNING: modpost: missing MODULE_DESCRIPTION() in drivers/gadget/old.o
        >> ERROR: modpost: "widget_frob" [drivers/widget/widget.ko] undefined!
        << WARNING: modpost: drivers/gadget/older.o: section mismatch in reference: a (section: .text) -> b (section: .init.text)
        """,
        [("", 0, "error", 'ERROR: modpost: "widget_frob" [drivers/widget/widget.ko] undefined!')],
    ),
    (
        """\
        All warnings (new ones prefixed by >>):

        >> vmlinux.o: warning: objtool: widget_probe+0x14: call to widget_trace() leaves .noinstr.text section
        >> WARNING: modpost: vmlinux: section mismatch in reference: widget_probe+0x18 (section: .text) -> widget_table (section: .init.data)
        """,
        [
            ("", 0, "warning", "objtool: widget_probe+0x14: call to widget_trace() leaves .noinstr.text section"),
            (
                "",
                0,
                "warning",
                "modpost: vmlinux: section mismatch in reference: widget_probe+0x18 (section: .text) -> widget_table (section: .init.data)",
            ),
        ],
    ),
    (
        """\
        All error/warnings (new ones prefixed by >>):

        >> drivers/widget/core.c:12:10: fatal error: 'widget/odd.h' file not found
              12 | #include <widget/odd.h>
                 |          ^~~~~~~~~~~~~~
           1 error generated.
        >> arch/mips/widget/entry.S:454: Error: no such instruction: `frob $1'
        >> ./usr/include/linux/widget.h:250:9: error: unknown type name 'u8'
        >> ./usr/include/linux/widget.h:251:9: error: unknown type name 'u8'
        >> drivers/gpu/widget/../pm/power.c:214:1: internal compiler error: in frob, at config/mips/mips.c:9637
        """,
        [
            ("drivers/widget/core.c", 12, "error", "'widget/odd.h' file not found"),
            ("arch/mips/widget/entry.S", 454, "error", "no such instruction: `frob $1'"),
            ("include/uapi/linux/widget.h", 0, "error", "unknown type name 'u8'"),
            ("drivers/gpu/pm/power.c", 214, "error", "internal compiler error: in frob, at config/mips/mips.c:9637"),
        ],
    ),
    (
        """\
        All errors (new ones prefixed by >>):

        >> error[E0425]: cannot find function `widget_frob` in this scope
           --> drivers/widget/core.rs:27:9
           |
           27 |         widget_frob(w)
           |         ^^^^^^^^^^^ not found in this scope
        >> warning: unused import: `kernel::widget`
           --> rust/kernel/gadget.rs:5:5
        """,
        [
            ("drivers/widget/core.rs", 27, "error", "cannot find function `widget_frob` in this scope"),
            ("rust/kernel/gadget.rs", 5, "warning", "unused import: `kernel::widget`"),
        ],
    ),
    (
        """\
        All warnings (new ones prefixed by >>):

        >> ./drivers/widget/core.c:1: warning: 'widget_frob' not found
        >> drivers/widget/core.c:178: warning: Function parameter or struct member 'w' not described in 'widget_frob'
        >> Documentation/widget/index.rst:14: WARNING: Title underline too short.
        >> Documentation/widget/flow.rst:3: (SEVERE/4) Title level inconsistent:
        >> Warning: MAINTAINERS references a file that doesn't exist: Documentation/widget/gone.rst
        """,
        [
            ("drivers/widget/core.c", 1, "warning", "'widget_frob' not found"),
            (
                "drivers/widget/core.c",
                178,
                "warning",
                "Function parameter or struct member 'w' not described in 'widget_frob'",
            ),
            ("Documentation/widget/index.rst", 14, "warning", "Title underline too short."),
            ("Documentation/widget/flow.rst", 3, "error", "Title level inconsistent:"),
            (
                "MAINTAINERS",
                0,
                "warning",
                "MAINTAINERS references a file that doesn't exist: Documentation/widget/gone.rst",
            ),
        ],
    ),
    (
        """\
        kismet warnings: (new ones prefixed by >>)
        >> kismet: WARNING: unmet direct dependencies detected for WIDGET_BUS when selected by GADGET
           .config:101:warning: symbol value 'n' invalid for WIDGET_COUNT
           WARNING: unmet direct dependencies detected for WIDGET_BUS
             Depends on [n]: WIDGET [=n]
        """,
        [
            (
                "",
                0,
                "warning",
                "kismet: WARNING: unmet direct dependencies detected for WIDGET_BUS when selected by GADGET",
            )
        ],
    ),
    (  # the severity stands before the place
        """\
        All warnings (new ones prefixed by >>):

        >> Warning: lib/widget.c:1908 function parameter 'depth' not described in 'widget_match'
        >> error: include/uapi/linux/widget.h: leak CONFIG_WIDGET to user-space
        >> Error: arch/mips/boot/dts/acme/one.dts:26.1-11 Label or path widget not found
        """,
        [
            ("lib/widget.c", 1908, "warning", "function parameter 'depth' not described in 'widget_match'"),
            ("include/uapi/linux/widget.h", 0, "error", "leak CONFIG_WIDGET to user-space"),
            ("arch/mips/boot/dts/acme/one.dts", 26, "error", "Label or path widget not found"),
        ],
    ),
    (  # the first of the same words bears the mark; what stands further up in the file is old
        """\
        All warnings (new ones prefixed by >>):

        >> drivers/widget/core.c:601:2: warning: empty statement
           drivers/widget/core.c:504:2: warning: empty statement
           drivers/widget/core.c:661:2: warning: empty statement
        """,
        [
            ("drivers/widget/core.c", 601, "warning", "empty statement"),
            ("drivers/widget/core.c", 661, "warning", "empty statement"),
        ],
    ),
    (  # a note alone bears the mark
        """\
        All warnings (new ones prefixed by >>):

           drivers/widget/core.c:60:9: warning: cast from pointer to integer of different size [-Wpointer-to-int-cast]
        >> include/linux/widget.h:84:2: note: in expansion of macro 'WIDGET_PUT'
        """,
        [
            (
                "drivers/widget/core.c",
                60,
                "warning",
                "cast from pointer to integer of different size [-Wpointer-to-int-cast]",
            )
        ],
    ),
    (  # the place of the marked one of those who miss a symbol
        """\
        All errors (new ones prefixed by >>):

           ld: kernel/gadget.o: in function `gadget_read':
           gadget.c:(.text+0x99c4): undefined reference to `widget_read_386'
           ld: lib/widget.o: in function `widget_len':
        >> /usr/bin/ld: widget.c:(.text+0xa5af): undefined reference to `widget_read_386'
        >> widget.c:(.text+0x242): dangerous relocation: unsupported relocation

        ---
        0-DAY kernel test infrastructure                 Open Source Technology Center
        """,
        [
            ("lib/widget.c", 0, "error", "undefined reference to 'widget_read_386'"),
            ("lib/widget.c", 0, "warning", "dangerous relocation: unsupported relocation"),
        ],
    ),
]


@pytest.mark.parametrize(("listing", "new"), LISTS, ids=range(len(LISTS)))
def test_what_a_compiler_or_linker_said(listing: str, new: list[tuple[str, int, str, str]]) -> None:
    report = robot(listing)
    assert report.kind is ReportKind.BUILD
    assert [told(issue) for issue in report.new] == new


STATIC: list[tuple[str, list[tuple[str, int, str, str]], int]] = [
    (
        """\
        sparse warnings: (new ones prefixed by >>)
        >> drivers/widget/core.c:76:17: sparse: sparse: incorrect type in argument 1 (different base types) @@     expected unsigned int [usertype] value @@     got restricted __le32 [usertype] data @@
           drivers/widget/core.c:76:17: sparse:     expected unsigned int [usertype] value
           drivers/widget/core.c:76:17: sparse:     got restricted __le32 [usertype] data
        >> drivers/widget/core.c:80:15: sparse: sparse: incompatible types in comparison expression (different base types):
        >> drivers/widget/core.c:80:15: sparse:    bad type *
        >> drivers/widget/core.c:80:15: sparse:    unsigned int *
           drivers/widget/core.c:91:15: sparse: sparse: symbol 'widget_old' was not declared. Should it be static?
           drivers/widget/core.c: note: in included file:
        """,
        [
            (
                "drivers/widget/core.c",
                76,
                "warning",
                "incorrect type in argument 1 (different base types) @@     expected unsigned int [usertype] value @@     got restricted __le32 [usertype] data @@",
            ),
            (
                "drivers/widget/core.c",
                80,
                "warning",
                "incompatible types in comparison expression (different base types): bad type * unsigned int *",
            ),
        ],
        1,
    ),
    (
        """\
        New smatch warnings:
        drivers/widget/core.c:101 widget_probe() warn: inconsistent indenting
        drivers/widget/core.c:106 widget_probe() error: uninitialized symbol 'ret'.

        Old smatch warnings:
        drivers/widget/core.c:203 widget_poke() error: we previously assumed 'w' could be null (see line 190)

        vim +101 drivers/widget/core.c
        """,
        [
            ("drivers/widget/core.c", 101, "warning", "inconsistent indenting"),
            ("drivers/widget/core.c", 106, "error", "uninitialized symbol 'ret'."),
        ],
        1,
    ),
    (
        """\
        cocci warnings: (new ones prefixed by >>)
        >> drivers/widget/core.c:33:15-33: WARNING: casting value returned by memory allocation function to (struct widget *) is useless.
        >> drivers/widget/core.c:38:3-8: No need to set .owner here. The core will do it.
        >> drivers/widget/core.c:42:42-44: WARNING !A || A && B is equivalent to !A || B
        """,
        [
            (
                "drivers/widget/core.c",
                33,
                "warning",
                "casting value returned by memory allocation function to (struct widget *) is useless.",
            ),
            ("drivers/widget/core.c", 38, "warning", "No need to set .owner here. The core will do it."),
            ("drivers/widget/core.c", 42, "warning", "!A || A && B is equivalent to !A || B"),
        ],
        0,
    ),
    (
        """\
        includecheck warnings: (new ones prefixed by >>)
        >> /kbuild/src/consumer/include/linux/widget.h: linux/slab.h is included more than once.
        """,
        [("include/linux/widget.h", 0, "warning", "linux/slab.h is included more than once.")],
        0,
    ),
]


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


RUNS: list[tuple[str, ReportKind, tuple[str, int, str, str] | None]] = [
    (
        'kernel test robot noticed a -12.3% regression of widget.ops_per_sec on:\n\n\ncommit: fedcba9876543210fedcba9876543210fedcba98 ("widget: Fix a leak")\nhttps://git.example.org/linux.git master\n\ntestcase: widget\nconfig: x86_64-rhel-9.4\ncompiler: gcc-14\n\nThe kernel config and materials to reproduce are available at:\nhttps://archive.example.org/0day/202603/202603021212.abc-lkp@intel.com\n\n=====\ncompiler/kconfig:\n  gcc-14/x86_64\n\n     12345 ±  2%     -12.3%      10827        widget.ops_per_sec\n',
        ReportKind.PERFORMANCE,
        ("", 0, "warning", "-12.3% regression of widget.ops_per_sec"),
    ),
    (
        'Greeting,\n\nFYI, we noticed a -19.3% regression of will-it-poll.per_thread_ops due to commit:\n\n\ncommit: fedcba9876543210fedcba9876543210fedcba98 ("widget: Fix a leak")\n',
        ReportKind.PERFORMANCE,
        ("", 0, "warning", "-19.3% regression of will-it-poll.per_thread_ops"),
    ),
    (
        'kernel test robot noticed a 8.1% improvement of widget.ops_per_sec on:\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n',
        ReportKind.NOTICE,
        None,
    ),
    (
        'kernel test robot noticed "BUG:KASAN:slab-out-of-bounds_in_widget_len" on:\n\ncommit: fedcba9876543210 ("[PATCH v2 1/3] widget: Fix a leak")\npatch link: https://lore.kernel.org/all/20260302-leak-v2-1-abc@example.org/\npatch subject: [PATCH v2 1/3] widget: Fix a leak\n\nin testcase: boot\n\ncompiler: gcc-14\ntest machine: qemu-system-x86_64 -enable-kvm\n\n(please refer to attached dmesg/kmsg for entire log/backtrace)\n\n+----------------+-----+-----+\n| boot_successes | 20  | 0   |\n+----------------+-----+-----+\n\n[   33.453726][   T68] BUG: KASAN: slab-out-of-bounds in widget_len+0x35/0x4f\n[   33.454515][   T68] Read of size 1 at addr ffff88812ff65577 by task udevd/68\n',
        ReportKind.BOOT,
        ("", 0, "error", "BUG: KASAN: slab-out-of-bounds in widget_len+0x35/0x4f"),
    ),
    (
        'kernel test robot noticed "WARNING:at_drivers/widget/core.c:#widget_put" on:\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: trinity\n\nkern  :warn  : [   33.4537] WARNING: CPU: 0 PID: 1 at drivers/widget/core.c:443 widget_put+0x11/0x20\n',
        ReportKind.CRASH,
        (
            "drivers/widget/core.c",
            443,
            "error",
            "WARNING: CPU: 0 PID: 1 at drivers/widget/core.c:443 widget_put+0x11/0x20",
        ),
    ),
    (
        'kernel test robot noticed "kernel-selftests.widget.poll.sh.fail" on:\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: kernel-selftests\n',
        ReportKind.TEST,
        ("", 0, "error", "kernel-selftests.widget.poll.sh.fail"),
    ),
    (
        'kernel test robot noticed machine hang on:\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: boot\n',
        ReportKind.BOOT,
        ("", 0, "error", "machine hang"),
    ),
    (
        'Greeting,\n\nFYI, we noticed the following commit (built with gcc-11):\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: boot\n\n[  103.871133][  T486] BUG: Bad page map in process rsync  pte:ffff92f93b759508\n',
        ReportKind.BOOT,
        ("", 0, "error", "BUG: Bad page map in process rsync  pte:ffff92f93b759508"),
    ),
    (
        'Please note this report is for the v4 patch.\n\nFYI, we noticed widget.(003/004).fail and widget.loop.fail due to commit (built with gcc-11):\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: widget\n',
        ReportKind.TEST,
        ("", 0, "error", "widget.(003/004).fail and widget.loop.fail"),
    ),
    (
        'FYI, we noticed UBSAN:invalid-load_in_drivers/widget/core.c due to commit (built with gcc-9):\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: trinity\n\n[   33.4537] UBSAN: invalid-load in drivers/widget/core.c:277:11\n',
        ReportKind.CRASH,
        ("drivers/widget/core.c", 277, "error", "UBSAN: invalid-load in drivers/widget/core.c:277:11"),
    ),
    (
        'FYI, we noticed the following commit (built with gcc-9):\n\ncommit: fedcba9876543210 ("widget: Fix a leak")\n\nin testcase: trinity\n\n[   33.4537] BUG: KASAN: null-ptr-deref in widget_put (drivers/widget/core.c:116 (discriminator 1))\n',
        ReportKind.CRASH,
        (
            "drivers/widget/core.c",
            116,
            "error",
            "BUG: KASAN: null-ptr-deref in widget_put (drivers/widget/core.c:116 (discriminator 1))",
        ),
    ),
]


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


def read(sender: str, subject: str, body: str) -> tuple[Message, Report]:
    """A mail of a bot in answer to a patch, and what it says."""
    one = message(mail(body, sender=sender, subject=subject, to="<p1@example.org>"))
    report = read_report(one, bot_of(one, BOTS))
    assert report is not None
    return one, report


@pytest.mark.parametrize(("sender", "subject", "body", "kind", "issues"), MAILS, ids=range(len(MAILS)))
def test_what_each_bot_says(
    sender: str, subject: str, body: str, kind: ReportKind, issues: list[tuple[str, int, str, str]]
) -> None:
    one, report = read(sender, subject, body)
    assert report.kind is kind
    assert [told(issue) for issue in report.new] == issues
    assert len(report.issues) == len(issues)
    lines = one.body.split("\n")
    for issue in report.issues:
        assert 0 < issue.span[0] <= issue.span[1] <= len(lines)
    if not report.kind.asks:
        assert not report.issues
    if issues:
        assert len({issue.key for issue in report.issues}) == len(issues)


def test_facts_around_what_a_bot_found() -> None:
    by_title = {(subject, kind): read(sender, subject, body)[1] for sender, subject, body, kind, _ in MAILS}
    found = list(by_title.values())
    crash = next(one for one in found if one.link.endswith("extid=0123") and one.kind is ReportKind.CRASH)
    assert (crash.commit, crash.tree) == ("0123456789ab", "upstream")
    assert crash.reproduce == "https://syzkaller.example.org/x/repro.c?x=3"
    assert crash.issues[0].symbol == "widget_poll"
    assert crash.issues[0].key == "syzbot KASAN: slab-use-after-free Read in widget_poll"
    bisected = next(one for one in found if one.commit.startswith("fedcba") and one.kind is ReportKind.CRASH)
    assert bisected.title == "widget: Free the queue"
    series = next(one for one in found if one.patch == "20260302-flow-v2-0-abc@example.org")
    assert series.link == "https://ci.syzbot.example.org/series/1"
    dtb = next(one for one in found if one.patch == "20260302-2-abc@example.org")
    assert dtb.reproduce == "make CHECK_DTBS=y acme/one.dtb"
    assert dtb.issues[0].known is None
    failed = next(one for one in found if one.kind is ReportKind.BACKPORT and one.commit)
    assert failed.title == "widget: Free the queue"
    assert failed.reproduce.split("\n")[2] == "git cherry-pick -x fedcba9876543210fedcba9876543210fedcba98"
    built = next(one for one in found if one.compiler == "clang-21")
    assert built.config == "multi_v7_defconfig on (arm)"
    assert built.reproduce == "https://files.kernelci.example.org/1/.config"
    assert built.tree == "https://git.example.org/next.git master"
    assert built.link == "https://d.kernelci.example.org/i/maestro:1"
    assert next(one for one in found if one.title == "[bpf-next,v2] bpf: Fix a leak").patch == "p1@example.org"
    assert (
        next(one for one in found if "media.example.org" in one.link).link
        == "https://media.example.org/jobs/1/report.htm"
    )


REVIEW = """\
Thank you for your contribution! Sashiko AI review found 3 potential issue(s) to consider:

New issues:
- [High] The queue is freed twice when the probe fails, which
  corrupts memory.
- [Low] A comment is wrong.

Pre-existing issues:
- [Critical] Nobody locks the list.
--

--- Patch [1]: [PATCH v2 1/3] widget: Fix a leak ---
commit fedcba9876543210fedcba9876543210fedcba98
Author: Ada Example <ada@example.org>

widget: Fix a leak

This commit frees the queue.

> diff --git a/drivers/widget/core.c b/drivers/widget/core.c
> @@ -10,7 +10,9 @@
> +\tkfree(q);

[Severity: High]
Is the queue freed twice here?

The error path frees it, too:

drivers/widget/core.c:widget_probe() {
\t...
\tkfree(q);
}

[ ... ]

> +\t/* freed */

[Severity: Low]
This isn't a bug, but should the comment name the queue?


[Severity: Critical]
This is a pre-existing issue, but who locks the list?

-- 
Sashiko AI review · https://sashiko.dev/#/patchset/1@example.org?part=1
"""


def own_parts(body: str) -> list[list[str]]:
    """The runs of unquoted lines."""
    parts: list[list[str]] = [[]]
    for line in body.split("\n"):
        if line.startswith(">"):
            parts.append([])
        else:
            parts[-1].append(line)
    return [part for part in parts if any(part)]


def test_an_ai_review_is_taken_apart() -> None:
    report = read(SASHIKO, "Re: [PATCH v2 1/3] widget: Fix a leak", REVIEW)[1]
    assert [(issue.severity, issue.known, issue.text[:20]) for issue in report.issues] == [
        ("high", False, "The queue is freed t"),
        ("low", False, "A comment is wrong."),
        ("critical", True, "Nobody locks the lis"),
    ]
    assert report.title == "[PATCH v2 1/3] widget: Fix a leak"
    assert report.link == "https://sashiko.dev/#/patchset/1@example.org?part=1"
    parts = own_parts(REVIEW)
    assert noise("\n".join(parts[0]))
    found = [[part[at] for at in one] for part in parts for one in remarks(part)]
    assert [one[1] for one in found] == [
        "Is the queue freed twice here?",
        "This isn't a bug, but should the comment name the queue?",
        "This is a pre-existing issue, but who locks the list?",
    ]
    assert found[0][-1] == "}"
    assert [remark_facts("\n".join(one)) for one in found] == [("high", None), ("low", None), ("critical", True)]
    assert facts_of(report, ["\n".join(one) for one in found]) == [("high", False), ("low", False), ("critical", True)]
    # Reviews whose remarks bear no severity: the list at the top tells it, where it has as many.
    bare = ["Is the queue freed twice?", "Wrong comment?", "Who locks the list?"]
    assert facts_of(report, bare) == [("high", False), ("low", False), ("critical", True)]
    assert facts_of(report, bare[:2]) == [("", None), ("", None)]


def test_an_ai_review_that_quotes_nothing() -> None:
    head = REVIEW.partition("--\n")[0] + (
        "--\n\nNote: The standard inline diff format has been altered to a free-form\nsummary due to recitation restrictions.\n\n"
        "commit fedcba9876543210fedcba9876543210fedcba98\nAuthor: Ada Example <ada@example.org>\n\nwidget: Fix a leak\n\n"
        "This commit frees the queue.\n\n"
    )
    marked = head + "[Severity: High]\nIs the queue freed twice in drivers/widget/core.c?\n\nIt is freed above.\n"
    found = remarks(marked.split("\n"))
    assert [marked.split("\n")[one[1]] for one in found] == ["Is the queue freed twice in drivers/widget/core.c?"]
    assert noise(head + "Is the queue freed twice?\n")  # what it says then is the list at its top
    assert len(read(SASHIKO, "Re: a", head)[1].issues) == 3


NOISE = [
    "\n---\nAI reviewed your patch. Please fix the bug or email reply why it's not a bug.\nSee: https://git.example.org/ci/README.md\n\nCI run summary: https://git.example.org/actions/runs/1\n",
    "This is an AI-generated review of your patch. The human sending this\nemail has considered the AI review valid, or at least plausible.\n---\nwidget: Fix a leak\n\nThis commit frees the queue.\n",
    "commit fedcba9876543210fedcba9876543210fedcba98\nAuthor: Ada Example <ada@example.org>\n\nwidget: Fix a leak\n\nFrees the queue.",
    "Sashiko has reviewed this patch and found no issues. It looks great!",
    "Sashiko AI review · https://sashiko.dev/#/patchset/1@example.org?part=1",
    "[ ... ]\n\n",
    "[ ... one() and two() hunks\n      unrelated to the comments below ... ]\n\nThis is an AI-generated review.\n\n",
    "| a | b |\n+---+---+---+\n",
    "https://dashboard.example.org/1\n",
    "",
]


@pytest.mark.parametrize("text", NOISE, ids=range(len(NOISE)))
def test_the_frame_of_a_review_is_no_remark(text: str) -> None:
    assert noise(text)
    own = remarks(["Can this be NULL?", *text.split("\n")])
    assert own == [[0]]


REMARKS = [
    ("[High] Can this be NULL?", "high", None),
    ("**[Severity: Medium, confidence 80%]**\nCan this be NULL?", "medium", None),
    ("Severity: low\nCan this be NULL?", "low", None),
    ("[Severity: High]\nThis isn't a bug introduced by this patch, but does it leak?", "high", True),
    ("This issue existed before this patch: who frees it?", "", True),
    ("These look like pre-existing problems.", "", True),
    ("It was not introduced by this commit, though.", "", True),
    ("Does this patch introduces a leak? This patch introduces one.", "", False),
    ("Is this a new bug in the error path?", "", False),
    ("Does this make the pre-existing race in widget_poll() easier to hit?", "", None),
    ("Does the new helper copy a pre-existing flaw of widget_put()?", "", None),
    ("This isn't a bug, but should the function be static?", "", None),
    ("Is it High time for this?", "", None),
]


@pytest.mark.parametrize(("text", "severity", "known"), REMARKS)
def test_severity_and_age_of_a_remark(text: str, severity: str, known: bool | None) -> None:
    assert remark_facts(text) == (severity, known)


def test_a_remark_in_a_note_of_thanks_is_not_lost() -> None:
    entries = "[1/2] widget: Fix a leak\n      commit: fedcba9876543210fedcba9876543210fedcba98\n"
    for words in ("Applied to for-next, thanks!", "Applied to\n\n   https://git.example.org/a.git for-next\n\nThanks!"):
        assert form_of(message(mail(f"{words}\n\n{entries}")), None) == "news"
    for words in (
        "Applied 1/2, but please resend 2/2 with the comment fixed.",
        "Applied, thanks!\n\nI reworded the comment of the first one, could you check that it is still right?",
        "This breaks the build, see the list of what it touches:",
    ):
        assert form_of(message(mail(f"{words}\n\n{entries}")), None) == ""


def test_a_person_is_no_bot() -> None:
    """Whoever quotes a bot's mail, or speaks of it, is read as a person."""
    for sender, subject, body, _, _ in MAILS:
        quoted = "\n".join(f"> {line}" for line in body.split("\n"))
        one = message(mail(f"On Mon, {sender} wrote:\n{quoted}\n\nI will fix this in v3.\n", subject=f"Re: {subject}"))
        assert read_report(one, None) is None
    body = HEAD + GCC
    quoted = "\n".join(f"> {line}" for line in body.split("\n"))
    assert read_report(message(mail(f"On Mon, kernel test robot wrote:\n{quoted}\nOk.\n")), None) is None
    assert (
        read_report(message(mail("The friendly patch-bot told me that My bot found errors running make.\n")), None)
        is None
    )


def test_a_robot_under_a_persons_address() -> None:
    raw = mail(HEAD + GCC, sender="kernel test robot <oliver.person@intel.com>")
    report = read_report(message(raw), None)
    assert report is not None
    assert len(report.new) == 3
    passed_on = HEAD.replace("kernel test robot noticed the following build warnings:\n\n", "") + dedent(STATIC[1][0])
    passed_on += "\n0123456789abcd Ada Example 2026-03-01  100  \tint ret;\n\nret is never set.\n\n0123456789abcd Ada Example 2026-03-01 @101  \tgo();\n"
    report = read_report(message(mail(passed_on, sender="Dan Person <dan@example.org>")), None)
    assert report is not None
    assert report.kind is ReportKind.STATIC
    assert report.new[0].text == "inconsistent indenting - ret is never set."


COVERITY = """\
Hello!

This is an experimental semi-automated report about issues detected by
Coverity from a scan of next-20260302 as part of the linux-next scan project:
https://scan.coverity.example.org/projects/linux-next-weekly-scan

You're getting this email because you were associated with the identified
lines of code (noted below) that were touched by commits:

  Mon Mar 2 10:00:00 2026 -0300
    fedcba987654 ("widget: Match by name")

Coverity reported the following:

*** CID 1234567:  Memory - illegal accesses  (UNINIT)
/drivers/widget/core.c: 415 in widget_match()
413     	rc = widget_open(w);
414     	if (rc) {
vvv     CID 1234567:  Memory - illegal accesses  (UNINIT)
vvv     Using uninitialized value "w.len".
415     		if (w.len)
416     			widget_close(w);

If this is a false positive, please let us know so we can mark it as
such. For patches fixing this, please
include these lines (but double-check the "Fixes" first):

Reported-by: coverity-bot <ada+coverity-bot@example.org>
Addresses-Coverity-ID: 1234567 ("Memory - illegal accesses")
Fixes: fedcba987654 ("widget: Match by name")

The length is set below only.

Thanks for your attention!

-- 
Coverity-bot
"""
SMATCH_BUG = """\
Hello Ada Example,

The patch fedcba987654: "widget: Match
by name" from Mar 2, 2026 (linux-next), leads to the following
Smatch static checker warning:

	drivers/widget/core.c:2265 widget_match()
	warn: duplicate check 'error' (previous on line 2255)

drivers/widget/core.c
    2253         error = widget_open(w);
    2255         if (error) {
                     ^^^^^
It is checked here.

    2256                 goto out;
--> 2265         if (error)
                     ^^^^^
No need to check again.

    2266                 goto out;

regards,
Dan Person
"""


def test_findings_of_checkers_of_linux_next() -> None:
    report = read_report(
        message(mail(COVERITY, sender="coverity-bot <ada@example.org>", subject="Coverity: a()")), None
    )
    assert report is not None
    assert (report.kind, report.commit, report.title) == (ReportKind.STATIC, "fedcba987654", "widget: Match by name")
    words = 'Memory - illegal accesses  (UNINIT): Using uninitialized value "w.len". - The length is set below only.'
    assert [told(issue) for issue in report.issues] == [("drivers/widget/core.c", 415, "warning", words)]
    assert report.issues[0].symbol == "widget_match"
    person = {"sender": "Dan Person <dan@example.org>", "subject": "[bug report] widget: Match by name"}
    report = read_report(message(mail(SMATCH_BUG, **person)), None)
    assert report is not None
    assert (report.kind, report.commit, report.title) == (ReportKind.STATIC, "fedcba987654", "widget: Match by name")
    words = "duplicate check 'error' (previous on line 2255) - It is checked here. No need to check again."
    assert [told(issue) for issue in report.issues] == [("drivers/widget/core.c", 2265, "warning", words)]
    several = SMATCH_BUG.partition("\tdrivers")[0] + (
        "drivers/widget/one.c:9 one() warn: a bad thing\ndrivers/widget/two.c:8 two() error: a bad thing\n"
    )
    report = read_report(message(mail(several, **person)), None)
    assert report is not None
    assert [issue.file for issue in report.issues] == ["drivers/widget/one.c", "drivers/widget/two.c"]
    assert read_report(message(mail("It leads to the following warning:\n\nI saw it.\n", **person)), None) is None


def test_no_parser_is_loaded_before_a_bot_is_met() -> None:
    code = "import sys, patchflow.formats.mail.classify; print([m for m in sys.modules if '.mail.bots' in m])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    code = "import sys, patchflow.formats.mail.bots; print([m for m in sys.modules if '.mail.bots.' in m])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


HOSTILE = [
    *(">> " + "a/b.c:1:" * 100_000, ">> " + "x" * 1_000_000, "sparse warnings:\n" + ">> a.c:1:1: sparse: " * 50_000),
    *("\n".join([">> a/b.c:1:1: error: 'x' [-Wx]"] * 30_000), ("a" * 79 + "\n") * 12_500, "reproduce: " * 90_000),
    *(
        "config: (" * 100_000,
        "\n" * 1_000_000,
        ">> ld: " * 150_000,
        "[   1.0] BUG: in " * 60_000,
        "noticed a " * 100_000,
    ),
    *("All errors:\n" * 80_000, "a: " * 300_000, "| Closes: http://" * 60_000, "(" * 1_000_000, "vim +1 a\n" * 100_000),
    *("*** CID 1:  a  (B)\n" * 50_000, " a.c:1 b() warn: c\n" * 50_000, 'commit 0123456789ab ("' * 40_000),
    *("full report at: https://" + "." * 400 + "x\n" * 20_000, (">> " + "a/" * 2_000 + "\n") * 250),
    "and found the following issues:\n" + "* BUG in f\n" * 50 + ("f a+0x" * 300 + "\n") * 500,
    *(" >>> referenced by a (b:1)\n" * 40_000, "undefined reference to `" * 40_000, "error[" * 150_000),
]


def hostile(text: str) -> Iterator[tuple[Message, Bot | None]]:
    """Mails with this text in each bot's form, and who may have sent them."""
    heads = {
        "kernel-test-robot": HEAD + "All warnings (new ones prefixed by >>):\n",
        "syzbot": "syzbot tried to test the proposed patch but the build/boot failed:\n\n",
        "bindings": "My bot found errors running 'make dt_binding_check' on your patch:\n\ndtschema/dtc warnings/errors:\n",
        "review": "Thank you for your contribution! Sashiko AI review found 3 potential issue(s):\n",
        "ci": "Unfortunately the Media CI robot detected some\nissues:\n\n# Test static:test-smatch\n",
        "style": "This is the friendly patch-bot of X\n\n",
        "coverity": "*** CID 1:  a  (B)\n",
        "smatch": "\tdrivers/widget/core.c:1 a()\n\twarn: b\n",
        "news": "[1/2] a\n  commit: fedcba9876543210\n",
    }
    for form, head in heads.items():
        one = message(mail("x"))._replace(body=head + text[:1_000_000])
        yield from ((one, bot) for bot in (None, ROBOT._replace(form=form)))


@pytest.mark.long
@pytest.mark.parametrize("number", few(range(len(HOSTILE)), 6))
def test_a_megabyte_of_anything_is_read(number: int) -> None:
    """benchmarks/fuzz_mail.py says how fast; what takes quadratic time does not end here."""
    text = HOSTILE[number]
    for one, bot in hostile(text):
        report = read_report(one, bot)
        assert report is None or len(report.issues) <= 2_000
    assert remark_facts(text)[1] is None
    assert remarks(text.split("\n")) is not None


def test_a_regression_without_words_of_its_own() -> None:
    """KernelCI's mail cut off below its first rule: the first line says what was found, and is where it stands."""
    body = "Hello,\n\nNew boot regression found on next/master:\n---\n"
    one = message(mail("x", sender="KernelCI bot <bot@kernelci.org>", subject="[REGRESSION] a"))._replace(body=body)
    report = read_report(one, bot_of(one, BOTS))
    assert report and [(issue.text, issue.span) for issue in report.issues] == [
        ("New boot regression found on next/master:", (3, 3))
    ]


def test_a_form_letter_without_a_word_asks_for_nothing() -> None:
    body = "<formletter>\n\n</formletter>\n"
    one = message(mail("x", sender="Greg KH <gregkh@linuxfoundation.org>", subject="Re: a"))._replace(body=body)
    report = read_report(one, bot_of(one, BOTS))
    assert report and not report.issues


@settings(max_examples=100)
@given(st.data())
def test_no_text_is_too_odd(data: st.DataObject) -> None:
    sender, subject, text = data.draw(
        st.sampled_from(
            [("lkp@intel.com", "Re: a", HEAD + GCC + one) for one, _ in LISTS]
            + [("lkp@intel.com", "Re: a", HEAD + one) for one, _, _ in RUNS]
            + [(sender, subject, body) for sender, subject, body, _, _ in MAILS]
            + [(SASHIKO, "Re: a", REVIEW)]
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        end = min(len(text), at + data.draw(st.integers(0, 200)))
        text = text[:at] + data.draw(st.text(max_size=20)) + text[end:]
    one = message(mail("x", sender=sender, subject=subject))._replace(body=text)
    report = read_report(one, bot_of(one, BOTS)) or Report(ReportKind.NOTICE)
    count = text.count("\n") + 1
    for issue in report.issues:
        assert issue.text and "\n" not in issue.text and issue.key
        assert 0 <= issue.span[0] <= issue.span[1] <= count
