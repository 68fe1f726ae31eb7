"""Decides who gets each patch of a series and its cover letter, in which header, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.domain.profile import Profile
from patchflow.domain.recipient import Dropped, Header, PatchRecipients, Recipient
from patchflow.flow.recipients.lookup import RouteDirectory, RouteMemory
from patchflow.flow.recipients.nipa import predict
from patchflow.flow.recipients.warnings import NO_GIT, vhost_vsock
from patchflow.formats.get_maintainer.answer import Row, primary_role
from patchflow.formats.get_maintainer.index import SectionFacts
from patchflow.formats.get_maintainer.patch import patch_text
from patchflow.formats.patch.trailers import person, trailers_of
from patchflow.values import dataclass

# Trailer -> the role its person has here. Others that end in -by and name a person are reviewers.
_TRAILERS = {
    "cc": "Cc in the commit",
    "reported-by": "reporter",
    "reported-and-tested-by": "reporter",
    "suggested-by": "suggester",
    "signed-off-by": "signer",
    "co-developed-by": "co-author",
}
ADDED = "added by hand"
NAMED = "named for b4"
MOST_PEOPLE = 30  # on one mail: lists hold back what goes to many more


@dataclass(frozen=True, slots=True)
class SeriesRecipients:
    """The recipients of every patch, in order, and of the cover letter (all of them together)."""

    patches: tuple[PatchRecipients, ...]
    cover: PatchRecipients

    @property
    def groups(self) -> tuple[PatchRecipients, ...]:
        """The patches' recipients with the cover's behind them."""
        return (*self.patches, self.cover)


class _Gathering:
    """Recipients of one mail being gathered: the first role of an address stands, reasons join."""

    def __init__(self, memory: RouteMemory) -> None:
        self.found: dict[str, tuple[Address, str, str, list[str]]] = {}
        self.dropped: dict[str, Dropped] = {}
        self.to = {one.address.key for one in memory.asked if one.to} | {one.key for one in memory.to}
        self.refused = {one.key: "its mail bounced, says the configuration" for one in memory.bounced}
        self.refused |= {one.key: "dropped by hand for this series" for one in memory.dropped}

    def add(self, address: Address, role: str, section: str, because: Iterable[str]) -> None:
        if address.key in self.refused:
            self.dropped.setdefault(address.key, Dropped(address, self.refused[address.key]))
            return
        there = self.found.setdefault(address.key, (address, role, section, []))
        there[3].extend(reason for reason in because if reason not in there[3])

    def recipients(self, profile: Profile) -> tuple[Recipient, ...]:
        """In order, with headers; a mail needs a To, so where no role asks for it the subsystem's list gets it."""
        to = {key for key, (_, role, _, _) in self.found.items() if role in profile.to_roles or key in self.to}
        if not to:
            lists = [key for key, row in self.found.items() if "list" in row[1].split()]
            own = [key for key in lists if key in {name.lower() for name in profile.lists}]
            to = set([*own, *lists, *self.found][:1])
        return tuple(
            Recipient(address, role, section, Header.TO if key in to else Header.CC, tuple(because))
            for key, (address, role, section, because) in self.found.items()
        )


def route_series(
    patches: Sequence[Patch],
    profile: Profile,
    directory: RouteDirectory,
    memory: RouteMemory | None = None,
    texts: Sequence[str] = (),
) -> SeriesRecipients:
    """Who gets each patch and the cover letter.

    `texts` are the patches as they will be mailed, where they are known already: get_maintainer.pl looks at
    the whole mail. Pure but for the directory's answers.
    """
    known = memory or RouteMemory()
    groups = [
        _route_patch(patch, texts[number] if number < len(texts) else patch_text(patch), profile, directory, known)
        for number, patch in enumerate(patches)
    ]
    groups = _with_lists_of_folders(groups, patches, profile, known)
    cover = _cover(groups, patches, profile, directory, known)
    if len(patches) > 1 and to_all(profile, cover):
        groups = [_with_everybody(group, cover, profile, known) for group in groups]
    return SeriesRecipients(tuple(groups), cover)


def to_all(profile: Profile, cover: PatchRecipients) -> bool:
    """Whether everybody gets every mail: by the profile's policy, or, where it names none, if they are not too many."""
    few = len(cover.recipients) <= MOST_PEOPLE
    return profile.recipients == "all" or (profile.recipients == "auto" and few)


