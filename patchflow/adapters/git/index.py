"""The index of a work tree: what is staged of which path, and what a git command would make of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from patchflow.adapters.files import scratch_folder
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.work_files import LINK, WorkFile
from patchflow.errors import PatchflowError

# GIT_OPTIONAL_LOCKS does not reach diff: who only looks must not make the user's own commit fail.
_DIFF = ("-c", "core.quotePath=false", "-c", "diff.autoRefreshIndex=false", "diff", "--no-color",
         "--no-ext-diff", "--no-textconv", "--no-renames",
         "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/")  # fmt: skip


def entries(git: GitCommands, paths: Sequence[str], env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Mode and blob of each path that the index has; PatchflowError where one is not merged. `env` may name another
    index."""
    if not paths:
        return {}
    done = git.run("--literal-pathspecs", "ls-files", "-s", "-z", "--", *paths, env=env)
    found: dict[str, str] = {}
    for row in os.fsdecode(done.out).split("\0"):
        what, _, path = row.partition("\t")
        if path in paths:
            mode, blob, stage = what.split(" ")
            if stage != "0":
                raise PatchflowError(f"{path} has a conflict that is not resolved.", "Resolve and `git add` it first.")
            found[path] = f"{mode} {blob}"
    return found


def put_entries(git: GitCommands, wanted: Mapping[str, str], env: Mapping[str, str] | None = None) -> None:
    """Writes entries into the index; "" takes a path out of it."""
    rows = [f"{entry or '0 ' + '0' * 40}\t{path}\0" for path, entry in wanted.items()]
    if rows:
        git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(rows)), env=env)


def put_stages(git: GitCommands, path: str, sides: Sequence[str], env: Mapping[str, str]) -> None:
    """Writes the three sides of a path that does not merge into another index; "" for a side without it."""
    rows = [f"{entry} {stage}\t{path}\0" for stage, entry in enumerate(sides, 1) if entry]
    git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(rows)), env=env)


def entries_after(git: GitCommands, paths: Sequence[str], *words: str, stdin: bytes = b"") -> dict[str, str]:
    """The entries of the paths after a git command that changes the index, which runs on a copy of it."""
    real = Path(git.folder, git.run("rev-parse", "--git-path", "index").text.strip("\n"))
    with scratch_folder() as folder:
        if real.is_file():
            (folder / "index").write_bytes(real.read_bytes())
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        git.run(*words, stdin=stdin, env=env)
        return entries(git, paths, env)


def tree_with(git: GitCommands, tree: str, wanted: Mapping[str, str], patch: bytes = b"") -> str:
    """A tree with other entries in it ("" takes a path out), and with a patch applied."""
    with scratch_folder() as folder:
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        git.run("read-tree", tree, env=env)
        put_entries(git, wanted, env)
        if patch:
            git.run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch, env=env)
        return git.run("write-tree", env=env).text.strip()


def file_without(git: GitCommands, path: str, file: WorkFile | None, patch: bytes) -> WorkFile | None:
    """A file of the work tree with a patch taken out of it again; OutsideError where it does not fit."""
    with scratch_folder() as folder:
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        if file is not None:
            blob = git.run("hash-object", "-w", "--stdin", stdin=file[1]).text.strip()
            put_entries(git, {path: f"{file[0]} {blob}"}, env)
        git.run("apply", "--cached", "--reverse", "--whitespace=nowarn", "-", stdin=patch, env=env)
        mode, _, blob = entries(git, [path], env).get(path, "").partition(" ")
    return (mode, git.run("cat-file", "blob", blob).out) if blob else None


def file_of(git: GitCommands, path: str, entry: str) -> WorkFile | None:
    """An entry of the index as it would stand in the work tree; None for ""."""
    mode, _, blob = entry.partition(" ")
    how = ["blob"] if mode == LINK else ["--filters", f"--path={path}"]
    return (mode, git.run("cat-file", *how, blob).out) if blob else None


def entries_of(git: GitCommands, tree: str, paths: Sequence[str]) -> dict[str, str]:
    """Mode and blob of each path that a tree or commit has."""
    done = git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", tree, "--", *paths)
    rows = [row.partition("\t") for row in os.fsdecode(done.out).split("\0") if row]
    return {path: " ".join(what.split(" ")[::2]) for what, _, path in rows if path in paths}


def diff(git: GitCommands, *words: str) -> str:
    """The diff that `git diff WORDS` shows, each path by itself, whatever the user's configuration says."""
    return git.run(*_DIFF, *words).out.decode("utf-8", "surrogateescape")


def diff_of_new(git: GitCommands, path: str) -> str:
    """A file that git does not know as the diff that brings it in."""
    words = [one for one in _DIFF if one != "--ignore-submodules"]
    return git.run(*words, "--no-index", "--", "/dev/null", path, check=False).out.decode("utf-8", "surrogateescape")


def untracked(git: GitCommands) -> list[str]:
    """The files that git neither knows nor ignores."""
    done = git.run("ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/")
    return [path for path in os.fsdecode(done.out).split("\0") if path and not path.endswith("/")]
