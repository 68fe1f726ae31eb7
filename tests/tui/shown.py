"""Content for pictures: one clone's series made of plain values, so that every run draws the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from patchflow.domain.address import Address
from patchflow.domain.boot import Booted
from patchflow.domain.build import BuildMessage, BuildPlan, Built, Module
from patchflow.domain.comment import Comment, Later, Side
from patchflow.domain.finding import Finding, Fix, Severity
from patchflow.domain.intake import Hit
from patchflow.domain.message import Message
from patchflow.domain.next_step import CHECK, NUDGE, RESPIN, SEND, TODO, NextStep
from patchflow.domain.patch import Patch
from patchflow.domain.recipient import Dropped, Header, PatchRecipients, Recipient
from patchflow.domain.review_draft import OwnRemark, OwnTag, ReviewDraft
from patchflow.domain.series import Cover, Revision, SentMessage, Series, State
from patchflow.domain.tests import Outcome, WantedTest
from patchflow.domain.waiting import Waiting, Why
from patchflow.domain.window import Evidence, Forecast, Window, WindowState
from patchflow.flow.check.judge import PatchReport, Report
from patchflow.flow.clone import profile
from patchflow.flow.review.reply import Kept
from patchflow.flow.reviewing.look import take
from patchflow.flow.reviewing.received import mails_of
from patchflow.flow.reviewing.remarks import Fate, Remark
from patchflow.flow.reviewing.reviews import Review
from patchflow.flow.reviewing.writing import mails_of_series
from patchflow.flow.send.gates import Gate
from patchflow.flow.send.plan import Options, Outgoing, Plan
from patchflow.flow.send.posting import Mail
from patchflow.flow.series.staging import Work
from patchflow.flow.series.status import Standing
from patchflow.flow.try_.boot_verdict import BootReport, judge
from patchflow.flow.try_.build_steps import BuildReport, Step
from patchflow.flow.try_.interrupts import analyse
from patchflow.flow.try_.look_ahead import Outlook
from patchflow.flow.try_.tests_verdict import Compared, Tested
from patchflow.flow.window.decide import Tag
from patchflow.formats.mail.review_mail import target_of
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.trace.log import parse_log
from patchflow.tui.actions import Keymap
from patchflow.tui.app import PatchflowApp
from patchflow.tui.models.board import Board, SeriesLine
from patchflow.tui.models.mail import MailList, ThreadRead
from patchflow.tui.models.read import Read
from patchflow.tui.models.review import ReviewModel, Since
from patchflow.tui.models.try_ import TraceSummary
from patchflow.tui.work.running import Ran
from tests.mails import draft_of

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ADA = Address("Ada Example", "ada@example.org")
MARCO = Address("Marco Maintainer", "marco@example.net")
RITA = Address("Rita Reviewer", "rita@example.net")

DIFF_COUNT = """diff --git a/net/vmw_vsock/vsock_loopback.c b/net/vmw_vsock/vsock_loopback.c
index 1111111..2222222 100644
--- a/net/vmw_vsock/vsock_loopback.c
+++ b/net/vmw_vsock/vsock_loopback.c
@@ -17,6 +17,8 @@ struct vsock_loopback {
 \tstruct workqueue_struct *workqueue;
 
 \tstruct work_struct pkt_work;
+
+\tatomic64_t pkt_count;
 };
 
 static struct vsock_loopback the_vsock_loopback;
@@ -31,6 +33,8 @@ static int vsock_loopback_send_pkt(struct sk_buff *skb)
 \tstruct vsock_loopback *vsock = &the_vsock_loopback;
 \tint len = skb->len;
 
+\tatomic64_inc( &vsock->pkt_count );
+
 \tvirtio_vsock_skb_queue_tail(&vsock->pkt_queue, skb);
 \tqueue_work(vsock->workqueue, &vsock->pkt_work);
"""
DIFF_REFUSE = """diff --git a/net/vmw_vsock/vsock_addr.c b/net/vmw_vsock/vsock_addr.c
index 3333333..4444444 100644
--- a/net/vmw_vsock/vsock_addr.c
+++ b/net/vmw_vsock/vsock_addr.c
@@ -30,6 +30,9 @@ int vsock_addr_validate(const struct sockaddr_vm *addr)
 \tif (addr->svm_family != AF_VSOCK)
 \t\treturn -EAFNOSUPPORT;
 
