"""Drafts of replies: kept in .git/patchflow/drafts/ at every step, linted, and sent through git send-email."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import exclusive, read_named, write_atomic
from patchflow.domain.message import Message
from patchflow.errors import PatchflowError, UsageError
from patchflow.formats.charset import utf8
from patchflow.formats.reply import Draft, back_from_mutt, mail_text, mailto, make_draft, parse_draft
from patchflow.wiring import Clone, profile
from patchflow.wiring.mail import all_comments_here, find_message, mark_comments

if TYPE_CHECKING:
    from patchflow.domain.comment import Comment
    from patchflow.domain.finding import Finding


@dataclass
class Kept:
    """A draft in its file, the mail it answers (None where that is not at hand), and the comments it answers."""

    path: Path
    draft: Draft
    parent: Message | None
    comments: tuple[str, ...] = ()

    def text(self) -> str:
        """The draft as the user sees it."""
        return self.draft.text()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a reply."""

    message_id: str
    state: str
    detail: str


def _folder(here: Clone) -> Path:
    return here.repository.state_dir / "drafts"


def read_draft(path: Path) -> Draft:
    """A draft in a file; UsageError where it cannot be read."""
    return parse_draft(utf8(read_named(path), str(path)))


def drafts(here: Clone) -> list[tuple[Path, str]]:
    """The drafts there are: file and subject."""
    paths = sorted(_folder(here).glob("*.draft"))
    return [(path, parse_draft(path.read_bytes().decode("utf-8", "replace")).header("Subject")) for path in paths]


def draft_for(here: Clone, ids: Sequence[str], mbox: str | None, note: Callable[[str], None]) -> Kept:
    """The draft that answers these comments (all of one mail) or this message; one begun before is gone on with."""
    from patchflow.services.review import find_comment

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
    parent = find_message(here, message_id, mbox, note)
    name = hashlib.sha256(message_id.encode()).hexdigest()[:12]
    path = _folder(here) / f"{name}.draft"
    if path.is_file():
        return _kept(path, parent)
    made = make_draft(parent, chosen, here.repository.identity())
    kept = Kept(path, made, parent, tuple(one.id for one in chosen))
    _keep(kept)
    return kept


def _kept(path: Path, parent: Message | None) -> Kept:
    facts = path.with_suffix(".json")
    ids: list[str] = json.loads(facts.read_text())["comments"] if facts.is_file() else []
    return Kept(path, read_draft(path), parent, tuple(ids))


def _keep(kept: Kept) -> None:
    write_atomic(kept.path.with_suffix(".json"), json.dumps({"comments": list(kept.comments)}).encode())
    write_atomic(kept.path, kept.draft.text().encode())


def edit(here: Clone, kept: Kept) -> None:
    """Opens the draft in the user's editor; what was saved is kept even where it cannot be parsed."""
    from patchflow.wiring.edit import edit_text

    text = edit_text(here, kept.path.name, kept.draft.text())
    write_atomic(kept.path, text.encode())
    kept.draft = parse_draft(text)


def open_in(kept: Kept, program: str) -> bool:
    """Opens the draft in the user's mail program, which edits and sends it with its own settings.

    False where the program says that it sent nothing (mutt and neomutt end with 1 then).
    mutt and neomutt write what they were left with back into the file, and it becomes the draft; aerc keeps its own.
    """
    import subprocess
    import tempfile
    from shutil import which

    from patchflow.errors import MissingError

    if which(program) is None:
        raise MissingError(f"{program} is not installed.", f"apt install {program}, or `patchflow reply ID --edit`.")
    with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
        mail = Path(folder) / "draft.eml"
        mail.write_bytes(mail_text(kept.draft).encode("utf-8", "surrogateescape"))
        argv = [program, mailto(kept.draft)] if program == "aerc" else [program, "-E", "-H", str(mail)]
        code = subprocess.run(argv, check=False).returncode
        left = mail.read_bytes() if mail.is_file() else b""
    if program != "aerc" and left.strip():
        kept.draft = back_from_mutt(kept.draft, left)
        write_atomic(kept.path, kept.draft.text().encode())
    if code not in (0, 1):
        raise PatchflowError(f"{program} ended with exit code {code}.", f"The draft is in {kept.path}.")
    return code == 0


def lint(here: Clone, kept: Kept) -> list[Finding]:
    """What the list would object to."""
    from patchflow.rules.registry import judge_reply

    return list(judge_reply(kept.draft, kept.parent, profile(here.default_profile_or("vsock"))))


def send(here: Clone, kept: Kept) -> Sent:
    """Sends the draft with a Message-ID that stays the same until it has left; its comments are then answered."""
    me = here.repository.identity()
    name = kept.path.stem
    own = f"{name}-{hashlib.sha256(kept.draft.text().encode()).hexdigest()[:12]}@{me.email.rpartition('@')[2]}"
    mail = kept.path.with_suffix(".eml")
    outcome: list[tuple[str, str]] = []
    with exclusive(here.repository.state_dir / "sending.lock", "sending"):
        write_atomic(mail, mail_text(kept.draft, own).encode())
        shown = {address.key for address in kept.draft.addresses("To", "Cc")}
        here.send_email().send(
            [mail], lambda n: None, lambda n, fate: outcome.append((fate.state, fate.detail)), [shown]
        )
    if not outcome:
        raise PatchflowError("git send-email ended without a word.", f"The draft is in {kept.path}.")
    state, detail = outcome[0]
    if state == "sent":
        mark_comments(here, dict.fromkeys(kept.comments, ("answered", "")))
        sent = _folder(here) / "sent"
        sent.mkdir(exist_ok=True, mode=0o700)
        mail.replace(sent / mail.name)
        kept.path.unlink()
        kept.path.with_suffix(".json").unlink(missing_ok=True)
    return Sent(own, state, detail)


def nudge(here: Clone) -> Kept:
    """A polite ping on the current series' last revision: never before two weeks, never while the window is closed."""
    from datetime import UTC, datetime

    from patchflow.services.window import may_send
    from patchflow.wiring.mail import sent_cover
    from patchflow.wiring.window import window_of

    series = here.store.load(with_diffs=False)
    facts = here.profile_of(series)
    last = series.last
    if last is None:
        raise PatchflowError(f"{series.name} was never sent.", "There is nobody to ask yet.")
    days = (datetime.now(UTC) - last.date).days
    least = int(here.repository.config("patchflow.nudgedays") or 14)
    if days < max(least, 14):
        raise PatchflowError(f"v{last.number} went out {days} days ago; a ping before two weeks is not polite.")
    window, _, _ = window_of(here, facts.name, offline=True)
    if not may_send(window, facts, rfc=False):
        raise PatchflowError(f"{window.tree} is closed; maintainers do not take pings now.", "Wait until it reopens.")
    parent = sent_cover(here, series)
    made = make_draft(parent, [], here.repository.identity())
    weeks = days // 7
    body = (
        f"Hi,\n\nv{last.number} of this series has been on the list for {weeks} weeks without an answer.\n"
        "Is there something I should change, or should I resend it?\n\nThanks,\n"
        f"{here.repository.identity().name}\n"
    )
    kept = Kept(_folder(here) / f"nudge-{series.change_id}.draft", Draft(made.headers, body), parent)
    _keep(kept)
    return kept
