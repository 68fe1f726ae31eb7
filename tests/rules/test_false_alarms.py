"""Situations in which a rule has to keep silent: rules.md's "take care", and false alarms met on real mail."""
# ruff: noqa: E501 - the examples stand on one line each, as a table

from __future__ import annotations

from dataclasses import replace

import pytest

from patchflow.domain.address import Address
from patchflow.domain.finding import Severity
from patchflow.rules.registry import commit_rules, find_rule, judge_patch, judge_series
from tests.rules.examples import ExampleHistory, build

SOB = "\nSigned-off-by: Ada Example <ada@example.org>\n"


def found(rule: str, text: str, **changes: object) -> list[str]:
    context = replace(build(text), **changes)  # type: ignore[arg-type]
    chosen = [find_rule(rule)]
    if chosen[0].local:
        context = replace(context, profile=replace(context.profile, severities={rule: str(chosen[0].severity)}))
    hits = [f for patch in context.patches for f in judge_patch(patch, context, chosen)]
    return [str(f.severity) for f in (*hits, *judge_series(context, chosen))]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("body", "vsock: x\n\nCommit 0123456789ab (\"vsock: a title that is so long that the line is too wide\") did it.\n" + SOB),
        ("body", "vsock: x\n\nThe counters:\n252       0 vda 1843140071 0 14745120568 712568645 0 0 0 0 0 3117947 712568645 0\n" + SOB),
        ("body", "vsock: x\n\ncmd_out_err: CREATE_OBJECT(0xa00) op_mod(0xd) failed, status bad resource(0x5), err(-22)\n" + SOB),
        ("body", "vsock: x\n\nWARNING: CPU: 1 at net/a.c:1 f\nModules linked in: " + "vsock ip_tables " * 9 + "\nCPU: 28 UID: 34126 PID: 930807 Comm: thing Kdump: loaded Tainted: G S          E       6.13.2 #1\n" + SOB),
        ("body", "vsock: x\n\nPhysical Start     Physical End       Length       Logical            Type                 Stripe\n0x00000001         0x00000002         1.0G         0x0000000601d00000 META|DUP             1/2\n" + SOB),
        ("body", "vsock: x\n\nsystemd-udevd[402]: vsock3: Worker [419] processing SEQNUM=2194 is taking a long time to end\n" + SOB),
        ("fresh-thread", "Subject: [PATCH 6.6.y] vsock: x\nIn-Reply-To: <a@example.org>\n"),
        ("fixes-hint", "vsock: x\n\nA body.\n\nCc: stable@vger.kernel.org" + SOB),
        ("stable", "Revert \"vsock: x\"\n\nA body.\n\nCc: stable@vger.kernel.org" + SOB),
        ("stable", "vsock: x: add USB ID 7392:e611\n\nA body.\n\nCc: stable@vger.kernel.org" + SOB),
        ("tree-marked", "Subject: [PATCH linux-6.12.y] vsock: x\n"),
        ("body", "vsock: x\n\nSee https://example.org/" + "a" * 80 + "\n" + SOB),
        ("signedoff", "vsock: x\n\nA body.\n\nSigned-off-by: Ada Example <ada@example.org>\n[ bob: - moved it\n       - and more ]\nSigned-off-by: Bob Example <bob@example.org>\n"),
        ("signedoff", "vsock: x\n\nA body.\n\nSigned-off-by: Ada Example <ada@example.org>\n--\nv2:\n\t- a word about v2\n"),
        ("header-inline", "Diff: include/net/a.h\n+static __always_inline s64 f(const atomic64_t *v)\n+{\n+\treturn 0;\n+}\n"),
        ("header-inline", "Diff: include/net/a.h\n+static __always_inline\n+struct s *f(void)\n+{\n+\treturn 0;\n+}\n"),
        ("header-inline", "Diff: include/net/a.h\n+static const struct s t = {\n+\t.f = 1,\n+};\n"),
        ("deprecated-api", "Diff: net/core/a.c\n+void f(void)\n+{\n+\tnetdev_put(a, b);\n+\tputs(\"dev_put(a)\"); /* dev_put(a) */\n+}\n"),
        ("source-inline", "Diff: net/core/a.c\n+void f(void)\n+{\n+\tputs(\"inline\"); /* inline */\n+}\n"),
        ("xmas-tree", "Diff: net/core/a.c\n void f(void)\n {\n \tint a;\n \tstruct long_name *b;\n+\ta = 1;\n }\n"),
        ("changelog", "Subject: [PATCH net-next] vsock: x\n\nA body.\n"),
        ("fixes-present", "Subject: [PATCH net] docs: x\nFiles: Documentation/networking/a.rst\n"),
        ("cover-letter", "Subject: [PATCH net-next 1/2] a: a\n====\nSubject: [PATCH net-next 2/2] a: b\n"),
        ("check-selftest", "Files: +tools/testing/vsock/a.c\n"),
        ("subject-format", 'Revert "vsock: keep a title that is as long as it was, however long that may have been"\n\nA body.\n'),
        ("fixes-hint", 'Revert "vsock: x"\n\nCall Trace:\n f+0x1/0x2\n' + SOB),
        ("cleanup-only", "Subject: [PATCH net-next] vsock: fix checkpatch spelling\n"),
        ("maintainers-entry", "Files: +tools/testing/vsock/a.c\nCovered: 0\n"),
        ("selftest-split", "Files: net/vmw_vsock/af_vsock.c Documentation/a.rst\n"),
        ("repost-24h", "Subject: [PATCH net-next v2] vsock: x\nSent: v1 vsock: x\nHours: 24.1\n"),
        ("patch-count", "Patches: 15\n"),
        # rules.md's "take care", one by one
        ("tag-order", "vsock: x\n\nA body.\n\nTested-by: Eve Example <eve@example.org>\nFixes: 0123456789ab (\"vsock: add it\")\nReviewed-by: Bob Example <bob@example.org>\nSigned-off-by: Ada Example <ada@example.org>\n"),
        ("reported-closes", "vsock: x\n\nA body. It was reported in private.\n\nReported-by: Eve Example <eve@example.org>" + SOB),
        ("assisted-by", "vsock: x\n\nA body.\n\nAssisted-by: Tool:1.0 coccinelle" + SOB),
        ("bugfix-narrative", "vsock: x\n\nTested with tools/testing/vsock.\n\nReported-by: syzbot+0123456789abcdef0123@syzkaller.appspotmail.com\nCloses: https://example.org/1\nFixes: 0123456789ab (\"vsock: add it\")" + SOB),
        ("bugfix-narrative", "vsock: x\n\nA firmware error is triggered by a large MTU. Tested with vsock_test.\n\nFixes: 0123456789ab (\"vsock: add it\")" + SOB),
        ("applies", "Subject: [PATCH net-next] vsock: x\n"),
        ("kdoc", "Files: net/vmw_vsock/af_vsock.c\n"),
        ("fixes-format", "vsock: x\n\nA body.\n\nFixes: 0123456789abcdef0123456789abcdef01234567 (\"vsock: add a title with (brackets) and \\\"quotes\\\"\")" + SOB),
        ("stable", "vsock: x\n\nA body.\n\nFixes: 0123456789ab (\"vsock: add it\")\nCc: stable@vger.kernel.org # 6.1+" + SOB),
        ("tag-block", "vsock: x\n\nNote: this is prose.\n\nSigned-off-by: Ada Example <ada@example.org>\n"),
        ("link", "vsock: x\n\nA body.\n\nLink: https://lore.kernel.org/r/a@b [1]" + SOB),
        ("version", "Subject: [PATCH net-next RESEND v2] vsock: x\nSent: v2 vsock: x\n"),
        ("cc-maintainers", "Recipients: ada@example.org ADA@Example.org\nExpected: ada@example.org\n"),
    ],
)  # fmt: skip
def test_it_keeps_silent(rule: str, text: str) -> None:
    assert found(rule, text) == []


