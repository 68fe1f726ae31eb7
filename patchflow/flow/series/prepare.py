"""Starting, adopting and describing a series: branch, settings, cover letter."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from patchflow import lazy_re
from patchflow.domain.profile import Profile, Tree
from patchflow.domain.series import Cover, Revision, Series
from patchflow.errors import PatchflowError, UsageError
from patchflow.formats.get_maintainer.facts import is_mainline, tree_key
from patchflow.formats.patch import b4
from patchflow.formats.patch.subject import is_presubject, parse_subject
from patchflow.formats.plain_name import plain_name
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.adapters.git.change import Change
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.adapters.git.store import SeriesStore


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of a branch from before patchflow: revisions that were sent (oldest first), the cover letter,
    people (as addresses are typed), the words of the bracket, and the change-id that the branch had here once."""

    revisions: tuple[Revision, ...] = ()
    cover: Cover | None = None
    people: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    presubject: str = ""
    change_id: str = ""


NOTHING = Earlier()
_BRANCHES = ("for-next", "next", "main", "master")  # of a tree whose branch is not written
_WORD = lazy_re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,40}")
_NAME = lazy_re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")


def new_series(
    repository: GitRepository,
    store: SeriesStore,
    name: str,
    profile: Profile,
    base_ref: str = "",
    as_b4: bool = False,
    prefixes: tuple[str, ...] = (),
    chosen: bool = False,
    *,
    template: Cover,
    answered: bool = False,
    presubject: str = "",
) -> Series:
    """A new branch at the base, with its settings and an editable cover; HEAD goes to it.

    A base that was `answered` to UnfetchedError is remembered for the tree.

    Refused: a name git would not take, a branch that exists, a base that names no commit, a work tree whose
    changes switching would overwrite. A profile that was `chosen` stays; another follows the files. `prefixes` stand
    in the bracket instead of the profile's tree, `presubject` before it. One step, which `undo` takes back.
    """
    with store.ledger.lock():
        remember = base_key(profile.tree) if answered else ""
        words = prefixes, presubject
        return _new_series(repository, store, name, profile, base_ref, as_b4, words, chosen, template, remember)


def _new_series(
    repository: GitRepository,
    store: SeriesStore,
    name: str,
    profile: Profile,
    base_ref: str,
    as_b4: bool,
    words: tuple[tuple[str, ...], str],
    chosen: bool,
    template: Cover,
    remember: str,
) -> Series:
    prefixes, presubject = words
    branch = f"b4/{name}" if as_b4 else name
    need_name(repository, name, branch)
    repository.identity()
    base_ref = named = base_ref or default_base(repository, profile)
    if base_ref == "HEAD":
        _not_stacked(repository, store)
    elif remember:
        base_ref = named = named_base(repository, base_ref, profile.tree)
    base = repository.resolve(base_ref)
    if base_ref == "HEAD":
        base_ref = _below_head(repository, base) or base
    change_id = b4.new_change_id(name, datetime.now(UTC).date(), secrets.token_hex(6))
    ledger = store.ledger
    change = ledger.change(f"new {name}")
    if remember:
        ledger.set_config(change, remember, named)
    tip = base
    if as_b4:
        tracking = b4.Tracking(1, change_id, prefixes or ((profile.prefix,) if profile.prefix else ()), presubject)
        tip = store.empty_commit(base, b4.cover_commit_message(template, tracking))
        ledger.set_config(change, f"branch.{branch}.b4-prep-cover-strategy", "commit")
    else:
        text = f"{template.subject}\n\n{template.body}\n"
        ledger.set_file(change, store.cover_path(change_id), text.encode())
        store.plan_setting(change, branch, "prefixes", " ".join(prefixes))
        store.plan_setting(change, branch, "presubject", presubject)
    ledger.set_ref(change, f"refs/heads/{branch}", tip)
    plan_settings(store, change, branch, profile.name if chosen else "", base_ref, change_id)
    ledger.set_head(change, branch)
    ledger.commit(change)
    return store.load(branch)


