"""Joins a newcomer's answers with git config on this machine, and sends the message to oneself."""

from __future__ import annotations

import getpass
import json
import pwd
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.state_dir import user_outbox
from patchflow.adapters.kept import read_cached
from patchflow.adapters.mail.outbox import Outbox
from patchflow.adapters.mail.send_email import REFUSED, SendEmail
from patchflow.adapters.process import run
from patchflow.adapters.trust import state_folder, trusted_path
from patchflow.domain.envelope import Fate
from patchflow.domain.queued import Facts
from patchflow.errors import OutsideError, PatchflowError, UsageError
from patchflow.flow.clone import Clone, profile
from patchflow.flow.machine.answers import letter_to_oneself, needed
from patchflow.flow.review.places import SETTING, place_of
from patchflow.flow.send.outbox import carry_out, fate_of, queue_one

if TYPE_CHECKING:
    from patchflow.domain.address import Address
    from patchflow.flow.machine.answers import Line

_Read = TypeVar("_Read")


def global_setting(key: str) -> str:
    """A value of the user's own git config, "" where it is not set."""
    return run(["git", "config", "--global", "--get", key], check=False, timeout=20).text.rstrip("\n")


def login_name() -> str:
    """The name this machine knows the user by, "" where it knows none."""
    try:
        return pwd.getpwnam(getpass.getuser()).pw_gecos.split(",")[0]
    except (KeyError, OSError):
        return ""


def mail_now() -> str:
    """How mail leaves now, as one would answer it; "" where it is not said."""
    if program := global_setting("sendemail.sendmailCmd"):
        return program
    server, port = global_setting("sendemail.smtpServer"), global_setting("sendemail.smtpServerPort")
    return f"{server}:{port}" if server and port else server


def tree_at(folder: str) -> str:
    """The kernel tree a folder stands in, "" where it is none."""
    try:
        return str(Clone(str(Path(folder).expanduser())).need_tree())
    except PatchflowError:
        return ""


def subsystem_of(tree: str) -> str:
    """The profile that is set for a tree's series without patches, "" where none is."""
    return (Clone(tree).repository.config("patchflow.profile") or "") if tree else ""


def source_of(tree: str) -> str:
    """The first source of others' mail that is named already, "" where none is."""
    scope = [] if tree else ["--global"]
    argv = ["git", "config", *scope, "--null", "--get-regexp", rf"^{re.escape(SETTING)}"]
    found = run(argv, cwd=tree or None, check=False, timeout=20).text.split("\0")
    said = [row.partition("\n")[2] for row in found]
    return next((one for one in said if one and not one.startswith("sent:")), "")


def source_at(text: str) -> str:
    """A source of mail as the user named it, a file by its whole path; UsageError where that is none."""
    whole = Path(text).expanduser().absolute()
    if whole.exists():
        return str(whole)
    place = place_of(text)
    if place.kind == "file" and not (place.mine and Path(place.where).expanduser().exists()):
        raise UsageError(f"{text} is not there.", "Name an mbox, a Maildir or a public-inbox, or - for none.")
    return text


def clone_command(name: str) -> str:
    """The command that fetches the tree of a subsystem, "" where its profile names none."""
    facts = profile(name)
    return f"git clone {facts.tree.url} ~/{facts.tree.name}" if facts.tree.url else ""


def lines_to_write(lines: list[Line], tree: str) -> list[Line]:
    """Those of the lines that change anything here."""
    now: dict[str, str] = {}
    for scope in ("--global", *(["--local"] if tree else [])):
        done = run(["git", "config", scope, "--list", "--null"], cwd=tree or None, check=False, timeout=20)
        for row in done.text.split("\0"):
            key, _, value = row.partition("\n")
            now[f"{scope} {key}"] = value
    return needed(lines, now)


def write_lines(lines: Sequence[Line], tree: str) -> list[str]:
    """Writes git config lines; returns those that another file of git's overrules, each with that file."""
    for line in lines:
        run(line.argv(tree), timeout=20)
    overruled: list[str] = []
    for line in lines:
        argv = ["git", "config", "--show-origin", "--get", line.key]
        origin, _, value = run(argv, cwd=tree or None, check=False, timeout=20).text.rstrip("\n").partition("\t")
        if value != (line.value or ""):
            overruled.append(f"{line.key} is {value!r} in {origin.removeprefix('file:')}, which wins here")
    return overruled


def wants_password(tree: str) -> bool:
    """Whether the mail server wants a login and no credential helper keeps its password."""
    done = run(["git", "config", "--list", "--name-only"], cwd=tree or None, check=False, timeout=20)
    keys = done.text.split("\n")
    helper = any(re.fullmatch(r"credential\.(.*\.)?helper", key) for key in keys)
    return "sendemail.smtpuser" in keys and not helper


def unknown_to_oneself() -> str:
    """The Message-ID of an earlier message to oneself whose fate is not known, "" where there is none."""
    outbox = _outbox()
    unknown = outbox.unknown() if outbox.is_open() else []
    return unknown[0].message_id if unknown else ""


def arrived_at_oneself() -> None:
    """That earlier message did arrive."""
    with _outbox().hold():
        _outbox().close()


def send_to_oneself(me: Address, tree: str, folder: str) -> Fate:
    """Sends a message to oneself through git send-email; what became of it.

    One that was begun before and whose fate is not known leaves once more, with the same Message-ID.
    """
    outbox = _outbox()
    with outbox.hold():
        if outbox.is_open() and not outbox.unknown():
            outbox.close()
        if not outbox.is_open():
            message_id = f"{secrets.token_hex(12)}@{me.email.rpartition('@')[2]}"
            text = letter_to_oneself(me, datetime.now(UTC), message_id).encode()
            queue_one(outbox.folder, Facts(), message_id, "to oneself", text, [me.email])
        try:
            carry_out(outbox, SendEmail(Path(tree or folder)), ["all"])
        except OutsideError as error:
            return Fate(REFUSED, error.message)
        _, state, detail = fate_of(outbox)
        if state != "unknown":
            outbox.close()
    return Fate(state, detail) if state != "pending" else Fate(REFUSED, "git send-email said nothing")


def _outbox() -> Outbox:
    return Outbox(user_outbox(state_folder(), "to-oneself"))


class Answers:
    """The answers given to `setup` so far, in a private file until they are written to git config."""

    def __init__(self) -> None:
        self.path = trusted_path().with_name("setup-answers.json")
        found = read_cached(self.path, lambda content: dict(json.loads(content))) or {}
        self.given = {str(key): str(value) for key, value in found.items()}

    def ask(
        self,
        asker: Callable[[str, str, Callable[[str], _Read]], _Read],
        question: str,
        default: str,
        read: Callable[[str], _Read],
    ) -> _Read:
        """What `asker` makes of the user's line; an answer given before stands in the default's place."""

        def keep(text: str) -> _Read:
            made = read(text)
            self.given[question] = text
            write_atomic(self.path, json.dumps(self.given).encode())
            return made

        return asker(question, self.given.get(question, default), keep)

    def forget(self) -> None:
        """They stand in git config now."""
        self.path.unlink(missing_ok=True)
