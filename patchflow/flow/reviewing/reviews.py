"""What is kept of the series that are reviewed: each one's mails and `review.json`, in `.git/patchflow/reviews/NAME/`.

`review.json` says what the work tree is being made of. It is written before that is made, so that a crash leaves
nothing that is not told.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_kept
from patchflow.domain.message import Message
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.look import Taken
from patchflow.flow.reviewing.received import Mails, for_git, mails_of
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.mbox_message import quoted
from patchflow.formats.plain_name import plain_name
from patchflow.values import dataclass

MAKING, STOPPED, APPLIED = "making", "stopped", "applied"


@dataclass(frozen=True, slots=True)
class Step:
    """A patch that goes into the work tree: its mail, title, and commit ("" as long as it is not applied);
    `before`: it is a prerequisite; `author` is an address; `skipped`: git am is through with it, and has no commit."""

    message_id: str
    title: str
    commit: str = ""
    before: bool = False
    author: str = ""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """What is kept of a series that is reviewed. `phase` is making, stopped (at a conflict) or applied; "" before.
    `cover` ("" for none) and `patches` are the Message-IDs of its own mails, with which `mails.mbox` begins."""

    name: str
    root: str
    title: str
    author: str
    revision: int
    base: str = ""
    how: str = ""
    folder: str = ""
    phase: str = ""
    steps: tuple[Step, ...] = ()
    date: str = ""
    cover: str = ""
    patches: tuple[str, ...] = ()

    @property
    def done(self) -> int:
        """How many of the steps are applied."""
        return sum(bool(step.commit) for step in self.steps)

    @property
    def start(self) -> str:
        """The commit below the series' own first patch: its base, or the last prerequisite."""
        return next((step.commit for step in reversed(self.steps) if step.before and step.commit), self.base)

    @property
    def tip(self) -> str:
        """The last commit that was applied."""
        return next((step.commit for step in reversed(self.steps) if step.commit), self.base)

    @property
    def own(self) -> tuple[Step, ...]:
        """The series' own patches that are applied."""
        return tuple(step for step in self.steps if step.commit and not step.before)


def keep(here: Clone, taken: Taken) -> Review:
    """Keeps a series with the mails it came in, so that later commands find it; what is kept of it already stays."""
    posting = taken.chosen.posting
    name = _name(here, posting.title, posting.revision, posting.first.id)
    review = Review(name, posting.first.id, posting.title, str(posting.author), posting.revision)
    own = [*([posting.cover] if posting.cover else []), *posting.patches]
    mails = [*own, *(message for message in taken.mails.messages if message not in own)]
    raws = [taken.mails.raw(message) for message in mails]
    blob = b"".join(for_git(quoted(raw)).rstrip(b"\n") + b"\n\n" for raw in raws)
    with here.store.ledger.lock():
        folder = folder_of(here, name)
        review = replace(
            kept(here, name) or review,
            date=datetime.now(UTC).isoformat(timespec="microseconds"),
            cover=posting.cover.id if posting.cover else "",
            patches=tuple(one.id for one in posting.patches),
        )
        write_atomic(folder / "mails.mbox", blob)
        write(here, review)
    return review


def kept(here: Clone, name: str) -> Review | None:
    """What is kept of a review by its name; None where there is none."""
    return read_kept(folder_of(here, name) / "review.json", _parsed)


def again(here: Clone, review: Review) -> Review:
    """A review as it is kept by now, read under the lock; UsageError where another terminal dropped it meanwhile."""
    now = kept(here, review.name)
    if now is None:
        raise UsageError(f"{review.name} is not reviewed here any more.", "`patchflow review list` shows what is.")
    return now


def every(here: Clone) -> list[Review]:
    """All reviews, the one that was looked at last first."""
    places = sorted(here.repository.state.reviews.glob("*/review.json"))
    found = [one for path in places if (one := read_kept(path, _parsed)) is not None]
    return sorted(found, key=lambda one: one.date, reverse=True)


def kept_mails(here: Clone, review: Review) -> Mails:
    """The mails a series was taken out of."""
    return mails_of(_kept_raws(here, review), review.root)


def own_mails(here: Clone, review: Review) -> tuple[Message | None, tuple[Message, ...]] | None:
    """The cover letter and the patches of a review, without a look at the other mails; None where they do not stand
    first, as of a review that an older patchflow took in."""
    ids = [*([review.cover] if review.cover else []), *review.patches]
    found = mails_of(islice(_kept_raws(here, review), len(ids))).messages
    if not ids or [one.id for one in found] != ids:
        return None
    return (found[0], found[1:]) if review.cover else (None, found)


def _kept_raws(here: Clone, review: Review) -> Iterator[bytes]:
    raw = read_kept(folder_of(here, review.name) / "mails.mbox", bytes)
    if not raw:
        raise PatchflowError(
            f"The mails of {review.name} are not kept any more.", "`patchflow review` takes them in anew."
        )
    return (one for _, one in split_mbox(raw))


def named(here: Clone, word: str) -> list[Review]:
    """The reviews of that name, with or without its version, or of that Message-ID; all of them without a word."""
    bare = word.strip("<>")
    return [one for one in every(here) if not word or bare in (one.name, one.root, one.name.rpartition("-v")[0])]


def find(here: Clone, word: str = "") -> Review:
    """The last of the reviews that a word names; UsageError without one."""
    found = named(here, word)
    if not found:
        what = f"{word!r} is not a series that is reviewed here" if word else "No series is reviewed here"
        raise UsageError(f"{what}.", "`patchflow review MBOX` or `patchflow review MESSAGE-ID` takes one in.")
    return found[0]


def _name(here: Clone, title: str, revision: int, root: str) -> str:
    slug = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:40].strip("-") or "series"
    name = plain_name(f"{slug}-v{revision}", "The series' name")
    other = kept(here, name)
    if other is None or other.root == root:
        return name
    return f"{slug}-{hashlib.sha256(root.encode('utf-8', 'replace')).hexdigest()[:8]}-v{revision}"


def folder_of(here: Clone, name: str) -> Path:
    """The folder of a review; PatchflowError where the name is no plain one."""
    return here.repository.state.reviews / plain_name(name, "The review's name")


def write(here: Clone, review: Review) -> None:
    """Keeps a review as it is now; called under the lock."""
    write_atomic(folder_of(here, review.name) / "review.json", (json.dumps(asdict(review), indent=1) + "\n").encode())


def _parsed(content: bytes) -> Review:
    row = json.loads(content)
    steps = tuple(
        Step(
            str(s["message_id"]), str(s["title"]), str(s["commit"]), bool(s["before"]),
            str(s.get("author", "")), bool(s.get("skipped")),
        )
        for s in row["steps"]
    )  # fmt: skip
    texts = {
        key: str(row[key]) for key in ("name", "root", "title", "author", "base", "how", "folder", "phase", "date")
    }
    cover, patches = str(row.get("cover", "")), tuple(map(str, row.get("patches", ())))
    return Review(**texts, revision=int(row["revision"]), steps=steps, cover=cover, patches=patches)
