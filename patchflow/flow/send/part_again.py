"""Sends patches of a revision once more, alone; see part.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.queued import RevisionFacts
from patchflow.errors import PatchflowError
from patchflow.flow.send.aside import alike
from patchflow.flow.send.outbox import carry_out, outcome_of
from patchflow.flow.send.part import records
from patchflow.flow.send.plan import plan_facts, revision_of
from patchflow.flow.send.run import as_bytes, mailer_of, queue_of

if TYPE_CHECKING:
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.outbox import Heard, Outcome
    from patchflow.flow.send.plan import Plan


def send_part(
    here: Clone, plan: Plan, again: Sequence[str] = (), arrived: Sequence[str] = (), heard: Heard | None = None
) -> Outcome:
    """Sends such a plan. The record of the revision stays as it is; that of these mails stands beside it, so that
    answers to them are found. What an earlier try has sent of just these mails does not leave again."""
    ids = [one.message_id for one in plan.outgoing]
    mails = as_bytes({one.mail.name: one.text for one in plan.outgoing})
    outbox = Outbox(here.repository.state.part_outbox(plan.series.change_id, plan.revision))
    with outbox.hold():
        if outbox.is_open() and not alike(outbox.mails(), mails):
            _give_up(here, outbox, plan)
        if not _sent(here, plan).isdisjoint(ids):
            raise PatchflowError("This went out from another terminal meanwhile; nothing was sent.")
        if not outbox.is_open():
            Outbox.create(outbox.folder, plan_facts(plan), queue_of(here, plan), mails)
        facts = outbox.facts(RevisionFacts)
        done = carry_out(outbox, mailer_of(here, facts.endpoint, facts.identity), again, arrived, heard)
        words = " ".join(f"--patch {part}" for part in plan.options.parts)
        outcome = outcome_of(outbox, f"patchflow send --resend {words}")
        if done:
            _record(here, outbox, facts)
    return outcome


def _sent(here: Clone, plan: Plan) -> set[str]:
    """The Message-IDs, as they were made, of what went out again of this revision, as it is recorded now."""
    revisions = here.store.revisions(plan.series.change_id)
    again = [one for revision in revisions if revision.number == plan.revision for one in revision.again]
    return {one.was or one.message_id for one in again}


def _give_up(here: Clone, outbox: Outbox, plan: Plan) -> None:
    """Closes what an earlier try left: all of it is recorded, or nothing of it has left. PatchflowError otherwise."""
    held = outbox.read()
    if not (outbox.none_left() or _sent(here, plan).issuperset(one.message_id for one in held)):
        words = " ".join(f"--patch {one.part}" for one in held)
        raise PatchflowError(
            f"Some of what was sent again before may have left, and is not settled: {held[0].subject}.",
            f"`patchflow send --resend {words}` goes on with it first.",
        )
    outbox.close()


def _record(here: Clone, outbox: Outbox, facts: RevisionFacts) -> None:
    with here.store.ledger.lock():
        change = here.store.ledger.change(f"patches of v{facts.revision} again, {facts.branch.removeprefix('b4/')}")
        change.sent = ("", "")
        prefix = records(facts.change_id, facts.revision)
        ref = f"{prefix}{len(here.repository.refs(prefix)) + 1}"
        here.store.plan_beside(change, ref, facts.branch, revision_of(facts, outbox.as_left()), outbox.mails_as_left())
        here.store.ledger.commit(change)
        outbox.close()
