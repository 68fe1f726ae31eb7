"""Joins the mail that was taken in with the series of a clone: comments with their states, trailers, messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.clone_files import has_b4
from patchflow.adapters.files import scratch_folder
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.kept import DAMAGE, read_kept, tell_damage, tell_damaged_ref
from patchflow.adapters.mail.index import MailIndex
from patchflow.domain.comment import CommentState
from patchflow.domain.ours import Ours
from patchflow.errors import MissingError, PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.review.kept_comments import comments_of_threads
from patchflow.flow.review.mail_index import (
    has_sent,
    mail_store,
    ready_store,
    sent_folders,
    state_folder,
    take_in_file,
    work_behind,
)  # fmt: skip
from patchflow.flow.review.outdated_comments import with_touched
from patchflow.flow.review.seen import was_read
from patchflow.flow.review.states import Mark, dump_marks, of_messages, read_marks, with_marks
from patchflow.flow.review.who import people_here
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.counted import many
from patchflow.formats.mail.headers import is_message_id
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.threads import build_threads

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.domain.intake import Hit, Intake
    from patchflow.domain.message import Message
    from patchflow.domain.series import Cover, Series
    from patchflow.domain.thread import Thread
    from patchflow.formats.mail.people import People
    from patchflow.formats.mail.query import Query

Note = Callable[[str], None]
# Outside any series of ours, this many threads are read; `thread ID` and `search` reach all of them.
_NEWEST = 200
_OWN_ID = lazy_re.compile(rb"(?im)^Message-ID: <([\x21-\x7e]+)>")


def read_messages(where: str, note: Note | None = None) -> list[Message]:
    """All messages of a mail file, folder or standard input (`-`)."""
    return [message for message, _ in read_mails(where, note)]


def read_mails(where: str, note: Note | None = None) -> list[tuple[Message, bytes]]:
    """The same with their bytes."""
    from patchflow.adapters.mail.sources import read_source

    skipped: list[tuple[str, str]] = []
    mails = [(parse_mail(mail.raw, mail.source, mail.offset), mail.raw) for mail in read_source(where, skipped)]
    for place, why in skipped:
        if note:
            note(f"{place}: {why}.")
    return mails


def threads_in(where: str, note: Note | None = None) -> list[Thread]:
    """The threads of a mail file, folder or standard input; what could not be read is told to `note`."""
    return build_threads(message for message, _ in need_mails(where, note))


def need_mails(where: str, note: Note | None = None) -> list[tuple[Message, bytes]]:
    """The mails of a file, folder or standard input with their bytes; UsageError where there is none."""
    mails = read_mails(where, note)
    if not mails:
        raise UsageError(f"There is no mail in {'standard input' if where == '-' else where}.")
    return mails


# The mail taken in: the files are the truth, the index in the cache only says where each message stands.


def take_in(here: Clone, where: str, heard: Callable[[int, float], None] | None = None) -> Intake:
    """Takes a mail file in: what is new in it, and what could not be read. `heard` is told how far it is."""
    intake = take_in_file(here, where, heard=heard)
    work_behind(here)
    return intake


def taken_in(
    here: Clone, about: Iterable[str] = (), titles: Iterable[str] = (), note: Note | None = None
) -> list[Message]:
    """The messages of the threads that hold these ids or patches of these titles, and of our own sent mails.

    Without either: of every thread about something sent from this clone, or else of the newest threads. Mails of
    sent revisions are among them even where no mail file has them, so that replies find their parents.
    """
    store = ready_store(here, note)
    own = own_messages(here) if has_sent(here) else []
    wanted = set(about)
    if wanted or titles:
        messages = store.threads_of(wanted) if store.exists else []
        have = {m.id for m in messages}
        messages += [m for m in store.threads_titled(titles) if m.id not in have] if store.exists and titles else []
    elif store.exists:
        sent = {*(m.id for m in own), *(id for ids in recorded(here).values() for id in ids)}
        messages = store.threads_of(sent) or store.newest_threads(_NEWEST)
    else:
        messages = []
    store.close()
    return ours_first(own, messages)


def notes_of_trees(here: Clone) -> list[Message]:
    """The newest notes that a patch was added to a tree or removed from it."""
    store = ready_store(here)
    try:
        return store.notes_of_trees() if store.exists else []
    finally:
        store.close()


def ours_first(own: Sequence[Message], messages: Iterable[Message]) -> list[Message]:
    """Our own mails, as they were sent, and of the others those that do not bear the Message-ID of one of them."""
    mine = {message.id for message in own}
    return [*(message for message in messages if message.id not in mine), *own]


def own_messages(here: Clone, previews: bool = True) -> list[Message]:
    """The mails of every sent revision of this clone (and preview), as they were handed to git send-email, dated when
    they left: their own Date is that of the commit."""
    found: list[Message] = []
    for ref, commit in here.repository.refs("refs/patchflow/").items():
        if "/preview-" in ref and not previews:
            continue
        when = None
        with suppress(*DAMAGE):  # `ours` tells it
            row = json.loads(here.repository.read_blob(commit, "revision.json") or b"")
            when = datetime.fromisoformat(row["date"])
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
        for path in here.repository.paths(commit, "messages"):
            message = parse_mail(here.repository.read_blob(commit, path) or b"", "sent")
            found.append(message._replace(date=when) if when else message)
    return found


def threads_here(
    here: Clone, mbox: str | None, note: Note | None = None, about: Iterable[str] = (), titles: Iterable[str] = ()
) -> list[Thread]:
    """The threads of an mbox where one is named, else of the mail taken in, our own sent mails among them.

    `about` and `titles` narrow what is taken in to the threads that hold these ids, or patches of these titles.
    """
    if not mbox:
        return build_threads(taken_in(here, about, titles, note))
    messages = [message for message, _ in need_mails(mbox, note)]
    try:
        own = own_messages(here)
    except PatchflowError:
        own = []  # outside a repository an mbox can still be read
    have = {message.id for message in messages}
    return build_threads(ours_first([m for m in own if m.id in have or _is_wanted(m, messages)], messages))


def _is_wanted(own: Message, messages: list[Message]) -> bool:
    return any(own.id in message.references or own.id in message.in_reply_to for message in messages)


def sent_replies(here: Clone, ids: Collection[str]) -> list[Message]:
    """The replies sent from here that answer one of these mails, dated when they left."""
    found: list[Message] = []
    for path in sorted(here.repository.state.sent_replies.glob("*.eml")):
        message = read_kept(path, parse_mail)
        if message is not None and not set(message.in_reply_to).isdisjoint(ids):
            when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found.append(message if message.date else message._replace(date=when))
    return found


# Comments and their states


def marks_path(here: Clone) -> Path:
    """Where this clone keeps what the user said of comments."""
    return here.repository.state.comments


def recorded(here: Clone) -> dict[str, list[str]]:
    """The Message-IDs of what was sent, by the ref of its record; the mails of what was sent by hand are not kept."""
    found: dict[str, list[str]] = {}
    for ref, commit in here.repository.refs("refs/patchflow/").items() if has_sent(here) else ():
        try:
            rows = json.loads(here.repository.read_blob(commit, "revision.json") or b"")["messages"]
            found[ref] = [str(row["message_id"]) for row in rows]
        except DAMAGE as error:
            tell_damaged_ref(ref, error)
    return found


def ours(here: Clone, at_hand: Iterable[str] = ()) -> Ours:
    """The mails that are known to be the user's: sent revisions, replies sent from here, what the user named, and those
    of `at_hand` (Message-IDs) that a mail program of the user's kept as sent."""
    patches: set[str] = set()
    previews: set[str] = set()
    series: dict[str, set[str]] = {}
    for ref, ids in recorded(here).items():
        patches.update(ids)
        if "/preview-" in ref:
            previews.update(ids)
        series.setdefault(ref.rpartition("/")[0], set()).update(ids)
    for name in here.store.names() if has_b4(str(state_folder(here).parent)) else ():
        if here.repository.config(f"branch.{name}.b4-prep-cover-strategy"):  # what b4 sent stands in b4's own record
            with suppress(PatchflowError):
                revisions = here.store.load(name, with_diffs=False).revisions
                patches.update(m.message_id for revision in revisions for m in revision.posted)
    mails = [read_kept(path, bytes) or b"" for path in StateDir(state_folder(here)).sent_replies.glob("*.eml")]
    sent = [m[1] for mail in mails if (m := _OWN_ID.search(mail))]
    path = mine_path(here)
    named = _named_mine(path)
    mails_of_ours = frozenset({*patches, *(one.decode() for one in sent), *named, *_kept_as_sent(here, at_hand)}) - {""}
    return Ours(frozenset(patches), mails_of_ours, tuple(map(frozenset, series.values())), frozenset(previews))


