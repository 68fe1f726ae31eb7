"""The severities of a profile for the commit-msg hook, which reads the whole of it only where it sets some."""

from __future__ import annotations

import re

from patchflow.adapters.paths import profile_source
from patchflow.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from patchflow.domain.finding import Severity

_EXTENDS = re.compile(r"""^extends\s*=\s*["']([^"'/]+)["']""", re.MULTILINE)


class QuickProfile:
    """Answers severity() as domain.profile.Profile does."""

    def __init__(self, name: str) -> None:
        """UsageError where there is no such profile, or it is broken."""
        self.name = name
        self._whole = None
        if self._sets_severities():
            from patchflow.formats.profile import load_profile

            self._whole = load_profile(name, profile_source)

    def _sets_severities(self) -> bool:
        """Whether the profile or a parent of it so much as speaks of severities."""
        name, seen = self.name, set()
        while name not in seen:
            seen.add(name)
            text = profile_source(name) if "/" not in name else None
            if text is None:
                raise UsageError(f"There is no profile {name!r}.", "`git config patchflow.profile` names one that is.")
            if "severities" in text:
                return True
            match = _EXTENDS.search(text)
            if match is None:
                return "extends" in text
            name = match[1]
        return True

    def severity(self, rule: str, default: Severity) -> Severity | None:
        """The severity of a rule; None where the profile silences it."""
        return default if self._whole is None else self._whole.severity(rule, default)
