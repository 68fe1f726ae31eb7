"""Whether a sent revision was applied: somebody says so by mail, or it is found in the tree itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from patchflow import lazy_re
from patchflow.domain.address import Address
from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.domain.series import Revision
from patchflow.formats.mail.applied_words import AppliedWords, may_say_applied
from patchflow.formats.mail.classify import bot_of
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.safe import safe_line
from patchflow.named_tuple import NamedTuple

_LINK = lazy_re.compile(r"(?im)^(?:Link|Closes|Message-ID|Patch-work-link|Lore):.*$")

_REVERTS = lazy_re.compile(r"(?m)^This reverts commit ([0-9a-f]{7,40})\b")


class Notice(NamedTuple):
    """Somebody says by mail that a revision was applied, or dropped: `where`, `who` (an address), the commits named,
    and the numbers of the patches where not all of them are meant."""

    where: str
    who: str
    commits: tuple[str, ...] = ()
    parts: tuple[int, ...] = ()
    dropped: bool = False


def applied_by_notice(
    revision: Revision, messages: Sequence[Message], bots: Sequence[Bot], is_maintainer: Callable[[Address], bool]
) -> Notice | None:
    """What a bot or a maintainer of the patches says of the revision; None where nobody says anything.

    A notice in answer to the cover (or one that says "both", "all", "series") counts for all patches, one with numbers
    or a list for those, another for the patch it answers or names. The newest word on a patch counts: dropped after
    applied is dropped. It is word of mouth: anybody can write such a mail.
    """
    mine = {message.message_id: message for message in revision.posted}
    parts = {key: max(message.part, 1) for key, message in mine.items() if message.part or len(mine) == 1}
    titles = {parse_subject(mine[key].subject).title.lower(): key for key in parts}
    told: dict[str, Notice] = {}
    for message in sorted(messages, key=lambda one: one.date.timestamp() if one.date else 0.0):
        words = _read(message, bots, is_maintainer)
        if words is None:
            continue
        parent = next((one for one in (*message.in_reply_to, *reversed(message.references)) if one in mine), "")
        meant = {titles[words.title.lower()]} if words.title.lower() in titles else set()
        if not words.title and parent:
            meant = _meant(words, parent, parts)
        notice = Notice(words.where, message.sender.email, words.commits, dropped=not words.applied)
        told.update(dict.fromkeys(meant, notice))
    if not told:
        return None
    dropped = [one for one in told.values() if one.dropped]
    said = dropped or list(told.values())
    commits = tuple(dict.fromkeys(commit for one in said for commit in one.commits))
    numbers = tuple(sorted(parts[key] for key, one in told.items() if one.dropped == bool(dropped)))
    some = len(numbers) < len(parts)
    return said[-1]._replace(commits=commits, parts=numbers if some else ())


def _meant(words: AppliedWords, parent: str, parts: Mapping[str, int]) -> set[str]:
    """The patches (by Message-ID) that a mail in answer to `parent` speaks of."""
    if words.parts:
        return {key for key, number in parts.items() if number in words.parts}
    return {parent} if parent in parts and not words.whole else set(parts)


def _read(message: Message, bots: Sequence[Bot], is_maintainer: Callable[[Address], bool]) -> AppliedWords | None:
    """What a mail says, where its sender is one whose word is heard."""
    if not may_say_applied(message.body):
        return None
    from patchflow.formats.mail.applied import read_applied  # with patterns that take longer to load than most mails
    from patchflow.formats.mail.quotes import own_lines

    words = read_applied([line or "" for line in own_lines(message.body)])
    if words is None:
        return None
    bot = bot_of(message, bots)
    if bot.means != "applied" if bot else not is_maintainer(message.sender):
        return None
    return words._replace(where=safe_line(words.where, 80) or (bot.name if bot else "a tree"))


def applied_in_tree(revision: Revision, commits: Sequence[tuple[str, str, str]], known: Mapping[str, str]) -> bool:
    """Whether every patch of a revision stands among a tree's commits, (hash, message, patch id or "") each.

    A commit is a patch's where a Link names its Message-ID, or where its patch id is the same; `known` maps a
    message of ours to its patch id. One that another of them reverts does not count.
    """
    taken_back = {match for _, text, _ in commits for match in _REVERTS.findall(text)}
    commits = [one for one in commits if not any(one[0].startswith(hash) for hash in taken_back)]
    links = "\n".join("\n".join(_LINK.findall(text)) for _, text, _ in commits)
    ids = {patch_id for _, _, patch_id in commits if patch_id}
    patches = [message.message_id for message in revision.messages if message.part or len(revision.messages) == 1]
    return bool(patches) and all(
        re.search(rf"(?<![\w.@-]){re.escape(one)}(?![\w.@-])", links) or known.get(one, "-") in ids for one in patches
    )
