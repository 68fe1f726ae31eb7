"""The base that `review apply` finds, beside b4's: `python -m benchmarks.review_bases INBOX CLONE WORD`.

INBOX is a git repository of a public-inbox (an epoch), CLONE has the history of a project whose patches go there, WORD
stands in the brackets or titles of that project's patches. The newest 100 series, whole and with a pre-image, are given
to both without their base-commit lines, as one mailbox each: b4 says a base (`b4 am -3 --guess-base`), on which `git am
-3` puts the mailbox it made; patchflow takes the series in and applies it. Then patchflow applies each on b4's base.
Both work in clones of CLONE of their own. Each series is a line, under a digest of its Message-ID; of the mail nothing
is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from patchflow.domain.thread import Thread
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing import reviews, worktree
from patchflow.flow.reviewing.choose import all_series, missing_of
from patchflow.flow.reviewing.look import Taken, take
from patchflow.flow.reviewing.preimages import preimages
from patchflow.flow.reviewing.received import Mails, for_git, mails_of
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.base_info import BaseInfo
from patchflow.formats.mail.threads import build_threads

_READ = 30_000  # mails of the inbox, the newest
_LINES = re.compile(rb"(?m)^(?:base-commit|prerequisite-[a-z-]+):[^\n]*\n")
_SAID = re.compile(r"Base: (\S+) \((exact match|best guess, (\d+)/(\d+) blobs matched)\)")
_RUN = "import sys; from b4.command import cmd; sys.exit(cmd())"


@dataclass(frozen=True)
class Outcome:
    """What one of the two made of a series: its base ("" where none was found), how many of the files fit there, the
    tree with all patches ("" where they do not apply) and the seconds that took."""

    base: str = ""
    fits: int = 0
    tree: str = ""
    seconds: float = 0.0
    said: str = ""


def main(argv: list[str]) -> None:
    """Compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("inbox", "source", "word"):
        parser.add_argument(name)
    parser.add_argument("--most", type=int, default=100)
    parser.add_argument("--skip", type=int, default=0, help="so many of the newest")
    parser.add_argument("--b4", default="", help="the program, where it is not this Python's")
    args = parser.parse_args(argv)
    b4 = [args.b4] if args.b4 else [sys.executable, "-c", _RUN]
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        (room / "gitconfig").write_text("[user]\nname=A\nemail=a@example.org\n[b4]\nattestation-policy=off\n")
        env = {**os.environ, "HOME": folder, "XDG_CACHE_HOME": f"{folder}/cache", "XDG_CONFIG_HOME": folder,
               "XDG_DATA_HOME": folder, "XDG_STATE_HOME": folder, "GIT_CONFIG_SYSTEM": os.devnull,
               "GIT_CONFIG_GLOBAL": f"{folder}/gitconfig"}  # fmt: skip
        os.environ |= env
        for name in ("ours", "theirs"):
            git(room, "clone", "-q", "--shared", args.source, name)
        counts: Counter[str] = Counter()
        times: list[tuple[float, float]] = []
        found = newest(Path(args.inbox), room / "ours", args.word)
        for thread, mails, wanted in islice(found, args.skip, args.skip + args.most):
            times.append(compare(thread, mails, wanted, room, b4, counts))
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    for name, at in (("patchflow", 0), ("b4", 1)):
        took = sorted(one[at] for one in times)
        print(f"{name}: {took[len(took) // 2]:.2f} s in the middle, {took[-1]:.2f} s at most")


def newest(inbox: Path, clone: Path, word: str) -> Iterator[tuple[Thread, Mails, str]]:
    """The newest series that are whole, start from a file, and whose files' names the clone has or had."""
    raws = read(inbox)
    mails = mails_of(raws)
    named = [one for one in reversed(build_threads(mails.messages)) if word.lower() in one.subject.lower()]
    names = set(git(clone, "log", "--format=", "--name-only").split("\n"))
    for thread in named:
        series = all_series(thread.messages, bots())
        if not series:
            continue
        posting = series[0][-1]
        if not posting.patches or missing_of(posting):
            continue
        files = preimages([one.body[one.body.find("diff --git ") :] for one in posting.patches])
        if files and {one.path for one in files} <= names:
            yield thread, mails, posting.first.id


def read(inbox: Path) -> list[bytes]:
    """The newest mails of a public-inbox."""
    commits = git(inbox, "log", f"-{_READ}", "--format=%H").split()
    asked = "".join(f"{one}:m\n" for one in commits).encode()
    out = subprocess.run(["git", "cat-file", "--batch", "--buffer"], cwd=inbox, input=asked, capture_output=True,
                         check=True).stdout  # fmt: skip
    found, at = [], 0
    while at < len(out):
        end = out.index(b"\n", at)
        head, at = out[at:end].split(b" "), end + 1
        if head[-1] != b"missing":
            found.append(out[at : at + int(head[2])])
            at += int(head[2]) + 1
    return found


