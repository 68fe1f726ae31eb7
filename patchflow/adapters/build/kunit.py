"""Builds a kernel for KUnit suites as a user-mode kernel (ARCH=um) of a full tree's commits, and runs it.

What tools/testing/kunit/kunit.py does, in a tree of links in the cache: that script would follow them into the user's
own tree, and build what lies there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from patchflow.adapters.build.configure import need_tools, options_in, settle
from patchflow.adapters.build.full import Sources, full_rooms, lock_of
from patchflow.adapters.build.in_cache import no_room
from patchflow.adapters.build.modules import JOBS
from patchflow.adapters.build.toolchain import OWN
from patchflow.adapters.files import exclusive
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.paths import private_folder
from patchflow.adapters.trust import Consent, consent, run_code_live
from patchflow.domain.tests import WantedTest
from patchflow.errors import MissingError, OutsideError
from patchflow.formats.kbuild import parse_config, parse_messages
from patchflow.formats.kconfig import Options
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
        """The smallest configuration that has the suites and what they depend on, else one with what kunit.py adds for
        a user-mode kernel; the suites that neither has, with why."""
        arch = self._sources.folder / _UML
        text = "".join(suite.config for suite in suites)
        left_out: list[tuple[str, str]] = []
        for more in ("", arch.read_text() if arch.is_file() else ""):
            wanted = {**parse_config(_LEAN + more), **parse_config(text)}

            def add(options: Mapping[str, str], wanted: dict[str, str] = wanted) -> None:
                wanted.update(options)
                self._allnoconfig(wanted)

            def missing(now: Mapping[str, str]) -> dict[str, str]:
                return {option: "y" for suite in suites for option in _lacking(suite, now)}

            add({})
            now, options = settle(self._now, missing, lambda _: options_in(self._sources.folder, "um"), add)
            lacks = [(suite, option) for suite in suites for option in _lacking(suite, now)[:1]]
            left_out = [(suite.words(), _why(option, options, now)) for suite, option in lacks]
            if not left_out:
                break
        return left_out

    def _allnoconfig(self, wanted: Mapping[str, str]) -> None:
        """Sets these options and no others that need not be."""
        file = self._out / "kunitconfig"
        file.write_text("".join(f"{name}={value}\n" for name, value in wanted.items()))
        code, said = self._make(f"KCONFIG_ALLCONFIG={file}", "allnoconfig")
        if code:
            raise OutsideError(f"`make ARCH=um allnoconfig` failed: {' '.join(said[-2:])[-300:]}.", "Fix that first.")

    def _now(self) -> dict[str, str]:
        return parse_config((self._out / ".config").read_text(encoding="utf-8", errors="replace"))

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


def _why(option: str, options: Options | None, now: Mapping[str, str]) -> str:
    why = options.why_unset(option.removeprefix("CONFIG_"), now) if options else ""
    return f"{option} is not set in a user-mode kernel's configuration" + (f": {why}" if why else "")


def _lacking(suite: WantedTest, have: Mapping[str, str]) -> list[str]:
    wanted = [option for option, value in parse_config(suite.config).items() if value == "y"]
    return [option for option in wanted if have.get(option) != "y"]
