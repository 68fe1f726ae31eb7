"""git-publish's traces on a branch: NAME-vN tags, git config, and profiles. Only read, never run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from patchflow.adapters.process import run
from patchflow.domain.series import Cover
from patchflow.formats.mail.headers import addresses
from patchflow.values import dataclass

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

    def own(key: str) -> list[str]:
        return repository.config_all(f"branch.{branch}.gitpublish{key}")

    def profiles(key: str) -> list[str]:
        return list(settings.get(f"gitpublishprofile.{name}.{key}", ()))

    base = [*repository.config_all("git-publish.base"), *profiles("base"), *own("base")]
    prefix = [*repository.config_all("format.subjectprefix"), *profiles("prefix"), *own("prefix")]
    words = tuple(word for word in (prefix[-1] if prefix else "").split() if word.upper() != "PATCH")
    lists = [value for key in ("to", "cc") for value in (*own(key), *profiles(key))]
    message = (staging[1].strip() if staging else "") or (tags[-1].message if tags else "")
    return Published(tuple(tags), _cover(message), base[-1] if base else "", _people(lists), words)


def _people(lists: Sequence[str]) -> tuple[str, ...]:
    """Each address once: a value of git-publish's may hold several, as git send-email takes them."""
    return tuple(dict.fromkeys(str(one) for value in lists for one in addresses(value.encode())))


def _tags(repository: GitRepository, branch: str) -> list[Tag]:
    found: list[Tag] = []
    for name, _ in repository.tags(rf"^{re.escape(branch)}-v\d+$"):
        tag = repository.tag(name)
        if tag:
            found.append(Tag(int(name.rpartition("-v")[2]), *tag))
    return sorted(found, key=lambda tag: tag.number)


def _profiles(repository: GitRepository) -> Mapping[str, Sequence[str]]:
    """Profiles with their values in git-publish's order, the winning one last: ~/.gitconfig, .gitpublish, the clone."""
    found: dict[str, list[str]] = {}
    path = repository.folder / ".gitpublish"
    scopes = ["git", "config", "--list", "--null", "--show-scope"]
    rows = run(scopes, cwd=repository.folder, check=False, timeout=20).text.split("\0")
    named = list(zip(rows[::2], rows[1::2], strict=False))
    outer = [row for scope, row in named if scope in ("system", "global")]
    inner = [row for scope, row in named if scope not in ("system", "global")]
    if path.is_file():
        done = run(["git", "config", "--file", str(path), "--no-includes", "--list", "--null"], check=False, timeout=20)
        outer += done.text.split("\0")
    for row in (*outer, *inner):
        key, _, value = row.partition("\n")
        if key.startswith("gitpublishprofile."):
            found.setdefault(key, []).append(value)
    return found


def _cover(message: str) -> Cover | None:
    subject, _, body = message.split("-----BEGIN")[0].strip().partition("\n")
    return Cover(subject.strip(), body.strip("\n")) if subject and "***" not in subject else None
