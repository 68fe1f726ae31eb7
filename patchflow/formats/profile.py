"""Profiles as TOML text: read, checked, and merged along `extends`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from patchflow.domain.profile import Profile, Tree, WindowFacts
from patchflow.errors import UsageError
from patchflow.formats.bots_file import bot_of
from patchflow.formats.template import NAMES

_TUPLES = (
    "prefixes", "other_trees", "lists", "files", "to_roles", "get_maintainer", "checkpatch", "checkpatch_ignore",
    "rules", "takers", "whole_to",
)  # fmt: skip
_INTS = ("max_patches", "cover_from", "repost_hours", "ping_days", "max_mail_bytes")
_STRINGS = (
    "title", "prefix", "changelog_place", "lore", "patchwork", "patchwork_project", "recipients", "ci", "document",
    "bugs", "chat", "status", "project", "everybody", "checker", "versions_answer", "test",
)  # fmt: skip
# How a profile is found for files (formats/subsystem.py), and what else of it is no fact of the Profile itself.
_FINDING = ("sections", "not_sections", "trees", "within", "known_trees", "below", "since", "source", "holds", "rest")
_TABLES = ("tree", "window", "severities", "templates", "fix")
_BOOLS = ("fresh_thread", "may_answer", "answer_closes", "range_diff")
_KNOWN = {*_TUPLES, *_INTS, *_STRINGS, *_BOOLS, *_FINDING, *_TABLES, "extends", "bots", "name"}
_KINDS = {"net-next": "netdev", "always": "open"}  # what window.kind was called before
_PLACES = {"notes": "both"}  # and changelog_place, before anything read it
_WINDOWS = ("netdev", "soft", "open")
_POLICIES = ("cover", "patch", "all", "auto")
# What a profile does not take from the one it extends: how that one is found.
_OWN = ("sections", "trees", "within", "known_trees", "holds", "rest")


def load_profile(name: str, read: Callable[[str], str | None]) -> Profile:
    """The profile of that name, merged from its parents.

    `read` gives a profile's TOML text by name, None where there is none. Raises UsageError naming the
    profile and the key that is wrong, or the chain of `extends` that never ends.
    """
    return build_profile(name, merged_table(name, read))


def merged_table(name: str, read: Callable[[str], str | None]) -> dict[str, Any]:
    """The table of that profile with its parents' facts below its own; UsageError as load_profile."""
    return _merged(name, read, ())


def with_fix(table: dict[str, Any]) -> dict[str, Any]:
    """The table with its facts for fixes in place."""
    return _over(dict(table), table["fix"]) if isinstance(table.get("fix"), dict) else table


def _over(base: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another: tables of tables join, whatever else is replaced."""
    for key, value in own.items():
        if key in _TABLES and isinstance(value, dict):
            base[key] = _over(dict(base.get(key, {})), value) if key == "fix" else {**base.get(key, {}), **value}
        else:
            base[key] = value
    return base


def _merged(name: str, read: Callable[[str], str | None], chain: tuple[str, ...]) -> dict[str, Any]:
    import tomllib  # tables that are kept (adapters/kernel/profile_tables.py) are not read

    if name in chain:
        raise UsageError(f"The profile {name} extends itself: {' -> '.join((*chain, name))}.")
    try:
        text = read(name)
        own = tomllib.loads(text or "")
    except OSError as error:
        raise UsageError(f"The profile {name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The profile {name} is not TOML: {error}.") from error
    if text is None:
        raise UsageError(f"There is no profile {name!r}.", "`patchflow config profile` lists those there are.")
    unknown = sorted(set(own) - _KNOWN)
    if unknown:
        raise UsageError(f"The profile {name} has keys that mean nothing: {', '.join(unknown)}.")
    parent = own.pop("extends", None)
    if parent is None:
        return own
    base = _merged(str(parent), read, (*chain, name))
    for key in _OWN:
        base.pop(key, None)
    return _over(base, own)


def build_profile(name: str, table: Mapping[str, Any]) -> Profile:
    """The profile of a merged table; UsageError names the key that is wrong."""

    def typed(key: str, kind: type, value: object) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UsageError(f"The profile {name}: {key} must be a {kind.__name__}, not {value!r}.")
        return value

    values: dict[str, Any] = {key: typed(key, str, table[key]) for key in _STRINGS if key in table}
    values |= {key: typed(key, int, table[key]) for key in _INTS if key in table}
    for key in _TUPLES:
        if key in table:
            values[key] = tuple(str(part) for part in typed(key, list, table[key]))
    if "changelog_place" in values:
        values["changelog_place"] = _PLACES.get(values["changelog_place"], values["changelog_place"])
    values |= {key: typed(key, bool, table[key]) for key in _BOOLS if key in table}
    for words in typed("holds", list, table.get("holds", [])):
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise UsageError(f"The profile {name}: holds is a list of lists of words, not {words!r}.")
    tree = typed("tree", dict, table.get("tree", {}))
    window = dict(typed("window", dict, table.get("window", {})))
    window["kind"] = _KINDS.get(str(window.get("kind", "")), window.get("kind", "open"))
    window["note"] = typed("window.note", str, window.get("note", ""))
    window["tags"] = typed("window.tags", str, window.get("tags", ""))
    try:
        if window["tags"] and re.compile(window["tags"]).groups != 3:
            raise UsageError(f"The profile {name}: window.tags wants three groups: major, minor, candidate.")
    except re.error as error:
        raise UsageError(f"The profile {name}: window.tags is a broken pattern: {error}.") from error
    for key in ("released", "candidate"):
        window[key] = typed(f"window.{key}", str, window.get(key, ""))
    window["stale_days"] = typed("window.stale_days", int, window.get("stale_days", 0))
    window["closes_at"] = typed("window.closes_at", int, window.get("closes_at", 0))
    fix = typed("fix", dict, table.get("fix", {}))
    for key, word, words in (
        ("window.kind", window["kind"], _WINDOWS),
        ("recipients", values.get("recipients", "auto"), _POLICIES),
        ("changelog_place", values.get("changelog_place", "both"), ("cover", "patch", "both")),
        ("versions_answer", values.get("versions_answer", ""), ("", "first", "last")),
    ):
        if word not in words:
            known = ", ".join(one or '""' for one in words)
            raise UsageError(f"The profile {name}: {key} is one of {known}, not {word!r}.")
    if values.get("versions_answer") and values.get("fresh_thread", True):
        raise UsageError(f"The profile {name}: versions_answer contradicts fresh_thread, which is true.")
    severities = {str(k): str(v) for k, v in typed("severities", dict, table.get("severities", {})).items()}
    templates = {str(k): str(v) for k, v in typed("templates", dict, table.get("templates", {})).items()}
    if odd := sorted(set(templates) - set(NAMES)):
        raise UsageError(f"The profile {name}: there is no template {odd[0]!r}; there are {', '.join(NAMES)}.")
    bad = sorted(word for word in severities.values() if word not in ("error", "warning", "advice", "off"))
    if bad:
        raise UsageError(f"The profile {name}: severities are error, warning, advice or off, not {bad[0]!r}.")
    try:
        return Profile(
            name=name,
            title=values.pop("title", name),
            prefix=values.pop("prefix", ""),
            tree=Tree(**{"name": name, "url": "", **tree}),
            fix_prefix=typed("fix.prefix", str, fix.get("prefix", "")),
            window=WindowFacts(**window),
            severities=severities,
            templates=templates,
            bots=tuple(bot_of(name, row) for row in table.get("bots", [])),
            **values,
        )
    except TypeError as error:
        raise UsageError(f"The profile {name}: {error}.") from error
