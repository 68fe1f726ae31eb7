"""Joins everything a send needs, and records what left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchflow.adapters.mail.outbox import Outbox
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients
    from patchflow.domain.series import Series
    from patchflow.services.check import Report
    from patchflow.services.envelopes import Settled
    from patchflow.services.send import Options, Outgoing, Plan

from patchflow.wiring import Clone, profile
from patchflow.wiring.b4 import record_b4
from patchflow.wiring.mail import open_comments
from patchflow.wiring.recipients import aliases, earlier_reviewers, expected_recipients, route
from patchflow.wiring.tried import evidence, tried_lines
from patchflow.wiring.window import window_of


@contextmanager
def sending(here: Clone) -> Iterator[None]:
    """Holds this clone's sending lock: a second patchflow that wants to send is told to wait."""
    from patchflow.adapters.files import exclusive

    with exclusive(here.repository.state_dir / "sending.lock", "sending"):
        yield


def plan_send(here: Clone, series: Series, options: Options) -> Plan:
    """Everything of a send, worked out and judged; nothing leaves and nothing is written."""
    from concurrent.futures import ThreadPoolExecutor

    from patchflow.formats.posting import decoded
    from patchflow.services import gates
    from patchflow.services import send as service
    from patchflow.services.posting import start_of
    from patchflow.wiring.mails import lost_on_the_way, mails_of

    facts = here.profile_of(series)
    me = here.repository.identity()
    rfc, resend = options.rfc, options.resend
    mails = mails_of(here, series, facts, rfc=rfc, resend=resend)
    texts = [decoded(one.text) for one in mails if one.part]
    here.need_tree()
    groups = route(here, series, facts, earlier_reviewers(here, series, facts), texts)
    expected = expected_recipients(here, series, texts)
    named = aliases(here, groups)
    last = series.last
    number = last.number if resend and last else series.next_revision
    people = service.recipients_of(groups, series)
    outgoing = service.address_mails(series, mails, people, me, number, resend)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(preview, here, outgoing)  # git send-email's own look at it; the checks run beside it
        report = _report(here, series, facts, options, groups, expected, named)
        window, _, _ = window_of(here, facts.name)
        start = start_of(here.repository, series)
        changed = ""
        if last and not resend and here.repository.try_resolve(last.tip):
            changed = _range_summary(here.git.range_diff((last.start or last.base, last.tip), (start, series.tip)))
        found = [
            *gates.check_gate(report, [rule for rule, _ in options.overrides]),
            *gates.window_gate(window, facts, rfc),
            *gates.revision_gate(series, resend),
            *gates.tree_gates(here.repository, here.git, series, facts),
            *gates.base_gate(here.repository, series, _other_patches(here, series)),
            *gates.mail_gates(mails, facts),
            *gates.recipient_gates(groups, expected, named),
            *gates.comment_gate(open_comments(here, series), series.next_revision),
        ]
        known = [row.commit for row in report.patches if any(f.rule == "message-arrives" for f in row.findings)]
        settled = told.result()
        found += settled.gates
        leaving = [replace(one.mail, text=one.text) for one in settled.outgoing]
        found += gates.arrival_gates(lost_on_the_way(here, leaving, known))
    return service.Plan(
        series,
        facts,
        number,
        options,
        settled.outgoing,
        report,
        window,
        tuple(found),
        start,
        changed,
        bcc=settled.bcc,
        sender=f"{settled.shown_from or settled.sender}"
        + (f" (envelope {settled.sender})" if settled.sender not in settled.shown_from else ""),
        tried=tuple(tried_lines(here, series)),
    )


def _other_patches(here: Clone, series: Series) -> dict[str, str]:
    """The commits of this clone's other series, each with its branch."""
    found: dict[str, str] = {}
    for name in here.store.names():
        base = here.repository.try_resolve(here.store.setting(name, "base") or "")
        tip = here.repository.try_resolve(f"refs/heads/{name}")
        if name != series.branch and base and tip and here.repository.is_ancestor(series.base, tip):
            found.update(dict.fromkeys(here.repository.commits_between(base, tip), name))
    return found


def _report(
    here: Clone,
    series: Series,
    facts: Profile,
    options: Options,
    groups: Sequence[PatchRecipients],
    expected: Sequence[PatchRecipients],
    named: Mapping[str, str],
) -> Report:
    """Every check of what is about to leave, its recipients included."""
    from patchflow.services.check import check_series, posting_of
    from patchflow.wiring.check import outside_facts

    tried = evidence(here, series)
    outside, not_run = outside_facts(here, facts, series.patches, series.base, series.tip, tried)
    report = check_series(
        series, facts, here.history(series.base), here.checkpatch(facts),
        posting_of(series, facts, options.rfc, options.resend),
        recipients=tuple(groups[:-1]), expected=tuple(expected), outstanding=outstanding(here, series, facts),
        aliases=named,
        **outside,
    )  # fmt: skip
    return replace(report, not_run=(*report.not_run, *not_run))


