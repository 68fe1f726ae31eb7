"""Joins the mail and the fetched tree for one question: was a series applied?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow.wiring import Clone

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.domain.series import Revision, Series

_MOST = 3000  # commits that touch the same files since the base: beyond that the series is old news


def applied_where(here: Clone, series: Series, messages: Sequence[Message]) -> str:
    """Where the last revision was applied ("netdev/net-next.git (main)"), "" where nothing says so."""
    from patchflow.services.landed import applied_by_notice

    last = series.last
    if last is None:
        return ""
    facts = here.profile_of(series)
    if told := applied_by_notice(last, messages, facts.bots):
        return told
    name = f"{facts.tree.name}/{facts.tree.branch}"
    tip = here.repository.try_resolve(f"refs/remotes/{name}") if facts.tree.name else None
    return name if tip and _in_tree(here, series, last, tip) else ""


def _in_tree(here: Clone, series: Series, last: Revision, tip: str) -> bool:
    """Looks the patches up in the tree's new commits; the answer for a tip is kept."""
    from patchflow.adapters.files import write_atomic

    kept = here.repository.state_dir / "series" / series.change_id / "applied"
    key = f"{tip} {last.root} "
    known = kept.read_text() if kept.is_file() else ""
    if known.startswith(key):
        return known.split()[-1] == "yes"
    found = _looked_up(here, last, tip)
    write_atomic(kept, f"{key}{'yes' if found else 'no'}\n".encode())
    return found


def _looked_up(here: Clone, last: Revision, tip: str) -> bool:
    from patchflow.services.landed import applied_in_tree

    repository = here.repository
    sent = [message for message in last.messages if message.commit and repository.try_resolve(message.commit)]
    paths = sorted({path for message in sent for path in repository.patch(message.commit).paths})
    base = repository.merge_base(last.base, tip) if repository.try_resolve(last.base) else None
    if not paths or base is None:
        return False
    rows = here.git.run("log", f"-n{_MOST}", "--format=%H%x00%B%x01", f"{base}..{tip}", "--", *paths).text
    commits = [tuple(row.strip("\n").split("\0", 1)) for row in rows.split("\x01") if "\0" in row]
    titles = {repository.subject(message.commit) for message in sent}
    same = [repository.patch(one[0]) for one in commits if one[1].split("\n", 1)[0] in titles]
    ids = here.git.patch_ids(same)
    return applied_in_tree(
        last,
        [(one[0], one[1], ids.get(one[0], "")) for one in commits],
        {message.message_id: message.patch_id for message in last.messages if message.patch_id},
    )
