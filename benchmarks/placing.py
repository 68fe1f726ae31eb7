"""Counts what the program says of every source file of a kernel tree: where it belongs, or why it is not built.

    python -m benchmarks.placing TREE [--arch x86] [--built O] [--config AUTO_CONF] [--list KIND]

`--built O` compares with what a build in the folder O compiled, by its .cmd files. `--config` takes a configuration's
include/config/auto.conf and asks make itself, folder by folder, which objects are made of what: nothing is compiled,
but the tree's Kbuild files are run. `--list` prints the paths of a kind.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from posixpath import normpath

from patchflow.flow.try_.placing import Place, Places


def sources(tree: Path) -> list[str]:
    """Every .c and .S file of a tree."""
    found: list[str] = []
    for at, _, names in os.walk(tree):
        found += [str(Path(at, name).relative_to(tree)) for name in names if name.endswith((".c", ".S"))]
    return sorted(found)


def reader(tree: Path) -> Callable[[str], str | None]:
    """Asks a tree on disk."""

    def read(path: str) -> str | None:
        place = tree / path
        return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else None

    return read


def built(folder: Path) -> set[str]:
    """The sources that a build compiled: `source_x.o := x.c` of its .cmd files."""
    found: set[str] = set()
    for path in folder.rglob(".*.o.cmd"):
        for row in path.read_text(encoding="utf-8", errors="replace").split("\n"):
            if row.startswith("source_"):
                found.add(row.partition(":= ")[2].strip())
    return found


# Lists a folder's modules, built-in objects and library, with their parts, and the folders below.
LISTING = r"""
SRCARCH := x86
ARCH := x86
BITS := 64
CC := true
LD := true
CONFIG_SHELL := sh
VPATH := $(srctree)
objtree := .
src := $(srctree)/$(obj)
PHONY :=
obj-y :=
obj-m :=
lib-y :=
lib-m :=
always-y :=
always-m :=
targets :=
subdir-y :=
subdir-m :=
include include/config/auto.conf
include $(srctree)/scripts/Kbuild.include
include $(srctree)/scripts/Makefile.compiler
include $(or $(wildcard $(src)/Kbuild),$(src)/Makefile)
parts = $(strip $(foreach s,$2,$($(1:%.o=%$s))))
$(foreach m,$(filter %.o,$(obj-m)),$(info M|$m|$(call parts,$m,-objs -y -m)))
$(foreach m,$(filter %.o,$(obj-y)),$(info Y|$m|$(call parts,$m,-objs -y)))
$(info L||$(lib-y) $(lib-m))
$(info D||$(patsubst %/,%,$(filter %/,$(obj-y) $(obj-m) $(lib-y) $(lib-m))) $(subdir-y) $(subdir-m))
all:
	@:
.DEFAULT_GOAL := all
"""
TOPS = (
    "init usr arch/x86 arch/x86/lib arch/x86/pci arch/x86/video arch/x86/power kernel certs mm fs ipc security crypto"
)
TOPS += " block io_uring drivers sound net virt lib samples"


def listed(tree: Path, config: Path) -> dict[str, set[str]]:
    """What make says under a configuration: source -> the modules it is linked into, "" for a library."""
    found: dict[str, set[str]] = defaultdict(set)
    waiting, seen = TOPS.split(), set[str]()
    with tempfile.TemporaryDirectory() as room:
        Path(room, "include/config").mkdir(parents=True)
        Path(room, "include/config/auto.conf").write_bytes(config.read_bytes())
        Path(room, "listing").write_text(LISTING)
        while waiting:
            folder = waiting.pop()
            if folder in seen:
                continue
            seen.add(folder)
            words = ["make", "-s", "-f", "listing", f"obj={folder}", f"srctree={tree.resolve()}"]
            out = subprocess.run(words, cwd=room, capture_output=True, text=True, errors="replace", check=False).stdout
            for row in out.split("\n"):
                kind, module, parts = row.split("|") if row.count("|") == 2 else ("", "", "")
                if kind == "D":
                    waiting += [normpath(f"{folder}/{word}") for word in parts.split()]
                for word in (parts.split() or [module]) if kind in ("M", "Y", "L") else ():
                    stem = normpath(f"{folder}/{word}").removesuffix(".o")
                    source = next((stem + end for end in (".c", ".S") if (tree / (stem + end)).is_file()), "")
                    if source:
                        found[source].add(normpath(f"{folder}/{module}").removesuffix(".o") + ".ko" if module else "")
    print(f"make lists {len(found)} sources in {len(seen)} folders")
    return found


def agreed(places: Places, truth: dict[str, set[str]]) -> None:
    """Counts where the answers are make's."""
    other = 0
    for path, modules in sorted(truth.items()):
        place = places.of(path)
        said = {module.path for module in place.modules}
        if not modules - {""} <= said or not said:
            other += 1
            print(f"  {path}: make says {sorted(modules)}, the answer is {place.kind} {sorted(said)}")
    print(f"{len(truth) - other} answers hold what make says, {other} do not")


def main() -> int:
    """Counts, and says where the unplaced ones lie."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--arch", default="x86")
    parser.add_argument("--built", type=Path)
    parser.add_argument("--config", type=Path, metavar="AUTO_CONF")
    parser.add_argument("--list", default="", metavar="KIND")
    given = parser.parse_args()
    read = reader(given.tree)
    paths = sources(given.tree)
    places = Places(read, given.arch)
    answers: dict[str, Place] = {}
    seconds: list[float] = []
    for path in paths:
        started = time.perf_counter()
        answers[path] = places.of(path)
        seconds.append(time.perf_counter() - started)
    kinds = Counter(place.kind for place in answers.values())
    print(f"{len(paths)} files, {sum(seconds):.1f} s")
    for kind, count in kinds.most_common():
        print(f"{count:7} {kind}")
    folders = Counter("/".join(p.split("/")[:3]) for p, place in answers.items() if place.kind == "not named")
    for folder, count in folders.most_common(40):
        print(f"{count:7} {folder}")
    if given.list:
        for path, place in answers.items():
            if place.kind == given.list:
                print(path, place.why, [m.path for m in place.modules][:2])
    slow = sorted(range(len(paths)), key=lambda n: seconds[n])[-5:]
    print("slowest:", ", ".join(f"{paths[n]} {seconds[n] * 1000:.0f} ms" for n in slow))
    alone = []
    for path in paths[:: max(1, len(paths) // 300)]:
        started = time.perf_counter()
        Places(read, given.arch).of(path)
        alone.append((time.perf_counter() - started) * 1000)
    alone.sort()
    print(f"one path alone: median {statistics.median(alone):.1f} ms, 95 % {alone[len(alone) * 95 // 100]:.1f} ms, "
          f"most {alone[-1]:.1f} ms")  # fmt: skip
    if given.config:
        agreed(places, listed(given.tree, given.config))
    if given.built:
        compare(answers, built(given.built))
    return 0


def compare(answers: dict[str, Place], compiled: set[str]) -> None:
    """What a build compiled, against the answers."""
    known = {path: answers[path] for path in compiled if path in answers}
    kinds: dict[str, list[str]] = defaultdict(list)
    for path, place in known.items():
        kinds[place.kind].append(path)
    print(f"compiled by the build: {len(known)}")
    for kind, found in kinds.items():
        print(f"{len(found):7} {kind}: {', '.join(sorted(found)[:5]) if kind not in ('module', 'object') else ''}")


if __name__ == "__main__":
    sys.exit(main())