def preview(here: Clone, outgoing: Sequence[Outgoing]) -> Settled:
    """What git send-email itself would do: whom the configuration adds or leaves out, and why it would refuse."""
    import tempfile

    from patchflow.errors import OutsideError
    from patchflow.services.envelopes import Settled, settle
    from patchflow.services.gates import Gate

    with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
        files = []
        for one in outgoing:
            path = Path(folder) / one.mail.name
            path.write_bytes(one.text.encode("utf-8", "surrogateescape"))
            files.append(path)
        try:
            envelopes = here.send_email().preview(files)
        except OutsideError as error:
            origins = sendemail_origins(here, error.message) or commit_origins(outgoing, error.message)
            text = error.message.replace(f"{folder}/", "") + (f" (set by {origins})" if origins else "")
            go_on = "change that commit's message" if "in the commit" in text else error.hint or "fix it"
            return Settled(tuple(outgoing), gates=(Gate("git-send-email", text, go_on),))
    return settle(outgoing, envelopes, sendemail_keys(here))


def sendemail_keys(here: Clone) -> dict[str, str]:
    """The sendemail.* keys that are set, each with the file it stands in."""
    from patchflow.wiring.settings import settings_of

    return {one.key: one.origin.removeprefix("file:") for one in settings_of(here) if one.key.startswith("sendemail.")}


def sendemail_origins(here: Clone, said: str) -> str:
    """The sendemail.* keys whose values git send-email complains of, each with the file it stands in."""
    from patchflow.wiring.settings import settings_of

    found = [
        f"{one.key} in {one.origin.removeprefix('file:')}"
        for one in settings_of(here)
        if one.key.startswith("sendemail.")
        and one.value
        and any(word in said for word in one.value.split() if "@" in word)
    ]
    return ", ".join(found)


def commit_origins(outgoing: Sequence[Outgoing], said: str) -> str:
    """The commits whose own trailers brought an address that git send-email complains of."""
    found = [
        f"{recipient.role} {one.mail.commit[:12]} ({one.mail.subject})"
        for one in outgoing
        for recipient in one.recipients
        if recipient.address.email in said and " in the commit" in recipient.role
    ]
    return ", ".join(found)


def _range_summary(text: str) -> str:
    """The rows of a range-diff that name pairs of patches, without the inner diffs."""
    return "\n".join(line for line in text.split("\n") if line and not line.startswith(" "))


def queue_plan(here: Clone, plan: Plan) -> Outbox:
    """Writes a plan into the outbox, Message-IDs fixed; from here on it can be resumed."""
    from patchflow.adapters.mail.outbox import Outbox, Queued
    from patchflow.domain.recipient import Header
    from patchflow.services.send import plan_facts

    ids = here.git.patch_ids(plan.series.patches)
    queue = [
        Queued(
            one.mail.part, one.mail.name, one.message_id, one.mail.subject,
            tuple(str(a) for a in one.addresses(Header.TO)), tuple(str(a) for a in one.addresses(Header.CC)),
            one.mail.commit, ids.get(one.mail.commit, ""),
        )
        for one in plan.outgoing
    ]  # fmt: skip
    mails = {one.mail.name: one.text.encode("utf-8", "surrogateescape") for one in plan.outgoing}
    folder = here.outbox / f"{plan.series.change_id}-v{plan.revision}"
    here.send_email().need()
    return Outbox.create(folder, plan_facts(plan), queue, mails)


def record_sent(here: Clone, outbox: Outbox) -> str:
    """Records a revision whose messages have all left, and closes its outbox; returns the thread's link."""
    from patchflow.formats.posting import lore_link
    from patchflow.services.send import revision_of

    facts, queue = outbox.read()
    series = here.store.load(facts["branch"], with_diffs=False)
    revision = revision_of(facts, queue)
    known = {r.number: r for r in series.revisions}.get(revision.number)
    if known is None or known.root != revision.root:
        here.store.record(series, revision, outbox.mails())
    record_b4(here, here.store.load(facts["branch"], with_diffs=False), revision, outbox.mails())
    outbox.close()
    return lore_link(here.profile_of(series).lore, revision.root)


def reflect(here: Clone, plan: Plan) -> dict[str, str]:
    """Sends a plan to oneself; returns Message-ID -> state. Nothing is recorded."""
    import tempfile

    from patchflow.services.send import reflected

    me = here.repository.identity()
    states: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
        files = []
        for one in plan.outgoing:
            path = Path(folder) / one.mail.name
            path.write_bytes(reflected(one, me).encode("utf-8", "surrogateescape"))
            files.append(path)
        ids = [one.message_id for one in plan.outgoing]
        alone = [{me.key}] * len(files)  # whoever the configuration would add gets nothing
        here.send_email().send(files, lambda n: None, lambda n, fate: states.__setitem__(ids[n], fate.state), alone)
    return states


def outstanding(here: Clone, series: Series, facts: Profile) -> int:
    """How many patches of other series of this clone wait in the same tree: the last revision of each, not applied."""
    from patchflow.wiring.board import Review, all_standings

    waiting: dict[str, int] = {}
    for name in here.store.names():
        change_id = here.store.setting(name, "change-id")
        revisions = here.store.revisions(change_id) if change_id != series.change_id else ()
        if revisions and profile(here.store.setting(name, "profile") or facts.name).tree == facts.tree:
            waiting[name] = sum(1 for message in revisions[-1].messages if message.commit)
    if waiting and sum(waiting.values()) + len(series.patches) > facts.max_patches:
        # Only now is it worth asking tree and mail which of them were applied.
        for name, _, standing in all_standings(here, Review(here)):
            if not isinstance(standing, str) and standing.state == "applied":
                waiting.pop(name, None)
    return sum(waiting.values())
