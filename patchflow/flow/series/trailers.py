"""Joins mail, .mailmap and what the user said of trailers with the commits of a series."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.kept import read_kept
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import threads_here
from patchflow.flow.series.trailer_choice import dump_choices, new_messages, plan_trailers, read_choices
from patchflow.formats.mail.collected_trailers import collect_trailers
from patchflow.formats.mail.people import People, untagged

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.domain.series import Series
    from patchflow.flow.series.trailer_choice import Choice, TrailerPlan

Note = Callable[[str], None]
_EMAIL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_TAG_LINE = re.compile(r"(?im)^.*-by\b.*(?:\n.*@.*)?")
_LIST = re.compile(r"(?m)^L:\s+(\S+@\S+)")


def people_here(here: Clone, messages: Iterable[Message]) -> People:
    """Whose the addresses in these mails are: by the tree's .mailmap (git's own reading of it), the user's own
    addresses (user.email, sendemail.from, patchflow.alsoMe), and the lists that MAINTAINERS names."""
    named = [one for message in messages for one in _named_in(message)]
    emails = {*map(str.lower, named), *map(untagged, named)}
    mine = [untagged(one) for one in my_addresses(here)]
    asked = sorted({*emails, *mine})
    text = here.git.run("check-mailmap", "--stdin", stdin="".join(f"<{one}>\n" for one in asked).encode()).text
    answers = [line.rpartition("<")[2].rstrip(">").lower() for line in text.split("\n") if line]
    canonical = dict(zip(asked, answers, strict=True)) if len(answers) == len(asked) else {}
    me = canonical.get(mine[0], mine[0]) if mine else ""
    if mine:
        canonical |= dict.fromkeys([*mine, *(canonical.get(one, one) for one in mine)], me)
    maintainers = here.repository.folder / "MAINTAINERS"
    lists = _LIST.findall(maintainers.read_text(encoding="utf-8", errors="replace")) if maintainers.is_file() else []
    return People(canonical, frozenset(one.lower() for one in lists), me)


def _named_in(message: Message) -> list[str]:
    found = [message.sender.email, *(one.email for one in message.reply_to), message.header("x-original-from")]
    if "-by" in message.body.lower():
        found += _TAG_LINE.findall(message.body)
    return [one.strip(".") for text in found for one in _EMAIL.findall(text) if one.isascii() and one.isprintable()]


def my_addresses(here: Clone) -> list[str]:
    """The user's own addresses, user.email first."""
    repository = here.repository
    found = [repository.config("user.email") or "", *repository.config_all("patchflow.alsome")]
    found += _EMAIL.findall(repository.config("sendemail.from") or "")
    return [one for one in found if _EMAIL.fullmatch(one)]


def choices_path(here: Clone, series: Series) -> Path:
    """Where this clone keeps what the user said of a series' trailers."""
    return here.repository.state_dir / "series" / series.change_id / "trailers.json"


def known_choices(here: Clone, series: Series) -> dict[tuple[str, str, str], Choice]:
    """What the user said of a series' trailers."""
    return read_kept(choices_path(here, series), read_choices) or {}


def trailers_of_series(here: Clone, series: Series, mbox: str | None, note: Note) -> TrailerPlan:
    """What replies gave to the patches of a series, to which of its commits it goes, and what the user said of it."""
    ids = {message.message_id for revision in series.revisions for message in revision.messages}
    titles = {patch.subject for patch in series.patches}
    threads = [
        thread
        for thread in threads_here(here, mbox, note, ids, titles)
        if any(m.id in ids or any(title in m.subject for title in titles) for m in thread.messages)
    ]
    people = people_here(here, [message for thread in threads for message in thread.messages])
    collected = collect_trailers(threads, here.profile_of(series).bots, people=people)
    return plan_trailers(series, collected, here.git.patch_ids, people, known_choices(here, series))


def said(here: Clone, series: Series, plan: TrailerPlan) -> tuple[Path, bytes] | None:
    """The file of choices and what belongs into it after this plan; None where that stands there already."""
    path = choices_path(here, series)
    before = read_kept(path, bytes) or b""
    text = dump_choices(plan.choices(known_choices(here, series))).encode()
    return (path, text) if text != before and (before or plan.choices({})) else None


def remember(here: Clone, series: Series, plan: TrailerPlan) -> None:
    """Keeps what the user said; one undoable step."""
    with here.store.ledger.lock():
        if new := said(here, series, plan):
            change = here.store.ledger.change(f"which trailers of {series.name} are taken")
            here.store.ledger.set_file(change, *new)
            here.store.ledger.commit(change)


def apply(here: Clone, series: Series, plan: TrailerPlan) -> None:
    """Writes the trailers that are taken into the commits, and keeps what was said; one undoable step."""
    with here.store.changing(series):
        change = here.store.ledger.change(f"trailers of {series.name}")
        commits = here.repository.commits_between(series.base, series.branch_tip)
        made = here.store.rewrite(commits, new_messages(series, plan))
        here.store.ledger.move_branch(change, series.branch, series.branch_tip, made)
        if new := said(here, series, plan):
            here.store.ledger.set_file(change, *new)
        here.store.ledger.commit(change)
