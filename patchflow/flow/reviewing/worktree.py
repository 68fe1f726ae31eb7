"""Applies a series that came by mail in a work tree of its own, goes on after a conflict, and removes it again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from patchflow import lazy_re
from patchflow.adapters.files import exists, scratch_folder, write_atomic
from patchflow.adapters.git.mail_reader import received
from patchflow.adapters.git.scratch import QUIET
from patchflow.adapters.git.underway import folder_of as folder_of_git
from patchflow.adapters.git.underway import underway
from patchflow.adapters.kept import is_damaged
from patchflow.adapters.trust import BASE_FILE
from patchflow.domain.received import ReceivedPatch
from patchflow.errors import MissingError, PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.reviewing.bases import Base
from patchflow.flow.reviewing.look import Taken, base_of, patch_ids
from patchflow.flow.reviewing.prerequisites import Needed, needed
from patchflow.flow.reviewing.received import for_git, received_patch, received_patches
from patchflow.flow.reviewing.reviews import APPLIED, MAKING, STOPPED, Review, Step, again, folder_of, keep, write
from patchflow.flow.reviewing.standing import standing
from patchflow.flow.reviewing.taken_in import with_threads_of
from patchflow.flow.reviewing.written import read_written
from patchflow.formats.mail.classify import has_diff
from patchflow.formats.patch.hostile import first_hostile, new_paths
from patchflow.values import dataclass

_AM = (
    "am",
    "--3way",
    "--quiet",
    "--scissors",
    "--no-keep-cr",
    "--whitespace=nowarn",
    "--patch-format=mbox",
    "--no-gpg-sign",
)
_WHERE = lazy_re.compile(
    r"^error: (?:patch failed: )?(?P<path>[^:\n]+):(?: ?(?P<line>\d+)$| (?P<why>[^\n]+))", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class FileConflict:
    """A file that does not apply, and why, in words."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a series is in its work tree; `conflicts` are what stops it, `said` what git said where no file does."""

    review: Review
    conflicts: tuple[FileConflict, ...] = ()
    said: str = ""
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every patch is applied."""
        return self.review.phase == APPLIED


def apply(here: Clone, taken: Taken, folder: str = "") -> Applied:
    """Applies a series in a work tree of its own, its prerequisites first; where that was done already, says so.

    PatchflowError where a part is missing or hostile, or no commit here could be its base: nothing is written then.
    """
    with here.store.ledger.lock():
        review = keep(here, taken)  # here, so that nobody applies it between
        if taken.faults:
            raise PatchflowError(f"This series cannot be applied. {' '.join(taken.faults[:5])}", _MEND)
        review = _left_over(here, review)
        if review.phase in (STOPPED, APPLIED):
            return _state(here, review)
        base = base_of(here, taken)
        first = prerequisites(here, taken)
        if not base.commit and not first.patches:
            raise PatchflowError(f"Nobody here has the base of this series: {base.how}.", _FETCH)
        base = base if base.commit else _head(here)
        patches = (*first.patches, *taken.patches)
        refuse_hostile(here, base.commit, patches)
        place = Path(here.directory, folder).resolve() if folder else _place(here, review.name)
        if exists(str(place)):
            raise UsageError(f"{place} exists already.", "Name another folder with --in DIR.")
        steps = [
            Step(one.message_id, one.patch.subject, before=n < len(first.patches), author=one.patch.author.email)
            for n, one in enumerate(patches)
        ]
        before = review
        review = replace(review, base=base.commit, how=base.how, folder=str(place), phase=MAKING, steps=tuple(steps))
        write(here, review)
        done = here.git.run(*QUIET, "worktree", "add", "-q", "--detach", str(place), base.commit, check=False)
        if done.code:
            write(here, before)
            why = _complaints(done.err_text) or "git did not say why"
            raise PatchflowError(f"The folder {place} cannot be made: {why}.", "Name another folder with --in DIR.")
        there = Clone(str(place))
        # adapters/trust.py compares with this: what the patches bring is not what the user checked out.
        write_atomic(there.repository.git_dir / BASE_FILE, f"{base.commit}\n".encode())
        made = _am(here, there, review, [one.raw for one in patches])
        return replace(made, notes=first.notes)


_MEND = "`patchflow review` shows what is at hand; --revision N takes another version."
_FETCH = "Fetch the tree it was made on (`git fetch REMOTE`), and run this again."


def go_on(here: Clone, review: Review) -> Applied:
    """Goes on in the work tree where a conflict was resolved."""
    with here.store.ledger.lock():
        review = again(here, review)
        there = _there(review)
        if underway(there.repository.git_dir):
            if conflicts := _unmerged(there):
                return Applied(review, conflicts)
            done = there.git.run(*QUIET, "am", "--continue", check=False, env=_committer(here))
            return _outcome(here, there, review, done.err_text)
        made = _outcome(here, there, review, "")
        if not made.whole:
            raise UsageError(
                f"git am was given up in {review.folder}.", f"`patchflow review apply {review.name}` starts anew."
            )
        return made


def drop(here: Clone, review: Review, force: bool = False) -> Path | None:
    """Removes the work tree of a review and what is kept of it; the work tree's folder, None where there was none.

    PatchflowError where somebody worked there, or what was written about it was not sent, unless `force`.
    """
    with here.store.ledger.lock():
        review = again(here, review)
        folder = Path(review.folder) if review.folder else None
        if folder and folder.resolve() == here.repository.folder.resolve():
            other = f"`patchflow -C DIR review drop {review.name}`"
            raise UsageError("This work tree cannot remove itself.", f"Run it elsewhere: {other}.")
        there = folder is not None and (folder / ".git").is_file()
        waits = read_written(here, review.name).waits
        if not force and is_damaged(path := here.repository.state.review_draft(review.name)):
            raise PatchflowError(
                f"What you wrote about {review.name} cannot be read, so nobody knows whether all of it was sent.",
                f"Look into {path}; --force removes it.",
            )
        if not force and waits:
            raise PatchflowError(
                f"You wrote remarks or tags about {review.name} that were not sent.",
                "`patchflow review send` sends them, --force removes them with it.",
            )
        if there and not force:
            _refuse_own_work(here, review)
        if folder:
            _remove(here, folder)
        shutil.rmtree(folder_of(here, review.name), ignore_errors=True)
    return folder if there else None


def _refuse_own_work(here: Clone, review: Review) -> None:
    """PatchflowError where the work tree holds work of the user's; what they did with git is kept as its state."""
    if review.phase == MAKING and not _was_whole(here, review):
        return
    there = Clone(review.folder)
    try:
        going = underway(there.repository.git_dir)
        dirty = [] if going and going.what == "am" else there.git.is_dirty()
        if review.phase == APPLIED:
            own = there.repository.try_resolve("HEAD") != review.tip
        else:
            review, own = standing(there, review)
            write(here, review)
    except PatchflowError as error:
        said = f"Nobody can tell whether you worked in {review.folder}: {error.message}"
        raise PatchflowError(said, "--force removes it all the same.") from error
    if dirty or own:
        what = f"changed files ({', '.join(dirty[:3])})" if dirty else "commits of your own"
        raise PatchflowError(f"{review.folder} holds {what}.", "--force removes it with them.")