def test_a_changelog_in_the_message_is_not_said_to_be_missing_too() -> None:
    text = "Subject: [PATCH net-next v2] vsock: x\n\nA body.\n\nv1->v2: renamed the flag\n"
    assert len(found("changelog", text)) == 1


def test_rfc_to_patch_counts_as_a_repost() -> None:
    assert found("repost-24h", "Subject: [PATCH net-next] vsock: x\nSent: v1 vsock: x\nHours: 6\n") == ["error"]


def test_without_history_nothing_is_called_wrong() -> None:
    from patchflow.rules.context import NoHistory

    text = 'vsock: x\n\nA body.\n\nFixes: 0123456789ab ("vsock: something")' + SOB
    assert found("fixes-exists", text, history=NoHistory()) == ["advice"]
    assert found("fixes-ancestor", text, history=NoHistory()) == []


def test_inline_is_an_error_in_networking_alone() -> None:
    text = "Diff: drivers/virtio/a.c\n+static inline int f(void)\n+{\n+\treturn 0;\n+}\n"
    assert found("source-inline", text) == ["error"]
    from patchflow.flow.clone import profile

    for name in ("kernel", "virtio", "xfs", "kvm-x86"):
        assert found("source-inline", text, profile=profile(name)) == []


@pytest.mark.parametrize(
    "author",
    [
        Address("Ada Example via Some-list", "some-list@lists.example.org"),
        Address(" Ada  Example ", "a@example.net"),
        Address("ADA EXAMPLE", "other@example.org"),
    ],
)
def test_the_sign_off_is_found_by_name(author: Address) -> None:
    context = build("vsock: x\n\nA body.\n" + SOB)
    patch = replace(context.patches[0], author=author)
    assert not list(judge_patch(patch, context, [find_rule("signedoff")]))


