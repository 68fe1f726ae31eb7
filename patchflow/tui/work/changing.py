"""What changes the clone: commits, branches, cover letter, recipients, comments; `u` takes it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.domain.series import Cover
from patchflow.errors import UsageError
from patchflow.flow import editor
from patchflow.flow.clone import Clone
from patchflow.flow.clone import profile as load
from patchflow.flow.machine.settings import FILTER
from patchflow.flow.recipients.for_series import remember
from patchflow.flow.review.mail import all_comments_here, comments_of_series
from patchflow.flow.send.answers import keep_answers
from patchflow.flow.series import addressed, rewrite, stack, trailers
from patchflow.flow.series.adopt import known_of
from patchflow.flow.series.b4 import usual_prefixes, usual_presubject
from patchflow.flow.series.prepare import adopt as take_over
from patchflow.flow.series.prepare import ask_base, new_series, set_cover, set_prefixes, set_presubject
from patchflow.flow.series.respin import respin as open_next
from patchflow.flow.series.trailers import said
from patchflow.flow.templates import changelog_form, cover_template
from patchflow.formats.patch.cover import cover_text, parse_cover
from patchflow.tui.actions import key

if TYPE_CHECKING:
    from patchflow.adapters.git.change import Step
    from patchflow.domain.series import Series
    from patchflow.flow.series.trailer_choice import TrailerPlan


def step_to_undo(directory: str) -> Step | None:
    """The change that an undo takes back."""
    return Clone(directory).store.ledger.newest()


def step_to_redo(directory: str) -> Step | None:
    """The change that was taken back last."""
    return Clone(directory).store.ledger.newest_undone()


def steps(directory: str) -> list[Step]:
    """The changes that were made, newest first."""
    return list(Clone(directory).store.ledger.steps())


def undo(directory: str, step: Step) -> str:
    """Takes back the change that was shown; its title."""
    return Clone(directory).store.ledger.undo(step.path.name, past_sends=True)


def redo(directory: str, step: Step) -> str:
    """Makes the change again that was shown; its title."""
    return Clone(directory).store.ledger.redo(step.path.name)


def create(directory: str, name: str, profile: str, base: str = "", answered: bool = False) -> Series:
    """Starts a series. StackedError and UnfetchedError, both of them a UsageError, where the base is to be asked for:
    it would stand on a series that is checked out, or no remote has the tree. One that was `answered` to the latter is
    remembered."""
    here = Clone(directory)
    facts = load(profile) if profile else here.subsystems.of(())
    cover = cover_template(here, facts, name)
    if not base:
        ask_base(here.repository, facts)
    return new_series(
        here.repository, here.store, name, facts, base, prefixes=usual_prefixes(here), chosen=bool(profile),
        template=cover, answered=answered, presubject=usual_presubject(here),
    )  # fmt: skip


def prefixes(directory: str, series: Series, text: str) -> None:
    """Keeps the words of the bracket; none: the profile's."""
    set_prefixes(Clone(directory).store, series, text.split())


def presubject(directory: str, series: Series, text: str) -> None:
    """Keeps what stands before the bracket."""
    set_presubject(Clone(directory).store, series, text.strip())


def need(directory: str, series: Series, text: str) -> None:
    """Puts on the list of what the series needs first, or takes off it: `-2`, `-NAME`."""
    here = Clone(directory)
    (stack.drop if text.startswith("-") else stack.add)(here, series, text.removeprefix("-").strip())


def restack(directory: str, series: Series) -> None:
    """Puts the branch on what the series below it became."""
    stack.restack(Clone(directory), series)


def answers(directory: str, series: Series, text: str) -> None:
    """Keeps which mail the next version answers; `none` for none."""
    keep_answers(Clone(directory), series, text, series.next_revision)


def adopt(directory: str, branch: str) -> Series:
    """Takes a branch over."""
    here = Clone(directory)
    facts = here.profile_of_tip(branch)
    base, earlier = known_of(here, branch, facts, "", "default")
    cover = cover_template(here, facts, branch)
    return take_over(here.repository, here.store, branch, facts, base, earlier, template=cover)


