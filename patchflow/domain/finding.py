"""What a rule found: where, how grave, and by which document."""

from __future__ import annotations

from enum import StrEnum

from patchflow.values import dataclass


class Severity(StrEnum):
    """How grave a finding is; only an error stops a send."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Scope(StrEnum):
    """What a rule looks at."""

    COMMIT = "commit"
    PATCH = "patch"
    SERIES = "series"
    MAIL = "mail"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe fix: the replacement of a commit's whole message."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection.

    `file` is a path of the tree, or `COMMIT_MSG` for the commit message, or `cover`; `line` counts from 1
    in that file as the patch leaves it, 0 where no line is meant. `source` names the document.
    """

    rule: str
    severity: Severity
    text: str
    file: str = ""
    line: int = 0
    source: str = ""
    fix: Fix | None = None

    def as_line(self) -> str:
        """`file:line: severity: text [rule]`, which editors jump to; without a line where none is meant."""
        place = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.severity}: {self.text} [{self.rule}]"
