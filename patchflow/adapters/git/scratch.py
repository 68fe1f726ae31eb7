"""Commits made of patches in an index of their own: no work tree, no branch and no HEAD is touched.

The commits hang from nothing; git's own clean-up takes them away some weeks later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patchflow.adapters.files import scratch_folder
from patchflow.adapters.git.commands import GitCommands
from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.domain.received import Preimage
from patchflow.values import dataclass

# No hook and no key of the user's changes what a stranger's patch becomes.
QUIET = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
    "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true",
    "-c", "apply.whitespace=nowarn", "-c", "apply.ignoreWhitespace=no", "-c", "commit.gpgSign=false",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """Commits on a base, one a patch; where a patch does not apply, those before it and what git said."""

    base: str
    commits: tuple[str, ...]
    said: str = ""

    @property
    def tip(self) -> str:
        """The last commit, the base where there is none."""
        return self.commits[-1] if self.commits else self.base


def commits_on(git: GitCommands, base: str, patches: Sequence[Patch], committer: Address | None = None) -> Made:
    """The patches as commits on a commit, three-way where one does not fit as it is; by default each author commits."""
    with scratch_folder() as folder:
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        git.run("read-tree", base, env=env)
        return _commits(git, base, patches, env, committer)


def commits_on_blobs(git: GitCommands, files: Sequence[Preimage], patches: Sequence[Patch]) -> Made | None:
    """The patches as commits on a tree of just the files they start from; None where one of these is not here."""
    names = full_blobs(git, [one.blob for one in files])
    if any(one.blob not in names for one in files):
        return None
    with scratch_folder() as folder:
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        rows = b"".join(
            f"{one.mode} {names[one.blob]}\t".encode() + one.path.encode("utf-8", "surrogateescape") + b"\0"
            for one in files
        )
        git.run("update-index", "-z", "--index-info", stdin=rows, env=env)
        tree = git.run("write-tree", env=env).text.strip()
        base = git.run("commit-tree", tree, stdin=b"what the patches start from\n", env=NOBODY).text.strip()
        return _commits(git, base, patches, env)


def full_blobs(git: GitCommands, names: Sequence[str]) -> dict[str, str]:
    """The full hashes of abbreviated ones, of those that name a file's content here."""
    if not names:
        return {}
    text = git.run("cat-file", "--batch-check", stdin="".join(f"{one}\n" for one in names).encode()).text
    rows = [row.split() for row in text.split("\n") if row]
    return {name: row[0] for name, row in zip(names, rows, strict=False) if row[1:2] == ["blob"]}


NOBODY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "nobody", "EMAIL": "nobody@localhost", "DATE": "1000000000 +0000"}.items()
}


def author_env(patch: Patch, committer: Address | None = None) -> Mapping[str, str]:
    """The environment in which git commits a patch, by its author or another `committer`: the same commit each time."""
    when = "1000000000 +0000"
    if patch.date:  # `@`: git takes a plain number for seconds only where the year is a near one
        when = f"@{max(int(patch.date.timestamp()), 0)} {f'{patch.date:%z}'[:5] or '+0000'}"
    found = dict(NOBODY)
    for role in ("AUTHOR", "COMMITTER"):
        who = committer if committer and role == "COMMITTER" else patch.author
        name, email = (_plain(text) for text in (who.name, who.email))
        found |= {f"GIT_{role}_NAME": name or "nobody", f"GIT_{role}_EMAIL": email or "nobody@localhost",
                  f"GIT_{role}_DATE": when}  # fmt: skip
    return found


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() and sign not in "<>").strip(" .,:;\"\\'")


def _commits(
    git: GitCommands, base: str, patches: Sequence[Patch], env: Mapping[str, str], committer: Address | None = None
) -> Made:
    at, made = base, list[str]()
    for patch in patches:
        diff = patch.diff.encode("utf-8", "surrogateescape")
        done = git.run(
            *QUIET, "apply", "--cached", "--3way", "--whitespace=nowarn", "-", stdin=diff, env=env, check=False
        )
        if done.code:
            said = [row.removeprefix("error: ") for row in done.err_text.split("\n") if row.startswith("error: ")]
            return Made(base, tuple(made), f"{patch.subject}: {'; '.join(said[:3]) or 'git does not say why'}")
        tree = git.run("write-tree", env=env).text.strip()
        message = patch.message.encode("utf-8", "surrogateescape")
        at = git.run(
            *QUIET, "commit-tree", "-p", at, tree, stdin=message, env=author_env(patch, committer)
        ).text.strip()
        made.append(at)
    return Made(base, tuple(made))
