"""Joins everything a send needs, and records what left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.finding import Severity
from patchflow.domain.queued import Queued, RevisionFacts
from patchflow.domain.recipient import Header
from patchflow.errors import OutsideError, PatchflowError, UsageError
from patchflow.flow.check.judge import answered_by, check_series, posting_of
from patchflow.flow.check.own import with_own_checks
from patchflow.flow.check.run import outside_facts
from patchflow.flow.clone import Clone
from patchflow.flow.machine.settings import git_settings, sendemail_keys
from patchflow.flow.recipients.for_series import aliases, directory_of, earlier_reviewers, expected_recipients, route
from patchflow.flow.review.mail import open_comments
from patchflow.flow.send import gates, held
from patchflow.flow.send import plan as service
from patchflow.flow.send.answers import answered
from patchflow.flow.send.envelopes import Settled, adds_people, settle
from patchflow.flow.send.gates import Gate
from patchflow.flow.send.mails import lost_on_the_way, mails_of
from patchflow.flow.send.numbers import as_sent
from patchflow.flow.send.outbox import carry_out, outcome_of
from patchflow.flow.send.part import only, part_gate
from patchflow.flow.send.plan import plan_facts, revision_of
from patchflow.flow.send.posting import start_of
from patchflow.flow.series.b4 import plan_b4
from patchflow.flow.series.board import Review, all_standings, underway_on
from patchflow.flow.series.dependencies import dependencies, repeated
from patchflow.flow.series.depends import told
from patchflow.flow.try_.results import evidence, tried_lines
from patchflow.flow.window.evidence import window_of
from patchflow.formats.endpoint import appearance, endpoint_in
from patchflow.formats.identity import identity_for, renames_mails, server_words
from patchflow.formats.mail.headers import addresses
from patchflow.formats.patch.compose import decoded, lore_link
from patchflow.formats.signing import section_to_sign

if TYPE_CHECKING:
    from types import ModuleType

    from patchflow.adapters.mail.endpoint import Endpoint
    from patchflow.adapters.mail.send_email import SendEmail
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients
    from patchflow.domain.series import Series
    from patchflow.flow.check.judge import Report
    from patchflow.flow.send.outbox import Heard, Outcome
    from patchflow.flow.send.plan import Options, Outgoing, Plan
    from patchflow.flow.send.posting import Lost


_MOST_SHOWN = 200  # lines of a range-diff on a page


def plan_send(here: Clone, series: Series, options: Options) -> Plan:
    """Everything of a send, worked out and judged; nothing leaves and nothing is written."""
    branch = series if options.resend and (series.last or options.revision) else None
    series = as_sent(here, series, options.revision) if branch else series
    facts = here.profile_of(series)
    if options.recipients:
        facts = replace(facts, recipients=options.recipients)
    me = here.repository.identity()
    made_from = _made_from(here, series)
    rfc, resend = options.rfc, options.resend
    mails = mails_of(here, series, facts, rfc=rfc, resend=resend)
    texts = [decoded(one.text) for one in mails if one.part]
    directory = directory_of(str(here.repository.folder))
    groups = route(here, series, facts, earlier_reviewers(here, series), texts, directory)
    last = series.last
    number = last.number if resend and last else series.next_revision
    people = service.recipients_of(groups, series)
    needs = dependencies(here, series)
    answers = answered(here, answered_by(series, facts, number))
    outgoing = service.address_mails(series, mails, people, me, number, resend, answers.references if answers else ())
    if options.parts and last:
        outgoing = only(here, series.change_id, last, outgoing, options.parts)
    url = endpoint_in(here.repository.config)
    identity = identity_for(here.repository.config, series.branch, facts.name)
    with ThreadPoolExecutor(3) as pool:
        told = pool.submit(
            _settled, here, outgoing, url, identity.chosen
        )  # git send-email's own look at it; the checks run beside it
        changed_by = url or any(map(adds_people, here.repository.settings()))
        early = None if changed_by else pool.submit(_read, here, outgoing)
        reading = pool.submit(_read_back, here, outgoing, early, told)  # and git's at the mails as they will leave
        expected = expected_recipients(directory, series, texts)
        named = aliases(directory, groups)
        report = _report(here, series, facts, options, groups, expected, named, early)
        window, _, _ = window_of(here, facts)
        start = start_of(here.repository, series)
        changed = ""
        if last and not resend and here.repository.try_resolve(last.tip):
            changed = _range_summary(here.git.range_diff((last.start or last.base, last.tip), (start, series.tip)))
        published = held.published(here, series)
        found = [
            *gates.published_gate(published, series),
            *gates.unsigned_gate([] if published else held.unsigned(here, series, facts), series),
            *gates.check_gate(report, [rule for rule, _ in options.overrides]),
            *gates.window_gate(window, facts, rfc),
            *gates.revision_gate(series, resend),
            *gates.posted_gate(
                None if resend else held.posted_by_hand(here, series, number, mails, people), series.branch
            ),
            *part_gate(facts, options.parts),
            *gates.tree_gates(held.uncommitted(here, series), held.is_base_in_tree(here, series, facts), series, facts),
            *gates.base_gate(
                here.repository.is_public(series.foundation), series, lambda: held.other_patches(here, series)
            ),
            *gates.needs_gate(needs),
            *gates.repeated_gate(repeated(here, series, needs)),
            *gates.mismatch_gates(held.mismatches(here, series, mails, people)),
            *gates.mail_gates(mails, facts),
            *gates.recipient_gates(groups, expected, named),
            *gates.comment_gate(open_comments(here, series), series),
        ]
        # What a rule has said already is not said twice.
        known = {row.commit for row in report.patches if any(f.rule == "message-arrives" for f in row.findings)}
        settled = told.result()
        found += settled.gates
        for sender in addresses((settled.shown_from or settled.sender).encode())[:1]:
            found += gates.identity_gates(identity, sender, series.patches)
        found += [*gates.nobody_gates((one.mail, one.recipients) for one in settled.outgoing)]
        lost = [one.text for one in reading.result() if not (one.of_message and one.commit in known)]
        found += gates.arrival_gates(lost)
    section = section_to_sign(options.sign, here.repository.config, series.branch, facts.name)
    leaving, signed, hindered = finished(here, settled.outgoing, section, url)
    renames = not url and renames_mails(here.repository.config, identity.section)
    found += gates.renamed_gates(renames, signed)
    return service.Plan(
        series,
        facts,
        number,
        options,
        leaving,
        report,
        window,
        (*found, *hindered),
        start,
        changed,
        bcc=settled.bcc,
        sender=f"{settled.shown_from or settled.sender}"
        + (f" (envelope {settled.sender})" if settled.sender not in settled.shown_from else ""),
        tried=tuple(tried_lines(here, series)),
        made_from=made_from,
        signed=signed,
        endpoint=url,
        appears=appearance(url, me) if url else (),
        needs=tuple(one.as_line() for one in needs),
        answers=answers,
        server=url or server_words(here.repository.config, identity.section),
        renames=renames,
        identity=identity,
        branch=branch,
    )


def _settled(here: Clone, outgoing: Sequence[Outgoing], url: str, identity: str) -> Settled:
    return _relay().settle(outgoing, here.repository.identity()) if url else preview(here, outgoing, identity)


def _relay() -> ModuleType:
    """The way through a web endpoint; with it come libraries that nobody else waits for."""
    from patchflow.flow.send import relay

    return relay


def finished(
    here: Clone, outgoing: tuple[Outgoing, ...], section: str | None, url: str
) -> tuple[tuple[Outgoing, ...], str, tuple[Gate, ...]]:
    """The mails as they leave, after every other change to them; who signed them, and what stands in the way. An
    endpoint takes signed ones only."""
    if section is None and not url:
        return outgoing, "", ()
    from patchflow.flow.send import leaving  # patatt and its library are loaded where mails are signed only

    made = leaving.signed(here, _relay().dated(outgoing) if url else outgoing, section or "")
    wrong = _relay().signer_gates(made.identity, here.repository.identity()) if url else ()
    return made.outgoing, made.signed, (*made.gates, *wrong)


def _read(here: Clone, outgoing: Sequence[Outgoing]) -> list[Lost]:
    return lost_on_the_way(here, [replace(one.mail, text=one.text) for one in outgoing])


def _read_back(
    here: Clone, outgoing: Sequence[Outgoing], early: Future[list[Lost]] | None, told: Future[Settled]
) -> list[Lost]:
    """What the mails as they will leave would lose. They were read `early`, while git send-email was asked, where no
    sendemail.* key adds people to them; they are read (again) where they are others now."""
    settled = told.result().outgoing
    if early is not None and [one.text for one in settled] == [one.text for one in outgoing]:
        return early.result()
    return _read(here, settled)


def _kept(series: Series, early: Future[list[Lost]]) -> set[tuple[str, str, str]]:
    """Author and message of the patches whose mails lose nothing."""
    lost = {one.commit for one in early.result()}
    return {(p.author.name, p.author.email, p.message) for p in series.patches if p.commit not in lost}


def _made_from(here: Clone, series: Series) -> tuple[str, ...]:
    """What a page is made from besides the series: settings that decide who gets it, and how it leaves."""
    wanted = (f"branch.{series.branch}.", "sendemail.", "user.", "format.", "patchflow.", "patatt.", "gpg.", "b4.")
    rows = [(key, values) for key, values in here.repository.settings().items() if key.startswith(wanted)]
    return tuple(f"{key}={values}" for key, values in sorted(rows))


def _report(
    here: Clone,
    series: Series,
    facts: Profile,
    options: Options,
    groups: Sequence[PatchRecipients],
    expected: Sequence[PatchRecipients],
    named: Mapping[str, str],
    early: Future[list[Lost]] | None,
) -> Report:
    """Every check of what is about to leave, its recipients included. What was read `early` out of the mails is not
    looked for again in the messages."""
    tried = evidence(here, series)
    outside, not_run = outside_facts(here, facts, series.patches, series.base, series.tip, tried)
    history = here.history(series.base, partial(_kept, series, early) if early else None)
    report = check_series(
        series, facts, history, here.checkpatch(facts),
        posting_of(series, facts, options.rfc, options.resend),
        recipients=tuple(groups[:-1]), expected=tuple(expected), outstanding=outstanding(here, series, facts),
        aliases=named, depends=told(here, series),
        **outside,
    )  # fmt: skip
    report = with_own_checks(here, report, series.patches, series.base, series.tip)
    return replace(report, not_run=(*report.not_run, *not_run))


def preview(here: Clone, outgoing: Sequence[Outgoing], identity: str) -> Settled:
    """What git send-email itself would do: whom the configuration adds or leaves out, and why it would refuse."""
    try:
        envelopes = here.send_email(identity).preview(as_bytes({one.mail.name: one.text for one in outgoing}))
    except OutsideError as error:
        origins = sendemail_origins(here, error.message) or commit_origins(outgoing, error.message)
        text = error.message + (f" (set by {origins})" if origins else "")
        go_on = "change that commit's message" if "in the commit" in text else error.hint or "fix it"
        return Settled(tuple(outgoing), gates=(Gate("git-send-email", text, go_on),))
    return settle(outgoing, envelopes, sendemail_keys(here))


def sendemail_origins(here: Clone, said: str) -> str:
    """The sendemail.* keys whose values git send-email complains of, each with the file it stands in."""
    found = [
        f"{one.key} in {one.origin.removeprefix('file:')}"
        for one in git_settings(here)
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
    """A range-diff; of a long one the rows that name pairs of patches, without the inner diffs."""
    if text.count("\n") <= _MOST_SHOWN:
        return text
    return "\n".join(line for line in text.split("\n") if line and not line.startswith(" "))


def queue_plan(here: Clone, plan: Plan) -> Outbox:
    """Writes a plan into the outbox, Message-IDs fixed; from here on it can be resumed.

    Refused where anything that the page was made from has changed since, and where a send of the series was cut off;
    one that is `_given_up` makes room for the new one.
    What recording the send needs is made here, before the first message leaves.
    """
    mailer_of(here, plan.endpoint, plan.identity.chosen).need()
    with here.store.changing(plan.branch or plan.series, "nothing was sent"):
        earlier = _outbox_of(here, plan)
        if earlier.is_open() and _given_up(here, earlier):
            earlier.close()
        need_finished(here, plan.series)
        if now := underway_on(here, plan.series.branch):
            raise PatchflowError(f"Nothing was sent: {now}.", "Then run this again.")
        if plan.made_from != _made_from(here, plan.series):
            raise PatchflowError("git config was changed since this page was made, so nothing was sent.", "Look again.")
        queue = queue_of(here, plan)
        facts, mails = plan_facts(plan), as_bytes({one.mail.name: one.text for one in plan.outgoing})
        trial = here.store.ledger.change("a trial of the record")
        here.store.plan_record(trial, plan.series.change_id, plan.series.name, revision_of(facts, queue), mails)
        return Outbox.create(_outbox_of(here, plan).folder, facts, queue, mails)


def send_plan(
    here: Clone, plan: Plan, heard: Heard | None = None, enough: Callable[[], bool] = lambda: False
) -> Outcome:
    """Sends a plan, and records it where everything has left; see carry_out."""
    with _outbox_of(here, plan).hold():
        return _carry_out(here, queue_plan(here, plan), (), (), heard, enough)


def resume(
    here: Clone, change_id: str, again: Sequence[str] = (), arrived: Sequence[str] = (), heard: Heard | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Outcome:  # fmt: skip
    """Goes on with a send that was cut off, with the same Message-IDs; see carry_out."""
    outbox = Outbox.find(here.outbox, change_id)
    if outbox is not None:
        with outbox.hold():
            if outbox.is_open():
                return _carry_out(here, outbox, again, arrived, heard, enough)
    raise UsageError("No send of this series was cut off.", "`patchflow send` starts one.")


def need_finished(here: Clone, series: Series) -> None:
    """PatchflowError where a send of the series was cut off, but for one that is `_given_up`."""
    outbox = Outbox.find(here.outbox, series.change_id)
    if outbox is not None and not _given_up(here, outbox):
        raise PatchflowError(
            f"A send of {series.name} was cut off and has not been finished.",
            "`patchflow send --resume` goes on with it, with the same Message-IDs.",
        )


def _given_up(here: Clone, outbox: Outbox) -> bool:
    """Whether a send can be begun anew: no message of it was taken, and mails leave another way by now."""
    return outbox.none_left() and outbox.facts(RevisionFacts).endpoint != endpoint_in(here.repository.config)


def _outbox_of(here: Clone, plan: Plan) -> Outbox:
    return Outbox(here.repository.state.send_outbox(plan.series.change_id, plan.revision))


def queue_of(here: Clone, plan: Plan) -> list[Queued]:
    """The messages of a plan as they wait to leave."""
    ids = here.git.patch_ids(plan.series.patches)
    return [
        Queued(
            one.mail.part, one.mail.name, one.message_id, one.mail.subject,
            tuple(str(a) for a in one.addresses(Header.TO)), tuple(str(a) for a in one.addresses(Header.CC)),
            one.mail.commit, ids.get(one.mail.commit, ""),
        )
        for one in plan.outgoing
    ]  # fmt: skip


def as_bytes(texts: Mapping[str, str]) -> dict[str, bytes]:
    """Mails as they are written, by file name."""
    return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}


def _carry_out(
    here: Clone, outbox: Outbox, again: Sequence[str], arrived: Sequence[str], heard: Heard | None,
    enough: Callable[[], bool],
) -> Outcome:  # fmt: skip
    facts = outbox.facts(RevisionFacts)
    if facts.endpoint:  # what may have left is asked about before anything leaves again
        again = _relay().ask_archive(outbox, facts.lore, again, arrived, heard)
    done = carry_out(outbox, mailer_of(here, facts.endpoint, facts.identity), again, arrived, heard, enough)
    outcome = outcome_of(outbox, "patchflow send --resume")
    if not done:
        return outcome
    try:
        return replace(outcome, link=record_sent(here, outbox))
    except PatchflowError as error:
        raise PatchflowError(
            f"Every message has left, but that could not be recorded: {error.message}",
            f"{error.hint} `patchflow send --resume` records it then, and sends nothing.".strip(),
            error.exit_code,
        ) from error


def mailer_of(here: Clone, url: str, identity: str, to_oneself: bool = False) -> SendEmail | Endpoint:
    """Who takes the mails: the endpoint, or git send-email where there is none."""
    return _relay().mailer(here, url, to_oneself) if url else here.send_email(identity)


def record_sent(here: Clone, outbox: Outbox) -> str:
    """Records a revision whose messages have all left, in one step; closes its outbox, returns the thread's link."""
    facts = outbox.facts(RevisionFacts)
    revision, mails = revision_of(facts, outbox.as_left()), outbox.mails_as_left()
    branch, change_id = facts.branch, facts.change_id
    store = here.store
    with store.ledger.lock():
        change = store.ledger.change(f"send of v{revision.number} of {branch.removeprefix('b4/')}")
        change.sent = (branch, change_id)
        known = {one.number: one for one in store.revisions(change_id)}.get(revision.number)
        if known is None or known.root != revision.root:
            store.plan_record(change, change_id, branch.removeprefix("b4/"), revision, mails)
        plan_b4(here, change, branch, change_id, revision, mails)
        store.ledger.commit(change)
        outbox.close()
    return lore_link(facts.lore, revision.root)


def outstanding(here: Clone, series: Series, facts: Profile) -> int:
    """How many patches of other series of this clone wait in the same tree: the last revision of each, not applied."""
    if facts.severity("outstanding", Severity.ERROR) is None:
        return 0
    waiting: dict[str, int] = {}
    for name in here.store.shown():
        change_id = here.store.setting(name, "change-id")
        revisions = here.store.revisions(change_id) if change_id != series.change_id else ()
        if revisions and here.profile_of(here.store.load(name, with_diffs=False)).tree == facts.tree:
            waiting[name] = sum(1 for message in revisions[-1].messages if message.commit)
    if waiting and sum(waiting.values()) + len(series.patches) > facts.max_patches:
        # Only now is it worth asking tree and mail which of them were applied.
        for name, _, standing in all_standings(here, Review(here)):
            if not isinstance(standing, PatchflowError) and standing.state == "applied":
                waiting.pop(name, None)
    return sum(waiting.values())
