"""The sources of mail that the user named: refreshed by one command, each with its age and what came."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_kept
from patchflow.adapters.lore import open_inbox
from patchflow.adapters.mail.programs import lei_up, notmuch_mails, notmuch_state
from patchflow.domain.intake import Intake
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.lore import Heard, fetch_threads, sent_roots
from patchflow.flow.review.mail_index import (
    listed_files,
    mail_store,
    read_so_far,
    sent_folders,
    take_in_file,
    work_behind,
)  # fmt: skip
from patchflow.flow.review.places import Got, Place, Source, parse_got, sources_in
from patchflow.formats.mail.mbox_message import as_mbox

_ARCHIVE = Source("archive", "of the lists", Place("sent", ""))


def named_sources(here: Clone) -> list[Source]:
    """The sources that git config names."""
    return sources_in(here.repository.settings())


def sources_to_ask(here: Clone) -> list[Source]:
    """The named sources; the lists' archive too, where all that is named is what the user sent."""
    named = named_sources(here)
    return [*named, _ARCHIVE] if all(one.place.mine for one in named) else named


def known_sources(here: Clone) -> list[tuple[Source, Got]]:
    """The named sources with what is known of each."""
    known = _known(here)
    return [(source, known.get(source.said, Got())) for source in named_sources(here)]


def unnamed_files(here: Clone) -> list[str]:
    """The user's mail files that were taken in without a name."""
    kept = here.repository.state.mail
    named, own = {str(one.file(kept).resolve()) for one in named_sources(here)}, str(kept)
    return [path for path in listed_files(here) if path not in named and not path.startswith(f"{own}/")]


def refresh(
    here: Clone, sources: Sequence[Source], now: datetime, heard: Heard | None = None
) -> list[tuple[Source, Got]]:
    """Takes in what came to these sources. One that fails is told in its `trouble`, and the others are read. `heard` is
    told how far it is."""
    found: list[tuple[Source, Got]] = []
    try:
        for number, source in enumerate(sources, 1):
            where = f"{source.name}, {number} of {len(sources)}"
            tell = (lambda words, where=where: heard(f"{where}: {words}")) if heard else None
            if heard:
                heard(where)
            found.append((source, _got(here, source, now, tell)))
    finally:
        if found:
            _keep(here, {source.said: got for source, got in found})
            work_behind(here)
    return found


def _got(here: Clone, source: Source, now: datetime, tell: Heard | None) -> Got:
    """Takes in what came to one; what is known of it then."""
    before = _known(here).get(source.said, Got())
    try:
        intake, mails, mark = _take_in(here, source, before, tell)
    except PatchflowError as error:
        return before._replace(asked=now, trouble=error.paragraph())
    new = max(mails - before.mails, 0) if mails >= 0 else intake.new  # `status` may have read some of them
    trouble = "; ".join(f"{place}: {why}" for place, why in intake.skipped[:3])
    got = before._replace(asked=now, mails=max(mails, before.mails), mark=mark, trouble=trouble)
    return got._replace(came=now, new=new) if new else got


def _keep(here: Clone, found: Mapping[str, Got]) -> None:
    """Once for all: what a kill leaves out of it is counted the next time."""
    with here.store.ledger.lock():
        rows = {said: (_text(one.asked), _text(one.came), *one[2:]) for said, one in {**_known(here), **found}.items()}
        write_atomic(here.repository.state.fetched, (json.dumps(rows, indent=0) + "\n").encode())
        _keep_sent(here)


def _keep_sent(here: Clone) -> None:
    """Keeps which files and folders hold what the user sent, so that who asks for them needs no git."""
    kept, path = here.repository.state.mail, here.repository.state.sent_mail
    files = [str(one.file(kept).resolve()) for one in named_sources(here) if one.place.mine]
    if files != sent_folders(here):
        write_atomic(path, "".join(f"{one}\n" for one in files).encode("utf-8", "surrogateescape"))


def _take_in(here: Clone, source: Source, before: Got, tell: Heard | None) -> tuple[Intake, int, str]:
    """What taking a source in brought, how many mails it has here (-1: nobody counts them), and its mark."""
    kind, where, query, _ = source.place
    name = source.name_kept
    if kind == "sent":
        return fetch_threads(here, [], where, tell) if sent_roots(here) else Intake(0, 0), -1, ""
    mark, skipped = "", list[tuple[str, str]]()
    if kind == "search":
        fetched = open_inbox(where).search(query)
        if fetched is None:
            return Intake(0, 0), before.mails, ""
        path = mail_store(here).keep(fetched.mbox, f"{name}-cut" if fetched.cut else name)
    elif kind == "notmuch":
        mark = notmuch_state(where)
        if mark == before.mark:
            return Intake(0, 0), before.mails, mark
        path = mail_store(here).keep(as_mbox(notmuch_mails(where, skipped)), name)
    else:
        path = source.file(mail_store(here).kept)
        if kind == "lei":
            lei_up(path)
    intake = take_in_file(here, str(path), True, tell and (lambda count, part: tell(read_so_far(count, part))))
    intake = intake._replace(skipped=(*skipped, *intake.skipped))
    return intake, mail_store(here).count_of(str(path.resolve())), "" if skipped else mark


def _known(here: Clone) -> dict[str, Got]:
    """What was kept of each source, by how it was named."""
    return read_kept(here.repository.state.fetched, parse_got) or {}


def _text(date: datetime | None) -> str | None:
    return date.isoformat() if date else None
