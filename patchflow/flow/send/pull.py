"""A series as a pull request: a signed tag at a URL, and git request-pull's mail, by the same journal as patches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.git.tags import Tag, find_tag, make_signed, push_tag, request_pull, tag_at
from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.queued import Queued, RevisionFacts
from patchflow.domain.recipient import Header
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.recipients.for_series import earlier_reviewers, route
from patchflow.flow.send import gates
from patchflow.flow.send.gates import Gate
from patchflow.flow.send.outbox import carry_out, outcome_of
from patchflow.flow.send.plan import Outgoing, revision_of
from patchflow.flow.send.posting import Mail, mailed_cover, start_of
from patchflow.flow.send.run import as_bytes, mailer_of, preview
from patchflow.flow.series.prepare import need_valid
from patchflow.formats.endpoint import endpoint_in
from patchflow.formats.identity import Identity, identity_for, renames_mails, server_words
from patchflow.formats.mail.headers import addresses
from patchflow.formats.patch import compose as mail
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone
    from patchflow.flow.send.outbox import Heard, Outcome

_PRIVATE = lazy_re.compile(r"(?:ssh://|file://|/|\.|~|[^/@:]{1,100}@|https?://[^/@]{1,200}@)")


@dataclass(frozen=True, slots=True)
class PullPlan:
    """A pull request before it leaves: its tag, the URL that has it, the mail, and what stands in the way."""

    series: Series
    profile: Profile
    tag: Tag
    url: str
    outgoing: Outgoing
    gates: tuple[Gate, ...]
    sender: str
    server: str
    bcc: tuple[str, ...] = ()
    identity: Identity = field(default_factory=Identity)

    def blocking(self) -> list[Gate]:
        """What holds it back."""
        return [gate for gate in self.gates if gate.blocks]


def tag_for(here: Clone, series: Series, name: str) -> tuple[Tag, bool]:
    """The signed tag of a series, made where there is none: of its cover letter, in one undoable step; and whether it
    was made now.

    PatchflowError where a tag of that name is of other commits or not signed, and where git cannot sign.
    """
    need_valid(name)
    if found := find_tag(here.git, name):
        if found.commit != series.tip:
            raise PatchflowError(f"The tag {name} is {found.commit[:12]}, and {series.name} is {series.tip[:12]}.",
                                 "Name another one with --tag NAME.")  # fmt: skip
        if not found.signed:
            raise PatchflowError(f"The tag {name} is not signed.", f"`git tag -d {name}`, and it is made and signed.")
        return found, False
    if not series.patches:
        raise PatchflowError(f"{series.name} has no patches.", "Commit one first.")
    if series.b4 == "commit":
        raise PatchflowError(f"{series.branch} holds b4's cover letter in a commit, which others would pull too.",
                             "`b4 prep` has other strategies; or rebase it away on a branch of its own.")  # fmt: skip
    cover = mailed_cover(series)
    if not cover.subject or cover.is_unfilled:
        raise PatchflowError("The message of the tag is the cover letter, which is not written yet.",
                             "`patchflow cover --edit` opens it.")  # fmt: skip
    with here.store.changing(series, "no tag was made"):
        made = make_signed(here.git, name, series.tip, f"{cover.subject}\n\n{cover.body}\n")
        change = here.store.ledger.change(f"tag {name}")
        here.store.ledger.set_ref(change, f"refs/tags/{name}", made)
        here.store.ledger.commit(change)
    tag = find_tag(here.git, name)
    assert tag is not None
    return tag, True


def place_of(here: Clone, remote: str) -> str:
    """The URL that others pull from: of a remote of this clone, else what was named; UsageError for one with a
    password."""
    url = here.repository.config(f"remote.{remote}.url") or remote
    if re.match(r"[a-z+]{1,20}://[^/@]{0,200}:[^/@]{0,200}@", url):
        raise UsageError("That URL holds a password, which everybody would read.", "Name it without one.")
    if url.startswith("-") or not url.isprintable() or " " in url:
        raise UsageError(f"{url[:80]!r} is not a URL to pull from.")
    return url


def is_there(here: Clone, tag: Tag, url: str) -> bool:
    """Whether the URL has this exact tag; PatchflowError where it has another one of that name."""
    found = tag_at(here.git, url, tag.name)
    if found and found != tag.object:
        raise PatchflowError(f"{url} has another tag {tag.name} ({found[:12]}, not {tag.object[:12]}).",
                             "Name another one with --tag NAME.")  # fmt: skip
    return bool(found)


def publish(here: Clone, tag: Tag, remote: str) -> None:
    """Pushes the tag, as the user said."""
    push_tag(here.git, remote, tag.name)


def plan_pull(here: Clone, series: Series, tag: Tag, url: str) -> PullPlan:
    """The pull request of a tag that is at the URL, worked out; nothing leaves."""
    if endpoint_in(here.repository.config):
        raise UsageError("A web endpoint takes patches only, and no pull request.",
                         "`git config patchflow.endpoint no` has git send-email send.")  # fmt: skip
    facts, me = here.profile_of(series), here.repository.identity()
    identity = identity_for(here.repository.config, series.branch, facts.name)
    people = route(here, series, facts, earlier_reviewers(here, series))[-1].recipients
    title = tag.message.strip().split("\n", 1)[0]
    own = f"{datetime.now(UTC):%Y%m%d}-pull-{tag.object[:16]}@{me.email.rpartition('@')[2] or 'localhost'}"
    headers = [
        f"From: {mail.address_header(me)}", mail.encode_header(f"Subject: [GIT PULL] {mail.one_line(title)}"),
        f"Message-ID: <{own}>",
        *(f"{header.value}: {mail.addresses_header(who)}" for header in (Header.TO, Header.CC)
          if (who := [one.address for one in people if one.header == header])),
    ]  # fmt: skip
    text = mail.ensure_mime(mail.join_mail(headers, request_pull(here.git, series.foundation, url, tag.name)))
    settled = preview(here, [Outgoing(Mail(0, "0000-pull.eml", text), own, tuple(people), text)], identity.chosen)
    found = [*settled.gates, *gates.nobody_gates((one.mail, one.recipients) for one in settled.outgoing)]
    for sender in addresses((settled.shown_from or settled.sender).encode())[:1]:
        found += gates.identity_gates(identity, sender, series.patches)
    if _PRIVATE.match(url):
        found.append(Gate("pull-url", f"others can hardly pull from {url}", "name a public URL with --pull URL", False))
    if here.repository.refs(_record_of(series, tag)):
        found.append(Gate("pull-sent", f"a pull request of {tag.name} was sent already", "name a new tag with --tag"))
    sender_shown = settled.shown_from or settled.sender
    return PullPlan(series, facts, tag, url, settled.outgoing[0], tuple(found), sender_shown,
                    server_words(here.repository.config, identity.section), settled.bcc, identity)  # fmt: skip


def send_pull(
    here: Clone, plan: PullPlan, again: Sequence[str] = (), arrived: Sequence[str] = (), heard: Heard | None = None
) -> Outcome:
    """Sends a pull request once, and records it; what an earlier try has sent does not leave again.

    PatchflowError where the URL has that tag no more.
    """
    if not is_there(here, plan.tag, plan.url):
        raise PatchflowError(f"{plan.url} has the tag {plan.tag.name} no more.", "Push it again.")
    outbox = Outbox(here.repository.state.pull_outbox(plan.series.change_id, plan.tag.object[:16]))
    with outbox.hold():
        if not outbox.is_open():
            one = plan.outgoing
            to, cc = (tuple(map(str, one.addresses(header))) for header in (Header.TO, Header.CC))
            queued = Queued(0, one.mail.name, one.message_id, one.mail.subject, to, cc)
            Outbox.create(outbox.folder, _facts(here, plan), [queued], as_bytes({one.mail.name: one.text}))
        done = carry_out(outbox, mailer_of(here, "", outbox.facts(RevisionFacts).identity), again, arrived, heard)
        outcome = outcome_of(outbox, f"patchflow send --pull {plan.url} --tag {plan.tag.name}")
        if done:
            _record(here, plan, outbox)
            outcome = replace(outcome, link=mail.lore_link(plan.profile.lore, outcome.messages[0][0].message_id))
    return outcome


def _facts(here: Clone, plan: PullPlan) -> RevisionFacts:
    series = plan.series
    number = series.last.number if series.last else series.next_revision
    return RevisionFacts(
        branch=series.branch, change_id=series.change_id, revision=number, base=series.base, tip=series.tip,
        start=start_of(here.repository, series), prefix="GIT PULL", cover=plan.tag.message, profile=plan.profile.name,
        lore=plan.profile.lore, bcc=plan.bcc, identity=plan.identity.chosen,
        renames=renames_mails(here.repository.config, plan.identity.section),
    )  # fmt: skip


def _record_of(series: Series, tag: Tag) -> str:
    return f"refs/patchflow/{series.change_id}/pull-{tag.object[:16]}"


def _record(here: Clone, plan: PullPlan, outbox: Outbox) -> None:
    """Keeps the mail, so that answers to it find it; no undo takes that back."""
    revision, mails = revision_of(outbox.facts(RevisionFacts), outbox.as_left()), outbox.mails_as_left()
    with here.store.ledger.lock():
        change = here.store.ledger.change(f"pull request of {plan.tag.name}")
        change.sent = ("", "")
        here.store.plan_beside(change, _record_of(plan.series, plan.tag), plan.series.name, revision, mails)
        here.store.ledger.commit(change)
        outbox.close()


def pull_lines(plan: PullPlan) -> list[str]:
    """The page of a pull request: who sends it to whom, the tag, the mail itself, and what stands in the way."""
    one = plan.outgoing
    to, cc = (one.addresses(header) for header in (Header.TO, Header.CC))
    rows = [
        f"From {plan.sender} by {plan.server}: {len(to)} To, {len(cc)} Cc",
        f"{one.mail.subject}  for {plan.profile.title}",
        *(f"  {r.header}: {r.address}  -- {'; '.join(r.because) or r.role}" for r in one.recipients),
        f"  Message-ID: <{one.message_id}>",
        f"tag      {plan.tag.name} ({plan.tag.object[:12]}), signed; {plan.url} has it",
        *([f"Bcc      {', '.join(plan.bcc)} (by your own sendemail.bcc)"] if plan.bcc else []),
        "",
        *mail.split_mail(mail.decoded(one.text))[1].rstrip("\n").split("\n"),
        "",
    ]
    return [*rows, *(gate.as_line() for gate in plan.gates)]
