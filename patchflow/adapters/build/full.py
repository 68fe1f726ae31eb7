"""A full kernel tree to build in: its sources by link, the commit's own laid over them, an O= folder in the cache.

The user's tree is only read. Sources and O= folder stay in the cache, so that a tree is prepared once a configuration.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from patchflow.adapters.build.clippy import clippy_left_out
from patchflow.adapters.build.configure import Preparing, configuration_of, make_words, need_tools
from patchflow.adapters.build.headers import Headers, release_of
from patchflow.adapters.build.in_cache import no_room
from patchflow.adapters.build.including import objects_including
from patchflow.adapters.build.modules import ModuleBuilder, has_module
from patchflow.adapters.build.toolchain import OWN, Toolchain, toolchain
from patchflow.adapters.files import exclusive
from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.kernel.tools import left_out
from patchflow.adapters.paths import cache_path, private_folder
from patchflow.adapters.process import run
from patchflow.adapters.trust import Consent, consent, run_code_live
from patchflow.domain.build import BuildPlan, Setting
from patchflow.errors import OutsideError
from patchflow.formats.kbuild import kernel_version, parse_messages
from patchflow.values import dataclass

_SECONDS = 4 * 3600.0  # for a kernel that is linked
NO_SYMBOLS = "symbols: no kernel is linked in a full tree's O= folder, so a symbol that nobody exports is not told"
_LINK, _PROGRAM = 0o120000, 0o100755


def is_source(tree: Path) -> bool:
    """Whether a folder is a full kernel tree, or an O= folder of one."""
    return (tree / "init" / "main.c").is_file() or (tree / "source").is_symlink()


def image_of(tree: Path) -> Path | None:
    """The kernel image that was built in a tree or an O= folder, if one was."""
    image = tree / "arch" / "x86" / "boot" / "bzImage"
    return image if is_source(tree) and image.is_file() else None


def is_full(tree: Path) -> bool:
    """Whether a folder is a full kernel tree whose sources can be told from what was made in it."""
    built_in_place = (tree / "include" / "config" / "auto.conf").is_file()
    return (tree / "init" / "main.c").is_file() and ((tree / ".git").exists() or not built_in_place)


@dataclass(frozen=True)
class FullTree(Headers):
    """A prepared O= folder (`folder`) of a full tree; `configured` says whose configuration it has."""

    configured: str = ""
    chain: Toolchain = OWN

    @cached_property
    def compiler(self) -> str:
        """The compiler it is built with."""
        return self.chain.compiler

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"a full tree of Linux {self.release} with {self.configured}"


class Sources:
    """A full tree's sources as they are in any commit: links to the tree's files, and files where the commit differs.

    Where the tree's repository has the commit, all of it is compared; else just the paths the series touches.
    """

    def __init__(
        self, repository: GitRepository, tree: Path, folder: Path, commit: str, touched: Sequence[str]
    ) -> None:
        self.repository = repository
        self.tree = tree
        self.folder = folder
        self._touched = touched
        is_git = (tree / ".git").exists()
        known = ["git", "-C", str(tree), "cat-file", "-e", f"{commit}^{{commit}}"]
        self.knows = is_git and run(known, check=False, timeout=30).code == 0
        self._tracked = _tracked(tree) if is_git else {*_walked(tree)}
        self._own: set[str] | None = None

    def identity(self, commit: str) -> str:
        """Changes when any source changes."""
        if self.knows:
            return self.repository.tree(commit)
        made = hashlib.sha256()
        for path in sorted(self._tracked):
            found = (self.tree / path).lstat()
            made.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
        self.repository.have(commit, *self._touched)
        tree = self.repository.raw[commit].peel(pygit2.Tree)
        made.update("".join(f"{path}\0{tree[path].id if path in tree else ''}\0" for path in self._touched).encode())
        return made.hexdigest()

    def lay(self, commit: str) -> bool:
        """Makes the sources be the commit's; whether a Kconfig file changed by it.

        A file that ever differed stays a file: the time of a link's target could be older than what was made of it.
        """
        differing = self._differing(commit)
        if self._own is None:
            self._own = self._link(differing)
        self.repository.have(commit, *(self._own | differing))
        tree = self.repository.raw[commit].peel(pygit2.Tree)
        changed = False
        for path in sorted(self._own | differing):
            if path in differing:
                mode, content = _blob(self.repository, tree, path)
            else:
                there = path in self._tracked and (self.tree / path).is_file()
                mode, content = (0, (self.tree / path).read_bytes()) if there else (0, None)
            wrote = _write(self.folder / path, mode, content)
            changed |= wrote and "Kconfig" in path
        self._own |= differing
        return changed

    def _differing(self, commit: str) -> set[str]:
        if not self.knows:
            return set(self._touched)
        words = ["git", "-C", str(self.tree), "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", commit]
        return {path for path in run(words, timeout=300).out.decode("utf-8", "surrogateescape").split("\0") if path}

    def _link(self, differing: set[str]) -> set[str]:
        """Links what is not there yet, removes what the tree no longer has; the paths that are files of our own."""
        walked = _walked(self.folder)
        have = walked.keys()
        for path in have - self._tracked - differing:
            (self.folder / path).unlink()
        for path in self._tracked - have - differing:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.symlink_to(self.tree / path)
        return {path for path in have & (self._tracked | differing) if not walked[path]}


def _tracked(tree: Path) -> set[str]:
    """The files of a work tree that git knows and that are there; in a sparse checkout (S) many are not."""
    words = ["git", "-C", str(tree), "ls-files", "-z"]
    known = os.fsdecode(run([*words, "-t"], timeout=120).out).split("\0")
    gone = {*os.fsdecode(run([*words, "-d"], timeout=120).out).split("\0")}
    return {row[2:] for row in known if row and (row[0] != "S" or os.path.lexists(tree / row[2:]))} - gone


def _walked(folder: Path) -> dict[str, bool]:
    """Every file and link below a folder, and whether it is a link; configurations left out. No target is looked at:
    a kernel has a hundred thousand of them."""
    found: dict[str, bool] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(folder / below) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{below}{entry.name}/")
                elif not entry.name.startswith(".config"):
                    found[f"{below}{entry.name}"] = entry.is_symlink()
    return found


def _blob(repository: GitRepository, tree: pygit2.Tree, path: str) -> tuple[int, bytes | None]:
    if path not in tree:
        return 0, None
    found = repository.raw[tree[path].id]
    return int(tree[path].filemode), found.data if isinstance(found, pygit2.Blob) else None


def lay_file(repository: GitRepository, commit: str, path: str, folder: Path) -> None:
    """Writes a file of a commit below a folder, with its mode."""
    mode, content = _blob(repository, repository.raw[commit].peel(pygit2.Tree), path)
    _write(folder / path, mode, content)


def _write(target: Path, mode: int, content: bytes | None) -> bool:
    """Makes a file be this, or not be there; whether that changed anything."""
    if content is None:
        there = target.is_symlink() or target.is_file()
        target.unlink(missing_ok=True)
        return there
    if not target.is_symlink() and target.is_file() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.unlink(missing_ok=True)
    if mode == _LINK:
        target.symlink_to(content.decode("utf-8", "surrogateescape"))
        return True
    target.write_bytes(content)
    if mode == _PROGRAM:
        target.chmod(0o755)
    return True


class FullBuilder(ModuleBuilder):
    """Builds the planned modules and objects of any commit in a full tree's own O= folder."""

    def __init__(
        self, sources: Sources, full: FullTree, preparing: Preparing, sparse: bool, heard: Callable[[str], None]
    ) -> None:
        super().__init__(sources.repository, full, full.folder, sparse, heard)
        self.sources = sources
        self._chain = full.chain
        self._preparing = preparing
        self.root = str(sources.folder)
        self.symbols = False
        self.left_out = (*left_out(), NO_SYMBOLS)
        self.without_clippy = clippy_left_out()
        self._begun = False

    def _source_identity(self, commit: str, plan: BuildPlan) -> str:
        clippy = " CLIPPY=1" if self._with_clippy(plan) else ""
        return f"{self.sources.identity(commit)} {' '.join([*(m.path for m in plan.modules), *plan.objects])}{clippy}"

    def _argv(self, plan: BuildPlan) -> list[str]:
        more = ["W=1", "KBUILD_MODPOST_WARN=1", "CONFIG_DEBUG_INFO_BTF_MODULES=", *(["C=1"] if self.sparse else [])]
        more += ["CLIPPY=1"] if self._with_clippy(plan) else []
        # Kbuild has a + before rustc, for its jobs, and of such lines only whole makes are kept apart.
        more += ["--output-sync=recurse"] if plan.rust else []
        return [*make_words(self.sources.folder, self.folder, self._chain), "-k", *more, *self._targets]

    def including(self, commit: str, header: str) -> list[str]:
        """The objects of a commit that include a header, those first whose source names it."""
        return objects_including(self.repository, commit, header, (self.folder, self.sources.tree))

    def checks_of(self, plan: BuildPlan) -> tuple[str, ...]:
        """Which checks a build of this makes besides compiling, in words."""
        return (*super().checks_of(plan), *(("clippy",) if self._with_clippy(plan) else ()))

    def left_out_of(self, plan: BuildPlan) -> tuple[str, ...]:
        """Which checks a build of this leaves out, and why."""
        return (*self.left_out, *(self.without_clippy if plan.rust else ()))

    def _with_clippy(self, plan: BuildPlan) -> bool:
        return plan.rust and not self.without_clippy

    def link(self, commit: str, plan: BuildPlan, place: Path) -> tuple[list[Path], str]:
        """Links the kernel of a commit, and makes the plan's modules for it: `bzImage` and the modules, copied into a
        folder; else why it does not build."""
        if self.sources.lay(commit):
            self._preparing.run(self._heard)
        modules = [m.path for m in plan.modules if has_module(self.sources.folder, m)]
        rows: list[str] = []

        def hear(row: str) -> None:
            rows.append(row)
            self._heard(row)

        allowed = consent(self.repository.folder, make=True)
        words = ["CONFIG_DEBUG_INFO_BTF_MODULES=", "bzImage", *modules]
        argv = [*make_words(self.sources.folder, self.folder, self._chain), *words]
        ended = run_code_live(allowed, argv, hear, timeout=_SECONDS)
        no_room(rows)
        if ended.timed_out:
            raise OutsideError(f"The kernel was not linked within {_SECONDS:.0f} s, and make was stopped.")
        if ended.code:
            errors = [m.as_line() for m in parse_messages(rows, self.root) if m.is_error]
            return [], "; ".join(errors[:3])[:600] or " ".join(rows[-2:])[-300:] or "make said nothing"
        place.mkdir()
        made = [self.folder / path for path in ("arch/x86/boot/bzImage", *modules)]
        return [Path(shutil.copyfile(path, place / path.name)) for path in made], ""

    def _lay(self, commit: str, plan: BuildPlan) -> None:
        if self.sources.lay(commit):
            self._preparing.run(self._heard)
        wanted = [m.path for m in plan.modules if has_module(self.sources.folder, m)]
        wanted += [path for path in plan.objects if self._has_object(path)]
        self._targets = wanted or ["modules_prepare"]  # a base that has none of them yet
        if not self._begun:  # what an earlier run made says nothing more, so it is made again
            self._begun = True
            for folder in plan.folders:
                for path in (self.folder / folder).rglob("*.o"):
                    path.unlink()
            for target in plan.objects:
                made = self.folder / ("rust/kernel.o" if target == "prepare" else target)
                if made.is_file():
                    made.unlink()

    def _has_object(self, path: str) -> bool:
        place = self.sources.folder / path
        if path == "prepare" or place.is_dir():
            return True
        return any(place.with_suffix(suffix).is_file() for suffix in (".c", ".S", ".rs"))


