"""A key to sign with, and the real patatt as the judge of what was signed."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import patatt
from nacl.signing import SigningKey

from tests.conftest import git

IDENTITY = "ada@example.org"


def make_key(folder: Path, name: str = "test", section: str = "", identity: str = IDENTITY) -> str:
    """An ed25519 key where patatt keeps keys, named in the git config of `folder`; its public half."""
    key = SigningKey.generate()
    public = base64.b64encode(key.verify_key.encode())
    data = Path(os.environ["HOME"]) / ".local/share/patatt"
    for path, content in (
        (data / "private" / f"{name}.key", base64.b64encode(bytes(key))),
        (data / "public" / patatt.make_pkey_path("ed25519", identity, name), public),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    where = f"patatt.{section}." if section else "patatt."
    git(folder, "config", f"{where}signingkey", f"ed25519:{name}")
    git(folder, "config", f"{where}selector", name)
    return public.decode()


def verdicts(raw: bytes, public: str) -> list[str]:
    """What patatt says of a mail's signatures by the key: "" for one that holds, else why not."""
    message = patatt.PatattMessage(raw)
    if not message.signed:
        return ["it is not signed"]
    found = []
    for one in message.get_sigs():
        try:
            message.validate(one.get_field_as_str("i") or "", public)
            found.append("")
        except (patatt.Error, RuntimeError, ValueError) as error:
            found.append(str(error) or type(error).__name__)
    return found


def signed_part(raw: bytes) -> bytes:
    """What of a mail is signed: the body, From, Subject and Message-ID as patatt reads them, and the signature's own
    header."""
    message = patatt.PatattMessage(raw)
    message.git_canonicalize()
    assert message.canon_headers is not None and message.canon_body is not None
    wanted = (b"from:", b"subject:", b"message-id:", b"x-developer-signature:")
    rows = [row for row in message.canon_headers if row.lower().startswith(wanted)]
    # Of runs of blanks one counts, and in the signature itself, which is base64, none.
    flat = [b" ".join(row.partition(b":")[2].split()) for row in rows[:-1]] + [b"".join(rows[-1].split())]
    return b"\n".join(flat) + b"\n\n" + message.canon_body
