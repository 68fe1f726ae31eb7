"""The session: one clone with everything that works on it, each made when it is first asked for; and profiles."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.paths import config_path, profile_source, share_path
from patchflow.errors import MissingError, UsageError

if TYPE_CHECKING:
    from patchflow.adapters.git.commands import GitCommands
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.adapters.git.store import SeriesStore
    from patchflow.adapters.kernel.checkpatch import Checkpatch
    from patchflow.adapters.mail.send_email import SendEmail
    from patchflow.domain.bot import Bot
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.rules.context import History


def share(*parts: str) -> Path:
    """A file that comes with patchflow: in the checkout beside the package, in a wheel below _share."""
    return Path(share_path(*parts))


def config_folder() -> Path:
    """The user's configuration folder; PATCHFLOW_CONFIG_DIR names another."""
    return Path(config_path())


def profile_text(name: str) -> str | None:
    """A profile's TOML: the user's own first, then the ones that come with patchflow; None where there is none."""
    if "/" in name or name.startswith("."):
        raise UsageError(f"{name!r} is no name of a profile.")
    return profile_source(name)


def profile(name: str) -> Profile:
    """A profile by name, with the bots of all; UsageError where there is none or it is broken."""
    from dataclasses import replace

    from patchflow.formats.profile import load_profile

    return replace(load_profile(name, profile_text), bots=bots())


def bots() -> tuple[Bot, ...]:
    """The bots that write to the lists, whatever the subsystem: those that the user's own profiles name, then those
    that come with patchflow. A profile of the user's that is broken names none; who asks for it is told."""
    folder = config_folder() / "profiles"
    own = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return _bots(tuple((path, path.stat().st_mtime_ns) for path in (*own, share("kernel", "bots.toml"))))


@lru_cache(maxsize=4)
def _bots(files: tuple[tuple[Path, int], ...]) -> tuple[Bot, ...]:
    from patchflow.formats.profile import read_bots

    found: list[Bot] = []
    for path, _ in files:
        with suppress(UsageError, OSError, UnicodeError):
            found += read_bots(path.stem, path.read_text(encoding="utf-8"))
    return tuple(found)


def profile_names() -> list[str]:
    """The profiles there are."""
    folders = (config_folder() / "profiles", share("kernel", "profiles"))
    return sorted({path.stem for folder in folders if folder.is_dir() for path in folder.glob("*.toml")})


class Clone:
    """One clone with everything that works on it, each made when it is first asked for."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    @cached_property
    def repository(self) -> GitRepository:
        """The repository, read in-process."""
        from patchflow.adapters.git.repository import GitRepository

        return GitRepository(self.directory)

    @cached_property
    def git(self) -> GitCommands:
        """git's commands in it."""
        from patchflow.adapters.git.commands import GitCommands

        return GitCommands(self.repository.folder)

    @cached_property
    def store(self) -> SeriesStore:
        """Its series."""
        from patchflow.adapters.git.store import SeriesStore

        return SeriesStore(self.repository, self.git)

    def take_back_half(self) -> str:
        """Takes a step back that a killed patchflow left half made; its title, "" where there is none."""
        from patchflow.errors import PatchflowError

        try:
            there = (self.repository.state_dir / "step.json").is_file()
        except PatchflowError:
            return ""
        return self.store.ledger.recover() if there else ""

    def profile_of(self, series: Series) -> Profile:
        """The series' profile."""
        return profile(series.profile or self.default_profile())

    def default_profile(self) -> str:
        """patchflow.profile of git config, else vsock."""
        return self.repository.config("patchflow.profile") or "vsock"

    def default_profile_or(self, name: str) -> str:
        """The default profile, or `name` outside a repository."""
        try:
            return self.default_profile()
        except MissingError:
            return name

    def checkpatch(self, facts: Profile) -> Checkpatch:
        """The tree's checkpatch.pl with the profile's options."""
        from patchflow.adapters.kernel.checkpatch import Checkpatch

        return Checkpatch(self.repository.folder, facts.checkpatch, facts.checkpatch_ignore)

    def send_email(self) -> SendEmail:
        """The user's git send-email."""
        from patchflow.adapters.mail.send_email import SendEmail

        seconds = self.repository.config_number("patchflow.sendtimeout", 180, 86_400)
        return SendEmail(self.repository.folder, timeout=seconds)

    def history(self, base: str) -> History:
        """The repository as rules ask it."""
        from patchflow.adapters.git.history import BaseHistory

        return BaseHistory(self.repository, base)

    @property
    def outbox(self) -> Path:
        """Where sends in progress are kept."""
        return self.repository.state_dir / "outbox"

    def need_tree(self) -> Path:
        """The work tree, if it is a kernel tree; MissingError where it is not."""
        folder = self.repository.folder
        if not (folder / "MAINTAINERS").is_file():
            raise MissingError(
                f"{folder} is no kernel tree: it has no MAINTAINERS.", "Name one with `patchflow -C DIR`."
            )
        return folder
