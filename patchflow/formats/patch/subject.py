"""Subject lines of patch mails: the bracket, read and written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from patchflow import lazy_re
from patchflow.named_tuple import NamedTuple

_REPLY = lazy_re.compile(
    r"^(?:(?:re|aw|sv|antw|fwd?|wg|vs|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[::]\s*)+", re.IGNORECASE
)
# Behind the bracket git takes `Re:` away and nothing else: `Fwd: x` is a title there.
_INNER_REPLY = lazy_re.compile(r"^(?:re\s*:\s*)+", re.IGNORECASE)
_BRACKET = lazy_re.compile(r"^\s*\[([^\[\]]*)\]\s*")
# "PATCH: x" and "RFC PATCH v2 1/3: x", written by hand without a bracket.
_BARE_PATCH = lazy_re.compile(r"^((?:RFC )?PATCH(?: v\d{1,3})?(?: \d{1,4}/\d{1,4})?)\s*:\s+(?=\S)")
_COUNT = lazy_re.compile(r"^(\d{1,4})/(\d{1,4})$")
_VERSION = lazy_re.compile(r"^v(\d{1,3})(?:\.\d{1,2})?$", re.IGNORECASE)
# A count with blanks in it, or as Mercurial writes it; a version in two words. Both are written together first.
_SPACED_COUNT = lazy_re.compile(r"(?<![\w.])(\d{1,4})\s*(?:/|\bof\b)\s*(\d{1,4})\b(?![.\d])", re.IGNORECASE)
_SPACED_VERSION = lazy_re.compile(r"\b(?:v|ver|version|rev|take)\s?#?(\d{1,3})\b(?!\.\d)", re.IGNORECASE)
_PATCH_WORD = lazy_re.compile(r"^(?:patch|patches|patchset|path)$", re.IGNORECASE)
# What is written together with PATCH, RFC, RESEND or a version: `PATCHv2`, `RFC/PATCH`, `RFC-v2`, `PATCH-net-next`.
_GLUED = lazy_re.compile(
    r"^(patch(?:es|set)?|rfc|resend|v\d{1,3})(?:(?=v\d{1,3}$)|[-/_.+|](?=\D)|[/+|](?=\d{1,4}/))(\S+)$", re.IGNORECASE
)
_GLUED_BEHIND = lazy_re.compile(r"^(\S+?)[-/_+|](patch|rfc|resend|v\d{1,3})$", re.IGNORECASE)
# A release or its stable branch. `v2.1` is a revision of a revision: a release is told from it by what follows, by two
# digits, or by being one of the lines that stable trees are kept of.
_RELEASE = lazy_re.compile(
    r"^(?:linux-|stable-|for-|queue-)?v?(?:"
    r"\d{1,2}\.\d{1,3}(?:\.\d{1,3})?(?:[.-]y|[.-]?stable|-lts|-rc\d{1,2}|[.-]y-(?:cip|rt|stable)|-cip|-rt)"
    r"|\d{1,2}\.\d{1,3}\.\d{1,3}|[2-9]\.\d{2,3}|3\.[24]|4\.[49]|5\.4|6\.[16])$",
    re.IGNORECASE,
)
_PLAIN_RELEASE = lazy_re.compile(r"^(?:linux-|stable-|for-|queue-)?\d{1,2}\.\d{1,3}(?:\.\d{1,3})?$", re.IGNORECASE)
# A bracket of its own that names a tree; any other word in one ("[media]") belongs to the title.
_TREE_WORD = lazy_re.compile(
    r"^(?:-?(?:[a-z0-9.]+-)*next|(?:[a-z0-9.]+-)+fixes|net|bpf|stable|-?tip|-mm(?:otm)?|mm-(?:un)?stable|linux-[\w.]+)"
    r"(?:/\w+)?$",
    re.IGNORECASE,
)
_TREE = lazy_re.compile(r"^-?[a-z0-9][a-z0-9._/-]*$", re.IGNORECASE)
_BRANCH = lazy_re.compile(r"^(-?[a-z0-9][\w.-]*):([\w./-]+)$", re.IGNORECASE)  # `tip:x86/urgent`, as bots write it
# Words of brackets that no tree bears.
_NO_TREE = frozenset(
    "a alternative apply autosel bug cft demo do draft experimental for fyi git hack kernel linux merge not only poc "
    "preview pull q rebased ref reference report request review rfi rft series set submit test testing the to trivial "
    "untested update updated upstream "
    "urgent wip".split()
)
_PRESUBJECT = lazy_re.compile(r"(?:\[[ -Z\\^-~]{1,60}\] ?)+")  # printable ASCII: git writes a prefix as it is
_LONGEST_WORD = 100  # characters: a longer one in a bracket is nothing that anybody knows
_RESEND = ("RESEND", "RESENT", "REPOST", "REPOSTED", "RE-SEND")


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
    `[PATCHv2] x`, `[PATCH][net-next] [v2] x`, `[PATCH v2: 1 of 3] x`, `[PATCH][v5.15] x` (a release, no revision),
    `PATCH: x`, `Re: [PATCH] x`; unknown brackets in front of the title stay part of the title, and so does `Fwd:`
    behind a bracket, as git am has it.
    """
    flat = " ".join(text.split())
    bare = _REPLY.sub("", flat)
    return _parse_bare(bare, bare != flat)


