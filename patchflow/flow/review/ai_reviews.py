"""AI reviews that an endpoint of Sashiko's has of what was sent: asked for where the user named one, kept as mails."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode

from patchflow.adapters.web import page
from patchflow.domain.series import Series
from patchflow.errors import OutsideError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail import taken_in
from patchflow.flow.review.mail_index import mail_store, take_in_file
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.classify import bot_of
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.mbox_message import as_mbox
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.sashiko import SUFFIX, AiReview, as_mail, id_of, parse_reviews

SETTING = "patchflow.sashiko"
_FRESH = 600.0  # seconds; a review takes longer than that


def ask_reviews(here: Clone, series: Series, url: str, now: datetime) -> None:
    """Asks for the reviews of the last revision and keeps them as mails that answer its patches. OutsideError where the
    endpoint does not answer, or not with its API's document; that it does not know the series (yet) is none."""
    assert series.last is not None
    asked = f"{url.rstrip('/')}/api/patchset?{urlencode({'id': series.last.root})}"
    try:
        reviews = parse_reviews(page(asked, _FRESH)[0])
    except ValueError as error:
        raise OutsideError(f"{asked} is not a document of Sashiko's API.", f"Look at `{SETTING}`.") from error
    except OutsideError as error:
        if "answered with status 404" not in error.message:
            raise
        reviews = []
    settle(here, series, now, reviews)


def settle(here: Clone, series: Series, now: datetime, reviews: Iterable[AiReview] = ()) -> None:
    """Adds reviews to those that are kept, and leaves out what came as a mail of Sashiko's own, too."""
    last = series.last
    assert last is not None
    store = mail_store(here)
    name = f"sashiko-{hashlib.sha256(last.root.encode()).hexdigest()[:16]}"
    path = store.kept / f"{name}.mbox"
    before = path.read_bytes() if path.exists() else b""
    kept: dict[str, tuple[str, bytes]] = {}  # by the patch
    for _, raw in split_mbox(before):
        mail = parse_mail(raw)
        kept |= dict.fromkeys(mail.in_reply_to[:1], (mail.id, raw))
    subjects = {one.message_id: one.subject for one in last.messages}
    for one in reviews:
        if one.patch in subjects and kept.get(one.patch, ("",))[0] != id_of(one):
            kept[one.patch] = (id_of(one), as_mail(one, subjects[one.patch], now))
    if not kept:
        return
    known = bots()
    by_mail = {
        patch
        for mail in taken_in(here, subjects)
        if not mail.id.endswith(SUFFIX) and (bot := bot_of(mail, known)) and "sashiko" in bot.name
        for patch in mail.in_reply_to[:1]
    }
    after = as_mbox(raw for patch, (_, raw) in kept.items() if patch not in by_mail)
    if after != before:
        take_in_file(here, str(store.keep(after, name)), may_be_empty=True)
