"""A review of somebody else's series: its mails as rows, with what was written and found below the exact lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from patchflow.domain.comment import Side
from patchflow.domain.finding import Severity
from patchflow.domain.message import Message
from patchflow.domain.review_draft import OwnRemark, OwnTag, ReviewDraft
from patchflow.flow.reviewing.choose import part_of
from patchflow.flow.reviewing.remarks import Fate, Remark
from patchflow.flow.reviewing.reviews import Review
from patchflow.flow.reviewing.writing import place_of_finding
from patchflow.formats.mail.review_mail import row_now, target_of
from patchflow.formats.patch.patch_lines import Place
from patchflow.formats.patch.subject import parse_subject
from patchflow.named_tuple import NamedTuple
from patchflow.tui.actions import key
from patchflow.tui.models.patches import MARKS
from patchflow.tui.models.review_mail import Look, MailLine, plain_rows
from patchflow.tui.models.rows import Row
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.finding import Finding
    from patchflow.flow.reviewing.answers import Answer

ALL = "all"  # stands for every patch, where no cover letter does
_BY_FATE = {Fate.IGNORED: "warning", Fate.OPEN: "warning", Fate.SETTLED: "good", Fate.GONE: "dim"}


class Written(NamedTuple):
    """A remark or tag of the user's, by its id."""

    id: str


class Found(NamedTuple):
    """A finding of `review check`, by its id."""

    id: str


class Finished(NamedTuple):
    """The finished mails, what the lint says of them, whom the configuration adds to each, and what is asked about
    those of unknown fate."""

    mails: list[Answer]
    findings: list[Finding]
    bcc: list[tuple[str, ...]]
    asked: list[str]


@dataclass(frozen=True, slots=True)
class Since:
    """What is known from the revision that the user reviewed: the fates of their remarks, the patches that are as they
    were then, and the tags that could be given again (Message-ID -> tag)."""

    revision: int = 0
    fates: tuple[Remark, ...] = ()
    unchanged: frozenset[str] = frozenset()
    repeat: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ReviewModel:
    """A review as it was read. `patches` are the mails of its patches, `plain` the rows of each mail without what was
    written on it, by how it is looked at."""

    review: Review
    cover: Message | None
    patches: tuple[Message, ...]
    draft: ReviewDraft
    findings: Sequence[dict[str, Any]] = ()
    since: Since | None = None
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    plain: dict[tuple[str, Look], list[Row]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, review: Review, cover: Message | None, patches: tuple[Message, ...], draft: ReviewDraft,
        findings: Sequence[dict[str, Any]],
    ) -> ReviewModel:  # fmt: skip
        """The model of a review; lays out each mail, which takes time for large ones."""
        model = cls(review, cover, patches, draft, findings)
        model.places = {one.id: target_of(one).places for one in model.mails}
        for one in model.mails:
            model.rows_of(one, Look())
        return model

    def rows_of(self, message: Message, look: Look) -> list[Row]:
        """A mail without what was written on it."""
        if (message.id, look) not in self.plain:
            self.plain[message.id, look] = plain_rows(message, self.places[message.id], look)
        return self.plain[message.id, look]

    @property
    def mails(self) -> tuple[Message, ...]:
        """The cover letter, where there is one, and the patches."""
        return (*([self.cover] if self.cover else []), *self.patches)

    def mail(self, id: str) -> Message | None:
        """One of the mails."""
        return next((one for one in self.mails if one.id == id), None)

    @property
    def waiting(self) -> int:
        """How many remarks and tags were not sent yet."""
        return sum(not one.mail for one in self.draft.both)

    def finding(self, id: str) -> dict[str, Any] | None:
        """A finding that was not taken as a remark."""
        taken = {one.finding for one in self.draft.remarks}
        return next((one for one in self.findings if one["id"] == id and id not in taken), None)


def review_rows(reviews: Sequence[tuple[Review, ReviewDraft]]) -> list[Row]:
    """The reviews that were taken in, the last one that was looked at first."""
    rows = []
    for one, draft in reviews:
        waits = sum(not said.mail for said in draft.both)
        state = ", ".join(filter(None, (one.phase, f"{waits} to send" if waits else "")))
        rows.append(Row(f"v{one.revision} {state:20} {one.author.partition(' <')[0]}: {one.title}", "plain", one.name))
    return rows


