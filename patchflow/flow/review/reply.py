"""Drafts of replies: kept in .git/patchflow/drafts/ at every step, linted, and sent through git send-email."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from patchflow.adapters.files import one_writer, read_named, scratch_folder, write_atomic
from patchflow.adapters.git.state_dir import drafts_lock, sent_beside
from patchflow.adapters.kept import read_kept, tell
from patchflow.adapters.mail.outbox import Outbox
from patchflow.adapters.process import run_interactive
from patchflow.domain.finding import Finding, Severity
from patchflow.domain.message import Message
from patchflow.domain.queued import ReplyFacts
from patchflow.errors import MissingError, PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.editor import edit_text
from patchflow.flow.machine.settings import sendemail_keys
from patchflow.flow.recipients.for_series import memory_of, read_address, remember
from patchflow.flow.review.mail import all_comments_here, find_message, mark_comments, sent_cover
from patchflow.flow.review.put_off import ping_days
from patchflow.flow.review.states import find_comment
from patchflow.flow.review.who import answering, branch_of, my_addresses, writes_as
from patchflow.flow.reviewing.written import mark_sent
from patchflow.flow.send.envelopes import left_out
from patchflow.flow.send.gates import identity_gates
from patchflow.flow.send.outbox import carry_out, fate_of, queue_one, unknown_lines
from patchflow.flow.series.board import Review, standing_with
from patchflow.flow.templates import filled
from patchflow.flow.window.decide import may_send
from patchflow.flow.window.evidence import window_of
from patchflow.formats.counted import many
from patchflow.formats.identity import renames_mails
from patchflow.formats.mail.charset import utf8
from patchflow.formats.mail.draft import (
    Draft,
    back_from_mutt,
    mail_text,
    mailto,
    make_draft,
    own_quotation,
    parse_draft,
    quotation,
)  # fmt: skip
from patchflow.formats.mail.people import key_of
from patchflow.formats.patch.compose import lore_link
from patchflow.formats.plain_name import plain_name
from patchflow.formats.safe import cleaned
from patchflow.named_tuple import NamedTuple
from patchflow.rules.registry import judge_reply
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.formats.identity import Identity


@dataclass
class Kept:
    """A draft in its file, the mail it answers (None where that is not at hand), the comments it answers, and the mails
    of their exchanges that were known when it was begun. Of a review: its name, and the stamps of what stands in
    this mail, and `profile`, that of its files."""

    path: Path
    draft: Draft
    parent: Message | None
    comments: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    written: str = ""
    review: str = ""
    parts: tuple[str, ...] = ()
    profile: str = ""

    def now(self) -> str | None:
        """The text as it stands now, where somebody else may have changed it; None where it is gone."""
        return read_draft(self.path).text() if self.path.is_file() else None

    def text(self) -> str:
        """The draft as the user sees it."""
        return self.draft.text()

    def write(self, text: str) -> None:
        """Writes the draft's file; what somebody else wrote into it since it was read is kept beside it, and told."""
        with writing_drafts(self.path):
            other = read_kept(self.path, lambda content: content.decode("utf-8", "surrogateescape"))
            if other is not None and other not in (text, self.written) and _as_draft(other) != self.draft.text():
                aside = self.path.with_name(f"{self.path.name}.other-{_digest(other)}")
                write_atomic(aside, other.encode("utf-8", "surrogateescape"))
                tell(self.path, f"{self.path} was changed elsewhere meanwhile: that text is kept in {aside}.")
            write_atomic(self.path, text.encode("utf-8", "surrogateescape"))
            self.written = text


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a reply."""

    message_id: str
    state: str
    detail: str

    def line(self, subject: str) -> str:
        """It in a line, by the reply's subject; what the server said, where that was no yes."""
        return f"{self.state}: {subject}{f' ({self.detail})' if self.detail and self.state != 'sent' else ''}"


@contextmanager
def writing_drafts(path: Path) -> Iterator[None]:
    """Nobody else writes or removes a draft during the block.

    A lock of its own, held for a moment only: what is typed must not wait for a step that holds the clone's lock.
    """
    with one_writer(drafts_lock(path)):
        yield


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _as_draft(text: str) -> str:
    try:
        return parse_draft(text).text()
    except UsageError:
        return text


def _folder(here: Clone) -> Path:
    return here.repository.state.drafts


