"""Makes oneself known to a web endpoint: a key, a challenge that comes by mail, and its signed answer."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from pathlib import Path

from patchflow.adapters.mail.endpoint import Endpoint
from patchflow.adapters.mail.signing import Key, find_key, keep_key, need_patatt, new_key, sign
from patchflow.adapters.process import run
from patchflow.domain.address import Address
from patchflow.errors import MissingError, OutsideError, UsageError
from patchflow.flow.machine.answers import Line
from patchflow.flow.machine.setup import write_lines
from patchflow.formats.endpoint import KERNEL, check_url
from patchflow.formats.patch.compose import address_header, one_line

_USUAL = "default"  # the selector where none is named, as patatt has it
_WAIT = 60.0  # seconds for an answer


class Introduction:
    """What is to be told to an endpoint about oneself, before it is told.

    `lines` are the git config lines that a new key needs; none where one is there already.
    """

    def __init__(self, url: str, me: Address, folder: str) -> None:
        """UsageError for no URL; MissingError where patatt is not installed, or the key that is named is not there."""
        need_patatt()
        self.url, self.me, self.folder, self.lines = check_url(url), me, folder, list[Line]()
        if setting("patatt.signingkey", folder):
            self.key = _key(folder)
        else:
            self.key = new_key(me.email, datetime.now())
            self.lines = [Line("patatt.signingkey", self.key.name), Line("patatt.selector", self.key.selector)]
        if self.key.identity != me.email:
            raise UsageError(f"{self.key.name} is the key of {self.key.identity}, and you write as {me.email}.",
                             "`git config user.email` and `patatt.identity` say who you are.")  # fmt: skip

    def shown(self) -> list[str]:
        """Everything that would be told, and what would be written here."""
        told = [
            f"to       {self.url}",
            f"name     {self.me.name}",
            f"address  {self.me.email}",
            f"selector {self.key.selector or _USUAL}",
            f"key      {self.key.name}, public half {self.key.public}",
        ]
        return [*told, *(f"new here {line.shown()}" for line in self.lines)]

    def tell(self) -> str:
        """Keeps a new key, and asks for the challenge; what the endpoint says. OutsideError where it refuses."""
        if self.lines:
            keep_key(self.key)
            if overruled := write_lines(self.lines, self.folder):
                raise UsageError(f"Nothing was sent, because another key counts here: {'; '.join(overruled)}.",
                                 "Remove that line, then run this again.")  # fmt: skip
        try:
            return Endpoint(self.url, _WAIT).auth_new(
                one_line(self.me.name), self.me.email, self.key.selector or _USUAL, self.key.public
            )
        except OutsideError as error:
            hint = f"Where it knows the key already, `git config --global patchflow.endpoint {self.url}` uses it."
            raise OutsideError(error.message, hint) from error


def answer_challenge(url: str, me: Address, folder: str, word: str) -> tuple[str, Line, list[str]]:
    """Sends the word of the challenge back, signed. Returns what the endpoint says, the git config line that was
    written, by which mails leave through it from now on, and what in git config overrules that line here."""
    if not re.fullmatch(r"[\w-]{4,200}", word, re.ASCII):
        raise UsageError("That is not the word from the mail: it has letters, digits and dashes only.",
                         "It stands on a line of its own in the endpoint's mail.")  # fmt: skip
    key = _key(folder)
    message_id = f"{secrets.token_hex(12)}@{me.email.rpartition('@')[2]}"
    letter = (
        f"From: {address_header(Address('', me.email))}\nSubject: b4-send-verify\nMessage-ID: <{message_id}>\n"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nverify:{word}\n"
    )
    said = Endpoint(url, _WAIT).auth_verify(sign(key, letter.encode()))
    line = Line("patchflow.endpoint", check_url(url))
    return said, line, write_lines([line], folder)


def offered(folder: str) -> str:
    """The endpoint to offer: one that git config names, else kernel.org's."""
    named = (setting("patchflow.endpoint", folder), setting("b4.send-endpoint-web", folder))
    return next((one for one in named if one.startswith(("https:", "http:"))), KERNEL)


def myself(folder: str) -> Address:
    """Who writes, as git config says; MissingError where it does not."""
    me = Address(setting("user.name", folder), setting("user.email", folder))
    if not me.name or not me.email:
        raise MissingError("git does not know who you are.", "`patchflow setup` asks for it.")
    return me


def setting(key: str, folder: str) -> str:
    """A value of git config in a folder, "" where it is not set."""
    return run(["git", "config", "--get", key], cwd=folder, check=False, timeout=20).text.rstrip("\n")


def _key(folder: str) -> Key:
    top = run(["git", "rev-parse", "--absolute-git-dir"], cwd=folder, check=False, timeout=20).text.strip()
    return find_key(lambda key: setting(key, folder) or None, "", Path(top or folder))
