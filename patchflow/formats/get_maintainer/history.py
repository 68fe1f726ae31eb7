"""What get_maintainer.pl makes of git's answers: who signed, wrote and changed, counted and ranked.

Everything follows the script, its oddities too: without a single signature authors come out as raw lines.
Where two have the same count the script leaves their order to perl's hashes; here it is the alphabet.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.formats.get_maintainer.address import format_email, parse_email
from patchflow.formats.get_maintainer.why import LINUS, Why

if TYPE_CHECKING:
    from patchflow.formats.get_maintainer.answer import Answer

_COMMIT = lazy_re.compile(r"^GitCommit: ([0-9a-f]{40,40})")
_AUTHOR = lazy_re.compile(r"^GitAuthor: (.*)")
_SIGNED = lazy_re.compile(r"^[ \t]*(Signed-off-by:|Reviewed-by:|Acked-by:).*@.*$")
_SIGNED_ANY = lazy_re.compile(r"^[ \t]*(.+?)[Bb][Yy]:.*@.*$")
_BLAMED = lazy_re.compile(r"^([0-9a-f]+) ")
_VALUE = lazy_re.compile(r"\s*.*:\s*(.+)\s*")


class Signers:
    """What a log holds: the number of commits, and the signers, authors and change counts of its lines."""

    def __init__(self, answer: Answer, lines: list[str], path: str = "") -> None:
        signed = _SIGNED_ANY if answer.options.all_signature_types else _SIGNED
        stat = _stat(path)
        self.commits = sum(1 for line in lines if _COMMIT.search(line))
        self.authors = [line for line in lines if _AUTHOR.search(line)]
        self.signers = [line for line in lines if signed.search(line)]
        self.stats = [(int(m[1]), int(m[2])) for line in lines if (m := stat.search(line))]
        if not self.signers:
            self.commits = 0
            return
        self.signers = _without_linus(answer, self.signers)
        self.authors = _cleaned(answer, self.authors)
        self.signers = _cleaned(answer, self.signers)


def _stat(path: str) -> re.Pattern[str]:
    """The row of a path in git's counts. The path stands in the expression as it is, as the script has it; what is no
    expression matches nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `[[` may mean something else to Python one day
            return re.compile(rf"^(\d+)\t(\d+)\t{path}$")
    except re.error:
        return re.compile("(?!)")


def _without_linus(answer: Answer, lines: list[str]) -> list[str]:
    if answer.options.chief_penguins:
        return lines
    return [line for line in lines if LINUS[0].lower() not in line.lower()]


def _cleaned(answer: Answer, lines: Iterable[str]) -> list[str]:
    return [answer.deduplicate(_VALUE.sub(r"\1", line, count=1)) for line in lines]


def assign(answer: Answer, role: str, divisor: int, counts: Mapping[str, int], why: Why) -> None:
    """Adds the people with the highest counts, within the limits of the options."""
    options = answer.options
    mapped: Counter[str] = Counter()
    for email, count in counts.items():
        mapped[answer.mailmap.map(email)] += count
    divisor = max(divisor, 1)
    seen = 0
    for email, count in sorted(mapped.items(), key=lambda pair: (-pair[1], pair[0])):
        percent = min(count * 100 / divisor, 100)
        if email in answer.router.index.ignore:
            answer.ignored.append(email)
            continue
        seen += 1
        if count < options.min_signatures or seen > options.max_maintainers or percent < options.min_percent:
            break
        answer.push_email(email, (why,))
        answer.add_role(email, f"{role}:{count}/{divisor}={percent:.0f}%" if options.rolestats else role)


def file_signers(answer: Answer, path: str) -> None:
    """Who signed and wrote the commits of a file, and who added and removed its lines."""
    since = answer.options.since
    found = Signers(answer, answer.router.history.file_log(path, since), path)
    why = Why("git", f"git's history of {path} since {since}", path=path)
    signers = [answer.deduplicate(email) for email in found.signers]
    assign(answer, "commit_signer", found.commits, Counter(signers), why)
    assign(answer, "authored", found.commits, Counter(found.authors), why)
    if len(found.authors) != len(found.stats):
        return
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for author, (plus, minus) in zip(found.authors, found.stats, strict=True):
        name = answer.deduplicate(author)
        added[name] += plus
        removed[name] += minus
    assign(answer, "added_lines", sum(s[0] for s in found.stats), +added, why)
    assign(answer, "removed_lines", sum(s[1] for s in found.stats), +removed, why)


def commit_signers(answer: Answer, commit: str) -> None:
    """Who signed the commit that a Fixes tag names."""
    found = Signers(answer, answer.router.history.commit_log(commit))
    signers = Counter(answer.deduplicate(email) for email in found.signers)
    assign(answer, "blamed_fixes", 1, signers, Why("Fixes", f"signed the commit {commit[:12]} that Fixes: names"))


def file_blame(answer: Answer, path: str) -> None:
    """Who signed the commits that last touched the lines of a file (of a patch: its changed lines)."""
    history, options = answer.router.history, answer.options
    ranges = [] if answer.scan is None else answer.scan.ranges
    if not history.is_file(path):
        blamed: list[str] = []
    elif ranges:
        lines = (line for name, start, length in ranges if name == path for line in history.blame(path, start, length))
        blamed = [match[1] for line in lines if (match := _BLAMED.match(line))]
    else:
        blamed = [match[1] for line in history.blame(path) if (match := _BLAMED.match(line))]
    commits = list(dict.fromkeys(blamed))
    why = Why("git", f"git blame of {path}", path=path)
    signers: list[str] = []
    if options.blame_signatures:
        for commit in commits:
            signers.extend(Signers(answer, history.commit_log(commit), path).signers)
    if answer.scan is None and options.rolestats:
        authors: Counter[str] = Counter()
        for commit in commits:
            author = _author(answer, history.author_log(commit))
            if author:
                authors[answer.deduplicate(author)] += sum(1 for line in blamed if commit in line)
        assign(answer, "authored lines", len(blamed), authors, why)
    role = "commits" if answer.scan is None else "modified commits"
    assign(answer, role, len(commits), Counter(answer.deduplicate(email) for email in signers), why)


def _author(answer: Answer, lines: list[str]) -> str:
    for line in _without_linus(answer, lines):
        if match := _AUTHOR.match(line):
            return format_email(*parse_email(match[1]))
    return ""