def _kept_as_sent(here: Clone, ids: Iterable[str]) -> set[str]:
    """Those of these mails that stand in a folder of sent mail that the user named."""
    if not (folders := sent_folders(here)):
        return set()
    with closing(mail_store(here)) as store:
        return store.of_files(folders, ids) if store.exists else set()


def mine_path(here: Clone) -> Path:
    """Where this clone keeps which mails the user said are theirs: a Message-ID a line."""
    return StateDir(state_folder(here)).mine


def _named_mine(path: Path) -> list[str]:
    """The Message-IDs in that file; a line that is none is damage, and costs itself only."""
    rows = read_kept(path, lambda content: content.decode("utf-8", "replace").split("\n")) or []
    named = [row for row in rows if "@" in row and row.isprintable() and "\ufffd" not in row]
    if len(named) != sum(bool(row) for row in rows):
        tell_damage(path, ValueError("a line is not a Message-ID"))
    return named


def claim(here: Clone, ids: Sequence[str]) -> None:
    """Keeps that these mails are the user's own; one undoable step."""
    path = mine_path(here)
    names = [one.strip().strip("<>") for one in ids]
    if wrong := next((one for one in names if not is_message_id(one)), None):
        raise UsageError(f"{wrong!r} is not a Message-ID.", "`patchflow todo` shows those of answers in your name.")
    with here.store.ledger.lock():
        have = _named_mine(path)
        rows = [*dict.fromkeys([one for one in (*have, *names) if one])]
        change = here.store.ledger.change(f"{many(len(names), 'mail')} of mine")
        here.store.ledger.set_file(change, path, "".join(f"{one}\n" for one in rows).encode())
        here.store.ledger.commit(change)


