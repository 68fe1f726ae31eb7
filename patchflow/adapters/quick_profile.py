"""The severities in force for the commit-msg hook: of the branch's profile, else of the one of the commit's files."""

from __future__ import annotations

from patchflow.adapters.kernel.profile_tables import all_tables, profile_tables
from patchflow.domain.finding import Severity
from patchflow.errors import MissingError, UsageError
from patchflow.formats.get_maintainer.home import homes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class QuickProfile:
    """Answers what rules about a message ask, as domain.profile.Profile does."""

    def __init__(self, name: str) -> None:
        """UsageError where there is no such profile, or it is broken."""
        tables = all_tables()
        if name not in tables:
            raise UsageError(f"There is no profile {name!r}.", "`git config patchflow.profile` names one that is.")
        self.name = name
        self.prefixes, self.files = (tuple(tables[name].get(key, ())) for key in ("prefixes", "files"))
        self._severities = tables[name].get("severities", {})

    @classmethod
    def of_files(cls, tree: str, paths: Callable[[], Sequence[str]], usual: str) -> QuickProfile:
        """The profile of files; `usual` where they have no home in MAINTAINERS, "" for the general rules."""
        return cls(name_of_files(tree, paths()) or usual or "kernel")

    def severity(self, rule: str, default: Severity | None) -> Severity | None:
        """The severity of a rule, `default` where the profile names none; None where it silences the rule."""
        word = self._severities.get(rule)
        if word is None:
            return default
        return None if word == "off" else Severity(word)


def name_of_files(tree: str, paths: Sequence[str]) -> str:
    """The name of the profile that speaks for files of a tree; "" where no section but THE REST holds them."""
    from patchflow.adapters.kernel.maintainers_index import load_index
    from patchflow.adapters.kernel.tree_files import KernelFiles
    from patchflow.formats.get_maintainer.matching import Matcher
    from patchflow.formats.subsystem import pick

    if not paths:
        return ""
    try:
        matcher = Matcher(load_index(tree), KernelFiles(tree).is_dir)
    except (MissingError, UsageError):
        return ""  # without a MAINTAINERS that can be read the general rules are assumed
    home = homes(matcher, paths)[0]
    return pick(matcher.index, home, profile_tables()) if home.section is not None else ""