def test_an_author_in_the_body_is_honoured() -> None:
    context = build(
        "vsock: x\n\nFrom: Bob Example <bob@example.org>\n\nA body.\n\nSigned-off-by: Bob Example <bob@example.org>\n"
    )
    assert not list(judge_patch(context.patches[0], context, [find_rule("signedoff")]))


def test_rules_on_messages_ask_a_context_for_history_alone() -> None:
    from patchflow.githooks.commit_msg import MessageContext

    for rule in commit_rules():
        for text in (*rule.examples("Okay"), *rule.examples("Bad")):
            whole = build(text)
            part: object = MessageContext(whole.history, whole.profile)
            for patch in whole.patches:
                expected = list(judge_patch(patch, whole, [rule]))
                assert list(judge_patch(patch, part, [rule])) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "file", "words", "severity"),
    [
        ("yamllint", "a.yaml", "[error] trailing spaces", "error"),
        ("yamllint", "a.yaml", "[warning] line too long", "warning"),
        ("shellcheck", "a.sh", "error: no fi [SC1]", "error"),
        ("shellcheck", "a.sh", "warning: x is unused [SC2]", "warning"),
        ("shellcheck", "a.sh", "note: quote it [SC3]", "advice"),
        ("shellcheck", "a.sh", "note: quote it [SC3] (the file was clean before)", "error"),
        ("shellcheck", "new.sh", "note: quote it [SC3]", "error"),
        ("pylint", "a.py", "E0602: Undefined variable", "error"),
        ("pylint", "a.py", "C0116: Missing docstring", "warning"),
        ("pylint", "a.py", "R0903: Too few public methods", "advice"),
        ("ruff", "a.py", "F401 unused import", "error"),
        ("kdoc", "a.c", "warning: Function parameter 'a' not described", "error"),
    ],
)
def test_a_tools_words_are_as_grave_as_they_are_to_nipa(rule: str, file: str, words: str, severity: str) -> None:
    text = "Files: +new.sh a.yaml a.sh a.py a.c\n"
    assert found(rule, text, tool_words=((rule, file, 1, words),)) == [severity]