def mark_comments(
    here: Clone, new: Mapping[str, tuple[str, str]], seen: Mapping[str, Sequence[str]] | None = None,
    covers: Callable[[], Sequence[tuple[Series, Cover]]] = tuple,
) -> None:  # fmt: skip
    """Keeps states (and reasons) of comments; one undoable step.

    `seen` are, by comment, the mails below it that the user knew: a reviewer's later word opens it again. `covers` are
    the cover letters that tell of it, asked for under the lock.
    """
    if not new:
        return
    path, ledger = marks_path(here), here.store.ledger
    with ledger.lock():
        marks = known_marks(here)
        for key, (state, reason) in new.items():
            marks.pop(key, None)  # the newest stands last, where a torn file is torn
            marks[key] = Mark(CommentState(state), reason, tuple(seen[key]) if seen and key in seen else None)
        change = ledger.change(f"{many(len(new), 'comment')} marked {next(iter(new.values()))[0]}")
        ledger.set_file(change, path, dump_marks(marks).encode())
        for series, cover in covers():
            here.store.plan_cover(change, series, cover)
        ledger.commit(change)


def known_marks(here: Clone) -> dict[str, Mark]:
    """What the user said of comments."""
    path = marks_path(here)
    text = read_kept(path, lambda content: content.decode("utf-8", "replace"))
    marks, damage = read_marks(text) if text is not None else ({}, "")
    if damage:
        tell_damage(path, ValueError(damage))
    return marks


def all_comments_here(here: Clone, mbox: str | None = None, note: Note | None = None) -> list[Comment]:
    """Every comment in the mail at hand, in the state the user gave it."""
    return comments_in(here, threads_here(here, mbox, note))