def mail_list_rows(model: ReviewModel) -> list[Row]:
    """One line a mail: its number, what was written and found, and its title."""
    count = len(model.patches)
    rows = []
    for one in model.mails:
        where = "cover" if one is model.cover else f"{part_of(one):>2}/{count}"
        same = "=" if model.since and one.id in model.since.unchanged else " "
        found = [row["severity"] for row in _findings_on(model, one.id)]
        errors = "".join(f" {found.count(kind)}{mark}" for kind, mark in MARKS.items() if found.count(kind))
        said = sum(remark.patch == one.id for remark in model.draft.remarks)
        tags = "".join(tag.key[0] for tag in model.draft.tags if tag.patch == one.id)
        marks = " ".join(filter(None, (f"{said} said" if said else "", tags, errors.strip())))
        kind = "error" if Severity.ERROR in found else "plain"
        rows.append(Row(f"{where:5} {same} {marks:12} {parse_subject(one.subject).title}", kind, one.id))
    if model.cover is None and count > 1:
        rows.append(Row("all                  a tag given here goes to each patch", "dim", ALL))
    return rows


def _findings_on(model: ReviewModel, patch: str) -> list[dict[str, Any]]:
    """The findings on a mail that were not taken as remarks."""
    return [one for one in model.findings if one["message_id"] == patch and model.finding(one["id"])]


def mail_words(model: ReviewModel, id: str) -> str:
    """The chosen mail in a sentence: what was said of it, and what could be."""
    tags = [one.key for one in model.draft.tags if one.patch == id]
    since = model.since
    words = []
    if since and id in since.unchanged:
        again = f", {key('repeat-tags')} gives {since.repeat[id].partition(':')[0]} again" if id in since.repeat else ""
        words.append(f"unchanged since v{since.revision}, which you reviewed{again}")
    words += tags
    if model.waiting:
        words.append(f"{model.waiting} to send: {key('send-review')} shows the mails")
    return "; ".join(words) or f"{key('comment')} on a line writes a remark below it"


def mail_rows(model: ReviewModel, message: Message, start: int, look: Look) -> list[Row]:
    """A mail of the series, everything that was said and found below its line; `start` is where a selection begins."""
    below: dict[int, list[Row]] = {}
    for remark in model.draft.remarks:
        if remark.patch == message.id:
            at = row_now(message.body, remark.last, remark.line) if remark.last else 0
            below.setdefault(at, []).extend(_remark_rows(remark))
    for tag in model.draft.tags:
        if tag.patch == message.id:
            below.setdefault(0, []).append(_tag_row(tag))
    places = model.places[message.id]
    for finding in _findings_on(model, message.id):
        place = place_of_finding(places, finding)
        below.setdefault(place.at + 1 if place else 0, []).append(_finding_row(finding))
    for fate in model.since.fates if model.since else ():
        if (stands := _fate_at(fate, message, places)) is not None:
            below.setdefault(stands, []).extend(_fate_rows(fate))
    rows: list[Row] = []
    for number, row in enumerate(model.rows_of(message, look)):
        if start and row.ref == MailLine(message.id, start):
            row = row._replace(text=f"{row.text}  <- from here on", kind="strong")
        rows.append(row)
        if number == 1:  # below title and author: what is about the mail as a whole
            rows += below.pop(0, [])
        for one in (row, row.beside) if number > 1 else ():
            if one is not None and isinstance(one.ref, MailLine) and one.ref.line:
                rows += below.pop(one.ref.line, [])
    return rows


def _said(lead: str, text: str, kind: str, ref: object) -> list[Row]:
    """Words of several lines below a line of the mail, all standing for the same."""
    first, *rest = text.split("\n")
    return [Row(f"      {lead}{first}", kind, ref), *(Row(f"      | {line}", kind, ref) for line in rest)]


def _remark_rows(remark: OwnRemark) -> list[Row]:
    lead = "| you: " if not remark.mail else "| you (sent): "
    return _said(lead, remark.text, "note", Written(remark.id))


def _tag_row(tag: OwnTag) -> Row:
    built = f" ({tag.built.rstrip('.')})" if tag.built else ""
    return Row(f"      | you{' (sent)' if tag.mail else ''}: {tag.key}{built}", "good", Written(tag.id))


def _finding_row(finding: Mapping[str, Any]) -> Row:
    mark = MARKS[Severity(finding["severity"])]
    return Row(f"      ^ {mark} {finding['text']} [{finding['rule']}]", str(finding["severity"]), Found(finding["id"]))


def _fate_rows(fate: Remark) -> list[Row]:
    lead = f"~ you on v{fate.comment.revision}, {fate.fate} ({fate.why}): "
    return _said(lead, fate.comment.text, _BY_FATE[fate.fate], None)


def _fate_at(fate: Remark, message: Message, places: Iterable[Place]) -> int | None:
    """The line of a mail (from 1) that a remark on an earlier revision stands at: its own where that is still there,
    else the top of its patch; None where it is about another mail."""
    later = fate.comment.later
    if later is not None and later.patch:
        if later.patch != message.id:
            return None
        same = (one.at + 1 for one in places if (one.file, one.line, one.side) == (later.file, later.line, Side.NEW))
        return next(same, 0)
    title = parse_subject(message.subject).title.lower()
    return 0 if title == fate.comment.patch_subject.lower() else None
