"""The comments of threads, kept in the cache: `status`, `todo` and the board read no mail twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from patchflow.adapters.kept import DAMAGE
from patchflow.adapters.mail.thread_cache import Shown
from patchflow.errors import PatchflowError
from patchflow.flow.review.mail_index import state_folder
from patchflow.formats.comment_rows import dump_comments, load_comments

if TYPE_CHECKING:
    from patchflow.domain.bot import Bot
    from patchflow.domain.comment import Comment
    from patchflow.domain.ours import Ours
    from patchflow.domain.thread import Thread
    from patchflow.flow.clone import Clone
    from patchflow.formats.mail.people import People


def comments_of_threads(
    here: Clone, threads: Sequence[Thread], bots: Sequence[Bot], ours: Ours, people: People
) -> list[Comment]:
    """Every comment of these threads, in whatever state, with what newer revisions made of it."""
    shown = Shown(str(state_folder(here)))
    key = _key(threads, bots, ours, people)
    with suppress(*DAMAGE):  # what was kept can be made again
        if text := shown.comments(key):
            return load_comments(text)
    from patchflow.flow.review.threads_view import all_comments  # reading takes all that is known of words

    found = all_comments(threads, bots, ours, people)
    with suppress(OSError, PatchflowError):  # a cache that cannot be written is no reason to fail
        shown.keep_comments(key, dump_comments(found))
    return found


def _key(threads: Sequence[Thread], bots: Sequence[Bot], ours: Ours, people: People) -> str:
    """A digest of all that comments are made of, but for the program, which the cache knows."""
    digest = hashlib.sha256()
    known = (sorted(ours.patches), sorted(ours.mails), sorted(map(sorted, ours.series)))
    whose = (sorted(people.canonical.items()), sorted(people.lists), people.me)
    for one in (bots, known, whose, *(thread.messages for thread in threads)):
        digest.update(repr(one).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