def switch(directory: str, branch: str) -> None:
    """Goes to a branch in the work tree; one undoable step."""
    ledger = Clone(directory).store.ledger
    with ledger.lock():
        change = ledger.change(f"switch to {branch}")
        ledger.set_head(change, branch)
        ledger.commit(change)


def mark(directory: str, marks: Mapping[str, tuple[str, str]], seen: Mapping[str, Sequence[str]] | None = None) -> None:
    """Keeps what became of comments; `seen` are the mails of their exchanges that were shown."""
    here = Clone(directory)
    addressed.mark(here, marks, seen or {}, all_comments_here(here))


def remember_people(
    directory: str, branch: str, add: Sequence[str], drop: Sequence[str], to: Sequence[str], back: Sequence[str]
) -> None:
    """Adds (to Cc, or to To) and drops recipients of a branch, and takes dropped ones back."""
    here = Clone(directory)
    remember(here.repository, here.git, branch, add, drop, to, back)


def apply_trailers(directory: str, series: Series, plan: TrailerPlan) -> None:
    """The trailers that are taken into the commits of the series as it was read; what was chosen is kept."""
    (trailers.apply if plan.taken else trailers.remember)(Clone(directory), series, plan)


def respin(directory: str, series: Series, plan: TrailerPlan) -> Series:
    """Opens the next revision of the series as it was read, with the trailers that are taken."""
    here = Clone(directory)
    comments = comments_of_series(here, series, None, lambda text: None)
    facts = here.profile_of(series)
    form = changelog_form(here, facts)
    return open_next(here.store, series, facts, plan, comments, form, said(here, series, plan))


def edit_cover(directory: str, branch: str) -> str:
    """The cover letter in the user's editor; what came of it. Runs on the user's terminal."""
    here = Clone(directory)
    series = here.store.load(branch, with_diffs=False)
    cover = series.cover or Cover("", "")
    new = parse_cover(editor.edit_text(here, "cover", cover_text(cover)))
    if not new.subject:
        raise UsageError("The cover letter has no subject: its first line is empty.", "Nothing was changed.")
    if new == cover:
        return "The cover letter is as it was."
    set_cover(here.store, series, new)
    return f"The cover letter is kept; {key('undo')} takes it back."


def edit_text(directory: str, name: str, text: str) -> str:
    """A text in the user's editor. Runs on the user's terminal."""
    return editor.edit_text(Clone(directory), name, text)


def open_file(directory: str, path: str, line: int) -> None:
    """A file of the work tree in the user's editor. Runs on the user's terminal."""
    editor.open_file(Clone(directory), path, line)


def reorder(directory: str, series: Series, order: Sequence[str]) -> None:
    """The patches in another order."""
    rewrite.reorder(Clone(directory), series, order)


def keep_filter(directory: str, name: str, words: str) -> None:
    """Keeps a filter of the board by its name, or with no words forgets it; one undoable step."""
    if not _FILTER_NAME.fullmatch(name):
        raise UsageError(f"{name[:40]!r} cannot name a filter.", "Letters, digits and - can.")
    ledger = Clone(directory).store.ledger
    with ledger.lock():
        change = ledger.change(f"the filter {name}")
        ledger.set_config(change, f"{FILTER}{name.lower()}", *([words] if words else []))
        ledger.commit(change)


_FILTER_NAME = lazy_re.compile(r"[A-Za-z][A-Za-z0-9-]{0,30}")


def squash(directory: str, series: Series, commit: str, message: str = "") -> None:
    """A patch into the one before, or into that its `fixup!` names."""
    rewrite.squash(Clone(directory), series, commit, message)


def drop(directory: str, series: Series, commit: str) -> None:
    """A patch out of the series."""
    rewrite.drop(Clone(directory), series, commit)


def reword(directory: str, series: Series, messages: dict[str, str], title: str = "") -> None:
    """New messages by commit."""
    rewrite.reword(Clone(directory), series, messages, title)


def amend(directory: str, series: Series, commit: str, staged: bool) -> None:
    """What is staged, else the uncommitted changes, into a patch."""
    rewrite.amend(Clone(directory), series, commit, staged)