def tell(made: Applied) -> list[str]:
    """How an application went, for a person."""
    review = made.review
    count = len(review.steps)
    before = sum(step.before for step in review.steps)
    also = f", {before} prerequisite{'s' if before > 1 else ''} among them" if before else ""
    rows = [
        *made.notes,
        f"{review.done} of {count} patches applied{also}, on {review.base[:12]} ({review.how})",
        f"in {review.folder}",
        *(f"skipped: {step.title}" for step in review.steps if step.skipped),
    ]
    if made.whole:
        return rows
    at = next((step for step in review.steps if not step.commit and not step.skipped), review.steps[-1])
    rows.append(f"stopped at: {at.title}")
    rows += [f"  {one.path}: {one.why}" for one in made.conflicts]
    rows += [f"  git says: {made.said}"] if made.said and not made.conflicts else []
    rows.append("Resolve it there, `git add` the files, then `patchflow review apply --continue`;")
    rows.append(f"`patchflow review drop {review.name}` gives it up.")
    return rows


def applied_document(made: Applied) -> dict[str, Any]:
    """The same for scripts."""
    review = made.review
    return {
        "name": review.name, "worktree": review.folder, "base": review.base, "how": review.how, "state": review.phase,
        "applied": [asdict(step) for step in review.steps if step.commit],
        "left": [asdict(step) for step in review.steps if not step.commit and not step.skipped],
        "skipped": [asdict(step) for step in review.steps if step.skipped],
        "conflicts": [asdict(one) for one in made.conflicts], "said": made.said, "notes": list(made.notes),
    }  # fmt: skip


