"""A web endpoint that takes signed mails over https (b4's send endpoint, as kernel.org runs one), for who has no SMTP.

One request a message: the endpoint says one word about a request, and who asks again wants to know of which message.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from patchflow.adapters.http import GuardedSession, asked_to_wait
from patchflow.adapters.mail.send_email import REFUSED, SENT, UNKNOWN
from patchflow.domain.envelope import Fate
from patchflow.errors import OutsideError, PatchflowError
from patchflow.formats.endpoint import check_url
from patchflow.formats.mail.envelope import addresses_in, differences

_LARGEST = 1 << 16  # bytes of an answer: a word and a sentence
_LONGEST_WAIT = 60.0  # seconds that are waited in all where it says `later`
_SAID = 300  # characters of its sentence that are kept


class Endpoint:
    """An endpoint by its URL. With `reflect` it sends everything to the signer alone."""

    def __init__(self, url: str, timeout: float = 180.0, *, reflect: bool = False) -> None:
        """`timeout` is how many seconds one message may take. UsageError where the URL is none, or plain http."""
        self.url, self.timeout, self.action = check_url(url), timeout, "reflect" if reflect else "receive"
        self.wait: Callable[[float], None] = time.sleep

    def need(self) -> None:
        """Nothing else has to be installed."""

    def send(
        self, files: Sequence[Path], before: Callable[[int], None], after: Callable[[int, Fate], None],
        expected: Sequence[Collection[str]], bcc: Sequence[str] = (), renames: bool = False,
    ) -> None:  # fmt: skip
        """Hands the files over in order, each in a request of its own; see SendEmail.send. No endpoint renames mails.

        Whom a file goes to is what stands in its To and Cc; PatchflowError where that is not what was shown.
        """
        for number, (path, shown) in enumerate(zip(files, expected, strict=True)):
            raw = path.read_bytes()
            differs = differences(shown, addresses_in(raw)) if self.action == "receive" else ""
            if differs or bcc:
                raise PatchflowError(
                    f"The endpoint would not do what was shown: it would {differs or 'leave out Bcc'}.",
                    "That message and those after it were not sent.",
                )
            before(number)
            fate = self._fate({"action": self.action, "messages": [raw.decode("utf-8")]})
            after(number, fate)
            if fate.state != SENT:
                return

    def auth_new(self, name: str, identity: str, selector: str, public: str) -> str:
        """Asks for a challenge, which comes by mail to `identity`; what the endpoint says. OutsideError where it does
        not do that."""
        return self._done({"action": "auth-new", "name": name, "identity": identity, "selector": selector,
                           "pubkey": public})  # fmt: skip

    def auth_verify(self, signed: bytes) -> str:
        """Hands over the signed challenge; what the endpoint says. OutsideError where it does not take it."""
        return self._done({"action": "auth-verify", "msg": signed.decode("utf-8")})

    def _done(self, document: dict[str, Any]) -> str:
        fate = self._fate(document)
        if fate.state != SENT:
            raise OutsideError(f"{self.url} did not do it: {fate.detail}.", "Nothing was changed here.")
        return fate.detail

    def _fate(self, document: dict[str, Any]) -> Fate:
        waited = 0.0
        while True:
            session = GuardedSession(exchange=self.timeout, largest=_LARGEST, later=())
            # A kept connection that ended meanwhile would look as if a message were lost on it.
            session.headers["Connection"] = "close"
            try:
                answer = session.request("POST", self.url, json=document, timeout=(10.0, self.timeout))
            except OutsideError as error:
                return Fate(REFUSED if _never_left(error.__cause__) else UNKNOWN, error.message)
            if answer.status_code != 429:
                return _judged(answer, session.body, session.cut)
            pause = asked_to_wait(answer)
            pause = 2.0 if pause is None else max(pause, 0.1)
            if waited + pause > _LONGEST_WAIT:
                return Fate(REFUSED, f"it asks to wait {min(pause, 1e9):.0f} s before the next message (status 429)")
            waited += pause
            self.wait(pause)


def _judged(answer: requests.Response, body: bytes, cut: str) -> Fate:
    """What an answer means for the message it is about."""
    status = answer.status_code
    result, said = _read(body) if not cut else ("", "")
    if status == 200 and result == "success":
        return Fate(SENT, said or "taken")
    if result == "error":  # said before anything leaves there; what fails later has no such answer
        return Fate(REFUSED, said or f"it refused (status {status})")
    if 300 <= status < 400:
        return Fate(REFUSED, f"it redirects to {answer.headers.get('Location', '')[:200]!r}, which is not followed")
    if 400 <= status < 500 and status != 408:
        return Fate(REFUSED, f"it refused (status {status})")
    return Fate(UNKNOWN, cut or f"its answer says neither yes nor no (status {status})")


def _read(body: bytes) -> tuple[str, str]:
    """The word and the sentence of an answer; "" for each that is not there."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(document, dict):
        return "", ""
    result, said = document.get("result"), document.get("message")
    return (result if isinstance(result, str) else "", " ".join(said.split())[:_SAID] if isinstance(said, str) else "")


def _never_left(error: BaseException | None) -> bool:
    """Whether an exchange failed before the request could be written: no connection, or not with whom was meant."""
    early = (NewConnectionError, ConnectTimeoutError, requests.ConnectTimeout, ssl.SSLCertVerificationError,
             requests.exceptions.InvalidURL)  # fmt: skip
    return any(isinstance(one, early) for one in _inner(error, 8))


def _inner(error: object, most: int) -> Iterator[BaseException]:
    """An error and those it was made of."""
    if not isinstance(error, BaseException) or not most:
        return
    yield error
    for one in (*error.args, getattr(error, "reason", None), error.__cause__, error.__context__):
        yield from _inner(one, most - 1)
