"""What bots found, as tasks: each issue of a report on its file and line, once however many mails tell it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from patchflow.domain.bot import Bot
from patchflow.domain.comment import Comment, CommentState, Side
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report

_NEAR = 3  # lines: an AI puts the same finding below another line of the same few


def tasks_of(
    report: Report, message: Message, bot: Bot | None, patch: Message, subject: tuple[str, int, int]
) -> Iterator[Comment]:
    """A comment for each issue that is not known to be older than the patch; `subject` is the patch's title, part and
    revision. The id is the same for the same issue in another mail on the same patch."""
    title, part, revision = subject
    for issue in report.new:
        name = bot.name if bot else message.sender.name or message.sender.email
        yield Comment(
            id=_id(name, patch.id, issue),
            message=message.id,
            author=message.sender,
            patch=patch.id,
            patch_subject=title,
            file=issue.file,
            line=issue.line,
            side=Side.NEW,
            quote=(),
            text=issue.text,
            span=issue.span,
            part=part,
            revision=revision,
            date=message.date,
            bot=name,
            severity=issue.severity,
            known=issue.known,
            facts=tuple(facts_of(report)),
            symbol=issue.symbol,
        )


def _id(name: str, patch: str, issue: Issue) -> str:
    words = f"{name}\n{patch}\n{issue.key or f'{issue.file}:{issue.line}: {issue.text}'}"
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def facts_of(report: Report) -> Iterator[tuple[str, str]]:
    """What helps to see a report's issues again: (what, words) pairs."""
    for name in ("config", "compiler", "reproduce", "tree", "commit", "link"):
        if words := getattr(report, name):
            yield name, words


def with_dismissals(comments: Sequence[Comment]) -> list[Comment]:
    """The comments, a bot's finding that was dismissed on one revision dismissed on the later ones, too: by its place
    (patch, hunk and line), for the words are never the same again."""
    dismissed = [c for c in comments if c.bot and c.state is CommentState.DISMISSED and c.file]
    return [_carried(comment, dismissed) for comment in comments] if dismissed else list(comments)


def _carried(comment: Comment, dismissed: Iterable[Comment]) -> Comment:
    if not comment.bot or comment.state is not CommentState.OPEN or comment.asked_again:
        return comment
    for old in dismissed:
        if old.revision < comment.revision and old.bot == comment.bot and _same_place(old, comment):
            reason = f"as in v{old.revision}: {old.reason}"
            return comment._replace(state=CommentState.DISMISSED, reason=reason)
    return comment


def _same_place(one: Comment, other: Comment) -> bool:
    if (one.patch_subject.lower(), one.file, one.symbol) != (other.patch_subject.lower(), other.file, other.symbol):
        return False
    about = [next((_bare(text) for text in reversed(c.quote) if _bare(text)), "") for c in (one, other)]
    if about[0] or about[1]:
        return about[0] == about[1] or (bool(one.symbol) and _near(one, other))
    return one.text == other.text  # a build's message, which quotes nothing


def _near(one: Comment, other: Comment) -> bool:
    """Whether the quoted lines above both share one, a few lines up."""
    lines = [{_bare(text) for text in c.quote[-_NEAR:] if len(_bare(text)) > 5} for c in (one, other)]
    return bool(lines[0] & lines[1])


def _bare(text: str) -> str:
    return "".join(text.lstrip("+- ").split())
