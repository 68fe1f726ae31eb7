"""Keeps a sample of the script's answers for the tests: one short digest a file, chosen with a fixed seed.

    python -m benchmarks.recipients_keep TREE [--answers FILE]

FILE is what `recipients_parity --save` kept; without it the script is asked here. Two thirds of the sample
lie where the project's own tree reaches, so that most of it can be tested there.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from benchmarks.recipients_parity import WORDS, tree_files
from benchmarks.tree_script import answers, many, run_script
from tests.adapters.test_recipients_parity import ANSWERS, sample_digest, tree_digest

NEAR = ("net/", "drivers/net/", "drivers/vhost/", "drivers/virtio/", "include/", "Documentation/", "scripts/")
COUNT = 3000


def main() -> None:
    """Writes the file of digests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--answers", type=Path)
    args = parser.parse_args()
    names = [name for name in tree_files(args.tree) if not (args.tree / name).is_symlink()]
    chance = random.Random(6)
    near = [name for name in names if name.startswith(NEAR)]
    chosen = sorted({*chance.sample(near, COUNT * 2 // 3), *chance.sample(names, COUNT)})
    chosen = sorted(chance.sample(chosen, COUNT))
    if args.answers:
        found = answers(args.answers.read_bytes())
    else:
        script = (args.tree / "scripts/get_maintainer.pl").read_text(encoding="utf-8")
        found = answers(run_script(args.tree, many(script), [*WORDS, "-f"], chosen))
    rows = [f"{sample_digest(found[name].decode('utf-8', 'surrogateescape').splitlines())} {name}" for name in chosen]
    ANSWERS.write_text("\n".join([f"answers of {tree_digest(args.tree)}", *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
