"""What is on its way: carried out, gone on with, and what to do about a message of unknown fate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from patchflow.adapters.mail.outbox import Outbox
from patchflow.domain.next_step import RESUME, Command, NextStep
from patchflow.domain.queued import Facts, Queued
from patchflow.errors import PatchflowError, UsageError
from patchflow.formats.mail.headers import is_message_id
from patchflow.formats.mail.people import key_of
from patchflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from patchflow.domain.envelope import Fate

Heard = Callable[[str, str, str], None]


class _CutOffError(Exception):
    """The user wants no further message to leave; nothing of the next one has."""


class Mailer(Protocol):
    """Who takes the messages of an outbox: git send-email or a web endpoint."""

    def send(
        self, files: Sequence[Path], before: Callable[[int], None], after: Callable[[int, Fate], None],
        expected: Sequence[Collection[str]], bcc: Sequence[str] = (), renames: bool = False,
    ) -> None:  # fmt: skip
        """Sends the files in order; see SendEmail.send."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a send: its messages with state and detail, the thread's link where all have left, and what is
    asked about messages of unknown fate; `bcc` are those that sendemail.bcc added."""

    revision: int
    messages: tuple[tuple[Queued, str, str], ...]
    link: str = ""
    questions: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether going on would send something."""
        return any(state in ("pending", "refused") for _, state, _ in self.messages)


def outcome_of(outbox: Outbox, command: str) -> Outcome:
    """What became of a send so far; `command` goes on with it."""
    facts, states = outbox.facts(Facts), outbox.states()
    rows = tuple((one, *states[one.was or one.message_id]) for one in outbox.as_left())
    questions = tuple(unknown_lines(outbox, command))
    return Outcome(facts.revision, rows, questions=questions, bcc=facts.bcc)


