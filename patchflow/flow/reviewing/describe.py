"""Words what is known of a series that came by mail, for a person and as the document of `review --json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from patchflow.domain.comment import Comment
from patchflow.domain.finding import Finding
from patchflow.domain.patchwork import PatchState, in_short
from patchflow.domain.received import ReceivedPatch
from patchflow.domain.trailer import Trailer
from patchflow.flow.review.todo_view import comment_row
from patchflow.flow.reviewing.changed import Changed
from patchflow.flow.reviewing.remarks import Remark
from patchflow.formats.mail.collected_trailers import Given
from patchflow.formats.mail.series import Posting
from patchflow.formats.patch.trailers import trailers_of

_ABOUT = ("signed-off-by", "cc", "fixes", "link", "closes", "co-developed-by", "message-id")


def revision_row(posting: Posting) -> dict[str, Any]:
    """One revision as it was posted."""
    date = posting.first.date
    return {
        "revision": posting.revision, "message_id": posting.first.id, "title": posting.title, "rfc": posting.rfc,
        "resend": posting.resend, "date": date.isoformat() if date else None, "parts": posting.parts,
        "at_hand": len(posting.patches), "complete": posting.complete,
    }  # fmt: skip


def patch_row(one: ReceivedPatch, given: Sequence[Given], is_unchanged: bool, repeat: str) -> dict[str, Any]:
    """One patch: what it bears, what it was given by mail, and whether it is as the user reviewed it."""
    return {
        "part": one.part, "message_id": one.message_id, "subject": one.patch.subject, "author": str(one.patch.author),
        "date": one.patch.date.isoformat() if one.patch.date else None, "paths": list(one.patch.paths),
        "trailers": [str(trailer) for trailer in trailers_of(one.patch.message)],
        "given": [given_row(tag) for tag in given], "unchanged": is_unchanged, "repeat": repeat, "fault": one.fault,
        "odd": one.odd,
        "binary": [file.path for file in one.patch.files if file.binary],
    }  # fmt: skip


def given_row(tag: Given) -> dict[str, Any]:
    """A tag and who sent it."""
    return {"trailer": str(tag.trailer), "message": tag.message, "sender": str(tag.sender), "mismatch": tag.mismatch}


def changed_document(changed: Changed | None) -> dict[str, Any] | None:
    """What changed since the revision before; None where there is none."""
    if changed is None:
        return None
    pairs = [
        {"left": one.left, "right": one.right, "subject": one.title, "status": one.status} for one in changed.pairs
    ]
    return {"since": changed.since, "how": changed.how, "pairs": pairs, "text": changed.text}


def remark_row(remark: Remark) -> dict[str, Any]:
    """One's own remark on an earlier revision, and its fate."""
    return {**comment_row(remark.comment), "fate": str(remark.fate), "why": remark.why}


def test_rows(states: Sequence[PatchState]) -> list[dict[str, Any]]:
    """What Patchwork said, patch by patch."""
    return [
        {"message_id": one.message_id, "state": one.state, "url": one.url,
         "tests": [{"context": t.context, "state": t.state, "text": t.description, "url": t.url} for t in one.tests]}
        for one in states
    ]  # fmt: skip


def reviewers(trailers: Iterable[Trailer]) -> list[str]:
    """Who stands behind a patch, `Name (Reviewed-by)`, from tags that are a judgement."""
    return [
        f"{trailer.value.partition(' <')[0]} ({trailer.key})"
        for trailer in trailers
        if trailer.key.lower().endswith("-by") and trailer.key.lower() not in _ABOUT
    ]


def patch_lines(row: dict[str, Any], count: int) -> list[str]:
    """A patch for a person: its title, its reviewers, what speaks against it."""
    own = [Trailer(*text.split(": ", 1)) for text in row["trailers"] if ": " in text]
    tags = [Trailer(*tag["trailer"].split(": ", 1)) for tag in row["given"] if not tag["mismatch"]]
    lines = [
        f"  {row['part']}/{count} {row['subject']}"
        + ("  (unchanged since you reviewed it)" if row["unchanged"] else "")
    ]
    lines += [f"      {who}" for who in dict.fromkeys(reviewers([*own, *tags]))]
    lines += [
        f"      sent by somebody else: {tag['trailer']} (from {tag['sender']})"
        for tag in row["given"]
        if tag["mismatch"]
    ]
    lines += [f"      you gave it {row['repeat']}"] if row["repeat"] else []
    lines += [f"      holds a binary file: {', '.join(row['binary'][:3])}"] if row["binary"] else []
    lines += [f"      {row['odd']}"] if row["odd"] else []
    return [*lines, *([f"      cannot be applied: {row['fault']}"] if row["fault"] else [])]


def changed_lines(changed: Changed | None) -> list[str]:
    """What changed since the revision before, in short."""
    if changed is None:
        return []
    head = f"since v{changed.since} ({changed.how}):"
    signs = {"same": "=", "changed": "!", "dropped": "<", "new": ">"}
    return [
        head,
        *(f"  {signs[one.status]} {one.left or '-'} -> {one.right or '-'} {one.title}" for one in changed.pairs),
    ]


def comment_lines(comments: Sequence[Comment]) -> list[str]:
    """The remarks that are open, a line each."""
    if not comments:
        return []
    return [f"open remarks ({len(comments)}):", *(f"  {comment_line(one)}" for one in comments)]


def comment_line(one: Comment) -> str:
    """A remark in a line: its place, who made it, its first words."""
    return f"{_place(one)}{one.author.name or one.author.email}: {_first(one.text)}"


def remark_lines(remarks: Sequence[Remark]) -> list[str]:
    """One's own remarks on earlier revisions, a line each."""
    if not remarks:
        return []
    rows = [f"  {one.fate}: {_place(one.comment)}{_first(one.comment.text)} ({one.why})" for one in remarks]
    return ["your remarks on earlier revisions:", *rows]


def written_lines(name: str, rows: dict[str, Any]) -> list[str]:
    """What the user wrote about a series, and which findings wait to be taken, each with its id."""

    def about(row: dict[str, Any]) -> str:
        place = f" {row['file']}" + (f":{row['line']}" if row["line"] else "") if row.get("file") else ""
        return (f"patch {row['part']}" if row["part"] else "cover letter") + place

    def sent(row: dict[str, Any]) -> str:
        return "  (sent)" if row["sent"] else ""

    lines = [f"{row['id']}  {about(row)}: {_first(row['text'])}{sent(row)}" for row in rows["remarks"]]
    lines += [f"{row['id']}  {about(row)}: {row['tag']}{sent(row)}" for row in rows["tags"]]
    lines = lines or [f"Nothing was written about {name} yet."]
    if rows["findings"]:
        lines.append("findings that `patchflow review comment --take ID` takes as remarks:")
        lines += [f"  {row['id']}  {about(row)}: {_first(row['remark'])}" for row in rows["findings"]]
    return lines


def tests_lines(states: Sequence[PatchState]) -> list[str]:
    """What Patchwork said, in a line."""
    return [f"patchwork: {in_short(tuple(states))}"] if states else []


def _place(one: Comment) -> str:
    return f"{one.file}:{one.line}: " if one.file and one.line else f"{one.file}: " if one.file else ""


def _first(text: str) -> str:
    return next((line.strip() for line in text.split("\n") if line.strip()), "")[:100]


def draft_of(finding: Finding) -> str:
    """What a reviewer could write about a finding: its words and the document they rest on."""
    text = f"{finding.text[:1].upper()}{finding.text[1:].rstrip('.')}."
    return f"{text} See {finding.source}." if finding.source else text
