"""Answers who gets a file or a patch, line for line as get_maintainer.pl does, and keeps the reasons."""

from __future__ import annotations

from patchflow.formats.get_maintainer.address import addresses_in_text, format_email, parse_email
from patchflow.formats.get_maintainer.configuration import Options
from patchflow.formats.get_maintainer.mailmap import Mailmap
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.get_maintainer.why import LINUS, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from patchflow.formats.get_maintainer.index import MaintainersIndex, SectionFacts
    from patchflow.formats.get_maintainer.patch import PatchScan


class TreeFiles:
    """What the answer depends on outside of MAINTAINERS: the tree's folders and texts. This one has no tree."""

    def is_dir(self, path: str) -> bool:
        """Whether the tree has a folder of that name."""
        return False

    def text(self, path: str) -> str | None:
        """The text of a file that names people inside (bindings in YAML); None where there is none."""
        return None


class History:
    """What git says, as lines without leading blanks. This one has no repository behind it."""

    available = False

    def is_file(self, path: str) -> bool:
        """Whether the tree has the file."""
        return False

    def file_log(self, path: str, since: str) -> list[str]:
        """The log of a file."""
        return []

    def commit_log(self, commit: str) -> list[str]:
        """One commit's log with its body."""
        return []

    def author_log(self, commit: str) -> list[str]:
        """One commit's log without its body."""
        return []

    def blame(self, path: str, start: int = 0, length: int = 0) -> list[str]:
        """The commits that last touched the lines of a file; all lines where no length is given."""
        return []


class Row:
    """One line of the answer. `merged` is name, address and spelling after the mailmap, once known."""

    __slots__ = ("email", "is_list", "merged", "role", "section", "why")

    def __init__(self, email: str, role: str, section: str, is_list: bool = False) -> None:
        self.email, self.role, self.section, self.is_list = email, role, section, is_list
        self.merged: tuple[str, str, str] | None = None
        self.why: list[Why] = []

    def add(self, reasons: Iterable[Why]) -> None:
        """Adds reasons that are not known yet."""
        known = {why.key() for why in self.why}
        self.why.extend(why for why in reasons if why.key() not in known)


class Router:
    """Answers for one tree. `ignored` are those whom the ignore list kept out of the last answer."""

    def __init__(
        self,
        index: MaintainersIndex,
        files: TreeFiles | None = None,
        history: History | None = None,
        options: Options | None = None,
    ) -> None:
        self.index = index
        self.files = files or TreeFiles()
        self.history = history or History()
        self.options = options or Options(git_fallback=False)
        self.matcher = Matcher(index, self.files.is_dir)
        self.slow: list[str] = []  # keywords that took too long in the last answer
        self.ignored: list[str] = []

    def for_files(self, paths: Sequence[str]) -> list[Row]:
        """The answer of `get_maintainer.pl -f PATH…`."""
        return self._rows(Answer(self, paths))

    def for_patch(self, scan: PatchScan) -> list[Row]:
        """The answer of `get_maintainer.pl PATCH` for a patch read by route_patch.scan_patch."""
        return self._rows(Answer(self, scan.files, scan))

    def _rows(self, answer: Answer) -> list[Row]:
        rows = answer.rows()
        self.ignored = answer.ignored
        return rows

    def unsure_of(self, paths: Sequence[str], is_patch: bool) -> list[str]:
        """The broken patterns that might have matched: `K: MAINTAINERS:12 (SECTION)`."""
        found: list[str] = []
        for letter, word, section, line in self.index.unsure:
            if (letter == "K" and is_patch) or (letter != "K" and any(word in path for path in paths)):
                found.append(f"{letter}: MAINTAINERS:{line} ({section})")
        return found

    def lines(self, rows: Iterable[Row]) -> list[str]:
        """The rows as the script prints them."""
        with_roles = self.options.roles or self.options.rolestats
        return [f"{row.email} ({row.role})" if with_roles else row.email for row in rows]


