"""Patch files as the user names them: each mail of each file, read by the one reader of patch mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchflow.adapters.files import read_named
from patchflow.adapters.git.mail_reader import split_mails
from patchflow.domain.patch import Patch
from patchflow.domain.series import Cover
from patchflow.errors import UsageError
from patchflow.flow.reviewing.choose import choose
from patchflow.flow.reviewing.received import mails_of, read_patches
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.mbox_message import unwrapped
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.patch.patch_mail import parse_patch_mail
from patchflow.formats.patch.subject import parse_subject
from patchflow.values import dataclass

_PEOPLE = "For the people of a source file: `patchflow cc -f PATH`."
_WANTED = "Name the patches, as git format-patch writes them; their cover letter may be among them."


@dataclass(frozen=True, slots=True)
class PatchFiles:
    """What patch files hold: the patches, the cover letter if it is among them, and what the first of them replies to
    ("" for a fresh thread)."""

    patches: tuple[Patch, ...]
    cover: Cover | None = None
    in_reply_to: str = ""


def read_patch_files(files: Sequence[str], stdin: bytes = b"", bare: bool = False) -> PatchFiles:
    """The patches in these files (`-` for what came on standard input), which may have their cover letter with them.

    A file may hold one mail or a mailbox of several, or, with `bare`, a diff without a mail around it. Of a mailbox
    with answers or several revisions in it the newest revision counts. UsageError names the first mail that is none
    of these."""
    found: list[tuple[Patch, str]] = []
    cover: Cover | None = None
    above = ""
    parts = [(name, split_mails(stdin if name == "-" else read_named(name))) for name in files]
    named = [
        (f"{name} (mail {number})" if len(mails) > 1 else name, raw)
        for name, mails in parts
        for number, raw in enumerate(mails, 1)
    ]
    if len(files) == 1 and len(named) > 1 and (series := _series_in([raw for _, raw in named])):
        return series
    for name, raw in named:
        try:
            found.append(parse_patch_mail(raw, name, bare))
        except UsageError as error:
            mail = parse_mail(raw, name)
            subject = parse_subject(mail.subject)
            if cover is not None or subject.is_reply or subject.part or not subject.parts:
                raise UsageError(error.message, _PEOPLE if bare else _WANTED) from error
            cover = Cover(subject.title, mail.body)
            above = next(iter(mail.in_reply_to), "")
    if not found:
        raise UsageError("A cover letter alone is not a patch.", _WANTED)
    # Patches 1..N of a series reply to their cover letter, and so does a numbered single one, 1/1.
    if cover is None and found and not parse_subject(found[0][0].subject_line).counted:
        above = found[0][1]
    return PatchFiles(tuple(patch for patch, _ in found), cover, above)


def _series_in(raws: Sequence[bytes]) -> PatchFiles | None:
    """The newest revision of the series in a mailbox with answers, or with a part that was posted more than once; None
    for plain patches, whoever put them together. UsageError where several series are in such a mailbox."""
    subjects = [parse_subject(parse_mail(raw).subject) for raw in raws]
    parts = [(one.part, one.parts, one.title) for one in subjects if one.counted and not one.is_reply]
    revisions = {one.revision for one in subjects if one.is_patch and not one.is_reply}
    if len(revisions) < 2 and len(set(parts)) == len(parts) and not any(one.is_reply for one in subjects):
        return None
    mails = mails_of(unwrapped(raw) for raw in raws)
    chosen = choose(mails.messages, bots())
    cover = chosen.posting.cover
    patches = tuple(replace(one.patch, damage=one.fault or one.odd) for one in read_patches(chosen, mails))
    above = next(iter(chosen.posting.first.in_reply_to), "")
    return PatchFiles(patches, Cover(parse_subject(cover.subject).title, cover.body) if cover else None, above)
