"""A build: modules, what the compiler says, what is to be built and how it went; and how a guest is booted."""

from __future__ import annotations

from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """How a full tree is built where that is not as it stands: for the architecture `arch` (arm64, riscv64, i386), with
    clang for `llvm`, and configured by `config`: a target of make's (`tinyconfig`) and options (`FEC=m`). With
    `sparse` it is run where it is installed."""

    arch: str = ""
    llvm: bool = False
    config: tuple[str, ...] = ()
    sparse: bool = True

    @property
    def target(self) -> str:
        """The target of make's that the configuration begins with, "" where none is named."""
        return next((word for word in self.config if "=" not in word), "")

    @property
    def options(self) -> dict[str, str]:
        """The options that are named, with CONFIG_ in front."""
        pairs = (word.partition("=") for word in self.config if "=" in word)
        return {f"CONFIG_{name.removeprefix('CONFIG_')}": value for name, _, value in pairs}


AS_IT_STANDS = Setting()


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a Kbuild file: `folder/name.ko`; `condition` is its CONFIG_ symbol, else y or m."""

    folder: str
    name: str
    condition: str

    @property
    def path(self) -> str:
        """Where the build leaves it, below the tree."""
        return f"{self.folder}/{self.name}.ko"


@dataclass(frozen=True, slots=True)
class BuildMessage:
    """One line of a compiler, sparse or modpost; `unit` is the object being made, `line` is 0 where none is named."""

    file: str
    line: int
    kind: str
    text: str
    unit: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the build fails by it."""
        return self.kind == "error"

    def as_line(self) -> str:
        """`file:line: kind: text`, which editors jump to."""
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """The folders that a build wants whole, and the modules; `left_out` are the paths that no build covers, and why.

    `objects` are what a full tree builds besides: `net/core/sock.o`, the folder `net/core/`, or `prepare`, which makes
    what stands in rust/. `rust` says whether some of it is Rust.
    """

    folders: tuple[str, ...]
    modules: tuple[Module, ...]
    left_out: tuple[tuple[str, str], ...]
    objects: tuple[str, ...] = ()
    rust: bool = False

    def by_folder(self) -> dict[str, list[Module]]:
        """The modules by the folder whose Kbuild file makes them."""
        found: dict[str, list[Module]] = {}
        for module in sorted(self.modules, key=lambda one: one.folder):
            found.setdefault(module.folder, []).append(module)
        return found


@dataclass(frozen=True, slots=True)
class Built:
    """One build: whether it went through, everything that was said, the modules made, and the folder they lie in."""

    ok: bool
    messages: tuple[BuildMessage, ...]
    modules: tuple[str, ...] = ()
    seconds: float = 0.0
    cached: bool = False
    folder: str = ""


@dataclass(frozen=True)
class BootWish:
    """How the user wants a guest booted. Empty: the headers, kernel and modules that patchflow finds. `seconds`: the
    time-out, 0 for the usual one. `test` is a script of the user's own, called `name`. Of a `setting` a kernel is
    linked in a full tree.

    `vng` lets virtme-ng drive QEMU, on a machine of its own choice and with its own virtio modules.
    """

    machine: str = "microvm"
    against: str = ""
    kernel: str = ""
    modules: tuple[str, ...] = ()
    test: str = ""
    seconds: float = 0.0
    events: tuple[str, ...] = ()
    vng: bool = False
    name: str = ""
    setting: Setting = AS_IT_STANDS