@pytest.mark.parametrize(
    ("lines", "severities"),
    [
        ("-\tdev_put(a);\n+\tdev_put(b);\n", []),
        ("-\tdev_put(a);\n+\tdev_put(b);\n+\tdev_put(c);\n", ["warning", "warning"]),
        ("-module_param(a, int, 0);\n+module_param(b, int, 0);\n", ["warning"]),
        ("-module_param(a, int, 0);\n+module_param(b, int, 0);\n+module_param_named(c, c, int, 0);\n", ["error"] * 2),
    ],
)
def test_what_is_deprecated_is_counted_in_and_out(lines: str, severities: list[str]) -> None:
    assert found("deprecated-api", "Diff: net/core/a.c\n" + lines) == severities


@pytest.mark.parametrize("rule", ["patch-count", "outstanding", "repost-24h", "fresh-thread"])
def test_limits_of_netdev_are_errors_there_alone(rule: str) -> None:
    from patchflow.flow.clone import profile

    for name, severity in (("net-next", "error"), ("vsock", "error"), ("virtio", "warning"), ("vhost", "warning")):
        assert profile(name).severity(rule, find_rule(rule).severity) == severity


def test_advice_never_blocks() -> None:
    from patchflow.flow.check.judge import PatchReport, Report

    text = build('vsock: fix x\n\nA body.\n\nFixes: 0123456789ab ("vsock: add it")' + SOB)
    hits = tuple(judge_patch(text.patches[0], text, [find_rule("bugfix-narrative")]))
    assert [f.severity for f in hits] == [Severity.ADVICE]
    assert Report((PatchReport("", "", hits),), ()).passes


def test_a_message_of_five_megabytes_is_judged_in_seconds() -> None:
    context = build("vsock: x\n\nA body.\n")
    for filler in ("word " * 1_000_000, "Key-by: value\n" * 350_000, "\n" * 5_000_000):
        patch = replace(context.patches[0], message=f"vsock: x\n\n{filler}\n{SOB}")
        hits = list(judge_patch(patch, context, commit_rules()))
        assert any(f.rule == "message-text" for f in hits)


def test_a_patch_of_ten_thousand_lines_is_judged() -> None:
    rows = "".join(f"+int f{n}(void)\n+{{\n+\treturn {n};\n+}}\n" for n in range(2_500))
    assert found("source-inline", "Diff: net/a.c\n" + rows) == []
    assert found("header-inline", "Diff: net/a.h\n" + rows)[0] == "error"


