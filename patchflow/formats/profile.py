"""Profiles as TOML text: read, checked, and merged along `extends`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from patchflow.domain.bot import Bot
from patchflow.domain.profile import Profile, Tree, WindowFacts
from patchflow.errors import UsageError

_TUPLES = ("prefixes", "lists", "files", "to_roles", "get_maintainer", "checkpatch", "checkpatch_ignore")
_INTS = ("max_patches", "cover_from", "repost_hours", "max_mail_bytes")
_STRINGS = ("title", "prefix", "changelog_place", "lore", "patchwork", "patchwork_project")
_KNOWN = {*_TUPLES, *_INTS, *_STRINGS, "fresh_thread", "extends", "tree", "window", "severities", "bots"}


def load_profile(name: str, read: Callable[[str], str | None]) -> Profile:
    """The profile of that name, merged from its parents.

    `read` gives a profile's TOML text by name, None where there is none. Raises UsageError naming the
    profile and the key that is wrong, or the chain of `extends` that never ends.
    """
    table = _merged(name, read, ())
    return _build(name, table)


def read_bots(name: str, text: str) -> tuple[Bot, ...]:
    """The bots that a profile's TOML names itself; UsageError where it is broken."""
    try:
        rows = tomllib.loads(text).get("bots", [])
        return tuple(_bot(name, row) for row in rows)
    except (ValueError, RecursionError, TypeError, AttributeError) as error:
        raise UsageError(f"The profile {name} is no TOML: {error}.") from error


def _merged(name: str, read: Callable[[str], str | None], chain: tuple[str, ...]) -> dict[str, Any]:
    if name in chain:
        raise UsageError(f"The profile {name} extends itself: {' -> '.join((*chain, name))}.")
    try:
        text = read(name)
        own = tomllib.loads(text or "")
    except OSError as error:
        raise UsageError(f"The profile {name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The profile {name} is no TOML: {error}.") from error
    if text is None:
        raise UsageError(f"There is no profile {name!r}.", "`patchflow config profile` lists those there are.")
    unknown = sorted(set(own) - _KNOWN)
    if unknown:
        raise UsageError(f"The profile {name} has keys that mean nothing: {', '.join(unknown)}.")
    parent = own.pop("extends", None)
    if parent is None:
        return own
    base = _merged(str(parent), read, (*chain, name))
    for key, value in own.items():
        if key in ("tree", "window", "severities") and isinstance(value, dict):
            base[key] = {**base.get(key, {}), **value}
        elif key == "bots":
            base[key] = [*value, *base.get(key, [])]
        else:
            base[key] = value
    return base


def _build(name: str, table: Mapping[str, Any]) -> Profile:
    def typed(key: str, kind: type, value: object) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UsageError(f"The profile {name}: {key} must be a {kind.__name__}, not {value!r}.")
        return value

    values: dict[str, Any] = {key: typed(key, str, table[key]) for key in _STRINGS if key in table}
    values |= {key: typed(key, int, table[key]) for key in _INTS if key in table}
    for key in _TUPLES:
        if key in table:
            values[key] = tuple(str(part) for part in typed(key, list, table[key]))
    if "fresh_thread" in table:
        values["fresh_thread"] = typed("fresh_thread", bool, table["fresh_thread"])
    tree = typed("tree", dict, table.get("tree", {}))
    window = typed("window", dict, table.get("window", {}))
    severities = {str(k): str(v) for k, v in typed("severities", dict, table.get("severities", {})).items()}
    bad = sorted(word for word in severities.values() if word not in ("error", "warning", "advice", "off"))
    if bad:
        raise UsageError(f"The profile {name}: severities are error, warning, advice or off, not {bad[0]!r}.")
    try:
        return Profile(
            name=name,
            title=values.pop("title", name),
            prefix=values.pop("prefix", ""),
            tree=Tree(**{"name": name, "url": "", **tree}),
            window=WindowFacts(**window),
            severities=severities,
            bots=tuple(_bot(name, row) for row in table.get("bots", [])),
            **values,
        )
    except TypeError as error:
        raise UsageError(f"The profile {name}: {error}.") from error


def _bot(name: str, row: Mapping[str, Any]) -> Bot:
    try:
        re.compile(str(row["from"]))
        return Bot(str(row["name"]), str(row["from"]), str(row.get("means", "finding")))
    except KeyError as error:
        raise UsageError(f"The profile {name}: a bot lacks {error}.") from error
    except re.error as error:
        raise UsageError(f"The profile {name}: the bot {row['name']} has a broken pattern: {error}.") from error
