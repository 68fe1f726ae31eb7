"""The mail that a series answers: a bug report, a request, "11/10" of somebody else's series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.errors import UsageError
from patchflow.flow.review.mail import taken_in
from patchflow.flow.send.plan import Answered
from patchflow.formats.mail.named import named_message

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone

_MOST = 20  # Message-IDs of a References header: the first, and the last ones (RFC 5322 names no limit, servers do)


def answered(here: Clone, message_id: str) -> Answered | None:
    """What is answered, as the mail taken in and our own have it; None for
    nothing, and for what no header can hold."""
    if not _is_plain(message_id):
        return None
    found = next((one for one in taken_in(here, [message_id]) if one.id == message_id), None)
    above = [id for id in found.references if id != message_id and _is_plain(id)] if found else []
    references = (*(above if len(above) < _MOST else [above[0], *above[2 - _MOST :]]), message_id)
    return Answered(message_id, f"{found.subject}, from {found.sender}" if found else "", references)


def keep_answers(here: Clone, series: Series, word: str, number: int, dry: bool = False) -> Series:
    """Keeps what the first mail of a version answers, by Message-ID or lore URL (`none`: nothing), in one undoable
    step; with `dry` only the series that is given back knows. UsageError where `word` is no Message-ID."""
    message_id = "" if word == "none" else named_message(word)[0]
    if word != "none" and not _is_plain(message_id):
        raise UsageError(
            f"{word[:80]!r} is neither a Message-ID nor the URL of one.", "Copy it out of the mail's Message-ID."
        )
    if dry:
        return replace(series, answers=message_id, answers_in=number)
    with here.store.changing(series):
        change = here.store.ledger.change(f"what {series.name} answers")
        here.store.plan_answers(change, series.branch, message_id, number)
        here.store.ledger.commit(change)
        return here.store.load(series.branch)


def _is_plain(message_id: str) -> bool:
    """Whether it can stand in a header between angle brackets."""
    ends = message_id.partition("@")
    return all(ends) and len(message_id) <= 300 and all("!" <= sign <= "~" and sign not in "<>" for sign in message_id)
