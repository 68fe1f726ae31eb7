"""Says of a source file which module or object of the kernel it goes into, or why into none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import commonprefix, dirname, normpath

from patchflow import lazy_re
from patchflow.domain.build import Module
from patchflow.formats.kbuild_file import KbuildFile, Owners, read_kbuild
from patchflow.values import dataclass

_NOT_NAMED = "no Makefile names it"
_SOURCES = (".c", ".S", ".rs")
_INCLUDES = lazy_re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+\.[cS])[">]', re.MULTILINE)
_READ, _NEAR, _FOLLOWED = 120, 40, 4  # files read for who includes one, folders beside, includes of includes
# Which folder takes the objects of another that nothing above both leads to: ../../accel/drm_accel.o.
_TAKEN = (("virt/kvm/", "arch/{arch}/kvm"), ("drivers/accel/", "drivers/gpu/drm"))
# What the Kbuild file at the top compiles first, to make headers of it.
_FIRST = lazy_re.compile(r"kernel/(?:bounds|asm-offsets\w*)\.c$|sched/rq-offsets\.c$")
_OUTSIDE = (
    ("Documentation/", "an example of the documentation"),
    ("tools/", "tools/ holds programs of user space"),
    ("scripts/", "scripts/ holds programs that the build runs"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path belongs: the modules (built-in objects are modules under y), else why there is none. `kind` is a
    word for it; `source` is the file whose object holds it: another one, where that includes it; `options` are as in
    Owners."""

    kind: str
    modules: tuple[Module, ...] = ()
    why: str = ""
    source: str = ""
    options: tuple[str, ...] = ()


