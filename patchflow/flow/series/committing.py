"""Commits what is staged, as `git commit` does, and as one undoable step: after an undo it is staged again.

The user's hooks run (pre-commit, prepare-commit-msg, commit-msg, post-commit), and commit.gpgSign holds.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import write_atomic
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.check.run import check_loose, staged_patch
from patchflow.flow.series.rewrite import current
from patchflow.formats.patch.message_file import clean_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchflow.domain.finding import Finding
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone

NAME = "commit"  # of the text that is kept while one writes


def begun(here: Clone, name: str) -> str:
    """The message that was begun and not committed, "" for none."""
    path = here.repository.state.edit(f"{name}.begun")
    return path.read_text("utf-8", "surrogateescape") if path.is_file() else ""


def keep(here: Clone, name: str, text: str) -> None:
    """Keeps a message that is being written."""
    path = here.repository.state.edit(f"{name}.begun")
    if text.strip():
        write_atomic(path, text.encode("utf-8", "surrogateescape"))
    else:
        path.unlink(missing_ok=True)


def first_words(here: Clone) -> str:
    """What a new message begins with: what was begun, else what the prepare-commit-msg hook and commit.template make of
    an empty one, with the author's sign-off."""
    if text := begun(here, NAME):
        return text
    me = here.repository.identity()
    sign = f"Signed-off-by: {me.name} <{me.email}>"
    path = _message_file(here)
    template = here.repository.config("commit.template")
    text = ""
    if template:
        with suppress(OSError):
            text = (here.repository.folder / Path(template).expanduser()).read_text("utf-8", "replace")
    write_atomic(path, text.encode("utf-8", "surrogateescape"))
    _hook(here, "prepare-commit-msg", str(path), *(["template"] if text else []), edited=True)
    text = path.read_text("utf-8", "surrogateescape")
    return text if sign in text else f"{text.rstrip(chr(10))}\n\n{sign}\n"


def judged_words(here: Clone, facts: Profile, patch: Patch, message: str) -> tuple[Finding, ...]:
    """What the commit-msg hook would say of a message."""
    words = replace(patch, message=clean_message(message.encode("utf-8", "surrogateescape")), diff="", files=())
    return tuple(check_loose(here, facts, [words], script=False, series=False).all()) if message.strip() else ()


def judged_code(here: Clone, facts: Profile, patch: Patch) -> tuple[Finding, ...]:
    """What the pre-commit hook would say of a patch."""
    return tuple(check_loose(here, facts, [patch], series=False, kinds=("patch",), bare=True).all())


def staged(here: Clone) -> Patch:
    """What would be committed; UsageError where nothing is staged."""
    patch = staged_patch(here)
    if patch is None:
        raise UsageError("Nothing is staged.", "Stage a file, a hunk or a line first.")
    return patch


def commit(here: Clone, series: Series, message: str) -> None:
    """Commits what is staged on top of the series' branch. PatchflowError where a hook stops it, with what it said."""
    if current(here) != series.branch:
        raise PatchflowError(f"The work tree is on another branch than {series.branch}.", "`git switch` to it first.")
    if series.head:
        raise PatchflowError(
            f"{series.branch} ends with b4's cover commit, above which a patch would not belong to the series.",
            "`git commit` below it, or use another of b4's cover strategies.",
        )
    staged(here)
    _hook(here, "pre-commit")
    path = _message_file(here)
    write_atomic(path, clean_message(message.encode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"))
    _hook(here, "commit-msg", str(path))
    content = clean_message(path.read_bytes(), keep_comments=True)
    if not content.strip():
        raise UsageError("The message is empty.", "Nothing was committed.")
    tree = here.git.run("write-tree").text.strip()
    sign = ["-S"] if (here.repository.config("commit.gpgsign") or "").lower() in ("true", "yes", "on", "1") else []
    words = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", *sign, "-p", series.branch_tip, tree)
    made = here.git.run(*words, stdin=content.encode("utf-8", "surrogateescape")).text.strip()
    with here.store.changing(series):
        change = here.store.ledger.change(f"commit {content.partition(chr(10))[0][:60]}")
        change.keep_files = change.keep_index = True
        here.store.ledger.move_branch(change, series.branch, series.branch_tip, made)
        here.store.ledger.commit(change)
    keep(here, NAME, "")
    here.git.run("hook", "run", "--ignore-missing", "post-commit", check=False)


def _message_file(here: Clone) -> Path:
    """What hooks get to read and to change; git's own COMMIT_EDITMSG may hold a message that somebody wants back."""
    return here.repository.state.edit("commit-message")


def _hook(here: Clone, name: str, *arguments: str, edited: bool = False) -> None:
    words: Sequence[str] = ("--", *arguments) if arguments else ()
    done = here.git.run(
        "hook", "run", "--ignore-missing", name, *words, check=False, env={} if edited else {"GIT_EDITOR": ":"}
    )
    if done.code:
        said = " ".join((done.err_text or done.text).split())[:600]
        raise PatchflowError(f"The hook {name} stopped the commit: {said or f'it ended with {done.code}'}.",
                             "Nothing was committed; the message is kept.")  # fmt: skip
