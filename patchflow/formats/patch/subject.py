"""Subject lines of patch mails: the bracket, read and written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_REPLY = re.compile(r"^(?:(?:re|aw|sv|antw|fwd?|wg|vs|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[::]\s*)+", re.IGNORECASE)
# Behind the bracket git takes `Re:` away and nothing else: `Fwd: x` is a title there.
_INNER_REPLY = re.compile(r"^(?:re\s*:\s*)+", re.IGNORECASE)
_BRACKET = re.compile(r"^\s*\[([^\[\]]*)\]\s*")
# "PATCH: x" and "RFC PATCH v2 1/3: x", written by hand without a bracket.
_BARE_PATCH = re.compile(r"^((?:RFC )?PATCH(?: v\d{1,3})?(?: \d{1,4}/\d{1,4})?)\s*:\s+(?=\S)")
_COUNT = re.compile(r"^(\d{1,4})/(\d{1,4})$")
_VERSION = re.compile(r"^v(\d{1,3})(?:\.\d{1,2})?$", re.IGNORECASE)
_GLUED = re.compile(r"^(patch|rfc)[-/]?(v\d{1,3})$", re.IGNORECASE)
_PATCH_AND = re.compile(r"^(patch)[-/](\D.*)$", re.IGNORECASE)
# A bracket of its own that names a tree; any other word in one ("[media]") belongs to the title.
_TREE_WORD = re.compile(
    r"^(?:(?:[a-z0-9.]+-)*next|(?:[a-z0-9.]+-)+fixes|net|bpf|stable|linux-[\w.]+|\d+\.\d+(?:\.y)?)(?:/\w+)?$",
    re.IGNORECASE,
)
_TREE = re.compile(r"^-?[a-z0-9][a-z0-9._/-]*$", re.IGNORECASE)


class Subject(NamedTuple):
    """A subject taken apart.

    `title` is what follows the brackets; `words` the words of the brackets in order; `tree` the word that
    names a tree ("" where none does); `part` and `parts` are 0 where the bracket has no count.
    """

    title: str
    words: tuple[str, ...] = ()
    revision: int = 1
    part: int = 0
    parts: int = 0
    tree: str = ""
    is_reply: bool = False
    is_patch: bool = False
    rfc: bool = False
    resend: bool = False
    versioned: bool = False
    counted: bool = False


def parse_subject(text: str) -> Subject:
    """Reads a subject in any of the spellings that occur; never fails.

    `[PATCH net-next v2 1/3] x`, `[net-next,v2,1/3] x`, `[PATCH v6,19/24] x`, `[RFC PATCH 00/13] x`,
    `[PATCHv2] x`, `[PATCH][net-next] [v2] x`, `PATCH: x`, `Re: [PATCH] x`; unknown brackets in front of the title
    stay part of the title, and so does `Fwd:` behind a bracket, as git am has it.
    """
    flat = " ".join(text.split())
    bare = _REPLY.sub("", flat)
    return _parse_bare(bare, bare != flat)


@lru_cache(maxsize=4096)
def _parse_bare(bare: str, is_reply: bool) -> Subject:
    words: list[str] = []
    rest = bare
    while match := _BRACKET.match(rest):
        inner = _split(match.group(1))
        if words and not (_looks_like_patch(inner) or _names_trees(inner)):
            break  # "[PATCH] [media] x": the second bracket belongs to the title
        below = _BRACKET.match(rest[match.end() :])
        foreign = not words and below and not (_looks_like_patch(inner) or _names_trees(inner))
        if foreign and below and _looks_like_patch(_split(below.group(1))):
            rest = rest[match.end() :]  # "[Some-list] [PATCH] x": a list's own tag
            continue
        words.extend(inner)
        rest = rest[match.end() :]
        ours = _looks_like_patch(words)
        if again := (_INNER_REPLY if ours else _REPLY).match(rest):
            if not ours:
                words.clear()  # "[Some-list] Re: [PATCH] x"
            rest, is_reply = rest[again.end() :], True
    if not words and (plain := _BARE_PATCH.match(rest)):
        words, rest = plain[1].split(), rest[plain.end() :]
    if any((len(word) > 5 and word[:5].upper() == "PATCH") or word[:4].upper() == "RFCV" for word in words):
        words = [part for word in words for part in _PATCH_AND.sub(r"\1 \2", _GLUED.sub(r"\1 \2", word)).split()]
    return _build(rest.strip(), words, is_reply)


def _split(inside: str) -> list[str]:
    return [word for word in re.split(r"[\s,()]+", inside) if word]


def _names_trees(words: list[str]) -> bool:
    return bool(words) and all(_TREE_WORD.match(word) for word in words)


def _looks_like_patch(words: list[str]) -> bool:
    return any(w.upper() in ("PATCH", "RFC", "RESEND") or _VERSION.match(w) or _COUNT.match(w) for w in words)


def _build(title: str, words: list[str], is_reply: bool) -> Subject:
    revision, part, parts, tree = 1, 0, 0, ""
    rfc = resend = is_patch = versioned = counted = False
    for word in words:
        upper = word.upper()
        if count := _COUNT.match(word):
            part, parts, counted = int(count.group(1)), int(count.group(2)), True
        elif version := _VERSION.match(word):
            revision, versioned = int(version.group(1)), True
        elif upper == "PATCH":
            is_patch = True
        elif upper == "RFC":
            rfc = True
        elif upper in ("RESEND", "REPOST"):
            resend = True
        elif _TREE.match(word) and not tree:
            tree = word
    is_patch = is_patch or counted or (versioned and bool(tree)) or (rfc and not is_reply and bool(title))
    return Subject(
        title, tuple(words), revision, part, parts, tree, is_reply, is_patch, rfc, resend, versioned, counted
    )


def subject_prefix(tree: str, rfc: bool = False, resend: bool = False, extra: tuple[str, ...] = ()) -> str:
    """The words git's --subject-prefix takes, without version and count: `RFC PATCH net-next`.

    git 2.39's own --rfc drops the tree from a configured subjectPrefix, so the whole prefix is made here.
    """
    words = [*(["RFC"] if rfc else []), *(["RESEND"] if resend else []), "PATCH"]
    words.extend(w for w in (*extra, tree) if w and w not in words)
    return " ".join(words)
