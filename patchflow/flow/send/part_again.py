"""Sends patches of a revision once more, alone; see part.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.queued import RevisionFacts
from patchflow.flow.send.outbox import carry_out, outcome_of
from patchflow.flow.send.part import records
from patchflow.flow.send.plan import plan_facts, revision_of
from patchflow.flow.send.run import as_bytes, mailer_of, queue_of
from patchflow.formats.signing import without_times

if TYPE_CHECKING:
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.outbox import Heard, Outcome
    from patchflow.flow.send.plan import Plan


def send_part(
    here: Clone, plan: Plan, again: Sequence[str] = (), arrived: Sequence[str] = (), heard: Heard | None = None
) -> Outcome:
    """Sends such a plan. The record of the revision stays as it is; that of these mails stands beside it, so that
    answers to them are found. What an earlier try has sent of just these mails does not leave again."""
    mails = as_bytes({one.mail.name: one.text for one in plan.outgoing})
    outbox = Outbox(here.repository.state.part_outbox(plan.series.change_id, plan.revision))
    with outbox.hold():
        if outbox.is_open() and _alike(outbox.mails()) != _alike(mails):
            outbox.close()
        if not outbox.is_open():
            Outbox.create(outbox.folder, plan_facts(plan), queue_of(here, plan), mails)
        facts = outbox.facts(RevisionFacts)
        done = carry_out(outbox, mailer_of(here, facts.endpoint, facts.identity), again, arrived, heard)
        words = " ".join(f"--patch {part}" for part in plan.options.parts)
        outcome = outcome_of(outbox, f"patchflow send --resend {words}")
        if done:
            _record(here, outbox, facts)
    return outcome


def _record(here: Clone, outbox: Outbox, facts: RevisionFacts) -> None:
    with here.store.ledger.lock():
        change = here.store.ledger.change(f"patches of v{facts.revision} again, {facts.branch.removeprefix('b4/')}")
        change.sent = ("", "")
        prefix = records(facts.change_id, facts.revision)
        ref = f"{prefix}{len(here.repository.refs(prefix)) + 1}"
        here.store.plan_beside(change, ref, facts.branch, revision_of(facts, outbox.read()), outbox.mails())
        here.store.ledger.commit(change)
        outbox.close()


def _alike(mails: Mapping[str, bytes]) -> dict[str, bytes]:
    """Mails without when they were made."""
    return {name: without_times(mail) for name, mail in mails.items()}