@lru_cache(maxsize=4096)
def _parse_bare(bare: str, is_reply: bool) -> Subject:
    words: tuple[str, ...] = ()
    rest = bare
    while match := _BRACKET.match(rest):
        inner = _split(match.group(1))
        if words and not (_looks_like_patch(inner) or _names_trees(inner)):
            break  # "[PATCH] [media] x": the second bracket belongs to the title
        foreign = not words and not (_looks_like_patch(inner) or _names_trees(inner))
        if foreign and _patch_below(rest[match.end() :]):
            rest = rest[match.end() :]  # "[Some-list] [PATCH] x": a list's own tag
            continue
        words += inner
        rest = rest[match.end() :]
        ours = _looks_like_patch(words)
        if again := (_INNER_REPLY if ours else _REPLY).match(rest):
            if not ours:
                words = ()  # "[Some-list] Re: [PATCH] x"
            rest, is_reply = rest[again.end() :], True
    if not words and (plain := _BARE_PATCH.match(rest)):
        words, rest = tuple(plain[1].split()), rest[plain.end() :]
    title = rest.strip()
    return Subject(title, *_told(words, is_reply, bool(title)))


def _patch_below(rest: str) -> bool:
    """Whether a later one of the brackets that a subject begins with is a patch's."""
    while match := _BRACKET.match(rest):
        if _looks_like_patch(_split(match.group(1))):
            return True
        rest = rest[match.end() :]
    return False


@lru_cache(maxsize=4096)  # subjects are many, their brackets few: these are most of the work
def _split(inside: str) -> tuple[str, ...]:
    """The words of a bracket, one thing each: `v2: 1 of 3` gives `v2` and `1/3`, `PATCHv2` gives `PATCH` and `v2`."""
    if _is_usual(inside):
        return tuple(inside.split())
    inside = _SPACED_VERSION.sub(r"v\1", _SPACED_COUNT.sub(r" \1/\2 ", inside))
    found = []
    for word in re.split(r"[\s,;()|&]+|:(?=\s|$|\d)", inside):
        found += _apart(word.strip("!\"'*:")) if word else []
    return tuple(word for word in found if word.strip("-/_.#:"))


def _is_usual(inside: str) -> bool:
    """Whether git itself writes brackets of such words; most of all brackets are."""
    return all(word.isalpha() or _VERSION.match(word) or _COUNT.match(word) for word in inside.split()) and (
        " of " not in inside and not _SPACED_VERSION.search(inside)
    )


