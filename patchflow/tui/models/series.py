"""One series as its screen shows it: what was read of it, and what was worked out since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.domain.comment import Comment
from patchflow.domain.finding import Finding, Severity
from patchflow.domain.message import Message
from patchflow.domain.patch import Patch
from patchflow.domain.recipient import PatchRecipients
from patchflow.domain.series import Series
from patchflow.domain.verdict import Verdict
from patchflow.flow.check.judge import Report
from patchflow.flow.send.plan import Plan
from patchflow.formats.counted import ago
from patchflow.tui.models.read import Read
from patchflow.tui.models.steps import TAB_NAMES, in_keys
from patchflow.tui.models.try_ import TryModel
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.diff import FileDiff
    from patchflow.flow.series.staging import Work


@dataclass
class SeriesModel:
    """The screen's state. `read` is None until the series was read once."""

    branch: str
    read: Read | None = None
    report: Report | None = None
    report_key: str = ""
    recipients: tuple[PatchRecipients, ...] | None = None
    recipients_key: str = ""
    plan: Plan | None = None
    plan_key: str = ""
    plan_problem: str = ""
    recipients_problem: str = ""
    rfc: bool = False
    resend: bool = False
    policy: str = ""
    reasons: bool = False  # whether the send page says why each gets each mail
    overrides: dict[str, str] = field(default_factory=dict)
    progress: dict[str, tuple[str, str]] = field(default_factory=dict)
    sent_words: str = ""
    sent_key: str = ""
    leaving: Plan | None = None
    unread: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    open_quotes: bool = False
    folded: set[str] = field(default_factory=set)  # messages whose answers are not shown
    mail_filter: str = ""  # words that a message's line must have
    tags: dict[Message, str] = field(default_factory=dict)  # what a reply gives, in short
    show_closed: bool = False
    left: str = ""
    order: tuple[str, ...] = ()
    context: int = 0  # how far it was widened: a place in CONTEXTS
    wider: dict[tuple[str, int], tuple[FileDiff, ...]] = field(default_factory=dict)  # patches with more context
    sides: bool = False  # whether what was and what is stand beside each other
    work: Work | None = None  # what is changed and staged in the work tree
    unknown: dict[str, FileDiff] = field(default_factory=dict)  # of files that git does not know, those looked at
    tries: TryModel = field(default_factory=TryModel)
    range_diffs: dict[tuple[str, str], str] = field(default_factory=dict)
    known_people: list[str] = field(default_factory=list)  # whom one may want to add
    messages: dict[str, Message] = field(default_factory=dict)
    at: dict[str, datetime] = field(default_factory=dict)  # when checks, recipients and the send were worked out
    attested: Mapping[Message, Sequence[Verdict]] = field(default_factory=dict)

    @property
    def series(self) -> Series:
        """The series; only to be asked once it was read."""
        assert self.read is not None
        return self.read.series

    @property
    def patches(self) -> tuple[Patch, ...]:
        """Its patches, none before it was read."""
        return self.read.series.patches if self.read else ()

    @property
    def key(self) -> str:
        """What a check holds for: just this tip, base, cover, people and words, what was tried of them, and what judges
        them."""
        if self.read is None:
            return ""
        series = self.read.series
        cover = series.cover
        tried = " ".join(f"{one['kind']} {one.get('date', '')}" for one in self.read.tried)
        letter = f"{cover.subject} {cover.body}" if cover else ""
        words = (*self.read.people, *series.prefixes, series.presubject, *series.depends, series.answers)
        return f"{series.tip} {series.base} {self.read.judged_by} {tried} {' '.join(words)} {letter}"

    def note_time(self, what: str) -> None:
        """Something was worked out just now."""
        self.at[what] = datetime.now(UTC)

    def age(self, what: str) -> str:
        """How long ago something was worked out, behind a comma; "" where that is not known."""
        at = self.read.mail_at if what == "mail" and self.read else self.at.get(what)
        return f", {ago((datetime.now(UTC) - at).total_seconds())}" if at else ""

    def take(self, read: Read) -> None:
        """Shows what was read anew; what was worked out for an earlier state goes."""
        if self.read is not None and self.read.series.tip != read.series.tip:
            self.forget_work()
        self.read = read
        self.messages = {message.id: message for thread in read.threads for message in thread.messages}
        if set(self.order) != {patch.commit for patch in read.series.patches}:
            self.order = ()
        if self.report_key != self.key:
            self.report = None
        if self.recipients_key != self.key:
            self.recipients = None
        if self.plan_key != self.key:
            self.plan = None
        if self.sent_words and self.sent_key != self.key:
            self.sent_words, self.progress, self.leaving = "", {}, None

    def forget_work(self) -> None:
        """The work tree is not as it was read: nobody acts on what stood there."""
        self.work = None
        self.unknown.clear()

    def note_unread(self) -> None:
        """What others wrote and was never looked at."""
        if self.read is None:
            return
        own = {m.message_id for revision in self.read.series.revisions for m in revision.messages}
        me = {patch.author.key for patch in self.read.series.patches}
        self.unread = {m.id for m in self.messages.values() if m.id not in own | self.seen and m.sender.key not in me}

    def findings(self, commit: str) -> tuple[Finding, ...]:
        """What was found in one patch."""
        return findings_in(self.report, commit)

    def counts(self) -> tuple[int, int]:
        """Errors and warnings found."""
        if self.report is None:
            return 0, 0
        return self.report.count(Severity.ERROR), self.report.count(Severity.WARNING)

    def comments(self) -> list[Comment]:
        """The comments to show, open ones only unless asked otherwise."""
        rows = self.read.comments if self.read else ()
        return [c for c in rows if self.show_closed or c.waits]

    def open_comments(self) -> list[Comment]:
        """Those that wait."""
        return [c for c in (self.read.comments if self.read else ()) if c.waits]

    def next_step(self) -> str:
        """The footer's sentence."""
        return in_keys(self.read.standing.next_step) if self.read and self.read.is_known else "reading …"

    def tabs(self) -> list[tuple[str, str]]:
        """(name, short note) of each tab."""
        errors, warnings = self.counts()
        found = "".join(f"{count}{mark}" for count, mark in ((errors, "E"), (warnings, "W")) if count)
        checks = (found or "ok") if self.report else ""
        todo = str(len(self.open_comments()) or "")
        unread = f"{len(self.unread)}*" if self.unread else ""
        changed = len(self.work.paths()) if self.work else len(self.read.dirty) if self.read else 0
        notes = {"patches": str(len(self.patches) or ""), "checks": checks, "todo": todo, "conversation": unread,
                 "try": self._tried(), "work": str(changed or "")}  # fmt: skip
        return [(name, notes.get(tab, "")) for tab, name in TAB_NAMES.items()]

    def _tried(self) -> str:
        if self.tries.running:
            return "…"
        held = [bool(one["holds"]) for one in self.read.tried] if self.read else []
        if self.read and self.tries.tip == self.read.series.tip:
            held += self.tries.outcomes()
        return "" if not held else "ok" if all(held) else "!"


def findings_in(report: Report | None, commit: str) -> tuple[Finding, ...]:
    """What a report found in one patch."""
    return next((row.findings for row in report.patches if row.commit == commit), ()) if report else ()


def patch_of(model: SeriesModel, commit: str) -> Patch | None:
    """The patch of a commit."""
    return next((p for p in model.patches if p.commit == commit), None)
