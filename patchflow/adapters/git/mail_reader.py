"""Mails as git's own reader takes them apart: what `git am` would make of them. The commit-msg hook waits for this."""

from __future__ import annotations

import os
import re
from binascii import b2a_base64

from patchflow import lazy_re
from patchflow.adapters.quick_process import output_of
from patchflow.formats.patch.received import Loss, Received, losses, stripped

_INFO = lazy_re.compile(rb"(?:\A|\n)Author: ([^\n]*)\nEmail: ([^\n]*)\nSubject: ([^\n]*)\n(?:Date: ([^\n]*)\n)?\n*\Z")
# Maintainers may have scissors on; the quoted CR is kept, as it is by default.
_MAILINFO = ("git", "-c", "mailinfo.quotedCr=nowarn", "mailinfo", "--encoding=UTF-8", "--scissors", "/dev/stdout")
_MAY_SPLIT = b"\nFrom "


def received(mail: bytes, with_diff: bool = False) -> list[Received]:
    """The patches `git am` finds in a mail: one, unless a line of it is taken for the beginning of another mail."""
    return [_read(part, with_diff) for part in split_mails(mail)]


def split_mails(raw: bytes) -> list[bytes]:
    """The mails of a mailbox as `git mailsplit` splits them; a file without `From ` lines is one mail."""
    if _MAY_SPLIT not in b"\n" + raw[5:]:
        return [raw.replace(b"\r\n", b"\n")]  # as mailsplit does
    import tempfile

    with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
        code, _ = output_of(["git", "mailsplit", "-d6", "-b", f"-o{folder}"], 120, raw)
        if code != 0:
            return [raw]
        parts = []
        for name in sorted(os.listdir(folder)):
            with open(f"{folder}/{name}", "rb") as file:
                parts.append(file.read())
        return parts


def _read(mail: bytes, with_diff: bool) -> Received:
    if not with_diff:
        return _received(output_of([*_MAILINFO, os.devnull], 60, mail)[1], b"")
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="patchflow-") as file:
        out = output_of([*_MAILINFO, file.name], 60, mail)[1]
        with open(file.name, "rb") as diff:
            return _received(out, diff.read())


def _received(out: bytes, diff: bytes) -> Received:
    match = _INFO.search(out)
    if match is None:
        return Received(b"", b"", b"", out, diff)
    name, email, title, date = match.groups(b"")
    return Received(name, email, date, stripped(title + b"\n\n" + out[: match.start()]), diff)


def mail_of_message(name: str, email: str, message: str) -> bytes:
    """A message as git format-patch would mail it, with a diff to nothing."""
    head, _, body = message.lstrip("\n").partition("\n\n")
    title = " ".join(head.split("\n"))
    rows = [
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001",
        f"From: {_name(name)} <{email}>", "Date: Thu, 1 Jan 2026 00:00:00 +0000",
        f"Subject: [PATCH] {_words(title)}",
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit",
        "", body.strip("\n"), "---", "", "diff --git a/x b/x", "",
    ]  # fmt: skip
    return "\n".join(rows).encode("utf-8", "surrogateescape")


def losses_of(name: str, email: str, message: str) -> list[Loss]:
    """What of a commit's author and message `git am` would lose or change, reading it out of a mail."""
    own = Received(*(text.encode("utf-8", "surrogateescape") for text in (name, email, "", message)))
    return losses(own, received(mail_of_message(name, email, message)))


def _words(text: str) -> str:
    """Text of a header as git encodes it (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        return text
    return f"=?UTF-8?b?{b2a_base64(text.encode('utf-8', 'surrogateescape'), newline=False).decode()}?="


def _name(name: str) -> str:
    """A name of a header: encoded, or quoted where a character means something in an address."""
    words = _words(name)
    if words == name and re.search(r'[()<>\[\]:;@\\,."]', name):
        return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return words
