"""A plan sent aside: to oneself, or as a preview to colleagues. Nobody of its To and Cc gets it; nothing is posted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.queued import Facts, RevisionFacts
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.send.outbox import carry_out, outcome_of
from patchflow.flow.send.plan import FIRM, Outgoing, plan_facts, previewed, redirected, revision_of
from patchflow.flow.send.run import as_bytes, finished, mailer_of, queue_of
from patchflow.formats.patch.compose import set_headers
from patchflow.formats.signing import section_to_sign, without_times

if TYPE_CHECKING:
    from pathlib import Path

    from patchflow.domain.address import Address
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.gates import Gate
    from patchflow.flow.send.outbox import Heard, Outcome
    from patchflow.flow.send.plan import Plan

_PLACES = ("Message-ID", "In-Reply-To", "References")
_NOT_FOR_PREVIEWS = ("recipients-differ", "tree-mismatch")  # those are about people who do not get it
_ALSO = ("mail-arrives", "message-arrives", "dirty-tree", "sender", "wrong-identity")


def reflect(here: Clone, plan: Plan, again: Sequence[str] = (), arrived: Sequence[str] = ()) -> Outcome:
    """Sends a plan to oneself. No revision is recorded.

    What an earlier try has sent of just these mails does not leave again.
    """
    me = here.repository.identity()
    # An endpoint itself sends them to the signer alone, and wants to see the list that they are for.
    mails = as_bytes(
        {one.mail.name: one.text if plan.endpoint else redirected(one, [me], one.text) for one in plan.outgoing}
    )
    outbox = Outbox(here.repository.state.reflect_outbox(plan.series.change_id, plan.revision))
    with outbox.hold():
        if outbox.is_open() and not (outbox.facts(Facts).endpoint == plan.endpoint and alike(outbox.mails(), mails)):
            outbox.close()
        if not outbox.is_open():
            queue = [replace(one, to=(str(me),), cc=()) for one in queue_of(here, plan)]
            Outbox.create(outbox.folder, replace(plan_facts(plan), bcc=()), queue, mails)
        facts = outbox.facts(Facts)
        done = carry_out(outbox, mailer_of(here, facts.endpoint, facts.identity, True), again, arrived)
        outcome = outcome_of(outbox, "patchflow send --reflect")
        if done:
            outbox.close()
    return outcome


def write_mails(plan: Plan, folder: Path) -> list[str]:
    """The mails into a folder, as they would leave; the names of the files."""
    for one in plan.outgoing:
        write_atomic(folder / one.mail.name, one.text.encode("utf-8", "surrogateescape"), mode=0o644)
    return [str(folder / one.mail.name) for one in plan.outgoing]


def holds_preview(plan: Plan) -> list[Gate]:
    """What holds a preview back: what would damage its mails, or send them in a wrong name. A colleague may see what is
    not ready for the lists yet."""
    wanted = {*FIRM, *_ALSO} - {*_NOT_FOR_PREVIEWS}
    return [gate for gate in plan.blocking() if gate.id in wanted]


def preview_to(
    here: Clone,
    plan: Plan,
    people: Sequence[Address],
    again: Sequence[str] = (),
    arrived: Sequence[str] = (),
    heard: Heard | None = None,
) -> Outcome:
    """Sends a plan to these people alone, each subject marked PREVIEW, in a thread of its own; answers to it are found
    by what is recorded when all has left. What an earlier try has sent of just this does not leave again.

    UsageError for an address that the series itself goes to as a list, and where a web endpoint takes the mails.
    """
    if plan.endpoint:
        raise UsageError(
            "A web endpoint sends to the lists, or to you alone: it takes no preview for others.",
            "`git config patchflow.endpoint no` has git send-email send.",
        )
    lists = {r.address.key for one in plan.outgoing for r in one.recipients if "list" in r.role}
    if found := [one.email for one in people if one.key in lists]:
        raise UsageError(f"{found[0]} is a list that this series goes to, and a preview is for people.")
    outgoing = _signed(here, plan, previewed(plan.outgoing, people, _digest(plan, people)))
    mails = as_bytes({one.mail.name: one.text for one in outgoing})
    outbox = Outbox(here.repository.state.preview_outbox(plan.series.change_id, plan.revision))
    with outbox.hold():
        if outbox.is_open() and _mark(outbox.read()[0].message_id) != _mark(outgoing[0].message_id):
            outbox.close()
        previews = here.store.load(plan.series.branch, with_diffs=False).previews
        if any(outgoing[0].message_id in (one.message_id, one.was) for each in previews for one in each.messages):
            raise PatchflowError(f"{', '.join(one.email for one in people)} got just this preview; nothing was sent.")
        if not outbox.is_open():
            queue = [
                replace(one, message_id=new.message_id, subject=new.mail.subject, to=tuple(map(str, people)), cc=())
                for one, new in zip(queue_of(here, plan), outgoing, strict=True)
            ]
            Outbox.create(outbox.folder, replace(plan_facts(plan), bcc=()), queue, mails)
        done = carry_out(outbox, mailer_of(here, "", outbox.facts(Facts).identity), again, arrived, heard)
        outcome = outcome_of(outbox, f"patchflow send --preview-to {people[0].email}")
        if done:
            _record(here, outbox)
    return outcome


def _record(here: Clone, outbox: Outbox) -> None:
    """Keeps the mails of a preview, so that answers to them are found. No undo takes that back, and none is held up."""
    facts = outbox.facts(RevisionFacts)
    with here.store.ledger.lock():
        change = here.store.ledger.change(f"preview of v{facts.revision} of {facts.branch.removeprefix('b4/')}")
        change.sent = ("", "")
        prefix = f"refs/patchflow/{facts.change_id}/preview-v{facts.revision}."
        ref = f"{prefix}{len(here.repository.refs(prefix)) + 1}"
        here.store.plan_beside(change, ref, facts.branch, revision_of(facts, outbox.as_left()), outbox.mails_as_left())
        here.store.ledger.commit(change)
        outbox.close()


def _signed(here: Clone, plan: Plan, outgoing: Sequence[Outgoing]) -> Sequence[Outgoing]:
    """The marked mails with a signature that holds for them, where the plan's are signed."""
    section = section_to_sign(plan.options.sign, here.repository.config, plan.series.branch, plan.profile.name)
    bare = [("X-Developer-Signature", ""), ("X-Developer-Key", "")]
    made, _, gates = finished(
        here, tuple(replace(one, text=set_headers(one.text, bare)) for one in outgoing), section, ""
    )
    if gates:
        raise PatchflowError(f"The preview cannot be signed: {gates[0].text}.", gates[0].go_on)
    return made


def _digest(plan: Plan, people: Sequence[Address]) -> str:
    """A few digits that are the same for the same mails to the same people, whenever they were made."""
    digest = hashlib.sha256("\n".join(sorted(one.key for one in people)).encode())
    for one in plan.outgoing:
        text = set_headers(one.text, [(name, "") for name in _PLACES])
        digest.update(without_times(text.encode("utf-8", "surrogateescape")))
    return digest.hexdigest()[:10]


def _mark(message_id: str) -> str:
    return message_id.partition("@")[0].rpartition("-")[2]


def alike(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> bool:
    """Whether mails are the same but for when they were made."""
    rows = [{name: without_times(mail) for name, mail in mails.items()} for mails in (old, new)]
    return rows[0] == rows[1]