def carry_out(
    outbox: Outbox,
    mailer: Mailer,
    again: Sequence[str] = (),
    arrived: Sequence[str] = (),
    heard: Heard | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> bool:
    """Sends what has not left yet, in order; True where everything has now left. `heard` is told each step, `enough` is
    asked before each message whether it and those after it are to wait.

    A message of unknown fate leaves only where `again` names it, and counts as sent where `arrived` does (`all`
    stands for each of them); what comes after it goes on. UsageError for one whose fate is known.

    Where the server gives mails other Message-IDs (`renames`), each leaves by itself, and those that answer it name it
    as it is called then: the server's answer says how. PatchflowError, and nothing more leaves, where it does not say.
    """
    once_more, facts = named(outbox, again), outbox.facts(Facts)
    words = dict(_arrived_as(outbox, word) for word in arrived) if facts.renames else dict.fromkeys(arrived, "")
    for message_id in named(outbox, list(words)):
        became = words.get(message_id, "")
        if facts.renames and not became and _is_answered(outbox, message_id):
            raise UsageError(
                f"The server gave <{message_id}> another Message-ID, which the mails after it must name.",
                f"Say which it bears: `--arrived {message_id}=THAT`.",
            )
        outbox.note(message_id, "sent", "arrived, says the user", became)
        if heard:
            heard(message_id, "sent", "arrived, says the user")
    queue, states = outbox.read(), outbox.states()
    waiting = [
        one
        for one in queue
        if (state := states[one.message_id][0]) in ("pending", "refused")
        or (state == "unknown" and one.message_id in once_more)
    ]

    def tell(message_id: str, state: str, detail: str = "", became: str = "") -> None:
        outbox.note(message_id, state, detail, became)
        if heard:
            heard(message_id, state, detail)

    def leave(some: Sequence[Queued]) -> None:
        def before(number: int) -> None:
            if enough():
                raise _CutOffError
            tell(some[number].message_id, "started")

        def after(number: int, fate: Fate) -> None:
            tell(some[number].message_id, fate.state, fate.detail, fate.became if facts.renames else "")

        people = [{key_of(one) for one in (*one.to, *one.cc)} for one in some]
        mailer.send([outbox.mail(one) for one in some], before, after, people, facts.bcc, facts.renames)

    with suppress(_CutOffError):
        if waiting and not facts.renames:
            leave(waiting)
        for one in waiting if facts.renames else ():
            outbox.rename_in(one)
            leave([one])
            if outbox.states()[one.message_id][0] != "sent":
                break
            _need_name(outbox, one)
    return outbox.all_left()


def _arrived_as(outbox: Outbox, word: str) -> tuple[str, str]:
    """A message of unknown fate, and the Message-ID that the user saw it bear ("" for none), out of `ID=THAT`.
    UsageError where that is no Message-ID."""
    bare = word.translate({ord("<"): None, ord(">"): None})
    old = next((one.message_id for one in outbox.unknown() if bare.startswith(f"{one.message_id}=")), bare)
    new = bare[len(old) + 1 :]
    if new and not is_message_id(new):
        raise UsageError(f"{new!r} is not a Message-ID.", f"Say which it bears: `--arrived {old}=THAT`.")
    return old, new


def _need_name(outbox: Outbox, sent: Queued) -> None:
    """PatchflowError where mails that wait name one that has just left, and the server did not say how it is called."""
    if sent in outbox.as_left() and _is_answered(outbox, sent.message_id):
        raise PatchflowError(
            f"{sent.subject!r} has left, and the server did not say which Message-ID it gave it, so nothing more was "
            "sent: the mails after it would answer one that does not exist.",
            "Look what it bears: where it kept its own, `patchflow send --resume` goes on.",
        )


def _is_answered(outbox: Outbox, message_id: str) -> bool:
    """Whether a mail that has not left names this one as what it answers."""
    states, name = outbox.states(), f"<{message_id}>".encode()
    waiting = [one for one in outbox.read() if states[one.message_id][0] != "sent" and one.message_id != message_id]
    return any(name in outbox.mail(one).read_bytes().partition(b"\n\n")[0] for one in waiting)


def named(outbox: Outbox, words: Sequence[str]) -> list[str]:
    """The messages of unknown fate that are meant; UsageError for one whose fate is known."""
    unknown = [one.message_id for one in outbox.unknown()]
    if "all" in words:
        return unknown
    ids = [word.strip("<>") for word in words]
    for one in ids:
        if one not in unknown:
            raise UsageError(f"The fate of <{one}> is not unknown.", "`patchflow send --resume` shows each message.")
    return ids


def unknown_lines(outbox: Outbox, command: str) -> list[str]:
    """The question about each message of unknown fate: its Message-ID, and the exact commands that answer it."""
    lines: list[str] = []
    renames = outbox.facts(Facts).renames
    for one in outbox.unknown():
        lines += [
            f"unknown: <{one.message_id}> {one.subject}",
            "  The connection was lost after its text had gone, so the server may have it. Look whether it arrived",
            "  (in the list's archive, or with somebody who gets it). Then, if it did:",
            f"    {command} --arrived {one.message_id}{'=MESSAGE-ID-IT-GOT' if renames else ''}",
            "  and if it did not, to send it once more with the same Message-ID:",
            f"    {command} --again {one.message_id}",
        ]
    return lines


def next_step(outbox: Outbox) -> NextStep:
    """The one thing to do about a send of a series that was cut off."""
    try:
        fates = [state for state, _ in outbox.states().values()]
    except PatchflowError as error:
        return NextStep.of("resume", error.paragraph())
    if all(fate == "sent" for fate in fates):
        return NextStep.of("resume", "everything has left and is not recorded yet: ", RESUME, " records it")
    if "unknown" in fates and not {"pending", "refused"} & set(fates):
        one = outbox.unknown()[0].message_id
        arrived, again = (Command(word, f"{RESUME.line} --{word} {one}") for word in ("arrived", "again"))
        words = f"the fate of <{one}> is not known: look whether it arrived, then "
        return NextStep.of("unknown", words, arrived, " or ", again)
    return NextStep.of("resume", "a send was cut off: ", RESUME)


def queue_one(folder: Path, facts: Facts, message_id: str, subject: str, text: bytes, to: Sequence[str]) -> Outbox:
    """A single message into an outbox of its own, its Message-ID fixed; `to` are all its addresses, those in Cc too."""
    queued = Queued(0, "0001.eml", message_id, subject, tuple(to), ())
    return Outbox.create(folder, facts, [queued], {queued.file: text})


def fate_of(outbox: Outbox) -> tuple[str, str, str]:
    """Message-ID, state and detail of an outbox's only message."""
    one = outbox.as_left()[0]
    return one.message_id, *outbox.states()[one.was or one.message_id]
