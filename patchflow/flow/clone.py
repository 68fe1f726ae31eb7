"""The session: one clone with everything that works on it, each made when it is first asked for; and profiles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.paths import config_path, profile_source, share_path, state_path
from patchflow.errors import MissingError, PatchflowError
from patchflow.formats.identity import identity_for

if TYPE_CHECKING:
    from patchflow.adapters.git.commands import GitCommands
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.adapters.git.store import SeriesStore
    from patchflow.adapters.kernel.checkpatch import Checkpatch
    from patchflow.adapters.mail.send_email import SendEmail
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.subsystem.in_force import Subsystems
    from patchflow.rules.context import History


def share(*parts: str) -> Path:
    """A file that comes with patchflow: in the checkout beside the package, in a wheel below _share."""
    return Path(share_path(*parts))


def config_folder() -> Path:
    """The user's configuration folder; PATCHFLOW_CONFIG_DIR names another."""
    return Path(config_path())


def profile(name: str) -> Profile:
    """A profile by name, with the bots of all; UsageError where there is none or it is broken."""
    from patchflow.flow.subsystem.bots import bots
    from patchflow.formats.profile import load_profile

    return replace(load_profile(name, profile_source), bots=bots())


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
        state = state_path(self.directory)
        return self.store.ledger.recover() if state and StateDir(Path(state)).step.is_file() else ""

    @cached_property
    def subsystems(self) -> Subsystems:
        """The subsystems of its tree."""
        from patchflow.flow.subsystem.in_force import Subsystems

        usual = self.repository.config("patchflow.profile") or ""
        return Subsystems(str(self.repository.folder), self.repository, usual)

    def profile_of(self, series: Series) -> Profile:
        """The profile in force for a series: chosen, as it was sent, or by its files."""
        return self.subsystems.of_series(series)

    def profile_of_patches(self, patches: Sequence[Patch], chosen: str = "") -> Profile:
        """The profile of patches from anywhere: the one that is named, else the one of their files."""
        return self.subsystems.of([(patch.message, patch.paths) for patch in patches], chosen)

    def profile_of_tip(self, branch: str) -> Profile:
        """The profile of a branch's newest commit: where its base is not known yet, this names the tree to look in."""
        tip = self.repository.try_resolve(f"refs/heads/{branch}")
        if tip is None:
            return self.subsystems.of(())
        return self.subsystems.of([(self.repository.subject(tip) or "", self.repository.paths_of(tip))])

    def profile_here(self, chosen: str = "") -> Profile:
        """The profile where no patch is named: the one that is, the current series', else the general rules."""
        if chosen:
            return profile(chosen)
        try:
            return self.profile_of(self.store.load(with_diffs=False))
        except PatchflowError:
            pass
        try:
            return self.subsystems.of(())
        except MissingError:
            return profile("kernel")

    def checkpatch(self, facts: Profile) -> Checkpatch | None:
        """The tree's checkpatch.pl with the profile's options; None where it has none and its project knows of none."""
        from patchflow.adapters.kernel.checkpatch import checker_of

        return checker_of(self.repository.folder, facts)

    def send_email(self, identity: str | None = None) -> SendEmail:
        """The user's git send-email, with a section of sendemail.* ("" for git's own choice); by default the one of the
        identity for everything."""
        from patchflow.adapters.mail.send_email import SendEmail

        seconds = self.repository.config_number("patchflow.sendtimeout", 180, 86_400)
        if identity is None:
            identity = identity_for(self.repository.config).chosen
        return SendEmail(self.repository.folder, identity, timeout=seconds)

    def history(self, base: str, arrived: Callable[[], Collection[tuple[str, str, str]]] | None = None) -> History:
        """The repository as rules ask it; see BaseHistory for `arrived`."""
        from patchflow.adapters.git.history import BaseHistory

        return BaseHistory(self.repository, base, arrived)

    @property
    def outbox(self) -> Path:
        """Where sends in progress are kept."""
        return self.repository.state.outbox

    def need_tree(self) -> Path:
        """The work tree, if it is a kernel tree; MissingError where it is not."""
        folder = self.repository.folder
        if not (folder / "MAINTAINERS").is_file():
            raise MissingError(
                f"{folder} is not a kernel tree: it has no MAINTAINERS.", "Name one with `patchflow -C DIR`."
            )
        return folder
