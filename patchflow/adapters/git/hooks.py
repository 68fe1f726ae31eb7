"""Installs and removes the git hooks: stubs that start a recorded interpreter and run what stood there before."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patchflow.adapters.files import one_writer, write_atomic
from patchflow.adapters.trust import state_folder
from patchflow.errors import PatchflowError
from patchflow.values import dataclass

MARK = "# Installed by `patchflow hook install`"
_OLD = ".before-patchflow"
# The hooks that need no library start without site-packages, which saves them a third of their time.
_LIGHT_FLAGS, _FLAGS = "-I -S", "-I"


@dataclass(frozen=True, slots=True)
class HookState:
    """One hook: `state` is ours, other, none or stale (ours, but starting something else); `chained` is the
    hook that runs before ours, "" where there is none."""

    name: str
    path: Path
    state: str
    chained: str = ""


class HookFolder:
    """The folder git looks for hooks in."""

    def __init__(self, folder: Path, template: str, program: Path, light: tuple[str, ...]) -> None:
        """`template` is the stub's text; `program` what it starts; `light` the hooks that need no library."""
        self.folder = folder
        self.template = template
        self.program = program
        self.light = light

    def state(self, name: str) -> HookState:
        """What stands there under a hook's name."""
        path = self.folder / name
        old = self._old(name)
        chained = str(old) if _exists(old) else ""
        if not _exists(path):
            return HookState(name, path, "none", chained)
        if not _is_ours(path):
            return HookState(name, path, "other")
        same = path.read_bytes() == self._stub(name, _made_of(path))
        return HookState(name, path, "ours" if same else "stale", chained)

    def install(self, name: str) -> HookState:
        """Puts our stub there; a hook that stands there is kept beside it and runs first. Twice is once."""
        with _one_at_a_time():
            return self._install(name)

    def _install(self, name: str) -> HookState:
        path, old = self.folder / name, self._old(name)
        made = ""
        if _exists(path) and _is_ours(path):
            made = _made_of(path)
        else:
            # A kill between the two steps below leaves the hook under both names.
            if _exists(path) and _exists(old) and not _is_same(path, old):
                raise PatchflowError(
                    f"{path} is not patchflow's, and {old} holds an older hook already.",
                    f"Something replaced patchflow's hook: move one away, then `patchflow hook install {name}`.",
                )
            made = self._make_folder()
            if _exists(path) and not _exists(old):
                os.link(path, old, follow_symlinks=False)
        try:
            write_atomic(path, self._stub(name, made), 0o755)
        except OSError:
            if _exists(old) and _exists(path) and _is_same(path, old):
                old.unlink()
            raise
        return self.state(name)

    def uninstall(self, name: str) -> bool:
        """Takes our stub away and puts back what stood there, byte for byte; False where it is not ours."""
        with _one_at_a_time():
            return self._uninstall(name)

    def _uninstall(self, name: str) -> bool:
        path, old = self.folder / name, self._old(name)
        if not _exists(path) or not _is_ours(path):
            return False
        made = _made_of(path)
        if _exists(old):
            old.replace(path)
        else:
            path.unlink()
        self._remove_folder(made)
        return True

    def _old(self, name: str) -> Path:
        return self.folder / f"{name}{_OLD}"

    def _stub(self, name: str, made: str) -> bytes:
        values = {
            "@NAME@": name,
            "@PYTHON@": shlex.quote(interpreter()),
            "@PROGRAM@": shlex.quote(str(self.program)),
            "@MADE@": shlex.quote(made),
            "@FLAGS@": _LIGHT_FLAGS if name in self.light else _FLAGS,
        }
        text = self.template
        for word, value in values.items():
            text = text.replace(word, value)
        return text.encode("utf-8", "surrogateescape")

    def _make_folder(self) -> str:
        """Makes the folder; the topmost one that was not there before is written into the stub."""
        missing = [at for at in (self.folder, *self.folder.parents) if not at.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        return str(missing[-1]) if missing else self._made_by_others()

    def _made_by_others(self) -> str:
        """What another stub of ours says of the folder: the last one to go takes it away."""
        ours = (path for path in sorted(self.folder.iterdir()) if path.is_file() and _is_ours(path))
        return next((made for path in ours if (made := _made_of(path))), "")

    def _remove_folder(self, made: str) -> None:
        if not made:
            return
        for at in (self.folder, *self.folder.parents):
            if any(at.iterdir()):
                return
            at.rmdir()
            if str(at) == made:
                return


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A lock of the user's, not of a clone: core.hooksPath may be shared by many."""
    with one_writer(state_folder() / "hooks.lock"):
        yield


def interpreter() -> str:
    """The interpreter to record: the real program, never a shim that looks one up at every start."""
    for name in (sys.executable, getattr(sys, "_base_executable", "")):
        if name and Path(name).is_file():
            with Path(name).open("rb") as file:
                if file.read(2) != b"#!":
                    return str(Path(name).absolute())
    raise PatchflowError("The Python interpreter that runs patchflow cannot be found.", "Start patchflow by its path.")


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _is_same(one: Path, other: Path) -> bool:
    return one.lstat().st_ino == other.lstat().st_ino and one.lstat().st_dev == other.lstat().st_dev


def _is_ours(path: Path) -> bool:
    try:
        return MARK.encode() in path.read_bytes()[:400]
    except OSError:
        return False


def _made_of(path: Path) -> str:
    """The folder a stub of ours says was made for it."""
    for line in path.read_bytes().decode("utf-8", "surrogateescape").split("\n"):
        if line.startswith("name="):
            words = dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
            return words.get("made", "")
    return ""
