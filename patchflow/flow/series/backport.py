"""Backports commits of Linus' tree to a stable branch, in a work tree of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.git.commit_range import read_range
from patchflow.adapters.git.conflict import Place, places_of
from patchflow.adapters.git.underway import underway
from patchflow.domain.patch import Patch
from patchflow.domain.series import Cover, Series
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone, profile
from patchflow.flow.series.prepare import Earlier, adopt
from patchflow.formats.patch.trailers import person, trailers_of
from patchflow.values import dataclass

PROFILE = "stable"
_STABLE_URL = "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git"
_TO = lazy_re.compile(r"\d{1,2}\.\d{1,3}\.y")
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")  # the message is another's; its rules were judged upstream
_NAMED = lazy_re.compile(r"(?m)^commit ([0-9a-f]{40}) upstream\.$")
_LINES = 4  # of each side, told of a place that does not merge
_PLACES = 10  # places told for each file in conflict
_MOST = 5  # upstream commits named for each file in conflict
# Who was on the original: stable-kernel-rules.rst wants them to see the backport.
_PEOPLE = ("signed-off-by", "reviewed-by", "acked-by", "tested-by", "reported-by", "suggested-by", "co-developed-by")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that does not merge: whether the stable branch lacks it, and the newest upstream commits (hash and title)
    that changed it and are not there; `more` are further ones; and where exactly it does not merge."""

    path: str
    missing: bool
    commits: tuple[str, ...]
    more: int = 0
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Backport:
    """How far a backport is: its branch and work tree, the commits that are done, and what stands in the way of the
    next one, or the series where all are done."""

    branch: str
    folder: Path
    done: int
    total: int
    commit: str = ""
    conflicts: tuple[Conflict, ...] = ()
    series: Series | None = None


def start(here: Clone, names: Sequence[str], to: str, onto: str = "", folder: str = "") -> Backport:
    """Makes a branch and a work tree at the tip of a stable branch, and picks the commits there.

    `names` are commits or ranges, oldest first; `to` is the branch's name (6.6.y). UsageError for names that are none,
    a merge, or where no such branch was fetched; the work tree and the branch that one stands on are not touched.
    """
    if not _TO.fullmatch(to):
        raise UsageError(f"{to!r} is not a stable branch.", "Name it as it is called: 6.6.y.")
    base = here.repository.resolve(onto or _stable_ref(here, to))
    commits = [patch for name in names for patch in read_range(here.repository, name).patches(here.repository)]
    for patch in commits:
        if len(here.repository.parents(patch.commit)) != 1:
            raise UsageError(f"{patch.commit[:12]} ({patch.subject}) is a merge.", "Name the commits that it merged.")
    slug = "-".join(re.findall(r"[a-z0-9]+", commits[0].subject.lower()))[:40].strip("-") or "backport"
    branch = f"{slug}-{to}"
    place = Path(folder) if folder else _folder(here) / f"{here.repository.folder.name}-{branch}"
    if place.exists():
        raise UsageError(f"{place} exists already.", "Name another folder with --in DIR.")
    if here.repository.has_branch(branch):
        raise PatchflowError(
            f"The branch {branch} exists already.", f"`patchflow backport --abort {branch}` removes it."
        )
    with here.store.ledger.lock():
        # What `--abort` needs stands before the branch does: a kill between leaves nothing that it cannot remove.
        here.git.run("config", "--unset-all", f"branch.{branch}.patchflow-backport", check=False)
        for one in (base, *(patch.commit for patch in commits)):
            here.git.run("config", "--add", f"branch.{branch}.patchflow-backport", one)
        here.git.run(*_NO_HOOKS, "worktree", "add", "-q", "-b", branch, str(place), base)
        return _pick(Clone(str(place)), branch, to)


def _folder(here: Clone) -> Path:
    """Where work trees are made: patchflow.backportdir, as seen from the clone, else beside the clone."""
    named = here.repository.config("patchflow.backportdir") or ".."
    return Path(os.path.normpath(here.repository.folder / Path(named).expanduser()))


def go_on(here: Clone, why: str = "") -> Backport:
    """Goes on in the work tree of a backport, whose conflicts were resolved; `why` is said in the commit's message."""
    branch = here.repository.current_branch()
    with here.store.ledger.lock():
        return _go_on(here, branch, why)


def _go_on(here: Clone, branch: str, why: str) -> Backport:
    _, *commits = _kept(here, branch)
    if underway(here.repository.git_dir):
        if unmerged(here):
            return _stopped(here, branch, _done(here, branch), commits)
        done = here.git.run(*_NO_HOOKS, "cherry-pick", "--continue", check=False, env={"GIT_EDITOR": "true"})
        if done.code:
            said = done.err_text.strip().split("\n")[0] or "git said nothing"
            raise PatchflowError(
                f"What was resolved could not be committed: {said.rstrip('.')}.",
                f"Nothing may be left of the change; `patchflow backport --abort {branch}` elsewhere gives it up.",
            )
    return _pick(here, branch, branch.rpartition("-")[2], why)


