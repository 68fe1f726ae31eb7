"""An SMTP server on loopback with faults: it refuses, hangs up, hangs, or kills the sender at a chosen message."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class FaultyServer:
    """Counts messages by their MAIL FROM, from 1. `fault` acts at message `at`; afterwards everything goes well.

    Faults: "451 mail", "550 rcpt", "550 data", "close after data", "hang after data", and "kill mail",
    "kill data", "kill done", which end the process `victim` names with SIGKILL.
    """

    def __init__(self, fault: str = "", at: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.fault, self.at, self.context = fault, at, context
        self.later: ssl.SSLContext | None = None  # shown to connections that are made for message `at`, and after
        self.count = 0
        self.kept: list[bytes] = []
        self.interrupts = False  # ^C in the victim's terminal, to its whole process group, instead of SIGKILL
        self.victim: Callable[[], int | None] = lambda: None
        self.lock = threading.Lock()
        self.talking: set[object] = set()  # connections that are open
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        server = self

        class Talk(SMTP):
            def connection_made(self, transport: Any) -> None:
                server.talking.add(self)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                server.talking.discard(self)
                super().connection_lost(error)

        class Faulty(Controller):
            def factory(self) -> SMTP:
                changed = server.later and server.count >= server.at - 1
                context = server.later if changed else server.context
                return Talk(self.handler, tls_context=context, require_starttls=bool(context))

        self.controller = Faulty(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def _due(self, what: str) -> bool:
        if self.fault == what and self.count == self.at:
            self.fault = ""
            return True
        return False

    def _kill(self) -> None:
        pid = self.victim()
        if pid and self.interrupts:
            os.killpg(pid, signal.SIGINT)
        elif pid:
            os.kill(pid, signal.SIGKILL)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.count += 1
        if self._due("451 mail"):
            return "451 4.3.0 try again later"
        if self._due("kill mail"):
            self._kill()
            await asyncio.sleep(0.1)
        if self.fault == "kill done" and self.count == self.at + 1:
            self.fault = ""
            self._kill()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self._due("550 rcpt"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self._due("550 data"):
            return "550 5.7.1 not wanted"
        with self.lock:
            self.kept.append(envelope.content)
        if self._due("close after data"):
            server.transport.abort()
            return "250 never heard"
        if self._due("hang after data"):
            await asyncio.sleep(15)
        if self._due("kill data"):
            self._kill()
            await asyncio.sleep(0.1)
        return "250 kept"

    def ids(self) -> list[str]:
        """The Message-IDs that were taken, in order."""
        found = []
        for mail in self.kept:
            for line in mail.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
                if line.lower().startswith(b"message-id:"):
                    found.append(line.split(b":", 1)[1].strip(b" <>").decode())
        return found

    def stop(self) -> None:
        """Closes the port."""
        self.controller.stop()