def read_draft(path: Path) -> Draft:
    """A draft in a file; UsageError where it cannot be read."""
    return parse_draft(utf8(read_named(path), str(path)))


class Listed(NamedTuple):
    """A draft in the list of them: its file, on what it is, to whom, and how many comments it answers."""

    path: Path
    subject: str
    to: tuple[str, ...]
    comments: int

    def words(self) -> str:
        """All of it in a line."""
        answers = f", {many(self.comments, 'comment')}" if self.comments else ""
        return f"{self.subject or '(no subject)'}  (to {', '.join(self.to) or 'nobody'}{answers})"


def drafts(here: Clone) -> list[Listed]:
    """The drafts there are; one in which nothing was written is none."""
    finish_left(here)
    found: list[Listed] = []
    for path in sorted(_folder(here).glob("*.draft")):
        draft = None if _is_unwritten(path) else read_kept(path, _parsed)
        if draft is not None:
            people = tuple(one.name or one.email for one in draft.addresses("To"))
            count = len((read_kept(path.with_suffix(".json"), _ids) or {}).get("comments", ()))
            found.append(Listed(path, draft.header("Subject"), people, count))
    return found


def _parsed(content: bytes) -> Draft:
    text = content.decode()
    if not content.strip() or "\0" in text:
        raise ValueError("no text of a draft")
    return parse_draft(text)


def _is_unwritten(path: Path) -> bool:
    """Whether a draft is still the quotation that it was begun with."""
    begun = (read_kept(path.with_suffix(".json"), _ids) or {}).get("begun", ())
    try:
        return bool(begun) and _digest(path.read_bytes().decode("utf-8", "surrogateescape")) in begun
    except OSError:
        return False


def draft_for(
    here: Clone, ids: Sequence[str], mbox: str | None, note: Callable[[str], None], thanks: bool = False
) -> Kept:
    """The draft that answers these comments (all of one mail) or this message, or thanks for it; one begun before is
    gone on with."""
    finish_left(here)
    chosen: list[Comment] = []
    comments = all_comments_here(here, mbox, note)
    message_id = ids[0].strip("<>") if "@" in ids[0] else ""
    if not message_id:
        chosen = [find_comment(comments, one) for one in ids]
        if len({one.message for one in chosen}) > 1:
            raise UsageError(
                "These comments stand in different mails.", "One reply answers one mail: name its comments only."
            )
        message_id = chosen[0].message
    found = find_message(here, message_id, mbox, note)
    parent = without(found, unreachable(here, found))
    name = hashlib.sha256(message_id.encode()).hexdigest()[:12]
    path = _folder(here) / f"{name}.draft"
    if path.is_file() and not _is_unwritten(path):
        return _kept(path, parent)
    me = here.repository.identity()
    facts = here.profile_here()
    if thanks:
        first = parent.sender.name.split(" ")[0] or parent.sender.email
        body = filled(here, facts, "thanks", **own_quotation(parent), first=cleaned(first), author=me.name)
    else:
        body = filled(here, facts, "reply", **quotation(parent, chosen))
    seen = dict.fromkeys(id for one in chosen for id in (one.message, *one.follow_ups))
    draft = make_draft(parent, body, writes_as(here, answering(here, parent)))
    kept = Kept(path, draft, parent, tuple(one.id for one in chosen), tuple(seen))
    return _begun(kept, () if thanks else (_digest(draft.text()),))


def unreachable(here: Clone, parent: Message | None) -> frozenset[str]:
    """The addresses that are left out of answers to a mail: those dropped for its series, those that bounce, and one's
    own."""
    known = memory_of(here.repository, branch_of(here, parent))
    mine = (one.lower() for one in my_addresses(here))
    return frozenset((*(one.key for one in (*known.dropped, *known.bounced)), *mine))


def without(parent: Message, keys: frozenset[str]) -> Message:
    """The mail as if these had not been on its To and Cc."""
    to, cc = ([one for one in people if one.key not in keys] for people in (parent.to, parent.cc))
    return parent._replace(to=tuple(to), cc=tuple(cc))


