"""What b4 keeps beside a branch: recipients and prefixes of the tree's .b4-config, and its records of what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from patchflow.adapters.git.b4_branch import setting
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.store import SeriesStore
from patchflow.domain.series import Cover
from patchflow.flow.recipients.lookup import Asked
from patchflow.formats.mail.headers import addresses
from patchflow.formats.patch.b4 import destinations, sent_tag_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchflow.adapters.git.change import Change
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.domain.series import Revision, Series
    from patchflow.flow.clone import Clone


def usual_prefixes(here: Clone) -> tuple[str, ...]:
    """The prefixes of a new series that b4's settings name (send-prefixes)."""
    return tuple(setting(here.repository, "send-prefixes")[0].split())


def usual_presubject(here: Clone) -> str:
    """What b4's settings put before the bracket of a new series' subjects (send-presubject)."""
    return setting(here.repository, "send-presubject")[0]


def asked_by_b4(repository: GitRepository, branch: str) -> tuple[Asked, ...]:
    """Whom b4's settings (send-series-to, send-series-cc) and the To: and Cc: trailers of its cover name."""
    found: list[Asked] = []
    for key, to in (("send-series-to", True), ("send-series-cc", False)):
        value, origin = setting(repository, key)
        found += [Asked(one, to, f"{key} of {origin}") for one in addresses(value.encode())]
    store = SeriesStore(repository, GitCommands(repository.folder))
    known = branch and (
        store.setting(branch, "change-id") or repository.config(f"branch.{branch}.b4-prep-cover-strategy")
    )
    state = store.b4_state(branch) if known else None
    if state and state[1]:
        to_people, cc_people, _ = destinations(state[1])
        found += [Asked(one, True, "To in b4's cover letter") for one in to_people]
        found += [Asked(one, False, "Cc in b4's cover letter") for one in cc_people]
    return tuple(found)


def plan_b4(
    here: Clone, change: Change, branch: str, change_id: str, revision: Revision, mails: Mapping[str, bytes]
) -> None:
    """On a branch of b4's: plans its history and next revision in the tracking; makes the annotated tag of what was
    sent. A branch that is gone, or is another series by now, is left alone."""
    if not here.repository.has_branch(branch) or here.store.setting(branch, "change-id") != change_id:
        return
    series = here.store.load(branch, with_diffs=False)
    state = here.store.b4_state(branch) if series.b4 else None
    if state is None:
        return
    # What the files said of the bracket is settled by the first send; b4 goes on with the same words.
    prefixes = state[2].prefixes or (() if state[2].history else bracket_words(revision.prefix))
    tag = f"sent/{series.change_id}-v{revision.number}"
    if not here.repository.refs(f"refs/tags/{tag}"):
        _tag(here, series, revision, tag, mails, prefixes)
    history = dict(state[2].history)
    key = f"v{revision.number}"
    if revision.root not in history.get(key, ()):
        history[key] = (*history.get(key, ()), revision.root)
    number = max(state[2].revision, revision.number + 1)
    tracking = replace(state[2], revision=number, history=history, prefixes=prefixes)
    here.store.plan_b4_tracking(change, series, tracking)


def bracket_words(prefix: str) -> tuple[str, ...]:
    """The words of a bracket beyond those that every mail may bear: of `PATCH RFC net-next` just `net-next`."""
    return tuple(word for word in prefix.split() if word.upper() not in ("PATCH", "RFC", "RESEND"))


def _tag(
    here: Clone, series: Series, revision: Revision, tag: str, mails: Mapping[str, bytes], prefixes: tuple[str, ...]
) -> None:
    """b4's tag: the patches right on their base, without its cover commit, under a message it can send again."""
    from patchflow.flow.send.posting import mailed_cover
    from patchflow.formats.mail.message import parse_mail

    commits = here.repository.commits_between(revision.base, revision.tip)
    tip = revision.tip
    if series.b4 == "commit" and len(commits) > 1:
        tip = here.store.rewrite(commits[1:], {}, {commits[0]: revision.base})
    shortlog = ""
    first = next(iter(mails.values()), b"")
    if len(series.patches) > 1 and first:
        # Our own mail: it begins with the cover, and the last of all base-commits in it is ours.
        below = parse_mail(first).body.removeprefix(mailed_cover(series).body.rstrip())
        shortlog = below.rpartition("\n---\nbase-commit: ")[0]
    cover = series.cover or Cover(series.name, "")
    body = sent_tag_message(cover, prefixes, shortlog, revision.base, series.change_id)
    here.git.run("tag", "-a", "-F", "-", tag, tip, stdin=body.encode())
