"""Looks ahead at a try, without fetching or building anything: against what, which modules and tests, what lacks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.build.configure import configuration_of, need_tools
from patchflow.adapters.build.full import is_full
from patchflow.adapters.build.headers import Headers, headers_at, headers_or_package, need_same_version
from patchflow.adapters.build.toolchain import OWN
from patchflow.adapters.qemu.machine import need_qemu
from patchflow.domain.build import AS_IT_STANDS, BootWish
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot import own_kernel
from patchflow.flow.try_.build import plan_under, tree_version, tried_series
from patchflow.flow.try_.tests import wanted_tests
from patchflow.formats.kbuild import parse_config
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.domain.build import BuildPlan
    from patchflow.domain.series import Series
    from patchflow.domain.tests import WantedTest


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a try would do. `fetched` names headers that are to be fetched first: until then the plan takes it that
    all that can be a module is one. `missing` holds what cannot be done (build, boot, test), with a paragraph why;
    `tests` are those of the tree that belong to what is touched."""

    against: str
    plan: BuildPlan | None
    fetched: str = ""
    missing: tuple[tuple[str, str], ...] = ()
    tests: tuple[WantedTest, ...] = ()


class _AllModules(Mapping[str, str]):
    """A configuration that is not known yet: everything is a module."""

    def __getitem__(self, key: str) -> str:
        return "m"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def names_kernel(against: str) -> bool:
    """Whether what was named is no folder but a kernel, to which a series is carried."""
    return bool(against) and not against.startswith(("/", ".", "~")) and not Path(against).is_dir()


def outlook(here: Clone, series: Series, against: str = "", machine: str = "microvm") -> Outlook:
    """What a try of the series would do here; `against` is a folder of headers or a full tree that the user names,
    or a kernel to carry it to."""
    tried = tried_series(here, series)
    missing: list[tuple[str, str]] = []
    name, plan, fetched = "", None, ""
    try:
        if names_kernel(against):
            name, plan = f"{against}, to which the series is carried first", plan_under(here, tried, _AllModules())
        elif against and is_full(Path(against).resolve()):
            config = configuration_of(Path(against).resolve(), AS_IT_STANDS, "")
            name = f"the full tree {against} with {config.name}"
            known = _AllModules() if config.target else parse_config(config.content.decode("utf-8", "replace"))
            plan = plan_under(here, tried, known, packaged=False)
            need_tools(OWN)
        else:
            headers, fetched = _headers(here, tried.tip, against)
            name = headers.name
            plan = plan_under(here, tried, _AllModules() if fetched else headers.config)
            headers.need_compiler()
    except PatchflowError as error:
        missing.append(("build", error.paragraph()))
    try:
        need_qemu(machine)
        own_kernel(BootWish(machine, against))
    except PatchflowError as error:
        missing.append(("boot", error.paragraph()))
    tests: tuple[WantedTest, ...] = ()
    try:
        tests = wanted_tests(here, tried, "")
    except PatchflowError as error:
        missing.append(("test", error.paragraph()))
    return Outlook(name, plan, fetched, tuple(missing), tests)


def _headers(here: Clone, commit: str, against: str) -> tuple[Headers, str]:
    """The headers, and the package that would be fetched first ("" where they are at hand)."""
    makefile, version = tree_version(here, commit)
    found = headers_at(Path(against)) if against else headers_or_package(version)
    if isinstance(found, str):
        return Headers(Path(os.devnull), found.removeprefix("linux-headers-")), found
    need_same_version(found, makefile)
    return found, ""
