"""Builds a kernel for KUnit suites as a user-mode kernel (ARCH=um) of a full tree's commits, and runs it.

What tools/testing/kunit/kunit.py does, in a tree of links in the cache: that script would follow them into the user's
own tree, and build what lies there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from patchflow.adapters.build.configure import need_tools
from patchflow.adapters.build.full import Sources, full_rooms, lock_of
from patchflow.adapters.build.modules import JOBS, no_room
from patchflow.adapters.build.toolchain import OWN
from patchflow.adapters.files import exclusive
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.paths import private_folder
from patchflow.adapters.trust import Consent, consent, run_code_live
from patchflow.domain.tests import WantedTest
from patchflow.errors import MissingError, OutsideError
from patchflow.formats.kbuild import parse_config, parse_messages
from patchflow.values import dataclass

_SECONDS = 3600.0
_UML = "tools/testing/kunit/configs/arch_uml.config"
# What allnoconfig leaves out and a suite's output needs.
_LEAN = "CONFIG_64BIT=y\nCONFIG_RUNTIME_TESTING_MENU=y\nCONFIG_STDERR_CONSOLE=y\nCONFIG_NULL_CHAN=y\n"


@dataclass(frozen=True, slots=True)
class KunitRun:
    """What a kernel with suites printed, whether its time was up, and the suites it could not have, with why; `broken`
    is why it does not build."""

    rows: tuple[str, ...] = ()
    timed_out: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    broken: str = ""


@contextmanager
def kunit_tree(
    repository: GitRepository, tree: Path, tip: str, touched: Sequence[str], heard: Callable[[str], None]
) -> Iterator[KunitTree]:
    """The sources and the O= folder of user-mode kernels of a tree, in the cache, held for this process alone.

    MissingError where the tree is not whole, or this machine cannot build one.
    """
    if os.uname().machine != "x86_64":
        raise MissingError(f"A user-mode kernel runs on x86 alone, and this machine is {os.uname().machine}.")
    if not (tree / "init/main.c").is_file() or not (tree / "arch/um/Makefile").is_file():
        raise MissingError(
            f"{tree} is no whole kernel tree (init/main.c, arch/um), so no kernel for KUnit can be built.",
            "Name a whole one with --against TREE.",
        )
    need_tools(OWN)
    allowed = consent(repository.folder, make=True)
    consent(tree, make=True)
    key = hashlib.sha256(f"kunit\0{tree}".encode()).hexdigest()[:16]
    room = full_rooms() / key
    with exclusive(lock_of(room), "building a kernel for KUnit of this tree"):
        for name in ("source", "out"):
            private_folder(str(room / name))
        yield KunitTree(Sources(repository, tree, room / "source", tip, touched), room / "out", allowed, heard)


class KunitTree:
    """Builds and runs kernels with suites, one commit after the other in one O= folder."""

    def __init__(self, sources: Sources, out: Path, allowed: Consent, heard: Callable[[str], None]) -> None:
        self._sources = sources
        self._out = out
        self._allowed = allowed
        self._heard = heard

    def run(self, commit: str, suites: Sequence[WantedTest], folder: Path, seconds: float) -> KunitRun:
        """Builds the commit with all suites it can have, and runs it for at most `seconds`; files go into `folder`."""
        self._sources.lay(commit)
        left_out = self._configure(suites)
        if len(left_out) == len(suites):
            return KunitRun(left_out=tuple(left_out))
        code, said = self._make(f"-j{JOBS}")
        if code:
            root = str(self._sources.folder)
            errors = [m.as_line() for m in parse_messages(said, root) if m.is_error]
            broken = "; ".join(errors[:3]) or " ".join(row.strip() for row in said[-2:]) or "make said nothing"
            return KunitRun(left_out=tuple(left_out), broken=broken[:600])
        rows: list[str] = []

        def hear(row: str) -> None:
            rows.append(row)
            self._heard(row)

        words = [
            "mem=512M",
            "console=tty",
            "kunit.enable=1",
            "kunit_shutdown=halt",
            f"uml_dir={folder}",
            f"umid=kunit-{os.getpid()}",
        ]
        env = {"TMPDIR": str(folder), "HOME": str(folder)}
        ended = run_code_live(self._allowed, [str(self._out / "linux"), *words], hear, timeout=seconds, env=env)
        return KunitRun(tuple(rows), ended.timed_out, tuple(left_out))

    def _configure(self, suites: Sequence[WantedTest]) -> list[tuple[str, str]]:
        """The smallest configuration that has the suites, else kunit.py's own; the suites that neither has."""
        text = "".join(suite.config for suite in suites)
        arch = self._sources.folder / _UML
        wanted = self._out / "kunitconfig"
        for target, more in (("allnoconfig", _LEAN), ("olddefconfig", arch.read_text() if arch.is_file() else "")):
            wanted.write_text(more + text)
            (self._out / ".config").write_text(more + text)
            code, said = self._make(f"KCONFIG_ALLCONFIG={wanted}", target)
            if code:
                raise OutsideError(f"`make ARCH=um {target}` failed: {' '.join(said[-2:])[-300:]}.", "Fix that first.")
            have = parse_config((self._out / ".config").read_text(encoding="utf-8", errors="replace"))
            missing = [(suite, _lacking(suite, have)) for suite in suites]
            if not any(lacks for _, lacks in missing):
                return []
        why = "is not set in a user-mode kernel's configuration: it depends on more than is named"
        return [(suite.words(), f"{', '.join(lacks[:4])} {why}") for suite, lacks in missing if lacks]

    def _make(self, *words: str) -> tuple[int, list[str]]:
        said: list[str] = []

        def hear(row: str) -> None:
            said.append(row)
            self._heard(row)

        argv = ["make", "--output-sync=target", "-C", str(self._sources.folder), f"O={self._out}", "ARCH=um", *words]
        ended = run_code_live(self._allowed, argv, hear, timeout=_SECONDS)
        no_room(said)
        if ended.timed_out:
            raise OutsideError(f"The kernel for KUnit was not built within {_SECONDS:.0f} s, and make was stopped.")
        return ended.code or 0, said


def _lacking(suite: WantedTest, have: dict[str, str]) -> list[str]:
    wanted = [option for option, value in parse_config(suite.config).items() if value == "y"]
    return [option for option in wanted if have.get(option) != "y"]
