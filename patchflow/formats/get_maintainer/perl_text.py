"""Bytes read as perl's :encoding(UTF-8) reads them, with the lines where it had to replace bytes."""

from __future__ import annotations


def decode(raw: bytes) -> str:
    """UTF-8 as text; a byte that is none stands as perl writes it, `\\xE9`."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_mend(raw))


def _mend(raw: bytes) -> list[str]:
    parts: list[str] = []
    while raw:
        try:
            parts.append(raw.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            parts.append(raw[: error.start].decode("utf-8"))
            parts.extend(f"\\x{byte:02X}" for byte in raw[error.start : error.end])
            raw = raw[error.end :]
    return parts


def damaged_lines(raw: bytes) -> list[int]:
    """The numbers of the lines that are not UTF-8."""
    try:
        raw.decode("utf-8")
        return []
    except UnicodeDecodeError:
        return [number for number, line in enumerate(raw.split(b"\n"), 1) if not _valid(line)]


def _valid(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
