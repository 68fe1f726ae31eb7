"""Writes remarks and tags about a series that is reviewed: by line, out of findings, or again for a patch unchanged."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from patchflow.domain.comment import Side
from patchflow.domain.message import Message
from patchflow.domain.review_draft import TAGS, OwnRemark, OwnTag, ReviewDraft
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.editor import edit_text
from patchflow.flow.review.mail import ours
from patchflow.flow.reviewing.choose import part_of
from patchflow.flow.reviewing.look import Taken, look, take
from patchflow.flow.reviewing.results import results
from patchflow.flow.reviewing.reviews import Review, find, kept_mails
from patchflow.flow.reviewing.standing import as_it_stands
from patchflow.flow.reviewing.written import change_written, find_written, new_id, read_written
from patchflow.formats.mail.review_mail import checked_text, place_of, readable_place, target_of
from patchflow.formats.patch.patch_lines import Part, Place
from patchflow.formats.safe import cleaned


def taken_again(here: Clone, word: str = "") -> tuple[Review, Taken]:
    """A review that was taken in before (the last one without a word), and its series out of the mails kept."""
    review = as_it_stands(find(here, word))
    return review, take(kept_mails(here, review), review.root, review.revision)


def mails_of_series(taken: Taken) -> list[Message]:
    """The mails that can be answered: the cover letter's, and the patches'."""
    posting = taken.chosen.posting
    return [*([posting.cover] if posting.cover else []), *posting.patches]


def number_of(taken: Taken, message_id: str) -> int:
    """The number of a patch in its series; 0 for the cover letter."""
    return next((part_of(one) for one in taken.chosen.posting.patches if one.id == message_id), 0)


def mail_named(taken: Taken, word: str) -> Message:
    """The mail that a number (0: the cover letter) or a Message-ID names; UsageError without one."""
    bare = word.strip().strip("<>")
    for one in mails_of_series(taken):
        if bare == one.id or (bare.isdecimal() and int(bare[:9]) == number_of(taken, one.id)):
            return one
    count = len(taken.chosen.posting.patches)
    also = " or 0 for the cover letter" if taken.chosen.posting.cover else ""
    raise UsageError(f"{word!r} is not a patch of this series.", f"Name one of 1 to {count}{also}, or a Message-ID.")


def add_remark(here: Clone, review: Review, taken: Taken, word: str, text: str) -> OwnRemark:
    """Writes a remark on PATCH or PATCH:PLACE; UsageError where that names no line of the mail."""
    message, first, last = lines_named(taken, word)
    return _add(here, review, message, first, last, text)


def lines_named(taken: Taken, word: str) -> tuple[Message, int, int]:
    """The mail and the lines of its text, from 1, that PATCH or PATCH:PLACE names; 0 and 0 for the mail as a whole."""
    patch, _, place = word.partition(":")
    message = mail_named(taken, patch)
    if not place:
        return message, 0, 0
    found = place_of(target_of(message).places, message.body, place)
    return message, found[0].at + 1, found[1].at + 1


def add_at(here: Clone, review: Review, message: Message, first: int, last: int, text: str) -> OwnRemark:
    """Writes a remark on these lines of a mail's text (from 1; 0 for the mail as a whole). A blank line counts as the
    one above it, because no reader of a quote can tell blank lines apart."""
    places = target_of(message).places
    ends = [readable_place(places, one - 1) for one in (first, last)] if last else []
    low, high = [one.at + 1 if one else 0 for one in ends] or [0, 0]
    return _add(here, review, message, min(low, high) or high, high, text)


_CUT = "# ------------------------ >8 ------------------------"


def _with_cut(message: Message, first: int, last: int, text: str = "") -> str:
    """What the editor opens."""
    rows = message.body.split("\n")[max(first - 11, 0) : last] if last else []
    below = ["# What stands below is left out.", f"# {message.subject}", *rows]
    return "\n".join([text, "", _CUT, *(cleaned(one) for one in below), ""])


def edited(here: Clone, message: Message, first: int, last: int, text: str = "") -> str:
    """A remark out of the user's editor, with the lines it is about below a cut; UsageError where it cannot be one."""
    text = edit_text(here, "remark", _with_cut(message, first, last, text))
    text = f"\n{text}".replace("\r\n", "\n").partition(f"\n{_CUT}")[0].strip("\n")
    try:
        return checked_text(text) if text.strip() else ""
    except UsageError as error:
        kept = here.repository.state.edit("remark.last")
        raise UsageError(error.message, f"{error.hint} What you wrote is in {kept}.") from error


