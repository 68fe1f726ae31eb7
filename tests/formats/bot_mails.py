"""Mails of bots in our own words, each with what it says."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

from patchflow.domain.report import ReportKind

SYZBOT = "syzbot <syzbot+0123456789abcdef0123@syzkaller.appspotmail.com>"
SYZBOT_CI = "syzbot ci <syzbot+ci0123456789abcdef@syzkaller.appspotmail.com>"
ROB = "Rob Herring (Arm) <robh@kernel.org>"
GREG = "Greg KH <gregkh@linuxfoundation.org>"
SASHIKO = "sashiko-bot@kernel.org"
BPF_CI = "bot+bpf-ci@kernel.org"
KERNELCI = "KernelCI bot <bot@kernelci.org>"
MEDIA_CI = "Patchwork Integration <patchwork@media-ci.org>"
BLUEZ = "bluez.test.bot@gmail.com"
PATCHEW = "no-reply@patchew.org"
PATCHWORK = "patchwork-bot+widgets@kernel.org"
TESTED_ON = """

Tested on:

commit:         01234567 Linux 7.1-rc2
git tree:       upstream
console output: https://syzkaller.example.org/x/log.txt?x=1
kernel config:  https://syzkaller.example.org/x/.config?x=2
dashboard link: https://syzkaller.example.org/bug?extid=0123
compiler:       gcc 14

