"""The profiles that speak for files, as merged tables: read from TOML, and kept in the cache as plain values."""

# No pathlib here: the commit-msg hook reads them.

from __future__ import annotations

import os

from patchflow import __version__
from patchflow.adapters.kernel.checksummed_cache import kept_values
from patchflow.adapters.paths import cache_path, config_path, profile_source, read_regular, share_path
from patchflow.formats.subsystem import of_project, project_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Tables = dict[str, dict[str, Any]]

_FORMAT = 2


def profile_tables(project: str = "kernel") -> Tables:
    """Name -> table of every profile that speaks for files of a project."""
    return of_project(all_tables(), project)


def project_at(tree: str) -> tuple[str, tuple[str, ...]]:
    """The project whose tree stands at a folder, by the name of its general rules, and the facts that show it."""
    contents: dict[str, bytes] = {}

    def holds(fact: str) -> bool:
        name, words, text = fact.partition(": ")
        path = os.path.join(tree, name)
        if not words:
            return os.path.isdir(path) if name.endswith("/") else os.path.exists(path)
        if name not in contents:
            try:
                contents[name] = read_regular(path)
            except OSError:
                contents[name] = b""
        return text.encode() in contents[name]

    return project_of(all_tables(), holds)


def all_tables() -> Tables:
    """Name -> merged table of every profile; a user's own stands before the one of that name that comes along.

    UsageError where one is broken.
    """
    stamps = _stamps()
    kept = os.path.join(cache_path(), "profiles", "tables")
    tables: Tables = kept_values(kept, (_FORMAT, __version__, stamps), lambda: _read([row[0] for row in stamps]))
    return tables


def _stamps() -> tuple[tuple[str, str, int, int], ...]:
    """Name, folder, time of change and size of every profile's file."""
    found = []
    for folder in (os.path.join(config_path(), "profiles"), share_path("kernel", "profiles")):
        try:
            entries = sorted((entry.name, entry) for entry in os.scandir(folder) if entry.name.endswith(".toml"))
        except OSError:
            continue
        for name, entry in entries:
            try:
                stat = entry.stat()
            except OSError:
                continue
            found.append((name.removesuffix(".toml"), folder, stat.st_ctime_ns, stat.st_size))
    return tuple(found)


def _read(names: list[str]) -> Tables:
    from patchflow.formats.profile import build_profile, merged_table

    tables = {name: merged_table(name, profile_source) for name in dict.fromkeys(names)}
    for name, table in tables.items():
        build_profile(name, table)  # says what is wrong with it
    for name, known in _that_come_along(names).items():
        if "holds" in known and "holds" not in tables[name]:  # a user's own may say all but how the project is known
            tables[name] = {**{key: known[key] for key in ("holds", "project", "rest") if key in known}, **tables[name]}
    return tables


def _that_come_along(names: list[str]) -> Tables:
    """The tables that come with patchflow of profiles that a user has too."""
    import tomllib

    found: Tables = {}
    for name in {name for name in names if names.count(name) > 1}:
        with open(os.path.join(share_path("kernel", "profiles"), f"{name}.toml"), "rb") as file:
            found[name] = tomllib.load(file)
    return found
