"""Patches of a revision that was sent, once more and alone: a maintainer asked for one, or one did not arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.domain.finding import Severity
from patchflow.errors import UsageError
from patchflow.flow.send.gates import Gate
from patchflow.formats.patch.compose import set_headers

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Revision
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.plan import Outgoing


def only(
    here: Clone, change_id: str, last: Revision, outgoing: Sequence[Outgoing], parts: Sequence[int]
) -> list[Outgoing]:
    """The mails of these parts (0: the cover letter), each in answer to the thread it belongs to. Their Message-IDs are
    those of the posting with a number, so that a try that was cut off goes on with the same mails.

    UsageError for a part that the revision does not have.
    """
    sent = {one.part: one.message_id for one in last.messages}
    if wrong := [part for part in parts if part not in sent]:
        raise UsageError(f"v{last.number} has no patch {wrong[0]}: it has {', '.join(map(str, sorted(sent)))}.")
    count = len(here.repository.refs(records(change_id, last.number))) + 1
    found: list[Outgoing] = []
    for one in outgoing:
        if one.mail.part in parts:
            own = sent[one.mail.part].replace("@", f"-again{count}@", 1)
            above = f"<{last.root}>"
            headers = [("Message-ID", f"<{own}>"), ("In-Reply-To", above), ("References", above)]
            found.append(replace(one, message_id=own, text=set_headers(one.text, headers)))
    return found


def part_gate(profile: Profile, parts: Sequence[int]) -> Iterator[Gate]:
    """Where a tree's handbook wants the whole series again, this asks."""
    if parts and profile.severity("full-resend", Severity.WARNING) in (Severity.WARNING, Severity.ERROR):
        yield Gate("full-resend", "these maintainers want a whole series again, not a part of it",
                   "leave --patch out, unless they asked for it", blocks=False)  # fmt: skip


def records(change_id: str, revision: int) -> str:
    """What the refs of such mails begin with."""
    return f"refs/patchflow/{change_id}/part-v{revision}."
