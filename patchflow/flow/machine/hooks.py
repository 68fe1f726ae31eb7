"""What the git hooks share: the profile of the branch being worked on, and the checks of a staged diff and a mail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.git.hooks import HookFolder
from patchflow.adapters.kernel.checkpatch import checker_of
from patchflow.domain.finding import Finding, Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.errors import UsageError
from patchflow.flow.check.judge import check_patches
from patchflow.flow.clone import share
from patchflow.flow.subsystem.in_force import Subsystems
from patchflow.formats.patch.compose import decoded
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.patch_mail import parse_patch_mail
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context, Posting

if TYPE_CHECKING:
    from patchflow.adapters.git.hook_repository import QuickGit
    from patchflow.domain.profile import Profile
    from patchflow.flow.check.judge import Report
    from patchflow.flow.clone import Clone


def hook_folder(here: Clone, program: str, light: Sequence[str]) -> HookFolder:
    """The folder of a clone's hooks, core.hooksPath and worktrees honoured.

    `program` is the file the stubs start, `light` the hooks that need nothing but the standard library.
    """
    template = share("hooks", "hook.sh").read_text(encoding="utf-8")
    return HookFolder(here.git.common_dir_hooks(), template, Path(program).resolve(), tuple(light))


def profile_of_patch(git: QuickGit, patch: Patch) -> Profile:
    """The profile that was chosen for the branch HEAD stands on, else that of the bracket or of the patch's files."""
    subsystems = Subsystems(git.folder, usual=git.config("patchflow.profile"))
    chosen = git.chosen_profile() or subsystems.named_by(parse_subject(patch.subject_line).tree)
    return subsystems.of([(patch.message, patch.paths)], chosen)


def check_staged(git: QuickGit, diff: str) -> Report:
    """The rules about code, and checkpatch.pl, on a diff without a message; history is HEAD."""
    patch = Patch("", "staged: changes\n", git.identity(), None, diff, parse_diff(diff), where="index")
    facts = profile_of_patch(git, patch)
    context = Context(profile=facts, patches=(patch,), history=git)
    script = checker_of(Path(git.folder), facts)
    return check_patches([patch], facts, context, script, whole_series=False, kinds=(Scope.PATCH,), bare=True)


def check_mail(git: QuickGit, raw: bytes, name: str) -> list[Finding]:
    """The findings on one mail of a send: a patch is checked as far as one mail tells; a cover letter must be
    filled in; anything else is a letter, and nobody's business here."""
    head = raw.partition(b"\n\n")[0].decode("utf-8", "replace")
    try:
        patch, parent = parse_patch_mail(raw, name)
    except UsageError:
        return _cover_findings(head, raw.decode("utf-8", "replace"))
    subject = parse_subject(patch.subject_line)
    if subject.is_reply or not subject.is_patch:
        return []  # a letter that quotes or carries a diff
    return _patch_findings(git, profile_of_patch(git, patch), patch, parent, raw)


def _cover_findings(head: str, text: str) -> list[Finding]:
    if not any(line.lower().startswith("subject:") and "[" in line for line in head.split("\n")):
        return []
    if any(word in text for word in ("*** SUBJECT HERE ***", "*** BLURB HERE ***", "EDITME")):
        return [Finding("cover-letter", Severity.ERROR, "the cover letter still holds a placeholder", "cover", 1)]
    return []


def _patch_findings(git: QuickGit, facts: Profile, patch: Patch, parent: str, raw: bytes) -> list[Finding]:
    subject = parse_subject(patch.subject_line)
    single = not subject.counted  # a numbered one, 1/1, has a cover as well
    posting = Posting(
        tree=subject.tree,
        # The changelog of a series may stand in its cover, which this mail does not show: it is asked of a
        # single patch only.
        revision=subject.revision if single else 1, rfc=subject.rfc, resend=subject.resend,
        # Patches 1..N of a series reply to their cover, or to the first of them.
        in_reply_to=parent if single else "", changelog=patch.notes, has_cover=not single,
    )  # fmt: skip
    context = Context(profile=facts, patches=(patch,), posting=posting, history=git)
    script = checker_of(Path(git.folder), facts)
    kinds = (Scope.COMMIT, Scope.PATCH, Scope.MAIL)
    text = decoded(raw.decode("utf-8", "surrogateescape"))
    return check_patches([patch], facts, context, script, kinds=kinds, texts=[text]).all()