class Places:
    """Answers for the paths of one tree; what it read it keeps. `read` gives a file of the tree, None where there is
    none; `arch` is the folder below arch/ that is built, "" where that is not known."""

    def __init__(self, read: Callable[[str], str | None], arch: str = "") -> None:
        self._read = read
        self._arch = arch
        self._files: dict[str, KbuildFile | None] = {}
        self._named: dict[str, tuple[tuple[str, str], ...]] = {}

    def file(self, folder: str) -> KbuildFile | None:
        """The evaluated Kbuild file of a folder, if it has one."""
        if folder not in self._files:
            self._files[folder] = read_kbuild(folder, self._read)
        return self._files[folder]

    def of(self, path: str) -> Place:
        """Where a path belongs."""
        for folder, what in _OUTSIDE:
            if path.startswith(folder):
                return Place("outside", why=f"no part of a kernel module: {what}")
        if not path.endswith((*_SOURCES, ".h", "Makefile", "Kbuild")):
            return Place("outside", why="no part of a kernel module")
        arch = path.split("/")[1] if path.startswith("arch/") else ""
        if arch and self._arch not in (arch, "") and not (self._arch == "um" and arch == "x86"):
            return Place("architecture", why=f"part of the architecture {arch}; the configuration is for {self._arch}")
        if not path.endswith(_SOURCES):
            return self._of_folder(path)
        if _FIRST.search(path):
            return Place("rule", why="compiled first of all, to make headers of it")
        owners = self._owners(path)
        if owners.modules or owners.library:
            return _strong(owners, path)
        if found := self._including(path):
            includer, owners = found
            return _strong(owners, includer) if owners.modules or owners.library else _weak(owners, path)
        return _weak(owners, path)

    def needed(self, module: Module) -> tuple[str, ...]:
        """The folders that a module is built of: its own, and those of parts and Kbuild files beside it. Where parts
        lie beside its folder, all that lies there counts, for its headers: drivers/gpu/drm/amd of amdgpu."""
        file = self.file(module.folder)
        paths = (*file.parts(module), *file.included) if file else ()
        outside = {dirname(path) for path in paths if not path.startswith(f"{module.folder}/")} - {""}
        above = dirname(module.folder)
        beside = {folder for folder in outside if folder.startswith(f"{above}/")}
        if len(beside) > 1:
            return tuple(sorted({above, *outside - beside}))
        return tuple(sorted({module.folder, *outside}))

    def _owners(self, path: str) -> Owners:
        """Of the Kbuild files above, and of those beside that reach over, who takes it; first those of the kernel."""
        first = Owners()
        for file in self._near(path):
            found = file.owners(path)
            if found.modules or found.library:
                return found
            if not (first.program or first.rule) or (found.program and not first.program):
                first = found
        return first

    def _near(self, path: str) -> Iterator[KbuildFile]:
        above = list(_above(path))
        yield from (file for at in above if (file := self.file(at)))
        for at in above:  # amd/display/… goes into amd/amdgpu
            below = path[len(at) + 1 :].split("/")
            begin = f"{at}/{below[0]}/"
            folders = (file.folders if (file := self.file(at)) else ())[:1000]
            beside = [one for one in folders if one.startswith(begin) and not path.startswith(f"{one}/")]
            yield from (file for one in beside[:_NEAR] if (file := self.file(one)))
        for begin, taker in _TAKEN:
            if path.startswith(begin) and (file := self.file(taker.format(arch=self._arch or "x86"))):
                yield file
        for at in above:  # usb/misc/x.c goes into usb/core, which says ../misc/x.o
            if "/" in at and (file := self.file(at)):
                word = f"../{path[len(at) + 1 :].split('/')[0]}/"
                others = [one for one in file.folders[:_NEAR] if not path.startswith(f"{one}/")]
                yield from (found for one in others if word in self._text(one) and (found := self.file(one)))

    def _text(self, folder: str) -> str:
        return self._read(f"{folder}/Kbuild") or self._read(f"{folder}/Makefile") or ""

    def _of_folder(self, path: str) -> Place:
        """Of a header or a Kbuild file: the modules of its folder, or those with parts below it."""
        folder = dirname(path)
        if not folder:
            return Place("outside", why="what stands at the top of the tree makes no module")
        for at in _above(path):
            file = self.file(at)
            if file and file.objects:
                within = _within(file, folder) if at != folder else file.objects
                return Place("module", within or file.objects)
            if file and at == folder and not self._over(folder):
                return Place("outside", why="its folder makes no module")
        over = self._over(folder)
        return Place("module", over) if over else Place("not named", why=_NOT_NAMED)

    def _over(self, folder: str) -> tuple[Module, ...]:
        """The modules of folders beside that have parts below a folder or the nearest one above it."""
        files = [file for file in self._near(f"{folder}/x.h") if not folder.startswith(file.at)]
        for at in _above(f"{folder}/x.h"):
            if at.count("/") and (found := [one for file in files for one in _within(file, at)]):
                return tuple(dict.fromkeys(found))
        return ()

    def _including(self, path: str) -> tuple[str, Owners] | None:
        """A source of the same folder or the one above that includes this one, and who takes that."""
        seen: set[str] = set()
        waiting = [(one, one) for one in self._sources_near(path)]
        for _ in range(_FOLLOWED):
            following: list[tuple[str, str]] = []
            for source, includer in waiting:
                if len(seen) >= _READ * 2:
                    return None
                if source in seen or source == path:
                    continue
                seen.add(source)
                for word, included in self._includes(source):
                    if included == path or ("/" in word and path.endswith(f"/{word}")):
                        return includer, self._owners(includer)
                    following.append((included, includer))
            waiting = following
        return None

    def _sources_near(self, path: str) -> list[str]:
        """Sources that the Kbuild files around name, those of a like name first."""
        folder, _, name = path.rpartition("/")
        stems = {
            word if word.endswith(".lds") else word[:-2]
            for file in self._near(path)
            for word in file.into
            if word.endswith((".o", ".lds")) and dirname(word) in (folder, dirname(folder))
        }

        def distance(stem: str) -> tuple[bool, int, str]:
            return dirname(stem) != folder, -len(commonprefix([stem.rpartition("/")[2], name])), stem

        return [f"{stem}{suffix}" for stem in sorted(stems, key=distance)[:_READ] for suffix in _SOURCES[:2]]

    def _includes(self, source: str) -> tuple[tuple[str, str], ...]:
        """The sources that a source includes: as it says, and as a path beside it."""
        if source not in self._named:
            text = self._read(source) or ""
            words = _INCLUDES.findall(text[:2_000_000]) if ".c" in text or ".S" in text else []
            self._named[source] = tuple((word, normpath(f"{dirname(source)}/{word}")) for word in words[:200])
        return self._named[source]


def _strong(owners: Owners, source: str) -> Place:
    """A module, an object, or a part of a folder's lib.a, which is built as an object is."""
    if owners.modules:
        made = any(module.condition != "y" for module in owners.modules)
        return Place("module" if made else "object", owners.modules, source=source, options=owners.options)
    folder, _, name = source.rpartition("/")
    return Place("library", (Module(folder, name.rpartition(".")[0], owners.library),), source=source)


def _weak(owners: Owners, path: str) -> Place:
    if owners.program:
        return Place("program", why=f"part of {owners.program}, a program that is no part of the kernel")
    if owners.rule:
        return Place("rule", why=f"its Makefile takes it {owners.rule}, not as an object of a module")
    return Place("not named", why=_NOT_NAMED)


def _above(path: str) -> Iterator[str]:
    """The folders above a path, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


def _within(file: KbuildFile, folder: str) -> tuple[Module, ...]:
    """The modules of a Kbuild file that have parts below a folder."""
    found = (file.owners(path).modules for path in file.into if path.startswith(f"{folder}/") and path.endswith(".o"))
    return tuple(dict.fromkeys(module for modules in found for module in modules))
