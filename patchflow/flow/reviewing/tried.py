"""A series out of a mail file as what `try` works on: commits made on scratch, no work tree touched."""

from __future__ import annotations

import hashlib

from patchflow.adapters.git.scratch import commits_on
from patchflow.adapters.trust import consent_to_received, is_run
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.look import base_of, take
from patchflow.flow.reviewing.mails import read_mail_file
from patchflow.flow.reviewing.received import Note
from patchflow.flow.reviewing.worktree import prerequisites, refuse_hostile
from patchflow.flow.try_.build import Tried


def tried_file(here: Clone, where: str, note: Note) -> Tried:
    """The newest series in a mail file, as commits on its base. Code that it brings and a build would run is asked
    about. PatchflowError where it is not whole, nobody here has its base, or it does not apply there."""
    taken = take(read_mail_file(where, note))
    for text in taken.chosen.notes:
        note(text)
    if taken.faults:
        raise PatchflowError(f"This series cannot be applied. {' '.join(taken.faults[:5])}", _SHOWS)
    base, first = base_of(here, taken), prerequisites(here, taken)
    for text in first.notes:
        note(text)
    if not base.commit:
        raise PatchflowError(f"Nobody here has the base of this series: {base.how}.", "Fetch the tree it was made on.")
    note(f"on {base.commit[:12]} ({base.how})")
    patches = (*first.patches, *taken.patches)
    refuse_hostile(here, base.commit, patches)
    made = commits_on(here.git, base.commit, [one.patch for one in patches])
    if made.said:
        raise PatchflowError(
            f"The series does not apply to {base.commit[:12]}: {made.said}.",
            "`patchflow review apply` shows the conflicts in a work tree of their own.",
        )
    count = len(first.patches)
    start = made.commits[count - 1] if count else base.commit
    _ask(here, base.commit, made.tip)
    here.repository.preload(list(made.commits[count:]))
    return Tried(start, made.tip, tuple(here.repository.patch(commit) for commit in made.commits[count:]))


_SHOWS = "`patchflow review FILE` shows what is at hand."


def _ask(here: Clone, base: str, tip: str) -> None:
    """Asks about what of the series a build would run."""
    words = ["diff-tree", "-r", "-z", "--raw", "--no-renames", base, tip]
    rows = here.git.run(*words).out.decode("utf-8", "surrogateescape").split("\0")
    brought: dict[str, str] = {}
    for about, path in zip(rows[::2], rows[1::2], strict=False):
        folder = path.rpartition("/")[0]
        files = (here.repository.read_blob(tip, f"{folder}/{name}".lstrip("/")) for name in ("Makefile", "Kbuild"))
        makefile = "".join((text or b"").decode("utf-8", "replace") for text in files)
        if is_run(path, makefile, link=about.split()[1] == "120000"):
            brought[path] = hashlib.sha256(here.repository.read_blob(tip, path) or b"").hexdigest()
    consent_to_received(here.repository.folder, brought)
