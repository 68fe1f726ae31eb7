"""Reads .get_maintainer.conf and .get_maintainer.ignore, and the options of get_maintainer.pl that we answer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Option -> (field of Options, what the script starts with). Those the index answers by itself or by asking git.
FLAGS = {
    "git": ("git", False),
    "git-all-signature-types": ("all_signature_types", False),
    "git-blame": ("git_blame", False),
    "git-blame-signatures": ("blame_signatures", True),
    "git-fallback": ("git_fallback", True),
    "git-chief-penguins": ("chief_penguins", False),
    "remove-duplicates": ("remove_duplicates", True),
    "mailmap": ("mailmap", True),
    "m": ("maintainers", True),
    "r": ("reviewers", True),
    "n": ("names", True),
    "l": ("lists", True),
    "fixes": ("fixes", True),
    "moderated": ("moderated", True),
    "s": ("subscribers", False),
    "roles": ("roles", False),
    "rolestats": ("rolestats", True),
    "k": ("keywords", True),
    "keywords": ("keywords", True),
}
NUMBERS = {
    "git-min-signatures": ("min_signatures", 1),
    "git-max-maintainers": ("max_maintainers", 5),
    "git-min-percent": ("min_percent", 5),
    "pattern-depth": ("pattern_depth", 0),
}
WORDS = {"git-since": ("since", "1-year-ago")}


class Options:
    """How get_maintainer.pl was asked; a fresh one holds the script's defaults."""

    __slots__ = (
        "all_signature_types",
        "blame_signatures",
        "chief_penguins",
        "fixes",
        "git",
        "git_blame",
        "git_fallback",
        "keywords",
        "lists",
        "mailmap",
        "maintainers",
        "max_maintainers",
        "min_percent",
        "min_signatures",
        "moderated",
        "names",
        "pattern_depth",
        "remove_duplicates",
        "reviewers",
        "roles",
        "rolestats",
        "since",
        "subscribers",
    )

    def __init__(self, git_fallback: bool = True) -> None:
        self.git, self.git_blame, self.git_fallback = False, False, git_fallback
        self.all_signature_types, self.blame_signatures, self.chief_penguins = False, True, False
        self.remove_duplicates = self.mailmap = True
        self.maintainers = self.reviewers = self.names = self.lists = True
        self.fixes = self.moderated = self.keywords = self.rolestats = True
        self.subscribers = self.roles = False
        self.min_signatures, self.max_maintainers, self.min_percent, self.pattern_depth = 1, 5, 5, 0
        self.since = "1-year-ago"


def parse_options(words: Sequence[str], options: Options) -> list[str]:
    """Sets what the words say, in their order, and returns the words that only the script itself can answer."""
    unknown: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        name, given, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or not name:
            unknown.append(word)
        elif name in NUMBERS or name in WORDS:
            if not given and left:
                value = left.pop(0)
            if name in WORDS:
                options.since = value
            elif value.lstrip("-").isdigit():
                setattr(options, NUMBERS[name][0], int(value))
            else:
                unknown.append(word)
        elif not given and name in FLAGS:
            setattr(options, FLAGS[name][0], True)
        elif not given and (bare := _negated(name)) in FLAGS:
            setattr(options, FLAGS[bare][0], False)
        else:
            unknown.append(word)
    return unknown


def _negated(name: str) -> str:
    for prefix in ("no-", "no"):
        if name.startswith(prefix) and name[len(prefix) :] in FLAGS:
            return name[len(prefix) :]
    return ""


def parse_conf(text: str) -> list[str]:
    """The words of a .get_maintainer.conf, to be put in front of the command line; # begins a comment."""
    found: list[str] = []
    for line in text.split("\n"):
        for word in line.split():
            if word.startswith("#"):
                break
            found.append(word)
    return found


def parse_ignore(text: str) -> list[str]:
    """The addresses of a .get_maintainer.ignore; only git's signers are held against them."""
    lines = (line.strip().split("#", 1)[0] for line in text.split("\n"))
    return [line for line in lines if line.strip() and _is_address(line)]


def _is_address(line: str) -> bool:
    from patchflow.formats.get_maintainer.rfc822 import is_address

    return is_address(line)