def _place(here: Clone, name: str) -> Path:
    """Where the work tree stands: below patchflow.reviewFolder, else beside the clone."""
    main = here.repository.common.parent if here.repository.common.name == ".git" else here.repository.folder
    if named := here.repository.config("patchflow.reviewfolder"):
        return Path(main, Path(named).expanduser(), f"{main.name}-review-{name}").resolve()
    return main.parent / f"{main.name}-review-{name}"


def _left_over(here: Clone, review: Review) -> Review:
    """The review as it is in truth: what the user did in its work tree is taken up; what a crash left half made, or
    git am gave up, is removed, and what is gone is made anew."""
    if not review.folder:
        return review
    folder = Path(review.folder)
    there = (folder / ".git").is_file()
    if there and review.phase == APPLIED:
        return review
    never = review.phase == MAKING and not _was_whole(here, review)
    now = _taken_up(review) if there and not never else None
    if now is None:
        _remove(here, folder)
        now = replace(review, phase="", folder="", steps=())
    write(here, now)
    return now


def _was_whole(here: Clone, review: Review) -> bool:
    """Whether the work tree had been laid out, so that the user could work there."""
    entry = _entry(here, Path(review.folder))
    return entry is not None and all((entry / name).is_file() for name in ("gitdir", BASE_FILE))


def _taken_up(review: Review) -> Review | None:
    """The review as its work tree has it; None where that holds nothing that could not be made anew."""
    there = Clone(review.folder)
    now, own = standing(there, review)
    if review.phase == MAKING:
        worth = own or now.done == len(now.steps)
    else:
        worth = bool(underway(there.repository.git_dir)) or there.repository.resolve("HEAD") != review.base
    return now if worth or there.git.is_dirty() else None


def _remove(here: Clone, folder: Path) -> None:
    """Removes a work tree of ours, however far it came; a folder that is none, and what git keeps of others, stays."""
    entry = _entry(here, folder)
    here.git.run("worktree", "remove", "--force", "--force", str(folder), check=False)
    if entry and (folder / ".git").is_file():  # git had not come to know it, or knows it no more
        shutil.rmtree(folder, ignore_errors=True)
    if entry and not folder.exists():
        shutil.rmtree(entry, ignore_errors=True)
    elif folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _entry(here: Clone, folder: Path) -> Path | None:
    """What the clone keeps of the work tree in this folder: named there, or naming it; None where there is nothing."""
    entries = here.repository.common.resolve() / "worktrees"
    if (folder / ".git").is_file():
        named = (folder / ".git").read_text(encoding="utf-8", errors="surrogateescape")
        entry = Path(folder, named.removeprefix("gitdir:").strip()).resolve()
        return entry if entry.parent == entries else None
    return next((one for one in entries.glob("*") if folder_of_git(one).resolve() == folder.resolve()), None)


def prerequisites(here: Clone, taken: Taken) -> Needed:
    """The patches that a series says it needs first, as far as they are at hand; PatchflowError for a hostile one."""
    if not taken.info.prerequisites:
        return Needed()
    wanted = taken.info.prerequisites
    mails = with_threads_of(here, taken.mails, [name for kind, name in wanted if kind == "message-id"])
    ids = {}
    if any(kind == "patch-id" for kind, _ in wanted):
        own = set(taken.chosen.posting.ids)
        others = [one for one in mails.messages if has_diff(one.body) and one.id not in own]
        ids = patch_ids(here, [received_patch(one, mails.raw(one)) for one in others])
    found = needed(wanted, mails.messages, ids, taken.chosen.posting.author)
    patches = received_patches(found.messages, mails)
    if bad := next((one for one in patches if one.fault), None):
        raise PatchflowError(f"The prerequisite {bad.message_id} cannot be applied: {bad.fault}.", _MEND)
    return Needed(found.messages, found.notes, patches)


def _head(here: Clone) -> Base:
    return Base(here.repository.resolve("HEAD"), "HEAD, because its prerequisites were found and its base was not")


def refuse_hostile(here: Clone, base: str, patches: Sequence[ReceivedPatch]) -> None:
    """PatchflowError where patches may not be put on a base: prerequisites and series together are hostile, or bring a
    file beside one whose name differs in the case of letters only (make, say, would take the other)."""
    if found := first_hostile(one.whole for one in patches):
        raise PatchflowError(f"This series is not applied: together with its prerequisites it {found[1]}.", _MEND)
    new = new_paths([one.whole for one in patches])
    for path in new:
        folder = path.rpartition("/")[0]
        words = ["ls-tree", "-z", "--name-only", base, *([f"{folder}/"] if folder else [])]
        there = here.git.run(*words, check=False).out.decode("utf-8", "surrogateescape").split("\0")
        twin = next((one for one in there if one != path and one.casefold() == path.casefold()), "")
        if twin:
            raise PatchflowError(
                f"This series is not applied: it brings {path}, which differs from {twin} in the case of letters only.",
                _MEND,
            )