def comments_in(here: Clone, threads: Sequence[Thread], people: People | None = None) -> list[Comment]:
    """Every comment of these threads, in the state the user gave it; `people` is whose their addresses are."""
    if not threads:
        return []
    messages = [message for thread in threads for message in thread.messages]
    people = people or people_here(here, messages)
    known = ours(here, (message.id for message in messages))
    return with_marks(comments_of_threads(here, threads, bots(), known, people), known_marks(here))


def all_comments_in(here: Clone, where: str, note: Note | None = None) -> list[Comment]:
    """Every comment in one mail file, whatever clone this is, and outside one too."""
    from patchflow.flow.review.threads_view import all_comments

    threads = threads_in(where, note)
    try:
        return comments_in(here, threads)
    except MissingError:
        return all_comments(threads, bots())


def series_ids(here: Clone) -> set[str]:
    """The Message-IDs of every revision and preview of the current branch's series; none where it is no series."""
    try:
        series = here.store.load(with_diffs=False)
    except PatchflowError:
        return set()
    every = (*series.revisions, *series.previews)
    return {message.message_id for revision in every for message in revision.posted}


def comments_shown(here: Clone) -> list[Comment]:
    """The comments on the current branch's series; on everything taken in where the branch is none."""
    comments = all_comments_here(here)
    ids = series_ids(here)
    if not ids:
        return comments
    own = [c for c in comments if c.patch in ids]
    try:
        return with_touched(here, here.store.load(with_diffs=False), own)
    except PatchflowError:
        return own


def comments_of_series(here: Clone, series: Series, mbox: str | None = None, note: Note | None = None) -> list[Comment]:
    """The comments on the sent revisions of a series."""
    ids = [message.message_id for revision in series.revisions for message in revision.posted]
    return of_messages(all_comments_here(here, mbox, note), ids) if ids else []


def open_comments(here: Clone, series: Series) -> list[Comment]:
    """The comments on a series that hold up its next revision."""
    if not (series.last or series.previewed):
        return []
    ids = [message.message_id for revision in series.revisions for message in revision.posted]
    return waiting(series, of_messages(all_comments_here(here), [*ids, *series.previewed]))


def waiting(series: Series, comments: Iterable[Comment]) -> list[Comment]:
    """Of the comments on a series those that wait: the open ones on the last revision and on previews of the next, and
    on older ones those that were asked again."""
    mine = {message.message_id for message in series.last.posted} if series.last else set()
    mine |= series.previewed
    return [c for c in comments if c.waits and (c.patch in mine or c.asked_again)]


def find_message(here: Clone, message_id: str, mbox: str | None, note: Note) -> Message:
    """A message of the mail at hand; UsageError where it is not there."""
    for thread in threads_here(here, mbox, note, [message_id]):
        for message in thread.messages:
            if message.id == message_id:
                return message
    raise UsageError(f"The mail <{message_id}> was not taken in.", "`patchflow fetch --mbox FILE` takes mail in.")


def sent_cover(here: Clone, series: Series) -> Message:
    """The first mail of the last revision, as it was sent."""
    root = series.last.root if series.last else ""
    for message in taken_in(here, [root]):
        if message.id == root:
            return message
    raise UsageError(
        f"The mails of v{series.last.number if series.last else 1} of {series.name} are not here.",
        "`patchflow fetch` takes mail in.",
    )


# Full text


def search_here(here: Clone, query: Query, limit: int) -> list[Hit]:
    """The messages taken in that hold all that is asked for."""
    store = ready_store(here)
    if not store.exists:
        raise UsageError("No mail was taken in yet.", "`patchflow fetch --mbox FILE` takes mail in.")
    return store.search(query, limit, was_read(here))


def search_file(where: str, query: Query, limit: int) -> list[Hit]:
    """The messages of one mail file that hold all that is asked for; the index is made for this search alone."""
    with scratch_folder() as folder:
        store = MailIndex(folder)
        try:
            store.take_in(where)
            return store.search(query, limit)
        finally:
            store.close()
