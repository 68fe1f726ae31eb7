"""The journeys of tests/e2e/test_journeys.py: what is changed, what the subsystem wants, and how it says "applied".

What a subsystem wants stands in MAINTAINERS and in its document (kernel/profiles names it). Reviewers are invented; only
who applies has a name of MAINTAINERS, because nobody else's word counts.
"""

# ruff: noqa: E501 - the lines of the files as they stand

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.notices import Notice, akpm, both, greg, patchwork_bot, rtw, says, thanks, tip_bot


@dataclass(frozen=True)
class Commit:
    """One commit: each edit puts a text in the place of another, or moves a file ("" and where to)."""

    subject: str
    why: str
    edits: tuple[tuple[str, str, str], ...]
    tags: str = ""


@dataclass(frozen=True)
class Journey:
    """Commits, the edit that makes v2 of the last one, and what must be true of profile, mails and the notice."""

    name: str
    commits: tuple[Commit, ...]
    then: tuple[str, str, str]
    profile: str
    tree: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    applied: Notice
    where: str
    bracket: str = ""
    window: str = "open"
    recipients: str = "all"
    bots: str = ""
    policy: str = "all"  # whether everybody gets every mail, or each patch its own people ("file")
    absent: tuple[str, ...] = ("netdev@vger.kernel.org",)
    cover: str = ""
    stable: str = ""
    gates: tuple[str, ...] = ()  # what `send` warns of
    day: bool = False  # netdev's law: a day between two versions
    found: tuple[str, ...] = ()  # what `check` warns of
    shown: bool = False  # the notice names commits, which this clone has


WIDE = (
    ("net/core/sock.c", "net"), ("net/ipv4/tcp.c", "tcp"),
    ("mm/vmalloc.c", "mm/vmalloc"), ("mm/zswap.c", "mm: zswap"),
    ("fs/xfs/xfs_file.c", "xfs"), ("fs/xfs/xfs_inode.c", "xfs: inode"),
    ("fs/btrfs/ioctl.c", "btrfs"), ("fs/btrfs/inode.c", "btrfs: inode"),
    ("kernel/sched/idle.c", "sched/idle"), ("kernel/sched/fair.c", "sched/fair"),
    ("arch/x86/kernel/reboot.c", "x86/reboot"), ("arch/x86/kernel/tsc.c", "x86/tsc"),
    ("drivers/gpu/drm/panel/panel-lvds.c", "drm/panel: lvds"), ("drivers/gpu/drm/panel/panel-edp.c", "drm/panel: edp"),
    ("sound/soc/codecs/max98357a.c", "ASoC: max98357a"), ("sound/soc/codecs/rt5640.c", "ASoC: rt5640"),
    ("io_uring/rw.c", "io_uring/rw"), ("io_uring/poll.c", "io_uring/poll"),
    ("drivers/iio/dac/ad5449.c", "iio: dac: ad5449"), ("drivers/iio/dac/ad5504.c", "iio: dac: ad5504"),
)  # fmt: skip
# Each of them takes what is theirs: two patches.
TAKERS = (
    ("Jakub Kicinski <kuba@kernel.org>", "Applied, thanks."),
    ("Andrew Morton <akpm@linux-foundation.org>", "Thanks, I added these to mm-unstable."),
    ("Darrick J. Wong <djwong@kernel.org>", "Picked up for for-next, thanks."),
    ("David Sterba <dsterba@suse.com>", "Added to for-next, thanks."),
    ("Peter Zijlstra <peterz@infradead.org>", "Thanks, queued."),
    ("Borislav Petkov <bp@alien8.de>", "Applied to x86/cleanups, thx."),
    ("Neil Armstrong <neil.armstrong@linaro.org>", "Pushed to drm-misc-next."),
    ("Mark Brown <broonie@kernel.org>", "Applied, thanks!"),
    ("Jens Axboe <axboe@kernel.dk>", "Applied to for-7.3/io_uring, thanks."),
    ("Jonathan Cameron <jic23@kernel.org>", "Applied to the togreg branch of iio.git."),
)

