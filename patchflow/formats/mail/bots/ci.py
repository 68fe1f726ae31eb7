"""Continuous testing that answers on the lists: KernelCI, media-ci, BPF CI, blktests, BlueZ, CKI, Patchew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots.facts import distinct, key_of, lines_of, tree_path
from patchflow.formats.mail.bots.messages import message_at
from patchflow.formats.mail.bots.runs import crash

_MOST = 1_000  # findings of one mail
_FOUND = lazy_re.compile(
    r"New (?P<what>build|boot|test|[\w-]{1,30}) (?:issue|regression|failure)s? found on (?P<tree>\S{1,200}?):?$"
)
_LOGSPEC = lazy_re.compile(r"\s*\[logspec:[^\]]{0,200}\]")
_OBJECT = lazy_re.compile(r" in \S{1,250}\.o \((?P<file>[^\s()]{1,250})\)$")
_BUILT_AS = lazy_re.compile(r"## (?P<config>.{1,300}?):?$")
_FACT = lazy_re.compile(
    r"-? ?(?P<name>dashboard|giturl|commit HEAD|commit hash|compiler|config|Dashboard): +(?P<value>\S.*)"
)
_TEST = lazy_re.compile(r"# Test (?P<name>[\w-]{1,60}(?::\S{1,250})?)")
_STATUS = lazy_re.compile(r"^Status: +(?P<status>[A-Z]+)$")
_JOB = lazy_re.compile(r"(?P<name>[\w./+ -]{1,100}): https?://\S+$")
_COUNTED = lazy_re.compile(r"\b[\w-]{1,40}: \d{1,6} (?:builds?|boots?|runs?|tests?)[:,] ")
_FAILED = lazy_re.compile(
    r"(?:(?P<test>[\w/.-]{1,120}):FAIL:|#\d{1,5}(?:/\d{1,5})? {1,8}(?P<case>[\w/.:-]{1,120}):FAIL)(?P<rest>.*)"
)
_BLUEZ = lazy_re.compile(r"Test: (?P<name>.{1,60}?) - (?P<result>PASS|FAIL|ERROR|WARNING|SKIP|PENDING)$")
_WHOLE_FILES = ("CheckSmatch", "CheckSparse", "ScanBuild", "CheckKernelLLVM", "IncrementalBuild")
_CHECK = lazy_re.compile(r"(?P<severity>ERROR|WARNING|CHECK):(?:(?P<type>[A-Z0-9_]{3,60}):)? (?P<text>\S.*)")
_CHECKED_AT = lazy_re.compile(r"#\d{1,7}:(?: FILE: (?P<file>[^\s:]{1,250}):(?P<line>\d{1,7}):)?")
_NOT_APPLIED = lazy_re.compile(r"error: patch failed: (?P<file>[^\s:]{1,250}):(?P<line>\d{1,7})$")
_CROSS = lazy_re.compile(r"\s+❌ (?P<name>\S.{0,200})")
_REPORT_AT = lazy_re.compile(r"(?:full report at|full log is available at):?\s+(?P<url>https?://\S{1,300})")
_PW = lazy_re.compile(
    r"^(?:PW Link:|Patchwork: +|Matrix: +|PR: +|Run record: +)(?P<url>https?://\S{1,300})", re.MULTILINE
)
_MAIL_ID = lazy_re.compile(r"^Message-id: <?(?P<id>[^\s<>]{3,300})>?$", re.MULTILINE)


def read(message: Message) -> Report:
    """What such a mail says, by its own words; a notice where it has no form that is known."""
    lines = lines_of(message.body)
    text = "\n".join(lines)
    if "Media CI robot detected some" in text:
        return _media(lines, text)
    if "CI has tested the following submission:" in text:
        return _submission(lines, text)
    if "This is a CI test results with your patch series" in text or "couldn't be applied to the current HEAD" in text:
        return _bluez(lines, text)
    if "=== OUTPUT BEGIN ===" in text or "=== TEST SCRIPT BEGIN ===" in text:
        return _patchew(lines, text)
    if "The results of these automated tests are provided below" in text:
        return _cki(lines)
    for at, line in enumerate(lines[:60]):
        if match := _FOUND.match(line):
            return _kernelci(lines, at, match)
    status = (
        message.subject.startswith("[STATUS]")
        or "Status summary for " in text
        or _COUNTED.search(message.subject[:1_000])
    )
    return Report(ReportKind.SUMMARY if status else ReportKind.NOTICE)


def _kernelci(lines: Sequence[str], at: int, match: re.Match[str]) -> Report:
    """KernelCI's issue: its words between two rules, the log's first message with a place, one build for all."""
    kind = {"build": ReportKind.BUILD, "boot": ReportKind.BOOT}.get(match["what"], ReportKind.TEST)
    first = at + 1
    while first < len(lines) and lines[first].strip() in ("", "---"):
        first += 1
    end = first
    while end < len(lines) and lines[end].strip() not in ("", "---"):
        end += 1
    if first == len(lines):  # it ends here: its first words are all there is
        first, end = at, at + 1
    words = _LOGSPEC.sub("", " ".join(" ".join(lines[first:end]).split()))
    named = _OBJECT.search(words)
    words = _OBJECT.sub("", words).strip() or lines[at].strip()
    issue = crash(words)
    if named:
        issue = Issue(words, tree_path(named["file"]), severity="error", key=key_of(words, tree_path(named["file"])))
        logged = (found for line in lines[end : end + 200] if ": error: " in line and (found := message_at(line)))
        if place := next((one for one in logged if one.file == issue.file), None):
            issue = issue._replace(line=place.line, column=place.column)
    report = Report(kind, (issue._replace(known=False, span=(first + 1, end)),), tree=match["tree"])
    for line in lines[end:]:
        if fact := _FACT.match(line):
            name, value = fact["name"].lower(), fact["value"].strip()
            if name == "dashboard":
                report = report._replace(link=report.link or value)
            elif name.startswith("commit"):
                report = report._replace(commit=report.commit or value)
            elif name == "giturl":
                report = report._replace(tree=f"{value} {match['tree'].partition('/')[2]}".strip())
            elif name == "compiler":
                report = report._replace(compiler=report.compiler or value)
            elif name == "config":
                report = report._replace(reproduce=report.reproduce or value)
        elif (built := _BUILT_AS.match(line)) and not report.config:
            report = report._replace(config=built["config"])
    return report


def _media(lines: Sequence[str], text: str) -> Report:
    """The media tree's: sections `# Test NAME[:PATCH]`, each with what that test said."""
    names = [match["name"] for line in lines if (match := _TEST.match(line))]
    issues: list[Issue] = []
    name = ""
    for at, line in enumerate(lines):
        if match := _TEST.match(line):
            name = match["name"]
        elif line.startswith("Please fix your series") or len(issues) >= _MOST:
            break
        elif name and (issue := _checked(lines, at) or _patch_style(line) or message_at(line)):
            issues.append(issue._replace(known=False, span=(at + 1, max(issue.span[1], at + 1))))
    kind = ReportKind.TEST
    if all("checkpatch" in one or "style" in one for one in names) and names:
        kind = ReportKind.STYLE
    elif any(one.startswith("static") for one in names):
        kind = ReportKind.STATIC
    elif any("build" in one for one in names):
        kind = ReportKind.BUILD
    return Report(kind, distinct(issues), link=_url(_REPORT_AT, text))