def _apart(word: str) -> list[str]:
    """A word that is several, taken apart; a release or a tree's name stays whole."""
    if len(word) > _LONGEST_WORD or _COUNT.match(word) or _RELEASE.match(word):
        return [word]
    if glued := _GLUED.match(word):
        return [glued[1], *_apart(glued[2])]
    if glued := _GLUED_BEHIND.match(word):
        return [*_apart(glued[1]), glued[2]]
    return [word]


def is_release(word: str) -> bool:
    """Whether a bracket's word is a release or its stable branch: `6.6.y`, `v5.15`, `linux-6.12.y`."""
    return bool(_RELEASE.match(word) or _PLAIN_RELEASE.match(word))


@lru_cache(maxsize=4096)
def _names_trees(words: tuple[str, ...]) -> bool:
    """Whether a bracket of its own holds trees and releases only."""
    return bool(words) and all(_TREE_WORD.match(word) or is_release(word) for word in words)


@lru_cache(maxsize=4096)
def _looks_like_patch(words: tuple[str, ...]) -> bool:
    return any(
        _PATCH_WORD.match(w) or w.upper() == "RFC" or w.upper() in _RESEND or _is_version(w) or _COUNT.match(w)
        for w in words
    )


def _is_version(word: str) -> bool:
    return bool(_VERSION.match(word)) and not is_release(word)


@lru_cache(maxsize=4096)
def _told(words: tuple[str, ...], is_reply: bool, titled: bool) -> tuple[Any, ...]:
    """What the words of the brackets say: all of a Subject but its title."""
    revision, part, parts, tree = 1, 0, 0, ""
    rfc = resend = is_patch = versioned = counted = False
    pull = "PULL" in (word.upper() for word in words)
    report = False
    for word in words:
        upper = word.upper()
        if count := _COUNT.match(word):
            part, parts, counted = int(count.group(1)), int(count.group(2)), True
        elif _is_version(word) and (version := _VERSION.match(word)):
            revision, versioned = int(version.group(1)), True
        elif _PATCH_WORD.match(word):
            is_patch = True
        elif upper == "RFC":
            rfc = True
        elif upper in _RESEND:
            resend = True
        elif branch := _BRANCH.match(word):
            tree, report = tree or branch[1], True
        elif _TREE.match(word) and not tree and word.lower() not in _NO_TREE and not re.match(r"^[\d./]+/\d+$", word):
            tree = word
    counts = counted and not report
    is_patch = is_patch or counts or (versioned and bool(tree)) or (rfc and not is_reply and titled)
    if pull or not (is_patch or _TREE_WORD.match(tree)):
        is_patch, tree = is_patch and not pull, tree if _TREE_WORD.match(tree) else ""
    return words, revision, part, parts, tree, is_reply, is_patch, rfc, resend, versioned, counted


def is_presubject(text: str) -> bool:
    """Whether a text can stand before the bracket of a patch, as b4's `--set-presubject` has it: brackets, none of
    which reads as a patch's own."""
    brackets = re.findall(r"\[([^]]*)\]", text)
    return bool(_PRESUBJECT.fullmatch(text)) and not any(_looks_like_patch(_split(one)) for one in brackets)


def git_prefix(presubject: str, prefix: str) -> str:
    """What git's --subject-prefix takes so that a subject begins with `[list][PATCH net-next v2 1/3] `."""
    return f"{presubject[1:]}[{prefix}" if presubject else prefix


def subject_prefix(tree: str, rfc: bool = False, resend: bool = False, extra: tuple[str, ...] = ()) -> str:
    """The words git's --subject-prefix takes, without version and count: `RFC PATCH net-next`.

    git 2.39's own --rfc drops the tree from a configured subjectPrefix, so the whole prefix is made here.
    """
    words = [*(["RFC"] if rfc else []), *(["RESEND"] if resend else []), "PATCH"]
    words.extend(w for w in (*extra, tree) if w and w not in words)
    return " ".join(words)
