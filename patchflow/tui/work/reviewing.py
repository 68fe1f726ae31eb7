"""Reviews of other people's series: taken in, read, written, applied, checked, sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import exists
from patchflow.domain.review_draft import OwnRemark, ReviewDraft
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review import reply
from patchflow.flow.review.seen import keep_seen
from patchflow.flow.reviewing import answers, judge, reviews, worktree, writing
from patchflow.flow.reviewing.at_hand import with_at_hand
from patchflow.flow.reviewing.choose import SeveralError, choices_lines
from patchflow.flow.reviewing.look import look, take
from patchflow.flow.reviewing.mails import read_mails
from patchflow.flow.reviewing.written import drop_written, find_written, read_written
from patchflow.formats.patch.patch_lines import Part, places_of_patch
from patchflow.formats.safe import safe_line
from patchflow.tui.actions import key
from patchflow.tui.models.review import ALL, Finished, ReviewModel, Since
from patchflow.tui.subprocess_worker import run_in_subprocess
from patchflow.tui.work.replying import must_be_sent

if TYPE_CHECKING:
    from patchflow.domain.message import Message
    from patchflow.flow.reviewing.answers import Answer
    from patchflow.flow.reviewing.reviews import Review
    from patchflow.tui.jobs import Job
    from patchflow.tui.models.review_mail import Files
    from patchflow.tui.subprocess_worker import Tell


def every(directory: str) -> list[tuple[Review, ReviewDraft]]:
    """The reviews there are, with what was written."""
    here = Clone(directory)
    return [(one, read_written(here, one.name)) for one in reviews.every(here)]


def take_in(directory: str, word: str, series: str, job: Job) -> str | list[tuple[str, str]]:
    """Takes a series in from a mail file, a Message-ID, a URL or a list: its review's name; where several are there and
    none is named, their Message-IDs with a line each."""
    found: str | list[tuple[str, str]] = run_in_subprocess(job, take_in_here, directory, word, series)
    return found


def take_in_here(directory: str, word: str, series: str, tell: Tell) -> str | list[tuple[str, str]]:
    """Takes a series in, in this process."""
    here = Clone(directory)
    path = str(Path(word).expanduser())
    try:
        mails = read_mails(here, path if exists(path) else word, lambda text: tell(safe_line(text, 60)))
        return reviews.keep(here, take(mails, series)).name
    except SeveralError as error:
        if series:  # a list names what the mail taken in has; that is read by its Message-ID
            return reviews.keep(here, take(read_mails(here, series, lambda text: tell(safe_line(text, 60))))).name
        return list(zip((one.first.id for one in error.choices), choices_lines(error.choices)[::2], strict=False))


def open_review(directory: str, name: str, offer: Callable[[ReviewModel], None]) -> ReviewModel:
    """A review with its mails, offered at once, and then with what is known from the revision reviewed before."""
    here = Clone(directory)
    review = reviews.find(here, name)

    def model(cover: Message | None, patches: tuple[Message, ...]) -> ReviewModel:
        return ReviewModel.of(review, cover, patches, read_written(here, name), writing.findings_of(here, review))

    if (own := reviews.own_mails(here, review)) is not None:
        offer(model(*own))
    review, taken = writing.taken_again(here, name)
    posting = taken.chosen.posting
    offer(made := model(posting.cover, posting.patches))
    keep_seen(here, posting.ids)
    found = look(here, with_at_hand(here, taken))
    return replace(made, since=Since(found.reviewed, found.yours, found.unchanged, dict(found.repeat)))


def files_after(directory: str, review: Review, message: Message) -> Files:
    """The files of a patch as its commit in the review's work tree has them; none where it is not applied."""
    commit = next((step.commit for step in review.own if step.message_id == message.id), "")
    git = Clone(directory).git
    paths = {one.file for one in places_of_patch(message.body) if one.part is Part.HEAD and one.file} if commit else ()
    shown = {path: git.run("cat-file", "blob", f"{commit}:{path}", check=False) for path in sorted(paths)}
    return tuple(
        (path, tuple(done.text.removesuffix("\n").split("\n"))) for path, done in shown.items() if done.code == 0
    )