def need_name(repository: GitRepository, name: str, branch: str = "") -> None:
    """UsageError for a name that no branch can have, PatchflowError where there is such a branch already."""
    need_valid(name)
    if repository.has_branch(branch or name):
        raise PatchflowError(
            f"The branch {branch or name} exists already.", "`patchflow adopt` takes over a branch as it is."
        )


def need_valid(name: str) -> None:
    """UsageError for a name that no branch can have."""
    if not _NAME.match(name) or ".." in name or name.endswith((".lock", "/", ".")) or "//" in name:
        raise UsageError(f"{name[:80]!r} is not a name for a branch or tag.", "Use letters, digits, dots and dashes.")


class StackedError(UsageError):
    """A new series would stand on the one that is checked out: `branch`; `below` is what that one stands on."""

    def __init__(self, branch: str, below: str) -> None:
        super().__init__(
            f"{branch} is a series itself, and a new one would stand on its patches.",
            f"Say which is meant: `--base {below}` for the same base, `--base {branch}` to stand on top of it.",
        )
        self.branch, self.below = branch, below


class UnfetchedError(UsageError):
    """No remote that was fetched has the `tree` a new series goes to; `advice` is how to have it."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        remote = shlex.quote(tree.name.replace("/", "-"))
        self.advice = f"`git remote add {remote} {shlex.quote(tree.url)} && git fetch {remote}` adds it"
        super().__init__(f"No remote that was fetched has {tree.name} ({tree.url}).", f"{self.advice}.")


def ask_base(repository: GitRepository, profile: Profile) -> None:
    """UnfetchedError where the base of a new series is in no remote, and was not named before.

    Mainline's own tree is asked about by nobody: every clone has some of it.
    """
    tree = profile.tree
    if not tree.url or is_mainline(tree.url) or repository.config("patchflow.base"):
        return
    if not (fetched_tree(repository, tree) or _remembered(repository, tree)):
        raise UnfetchedError(tree)


def base_key(tree: Tree) -> str:
    """The key of git config that holds the base of new series for a tree no fetched remote has."""
    return f"patchflow.{tree_key(tree.url)}.base"


def _remembered(repository: GitRepository, tree: Tree) -> str:
    """The base that was named for a tree before, "" where none was or it is gone."""
    named = repository.config(base_key(tree)) if tree.url else ""
    return named if named and repository.try_resolve(named) else ""


def named_base(repository: GitRepository, words: str, tree: Tree) -> str:
    """A base as it was typed: a remote stands for the branch of it that the tree's would be; UsageError where it is
    neither a remote that was fetched nor a commit."""
    refs = repository.refs(f"refs/remotes/{words}/")
    for branch in (tree.branch, *_BRANCHES):
        if branch and f"refs/remotes/{words}/{branch}" in refs:
            return f"{words}/{branch}"
    if not repository.try_resolve(words):
        raise UsageError(f"{words[:60]!r} is neither a remote that was fetched nor a branch, tag or commit.")
    return words


def _not_stacked(repository: GitRepository, store: SeriesStore) -> None:
    """StackedError where HEAD is a branch that is a series with patches."""
    try:
        branch = repository.current_branch()
    except PatchflowError:
        return  # a detached HEAD is named on purpose
    below = store.setting(branch, "base") if store.setting(branch, "change-id") else ""
    commit = repository.try_resolve(below) if below else None
    tip = repository.resolve(f"refs/heads/{branch}")
    if commit and repository.merge_base(commit, tip) != tip:
        raise StackedError(branch, below[:12] if below == commit else below)


def default_base(repository: GitRepository, profile: Profile) -> str:
    """patchflow.base, the remote branch of the profile's tree where one is fetched, what was named for that tree
    before, else HEAD."""
    if named := repository.config("patchflow.base"):
        return named
    fetched = fetched_tree(repository, profile.tree).removeprefix("refs/remotes/")
    return fetched or _remembered(repository, profile.tree) or "HEAD"


def followed(repository: GitRepository, branch: str) -> str:
    """The remote branch that a branch follows; "" for none, and for the copy of itself that `git push -u` made."""
    same = repository.config(f"branch.{branch}.merge") == f"refs/heads/{branch}"
    trunks = (*_BRANCHES, repository.default_branch(repository.config(f"branch.{branch}.remote") or ""))
    return "" if same and branch not in trunks else repository.upstream(branch) or ""


def _below_head(repository: GitRepository, head: str) -> str:
    """The remote branch that HEAD's branch follows and stands on; "" for none. It moves with the tree, so that a series
    rebased by hand still begins above it."""
    try:
        above = followed(repository, repository.current_branch())
    except PatchflowError:  # a detached HEAD
        return ""
    return above if above and repository.try_resolve(above) == head else ""


def fetched_tree(repository: GitRepository, tree: Tree) -> str:
    """The full remote ref that holds a tree's branch: of the remote with its URL, else of the one with its name; ""
    where none is fetched. Without a written branch the usual names are looked for."""
    refs = repository.refs("refs/remotes/")
    remotes = dict.fromkeys(ref.split("/")[2] for ref in refs)
    urls = {remote: repository.config(f"remote.{remote}.url") or "" for remote in remotes}
    same = [remote for remote in remotes if tree.url and urls[remote] and tree_key(urls[remote]) == tree_key(tree.url)]
    for remote in (*same, *(one for one in remotes if one == tree.name)):
        for branch in (tree.branch,) if tree.branch else _BRANCHES:
            if (ref := f"refs/remotes/{remote}/{branch}") in refs:
                return ref
    return ""


def adopt(
    repository: GitRepository,
    store: SeriesStore,
    branch: str,
    profile: Profile,
    base_ref: str = "",
    earlier: Earlier = NOTHING,
    chosen: bool = False,
    *,
    template: Cover,
) -> Series:
    """Takes over a branch as it is: b4's with its change-id, revision and cover; a plain one with what is asked and
    with what is known of it (`earlier`: versions that were sent, git-publish's settings).

    Nothing of the branch changes; only settings and records of what was sent are written, in one step that
    `undo` takes back.
    """
    with store.ledger.lock():
        earlier = replace(earlier, cover=earlier.cover or template)
        return _adopt(repository, store, branch or repository.current_branch(), profile, base_ref, earlier, chosen)


def _adopt(
    repository: GitRepository,
    store: SeriesStore,
    branch: str,
    profile: Profile,
    base_ref: str,
    earlier: Earlier,
    chosen: bool,
) -> Series:
    if not repository.has_branch(branch):
        raise UsageError(f"There is no branch {branch}.")
    ledger = store.ledger
    change = ledger.change(f"adopt {branch}")
    tip = repository.resolve(f"refs/heads/{branch}")
    found = store.b4_state(branch)
    if found:
        tracking = found[2]
        change_id = tracking.change_id or b4.new_change_id(branch, datetime.now(UTC).date(), secrets.token_hex(6))
        plain_name(change_id, f"b4's change-id of {branch}")
        base_ref = base_ref or _b4_base(store, branch, tip, tracking)
        revision = tracking.revision
    else:
        change_id = store.setting(branch, "change-id") or earlier.change_id
        change_id = change_id or b4.new_change_id(branch, datetime.now(UTC).date(), secrets.token_hex(6))
        revision = store.lowest_revision(branch)
        base_ref = base_ref or store.setting(branch, "base") or _plain_base(repository, branch, profile)
        if earlier.prefixes and not store.setting(branch, "prefixes"):
            store.plan_setting(change, branch, "prefixes", " ".join(earlier.prefixes))
        if earlier.presubject and not store.setting(branch, "presubject"):
            store.plan_setting(change, branch, "presubject", earlier.presubject)
        if not store.cover_path(change_id).is_file():
            text = f"{earlier.cover.subject}\n\n{earlier.cover.body.rstrip()}\n" if earlier.cover else ""
            ledger.set_file(change, store.cover_path(change_id), text.encode())
        store.plan_records(change, change_id, branch, earlier.revisions)
        known = repository.config_all(f"branch.{branch}.patchflow-cc-add")
        if new := [one for one in earlier.people if one not in known]:
            ledger.set_config(change, f"branch.{branch}.patchflow-cc-add", *known, *new)
    base = repository.resolve(base_ref)
    common = repository.merge_base(base, tip)
    if common is None:
        raise UsageError(f"{branch} and {base_ref} have no common ancestor.", "Name the base with --base REF.")
    repository.commits_between(common, tip, f"{base_ref} and {branch}")  # refuses a branch that is too long
    if base_ref == "HEAD":
        base_ref = base
    plan_settings(store, change, branch, profile.name if chosen else "", base_ref, change_id)
    if revision > 1 and not found:  # b4 counts in its own tracking
        store.plan_setting(change, branch, "revision", str(revision))
    ledger.commit(change)
    return store.load(branch)


def _b4_base(store: SeriesStore, branch: str, tip: str, tracking: b4.Tracking) -> str:
    """The commit below b4's cover commit; where b4 keeps the cover elsewhere, the base branch that it recorded."""
    name = str(tracking.extra.get("base-branch", ""))
    named = store.repository.try_resolve(name)
    found = store.under_cover(branch, "", tip) or (named and store.repository.merge_base(named, tip) and name)
    if not found:
        raise UsageError("The base of this b4 branch cannot be told.", "Name it with --base REF.")
    return found


def _plain_base(repository: GitRepository, branch: str, profile: Profile) -> str:
    above = followed(repository, branch) or default_base(repository, profile)
    if above == "HEAD":
        copy = repository.upstream(branch)
        why = f"follows {copy}, a copy of itself," if copy else "follows no upstream,"
        raise UsageError(
            f"{branch} {why} so its base cannot be told.",
            "Name it with --base REF: the commit or tag the series starts from.",
        )
    return above


def plan_settings(store: SeriesStore, change: Change, branch: str, profile: str, base: str, change_id: str) -> None:
    """Plans what makes a branch a series."""
    if profile or not store.setting(branch, "change-id"):  # one that was chosen before stays
        store.plan_setting(change, branch, "profile", profile)
    store.plan_setting(change, branch, "base", base)
    store.plan_setting(change, branch, "change-id", change_id)


def set_cover(store: SeriesStore, series: Series, cover: Cover) -> Series:
    """Writes a new cover letter where the series keeps it; one step, which `undo` takes back."""
    with store.changing(series):
        change = store.ledger.change(f"cover of {series.name}")
        store.plan_cover(change, series, cover)
        store.ledger.commit(change)
        return store.load(series.branch)


def set_prefixes(store: SeriesStore, series: Series, words: Sequence[str]) -> Series:
    """Keeps which words stand in the bracket of each subject besides PATCH, in place of the profile's tree; none: the
    profile's again. On b4's branches in b4's record. One step, which `undo` takes back.

    UsageError for what no bracket can hold, or what is written there anyway.
    """
    for word in words:
        subject = parse_subject(f"[PATCH {word}] x")
        if not _WORD.fullmatch(word) or subject.versioned or subject.counted or word.upper() in ("PATCH", "RESEND"):
            raise UsageError(f"{word[:40]!r} is not a word for the bracket.",
                             "Name the tree, RFC or the like; version and count are written there anyway.")  # fmt: skip
    return _set_words(store, series, "prefixes", " ".join(words))


def set_presubject(store: SeriesStore, series: Series, text: str) -> Series:
    """Keeps what stands before the bracket of each subject, `[list]`; "" for nothing. Where and how as `set_prefixes`.

    UsageError for what is no bracket, or one of a patch.
    """
    if text and not is_presubject(text):
        raise UsageError(f"{text[:60]!r} cannot stand before the bracket of a patch.",
                         "It is a bracket such as `[mylist]`, without PATCH, version and count.")  # fmt: skip
    return _set_words(store, series, "presubject", text)


def _set_words(store: SeriesStore, series: Series, key: Literal["prefixes", "presubject"], text: str) -> Series:
    with store.changing(series):
        change = store.ledger.change(f"{key} of {series.name}")
        state = store.b4_state(series.branch) if series.b4 else None
        if state and key == "prefixes":
            store.plan_b4_tracking(change, series, replace(state[2], prefixes=tuple(text.split())))
        elif state:
            store.plan_b4_tracking(change, series, replace(state[2], presubject=text))
        store.plan_setting(change, series.branch, key, "" if state else text)
        store.ledger.commit(change)
        return store.load(series.branch)
