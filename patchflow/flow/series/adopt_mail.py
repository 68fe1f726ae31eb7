"""A branch made of a series that was sent from elsewhere: out of its mails, with what was sent of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.adapters.git.scratch import commits_on
from patchflow.domain.series import Cover
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.review.who import my_addresses
from patchflow.flow.reviewing.bases import find_base
from patchflow.flow.reviewing.look import Taken, take
from patchflow.flow.reviewing.mails import read_mails
from patchflow.flow.reviewing.preimages import preimages
from patchflow.flow.reviewing.received import received_patches
from patchflow.flow.series.dependencies import patch_ids_of
from patchflow.flow.series.earlier_revisions import Tagged, as_patches, revisions_of
from patchflow.flow.series.prepare import default_base, need_name, plan_settings
from patchflow.flow.templates import cover_template
from patchflow.formats.mail.base_info import base_info
from patchflow.formats.patch import b4
from patchflow.formats.patch.cover import cover_text, letter_of
from patchflow.formats.patch.trailers import person
from patchflow.formats.plain_name import plain_name
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone
    from patchflow.formats.mail.series import Posting


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of such a branch: its name ("" for one of the title's words), its base ("" to look for it), the
    profile that was chosen ("" for the one of its files), and whether the mails may be somebody else's."""

    branch: str = ""
    base: str = ""
    profile: str = ""
    anybody: bool = False


def adopt_mail(here: Clone, message: str, wanted: Wanted, note: Callable[[str], None]) -> Series:
    """A branch with the patches of the newest revision in the thread of a message, its cover letter, and every revision
    as one that was sent; neither HEAD nor a file is touched. One step, which `undo` takes back.

    UsageError where the mails are nobody's of the user, PatchflowError where they are not whole or do not apply.
    """
    taken = take(read_mails(here, message, note))
    posting = taken.chosen.posting
    _need_mine(here, posting, wanted.anybody)
    if taken.faults:
        raise PatchflowError(f"The series cannot be applied: {' '.join(taken.faults)}", "Nothing was made.")
    branch = wanted.branch or b4.slug_of(posting.title)
    need_name(here.repository, branch)
    made = _made(here, taken, posting, wanted.base)
    if isinstance(made, str):
        raise PatchflowError(f"v{posting.revision} cannot be applied: {made}.",
                             "Name the commit it stands on with --base REF; `git fetch` brings it here.")  # fmt: skip
    tags = [made]
    for number, older in _postings(taken).items():
        if number != posting.revision:
            one = _made(here, taken, older, "")
            if isinstance(one, str):
                note(f"v{number} is recorded without its commits: {one}.")
            else:
                tags.append(one)
    return _branch(here, taken, branch, tags, wanted)


def _need_mine(here: Clone, posting: Posting, anybody: bool) -> None:
    if anybody or posting.author.key in {one.lower() for one in my_addresses(here)}:
        return
    raise UsageError(
        f"{posting.title[:60]!r} was sent by {posting.author}, which is not an address of yours.",
        "`patchflow review` looks at it. If it is yours, `git config --add patchflow.alsoMe ADDRESS` says so; "
        "--force makes a branch of it all the same.",
    )


def _postings(taken: Taken) -> dict[int, Posting]:
    """Revision -> its posting; one that was sent again counts once, the last time."""
    found = {one.revision: one for one in taken.chosen.revisions if one.patches and one.complete}
    return {**found, taken.chosen.posting.revision: taken.chosen.posting}


def _made(here: Clone, taken: Taken, posting: Posting, base: str) -> Tagged | str:
    """The commits of a posting; why there are none."""
    patches = received_patches(posting.patches, taken.mails)
    if fault := next((f"patch {one.part}: {one.fault}" for one in patches if one.fault), ""):
        return fault
    if base:
        commit = here.repository.resolve(base)
    else:
        bodies = [message.body for message in (*([posting.cover] if posting.cover else []), *posting.patches)]
        files = preimages([one.patch.diff for one in patches])
        found = find_base(here, base_info(bodies).commit, files, posting.first.date)
        if not found.commit:
            return found.how
        commit = found.commit
    done = commits_on(here.git, commit, [one.patch for one in patches], here.repository.identity())
    if done.said:
        return f"on {commit[:12]}, {done.said}"
    own = tuple(here.repository.patch(one) for one in done.commits)
    return Tagged(posting.revision, done.tip, commit, "", posting.first.date or datetime.now(UTC), own)


def _branch(here: Clone, taken: Taken, branch: str, tags: Sequence[Tagged], wanted: Wanted) -> Series:
    """Writes it all, in one step."""
    store, posting, newest = here.store, taken.chosen.posting, tags[0]
    postings = _postings(taken)
    change_id = _change_id(here, posting, branch)
    facts = here.profile_of_patches(newest.patches, wanted.profile)
    diffs = [*(p for tag in tags for p in tag.patches), *(p for one in postings.values() for p in as_patches(one))]
    revisions = revisions_of(postings, tags, newest.patches, newest.base, newest.tip, patch_ids_of(here, diffs))
    cover = Cover(posting.title, letter_of(posting.cover.body)) if posting.cover else None
    text = cover_text(cover or cover_template(here, facts, branch))
    with store.ledger.lock():
        change = store.ledger.change(f"adopt {branch} from mail")
        store.ledger.set_ref(change, f"refs/heads/{branch}", newest.tip)
        plan_settings(store, change, branch, wanted.profile, _base_name(here, facts, newest, wanted.base), change_id)
        if posting.tree and posting.tree != facts.prefix:
            store.plan_setting(change, branch, "prefixes", posting.tree)
        store.ledger.set_file(change, store.cover_path(change_id), text.encode("utf-8", "surrogateescape"))
        store.plan_records(change, change_id, branch, revisions)
        store.ledger.set_config(change, f"branch.{branch}.patchflow-cc-add", *_people(here, posting))
        store.ledger.commit(change)
    return store.load(branch)


def _change_id(here: Clone, posting: Posting, branch: str) -> str:
    """The series' own change-id where it bears one; PatchflowError where a series of this clone has that."""
    told = posting.change_id
    if taken := [name for name in here.store.names() if told and here.store.setting(name, "change-id") == told]:
        raise PatchflowError(f"This series is here already: {taken[0]}.", f"`git switch {taken[0]}` goes there.")
    if told and not here.repository.refs(f"refs/patchflow/{told}/"):
        return plain_name(told, "The change-id of these mails")
    return b4.new_change_id(branch, datetime.now(UTC).date(), secrets.token_hex(6))


def _base_name(here: Clone, facts: Profile, newest: Tagged, named: str) -> str:
    """What the base is called: as it was named, the tree's branch where the series stands on it, else its hash."""
    if named and named != "HEAD":
        return named
    usual = default_base(here.repository, facts)
    commit = here.repository.try_resolve(usual) if usual != "HEAD" else None
    return usual if commit and here.repository.merge_base(commit, newest.tip) == newest.base else newest.base


def _people(here: Clone, posting: Posting) -> list[str]:
    """Those its first mail went to, but for the user."""
    mine = {one.lower() for one in my_addresses(here)}
    people = {one.key: str(one) for one in (*posting.first.to, *posting.first.cc) if one.key not in mine}
    return [text for text in people.values() if text.isprintable() and person(text)]
