"""The changelog of a cover letter, taken apart: which of its lines are about which patch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch

_HEAD = lazy_re.compile(r"^Changes in v([0-9]{1,4}):?[ \t]*$")


@dataclass(frozen=True, slots=True)
class Since:
    """What became of a patch since the revision before: `unchanged` is the oldest revision since which it is the same
    (0: it was changed), `new` says that it was in none."""

    unchanged: int = 0
    new: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a changelog, its continuation lines joined; `first` and `last` are its lines in the text, from 0."""

    revision: int
    text: str
    first: int
    last: int

    def about(self, titles: Collection[str]) -> str:
        """The title of the patch it is about, "" for none of these: `- TITLE: what changed`."""
        found = [one for one in titles if self.text.startswith(f"- {one}: ")]
        return max(found, key=len, default="")


def items_of(body: str) -> list[Item]:
    """The lines of every `Changes in vN` block, each of which ends at a blank line."""
    found: list[Item] = []
    revision = 0
    for number, line in enumerate(body.split("\n")):
        if head := _HEAD.match(line):
            revision = int(head[1])
        elif not line.strip():
            revision = 0
        elif revision and line.startswith("- "):
            found.append(Item(revision, " ".join(line.split()), number, number))
        elif revision and found and found[-1].last == number - 1 and line[:1] in " \t":
            last = found[-1]
            found[-1] = Item(last.revision, f"{last.text} {' '.join(line.split())}", last.first, number)
    return found


def own_titles(patches: Sequence[Patch]) -> list[str]:
    """The titles that only one of the patches bears: a line about another may be about either, and is moved nowhere."""
    titles = Counter(patch.subject for patch in patches)
    return [title for title, count in titles.items() if count == 1]


def notes_of(body: str, title: str, titles: Collection[str], number: int, since: Since) -> str:
    """What stands below a patch's `---`: the changelog's lines about it, the newest version first, without its title;
    of version `number` also that it is new or was not changed, where no line says more. "" for nothing."""
    rows: dict[int, list[str]] = {}
    for item in items_of(body):
        if item.about(titles) == title and item.revision <= number:
            rows.setdefault(item.revision, []).append(f"- {item.text.removeprefix(f'- {title}: ')}")
    parts = [f"Changes in v{one}:\n" + "\n".join(rows[one]) for one in sorted(rows, reverse=True)]
    if number not in rows and (since.new or since.unchanged):
        parts.insert(0, f"(new in v{number})" if since.new else f"(no changes since v{since.unchanged})")
    return "\n\n".join(parts)


def without_items(body: str, titles: Sequence[str]) -> str:
    """The text without the changelog's lines about these patches, which stand below their own `---`."""
    gone = {number for item in items_of(body) if item.about(titles) for number in range(item.first, item.last + 1)}
    return "\n".join(line for number, line in enumerate(body.split("\n")) if number not in gone)