@pytest.mark.parametrize(
    ("rule", "text", "count"),
    [
        ("tree-marked", "Subject: [PATCH] lib: x\nFiles: lib/string.c MAINTAINERS\n", 1),
        ("tree-marked", "Subject: [PATCH net-next,v2] x: x\nFiles: net/a.c\n", 0),
        ("tree-marked", "Subject: [net-next PATCH v2 1/2] x: x\nFiles: net/a.c\n", 0),
        ("tree-marked", "Subject: [PATCH netdev] x: x\nFiles: net/a.c\n", 1),
        ("tree-marked", "Subject: [PATCH vhost] vsock: x\nFiles: net/vmw_vsock/af_vsock.c\n", 0),
        ("tree-marked", "Subject: [PATCH netdev] vsock: x\nFiles: net/vmw_vsock/af_vsock.c\n", 1),
        ("function-parens", "Files: a.c\nUses: free_irq\nMessage: genirq: free_irq+0x7: call to it leaves .noinstr\n", 0),
        ("function-parens", "Files: a.c\nUses: free_irq\nMessage: genirq: Make free_irq static\n", 1),
        ("tag-sequence", "x86: Keep it\n\nA body.\n\nAcked-by: Bob Example <bob@example.org>\nTested-by: Eve Example <eve@example.org>\n", 0),
        ("tail-comments", "Diff: a.h\n+\tu64 reserved;\t/* at 0x10 */\n", 0),
        ("tail-comments", "Diff: a.c\n+static void f(void)\n+{\n+\tg();\t/* at 0x10 */\n+}\n", 1),
        ("subject-capital", "sched/fair: update_curr() may run twice\n\nA body.\n", 0),
        ("subject-capital", "x86/mm: 5-level tables\n\nA body.\n", 0),
        ("rust-safety", "Diff: a.rs\n+    // SAFETY: held.\n+    #[allow(x)]\n+    let a = unsafe { *p };\n", 0),
        ("upstream-commit", "vsock: x\n\nThis is not upstream, where the code is gone.\n", 0),
        ("fresh-thread", "Subject: [PATCH net-next v2] x: x\n", 0),
        ("full-resend", "Subject: [PATCH net-next v2 1/2] x: a\n====\nSubject: [PATCH net-next v2 2/2] x: b\n", 0),
        ("full-resend", "Subject: [PATCH net-next v2 1/3] x: a\n====\nSubject: [PATCH net-next v2 3/3] x: b\n", 1),
        ("full-resend", "Subject: [PATCH net-next v2] x: a\n", 0),
        ("unique-titles", "Subject: [PATCH 1/2] x: a\n====\nSubject: [PATCH 2/2] x: a b\n", 0),
        ("userspace", "Subject: [PATCH iproute2-next 1/2] ss: a\nFiles: misc/ss.c\n====\nSubject: [PATCH iproute2-next 2/2] ip: b\nFiles: ip/ip.c\n", 0),
        ("userspace", "Subject: [PATCH net-next] net: ip\nFiles: net/ipv4/ip_output.c Documentation/ip/a.rst\n", 0),
        ("vhost-ambiguous", "Files: drivers/vhost/vsock.c net/vmw_vsock/af_vsock.c\n", 0),
        ("vhost-ambiguous", "Files: drivers/vhost/net.c\n", 0),
        ("codevelop", "vsock: x\n\nA body.\n\nCo-developed-by: Bob Example <bob@example.org>\nSigned-off-by: Bob Example <Bob@Example.org>\nCo-developed-by: Eve Example <eve@example.org>\nSigned-off-by: Eve Example <eve@example.org>" + SOB, 0),
        ("codevelop", "vsock: x\n\nA body.\n\nCo-developed-by: Bob Example <bob@example.org>\nReviewed-by: Eve Example <eve@example.org>\nSigned-off-by: Bob Example <bob@example.org>" + SOB, 1),
        ("outstanding", "Patches: 15\n", 0),  # one series alone is for patch-count
        ("no-merges", "Parents: 1\nFiles: net/a.c\n", 0),
        ("build", "Files: net/a.c\n", 0),
        ("boot", "Files: net/a.c\nTool: build says something\n", 0),
    ],
)  # fmt: skip
def test_what_rules_about_postings_object_to(rule: str, text: str, count: int) -> None:
    assert len(found(rule, text)) == count


NET = "tools/testing/selftests/net"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"Diff: {NET}/config\n CONFIG_A=y\n+CONFIG_A_B=m\n CONFIG_AC=m\n", 0),  # _ does not count
        (f"Diff: {NET}/config\n CONFIG_Z=y\n CONFIG_B=y\n+CONFIG_C=m\n", 0),  # what was unsorted before is nobody's fault
        (f"Diff: {NET}/config\n CONFIG_Z=y\n+CONFIG_C=m\n", 1),
        (f"Diff: {NET}/Makefile\n+TEST_PROGS := \\\n+\tz.sh \\\n+# end\n+TEST_FILES := \\\n+\ta.sh \\\n", 0),
        (f"Diff: {NET}/Makefile\n \tz.sh \\\n+\tlib/a.sh \\\n", 0),  # folders below come last
        (f"Diff: {NET}/Makefile\n+all:\n+\tzip x\n+\tcp a\n", 0),  # a recipe is no list
        ("Diff: tools/testing/vsock/Makefile\n \tz.sh \\\n+\ta.sh \\\n", 0),
        (f"Files: +{NET}/a.sh\n====\nFiles: {NET}/Makefile:a.sh\n", 0),  # listed by another patch
        (f"Files: +{NET}/a.bpf.c +{NET}/a.txt\n", 0),
        ("Files: +tools/testing/selftests/drivers/net/hw/a.py\n", 1),
    ],
)  # fmt: skip
def test_selftest_lists(text: str, count: int) -> None:
    assert len(found("check-selftest", text)) == count


