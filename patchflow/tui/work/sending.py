"""Sends a series, goes on with a send that was cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError
from patchflow.tui.actions import key
from patchflow.tui.apart import run_apart
from patchflow.tui.jobs import Job
from patchflow.wiring import Clone

if TYPE_CHECKING:
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.services.send import Options, Plan
    from patchflow.tui.apart import Tell


def plan(directory: str, branch: str, options: Options, job: Job) -> Plan:
    """Everything of a send, worked out; apart, because the checks are part of it."""
    found: Plan = run_apart(job, plan_here, directory, branch, options)
    return found


def plan_here(directory: str, branch: str, options: Options, tell: Tell) -> Plan:
    """Everything of a send, worked out in this process."""
    from patchflow.wiring.send import plan_send

    here = Clone(directory)
    return plan_send(here, here.store.load(branch), options)


def start_send(directory: str, plan: Plan, heard: Callable[[str, str, str], None]) -> tuple[bool, str]:
    """Carries a plan out; whether everything left, and the link or what to do. Never stopped in a message."""
    from patchflow.wiring.send import queue_plan, sending

    here = Clone(directory)
    with sending(here):
        return _carry_out(here, queue_plan(here, plan), (), heard)


def resume_send(
    directory: str, change_id: str, again: Sequence[str], heard: Callable[[str, str, str], None]
) -> tuple[bool, str]:
    """Goes on with a send that was cut off, with the same Message-IDs."""
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.wiring.send import sending

    here = Clone(directory)
    with sending(here):
        outbox = Outbox.find(here.outbox, change_id)
        if outbox is None:
            raise PatchflowError("No send was cut off; it was finished meanwhile.")
        return _carry_out(here, outbox, again, heard)


def _carry_out(
    here: Clone, outbox: Outbox, again: Sequence[str], heard: Callable[[str, str, str], None]
) -> tuple[bool, str]:
    from patchflow.services.send import carry_out
    from patchflow.wiring.send import record_sent

    facts, _ = outbox.read()
    if carry_out(outbox, here.send_email(), again, heard):
        link = record_sent(here, outbox)
        return True, f"v{facts['revision']} is out: {link}"
    return False, f"Not all messages have left; {key('resume')} goes on with the same Message-IDs."


def reflect(directory: str, plan: Plan) -> str:
    """Sends a plan to oneself; what came of it."""
    from patchflow.wiring.send import reflect as to_me

    states = to_me(Clone(directory), plan)
    count = sum(state == "sent" for state in states.values())
    return f"{count} of {len(plan.outgoing)} messages went to yourself; nothing was recorded."
