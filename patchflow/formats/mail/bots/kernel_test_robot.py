"""The mails of the kernel test robot (0-day): builds, sparse, smatch, coccinelle, checkpatch, performance and boots."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.report import Report, ReportKind
from patchflow.formats.mail.bots.facts import fields, lines_of, with_fields
from patchflow.formats.mail.bots.messages import BINDINGS, STATIC, Listing
from patchflow.formats.mail.bots.notes import read_stable_rule
from patchflow.formats.mail.bots.runs import read_run

_FIELDS = ("base", "tree", "commit", "config", "compiler", "reproduce", "patch link", "patch subject")
_SUMMARY = lazy_re.compile(r"\bBUILD (?:REGRESSION|SUCCESS|INCOMPLETE|DONE)\b")
_COMMIT = lazy_re.compile(r"(?P<hash>[0-9a-f]{8,40})\b\s*(?:\[\d+/\d+\]\s*)?(?P<title>.*)")
_MATERIALS = lazy_re.compile(r"reproduce(?:r)? (?:are|is) available at:?\s+(?P<url>https?://\S{1,300})")
_CLOSES = lazy_re.compile(r"^\|?\s?(?:Closes|Link): (?P<url>https?://\S{1,300})", re.MULTILINE)


def read(message: Message) -> Report:
    """What such a mail says; a notice where it has no form that is known."""
    lines = lines_of(message.body)
    text = "\n".join(lines)
    if _SUMMARY.search(message.subject) or _SUMMARY.search(text[:3_000]) or "Error/Warning reports:\n" in text[:3_000]:
        return _facts(Report(ReportKind.SUMMARY), lines, text)
    if "the stable kernel rule is not satisfied" in text[:3_000]:
        return read_stable_rule(message)
    if (report := read_run(lines, message.subject)) is not None:
        return _facts(report, lines, text)
    issues, tools = Listing(lines).issues()
    kind = ReportKind.BUILD if issues else ReportKind.NOTICE
    if any(tool.startswith(STATIC) for tool in tools):
        kind = ReportKind.STATIC
    elif any(tool.startswith(BINDINGS) for tool in tools):
        kind = ReportKind.BINDINGS
    elif "checkpatch" in tools:
        kind = ReportKind.STYLE
    return _facts(Report(kind, issues), lines, text)


def _facts(report: Report, lines: Sequence[str], text: str) -> Report:
    found = fields(lines, _FIELDS)
    report = with_fields(report, found)
    if match := _COMMIT.match(found.get("commit", "")):
        title = match["title"].strip().removeprefix("(").removesuffix(")").strip('"')
        report = report._replace(commit=match["hash"], title=report.title or title)
    if not report.reproduce and (match := _MATERIALS.search(" ".join(text[-30_000:].split()))):
        report = report._replace(reproduce=match["url"])
    if match := _CLOSES.search(text):
        report = report._replace(link=match["url"])
    return report
