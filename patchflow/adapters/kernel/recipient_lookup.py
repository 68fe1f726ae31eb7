"""Answers who gets a file or a patch of one tree: from the index, by the tree's script, or by both to compare."""

from __future__ import annotations

from patchflow.adapters.kernel.maintainers_index import load_index
from patchflow.adapters.kernel.tree_files import KernelFiles
from patchflow.errors import PatchflowError
from patchflow.formats.get_maintainer.address import format_email, parse_email
from patchflow.formats.get_maintainer.answer import History, Router, Row
from patchflow.formats.get_maintainer.configuration import Options, parse_options
from patchflow.formats.get_maintainer.index import OF_GIT
from patchflow.formats.get_maintainer.why import Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.adapters.kernel.history import GitHistory
    from patchflow.domain.address import Address
    from patchflow.formats.get_maintainer.index import SectionFacts

ENGINES = ("index", "script", "both", "auto")
_DEFAULT = ("--no-git-fallback",)


class Answer:
    """Rows in the script's order, the lines it prints for them, and what has to be said about them.

    `engine` is who answered; `differs` holds what `both` found different; `ignored` who the ignore list kept out.
    """

    __slots__ = ("differs", "engine", "ignored", "lines", "notes", "rows")

    def __init__(self, rows: list[Row], lines: list[str], engine: str) -> None:
        self.rows, self.lines, self.engine = rows, lines, engine
        self.notes: list[str] = []
        self.differs: list[str] = []
        self.ignored: list[str] = []

    def remarks(self) -> list[str]:
        """The notes, and with two engines whether they agree and where not, a line each."""
        if self.engine != "both":
            return [*self.notes, *self.differs]
        agreement = (
            f"Index and script differ in {len(self.differs)} lines (-: the script's, +: the index's):"
            if self.differs
            else "Index and script agree."
        )
        return [*self.notes, agreement, *self.differs]


