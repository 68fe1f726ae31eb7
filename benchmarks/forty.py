"""Builds one file of each of forty folders by hand, beside plain make of the module it goes into.

    python -m benchmarks.forty TREE [--folders N] [--cache DIR]

TREE is a clone of the kernel, which is only read: the commits that touch a file hang from nothing. `try build` makes
the module before and after, in an O= folder in the cache under allmodconfig; make then makes the same module there,
with the same checks, its objects removed before. Processor seconds are counted, of which other people's load takes
less away. The scripts of TREE are run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from patchflow.adapters.build.configure import make_words
from patchflow.adapters.build.full import FullTree
from patchflow.adapters.build.modules import throw_away
from patchflow.adapters.kernel.tools import left_out
from patchflow.domain.build import Module
from patchflow.flow.clone import Clone
from patchflow.flow.try_.build import build, builder_for, tried_of
from patchflow.flow.try_.nipa import COMBINATIONS
from patchflow.flow.try_.placing import Places
from patchflow.formats.kbuild import arch_of, state_of

FOLDERS = (
    "drivers/net drivers/gpu/drm drivers/scsi fs/nls sound/drivers net/vmw_vsock net/sched net/netfilter net/can "
    "drivers/net/phy drivers/net/can/usb drivers/net/usb drivers/net/ethernet/realtek drivers/gpu/drm/panel "
    "drivers/gpu/drm/bridge drivers/usb/serial drivers/usb/misc drivers/usb/host drivers/i2c/busses drivers/spi "
    "drivers/hwmon drivers/iio/adc drivers/iio/dac drivers/input/misc drivers/input/touchscreen drivers/leds "
    "drivers/media/i2c drivers/media/rc drivers/mfd drivers/misc drivers/mtd/maps drivers/power/supply "
    "drivers/regulator drivers/rtc drivers/thermal drivers/tty/serial drivers/video/backlight drivers/watchdog "
    "drivers/w1/slaves sound/soc/codecs crypto lib fs/minix fs/exportfs drivers/virtio drivers/block drivers/char"
).split()


def git(tree: Path, *words: str, index: str = "", stdin: bytes = b"") -> str:
    """Runs git in the tree."""
    env = {**os.environ, **({"GIT_INDEX_FILE": index} if index else {})}
    done = subprocess.run(["git", "-C", str(tree), *words], input=stdin, capture_output=True, check=True, env=env)
    return done.stdout.decode().strip()


def touched(tree: Path, base: str, path: str) -> str:
    """A commit on the base that appends a declaration to a file."""
    who = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.org")
    with tempfile.TemporaryDirectory() as room:
        index = str(Path(room, "index"))
        git(tree, "read-tree", base, index=index)
        content = (tree / path).read_bytes() + b"\nstruct patchflow_touched;\n"
        blob = git(tree, "hash-object", "-w", "--stdin", stdin=content)
        git(tree, "update-index", "--cacheinfo", f"100644,{blob},{path}", index=index)
        return git(tree, *who, "commit-tree", "-p", base, "-m", f"touch {path}", git(tree, "write-tree", index=index))


def chosen(tree: Path, config: dict[str, str], count: int) -> Iterator[tuple[str, Module]]:
    """Of each folder the smallest source that is a module of its own."""

    def read(path: str) -> str | None:
        place = tree / path
        return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else None

    places = Places(read, arch_of(lambda option: config.get(option) == "y"))
    found = 0
    for folder in FOLDERS:
        file = places.file(folder)
        mine = [
            (place.stat().st_size, module)
            for module in (file.objects if file else ())
            if state_of(module.condition, config) == "m" and module.folder == folder
            and (place := tree / folder / f"{module.name}.c").is_file()
        ]  # fmt: skip
        for _, module in sorted(mine, key=lambda one: one[0])[:1]:
            found += 1
            yield f"{module.folder}/{module.name}.c", module
        if found == count:
            return


def processor() -> float:
    """Processor seconds of this process and of those it waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def print_nothing(row: str) -> None:
    """Hears a row."""


def objects(rows: list[str]) -> int:
    """How many objects were compiled, the module's own description left out."""
    return sum(1 for row in rows if row.lstrip().startswith(("CC ", "AS ")) and not row.rstrip().endswith(".mod.o"))


def main() -> int:
    """Builds, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--folders", type=int, default=40)
    parser.add_argument("--cache", default="")
    given = parser.parse_args()
    os.environ["PATCHFLOW_TRUST"] = "all"
    if given.cache:
        os.environ["PATCHFLOW_CACHE_DIR"] = given.cache
    tree = given.tree.resolve()
    here = Clone(str(tree))
    base = git(tree, "rev-parse", "HEAD")
    setting = COMBINATIONS[0].setting
    first = tried_of(here, f"{base}..{touched(tree, base, 'init/main.c')}")
    with (
        throw_away() as room,
        builder_for(here, first, str(tree), room, print_nothing, print, setting=setting) as builder,
    ):
        full = builder.headers
    assert isinstance(full, FullTree)
    source = full.folder.parent / "source"
    checks = ["W=1", "KBUILD_MODPOST_WARN=1", *([] if left_out() else ["C=1"])]
    rows: list[float] = []
    print(
        "| file | objects: make / try | make | try build, both builds | both / twice make | on the clock: make, try |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for path, module in chosen(tree, full.config, given.folders):
        tried = tried_of(here, f"{base}..{touched(tree, base, path)}")
        heard: list[str] = []
        started, before = time.monotonic(), processor()
        report = build(here, tried, str(tree), True, heard.append, print_nothing, lambda *_: None, setting=setting)
        whole, took = time.monotonic() - started, processor() - before
        # The patch compiles the touched object once more, and nothing else.
        mine = objects(heard) - 1
        for made in (full.folder / module.folder).rglob("*.o"):
            made.unlink()
        started, before = time.monotonic(), processor()
        words = [*make_words(source, full.folder, full.chain), *checks, module.path]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        plain, made_in = time.monotonic() - started, processor() - before
        if done.returncode or not report.holds:
            print(f"| {path} | does not build: {done.stderr.strip()[-200:]!r} |")
            continue
        theirs = objects(done.stdout.split("\n"))
        if report.base_built.cached or report.steps[0].built.cached:
            print(f"| {path} | came from the cache: run `try clean` first |")
            continue
        rows.append(took / 2 / made_in)
        print(f"| {path} | {theirs} / {mine} | {made_in:.1f} s | {took:.1f} s | {rows[-1]:.2f} | "
              f"{plain:.1f} s, {whole:.1f} s |", flush=True)  # fmt: skip
    rows.sort()
    print(f"\n{len(rows)} folders; both builds / twice make: median {statistics.median(rows):.2f}, most {rows[-1]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
