"""Recipients: who gets each patch, in which header, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from patchflow.domain.address import Address
from patchflow.domain.recipient import Header, PatchRecipients
from patchflow.tui.models.rows import Row
from patchflow.tui.models.series import SeriesModel


@dataclass(frozen=True, slots=True)
class Person:
    """An address as it stands for one patch; `dropped` where it is left out."""

    address: Address
    group: int
    dropped: bool = field(default=False, compare=False)  # the cursor stays on whoever is dropped or taken back


def recipient_rows(model: SeriesModel) -> list[Row]:
    """Everybody, the whole series' union first, then patch by patch."""
    if model.recipients_problem:
        return [Row("Nobody could be worked out.", "error")]
    if model.recipients is None:
        return [Row("working out who gets it …", "dim")]
    groups = model.recipients
    rows: list[Row] = []
    order = [len(groups) - 1, *range(len(groups) - 1)] if len(groups) > 1 else list(range(len(groups)))
    for number in order:
        group = groups[number]
        title = "everybody (cover letter)" if number == len(groups) - 1 else f"{number + 1}. {group.patch}"
        rows.append(Row(title, "head"))
        rows += _group(group, number)
    return rows


def _group(group: PatchRecipients, number: int) -> list[Row]:
    rows = [
        Row(f"  {header}: {one.address}  ({one.role})", "strong" if header == Header.TO else "plain",
            Person(one.address, number))
        for header in (Header.TO, Header.CC)
        for one in group.recipients
        if one.header == header
    ]  # fmt: skip
    rows += [Row(f"  left out: {one.address}  ({one.because})", "dim", Person(one.address, number, True))
             for one in group.dropped]  # fmt: skip
    return rows + [Row(f"  {note}", "note") for note in group.notes]


def reasons(model: SeriesModel, person: Person) -> list[Row]:
    """Why somebody gets it, patch by patch."""
    rows = [Row(str(person.address), "head"), Row("")]
    for number, group in enumerate(model.recipients or ()):
        last = number == len(model.recipients or ()) - 1
        title = "cover letter" if last else f"{number + 1}. {group.patch}"
        for one in group.recipients:
            if one.address.key == person.address.key:
                rows.append(Row(f"{one.header} of {title}", "strong"))
                rows.append(Row(f"  {one.role}{f' of {one.section}' if one.section else ''}"))
                rows += [Row(f"  because {why}", "dim") for why in one.because]
        for gone in group.dropped:
            if gone.address.key == person.address.key:
                rows += [Row(f"left out of {title}", "warning"), Row(f"  {gone.because}", "dim")]
    return rows