class Directory:
    """One tree's people. `words` are options of get_maintainer.pl; git's history is asked only where they say so."""

    def __init__(self, tree: str, engine: str = "auto", words: Sequence[str] = _DEFAULT, seconds: float = 20.0) -> None:
        self.tree, self.engine, self.words, self.seconds = tree, engine, tuple(words), seconds
        self.files = KernelFiles(tree)
        self._answers: dict[tuple[str, tuple[str, ...]], Answer] = {}
        self._routers: dict[tuple[str, ...], tuple[Router, list[str]]] = {}
        self._history: GitHistory | None = None
        self.index = load_index(tree)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with MAINTAINERS, place by place."""
        if self.index.rest or not self.index.sections:
            return self.index.problems
        from patchflow.adapters.kernel.profile_tables import profile_tables, project_at  # brings re

        general = project_at(self.tree)[0]
        rest = profile_tables(general).get(general, {}).get("rest")
        return (*self.index.problems, *([f"MAINTAINERS: {rest} is missing: the file looks cut off."] if rest else []))

    @property
    def has_history(self) -> bool:
        """Whether the tree has a git repository behind it."""
        return self.history.available

    @property
    def history(self) -> GitHistory:
        """What git says about the tree."""
        if self._history is None:
            from patchflow.adapters.kernel.history import GitHistory

            self._history = GitHistory(self.tree, self.seconds)
        return self._history

    def canonical(self, address: Address) -> Address:
        """The address that .mailmap puts in this one's place; the address itself where it names none."""
        from patchflow.domain.address import Address

        name, email = parse_email(self.index.mailmap.map(format_email(address.name, address.email)))
        return Address(name, email)

    def entries_at(self, lines: Sequence[int]) -> list[SectionFacts]:
        """The sections in which these lines of MAINTAINERS, as it stands in the tree, are."""
        return self.index.entries_at(lines)

    def author_of(self, commit: str) -> tuple[str, str] | None:
        """Name and address of a commit's author; None where git cannot tell."""
        return self.history.author(commit) if self.history.available else None

    def sections_of(self, path: str) -> list[tuple[str, int]]:
        """Name and line of every section of MAINTAINERS that a file falls under."""
        hits, _ = self._router(None)[0].matcher.match(path)
        return [(facts.name, facts.line) for facts in (self.index.section(hit[0]) for hit in hits)]

    def for_files(self, paths: Sequence[str], words: Sequence[str] | None = None) -> Answer:
        """Who gets a patch to these files (paths from the tree's root; folders end in a slash)."""
        router, unknown = self._router(words)
        reasons = [*self._doubts(router), *unknown, *(f"of {text}" for text in router.unsure_of(paths, False))]
        return self._decide(router, reasons, (*self._words(words), "-f", "--", *paths), paths=paths)

    def for_patch(self, text: str, words: Sequence[str] | None = None) -> Answer:
        """Who gets this patch (a mail as git format-patch writes it, or a bare diff); each is looked up once."""
        key = (text, self._words(words))
        if key not in self._answers:
            self._answers[key] = self.for_patches([text], words)
        return self._answers[key]

    def for_patches(self, texts: Sequence[str], words: Sequence[str] | None = None) -> Answer:
        """Who gets these patches together, as `get_maintainer.pl PATCH…` answers for several files."""
        from patchflow.formats.get_maintainer.patch import scan_patch

        router, unknown = self._router(words)
        unsure = router.unsure_of(scan_patch(*texts).files, True)
        reasons = [*self._doubts(router), *unknown, *(f"of {text}" for text in unsure)]
        return self._decide(router, reasons, self._words(words), patches=texts)

    def _doubts(self, router: Router) -> list[str]:
        """Why the tree's script has to be asked; what concerns git's history counts where that is asked."""
        asked = router.options
        of_git = asked.git or asked.git_blame or asked.git_fallback
        return [doubt for doubt in self.index.doubts if of_git or not doubt.startswith(OF_GIT)]

    def _words(self, words: Sequence[str] | None) -> tuple[str, ...]:
        return self.words if words is None else tuple(words)

    def _router(self, words: Sequence[str] | None) -> tuple[Router, list[str]]:
        """The router for these options, and why only the script can answer them."""
        key = self._words(words)
        if key not in self._routers:
            options = Options()
            unknown = [
                f"of the option {word}" for word in parse_options([*self.index.conf, *key], options) if word != "--"
            ]
            asks = options.git or options.git_blame or options.git_fallback or options.fixes
            history = _LateHistory(self) if asks else History()
            self._routers[key] = (Router(self.index, self.files, history, options), unknown)
        return self._routers[key]

    def _decide(
        self,
        router: Router,
        reasons: list[str],
        arguments: tuple[str, ...],
        paths: Sequence[str] = (),
        patches: Sequence[str] = (),
    ) -> Answer:
        if self.engine == "script":
            return self._by_script(router, arguments, patches)
        own = self._by_index(router, paths, patches)
        if self.engine == "both":
            return self._compared(own, router, arguments, patches)
        if not reasons:
            return own
        because = "; ".join(reasons)
        if self.engine == "index":
            own.notes.append(f"The tree's get_maintainer.pl may answer otherwise, because {because}.")
            return own

        try:
            answer = self._by_script(router, arguments, patches)
        except PatchflowError as error:
            own.notes.append(f"The tree's get_maintainer.pl should answer, because {because}; but: {error.paragraph()}")
            return own
        answer.notes.append(f"The tree's own get_maintainer.pl answered, because {because}.")
        return answer

    def _by_index(self, router: Router, paths: Sequence[str], patches: Sequence[str]) -> Answer:
        if not patches:
            made = router.for_files(paths)
        else:
            from patchflow.formats.get_maintainer.patch import scan_patch

            made = router.for_patch(scan_patch(*patches))
        answer = Answer(made, router.lines(made), "index")
        answer.ignored = list(router.ignored)
        slow = [*sorted(router.matcher.slow), *(router.slow)]
        if slow:
            answer.notes.append(f"Patterns of MAINTAINERS took too long and were left out: {', '.join(slow)[:500]}.")
        late = self._history.late if self._history else []
        if late:
            answer.notes.append(f"git took over {self.seconds:.0f} s, so its history is told only in part.")
        return answer

    def _by_script(
        self, router: Router, arguments: tuple[str, ...], patches: Sequence[str], steady: bool = False
    ) -> Answer:
        from patchflow.adapters.kernel.get_maintainer import run_script

        lines = run_script(self.tree, arguments, patches, steady=steady)
        return Answer([_row(line, router) for line in lines], lines, "script")

    def _compared(self, own: Answer, router: Router, arguments: tuple[str, ...], patches: Sequence[str]) -> Answer:
        from difflib import ndiff

        script = self._by_script(router, arguments, patches, steady=True)
        if script.lines != own.lines:
            own.differs = [line for line in ndiff(script.lines, own.lines) if line[:1] in "+-"]
        own.engine = "both"
        return own


class _LateHistory(History):
    """git's history, loaded when the first question is put."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    @property
    def available(self) -> bool:  # type: ignore[override]
        """Whether there is a repository to ask."""
        return self._directory.history.available

    def is_file(self, path: str) -> bool:
        """Whether the tree has the file."""
        return self._directory.history.is_file(path)

    def file_log(self, path: str, since: str) -> list[str]:
        """The log of a file."""
        return self._directory.history.file_log(path, since)

    def commit_log(self, commit: str) -> list[str]:
        """One commit's log with its body."""
        return self._directory.history.commit_log(commit)

    def author_log(self, commit: str) -> list[str]:
        """One commit's log without its body."""
        return self._directory.history.author_log(commit)

    def blame(self, path: str, start: int = 0, length: int = 0) -> list[str]:
        """The commits that last touched lines of a file."""
        return self._directory.history.blame(path, start, length)


def _row(line: str, router: Router) -> Row:
    """A line the script printed, as a row."""
    email, _, role = line.partition(" (") if router.options.roles or router.options.rolestats else (line, "", "")
    role = role.removesuffix(")")
    row = Row(email, role, role.partition(":")[2].split(":Keyword:")[0], " list" in role.split(":")[0])
    row.why.append(Why("script", "get_maintainer.pl names it"))
    return row
