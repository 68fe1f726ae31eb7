"""`patchflow thread` where the mail has to be read: a file's, a revision's, what is not kept as it was printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit, PatchflowError, UsageError
from patchflow.flow.review.mail import need_mails, ours, series_ids, threads_here
from patchflow.flow.review.mail_index import ready_store
from patchflow.flow.review.seen import keep_seen
from patchflow.flow.review.signatures import attested, attested_in
from patchflow.flow.review.thread_cache import thread_text
from patchflow.flow.review.threads_view import thread_document, thread_lines
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.printed import as_json, as_lines

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from patchflow.domain.message import Message
    from patchflow.flow.clone import Clone
    from patchflow.flow.review.signatures import Attested

_NONE = "No mail of this series was taken in yet: `patchflow fetch`."


def show_threads(args: argparse.Namespace, revision: int, output: Output) -> int:
    """Prints the threads of the file named; else of the message or revision named, or of the current series, or where
    the branch is none all that were taken in."""
    here = clone(args)
    ids = _wanted(here, args.which, revision) if args.which else set()
    if args.mark:
        return _mark(here, ids or series_ids(here), args, output)
    if args.mbox:
        mails = need_mails(args.mbox, output.note)
        threads = build_threads(message for message, _ in mails)
        threads = [t for t in threads if not ids or any(node.id in ids for node, _, _ in t.walk())]
        if not threads:
            raise _unknown(args.mbox, args.which)
        document = thread_document(threads, bots(), attested=_attested_in(here, mails, args.dkim))
        output.data(document, thread_lines(document))
    elif ids or (ids := series_ids(here)):
        text = thread_text(here, ids, output.json, output.note, args.dkim)
        if args.which and not text:
            raise _unknown("the mail taken in", args.which)
        output.text(text or (as_json({"threads": []}) if output.json else as_lines([_NONE])))
    else:
        threads = threads_here(here, None, output.note)
        known = attested(here, (m for t in threads for m in t.messages), args.dkim)
        document = thread_document(threads, bots(), ours(here), known)
        output.data(document, thread_lines(document))
    return int(Exit.OK)


def _mark(here: Clone, ids: AbstractSet[str], args: argparse.Namespace, output: Output) -> int:
    """Keeps whether the mails of these threads were read."""
    if args.mbox or not ids:
        raise UsageError("Mails of which thread are to be marked?", "`patchflow thread MESSAGE-ID --mark read`.")
    store = ready_store(here, output.note)
    try:
        messages = store.threads_of(sorted(ids)) if store.exists else []
    finally:
        store.close()
    if not messages:
        raise _unknown("the mail taken in", args.which or "")
    keep_seen(here, [message.id for message in messages], args.mark == "read")
    output.data({"marked": args.mark, "messages": len(messages)}, [])
    output.note(f"{len(messages)} mail{'s' * (len(messages) > 1)} marked as {args.mark}.")
    return int(Exit.OK)


def _attested_in(here: Clone, mails: Sequence[tuple[Message, bytes]], dns: bool) -> Attested:
    try:
        return attested_in(here, mails, dns)
    except PatchflowError:
        return {}  # outside a repository a file can still be read


def _unknown(where: str, which: str) -> UsageError:
    return UsageError(f"No message in {where} has or names the Message-ID {which.strip('<>')}.")


def _wanted(here: Clone, which: str, number: int) -> set[str]:
    """The Message-IDs meant: one, or those of the revision vN of the current series."""
    if not number:
        return {which.strip("<>")}
    series = here.store.load(with_diffs=False)
    for revision in series.revisions:
        if revision.number == number:
            return {message.message_id for message in revision.messages}
    raise UsageError(f"No {which} of {series.name} was sent.")
