"""What bots' mails say, read from mails written for it in the form of each."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.domain.report import Report, ReportKind
from patchflow.formats.mail.bots import read_report
from patchflow.formats.mail.bots.review import remark_facts, remarks
from patchflow.formats.mail.classify import bot_of
from tests.formats.bot_mails import MAILS, SASHIKO
from tests.formats.hostile_mails import HOSTILE, hostile
from tests.formats.robot_mails import BOTS, GCC, HEAD, LISTS, REVIEW, RUNS, STATIC, read, told
from tests.mails import mail, message
from tests.sampled import few


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
