"""Makes a change part by part, in either direction: refs, settings, files, the index, and where HEAD stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.change import Change
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.index import entries, put_entries
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.git.work_files import WorkFile, read_work_file, write_work_file
from patchflow.errors import PatchflowError

# How often a part is tried again that could not be taken back: another git may hold its lock for a moment.
_TRIES, _PAUSE = 10, 0.1


class Maker:
    """Brings the parts of a change to what they were or to what they become; what is there already stays."""

    def __init__(self, repository: GitRepository, commands: GitCommands, step: Path) -> None:
        """`step` names the step's file to the git commands, so that they can be told from others."""
        self.repository = repository
        self.commands = commands
        self.env = {"PATCHFLOW_STEP": str(step)}

    # What is there now

    def ref(self, ref: str) -> str:
        """A ref's hash, "" where there is none."""
        found = self.repository.raw.references.get(ref)
        return str(found.resolve().target) if found else ""

    def setting(self, key: str) -> list[str]:
        """The values of a key in this repository's own config."""
        done = self._git("config", "--local", "--get-all", "-z", key)
        return [value for value in done.text.split("\0") if value] if done.code == 0 else []

    def file(self, name: str) -> bytes | None:
        """A state file's content, None where there is none."""
        path = self.repository.state.inside(name)
        return path.read_bytes() if path.is_file() else None

    def entry(self, path: str) -> str:
        """What the index has of a path: mode and blob; "" for nothing."""
        return entries(self.commands, [path]).get(path, "")

    def head(self) -> str:
        """The branch HEAD is on, or the commit where it is on none."""
        return str(self.repository.raw.lookup_reference("HEAD").target).removeprefix("refs/heads/")

    def parts(self, change: Change) -> Iterator[tuple[str, Any, Any, Any]]:
        """(name, now, old, new) of each part that a change is about; where HEAD stands may be changed by anybody."""
        for ref, (old, new) in change.refs.items():
            yield ref.removeprefix("refs/heads/"), self.ref(ref), old, new
        for key, (before, after) in change.settings.items():
            yield key, self.setting(key), before, after
        for name, (was, becomes) in change.files.items():
            yield name, self.file(name), was, becomes
        for path, (entry, next_entry) in change.index.items():
            yield f"what is staged of {path}", self.entry(path), entry, next_entry
        for path, (file, next_file) in change.work.items():
            yield path, read_work_file(self.repository.folder, path), file, next_file

    # Making

    def make(self, change: Change, forward: bool) -> None:
        """Makes the change, or takes it back; raises at the first part that fails."""
        for part in self._actions(change, forward):
            part()
        self.repository.forget_settings()

    def restore(self, change: Change, forward: bool) -> list[str]:
        """The same for a change that is half made, as far as it goes; says what of it still stands."""
        stands: list[str] = []
        for part in self._actions(change, forward):
            try:
                _patiently(part)
            except PatchflowError as error:
                stands.append(" ".join(error.message.split()).rstrip("."))
            except OSError as error:
                stands.append(f"{error.filename}: {error.strerror}")
        self.repository.forget_settings()
        return stands

    def _actions(self, change: Change, forward: bool) -> list[Callable[[], None]]:
        new = 1 if forward else 0
        actions: list[Callable[[], None]] = [
            lambda: self._move_refs(change, forward),
            *(lambda key=key, v=v: self._set(key, v[new]) for key, v in change.settings.items()),
            *(lambda name=name, v=v: self._write(name, v[new]) for name, v in change.files.items()),
            *([lambda: self._stage({path: pair[new] for path, pair in change.index.items()})] if change.index else []),
            *(partial(self._put, path, pair[1 - new], pair[new]) for path, pair in change.work.items()),
        ]
        if head := change.head:
            # On the way back HEAD leaves the branch before that goes, and only where it still stands there.
            actions.insert(len(actions) if forward else 0, partial(self._move_head, head[new], head[1 - new]))
        return actions

    def _set(self, key: str, values: Sequence[str]) -> None:
        if self.setting(key) == list(values):
            return
        if len(values) == 1:
            self._git("config", "--local", "--replace-all", key, values[0], check=True)
            return
        self._git("config", "--local", "--unset-all", key, check=bool(self.setting(key)))
        for value in values:
            self._git("config", "--local", "--add", key, value, check=True)

    def _write(self, name: str, content: bytes | None) -> None:
        path = self.repository.state.inside(name)
        if self.file(name) == content:
            return
        if content is None:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # a folder that was made for it goes, too; one that holds more stays
                path.parent.rmdir()
        else:
            write_atomic(path, content)

    def _stage(self, wanted: Mapping[str, str]) -> None:
        now = entries(self.commands, list(wanted))
        put_entries(self.commands, {path: one for path, one in wanted.items() if one != now.get(path, "")}, self.env)

    def _put(self, path: str, old: WorkFile | None, wanted: WorkFile | None) -> None:
        now = read_work_file(self.repository.folder, path)
        if now == wanted:
            return
        if now != old:
            raise PatchflowError(f"{path} was written by somebody else meanwhile, and stays as it is.")
        write_work_file(self.repository.folder, path, wanted)

    def _move_head(self, place: str, before: str) -> None:
        if self.head() != before:
            return
        on_none = not self.ref(f"refs/heads/{place}")
        done = self._git("switch", "--quiet", *(["--detach"] if on_none else []), place)
        if done.code != 0:
            raise PatchflowError(f"git would not switch to {place}: {done.err_text.strip()}")

    def _move_refs(self, change: Change, forward: bool) -> None:
        """Moves refs; the branch HEAD is on goes through `git reset --keep` where its files change."""
        new, old = (1, 0) if forward else (0, 1)
        plain: list[tuple[str, str, str]] = []
        for ref, pair in change.refs.items():
            now = self.ref(ref)
            if now == pair[new]:
                continue
            if now != pair[old]:
                raise PatchflowError(f"{ref.removeprefix('refs/heads/')} was moved by somebody else, and stays there.")
            here = pair[new] and now and f"refs/heads/{self.head()}" == ref
            if here and not change.keep_index and self._tree(pair[new]) != self._tree(now):
                self._reset(pair[new], change.keep_files, forward)
            else:
                plain.append((ref, pair[new], now))
        if plain:
            self.commands.update_refs(plain, f"patchflow: {'' if forward else 'undo '}{change.title}", self.env)

    def _reset(self, commit: str, keep_files: bool, forward: bool) -> None:
        done = self._git("reset", "--mixed" if keep_files else "--keep", "--quiet", commit)
        if done.code == 0:
            return
        said = done.err_text.strip()
        if "index.lock" in said or "Unable to create" in said:
            raise PatchflowError(f"git would not move the branch: {said}")
        raise PatchflowError(
            f"The work tree has changes that {'this' if forward else 'the undo'} would overwrite: {said}",
            "Commit or stash them first.",
        )

    def _tree(self, commit: str) -> str:
        return self.repository.tree(commit)

    def _git(self, *words: str, check: bool = False) -> Any:
        return self.commands.run(*words, check=check, env=self.env)


def _patiently(part: Callable[[], None]) -> None:
    """Does a part of what has to be taken back, again and again while a lock stands in the way."""
    for left in reversed(range(_TRIES)):
        try:
            part()
            return
        except PatchflowError as error:
            if left == 0 or ".lock" not in error.message:
                raise
            time.sleep(_PAUSE)
