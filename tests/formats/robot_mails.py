"""Mails of the kernel test robot, and of an AI's review, in the form of each; and lists that are put into them."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.bots_file import read_bots
from patchflow.formats.mail.bots import read_report
from patchflow.formats.mail.classify import bot_of
from tests.mails import mail, message

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


def read(sender: str, subject: str, body: str) -> tuple[Message, Report]:
    """A mail of a bot in answer to a patch, and what it says."""
    one = message(mail(body, sender=sender, subject=subject, to="<p1@example.org>"))
    report = read_report(one, bot_of(one, BOTS))
    assert report is not None
    return one, report


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
