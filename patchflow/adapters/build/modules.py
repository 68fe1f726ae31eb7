"""Builds modules out of a throw-away copy of the tree's folders, with a cache by tree, headers and compiler."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.build.headers import Headers
from patchflow.adapters.build.in_cache import kept_in_place, no_room, telling_no_room
from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.kept import read_cached
from patchflow.adapters.kernel.tools import left_out
from patchflow.adapters.paths import cache_path, private_folder
from patchflow.adapters.trust import consent, run_code_live
from patchflow.domain.build import BuildMessage, BuildPlan, Built, Module
from patchflow.errors import OutsideError
from patchflow.formats.kbuild import parse_messages, units_made
from patchflow.formats.kbuild_file import read_kbuild

_SECONDS = 3600.0
NO_SYMVERS = (
    "symbols: there is no Module.symvers beside the headers, so a symbol that nobody exports is not told, and the "
    "modules may not load; `make modules` in their tree writes it"
)
_UNDEFINED = lazy_re.compile(
    r"^modpost: (?:\"\S+\" \[\S+\] undefined!|suppressed \d+ unresolved|(?:\S*/)?Module\.symvers)"
)
JOBS = 2 if (os.cpu_count() or 1) < 3 else (os.cpu_count() or 2)


@contextmanager
def throw_away() -> Iterator[Path]:
    """A folder below the cache for one run; what runs that were killed left behind goes too. What tries keep in the
    cache is not removed meanwhile (`try clean`)."""
    room = Path(cache_path()) / "try" / "work"
    private_folder(str(room))
    with kept_in_place(), telling_no_room():
        for old in room.iterdir():
            if not Path("/proc", old.name.partition("-")[0]).exists():
                shutil.rmtree(old, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=room)).resolve()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class ModuleBuilder:
    """Builds the planned folders of any commit in one throw-away folder, so that each step compiles what changed."""

    def __init__(
        self, repository: GitRepository, headers: Headers, folder: Path, sparse: bool, heard: Callable[[str], None]
    ) -> None:
        self.repository = repository
        self.headers = headers
        self.folder = folder
        self.sparse = sparse
        self.root = str(folder)  # what the paths in messages stand below
        self.symbols = (headers.folder / "Module.symvers").is_file()
        self.left_out = left_out() + (() if self.symbols else (NO_SYMVERS,))
        self._heard = heard
        self._laid: dict[str, str] = {}
        self._messages: dict[str, list[BuildMessage]] = {}
        self._identity = f"{headers.digest()} W=1 C={int(sparse)} fitted"
        self._targets: list[str] = []

    def build(self, commit: str, plan: BuildPlan) -> Built:
        """One build, from the cache where the same folders were built so before."""
        kept = self.kept(commit, plan)
        if (found := _read(kept)) is not None:
            return found
        self._lay(commit, plan)
        if not self._targets:  # a commit before the one that adds the modules
            return Built(True, (), (), 0.0)
        rows: list[str] = []

        def hear(row: str) -> None:
            rows.append(row)
            self._heard(row)

        allowed = consent(self.repository.folder, make=True)
        ended = run_code_live(allowed, self._argv(plan), hear, timeout=_SECONDS)
        no_room(rows)
        if ended.timed_out:
            raise OutsideError(f"The build did not end within {_SECONDS:.0f} s and was stopped.")
        built = self._outcome(rows, ended.code == 0, ended.seconds, plan)
        self._keep(kept, built)
        return replace(built, folder=str(kept))

    def including(self, commit: str, header: str) -> list[str]:
        """The objects that include a header: none are built against packaged headers, which have their own."""
        return []

    def checks_of(self, plan: BuildPlan) -> tuple[str, ...]:
        """Which checks a build of this makes besides compiling, in words."""
        return ("W=1", "sparse") if self.sparse else ("W=1",)

    def left_out_of(self, plan: BuildPlan) -> tuple[str, ...]:
        """Which checks a build of this leaves out, and why."""
        return self.left_out

    def kept(self, commit: str, plan: BuildPlan) -> Path:
        """Where the cache keeps this build: its outcome and its modules."""
        made = hashlib.sha256(f"{self._identity}{self._source_identity(commit, plan)}".encode())
        return Path(cache_path()) / "try" / "built" / made.hexdigest()[:32]

    def _source_identity(self, commit: str, plan: BuildPlan) -> str:
        self.repository.have(commit, *plan.folders)
        tree = self.repository.raw[commit].peel(pygit2.Tree)
        laid = "".join(f"\0{folder}\0{tree[folder].id if folder in tree else ''}" for folder in plan.folders)
        return f"{laid}\0{' '.join(module.path for module in plan.modules)}"

    def _argv(self, plan: BuildPlan) -> list[str]:
        # Without pahole the BTF step fails, and nothing here reads a module's BTF.
        words = ["make", f"-j{JOBS}", "-k", "--output-sync=target", "-C", str(self.headers.folder), f"M={self.folder}",
                 "W=1", "CONFIG_DEBUG_INFO_BTF_MODULES=", *self._targets]  # fmt: skip
        words += [] if self.symbols else ["KBUILD_MODPOST_WARN=1"]
        return [*words, "C=1"] if self.sparse else words

    def _lay(self, commit: str, plan: BuildPlan) -> None:
        """Makes the folders as they are in the commit; a file that did not change keeps its time."""
        want: dict[str, str] = {}
        self.repository.have(commit, *plan.folders)
        tree = self.repository.raw[commit].peel(pygit2.Tree)
        for folder in plan.folders:
            for path in self.repository.paths(commit, folder):
                want[path] = str(tree[path].id)
        for path in self._laid.keys() - want.keys():
            (self.folder / path).unlink(missing_ok=True)
        for path, blob in want.items():
            if self._laid.get(path) != blob:
                target = self.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                found = self.repository.raw[blob]
                assert isinstance(found, pygit2.Blob)
                target.write_bytes(_fitting(path, found.data))
        self._laid = want
        made = plan.by_folder()
        tops = [one for one in made if not any(one.startswith(f"{other}/") for other in made)]
        (self.folder / "Kbuild").write_text("obj-m := " + " ".join(f"{one}/" for one in tops) + "\n")
        self._targets = [module.path for module in plan.modules if has_module(self.folder, module)]

    def _outcome(self, rows: list[str], ok: bool, seconds: float, plan: BuildPlan) -> Built:
        """Joins what was said now with what was said of the objects that stayed as they were."""
        root = self.root
        now = [message for message in parse_messages(rows, root) if self._counts(message)]
        for unit in units_made(rows, root) | {"modpost", ""} | {m.unit for m in now}:
            self._messages.pop(unit, None)
        for message in now:
            self._messages.setdefault(message.unit, []).append(message)
        everything = [m for messages in self._messages.values() for m in messages]
        errors = [m for m in everything if m.is_error]
        if not ok and not errors:
            said = " ".join(row.strip() for row in rows[-3:])[-300:] or "make said nothing"
            everything.append(BuildMessage("", 0, "error", said))
        if len(errors) > 1:  # make's own last words only repeat what the compiler said
            everything = [m for m in everything if not (m.is_error and not m.file and re.search(r"Error \d", m.text))]
        modules = tuple(m.path for m in plan.modules if (self.folder / m.path).is_file()) if ok else ()
        return Built(ok, tuple(everything), modules, seconds)

    def _counts(self, message: BuildMessage) -> bool:
        """Whether a message says something of the patches: no symbol is missing where none is known."""
        return self.symbols or not _UNDEFINED.match(message.text)

    def _keep(self, kept: Path, built: Built) -> None:
        for path in built.modules:
            target = kept / Path(path).name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(self.folder / path, target)
        write_atomic(kept / "built.json", json.dumps(asdict(built)).encode())


def _fitting(path: str, content: bytes) -> bytes:
    """A laid file. $(src) of modules outside a tree is a whole path, so $(srctree)/$(src) leads nowhere: since Linux
    6.10 Kbuild files say just $(src) (b1992c3772e6), and older ones are made to."""
    if path.endswith(("Makefile", "Kbuild")):
        return content.replace(b"$(srctree)/$(src)", b"$(src)")
    return content


def has_module(sources: Path, module: Module) -> bool:
    """Whether the Kbuild file of a module's folder names it."""

    def read(path: str) -> str | None:
        place = sources / path
        return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else None

    file = read_kbuild(module.folder, read)
    return file is not None and any(one.name == module.name for one in file.objects)


def _read(kept: Path) -> Built | None:
    def parse(content: bytes) -> Built:
        row = json.loads(content)
        messages = tuple(BuildMessage(**message) for message in row["messages"])
        return Built(row["ok"], messages, tuple(row["modules"]), row["seconds"], True, str(kept))

    return read_cached(kept / "built.json", parse)