def _with_everybody(
    group: PatchRecipients, cover: PatchRecipients, profile: Profile, memory: RouteMemory
) -> PatchRecipients:
    """A patch's group with everybody who gets another of the series."""
    gathering = _Gathering(memory)
    for one in group.recipients:
        gathering.add(one.address, one.role, one.section, one.because)
    own = set(gathering.found)
    for one in (one for one in cover.recipients if one.address.key not in own):
        gathering.add(one.address, one.role, one.section, one.because)
    return replace(group, recipients=gathering.recipients(profile))


def _with_lists_of_folders(
    groups: list[PatchRecipients], patches: Sequence[Patch], profile: Profile, memory: RouteMemory
) -> list[PatchRecipients]:
    """The groups with the lists that want a series whole because of a folder it touches."""
    wanted = [
        (name, folder)
        for folder, _, name in (one.partition(" ") for one in profile.whole_to)
        if any(path.startswith(folder) for patch in patches for path in patch.paths)
    ]
    if not wanted:
        return groups
    made = []
    for group in groups:
        gathering = _Gathering(memory)
        for one in group.recipients:
            gathering.add(one.address, one.role, one.section, one.because)
        for name, folder in wanted:
            because = [] if name in gathering.found else [f"the series changes {folder}: this list gets all of it"]
            gathering.add(Address("", name), "list", "", because)
        made.append(replace(group, recipients=gathering.recipients(profile)))
    return made


def _route_patch(
    patch: Patch, text: str, profile: Profile, directory: RouteDirectory, memory: RouteMemory
) -> PatchRecipients:
    answer = directory.for_patch(text)
    gathering = _Gathering(memory)
    notes = list(answer.notes)
    for row in answer.rows:
        gathering.add(*_from_row(row))
    _of_changed_entries(patch, directory, gathering)
    authors = _fixed_authors(patch, directory, notes)
    for address, reason in authors:
        gathering.add(address, "author of Fixes", "", [reason])
    _from_trailers(patch, gathering)
    for name in profile.lists:
        if name == profile.everybody and not gathering.found:
            continue  # the list of last resort alone is nobody: the gate `no-recipients` says so
        gathering.add(Address("", name), "list", profile.home, [f"the list of {profile.title}: it gets every mail"])
    for reviewer in memory.earlier:
        role = f"reviewer of v{reviewer.revision}"
        gathering.add(reviewer.address, role, "", [f"commented on v{reviewer.revision}"])
    for asked in memory.asked:
        gathering.add(asked.address, NAMED, "", [asked.why])
    for address in (*memory.to, *memory.added):
        gathering.add(address, ADDED, "", ["added by hand for this series"])
    for email in answer.ignored:
        ignored = person(email) or Address("", email)
        gathering.dropped.setdefault(ignored.key, Dropped(ignored, "the tree's .get_maintainer.ignore names it"))
    recipients = gathering.recipients(profile)
    if profile.get_maintainer:
        expected = directory.for_patch(text, profile.get_maintainer).rows
        have = [*(one.address for one in recipients), patch.author]
        have += [directory.canonical(one) for one in have]
        wanted = [one for row in expected if (one := _address(row.email)).key != profile.everybody]
        notes.append(predict(wanted, have, [one for one, _ in authors]))
    if trap := vhost_vsock(patch.paths, {one.address.key for one in recipients}):
        notes.append(trap)
    return PatchRecipients(patch.subject, recipients, tuple(gathering.dropped.values()), tuple(notes))


def _cover(
    groups: Sequence[PatchRecipients],
    patches: Sequence[Patch],
    profile: Profile,
    directory: RouteDirectory,
    memory: RouteMemory,
) -> PatchRecipients:
    """The cover goes to everybody who gets a patch, or, where the policy is `patch`, to the lists alone."""
    gathering = _Gathering(memory)
    gets: dict[str, tuple[Recipient, list[int]]] = {}
    for number, group in enumerate(groups, 1):
        for one in group.recipients:
            if profile.recipients != "patch" or "list" in one.role.split():
                gets.setdefault(one.address.key, (one, []))[1].append(number)
    for one, numbers in gets.values():
        gathering.add(one.address, one.role, one.section, [_gets(numbers, len(groups))])
    dropped = {one.address.key: one for group in groups for one in group.dropped}
    notes = [] if directory.has_history or not patches else [NO_GIT]
    return PatchRecipients("cover", gathering.recipients(profile), tuple(dropped.values()), tuple(notes))


