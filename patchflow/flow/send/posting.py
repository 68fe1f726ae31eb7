"""Makes the mails of a revision: git format-patch, then cover, notes, base and change-id put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

from patchflow.domain.profile import Profile
from patchflow.domain.series import Cover, Series
from patchflow.errors import PatchflowError
from patchflow.flow.check.judge import has_cover, prefix_of
from patchflow.formats.patch import b4
from patchflow.formats.patch import compose as mail
from patchflow.formats.patch.changelog import own_titles, without_items
from patchflow.formats.patch.received import losses
from patchflow.formats.patch.subject import git_prefix, is_presubject
from patchflow.values import dataclass

if TYPE_CHECKING:
    from patchflow.adapters.git.clean import CleanGit
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.formats.patch.received import Received


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
        for line in mail.split_mail(self.text)[0]:
            if line.lower().startswith("subject:"):
                return " ".join(str(make_header(decode_header(line.partition(":")[2].strip()))).split())
        return ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.raw)

    @property
    def raw(self) -> bytes:
        """The bytes."""
        return self.text.encode("utf-8", "surrogateescape")


def start_of(repository: GitRepository, series: Series) -> str:
    """The commit before the first patch: the base, or b4's cover commit."""
    if not series.patches:
        return series.base
    parents = repository.parents(series.patches[0].commit)
    return parents[0] if parents else series.base


