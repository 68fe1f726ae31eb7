"""Kernel headers to build modules against: named, installed, or a Debian package in the cache."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from shutil import which

from patchflow.adapters.build import debian
from patchflow.adapters.process import run
from patchflow.errors import MissingError
from patchflow.formats.kbuild import header_version, kernel_version, minor, parse_config, release_version, upstream
from patchflow.values import dataclass

RUNNING = os.uname().release
_VERSION_H = "include/generated/uapi/linux/version.h"


@dataclass(frozen=True)
class Headers:
    """A prepared folder for `make -C FOLDER M=…`; `release` is what modules built against it are for."""

    folder: Path
    release: str

    @cached_property
    def version(self) -> str:
        """`6.12.117`; a release need not name it: 6.1.0-57-amd64 is Debian's name of a 6.1.192."""
        try:
            return header_version((self.folder / _VERSION_H).read_text(errors="replace")) or release_version(
                self.release
            )
        except OSError:
            return release_version(self.release)

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"linux-headers-{self.release}"

    @cached_property
    def config(self) -> dict[str, str]:
        """The configuration they stand for."""
        return parse_config((self.folder / ".config").read_text(encoding="utf-8", errors="replace"))

    @cached_property
    def compiler(self) -> str:
        """The compiler the headers ask for (`x86_64-linux-gnu-gcc-12`), gcc where they name none."""
        try:
            text = (self.folder / ".kernelvariables").read_text()
        except OSError:
            return "gcc"
        cross = re.search(r"CROSS_COMPILE = ([\w.-]+)$", text, re.MULTILINE)  # no $(…): that is for another machine
        gcc = re.search(r"\$\(CROSS_COMPILE\)(\S+)", text)
        return (cross[1] if cross else "") + (gcc[1] if gcc else "gcc")

    def digest(self) -> str:
        """Changes when configuration, symbols or compiler change."""
        made = hashlib.sha256(self.release.encode())
        for name in (".config", "Module.symvers"):
            made.update((self.folder / name).read_bytes() if (self.folder / name).is_file() else b"-")
        made.update(run([self.compiler, "--version"], timeout=20).out)
        return made.hexdigest()

    def need_compiler(self) -> None:
        """MissingError where make or the compiler the headers ask for is not there."""
        for program, package in (("make", "make"), (self.compiler, re.sub(r"^.*-(?=gcc)", "", self.compiler))):
            if which(program) is None:
                raise MissingError(
                    f"There is no compiler to build with: {program} is not installed, which {self.name} asks for.",
                    f"`apt install build-essential {package}` installs it." if package != "make" else
                    "`apt install build-essential` installs it.",
                )  # fmt: skip


def headers_at(folder: Path) -> Headers:
    """Headers, or a full tree's prepared folder, that the user names; MissingError where it cannot be built against."""
    folder = folder.resolve()
    if not (folder / "Makefile").is_file():
        raise MissingError(f"{folder} holds no kernel headers: it has no Makefile.", "Name /lib/modules/…/build.")
    release = release_of(folder)
    if not release or not (folder / ".config").is_file():
        raise MissingError(
            f"The tree {folder} is not configured: it has no .config, or nothing was prepared in it.",
            f"Run `make -C {folder} olddefconfig modules_prepare` first.",
        )
    return Headers(folder, release)


def find_headers(version: str, tell: Callable[[str], None]) -> Headers:
    """Headers of just this version: the running kernel's, installed ones, or Debian's package in the cache."""
    found = headers_or_package(version)
    return found if isinstance(found, Headers) else debian_headers(found, tell)


def headers_or_package(version: str) -> Headers | str:
    """Headers of just this version that need not be fetched, installed or unpacked in the cache; else the name of
    Debian's package of them; MissingError where there is none."""
    seen: list[str] = []
    for found in installed():
        if found.version == version:
            return found
        seen.append(found.release)
    for package in _packages(version):
        return debian_headers(package, lambda words: None) if debian.is_unpacked(package) else package
    have = f" Installed are {', '.join(sorted(set(seen))[:4])}, which do not fit." if seen else ""
    raise MissingError(
        f"There are no kernel headers of Linux {version}, the version of this tree, on this machine or in Debian's "
        f"package lists.{have}",
        "Run `apt-get update` and try again, or name a prepared tree with `--against DIR`.",
    )


def _packages(version: str) -> list[str]:
    """Debian's packages of headers of just this version: by their names, else by their own version, where the name has
    the number of an interface in it (linux-headers-6.1.0-57-amd64)."""
    architecture = _architecture()
    named = rf"linux-headers-{re.escape(version)}[+~\d][\w.+~]*-{architecture}"
    found = [one for one in debian.names(f"linux-headers-{version}") if re.fullmatch(named, one)]
    if found:
        return found
    abi = re.compile(rf"linux-headers-[\d.]+-(\d+)-{architecture}")
    numbers = {one: match for one in debian.names(f"linux-headers-{minor(version)}.") if (match := abi.fullmatch(one))}
    versions = debian.versions(list(numbers))
    held = [one for one, rows in versions.items() if any(upstream(row) == version for row in rows)]
    return sorted(held, key=lambda one: int(numbers[one][1]), reverse=True)


def debian_headers(package: str, tell: Callable[[str], None]) -> Headers:
    """Debian's headers package with what it needs, unpacked in the cache and made to stand there."""
    parts = [package, *debian.dependencies(package, ("linux-headers-", "linux-kbuild-"))]
    root = debian.unpacked(package, parts, tell)
    folder = root / "usr" / "src" / package
    makefile = folder / "Makefile"
    text = makefile.read_text()
    # The packages are made to lie below /usr/src: the one absolute path in them is led into the cache.
    changed = re.sub(r"^include .*?/usr/src/", f"include {root}/usr/src/", text, flags=re.MULTILINE)
    if changed != text:
        makefile.write_text(changed)
    return headers_at(folder)


def need_same_version(headers: Headers, makefile: str) -> None:
    """MissingError where headers and source are not of the same version: the compiler would say it far less plainly."""
    version = kernel_version(makefile)
    if version and version != headers.version:
        raise MissingError(
            f"The tree is Linux {version}, but {headers.folder} holds headers of {headers.version} "
            f"({headers.release}): the source does not fit them, and the compiler's errors would mislead.",
            f"Leave --against out to have headers of {version} found, or name a prepared tree of {version}.",
        )


def installed() -> Iterator[Headers]:
    """The headers on this machine, those of the running kernel first."""
    modules = Path("/lib/modules")
    folders = [
        modules / RUNNING / "build",
        *sorted(modules.glob("*/build")),
        *Path("/usr/src").glob("linux-headers-*"),
    ]
    for folder in folders:
        if (folder / ".config").is_file() and (folder / "Makefile").is_file() and release_of(folder):
            yield Headers(folder.resolve(), release_of(folder))


def release_of(folder: Path) -> str:
    """The kernel release a prepared folder stands for, "" where nothing was prepared in it."""
    for name, pattern in (
        ("include/generated/utsrelease.h", r'UTS_RELEASE "([^"]+)"'),
        (".kernelvariables", r"KERNELRELEASE = (\S+)"),
        ("include/config/kernel.release", r"(\S+)"),
    ):
        path = folder / name
        if path.is_file() and (match := re.search(pattern, path.read_text(errors="replace"))):
            return match[1]
    return ""


def _architecture() -> str:
    """Debian's name of this machine's architecture."""
    done = run(["dpkg", "--print-architecture"], check=False, timeout=20) if which("dpkg") else None
    return done.text.strip() if done and done.text.strip() else "amd64"
