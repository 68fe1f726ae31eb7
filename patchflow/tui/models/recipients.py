"""Recipients: everybody once, with a mark for each mail they get, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from patchflow.domain.address import Address
from patchflow.domain.recipient import Header, PatchRecipients, Recipient
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import SeriesModel
from patchflow.values import dataclass

_MOST_MARKS = 30  # mails; of more their number is told
GETS, NOT = "•", "·"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the list; `dropped` where they are left out."""

    address: Address
    dropped: bool = field(default=False, compare=False)  # the cursor stays on whoever is dropped or taken back


def recipient_rows(model: SeriesModel) -> list[Row]:
    """Everybody, those in To first, with a mark for each mail they get; then who is left out, and notes."""
    if model.recipients_problem:
        return [Row("Nobody could be worked out.", "error")]
    if model.recipients is None:
        return [Row("working out who gets it …", "dim")]
    groups = _mails(model.recipients)
    found: dict[str, list[Recipient | None]] = {}
    for number, group in enumerate(groups):
        for one in group.recipients:
            found.setdefault(one.address.key, [None] * len(groups))[number] = one
    gone = {one.address.key: one for group in groups for one in group.dropped if one.address.key not in found}
    width = len(_head(groups))
    people = sorted(found.values(), key=lambda gets: all(one is None or one.header == Header.CC for one in gets))
    count = f"{len(found)} {'person or list' if len(found) == 1 else 'people and lists'}{model.age('recipients')}"
    return [
        Row(f"     {_head(groups)}  {count}", "head"),
        *(_person(gets, width) for gets in people),
        *(Row(f"  -  {NOT * width}  {one.address}  (left out: {one.because})", "dim", Person(one.address, True))
          for one in gone.values()),
        *(Row(f"  {note}", "note") for note in _notes(groups)),
    ]  # fmt: skip


def _mails(groups: Sequence[PatchRecipients]) -> Sequence[PatchRecipients]:
    """The mails, the cover letter first; a single patch has none."""
    return groups[:1] if len(groups) == 2 else [*groups[-1:], *groups[:-1]]


def _head(groups: Sequence[PatchRecipients]) -> str:
    """What stands above the marks: C for the cover letter, then the patches' last digits."""
    if len(groups) > _MOST_MARKS:
        return "mails"
    return "1" if len(groups) == 1 else "C" + "".join(str(number % 10) for number in range(1, len(groups)))


def _person(gets: Sequence[Recipient | None], width: int) -> Row:
    there = [one for one in gets if one is not None]
    to = any(one.header == Header.TO for one in there)
    if len(gets) > _MOST_MARKS:
        marks = f"{len(there):>{width}}"
    else:
        marks = "".join(NOT if one is None else "c" if to and one.header == Header.CC else GETS for one in gets)
    first = next(one for one in there if (one.header == Header.TO) == to)
    text = f"  {'To' if to else 'Cc'} {marks}  {first.address}  ({first.role})"
    return Row(text, "strong" if to else "plain", Person(first.address))


def _notes(groups: Sequence[PatchRecipients]) -> list[str]:
    """What is to be said of the mails; once where it is the same for all."""
    said: dict[str, list[str]] = {}
    for group in groups:
        for note in group.notes:
            said.setdefault(note, []).append(group.patch)
    return [note if len(of) == len(groups) else f"{', '.join(of)}: {note}" for note, of in said.items()]


def reasons(model: SeriesModel, person: Person) -> list[Row]:
    """Why somebody gets it; mails they get for the same reasons stand together."""
    rows = [Row(str(person.address), "head"), Row("")]
    groups = model.recipients or ()
    mails = groups if len(groups) > 2 else groups[:1]
    same: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for number, group in enumerate(mails, 1):
        title = "the cover letter" if number == len(groups) else f"{number}. {group.patch}"
        for one in group.recipients:
            if one.address.key == person.address.key:
                role = f"{one.role}{f' of {one.section}' if one.section else ''}"
                same.setdefault((str(one.header), role, one.because), []).append(title)
        for gone in group.dropped:
            if gone.address.key == person.address.key:
                same.setdefault(("left out", gone.because, ()), []).append(title)
    for (header, role, because), titles in same.items():
        kind = "warning" if header == "left out" else "strong"
        rows += [
            Row(f"{header} of {title}", kind) for title in (titles if len(titles) < len(mails) else ["every mail"])
        ]
        rows += [Row(f"  {role}"), *(Row(f"  because {why}", "dim") for why in because)]
    return rows


def fitting(text: str, people: Sequence[str]) -> list[str]:
    """Those in whose name and address every word of the text stands, in any case; none for an empty text."""
    words = text.casefold().split()
    return [one for one in people if words and all(word in one.casefold() for word in words)]