def _url(form: re.Pattern[str], text: str) -> str:
    match = form.search(text)
    return match["url"].rstrip(".") if match else ""


def _patch_style(line: str) -> Issue | None:
    """`ERROR: ./0001-title.patch: what is wrong`, about a patch as a whole."""
    head, mark, rest = line.partition(".patch: ")
    if not mark or not head.startswith(("ERROR: ", "WARNING: ")):
        return None
    severity = "error" if head.startswith("ERROR") else "warning"
    return Issue(rest.strip(), severity=severity, key=key_of(rest)) if rest.strip() else None


def _checked(lines: Sequence[str], at: int) -> Issue | None:
    """A finding of checkpatch with its place, which stands in the line below."""
    match = _CHECK.match(lines[at])
    place = _CHECKED_AT.match(lines[at + 1]) if match and at + 1 < len(lines) else None
    if match is None or place is None:
        return None
    file = tree_path(place["file"] or "")
    text = f"{match['text']} ({match['type']})" if match["type"] else match["text"]
    severity = "error" if match["severity"] == "ERROR" else "warning"
    key = f"{file} checkpatch {match['type']}" if match["type"] else key_of(match["text"], file)
    return Issue(text, file, int(place["line"] or 0), 0, severity, span=(at + 1, at + 2), key=key)


def _submission(lines: Sequence[str], text: str) -> Report:
    """BPF CI's and blktests': a status, the jobs that failed, and how the first test failed."""
    status = next((match["status"] for line in lines[:40] if (match := _STATUS.match(line))), "")
    link = _url(_PW, "\n".join(line for line in lines if line.startswith(("Matrix:", "PR:", "Run record:")))) or _url(
        _PW, text
    )
    title = next((line.partition(":")[2].strip() for line in lines[:40] if line.startswith("Name:")), "")
    if status == "CONFLICT":
        at = next((n for n, line in enumerate(lines, 1) if "rebase your submission" in line), 1)
        issue = Issue(
            "does not apply to the tree that is tested: rebase", severity="error", span=(at, at), key="conflict"
        )
        return Report(ReportKind.TEST, (issue,), title=title, link=link)
    issues = list(_failures(lines)) if status == "FAILURE" else []
    return Report(ReportKind.TEST if issues else ReportKind.SUMMARY, distinct(issues), title=title, link=link)