@pytest.mark.parametrize(
    ("rule", "text", "count"),
    [
        # a hunk that begins in the middle of a comment
        ("source-inline", "+ * static inline f\n  */\n int a;\n", 0),
        ("source-inline", "+   inline is what it was, a word\n+ */\n+static inline int f(void)\n+{\n+}\n", 1),
        ("deprecated-api", "+\t * dev_put(dev)\n", 0),
        ("deprecated-api", "+ * call dev_put(dev) when done\n+ */\n", 0),
        ("source-inline", '+asm inline("nop");\n', 0),
        ("source-inline", '+void f(void)\n+{\n+\tasm_inline volatile("nop");\n+}\n', 0),
        ("source-inline", '+char *s = "a\\\n+inline int f";\n', 0),
        ("source-inline", "+static\n+inline int f(a)\n+int a;\n+{\n+}\n", 1),
        ("source-inline", "+static __always_unused inline int f(int a)\n+{\n+}\n", 1),
        ("source-inline", "+#ifdef A\n+static inline int f(void) { return 0; }\n+#else\n+int f(void);\n+#endif\n", 1),
        # macros are text to the grammar
        ("source-inline", "+#define X static inline int f(void)\n", 1),
        ("source-inline", '+#define X "static inline" /* inline */\n', 0),
        ("source-inline", " #define X(x) \\\n+static inline int f##x(void) \\\n \t{ }\n", 1),
        ("deprecated-api", "+#define put(x) dev_put(x)\n", 1),
        ("deprecated-api", "+#define put(x) x->dev_put(x)\n", 0),
        ("deprecated-api", " #define P(x) \\\n \tdo { \\\n+\t\tdev_put(x); \\\n \t} while (0)\n", 1),
        ("deprecated-api", "+static struct o o = {\n+\t.f = dev_put,\n+};\n", 0),
        ("deprecated-api", "+\tx->n = get_net(sock_net(sk));\n", 1),
        ("xmas-tree", "+int f(void)\n+{\n+\tint aa;\n+\tint b; /* a comment does not count */\n+}\n", 0),
        ("xmas-tree", "+int f(void)\n+{\n+\tstatic int a;\n+\tstruct long_name *b;\n+}\n", 0),
        ("xmas-tree", "+int f(void)\n+{\n+#ifdef A\n+\tint a;\n+\tstruct long_name *b;\n+#endif\n+}\n", 1),
        ("xmas-tree", "+#ifdef A\n+int a;\n+struct long_name *b;\n+#endif\n", 0),
        ("xmas-tree", "+struct a {\n+\tint a;\n+\tstruct long_name *b;\n+};\n", 0),
        ("xmas-tree", "+int f(void)\n+{\n+\tint a;\n+\tint (*func)(struct long_name *);\n+}\n", 1),
        ("xmas-tree", "+int f(void)\n+{\n+\tint a;\n+\tlong b = sizeof(a);\n+}\n", 0),
    ],
)
def test_c_that_would_fool_a_search_for_words(rule: str, text: str, count: int) -> None:
    assert len(found(rule, "Diff: net/core/a.c\n" + text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("+struct a **f(void)\n+{\n+\treturn 0;\n+}\n", 1),
        ("+#ifdef A\n+static inline int f(void) { return 0; }\n+#else\n+int f(void) { return 0; }\n+#endif\n", 1),
        ("+static int f(a)\n+int a;\n+{\n+\treturn a;\n+}\n", 1),
        ("+#define f(x) \\\n+static int g_##x(void) \\\n+{ \\\n+\treturn 0; \\\n+}\n", 0),
        (" static inline int f(void)\n {\n+\tif (x) {\n+\t\ty();\n+\t}\n", 0),
        ("+static inline __must_check int\n+f(int a)\n+{\n+\treturn a;\n+}\n", 0),
        ("+struct a {\n+\tint (*f)(void);\n+};\n+static const struct a t[] = { { f }, { g } };\n", 0),
        ("+   int f(void) { return 0; }\n+ */\n", 0),
    ],
)
def test_what_is_a_function_body_in_a_header(text: str, count: int) -> None:
    assert len(found("header-inline", "Diff: include/net/a.h\n" + text)) == count