def change_people(here: Clone, kept: Kept, drop: Sequence[str], correct: Sequence[str]) -> None:
    """Takes addresses out of the draft (`drop`), or puts a right one in a wrong one's place (`correct`: OLD=NEW), and
    keeps that for the series of the mail answered: its later answers and mails do the same. UsageError where that is
    no series of this clone.
    """
    branch = branch_of(here, kept.parent)
    if not branch:
        raise UsageError(
            "The mail answered is about no series of this clone, so nothing can be kept for it.",
            "`--edit` changes this draft alone, and `--override reply-recipients=REASON` lets it through.",
        )
    pairs = [tuple(part.strip() for part in text.partition("=")[::2]) for text in correct]
    if wrong := next((text for text, pair in zip(correct, pairs, strict=True) if not all(pair)), None):
        raise UsageError(f"--correct wants OLD=NEW, not {wrong!r}.")
    changes = {key_of(old): str(read_address(new)) for old, new in pairs} | {key_of(one): "" for one in drop}
    headers = []
    for name, value in kept.draft.headers:
        if name.lower() in ("to", "cc"):
            people = kept.draft.addresses(name)
            texts = [changes.get(one.key, str(one)) for one in people]
            value = ", ".join(text for text in texts if text)
        headers.append((name, value))
    changed = replace(kept.draft, headers=tuple(pair for pair in headers if pair[1]))
    remember(here.repository, here.git, branch, [new for _, new in pairs], [*drop, *(old for old, _ in pairs)])
    if kept.parent:
        kept.parent = without(kept.parent, unreachable(here, kept.parent))
    kept.write(changed.text())
    kept.draft = changed


def added_by_keys(here: Clone, kept: Kept) -> tuple[str, ...]:
    """Whom the user's sendemail.* keys add to a reply; PatchflowError where they leave somebody out."""
    shown = {address.key: str(address) for address in kept.draft.addresses("To", "Cc")}
    text = mail_text(kept.draft, "look@localhost").encode("utf-8", "surrogateescape")
    [envelope] = here.send_email(_identity(here, kept).chosen).preview({"reply.eml": text})
    if trouble := left_out(shown, envelope, sendemail_keys(here)):
        raise PatchflowError(f"{trouble[:1].upper()}{trouble[1:].rstrip(',')}.", "Nothing was sent.")
    return tuple(sorted({one.lower() for one in envelope.recipients} - {*shown}))


def _kept(path: Path, parent: Message | None) -> Kept:
    facts = read_kept(path.with_suffix(".json"), _ids) or {}
    return Kept(path, read_draft(path), parent, facts.get("comments", ()), facts.get("seen", ()))


def _ids(content: bytes) -> dict[str, tuple[str, ...]]:
    row = json.loads(content)
    return {"comments": tuple(map(str, row["comments"])),
            **{name: tuple(map(str, row.get(name, ()))) for name in ("seen", "begun")}}  # fmt: skip


def _begun(kept: Kept, empty: Sequence[str] = ()) -> Kept:
    """The new draft in its file; where somebody else began one meanwhile, theirs. `empty` are the digests of a text in
    which nothing was written."""
    with writing_drafts(kept.path):
        if kept.path.is_file() and not _is_unwritten(kept.path):
            return _kept(kept.path, kept.parent)
        kept.path.unlink(missing_ok=True)
        write_atomic(kept.path.with_suffix(".json"), _as_json(kept, empty))
        kept.write(kept.draft.text())
    return kept


def _as_json(kept: Kept, empty: Sequence[str] = ()) -> bytes:
    return json.dumps({"comments": list(kept.comments), "seen": list(kept.seen), "begun": list(empty)}).encode()


def edit(here: Clone, kept: Kept) -> None:
    """Opens the draft in the user's editor; what was saved is kept even where it cannot be parsed."""
    text = edit_text(here, kept.path.name, kept.draft.text())
    kept.write(text)
    kept.draft = parse_draft(text)


def open_in(kept: Kept, program: str) -> bool:
    """Opens the draft in the user's mail program, which edits and sends it with its own settings.

    False where the program says that it sent nothing (mutt and neomutt end with 1 then).
    mutt and neomutt write what they were left with back into the file, and it becomes the draft; aerc keeps its own.
    """
    if which(program) is None:
        raise MissingError(f"{program} is not installed.", f"apt install {program}, or `patchflow reply ID --edit`.")
    with scratch_folder() as folder:
        mail = folder / "draft.eml"
        mail.write_bytes(mail_text(kept.draft).encode("utf-8", "surrogateescape"))
        argv = [program, mailto(kept.draft)] if program == "aerc" else [program, "-E", "-H", str(mail)]
        code = run_interactive(argv)
        left = mail.read_bytes() if mail.is_file() else b""
    if program != "aerc" and left.strip():
        back = back_from_mutt(kept.draft, left)
        kept.write(back.text())
        kept.draft = back
    if code not in (0, 1):
        raise PatchflowError(f"{program} ended with exit code {code}.", f"The draft is in {kept.path}.")
    return code == 0


