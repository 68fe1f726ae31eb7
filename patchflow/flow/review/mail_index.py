"""The mail index of a clone: where it lies, kept in step with the mail files that were taken in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import one_writer, write_atomic
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.mail.index import MailIndex
from patchflow.adapters.mail.quick_index import mail_cache
from patchflow.adapters.paths import state_path
from patchflow.adapters.process import run_behind
from patchflow.domain.intake import Intake
from patchflow.errors import MissingError, UsageError

if TYPE_CHECKING:
    from patchflow.flow.clone import Clone

_LITTLE = 1_000_000  # bytes of new mail; less is worked on when somebody asks for it


def state_folder(here: Clone) -> Path:
    """The clone's `.git/patchflow`, found without opening the repository: `thread` and `search` must be instant."""
    found = state_path(here.directory)
    if found is None:
        raise MissingError(
            f"{Path(here.directory).resolve()} is in no git repository.",
            "Go to a kernel tree, or name one with `patchflow -C DIR`.",
        )
    return Path(found)


def has_sent(here: Clone) -> bool:
    """Whether any revision was sent from this clone, told from its refs without opening the repository."""
    git = state_folder(here).parent
    if (git / "refs" / "patchflow").is_dir() or (git / "reftable").is_dir():  # whose tables only git reads
        return True
    try:
        return b" refs/patchflow/" in (git / "packed-refs").read_bytes()
    except OSError:
        return False


def mail_store(here: Clone) -> MailIndex:
    """The clone's index, in the cache; mail that stands in no file of the user's is kept in the clone."""
    state = state_folder(here)
    return MailIndex(Path(mail_cache(str(state))), StateDir(state).mail)


def ready_store(here: Clone, note: Callable[[str], None] | None = None) -> MailIndex:
    """The index, with what was added to the mail files since; read anew where the cache was deleted."""
    store = mail_store(here)
    listed = listed_files(here)
    intakes = [store.refresh()] if store.exists else []
    if listed:
        # All of them where the cache was deleted, was damaged or is of another version.
        known = store.paths() if store.exists else []
        intakes += [store.take_in(path) for path in listed if path not in known and Path(path).exists()]
    for intake in intakes:
        for where, why in intake.skipped:
            if note:
                note(f"{where}: {why}.")
    return store


def take_in_file(
    here: Clone, where: str, may_be_empty: bool = False, heard: Callable[[int, float], None] | None = None
) -> Intake:
    """Takes a mail file in and remembers its name with the clone; UsageError where no mail is in it, but for one that
    may be empty as yet."""
    store = mail_store(here)
    intake = store.take_in(where, heard)
    if not may_be_empty and not store.holds(where):
        why = "; ".join(f"{place}: {reason}" for place, reason in intake.skipped[:3])
        raise UsageError(f"There is no mail in {'standard input' if where == '-' else where}.", why)
    _remember(here, store)
    store.close()
    return intake


def read_so_far(count: int, part: float) -> str:
    """How far the reading of a mail file is: mails, and which part of all (0 to 1; below 0 nobody knows)."""
    return f"{count:,} mail{'' if count == 1 else 's'}" + (f", {part:.0%}" if part >= 0 else "")


def work_behind(here: Clone) -> None:
    """After all was taken in: fills the full text and lays threads out where there is much to do, in a process that
    outlives this one, so that nobody waits for it."""
    with closing(mail_store(here)) as store:
        if not store.exists or store.wordless() < _LITTLE:
            return
    code = "import sys; from patchflow.flow.review.behind import main; main(sys.argv[1])"
    run_behind([sys.executable, "-P", "-c", code, str(Path(here.directory).resolve())])


def _sources_path(here: Clone) -> Path:
    return StateDir(state_folder(here)).mail_sources


def listed_files(here: Clone) -> list[str]:
    """The mail files that this clone ever took in."""
    return _names_in(_sources_path(here))


def sent_folders(here: Clone) -> list[str]:
    """The files and folders in which the user's mail programs keep what they sent, as `fetch` last found them named."""
    return _names_in(StateDir(state_folder(here)).sent_mail)


def _names_in(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    return [name for name in text.split("\n") if name]


def _remember(here: Clone, store: MailIndex) -> None:
    if set(store.paths()) <= set(listed_files(here)):
        return
    with one_writer(StateDir(state_folder(here)).lock):  # the ledger's, without opening the repository
        names = list(dict.fromkeys([*listed_files(here), *store.paths()]))
        text = "".join(f"{name}\n" for name in names)
        write_atomic(_sources_path(here), text.encode("utf-8", "surrogateescape"))


def rebuild(here: Clone) -> Intake:
    """Reads all mail files anew that this clone ever took in."""
    store = mail_store(here)
    listed = listed_files(here)
    for path in listed:
        if Path(path).exists() and path not in store.paths():
            store.take_in(path)
    if not store.exists:
        return Intake(0, 0, ())
    intake = store.rebuild()
    store.close()
    work_behind(here)
    return intake
