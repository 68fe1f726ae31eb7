"""Notes that programs send in a maintainer's name: stable's, the patch-bot's, -mm's, b4's thanks; and bots' news."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.applied import read_applied, says_applied
from patchflow.formats.mail.bots.facts import key_of, lines_of
from patchflow.formats.mail.failed import parse_failed
from patchflow.formats.mail.quotes import own_lines

_PATCH_BOT = "This is the friendly patch-bot of "
_BULLET = lazy_re.compile(r"(?:[-*•]|\d{1,2}[.)]) +(?P<text>\S.*)")
_TITLE = lazy_re.compile(r'(?:FAILED: )?[Pp]atch "(?:\[[^\]"]{0,80}\] )?(?P<title>[^"\n]{1,400})"')
_TIP = lazy_re.compile(r"\[tip: [^\]]{1,80}\] (?P<title>.+)")
_ADDED = lazy_re.compile(
    r"just added the patch titled\s{1,20}(?P<title>\S.{0,400})\n\s{0,20}to (?:the|my) (?P<tree>\S{1,80}) (?:git )?tree"
)
_COMMIT_ID = lazy_re.compile(r"^Commit-ID: +(?P<hash>[0-9a-f]{12,40})$", re.MULTILINE)
_ENTRY = lazy_re.compile(r"^\s*(?:-\s*)?\[[^\]\n]{0,60}\d{1,3}/\d{1,3}\]\s")
_COMMIT = lazy_re.compile(r"^\s+(?:commit: [0-9a-f]{8,40}|https?://\S+|\(no commit info\)|\(no matching commit\))\s*$")
_FORM_END = lazy_re.compile(
    r"^(?:All being well this means that it will be|Patches in the \S+ branch should appear in linux-next)"
)
_CLOSING = ("--", "Best regards,", "Thanks,", "Cheers,", "Regards,", "Take care,", "Kind regards,", "Best,")
_RULE = lazy_re.compile(r"^Rule: (?P<text>.+)$", re.MULTILINE)
_HELPER = lazy_re.compile(r"^\s*(?:❌|⚠️)\s*(?P<text>\S.*)$")


def read_style(message: Message) -> Report:
    """The patch-bot's reasons, one issue each; and the form letter about mail to stable."""
    lines = lines_of(message.body)
    start = next((at for at, line in enumerate(lines) if line.startswith((_PATCH_BOT, "<formletter>"))), len(lines))
    if start < len(lines) and lines[start].startswith("<formletter>"):
        end = next((at for at in range(start, len(lines)) if lines[at].startswith("</formletter>")), len(lines))
        words = " ".join(" ".join(lines[start + 1 : end]).split())
        issues = (Issue(words, severity="warning", span=(start + 2, end), key=key_of(words)),) if words else ()
        return Report(ReportKind.STYLE, issues)
    about = " ".join(message.in_reply_to[:1])  # each patch has to be fixed
    return Report(ReportKind.STYLE, tuple(one._replace(key=f"{about} {one.key}") for one in bullets(lines, start)))


def read_list(message: Message) -> Report:
    """A list of what to change, an issue for each item; without one the mail is news."""
    issues = tuple(bullets([line or "" for line in own_lines("\n".join(lines_of(message.body)))], 0))
    return Report(ReportKind.STYLE if issues else ReportKind.NOTICE, issues)


def bullets(lines: Sequence[str], start: int) -> Iterator[Issue]:
    """The items of a list, each with the lines that it goes on in, to where the list ends."""
    at = start
    while at < len(lines) and not lines[at].startswith(("If you wish to discuss", "thanks,", "-- ")):
        match = _BULLET.match(lines[at])
        first, at = at, at + 1
        if match is None:
            continue
        while at < len(lines) and lines[at].startswith("  ") and lines[at].strip():
            at += 1
        words = " ".join(" ".join([match["text"], *lines[first + 1 : at]]).split())
        yield Issue(words, severity="warning", known=False, span=(first + 1, at), key=key_of(words))