def lint(here: Clone, kept: Kept) -> list[Finding]:
    """What the list would object to, and a sender who is not to send this by the user's own rule."""
    found = judge_reply(kept.draft, kept.parent, here.profile_here())
    return [*found, *_wrong_sender(here, _identity(here, kept), kept.draft)]


def _wrong_sender(here: Clone, identity: Identity, draft: Draft) -> Iterator[Finding]:
    """What is wrong with who an answer comes from: the gate of `send` about the user's rule, and a From in the draft
    that is not the one git send-email sends as."""
    sender = writes_as(here, identity)
    texts = [f"{gate.text}; {gate.go_on}" for gate in identity_gates(identity, sender)]
    said = [one for one in draft.addresses("From") if one.key != sender.key]
    if said and not texts:
        texts = [f"the draft is from {said[0].email}, and git send-email sends as {sender.email}; edit its From:"]
    for text in texts:
        yield Finding("wrong-identity", Severity.ERROR, text, "draft", 0, "git config")


def _identity(here: Clone, kept: Kept) -> Identity:
    return answering(here, kept.parent, kept.profile)


def send(
    here: Clone, kept: Kept, again: Sequence[str] = (), arrived: Sequence[str] = (), bcc: Sequence[str] = ()
) -> Sent:
    """Sends the draft as it was shown, once: its comments are then answered, and the draft goes.

    The Message-ID is fixed before; `bcc` get it too, as was shown. A reply of unknown fate leaves again only where
    `again` names it, and counts as sent where `arrived` does. PatchflowError where the draft is gone or was changed
    since it was shown.
    """
    outbox = _outbox(here, kept.path.stem)
    with outbox.hold():
        _queue(here, kept, outbox, bcc)
        held_back = outbox.unknown() and not (again or arrived)
        if not held_back:
            carry_out(outbox, here.send_email(outbox.facts(ReplyFacts).identity), again, arrived)
        message_id, state, detail = fate_of(outbox)
        if state == "sent":
            _finish(here, outbox)
        return Sent(message_id, state, detail)


def unknown_of(here: Clone, path: Path, command: str = "") -> list[str]:
    """What is asked about the reply of a draft, where it is of unknown fate; `command` goes on with it."""
    outbox = _outbox(here, path.stem)
    return unknown_lines(outbox, command) if outbox.is_open() else []


def on_its_way(here: Clone, path: Path) -> tuple[ReplyFacts, str, str] | None:
    """The reply of a draft that waits in its outbox, its Message-ID and state; None where there is none."""
    outbox = _outbox(here, path.stem)
    return (outbox.facts(ReplyFacts), *fate_of(outbox)[:2]) if outbox.is_open() else None


def _outbox(here: Clone, name: str) -> Outbox:
    return Outbox(here.repository.state.reply_outbox(name))


def _queue(here: Clone, kept: Kept, outbox: Outbox, bcc: Sequence[str]) -> None:
    """Puts the reply into its outbox, unless just this one stands there already."""
    me, text, identity = here.repository.identity(), kept.draft.text(), _identity(here, kept)
    with here.store.ledger.lock():
        if outbox.is_open():
            _, state, _ = fate_of(outbox)
            facts = outbox.facts(ReplyFacts)
            if state in ("sent", "unknown") or (facts.text, facts.identity) == (text, identity.chosen):
                return
            outbox.close()  # it was refused, and the draft or who sends it was changed since
        now = kept.now()
        if now is None:
            raise PatchflowError("This draft is gone: the reply was sent or discarded meanwhile.", "Nothing was sent.")
        if now != text:
            raise PatchflowError(
                "The draft was changed since it was shown here.", "Nothing was sent; look at it again."
            )
        # The same text may answer a mail twice (a second ping): that is another mail.
        nth = _digest(f"{len(sent_from(kept.path))} {text}")
        own = f"{kept.path.stem}-{nth}@{me.email.rpartition('@')[2]}"
        facts = ReplyFacts(
            draft=kept.path.name, comments=kept.comments, seen=kept.seen, text=text, bcc=tuple(bcc),
            review=kept.review, written=kept.parts, identity=identity.chosen,
            renames=renames_mails(here.repository.config, identity.section),
        )  # fmt: skip
        queue_one(outbox.folder, facts, own, kept.draft.header("Subject"), mail_text(kept.draft, own).encode(),
                  [str(one) for one in kept.draft.addresses("To", "Cc")])  # fmt: skip


