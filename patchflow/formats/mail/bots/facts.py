"""What the parsers of bots' mails share: places, keys, and the lines `name: value` that stand above a finding."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from patchflow import lazy_re
from patchflow.domain.report import Issue, Report

# Mails are hostile. What stands behind these is not read: lines of a mail, characters of a line, issues of a mail.
_MOST_LINES = 20_000
_LONGEST = 2_000
_MOST_ISSUES = 1_000

_FIELD = lazy_re.compile(r"([A-Za-z][A-Za-z -]{1,24}?)(?: \([^()]{0,60}\))?:[ \t]*(.*)")
_LORE = lazy_re.compile(r"https?://(?:lore\.kernel\.org|lkml\.kernel\.org)/(?:r/|[\w.-]{1,80}/)([^\s/<>]{3,300})")
# Where builders keep the tree: what leads to a path of the tree is cut off.
_BUILDER = lazy_re.compile(r"^/(?:[^/\s]{1,80}/){0,8}?(?:linux[^/\s]{0,40}|src/consumer|kernel|build_dir|source)/")
_EXAMPLE = lazy_re.compile(r"\.example\.(?:dtb|dts|dt\.yaml)$|\.dt\.yaml$")
_QUOTES = str.maketrans("‘’`´“”", "''''\"\"")
_OPTION = lazy_re.compile(r"\s*\[-W(?:error[=,]-?W?|error=)?([\w=+-]{1,60}?)=?\d*\]\s*$")
_NAMED = lazy_re.compile(r"'([A-Za-z_]\w{0,100})'")
_AKA = lazy_re.compile(r"\s*[({]aka '[^']{0,300}'[)}]")
_NUMBER = lazy_re.compile(r"\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?|\b\d+\b", re.IGNORECASE)
# Messages that one compiler gives an option and the other a number or nothing.
_SAME = (
    (lazy_re.compile(r"implicit declaration of function|call to undeclared function"), "implicit-function-declaration"),
    (lazy_re.compile(r"undeclared \(first use|use of undeclared identifier"), "undeclared"),
    (lazy_re.compile(r"has no member named|no member named"), "no-member"),
    (lazy_re.compile(r"was not declared\. Should it be static"), "missing-prototypes"),
)


def lines_of(body: str) -> list[str]:
    """The lines of a body as far as it is read, each as long as it is read."""
    return [line if len(line) <= _LONGEST else line[:_LONGEST] for line in body.split("\n", _MOST_LINES)[:_MOST_LINES]]


def fields(lines: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    """The first value of each of these names; a value that stands in the indented lines below is joined with \\n."""
    wanted, found = frozenset(names), dict[str, str]()
    for at, line in enumerate(lines):
        if not line[:1].isalpha() or ":" not in line:
            continue
        match = _FIELD.match(line)
        if match is None or (name := match[1].strip().lower()) not in wanted or name in found:
            continue
        found[name] = match[2].strip() or "\n".join(_below(lines, at + 1))
    return found


def _below(lines: Sequence[str], start: int) -> Iterator[str]:
    for line in lines[start : start + 40]:
        if not line.startswith((" ", "\t")) or not line.strip():
            return
        yield line.strip()


def message_id(text: str) -> str:
    """The Message-ID that an address on lore names; "" for other text."""
    match = _LORE.search(text)
    return unquote(match[1]).strip("<>") if match and ("@" in match[1] or "%40" in match[1]) else ""


def tree_path(path: str) -> str:
    """A builder's path as one of the tree; "" for what lies outside."""
    path = _BUILDER.sub("", path)
    if path.startswith("/") or not path:
        return ""
    path = posixpath.normpath(path)
    return "" if path.startswith("..") or path == "." else path


def source_of(path: str) -> str:
    """The devicetree source that a blob was made of; a binding for its example."""
    path = _EXAMPLE.sub(".yaml", path)
    return f"{path.removesuffix('.dtb')}.dts" if path.endswith(".dtb") else path


def key_of(text: str, file: str = "") -> str:
    """What is the same for a message from another mail: without numbers, addresses, and what compilers word apart."""
    text = " ".join(text.translate(_QUOTES).split())
    option = _OPTION.search(text)
    name = option[1] if option else next((name for form, name in _SAME if form.search(text)), "")
    bare = _AKA.sub("", _OPTION.sub("", text))
    if name and (named := _NAMED.search(bare)):
        return f"{file} {name} {named[1]}".strip()
    bare = bare.partition(" @@ ")[0].replace("function '", "'")
    return " ".join(f"{file} {name} {_NUMBER.sub('N', bare)}".split())[:400]


def distinct(issues: Iterable[Issue], once: bool = False) -> tuple[Issue, ...]:
    """The issues, each place once, with keys that tell places of the same text apart in their order.

    `once`: what bears one key is one, wherever it stands.
    """
    places: dict[str, dict[tuple[int, int], int]] = {}
    kept: list[Issue] = []
    for issue in issues:
        there = places.setdefault(issue.key, {})
        place = (issue.line, issue.column)
        if place in there or (once and there):
            at = next(iter(there.values())) if once else there[place]
            if kept[at].known and issue.known is False:
                kept[at] = issue._replace(key=kept[at].key)
            continue
        if len(kept) >= _MOST_ISSUES:
            break
        there[place] = len(kept)
        kept.append(issue._replace(key=f"{issue.key} #{len(there)}" if len(there) > 1 else issue.key))
    return tuple(kept)


def with_fields(report: Report, found: dict[str, str]) -> Report:
    """The report with what its `name: value` lines say."""
    return report._replace(
        config=found.get("config") or found.get("kernel config", ""),
        compiler=found.get("compiler", ""),
        reproduce=found.get("reproduce", "").strip("()"),
        patch=message_id(found.get("patch link", "")),
        title=found.get("patch subject", ""),
        tree=found.get("base") or found.get("tree") or found.get("git tree", ""),
    )