def compare(
    thread: Thread, mails: Mails, wanted: str, room: Path, b4: Sequence[str], counts: Counter[str]
) -> tuple[float, float]:
    """One series, in both."""
    raws = [mails.raw(message) for message in thread.messages]
    here = Clone(str(room / "ours"))
    named = here.repository.try_resolve(take(mails_of(raws), wanted).info.commit or "none")
    raws = [_LINES.sub(b"", raw) for raw in raws]
    taken = take(mails_of(raws), wanted)
    taken = replace(taken, info=BaseInfo())
    ours, theirs = of_patchflow(here, taken, room), of_b4(raws, wanted, room, b4)
    counts["series"] += 1
    found = [name for name, one in (("patchflow", ours), ("b4", theirs)) if one.base]
    counts[f"base found by {' and '.join(found) or 'neither'}"] += 1
    counts["applied by patchflow"] += bool(ours.tree)
    counts["applied by b4"] += bool(theirs.tree)
    words = ""
    if named:
        counts["names a base-commit that is here"] += 1
        for name, base in (("patchflow", ours.base), ("b4", theirs.base)):
            apart = git(room / "ours", "rev-list", "--count", f"{base}...{named}") if base else "no base"
            counts[f"{name} finds that very commit"] += apart == "0"
            words += f"{name} {apart} commits from base-commit, "
    if ours.base and theirs.base:
        files = preimages([one.patch.diff for one in taken.patches])
        fits = [sum(git(room / "ours", "rev-parse", "-q", "--verify", f"{base}:{file.path}").startswith(file.blob)
                    for file in files) for base in (ours.base, theirs.base)]  # fmt: skip
        kind = "the same" if ours.base == theirs.base else "as good" if fits[0] == fits[1] else (
            "better" if fits[0] > fits[1] else "worse")  # fmt: skip
        counts[f"patchflow's base is {kind}"] += 1
        there = of_patchflow(here, replace(taken, info=BaseInfo(theirs.base)), room)
        counts["applied by patchflow on b4's base"] += bool(there.tree)
        counts["the same tree as b4's there"] += bool(there.tree) and there.tree == theirs.tree
        counts["neither applies on b4's base"] += not there.tree and not theirs.tree
        words += f"{fits[0]} and {fits[1]} of {len(files)} files fit, on b4's base " + (
            "the same tree" if there.tree == theirs.tree else f"patchflow {there.tree[:8]} b4 {theirs.tree[:8]}"
        )
        if ours.tree and theirs.tree:
            paths = sorted({path for one in taken.patches for path in one.patch.paths})
            left, right = (git(room / name, "ls-tree", one.tree, "--", *paths)
                           for name, one in (("ours", ours), ("theirs", theirs)))  # fmt: skip
            counts["both applied: the same files"] += left == right
            counts["both applied: other files"] += left != right
            words += ", the same files in the end" if left == right else ", OTHER FILES in the end"
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:10]
    print(f"{digest} {taken.chosen.posting.first.date:%Y-%m-%d} {len(taken.patches):2}: "
          f"patchflow {ours.base[:10] or '-'} {'applied' if ours.tree else ours.said}; "
          f"b4 {theirs.base[:10] or '-'} {'applied' if theirs.tree else theirs.said}; {words}", flush=True)  # fmt: skip
    return ours.seconds, theirs.seconds


def of_patchflow(here: Clone, taken: Taken, room: Path) -> Outcome:
    """The series applied by patchflow, in a work tree that is removed again."""
    begun = time.monotonic()
    try:
        made = worktree.apply(here, taken, str(room / "tree"))
    except PatchflowError as error:
        return Outcome(said=f"refused: {error.message[:80]}", seconds=time.monotonic() - begun)
    took = time.monotonic() - begun
    review = made.review
    tree = git(Path(review.folder), "rev-parse", "HEAD^{tree}") if made.whole else ""
    worktree.drop(here, reviews.find(here, review.name), force=True)
    said = f"stopped after {review.done}"
    return Outcome(review.base, 0, tree, took, said)


def of_b4(raws: Sequence[bytes], wanted: str, room: Path, b4: Sequence[str]) -> Outcome:
    """The base that b4 says, and the mailbox it makes applied there by `git am -3`, as it tells its user to."""
    clone, box = room / "theirs", room / "thread.mbox"
    box.write_bytes(b"".join(for_git(re.sub(rb"(?m)^(>*From )", rb">\1", raw)).rstrip(b"\n") + b"\n\n" for raw in raws))
    begun = time.monotonic()
    done = subprocess.run(
        [*b4, "--no-interactive", "--offline-mode", "am", "-C", "-3", "--guess-base", "-o", str(room / "out"),
         "-n", "it.mbx", "-m", str(box), wanted],
        cwd=clone, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    said = _SAID.search(done.stderr)
    if said is None or not (room / "out/it.mbx").exists():
        why = re.findall(r"failed to guess base[^\n]*", done.stderr) or done.stderr.strip().split("\n")[-1:]
        return Outcome(said=f"no base: {why[0][:80]}", seconds=time.monotonic() - begun)
    base = git(clone, "rev-parse", "-q", "--verify", f"{said[1]}^0")
    if not base:
        return Outcome(said=f"no base: git knows no {said[1]}", seconds=time.monotonic() - begun)
    git(clone, "worktree", "add", "-q", "--detach", str(room / "their-tree"), base)
    am = subprocess.run(["git", "am", "-q", "-3", str(room / "out/it.mbx")], cwd=room / "their-tree",
                        capture_output=True, text=True, check=False)  # fmt: skip
    took = time.monotonic() - begun
    tree = git(room / "their-tree", "rev-parse", "HEAD^{tree}") if am.returncode == 0 else ""
    git(clone, "worktree", "remove", "--force", "--force", str(room / "their-tree"))
    (room / "out/it.mbx").unlink()
    return Outcome(base, int(said[3] or 0), tree, took, "conflict" if am.returncode else "")


def git(folder: Path, *words: str) -> str:
    """What git prints; "" where it fails."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace").strip()


if __name__ == "__main__":
    main(sys.argv[1:])
