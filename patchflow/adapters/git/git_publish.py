"""git-publish's traces on a branch: NAME-vN tags, git config, and profiles. Only read, never run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from patchflow.adapters.process import run
from patchflow.domain.series import Cover

if TYPE_CHECKING:
    from patchflow.adapters.git.repository import GitRepository


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag NAME-vN: what was sent, with the cover letter as its message."""

    number: int
    tip: str
    message: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """What git-publish knows of a branch."""

    tags: tuple[Tag, ...]
    cover: Cover | None
    base: str
    people: tuple[str, ...]
    prefixes: tuple[str, ...]


def published(repository: GitRepository, branch: str, profile: str) -> Published | None:
    """git-publish's traces; None where it never had this branch. `profile` is one of its own, else its default.

    Of a profile only base, prefix, to and cc are read: commands and hooks in it stay unread.
    """
    tags = _tags(repository, branch)
    staging = repository.tag(f"{branch}-staging")
    keys = [key for key in repository.settings() if key.startswith(f"branch.{branch}.gitpublish")]
    if not tags and not staging and not keys:
        return None
    settings = _profiles(repository)
    name = profile if any(key.startswith(f"gitpublishprofile.{profile}.") for key in settings) else "default"

    def values(key: str) -> list[str]:
        own = repository.config_all(f"branch.{branch}.gitpublish{key}")
        return [*own, *(one for one in settings.get(f"gitpublishprofile.{name}.{key}", ()) if one not in own)]

    message = staging[1] if staging else tags[-1].message if tags else ""
    base = values("base") or repository.config_all("git-publish.base")
    prefix = values("prefix")
    words = tuple(word for word in (prefix[0] if prefix else "").split() if word.upper() != "PATCH")
    return Published(
        tuple(tags),
        _cover(message),
        base[0] if base else "",
        tuple(dict.fromkeys([*values("to"), *values("cc")])),
        words,
    )


def _tags(repository: GitRepository, branch: str) -> list[Tag]:
    found: list[Tag] = []
    for name, _ in repository.tags(rf"^{re.escape(branch)}-v\d+$"):
        tag = repository.tag(name)
        if tag:
            found.append(Tag(int(name.rpartition("-v")[2]), *tag))
    return sorted(found, key=lambda tag: tag.number)


def _profiles(repository: GitRepository) -> Mapping[str, list[str]]:
    """gitpublishprofile.* of git config, which comes first, and of the tree's .gitpublish."""
    found = {k: list(v) for k, v in repository.settings().items() if k.startswith("gitpublishprofile.")}
    path = repository.folder / ".gitpublish"
    if path.is_file():
        done = run(["git", "config", "--file", str(path), "--no-includes", "--list", "--null"], check=False, timeout=20)
        for row in done.text.split("\0"):
            key, _, value = row.partition("\n")
            if key.startswith("gitpublishprofile."):
                found.setdefault(key, []).append(value)
    return found


def _cover(message: str) -> Cover | None:
    subject, _, body = message.split("-----BEGIN")[0].strip().partition("\n")
    return Cover(subject.strip(), body.strip("\n")) if subject and "***" not in subject else None
