"""Bytes of a mail into text: transfer encodings and charsets, whatever a header claims, never raising."""

from __future__ import annotations

import binascii
import codecs

from patchflow import lazy_re
from patchflow.errors import UsageError

# What senders write where a charset belongs, and what they meant. gb18030 holds gb2312 and gbk.
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "windows-31j": "cp932",
    "shift_jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "big5": "big5hkscs",
}
_PLAIN = frozenset(("", "us-ascii", "ascii", "ansi_x3.4-1968", "utf-8", "unknown-8bit", "8bit", "default"))
# Python codecs that are no charsets of mail: they unpack, escape or compute.
_REFUSED = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"))
_NOT_BASE64 = lazy_re.compile(rb"[^A-Za-z0-9+/]")


def decode_bytes(blob: bytes, charset: str) -> str:
    """The bytes as text in that charset; as UTF-8, then Windows-1252, where the charset is none or lies."""
    name = charset.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if name not in _PLAIN and (known := _codec(name)):
        try:
            text = blob.decode(known)
            text.encode()  # UTF-7 spells half characters, which no file, index or terminal takes
            return text
        except (ValueError, LookupError):
            # One wrong byte must not turn the whole mail into another alphabet.
            try:
                return blob.decode("utf-8")
            except UnicodeDecodeError:
                return _lenient(blob, known)
    try:
        return blob.decode("utf-8")
    except UnicodeDecodeError:
        return _lenient(blob, "cp1252") if name != "utf-8" else blob.decode("utf-8", "replace")


def _lenient(blob: bytes, codec: str) -> str:
    try:
        return blob.decode(codec, "replace").encode("utf-8", "replace").decode()
    except (ValueError, LookupError):
        return blob.decode("latin-1")


def _codec(name: str) -> str | None:
    """Python's name for a charset, None where there is none or where it is no text encoding."""
    if not name.isascii() or not name.replace("-", "").replace("_", "").replace(".", "").replace(":", "").isalnum():
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # bytes.decode itself refuses codecs that are no text encodings (zip, rot13), with a LookupError.
    return None if found.name.replace("_", "-") in _REFUSED else found.name


def decode_transfer(blob: bytes, encoding: str) -> bytes:
    """The bytes behind base64 or quoted-printable; broken base64 gives what can be read of it."""
    word = encoding.strip().strip("\"'").lower()
    if word == "quoted-printable":
        return binascii.a2b_qp(blob)
    if word != "base64":
        return blob
    # A list's plain-text footer behind the padding is not base64: keep what comes before it.
    packed, _, _ = blob.partition(b"=")
    tail = blob[len(packed) :].lstrip(b"=").strip()
    clean = _NOT_BASE64.sub(b"", packed)
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    try:
        plain = binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return blob
    return plain + (b"\n" + tail + b"\n" if b"\n" in tail or b" " in tail else b"")


def utf8(content: bytes, name: str) -> str:
    """Text of the user's own, which is UTF-8; UsageError names the line that is not, so that nothing is replaced."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{name}:{line}: byte 0x{content[error.start]:02x} is not UTF-8.", "Save it as UTF-8; nothing was changed."
        ) from error
