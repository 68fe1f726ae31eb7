"""A state as a commit whose tree holds its items, on a remote and in refs of this clone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.libgit2 import FileMode, pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.errors import OutsideError, PatchflowError, UsageError

REMOTE_REF = "refs/patchflow-sync/state"
_MOST_ITEMS, _LARGEST = 100_000, 200_000_000  # files, bytes


def pulled_ref(remote: str) -> str:
    """The ref of the state that was last merged from a remote."""
    return f"refs/patchflow-sync/{remote}/pulled"


def pushed_ref(repository: GitRepository, remote: str) -> str:
    """The ref of the state that was last pushed since then: where the merge is undone, another one counts."""
    return f"refs/patchflow-sync/{remote}/pushed-{repository.try_resolve(pulled_ref(remote)) or 'first'}"


def known_state(repository: GitRepository, remote: str) -> str:
    """The state that this clone and a remote last had in common, "" for none."""
    names = (pushed_ref(repository, remote), pulled_ref(remote))
    return next(filter(None, map(repository.try_resolve, names)), "")


def push_urls(repository: GitRepository, git: GitCommands, remote: str) -> list[str]:
    """The URLs that a push goes to; UsageError where there is no remote of that name."""
    names = git.run("remote").text.split()
    if remote not in names:
        have = ", ".join(names) or "none"
        hint = "`git remote add NAME URL` adds one: a repository of your own that only you read."
        raise UsageError(f"{remote[:80]!r} is not a remote of this clone; there is {have}.", hint)
    return git.run("remote", "get-url", "--push", "--all", remote).text.splitlines()


def fetch_state(repository: GitRepository, git: GitCommands, remote: str) -> str:
    """The commit of the state on a remote, with all that it names; "" where there is none yet.

    OutsideError where the remote cannot be read.
    """
    found = git.run("ls-remote", "--", remote, REMOTE_REF, check=False)
    if found.code:
        raise OutsideError(
            f"The remote {remote} could not be read: {_said(found.err_text)}", "`git remote -v` shows it."
        )
    rows = [row.split("\t") for row in found.text.splitlines()]
    commit = next((row[0] for row in rows if row[1:] == [REMOTE_REF]), "")
    if not commit or repository.try_resolve(commit):
        return commit
    own = f"refs/patchflow-sync/{remote}/theirs"
    words = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
    ]
    done = git.run(*words, "--", remote, f"+{REMOTE_REF}:{own}", check=False)
    if done.code:
        raise OutsideError(f"The state on {remote} could not be fetched: {_said(done.err_text)}", "Run this again.")
    return repository.resolve(own)


def push_state(git: GitCommands, remote: str, commit: str) -> None:
    """Puts a state on a remote; OutsideError where it is not taken, as when another machine was faster."""
    done = git.run("push", "--quiet", "--no-follow-tags", "--", remote, f"{commit}:{REMOTE_REF}", check=False)
    if done.code == 0:
        return
    if "non-fast-forward" in done.err_text or "fetch first" in done.err_text:
        raise PatchflowError(f"Another machine pushed to {remote} meanwhile.", f"`patchflow sync pull {remote}` first.")
    raise OutsideError(f"{remote} did not take the state: {_said(done.err_text)}", "Nothing was changed there.")


def read_state(repository: GitRepository, commit: str) -> dict[str, bytes]:
    """The items of a state; PatchflowError where it is larger than any can be."""
    items: dict[str, bytes] = {}
    left = _LARGEST
    for path in repository.paths(commit) if commit else ():
        content = repository.read_blob(commit, path) or b""
        left -= len(content)
        if left < 0 or len(items) >= _MOST_ITEMS:
            raise PatchflowError("The state on the remote is too large to be one of patchflow's.", "Nothing was taken.")
        items[path] = content
    return items


def write_state(repository: GitRepository, items: Mapping[str, bytes], parents: Iterable[str]) -> str:
    """A commit of these items that hangs from `parents`, so that a push takes them along; no ref moves."""
    raw = repository.raw
    index = pygit2.Index()
    for name, content in sorted(items.items()):
        index.add(pygit2.IndexEntry(name, raw.create_blob(content), FileMode.BLOB))
    me = repository.signature()
    above = list(dict.fromkeys(parents))
    return str(raw.create_commit(None, me, me, "patchflow: state of the series\n", index.write_tree(raw), above))


def _said(text: str) -> str:
    return " ".join(text.split())[-400:] or "git does not say why"