def _finish(here: Clone, outbox: Outbox) -> None:
    """A reply has left: its comments are answered, its mail is kept, its draft goes; the same however often it runs."""
    with here.store.ledger.lock():
        facts, queue = outbox.facts(ReplyFacts), outbox.as_left()
        seen = dict.fromkeys(facts.comments, facts.seen) if facts.seen else None
        mark_comments(here, dict.fromkeys(facts.comments, ("answered", "")), seen)
        path = _folder(here) / plain_name(facts.draft, "The draft of a reply")
        made = (queue[0].was or queue[0].message_id).partition("@")[0]
        name = plain_name(made, "The Message-ID of a reply")
        write_atomic(here.repository.state.sent_replies / f"{name}.eml", outbox.mails_as_left()[queue[0].file])
        if facts.review:
            mark_sent(here, facts.review, facts.written, queue[0].message_id)
        with writing_drafts(path):
            if path.is_file() and read_draft(path).text() == facts.text:
                path.unlink()
                path.with_suffix(".json").unlink(missing_ok=True)
        outbox.close()


def sent_from(draft: Path) -> list[Path]:
    """The mails that were sent from a draft of this name, the newest last."""
    name = re.compile(re.escape(draft.stem) + r"(-[0-9a-f]{12})?\.eml")
    found = (path for path in sent_beside(draft).glob("*.eml") if name.fullmatch(path.name))
    return sorted(found, key=lambda path: path.stat().st_mtime)


def finish_left(here: Clone) -> None:
    """What a killed patchflow did not come to: replies that had left are marked as that."""
    for folder in here.repository.state.reply_outboxes():
        outbox = Outbox(folder)
        if outbox.all_left():
            with suppress(PatchflowError), outbox.hold():
                if outbox.is_open():
                    _finish(here, outbox)


def nudge(here: Clone) -> Kept:
    """A polite ping on the current series' last revision: never before the list's custom has it, while the window is
    closed, or while the user put the series off."""
    series = here.store.load(with_diffs=False)
    facts = here.profile_of(series)
    last = series.last
    if last is None:
        raise PatchflowError(f"{series.name} was never sent.", "There is nobody to ask yet.")
    path = _folder(here) / f"nudge-{series.change_id}.draft"
    days: float = (datetime.now(UTC) - last.date).days
    least = ping_days(here, facts)
    polite = f"before {'two weeks' if least == 14 else f'{least} days'} is not polite"
    if days < least:
        raise PatchflowError(f"v{last.number} went out {days} days ago; a ping {polite}.")
    window, _, _ = window_of(here, facts, offline=True)
    stands = standing_with(here, series, Review(here), window)
    if stands.put_off:
        raise PatchflowError(f"{series.name} is put off until {stands.put_off}.",
                             f"`patchflow todo --snooze {series.name}=off` ends that.")  # fmt: skip
    pinged = [one.stat().st_mtime for one in sent_from(path)[-1:]]
    if pinged and (days := (datetime.now(UTC).timestamp() - pinged[0]) / 86400) < least:
        raise PatchflowError(f"A ping went out {days:.0f} days ago; the next one {polite}.")
    if not may_send(window, facts, rfc=False):
        raise PatchflowError(f"{window.tree} is closed; maintainers do not take pings now.", "Wait until it reopens.")
    cover = sent_cover(here, series)
    parent = without(cover, unreachable(here, cover))
    if path.is_file():
        return _kept(path, parent)
    weeks = int((datetime.now(UTC) - last.date).days) // 7
    body = filled(
        here, facts, "nudge", number=str(last.number), weeks=str(weeks), subject=parent.subject,
        link=lore_link(facts.lore, last.root), author=here.repository.identity().name,
    )  # fmt: skip
    draft = make_draft(parent, body, writes_as(here, answering(here, parent)))
    return _begun(Kept(path, draft, parent))
