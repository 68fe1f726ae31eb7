"""Patches put on another tree, three-way, in an index of their own; what was resolved once git rerere does again."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from patchflow.adapters.files import scratch_folder
from patchflow.adapters.git.clean import CleanGit
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.conflict import Place, bare_places_of, sides_of
from patchflow.adapters.git.scratch import NOBODY, QUIET, author_env
from patchflow.adapters.paths import private_folder
from patchflow.domain.patch import Patch
from patchflow.errors import PatchflowError
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Unmerged:
    """A file that a patch does not merge with: its text with git's marks, and the places."""

    path: str
    marked: bytes
    places: tuple[Place, ...]


Resolve = Callable[[Unmerged], bytes]  # the file as it is to be


def tree_of_files(git: GitCommands, folder: Path, paths: Collection[str], message: str) -> str:
    """A commit without parents of some files of a folder; links and what is no plain file are left out."""
    kept = sorted(path for path in paths if "\n" not in path and stat.S_ISREG(os.lstat(folder / path).st_mode))
    rows = "".join(f"{folder / path}\n" for path in kept)
    blobs = git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=os.fsencode(rows)).text.split()
    modes = ("100755" if os.access(folder / path, os.X_OK) else "100644" for path in kept)
    entries = [f"{mode} {blob}\t{path}\0" for mode, blob, path in zip(modes, blobs, kept, strict=True)]
    with scratch_folder() as room:
        env = {"GIT_INDEX_FILE": str(room / "index")}
        git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(entries)), env=env)
        tree = git.run("write-tree", env=env).text.strip()
    return git.run("commit-tree", tree, stdin=message.encode(), env=NOBODY).text.strip()


class Carrier:
    """Puts patches on a commit, one after another. Nothing but objects of the clone and `resolutions` is written."""

    def __init__(
        self, git: GitCommands, clean: CleanGit, room: Path, base: str, title: str, resolutions: Path, resolve: Resolve
    ) -> None:
        """`clean` borrows the clone's objects; `room` is ours; `title` names the base in git's marks."""
        self.git = git
        self.clean = clean
        self.tip = base
        self.title = title
        self._files = room / "files"
        self._files.mkdir()
        self._env = {"GIT_INDEX_FILE": str(room / "index"), "GIT_WORK_TREE": str(self._files)}
        self._resolve = resolve
        private_folder(str(resolutions))
        (clean.folder / "rr-cache").symlink_to(resolutions)
        git.run("read-tree", base, env=self._index)

    @property
    def _index(self) -> dict[str, str]:
        return {"GIT_INDEX_FILE": self._env["GIT_INDEX_FILE"]}

    def put(self, patch: Patch) -> tuple[str, tuple[str, ...]]:
        """Makes the patch a commit on the last one: its name, and the paths that did not merge by themselves.

        PatchflowError where it touches what the tree does not have, or a conflict is left as it is.
        """
        diff = patch.diff.encode("utf-8", "surrogateescape")
        words = (*QUIET, "apply", "--cached", "--3way", "--whitespace=nowarn", "-")
        done = self.git.run(*words, stdin=diff, env=self._index, check=False)
        paths = self._unmerged() if done.code else ()
        if done.code and not paths:
            said = [row.removeprefix("error: ") for row in done.err_text.split("\n") if row.startswith("error: ")]
            raise PatchflowError(
                f"{patch.subject!r} does not fit {self.title}: {'; '.join(said[:3]) or 'git does not say why'}.",
                "Name only the commits that can be tried there, as a range.",
            )
        if paths:
            self._settle(patch, paths)
        tree = self.git.run("write-tree", env=self._index).text.strip()
        message = patch.message.encode("utf-8", "surrogateescape")
        commit = self.git.run(
            *QUIET, "commit-tree", "-p", self.tip, tree, stdin=message, env=author_env(patch)
        ).text.strip()
        self.tip = commit
        return commit, paths

    def _unmerged(self) -> tuple[str, ...]:
        rows = self.git.run("ls-files", "-u", "-z", env=self._index).out.split(b"\0")
        return tuple(dict.fromkeys(os.fsdecode(row.partition(b"\t")[2]) for row in rows if row))

    def _settle(self, patch: Patch, paths: Sequence[str]) -> None:
        left = [self._marked(patch, path) for path in paths]
        self._rerere()
        for one in left:
            target = self._files / one.path
            if has_marks(target.read_bytes()):
                target.write_bytes(self._resolve(one))
        self._rerere()
        for one in left:
            blob = self.git.run(
                "hash-object", "-w", "--no-filters", "--stdin", stdin=(self._files / one.path).read_bytes()
            ).text.strip()
            entry = f"0 {'0' * 40}\t{one.path}\0{self._mode(one.path)} {blob}\t{one.path}\0"
            self.git.run("update-index", "-z", "--index-info", stdin=os.fsencode(entry), env=self._index)

    def _mode(self, path: str) -> str:
        rows = self.git.run("--literal-pathspecs", "ls-files", "-u", "--", path, env=self._index).text
        return rows.split(" ", 1)[0] or "100644"

    def _marked(self, patch: Patch, path: str) -> Unmerged:
        """Lays the file out with git's marks in it."""
        sides = sides_of(self.git, path, self._index)
        if len(sides) < 3:
            raise PatchflowError(
                f"{patch.subject!r} does not fit {self.title}: one of the two does not have {path}.",
                "Name only the commits that can be tried there, as a range.",
            )
        target = self._files / path
        target.parent.mkdir(parents=True, exist_ok=True)
        names = [str(self.clean.folder / f"side-{number}") for number in range(3)]
        for name, text in zip(names, sides, strict=True):
            Path(name).write_bytes(text)
        labels = ("-L", self.title, "-L", "before the patch", "-L", patch.subject[:60])
        done = self.git.run("merge-file", "-p", *labels, names[1], names[0], names[2], check=False)
        if not 0 < done.code < 128:
            raise PatchflowError(f"{patch.subject!r} does not fit {self.title}: {path} is not text that merges.")
        target.write_bytes(done.out)
        return Unmerged(path, done.out, bare_places_of(self.git, sides))

    def _rerere(self) -> None:
        settings = ("-c", "rerere.enabled=true", "-c", "rerere.autoUpdate=false")
        self.clean.run("-C", str(self._files), *settings, "rerere", env=self._env)


def has_marks(text: bytes) -> bool:
    """Whether a text still has git's marks of a conflict."""
    return any(line.startswith((b"<<<<<<< ", b">>>>>>> ")) for line in text.split(b"\n"))
