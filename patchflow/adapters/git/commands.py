"""The git commands that have no library form, run by the one runner of programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from patchflow.adapters.process import Completed, run
from patchflow.domain.patch import Patch
from patchflow.errors import PatchflowError


class GitCommands:
    """Runs git in one work tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        check: bool = True,
        timeout: float = 300.0,
    ) -> Completed:
        """Runs `git WORDS`; with `check`, a status other than 0 raises OutsideError. `timeout` is in seconds."""
        return run(["git", *words], cwd=self.folder, stdin=stdin, env=env, check=check, timeout=timeout)

    def is_dirty(self) -> list[str]:
        """Tracked paths with uncommitted changes, staged or not."""
        text = self.run("status", "--porcelain", "--untracked-files=no", "-z").text
        return [row[3:] for row in text.split("\0") if len(row) > 3]

    def update_refs(
        self, changes: Sequence[tuple[str, str, str]], message: str, env: Mapping[str, str] | None = None
    ) -> None:
        """Moves refs in one transaction: (ref, new, old); an empty hash stands for "does not exist"."""
        zero = "0" * 40
        rows = ["start"]
        for ref, new, old in changes:
            if new:
                rows.append(f"update {ref} {new} {old or zero}")
            else:
                rows.append(f"delete {ref} {old}")
        rows.extend(["prepare", "commit", ""])
        self.run("update-ref", "--create-reflog", "-m", message, "--stdin", stdin="\n".join(rows).encode(),
                 env=env)  # fmt: skip

    def patch_ids(self, patches: Iterable[Patch]) -> dict[str, str]:
        """Commit -> git's stable patch id, for all of them in one process; an empty diff has none."""
        blocks = {patch.commit: f"commit {patch.commit}\n{patch.diff}\n" for patch in patches if patch.diff}
        if not blocks:
            return {}
        text = self.run("patch-id", "--stable", stdin="".join(blocks.values()).encode("utf-8", "surrogateescape")).text
        rows = [line.split() for line in text.split("\n") if line.strip()]
        return {commit: patch_id for patch_id, commit in rows if commit in blocks}  # a mail may name others

    def range_diff(self, old: tuple[str, str], new: tuple[str, str], color: bool = False) -> str:
        """The range-diff of two (base, tip) pairs as text, as it stands in a cover letter: no key of the user's, no
        textconv that fails, changes it. PatchflowError where there is no tip: of mail alone no commits are kept."""
        if not (old[1] and new[1]):
            raise PatchflowError(
                "The commits of that version are not kept in this clone: it was sent by hand, and differs from the "
                "branch that was adopted.",
                "`patchflow thread` shows its mails.",
            )
        from patchflow.adapters.git.clean import clean_git  # what mails are made and read with; few commands need it

        flag = "--color=always" if color else "--no-color"
        common = (self.folder / self.run("rev-parse", "--git-common-dir").text.strip("\n")).resolve()
        with clean_git(common) as git:
            return git.run("range-diff", flag, f"{old[0]}..{old[1]}", f"{new[0]}..{new[1]}").text

    def common_dir_hooks(self) -> Path:
        """The folder git looks for hooks in, core.hooksPath honoured."""
        text = self.run("rev-parse", "--git-path", "hooks").text.strip()
        return (self.folder / text).resolve()