def make_mails(
    repository: GitRepository, git: CleanGit, series: Series, profile: Profile, *, revision: int = 0, rfc: bool = False,
    resend: bool = False, signature: str = "", needs: Sequence[str] = (), notes: Mapping[str, str] | None = None,
) -> list[Mail]:  # fmt: skip
    """The versioned patches of a series as mails, without Message-IDs and recipients; `needs` are the entries of its
    prerequisites, `notes` what stands below the `---` of a patch, by commit.

    From v2 on with git's range-diff against the last sent revision, where it is wanted. PatchflowError on an empty
    series or one with merges or empty commits, which git format-patch would leave out without a word.
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
    empty = next((p for p in series.patches if not p.diff), None)
    if empty:
        raise PatchflowError(
            f"{series.branch} holds a commit that changes nothing, {empty.commit[:12]} ({empty.subject}): "
            "it cannot become a patch.",
            f"Drop it: `patchflow patch drop {series.patches.index(empty) + 1}` does.",
        )
    if series.presubject and not is_presubject(series.presubject):
        raise PatchflowError(
            f"{series.presubject[:60]!r}, which should stand before the bracket of each subject, is not a bracket.",
            "`patchflow cover --presubject [NAME]` sets it anew.",
        )
    last = series.last
    number = revision or (last.number if resend and last else series.next_revision)
    cover = has_cover(series, profile)
    start = start_of(repository, series)
    options = [f"--subject-prefix={git_prefix(series.presubject, prefix_of(series, profile, rfc, resend))}"]
    options += ["-v", str(number)] if number > 1 else []
    options += ["--cover-letter", "--cover-from-description=none"] if cover else ["--no-cover-letter"]
    options += ["-n"] if len(series.patches) > 1 else ["-N"]
    earlier = next((r for r in reversed(series.revisions) if r.number < number), None)
    # git puts a range-diff into a cover letter or a single patch only.
    wanted = wants_range_diff(repository, profile)
    if (
        wanted
        and earlier
        and not resend
        and (cover or len(series.patches) == 1)
        and repository.try_resolve(earlier.tip)
    ):
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
    return _dressed(git, mails, series, profile, signature, needs, notes or {})


def wants_range_diff(repository: GitRepository, profile: Profile) -> bool:
    """Whether a cover letter holds a range-diff: patchflow.rangediff of git config, else the profile says."""
    said = (repository.config("patchflow.rangediff") or "").lower()
    return said in ("yes", "true", "on", "1") if said else profile.range_diff


def mailed_cover(series: Series) -> Cover:
    """The cover letter as it is mailed: b4 keeps recipients and comments in its own, which stay at home."""
    letter = series.cover or Cover("", "")
    return b4.destinations(letter)[2] if series.b4 else letter


def _dressed(
    git: CleanGit, mails: list[Mail], series: Series, profile: Profile, signature: str, needs: Sequence[str],
    notes: Mapping[str, str],
) -> list[Mail]:  # fmt: skip
    """The cover filled in, or its notes below the first patch's `---`, base-commit, change-id and prerequisites on the
    first mail, the signature on each. Nothing is looked for in git's text: a mail's end is where it ends, its patch is
    what git reads as one."""
    letter = mailed_cover(series)
    texts = [one.text for one in mails]
    if mails[0].part == 0:
        body = letter.body
        if profile.changelog_place == "patch":
            body = without_items(body, own_titles(series.patches))
        texts[0] = mail.fill_cover(texts[0], Cover(letter.subject, body))
    elif letter.notes:  # the whole changelog stands there, the lines about this patch among it
        own = notes.get(mails[0].commit, "")
        notes = {**notes, mails[0].commit: f"{letter.notes.rstrip()}\n\n{own}".strip("\n")}
    made = []
    for number, (one, text) in enumerate(zip(mails, texts, strict=True)):
        if below := notes.get(one.commit, ""):
            text = _with_notes(git, text, below)
        base, change_id = ("", "") if number else (series.foundation, series.change_id)
        text = mail.ensure_mime(mail.add_tail(text, base, change_id, signature, () if number else needs))
        made.append(Mail(one.part, one.name, text, one.commit))
    return made


def _with_notes(git: CleanGit, text: str, notes: str) -> str:
    """Notes below the line where git, reading the mail, finds the end of the message."""
    if text.count("\n---\n") == 1:
        return mail.add_notes(text, notes, len(text) - text.index("\n---\n") - 1)
    read = git.received(mail.ensure_mime(text).encode("utf-8", "surrogateescape"), with_diff=True)[-1]
    tail = len(read.diff.decode("utf-8", "surrogateescape"))
    if not text[-tail:].startswith("---\n"):
        raise PatchflowError(
            "The notes have no place in the mail: a line of the message ends it before its `---`.",
            "`patchflow check` shows the line.",
        )
    return mail.add_notes(text, notes, tail)


# From which on one `git am` of all is quicker than two programs for each; it writes much, so only where that is cheap.
_MANY = 8
Changes = Mapping[bytes, tuple[bytes, bytes]]  # of a commit: path -> (before, after), as CleanGit.changes has it


@dataclass(frozen=True, slots=True)
class Lost:
    """What a mail would lose of its commit, in words; `of_message` where it is its author or message."""

    commit: str
    text: str
    of_message: bool = False


def faults(git: CleanGit, mails: Sequence[Mail]) -> list[Lost]:
    """What of the commits `git am` would lose or change, reading exactly these mails: author, date, message and files.

    One `git am` of all of them shows at once where nothing is; else each mail is read by itself, and applied to the
    files as they were before its commit, in an index. No work tree of the user's is touched.
    """
    patches = [one for one in mails if one.part]
    commits = [one.commit for one in patches]
    sent, changes = git.commits(commits), git.changes(commits)
    whole = git.is_quick and len(patches) >= _MANY and _arrive(git, patches, sent, changes)
    return [*([] if whole else _faults(git, patches, sent, changes)), *_of_covers(git, mails)]


def _arrive(git: CleanGit, patches: Sequence[Mail], sent: Sequence[Received], changes: Sequence[Changes]) -> bool:
    """Whether one `git am` of all the mails makes just the commits they are of: authors, dates, messages and files."""
    before: dict[bytes, bytes] = {}
    for change in changes:
        for path, (old, _) in change.items():
            before.setdefault(path, old)
    made = git.taken([one.raw for one in patches], {path: entry for path, entry in before.items() if entry})
    if len(made) != len(patches) or list(git.changes(made)) != list(changes):
        return False
    pairs = zip(sent, git.commits(made), strict=True)
    return all(not losses(wrote, [got]) and got.date == wrote.date for wrote, got in pairs)


def _faults(git: CleanGit, patches: Sequence[Mail], sent: Sequence[Received], changes: Sequence[Changes]) -> list[Lost]:
    """The same, mail by mail."""
    read = [git.received(one.raw, with_diff=True) for one in patches]
    diffs = [got[0].diff if got else b"" for got in read]
    made = git.applied(diffs, [{path: old for path, (old, _) in change.items() if old} for change in changes])
    found = []
    for one, wrote, got, change, files in zip(patches, sent, read, changes, made, strict=True):
        lost = [Lost(one.commit, loss.text, True) for loss in losses(wrote, got)]
        if got and not lost and got[0].date != wrote.date:
            lost.append(Lost(one.commit, f"its date would arrive as {got[0].date.decode('ascii', 'replace')}"))
        if got and (text := _files_differ(change, *files)):
            lost.append(Lost(one.commit, text))
        found += [replace(each, text=f"{one.subject!r}: {each.text}") for each in lost]
    return found


def _of_covers(git: CleanGit, mails: Sequence[Mail]) -> list[Lost]:
    words = "a line of it begins another mail for git (`From ... 00:00:00 2001`): indent it"
    return [Lost("", f"{one.subject!r}: {words}") for one in mails if not one.part and len(git.received(one.raw)) > 1]


def _files_differ(change: Mapping[bytes, tuple[bytes, bytes]], made: Mapping[bytes, bytes], said: str) -> str:
    """What differs between a commit's files and those its mail makes, "" where they are the same."""
    if said:
        return f"`git am` would not apply it: {said}"
    wanted = {path: new for path, (_, new) in change.items() if new}
    path = next((path for path in sorted({*wanted, *made}) if wanted.get(path) != made.get(path)), None)
    if path is None:
        return ""
    return f"`git am` would make another {path.decode('utf-8', 'replace')} of it than the commit has"
