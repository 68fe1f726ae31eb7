"""A public inbox: the thread of a message as mbox bytes, every failure told in a sentence."""

from __future__ import annotations

import gzip
import logging
import zlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import liblore
import requests
from liblore.node import LoreNode

from patchflow.adapters.lore.session import PatientSession
from patchflow.errors import OutsideError, UsageError

_LARGEST_UNPACKED = 1 << 30


@dataclass(frozen=True, slots=True)
class Fetched:
    """A thread as mbox bytes; `cut` says why it is not whole ("" where it is)."""

    mbox: bytes
    cut: str = ""


class Inbox:
    """One public inbox by its URL."""

    def __init__(self, url: str, session: PatientSession | None = None, timeout: tuple[float, float] = (5.0, 30.0)):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UsageError(f"{url!r} is no URL of a public inbox.", "It looks like https://lore.kernel.org/netdev/.")
        self.url = url.rstrip("/")
        self.session = session or PatientSession()
        self.session.headers["User-Agent"] = f"patchflow liblore/{liblore.__version__}"
        # liblore warns through logging of what is told here in a sentence.
        logging.getLogger("liblore").setLevel(logging.CRITICAL)
        self.node = LoreNode(self.url, request_timeout=timeout, follow_upstream=False)
        self.node.set_requests_session(self.session)

    def thread(self, message_id: str) -> Fetched | None:
        """The thread of a message; None where the inbox does not have it. OutsideError where it cannot be asked."""
        try:
            mbox = self.node.get_mbox_by_msgid(message_id, nocache=True)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            return self._damaged(error)
        except liblore.RemoteError as error:
            if error.status_code == 404:
                return None
            raise self._refused(error) from error
        except requests.RequestException as error:
            raise OutsideError(f"{self.url} could not be asked: {_plain(error)}.", _RETRY) from error
        return Fetched(mbox, self.session.cut)

    def _refused(self, error: liblore.RemoteError) -> OutsideError:
        if error.status_code is not None:
            return OutsideError(f"{self.url} answered with status {error.status_code}.", _RETRY)
        return OutsideError(f"{self.url} could not be reached: {_plain(error.__cause__ or error)}.", _RETRY)

    def _damaged(self, error: Exception) -> Fetched:
        body = self.session.body
        if "html" in self.session.kind or body.lstrip()[:1] == b"<":
            raise OutsideError(
                f"{self.url} answered with a web page instead of mail (a check for robots, or a proxy's page).",
                "Open it in a browser to see what it asks for, or name another inbox with --url.",
            ) from error
        mbox = _unpacked(body)
        # The last message of a cut-off answer is not whole: it comes with the next fetch.
        end = mbox.rfind(b"\n\nFrom ")
        mbox = mbox[: end + 2] if end > 0 else b""
        if not mbox:
            raise OutsideError(f"{self.url}: {self.session.cut or 'the answer is no gzip file'}.", _RETRY) from error
        return Fetched(mbox, self.session.cut or "the answer ended in the middle")


_RETRY = "Run `patchflow fetch` again later; nothing that is here was changed."


def _unpacked(body: bytes) -> bytes:
    """What can be unpacked of a gzip file that ends early."""
    unpacker = zlib.decompressobj(31)
    try:
        return unpacker.decompress(body, _LARGEST_UNPACKED)
    except zlib.error:
        return b""


def _plain(error: BaseException) -> str:
    """The reason in a word or two, without the library's own nesting."""
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within its time"
    if isinstance(error, requests.Timeout):
        return "no answer within its time"
    text = str(error)
    for sign, meaning in (
        ("Name or service not known", "no such host"),
        ("nodename nor servname", "no such host"),
        ("Temporary failure in name resolution", "its name could not be resolved"),
        ("Connection refused", "the connection was refused"),
        ("Read timed out", "no answer within its time"),
        ("timed out", "no answer within its time"),
        ("certificate", "its certificate is not trusted"),
        ("RemoteDisconnected", "it closed the connection without an answer"),
        ("Connection reset", "it closed the connection"),
    ):
        if sign in text:
            return meaning
    return type(error).__name__
