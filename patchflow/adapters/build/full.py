"""A full kernel tree to build in: its sources by link, the commit's own laid over them, an O= folder in the cache.

The user's tree is only read. Sources and O= folder stay in the cache, so that a tree is prepared once a configuration.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from patchflow.adapters.build.clippy import clippy_left_out
from patchflow.adapters.build.headers import Headers, installed, release_of
from patchflow.adapters.build.modules import JOBS, ModuleBuilder, has_module, no_room
from patchflow.adapters.files import exclusive
from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.paths import cache_path, private_folder
from patchflow.adapters.process import run
from patchflow.adapters.trust import Consent, consent, run_code_live
from patchflow.domain.build import BuildMessage, BuildPlan
from patchflow.errors import MissingError, OutsideError

NO_SYMBOLS = "symbols: no kernel is linked in a full tree's O= folder, so a symbol that nobody exports is not told"
_SECONDS = 1800.0
_LINK, _PROGRAM = 0o120000, 0o100755
_TOOLS = ("flex", "bison", "bc")
# What a build says where a library of the host's is missing, and the package that has it.
_LIBRARIES = (
    (re.compile(r"(?:gelf|libelf)\.h"), "libelf-dev"),
    (re.compile(r"openssl/\S+\.h"), "libssl-dev"),
    (re.compile(r"\bpahole\b.*not"), "dwarves"),
)
_ERROR = re.compile(r"\berror\b|\*\*\*|not found", re.IGNORECASE)
_UNDEFINED = re.compile(r"^modpost: (?:\"\S+\" \[\S+\] undefined!|suppressed \d+ unresolved)")


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
        self._tracked = set(_tracked(tree) if is_git else _walked(tree))
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
        have = set(_walked(self.folder))
        for path in have - self._tracked - differing:
            (self.folder / path).unlink()
        for path in self._tracked - have - differing:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.symlink_to(self.tree / path)
        return {path for path in have & (self._tracked | differing) if not (self.folder / path).is_symlink()}


def _tracked(tree: Path) -> list[str]:
    out = run(["git", "-C", str(tree), "ls-files", "-z"], timeout=120).out
    return [
        path for path in out.decode("utf-8", "surrogateescape").split("\0") if path and os.path.lexists(tree / path)
    ]


def _walked(folder: Path) -> Iterator[str]:
    """Every file and link below a folder, configurations left out."""
    for at, folders, names in os.walk(folder):
        below = Path(at).relative_to(folder)
        links = [name for name in folders if Path(at, name).is_symlink()]
        yield from (str(below / name) for name in [*names, *links] if not name.startswith(".config"))


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

    def __init__(self, sources: Sources, full: FullTree, sparse: bool, heard: Callable[[str], None]) -> None:
        super().__init__(sources.repository, full, full.folder, sparse, heard)
        self.sources = sources
        self.root = str(sources.folder)
        self.left_out = (*self.left_out, NO_SYMBOLS)
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
        return [*_make(self.sources.folder, self.folder), "-k", *more, *self._targets]

    def checks_of(self, plan: BuildPlan) -> tuple[str, ...]:
        """Which checks a build of this makes besides compiling, in words."""
        return (*super().checks_of(plan), *(("clippy",) if self._with_clippy(plan) else ()))

    def left_out_of(self, plan: BuildPlan) -> tuple[str, ...]:
        """Which checks a build of this leaves out, and why."""
        return (*self.left_out, *(self.without_clippy if plan.rust else ()))

    def _with_clippy(self, plan: BuildPlan) -> bool:
        return plan.rust and not self.without_clippy

    def _lay(self, commit: str, plan: BuildPlan) -> None:
        if self.sources.lay(commit):
            _prepare(self.sources, self.folder, self._heard)
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

    def _counts(self, message: BuildMessage) -> bool:
        return not _UNDEFINED.match(message.text)


def _stamp(out: Path) -> Path:
    return out.with_name("prepared")


def _make(source: Path, out: Path) -> list[str]:
    return ["make", f"-j{JOBS}", "--output-sync=target", "-C", str(source), f"O={out}"]


@contextmanager
def full_tree(sources_of: Callable[[Path], Sources], tree: Path, commit: str, heard: Callable[[str], None],
              tell: Callable[[str], None]) -> Iterator[tuple[Sources, FullTree]]:  # fmt: skip
    """A tree's sources and O= folder in the cache, prepared at a commit and held for this process alone.

    MissingError where a tool or a configuration is missing; PatchflowError on a no to the code of the tree, or
    of the clone whose commits are built. `sources_of` makes the sources in the folder given.
    """
    config, configured = configuration_of(tree)
    need_tools()
    given = "\0".join([str(tree), *(os.environ.get(name, "") for name in ("ARCH", "CROSS_COMPILE", "LLVM"))])
    key = hashlib.sha256(given.encode() + config).hexdigest()[:16]
    room = Path(cache_path()) / "try" / "full" / key
    with exclusive(room.parent / f"{key}.lock", "building in this full tree"):
        source, out = room / "source", room / "out"
        private_folder(str(out))
        source.mkdir(exist_ok=True, mode=0o700)
        tell(f"building in {out}, with {configured}; {tree} is only read")
        sources = sources_of(source)
        _allowed(sources)  # asked before anything of it is laid
        changed = sources.lay(commit)
        if changed or not _stamp(out).exists():
            if not (out / ".config").is_file():
                (out / ".config").write_bytes(config)
            tell("preparing it (olddefconfig, modules_prepare)")
            _prepare(sources, out, heard)
        yield sources, FullTree(out, release_of(out), configured)


def configuration_of(tree: Path) -> tuple[bytes, str]:
    """The configuration to build under, and whose it is."""
    running = os.uname().release
    places = [(tree / ".config", "its own .config"), (Path(f"/boot/config-{running}"), f"the .config of {running}")]
    places += [(Path("/proc/config.gz"), f"the configuration of {running}")]
    places += [(found.folder / ".config", f"the .config of {found.name}") for found in installed()]
    for path, name in places:
        try:
            content = path.read_bytes()
            return gzip.decompress(content) if path.suffix == ".gz" else content, name
        except OSError:
            continue
    raise MissingError(
        f"The tree {tree} is not configured: it has no .config, and there is none of the running kernel to take.",
        f"Run `make -C {tree} defconfig`, or copy a .config into it, as /boot/config-$(uname -r) is one.",
    )


def need_tools() -> None:
    """MissingError that names every tool a full tree is prepared with and that is not there."""
    missing = [name for name in ("make", "gcc", *_TOOLS) if which(name) is None]
    if missing:
        raise MissingError(
            f"A full tree cannot be prepared: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not "
            "installed.",
            "`apt install build-essential flex bison bc libelf-dev libssl-dev` installs all it needs.",
        )


def _allowed(sources: Sources) -> Consent:
    """Consent to the code of the tree, and to that of the clone whose commits are laid over it."""
    consent(sources.repository.folder, make=True)
    return consent(sources.tree, make=True)


def _prepare(sources: Sources, out: Path, heard: Callable[[str], None]) -> None:
    """olddefconfig and modules_prepare; the first error is told in one paragraph."""
    rows: list[str] = []
    allowed = _allowed(sources)
    _stamp(out).unlink(missing_ok=True)

    def hear(row: str) -> None:
        rows.append(row)
        heard(row)

    for what in ("olddefconfig", "modules_prepare"):
        ended = run_code_live(allowed, [*_make(sources.folder, out), what], hear, timeout=_SECONDS)
        if ended.code == 0:
            continue
        no_room(rows)
        text = "\n".join(rows)
        for pattern, package in _LIBRARIES:
            if match := pattern.search(text):
                raise MissingError(
                    f"A full tree cannot be prepared: {match[0]} is missing.", f"`apt install {package}` installs it."
                )
        said = next((row.strip() for row in rows if _ERROR.search(row)), "it said nothing")
        raise OutsideError(f"`make {what}` failed in the full tree: {said[:300]}.", "Fix that, then run this again.")
    _stamp(out).touch()
