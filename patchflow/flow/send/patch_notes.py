"""What stands below each patch's `---`: the user's own git notes, and what changed in it since the last version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.flow.check.judge import has_cover
from patchflow.formats.patch.changelog import Since, notes_of, own_titles
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import split_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Revision, SentMessage, Series
    from patchflow.flow.clone import Clone

_YES, _NO = ("true", "yes", "on", "1"), ("", "false", "no", "off", "0")  # as git has it


def patch_notes(here: Clone, series: Series, profile: Profile, number: int) -> dict[str, str]:
    """Commit -> what stands below its patch's `---` in revision `number`, where that is something."""
    ids = here.git.patch_ids(series.patches) if number > 1 else {}
    earlier = [one for one in series.revisions if one.number < number]
    found = _git_notes(here, series, earlier, ids)
    if profile.changelog_place == "cover" or number < 2:
        return found
    titles = own_titles(series.patches)
    body = series.cover.body if series.cover else ""
    sinces = _since(here, series, earlier, ids)
    # Without a cover letter the whole changelog stands below the first patch's `---`.
    for patch in series.patches[0 if has_cover(series, profile) else 1 :]:
        text = notes_of(body, patch.subject, titles, number, sinces[patch.commit])
        found[patch.commit] = "\n\n".join(filter(None, [found.get(patch.commit, ""), text]))
    return {commit: text for commit, text in found.items() if text}


def _git_notes(here: Clone, series: Series, earlier: Sequence[Revision], ids: Mapping[str, str]) -> dict[str, str]:
    """The user's git notes, of the refs that format.notes names, as git format-patch has them. A commit that was made
    anew since the last version, and has none, has those of the commit that was sent."""
    found: dict[str, list[str]] = {}
    sent = _matches(earlier[-1], series.patches, ids) if earlier else {}
    for value in here.repository.config_all("format.notes"):
        if value.lower() in _NO:
            found = {}
            continue
        ref = ["--ref", value] if value.lower() not in _YES else []
        for patch in series.patches:
            was = sent.get(patch.commit)
            for commit in filter(None, (patch.commit, was.commit if was else "")):
                done = here.git.run("notes", *ref, "show", commit, check=False)
                if done.code == 0 and (text := done.text.strip()):
                    found.setdefault(patch.commit, []).append(text)
                    break
    return {commit: "\n\n".join(texts) for commit, texts in found.items()}


def _since(here: Clone, series: Series, earlier: Sequence[Revision], ids: Mapping[str, str]) -> dict[str, Since]:
    """What became of each patch since these revisions."""
    if not earlier:
        return {patch.commit: Since() for patch in series.patches}
    matches = [_matches(one, series.patches, ids) for one in earlier]
    kept = {one.message_id for one in matches[-1].values()}
    # Where one of them is in no patch of today, a patch that looks new may be that one under another title.
    renamed = any(one.message_id not in kept for one in _patch_mails(earlier[-1]))
    found = {}
    for patch in series.patches:
        since = 0
        for revision, sent in zip(reversed(earlier), reversed(matches), strict=True):
            was = sent.get(patch.commit)
            if was is None or not _is_as(here, was, patch, ids.get(patch.commit, "")):
                break
            since = revision.number
        found[patch.commit] = Since(since, patch.commit not in matches[-1] and not renamed)
    return found


def _matches(revision: Revision, patches: Sequence[Patch], ids: Mapping[str, str]) -> dict[str, SentMessage]:
    """The mail of a revision that each patch was, by its commit: one mail for one patch, by title and patch id, else
    by its title, else by its patch id. Patches that share a title are told apart by that, and by their order."""
    left = _patch_mails(revision)
    found: dict[str, SentMessage] = {}
    for by_title, by_id in ((True, True), (True, False), (False, True)):
        for patch in patches:
            id = ids.get(patch.commit, "")
            same = (
                one
                for one in left
                if (not by_title or parse_subject(one.subject).title == patch.subject)
                and (not by_id or (id and one.patch_id == id))
            )
            if patch.commit not in found and (one := next(same, None)):
                found[patch.commit] = one
                left.remove(one)
    return found


def _patch_mails(revision: Revision) -> list[SentMessage]:
    return [one for one in revision.messages if one.part or one.commit]


def _is_as(here: Clone, was: SentMessage, patch: Patch, patch_id: str) -> bool:
    """Whether a patch is the one that was sent, but for its tags."""
    if not patch_id or was.patch_id != patch_id or here.repository.try_resolve(was.commit) is None:
        return False
    before = here.repository.patch(was.commit, with_diff=False).message
    return split_message(before)[0] == split_message(patch.message)[0]
