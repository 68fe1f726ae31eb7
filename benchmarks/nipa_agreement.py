"""How far our rules agree with NIPA's own tests on real patches: `python -m benchmarks.nipa_agreement NIPA [FILE…]`.

NIPA is a checkout of github.com/linux-netdev/nipa. Its scripts run as they are, with a `git` in front of them that
answers `git show` with the patch; its Python tests are called with the posting. `--show RULE` in front prints the
patches on which the two differ, for reading them, never for keeping.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.rules_on_mail import default_files, group, judged, mails
from patchflow.domain.finding import Finding, Severity
from patchflow.domain.patch import Patch
from patchflow.flow.clone import profile
from patchflow.formats.patch.subject import parse_subject

SCRIPTS = {
    "source-inline": "tests/patch/source_inline/source_inline.sh",
    "header-inline": "tests/patch/header_inline/header_inline.sh",
    "deprecated-api": "tests/patch/deprecated_api/deprecated_api.sh",
}
SIGNED = "tests/patch/verify_signedoff/verify_signedoff.sh"
_GIT = """#!/bin/bash
[ "$1" = show ] || exec {git} "$@"
case "${{@: -1}}" in
  '*.c') exec cat {folder}/c ;;
  '*.h') exec cat {folder}/h ;;
  drivers/net) exec cat {folder}/net ;;
  *) exec cat {folder}/all ;;
esac
"""
WORDS = {0: "pass", 250: "warn", 1: "fail"}
ENV = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Nipa:
    """NIPA's tests, asked one patch or posting at a time."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.checkout, self.folder = checkout, folder
        shim = folder / "bin" / "git"
        shim.parent.mkdir()
        shim.write_text(_GIT.format(git=shutil.which("git"), folder=folder))
        shim.chmod(0o755)
        self.repo = folder / "repo"
        subprocess.run(["git", "init", "-q", str(self.repo)], check=True)
        done = subprocess.run(["git", "-C", str(self.repo), "write-tree"], capture_output=True, text=True, check=True)
        self.tree = done.stdout.strip()
        self.series = runpy.run_path(str(checkout / "tests/series/series_format/test.py"))
        self.fixes = runpy.run_path(str(checkout / "tests/series/fixes_present/test.py"))["fixes_present"]

    def script(self, name: str, *words: str) -> str:
        """Runs a script of NIPA's; pass, warn or fail."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", 'exec 9>/dev/null; DESC_FD=9 bash "$@"', "-", str(self.checkout / name), *words],
            cwd=self.repo, capture_output=True, env={**os.environ, **ENV, "PATH": path}, check=False,
        )  # fmt: skip
        return WORDS.get(done.returncode, f"exit {done.returncode}")

    def of_patch(self, patch: Patch) -> dict[str, str]:
        """What its scripts say of one patch."""
        for name, kept in (("c", ".c"), ("h", ".h"), ("net", "drivers/net/"), ("all", "")):
            (self.folder / name).write_bytes(_only(patch, kept).encode("utf-8", "surrogateescape"))
        found = {rule: self.script(name) for rule, name in SCRIPTS.items()}
        env = {"GIT_AUTHOR_NAME": patch.author.name or "x", "GIT_AUTHOR_EMAIL": patch.author.email or "x@y"}
        # As it applies every patch: git am -s.
        env |= {"GIT_COMMITTER_NAME": "A Bot", "GIT_COMMITTER_EMAIL": "bot@example.org"}
        message = f"{patch.message}\nSigned-off-by: A Bot <bot@example.org>\n"
        done = subprocess.run(
            ["git", "-C", str(self.repo), "commit-tree", self.tree], input=message.encode("utf-8", "replace"),
            capture_output=True, env={**os.environ, **ENV, **env}, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            found["signedoff"] = self.script(SIGNED, f"{done.stdout.decode().strip()}^!")
        return found

    def of_posting(self, patches: list[Patch]) -> dict[str, str]:
        """What its tests say of a whole posting."""
        subject = parse_subject(patches[0].subject_line)
        raw = [SimpleNamespace(raw_patch=f"{patch.message}\n{patch.diff}") for patch in patches]
        thing = SimpleNamespace(patches=raw, cover_letter=subject.parts > 1, cover_pull=None)
        found = {
            "cover-letter": self.series["cover_letter"](None, thing, ""),
            "patch-count": self.series["patch_count"](None, thing, ""),
        }
        if subject.tree in ("net", "net-next"):
            found["fixes-present"] = self.fixes(SimpleNamespace(pfx=subject.tree), thing, "")
        return {rule: WORDS[answer[0]] for rule, answer in found.items()}


def _only(patch: Patch, kept: str) -> str:
    parts = patch.diff.split("diff --git ")[1:]
    chosen = [
        part for part in parts
        if not kept or (f" b/{kept}" in part.split("\n")[0] if kept[-1] == "/" else part.split("\n")[0].endswith(kept))
    ]  # fmt: skip
    return "".join("diff --git " + part for part in chosen)


def ours(findings: list[Finding], rule: str) -> str:
    """What our rule says: pass, warn or fail."""
    severities = {finding.severity for finding in findings if finding.rule == rule}
    return "fail" if Severity.ERROR in severities else "warn" if severities else "pass"


def main(argv: list[str]) -> int:
    """Prints how often the two agree, rule by rule."""
    show, argv = (argv[1], argv[2:]) if argv[:1] == ["--show"] else ("", argv)
    pairs: Counter[tuple[str, str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        nipa = Nipa(Path(argv[0]).resolve(), Path(name))

        def note(rule: str, theirs: str, findings: list[Finding], patch: Patch) -> None:
            mine = ours(findings, rule)
            pairs[rule, theirs, mine] += 1
            if rule == show and theirs != mine:
                print(f"NIPA {theirs}, ours {mine}: {patch.subject_line[:100]} ({patch.author.email})")
                for finding in findings:
                    if finding.rule == rule:
                        print(f"    {finding.as_line()}")

        for found in group(mails(argv[1:] or default_files())).values():
            subject: Any = parse_subject(found[0][0].subject_line)
            netdev = subject.tree.startswith("net")
            name = "net" if subject.tree == "net" else "net-next" if netdev else "virtio"
            rows = list(judged(found, profile(name)))
            for patch, findings in rows:
                for rule, theirs in nipa.of_patch(patch).items():
                    if netdev or rule == "signedoff":
                        note(rule, theirs, findings, patch)
            if netdev and (subject.parts <= 1 or len(rows) == subject.parts):
                for rule, theirs in nipa.of_posting([patch for patch, _ in rows]).items():
                    note(rule, theirs, rows[0][1], rows[0][0])
    print("| rule | judged | agree | NIPA / ours where they differ |\n| --- | ---: | ---: | --- |")
    for rule in sorted({rule for rule, _, _ in pairs}):
        mine = {key[1:]: count for key, count in pairs.items() if key[0] == rule}
        total, same = sum(mine.values()), sum(count for (a, b), count in mine.items() if a == b)
        rest = ", ".join(f"{a} / {b}: {count}" for (a, b), count in sorted(mine.items()) if a != b)
        print(f"| {rule} | {total} | {same} ({100 * same / total:.1f} %) | {rest or 'none'} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
