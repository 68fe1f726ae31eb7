"""What the kernel test robot measured and saw when a kernel ran: a changed number, a failed boot or test."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchflow import lazy_re
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots.facts import fields, key_of, tree_path

_CHANGE = lazy_re.compile(
    r"noticed (?:an? )?(?P<change>[+-]?\d{1,6}(?:\.\d{1,3})?%) (?P<what>regression|improvement) (?:of|on|in) "
    r"(?P<metric>\S{1,120})"
)
_NOTICED = lazy_re.compile(r'noticed "(?P<name>[^"\n]{1,300})" on:?|noticed (?P<plain>[a-z][\w -]{2,60}) on:')
_DUE = lazy_re.compile(r"(?:FYI, )?[Ww]e noticed (?:the following commit|(?P<name>\S.{0,300}?) due to commit)\b")
_SUBJECT = lazy_re.compile(r"\b[0-9a-f]{8,12}: (?P<name>\S.{0,300})$")
_DMESG = lazy_re.compile(
    r"(?:kern\s*:\w+\s*:\s*)?\[\s*\d{1,7}\.\d{1,7}\](?:\[\s*[TC]\d{1,7}\])?\s?(?P<text>(?:BUG|WARNING|INFO|kernel BUG|"
    r"Oops|UBSAN|KASAN|KCSAN|Unable to handle|general protection|Kernel panic|Internal error|stack segment|"
    r"divide error|refcount_t)\b.*)"
)
_AT_LINE = lazy_re.compile(
    r"(?:\b(?:at|in) |\()(?P<file>[\w./+-]{1,200}\.[chS]):(?P<line>\d{1,7})"
    r"(?:,? (?:at )?(?P<symbol>[A-Za-z_][\w.]{1,120})(?=\+0x|$| ?\())?"
)
_IN_SYMBOL = lazy_re.compile(r"\b(?:in|at:?) (?P<symbol>[A-Za-z_][\w.]{1,120})(?:\+0x|$| \()")


def read_run(lines: Sequence[str], subject: str) -> Report | None:
    """What such a mail says; None for mails of another form."""
    for at, line in enumerate(lines[:400]):
        if "noticed" not in line:
            continue
        if match := _CHANGE.search(line):
            return _performance(match, at)
        if match := _NOTICED.search(line):
            return _ran(match["name"] or match["plain"], at, lines)
        if match := _DUE.match(line):
            titled = _SUBJECT.search(subject[:1_000])
            return _ran(match["name"] or (titled["name"] if titled else ""), at, lines)
    return None


def _performance(match: re.Match[str], at: int) -> Report:
    """A changed number; one that got better asks for nothing."""
    if match["what"] == "improvement":
        return Report(ReportKind.NOTICE)
    metric = match["metric"].rstrip(":,")
    words = f"{match['change']} regression of {metric}"
    issue = Issue(words, severity="warning", known=False, span=(at + 1, at + 1), key=f"performance {metric}")
    return Report(ReportKind.PERFORMANCE, (issue,))


def _ran(name: str, at: int, lines: Sequence[str]) -> Report:
    """What the kernel or a test said when it ran; `name` is what the mail calls it."""
    case = fields(lines, ("in testcase",)).get("in testcase", "").strip()
    said = console_message(lines)
    words = said.text if said else name or f"{case or 'a test'} failed"
    failed = name.endswith((".fail", ".timeout")) or (said is None and case not in ("boot", ""))
    kind = ReportKind.TEST if failed else (ReportKind.BOOT if case == "boot" else ReportKind.CRASH)
    issue = said if said and not failed else Issue(name or words, severity="error", span=(at + 1, at + 1))
    return Report(kind, (issue._replace(known=False, key=f"runs {name}" if name else key_of(words)),))


def console_message(lines: Sequence[str]) -> Issue | None:
    """The first complaint of a kernel in the lines of its console, with the place that it tells."""
    for at, line in enumerate(lines):
        if line[:1] in "[k" and (match := _DMESG.match(line)):
            return crash(match["text"].strip())._replace(span=(at + 1, at + 1))
    return None


def crash(words: str) -> Issue:
    """A kernel's complaint, with the file, line and function that stand in it."""
    place, symbol = _AT_LINE.search(words), _IN_SYMBOL.search(words)
    if place:
        return Issue(
            words,
            tree_path(place["file"]),
            int(place["line"]),
            severity="error",
            symbol=place["symbol"] or (symbol["symbol"] if symbol else ""),
            key=key_of(words),
        )
    return Issue(words, severity="error", symbol=symbol["symbol"] if symbol else "", key=key_of(words))