+\tif (addr->svm_reserved1)
+\t\treturn -EINVAL;
+
 \treturn 0;
 }
"""


WORK = Work("vsock-count", parse_diff(DIFF_COUNT), parse_diff(DIFF_REFUSE), ("net/vmw_vsock/notes",))


def patch(number: int, title: str, body: str, diff: str) -> Patch:
    """A patch with a commit name that says its place."""
    message = f"{title}\n\n{body}\n\nSigned-off-by: Ada Example <ada@example.org>\n"
    return Patch(f"{number}" * 40, message, ADA, NOW, diff, parse_diff(diff), committer=ADA)


PATCHES = (
    patch(1, "vsock/loopback: count the packets that are queued",
          "When a loopback connection stalls there is no way to see whether\npackets still reach the queue. Keep a "
          "counter of them.", DIFF_COUNT),
    patch(2, "vsock: refuse addresses with the reserved field set",
          "The reserved field of an address is never looked at, so it cannot\nget a meaning later.\n\n"
          "Fixes: d021c344051a (\"VSOCK: Introduce VM Sockets\")", DIFF_REFUSE),
)  # fmt: skip
IDS = tuple(f"20260302-vsock-count-v1-{part}-5f3a9c0d1e2b@example.org" for part in range(3))
COVER = Cover("vsock: count loopback packets, refuse reserved bits",
              "When a loopback connection stalls nobody can tell whether packets still\nreach the queue. This series "
              "counts them, and on the way refuses\naddresses whose reserved field is set.\n\nTested with "
              "tools/testing/vsock on the loopback transport.")  # fmt: skip
REVISION = Revision(
    1, NOW - timedelta(days=7), "b" * 40, "2" * 40, "PATCH net-next",
    tuple(SentMessage(n, IDS[n], s, commit=c) for n, s, c in (
        (0, "[PATCH net-next 0/2] vsock: count loopback packets, refuse reserved bits", ""),
        (1, "[PATCH net-next 1/2] vsock/loopback: count the packets that are queued", "1" * 40),
        (2, "[PATCH net-next 2/2] vsock: refuse addresses with the reserved field set", "2" * 40))),
)  # fmt: skip
SERIES = Series("vsock-count", "20260302-vsock-count-5f3a9c0d1e2b", "vsock", "net-next/main", "b" * 40, "2" * 40,
                PATCHES, COVER, (REVISION,), next_floor=2)  # fmt: skip
WINDOW = Window(
    "net-next", WindowState.CLOSED, NOW - timedelta(days=8), NOW + timedelta(days=7),
    (Evidence("mainline's tags", WindowState.CLOSED, timedelta(days=8), "v7.1 was released on 1 March; rc1 is not out"),
     Evidence("status page", WindowState.CLOSED, timedelta(minutes=12), "the page says closed")),
    Forecast(NOW - timedelta(days=8), NOW + timedelta(days=7)), ("RFC", "PATCH net"),
    "netdev", "the profile net-next (Documentation/process/maintainer-netdev.rst)",
)  # fmt: skip
TAGS = [Tag("v7.1-rc1", (7, 1), 1, NOW - timedelta(days=57)),
        Tag("v7.1-rc2", (7, 1), 2, NOW - timedelta(days=50)),
        Tag("v7.1-rc6", (7, 1), 6, NOW - timedelta(days=22)),
        Tag("v7.1", (7, 1), 0, NOW - timedelta(days=8))]  # fmt: skip


def message(number: int, sender: Address, subject: str, body: str, parent: str = "", id: str = "") -> Message:
    """A mail of the thread."""
    references = tuple(dict.fromkeys(one for one in (IDS[0], parent) if one)) if parent else ()
    return Message(id or f"m-{number}@example.net", subject, sender, NOW - timedelta(days=6, hours=-number), (ADA,),
                   (Address("", "netdev@vger.kernel.org"),), (parent,) if parent else (), references, body)  # fmt: skip


_QUOTED = "".join(f"> {line}\n" for line in DIFF_COUNT.split("\n")[:14])
MESSAGES = [
    message(0, ADA, REVISION.messages[0].subject, COVER.body + "\n", id=IDS[0]),
    message(1, ADA, REVISION.messages[1].subject, f"{PATCHES[0].body}---\n{DIFF_COUNT}", IDS[0], IDS[1]),
    message(2, ADA, REVISION.messages[2].subject, f"{PATCHES[1].body}---\n{DIFF_REFUSE}", IDS[0], IDS[2]),
    message(3, MARCO, f"Re: {REVISION.messages[1].subject}",
            f"On Mon, Mar 02, 2026, Ada Example wrote:\n{_QUOTED}\nPlease name it pkts_queued: it says what is "
            "counted.\n\nThanks,\nMarco\n", IDS[1]),
    message(4, RITA, f"Re: {REVISION.messages[2].subject}",
            "Makes sense to me.\n\nReviewed-by: Rita Reviewer <rita@example.net>\n", IDS[2]),
    message(5, MARCO, f"Re: {REVISION.messages[0].subject}",
            "> Tested with tools/testing/vsock on the loopback transport.\n\nWhich test shows the counter?\n", IDS[0]),
]  # fmt: skip
COMMENTS = (
    Comment("3f2a91c0aa", "m-3@example.net", MARCO, IDS[1], REVISION.messages[1].subject,
            "net/vmw_vsock/vsock_loopback.c", 21, Side.NEW, (" \tstruct work_struct pkt_work;", "+",
            "+\tatomic64_t pkt_count;"), "Please name it pkts_queued: it says what is counted.", span=(16, 16), part=1),
    Comment("8c11d0e4bb", "m-5@example.net", MARCO, IDS[0], REVISION.messages[0].subject, "cover", 0, Side.NEW,
            ("Tested with tools/testing/vsock on the loopback transport.",), "Which test shows the counter?",
            span=(3, 3)),
)  # fmt: skip
SPACING = Finding("checkpatch:SPACING", Severity.ERROR, "space prohibited after that open parenthesis '('",
                  "net/vmw_vsock/vsock_loopback.c", 36, "scripts/checkpatch.pl")  # fmt: skip
FIXES = Finding("fixes-exists", Severity.ERROR, "the Fixes tag names another title than commit d021c344051a has",
                "COMMIT_MSG", 6, "Documentation/process/submitting-patches.rst",
                Fix("write the title that commit has",
                    PATCHES[1].message.replace("Introduce", "introduce")))  # fmt: skip
CHANGELOG = Finding("changelog", Severity.WARNING, "v2 does not say what changed since v1",
                    source="Documentation/process/submitting-patches.rst")  # fmt: skip
REPORT = Report(
    (PatchReport("1" * 40, PATCHES[0].subject, (SPACING,)), PatchReport("2" * 40, PATCHES[1].subject, (FIXES,))),
    (CHANGELOG,),
)
PEOPLE = (
    Recipient(Address("Stefano Garzarella", "sgarzare@example.com"), "maintainer", "VM SOCKETS (AF_VSOCK)", Header.TO,
              ("VM SOCKETS (AF_VSOCK): F: net/vmw_vsock/",)),
    Recipient(MARCO, "reviewer of v1", "", Header.CC, ("commented on v1",)),
    Recipient(Address("", "netdev@vger.kernel.org"), "open list", "VM SOCKETS (AF_VSOCK)", Header.CC,
              ("VM SOCKETS (AF_VSOCK): L: netdev@vger.kernel.org",)),
)  # fmt: skip
GROUPS = tuple(
    PatchRecipients(name, PEOPLE, (Dropped(Address("Old Address", "old@example.com"), "left out by hand"),))
    for name in (PATCHES[0].subject, PATCHES[1].subject, "cover letter")
)
OUTGOING = tuple(
    Outgoing(Mail(n, f"{n:04d}.patch", f"Subject: [PATCH net-next v2 {n}/2] {title}\n\nbody\n"),
             f"20260309-vsock-count-v2-{n}-5f3a9c0d1e2b@example.org", PEOPLE,
             f"Subject: [PATCH net-next v2 {n}/2] {title}\n\nbody of {title}\n")
    for n, title in enumerate((COVER.subject, PATCHES[0].subject, PATCHES[1].subject))
)  # fmt: skip
GATES = (
    Gate("window-closed", "net-next is closed until about 2026-03-16", "wait, or send it as RFC with --rfc"),
    Gate("open-comments", "2 review comments of v1 have no answer yet", "`patchflow todo` shows them", blocks=False),
)
RANGE_DIFF = """1:  11111111 ! 1:  33333333 vsock/loopback: count the packets that are queued
    @@ net/vmw_vsock/vsock_loopback.c: struct vsock_loopback {
      \tstruct work_struct pkt_work;
     +
    -+\tatomic64_t pkt_count;
    ++\tatomic64_t pkts_queued;
      };
