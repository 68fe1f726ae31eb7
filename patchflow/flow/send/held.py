"""What a clone says of a series that may hold its send back; `gates.py` says it in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.who import my_addresses
from patchflow.flow.series.adopt import posted_elsewhere
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import person, trailers_of

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import Recipient
    from patchflow.domain.series import Series
    from patchflow.flow.send.posting import Mail
    from patchflow.formats.mail.series import Posting


def published(here: Clone, series: Series) -> int:
    """How many of the patches, from the first on, are commits of others that a public tree has."""
    mine = {one.lower() for one in my_addresses(here)}
    theirs = list(takewhile(lambda one: one.committer.email.lower() not in mine, series.patches))
    return next((n for n in range(len(theirs), 0, -1) if here.repository.is_public(theirs[n - 1].commit)), 0)


def unsigned(here: Clone, series: Series, facts: Profile) -> list[int]:
    """The numbers of the patches that are others', that the user did not sign off, and that were not sent before."""
    if not facts.judges("signedoff"):
        return []
    mine = {*map(str.lower, my_addresses(here)), here.repository.identity().name.casefold()}
    sent = {parse_subject(one.subject).title for revision in series.revisions for one in revision.messages}
    rows = enumerate(series.patches, 1)
    return [n for n, one in rows if one.subject not in sent and mine.isdisjoint(_signers(one))]


def _signers(patch: Patch) -> set[str]:
    """The addresses and names of a patch's author and of those who signed it off, in lower case."""
    tags = [one for one in trailers_of(patch.message) if one.key.lower() == "signed-off-by"]
    people = [patch.author, *filter(None, (person(tag.value) for tag in tags))]
    return {word for who in people for word in (who.key, who.name.casefold())}


def posted_by_hand(
    here: Clone, series: Series, number: int, mails: Sequence[Mail], people: Mapping[str, Sequence[Recipient]]
) -> Posting | None:
    """This version or a later one, where the user posted it to the lists and nothing here recorded it. What b4 sent of
    its own branches stands in its record."""
    if not mails or here.store.b4_state(series.branch):
        return None
    lists = {one.address.key for group in people.values() for one in group if one.is_list}
    return posted_elsewhere(here, series, number, parse_subject(mails[0].subject), lists)


def mismatches(
    here: Clone, series: Series, mails: Sequence[Mail], people: Mapping[str, Sequence[Recipient]]
) -> list[str]:
    """What of a series goes to a tree or a list that is not its files'."""
    paths = list(dict.fromkeys(path for patch in series.patches for path in patch.paths))
    word = parse_subject(mails[0].subject).tree if mails else ""
    remote = series.base_ref.removeprefix("refs/remotes/").partition("/")[0]
    url = (here.repository.config(f"remote.{remote}.url") or "") if "/" in series.base_ref else ""
    everybody = {one.address.email for mail in mails for one in people.get(mail.commit, ())}
    return here.subsystems.faults(paths, word, (series.foundation, url), everybody)


def uncommitted(here: Clone, series: Series) -> list[str]:
    """What is not committed on the series' own branch."""
    try:
        return here.git.is_dirty() if here.repository.current_branch() == series.branch else []
    except PatchflowError:
        return []  # a detached HEAD: what is uncommitted there is not this branch's


def is_base_in_tree(here: Clone, series: Series, profile: Profile) -> bool:
    """Whether the base is in the tree the bracket names; True where that is not fetched."""
    tip = here.repository.refs("refs/remotes/").get(f"refs/remotes/{profile.tree.name}/{profile.tree.branch}")
    return tip is None or here.repository.is_ancestor(series.foundation, tip)


def other_patches(here: Clone, series: Series) -> dict[str, str]:
    """The commits of this clone's other series, each with its branch."""
    found: dict[str, str] = {}
    for name in here.store.names():
        tip = here.repository.try_resolve(f"refs/heads/{name}")
        if name != series.branch and tip and here.repository.is_ancestor(series.foundation, tip):
            with suppress(PatchflowError):  # a branch far from its base is no series; its own page says so
                change_id = here.store.setting(name, "change-id")
                base = here.store.pin(name)[0] or here.store.below(name, tip, here.store.revisions(change_id))
                found.update(dict.fromkeys(here.repository.commits_between(base, tip), name))
    return found
