"""The mails of syzbot and of syzbot ci: crashes, bisections, what became of a tested patch, and answers to commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots.facts import fields, lines_of, message_id, with_fields
from patchflow.formats.mail.bots.messages import message_at

_FIELDS = (
    *("head commit", "commit", "git tree", "kernel config", "dashboard link", "compiler", "syz repro"),
    *("c reproducer", "tree", "base", "config", "c repro"),
)
_TITLE = lazy_re.compile(
    r"^(?:\s*(?:re:|fwd:|\[syzbot[^\]]{0,20}\]|\[[a-z0-9-]{1,30}\?\]))*\s*(?P<title>.*?)(?:\s\(\d+\))?\s*$", re.I
)
_FRAME = lazy_re.compile(
    r"(?<![\w.])(?P<symbol>[A-Za-z_][\w.]{0,120})\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8} "
    r"(?P<file>[\w./+-]{3,200}):(?P<line>\d{1,7})"
)
_IN = lazy_re.compile(r"\b(?:in|at) (?P<symbol>[A-Za-z_]\w{1,120})$")
_COMMIT = lazy_re.compile(r"^commit (?P<hash>[0-9a-f]{12,40})$", re.MULTILINE)
_SUMMARY = lazy_re.compile(r"^This is a \d{1,3}-day syzbot report", re.MULTILINE)
_NOT_OURS = ("failed to checkout kernel repo", "SYZFAIL", "failed to create VM", "lost connection")


def read(message: Message) -> Report:
    """What such a mail says; an answer to a command where it has no other form."""
    lines = lines_of(message.body)
    text = "\n".join(lines[:4_000])
    match = _TITLE.match(message.subject)
    title = match["title"] if match else message.subject
    found = fields(lines, _FIELDS)
    if "syzbot ci has tested the following series" in text:
        report = _series(lines)
    elif "the reproducer did not trigger any issue" in text or "syzbot suspects this issue was fixed by" in text:
        report = Report(ReportKind.NOTICE)
    elif at := _line(lines, "but the reproducer is still triggering an issue:"):
        report = Report(ReportKind.TEST, (_crash(lines, at, _said(lines, at)[1] or title),))
    elif at := _line(lines, "but the build/boot failed:"):
        report = _not_built(lines, at)
    elif at := _line(lines, "syzbot has bisected this issue to:"):
        report = _blamed(Report(ReportKind.CRASH, (_crash(lines, at - 1, title),)), text)
    elif at := _line(
        lines,
        "syzbot found the following issue on:",
        "syzbot found the following crash on:",
        "syzbot has found a reproducer for",
    ):
        report = Report(ReportKind.CRASH, (_crash(lines, at - 1, title),))
        if "The issue was bisected to:" in text or "The bug was bisected to:" in text:
            report = _blamed(report, text)
    else:
        return Report(ReportKind.SUMMARY if _SUMMARY.search(text) else ReportKind.RECEIPT)
    known = with_fields(report, found)
    return known._replace(
        patch=report.patch,
        commit=report.commit or found.get("head commit", found.get("commit", "")).partition(" ")[0],
        title=report.title,
        reproduce=found.get("c reproducer") or found.get("c repro") or found.get("syz repro", ""),
        link=report.link or found.get("dashboard link", ""),
    )


def _line(lines: Sequence[str], *ends: str) -> int:
    """The number (from 1) of the first line with one of these words near the top; 0 where there is none."""
    return next((at for at, line in enumerate(lines[:400], 1) if any(end in line for end in ends)), 0)


def _said(lines: Sequence[str], after: int) -> tuple[int, str]:
    """The first line that says anything behind line number `after`, as (number from 1, words)."""
    return next(
        ((at, line.strip()) for at, line in enumerate(lines[after : after + 20], after + 1) if line.strip()),
        (after, ""),
    )


def _crash(lines: Sequence[str], at: int, title: str) -> Issue:
    """A crash by its title, placed by the frame of the function that the title names."""
    named = _IN.search(title)
    wanted = named["symbol"] if named else ""
    told = (line for line in lines if "+0x" in line and wanted in line)
    frame = next((one for line in told if (one := _FRAME.search(line)) and wanted in ("", one["symbol"])), None)
    return Issue(
        title,
        frame["file"] if frame else "",
        int(frame["line"]) if frame else 0,
        severity="error",
        symbol=wanted,
        span=(at + 1, at + 1),
        key=f"syzbot {title}",
    )


def _blamed(report: Report, text: str) -> Report:
    """The report with the commit that a bisection ended at; its title stands indented below."""
    match = _COMMIT.search(text)
    if match is None:
        return report
    below = text[match.end() :].split("\n", 8)[:8]
    title = next((line.strip() for line in below if line.startswith("    ") and line.strip()), "")
    return report._replace(commit=match["hash"], title=title)


def _not_built(lines: Sequence[str], at: int) -> Report:
    """Why a patch could not be tested: what the compiler said, or the first words; not what failed at syzbot's."""
    first, words = _said(lines, at)
    if not words or words.startswith(_NOT_OURS):
        return Report(ReportKind.NOTICE)
    end = _line(lines, "Tested on:") or len(lines)
    found = [
        issue._replace(known=False, span=(number, number))
        for number, line in enumerate(lines[first - 1 : end - 1], first)
        if ": error: " in line and (issue := message_at(line))
    ]
    if not found:
        told = [line.strip() for line in lines[first - 1 : end - 1][:20] if line.strip() and words.endswith(":")] or [
            words
        ]
        found = [
            Issue(
                " ".join(told)[:600], severity="error", span=(first, first + len(told) - 1), key=f"syzbot {words[:200]}"
            )
        ]
    return Report(ReportKind.TEST, tuple(found[:20]))


def _series(lines: Sequence[str]) -> Report:
    """What syzbot ci found in a series: each issue by its title."""
    patch = next((found for line in lines[:40] if (found := message_id(line))), "")
    title = next((line.partition("] ")[2].strip() for line in lines[:10] if line.startswith("[v")), "")
    at = _line(lines, "and found the following issue")
    if not at:
        return Report(ReportKind.NOTICE, patch=patch, title=title)
    issues: list[Issue] = []
    link = ""
    for number, line in enumerate(lines[at:], at + 1):
        words = line.strip().removeprefix("* ")
        if words.startswith("Full report is available here"):
            link = _said(lines, number)[1]
            break
        if words and len(issues) < 50:
            issues += _found(lines, number, words)
    kind = ReportKind.BUILD if all(issue.column for issue in issues) and issues else ReportKind.CRASH
    return Report(kind, tuple(issue._replace(known=False) for issue in issues), patch=patch, title=title, link=link)


def _found(lines: Sequence[str], at: int, words: str) -> list[Issue]:
    if not words.startswith("kernel build error"):
        return [_crash(lines, at - 1, words)]
    built = [
        issue._replace(span=(number, number))
        for number, line in enumerate(lines, 1)
        if ": error: " in line and (issue := message_at(line))
    ]
    return built[:50] or [Issue(words, severity="error", span=(at, at), key=f"syzbot {words}")]
