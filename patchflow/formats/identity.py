"""Who sends: which identity belongs to a series by the user's own rule, and which server its mails leave by."""

from __future__ import annotations

from collections.abc import Callable

from patchflow.values import dataclass

Config = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the user says sends a series.

    `key` is the setting that says it, "" where none does; `word` what stands there: an address, or the `section` of
    sendemail.* that git send-email takes (git's sendemail.identity where `key` is ""). `address` is the one that From
    must hold, "" where any may; `missing` tells that there is no such section.
    """

    key: str = ""
    word: str = ""
    section: str = ""
    address: str = ""
    missing: bool = False

    @property
    def chosen(self) -> str:
        """The section that git send-email is told to take, "" where it finds its own."""
        return self.section if self.key else ""


def identity_for(config: Config, branch: str = "", profile: str = "") -> Identity:
    """The identity of a series: the branch's own, else its profile's, else the one for everything.

    git config is asked, so what an includeIf says of the clone's path counts as git has it.
    """
    keys = [f"branch.{branch}.patchflow-identity"] if branch else []
    keys += [f"patchflow.{profile}.identity"] if profile else []
    for key in (*keys, "patchflow.identity"):
        if word := (config(key) or "").strip():
            if "@" in word:
                return Identity(key, word, config("sendemail.identity") or "", bare(word))
            known = any(config(f"sendemail.{word}.{one}") for one in _KEYS)
            return Identity(key, word, word, bare(config(f"sendemail.{word}.from") or ""), missing=not known)
    return Identity(section=config("sendemail.identity") or "")


_KEYS = (
    "from", "smtpserver", "sendmailcmd", "smtpuser", "smtpserverport", "smtpencryption", "envelopesender", "smtpauth",
    "smtpdomain", "smtpsslcertpath", "smtpserveroption",
)  # fmt: skip


def bare(words: str) -> str:
    """The address alone of `Name <address>`."""
    return words.rpartition("<")[2].rstrip("> ").strip()


def server_words(config: Config, section: str = "") -> str:
    """The server or program that git send-email hands mails to, in a few words and without passwords."""

    def value(key: str) -> str:
        named = config(f"sendemail.{section}.{key}") if section else None
        return (named if named is not None else config(f"sendemail.{key}")) or ""

    if command := value("sendmailcmd").split():
        return command[0]
    server, port = value("smtpserver"), value("smtpserverport")
    if not server:
        return "the local sendmail"
    return f"{server}:{port}" if port and not server.startswith("/") else server