Note: testing is done by a robot and is best-effort only.
"""
QUOTED = "On Mon, 02 Mar 2026 10:00:00 +0100, Ada Example wrote:\n> Add a binding.\n>\n> Signed-off-by: Ada Example <ada@example.org>\n> ---\n>  a.yaml | 2 ++\n\n"

# (sender, subject, body, kind, issues as file, line, severity and text)
MAILS: list[tuple[str, str, str, ReportKind, list[tuple[str, int, str, str]]]] = [
    (
        SYZBOT,
        "[syzbot] [widget?] KASAN: slab-use-after-free Read in widget_poll (3)",
        "Hello,\n\nsyzbot found the following issue on:\n\nHEAD commit:    0123456789ab Linux 7.1-rc2\ngit tree:       upstream\nconsole output: https://syzkaller.example.org/x/log.txt?x=1\nkernel config:  https://syzkaller.example.org/x/.config?x=2\ndashboard link: https://syzkaller.example.org/bug?extid=0123\ncompiler:       gcc 14\nC reproducer:   https://syzkaller.example.org/x/repro.c?x=3\n\nIMPORTANT: if you fix the issue, please add the following tag to the commit:\nReported-by: syzbot+0123@syzkaller.appspotmail.com\n\nBUG: KASAN: slab-use-after-free in atomic_read include/linux/atomic.h:32 [inline]\nBUG: KASAN: slab-use-after-free in widget_poll+0x4bf/0x830 drivers/widget/core.c:3282\nRead of size 8 at addr ffff888028ba3410 by task syz.3.92/7189\n\nCall Trace:\n dump_stack_lvl+0x189/0x250 lib/dump_stack.c:120\n",
        ReportKind.CRASH,
        [("drivers/widget/core.c", 3282, "error", "KASAN: slab-use-after-free Read in widget_poll")],
    ),
    (
        SYZBOT,
        "Re: [syzbot] [widget?] WARNING in widget_release",
        "syzbot has bisected this issue to:\n\ncommit fedcba9876543210fedcba9876543210fedcba98\nAuthor: Ada Example <ada@example.org>\nDate:   Mon Mar 2 10:00:00 2026 +0000\n\n    widget: Free the queue\n\nbisection log:  https://syzkaller.example.org/x/bisect.txt?x=1\nstart commit:   0123456789ab Linux 7.1-rc2\ngit tree:       upstream\n",
        ReportKind.CRASH,
        [("", 0, "error", "WARNING in widget_release")],
    ),
    (
        SYZBOT,
        "Re: [syzbot] [widget?] WARNING in widget_release",
        "Hello,\n\nsyzbot has tested the proposed patch and the reproducer did not trigger any issue:\n\nReported-by: syzbot+0123@syzkaller.appspotmail.com\nTested-by: syzbot+0123@syzkaller.appspotmail.com"
        + TESTED_ON,
        ReportKind.NOTICE,
        [],
    ),
    (
        SYZBOT,
        "Re: [syzbot] [widget?] WARNING in widget_release",
        "Hello,\n\nsyzbot has tested the proposed patch but the reproducer is still triggering an issue:\nINFO: task hung in widget_lock\n\nCall Trace:\n <TASK>\n schedule+0xdd/0x390 kernel/sched/core.c:6964\n widget_lock+0x1/0x2 drivers/widget/lock.c:40\n"
        + TESTED_ON,
        ReportKind.TEST,
        [("drivers/widget/lock.c", 40, "error", "INFO: task hung in widget_lock")],
    ),
    (
        SYZBOT,
        "Re: [syzbot] [widget?] WARNING in widget_release",
        "Hello,\n\nsyzbot tried to test the proposed patch but the build/boot failed:\n\ndrivers/widget/core.c:12:35: error: incompatible types when assigning to type 'struct widget' from type 'struct widget *'\n"
        + TESTED_ON,
        ReportKind.TEST,
        [
            (
                "drivers/widget/core.c",
                12,
                "error",
                "incompatible types when assigning to type 'struct widget' from type 'struct widget *'",
            )
        ],
    ),
    (
        SYZBOT,
        "Re: [syzbot] [widget?] WARNING in widget_release",
        "Hello,\n\nsyzbot tried to test the proposed patch but the build/boot failed:\n\nfailed to checkout kernel repo git://git.example.org/linux.git: exit status 128\n"
        + TESTED_ON,
        ReportKind.NOTICE,
        [],
    ),
    (
        SYZBOT,
        "Re: [syzbot] [widget?] WARNING in widget_release",
        "> #syz test\n\nThis crash does not have a reproducer. I cannot test it.\n\n>\n> --- a/drivers/widget/core.c\n",
        ReportKind.RECEIPT,
        [],
    ),
    (SYZBOT, "Re: [syzbot] WARNING in a", '> #syz fixx: a\n\nunknown command "fixx"\n', ReportKind.RECEIPT, []),
    (
        SYZBOT,
        "[syzbot] Monthly widget report (Mar 2026)",
        "Hello widget maintainers,\n\nThis is a 31-day syzbot report for the widget subsystem.\n\n<1> 4213  Yes   WARNING in widget_release\n",
        ReportKind.SUMMARY,
        [],
    ),
    (
        SYZBOT_CI,
        "[syzbot ci] Re: widget: flow control",
        "syzbot ci has tested the following series\n\n[v2] widget: flow control\nhttps://lore.kernel.org/all/20260302-flow-v2-0-abc@example.org\n* [PATCH v2 1/2] widget: add helper\n* [PATCH v2 2/2] widget: use helper\n\nand found the following issue:\ngeneral protection fault in widget_xmit\n\nFull report is available here:\nhttps://ci.syzbot.example.org/series/1\n\n***\n\ngeneral protection fault in widget_xmit\n\ntree:      net-next\nbase:      0123456789ab\nconfig:    https://ci.syzbot.example.org/builds/1/config\nsyz repro: https://ci.syzbot.example.org/findings/1/syz_repro\n\nRIP: 0010:widget_full include/linux/widget.h:51 [inline]\nRIP: 0010:widget_xmit+0xdf0/0x1840 drivers/net/widget.c:1164\n",
        ReportKind.CRASH,
        [("drivers/net/widget.c", 1164, "error", "general protection fault in widget_xmit")],
    ),
    (
        SYZBOT_CI,
        "[syzbot ci] Re: widget: flow control",
        "syzbot ci has tested the following series\n\n[v1] widget: flow control\nhttps://lore.kernel.org/all/20260302-flow-v1-1-abc@example.org\n\nand found the following issue:\nkernel build error\n\nFull report is available here:\nhttps://ci.syzbot.example.org/series/1\n\n***\n\nkernel build error\n\nnet/widget/util.c:118:20: error: use of undeclared identifier 'WIDGET_1MHZ'\n",
        ReportKind.BUILD,
        [("net/widget/util.c", 118, "error", "use of undeclared identifier 'WIDGET_1MHZ'")],
    ),
    (
        ROB,
        "Re: [PATCH v2 1/3] dt-bindings: widget: Add acme,widget",
        QUOTED
        + "My bot found errors running 'make dt_binding_check' on your patch:\n\nyamllint warnings/errors:\n./Documentation/devicetree/bindings/widget/acme,widget.yaml:39:9: [warning] wrong indentation: expected 6 but found 8 (indentation)\n\ndtschema/dtc warnings/errors:\n/builds/robherring/dt-review-ci/linux/Documentation/devicetree/bindings/widget/acme,widget.example.dtb: widget@18: 'acme,depth' does not match any of the regexes: 'pinctrl-[0-9]+'\n\tfrom schema $id: http://devicetree.org/schemas/widget/acme,widget.yaml#\n/builds/robherring/linux-dt-review/Documentation/devicetree/bindings/widget/acme,widget.yaml: 'oneOf' conditional failed, one must be fixed:\n\t'unevaluatedProperties' is a required property\n\t'additionalProperties' is a required property\n\tfrom schema $id: http://devicetree.org/meta-schemas/core.yaml#\nmake[1]: *** Deleting file 'Documentation/devicetree/bindings/widget/acme,widget.example.dts'\nmake: *** [Makefile:1508: dt_binding_check] Error 2\n\ndoc reference errors (make refcheckdocs):\nWarning: MAINTAINERS references a file that doesn't exist: Documentation/devicetree/bindings/widget/\nMAINTAINERS: Documentation/devicetree/bindings/widget/\n\nSee https://patchwork.example.org/project/devicetree-bindings/patch/20260302-1-abc@example.org\n\nThe base for the series is generally the latest rc1.\n\nIf you already ran 'make dt_binding_check' and didn't see the above\nerror(s), then make sure 'yamllint' is installed.\n\npip3 install dtschema --upgrade\n",
        ReportKind.BINDINGS,
        [
            (
                "Documentation/devicetree/bindings/widget/acme,widget.yaml",
                39,
                "warning",
                "wrong indentation: expected 6 but found 8 (indentation)",
            ),
            (
                "Documentation/devicetree/bindings/widget/acme,widget.yaml",
                0,
                "error",
                "widget@18: 'acme,depth' does not match any of the regexes: 'pinctrl-[0-9]+'",
            ),
            (
                "Documentation/devicetree/bindings/widget/acme,widget.yaml",
                0,
                "error",
                "'oneOf' conditional failed, one must be fixed: 'unevaluatedProperties' is a required property 'additionalProperties' is a required property",
            ),
            (
                "MAINTAINERS",
                0,
                "warning",
                "references a file that doesn't exist: Documentation/devicetree/bindings/widget/",
            ),
        ],
    ),
    (
        ROB,
        "Re: [PATCH v2 0/3] arm64: dts: acme: Enable the widget",
        QUOTED
        + "My bot found new DTB warnings on the .dts files added or changed in this\nseries.\n\nSome warnings may be from an existing SoC .dtsi.\n\n  pip3 install dtschema --upgrade\n\n\nNew warnings running 'make CHECK_DTBS=y acme/one.dtb' for 20260302-2-abc@example.org:\n\narch/arm64/boot/dts/acme/one.dtb: timer: 'clocks' does not match any of the regexes: 'pinctrl-[0-9]+'\n\tfrom schema $id: http://devicetree.org/schemas/timer/arm,arch_timer.yaml#\n",
        ReportKind.BINDINGS,
        [
            (
                "arch/arm64/boot/dts/acme/one.dts",
                0,
                "error",
                "timer: 'clocks' does not match any of the regexes: 'pinctrl-[0-9]+'",
            )
        ],
    ),
    (
        GREG,
        "Re: [PATCH] widget: tidy up",
        QUOTED
        + "Hi,\n\nThis is the friendly patch-bot of Greg Kroah-Hartman.  You have sent him\na patch that has triggered this response.\n\nYou are receiving this message because of the following common error(s)\nas indicated below:\n\n- Your patch did many things at once, which makes it hard\n  to review.\n\n- You did not say what changed since the last version.\n\nIf you wish to discuss this problem further, feel free to respond.\n\nthanks,\n\ngreg k-h's patch email bot\n",
        ReportKind.STYLE,
        [
            ("", 0, "warning", "Your patch did many things at once, which makes it hard to review."),
            ("", 0, "warning", "You did not say what changed since the last version."),
        ],
    ),
    (
        GREG,
        "Re: [PATCH] widget: tidy up",
        QUOTED + "<formletter>\n\nThis is not how patches get into\na stable tree.\n\n</formletter>\n",
        ReportKind.STYLE,
        [("", 0, "warning", "This is not how patches get into a stable tree.")],
    ),
    (
        "kernel test robot <lkp@intel.com>",
        "Re: [PATCH] widget: tidy up",
        'Hi,\n\nThanks for your patch.\n\nFYI: kernel test robot notices the stable kernel rule is not satisfied.\n\nThe check is based on https://www.example.org/stable-kernel-rules.html\n\nRule: add the tag "Cc: stable@vger.kernel.org" in the sign-off area.\nSubject: [PATCH] widget: tidy up\n',
        ReportKind.STYLE,
        [("", 0, "warning", 'add the tag "Cc: stable@vger.kernel.org" in the sign-off area.')],
    ),
    (
        "gregkh@linuxfoundation.org",
        'FAILED: patch "[PATCH] widget: Free the queue" failed to apply to 6.6-stable tree',
        "\nThe patch below does not apply to the 6.6-stable tree.\nIf someone wants it applied there, then please email the backport.\n\nTo reproduce the conflict and resubmit, you may use the following commands:\n\ngit fetch https://git.example.org/stable/linux.git/ linux-6.6.y\ngit checkout FETCH_HEAD\ngit cherry-pick -x fedcba9876543210fedcba9876543210fedcba98\n# <resolve conflicts, build, test, etc.>\ngit commit -s\n\nPossible dependencies:\n\n\n\nthanks,\n\ngreg k-h\n\n------------------ original commit in Linus's tree ------------------\n\nFrom fedcba9876543210fedcba9876543210fedcba98 Mon Sep 17 00:00:00 2001\n",
        ReportKind.BACKPORT,
        [("", 0, "error", "does not apply to 6.6.y")],
    ),
    (
        "gregkh@linuxfoundation.org",
        'Patch "widget: Free the queue" has been added to the 6.6-stable tree',
        "\nThis is a note to let you know that I've just added the patch titled\n\n    widget: Free the queue\n\nto the 6.6-stable tree which can be found at:\n    http://www.example.org/stable-queue.git\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        "Andrew Morton <akpm@linux-foundation.org>",
        "+ widget-free-the-queue.patch added to mm-unstable branch",
        "\nThe patch titled\n     Subject: widget: Free the queue\nhas been added to the -mm mm-unstable branch.  Its filename is\n     widget-free-the-queue.patch\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        "Mia Maintainer <mia@example.net>",
        "Re: [PATCH v2 0/2] widget: Fix leaks",
        "On Mon, 02 Mar 2026 10:00:00 +0000, Ada Example wrote:\n> Fix them.\n\nApplied to for-next, thanks!\n\n[1/2] widget: Fix a leak\n      commit: fedcba9876543210fedcba9876543210fedcba98\n[2/2] widget: Fix another\n      commit: 0123456789abcdef0123456789abcdef01234567\n\nBest regards,\n-- \nMia Maintainer\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        PATCHWORK,
        "Re: [PATCH v2 0/2] widget: Fix leaks",
        "Hello:\n\nThis series was applied to widgets/next.git (main)\nby Mia Maintainer <mia@example.net>:\n\nOn Mon, 2 Mar 2026 10:00:00 +0000 you wrote:\n> Fix them.\n> [...]\n\nHere is the summary with links:\n  - [v2,1/2] widget: Fix a leak\n    https://git.example.org/c/fedcba987654\n  - [v2,2/2] widget: Fix another\n    (no matching commit)\n\nYou are awesome, thank you!\n-- \nDeet-doot-dot, I am a bot.\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        PATCHWORK,
        "Patchwork housekeeping for: widgets",
        "Latest series: [v2] widget: Fix leaks (2026-03-02T10:00:00)\n  Superseding: [v1] widget: Fix leaks (2026-03-01T10:00:00):\n    [1/2] widget: Fix a leak\n",
        ReportKind.SUMMARY,
        [],
    ),
    (
        "pr-tracker-bot@kernel.org",
        "Re: [GIT PULL] widgets",
        "The pull request you sent on Mon, 2 Mar 2026 10:00:00 +0000:\n\n> https://git.example.org/widgets.git tags/for_linus\n\nhas been merged into torvalds/linux.git:\nhttps://git.example.org/c/fedcba987654\n\nThank you!\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        "tip-bot2 for Ada Example <tip-bot2@linutronix.de>",
        "[tip: x86/urgent] widget: Fix a leak",
        "The following commit has been merged into the x86/urgent branch of tip:\n\nCommit-ID:     fedcba9876543210fedcba9876543210fedcba98\nGitweb:        https://git.example.org/tip/fedcba98\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        "Sasha Levin <sashal@kernel.org>",
        "Re: [PATCH 6.6.y] widget: Fix a leak",
        "[ Sasha's backport helper bot ]\n\nHi,\n\nSummary of potential issues:\n❌ Build failures detected\n⚠️ Found follow-up fixes in mainline but no upstream commit is named\n\nResults of testing on various branches:\n\n| Branch                    | Patch Apply | Build Test |\n|---------------------------|-------------|------------|\n| stable/linux-6.6.y        |  Success    |  Failed    |\n",
        ReportKind.BACKPORT,
        [
            ("", 0, "warning", "Build failures detected"),
            ("", 0, "warning", "Found follow-up fixes in mainline but no upstream commit is named"),
        ],
    ),
    (
        "Sasha Levin <sashal@kernel.org>",
        "Re: [PATCH 6.6.y] widget: Fix a leak",
        "[ Sasha's backport helper bot ]\n\nHi,\n\n✅ All tests passed successfully. No issues detected.\n\n| Branch             | Patch Apply | Build Test |\n",
        ReportKind.SUMMARY,
        [],
    ),
    (
        KERNELCI,
        "[REGRESSION] next/master: (build) use of undeclared identifier 'widget_frob'; did...",
        "\n\n\nHello,\n\nNew build issue found on next/master:\n\n---\n use of undeclared identifier 'widget_frob' in drivers/widget/core.o (drivers/widget/core.c) [logspec:kbuild,kbuild.compiler.error]\n---\n\n- dashboard: https://d.kernelci.example.org/i/maestro:1\n- giturl: https://git.example.org/next.git\n- commit HEAD:  fedcba9876543210fedcba9876543210fedcba98\n\n\nPlease include the KernelCI tag when submitting a fix:\n\nReported-by: kernelci.org bot <bot@kernelci.org>\n\n\nLog excerpt:\n=====================================================\ndrivers/widget/core.c:408:31: error: use of undeclared identifier 'widget_frob'\n  408 |         widget_frob(w);\n1 error generated.\n\n=====================================================\n\n\n# Builds where the incident occurred:\n\n## multi_v7_defconfig on (arm):\n- compiler: clang-21\n- config: https://files.kernelci.example.org/1/.config\n- dashboard: https://d.kernelci.example.org/build/maestro:2\n",
        ReportKind.BUILD,
        [("drivers/widget/core.c", 408, "error", "use of undeclared identifier 'widget_frob'")],
    ),
    (
        KERNELCI,
        "[REGRESSION] next/master: (boot) WARNING at drivers/widget/core.c:25 widget_put...",
        "Hello,\n\nNew boot regression found on next/master:\n\n---\n WARNING at drivers/widget/core.c:25 widget_put+0xc8/0x148\n[logspec:generic_linux_boot,linux.kernel.warning]\n---\n\n- dashboard: https://d.kernelci.example.org/i/maestro:1\n- giturl: https://git.example.org/next.git\n- commit HEAD:  fedcba9876543210fedcba9876543210fedcba98\n",
        ReportKind.BOOT,
        [("drivers/widget/core.c", 25, "error", "WARNING at drivers/widget/core.c:25 widget_put+0xc8/0x148")],
    ),
    (
        KERNELCI,
        "[STATUS] stable/linux-6.6.y - fedcba9876543210",
        "Hello,\n\nStatus summary for stable/linux-6.6.y\n\nDashboard:\nhttps://d.kernelci.example.org/c/1/\n\nBuilds:\t   44 ✅    0 ❌    1 ⚠️\nBoots: \t  160 ✅    1 ❌   41 ⚠️\n\n### POSSIBLE REGRESSIONS\n\n  No possible regressions observed.\n",
        ReportKind.SUMMARY,
        [],
    ),
    (
        MEDIA_CI,
        "Re: [v2,1/2] media: widget: Fix a leak",
        "Dear Ada Example:\n\nThanks for your patches! Unfortunately the Media CI robot detected some\nissues:\n\n# Test checkpatch:./0001-media-widget-Fix-a-leak.patch checkpatch\nWARNING: Prefer a maximum 75 chars per line (possible unwrapped commit description?)\n#7: \nhttps://lore.kernel.org/lkml/a-long-address@example.org/\n\nERROR: space required before the open parenthesis '('\n#61: FILE: drivers/media/widget.c:12:\n+\tif(w)\n\ntotal: 1 errors, 1 warnings, 0 checks, 30 lines checked\n\n# Test static:test-smatch\ndrivers/media/widget.c:462 widget_send() warn: '&w->list' not removed from list\n\n# Test media-patchstyle:./0001-media-widget-Fix-a-leak.patch media style\nERROR: ./0001-media-widget-Fix-a-leak.patch: Committer Mia <mia@example.net> is not the last SoB\n\n\nPlease fix your series, and upload a new version. If you have a patchwork\naccount, do not forget to mark the current series as Superseded.\n\nFor more details, check the full report at:\nhttps://media.example.org/jobs/1/report.htm .\n\n\nBest regards, and Happy Hacking!\nMedia CI robot on behalf of the linux-media community.\n",
        ReportKind.STATIC,
        [
            ("", 0, "warning", "Prefer a maximum 75 chars per line (possible unwrapped commit description?)"),
            ("drivers/media/widget.c", 12, "error", "space required before the open parenthesis '('"),
            ("drivers/media/widget.c", 462, "warning", "'&w->list' not removed from list"),
            ("", 0, "error", "Committer Mia <mia@example.net> is not the last SoB"),
        ],
    ),
    (
        "media-ci@linuxtv.org",
        "[media.git/next] media: widget: Fix a leak",
        "This is an automatic generated email to let you know that the following patch were queued:\n\nSubject: media: widget: Fix a leak\nAuthor:  Ada Example <ada@example.org>\n\nPatch committed.\n\nThanks,\nMia\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        BPF_CI,
        "Re: [PATCH bpf-next v2] bpf: Fix a leak",
        "Dear patch submitter,\n\nCI has tested the following submission:\nStatus:     FAILURE\nName:       [bpf-next,v2] bpf: Fix a leak\nPatchwork:  https://patchwork.example.org/list/?series=1&state=*\nMatrix:     https://git.example.org/actions/runs/1\n\nFailed jobs:\ntest_progs-aarch64-gcc: https://git.example.org/actions/runs/1/job/2\ntest_progs-s390x-gcc: https://git.example.org/actions/runs/1/job/3\n\nFirst test_progs failure (test_progs-aarch64-gcc):\n#134 widget_by_id\nlibbpf: failed to load object 'widget_by_id'\ntest_widget_by_id:FAIL:widget__open_and_load unexpected error: -22\n\n\nPlease note: this email is coming from an unmonitored mailbox.\n",
        ReportKind.TEST,
        [("", 0, "error", "test_widget_by_id failed: widget__open_and_load unexpected error: -22")],
    ),
    (
        BPF_CI,
        "Re: [PATCH bpf-next v2] bpf: Fix a leak",
        "Dear patch submitter,\n\nCI has tested the following submission:\nStatus:     SUCCESS\nName:       [bpf-next,v2] bpf: Fix a leak\nMatrix:     https://git.example.org/actions/runs/1\n\nNo further action is necessary on your part.\n",
        ReportKind.SUMMARY,
        [],
    ),
    (
        BPF_CI,
        "Re: [PATCH bpf-next v2] bpf: Fix a leak",
        "Dear patch submitter,\n\nCI has tested the following submission:\nStatus:     CONFLICT\nName:       [bpf-next,v2] bpf: Fix a leak\nPR:         https://git.example.org/pull/1\n\nPlease rebase your submission onto the most recent upstream change and resubmit\nthe patch to get it tested again.\n",
        ReportKind.TEST,
        [("", 0, "error", "does not apply to the tree that is tested: rebase")],
    ),
    (
        BLUEZ,
        "RE: [v2] Bluetooth: Fix a leak",
        "This is automated email and please do not reply to this email!\n\nDear submitter,\n\nThank you for submitting the patches to the linux bluetooth mailing list.\nThis is a CI test results with your patch series:\nPW Link:https://patchwork.example.org/list/?series=1\n\n---Test result---\n\nTest Summary:\nCheckPatch                    FAIL      4.59 seconds\nBuildKernel                   PASS      2.76 seconds\n\nDetails\n##############################\nTest: CheckPatch - FAIL\nDesc: Run checkpatch.pl script\nOutput:\n[v2] Bluetooth: Fix a leak\nWARNING:LONG_LINE_STRING: line length of 84 exceeds 80 columns\n#273: FILE: net/bluetooth/widget.c:12:\n+\tlong();\n\ntotal: 0 errors, 1 warnings, 187 lines checked\n\n##############################\nTest: GitLint - FAIL\nDesc: Run gitlint\nOutput:\nBluetooth: Fix a leak\n7: B1 Line exceeds max length (86>80)\n\n---\nRegards,\nLinux Bluetooth\n",
        ReportKind.STYLE,
        [
            ("net/bluetooth/widget.c", 12, "warning", "line length of 84 exceeds 80 columns (LONG_LINE_STRING)"),
            ("", 0, "error", "GitLint: Bluetooth: Fix a leak 7: B1 Line exceeds max length (86>80)"),
        ],
    ),
    (
        BLUEZ,
        "RE: [v2] Bluetooth: Fix a leak",
        "Dear Submitter,\n\nWhile preparing the CI tests, the patches you submitted couldn't be applied to the current HEAD of the repository.\n\n----- Output -----\n\nerror: patch failed: net/bluetooth/widget.c:2139\nerror: net/bluetooth/widget.c: patch does not apply\n\nPlease resolve the issue and submit the patches again.\n",
        ReportKind.TEST,
        [("net/bluetooth/widget.c", 2139, "error", "does not apply")],
    ),
    (
        PATCHEW,
        "Re: [PATCH 0/2] hw/widget: Fix leaks",
        "Patchew URL: https://patchew.org/QEMU/20260302-1-abc@example.org/\n\nHi,\n\nThis series seems to have some coding style problems. See output below for\nmore information:\n\nSubject: [PATCH 0/2] hw/widget: Fix leaks\nMessage-id: 20260302-1-abc@example.org\nType: series\n\n=== TEST SCRIPT BEGIN ===\n#!/bin/bash\n./scripts/checkpatch.pl --mailback base..\n=== TEST SCRIPT END ===\n\n=== OUTPUT BEGIN ===\n1/2 Checking commit fedcba987654 (hw/widget: Fix a leak)\nERROR: braces {} are necessary for all arms of this statement\n#25: FILE: hw/widget/core.c:12:\n+    if (w)\n[...]\n\ntotal: 1 errors, 0 warnings, 20 lines checked\n=== OUTPUT END ===\n\nTest command exited with code: 1\n\nThe full log is available at\nhttp://patchew.org/logs/20260302-1-abc@example.org/testing.checkpatch/?type=message.\n",
        ReportKind.STYLE,
        [("hw/widget/core.c", 12, "error", "braces {} are necessary for all arms of this statement")],
    ),
    (
        "nipa-newcomer@netdev.bots.linux.dev",
        "Re: [PATCH] net: widget: Fix a leak",
        "Hello Ada,\n\nsome things to mind in the next version:\n\n- Name the tree in the subject, net or\n  net-next.\n- Add a Fixes tag.\n\nThank you!\n",
        ReportKind.STYLE,
        [
            ("", 0, "warning", "Name the tree in the subject, net or net-next."),
            ("", 0, "warning", "Add a Fixes tag."),
        ],
    ),
    (
        KERNELCI,
        "next/master baseline: 127 runs, 4 regressions (next-20260302)",
        "next/master baseline: 127 runs, 4 regressions (next-20260302)\n\nRegressions Summary\n-------------------\n\nplatform | arch | lab | compiler | defconfig | regressions\n---------+------+-----+----------+-----------+------------\nboard-one | arm64 | lab-one | gcc-10 | defconfig | 1\n",
        ReportKind.SUMMARY,
        [],
    ),
    (
        KERNELCI,
        "[REGRESSION] next/master: (boot)",
        "Hello,\n\nNew boot regression found on next/master:\n\n---\n [logspec:generic_linux_boot,linux.kernel.warning]\n---\n",
        ReportKind.BOOT,
        [("", 0, "error", "New boot regression found on next/master:")],
    ),
    (
        "patchwork-bot+widgets@kernel.org",
        "Re: [GIT PULL] widgets 2026-03-02",
        "Hello:\n\nThis pull request was applied to widgets/widgets.git (main)\nby Ada Example <ada@example.org>:\n\nOn Mon, 2 Mar 2026 10:00:00 +0000 you wrote:\n> Hi.\n\nHere is the summary with links:\n  - [GIT,PULL] widgets 2026-03-02\n    https://git.example.org/c/fedcba987654\n",
        ReportKind.APPLIED,
        [],
    ),
    (
        BLUEZ,
        "RE: [BlueZ,v1] device: Fix a flag",
        "This is automated email and please do not reply to this email!\n\nDear submitter,\n\nThis is a CI test results with your patch series:\nPW Link:https://patchwork.example.org/series/1\n\n---Test result---\n\nDetails\n##############################\nTest: CheckSparse - WARNING\nDesc: Run sparse tool with linux kernel\nOutput:\nemulator/one.c:453:29: warning: Variable length array is used.\nemulator/two.c:12:2: warning: array of flexible structures\n##############################\n",
        ReportKind.STYLE,
        [
            (
                "emulator/one.c",
                453,
                "warning",
                "CheckSparse: 2 messages, the first at emulator/one.c:453: Variable length array is used.",
            )
        ],
    ),
    (
        SYZBOT,
        "Re: [syzbot] KASAN: use-after-free Read in widget_poll",
        "Hello,\n\nsyzbot tried to test the proposed patch but the build/boot failed:\n\nfailed to apply patch:\nchecking file drivers/widget/core.c\npatch: **** malformed patch at line 6: diff --git a/a b/b\n\n\nTested on:\n\ncommit:         fedcba98 Merge\n",
        ReportKind.TEST,
        [
            (
                "",
                0,
                "error",
                "failed to apply patch: checking file drivers/widget/core.c patch: **** malformed patch at line 6: diff --git a/a b/b",
            )
        ],
    ),
    (
        "CKI Project <cki-project@redhat.com>",
        "❌ FAIL: Test report for kernel 7.1.0-rc3 (stable-next)",
        "\nHello,\n\nWe ran automated tests on a recent commit from this kernel tree:\n\n       Kernel repo: git://git.example.org/stable.git\n            Commit: fedcba987654 - widget: Fix a leak\n\nThe results of these automated tests are provided below.\n\n    Overall result: FAILED (see details below)\n             Merge: OK\n             Tests: FAILED\n\nOne or more kernel tests failed:\n\n    ppc64le:\n      ❌ Boot test\n      ❌ Boot test\n\n    aarch64:\n      ❌ Boot test\n      ❌ Widget: sanity\n\nWe hope that these logs can help you find the problem quickly.\n\n______________________________________________________________________________\n\nHardware testing\n----------------\n  aarch64:\n      Host 1:\n         ❌ Boot test\n         ⚡⚡⚡ LTP lite\n",
        ReportKind.TEST,
        [("", 0, "error", "Boot test failed (ppc64le, aarch64)"), ("", 0, "error", "Widget: sanity failed (aarch64)")],
    ),
    (
        SASHIKO,
        "Re: [PATCH v2 1/3] widget: Fix a leak",
        "> Fix the leak.\n\nSashiko has reviewed this patch and found no issues. It looks great!\n\n-- \nSashiko AI review · https://sashiko.dev/#/patchset/1@example.org?part=1\n",
        ReportKind.REVIEW,
        [],
    ),
]
