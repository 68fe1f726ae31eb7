"""Makes the mails of a revision: git format-patch, then cover, notes, base and change-id put in."""

from __future__ import annotations

from dataclasses import dataclass

from patchflow.domain.profile import Profile
from patchflow.domain.series import Cover, Series
from patchflow.errors import PatchflowError
from patchflow.formats import b4
from patchflow.formats import posting as mail
from patchflow.services.check import has_cover, prefix_of
from patchflow.services.ports import Git, Repository


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a revision: `part` 0 is the cover; `text` holds its bytes as surrogate-escaped UTF-8."""

    part: int
    name: str
    text: str
    commit: str = ""

    @property
    def subject(self) -> str:
        """The Subject header, decoded."""
        from email.header import decode_header, make_header

        for line in mail.split_mail(self.text)[0]:
            if line.lower().startswith("subject:"):
                return " ".join(str(make_header(decode_header(line.partition(":")[2].strip()))).split())
        return ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode("utf-8", "surrogateescape"))


def start_of(repository: Repository, series: Series) -> str:
    """The commit before the first patch: the base, or b4's cover commit."""
    if not series.patches:
        return series.base
    parents = repository.parents(series.patches[0].commit)
    return parents[0] if parents else series.base


def make_mails(
    repository: Repository, git: Git, series: Series, profile: Profile, *, revision: int = 0, rfc: bool = False,
    resend: bool = False,
) -> list[Mail]:  # fmt: skip
    """The versioned patches of a series as mails, without Message-IDs and recipients.

    From v2 on with git's range-diff against the last sent revision. PatchflowError on an empty series or one
    with merges, which git format-patch would leave out without a word.
    """
    if not series.patches:
        raise PatchflowError(
            f"{series.branch} has no commits above its base {series.base_ref}.", "Commit a patch first."
        )
    merge = next((p for p in series.patches if p.parents != 1), None)
    if merge:
        raise PatchflowError(
            f"{series.branch} holds a merge, {merge.commit[:12]} ({merge.subject}), which cannot become a patch.",
            f"Rebase it: `git rebase {series.base_ref}`.",
        )
    last = series.last
    number = revision or (last.number if resend and last else series.next_revision)
    cover = has_cover(series, profile)
    start = start_of(repository, series)
    options = [f"--subject-prefix={prefix_of(series, profile, rfc, resend)}"]
    options += ["-v", str(number)] if number > 1 else []
    options += ["--cover-letter", "--cover-from-description=none"] if cover else ["--no-cover-letter"]
    options += ["-n"] if len(series.patches) > 1 else ["-N"]
    earlier = next((r for r in reversed(series.revisions) if r.number < number), None)
    # git puts a range-diff into a cover letter or a single patch only.
    if earlier and not resend and (cover or len(series.patches) == 1) and repository.try_resolve(earlier.tip):
        options.append(f"--range-diff={earlier.start or earlier.base}..{earlier.tip}")
    files = git.format_patch(f"{start}..{series.tip}", options)
    commits = ([""] if cover else []) + [patch.commit for patch in series.patches]
    if len(files) != len(commits):
        raise PatchflowError(
            f"git format-patch made {len(files)} files of {len(commits)} expected.", "This is odd; nothing was sent."
        )
    mails = [
        Mail(part, name, text, commit)
        for part, (name, text), commit in zip(range(0 if cover else 1, len(files) + 1), files, commits, strict=False)
    ]
    return [_dressed(one, series, cover) for one in mails]


def mailed_cover(series: Series) -> Cover:
    """The cover letter as it is mailed: b4 keeps recipients and comments in its own, which stay at home."""
    letter = series.cover or Cover("", "")
    return b4.destinations(letter)[2] if series.b4 else letter


def _dressed(one: Mail, series: Series, cover: bool) -> Mail:
    """The cover filled in, or the notes of a single patch, and base-commit and change-id on the first mail."""
    text = one.text
    letter = mailed_cover(series)
    if one.part == 0:
        text = mail.fill_cover(text, letter)
    elif len(series.patches) == 1 and not letter.is_unfilled:
        text = mail.add_notes(text, letter.body)
    if one.part == (0 if cover else 1):
        text = mail.add_base(text, series.base, series.change_id)
    return Mail(one.part, one.name, mail.ensure_mime(text), one.commit)
