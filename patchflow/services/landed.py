"""Whether a sent revision was applied: by a bot's notice, or found in the tree itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.domain.series import Revision
from patchflow.formats.kinds import bot_of
from patchflow.formats.safe import safe_line

# patchwork-bot: "This series was applied to netdev/net-next.git (main)"; tip-bot: "has been merged into the … branch".
_WORDS = re.compile(
    r"\b(?:was|were|has been|have been)\s+(?:applied|merged|committed)\b"
    r"(?:\s+(?:in)?to\s+(?P<where>\S+(?:\s\([\w./-]+\))?))?"
)
_NOT = re.compile(r"\b(?:not|never)\s+(?:been\s+)?(?:applied|merged)\b")
_LINK = re.compile(r"(?im)^(?:Link|Closes|Message-ID|Patch-work-link|Lore):.*$")


def applied_by_notice(revision: Revision, messages: Sequence[Message], bots: Sequence[Bot]) -> str:
    """Where the bots say that the whole revision was applied, "" where they do not.

    A notice in answer to the cover (or to the only patch) counts for all; else each patch needs its own.
    """
    told: dict[str, str] = {}
    mine = {message.message_id: message for message in revision.messages}
    for message in messages:
        bot = bot_of(message, bots)
        if bot is None or bot.means != "applied" or _NOT.search(message.body):
            continue
        if match := _WORDS.search(message.body):
            parent = next((one for one in (*message.in_reply_to, *reversed(message.references)) if one in mine), "")
            if parent:
                told[parent] = safe_line(match["where"] or bot.name)
    patches = {key for key, message in mine.items() if message.part or len(mine) == 1}
    if revision.root in told:
        return told[revision.root]
    return next(iter(told.values())) if patches and patches <= told.keys() else ""


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
