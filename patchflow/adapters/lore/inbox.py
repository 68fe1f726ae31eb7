"""A public inbox: the thread of a message as mbox bytes, every failure told in a sentence."""

from __future__ import annotations

import gzip
import logging
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import liblore
from liblore.node import LoreNode

from patchflow.adapters.http import GuardedSession, unpack
from patchflow.errors import OutsideError, UsageError
from patchflow.values import dataclass

_LARGEST_UNPACKED = 256 << 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """A thread as mbox bytes; `cut` says why it is not whole ("" where it is)."""

    mbox: bytes
    cut: str = ""


class Inbox:
    """One public inbox by its URL, and the mirrors that git's configuration names for its host.

    `lore.fallback` or `liblore.<host>.fallback`, as b4 and lei read them: hosts that are asked first, in their order;
    one that does not answer makes room for the next. Their order is the user's: `autoprobe` does not count.
    """

    def __init__(self, url: str, session: GuardedSession, timeout: tuple[float, float] = (5.0, 30.0)):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UsageError(
                f"{url!r} is not a URL of a public inbox.", "It looks like https://lore.kernel.org/netdev/."
            )
        self.url = url.rstrip("/")
        self.session = session
        self.session.headers["User-Agent"] = f"patchflow liblore/{liblore.__version__}"
        # liblore warns through logging of what is told here in a sentence.
        logging.getLogger("liblore").setLevel(logging.CRITICAL)
        try:
            node = LoreNode.from_git_config(self.url, request_timeout=timeout, follow_upstream=False, auto_probe=False)
        except liblore.LibloreError as error:
            raise UsageError(
                f"The mirrors of {self.url} in git's configuration cannot be used: {error}.",
                "`git config --show-origin --get-regexp 'lore.*fallback'` shows where they stand; "
                "one looks like https://lore.example.org.",
            ) from error
        self.node = node
        self.node.set_requests_session(self.session)

    def thread(self, message_id: str) -> Fetched | None:
        """The thread of a message; None where the inbox does not have it. OutsideError where it cannot be asked."""
        return self._mbox(lambda: self.node.get_mbox_by_msgid(message_id, nocache=True))

    def search(self, query: str) -> Fetched | None:
        """The threads in which a search finds something; None where it finds nothing. OutsideError as above."""
        return self._mbox(lambda: self.node.get_mbox_by_query(query, full_threads=True, nocache=True))

    def _mbox(self, ask: Callable[[], bytes]) -> Fetched | None:
        try:
            mbox = ask()
        except (gzip.BadGzipFile, EOFError, zlib.error):
            return self._damaged()
        except liblore.RemoteError as error:
            if error.status_code == 404:
                return None
            raise self._failed(error) from error
        return Fetched(mbox, self.session.cut)

    def has(self, message_id: str) -> bool:
        """Whether the inbox holds a message; OutsideError where it cannot be asked, or answers something else."""
        try:
            answer = self.node.request("GET", f"{self.url}/{quote(message_id, safe='@')}/raw")
        except liblore.RemoteError as error:
            raise self._failed(error) from error
        if answer.status_code == 404:
            return False
        named = re.compile(rb"(?im)^message-id:\s*<" + re.escape(message_id.encode()) + rb">")
        if answer.status_code != 200 or not named.search(self.session.body):
            why = "something else than that message" if answer.status_code == 200 else f"status {answer.status_code}"
            raise OutsideError(f"{self.url} answered with {why}.", _RETRY)
        return True

    def _failed(self, error: liblore.RemoteError) -> OutsideError:
        why = error.__cause__
        if not isinstance(why, OutsideError):
            return OutsideError(f"{self.url} answered with status {error.status_code or 'none'}.", _RETRY)
        others = [one for one in self.node.origins if one not in why.message]
        also = f" Nor could its mirrors: {', '.join(others)}." if others else ""
        return OutsideError(why.message + also, why.hint)

    def _damaged(self) -> Fetched:
        body = self.session.body
        if "html" in self.session.kind or body.lstrip()[:1] == b"<":
            raise OutsideError(
                f"{self.url} answered with a web page instead of mail (a check for robots, or a proxy's page).",
                "Open it in a browser to see what it asks for, or name another inbox with --url.",
            )
        mbox, _ = unpack(body, _LARGEST_UNPACKED)
        # The last message of a cut-off answer is not whole: it comes with the next fetch.
        end = mbox.rfind(b"\n\nFrom ")
        mbox = mbox[: end + 2] if end > 0 else b""
        if not mbox:
            raise OutsideError(f"{self.url}: {self.session.cut or 'the answer is not a gzip file'}.", _RETRY)
        return Fetched(mbox, self.session.cut or "the answer ended in the middle")


_RETRY = "Run `patchflow fetch` again later; nothing that is here was changed."
