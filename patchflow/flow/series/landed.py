"""How far a series that was applied got in the trees that were fetched: into linux-next, and into which release."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime

from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_cached
from patchflow.domain.series import Series
from patchflow.flow.clone import Clone
from patchflow.flow.series.applied import commits_since
from patchflow.flow.window.decide import TAG, read_tags
from patchflow.formats.patch.subject import parse_subject
from patchflow.named_tuple import NamedTuple

_NEXT, _MAINLINE = "linux-next", "torvalds/linux"  # in the name or URL of a remote
_MOST_TAGS = 40  # newer than the commit: more of them are years


class Landed(NamedTuple):
    """Where a series is: `next` since which day in linux-next (`Tue 24 Nov`), `tag` the oldest release or candidate
    that has it; each "" for none."""

    next: str = ""
    tag: str = ""


def landed(here: Clone, series: Series) -> Landed:
    """How far the last revision of an applied series got. What was found stays: linux-next begins anew each day."""
    last = series.last
    assert last is not None
    path = here.repository.state.series(series.change_id).landed
    known = read_cached(path, lambda content: [str(one) for one in json.loads(content)]) or []
    root, stamp, was_next, tag = known if len(known) == 4 and known[0] == last.root else (last.root, "", "", "")
    if tag:
        return Landed(was_next, tag)
    facts = here.profile_of(series)
    refs = here.repository.refs("refs/remotes/")
    pattern = re.compile(facts.window.tags or TAG.pattern, re.ASCII)
    tags = read_tags(here.repository.tags(pattern.pattern), pattern)
    remotes = {name: _remote(here, name) for name in {ref.split("/")[2] for ref in refs}}
    nexts = [refs[ref] for ref in refs if remotes[ref.split("/")[2]] == _NEXT and ref.endswith("/master")]
    mainline = [refs[ref] for ref in refs if remotes[ref.split("/")[2]] == _MAINLINE and ref.endswith("/master")]
    tree = refs.get(f"refs/remotes/{facts.tree.name}/{facts.tree.branch}", "")
    tips = [*filter(None, [tree]), *mainline, *nexts]
    now = hashlib.sha256(" ".join([*tips, *(one.name for one in tags)]).encode()).hexdigest()[:16]
    if now == stamp:
        return Landed(was_next, "")
    titles = {parse_subject(message.subject).title for message in last.messages if message.part or message.commit}
    rows = (row for tip in dict.fromkeys(tips) for row in commits_since(here, last, tip))
    commit = next((commit for commit, text in rows if text.split("\n", 1)[0] in titles), "")
    if commit:
        is_in = here.repository.is_ancestor
        day = here.repository.patch(commit, with_diff=False).date
        was_next = was_next or next((_since(here, commit, day, tip) for tip in nexts if is_in(commit, tip)), "")
        newer = [one for one in tags if day is None or one.when >= day][:_MOST_TAGS]
        tag = next((one.name for one in newer if is_in(commit, here.repository.resolve(f"refs/tags/{one.name}"))), "")
    with here.store.ledger.lock():
        write_atomic(path, json.dumps([root, now, was_next, tag]).encode())
    return Landed(was_next, tag)


def _since(here: Clone, commit: str, day: datetime | None, tip: str) -> str:
    """The day of the first linux-next that has a commit of this day, by its tags (`next-20261124`), else of the one at
    hand."""
    days = sorted((when, name) for name, when in here.repository.tags(r"^next-\d{8}$") if day is None or when >= day)
    for when, name in days[:_MOST_TAGS]:
        if here.repository.is_ancestor(commit, here.repository.resolve(f"refs/tags/{name}")):
            return f"{when:%a %d %b}"
    at_hand = here.repository.patch(tip, with_diff=False).date
    return f"{at_hand:%a %d %b}" if at_hand else "a day unknown"


def _remote(here: Clone, name: str) -> str:
    """Which of the two a remote is, by its name or URL; "" for any other."""
    said = f"{name} {here.repository.config(f'remote.{name}.url') or ''}"
    return next((one for one in (_NEXT, _MAINLINE) if one in said), "")
