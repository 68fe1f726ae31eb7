"""The severities in force for the commit-msg hook: of the branch's profile, else of the one of the commit's files."""

from __future__ import annotations

from patchflow.adapters.kernel.profile_tables import all_tables, profile_tables, project_at
from patchflow.domain.finding import Severity
from patchflow.errors import UsageError
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
        self.rules = tables[name].get("rules", ())
        self._severities = tables[name].get("severities", {})

    @classmethod
    def of_files(cls, tree: str, paths: Callable[[], Sequence[str]], usual: str) -> QuickProfile:
        """The profile of files; `usual` where they have no home in MAINTAINERS, "" for the project's general rules."""
        project = project_at(tree)[0]
        if usual and all_tables().get(usual, {}).get("project", project) != project:
            usual = ""
        return cls(name_of_files(tree, paths(), project) or usual or project)

    def severity(self, rule: str, default: Severity | None) -> Severity | None:
        """The severity of a rule, `default` where the profile names none; None where it silences the rule."""
        word = self._severities.get(rule)
        if word is None:
            return default
        return None if word == "off" else Severity(word)


def name_of_files(tree: str, paths: Sequence[str], project: str) -> str:
    """The name of the profile that speaks for files in a project's tree; "" where no section does."""
    from patchflow.adapters.kernel.maintainers_index import load_index
    from patchflow.adapters.kernel.tree_files import KernelFiles
    from patchflow.formats.get_maintainer.matching import Matcher
    from patchflow.formats.subsystem import pick

    if not paths:
        return ""
    try:
        matcher = Matcher(load_index(tree), KernelFiles(tree).is_dir)
    except UsageError:
        return ""  # without a MAINTAINERS that can be read the general rules are assumed
    home = homes(matcher, paths)[0]
    return pick(matcher.index, home, profile_tables(project)) if home.section is not None else ""
