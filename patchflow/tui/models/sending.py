"""Send: everything of a revision before it leaves, and what became of each message while it does."""

from __future__ import annotations

from patchflow.flow.send.plan import Plan
from patchflow.flow.send.preview import changed_lines, fact_lines, gate_lines, message_lines, title_lines
from patchflow.formats.counted import many
from patchflow.tui.actions import key
from patchflow.tui.models.rows import Row, prose
from patchflow.tui.models.series import SeriesModel

WORDS = {"pending": "waits", "started": "leaves …", "sent": "sent", "refused": "REFUSED", "unknown": "UNKNOWN"}
POLICIES = {"": "", "all": "everybody gets everything", "cover": "each patch by its files, the cover to everybody"}
_KINDS = {"sent": "good", "refused": "error", "unknown": "error", "started": "strong"}


def send_rows(model: SeriesModel) -> list[Row]:
    """The list: what stands in the way, then each message."""
    if model.read is None:
        return [Row("reading …", "dim")]
    if model.progress and model.leaving:
        return _leaving(model)
    if model.read.outbox is not None:
        return _unfinished(model)
    if model.plan_problem:
        return [Row(f"It could not be worked out; {key('plan')} works it out anew.", "error")]
    if model.plan is None:
        return [Row(f"{key('plan')} works out the send: mails, recipients, checks, window", "dim")]
    return _planned(model.plan)


def _planned(plan: Plan) -> list[Row]:
    options = [word for word, on in (("RFC", plan.options.rfc), ("RESEND", plan.options.resend)) if on]
    head = f"v{plan.revision}, {many(len(plan.outgoing), 'message')} {' '.join(options)}".rstrip()
    rows = [Row(head, "head", "whole")]
    if chosen := POLICIES.get(plan.options.recipients):
        rows.append(Row(f"{chosen}; {key('policy')} changes it", "note"))
    for gate in plan.gates:
        reason = plan.let_through(gate)
        if reason:
            rows.append(Row(f"let through: {gate.id}: {reason}", "note", gate.id))
        else:
            rows.append(Row(f"{'STOP' if gate.blocks else 'look'}: {gate.text}", "error" if gate.blocks else "warning",
                            gate.id))  # fmt: skip
    gates = {name for gate in plan.gates for name in (gate.id, gate.id.partition(":")[0])}
    rows += [Row(f"let through: {rule}: {reason}", "note", rule)
             for rule, reason in plan.options.overrides if rule not in gates]  # fmt: skip
    if not plan.blocking():
        rows.append(Row(f"Nothing stands in the way: {key('send')} sends it, after a page that asks.", "good"))
    return rows + [Row(f"{one.mail.subject}", "plain", one.message_id) for one in plan.outgoing]


def _unfinished(model: SeriesModel) -> list[Row]:
    assert model.read is not None and model.read.outbox is not None
    states = {**model.read.outbox, **model.progress}
    fates = {states.get(queued.message_id, ("pending", ""))[0] for queued in model.read.queue}
    if "unknown" in fates and not fates & {"pending", "refused", "started"}:
        words = f"Look whether it arrived, then {key('arrived')} (it did) or {key('again')} (send it once more)."
        rows = [Row("A message is of unknown fate.", "error", "whole"), Row(words, "strong")]
    else:
        rows = [Row(f"A send was cut off; {key('send')} goes on with it, with the same Message-IDs.", "error", "whole")]
    for queued in model.read.queue:
        state, detail = states.get(queued.message_id, ("pending", ""))
        tail = f" ({detail})" if detail and state != "sent" else ""
        rows.append(Row(f"{WORDS.get(state, state):8} {queued.subject}{tail}", _KINDS.get(state, "plain"),
                        queued.message_id))  # fmt: skip
    return rows


def _leaving(model: SeriesModel) -> list[Row]:
    rows = [Row(model.sent_words or "Sending …", "strong", "whole")]
    for one in model.leaving.outgoing if model.leaving else ():
        state, detail = model.progress.get(one.message_id, ("pending", ""))
        tail = f" ({detail})" if detail and state != "sent" else ""
        rows.append(Row(f"{WORDS.get(state, state):8} {one.mail.subject}{tail}", _KINDS.get(state, "plain"),
                        one.message_id))  # fmt: skip
    return rows


def fate_rows(model: SeriesModel, message_id: str) -> list[Row]:
    """Why a message did not leave, in the server's or git's own words."""
    states = {**((model.read.outbox if model.read else None) or {}), **model.progress}
    state, detail = states.get(message_id, ("", ""))
    if not detail or state == "sent":
        return []
    rows = [Row(f"{WORDS.get(state, state)}: {detail}", _KINDS.get(state, "plain")), Row("")]
    if state == "unknown":
        rows += [
            Row(f"Message-ID: <{message_id}>", "strong"),
            *prose("The server may have it. Look whether it arrived (in the list's archive, or with somebody who gets "
                   f"it). If it did, {key('arrived')}; if not, {key('again')} sends it with the same Message-ID."),
            Row(""), Row(f"patchflow send --resume --arrived {message_id}", "dim"),
            Row(f"patchflow send --resume --again {message_id}", "dim"), Row(""),
        ]  # fmt: skip
    return rows


def mail_rows(plan: Plan, message_id: str, reasons: bool = False) -> list[Row]:
    """One mail as it will leave: its people by name, or with why they get it, then its exact text."""
    one = next((o for o in plan.outgoing if o.message_id == message_id), None)
    if one is None:
        return []
    subject, *people = message_lines(one, reasons)
    rows = [Row(subject, "head"), *(Row(line, _page_kind(line)) for line in people)]
    return rows + [Row(line, _kind(line), None, True) for line in one.text.split("\n")]


def gate_rows(plan: Plan, gate_id: str) -> list[Row]:
    """One gate, and how to go on."""
    rows: list[Row] = []
    for gate in plan.gates:
        if gate.id == gate_id:
            rows += [Row(gate.id, "head"), *prose(gate.text, "strong"), Row(""), Row(f"To go on: {gate.go_on}")]
            if gate.blocks:
                words = f"{key('override')} lets it through with a reason; the reason is kept with the revision."
                rows += [Row(""), Row(words, "note")]
    return rows


def page_rows(plan: Plan, reasons: bool = False) -> list[Row]:
    """The whole page of a send: what holds for all of it, what stands in the way, each mail with its people by name
    (with `reasons` each with why they get it), and what changed."""
    mails = [line for one in plan.outgoing for line in message_lines(one, reasons)]
    lines = [*title_lines(plan), *fact_lines(plan), *gate_lines(plan), "", *mails, *changed_lines(plan)]
    return [Row(line, _page_kind(line)) for line in lines]


def _page_kind(line: str) -> str:
    if line.startswith("stop:"):
        return "error"
    if line.startswith("look:"):
        return "warning"
    if line.startswith(("  To:", "  Cc:", "  Message-ID")):
        return "dim" if "Message-ID" in line else "plain"
    return "strong" if line and not line.startswith(" ") else "plain"


def _kind(line: str) -> str:
    if line.startswith(("diff --git", "+++ ", "--- ")):
        return "meta"
    return {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "plain")
