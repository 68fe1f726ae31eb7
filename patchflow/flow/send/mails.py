"""The mails of a series, made by git without the user's configuration, and judged by reading them back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.git.clean import clean_git
from patchflow.domain.series import Cover
from patchflow.errors import UsageError
from patchflow.flow.check.judge import has_cover
from patchflow.flow.clone import Clone
from patchflow.flow.send.patch_notes import patch_notes
from patchflow.flow.send.posting import faults, make_mails
from patchflow.flow.series.dependencies import prerequisite_entries
from patchflow.flow.templates import filled

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Revision, Series
    from patchflow.flow.send.posting import Lost, Mail


def mails_of(
    here: Clone, series: Series, facts: Profile, *, revision: int = 0, rfc: bool = False, resend: bool = False
) -> list[Mail]:
    """The versioned patches of a series as mails, without Message-IDs and recipients."""
    repository = here.repository
    number = revision or (series.last.number if resend and series.last else series.next_revision)
    if resend and series.last:
        series = replace(series, cover=_with_resend_note(here, facts, series, series.last))
    with clean_git(repository.common, repository.identity()) as git:
        return make_mails(
            repository, git, series, facts, revision=revision, rfc=rfc, resend=resend, signature=signature(here),
            needs=prerequisite_entries(here, series), notes=patch_notes(here, series, facts, number),
        )  # fmt: skip


def _with_resend_note(here: Clone, facts: Profile, series: Series, last: Revision) -> Cover | None:
    """The cover letter with the template's note of a resend above it; as it is where the template is empty."""
    note = filled(here, facts, "resend", number=str(last.number), date=f"{last.date:%Y-%m-%d}").strip("\n")
    if not note:
        return series.cover
    letter = series.cover or Cover("", "")
    if has_cover(series, facts):
        return letter if letter.is_unfilled else Cover(letter.subject, f"{note}\n\n{letter.body}".rstrip("\n"))
    return Cover("", f"{note}\n\n{letter.notes}".rstrip("\n"))


def lost_on_the_way(here: Clone, mails: list[Mail]) -> list[Lost]:
    """What of the commits these mails would lose; see flow.send.posting.faults."""
    with clean_git(here.repository.common, here.repository.identity()) as git:
        return faults(git, mails)


def signature(here: Clone) -> str:
    """What stands below a mail: format.signature, else what format.signatureFile holds, else git's version."""
    own, named = here.repository.config("format.signature"), here.repository.config("format.signaturefile")
    if own is not None:
        return own
    if not named:
        return re.sub(r"^git version ", "", here.git.run("version").text).strip()
    try:
        return Path(named).expanduser().read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(
            f"{named}, which format.signatureFile names, cannot be read: {error.strerror}.",
            "`git config --show-origin format.signatureFile` says where that is set.",
        ) from error
