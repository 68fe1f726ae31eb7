"""Looks through our own files and refs for damage, each read as the commands read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from patchflow.adapters.kept import damage_met, tell_damaged_ref
from patchflow.adapters.mail.outbox import Outbox
from patchflow.adapters.trust import trusted
from patchflow.errors import MissingError, PatchflowError
from patchflow.flow.clone import Clone, profile, profile_names
from patchflow.flow.review.mail import known_marks, ours
from patchflow.flow.review.patchwork import known_states
from patchflow.flow.review.reply import drafts
from patchflow.flow.reviewing.results import results
from patchflow.flow.reviewing.reviews import every
from patchflow.flow.series.trailers import known_choices
from patchflow.flow.try_.results import evidence
from patchflow.formats.patch.revision import parse_revision

if TYPE_CHECKING:
    from patchflow.domain.series import Series


def damaged(here: Clone) -> list[str]:
    """A sentence for each damaged file and ref of this clone and of the user."""
    trusted()
    refused = list(_refused([partial(profile, name) for name in profile_names()]))
    with suppress(MissingError):  # outside of a repository; `doctor` says so itself
        refused += _refused(_readers(here))
    return [*dict.fromkeys([*refused, *damage_met()])]


def _refused(readers: list[Callable[[], object]]) -> Iterator[str]:
    for read in readers:
        try:
            read()
        except PatchflowError as error:
            yield error.message


def _readers(here: Clone) -> list[Callable[[], object]]:
    ledger = here.store.ledger
    return [
        lambda: known_marks(here),
        lambda: ours(here),
        lambda: drafts(here),
        lambda: [results(here, review) for review in every(here)],
        lambda: [*ledger.steps(), *ledger.undone()],
        lambda: _records(here),
        *(Outbox(folder).states for folder in here.repository.state.all_outboxes()),
        *(lambda name=name: _of_series(here, here.store.load(name, with_diffs=False))
          for name in here.store.names()),
    ]  # fmt: skip


def _of_series(here: Clone, series: Series) -> None:
    known_choices(here, series)
    evidence(here, series)
    known_states(here, series)


def _records(here: Clone) -> None:
    for ref, commit in here.repository.refs("refs/patchflow/").items():
        try:
            parse_revision((here.repository.read_blob(commit, "revision.json") or b"").decode())
        except ValueError as error:
            tell_damaged_ref(ref, error)
