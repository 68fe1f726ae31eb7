"""The one HTTP session: deadlines, bounds, redirects and credentials as a hostile server would have them tested.

A server may be slow, lie about lengths, send back anything, or point elsewhere. Whatever it does ends in an answer that
is whole, an answer whose end is known to be missing, or an OutsideError of one sentence.
"""

from __future__ import annotations

import hashlib
import ipaddress
import netrc
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from patchflow.adapters.files import write_atomic
from patchflow.adapters.paths import cache_path
from patchflow.errors import OutsideError
from patchflow.named_tuple import NamedTuple

_EXCHANGE = 25.0  # seconds for a whole exchange, redirects included
_LEAST_RATE = 1 << 15  # bytes a second that earn a large answer more time
_LONGEST_WAIT = 60.0  # seconds that are waited in all for servers that say `later`
_LONGEST_ALONE = 86400.0  # seconds that a server is believed to want to be left alone
_ATTEMPTS = 4
_HOPS = 5
_CHUNK = 1 << 16
# A thread of 1,000 mails is some megabytes packed; more than this is no answer to our question.
_LARGEST = 256 << 20
_LATER = (429, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)


_PRIVATE = "its address is in a private network, where nobody but you may lead"
_NAME_IT = "Where that host is right, name it in the URL."


class Unreachable(OutsideError, requests.ConnectionError):
    """No answer could be had of a host; as requests' own error too, so that liblore goes on to the next it knows."""


