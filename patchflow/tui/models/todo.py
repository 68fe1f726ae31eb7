"""To-do: the comments by patch and file, each beside the code as the branch has it now."""

from __future__ import annotations

from collections.abc import Sequence

from patchflow.domain.comment import Comment, CommentState, Side
from patchflow.flow.review.todo_view import age, last_word, later_words, order
from patchflow.tui.actions import key
from patchflow.tui.models.patches import patch_text
from patchflow.tui.models.rows import Row, Spot, clean, prose
from patchflow.tui.models.series import SeriesModel

_MARKS = {CommentState.OPEN: "[ ]", CommentState.ANSWERED: "[r]", CommentState.ADDRESSED: "[x]",
          CommentState.DISMISSED: "[-]"}  # fmt: skip
_AROUND = 12


def todo_rows(model: SeriesModel) -> list[Row]:
    """Comments below their patch and file: people's, then bots', then those on older revisions."""
    if model.read is None or not model.read.mail_read:
        return [Row("reading the mail …", "dim")]
    comments = model.comments()
    if not comments:
        closed = len(model.read.comments)
        more = f" {key('show-closed')} shows the {closed} that were dealt with." if closed else ""
        return [Row(f"No open comment.{more}", "good")]
    newest = [c for c in comments if c.later is None or c.asked_again]
    older = [c for c in comments if c not in newest]
    rows = _by_patch([c for c in newest if not c.bot])
    if bots := [c for c in newest if c.bot]:
        rows += [Row(f"from bots: {len(bots)}", "head"), *_by_patch(bots)]
    if older:
        rows += [Row(f"on older revisions: {len(older)}", "head"), *_by_patch(older)]
    return rows


def _by_patch(comments: Sequence[Comment]) -> list[Row]:
    rows: list[Row] = []
    patch = file = None
    for comment in sorted(comments, key=lambda c: (-c.revision, *order(c)[1:])):
        if comment.patch != patch:
            patch, file = comment.patch, None
            rows.append(Row(f"v{comment.revision} {comment.part or 'cover'}: {_short(comment.patch_subject)}", "head"))
        if comment.file != file:
            file = comment.file
            rows.append(Row(f" {_file_words(file)}", "meta"))
        rows.append(_line(comment))
    return rows


def _short(subject: str) -> str:
    return clean(subject).rpartition("] ")[2]


def _file_words(file: str) -> str:
    return {"": "the patch as a whole", "cover": "the cover letter", "COMMIT_MSG": "the commit message"}.get(file, file)


def _line(comment: Comment) -> Row:
    who = comment.bot or (comment.author.name or comment.author.email).split(" ")[0]
    place = f"{comment.line}: " if comment.line else ""
    mark = "[!]" if comment.asked_again else "[~]" if comment.touched else _MARKS[comment.state]
    again = " asks again" if comment.asked_again else ""
    bad = f" {comment.severity}" if comment.severity else ""
    before = " (so before)" if comment.known else ""
    text = f"  {mark} {place}{who}{bad}{before}{again}{_age(comment)}: {' '.join(comment.newest.split())}"
    return Row(text, "plain" if comment.waits else "dim", comment)


def _age(comment: Comment) -> str:
    date = last_word(comment)
    return f", {age(date)}" if date else ""


def comment_rows(model: SeriesModel, comment: Comment) -> list[Row]:
    """The comment whole, then the code it is about as the branch has it now."""
    line = f":{comment.line}{' (removed line)' if comment.side == Side.OLD else ''}" if comment.line else ""
    rows = [
        Row(f"{comment.author.name or comment.author.email} on {_file_words(comment.file)}{line}", "head"),
        Row(f"{'asks again' if comment.asked_again else comment.state}"
            f"{f': {comment.reason}' if comment.reason and not comment.asked_again else ''}{_age(comment)}",
            "warning" if comment.state == CommentState.OPEN else "good"),
        *([Row(f"changed since it was sent: {key('addressed')} says that this is the answer", "good")]
          if comment.touched else ()),
        Row(""),
        *(Row(f"> {text}", "quote", None, True) for text in comment.quote[-6:]),
        *prose(comment.text, "strong"),
        Row(""),
    ]  # fmt: skip
    rows += [Row(f"{what}: {words}", "note") for what, words in comment.facts]
    for said in comment.exchange:
        rows += [Row(f"{said.author.name or said.author.email}, {age(said.date)}", "meta"), *prose(said.text), Row("")]
    if comment.later:
        rows.append(Row(later_words(comment), "note"))
    return rows + _code_now(model, comment)


def _code_now(model: SeriesModel, comment: Comment) -> list[Row]:
    """The file's lines around the comment's place, which is found by the quoted line: it may have moved."""
    title = _short(comment.patch_subject)
    patch = next((p for p in model.patches if p.subject == title), None)
    if patch is None or not comment.file or comment.file == "cover":
        return []
    rows = patch_text(patch)
    at = _place(rows, comment)
    if at is None:
        return [Row("The quoted line is no longer in the patch.", "note")]
    mark = [Row(f"now, in {patch.commit[:9]} {patch.subject}", "hunk")]
    first = next(n for n, row in enumerate(rows) if isinstance(row.ref, Spot) and row.ref.file == comment.file)
    around = rows[max(first, at - _AROUND) : at + _AROUND]
    return mark + [Row(f"{'=>' if row is rows[at] else '  '}{row.text}", row.kind, row.ref, row.code) for row in around]


def _place(rows: list[Row], comment: Comment) -> int | None:
    wanted = next((text for text in reversed(comment.quote) if text.strip()), "")
    in_file = [
        n for n, row in enumerate(rows) if isinstance(row.ref, Spot) and row.ref.file == comment.file and row.ref.line
    ]
    same = [n for n in in_file if "".join(rows[n].text[6:].split()) == "".join(wanted.split())]
    pool = same or [n for n in in_file if rows[n].ref.line == comment.line]
    return min(pool, key=lambda n: abs(rows[n].ref.line - comment.line)) if pool else None
