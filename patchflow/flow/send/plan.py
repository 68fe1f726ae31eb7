"""A send as values: its options, its mails, the plan of the whole, and the record of what left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime

from patchflow.domain.address import Address
from patchflow.domain.profile import Profile
from patchflow.domain.queued import Queued, RevisionFacts
from patchflow.domain.recipient import Header, PatchRecipients, Recipient
from patchflow.domain.series import Revision, SentMessage, Series
from patchflow.domain.window import Window
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.check.judge import Report, prefix_of
from patchflow.flow.send.gates import Gate
from patchflow.flow.send.posting import Mail
from patchflow.formats.identity import Identity
from patchflow.formats.patch import compose as mail
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How a revision is to be sent. `overrides` maps a rule or gate to the reason it is let through;
    `recipients` is who gets what (patch, cover, all), "" where the profile says; `sign` whether it is signed (yes, no
    or a section of patatt's keys), "" where the settings say; `revision` which one `resend` sends (0: the last), and
    `parts` which of its mails alone (none: all of them)."""

    rfc: bool = False
    resend: bool = False
    overrides: tuple[tuple[str, str], ...] = ()
    recipients: str = ""
    sign: str = ""
    revision: int = 0
    parts: tuple[int, ...] = ()

    def reason(self, gate: str) -> str:
        """The reason given for a gate, "" where there is none."""
        names = {gate, gate.partition(":")[0]}
        return next((reason for name, reason in self.overrides if name in names), "")


# Gates that no reason lets through: what was shown would not be what leaves, or it would leave for the wrong people.
FIRM = ("recipients-differ", "git-send-email", "tree-mismatch", "signature", "endpoint")


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail that a series answers: its Message-ID, what is to be told of it ("" where it is not at hand), and the
    References of its answer."""

    id: str
    told: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail with its fixed Message-ID and its recipients, as it will leave."""

    mail: Mail
    message_id: str
    recipients: tuple[Recipient, ...]
    text: str

    def addresses(self, header: Header) -> tuple[Address, ...]:
        """Those in one header."""
        return tuple(r.address for r in self.recipients if r.header == header)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything of a send before it leaves. `bcc` are addresses that sendemail.bcc adds, `sender` who it comes from;
    `tried` says what was built and booted of it; `made_from` holds the settings it was worked out from; `signed` is the
    key that signed the mails, and its owner; `endpoint` the URL they leave through ("" for git send-email), and
    `appears` the headers it will give them; `server` what
    git send-email hands them to, by the user's `identity`, and `renames` whether that gives each mail another
    Message-ID; `needs` tells what the series needs first, `answers` what
    the first mail answers; `branch` is the series as its branch has it, where an older state of it is sent again."""

    series: Series
    profile: Profile
    revision: int
    options: Options
    outgoing: tuple[Outgoing, ...]
    report: Report
    window: Window
    gates: tuple[Gate, ...]
    start: str
    changed: str = ""
    bcc: tuple[str, ...] = ()
    sender: str = ""
    tried: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
    signed: str = ""
    endpoint: str = ""
    appears: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    answers: Answered | None = None
    server: str = ""
    renames: bool = False
    identity: Identity = field(default_factory=Identity)
    branch: Series | None = None

    def blocking(self) -> list[Gate]:
        """The gates that stand and that nobody let through."""
        return [gate for gate in self.gates if gate.blocks and not self.let_through(gate)]

    def let_through(self, gate: Gate) -> str:
        """The reason a gate is let through with; "" where it stands."""
        return "" if gate.id in FIRM else self.options.reason(gate.id)

    def asking(self) -> list[Gate]:
        """The gates that only ask."""
        return [gate for gate in self.gates if not gate.blocks]


def parse_overrides(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """RULE=REASON pairs; UsageError where a reason is missing, because it is recorded with the revision."""
    pairs: list[tuple[str, str]] = []
    for word in words:
        rule, _, reason = word.partition("=")
        if not rule.strip() or not reason.strip():
            raise UsageError(f"--override wants RULE=REASON, not {word!r}.", "The reason is kept with the revision.")
        pairs.append((rule.strip(), reason.strip()))
    return tuple(pairs)


def address_mails(
    series: Series,
    mails: Sequence[Mail],
    recipients: Mapping[str, Sequence[Recipient]],
    me: Address,
    number: int,
    resend: bool,
    above: Sequence[str] = (),
    now: datetime | None = None,
) -> list[Outgoing]:
    """Gives each mail its Message-ID, thread and recipients. `recipients` maps a commit ("" the cover) to people.

    Patches reply to the cover, or to the first patch where there is none; the first mail replies to the last message of
    `above` (the oldest first), or to nothing.
    """
    now = now or datetime.now(UTC)
    domain = me.email.rpartition("@")[2] or "localhost"
    ids = [mail.message_id(series.change_id, number, one.part, now, domain, resend) for one in mails]
    made: list[Outgoing] = []
    for one, own in zip(mails, ids, strict=True):
        people = tuple(recipients.get(one.commit, ()))
        headers = [
            ("To", mail.addresses_header([r.address for r in people if r.header == Header.TO])),
            ("Cc", mail.addresses_header([r.address for r in people if r.header == Header.CC])),
            ("Message-ID", f"<{own}>"),
        ]
        if parents := [*above, *([] if own == ids[0] else [ids[0]])]:
            references = "\n ".join(f"<{id}>" for id in parents)
            headers += [("In-Reply-To", f"<{parents[-1]}>"), ("References", references)]
        made.append(Outgoing(one, own, people, mail.set_headers(one.text, headers)))
    return made


def redirected(outgoing: Outgoing, people: Sequence[Address], text: str) -> str:
    """A mail's text with these people as its only recipients; others are named in headers that no server acts on."""
    to = ", ".join(a.email for a in outgoing.addresses(Header.TO))
    cc = ", ".join(a.email for a in outgoing.addresses(Header.CC))
    text = mail.set_headers(text, [("To", mail.addresses_header(people)), ("Cc", "")])
    return mail.set_headers(text, [("X-Patchflow-To", to), ("X-Patchflow-Cc", cc)])


