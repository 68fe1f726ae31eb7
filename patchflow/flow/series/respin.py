"""Opens the next revision: trailers into the commits, and a changelog from what was addressed.

What of it comes from mail is cleaned.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from patchflow import lazy_re
from patchflow.domain.comment import Comment, CommentState
from patchflow.domain.profile import Profile
from patchflow.domain.series import Cover, Revision, Series
from patchflow.errors import PatchflowError
from patchflow.flow.series.trailer_choice import TrailerPlan, new_messages
from patchflow.formats.mail.collected_trailers import Given
from patchflow.formats.patch.b4 import changelog_block
from patchflow.formats.patch.changelog import items_of
from patchflow.formats.patch.compose import lore_link
from patchflow.formats.safe import cleaned

if TYPE_CHECKING:
    from patchflow.adapters.git.store import SeriesStore


class ChangeLine(Protocol):
    """Writes the line of a changelog for one comment."""

    def __call__(self, *, patch: str, what: str, who: str) -> str: ...


def respin(
    store: SeriesStore,
    series: Series,
    profile: Profile,
    plan: TrailerPlan,
    comments: Sequence[Comment],
    form: ChangeLine,
    said: tuple[Path, bytes] | None = None,
) -> Series:
    """One undoable step: the trailers go in, the changelog into the cover, the revision's number up.

    `said` is the file of what the user said of trailers, and what stands in it from now on.

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
    before = series.cover or Cover("", "")
    told = {item.text for item in items_of(before.body)}
    cover = with_changelog(before, changelog(last, comments, plan, form, told), number, link)
    with store.changing(series):
        change = store.ledger.change(f"respin {series.name} to v{number}")
        store.plan_cover_and_messages(change, series, cover, messages)
        store.plan_setting(change, series.branch, "revision", str(number))
        if said:
            store.ledger.set_file(change, *said)
        store.ledger.commit(change)
        return store.load(series.branch)


def changelog(
    last: Revision, comments: Sequence[Comment], plan: TrailerPlan, form: ChangeLine, told: Collection[str] = ()
) -> list[str]:
    """The lines of a changelog: one for each comment that was addressed, with who asked; the user edits them.

    `form` writes such a line from `patch`, `what` and `who` (templates/changelog.txt). A comment that an earlier
    version's changelog tells of (`told`) is not told again.
    """
    titles = {m.message_id: m.subject for m in last.posted}
    lines: list[str] = []
    for comment in comments:
        if comment.state != CommentState.ADDRESSED:
            continue
        place = _title(titles.get(comment.patch, comment.patch_subject))
        what = comment.reason or summary(comment.text)
        line = _wrapped(form(patch=place, what=what, who=comment.author.name or comment.author.email))
        if line not in lines and " ".join(line.split()) not in told:
            lines.append(line)
    people = sorted({_giver(one.given) for one in plan.taken})
    if people:
        lines.append(_wrapped(f"- Collected tags from {', '.join(people)}"))
    return lines or [_UNFILLED]


def with_addressed(series: Series, comments: Sequence[Comment], form: ChangeLine) -> Cover | None:
    """The cover letter of a revision that is open already, its changelog with a line for each of these comments, which
    were addressed since; None where nothing is open, or nothing is to be told."""
    last, number = series.last, series.next_floor
    if last is None or series.cover is None or number <= last.number:
        return None
    if not changelog_block(series.cover.body, number):
        return None
    told = {item.text for item in items_of(series.cover.body)}
    lines = changelog(last, comments, TrailerPlan((), ()), form, told)
    return None if lines == [_UNFILLED] else with_changelog(series.cover, lines, number)


def _giver(given: Given) -> str:
    """Whose tag it is; where somebody else sent it, who."""
    name = given.trailer.value.split(" <")[0]
    return f"{name} (sent by {given.sender.email or given.sender.name})" if given.mismatch else name


def _wrapped(line: str) -> str:
    return textwrap.fill(cleaned(line), 75, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _title(subject: str) -> str:
    return re.sub(r"^\[[^\]]*\]\s*", "", subject)


def summary(text: str) -> str:
    """A comment in a few words: its first sentence, whole, for the changelog is sent."""
    flat = " ".join(text.split())
    return re.split(r"(?<=[.?!])\s", flat, maxsplit=1)[0].rstrip(".")


_UNFILLED = "- EDITME: what changed"
_ITEMS = lazy_re.compile(r"\n(?=[-*] )")
_LINK = lazy_re.compile(r"[-*] Link to v\d")
_CHANGES_BELOW = lazy_re.compile(r"\n---\n+(?=Changes in v\d)|\n---\s*\Z")


def with_changelog(cover: Cover, lines: Sequence[str], number: int, link: str = "") -> Cover:
    """The cover with `Changes in vN` put above the earlier ones, below a `---` line. What was written of vN before
    stays; of a template (b4 opens the next revision by itself, with one in this place) nothing does."""
    old = changelog_block(cover.body, number)
    parts = [one.strip("\n") for one in _ITEMS.split("\n" + old.partition("\n")[2])]
    items = [one for one in parts if one and "EDITME" not in one]
    links = [one for one in items if _LINK.match(one)]
    written = [one for one in items if one not in links]
    lines = [*written, *(one for one in lines if one not in written and not (written and one == _UNFILLED))]
    cover = Cover(cover.subject, cover.body.replace(old, "", 1))
    links = [f"- Link to v{number - 1}: {link}"] if link else links
    block = [f"Changes in v{number}:", *lines, *links]
    # Other `---` lines are the cover's own text (a log, say): only the one above earlier changes is the place.
    head, rest = [*_CHANGES_BELOW.split(f"\n{cover.body}", maxsplit=1), ""][:2]
    body = f"{head.strip(chr(10))}\n\n---\n" + "\n".join(block)
    if rest.strip():
        body += f"\n\n{rest.strip(chr(10))}"
    return Cover(cover.subject, body.lstrip("\n"))