def _failures(lines: Sequence[str]) -> Iterator[Issue]:
    jobs: list[str] = []
    at_jobs, listed, told = 0, False, False
    for at, line in enumerate(lines, 1):
        if line.startswith("Failed jobs:"):
            listed, at_jobs = True, at
        elif listed and (match := _JOB.match(line)):
            jobs.append(match["name"])
        elif match := _FAILED.match(line):
            test = match["test"] or match["case"]
            words = f"{test} failed{': ' if match['rest'].strip() else ''}{match['rest'].strip()}"
            told = True
            yield Issue(words, severity="error", symbol=test, known=False, span=(at, at), key=f"test {test}")
        else:
            listed = listed and bool(line.strip())
    if jobs and not told:
        words = f"failed: {', '.join(jobs)}"
        yield Issue(
            words,
            severity="error",
            known=False,
            span=(at_jobs, at_jobs + len(jobs)),
            key=f"jobs {' '.join(jobs)[:300]}",
        )


def _bluez(lines: Sequence[str], text: str) -> Report:
    """BlueZ': blocks `Test: NAME - FAIL` with their output; the table of times is none."""
    issues: list[Issue] = []
    style = True
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if match := _NOT_APPLIED.match(line):
            file = tree_path(match["file"])
            issues.append(
                Issue("does not apply", file, int(match["line"]), 0, "error", span=(at, at), key=f"{file} apply")
            )
            style = False
            continue
        match = _BLUEZ.match(line)
        if match is None or match["result"] not in ("FAIL", "ERROR", "WARNING"):
            continue
        name, first, before = match["name"], at, len(issues)
        while at < len(lines) and not lines[at].startswith(("####", "---")):
            found = _checked(lines, at) or message_at(lines[at]) if len(issues) < _MOST else None
            if found:
                issues.append(found._replace(span=(at + 1, max(at + 1, found.span[1]))))
            at += 1
        if name in _WHOLE_FILES and len(issues) > before:
            issues[before:] = [_counted(name, issues[before:])]
        style = style and name in ("CheckPatch", "GitLint", "CheckGitLint", "SubjectPrefix", "CheckSparse")
        if len(issues) == before:
            output = [
                one.strip()
                for one in lines[first:at]
                if one.strip() and not one.startswith(("Desc:", "Duration:", "Output:"))
            ]
            words = f"{name}: {' '.join(output)[:600]}" if output else f"{name} failed"
            issues.append(
                Issue(words, severity="error", span=(first, at), key=f"test {name} {key_of(' '.join(output[:3]))}")
            )
    kept = distinct(issue._replace(known=False) for issue in issues)
    kind = (ReportKind.STYLE if style else ReportKind.TEST) if kept else ReportKind.SUMMARY
    return Report(kind, kept, link=_url(_PW, text))


def _counted(name: str, found: Sequence[Issue]) -> Issue:
    """What a checker said of whole files, most of it older than the patch, as one to look through."""
    first = found[0]
    if len(found) == 1:
        return first
    words = f"{name}: {len(found)} messages, the first at {first.file}:{first.line}: {first.text}"
    return first._replace(text=words, span=(first.span[0], found[-1].span[1]))


def _cki(lines: Sequence[str]) -> Report:
    """CKI's: the tests that failed, each once with where; its long tables of what ran are none."""
    failed: dict[str, tuple[int, list[str]]] = {}
    issues = []
    where, listed = "", False
    commit = next((line.partition("Commit:")[2].strip() for line in lines[:40] if "  Commit: " in line), "")
    for at, line in enumerate(lines, 1):
        if line.startswith("______"):
            break  # how it was tested
        listed = listed or line.startswith("One or more kernel tests failed:")
        if match := _NOT_APPLIED.match(line.strip()):
            file = tree_path(match["file"])
            issues.append(
                Issue("does not apply", file, int(match["line"]), 0, "error", span=(at, at), key=f"{file} apply")
            )
        elif listed and (match := _CROSS.match(line)):
            failed.setdefault(match["name"].strip(), (at, []))[1].append(where)
        elif listed and line.startswith("    ") and line.rstrip().endswith(":"):
            where = line.strip(" :")
    for name, (at, places) in failed.items():
        words = f"{name} failed ({', '.join(dict.fromkeys(filter(None, places)))})"
        issues.append(Issue(words, severity="error", span=(at, at), key=f"test {name}"))
    hash_, _, title = commit.partition(" - ")
    kind = ReportKind.TEST if issues else ReportKind.SUMMARY
    return Report(kind, distinct(issue._replace(known=False) for issue in issues), commit=hash_, title=title)


def _patchew(lines: Sequence[str], text: str) -> Report:
    """Patchew's: the output of checkpatch or of a build, between two marks."""
    start = next((at for at, line in enumerate(lines) if line.startswith("=== OUTPUT BEGIN ===")), 0)
    issues: list[Issue] = []
    for at in range(start, len(lines)):
        if lines[at].startswith("=== OUTPUT END ==="):
            break
        issue = _checked(lines, at) or (
            message_at(lines[at]) if ": error: " in lines[at] or ": warning: " in lines[at] else None
        )
        if issue:
            issues.append(issue._replace(known=False, span=(at + 1, max(at + 1, issue.span[1]))))
    patch = _MAIL_ID.search(text)
    style = "coding style" in text
    kind = ReportKind.STYLE if style else ReportKind.BUILD
    return Report(
        kind if issues else ReportKind.NOTICE,
        distinct(issues),
        patch=patch["id"] if patch else "",
        link=_url(_REPORT_AT, text),
    )
