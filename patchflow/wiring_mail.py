"""Joins mail adapters to the services that read mail."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from patchflow.domain.message import Message
from patchflow.domain.profile import Bot
from patchflow.domain.thread import Thread


def read_messages(where: str, skipped: list[tuple[str, str]] | None = None) -> list[Message]:
    """All messages of a mail file, folder or standard input (`-`)."""
    from patchflow.adapters.mail.sources import read_source
    from patchflow.formats.mail import parse_mail

    return [parse_mail(mail.raw, mail.source, mail.offset) for mail in read_source(where, skipped)]


def read_threads(where: str, note: Callable[[str], None] | None = None) -> list[Thread]:
    """The threads of a mail file, folder or standard input; what could not be read is told to `note`."""
    from patchflow.errors import UsageError
    from patchflow.formats.threading import build_threads

    skipped: list[tuple[str, str]] = []
    messages = read_messages(where, skipped)
    for place, why in skipped:
        if note:
            note(f"{place}: {why}.")
    if not messages:
        raise UsageError(f"There is no mail in {'standard input' if where == '-' else where}.")
    return build_threads(messages)


def known_bots(profile: str = "vsock") -> tuple[Bot, ...]:
    """The bots a profile knows; none where the profiles are not installed."""
    from pathlib import Path

    from patchflow.errors import PatchflowError
    from patchflow.formats.profile import load_profile

    folder = Path(str(files("patchflow"))).parent / "kernel" / "profiles"

    def read(name: str) -> str | None:
        path = folder / f"{name}.toml"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    try:
        return load_profile(profile, read).bots
    except PatchflowError:
        return ()