def previewed(outgoing: Sequence[Outgoing], people: Sequence[Address], mark: str) -> list[Outgoing]:
    """The mails for these people alone: PREVIEW in each bracket, as b4 has it, and Message-IDs that hold `mark`: the
    thread is one of its own, and the posting's Message-IDs stay unused."""
    ids = [one.message_id.replace("@", f"-preview-{mark}@", 1) for one in outgoing]
    made: list[Outgoing] = []
    for one, own in zip(outgoing, ids, strict=True):
        subject = re.sub(r"\bPATCH\b", "PATCH PREVIEW", one.mail.subject, count=1)
        above = "" if own == ids[0] else f"<{ids[0]}>"
        headers = [("Subject", mail.encode_header(f"Subject: {subject}").removeprefix("Subject: ")),
                   ("Message-ID", f"<{own}>"), ("In-Reply-To", above), ("References", above)]  # fmt: skip
        text = redirected(one, people, mail.set_headers(one.text, headers))
        made.append(replace(one, mail=replace(one.mail, text=text), message_id=own, text=text))
    return made


def revision_of(facts: RevisionFacts, queue: Sequence[Queued]) -> Revision:
    """The record of a revision all of whose messages have left."""
    messages = tuple(
        SentMessage(q.part, q.message_id, q.subject, q.to, q.cc, q.patch_id, q.commit, q.was) for q in queue
    )
    return Revision(
        number=facts.revision,
        date=datetime.now(UTC),
        base=facts.base,
        tip=facts.tip,
        start=facts.start,
        prefix=facts.prefix,
        messages=messages,
        cover=facts.cover,
        profile=facts.profile,
        rfc=facts.rfc,
        resend=facts.resend,
        overrides=facts.overrides,
        evidence=facts.evidence,
    )


def plan_facts(plan: Plan) -> RevisionFacts:
    """What the outbox keeps of a plan besides the messages."""
    series = plan.series
    return RevisionFacts(
        branch=series.branch,
        change_id=series.change_id,
        revision=plan.revision,
        base=series.base,
        tip=series.tip,
        start=plan.start,
        prefix=prefix_of(series, plan.profile, plan.options.rfc, plan.options.resend),
        cover=f"{series.cover.subject}\n\n{series.cover.body}" if series.cover else "",
        profile=plan.profile.name,
        lore=plan.profile.lore,
        rfc=plan.options.rfc,
        resend=plan.options.resend,
        overrides=plan.options.overrides,
        evidence=plan.tried,
        bcc=plan.bcc,
        endpoint=plan.endpoint,
        identity=plan.identity.chosen,
        renames=plan.renames,
    )


def recipients_of(groups: Sequence[PatchRecipients], series: Series) -> dict[str, Sequence[Recipient]]:
    """Commit -> people, from the patches' groups in order; the cover's group comes last and stands under ""."""
    if len(groups) != len(series.patches) + 1:
        raise PatchflowError("The recipients do not match the patches.", "Run `patchflow cc` to see them.")
    people: dict[str, Sequence[Recipient]] = {
        patch.commit: group.recipients for patch, group in zip(series.patches, groups, strict=False)
    }
    people[""] = groups[-1].recipients
    return people
