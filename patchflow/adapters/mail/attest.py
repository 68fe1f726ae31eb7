"""What signatures of a mail say, where the libraries that read them are installed: patatt's, and DKIM's.

Neither is a dependency: who has b4 has patatt, `liblore[auth]` brings dkimpy. Without them nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from patchflow.domain.verdict import Verdict
from patchflow.formats.mail.headers import addresses, read_headers, split_head

_DNS_SECONDS = 5
PATATT, DKIM = "X-Developer-Signature", "DKIM-Signature"  # the headers
_ANSWERS: dict[bytes, bytes | None] = {}  # of the DNS, in this process: each reading of a thread asks for the same
_MOST = 1 << 22  # bytes of a mail that is looked at
# What parsers of strangers' headers raise besides errors of their own.
_BROKEN = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def verdicts(raw: bytes, git_dir: Path, sources: Sequence[str] = (), dns: bool = False) -> list[Verdict]:
    """The verdicts on a mail's signatures. Keys of patatt are looked for in the sources the user configured and in the
    tree's keyrings (`.keys`, refs/meta/keyring); DKIM is judged with `dns` only, because its keys stand there."""
    if len(raw) > _MOST:
        return []
    headers = dict(reversed(read_headers(split_head(raw)[0])))
    sender = next((one.key for one in addresses(headers.get("from", b""))), "")
    found = _patatt(raw, git_dir, sources, sender) if PATATT.lower() in headers else []
    return found + (_dkim(raw, sender) if dns and DKIM.lower() in headers else [])


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
        if name not in _ANSWERS:
            _ANSWERS[name] = library.get_txt(name, timeout)
        keys.append(_ANSWERS[name])
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
