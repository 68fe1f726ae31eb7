"""Where profiles, the cache, a clone's state and the files that come with patchflow lie; without pathlib, because a
commit waits for it."""

from __future__ import annotations

import errno
import os
import stat

from patchflow.errors import UsageError

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def share_path(*parts: str) -> str:
    """A file that comes with patchflow: in the checkout beside the package, in a wheel below _share."""
    # The wheel's first: beside an installed package there may be folders of other packages.
    inside = os.path.join(_PACKAGE, "_share", *parts)
    return inside if os.path.exists(inside) else os.path.join(os.path.dirname(_PACKAGE), *parts)


def config_path() -> str:
    """The user's configuration folder: PATCHFLOW_CONFIG_DIR, else patchflow in the XDG one."""
    return _folder("PATCHFLOW_CONFIG_DIR", "XDG_CONFIG_HOME", "~/.config")


def cache_path() -> str:
    """patchflow's folder in the XDG cache; PATCHFLOW_CACHE_DIR names another."""
    return _folder("PATCHFLOW_CACHE_DIR", "XDG_CACHE_HOME", "~/.cache")


def pages_folder() -> str:
    """Where pages that were fetched are kept."""
    return os.path.join(cache_path(), "pages")


def _folder(ours: str, xdg: str, usual: str) -> str:
    """platformdirs says the same on Linux; it is not asked here because a hook pays for every import."""
    if named := os.environ.get(ours):
        return named
    base = os.environ.get(xdg, "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser(usual), "patchflow")


def read_regular(path: str, most: int = 64 << 20) -> bytes:
    """The content of a regular file of a tree; OSError where it is missing, no regular file, or over `most` bytes."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not be waited for
    with open(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        if found.st_size > most:
            raise OSError(errno.EINVAL, f"it has over {most >> 20} MB", path)
        return file.read(most + 1)


def private_folder(path: str) -> None:
    """Makes a folder, and what is missing above it, the owner's only. os.makedirs lets the umask decide above it."""
    if os.path.isdir(path):
        return
    private_folder(os.path.dirname(path) or ".")
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def profile_source(name: str) -> str | None:
    """A profile's TOML: the user's own first, then the ones that come with patchflow; None where there is none.

    UsageError for a name that would lead to another folder.
    """
    if "/" in name or name.startswith("."):
        raise UsageError(f"{name!r} is not a name of a profile.")
    for folder in (os.path.join(config_path(), "profiles"), share_path("kernel", "profiles")):
        path = os.path.join(folder, f"{name}.toml")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    return None


def own_profiles_say(word: str) -> bool:
    """Whether any profile of the user's own so much as holds this word."""
    folder = os.path.join(config_path(), "profiles")
    if not os.path.isdir(folder):
        return False
    sources = (profile_source(name.removesuffix(".toml")) for name in os.listdir(folder) if name.endswith(".toml"))
    return any(word in (source or "") for source in sources)


def state_path(directory: str) -> str | None:
    """The `.git/patchflow` of the clone around a folder, found without opening the repository; None outside of one."""
    found = git_paths(directory)
    return os.path.join(found[2], "patchflow") if found else None


def git_paths(directory: str) -> tuple[str, str, str] | None:
    """The work tree around a folder, its git folder, and the one that all its worktrees share; None outside of one.

    A bare repository is its own tree.
    """
    at = os.path.realpath(directory)
    while True:
        git = os.path.join(at, ".git")
        if os.path.isdir(git):
            return at, git, _common(git)
        if os.path.isfile(git):
            with open(git, encoding="utf-8", errors="surrogateescape") as file:
                named = file.read().removeprefix("gitdir:").strip()
            git = os.path.realpath(os.path.join(at, named))
            return at, git, _common(git)
        if os.path.isfile(os.path.join(at, "HEAD")) and os.path.isdir(os.path.join(at, "objects")):
            return at, at, at
        if at == os.path.dirname(at):
            return None
        at = os.path.dirname(at)


def _common(git: str) -> str:
    """The git folder that all worktrees share."""
    named = os.path.join(git, "commondir")
    if not os.path.isfile(named):
        return git
    with open(named, encoding="utf-8", errors="surrogateescape") as file:
        return os.path.realpath(os.path.join(git, file.read().strip()))