def _add(
    here: Clone, review: Review, message: Message, first: int, last: int, text: str, finding: str = ""
) -> OwnRemark:
    text = checked_text(text)
    line = message.body.split("\n")[last - 1] if last else ""
    made: list[OwnRemark] = []

    def added(draft: ReviewDraft) -> ReviewDraft:
        if finding and any(one.finding == finding for one in draft.remarks):
            raise UsageError("This finding was taken already.", "`patchflow review comment` lists the remarks.")
        made.append(OwnRemark(new_id(draft, message.id, last, text), message.id, text, first, last, line, finding))
        return replace(draft, remarks=(*draft.remarks, made[0]))

    change_written(here, review.name, added)
    return made[0]


def rewrite(here: Clone, review: Review, id: str, text: str) -> OwnRemark:
    """Puts another text in the place of a remark's that was not sent yet."""
    text = checked_text(text)
    made: list[OwnRemark] = []

    def changed(draft: ReviewDraft) -> ReviewDraft:
        found = find_written(draft, id)
        if not isinstance(found, OwnRemark):
            raise UsageError(f"{id} is a tag, which has no text.", f"`patchflow review comment --drop {id}` drops it.")
        made.append(replace(found, text=text))
        return replace(draft, remarks=tuple(made[0] if one is found else one for one in draft.remarks))

    change_written(here, review.name, changed)
    return made[0]


def findings_of(here: Clone, review: Review) -> list[dict[str, Any]]:
    """What `review check` found of the patches as they are applied."""
    kept = results(here, review)
    return [row for one in kept.values() for row in one.get("check", {}).get("findings", []) if row.get("id")]


def take_finding(here: Clone, review: Review, taken: Taken, id: str) -> OwnRemark:
    """Takes a finding of `review check` as a remark, on its line where the mail shows that; UsageError without one."""
    row = next((one for one in findings_of(here, review) if one["id"] == id), None)
    if row is None:
        raise UsageError(
            f"{id!r} is not a finding here.", "`patchflow review check` finds, `review comment` lists them."
        )
    message = mail_named(taken, str(row["message_id"]))
    place = place_of_finding(target_of(message).places, row)
    at = place.at + 1 if place else 0
    return _add(here, review, message, at, at, str(row["remark"]), id)


def place_of_finding(places: Sequence[Place], row: dict[str, Any]) -> Place | None:
    """The line of the mail that a finding is about; None where it shows none."""
    return next(
        (
            one
            for one in places
            if one.file == row["file"]
            and one.line == row["line"] > 0
            and one.part in (Part.CODE, Part.MESSAGE)
            and one.side is Side.NEW
        ),
        None,
    )


def add_tags(here: Clone, review: Review, taken: Taken, key: str, words: Sequence[str] = ()) -> list[OwnTag]:
    """Gives these patches a tag; all of them without a word, which is said once, to the cover letter, where there is
    one. A Tested-by is for what `review build` built only; PatchflowError for anything else."""
    key = next((one for one in TAGS if one.lower() in (key.lower(), f"{key.lower()}-by")), "")
    if not key:
        raise UsageError("That is not a tag of a review.", f"Name one of {', '.join(TAGS)}.")
    here.repository.identity()  # says what is missing
    posting = taken.chosen.posting
    chosen = [mail_named(taken, word) for word in words]
    if not chosen:
        chosen = [posting.cover] if posting.cover else list(posting.patches)
    built = {one.id: _built(here, review, taken, one) if key == "Tested-by" else "" for one in chosen}
    return _add_tags(here, review, [(key, one.id, built[one.id]) for one in chosen])


def _add_tags(here: Clone, review: Review, wanted: Sequence[tuple[str, str, str]]) -> list[OwnTag]:
    made: list[OwnTag] = []

    def added(draft: ReviewDraft) -> ReviewDraft:
        for key, patch, built in wanted:
            if not any((one.key, one.patch) == (key, patch) for one in draft.tags):
                made.append(OwnTag(new_id(draft, key, patch), patch, key, built))
                draft = replace(draft, tags=(*draft.tags, made[-1]))
        return draft

    change_written(here, review.name, added)
    return made


