"""A web endpoint on loopback that speaks b4's protocol, stricter than b4's own server, with faults; and an archive.

It takes what the protocol takes and nothing else: signatures are verified by the real patatt. What it would send to the
lists is kept in `kept` as it would arrive there, and its archive shows just that.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
import os
import re
import signal
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formataddr, getaddresses, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import patatt
from nacl.signing import SigningKey

_POLICY = email.policy.EmailPolicy(utf8=True, cte_type="8bit", max_line_length=None)
_ONCE = ("From", "Date", "Subject", "Message-ID", "To", "X-Developer-Signature", "X-Developer-Key")
_DIFF = re.compile(rb"^(---.*\n\+\+\+|diff --git \w/\S+ \w/\S+|\s*\d+ file.*\d+ (insertion|deletion))", re.M | re.I)


class Refused(Exception):
    """What the endpoint says no with."""


class RelayServer:
    """Messages are counted from 1 as they come in; `fault` acts at message `at`, once.

    Faults: "500", "502 after", "error", "429", "half", "hang", "close before", "close after", "deep", "large", "page",
    "redirect", "new key" (it knows another one by now), and "kill before", "kill after", "kill answered", which end the
    process `victim` names with SIGKILL. With the fault "certificate" a `context` gives way to `stranger`, which nobody
    trusts, from the connection of message `at` on.
    """

    def __init__(self, context: ssl.SSLContext | None = None, stranger: ssl.SSLContext | None = None) -> None:
        self.known: dict[tuple[str, str], dict[str, Any]] = {}
        self.victim: Callable[[], int | None] = lambda: None
        self.context = context
        self.reset()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.post(self)

            def do_GET(self) -> None:
                server.get(self)

            def log_message(self, *args: object) -> None:
                """Nothing."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that went away is no event."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        if context:
            context.sni_callback = lambda own, name, _: self.greet(own, stranger)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_port
        base = f"http{'s' if context else ''}://localhost:{self.port}"
        self.url, self.archive = f"{base}/_b4_submit", f"{base}/list/"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self, fault: str = "", at: int = 0) -> None:
        """Everything but who is known begins anew."""
        self.fault, self.at, self.count = fault, at, 0
        self.kept: list[tuple[bytes, set[str]]] = []
        self.reflected: list[tuple[bytes, set[str]]] = []
        self.challenges: list[EmailMessage] = []
        self.requests: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.archive_works = True
        self.victim = lambda: None

    def greet(self, connection: ssl.SSLObject | ssl.SSLSocket, stranger: ssl.SSLContext | None) -> None:
        """The certificate of a connection."""
        if stranger and self.fault == "certificate" and self.count + 1 >= self.at:
            connection.context = stranger

    def know(self, identity: str, selector: str, public: str) -> None:
        """Takes a key for verified."""
        self.known[identity, selector] = {"pubkey": public, "challenge": None, "verified": True}

    def stop(self) -> None:
        """Closes the port."""
        self.http.shutdown()
        self.http.server_close()

    def ids(self) -> list[str]:
        """The Message-IDs that went to the lists, in order."""
        return [str(email.message_from_bytes(raw)["Message-ID"]).strip("<>") for raw, _ in self.kept]

    # What comes in

    def get(self, asked: BaseHTTPRequestHandler) -> None:
        """The archive: /list/MESSAGE-ID/raw."""
        wanted = unquote(asked.path.removeprefix("/list/").removesuffix("/raw"))
        self.asked.append(wanted)
        found = [raw for (raw, _), own in zip(self.kept, self.ids(), strict=True) if own == wanted]
        if not self.archive_works:
            return self.answer(asked, 500, b"<html>broken</html>")
        return self.answer(asked, 200 if found else 404, b"From mboxrd@z\n" + found[0] if found else b"none")

    def post(self, asked: BaseHTTPRequestHandler) -> None:
        """One request of the protocol."""
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        document = json.loads(body)
        self.requests.append(document)
        action = document.get("action")
        if asked.path != "/_b4_submit" or asked.headers.get_content_type() != "application/json":
            return self.answer(asked, 404, b"not here")
        sending, fault = action in ("receive", "reflect"), ""
        if sending:
            self.count += 1
            if self.count == self.at and self.fault != "certificate":
                fault, self.fault = self.fault, ""
        if fault and not self.before(asked, fault):
            return None
        try:
            actions = {"auth-new": self.auth_new, "auth-verify": self.auth_verify, "receive": self.receive,
                       "reflect": self.receive}  # fmt: skip
            if action not in actions:
                raise Refused(f"Unknown action: {action}")
            said, status, result = actions[action](document), 200, "success"
        except Refused as error:
            said, status, result = str(error), 500, "error"
        whole = json.dumps({"result": result, "message": said}).encode()
        if fault and not self.after(asked, fault, whole):
            return None
        return self.answer(asked, status, whole)

    def before(self, asked: BaseHTTPRequestHandler, fault: str) -> bool:
        """A fault before anything is taken; whether the request goes on."""
        if fault == "500":
            self.answer(asked, 500, b"<html>Internal Server Error</html>")
        elif fault == "error":
            self.answer(asked, 500, json.dumps({"result": "error", "message": "The queue is full."}).encode())
        elif fault == "429":
            self.answer(asked, 429, b"slow down", {"Retry-After": "1"})
        elif fault == "redirect":
            self.answer(asked, 307, b"", {"Location": "https://evil.example.org/"})
        elif fault == "close before":
            self.close(asked)
        elif fault == "new key":
            other = base64.b64encode(SigningKey.generate().verify_key.encode()).decode()
            self.known = {who: {**row, "pubkey": other} for who, row in self.known.items()}
            return True
        elif fault == "kill before":
            self.kill()
            self.close(asked)
        else:
            return True
        return False

    def after(self, asked: BaseHTTPRequestHandler, fault: str, whole: bytes) -> bool:
        """A fault after the message was taken; whether the answer is given all the same."""
        if fault == "502 after":
            self.answer(asked, 502, b"<html>Bad Gateway</html>")
        elif fault == "half":
            self.answer(asked, 200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))})
        elif fault == "hang":
            time.sleep(4)
        elif fault == "deep":
            self.answer(asked, 200, b"[" * 60_000)
        elif fault == "large":
            self.answer(asked, 200, whole[:-1] + b" " * 200_000 + b"}")
        elif fault == "page":
            self.answer(asked, 200, b"<html>success</html>")
        elif fault == "close after":
            self.close(asked)
        elif fault == "kill after":
            self.kill()
            self.close(asked)
        elif fault == "kill answered":
            self.answer(asked, 200, whole)
            asked.wfile.flush()
            self.kill()
        else:
            return True
        return False

    def kill(self) -> None:
        if pid := self.victim():
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    def close(self, asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        asked.connection.shutdown(socket.SHUT_RDWR)

    def answer(
        self, asked: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        asked.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            asked.send_header(name, value)
        asked.end_headers()
        asked.wfile.write(body)
        asked.close_connection = True

    # What it does

    def auth_new(self, document: dict[str, Any]) -> str:
        if set(document) != {"action", "name", "identity", "selector", "pubkey"}:
            raise Refused("Invalid authentication request")
        identity, selector = document["identity"], document["selector"]
        if self.known.get((identity, selector), {}).get("verified"):
            raise Refused(f"i={identity};s={selector} is already authorized")
        word = str(uuid.uuid4())
        self.known[identity, selector] = {"pubkey": document["pubkey"], "challenge": word, "verified": False}
        challenge = EmailMessage()
        challenge["To"], challenge["Subject"] = identity, f"Web endpoint verification for {identity}"
        challenge.set_content(f"Dear {document['name']}:\n\nPaste the following string:\n\n{word}\n")
        self.challenges.append(challenge)
        return f"Challenge generated and sent to {identity}"

    def auth_verify(self, document: dict[str, Any]) -> str:
        raw = document.get("msg", "").encode()
        identity, selector = self.verified(raw, False)
        word = self.known[identity, selector]["challenge"]
        if f"\nverify:{word}\n".encode() not in raw:
            raise Refused(f"Challenge verification for {identity}/{selector} did not match")
        self.known[identity, selector].update(challenge=None, verified=True)
        return f"Challenge verified for {identity}/{selector}"

    def verified(self, raw: bytes, ready: bool) -> tuple[str, str]:
        """Whose signature a mail has, as the real patatt sees it."""
        try:
            message = patatt.PatattMessage(raw)
            (one,) = message.get_sigs()
            identity, selector = one.get_field_as_str("i") or "", one.get_field_as_str("s") or "default"
            known = self.known.get((identity, selector))
            if known is None or known["verified"] is not ready:
                raise Refused("No matching key, please complete web auth first.")
            message.validate(identity, known["pubkey"])
        except (patatt.Error, RuntimeError, ValueError) as error:
            raise Refused(f"Signature validation failed: {error}") from error
        return identity, selector

    def receive(self, document: dict[str, Any]) -> str:
        texts = document.get("messages")
        if set(document) != {"action", "messages"} or not isinstance(texts, list) or not texts:
            raise Refused("Missing the messages array")
        whose = {self.verified(text.encode(), True) for text in texts}
        if len(whose) != 1:
            raise Refused("We only support a single signing identity across patch series.")
        ((identity, selector),) = whose
        for text in texts:
            self.judge(text.encode(), identity)
        for text in texts:
            if document["action"] == "reflect":
                self.reflected.append((_dressed(text.encode()), {identity}))
            else:
                self.kept.append((_dressed(text.encode()), _destinations(text.encode())))
        return f"Sent {len(texts)} messages for {identity}/{selector}"

    def judge(self, raw: bytes, identity: str) -> None:
        """What b4's server wants of a mail, and what nobody should send it."""
        message = email.message_from_bytes(raw, policy=_POLICY)
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        if raw.startswith(b"From ") or message.get("Bcc") or message.defects or b"\r" in raw:
            raise Refused("That is no plain mail.")
        if not re.match(r"(\[[^]]+\])*\[PATCH", str(message["Subject"])) or not _DIFF.search(body):
            raise Refused("This service only accepts patches")
        carried = "8bit" if not body.isascii() else str(message.get("Content-Transfer-Encoding", "8bit"))
        if message.get_content_type() != "text/plain" or carried not in ("7bit", "8bit"):
            raise Refused("This service takes plain text as it is")
        if lacking := [name for name in _ONCE if len(message.get_all(name) or []) != 1]:
            raise Refused(f"Message is missing some required headers, or has them twice: {lacking}")
        if [address for _, address in getaddresses([str(message["From"])])] != [identity]:
            raise Refused(f"From header invalid for identity {identity}: {message['From']}")
        age = datetime.now(UTC) - parsedate_to_datetime(str(message["Date"]))
        if abs(age.total_seconds()) > 600:
            raise Refused(f"Not of today: {message['Date']}")
        if not any(address.endswith("@lists.example.org") for address in _destinations(raw)):
            raise Refused("Destinations must include a mailing list we recognize.")


def _destinations(raw: bytes) -> set[str]:
    message = email.message_from_bytes(raw, policy=_POLICY)
    values = [str(value) for name in ("To", "Cc") for value in message.get_all(name) or []]
    return {address for _, address in getaddresses(values)}


def _dressed(raw: bytes) -> bytes:
    """The mail as it reaches the list: in the relay's name, the sender in Reply-To and, with a patch, in the body."""
    message = email.message_from_bytes(raw, policy=_POLICY)
    ((name, address),) = getaddresses([str(message["From"])])
    relay = formataddr((f"{name} via B4 Relay", f"devnull+{address.replace('@', '.')}@localhost"), charset="utf-8")
    head, _, body = raw.partition(b"\n\n")
    rows = [row for row in re.split(rb"\n(?![ \t])", head) if not row.lower().startswith(b"from:")]
    rows += [f"From: {relay}".encode(), f"X-Original-From: {formataddr((name, address), charset='utf-8')}".encode(),
             f"Reply-To: <{address}>".encode()]  # fmt: skip
    if not body.startswith(b"From: ") and b"\ndiff --git " in body:
        body = f"From: {name} <{address}>\n\n".encode() + body
    return b"\n".join(rows) + b"\n\n" + body
