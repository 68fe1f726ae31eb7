"""Writes the archive an initramfs is: cpio in the newc format."""

from __future__ import annotations

from collections.abc import Mapping

_FOLDER, _FILE = 0o040755, 0o100000


def cpio_archive(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    """An archive of the files, path -> (permissions, content); their folders are made before them."""
    folders = {"/".join(path.split("/")[:n]) for path in files for n in range(1, path.count("/") + 1)}
    rows = [(folder, _FOLDER, b"") for folder in sorted(folders)]
    rows += [(path, _FILE | mode, content) for path, (mode, content) in files.items()]
    parts = [_member(path, mode, content, number) for number, (path, mode, content) in enumerate(rows, start=1)]
    return b"".join([*parts, _member("TRAILER!!!", 0, b"", 0)])


def _member(path: str, mode: int, content: bytes, number: int) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if mode == _FOLDER else 1
    fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return _padded(head) + _padded(content)


def _padded(text: bytes) -> bytes:
    return text + b"\0" * (-len(text) % 4)