class _Clock:
    """Ends every connection of one exchange when its time is up, whatever the server is just doing.

    A time-out of a socket is for each read, so a server that sends a byte a second would never meet it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sockets: list[socket.socket] = []
        self.until = 0.0
        self.over = False
        self.foreign = False  # a host that the user did not name: its address must be a public one
        self.timer: threading.Timer | None = None

    def start(self, seconds: float, foreign: bool = False) -> None:
        """Begins an exchange of this many seconds."""
        self.stop()
        self.until, self.over, self.foreign = time.monotonic() + seconds, False, foreign
        self._arm()

    def _arm(self) -> None:
        self.timer = threading.Timer(max(0.0, self.until - time.monotonic()), self._ring)
        self.timer.daemon = True
        self.timer.start()

    def _ring(self) -> None:
        with self.lock:
            if time.monotonic() < self.until - 0.01:
                self._arm()  # more time was earned meanwhile
                return
            self.over = True
            for one in self.sockets:
                _shut(one)

    def watch(self, connection: socket.socket) -> None:
        """Takes a new connection in; OSError where it leads to where only the user may lead."""
        if self.foreign and not ipaddress.ip_address(connection.getpeername()[0].split("%")[0]).is_global:
            raise OSError(_PRIVATE)
        with self.lock:
            self.sockets.append(connection.dup())  # TLS takes the socket itself; a copy can still end it
            if self.over:
                _shut(connection)

    def stop(self) -> None:
        """The exchange has ended."""
        if self.timer:
            self.timer.cancel()
        with self.lock:
            for one in self.sockets:
                one.close()
            self.sockets = []


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Connections that the session's clock can end."""

    def __init__(self, clock: _Clock) -> None:
        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                made = super()._new_conn()
                clock.watch(made)
                return made

        class Tls(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                made = super()._new_conn()
                clock.watch(made)
                return made

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        self._pools = {"http": PlainPool, "https": TlsPool}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """The pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The pools of connections through a proxy that the user's environment names."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _NoCredentials(AuthBase):
    """Keeps requests from looking for credentials by itself: it would send those of `default` to any host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class GuardedSession(requests.Session):
    """Asks again where a server says `later`, never waits longer than a minute in all, and trusts nothing it hears.

    `hosts` are further hosts that the user named: a redirect may lead there, else only to the host that was asked.
    `exchange` is the time of a whole exchange in seconds (0: the usual), `largest` the most bytes of a body.
    Credentials come from the user's .netrc where it names the host, over https, and never after a redirect.
    `later` are the statuses that are asked again by themselves: none where that could do a thing twice.
    With `foreign` even the first host was not named by the user either (a tree's MAINTAINERS or a commit names it): it
    must be a public one, and gets no credentials.
    `body` holds what the last answer brought, `kind` its type, `cut` why it ended early ("" where it did not).
    """

    def __init__(
        self,
        hosts: Collection[str] = (),
        *,
        exchange: float = 0.0,
        largest: int = _LARGEST,
        wait: Callable[[float], None] = time.sleep,
        longest_wait: float = _LONGEST_WAIT,
        foreign: bool = False,
        later: Collection[int] = _LATER,
    ) -> None:
        super().__init__()
        self.later = later
        self.foreign = foreign
        self.hosts, self.exchange, self.largest = frozenset(hosts), exchange or _EXCHANGE, largest
        self.wait, self.left = wait, longest_wait
        self.body, self.kind, self.cut = b"", "", ""
        self.auth = _NoCredentials()
        self.headers.update({"User-Agent": "patchflow", "Accept-Encoding": "identity"})
        self._clock = _Clock()
        self.mount("http://", _Adapter(self._clock))
        self.mount("https://", _Adapter(self._clock))

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """One request with its repetitions and redirects; the body is read here, whole or as far as it came.

        OutsideError where no answer could be had.
        """
        kwargs.update(stream=True, allow_redirects=False)
        kwargs.setdefault("timeout", (5.0, 20.0))
        if self.later and (left := _left_alone(str(url)) - time.time()) > 0:
            raise Unreachable(
                f"{_host(url)} asked to be left alone, for {left:.0f} s yet.",
                "Try again after that; nothing that is here was changed.",
            )
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self._exchange(str(method), str(url), *args, **kwargs)
            if answer.status_code not in self.later:
                break
            asked = asked_to_wait(answer)
            if asked and asked > self.left:
                _leave_alone(str(url), asked)
            if attempt == _ATTEMPTS or self.left <= 0:
                break
            pause = 0.5 * 2**attempt if asked is None else asked
            if pause > self.left:
                raise Unreachable(
                    f"{_host(url)} asks to wait {min(pause, 1e9):.0f} s before the next request "
                    f"(status {answer.status_code}).",
                    "Try again after that; nothing that is here was changed.",
                )
            self.left -= pause
            self.wait(pause)
        return answer

    def _exchange(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        self._clock.start(self.exchange, self.foreign)
        try:
            first = at = urlsplit(url)
            for hop in range(_HOPS + 1):
                kwargs["auth"] = _NoCredentials() if hop or self.foreign else _credentials(at)
                answer = super().request(method, at.geturl(), *args, **kwargs)
                self._read(answer)
                if answer.status_code not in _MOVED or method not in ("GET", "HEAD"):
                    return answer
                at = self._next(first, at, answer.headers.get("Location", ""))
            raise OutsideError(f"{_host(url)} redirects without end.", "Try again later.")
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            why = f"no whole answer within {self.exchange:.0f} s" if self._clock.over else _plain(error)
            raise Unreachable(
                f"{_host(url)} could not be asked: {why}.",
                _NAME_IT if _PRIVATE in why else "Try again later; nothing that is here was changed.",
            ) from error
        finally:
            self._clock.stop()

    def _next(self, first: SplitResult, at: SplitResult, location: str) -> SplitResult:
        """Where a redirect leads; OutsideError where it may not lead there."""
        to = urlsplit(urljoin(at.geturl(), location))
        same = to.hostname == first.hostname and to.port in (first.port, at.port)
        named = same or (to.hostname or "") in self.hosts
        safe = to.scheme == "https" or (to.scheme == "http" and at.scheme == "http")
        if not location or not named or not safe or to.username or to.password:
            raise OutsideError(
                f"{_host(first.geturl())} redirects to {location[:200] or 'nowhere'!r}, which is not followed: "
                "only the host that was asked, or one you named, is.",
                _NAME_IT,
            )
        self._clock.foreign = self._clock.foreign or to.hostname != first.hostname
        return to

    def _read(self, answer: requests.Response) -> None:
        self.cut, self.kind = "", answer.headers.get("Content-Type", "")
        blob = bytearray()
        try:
            for chunk in answer.raw.stream(_CHUNK, decode_content=False):
                blob += chunk
                self._clock.until += len(chunk) / _LEAST_RATE
                if len(blob) > self.largest:
                    self.cut = "the answer is larger than what was asked for can be, the rest was not read"
                    break
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            why = "its time was up" if self._clock.over else _plain(error)
            self.cut = f"the answer was cut off after {len(blob):,} bytes ({why})"
        told = answer.headers.get("Content-Length", "")
        if not self.cut and told.isdecimal() and answer.request.method != "HEAD" and int(told[:20]) > len(blob):
            self.cut = f"the answer was cut off after {len(blob):,} of {int(told[:20]):,} bytes"
        self.body = bytes(blob)
        if not _fits(self.body, self.largest):
            raise OutsideError(
                f"{_host(answer.url)}: the answer would unpack to more than {self.largest >> 20:,} MB.",
                "No mail or page is that large; ask whoever runs that server.",
            )
        answer._content = self.body  # what requests itself would have read
        answer._content_consumed = True  # type: ignore[attr-defined]
        answer.close()


class Page(NamedTuple):
    """A page's text, and by which headers the server can be asked whether it changed: ETag and Last-Modified."""

    text: str
    tag: str = ""
    changed: str = ""


def fetch_text(url: str, *, exchange: float, largest: int, foreign: bool = False, known: Page | None = None) -> Page:
    """A page as text; `exchange` in seconds, `largest` in bytes, packed and unpacked. OutsideError where it fails.

    `foreign`: the user did not name the host. `known`: the page of last time, which comes back where the server says
    that it did not change (RFC 9110, section 13).
    """
    session = GuardedSession(exchange=exchange, largest=largest, longest_wait=0.0, foreign=foreign)
    asked = {"If-None-Match": known.tag, "If-Modified-Since": known.changed} if known else {}
    answer = session.request("GET", url, headers={name: value for name, value in asked.items() if value})
    if answer.status_code == 304 and known:
        return known
    if answer.status_code != 200:
        error = OutsideError(f"{_host(url)} answered with status {answer.status_code}.", "Try again later.")
        error.wait = asked_to_wait(answer) or 0.0
        raise error
    if session.cut:
        raise OutsideError(f"{_host(url)}: {session.cut}.", "Try again later.")
    coding, body = answer.headers.get("Content-Encoding", "identity").strip().lower(), session.body
    if coding in ("gzip", "x-gzip"):
        body, whole = unpack(body, largest)
        if not whole:
            raise OutsideError(f"{_host(url)}: the answer is damaged, or too large unpacked.", "Try again later.")
    elif coding not in ("", "identity"):
        raise OutsideError(f"{_host(url)} answered in the encoding {coding[:40]!r}, which was not asked for.")
    # Only text's own charsets: Python also knows codecs that unpack, or read escapes.
    latin = "iso-8859-1" in session.kind.lower()
    text = body.decode("latin-1" if latin else "utf-8", "replace")
    return Page(text, _header(answer, "ETag"), _header(answer, "Last-Modified"))


def _header(answer: requests.Response, name: str) -> str:
    """A header that may be sent back as it came: short, printable ASCII; "" for any other."""
    value = answer.headers.get(name, "").strip()
    return value if len(value) <= 200 and value.isascii() and value.isprintable() else ""


def unpack(packed: bytes, most: int) -> tuple[bytes, bool]:
    """The content of a gzip file of any number of members, and whether it is whole: undamaged, ended, within `most`
    bytes. Of one that is not, what could be unpacked comes back.
    """
    out = bytearray()
    try:
        for piece in _pieces(packed):
            out += piece
            if len(out) > most:
                return bytes(out[:most]), False
    except (zlib.error, EOFError):
        return bytes(out), False
    return bytes(out), bool(out)


def _fits(packed: bytes, most: int) -> bool:
    """Whether a gzip file, whoever unpacks it later, stays within `most` bytes; keeps nothing of it."""
    size = 0
    with suppress(zlib.error, EOFError):  # what is damaged is found out by who unpacks it
        for piece in _pieces(packed) if packed[:2] == b"\x1f\x8b" else ():
            size += len(piece)
            if size > most:
                return False
    return True


def _pieces(packed: bytes) -> Iterator[bytes]:
    """The content of a gzip file in pieces of a megabyte; zlib.error or EOFError where it is damaged or cut off."""
    while packed:
        member = zlib.decompressobj(31)
        while not member.eof:
            if not packed:
                raise EOFError
            yield member.decompress(packed, 1 << 20)
            packed = member.unconsumed_tail
        packed = member.unused_data.lstrip(b"\0")


def _credentials(at: SplitResult) -> AuthBase:
    """What the user's URL, or .netrc by this host's name, gives for it; nothing over plain http."""
    if at.scheme != "https" or not at.hostname:
        return _NoCredentials()
    if at.username:
        return HTTPBasicAuth(unquote(at.username), unquote(at.password or ""))
    try:
        found = netrc.netrc().hosts.get(at.hostname)  # not authenticators(): that takes `default` too
    except (OSError, netrc.NetrcParseError, UnicodeError):
        found = None
    return HTTPBasicAuth(found[0] or "", found[2] or "") if found else _NoCredentials()


def _plain(error: BaseException) -> str:
    """The reason in a word or two, without the libraries' own nesting."""
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within its time"
    if isinstance(error, requests.Timeout):
        return "no answer within its time"
    text = str(error)
    for sign, meaning in (
        (_PRIVATE, _PRIVATE),
        ("Name or service not known", "no such host"),
        ("nodename nor servname", "no such host"),
        ("Temporary failure in name resolution", "its name could not be resolved"),
        ("Connection refused", "the connection was refused"),
        ("timed out", "no answer within its time"),
        ("certificate", "its certificate is not trusted"),
        ("RemoteDisconnected", "it closed the connection without an answer"),
        ("Connection reset", "it closed the connection"),
        ("Connection broken", "the connection broke"),
        ("got more than", "too many or too long headers"),
        ("headers", "its headers cannot be read"),
        ("status line", "what it said is not HTTP"),
    ):
        if sign in text:
            return meaning
    return f"what it answered is not understood ({type(error).__name__})"


def _left_alone(url: str) -> float:
    """Until when the host of an address asked to be left alone, whoever asks, in seconds since 1970; 0.0 where it did
    not, or for longer than anybody is believed."""
    try:
        until = _alone(url).stat().st_mtime
    except (OSError, ValueError):
        return 0.0
    return until if until < time.time() + _LONGEST_ALONE else 0.0


def _leave_alone(url: str, seconds: float) -> None:
    with suppress(OSError, ValueError):  # a cache that cannot be written is no reason to fail
        write_atomic(_alone(url), b"")
        until = time.time() + min(seconds, _LONGEST_ALONE - 1)
        os.utime(_alone(url), (until, until))


def _alone(url: str) -> Path:
    at = urlsplit(url)
    host = f"{at.scheme}://{at.hostname}:{at.port}"
    return Path(cache_path()) / "left-alone" / hashlib.sha256(host.encode()).hexdigest()


def asked_to_wait(answer: requests.Response) -> float | None:
    """Seconds of a Retry-After header, a number or a date; None where there is none."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text[:12])
    try:
        when = parsedate_to_datetime(text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _host(url: object) -> str:
    """The address as it may be shown: without credentials, and short."""
    try:
        parts = urlsplit(str(url))
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"[:200]
    except ValueError:
        return "the address"
