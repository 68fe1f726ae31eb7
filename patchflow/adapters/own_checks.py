"""Checks of the user's own: programs that their own git configuration names, never one of a tree or a clone."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from shutil import which

from patchflow.adapters.clone_files import stamp_of_files
from patchflow.adapters.files import scratch_folder, write_atomic
from patchflow.adapters.kept import read_cached
from patchflow.adapters.paths import cache_path
from patchflow.adapters.process import run
from patchflow.domain.finding import Severity
from patchflow.errors import PatchflowError, UsageError
from patchflow.formats.own_findings import Said, read_findings
from patchflow.formats.plain_name import plain_name
from patchflow.values import dataclass

GETS = ("patches", "files", "commits")
_KEY = r"^patchflow\.check\..*\.(command|severity|gets|seconds|paths)$"


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """One check: the words of its command, how grave what it finds is, what it is given (patch files, the files as the
    series leaves them, or the commits' range), how many seconds it has, and the paths it is for (none: all)."""

    name: str
    command: tuple[str, ...]
    severity: Severity = Severity.WARNING
    gets: str = "patches"
    seconds: float = 60.0
    paths: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """What its findings bear as their rule."""
        return f"check.{self.name}"

    def reads(self, path: str) -> bool:
        """Whether it is for a file."""
        return not self.paths or any(fnmatchcase(path, one) for one in self.paths)


def own_checks(folder: Path) -> list[OwnCheck]:
    """The checks that the user's own git configuration names (`git config --global`, with what it includes for this
    folder); UsageError for one that cannot be."""
    words = ["git", "-C", str(folder), "config", "--global", "--includes", "--null", "--get-regexp", _KEY]
    rows = [row.partition("\n") for row in run(words, check=False, timeout=20).text.split("\0") if row]
    found: dict[str, dict[str, list[str]]] = {}
    for key, _, value in rows:
        name, _, what = key.removeprefix("patchflow.check.").rpartition(".")
        found.setdefault(name, {}).setdefault(what, []).append(value)
    return [_check(plain_name(name, "The name of a check"), values) for name, values in found.items()]


def _check(name: str, values: Mapping[str, list[str]]) -> OwnCheck:
    key = f"patchflow.check.{name}"
    last = {what: each[-1] for what, each in values.items()}
    try:
        command = tuple(shlex.split(last.get("command", "")))
        severity, seconds = Severity(last.get("severity", "warning")), float(last.get("seconds", "60"))
        if command and command[0].startswith("~/"):
            command = (str(Path(command[0]).expanduser()), *command[1:])
    except ValueError as error:
        raise UsageError(f"{key} in your git configuration cannot be used: {error}.", _HOW) from None
    gets = last.get("gets", "patches")
    if not command or gets not in GETS or not 0 < seconds < 100_000:
        what = "has no command" if not command else f"gets {gets!r}" if gets not in GETS else f"has {seconds} seconds"
        raise UsageError(f"{key} in your git configuration {what}.", _HOW)
    paths = tuple(word for value in values.get("paths", []) for word in value.split())
    return OwnCheck(name, command, severity, gets, seconds, paths)


_HOW = "docs/recipes.md says what a check of your own is made of."


def run_check(
    check: OwnCheck, tree: Path, patches: Mapping[str, str], files: Mapping[str, bytes], between: tuple[str, str]
) -> list[Said]:
    """What a check finds; the same command on the same contents is asked once, while its program and the files that it
    names are as they were.

    `patches` are the series as patch files, by name, `files` what it touches as it leaves them, `between` its base and
    tip. PatchflowError where the program fails or says nothing that can be read.
    """
    named = [which(check.command[0]) or "", *(str(Path(tree, word)) for word in check.command)]
    made_of = (check, stamp_of_files(named), between if check.gets == "commits" else sorted(files.items()))
    digest = hashlib.sha256(repr(made_of).encode())
    for name, text in patches.items():
        digest.update(f"\0{name}\0{text}".encode("utf-8", "surrogateescape"))
    kept = Path(cache_path()) / "own-checks" / digest.hexdigest()
    known = read_cached(kept, lambda content: [Said(str(f), int(n), str(w)) for f, n, w in json.loads(content)])
    if known is not None:
        return known
    found = _run(check, tree, patches, files, between)
    write_atomic(kept, json.dumps(found).encode())
    return found


def _run(
    check: OwnCheck, tree: Path, patches: Mapping[str, str], files: Mapping[str, bytes], between: tuple[str, str]
) -> list[Said]:
    env = {"PATCHFLOW_TREE": str(tree), "PATCHFLOW_BASE": between[0], "PATCHFLOW_TIP": between[1]}
    with scratch_folder() as folder:
        given = [f"{between[0]}..{between[1]}"]
        if check.gets == "patches":
            given = list(patches)
            for name, text in patches.items():
                (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        elif check.gets == "files":
            given = list(files)
            for path, content in files.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        where = tree if check.gets == "commits" else folder
        done = run([*check.command, *given], cwd=where, env=env, timeout=check.seconds, check=False)
        try:
            found = read_findings(done.text, patches)
        except ValueError as error:
            raise PatchflowError(f"What it printed cannot be read: {error}.") from None
        if done.code and not found:
            said = (done.err_text.strip() or done.text.strip() or "it said nothing").split("\n")[-1][:200]
            raise PatchflowError(f"It ended with status {done.code}: {said}")
        inside = str(folder)
        return [one._replace(file=one.file.removeprefix(inside).lstrip("/")) for one in found]
