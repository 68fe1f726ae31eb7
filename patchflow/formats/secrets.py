"""Takes what looks like a secret out of a text before it is shown or logged."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from patchflow import lazy_re

MASK = "***"
_WORD = r"(?:pass(?:wd|word|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|auth(?:orization)?|bearer|cookie)"
_RULES = (
    # scheme://user:PASSWORD@host, and scheme://TOKEN@host of the services that take one alone
    (lazy_re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/@:'\"]*):[^\s/@'\"]+@"), rf"\1:{MASK}@"),
    (lazy_re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)(?:gh[a-z]_|glpat-|x-)?[A-Za-z0-9_-]{20,}@"), rf"\1{MASK}@"),
    # a command that prints a password says where it is kept, or is it (`passwordeval "echo hunter2"`)
    (lazy_re.compile(r"(?i)((?:pass(?:word)?[-_]?(?:eval|cmd|command))['\"]?(?:\s*=\s*|\s+)).+"), rf"\1{MASK}"),
    # --pass=X, password: X, smtppass X, "token": "X"
    (lazy_re.compile(rf"(?i)(\b[\w.-]*{_WORD}['\"]?\s*[=:]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;&'\"]+)"), rf"\1{MASK}"),
    (lazy_re.compile(rf"(?i)(--?[\w-]*{_WORD}\s+)(?!-)(?:'[^']*'|\"[^\"]*\"|[^\s'\"]+)"), rf"\1{MASK}"),
    # what a debugging SMTP client prints
    (lazy_re.compile(r"(?i)(\bAUTH\s+(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5)\s+)\S+"), rf"\1{MASK}"),
)
_KEY = lazy_re.compile(rf"(?i){_WORD}$")


def masked(text: str) -> str:
    """The text with `***` where a password, a token or a command that gives one stood."""
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    return text


def masked_value(key: str, value: str) -> str:
    """A setting's value as it may be shown: none of it where the key's last part names a secret."""
    return MASK if value and _KEY.search(key.rpartition(".")[2]) else masked(value)


def command_line(argv: Sequence[str]) -> str:
    """A program's words as a person would type them, secrets masked."""
    return masked(shlex.join(argv))
