"""Whether a sent revision was applied: somebody says so by mail, or it is found in the tree itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from patchflow.domain.address import Address
from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.domain.series import Revision
from patchflow.formats.mail.classify import bot_of
from patchflow.formats.mail.quotes import own_lines
from patchflow.formats.safe import safe_line

# patchwork-bot: "This series was applied to netdev/net-next.git (main)"; tip-bot: "has been merged into the … branch".
_WORDS = re.compile(
    r"\b(?:was|were|has been|have been)\s+(?:applied|merged|committed)\b"
    r"(?:\s+(?:in)?to\s+(?P<where>\S+(?:\s\([\w./-]+\))?))?"
)
# A maintainer: "Applied, thanks!", "Thanks, queued to vhost.git", "I've merged both"; no question.
_SAID = re.compile(
    r"(?im)^\s*(?:(?:many )?(?:thanks|thank you)\b[^\n?]{0,30}?[,.!]\s+)?(?:i(?:'ve| have)?\s+)?"
    r"(?:(?:both|all|series|patch(?:es)?)\s+)?(?:now\s+)?"
    r"(?:applied|queued(?:\s+up)?|merged|pushed|picked\s+up)\b(?!\s+(?:cleanly|on top|fine))"
    r"(?:\s+(?:\w+\s+){0,2}?(?:(?:in)?to|on)\s+(?P<where>\S+))?[^?\n]*$"
)
_HASH = re.compile(r"\b[0-9a-f]{12,40}\b")
_NOT = re.compile(r"\b(?:not|never)\s+(?:been\s+)?(?:applied|merged)\b")
_LINK = re.compile(r"(?im)^(?:Link|Closes|Message-ID|Patch-work-link|Lore):.*$")


class Notice(NamedTuple):
    """Somebody says by mail that a revision was applied: `where`, `who` (an address), and the commits it names."""

    where: str
    who: str
    commits: tuple[str, ...] = ()


def applied_by_notice(
    revision: Revision, messages: Sequence[Message], bots: Sequence[Bot], is_maintainer: Callable[[Address], bool]
) -> Notice | None:
    """What a bot of the profile or a maintainer of the patches says of the whole revision; None where nobody does.

    A notice in answer to the cover (or to the only patch) counts for all; else each patch needs its own. It is word
    of mouth: anybody can write such a mail.
    """
    told: dict[str, Notice] = {}
    mine = {message.message_id: message for message in revision.messages}
    for message in messages:
        parent = next((one for one in (*message.in_reply_to, *reversed(message.references)) if one in mine), "")
        if parent and (notice := _read(message, bot_of(message, bots), is_maintainer)):
            told[parent] = notice
    patches = {key for key, message in mine.items() if message.part or len(mine) == 1}
    if revision.root in told:
        return told[revision.root]
    if not patches or not patches <= told.keys():
        return None
    one = next(iter(told.values()))
    return one._replace(commits=tuple(commit for notice in told.values() for commit in notice.commits))


def _read(message: Message, bot: Bot | None, is_maintainer: Callable[[Address], bool]) -> Notice | None:
    own = "\n".join(line for line in own_lines(message.body) if line)
    if _NOT.search(own) or (bot is not None and bot.means != "applied"):
        return None
    match = _WORDS.search(own) or (_SAID.search(own) if bot is None else None)
    if match is None or (bot is None and not is_maintainer(message.sender)):
        return None
    where = (match["where"] or "").rstrip(",.;!") or (bot.name if bot else "a tree")
    return Notice(safe_line(where, 80), message.sender.email, tuple(dict.fromkeys(_HASH.findall(own))))


def applied_in_tree(revision: Revision, commits: Sequence[tuple[str, str, str]], known: Mapping[str, str]) -> bool:
    """Whether every patch of a revision stands among a tree's commits, (hash, message, patch id or "") each.

    A commit is a patch's where a Link names its Message-ID, or where its patch id is the same; `known` maps a
    message of ours to its patch id.
    """
    links = "\n".join("\n".join(_LINK.findall(text)) for _, text, _ in commits)
    ids = {patch_id for _, _, patch_id in commits if patch_id}
    patches = [message.message_id for message in revision.messages if message.part or len(revision.messages) == 1]
    return bool(patches) and all(
        re.search(rf"(?<![\w.@-]){re.escape(one)}(?![\w.@-])", links) or known.get(one, "-") in ids for one in patches
    )
