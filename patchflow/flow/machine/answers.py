"""What a newcomer's six answers become: lines of plain git config that every other tool reads too."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.errors import UsageError
from patchflow.formats.patch.compose import address_header, ensure_mime
from patchflow.values import dataclass

# [USER@]HOST[:PORT]; a user may itself be an address.
_SERVER = lazy_re.compile(r"^(?:(?P<user>\S+)@)?(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::(?P<port>\d{1,5}))?$")
_GMAIL = "smtp.gmail.com:587"
# A port says how the connection is encrypted: 465 from the start, 587 after STARTTLS, others not at all.
_ENCRYPTION = {"465": "ssl", "587": "tls"}
_OF_A_SERVER = ("smtpServer", "smtpServerPort", "smtpEncryption", "smtpUser")


@dataclass(frozen=True, slots=True)
class Line:
    """One git config line: `value` None takes the key away; `scope` is --global, or --local of the tree."""

    key: str
    value: str | None
    scope: str = "--global"

    def argv(self, tree: str = "") -> list[str]:
        """The git command that writes it."""
        where = ["-C", tree] if self.scope == "--local" else []
        tail = ["--unset-all", self.key] if self.value is None else [self.key, self.value]
        return ["git", *where, "config", self.scope, *tail]

    def shown(self, tree: str = "") -> str:
        """That command as a person would type it."""
        return shlex.join(self.argv(tree))


def mail_lines(answer: str, me: Address, which: Callable[[str], str | None]) -> list[Line]:
    """How mail is sent, as git config: `gmail`, [USER@]HOST[:PORT], or the name of a program such as msmtp.

    `which` finds a program by its name. A port other than 25 wants a login: the address, unless USER is named.
    UsageError where the answer is none of these.
    """
    word = answer.strip()
    program = which(word) if word and "." not in word and ":" not in word and "@" not in word else None
    if program:
        lines = [Line(f"sendemail.{key}", None) for key in _OF_A_SERVER]
        # A program that sends for several accounts chooses by the sender that it is told.
        return [*lines, Line("sendemail.sendmailCmd", program), Line("sendemail.envelopeSender", "auto")]
    match = _SERVER.match(_GMAIL if word.lower() == "gmail" else word)
    if match is None or (word.lower() != "gmail" and "." not in match["host"] and match["host"] != "localhost"
                         and not match["host"].startswith("[")):  # fmt: skip
        raise UsageError(
            f"{answer!r} is not a mail server, and no program of that name is installed.",
            "Write `gmail`, `smtp.example.org:587`, `user@smtp.example.org:587` or the name of a program like msmtp.",
        )
    port = match["port"] or "587"
    if not 0 < int(port) < 65536:
        raise UsageError(f"{port} is not a port.", "587 (STARTTLS) and 465 (TLS) are the usual ones.")
    encryption = _ENCRYPTION.get(port)
    user = match["user"] or (me.email if encryption else None)
    return [
        Line("sendemail.sendmailCmd", None),
        Line("sendemail.smtpServer", match["host"]),
        Line("sendemail.smtpServerPort", port),
        Line("sendemail.smtpEncryption", encryption),
        Line("sendemail.smtpUser", user),
    ]


def needed(lines: list[Line], now: Mapping[str, str]) -> list[Line]:
    """The lines that change anything; `now` maps a key in lower case and its scope (`--global user.name`) to
    its value."""
    return [line for line in lines if now.get(f"{line.scope} {line.key.lower()}") != line.value]


def letter_to_oneself(me: Address, now: datetime, message_id: str) -> str:
    """A message to oneself, whole."""
    mine = address_header(me)
    return ensure_mime(
        f"From: {mine}\nTo: {mine}\nDate: {format_datetime(now)}\nMessage-ID: <{message_id}>\n"
        "Subject: patchflow setup: mail can leave this machine\n\n"
        "You sent this to yourself with git send-email, as `patchflow setup` asked.\n"
        "If you can read it, your patches will leave the same way.\n"
    )
