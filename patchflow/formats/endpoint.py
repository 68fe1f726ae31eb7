"""A web endpoint that takes mails: which one git config names, and how a mail will look that it passes on."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from patchflow.domain.address import Address
from patchflow.errors import UsageError

KERNEL = "https://lkml.kernel.org/_b4_submit"
_NO = ("", "no", "none", "false", "off")
# Whose mail kernel.org's endpoint may send as it is, because it signs for these domains.
_OWN = ("kernel.org", "linux.dev")


def endpoint_in(config: Callable[[str], str | None]) -> str:
    """The URL of the endpoint that mails leave through, "" where git send-email sends them.

    patchflow.endpoint counts; b4.send-endpoint-web does where, as in b4, no mail server and no program is set.
    """
    own = config("patchflow.endpoint")
    if own is not None:
        return "" if own.strip().lower() in _NO else check_url(own.strip())
    of_b4 = (config("b4.send-endpoint-web") or "").strip()
    if mail_server(config) or not of_b4.startswith(("https:", "http:")):
        return ""
    return check_url(of_b4)


def mail_server(config: Callable[[str], str | None]) -> str:
    """The mail server or program that git send-email uses, sendemail.identity's own first; "" where none is set."""
    identity = config("sendemail.identity")
    sections = [f"sendemail.{identity}", "sendemail"] if identity else ["sendemail"]
    keys = (f"{section}.{key}" for key in ("smtpserver", "sendmailcmd") for section in sections)
    return next(filter(None, map(config, keys)), "")


def check_url(url: str) -> str:
    """The URL; UsageError where it is none, holds a password, or is plain http to another machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("https", "http") or not host or not url.isprintable() or " " in url:
        raise UsageError(f"{url[:200]!r} is not a URL of a web endpoint.", f"It looks like {KERNEL}.")
    if parts.username or parts.password:
        raise UsageError("The URL of a web endpoint holds no user name and no password.", f"It looks like {KERNEL}.")
    if parts.scheme == "http" and not _is_here(host):
        raise UsageError(f"{url[:200]} is plain http, where anybody on the way could answer in its place.",
                         "Name it with https.")  # fmt: skip
    return url


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def appearance(url: str, me: Address) -> tuple[str, ...]:
    """The headers that readers will see, where the endpoint cannot send in the user's own name."""
    host, domain = urlsplit(url).hostname or "", me.email.rpartition("@")[2].lower()
    korg = host == "kernel.org" or host.endswith(".kernel.org")
    if korg and domain in _OWN:
        return (f"From: {me}",)
    service, where = ("B4 Relay", "kernel.org") if korg else ("the endpoint's name", host)
    return (
        f"From: {me.name or me.email} via {service} <devnull+{me.email.replace('@', '.')}@{where}>",
        f"Reply-To: <{me.email}>",
        f"X-Original-From: {me}",
    )