def abort(here: Clone, branch: str) -> Path | None:
    """Removes the branch of a backport, its settings and its work tree; the work tree's folder.

    PatchflowError where it was sent: then the branch is what reviewers answer to.
    """
    _kept(here, branch)
    change_id = here.store.setting(branch, "change-id")
    if change_id and here.store.revisions(change_id):
        raise PatchflowError(
            f"The backport {branch} was sent, so its branch is kept.",
            "`git worktree remove DIR` and `git branch -D` remove it by hand.",
        )
    text = here.git.run("worktree", "list", "--porcelain", "-z").text
    rows = [dict(line.partition(" ")[::2] for line in block.split("\0")) for block in text.split("\0\0")]
    folder = next((row["worktree"] for row in rows if row.get("branch") == f"refs/heads/{branch}"), "")
    if folder and Path(folder).resolve() == here.repository.folder.resolve():
        raise UsageError(
            "This work tree cannot remove itself.", f"Run it elsewhere: `patchflow -C DIR backport --abort {branch}`."
        )
    with here.store.ledger.lock():
        if folder:
            here.git.run("worktree", "remove", "--force", folder)
        if here.repository.has_branch(branch):
            here.git.run("branch", "-q", "-D", branch)  # git removes the branch's settings with it
        here.git.run("config", "--remove-section", f"branch.{branch}", check=False)  # where it had come no further
    return Path(folder) if folder else None


def unmerged(here: Clone) -> list[str]:
    """The paths that wait to be resolved."""
    text = here.git.run("diff", "--name-only", "--diff-filter=U", "-z").text
    return list(dict.fromkeys(filter(None, text.split("\0"))))


def _stable_ref(here: Clone, to: str) -> str:
    """The branch that was fetched; UsageError where there is none, or several that are not the same."""
    wanted = (f"linux-{to}", to)
    found = {
        ref: tip
        for ref, tip in here.repository.refs("refs/").items()
        if ref.startswith(("refs/remotes/", "refs/heads/")) and ref.rpartition("/")[2] in wanted
    }
    if len(set(found.values())) > 1:
        raise UsageError(f"Several branches are called so: {', '.join(found)}.", "Say which is meant with --onto REF.")
    if found:
        return next(iter(found))
    raise UsageError(
        f"No stable branch linux-{to} was fetched here.",
        f"`git fetch {_STABLE_URL} linux-{to}:refs/remotes/stable/linux-{to}` fetches it; --onto REF names another.",
    )


def _kept(here: Clone, branch: str) -> list[str]:
    kept = here.repository.config_all(f"branch.{branch}.patchflow-backport")
    if not kept:
        raise UsageError(
            f"The branch {branch} is not a backport.", "`patchflow backport COMMIT --to 6.6.y` starts one."
        )
    return kept


def _done(here: Clone, branch: str, why: str = "") -> int:
    """How many of the commits are picked: each commit on the branch is told by the upstream commit that it names.

    The newest may not name it yet, where the user ended a conflict with git, or a kill came between: it gets its
    message now, with `why` in it. PatchflowError where a commit is none of those to be picked, or in another place.
    """
    base, *commits = _kept(here, branch)
    made = here.repository.commits_between(base, here.repository.resolve(f"refs/heads/{branch}"))
    for number, name in enumerate(made):
        patch = here.repository.patch(name, with_diff=False)
        match, wanted = _NAMED.search(patch.message), commits[number] if number < len(commits) else ""
        if match and match[1] == wanted:
            continue
        upstream = here.repository.patch(wanted, with_diff=False) if wanted else None
        same = upstream and (patch.subject, patch.author) == (upstream.subject, upstream.author)
        if match or not same or name != made[-1]:
            raise PatchflowError(
                f"{name[:12]} ({patch.subject}) on {branch} is not the commit that should stand there"
                + (f", {wanted[:12]} of Linus' tree." if wanted else ": all have been picked."),
                "Squash it into the one it belongs to (`git rebase -i`), and go on.",
            )
        _reword(here, wanted, why)
    return len(made)


def _pick(here: Clone, branch: str, to: str, why: str = "") -> Backport:
    base, *commits = _kept(here, branch)
    for number in range(_done(here, branch, why), len(commits)):
        env = {"GIT_EDITOR": "true"}
        done = here.git.run(*_NO_HOOKS, "cherry-pick", commits[number], check=False, env=env)
        if done.code and unmerged(here):
            return _stopped(here, branch, number, commits)
        if done.code:
            here.git.run("cherry-pick", "--abort", check=False)
            said = done.err_text.strip().split("\n")[0] or "git said nothing"
            raise PatchflowError(
                f"{commits[number][:12]} was not picked: {said.rstrip('.')}.",
                f"It may be in {to} already; `patchflow backport --abort {branch}` removes the branch.",
            )
        _reword(here, commits[number], "")
    return Backport(
        branch, here.repository.folder, len(commits), len(commits), series=_finish(here, branch, base, commits, to)
    )