def _built(here: Clone, review: Review, taken: Taken, message: Message) -> str:
    """What of a patch (of the whole series for a cover letter) was built, in words; PatchflowError where nothing."""
    known = results(here, review)
    kept = {id: kinds["build"] for id, kinds in known.items() if "build" in kinds}
    posting = taken.chosen.posting
    whole = posting.cover is not None and message.id == posting.cover.id
    # The last patch built is all of them built; each by itself only with --per-patch.
    row = kept.get(posting.patches[-1].id if whole else message.id)
    if row is None:
        what = "the series" if whole else f"patch {number_of(taken, message.id)}"
        raise PatchflowError(
            f"Nothing of {what} was built here, so there is nothing a Tested-by could rest on.",
            f"`patchflow review build {review.name}{'' if whole else ' --per-patch'}` builds it.",
        )
    applied = {step.message_id for step in review.own}
    if whole and (skipped := [one for one in posting.patches if one.id not in applied]):
        raise PatchflowError(
            f"Patch {number_of(taken, skipped[0].id)} is not applied here, so the series as a whole was not built.",
            "Give the patches that were built the tag by their numbers.",
        )
    if not row.get("builds") or row.get("new"):
        raise PatchflowError(
            "What was built of it does not build, or brings new warnings, so a Tested-by would not be true.",
            f"`patchflow review build {review.name}` shows them.",
        )
    ran = known.get(posting.patches[-1].id, {}) if whole or len(posting.patches) == 1 else {}
    held = [one["says"] for one in (ran.get("boot", {}), ran.get("test", {})) if one.get("holds") and one.get("says")]
    said = "".join(f"; {words}" for words in held)
    return f"Built, on {str(row.get('base', ''))[:12]}, against {row.get('against') or 'a full tree'}{said}."


def repeat_tags(here: Clone, review: Review, taken: Taken) -> list[OwnTag]:
    """Gives each patch that is as it was in the revision one reviewed the tag that one gave it then, where the mail it
    stands in is known to be one's own. A Tested-by is not repeated: this revision was not tested."""
    wanted, found = [], look(here, taken)
    own = ours(here, found.repeat_in).mails
    for (message_id, text), mail in zip(found.repeat, found.repeat_in, strict=True):
        if mail not in own:  # anybody can write in one's name
            continue
        key = next((one for one in TAGS if text.lower().startswith(f"{one.lower()}:")), "")
        if key and key != "Tested-by":
            wanted.append((key, message_id, ""))
    if not wanted and (others := [mail for mail in found.repeat_in if mail not in own]):
        raise UsageError(
            f"<{others[0]}>, in which that tag stands, was not sent from here, and anybody can write in your name.",
            f"Where it is yours: `patchflow todo --mine {shlex.quote(others[0])}`, then again; "
            "or `patchflow review tag TAG PATCH`.",
        )
    if not wanted:
        raise UsageError("No patch is as it was when you gave it a tag.", "`patchflow review` shows what changed.")
    here.repository.identity()
    return _add_tags(here, review, wanted)


def written_rows(here: Clone, review: Review, taken: Taken) -> dict[str, Any]:
    """What was written, and which findings were not taken, for scripts."""
    draft = read_written(here, review.name)
    mails = {one.id: one for one in mails_of_series(taken)}

    def place(one: OwnRemark) -> tuple[str, int]:
        found = (
            readable_place(target_of(mails[one.patch]).places, one.last - 1)
            if one.last and one.patch in mails
            else None
        )
        return (found.file, found.line) if found else ("", 0)

    remarks = [
        {"id": one.id, "message_id": one.patch, "part": number_of(taken, one.patch), "file": place(one)[0],
         "line": place(one)[1], "text": one.text, "finding": one.finding, "sent": one.mail}
        for one in draft.remarks
    ]  # fmt: skip
    tags = [
        {"id": one.id, "message_id": one.patch, "part": number_of(taken, one.patch), "tag": one.key,
         "built": one.built, "sent": one.mail}
        for one in draft.tags
    ]  # fmt: skip
    used = {one.finding for one in draft.remarks}
    return {
        "remarks": remarks,
        "tags": tags,
        "findings": [row for row in findings_of(here, review) if row["id"] not in used],
    }
