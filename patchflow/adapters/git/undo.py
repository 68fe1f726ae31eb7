"""Every change of branch, commits or state as one step: under one lock, whole or not at all, and undoable.

A step is written down in step.json before it is made, and step.json becomes its undo record by one rename when it is
whole. A step.json that nobody holds the lock for was cut off: whoever comes next takes it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Any

from patchflow.adapters.files import one_writer, sync_folder, write_atomic
from patchflow.adapters.git.change import Change, Step, dump_change, load_change, made_at
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.making import Maker
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.git.underway import folder_of, underway, work_trees
from patchflow.adapters.kept import set_aside, tell_damage, tell_lost
from patchflow.adapters.paths import private_folder
from patchflow.errors import PatchflowError

KEEP = 200
# Seconds that are waited for a git of a patchflow that was killed.
_ORPHANS = 20.0
_MADE, _UNDONE, _REDONE = "make", "undo", "redo"


class Ledger:
    """Makes changes, takes them back and makes them again: one file a step below .git/patchflow/undo/ and redo/."""

    def __init__(self, repository: GitRepository, commands: GitCommands) -> None:
        self.repository = repository
        self.state = repository.state
        self.folder = self.state.undo
        self.redo_folder = self.state.redo
        self.pending = self.state.step
        self.maker = Maker(repository, commands, self.pending)
        self.recovered = ""

    @contextmanager
    def lock(self, undoing: bool = False) -> Iterator[None]:
        """Nobody else changes this clone's state during the block, and a step that was cut off was taken back.

        `undoing`: where it was being made, that is what the user's undo was for, and redo makes it.
        """
        with one_writer(self.state.lock) as outermost:
            if outermost:
                self.repository.forget_settings()
                self._recover(undoing)
                self._clear_redo()
            yield

    def recover(self) -> str:
        """Takes a step back that was cut off; its title, "" where there is none or its patchflow still lives."""
        if not self.pending.is_file():
            return ""
        with suppress(PatchflowError), one_writer(self.state.lock, 0.0):
            self._recover()
        return self.recovered

    # Planning

    def change(self, title: str) -> Change:
        """Starts a step."""
        return Change(title)

    def set_ref(self, change: Change, ref: str, new: str) -> None:
        """Plans a ref's new hash; "" deletes it."""
        change.refs[ref] = (self.maker.ref(ref), new)

    def move_branch(self, change: Change, branch: str, was: str, new: str) -> None:
        """Plans a branch's new tip, made from the tip it had when it was read; refused where it has moved since."""
        ref = f"refs/heads/{branch}"
        if self.maker.ref(ref) != was:
            raise _changed(branch)
        change.refs[ref] = (was, new)

    def set_config(self, change: Change, key: str, *values: str) -> None:
        """Plans the values of a key of this repository's config; none removes it."""
        change.settings[key] = (self.maker.setting(key), list(values))

    def set_file(self, change: Change, path: Path, content: bytes | None) -> None:
        """Plans a state file's new content; None removes it."""
        name = self.state.name_of(path)
        change.files[name] = (self.maker.file(name), content)

    def set_head(self, change: Change, branch: str) -> None:
        """Plans that HEAD goes to another branch, as `git switch` does: refused where work would be lost."""
        change.head = (self.maker.head(), branch)

    # Making

    def commit(self, change: Change) -> None:
        """Makes the step whole; refused where anything it was made from is different now, taken back where it fails."""
        with self.lock():
            if change.is_empty():
                return
            for part, now, old, _ in self.maker.parts(change):
                if now != old:
                    raise _changed(part)
            self._refuse(change)
            name = self._next_name()
            write_atomic(self.pending, dump_change(change, does=_MADE, name=name))
            self._make(change, True)
            private_folder(str(self.folder))
            self.pending.rename(self.folder / name)
            sync_folder(self.folder)
            if change.sent != ("", ""):  # what was pushed or previewed changes nothing that could be made again
                self._clear_redo(name)
            self._prune()

    def undo(self, expected: str = "", past_sends: bool = False) -> str:
        """Takes back the newest step and returns its title.

        `expected` is the name of the step's file where somebody was asked about that one. PatchflowError where there
        is none, where what it made has changed since, or where its series was sent since (`past_sends` allows that).
        """
        with self.lock(undoing=True):
            if self.recovered:
                return self.recovered
            step = self.newest()
            if step is None:
                raise PatchflowError("There is nothing to undo in this clone.")
            if step.sent_since and not past_sends:
                raise PatchflowError(
                    f"`{step.change.title}` was made before the {step.sent_since}, and belongs to what was sent.",
                    "`patchflow undo --yes` takes it back all the same; the mails stay sent.",
                )
            self._move(step, expected, forward=False)
            return step.change.title

    def redo(self, expected: str = "") -> str:
        """Makes the step again that was taken back last, and returns its title."""
        with self.lock():
            step = self.newest_undone()
            if step is None:
                raise PatchflowError("There is nothing to redo in this clone.")
            self._move(step, expected, forward=True)
            return step.change.title

    def newest(self) -> Step | None:
        """The step that `undo` takes back; PatchflowError where its record or that of a later one is damaged."""
        return next((step for step in self.steps(load_change) if step.change.sent is None), None)

    def steps(self, load: Callable[[Path], tuple[Change, Any] | None] | None = None) -> Iterator[Step]:
        """The steps that were made, newest first, sends among them; a damaged record is told, and left out."""
        sends: list[Change] = []
        for path in sorted(self.folder.glob("*.json"), reverse=True):
            if (found := (load or _loaded)(path)) is None:
                continue
            change = found[0]
            since = next((one.title for one in sends if one.sent and change.is_about(*one.sent)), "")
            if change.sent:
                sends.append(change)
            yield Step(path, made_at(path), change, since)

    def newest_undone(self) -> Step | None:
        """The step that `redo` makes again; PatchflowError where its record is damaged."""
        return next(self.undone(load_change), None)

    def undone(self, load: Callable[[Path], tuple[Change, Any] | None] | None = None) -> Iterator[Step]:
        """The steps that were taken back since the newest was made, in the order in which they are made again; a
        damaged record is told, and left out."""
        newest = self._newest_name()
        for path in sorted(self.redo_folder.glob("*.json")):
            if path.name > newest and (found := (load or _loaded)(path)):
                yield Step(path, made_at(path), found[0])

    def _move(self, step: Step, expected: str, forward: bool) -> None:
        """Makes or takes back a step that stands in a folder, and moves its file to the other."""
        change = step.change
        if expected and step.path.name != expected:
            raise PatchflowError("Something else was changed meanwhile, so nothing was taken back.", "Look again.")
        for part, now, old, new in self.maker.parts(change):
            if now not in (old, new):
                how = f"`git reflog {part}` shows its earlier places." if part in _branches(change) else ""
                verb = "made again" if forward else "taken back"
                raise PatchflowError(f"`{change.title}` cannot be {verb}: {part} has changed since.", how)
        self._refuse(change)
        name = step.path.name
        write_atomic(self.pending, dump_change(change, does=_REDONE if forward else _UNDONE, name=name))
        self._make(change, forward)
        target = (self.folder if forward else self.redo_folder) / name
        private_folder(str(target.parent))
        step.path.rename(target)
        self.pending.unlink()
        sync_folder(self.state.folder)

    def _make(self, change: Change, forward: bool) -> None:
        """Makes the change or takes it back; where that fails, everything is as it was before, or the error says not.

        Ctrl-C counts as a failure: half of a step helps nobody.
        """
        try:
            self.maker.make(change, forward)
        except BaseException as error:
            stands = self.maker.restore(change, not forward)
            if not stands:
                self.pending.unlink(missing_ok=True)
                if isinstance(error, PatchflowError):
                    message = error.message.rstrip().removesuffix(".") + "."
                    raise type(error)(message, f"Nothing was changed. {error.hint}".strip()) from error
                raise
            raise PatchflowError(
                f"`{change.title}` failed halfway ({_words(error)}) and could not be taken back whole: "
                f"{'; '.join(stands)}.",
                "Fix that, then `patchflow undo` takes the rest back.",
            ) from error

    def _refuse(self, change: Change) -> None:
        """No branch moves while git is in the middle of something, nor under the feet of another work tree."""
        if not change.is_of_a_branch():
            return
        here = self.repository.git_dir.resolve()
        if now := underway(here):
            raise PatchflowError(f"Git is in the middle of a {now.what} here, so no branch was changed.",
                                 f"{now.ends.capitalize()} comes first.")  # fmt: skip
        moved = {ref.removeprefix("refs/heads/") for ref, (old, new) in change.refs.items() if old != new}
        at = [(git_dir, branch) for git_dir, branch in work_trees(self.repository.common) if branch in moved]
        for git_dir, branch in at:
            if git_dir.resolve() != here:
                other, folder = underway(git_dir), folder_of(git_dir)
                raise PatchflowError(
                    f"{branch} is checked out in {folder}" + (f", in the middle of a {other.what}" if other else "")
                    + ", so it was not changed from here.",
                    "Run this again there." if len(at) == 1 or other else
                    f"Run `git -C {quote(str(folder))} switch --detach`, then this, then `git switch {branch}` there.",
                )  # fmt: skip

    # What was cut off

    def _recover(self, undoing: bool = False) -> None:
        self.recovered = ""
        if not self.pending.is_file():
            return
        try:
            change, row = load_change(self.pending)
        except PatchflowError:  # nobody can take that back, and no later change may wait for it
            tell_damage(self.pending, ValueError("a change was cut off, and how to take it back is lost"))
            if aside := set_aside(self.pending):
                self.pending.unlink()
                tell_lost(self.pending, aside)
                return
            raise
        self._wait_for_orphans()
        forward, name = row.get("does") != _UNDONE, str(row.get("name", ""))
        if not self._is_whole(row, name) and (stands := self.maker.restore(change, not forward)):
            raise PatchflowError(
                f"`{change.title}` was cut off, and cannot be taken back whole: {'; '.join(stands)}.",
                "Fix that, then run this again.",
            )
        if not undoing:
            self.recovered = change.title
            self.pending.unlink()
        elif row.get("does") == _MADE:
            self.recovered = change.title
            for older in self.redo_folder.glob("*.json"):
                older.unlink()  # as its making would have done
            private_folder(str(self.redo_folder))
            self.pending.rename(self.redo_folder / name)
        else:
            self.pending.unlink()

    def _is_whole(self, row: dict[str, Any], name: str) -> bool:
        """Whether an undo or redo had moved its file already, which is the last thing it does."""
        target = {_UNDONE: self.redo_folder, _REDONE: self.folder}.get(row.get("does", ""))
        return target is not None and (target / name).is_file()

    def _wait_for_orphans(self) -> None:
        """A git that a killed patchflow started may still be at work: it carries the step's path in its environment."""
        mark = f"PATCHFLOW_STEP={self.pending}\0".encode("utf-8", "surrogateescape")
        until = time.monotonic() + _ORPHANS
        while time.monotonic() < until and any(_is_git_of(one, mark) for one in Path("/proc").glob("[0-9]*")):
            time.sleep(0.02)

    def _next_name(self) -> str:
        names = [path.name for folder in (self.folder, self.redo_folder) for path in folder.glob("[0-9]*-*.json")]
        number = int(max(names).split("-")[0]) + 1 if names else 1
        return f"{number:06d}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"

    def _newest_name(self) -> str:
        """The newest step that `undo` does not pass over; what is damaged may be one."""
        for path in sorted(self.folder.glob("*.json"), reverse=True):
            if (found := _loaded(path)) is None or found[0].sent is None:
                return path.name
        return ""

    def _clear_redo(self, newest: str = "") -> None:
        """What was taken back before a newer step was made is not made again: its number is the lower one."""
        if paths := list(self.redo_folder.glob("*.json")):
            newest = newest or self._newest_name()
            for path in paths:
                if path.name < newest:
                    path.unlink()

    def _prune(self) -> None:
        for old in sorted(self.folder.glob("*.json"))[:-KEEP]:
            old.unlink(missing_ok=True)


def _loaded(path: Path) -> tuple[Change, Any] | None:
    try:
        return load_change(path)
    except PatchflowError as error:
        tell_damage(path, error.__cause__ or error)
        return None


def _branches(change: Change) -> list[str]:
    return [ref.removeprefix("refs/heads/") for ref in change.refs if ref.startswith("refs/heads/")]


def _changed(part: str) -> PatchflowError:
    return PatchflowError(
        f"{part} was changed since it was read here, so nothing was written over it.",
        "Look at it as it stands now, and do it again.",
    )


def _words(error: BaseException) -> str:
    return error.message if isinstance(error, PatchflowError) else f"{type(error).__name__} {error}".strip()


def _is_git_of(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "environ").read_bytes() and (process / "comm").read_bytes().startswith(b"git")
    except OSError:
        return False
