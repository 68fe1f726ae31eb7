"""Text in the user's editor."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

from patchflow.adapters.files import exclusive, write_atomic
from patchflow.adapters.process import run_interactive
from patchflow.errors import OutsideError, UsageError
from patchflow.flow.clone import Clone
from patchflow.formats.mail.charset import utf8


def edit_text(here: Clone, name: str, text: str) -> str:
    """Opens text in the user's editor (git's choice of it) and returns what was saved.

    The buffer lives in .git/patchflow/edit/, so that a crash of the editor or of this process does not lose it: what
    was left there stays as NAME.left-HASH, which no later edit writes over. What was saved last stays as NAME.last, for
    whom the change it was meant for fails. One edits it at a time.
    """
    path = here.repository.state.edit(name)
    with exclusive(path.with_name(f"{name}.lock"), f"editing {name}"):
        return _edited(here, path, text)


def _edited(here: Clone, path: Path, text: str) -> str:
    _put_aside(path)
    write_atomic(path, text.encode("utf-8", "surrogateescape"))
    editor = here.git.run("var", "GIT_EDITOR").text.strip()
    # git runs the editor through the shell too, because people set it with arguments.
    code = run_interactive(
        ["sh", "-c", f'{editor} "$@"', shlex.split(editor)[0], str(path)], cwd=here.repository.folder
    )
    if code != 0:
        raise OutsideError(
            f"The editor `{editor}` ended with status {code}; nothing was changed.",
            f"Your text is in {_put_aside(path)}.{_another(code)}",
        )
    content = utf8(path.read_bytes(), str(path))
    path.replace(path.with_name(f"{path.name}.last"))
    return content


def _put_aside(path: Path) -> Path:
    """Moves a buffer that nobody took to a place of its own; that place."""
    if not path.is_file():
        return path
    left = path.with_name(f"{path.name}.left-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}")
    return path.replace(left)


def open_file(here: Clone, path: str, line: int = 0) -> None:
    """Opens a file of the work tree in the user's editor, at a line where one is named (as `+LINE`)."""
    target = (here.repository.folder / path).resolve()
    if not target.is_file() or not target.is_relative_to(here.repository.folder.resolve()):
        raise UsageError(f"{path} is not a file of this work tree.")
    editor = here.git.run("var", "GIT_EDITOR").text.strip()
    place = [f"+{line}"] if line else []
    argv = ["sh", "-c", f'{editor} "$@"', shlex.split(editor)[0], *place, str(target)]
    if code := run_interactive(argv, cwd=here.repository.folder):
        raise OutsideError(f"The editor `{editor}` ended with status {code}.{_another(code)}")


def _another(code: int) -> str:
    """How to name an editor, where the shell found none by this name."""
    return " `git config --global core.editor nano` names one that is installed." if code == 127 else ""
