"""Whether mails are to be signed, as the settings say it."""

from __future__ import annotations

from collections.abc import Callable

from patchflow import lazy_re

_YES, _NO = ("yes", "true", "on", "1", ""), ("no", "false", "off", "0")


def section_to_sign(said: str, config: Callable[[str], str | None], branch: str, profile: str) -> str | None:
    """The section of git config whose key signs: "" for [patatt], NAME for [patatt "NAME"], None for no signature.

    The nearest word counts: `said` on the command line, the branch's, the profile's, the one for everything. A word
    that is neither yes nor no names a section.
    """
    keys = (f"branch.{branch}.patchflow-sign", f"patchflow.{profile}.sign", "patchflow.sign")
    words = [said or None, *(config(key) for key in keys)]
    word = next((one.strip() for one in words if one is not None), "no")
    if word.lower() in _NO:
        return None
    return "" if word.lower() in _YES else word


_TIMES = lazy_re.compile(rb"(?mi)^(?:Date|X-Developer-Signature):.*\n(?:[ \t].*\n)*")


def without_times(raw: bytes) -> bytes:
    """A mail without what says when it was made: its date and its signature."""
    head, blank, body = raw.partition(b"\n\n")
    return _TIMES.sub(b"", head + b"\n") + blank + body
