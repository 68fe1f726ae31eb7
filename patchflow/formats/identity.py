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


# The servers of which git send-email knows that they give each mail another Message-ID (its sub is_outlook).
_RENAMING = ("smtp.office365.com", "smtp-mail.outlook.com")


def _value(config: Config, section: str, key: str) -> str:
    """What git send-email takes of sendemail.*: that of the section, else that for all; "" where none is set."""
    named = config(f"sendemail.{section}.{key}") if section else None
    return (named if named is not None else config(f"sendemail.{key}")) or ""


def renames_mails(config: Config, section: str = "") -> bool:
    """Whether the server gives each mail another Message-ID than it was sent with: Outlook's do, by their names or by
    sendemail.outlookIdFix."""
    server = _value(config, section, "smtpserver")
    if _value(config, section, "sendmailcmd") or server.startswith("/"):
        return False
    said = _value(config, section, "outlookidfix").lower()
    return said in ("true", "yes", "on", "1") or (said in ("", "auto") and server.lower() in _RENAMING)


def server_words(config: Config, section: str = "") -> str:
    """The server or program that git send-email hands mails to, in a few words and without passwords."""

    def value(key: str) -> str:
        return _value(config, section, key)

    if command := value("sendmailcmd").split():
        return command[0]
    server, port = value("smtpserver"), value("smtpserverport")
    if not server:
        return "the local sendmail"
    return f"{server}:{port}" if port and not server.startswith("/") else server
