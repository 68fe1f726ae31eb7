"""The kernel that a series is carried to: its headers, and its source out of the clone, a folder or a package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which

from patchflow.adapters.build import debian
from patchflow.adapters.build.full import is_source
from patchflow.adapters.build.headers import (
    RUNNING,
    Headers,
    debian_headers,
    find_headers,
    headers_at,
    installed,
    release_of,
)
from patchflow.adapters.build.in_cache import NoRoomError
from patchflow.adapters.git.repository import GitRepository
from patchflow.errors import MissingError, OutsideError, UsageError
from patchflow.formats.kbuild import kernel_version, minor, release_version, upstream
from patchflow.values import dataclass

_STABLE_URL = "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git"
_ARCHIVES = ("*.tar.xz", "*.tar.zst", "*.tar.bz2", "*.tar.gz")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class OtherKernel:
    """`headers` to build against, and the source they are of: a `commit` of the clone, else a `folder`; `name` says in
    words where that comes from."""

    headers: Headers
    name: str
    commit: str = ""
    folder: Path = Path()

    @property
    def version(self) -> str:
        """`6.1.192`."""
        return self.headers.version


def other_kernel(repository: GitRepository, word: str, tell: Tell) -> OtherKernel:
    """The kernel that a word names: `running`, a release (6.1.0-57-amd64), a version (6.1.192, 6.1), a folder of
    headers or of source, a tag or branch of the clone. What is not here comes from the distribution's packages.

    MissingError where its headers or its source cannot be had, with what to fetch by hand.
    """
    folder = Path(word).expanduser()
    if word and folder.is_dir():
        folder = folder.resolve()
        if not is_source(folder):
            return _with_source(repository, headers_at(folder), tell)
        makefile = folder / "Makefile"
        text = makefile.read_text(encoding="utf-8", errors="replace") if makefile.is_file() else ""
        if not (version := kernel_version(text)):
            raise UsageError(f"{folder} is not a kernel tree: it has no Makefile that names a version.")
        prepared = release_of(folder) and (folder / ".config").is_file()
        return OtherKernel(headers_at(folder) if prepared else find_headers(version, tell), str(folder), folder=folder)
    release = RUNNING if word == "running" else word
    if word != "running" and (commit := repository.try_resolve(word)):
        text = (repository.read_blob(commit, "Makefile") or b"").decode("utf-8", "replace")
        if not (version := kernel_version(text)):
            raise UsageError(f"{word} is not a kernel tree: its Makefile names no version.")
        return OtherKernel(find_headers(version, tell), f"{word} ({commit[:12]})", commit)
    if not release_version(release):
        raise UsageError(
            f"{word!r} is not a kernel to try on.",
            "Name `running`, a release (6.1.0-57-amd64), a version (6.1), a tag or branch, or a folder.",
        )
    return _with_source(repository, _headers_named(release, tell), tell)


def _headers_named(release: str, tell: Tell) -> Headers:
    """The headers of a release, of a version, or of the newest version of a series (6.1) that there are packages of."""
    have = list(installed())
    for asked in (lambda one: one.release, lambda one: one.version, lambda one: minor(one.version)):
        if found := next((one for one in have if asked(one) == release), None):
            return found
    package = f"linux-headers-{release}"
    # A name as short as linux-headers-6.1-amd64 stands for the newest of them, and has no headers of its own.
    if re.match(r"\d+\.\d+\.\d+[-+~]", release) and package in debian.names(package):
        return debian_headers(package, tell)
    if re.fullmatch(r"\d+\.\d+", release):
        rows = debian.versions([f"linux-source-{release}"]).get(f"linux-source-{release}", [])
        return find_headers(upstream(rows[0]) if rows else f"{release}.0", tell)
    return find_headers(release, tell)


def _with_source(repository: GitRepository, headers: Headers, tell: Tell) -> OtherKernel:
    version = headers.version
    failed: list[str] = []
    for package, number in _packages(version):
        label = f"{package}_{number.replace(':', '-')}"
        try:
            folder = debian.unpacked(label, [f"{package}={number}"], tell, _unpack)
        except NoRoomError:
            raise
        except (MissingError, OutsideError) as error:  # no network
            failed.append(error.message)
            continue
        return OtherKernel(headers, f"{package} {number}", folder=folder)
    tag = f"v{version.removesuffix('.0')}"
    if commit := repository.try_resolve(f"refs/tags/{tag}"):
        return OtherKernel(headers, tag, commit)
    none = f"the package lists have no linux-source-{minor(version)} of that version"
    raise MissingError(
        f"The source of Linux {version} was not found: {' '.join(failed).rstrip('.') or none}, and this clone has "
        f"no tag {tag}.",
        f"`git fetch {_STABLE_URL} tag {tag}` fetches it, `apt-get update` renews the lists, and `--on FOLDER` names "
        "a folder that has it.",
    )


def _packages(version: str) -> Iterator[tuple[str, str]]:
    """The packages of a version's source, with their own version."""
    names = [one for one in debian.names(f"linux-source-{minor(version)}") if re.fullmatch(r"linux-source-[\d.]+", one)]
    for name, rows in debian.versions(names).items():
        for number in rows:
            if upstream(number) == version:
                yield name, number


def _unpack(root: Path) -> None:
    """Opens the archive that a package of source is."""
    archive = next((path for pattern in _ARCHIVES for path in root.rglob(pattern)), None)
    if archive is None or which("tar") is None:
        raise MissingError("The package of the kernel's source holds no archive, or there is no tar to open it.")
    words = ["tar", "-x", "--strip-components=1", "--no-same-owner", "-f", str(archive)]
    code, said = debian.run_long([*words, "-C", str(root)], 1800)
    if code != 0:
        raise OutsideError(f"`tar -x {archive.name}` failed: {' '.join(said[-2:])[-300:] or 'no word'}.")
    archive.unlink()