def _stopped(here: Clone, branch: str, number: int, commits: Sequence[str]) -> Backport:
    """Explains the conflicts of one commit, file by file."""
    commit, base = commits[number], _kept(here, branch)[0]
    found = []
    for path in unmerged(here):
        text = here.git.run("log", "--format=%H %h %s", "--no-merges", f"{base}..{commit}^", "--", path).text
        rows = [row[41:] for row in text.splitlines() if row[:40] not in commits[:number]]
        missing = here.git.run("cat-file", "-e", f"{base}:{path}", check=False).code != 0
        places = tuple(places_of(here.git, path, commit, base, commits[:number]))
        found.append(Conflict(path, missing, tuple(rows[:_MOST]), max(0, len(rows) - _MOST), places))
    return Backport(branch, here.repository.folder, number, len(commits), commit, tuple(found))


def _reword(here: Clone, commit: str, why: str) -> None:
    """Gives the commit at HEAD the upstream message, with the line that names it and the user's sign-off."""
    message, me = here.repository.patch(commit, with_diff=False).message, here.repository.identity()
    title, _, rest = message.partition("\n")
    text = f"{title}\n\ncommit {commit} upstream.\n\n{rest.strip()}\n"
    if why:
        text += f"[ {me.name}: {' '.join(why.split())} ]\n"
    own = f"Signed-off-by: {me}\n"
    text += own if trailers_of(text) or why else f"\n{own}"
    words = ("commit", "-q", "--amend", "--no-verify", "--cleanup=verbatim", "-F", "-")
    here.git.run(*_NO_HOOKS, *words, stdin=text.encode("utf-8", "surrogateescape"))


def _finish(here: Clone, branch: str, base: str, commits: Sequence[str], to: str) -> Series:
    """Makes a series of the branch: bracket, people, and in its notes how each patch differs from upstream's."""
    made = here.repository.commits_between(base, here.repository.resolve(f"refs/heads/{branch}"))
    patches = [here.repository.patch(commit, with_diff=False) for commit in commits]
    parts = [
        _differs(patch, here.git.range_diff((f"{patch.commit}^", patch.commit), (f"{new}^", new)), to)
        for patch, new in zip(patches, made, strict=True)
    ]
    more = f" and {len(patches) - 1} more" if len(patches) > 1 else ""
    cover = Cover(f"backport of {patches[0].subject!r}{more}", "\n\n".join(parts))
    earlier = Earlier(cover=cover, people=_people(here, patches), prefixes=(to,))
    return adopt(here.repository, here.store, branch, profile(PROFILE), base, earlier, True, template=cover)


def _differs(patch: Patch, text: str, to: str) -> str:
    """How a backport differs from the upstream commit, as git range-diff tells it; its message always does."""
    head = f'Backport of commit {patch.commit[:12]} ("{patch.subject}") to {to}'
    inner = [line for line in text.split("\n")[1:] if line.strip()]
    section, changed = "", False
    for line in inner:
        if match := re.match(r" {4}[-+ ] ?## (.*?) ##", line):
            section = match[1]
        changed = changed or (
            section not in ("", "Metadata", "Commit message") and re.match(r" {4}[-+]", line) is not None
        )
    if not changed:
        return f"{head}: the same change."
    return "\n".join((f"{head}; git range-diff to it:", "", *inner))


def _people(here: Clone, patches: Sequence[Patch]) -> tuple[str, ...]:
    me = here.repository.identity().key
    found: dict[str, str] = {}
    for patch in patches:
        named = [person(one.value) for one in trailers_of(patch.message) if one.key.lower() in _PEOPLE]
        for who in (patch.author, *named):
            if who is not None and who.email and who.key != me:
                found.setdefault(who.key, str(who))
    return tuple(found.values())


def tell(made: Backport, note: Callable[[str], None]) -> None:
    """The conflicts in words, and what to do about them."""
    note(f"{made.commit[:12]} does not apply ({made.done} of {made.total} done); resolve it in {made.folder}:")
    for one in made.conflicts:
        note(f"  {one.path}" + (" is not in the stable branch at all" if one.missing else ""))
        for place in one.places[:_PLACES]:
            for line in _told(place):
                note(f"    {line}")
        if len(one.places) > _PLACES:
            note(f"    and {len(one.places) - _PLACES} more places")
        for row in one.commits:
            note(f"    upstream changed it before in {row}")
        if one.more:
            note(f"    and in {one.more} more commits")
    note('Then `git add` the files and run `patchflow backport --continue --why "what was adapted"` there;')
    note(f"`patchflow backport --abort {made.branch}` elsewhere gives it up. A commit above may be needed before it.")


def _told(place: Place) -> Iterator[str]:
    """One place that does not merge, for people."""
    yield f"line {place.line}" + (f", below `{place.heading}`" if place.heading else "")
    for words, rows, commits in (
        ("the stable branch has", place.here, place.own),
        ("upstream had", place.before, place.because),
        ("and the commit makes it", place.after, ()),
    ):
        by = f" ({'; '.join(commits[:3])})" if commits else ""
        yield f"  {words}{by}:" if rows else f"  {words}: nothing"
        yield from (f"    {row.strip()}" for row in rows[:_LINES])
        if len(rows) > _LINES:
            yield f"    and {len(rows) - _LINES} more lines"