2:  22222222 = 2:  44444444 vsock: refuse addresses with the reserved field set
"""


HEADERS = "linux-headers-7.1.0-amd64"
FOLDER = "net/vmw_vsock"
PLAN = BuildPlan(
    (FOLDER,), tuple(Module(FOLDER, name, "CONFIG_VSOCKETS") for name in ("vsock", "vsock_diag", "vsock_loopback")),
    (("include/net/af_vsock.h", "a build against packaged headers does not see it; try it in a full tree"),),
)  # fmt: skip
UNUSED = BuildMessage(f"{FOLDER}/vsock_loopback.c", 36, "warning", "unused variable 'len' [-Wunused-variable]")
MISSING = BuildMessage(f"{FOLDER}/vsock_addr.c", 33, "error", "'struct sockaddr_vm' has no member named 'svm_x'")
BUILT = BuildReport(
    f"{HEADERS} (gcc-12, W=1, sparse)", PLAN, "b" * 40, Built(True, (), seconds=11.2),
    (Step("1" * 40, PATCHES[0].subject, Built(True, (UNUSED,), seconds=1.9), (UNUSED,)),
     Step("2" * 40, PATCHES[1].subject, Built(False, (UNUSED, MISSING), seconds=1.1), (MISSING,))),
)  # fmt: skip
CONSOLE = (
    "[    0.000000] Linux version 7.1.0-amd64", "patchflow: loaded vsock.ko", "patchflow: loaded vsock_loopback.ko",
    "[    0.912345] BUG: kernel NULL pointer dereference, address: 0000000000000008",
    "[    0.912401] RIP: 0010:vsock_loopback_send_pkt+0x31/0x70 [vsock_loopback]", "[    0.912500] Call Trace:",
)  # fmt: skip
LOG = Path(__file__).parent.parent / "formats" / "traces" / "microvm-rng.log"
SAID = [("note", f"building against {HEADERS}"), ("line", "  CC [M]  net/vmw_vsock/vsock_loopback.o"),
        ("line", "net/vmw_vsock/vsock_loopback.c:36:6: warning: unused variable 'len' [-Wunused-variable]"),
        ("step", f"1/2 {PATCHES[0].subject}: builds, with 1 new warning (1.9 s)")]  # fmt: skip
TRIED = ({"kind": "build", "tip": "2" * 40, "base": "b" * 40, "date": "2026-03-09T11:00:00+00:00", "holds": True,
          "says": f"built patch by patch against {HEADERS} (gcc-12, W=1, sparse)", "words": []},)  # fmt: skip


def booted(console: tuple[str, ...] = CONSOLE) -> BootReport:
    """A boot that ends in an Oops."""
    return judge(Booted(console, False, 0, "tcg", 2.7), "microvm", "Linux 7.1.0-amd64")


def traced() -> TraceSummary:
    """A trace in which one interrupt is never acknowledged."""
    rows = LOG.read_text().split("\n")
    at = next(n for n, row in enumerate(rows) if "offset 0x64 value 0x1" in row)
    return TraceSummary.of(analyse(parse_log(rows[:at] + rows[at + 1 :])))


def _results(*rows: tuple[str, str, str]) -> tuple[Outcome, ...]:
    return tuple(Outcome(f"vsock:vsock_test.{name}", how, why) for name, how, why in rows)


TESTED = Tested(
    (Compared("vsock's own suite (tools/testing/vsock)", "on Linux 7.1.0-amd64, QEMU microvm (tcg)",
              _results(("SOCK_STREAM connection reset", "pass", ""), ("SOCK_STREAM bind only", "fail", "bind: refused"),
                       ("SOCK_SEQPACKET big message", "fail", "recv: reset"), ("SOCK_STREAM MSG_PEEK", "pass", "")),
              _results(("SOCK_STREAM connection reset", "pass", ""), ("SOCK_STREAM bind only", "pass", ""),
                       ("SOCK_SEQPACKET big message", "fail", "recv: reset"),
                       ("SOCK_STREAM MSG_PEEK", "fail", "peeked nothing"))),),
    (("net/vsock: vmtest.sh", "it needs bash, which the guest has not; --vng shows it this machine's"),),
)  # fmt: skip
TESTS = (
    WantedTest("exchange", "exchange", f"{FOLDER}/vsock_loopback.c: tools/testing/vsock/README"),
    WantedTest("vsock", "vsock", f"{FOLDER}/vsock_loopback.c: tools/testing/vsock/README"),
    WantedTest("kunit", "CONFIG_VSOCK_KUNIT_TEST", f"{FOLDER}/vsock_addr.c: {FOLDER}/Makefile",
               "CONFIG_KUNIT=y\nCONFIG_VSOCK_KUNIT_TEST=y\n"),
)  # fmt: skip


def tried(what: str, heard: Callable[[Any], None]) -> Any:
    """What came of a try, with a little output."""
    heard(SAID)
    held = booted((*CONSOLE[:3], "patchflow: test ended 0"))
    return {"build": BUILT, "boot": booted(), "test": TESTED, "trace": (held, traced())}[what]


TWO_OPEN = NextStep.of("todo", "2 open comments: ", TODO, ", then ", RESPIN)


def read() -> Read:
    """The series as it is read."""
    return Read(SERIES, profile("vsock"), Standing(State.CHANGES_ASKED, 2,
                TWO_OPEN, 6), WINDOW, True,
                tuple(build_threads(MESSAGES)), COMMENTS, mail_read=True, tried=TRIED)  # fmt: skip


def board() -> Board:
    """Five series in five states."""
    return Board((
        SeriesLine("vsock-count", "vsock-count", 2, "changes asked", 2, 2, 6,
                   TWO_OPEN, current=True, title="vsock: count the packets", home="vsock net-next", reviewed="1/2",
                   last=NOW, patchwork="changes-requested; failed: build_clang", arrived="arrived", bot_findings=1),
        SeriesLine("vhost-iotlb", "vhost-iotlb", 1, "drafting", 4, 0, None,
                   NextStep.of("check", "1 error to fix: ", CHECK)),
        SeriesLine("b4/virtio-console-fix", "virtio-console-fix", 1, "ready", 1, 0, None,
                   NextStep.of("send", "send v1: ", SEND)),
        SeriesLine("vsock-selftests", "vsock-selftests", 3, "sent", 7, 0, 16,
                   NextStep.of("nudge", "no answer for 16 days: a polite ping is due, ", NUDGE),
                   title="selftests/vsock: try every transport that is there", home="vsock net-next", reviewed="0/7",
                   patchwork="new", arrived="6 of 7 arrived"),
        SeriesLine("virtio-doc", "virtio-doc", 2, "applied", 1, 0, 40,
                   NextStep.of("applied", "applied: nothing to do")),
    ), WINDOW, "linux", reading=False, news=2)  # fmt: skip


NEWS = [
    ("2026-01-01T10:00:00+00:00", "vsock-count", "v2 arrived"),
    ("2026-01-02T11:00:00+00:00", "vsock-count", "Marco Maintainer: Why is this atomic?"),
    ("2026-01-02T12:00:00+00:00", "net-next", "net-next is closed"),
]


def plan() -> Plan:
    """A send with something in the way."""
    return Plan(SERIES, profile("vsock"), 2, Options(), OUTGOING, REPORT, WINDOW, GATES, "b" * 40)


def kept() -> Kept:
    """A draft of an answer."""
    draft = draft_of(MESSAGES[3], [COMMENTS[0]], ADA)
    return Kept(
        Path("3f2a91c0aa.draft"), replace(draft, body=draft.body.rstrip() + "\n\nRight, done in v2.\n"), MESSAGES[3]
    )


def review() -> ReviewModel:
    """A review of a series with a remark, a tag, a finding, and a remark on the version before."""
    raws = [
        f"From: Bo Example <bo@example.net>\nTo: netdev@vger.kernel.org\nDate: Mon, 02 Mar 2026 10:0{n}:00 +0000\n"
        f"Subject: [PATCH net-next v2 {n}/2] {one.subject}\nMessage-ID: <bo-{n}@example.net>\n"
        f"References: <bo-1@example.net>\n\n{one.body}---\n{diff}".encode()
        for n, (one, diff) in enumerate(zip(PATCHES, (DIFF_COUNT, DIFF_REFUSE), strict=True), 1)
    ]
    taken = take(mails_of(raws))
    kept = Review("vsock-count-v2", "bo-1@example.net", PATCHES[0].subject, "Bo Example <bo@example.net>", 2,
                  phase="applied")  # fmt: skip
    first, last = (target_of(one).places for one in mails_of_series(taken))
    place = next(one for one in first if one.text.startswith("+") and one.line)
    remark = OwnRemark("a1b2c3", "bo-1@example.net", "Name it pkts_queued:\nit says what is counted.", place.at + 1,
                       place.at + 1, place.text)  # fmt: skip
    draft = ReviewDraft((remark,), (OwnTag("b2c3d4", "bo-2@example.net", "Acked-by"),))
    line = next(one for one in last if one.text.startswith("+") and one.line)
    found = {"id": "c3d4e5", "message_id": "bo-2@example.net", "file": line.file, "line": line.line,
             "severity": "error", "rule": SPACING.rule, "text": SPACING.text}  # fmt: skip
    model = ReviewModel.of(kept, None, taken.chosen.posting.patches, draft, [found])
    before = COMMENTS[0]._replace(later=Later(2, False, "bo-1@example.net", place.file, place.line))
    fate = Remark(before, Fate.IGNORED, "its line is still there")
    model.since = Since(1, (fate,), frozenset({"bo-2@example.net"}), {"bo-2@example.net": f"Reviewed-by: {ADA}"})
    return model


def mail_list() -> MailList:
    """A series that waits, and a line for each mail, some unread."""
    first = MESSAGES[0]
    waiting = Waiting(Why.ANSWERED, first.id, first.id, first.subject, first.sender, 2, 2, None, 5, unread=1)
    hits = [
        Hit(one.id, one.subject, str(one.sender), int(one.date.timestamp()) if one.date else 0, number // 2, number < 3)
        for number, one in enumerate(MESSAGES)
    ]
    return MailList(hits, [waiting])


def put_in(patch: pytest.MonkeyPatch) -> None:
    """All slow work answers with these values at once."""
    answers: dict[str, Any] = {
        "board.read_board": lambda directory, heard: board(),
        "reading.read_series": lambda directory, branch, heard: read(),
        "reading.read_news": lambda directory, now: (NEWS, 1),
        "running.check": lambda directory, series, job: REPORT,
        "reading.recipients": lambda directory, series: GROUPS,
        "sending.plan": lambda directory, branch, options, job: plan(),
        "reading.range_diff": lambda directory, series, names: RANGE_DIFF,
        "reading.window": lambda directory, profile: (WINDOW, TAGS, NOW),
        "replying.drafts": lambda directory: [
            ("a.draft", "Re: [PATCH net-next 1/2] vsock/loopback: count the packets")
        ],
        "replying.draft_for": lambda directory, ids: kept(),
        "replying.save_draft": lambda kept, text: None,
        "replying.lint": lambda directory, kept: [],
        "reviewing.every": lambda directory: [(review().review, review().draft)],
        "reviewing.open_review": lambda directory, name, offer: review(),
        "trying.outlook": lambda directory, series, against: Outlook(HEADERS, PLAN, tests=TESTS),
        "trying.run": lambda what, directory, series, against, tests, job, heard: tried(what, heard),
        "mail.mail_list": lambda directory, words, heard: mail_list(),
        "mail.open_thread": lambda directory, id: ThreadRead(
            build_threads(MESSAGES), frozenset(one.id for one in MESSAGES[2:])
        ),
        "reading.seen": lambda directory: frozenset(),
        "reading.keep_seen": lambda directory, message_ids: None,
        "board.settings": lambda directory: (Keymap(), ""),
        "writing.read_work": lambda directory, context: WORK,
        "running.command_words": lambda directory: {},
        "running.commands_run": lambda: [
            Ran("git range-diff --no-color a..b c..d", 0.03, 0, NOW),
            Ran("perl checkpatch.pl", 0.41, 1, NOW),
        ],
    }
    patch.setenv("TZ", "UTC")
    time.tzset()
    for name, answer in answers.items():
        patch.setattr(f"patchflow.tui.work.{name}", answer)
    patch.setattr("patchflow.tui.models.board._now", lambda: NOW)


def app(theme: str = "textual-dark") -> PatchflowApp:
    """The app over these values."""
    made = PatchflowApp("/linux", poll=False)
    made.first_theme = theme
    return made
