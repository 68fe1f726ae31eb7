"""Holds the index against the tree's own get_maintainer.pl: every file of the tree, and patches cut from its files.

    python -m benchmarks.recipients_parity TREE [--files N] [--patches N] [--seed N] [--save FILE]

Run by hand: the whole tree takes the script about twenty minutes, although MAINTAINERS is read only once.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.tree_script import answers, many, run_script, stable
from patchflow.adapters.kernel.recipient_lookup import Directory

WORDS = ("--no-git-fallback",)


def tree_files(tree: Path) -> list[str]:
    """Every file of the tree but git's own, in order."""
    found: list[str] = []
    for folder, folders, names in os.walk(tree):
        if ".git" in folders:
            folders.remove(".git")
        found.extend(os.path.relpath(Path(folder, name), tree) for name in names)
    return sorted(found)


def printed(lines: list[str]) -> bytes:
    """Lines as the script leaves them on its output."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def files_parity(tree: Path, names: list[str], directory: Directory, save: Path | None) -> int:
    """How many files differ."""
    script = (tree / "scripts/get_maintainer.pl").read_text(encoding="utf-8")
    sample = random.Random(2).sample(names, min(500, len(names)))
    listed = answers(run_script(tree, many(script), [*WORDS, "-f"], sample))
    plain = {name: run_script(tree, stable(script), [*WORDS, "-f", name]) for name in sample}
    print(f"driver against the plain script: {sum(plain[n] != listed.get(n) for n in sample)} of {len(sample)} differ")
    started = time.monotonic()
    theirs = answers(run_script(tree, many(script), [*WORDS, "-f"], names))
    print(f"script: {len(theirs)} answers in {time.monotonic() - started:.0f} s")
    started = time.monotonic()
    ours = {name: printed(directory.for_files([name]).lines) for name in names}
    print(f"index: {len(ours)} answers in {time.monotonic() - started:.1f} s")
    if save is not None:
        save.write_bytes(b"".join(b"\x01" + os.fsencode(name) + b"\n" + text for name, text in theirs.items()))
    differing = [name for name in names if ours[name] != theirs.get(name)]
    print(f"files: {len(differing)} of {len(names)} differ")
    for name in differing[:10]:
        print(f"  {name}")
    return len(differing)


def cut_patches(tree: Path, names: list[str], count: int, seed: int) -> Iterator[str]:
    """Patches of one to five files of the tree, each with a few lines taken out, changed or put in."""
    chance = random.Random(seed)
    texts = [name for name in names if not (tree / name).is_symlink()]
    rows = list(texts)
    for number in range(count):
        chosen = sorted(chance.sample(texts, chance.choice((1, 1, 1, 2, 3, 5))))
        head = f"From: Somebody <somebody@example.org>\nSubject: [PATCH] {Path(chosen[0]).stem}: change {number}\n\n"
        yield (
            head
            + "Words of a message.\n\nSigned-off-by: Somebody <somebody@example.org>\n---\n"
            + "".join(_cut(tree, name, chance, rows) for name in chosen)
        )


def _cut(tree: Path, name: str, chance: random.Random, others: list[str]) -> str:
    lines = (tree / name).read_text(encoding="utf-8", errors="replace").split("\n")
    start = chance.randrange(len(lines))
    foreign = (tree / chance.choice(others)).read_text(encoding="utf-8", errors="replace").split("\n")
    old = lines[start : start + chance.randint(1, 40)]
    at = chance.randrange(len(foreign))
    new = foreign[at : at + chance.randint(1, 40)]
    kind = chance.random()
    side = ("/dev/null", f"b/{name}") if kind < 0.1 else (f"a/{name}", "/dev/null") if kind > 0.95 else ("", "")
    before, after = side[0] or f"a/{name}", side[1] or f"b/{name}"
    body = "".join([*(f" {line}\n" for line in lines[max(start - 3, 0) : start]), *(f"-{line}\n" for line in old)])
    body += "".join(f"+{line}\n" for line in new)
    counts = f"@@ -{start + 1},{len(old)} +{start + 1},{len(new)} @@\n"
    return f"diff --git a/{name} b/{name}\n--- {before}\n+++ {after}\n{counts}{body}"


def patches_parity(tree: Path, names: list[str], directory: Directory, count: int, seed: int) -> int:
    """How many patches differ."""
    script = stable((tree / "scripts/get_maintainer.pl").read_text(encoding="utf-8"))
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(cut_patches(tree, names, count, seed)):
            path = Path(folder, f"{number}.patch")
            path.write_text(text, encoding="utf-8", newline="")
            theirs = run_script(tree, script, [*WORDS, str(path)])
            if theirs != printed(directory.for_patch(text).lines):
                differing += 1
                print(f"  patch {number} differs")
    print(f"patches (seed {seed}): {differing} of {count} differ")
    return differing


def main() -> int:
    """Runs both comparisons; 0 where nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--files", type=int, default=-1, help="a random sample of so many files; all by default")
    parser.add_argument("--patches", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, help="keep the script's answers in this file")
    args = parser.parse_args()
    directory = Directory(str(args.tree.resolve()), "index")
    names = tree_files(args.tree)
    chosen = names if args.files < 0 else random.Random(args.seed).sample(names, args.files)
    differing = files_parity(args.tree, chosen, directory, args.save) if chosen else 0
    differing += patches_parity(args.tree, names, directory, args.patches, args.seed)
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
