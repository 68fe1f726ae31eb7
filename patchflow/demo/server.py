"""An SMTP server on loopback that keeps every message it is given as a file."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path
from typing import Any

from patchflow.errors import MissingError


class LoopbackServer:
    """Listens on 127.0.0.1 on a port of its own; delivered messages are `0001.eml`, `0002.eml` … in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.lock = threading.Lock()
        try:
            from aiosmtpd.controller import Controller
        except ImportError as error:
            raise MissingError(
                "The demo's mail server needs aiosmtpd.", "Run `make setup`, or `pip install 'patchflow[demo]'`."
            ) from error
        folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keeps one message; its envelope goes into headers of its own."""
        with self.lock:
            self.count += 1
            path = self.folder / f"{self.count:04d}.eml"
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        path.write_bytes(head.encode() + envelope.content)
        return "250 kept"

    def messages(self) -> list[bytes]:
        """Every message so far, oldest first, with \\n line ends."""
        return [path.read_bytes().replace(b"\r\n", b"\n") for path in sorted(self.folder.glob("*.eml"))]

    def stop(self) -> None:
        """Closes the port."""
        self.controller.stop()


def _free_port() -> int:
    """A port nobody listens on now: aiosmtpd wants to know it beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def header(message: bytes, name: str) -> str:
    """One header of a message, unfolded."""
    head = re.sub(rb"\n[ \t]+", b" ", message.partition(b"\n\n")[0])
    match = re.search(rb"(?im)^" + name.encode() + rb":[ \t]*(.*)$", head)
    return match[1].decode("utf-8", "replace").strip() if match else ""
