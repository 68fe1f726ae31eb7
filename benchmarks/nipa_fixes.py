"""How far our rules on Fixes tags agree with NIPA's verify_fixes: `python -m benchmarks.nipa_fixes NIPA [FILE…]`.

NIPA is a checkout of github.com/linux-netdev/nipa. The history is made up: every commit that a Fixes tag of the mails
names exists, with the title that the tag gives it, and no other does. A `git` in front answers NIPA's script so, and
our rules get the same. Each patch with a tag whose bracket names net or net-next is judged as it was sent and
with its tag spoilt in several ways. `--show` in front prints what differs, for reading it, never for keeping.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.nipa_agreement import ENV, WORDS
from benchmarks.rules_on_mail import default_files, mails
from patchflow.domain.finding import Severity
from patchflow.domain.patch import Patch
from patchflow.flow.clone import profile
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context, NoHistory
from patchflow.rules.registry import find_rule, judge_patch

SCRIPT = "tests/patch/verify_fixes/verify_fixes.sh"
RULES = ("fixes-format", "fixes-exists", "tag-block")
TAG = re.compile(r'(?m)^Fixes: ([0-9a-f]{12,40}) \("(.*)"\)$')
_GIT = """#!/bin/bash
known() {{ grep -m1 "^$1" {folder}/known; }}
if [ "$1 $2 $3" = "rev-parse -q --verify" ]; then known "$4"; exit; fi
if [ "$1 $2 $3" = "log -1 --format=%s" ] && known "$4" > /dev/null; then known "$4" | cut -d' ' -f2-; exit; fi
exec {git} "$@"
"""
SPOILT: dict[str, Callable[[str, str], str]] = {
    "as sent": lambda hash, title: f'Fixes: {hash} ("{title}")',
    "another title": lambda hash, title: f'Fixes: {hash} ("net: {title} again")',
    "no such commit": lambda hash, title: f'Fixes: {"f" * len(hash)} ("{title}")',
    "eight digits": lambda hash, title: f'Fixes: {hash[:8]} ("{title}")',
    "no title": lambda hash, title: f"Fixes: {hash}",
    "no brackets": lambda hash, title: f"Fixes: {hash} {title}",
    "the word commit": lambda hash, title: f'Fixes: commit {hash} ("{title}")',
    "two lines": lambda hash, title: f'Fixes: {hash} ("{title[:20]}\n{title[20:]}")',
    "blank lines around": lambda hash, title: f'\nFixes: {hash} ("{title}")\n',
    "no quotes": lambda hash, title: f"Fixes: {hash} ({title})",
    "a title cut short": lambda hash, title: f'Fixes: {hash} ("{title[:20]}")',
}


class Made(NoHistory):
    """The made-up history."""

    complete = True

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    def subject(self, commit: str) -> str | None:
        """A commit's title by its hash."""
        return next((title for hash, title in self.known.items() if hash.startswith(commit)), None)


def theirs(script: Path, folder: Path, tree: str, message: str) -> str:
    """What NIPA's script says of a commit with this message."""
    env = {**os.environ, **ENV, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    env |= {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    words = ["git", "-C", str(folder / "repo"), "commit-tree", tree]
    done = subprocess.run(words, input=message.encode("utf-8", "replace"), capture_output=True, env=env, check=True)
    done = subprocess.run(
        ["bash", "-c", 'exec 9>/dev/null; DESC_FD=9 bash "$@"', "-", str(script), f"{done.stdout.decode().strip()}^!"],
        cwd=folder / "repo", capture_output=True, env=env, check=False,
    )  # fmt: skip
    return WORDS.get(done.returncode, f"exit {done.returncode}")


def ours(patch: Patch, history: Made) -> str:
    """What our rules say of it."""
    facts = profile("net")
    context = Context(profile=facts, patches=(patch,), history=history)
    found = judge_patch(patch, context, [find_rule(rule) for rule in RULES])
    return "fail" if any(finding.severity == Severity.ERROR for finding in found) else "pass"


def main(argv: list[str]) -> int:
    """Prints how often the two agree, spoiling by spoiling."""
    show = argv[:1] == ["--show"]
    checkout, *files = argv[1:] if show else argv
    script = Path(checkout).resolve() / SCRIPT
    found = [patch for patch, *_ in mails(files or default_files())]
    known = {m[1]: m[2] for patch in found for m in TAG.finditer(patch.message)}
    chosen = [p for p in found if parse_subject(p.subject_line).tree in ("net", "net-next") and TAG.search(p.message)]
    pairs: Counter[tuple[str, str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "known").write_text("".join(f"{hash} {title}\n" for hash, title in known.items()))
        (folder / "bin").mkdir()
        (folder / "bin" / "git").write_text(_GIT.format(folder=folder, git=shutil.which("git")))
        (folder / "bin" / "git").chmod(0o755)
        subprocess.run(["git", "init", "-q", str(folder / "repo")], check=True)
        words = ["git", "-C", str(folder / "repo"), "write-tree"]
        tree = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
        for patch in chosen:
            for kind, spoil in SPOILT.items():
                tag = TAG.search(patch.message)
                assert tag is not None
                message = patch.message.replace(tag[0], spoil(tag[1], tag[2]), 1)
                nipa, mine = theirs(script, folder, tree, message), ours(replace(patch, message=message), Made(known))
                pairs[kind, nipa, mine] += 1
                if show and nipa != mine:
                    print(f"{kind}: NIPA {nipa}, ours {mine}: {patch.subject_line[:100]}")
    print("| tag | judged | agree | NIPA / ours |\n| --- | ---: | ---: | --- |")
    for kind in SPOILT:
        rows = {key[1:]: count for key, count in pairs.items() if key[0] == kind}
        same = sum(count for (a, b), count in rows.items() if a == b)
        each = ", ".join(f"{a} / {b}: {count}" for (a, b), count in sorted(rows.items()))
        print(f"| {kind} | {sum(rows.values())} | {same} | {each} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
