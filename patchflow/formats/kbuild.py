"""What kernel versions, configurations and a build's output say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from patchflow import lazy_re
from patchflow.domain.build import BuildMessage

_VERSION = lazy_re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL)[ \t]*=[ \t]*(\d+)[ \t]*$", re.MULTILINE)
_HEADER_VERSION = lazy_re.compile(r"(?m)^#define LINUX_VERSION_(MAJOR|PATCHLEVEL|SUBLEVEL) (\d+)$")
_CONFIG = lazy_re.compile(r"^(CONFIG_\w+)=(.*)$", re.MULTILINE)
_RELEASE = lazy_re.compile(r"\d+\.\d+(?:\.\d+)?")
_MESSAGE = lazy_re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?P<kind>warning|error|fatal error): (?P<text>.*)$"
)
_MODPOST = lazy_re.compile(r"^(?P<kind>ERROR|WARNING): modpost: (?P<text>.*)$")
_MAKE = lazy_re.compile(r"^make(?:\[\d+\])?: \*\*\* (?P<text>(?!Waiting|Deleting|\[).*?)\s*(?:Stop\.)?$")
_LINKER = lazy_re.compile(
    r"^(?:\S*ld(?:\.\w+)?|\S+\.o): (?P<text>.*(?:undefined reference|cannot find|multiple definition).*)$"
)
_UNIT = lazy_re.compile(r"^\s+(?:CC|CHECK|AS|LD|RUSTC|CLIPPY)\s(?:(?:\[M\]|[A-Z]{1,2})\s)?\s*(?P<object>\S+)$")
# rustc and clippy say first what, then where.
_RUST = lazy_re.compile(r"^(?P<kind>warning|error)(?:\[E\d+\])?: (?P<text>.*)$")
_RUST_PLACE = lazy_re.compile(r"^\s*--> (?P<file>[^:\n]+):(?P<line>\d+):\d+$")

# The option that an architecture's configuration has, where it is not its folder's name.
_OPTIONS = {"powerpc": "PPC", "sh": "SUPERH", "um": "UML"}
_ARCHES = (
    *("alpha", "arc", "arm", "arm64", "csky", "hexagon", "ia64", "loongarch", "m68k", "microblaze", "mips", "nios2"),
    *("openrisc", "parisc", "powerpc", "riscv", "s390", "sh", "sparc", "um", "x86", "xtensa"),
)


def kernel_version(makefile: str) -> str:
    """`6.12.117` of a kernel tree's Makefile; "" where it is none."""
    found = dict(_VERSION.findall(makefile))
    if "VERSION" not in found or "PATCHLEVEL" not in found:
        return ""
    return ".".join([found["VERSION"], found["PATCHLEVEL"], found.get("SUBLEVEL", "0")])


def release_version(release: str) -> str:
    """`6.12.117` of a kernel release such as `6.12.117+deb12-amd64`; "" where it is none."""
    match = _RELEASE.match(release)
    if not match:
        return ""
    return match[0] if match[0].count(".") == 2 else f"{match[0]}.0"


def header_version(text: str) -> str:
    """`6.1.192` of a kernel's generated linux/version.h; "" where it does not say so."""
    found = dict(_HEADER_VERSION.findall(text))
    names = ("MAJOR", "PATCHLEVEL", "SUBLEVEL")
    return ".".join(found[name] for name in names) if found.keys() >= {*names} else ""


def minor(version: str) -> str:
    """`6.1` of `6.1.192`."""
    return ".".join(version.split(".")[:2])


def upstream(package_version: str) -> str:
    """`6.1.192` of the version of a distribution's package (`6.1.192-3`, `1:6.8.0-45.45`)."""
    return release_version(package_version.rpartition(":")[2])


def parse_config(text: str) -> dict[str, str]:
    """A .config: symbol -> y, m, or its value."""
    return dict(_CONFIG.findall(text))


def module_name(file: str) -> str:
    """`vsock_loopback` of `vsock-loopback.ko` (or .ko.xz): as the kernel calls the module."""
    return file.split(".ko")[0].replace("-", "_")


def arch_of(set_to_y: Callable[[str], bool]) -> str:
    """The folder below arch/ that a configuration is for; "" where it says none."""
    found = [arch for arch in _ARCHES if set_to_y(f"CONFIG_{_OPTIONS.get(arch, arch.upper())}")]
    return "um" if "um" in found else found[0] if len(found) == 1 else ""


def state_of(condition: str, config: Mapping[str, str]) -> str:
    """`m`, `y` or "" (not built): what a module's condition comes to under a configuration."""
    return config.get(condition, "") if condition.startswith("CONFIG_") else condition


def parse_messages(rows: Iterable[str], root: str) -> list[BuildMessage]:
    """The messages in a build's output (made with --output-sync); paths below `root` become the tree's own."""
    found: list[BuildMessage] = []
    unit = ""
    head: re.Match[str] | None = None
    for row in rows:
        if match := _UNIT.match(row):
            unit = _below(match["object"], root)
        elif match := _RUST.match(row):
            head = match
        elif head and (match := _RUST_PLACE.match(row)):
            place = _below(match["file"], root), int(match["line"])
            found.append(BuildMessage(*place, head["kind"], head["text"], unit))
            head = None
        elif match := _MESSAGE.match(row):
            kind = "warning" if match["kind"] == "warning" else "error"
            found.append(BuildMessage(_below(match["file"], root), int(match["line"]), kind, match["text"], unit))
        elif match := _MODPOST.match(row):
            kind = "error" if match["kind"] == "ERROR" else "warning"
            found.append(BuildMessage("", 0, kind, f"modpost: {match['text'].replace(root + '/', '')}", "modpost"))
        elif match := _LINKER.match(row) or _MAKE.match(row):
            found.append(BuildMessage("", 0, "error", match["text"].replace(root + "/", ""), unit))
    return list(dict.fromkeys(found))


def units_made(rows: Iterable[str], root: str) -> set[str]:
    """The objects a build's output says were made anew."""
    return {_below(match["object"], root) for row in rows if (match := _UNIT.match(row))}


def _below(path: str, root: str) -> str:
    return path.removeprefix(root + "/").removeprefix("./")
