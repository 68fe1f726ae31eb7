"""What a full tree is compiled for and with: the words make takes for it, and what must be installed."""

from __future__ import annotations

import os
from shutil import which

from patchflow.domain.build import Setting
from patchflow.errors import MissingError, UsageError
from patchflow.values import dataclass

# The user's word -> make's ARCH, the folder below arch/, and GNU's name of the machine: gcc-NAME is Debian's package.
_ARCHES = {
    "x86_64": ("x86_64", "x86", "x86_64-linux-gnu"),
    "i386": ("i386", "x86", "i686-linux-gnu"),
    "arm64": ("arm64", "arm64", "aarch64-linux-gnu"),
    "arm": ("arm", "arm", "arm-linux-gnueabihf"),
    "riscv64": ("riscv", "riscv", "riscv64-linux-gnu"),
    "powerpc": ("powerpc", "powerpc", "powerpc64le-linux-gnu"),
    "s390": ("s390", "s390", "s390x-linux-gnu"),
    "mips": ("mips", "mips", "mips64el-linux-gnuabi64"),
    "m68k": ("m68k", "m68k", "m68k-linux-gnu"),
    "parisc": ("parisc", "parisc", "hppa-linux-gnu"),
    "sparc64": ("sparc64", "sparc", "sparc64-linux-gnu"),
    "sh": ("sh", "sh", "sh4-linux-gnu"),
    "alpha": ("alpha", "alpha", "alpha-linux-gnu"),
}
_SAME = {"aarch64": "arm64", "x86": "x86_64", "i686": "i386", "riscv": "riscv64", "ppc64": "powerpc", "s390x": "s390"}
# What a machine's own compiler builds besides its own.
_OWN = {"x86_64": ("x86_64", "i386"), "aarch64": ("arm64",), "riscv64": ("riscv64",)}
_LLVM = (("clang", "clang"), ("ld.lld", "lld"), ("llvm-ar", "llvm"), ("llvm-nm", "llvm"), ("llvm-objcopy", "llvm"))


@dataclass(frozen=True, slots=True)
class Toolchain:
    """`words` are make's; `compiler` is the program; `arch` is the folder below arch/ ("" for this machine's), and
    `name` says in words what is built for and with ("" for what is usual). `package` has the compiler."""

    words: tuple[str, ...] = ()
    compiler: str = "gcc"
    arch: str = ""
    name: str = ""
    package: str = "build-essential"

    def need(self) -> None:
        """MissingError that names the package of a compiler that is not there."""
        wanted = _LLVM if self.compiler == "clang" else ((self.compiler, self.package),)
        missing = [(program, package) for program, package in wanted if which(program) is None]
        if missing:
            names = ", ".join(program for program, _ in missing)
            packages = " ".join(dict.fromkeys(package for _, package in missing))
            raise MissingError(
                f"There is no compiler to build {self.name or 'with'}: {names} "
                f"{'is' if len(missing) == 1 else 'are'} not installed.",
                f"`apt install {packages}` installs it.",
            )


OWN = Toolchain()


def arch_of_machine() -> str:
    """The folder below arch/ of this machine."""
    machine = os.uname().machine
    return _ARCHES[_SAME.get(machine, machine)][1] if _SAME.get(machine, machine) in _ARCHES else ""


def toolchain(setting: Setting) -> Toolchain:
    """The toolchain of a setting; UsageError for an architecture that is not known."""
    words: list[str] = []
    arch = _SAME.get(setting.arch, setting.arch)
    if arch and arch not in _ARCHES:
        raise UsageError(f"The architecture {setting.arch} is not known here.", f"There are {', '.join(_ARCHES)}.")
    compiler, package, folder = "gcc", "build-essential", ""
    if arch:
        make, folder, machine = _ARCHES[arch]
        words.append(f"ARCH={make}")
        if arch not in _OWN.get(os.uname().machine, ()):
            compiler, package = f"{machine}-gcc", f"gcc-{machine}"
            words += [] if setting.llvm else [f"CROSS_COMPILE={machine}-"]
    if setting.llvm:
        words.append("LLVM=1")
        compiler, package = "clang", "clang"
    said = [f"for {arch}"] if arch else []
    said += ["with clang"] if setting.llvm else []
    return Toolchain(tuple(words), compiler, folder, " ".join(said), package)