def read_stable_rule(message: Message) -> Report:
    """The kernel test robot's word that a mail to stable names no rule."""
    lines = lines_of(message.body)
    match = next(((at, found) for at, line in enumerate(lines, 1) if (found := _RULE.match(line))), None)
    if match is None:
        return Report(ReportKind.NOTICE)
    at, found = match
    return Report(
        ReportKind.STYLE, (Issue(found["text"], severity="warning", span=(at, at), key=key_of(found["text"])),)
    )


def read_failed(message: Message) -> Report:
    """A commit that does not apply to a stable tree: to be backported with the commands that the mail gives."""
    failed = parse_failed(f"{message.subject}\n{message.body[:100_000]}")
    title = _TITLE.search(message.subject)
    named = title["title"] if title else ""
    if failed is None:
        return Report(ReportKind.NOTICE, title=named)
    lines = lines_of(message.body)
    at = next((n for n, line in enumerate(lines, 1) if "does not apply to" in line), 1)
    words = f"does not apply to {failed.branch}"
    start = next((n for n, line in enumerate(lines) if "you may use the following commands:" in line), len(lines))
    commands: list[str] = []
    for line in lines[start + 1 : start + 30]:
        if line.startswith(("git ", "#", "  ")):
            commands.append(line.strip())
        elif commands and line.strip():
            break
    issue = Issue(words, severity="error", known=False, span=(at, at), key=f"backport {failed.commit} {failed.branch}")
    return Report(
        ReportKind.BACKPORT,
        (issue,),
        reproduce="\n".join(commands),
        title=named,
        commit=failed.commit,
        tree=failed.branch,
    )


def read_news(message: Message) -> Report:
    """That a patch was taken (or dropped again), or what else asks for nothing."""
    own = [line or "" for line in own_lines("\n".join(lines_of(message.body)))]
    text = "\n".join(own)
    if added := _ADDED.search(text[:4_000]):
        return Report(ReportKind.APPLIED, title=added["title"].strip(), tree=added["tree"])
    words = read_applied(own)
    commit = _COMMIT_ID.search(text)
    tip = _TIP.match(message.subject)
    title = _TITLE.search(message.subject)
    named = words.title if words else ""
    return Report(
        ReportKind.APPLIED if (words and words.applied) or commit or _merged(text) else ReportKind.SUMMARY,
        title=named or (tip["title"] if tip else title["title"] if title else ""),
        commit=commit["hash"] if commit else (words.commits[0] if words and len(words.commits) == 1 else ""),
        tree=words.where if words else "",
    )


def _merged(text: str) -> bool:
    return (
        "has been merged into " in text
        or "\nPatch committed." in f"\n{text}"
        or "has been applied to the " in text
        or "This pull request was applied to " in text
    )


def is_thanks(body: str) -> bool:
    """Whether a mail is b4's thanks and nothing else: a list of patches with their commits, and words of applying."""
    own = [line for line in own_lines("\n".join(lines_of(body)[:2_000])) if line is not None]
    entries = [at for at, line in enumerate(own) if _ENTRY.match(line)]
    if not entries or not any(_COMMIT.match(line) for at in entries for line in own[at + 1 : at + 3]):
        return False
    rest: list[str] = []
    for line in own:
        if _FORM_END.match(line) or line.rstrip() in _CLOSING:
            break
        if not (_ENTRY.match(line) or _COMMIT.match(line) or line.startswith("On ") or line.endswith("wrote:")):
            rest.append(line)
    words = "\n".join(rest).strip()
    return says_applied(words) or (read_applied(rest) is not None and len(words.split()) <= 8)


def read_helper(message: Message) -> Report:
    """The stable maintainers' helper: what it holds against a backport; its tables and "all passed" ask nothing."""
    lines = lines_of(message.body)
    start = next((at for at, line in enumerate(lines) if "Summary of potential issues" in line), len(lines))
    issues: list[Issue] = []
    for at, line in enumerate(lines[start + 1 : start + 40], start + 2):
        if not line.strip():
            break
        if match := _HELPER.match(line):
            issues.append(Issue(match["text"], severity="warning", span=(at, at), key=key_of(match["text"])))
    return Report(ReportKind.BACKPORT if issues else ReportKind.SUMMARY, tuple(issues))