def _committer(here: Clone) -> dict[str, str]:
    """Who commits: the user, or nobody where git does not know them; a reviewer need not be set up to send."""
    try:
        me = here.repository.identity()
    except MissingError:
        return {"GIT_COMMITTER_NAME": "nobody", "GIT_COMMITTER_EMAIL": "nobody@localhost"}
    return {"GIT_COMMITTER_NAME": me.name, "GIT_COMMITTER_EMAIL": me.email}


def _am(here: Clone, there: Clone, review: Review, raws: Sequence[bytes]) -> Applied:
    with scratch_folder() as folder:
        names = []
        for number, raw in enumerate(raws):
            path = folder / f"{number:06}"
            path.write_bytes(for_git(raw))
            names.append(str(path))
            assert len(received(for_git(raw))) == 1, "a mail that is several was refused above"
        words = ("-c", "mailinfo.quotedCr=nowarn", "-c", "advice.mergeConflict=false")
        done = there.git.run(*QUIET, *words, *_AM, *names, check=False, env=_committer(here), timeout=600)
    repository = Clone(review.folder).repository
    made = repository.commits_between(review.base, repository.resolve("HEAD"))  # git's own so far, in this order
    commits = [*made, *[""] * len(review.steps)]
    steps = tuple(replace(step, commit=commit) for step, commit in zip(review.steps, commits, strict=False))
    return _outcome(here, there, replace(review, steps=steps), done.err_text)


def _outcome(here: Clone, there: Clone, review: Review, said: str) -> Applied:
    """What stands in the work tree by now; kept."""
    review, _ = standing(there, review)
    write(here, review)
    if review.phase == APPLIED:
        return Applied(review)
    return Applied(review, _unmerged(there) or _refused(there, said), _complaints(said))


def _complaints(said: str) -> str:
    """The errors in what git said, each once."""
    rows = [row[7:] for row in said.split("\n") if row[:7] in ("error: ", "fatal: ")]
    return "; ".join(dict.fromkeys(rows))[:500]


def _state(here: Clone, review: Review) -> Applied:
    there = _there(review)
    if review.phase == APPLIED:
        return Applied(review, notes=("It is applied already.",))
    return Applied(review, _unmerged(there) or _refused(there, ""), notes=("It was stopped before.",))


def _there(review: Review) -> Clone:
    if not review.folder or not (Path(review.folder) / ".git").is_file():
        raise UsageError(f"{review.name} has no work tree.", f"`patchflow review apply {review.name}` makes one.")
    return Clone(review.folder)


def conflicts_of(review: Review) -> tuple[FileConflict, ...]:
    """The files with conflicts in the work tree of a review that stopped; none of another."""
    there = review.phase == STOPPED and (Path(review.folder) / ".git").is_file()
    return _unmerged(Clone(review.folder)) if there else ()


_STAGES = {"D": "deleted", "A": "added", "U": "changed"}


def _unmerged(there: Clone) -> tuple[FileConflict, ...]:
    """The files with conflicts, and what both sides did to each."""
    found = []
    text = there.git.run(*QUIET, "status", "--porcelain", "-z", "--untracked-files=no").out.decode(
        "utf-8", "surrogateescape"
    )
    for row in text.split("\0"):
        if row[:2] in ("DD", "AU", "UD", "UA", "DU", "AA", "UU"):
            ours, theirs = _STAGES[row[0]], _STAGES[row[1]]
            why = (
                "both sides changed the same lines" if row[:2] == "UU" else f"{ours} in the base, {theirs} by the patch"
            )
            found.append(FileConflict(row[3:], why))
    return tuple(found)


def _refused(there: Clone, said: str) -> tuple[FileConflict, ...]:
    """The files that a patch does not fit where no three-way merge was possible."""
    path = there.repository.git_dir / "rebase-apply" / "patch"
    if path.is_file():
        said += there.git.run(*QUIET, "apply", "--check", str(path), check=False).err_text
    found: dict[str, str] = {}
    for match in _WHERE.finditer(said):
        why = match["why"] or f"its lines around {match['line']} are not as the patch found them"
        if why != "patch does not apply" or match["path"] not in found:
            found.setdefault(match["path"], why)
    return tuple(FileConflict(path, why) for path, why in found.items())
