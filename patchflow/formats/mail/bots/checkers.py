"""Findings of checkers that run over linux-next: Coverity's mails, and smatch's that a person passes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots.facts import distinct, key_of, lines_of, tree_path

_FOUND = lazy_re.compile(r"\*\*\* CID (?P<id>\d{1,9}): +(?P<text>\S.{0,300})$")
_FOUND_AT = lazy_re.compile(r"/?(?P<file>[^\s:]{1,250}): ?(?P<line>\d{1,7}) in (?P<symbol>[^\s()]{1,120})\(\)$")
_SAID = "vvv     "
_TOUCHED = lazy_re.compile(r'\s{1,8}(?P<hash>[0-9a-f]{8,40}) \("(?P<title>[^\n]{1,300})"\)$')

_BLAMED = lazy_re.compile(
    r"\b(?:patch|[Cc]ommit) (?P<hash>[0-9a-f]{8,40})(?:: | \()\"(?P<title>[^\n]{1,300}?)\"\)? from "
)
_AT = lazy_re.compile(
    r"\s{0,16}(?P<file>[^\s:()]{1,250}):(?P<line>\d{1,7}) (?P<symbol>[^\s()]{1,120})\(\)\s*(?P<rest>.*)$"
)
_WARN = lazy_re.compile(r"\s{0,16}(?P<severity>warn|error|info): (?P<text>\S.*)$")
_SOURCE = lazy_re.compile(r"\s{0,16}(?:--> ?)?\d{1,7}(?:\s|$)|\s{1,200}\^{1,200}\s*$|[\w./+-]{1,250}\.[chS]$")
_END = ("regards,", "Regards,", "-- ", "thanks,", "Best regards,")


def read_coverity(message: Message) -> Report:
    """Each finding of Coverity with its place, and the commit that touched the lines."""
    lines = lines_of(message.body)
    touched = next((match for line in lines[:60] if (match := _TOUCHED.match(line))), None)
    words = " ".join(_human(lines))
    issues = list[Issue]()
    for at, line in enumerate(lines):
        if match := _FOUND.match(line):
            issues.append(_coverity(lines, at, match, words))
    return Report(
        ReportKind.STATIC if issues else ReportKind.NOTICE,
        distinct(issues),
        title=touched["title"] if touched else "",
        commit=touched["hash"] if touched else "",
        link=next((line.strip() for line in lines[:20] if line.startswith("https://scan.coverity.com/")), ""),
    )


def _coverity(lines: Sequence[str], at: int, match: re.Match[str], words: str) -> Issue:
    place = _FOUND_AT.match(lines[at + 1]) if at + 1 < len(lines) else None
    file = tree_path(place["file"]) if place else ""
    end, said = at + (1 if place else 0), ""
    for below in range(at + 1, min(at + 60, len(lines))):
        if lines[below].startswith("*** CID "):
            break
        if lines[below].startswith(_SAID) and not lines[below].startswith(f"{_SAID}CID "):
            end, said = below, lines[below].removeprefix(_SAID).strip()
            break
    text = f"{match['text'].strip()}: {said}" if said else match["text"].strip()
    return Issue(
        f"{text} - {words}" if words else text,
        file,
        int(place["line"]) if place else 0,
        severity="warning",
        symbol=place["symbol"] if place else "",
        span=(at + 1, end + 1),
        key=key_of(f"{place['symbol'] if place else ''} {text}", file),
    )


def _human(lines: Sequence[str]) -> Iterator[str]:
    """What the person behind the bot wrote into its mail: below `Human edit:`, and below the tags."""
    written = False
    for line in lines:
        if line.startswith(("Human edit:", "Fixes: ")):
            written = True
        elif line.startswith(("Reported-by: ", "Thanks for your attention", "-- ")):
            written = False
        elif written and line.strip():
            yield line.strip()


def read_smatch(message: Message) -> Report:
    """Smatch's warning with the words that the person who passes it on wrote into the source."""
    lines = lines_of(message.body)
    head = " ".join(" ".join(lines[:20])[:3_000].split())
    blamed = _BLAMED.search(head)
    issues: list[Issue] = []
    last = 0
    for at, line in enumerate(lines):
        place = _AT.match(line)
        if place is None:
            continue
        warn, end = _WARN.match(place["rest"]), at
        if warn is None and at + 1 < len(lines):
            warn, end = _WARN.match(lines[at + 1]), at + 1
        if warn is None:
            continue
        file, last = tree_path(place["file"]), end + 1
        severity = "error" if warn["severity"] == "error" else "warning"
        text = warn["text"].strip()
        key = key_of(f"{place['symbol']} {text}", file)
        issues.append(
            Issue(
                text,
                file,
                int(place["line"]),
                severity=severity,
                symbol=place["symbol"],
                span=(at + 1, end + 1),
                key=key,
            )
        )
        if len(issues) >= 100:
            break
    words = " ".join(_remarks(lines[last:])) if issues else ""
    if words:
        issues[-1] = issues[-1]._replace(text=f"{issues[-1].text} - {words}")
    return Report(
        ReportKind.STATIC if issues else ReportKind.NOTICE,
        distinct(issue._replace(known=False) for issue in issues),
        title=blamed["title"] if blamed else "",
        commit=blamed["hash"] if blamed else "",
    )


def _remarks(lines: Sequence[str]) -> Iterator[str]:
    """The lines between those of the source that a person wrote."""
    for line in lines:
        if line.startswith(_END):
            return
        if line.strip() and not _SOURCE.match(line):
            yield line.strip()