def add(directory: str, name: str, message: Message, first: int, last: int, text: str) -> ReviewDraft:
    """Writes a remark."""
    here = Clone(directory)
    writing.add_at(here, reviews.find(here, name), message, first, last, text)
    return read_written(here, name)


def rewrite(directory: str, name: str, id: str, text: str) -> ReviewDraft:
    """Another text for a remark."""
    here = Clone(directory)
    writing.rewrite(here, reviews.find(here, name), id, text)
    return read_written(here, name)


def drop(directory: str, name: str, id: str) -> ReviewDraft:
    """Drops a remark or tag that was not sent."""
    here = Clone(directory)
    drop_written(here, name, id)
    return read_written(here, name)


def take_finding(directory: str, name: str, id: str) -> ReviewDraft:
    """Takes a finding as a remark."""
    here = Clone(directory)
    review, taken = writing.taken_again(here, name)
    writing.take_finding(here, review, taken, id)
    return read_written(here, name)


def tag(directory: str, name: str, key: str, patch: str) -> ReviewDraft:
    """Gives a patch a tag, or takes it back where it was not sent; all of them for the cover letter's mail."""
    here = Clone(directory)
    review, taken = writing.taken_again(here, name)
    if patch == ALL:
        writing.add_tags(here, review, taken, key)
        return read_written(here, name)
    draft = read_written(here, name)
    given = next((one for one in draft.tags if (one.key, one.patch) == (key, patch)), None)
    if given is not None:
        drop_written(here, name, given.id)
    else:
        writing.add_tags(here, review, taken, key, [patch])
    return read_written(here, name)


def repeat(directory: str, name: str) -> ReviewDraft:
    """Gives again the tags of the revision reviewed before."""
    here = Clone(directory)
    writing.repeat_tags(here, *writing.taken_again(here, name))
    return read_written(here, name)


def in_editor(directory: str, message: Message, first: int, last: int, text: str = "") -> str:
    """A remark out of the user's editor. Runs on the user's terminal."""
    here = Clone(directory)
    return writing.edited(here, message, first, last, text)


def remark_of(draft: ReviewDraft, id: str) -> OwnRemark | None:
    """A remark by its id; PatchflowError where it was sent."""
    found = find_written(draft, id)
    return found if isinstance(found, OwnRemark) else None


def apply(directory: str, name: str) -> str:
    """Applies the series in its own work tree; what came of it."""
    here = Clone(directory)
    _, taken = writing.taken_again(here, name)
    made = worktree.apply(here, taken, "")
    said = worktree.tell(made)
    if not made.whole:
        raise PatchflowError("It does not apply as it is.", " ".join(said))
    return " ".join(said)


def check(directory: str, name: str, job: Job) -> int:
    """Runs every check over what is applied, in a process of its own; how many findings there are, which are kept."""
    count: int = run_in_subprocess(job, check_here, directory, name)
    return count


def check_here(directory: str, name: str, tell: Tell) -> int:
    """Runs every check, in this process."""
    here = Clone(directory)
    return len(judge.check(here, *writing.taken_again(here, name)).remarks)


def remove(directory: str, name: str) -> str:
    """Removes a review and its work tree; refused where something would be lost."""
    here = Clone(directory)
    worktree.drop(here, reviews.find(here, name))
    return f"Removed {name}."


def finished(directory: str, name: str) -> Finished:
    """The finished mails."""
    here = Clone(directory)
    mails = answers.answers(here, *writing.taken_again(here, name))
    findings = [finding for one in mails for finding in reply.lint(here, one)]
    asked = [line for one in mails for line in reply.unknown_of(here, one.path, f"patchflow review send {name}")]
    return Finished(mails, findings, [reply.added_by_keys(here, one) for one in mails], asked)


def send(
    directory: str, mails: Sequence[Answer], bcc: Sequence[Sequence[str]], again: bool = False, arrived: bool = False
) -> str:
    """Sends the mails as they were shown; what came of it."""
    here = Clone(directory)
    done = answers.send(here, [replace(one, here=here) for one in mails], bcc, again, arrived)
    must_be_sent(done[-1][1], "A mail", f"What was written is kept; {key('send-review')} tries again.")
    return f"The review is out: {len(done)} mail{'s' if len(done) > 1 else ''}."
