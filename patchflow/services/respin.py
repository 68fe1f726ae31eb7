"""Opens the next revision: trailers into the commits, and a changelog from what was addressed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patchflow.domain.comment import Comment, CommentState
from patchflow.domain.profile import Profile
from patchflow.domain.series import Cover, Revision, Series
from patchflow.domain.trailer import Trailer
from patchflow.errors import PatchflowError
from patchflow.formats.b4 import changelog_block
from patchflow.formats.follow_up import Collected, Rejected
from patchflow.formats.posting import lore_link
from patchflow.formats.trailers import add_trailers, trailers_of
from patchflow.services.ports import Git, Store

# What a reviewer gives a patch; Fixes:, Link: and Closes: in a reply are suggestions, for a person to judge.
_COUNTED = frozenset(
    [
        "reviewed-by", "acked-by", "tested-by", "reviewed-and-tested-by", "acked-and-tested-by",
        "reported-and-tested-by", "suggested-by", "reported-by", "debugged-by",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrailerPlan:
    """New trailers by commit, and those that go nowhere with the reason."""

    patches: Mapping[str, tuple[Trailer, ...]]
    rejected: tuple[Rejected, ...]


def plan_trailers(series: Series, collected: Collected, git: Git) -> TrailerPlan:
    """Which collected trailers go to which commit of the branch as it is now.

    A patch is found by the Message-ID it was sent with, then by its commit or title. Where the patch changed
    since (another patch id), a review of the old one does not hold for the new: such trailers are rejected.
    """
    sent = {m.message_id: (revision, m) for revision in series.revisions for m in revision.messages}
    by_commit = {patch.commit: patch for patch in series.patches}
    by_title = {patch.subject: patch for patch in series.patches}
    now = git.patch_ids(series.patches) if collected.patches else {}
    new: dict[str, list[Trailer]] = {}
    rejected = list(collected.rejected)
    for row in collected.patches:
        known = sent.get(row.message_id)
        patch = by_commit.get(known[1].commit) if known else None
        patch = patch or by_title.get(row.title)
        for given in row.given:
            key = given.trailer.key.lower()
            if patch is None:
                rejected.append(Rejected(given.trailer, given.message, f"no commit here is titled {row.title!r}"))
            elif key not in _COUNTED:
                rejected.append(Rejected(given.trailer, given.message, f"{given.trailer.key} is for you to judge"))
            elif any(given.trailer.same_as(have) for have in trailers_of(patch.message)):
                continue
            elif (
                known and known[1].patch_id and key != "suggested-by" and now.get(patch.commit, "") != known[1].patch_id
            ):
                why = f"the patch changed since v{known[0].number}"
                rejected.append(Rejected(given.trailer, given.message, why))
            elif not any(given.trailer.same_as(have) for have in new.get(patch.commit, [])):
                new.setdefault(patch.commit, []).append(given.trailer)
    return TrailerPlan({commit: tuple(rows) for commit, rows in new.items()}, tuple(rejected))


def new_messages(series: Series, plan: TrailerPlan) -> dict[str, str]:
    """Commit -> its message with the new trailers."""
    return {
        patch.commit: add_trailers(patch.message, plan.patches[patch.commit])
        for patch in series.patches
        if plan.patches.get(patch.commit)
    }


def respin(store: Store, series: Series, profile: Profile, plan: TrailerPlan, comments: Sequence[Comment]) -> Series:
    """One undoable step: the trailers go in, the changelog into the cover, the revision's number up.

    PatchflowError where nothing was sent yet, or the next revision is open already.
    """
    last = series.last
    if last is None:
        raise PatchflowError(
            f"{series.name} was never sent, so there is nothing to respin.", "`patchflow send` comes first."
        )
    if series.next_floor > last.number:
        raise PatchflowError(
            f"v{series.next_floor} of {series.name} is open already.", "Change the patches, then `patchflow send`."
        )
    number = last.number + 1
    messages = new_messages(series, plan)
    link = lore_link(profile.lore, last.root) if last.root else ""
    cover = with_changelog(series.cover or Cover("", ""), changelog(last, comments, plan), number, link)
    with store.changing(series):
        change = store.ledger.change(f"respin {series.name} to v{number}")
        store.plan_cover_and_messages(change, series, cover, messages)
        store.plan_setting(change, series.branch, "revision", str(number))
        store.ledger.commit(change)
        return store.load(series.branch)


def changelog(last: Revision, comments: Sequence[Comment], plan: TrailerPlan) -> list[str]:
    """The lines of a changelog: one for each comment that was addressed, with who asked; the user edits them."""
    titles = {m.message_id: m.subject for m in last.messages}
    lines: list[str] = []
    for comment in comments:
        if comment.state != CommentState.ADDRESSED:
            continue
        place = _short_title(titles.get(comment.patch, comment.patch_subject))
        what = comment.reason or summary(comment.text)
        line = _wrapped(f"- {place}: {what} ({comment.author.name or comment.author.email})")
        if line not in lines:
            lines.append(line)
    people = sorted({t.value.split(" <")[0] for rows in plan.patches.values() for t in rows})
    if people:
        lines.append(_wrapped(f"- Collected tags from {', '.join(people)}"))
    return lines or ["- EDITME: what changed"]


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 75, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _short_title(subject: str) -> str:
    title = re.sub(r"^\[[^\]]*\]\s*", "", subject)
    return title if len(title) <= 50 else title[:49] + "…"


def summary(text: str) -> str:
    """A comment in a few words: its first sentence, cut at 60 characters."""
    flat = " ".join(text.split())
    first = re.split(r"(?<=[.?!])\s", flat, maxsplit=1)[0].rstrip(".")
    return first if len(first) <= 60 else first[:59] + "…"


_CHANGES_BELOW = re.compile(r"\n---\n+(?=Changes in v\d)|\n---\s*\Z")


def with_changelog(cover: Cover, lines: Sequence[str], number: int, link: str = "") -> Cover:
    """The cover with `Changes in vN` put above the earlier ones, below a `---` line."""
    # b4 opens the next revision by itself, with a template in its place.
    cover = Cover(cover.subject, cover.body.replace(changelog_block(cover.body, number), "", 1))
    block = [f"Changes in v{number}:", *lines, *([f"- Link to v{number - 1}: {link}"] if link else [])]
    # Other `---` lines are the cover's own text (a log, say): only the one above earlier changes is the place.
    head, rest = [*_CHANGES_BELOW.split(f"\n{cover.body}", maxsplit=1), ""][:2]
    body = f"{head.strip(chr(10))}\n\n---\n" + "\n".join(block)
    if rest.strip():
        body += f"\n\n{rest.strip(chr(10))}"
    return Cover(cover.subject, body.lstrip("\n"))