JOURNEYS = (
    Journey(
        "staging-typo",
        (
            Commit(
                "staging: rtl8723bs: Fix a typo in a comment",
                "The comment says beucase.",
                (("drivers/staging/rtl8723bs/core/rtw_cmd.c", "/* dont call R/W in this function, beucase",
                  "/* dont call R/W in this function, because"),),
            ),
        ),
        ("drivers/staging/rtl8723bs/core/rtw_cmd.c", "/* dont call R/W in this function, because",
         "/* don't call R/W in this function, because"),
        "staging", "gregkh/staging.git", ("gregkh@linuxfoundation.org",),
        ("linux-staging@lists.linux.dev", "linux-kernel@vger.kernel.org"), greg("to my staging git tree", 'patch "{}" added to staging-testing', "in the staging-testing branch."), "staging",
        window="soft",
    ),
    Journey(
        "docs",
        (
            Commit(
                "docs: contributing: Say who looks at typo fixes",
                "The sentence leaves open who accepts them.",
                (("Documentation/doc-guide/contributing.rst", "I am always willing to accept such patches.",
                  "The maintainer is always willing to accept such patches."),),
            ),
        ),
        ("Documentation/doc-guide/contributing.rst", "The maintainer is always willing",
         "The documentation maintainer is always willing"),
        "docs", "git.lwn.net/linux.git", ("corbet@lwn.net",),
        ("linux-doc@vger.kernel.org", "linux-kernel@vger.kernel.org"),
        says("Jonathan Corbet <corbet@lwn.net>", "Applied, thanks.\n\njon"), "a tree",
    ),
    Journey(
        "dt-driver-dts",
        (
            Commit(
                "dt-bindings: thermal: rockchip: Add a settle time",
                "Some boards need longer until the sensor is stable.",
                (("Documentation/devicetree/bindings/thermal/rockchip-thermal.yaml", "  rockchip,hw-tshut-temp:\n",
                  "  rockchip,settle-us:\n    description: Time until a reading is stable.\n\n"
                  "  rockchip,hw-tshut-temp:\n"),),
            ),
            Commit(
                "thermal/drivers/rockchip: Read the settle time",
                "Wait as long as the device tree says.",
                (("drivers/thermal/rockchip_thermal.c", "\tu32 shut_temp, tshut_mode, tshut_polarity;\n\n",
                  "\tu32 shut_temp, tshut_mode, tshut_polarity;\n\tu32 settle;\n\n"
                  '\tif (!of_property_read_u32(np, "rockchip,settle-us", &settle))\n\t\tfsleep(settle);\n\n'),),
            ),
            Commit(
                "arm64: dts: rockchip: Add the settle time of rk3588's sensor",
                "It takes 100 us.",
                (("arch/arm64/boot/dts/rockchip/rk3588-base.dtsi", "\t\trockchip,hw-tshut-temp = <120000>;\n",
                  "\t\trockchip,settle-us = <100>;\n\t\trockchip,hw-tshut-temp = <120000>;\n"),),
            ),
        ),
        ("arch/arm64/boot/dts/rockchip/rk3588-base.dtsi", "settle-us = <100>", "settle-us = <200>"),
        "kernel", "rafael/linux-pm.git",
        ("heiko@sntech.de", "rafael@kernel.org", "daniel.lezcano@linaro.org", "robh@kernel.org", "krzk+dt@kernel.org"),
        ("devicetree@vger.kernel.org", "linux-pm@vger.kernel.org", "linux-rockchip@lists.infradead.org"),
        both(
            says("Daniel Lezcano <daniel.lezcano@linaro.org>", "Applied patches 1 and 2, thanks."),
            says("Heiko Stuebner <heiko@sntech.de>", "applied for 7.3\n\nThanks\nHeiko", 3),
        ),
        "7.3",
        cover="thermal: rockchip: wait for the sensor\n\nThe sensor of some boards settles slowly.\n",
    ),
    Journey(
        "mm-with-include",
        (
            Commit(
                "mm/vmalloc: warn of a free in NMI context once",
                "BUG_ON() takes the machine down for what can be told.",
                (("mm/vmalloc.c", "\tBUG_ON(in_nmi());\n\tkmemleak_free(addr);\n",
                  "\tif (WARN_ON_ONCE(in_nmi()))\n\t\treturn;\n\tkmemleak_free(addr);\n"),),
            ),
            Commit(
                "mm/vmalloc: drop extern from the declarations of vfree()",
                "extern says nothing on a function's declaration.",
                (("include/linux/vmalloc.h", "extern void vfree(const void *addr);\nextern void vfree_atomic",
                  "void vfree(const void *addr);\nvoid vfree_atomic"),),
            ),
        ),
        ("include/linux/vmalloc.h", "void vfree_atomic(const void *addr);\n", "void vfree_atomic(const void *p);\n"),
        "mm", "akpm/mm", ("akpm@linux-foundation.org",),
        ("linux-mm@kvack.org", "urezki@gmail.com", "linux-kernel@vger.kernel.org"), akpm("mm-unstable"), "-mm mm-unstable",
        cover="mm/vmalloc: two small changes of vfree()\n\nNo BUG_ON(), and no extern.\n",
    ),
    Journey(
        "drm-panel",
        (
            Commit(
                "drm/panel: lvds: Name the error of a supply",
                "A number says less than a name.",
                (("drivers/gpu/drm/panel/panel-lvds.c", '"failed to enable supply: %d\\n",\n\t\t\t\terr);',
                  '"failed to enable supply: %pe\\n",\n\t\t\t\tERR_PTR(err));'),),
            ),
        ),
        ("drivers/gpu/drm/panel/panel-lvds.c", "failed to enable supply: %pe", "cannot enable the supply: %pe"),
        "drm-misc", "drm/misc/kernel.git", ("neil.armstrong@linaro.org",), ("dri-devel@lists.freedesktop.org",),
        thanks("Neil Armstrong <neil.armstrong@linaro.org>",
               "Thanks, Applied to https://gitlab.freedesktop.org/drm/misc/kernel.git (drm-misc-next)",
               "https://gitlab.freedesktop.org/drm/misc/kernel/-/commit/{}", end=""),
        "kernel.git (drm-misc-next)", shown=True, window="soft",
    ),
    Journey(
        "x86",
        (
            Commit(
                "x86/reboot: Say which way is selected for BIOS",
                "The message is the same for all of them.",
                (("arch/x86/kernel/reboot.c", "Some machines require the \"reboot=a\" commandline options\n",
                  "Some machines require the \"reboot=a\" command line option.\n"),),
            ),
        ),
        ("arch/x86/kernel/reboot.c", "\"reboot=a\" command line option.", "reboot=a on the command line."),
        "tip", "tip/tip.git", ("tglx@linutronix.de", "mingo@redhat.com", "bp@alien8.de", "x86@kernel.org"),
        ("hpa@zytor.com", "linux-kernel@vger.kernel.org"), tip_bot("x86/core"), "x86/core", shown=True, window="soft",
    ),
    Journey(
        "sched",
        (
            Commit(
                "sched/idle: Use READ_ONCE() for the poll flag",
                "It is changed while cpu_idle_poll_ctrl() runs elsewhere.",
                (("kernel/sched/idle.c", "\t\tcpu_idle_force_poll--;\n\t\tWARN_ON_ONCE(cpu_idle_force_poll < 0);\n",
                  "\t\tcpu_idle_force_poll--;\n\t\tWARN_ON_ONCE(READ_ONCE(cpu_idle_force_poll) < 0);\n"),),
            ),
        ),
        ("kernel/sched/idle.c", "\t\tcpu_idle_force_poll--;\n", "\t\tWRITE_ONCE(cpu_idle_force_poll, cpu_idle_force_poll - 1);\n"),
        "tip", "tip/tip.git", ("peterz@infradead.org", "mingo@redhat.com", "vincent.guittot@linaro.org"),
        ("dietmar.eggemann@arm.com", "linux-kernel@vger.kernel.org"),
        says("Peter Zijlstra <peterz@infradead.org>", "Thanks, queued for sched/core."), "sched/core", window="soft",
    ),
    Journey(
        "kvm-x86",
        (
            Commit(
                "KVM: x86: Return early from lapic_timer_int_injected()",
                "One level less to read.",
                (("arch/x86/kvm/lapic.c", "\t\tif (apic_test_vector(vec, bitmap))\n\t\t\treturn true;\n\t}\n\treturn false;\n",
                  "\t\treturn apic_test_vector(vec, bitmap);\n\t}\n\treturn false;\n"),),
            ),
        ),
        ("arch/x86/kvm/lapic.c", "\t\treturn apic_test_vector(vec, bitmap);\n\t}\n",
         "\t\treturn apic_test_vector(vec, bitmap);\n\t}\n\n"),
        "kvm-x86", "kvm-x86/linux.git", ("seanjc@google.com", "pbonzini@redhat.com"), ("kvm@vger.kernel.org",),
        thanks("Sean Christopherson <seanjc@google.com>", "Applied to kvm-x86 misc, thanks!",
               "https://github.com/kvm-x86/linux/commit/{}", end="--\nhttps://github.com/kvm-x86/linux/tree/next\n"),
        "kvm-x86", shown=True, window="soft",
    ),
    Journey(
        "xfs",
        (
            Commit(
                "xfs: don't force the log for unpinned directories",
                "There is nothing to be forced.",
                (("fs/xfs/xfs_file.c", "\ttrace_xfs_dir_fsync(ip);\n",
                  "\ttrace_xfs_dir_fsync(ip);\n\tif (!xfs_ipincount(ip))\n\t\treturn 0;\n"),),
            ),
            Commit(
                "xfs: say what the sequence of a fsync is",
                "The helper had no comment.",
                (("fs/xfs/xfs_file.c", "static xfs_csn_t\nxfs_fsync_seq(",
                  "/* The checkpoint to force, or 0. */\nstatic xfs_csn_t\nxfs_fsync_seq("),),
            ),
        ),
        ("fs/xfs/xfs_file.c", "/* The checkpoint to force, or 0. */", "/* The CIL checkpoint to force, or 0. */"),
        "xfs", "xfs/xfs-linux.git", ("djwong@kernel.org",), ("linux-xfs@vger.kernel.org",), thanks("Darrick J. Wong <djwong@kernel.org>", "Applied to for-next, thanks!"), "for-next",
        shown=True, window="soft", cover="xfs: two small changes of fsync\n\nThey were found while reading.\n",
    ),
    Journey(
        "btrfs",
        (
            Commit(
                "btrfs: fix grammar in a comment of create_subvol()",
                "An article is missing.",
                (("fs/btrfs/ioctl.c", "Don't create subvolume whose level is not zero. Or qgroup",
                  "Don't create a subvolume whose level is not zero, or qgroup"),),
            ),
        ),
        ("fs/btrfs/ioctl.c", "is not zero, or qgroup", "is not zero; or qgroup"),
        "btrfs", "kdave/linux.git", ("clm@fb.com", "josef@toxicpanda.com", "dsterba@suse.com"),
        ("linux-btrfs@vger.kernel.org",), says("David Sterba <dsterba@suse.com>", "Added to for-next, thanks."), "for-next",
    ),
    Journey(
        "bpf-with-selftests",
        (
            Commit(
                "bpf: Refuse hash tables of more than half of all buckets",
                "One more would overflow.",
                (("kernel/bpf/hashtab.c", "\tif (htab->map.max_entries > 1UL << 31)\n",
                  "\tif (htab->map.max_entries >= 1UL << 31)\n"),),
            ),
            Commit(
                "selftests/bpf: Check the error of a second update",
                "The first alone was looked at.",
                (("tools/testing/selftests/bpf/prog_tests/htab_update.c",
                  '\tASSERT_EQ(skel->bss->update_err, -EBUSY, "no reentrancy");\n',
                  '\tASSERT_EQ(skel->bss->update_err, -EBUSY, "no reentrancy");\n'
                  '\tASSERT_EQ(value, 0, "value");\n'),),
            ),
        ),
        ("tools/testing/selftests/bpf/prog_tests/htab_update.c", 'ASSERT_EQ(value, 0, "value")',
         'ASSERT_EQ(value, 0, "value is kept")'),
        "bpf", "bpf/bpf-next.git", ("ast@kernel.org", "daniel@iogearbox.net", "andrii@kernel.org"),
        ("bpf@vger.kernel.org", "linux-kselftest@vger.kernel.org"),
        patchwork_bot("netdevbpf", "bpf/bpf-next.git (master)", "Alexei Starovoitov <ast@kernel.org>"),
        "bpf/bpf-next.git (master)", shown=True, bracket="bpf-next", bots="BPF CI",
        cover="bpf: hash tables of half of all buckets\n\nThey overflow.\n",
    ),
    Journey(
        "rtw89",
        (
            Commit(
                "wifi: rtw89: name the chip where idle is not left",
                "Machines may have two of them.",
                (("drivers/net/wireless/realtek/rtw89/ps.c", '"failed to leave idle state\\n"',
                  '"failed to leave the idle state\\n"'),),
            ),
        ),
        ("drivers/net/wireless/realtek/rtw89/ps.c", '"failed to leave the idle state\\n"', '"cannot leave the idle state\\n"'),
        "rtw", "pkshih/rtw.git", ("pkshih@realtek.com",), ("linux-wireless@vger.kernel.org",),
        rtw("Ping-Ke Shih <pkshih@realtek.com>"),
        "rtw-next", shown=True, bracket="rtw-next", window="netdev",
    ),
    Journey(
        "asoc",
        (
            Commit(
                "ASoC: max98357a: End the debug messages with a newline",
                "They run into the next one.",
                (("sound/soc/codecs/max98357a.c", 'dev_dbg(component->dev, "set sdmode to 1");',
                  'dev_dbg(component->dev, "set sdmode to 1\\n");'),),
            ),
        ),
        ("sound/soc/codecs/max98357a.c", 'dev_dbg(component->dev, "set sdmode to 0");',
         'dev_dbg(component->dev, "set sdmode to 0\\n");'),
        "asoc", "broonie/sound.git", ("broonie@kernel.org", "lgirdwood@gmail.com"), ("linux-sound@vger.kernel.org",),
        thanks("Mark Brown <broonie@kernel.org>",
               "Applied to\n\n   https://git.kernel.org/pub/scm/linux/kernel/git/broonie/sound.git for-next\n\nThanks!",
               end="All being well this means that it will be integrated into the linux-next\ntree (usually sometime in "
               "the next 24 hours) and sent to Linus during\nthe next merge window (or sooner if it is a bug fix), unless "
               "problems\nare discovered then the patch may be dropped or reverted.\n\nYou may get further e-mails "
               "resulting from automated or manual testing\nand review of the tree, please engage with people reporting "
               "problems and\nsend followup patches addressing any issues that are reported if needed.\n\nIf any updates "
               "are required or you are submitting further changes they\nshould be sent as incremental updates against "
               "current git, existing\npatches will not be replaced.\n\nPlease add any relevant lists and maintainers to "
               "the CCs when replying\nto this mail.\n\nThanks,\nMark\n"),
        "sound.git (for-next)", shown=True,
    ),
    Journey(
        "rust",
        (
            Commit(
                "rust: time: inline `msecs_to_jiffies` always",
                "It is a call of a C function.",
                (("rust/kernel/time.rs", "/// Converts milliseconds to jiffies.\n#[inline]\n",
                  "/// Converts milliseconds to jiffies.\n#[inline(always)]\n"),),
            ),
        ),
        ("rust/kernel/time.rs", "/// Converts milliseconds to jiffies.\n", "/// Converts milliseconds to [`Jiffies`].\n"),
        "rust", "Rust-for-Linux/linux.git", ("ojeda@kernel.org",), ("rust-for-linux@vger.kernel.org",),
        says("Miguel Ojeda <ojeda@kernel.org>", "Applied to `rust-next` -- thanks everyone!\n\n    [ Reworded slightly. - "
             "Miguel ]\n\nCheers,\nMiguel"),
        "rust-next",
    ),
    Journey(
        "perf",
        (
            Commit(
                "perf trace: Print durations of a second in seconds",
                "Six digits of milliseconds are hard to read.",
                (("tools/perf/builtin-trace.c",
                  '\t\tprinted += fprintf(fp, "         ");\n\telse if (duration >= 1.0)\n',
                  '\t\tprinted += fprintf(fp, "         ");\n\telse if (duration >= 1000.0)\n'
                  '\t\tprinted += color_fprintf(fp, PERF_COLOR_RED, "%6.3f s ", duration / 1000);\n'
                  "\telse if (duration >= 1.0)\n"),),
            ),
        ),
        ("tools/perf/builtin-trace.c", "duration / 1000);", "duration / MSEC_PER_SEC);"),
        "perf", "perf/perf-tools-next.git", ("acme@kernel.org", "namhyung@kernel.org", "peterz@infradead.org"),
        ("linux-perf-users@vger.kernel.org", "linux-kernel@vger.kernel.org"),
        says("Namhyung Kim <namhyung@kernel.org>", "Applied to perf-tools-next, thanks!\n\nBest regards,\nNamhyung"),
        "perf-tools-next",
    ),
    Journey(
        "selftests",
        (
            Commit(
                "selftests: breakpoints: Say what is waited for",
                "The test stands still without a word.",
                (("tools/testing/selftests/breakpoints/step_after_suspend_test.c", "int main(int argc, char **argv)\n{\n",
                  "/* Suspends the machine, and waits until it comes back. */\nint main(int argc, char **argv)\n{\n"),),
            ),
        ),
        ("tools/testing/selftests/breakpoints/step_after_suspend_test.c", "/* Suspends the machine, and waits",
         "/* Suspends the machine and waits"),
        "kselftest", "shuah/linux-kselftest.git", ("shuah@kernel.org",), ("linux-kselftest@vger.kernel.org",),
        says("Shuah Khan <skhan@linuxfoundation.org>", "Applied to linux-kselftest next for Linux 7.3-rc1.\n\nthanks,\n-- "
             "Shuah"),
        "linux-kselftest",
    ),
    Journey(
        "treewide",
        tuple(
            Commit(f"{prefix}: include <linux/bug.h>", "It is used here, and comes by chance.",
                   ((path, "\n\n", "\n\n#include <linux/bug.h>\n"),))
            for path, prefix in WIDE
        ),
        ("drivers/iio/dac/ad5504.c", "#include <linux/bug.h>\n", "#include <linux/bug.h>\n#include <linux/types.h>\n"),
        "kernel", "", (), ("linux-kernel@vger.kernel.org",),
        both(*(says(who, words, 2 * n + 1, 2 * n + 2) for n, (who, words) in enumerate(TAKERS))), "togreg",
        policy="file", gates=("many-recipients",), absent=("linux-iio@vger.kernel.org",),
        cover="treewide: include <linux/bug.h> where it is used\n\nIt comes by chance in these files.\n",
    ),
    Journey(
        "stable",
        (
            Commit(
                "fs: xfs: return the error of a log force",
                "It was lost.",
                (("fs/xfs/xfs_file.c", "\tint\t\t\terror = 0;\n\txfs_csn_t\t\tseq;\n",
                  "\txfs_csn_t\t\tseq;\n\tint\t\t\terror = 0;\n"),),
                "Cc: stable@vger.kernel.org\nReviewed-by: Dora Example <dora@example.net>\n",
            ),
        ),
        ("fs/xfs/xfs_file.c", "\txfs_csn_t\t\tseq;\n\tint\t\t\terror = 0;\n", "\txfs_csn_t\t\tseq = 0;\n\tint\t\t\terror = 0;\n"),
        "stable", "", ("djwong@kernel.org",), ("stable@vger.kernel.org", "uwe@example.net", "dora@example.net", "linux-xfs@vger.kernel.org"),
        greg("to the 6.12-stable tree", 'Patch "{}" has been added to the 6.12-stable tree',
             "\nThe filename of the patch is:\n     x.patch\nand it can be found in the queue-6.12 subdirectory."),
        "6.12-stable", bracket="6.12.y", stable="6.12.y",
    ),
    Journey(
        "maintainers-alone",
        (
            Commit(
                "MAINTAINERS: Add vsockmon to the vsock driver's files",
                "Patches of it did not reach who reviews vsock.",
                (("MAINTAINERS", "F:\tdrivers/vhost/vsock.c\n", "F:\tdrivers/net/vsockmon.c\nF:\tdrivers/vhost/vsock.c\n"),),
            ),
        ),
        ("MAINTAINERS", "F:\tdrivers/net/vsockmon.c\nF:\tdrivers/vhost/vsock.c\n",
         "F:\tdrivers/net/vsockmon.c\nF:\tdrivers/vhost/vsock*\n"),
        "kernel", "", ("sgarzare@redhat.com", "stefanha@redhat.com"), ("kvm@vger.kernel.org", "virtualization@lists.linux.dev"),
        says("Stefano Garzarella <sgarzare@redhat.com>", "Applied, thanks."), "a tree", absent=(),
    ),
    Journey(
        "rename",
        (
            Commit(
                "iio: dac: ad5449: rename the file to what it drives",
                "It drives AD5415 to AD5449.",
                (("drivers/iio/dac/ad5449.c", "", "drivers/iio/dac/ad54xx.c"),
                 ("drivers/iio/dac/Makefile", "obj-$(CONFIG_AD5449) += ad5449.o", "obj-$(CONFIG_AD5449) += ad54xx.o")),
            ),
        ),
        ("drivers/iio/dac/Kconfig", "module will be called ad5449.", "module will be called ad54xx."),
        "iio", "jic23/iio.git", ("jic23@kernel.org", "Michael.Hennerich@analog.com"),
        ("linux-iio@vger.kernel.org",),
        says("Jonathan Cameron <jic23@kernel.org>", "Applied to the togreg branch of iio.git and initially pushed out as "
             "testing for 0-day\nto see if it can find anything we missed.\n\nThanks,\n\nJonathan"),
        "togreg", found=("FILE_PATH_CHANGES",),
    ),
    Journey(
        "firmware",
        (
            Commit(
                "firmware: arm_scmi: Say when a clock's rate cannot be read",
                "The caller sees a rate of 0.",
                (("drivers/firmware/arm_scmi/clock.c", "/* Updated only after ALL the mandatory features",
                  "/* Changed only after ALL the mandatory features"),),
            ),
        ),
        ("drivers/firmware/arm_scmi/clock.c", "/* Changed only after ALL the mandatory features",
         "/* Raised only after ALL the mandatory features"),
        "kernel", "", ("sudeep.holla@arm.com",),
        ("arm-scmi@vger.kernel.org", "linux-arm-kernel@lists.infradead.org", "cristian.marussi@arm.com"),
        thanks("Sudeep Holla <sudeep.holla@arm.com>", "Applied to sudeep.holla/linux (for-next/scmi/updates), thanks!",
               "https://git.kernel.org/sudeep.holla/c/{}", end="--\nRegards,\nSudeep\n"),
        "sudeep.holla/linux (for-next/scmi/updates)", shown=True,
    ),
    Journey(
        "virtio-vhost-vsock",
        (
            Commit(
                "virtio_ring: name the driver in bad-ring messages",
                "Machines have many rings.",
                (("drivers/virtio/virtio_ring.c", "#ifdef DEBUG\n", "#ifdef DEBUG /* told with the device's name */\n"),),
            ),
            Commit(
                "vhost/vsock: say how many buffers were expected",
                "The number alone says little.",
                (("drivers/vhost/vsock.c", '"Expected 0 output buffers, got %u\\n"',
                  '"Expected no output buffers, got %u\\n"'),),
            ),
            Commit(
                "vsock: check the address in one place",
                "The comment was missing.",
                (("net/vmw_vsock/vsock_addr.c", "int vsock_addr_validate(const struct sockaddr_vm *addr)\n",
                  "/* 0 where the address may be used. */\nint vsock_addr_validate(const struct sockaddr_vm *addr)\n"),),
            ),
        ),
        ("net/vmw_vsock/vsock_addr.c", "/* 0 where the address may be used. */", "/* Return 0 where addr may be used. */"),
        "vsock", "netdev/net-next.git", ("mst@redhat.com", "sgarzare@redhat.com", "stefanha@redhat.com"),
        ("netdev@vger.kernel.org", "virtualization@lists.linux.dev", "kvm@vger.kernel.org"),
        says('"Michael S. Tsirkin" <mst@redhat.com>', "Series applied, thanks!"), "a tree", bracket="net-next",
        window="netdev", recipients="cover", bots="netdev's bots", absent=(), day=True,
        cover="vsock: say more of what goes wrong\n\nFrom the ring to the socket.\n",
    ),
    Journey(
        "net-fix",
        (
            Commit(
                "vsock: refuse an address that is too short",
                "A short address is read past its end.",
                (("net/vmw_vsock/vsock_addr.c", "\tif (!addr)\n\t\treturn -EFAULT;\n",
                  "\tif (!addr)\n\t\treturn -EINVAL;\n"),),
                'Fixes: d021c344051a ("VSOCK: Introduce VM Sockets")\n',
            ),
        ),
        ("net/vmw_vsock/vsock_addr.c", "\tif (!addr)\n\t\treturn -EINVAL;\n", "\tif (!addr)\n\t\treturn -ENOTCONN;\n"),
        "vsock", "netdev/net.git", ("sgarzare@redhat.com", "kuba@kernel.org", "davem@davemloft.net"),
        ("netdev@vger.kernel.org", "virtualization@lists.linux.dev"),
        patchwork_bot("netdevbpf", "netdev/net.git (main)", "Jakub Kicinski <kuba@kernel.org>"), "netdev/net.git (main)",
        shown=True, bracket="net", found=("UNKNOWN_COMMIT_ID",), recipients="cover", bots="netdev's bots", absent=(), day=True,
    ),
    Journey(
        "io_uring",
        (
            Commit(
                "io_uring/rw: fix a typo in a comment",
                "It is hard to find by its usual spelling.",
                (("io_uring/rw.c", "should be fixed seperately", "should be fixed separately"),),
            ),
        ),
        ("io_uring/rw.c", "fixed separately, and then", "fixed on its own, and then"),
        "kernel", "git.kernel.dk/linux-block", ("axboe@kernel.dk", "asml.silence@gmail.com"), ("io-uring@vger.kernel.org",),
        thanks("Jens Axboe <axboe@kernel.dk>", "Applied, thanks!", "commit: {}"), "a tree", shown=True,
    ),
)  # fmt: skip
