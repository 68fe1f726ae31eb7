"""What goes into a guest: busybox, the test, modules in the order they load, packed as an initramfs."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from shutil import which

from patchflow import lazy_re
from patchflow.adapters.build import debian
from patchflow.adapters.files import write_atomic
from patchflow.adapters.paths import cache_path, private_folder, share_path
from patchflow.adapters.process import run
from patchflow.domain.boot import GuestModule
from patchflow.errors import MissingError, OutsideError, PatchflowError
from patchflow.formats.cpio import cpio_archive

_DEPENDS = lazy_re.compile(rb"\0depends=([\w,-]*)\0")
TEST = "/bin/exchange\n"


class Modules:
    """The modules a guest may load: the built ones first, then the kernel package's own."""

    def __init__(self, built: Iterable[Path], packaged: Path | None) -> None:
        self._paths: dict[str, Path] = {}
        for path in sorted(packaged.rglob("*.ko*")) if packaged else ():
            self._paths[_name(path)] = path
        self.built = {_name(path): path for path in built}
        self._paths.update(self.built)
        listed = packaged / "modules.builtin" if packaged else None
        builtin = listed.read_text().split() if listed and listed.is_file() else []
        self._builtin = {_name(Path(row)) for row in builtin}
        self._read: dict[str, bytes] = {}

    def ordered(self, names: Iterable[str]) -> list[GuestModule]:
        """The modules named with all they depend on, each after what it depends on; names that are not there are
        left out where they are built into the kernel, else PatchflowError."""
        done: dict[str, GuestModule] = {}

        def visit(name: str, needed_by: str) -> None:
            if name in done or name in self._builtin:
                return
            if name not in self._paths:
                raise PatchflowError(
                    f"The module {name} is not there" + (f", which {needed_by} needs." if needed_by else "."),
                    "Build it, or name a kernel that has it with --kernel.",
                )
            content = self._content(name)
            needs = _depends(content)
            for wanted in needs:
                visit(wanted, name)
            there = tuple(done[wanted].file for wanted in needs if wanted in done)
            done[name] = GuestModule(f"{self._paths[name].name.split('.ko')[0]}.ko", content, there)

        for name in names:
            visit(name.replace("-", "_"), "")
        return list(done.values())

    def has(self, name: str) -> bool:
        """Whether there is such a module."""
        return name.replace("-", "_") in self._paths

    def _content(self, name: str) -> bytes:
        if name not in self._read:
            path = self._paths[name]
            raw = path.read_bytes()
            if path.suffix == ".xz":
                raw = lzma.decompress(raw)
            elif path.suffix == ".zst":
                raw = run(["zstd", "-dcq", str(path)], timeout=60).out
            self._read[name] = raw
        return self._read[name]


def _name(path: Path) -> str:
    return path.name.split(".ko")[0].replace("-", "_")


def _depends(content: bytes) -> list[str]:
    match = _DEPENDS.search(content)
    return [name.replace("-", "_") for name in match[1].decode().split(",") if name] if match else []


def debian_kernel(release: str, tell: Callable[[str], None]) -> tuple[Path, Path]:
    """The kernel image and the modules of a Debian release, unpacked in the cache; MissingError where there is none."""
    package = f"linux-image-{release}"
    found = [name for name in debian.names(package) if name in (package, f"{package}-unsigned")]
    if not found and not (Path(cache_path()) / "debian" / package).is_dir():
        raise MissingError(
            f"There is no Debian package {package} to boot.",
            "Run `apt-get update`, or name your own kernel with `--kernel IMAGE`.",
        )
    root = debian.unpacked(package, [sorted(found)[0]] if found else [package], tell)
    modules = next((root / where for where in ("lib/modules", "usr/lib/modules") if (root / where).is_dir()), None)
    image = root / "boot" / f"vmlinuz-{release}"
    if modules is None or not image.is_file():
        raise OutsideError(f"The package {package} holds no vmlinuz-{release} and modules.", f"Look into {root}.")
    return image, modules / release


def busybox(tell: Callable[[str], None]) -> Path:
    """A static busybox: installed, or Debian's in the cache."""
    there = which("busybox")
    if there and b"/ld-linux" not in Path(there).read_bytes():
        return Path(there)
    root = debian.unpacked("busybox-static", ["busybox-static"], tell)
    return next(path for path in (root / "bin/busybox", root / "usr/bin/busybox") if path.is_file())


def exchange() -> Path:
    """The vsock exchange, a static program compiled at need; MissingError where it cannot be."""
    source = Path(share_path("kernel", "qemu", "exchange.c"))
    made = Path(cache_path()) / "try" / f"exchange-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}"
    if made.is_file():
        return made
    compiler = which("cc") or which("gcc") or which("gcc-12")
    if compiler is None:
        raise MissingError("There is no compiler for the test in the guest.", "`apt install build-essential`.")
    private_folder(str(made.parent))
    fresh = made.with_suffix(".new")
    run([compiler, "-O2", "-static", "-o", str(fresh), str(source)], timeout=120)
    return fresh.replace(made)


def module_files(modules: Sequence[GuestModule]) -> dict[str, bytes]:
    """The modules below `modules/`, and `modules/order`: a module and what it depends on in each line."""
    order = "".join(f"{' '.join([m.file, *m.needs])}\n" for m in modules)
    return {"modules/order": order.encode(), **{f"modules/{m.file}": m.content for m in modules}}


def initramfs(
    folder: Path, modules: Sequence[GuestModule], test: str, more: Mapping[str, tuple[int, bytes]],
    tell: Callable[[str], None],
) -> Path:  # fmt: skip
    """Writes the guest's initramfs into a folder; `test` is a shell script that ends with 0 where all is well, `more`
    the files it needs: path -> mode and content."""
    files: dict[str, tuple[int, bytes]] = {
        "init": (0o755, Path(share_path("kernel", "qemu", "init")).read_bytes()),
        "steps": (0o644, Path(share_path("kernel", "qemu", "steps")).read_bytes()),
        "bin/busybox": (0o755, busybox(tell).read_bytes()),
        "bin/exchange": (0o755, exchange().read_bytes()),
        "test": (0o644, test.encode()),
    }
    files |= {name: (0o644, content) for name, content in module_files(modules).items()}
    files |= more
    # Folders the init mounts on are there by a file in each.
    files |= {f"{name}/.keep": (0o644, b"") for name in ("dev", "proc", "sys")}
    path = folder / "initramfs"
    write_atomic(path, cpio_archive(_checked(files)))
    return path


def _checked(files: Mapping[str, tuple[int, bytes]]) -> Mapping[str, tuple[int, bytes]]:
    total = sum(len(content) for _, content in files.values())
    if total > 300_000_000:
        raise PatchflowError(f"The guest's files come to {total // 1_000_000} MB, more than its memory holds.")
    return files