@pytest.mark.parametrize(
    ("subject", "used", "severities"),
    [
        ("sound: mend it", ["ASoC"] * 8, ["warning"]),
        ("asoc: mend it", ["ASoC"] * 8, ["warning"]),  # letter case included
        ("ASoC: wm8994: mend it", ["ASoC"] * 8, []),
        ("sound: mend it", ["ASoC"] * 7, []),  # too few to be a rule
        ("rtw89: mend it", ["wifi"] * 8 + ["rtw89"], ["warning"]),
        ("x86/kvm: mend it", ["KVM"] * 8, ["warning"]),
        ("drm/bridge: mend it", ["drm/panel"] * 4 + ["drm/panel-simple"] * 4, []),
        ("KVM: mend it", ["KVM"] * 4 + ["x86/kvm"] * 4, []),
        ('Revert "sound: mend it"', ["ASoC"] * 8, []),
    ],
)
def test_the_prefix_is_a_rule_where_history_is_unanimous(subject: str, used: list[str], severities: list[str]) -> None:
    class Known(ExampleHistory):
        def prefixes(self, path: str) -> list[str]:
            return used

    text = f"{subject}\n\nA body.{SOB}---\nFiles: sound/soc/a.c\n"
    context = replace(build(text), history=Known())
    patch = replace(context.patches[0], files=build("Files: sound/soc/a.c\n").patches[0].files)
    assert [f.severity for f in judge_patch(patch, context, [find_rule("subject-format")])] == severities


@pytest.mark.parametrize(
    ("subject", "newest", "severities"),
    [
        ("vsock: Add it", ["vsock: add it"] * 8, ["advice"]),
        ("vsock: add it", ["vsock: Add it"] * 8, ["advice"]),
        ("vsock: add it", ["vsock: add it"] * 8, []),
        ("vsock: Add it", ["vsock: add it"] * 7, []),  # too few to be a habit
        ("vsock: Add it", ["vsock: add it"] * 7 + ["vsock: Fix it"], []),  # one of them differs
        ("vsock: Add it", ["vsock: add it"] * 8 + ["vsock: Fix it"], ["advice"]),  # an older one
        ("vsock: VMCI may sleep", ["vsock: add it"] * 8, []),  # a name
        ("vsock: Linux has it", ["vsock: add it"] * 8, []),
        ("vsock: kmalloc() may fail", ["vsock: Add it"] * 8, []),
        ("vsock: Add it", ["vsock: VMCI adds it", *["vsock: add it"] * 8], ["advice"]),  # names do not count
        ("KVM: x86: add it", ["KVM: SVM: Add it"] * 8, ["advice"]),
        ("Add it", ["vsock: add it"] * 8, []),  # subject-format speaks of the missing prefix
        ('Revert "vsock: Add it"', ["vsock: add it"] * 8, []),
    ],
)
def test_the_case_is_a_habit_where_history_is_unanimous(subject: str, newest: list[str], severities: list[str]) -> None:
    class Known(ExampleHistory):
        def subjects(self, path: str) -> list[str]:
            return newest

    text = f"{subject}\n\nA body.{SOB}---\nFiles: net/vmw_vsock/a.c\n"
    context = replace(build(text), history=Known())
    patch = replace(context.patches[0], files=build("Files: net/vmw_vsock/a.c\n").patches[0].files)
    found = judge_patch(patch, context, [find_rule("subject-case")])
    assert [f.severity for f in found] == severities
    for one in found:
        mended = one.fix.message if one.fix else ""
        assert mended.split("\n")[0].lower() == subject.lower() and mended.split("\n")[0] != subject
    tip = replace(context, profile=replace(context.profile, severities={"subject-capital": "warning"}))
    assert not [f for f in judge_patch(patch, tip, [find_rule("subject-case")]) if subject.islower()]
