"""commit-msg: the rules about a commit's message, in the time a commit may be held up."""

from __future__ import annotations

import os

from patchflow.adapters.git.hook_repository import QuickGit
from patchflow.adapters.quick_profile import QuickProfile
from patchflow.domain.patch import Patch
from patchflow.errors import UsageError
from patchflow.formats.patch.message_file import clean_message, is_autosquash, keeps_comments
from patchflow.rules.registry import commit_rules, judge_patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class MessageContext:
    """The part of rules.context.Context that rules about a message ask for; the whole costs a fifth of the hook."""

    def __init__(self, git: Any, profile: Any) -> None:
        self.history, self.profile = git, profile


def run(arguments: list[str]) -> int:
    """Judges the message in the file git names; 1 stops the commit."""
    if len(arguments) != 1:
        raise UsageError("commit-msg takes one argument: the file with the message.")
    git = QuickGit()
    if not git.is_kernel() or git.is_merging():
        return 0
    with open(arguments[0], "rb") as file:  # noqa: PTH123 - git's own path; pathlib would only cost
        raw = file.read(500_000)
    keep = keeps_comments(git.config("commit.cleanup"), _edited())
    text = clean_message(raw, _comment(git), keep, git.config("i18n.commitencoding"))
    if is_autosquash(text) or not text.strip():
        return 0  # git itself stops at an empty message
    me = git.identity("COMMITTER")
    patch = Patch("", text, git.identity(), None, "", (), committer=me, where=arguments[0])
    context: Any = MessageContext(git, _profile(git))
    found = list(judge_patch(patch, context, commit_rules()))
    if not found:
        return 0
    from patchflow.githooks.verdict import tell

    return tell("commit-msg", found, "the commit is stopped; its message is kept in "
                f"{os.path.relpath(arguments[0])}", "git commit --no-verify")  # fmt: skip


def _profile(git: QuickGit) -> QuickProfile:
    """The branch's own profile, else the one of the files that are committed."""
    if chosen := git.chosen_profile():
        return QuickProfile(chosen)
    return QuickProfile.of_files(git.folder, git.staged_paths, git.config("patchflow.profile"))


def _comment(git: QuickGit) -> str:
    return git.config("core.commentstring") or git.config("core.commentchar") or "#"


def _edited() -> bool:
    """Whether git opened an editor: it tells its hooks by GIT_EDITOR where it did not."""
    return os.environ.get("GIT_EDITOR") != ":"