def _gets(numbers: Sequence[int], count: int) -> str:
    """Which patches of a series somebody gets, as `gets patches 1-3, 7`."""
    if len(numbers) == count > 1:
        return "gets every patch"
    begins = [one for one in numbers if one - 1 not in numbers]
    ends = [one for one in numbers if one + 1 not in numbers]
    spans = [str(a) if a == b else f"{a}-{b}" for a, b in zip(begins, ends, strict=True)]
    return f"gets patch{'es' if len(numbers) > 1 else ''} {', '.join(spans)}"


def _from_row(row: Row) -> tuple[Address, str, str, list[str]]:
    return _address(row.email), primary_role(row.role), row.section, [str(why) for why in row.why]


def _address(email: str) -> Address:
    """An address as get_maintainer.pl writes it, its name without the quotes a header needs."""
    name, angle, rest = email.rpartition(" <")
    if not angle:
        return Address("", email)
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        name = name[1:-1].replace('\\"', '"')
    return Address(name, rest.removesuffix(">"))


def changed_entries(patch: Patch, directory: RouteDirectory) -> Sequence[SectionFacts]:
    """The entries of MAINTAINERS that a patch changes, as they stand in the tree."""
    diff = next((one for one in patch.files if one.path == "MAINTAINERS"), None)
    lines: list[int] = []
    for hunk in diff.hunks if diff else ():
        at = hunk.new_start
        for line, _, new in hunk.numbered():
            at = new or at
            if line[:1] in "+-" and line[1:].strip():
                lines.append(at)
    return directory.entries_at(lines) if lines else ()


def _of_changed_entries(patch: Patch, directory: RouteDirectory, gathering: _Gathering) -> None:
    """The people and lists of each entry of MAINTAINERS that a patch changes, whom get_maintainer.pl does not name, and
    those whom the patch takes out of it."""
    for entry in changed_entries(patch, directory):
        because = [f"MAINTAINERS:{entry.line}: the patch changes the entry {entry.name}"]
        for email, role in entry.people():
            gathering.add(_address(email), primary_role(role), entry.name, because)
        for name in entry.lists():
            gathering.add(Address("", name), "open list", entry.name, because)
    for diff in (one for one in patch.files if one.path == "MAINTAINERS"):
        stay = {one.name for _, text in diff.added() if (one := _named(text))}
        for _, text in diff.removed():
            if (one := _named(text)) and one.name not in stay:
                gathering.add(one, "reviewer", "", ["the patch takes them out of MAINTAINERS"])


def _named(field: str) -> Address | None:
    """Whom an M: or R: field names."""
    return person(field[2:].strip()) if field[:2] in ("M:", "R:") else None


def _fixed_authors(patch: Patch, directory: RouteDirectory, notes: list[str]) -> list[tuple[Address, str]]:
    """The authors of the commits this patch fixes, each with the reason."""
    found: list[tuple[Address, str]] = []
    for trailer in trailers_of(patch.message):
        if trailer.key.lower() != "fixes":
            continue
        commit = trailer.value.split()[0]
        author = directory.author_of(commit) if all(c in "0123456789abcdefABCDEF" for c in commit) else None
        if author:
            found.append((Address(*author), f"wrote {commit[:12]}, which this fixes"))
        elif not directory.has_history:
            notes.append(f"Who wrote {commit[:12]}, which this fixes, cannot be told without history.")
        else:
            notes.append(f"Who wrote {commit[:12]}, which this fixes, cannot be told: git does not have it.")
    return found


def _from_trailers(patch: Patch, gathering: _Gathering) -> None:
    for trailer in trailers_of(patch.message):
        key = trailer.key.lower()
        if key not in _TRAILERS and not key.endswith("-by"):
            continue
        someone = person(trailer.value)
        if someone is None or someone.key == patch.author.key:
            continue
        gathering.add(someone, _TRAILERS.get(key, "reviewer in the commit"), "", [f"{trailer.key} in the commit"])
