"""How far our `checkpatch` agrees with NIPA's on real patches: `python -m benchmarks.nipa_checkpatch NIPA TREE`.

NIPA is a checkout of github.com/linux-netdev/nipa, TREE a clone of a kernel tree that may be written to; mail files
may follow. Of each patch whose bracket names net or net-next two commits are made there: the files as they were, as far
as the hunks tell (their old lines at their numbers, other lines between), and the patch on it, signed off by a bot as
`git am -s` would. NIPA's checkpatch.sh runs on that commit as it is, and so does our check with the profile net or
net-next. `--show` in front prints the patches on which the two differ, for reading them, never for keeping.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.nipa_agreement import WORDS
from benchmarks.rules_on_mail import default_files, mails
from patchflow.domain.diff import FileDiff
from patchflow.domain.finding import Severity
from patchflow.domain.patch import Patch
from patchflow.flow.check.judge import Report, check_patches
from patchflow.flow.clone import Clone, profile
from patchflow.formats.patch.subject import parse_subject

SCRIPT = "tests/patch/checkpatch/checkpatch.sh"
BOT = "A Bot <bot@example.org>"


def side(file: FileDiff, mark: str) -> bytes:
    """One side of a file as its hunks show it: `mark` is - for the old one, + for the new one."""
    rows: dict[int, str] = {}
    open_end = False
    for hunk in file.hunks:
        last = ""
        for line, old, new in hunk.numbered():
            if line[:1] in (mark, " ", ""):
                rows[old if mark == "-" else new] = line[1:]
            open_end = open_end or (line[:1] == "\\" and last in (mark, " "))
            last = line[:1] or " "
    text = "\n".join(rows.get(number, f"/* {number} */") for number in range(1, max(rows, default=0) + 1))
    return (text if open_end or not rows else text + "\n").encode("utf-8", "surrogateescape")


def stream(patches: list[Patch]) -> bytes:
    """Two commits a patch for git fast-import, the second as refs/bench/N."""
    out: list[bytes] = []

    def commit(ref: str, above: str, who: str, message: bytes) -> None:
        for text in (f"commit {ref}\n", f"author {who} 1770000000 +0000\n", f"committer {BOT} 1770000000 +0000\n",
                     f"data {len(message)}\n"):  # fmt: skip
            out.append(text.encode("utf-8", "replace"))
        out.append(message + f"\nfrom {above}\n".encode())

    def content(path: str, text: bytes, mode: str = "100644") -> None:
        out.append(f"M {mode} inline {path}\ndata {len(text)}\n".encode() + text + b"\n")

    for number, patch in enumerate(patches):
        old, new = f"refs/bench/old-{number}", f"refs/bench/{number}"
        commit(old, "refs/bench/base^0", BOT, b"old\n")
        for file in patch.files:
            if file.old:
                content(file.old, side(file, "-"), file.old_mode or "100644")
            elif file.new:
                out.append(f"D {file.new}\n".encode())
        signed = f"{patch.message.rstrip()}\nSigned-off-by: {BOT}\n"
        commit(new, old, f"{patch.author.name or 'x'} <{patch.author.email}>",
               signed.encode("utf-8", "surrogateescape"))  # fmt: skip
        for file in patch.files:
            if file.old and file.old != file.new:
                out.append(f"D {file.old}\n".encode())
            if file.new:
                content(file.new, side(file, "+"), file.new_mode or file.old_mode or "100644")
    return b"".join(out)


def theirs(checkout: Path, tree: Path, number: int) -> tuple[str, list[str]]:
    """What NIPA says of patch N, and its lines."""
    subprocess.run(["git", "-C", str(tree), "checkout", "-q", "-f", f"refs/bench/{number}"], check=True)
    done = subprocess.run(
        ["bash", "-c", 'exec 9>&2; DESC_FD=9 bash "$1"', "-", str(checkout / SCRIPT)],
        cwd=tree, capture_output=True, check=False, text=True, errors="replace",
    )  # fmt: skip
    return WORDS.get(done.returncode, f"exit {done.returncode}"), done.stderr.splitlines()


def ours(report: Report) -> str:
    """What our check says: pass, warn or fail."""
    severities = {finding.severity for finding in report.all()}
    return "fail" if Severity.ERROR in severities else "warn" if severities else "pass"


def main(argv: list[str]) -> int:
    """Prints how often the two agree."""
    show = argv[:1] == ["--show"]
    checkout, tree, *files = argv[1:] if show else argv
    os.environ.pop("GIT_DIR", None)
    found = [patch for patch, *_ in mails(files or default_files())]
    patches = [
        patch for patch in found
        if parse_subject(patch.subject_line).tree in ("net", "net-next") and not any(f.binary for f in patch.files)
    ]  # fmt: skip
    subprocess.run(["git", "-C", tree, "update-ref", "refs/bench/base", "HEAD"], check=True)
    subprocess.run(["git", "-C", tree, "fast-import", "--quiet", "--force"], input=stream(patches), check=True)
    here = Clone(tree)
    pairs: Counter[tuple[str, str]] = Counter()
    for number, patch in enumerate(patches):
        nipa, lines = theirs(Path(checkout).resolve(), Path(tree).resolve(), number)
        facts = profile(parse_subject(patch.subject_line).tree)
        commit = here.repository.patch(here.repository.resolve(f"refs/bench/{number}"))
        report = check_patches([commit], facts, None, here.checkpatch(facts), only="checkpatch")
        mine = ours(report)
        pairs[nipa, mine] += 1
        if show and nipa != mine:
            print(f"NIPA {nipa}, ours {mine}: {patch.subject_line[:100]}", *lines[-8:], sep="\n    ")
            print("  ours:", *(finding.as_line() for finding in report.all()), sep="\n    ")
    subprocess.run(["git", "-C", tree, "checkout", "-q", "-f", "refs/bench/base"], check=True)
    total, same = sum(pairs.values()), sum(count for (a, b), count in pairs.items() if a == b)
    each = ", ".join(f"{a} / {b}: {count}" for (a, b), count in sorted(pairs.items()))
    print(f"| checkpatch | {total} | {same} ({100 * same / total:.1f} %) | {each} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
