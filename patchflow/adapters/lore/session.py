"""An HTTP session with the patience liblore lacks: Retry-After is waited for, a cut-off answer keeps what arrived."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from patchflow.errors import OutsideError

_LONGEST_WAIT = 60.0
_ATTEMPTS = 4
_CHUNK = 1 << 16
# A thread of 1,000 mails is some megabytes packed; more than this is no answer to our question.
_LARGEST = 256 << 20


class PatientSession(requests.Session):
    """Asks again where a server says `later`, and never waits longer than a minute in all.

    `body` holds what the last answer brought, `cut` why it ended early ("" where it did not).
    """

    def __init__(self, wait: Callable[[float], None] = time.sleep, longest_wait: float = _LONGEST_WAIT) -> None:
        super().__init__()
        self.wait = wait
        self.left = longest_wait
        self.body = b""
        self.kind = ""
        self.cut = ""
        self.mount("http://", HTTPAdapter(max_retries=0))
        self.mount("https://", HTTPAdapter(max_retries=0))

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """One request with its repetitions; the answer's body is read here, whole or as far as it came."""
        kwargs["stream"] = True
        kwargs.setdefault("timeout", (5.0, 30.0))
        answer = super().request(method, url, *args, **kwargs)
        for attempt in range(1, _ATTEMPTS):
            if answer.status_code not in (429, 502, 503, 504):
                break
            pause = _asked_for(answer)
            pause = 0.5 * 2**attempt if pause is None else pause
            if pause > self.left:
                raise OutsideError(
                    f"{_host(url)} asks to wait {pause:.0f} s before the next request (status {answer.status_code}).",
                    "Run `patchflow fetch` again after that; nothing that is here was changed.",
                )
            answer.close()
            self.left -= pause
            self.wait(pause)
            answer = super().request(method, url, *args, **kwargs)
        self._read(answer)
        return answer

    def _read(self, answer: requests.Response) -> None:
        self.cut, self.kind = "", answer.headers.get("Content-Type", "")
        blob = bytearray()
        try:
            for chunk in answer.raw.stream(_CHUNK, decode_content=False):
                blob += chunk
                if len(blob) > _LARGEST:
                    self.cut = "the answer is larger than any thread, the rest was not read"
                    break
        except Exception as error:  # noqa: BLE001 - urllib3 raises many kinds; each means that the answer ended here
            self.cut = f"the answer was cut off after {len(blob):,} bytes ({type(error).__name__})"
        told = answer.headers.get("Content-Length", "")
        if not self.cut and told.isdigit() and int(told) > len(blob) and answer.request.method != "HEAD":
            self.cut = f"the answer was cut off after {len(blob):,} of {int(told):,} bytes"
        self.body = bytes(blob)
        answer._content = self.body  # what requests itself would have read
        answer._content_consumed = True  # type: ignore[attr-defined]
        answer.close()


def _asked_for(answer: requests.Response) -> float | None:
    """Seconds of a Retry-After header, a number or a date; None where there is none."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _host(url: object) -> str:
    return str(url).split("/")[2] if "//" in str(url) else str(url)
