"""What bots' mails say, read from mails written for it in the form of each."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import subprocess
import sys
import time
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.domain.bot import Bot
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots import read_report
from tests.mails import mail, message

ROBOT = Bot("kernel test robot", "^lkp@intel\\.com$")

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
]


@pytest.mark.parametrize(("listing", "new"), LISTS)
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


@pytest.mark.parametrize(("listing", "new", "known"), STATIC)
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
]


@pytest.mark.parametrize(("body", "kind", "issue"), RUNS)
def test_what_a_kernel_did_when_it_ran(body: str, kind: ReportKind, issue: tuple[str, int, str, str] | None) -> None:
    report = robot("", "Hello,\n\n" + body)
    assert report.kind is kind
    assert report.commit.startswith("fedcba9876543210")
    assert report.title.endswith("widget: Fix a leak")
    assert [told(one) for one in report.new] == ([issue] if issue else [])


def test_a_person_is_no_bot() -> None:
    body = "On Mon, kernel test robot wrote:\n> Hi Ada,\n>\n> kernel test robot noticed the following build warnings:\n>\n> >> a/b.c:3:1: error: x\n\nI will fix this in v3.\n"
    assert read_report(message(mail(body)), None) is None


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
    *(" >>> referenced by a (b:1)\n" * 40_000, "undefined reference to `" * 40_000, "error[" * 150_000),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_megabyte_of_anything_is_read_at_once(text: str) -> None:
    raw = message(mail(HEAD + "All warnings (new ones prefixed by >>):\n" + text[:1_000_000]))
    start = time.perf_counter()
    read_report(raw, ROBOT)
    assert time.perf_counter() - start < 0.2


@settings(max_examples=100, deadline=1_000)
@given(st.data())
def test_no_text_is_too_odd(data: st.DataObject) -> None:
    text = HEAD + GCC + data.draw(st.sampled_from([one for one, _ in LISTS])) + data.draw(st.sampled_from(RUNS))[0]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        end = min(len(text), at + data.draw(st.integers(0, 200)))
        text = text[:at] + data.draw(st.text(max_size=20)) + text[end:]
    report = read_report(message(mail("x"))._replace(body=text), ROBOT)
    assert report is not None
    count = text.count("\n") + 1
    for issue in report.issues:
        assert issue.text and "\n" not in issue.text and issue.key
        assert 0 <= issue.span[0] <= issue.span[1] <= count
