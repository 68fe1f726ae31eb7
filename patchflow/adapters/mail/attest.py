"""What signatures of a mail say, where the libraries that read them are installed: patatt's, and DKIM's.

Neither is a dependency: who has b4 has patatt, `liblore[auth]` brings dkimpy. Without them nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from importlib import import_module
from pathlib import Path
from typing import Any

_DNS_SECONDS = 5
_PATATT, _DKIM = "X-Developer-Signature", "DKIM-Signature"
_MOST = 1 << 22  # bytes of a mail that is looked at
# What parsers of strangers' headers raise besides errors of their own.
_BROKEN = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One signature: of which kind (patatt, dkim), whose it claims to be, and what came of it: good, bad, no key, or
    unreadable. `foreign`: who signed is not who sent the mail."""

    kind: str
    identity: str
    result: str
    foreign: bool = False


def verdicts(raw: bytes, git_dir: Path, sources: Sequence[str] = (), dns: bool = False) -> list[Verdict]:
    """The verdicts on a mail's signatures. Keys of patatt are looked for in the sources the user configured and in the
    tree's keyrings (`.keys`, refs/meta/keyring); DKIM is judged with `dns` only, because its keys stand there."""
    headers = BytesHeaderParser().parsebytes(raw)
    if len(raw) > _MOST:
        return []
    sender = parseaddr(str(headers.get("From", "")))[1].lower()
    found = _patatt(raw, git_dir, sources, sender) if _PATATT in headers else []
    return found + (_dkim(raw, sender) if dns and _DKIM in headers else [])


def _library(name: str) -> Any:
    with suppress(ImportError):
        return import_module(name)
    return None


def _patatt(raw: bytes, git_dir: Path, sources: Sequence[str], sender: str) -> list[Verdict]:
    library = _library("patatt")
    if library is None:
        return []
    keyrings = [*sources, f"ref:{git_dir}::.keys", f"ref:{git_dir}::.local-keys", f"ref:{git_dir}:refs/meta/keyring:"]
    try:
        rows = library.validate_message(raw.replace(b"\r\n", b"\n"), keyrings)
    except (library.Error, *_BROKEN):
        return [Verdict("patatt", "", "unreadable")]
    words = {library.RES_VALID: "good", library.RES_NOKEY: "no key", library.RES_BADSIG: "bad"}
    return [
        Verdict("patatt", str(identity or ""), words.get(code, "unreadable"), str(identity or "").lower() != sender)
        for code, identity, *_ in rows
    ]


def _dkim(raw: bytes, sender: str) -> list[Verdict]:
    library = _library("dkim")
    if library is None:
        return []
    keys: list[bytes | None] = []

    def key_of(name: bytes, timeout: float = _DNS_SECONDS) -> bytes | None:
        keys.append(library.get_txt(name, timeout))
        return keys[-1]

    try:
        signed = library.DKIM(raw, timeout=_DNS_SECONDS)
        holds = signed.verify(dnsfunc=key_of)
        domain = (signed.domain or b"").decode("ascii", "replace")
    except library.DnsTimeoutError:
        return [Verdict("dkim", "", "no key")]
    except library.ValidationError as error:  # of a changed body it says so, instead of giving an answer
        return [Verdict("dkim", "", "bad" if "body hash mismatch" in str(error) else "unreadable")]
    except (library.DKIMException, *_BROKEN):
        return [Verdict("dkim", "", "unreadable")]
    host = sender.rpartition("@")[2]
    result = "good" if holds else "no key" if keys and not any(keys) else "bad"  # a key that was taken out of the DNS
    return [Verdict("dkim", domain, result, not f".{host}".endswith(f".{domain.lower()}"))]
