"""Every change of branch, commits or state as one undoable step, written down before it is made."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.places import private_folder
from patchflow.errors import PatchflowError

KEEP = 200


@dataclass
class Change:
    """A step being put together: refs, branch settings, files of .git/patchflow, and where HEAD goes.

    `keep_files`: the work tree's files stay as they are when the branch moves, in both directions.
    """

    title: str
    refs: dict[str, tuple[str, str]] = field(default_factory=dict)
    settings: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    files: dict[str, tuple[bytes | None, bytes | None]] = field(default_factory=dict)
    head: tuple[str, str] | None = None
    keep_files: bool = False


class Ledger:
    """Makes changes and takes them back. One file a step under .git/patchflow/undo/, newest last."""

    def __init__(self, repository: GitRepository, commands: GitCommands) -> None:
        self.repository = repository
        self.commands = commands
        self.folder = repository.state_dir / "undo"

    def change(self, title: str) -> Change:
        """Starts a step."""
        return Change(title)

    def set_ref(self, change: Change, ref: str, new: str) -> None:
        """Plans a ref's new hash; "" deletes it."""
        change.refs[ref] = (self.repository.refs(ref).get(ref, ""), new)

    def move_branch(self, change: Change, branch: str, was: str, new: str) -> None:
        """Plans a branch's new tip, made from the tip it had when it was read; refused where it has moved since."""
        ref = f"refs/heads/{branch}"
        if self.repository.refs(ref).get(ref, "") != was:
            raise PatchflowError(
                f"{branch} was changed since it was read here, so nothing was written over it.",
                "Look at it as it stands now, and do it again.",
            )
        change.refs[ref] = (was, new)

    def set_config(self, change: Change, key: str, *values: str) -> None:
        """Plans the values of a key of this repository's config; none removes it."""
        change.settings[key] = (self._local(key), list(values))

    def set_file(self, change: Change, path: Path, content: bytes | None) -> None:
        """Plans a state file's new content; None removes it."""
        name = str(path.relative_to(self.repository.state_dir))
        change.files[name] = (path.read_bytes() if path.is_file() else None, content)

    def set_head(self, change: Change, branch: str) -> None:
        """Plans that HEAD goes to another branch, as `git switch` does: refused where work would be lost."""
        change.head = (self._head(), branch)

    def commit(self, change: Change) -> None:
        """Writes the step down, then makes it."""
        step = self._write(change)
        try:
            self._apply(change, forward=True)
        except BaseException:
            step.unlink(missing_ok=True)
            raise

    def undo(self) -> str:
        """Takes back the newest step and returns its title; PatchflowError where there is none or it moved on."""
        steps = sorted(self.folder.glob("*.json"))
        if not steps:
            raise PatchflowError("There is nothing to undo in this clone.")
        change = _read(steps[-1])
        for ref, (_, new) in change.refs.items():
            now = self.repository.refs(ref).get(ref, "")
            if now not in (new, change.refs[ref][0]):
                raise PatchflowError(
                    f"`{change.title}` cannot be taken back: {ref} has moved since.",
                    f"`git reflog {ref.removeprefix('refs/heads/')}` shows its earlier places.",
                )
        self._apply(change, forward=False)
        steps[-1].unlink()
        return change.title

    def titles(self) -> list[str]:
        """The steps that can be taken back, newest first."""
        return [_read(step).title for step in sorted(self.folder.glob("*.json"), reverse=True)]

    def _local(self, key: str) -> list[str]:
        done = self.commands.run("config", "--local", "--get-all", "-z", key, check=False)
        return [value for value in done.text.split("\0") if value] if done.code == 0 else []

    def _write(self, change: Change) -> Path:
        private_folder(str(self.folder))
        steps = sorted(self.folder.glob("*.json"))
        for old in steps[: max(0, len(steps) - KEEP)]:
            old.unlink(missing_ok=True)
        number = int(steps[-1].name.split("-")[0]) + 1 if steps else 1
        path = self.folder / f"{number:06d}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
        write_atomic(path, json.dumps(_plain(change), indent=1).encode())
        return path

    def _apply(self, change: Change, forward: bool) -> None:
        new, old = (1, 0) if forward else (0, 1)
        if change.head and not forward and self._head() == change.head[1]:
            self._move_head(change.head[0])
        self._move_refs([(ref, pair[new], pair[old]) for ref, pair in change.refs.items()], change, forward)
        for key, values in change.settings.items():
            self.commands.run("config", "--local", "--unset-all", key, check=False)
            for value in values[new]:
                self.commands.run("config", "--local", "--add", key, value)
        self.repository.forget_settings()
        for name, contents in change.files.items():
            path, content = self.repository.state_dir / name, contents[new]
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write_atomic(path, content)
        if change.head and forward:
            self._move_head(change.head[1])

    def _head(self) -> str:
        """The branch HEAD is on, or the commit where it is on none."""
        return str(self.repository.raw.lookup_reference("HEAD").target).removeprefix("refs/heads/")

    def _move_head(self, place: str) -> None:
        on_none = f"refs/heads/{place}" not in self.repository.refs("refs/heads/")
        done = self.commands.run("switch", "--quiet", *(["--detach"] if on_none else []), place, check=False)
        if done.code != 0:
            raise PatchflowError(f"git would not switch to {place}: {done.err_text.strip()}", "Nothing was changed.")

    def _move_refs(self, rows: Sequence[tuple[str, str, str]], change: Change, forward: bool) -> None:
        """Moves refs; the branch HEAD is on goes through `git reset --keep` where its files change."""
        have = self.repository.refs("refs/")
        rows = [row for row in rows if have.get(row[0], "") != row[1]]
        plain: list[tuple[str, str, str]] = []
        for ref, new, old in rows:
            if new and old and self._is_checked_out(ref) and self._tree(new) != self._tree(old):
                how = "--mixed" if change.keep_files else "--keep"
                done = self.commands.run("reset", how, "--quiet", new, check=False)
                if done.code != 0:
                    raise PatchflowError(
                        f"The work tree has changes that {'this' if forward else 'the undo'} would overwrite: "
                        f"{done.err_text.strip()}",
                        "Commit or stash them first.",
                    )
            else:
                plain.append((ref, new, old))
        if plain:
            self.commands.update_refs(plain, f"patchflow: {'' if forward else 'undo '}{change.title}")

    def _is_checked_out(self, ref: str) -> bool:
        return f"refs/heads/{self._head()}" == ref

    def _tree(self, commit: str) -> str:
        return self.repository.tree(commit)


def _plain(change: Change) -> dict[str, Any]:
    def coded(content: bytes | None) -> str | None:
        return None if content is None else base64.b64encode(content).decode()

    return {
        "title": change.title,
        "refs": change.refs,
        "settings": change.settings,
        "files": {name: [coded(old), coded(new)] for name, (old, new) in change.files.items()},
        "head": change.head,
        "keep_files": change.keep_files,
    }


def _read(path: Path) -> Change:
    def decoded(text: str | None) -> bytes | None:
        return None if text is None else base64.b64decode(text)

    try:
        row = json.loads(path.read_bytes())
        return Change(
            title=row["title"],
            refs={ref: (old, new) for ref, (old, new) in row["refs"].items()},
            settings={key: (old, new) for key, (old, new) in row["settings"].items()},
            files={name: (decoded(old), decoded(new)) for name, (old, new) in row["files"].items()},
            head=tuple(row["head"]) if row["head"] else None,
            keep_files=bool(row.get("keep_files")),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PatchflowError(f"The undo step {path} is damaged: {error}.", "Remove that file to go on.") from error
