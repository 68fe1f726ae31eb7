"""Sends a series, goes on with a send that was cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.recipients.for_series import read_address
from patchflow.flow.send.aside import preview_to, write_mails
from patchflow.flow.send.aside import reflect as to_me
from patchflow.flow.send.run import plan_send, resume, send_plan
from patchflow.formats.counted import many
from patchflow.tui.actions import key
from patchflow.tui.jobs import Job
from patchflow.tui.subprocess_worker import run_in_subprocess

if TYPE_CHECKING:
    from patchflow.domain.address import Address
    from patchflow.flow.send.outbox import Outcome
    from patchflow.flow.send.plan import Options, Plan
    from patchflow.tui.subprocess_worker import Tell


def plan(directory: str, branch: str, options: Options, job: Job) -> Plan:
    """A send worked out: mails, recipients, gates. In a process of its own, because the checks are part of it."""
    found: Plan = run_in_subprocess(job, plan_here, directory, branch, options)
    return found


def plan_here(directory: str, branch: str, options: Options, tell: Tell) -> Plan:
    """The same in this process."""
    here = Clone(directory)
    return plan_send(here, here.store.load(branch), options)


def start_send(
    directory: str, plan: Plan, heard: Callable[[str, str, str], None], enough: Callable[[], bool]
) -> tuple[bool, str]:
    """Carries a plan out; whether everything left, and the link or what to do. Stopped between two messages only."""
    return _words(send_plan(Clone(directory), plan, heard, enough))


def resume_send(
    directory: str,
    change_id: str,
    again: Sequence[str],
    arrived: Sequence[str],
    heard: Callable[[str, str, str], None],
    enough: Callable[[], bool],
) -> tuple[bool, str]:
    """Goes on with a send that was cut off, with the same Message-IDs."""
    return _words(resume(Clone(directory), change_id, again, arrived, heard, enough))


def save(directory: str, plan: Plan, name: str) -> str:
    """Writes the mails as they would leave into a folder of their own; what came of it. UsageError for one that holds
    something."""
    folder = Path(directory) / Path(name).expanduser()
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"There is something in {folder} already.", "Nothing was written; name a new folder.")
    write_mails(plan, folder)
    return f"{many(len(plan.outgoing), 'mail')} in {folder}, ready to leave."


def _words(outcome: Outcome) -> tuple[bool, str]:
    if outcome.link:
        return True, f"v{outcome.revision} is out: {outcome.link}"
    if outcome.waiting:
        return False, f"Not all messages have left; {key('send')} goes on with the same Message-IDs."
    return False, f"A message is of unknown fate: look whether it arrived, then {key('arrived')} or {key('again')}."


def reflect(directory: str, plan: Plan) -> str:
    """Sends a plan to oneself; what came of it."""
    outcome = to_me(Clone(directory), plan)
    if outcome.questions:
        raise PatchflowError("A message to yourself is of unknown fate.", " ".join(outcome.questions))
    count = sum(state == "sent" for _, state, _ in outcome.messages)
    return f"{count} of {many(len(plan.outgoing), 'message')} went to yourself; nothing was recorded."


def colleagues(text: str) -> list[Address]:
    """Whom a line names, by commas; UsageError for what is no address."""
    return [read_address(one.strip()) for one in text.split(",") if one.strip()]


def preview(directory: str, plan: Plan, people: Sequence[Address]) -> str:
    """Sends a plan to colleagues alone; what came of it."""
    outcome = preview_to(Clone(directory), plan, people)
    if outcome.questions:
        raise PatchflowError("A message of the preview is of unknown fate.", " ".join(outcome.questions))
    count = sum(state == "sent" for _, state, _ in outcome.messages)
    return f"{count} of {many(len(plan.outgoing), 'message')} went to {', '.join(one.email for one in people)}."