@contextmanager
def full_tree(
    sources_of: Callable[[Path], Sources], tree: Path, commit: str, setting: Setting, needs: Sequence[str],
    heard: Callable[[str], None], tell: Callable[[str], None],
) -> Iterator[tuple[Sources, FullTree, Preparing]]:  # fmt: skip
    """A tree's sources and O= folder in the cache, prepared at a commit and held for this process alone.

    MissingError where a tool or a configuration is missing; PatchflowError on a no to the code of the tree, or
    of the clone whose commits are built. `sources_of` makes the sources in the folder given; `needs` are
    the options that what is touched is built by.
    """
    chain = toolchain(setting)
    config = configuration_of(tree, setting, chain.arch)
    need_tools(chain)
    given = [str(tree), *(os.environ.get(name, "") for name in ("ARCH", "CROSS_COMPILE", "LLVM")), *chain.words]
    given += [config.target, *(f"{name}={value}" for name, value in config.options)]
    key = hashlib.sha256("\0".join(given).encode() + config.content).hexdigest()[:16]
    room = full_rooms() / key
    with exclusive(lock_of(room), "building in this full tree"):
        source, out = room / "source", room / "out"
        private_folder(str(out))
        source.mkdir(exist_ok=True, mode=0o700)
        configured = f"{config.name}{f', {chain.name}' if chain.name else ''}"
        tell(f"building in {out}, with {configured}; {tree} is only read")
        sources = sources_of(source)
        allowed = _allowed(sources)  # asked before anything of it is laid
        preparing = Preparing(allowed, source, out, chain, config, needs, heard)
        if sources.lay(commit) or not preparing.is_done():
            preparing.run(tell)
        yield sources, FullTree(out, release_of(out) or _version(source), configured, chain), preparing


def full_rooms() -> Path:
    """Where the cache keeps full trees."""
    return Path(cache_path()) / "try" / "full"


def lock_of(room: Path) -> Path:
    """The lock that a build in such a folder holds."""
    return room.with_name(f"{room.name}.lock")


def _version(source: Path) -> str:
    """The version of a tree that makes no release, because its configuration has no modules."""
    return kernel_version((source / "Makefile").read_text(encoding="utf-8", errors="replace"))


def _allowed(sources: Sources) -> Consent:
    """Consent to the code of the tree, and to that of the clone whose commits are laid over it."""
    consent(sources.repository.folder, make=True)
    return consent(sources.tree, make=True)