class Answer:
    """One answer being made, in the script's own order of steps. `ignored` are git's signers that nobody copies."""

    def __init__(self, router: Router, paths: Sequence[str], scan: PatchScan | None = None) -> None:
        self.router, self.paths, self.scan, self.options = router, paths, scan, router.options
        self.people: list[Row] = []
        self.lists: list[Row] = []
        self.by_name: dict[str, Row] = {}
        self.by_address: dict[str, Row] = {}
        self.by_list: dict[str, Row] = {}
        self.merged_names: dict[str, tuple[str, str, str]] = {}
        self.merged_addresses: dict[str, tuple[str, str, str]] = {}
        self.in_files: list[tuple[str, str]] = []
        self.mailmap_off = Mailmap()
        self.ignored: list[str] = []

    @property
    def mailmap(self) -> Mailmap:
        return self.router.index.mailmap if self.options.mailmap else self.mailmap_off

    def rows(self) -> list[Row]:
        known: set[str] = set()
        for path in self.paths:
            hits, exact = self.router.matcher.match(path, self.options.pattern_depth)
            if exact:
                known.add(path)
            for number, _, letter, written, line in hits:
                facts = self.router.index.section(number)
                self._categories(facts, "", Why(letter, written, facts.name, line, path))
            self._read(path)
        if self.options.keywords and self.scan is not None:
            self._keywords(self.scan)
        for row in (*self.people, *self.lists):
            row.email = self.deduplicate(row.email, row.merged)
        self._ask_git(known)
        self._penguins()
        self._add_in_files()
        self._blame_fixes()
        return self._merged([*self.people, *(self.lists if self.options.lists else [])])

    def _read(self, path: str) -> None:
        if path.endswith(".yaml") and (text := self.router.files.text(path)) is not None:
            self.in_files.extend((email, path) for email in addresses_in_text(text))

    def _keywords(self, scan: PatchScan) -> None:
        found = scan.keywords(self.router.index.keywords)
        self.router.slow = list(scan.slow)
        for index, number, written, line in sorted(found, key=lambda row: str(row[0])):
            del index  # the script sorts the places of keywords as text: 10 comes before 9
            facts = self.router.index.section(number)
            self._categories(facts, f":Keyword:{written}", Why("K", written, facts.name, line))

    def _categories(self, facts: SectionFacts, suffix: str, why: Why) -> None:
        """Adds the people and lists of a section."""
        for act in facts.acts:
            letter, role = act[0], act[1]
            if letter == "L":
                self._add_list(act, role + suffix, facts, why)
            elif self.options.maintainers if letter == "M" else self.options.reviewers:
                for person in act[2]:
                    self._add_person(person, role + suffix, facts.name, why)

    def _add_list(self, act: tuple[Any, ...], role: str, facts: SectionFacts, why: Why) -> None:
        person, kind, address = act[2][0], act[4], act[5]
        options = self.options
        wanted = options.subscribers if kind == "subscriber" else options.lists
        if not wanted or (kind == "moderated" and not options.moderated):
            return
        key = address.lower()
        row = self.by_list.get(key)
        if row is None:
            row = self.by_list[key] = Row(address, role, facts.name, is_list=True)
            row.merged = _after_mailmap(person) if options.mailmap else None
            self.lists.append(row)
        row.add((why,))

    def _add_person(self, person: tuple[str, ...], role: str, section: str, why: Why) -> None:
        formatted, name, address = person[:3]
        row = self.push(name, address, role, section, formatted if self.options.names else address, (why,))
        if row is not None and self.options.mailmap and self.options.names:
            row.merged = _after_mailmap(person)

    def push(self, name: str, address: str, role: str, section: str, email: str, why: tuple[Why, ...]) -> Row | None:
        """Adds somebody unless the name or the address is there already; then only the reason is kept."""
        if not address:
            return None
        low_name, low_address = name.lower(), address.lower()
        if self.options.remove_duplicates:
            there = (self.by_name.get(low_name) if name else None) or self.by_address.get(low_address)
            if there is not None:
                there.add(why)
                return None
        row = Row(email, role, section)
        row.why.extend(why)
        self.people.append(row)
        if name:
            self.by_name.setdefault(low_name, row)
        self.by_address.setdefault(low_address, row)
        return row

    def push_email(self, email: str, why: tuple[Why, ...]) -> None:
        """Adds somebody without a role as yet."""
        name, address = parse_email(email)
        self.push(name, address, "", "", format_email(name, address, self.options.names), why)

    def add_role(self, email: str, role: str) -> None:
        """Gives a role more to every line of the same name or address (two that are empty are the same)."""
        name, address = parse_email(email)
        whole = format_email(name, address, self.options.names)
        for row in self.people:
            if self.options.remove_duplicates:
                other_name, other_address = parse_email(row.email)
                same = name == other_name or address == other_address
            else:
                same = whole == row.email
            if same and (not role or role not in row.role):
                row.role = f"{row.role},{role}" if row.role else role

    def deduplicate(self, email: str, merged: tuple[str, str, str] | None = None) -> str:
        """The address after the mailmap, in the spelling of the first that had its name or address."""
        if merged is None:
            name, address = parse_email(self.mailmap.map(format_email(*parse_email(email))))
            merged = (name, address, self.mailmap.map(format_email(name, address)))
        if not self.options.remove_duplicates:
            return self.mailmap.map(format_email(*parse_email(email)))
        low_name, low_address = merged[0].lower(), merged[1].lower()
        known = (self.merged_names.get(low_name) if merged[0] else None) or self.merged_addresses.get(low_address)
        if known is None:
            known = self.merged_names[low_name] = self.merged_addresses[low_address] = merged
        return known[2]

    def _ask_git(self, known: set[str]) -> None:
        options = self.options
        if not (options.git or options.git_fallback or options.git_blame) or not self.router.history.available:
            return
        from patchflow.formats.get_maintainer.history import file_blame, file_signers  # brings re

        for path in self.paths:
            fallback = options.git_fallback and not path.endswith("MAINTAINERS") and path not in known
            if options.git or fallback:
                file_signers(self, path)
            if options.git_blame:
                file_blame(self, path)

    def _penguins(self) -> None:
        """Linus is left out, unless asked for."""
        if self.options.chief_penguins:
            row = Row(format_email(*LINUS, self.options.names), "chief penguin", "")
            row.why.append(Why("git", "--git-chief-penguins asks for him"))
            self.people.append(row)
            return
        wanted = LINUS[0] if self.options.names else LINUS[1].split("@")[0]
        written = format_email(*LINUS, self.options.names)
        self.people = [row for row in self.people if row.email != written]
        if any(wanted in row.email for row in self.people):
            import re  # the script takes the address for a pattern

            linus = re.compile(written)
            self.people = [row for row in self.people if not linus.search(row.email)]

    def _add_in_files(self) -> None:
        for found, path in self.in_files:
            email = format_email(*parse_email(self.mailmap.map(found)), self.options.names)
            self.push_email(email, (Why("in file", f"named in {path}", path=path),))
            self.add_role(email, "in file")

    def _blame_fixes(self) -> None:
        if self.scan is None or not self.scan.fixes or not self.options.fixes or not self.router.history.available:
            return
        from patchflow.formats.get_maintainer.history import commit_signers

        for commit in self.scan.fixes:
            commit_signers(self, commit)

    def _merged(self, rows: list[Row]) -> list[Row]:
        """One line an address; the first role stands, the reasons join."""
        first: dict[str, Row] = {}
        for row in rows:
            there = first.setdefault(row.email, row)
            if there is not row:
                there.add(row.why)
        return list(first.values())


def _after_mailmap(person: tuple[str, ...]) -> tuple[str, str, str]:
    """Name, address and spelling of a compiled person after the mailmap."""
    return (person[3], person[4], person[5]) if len(person) > 3 else (person[1], person[2], person[0])


def primary_role(role: str) -> str:
    """The word a role begins with: `maintainer` of `maintainer:NETWORKING [GENERAL],in file`."""
    return role.split(":", 1)[0].split(",", 1)[0]
