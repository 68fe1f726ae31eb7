"""A git repository read in-process: commits as patches, refs, tags, configuration, blobs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from patchflow.adapters.clone_files import below
from patchflow.adapters.git.libgit2 import DiffOption, ObjectType, SortMode, pygit2
from patchflow.adapters.git.opening import open_repository
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.git.underway import underway
from patchflow.adapters.kept import tell_damaged_ref
from patchflow.adapters.process import Completed, failure, run
from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.errors import MissingError, OutsideError, PatchflowError, UsageError
from patchflow.formats.patch.diff import parse_diff

# How git itself places an added block; libgit2 asks to be told.
_AS_GIT = DiffOption.INDENT_HEURISTIC

# How many commits are read as one series; git itself names no limit, but nobody reviews so many mails.
MOST_PATCHES = 1000
_OWN_TAGS = ("sent/*", "*-v[0-9]*")


class GitRepository:
    """One repository, worktrees included: `folder` is the work tree, `common` the shared git folder."""

    def __init__(self, directory: str | Path = ".") -> None:
        """Opens the repository around `directory`; MissingError where there is none."""
        self.raw = open_repository(str(directory))
        self.folder = Path(self.raw.workdir or self.raw.path)
        common = Path(self.raw.path) / "commondir"
        self.git_dir = Path(self.raw.path)
        self.common = (self.git_dir / common.read_text().strip()).resolve() if common.is_file() else self.git_dir
        self.state = StateDir(self.common / "patchflow")
        self._settings: dict[str, list[str]] | None = None
        self._diffs: dict[str, str] = {}

    # Branches and names

    def current_branch(self) -> str:
        """The branch HEAD stands on; PatchflowError on a detached HEAD."""
        if self.raw.head_is_detached:
            if at := underway(self.git_dir):
                whose = f" of {at.branch}" if self.has_branch(at.branch) else ""
                raise PatchflowError(
                    f"A {at.what}{whose} is going on here: HEAD stands on no branch meanwhile.",
                    f"{at.ends} comes first.",
                )
            raise PatchflowError(
                "HEAD is detached: it stands on a commit, not on a branch, so there is no series here.",
                "Run `git switch BRANCH`, or `patchflow new NAME` to start one.",
            )
        name = self.raw.lookup_reference("HEAD").target
        return str(name).removeprefix("refs/heads/")

    def branches(self) -> list[str]:
        """The local branches."""
        return list(self.raw.branches.local)

    def has_branch(self, name: str) -> bool:
        """Whether a local branch has this name."""
        return name in self.raw.branches.local

    def try_resolve(self, name: str) -> str | None:
        """The commit a name stands for (tags peeled), None where there is none."""
        try:
            found = self.raw.revparse_single(name)
            return str(found.peel(pygit2.Commit).id)
        except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError):
            if "@{" not in name:
                return None
        words = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]  # logs in tables
        return run(["git", "-C", str(self.folder), *words], check=False, timeout=20).text.strip() or None

    def resolve(self, name: str) -> str:
        """The commit a name stands for; UsageError where there is none."""
        commit = self.try_resolve(name)
        if commit is None:
            raise UsageError(
                f"{name!r} names no commit of {self.folder}.", "`git log` and `git tag` show what there is."
            )
        return commit

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, None where they share none."""
        found = self.raw.merge_base(one, other)
        return str(found) if found else None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or comes before it."""
        return old == new or self.raw.descendant_of(new, old)

    def is_public(self, commit: str) -> bool | None:
        """Whether others have a commit: a remote branch, or a tag that is no copy of a series sent from here (`sent/`
        of b4, `NAME-vN` of git-publish), holds it. None where nothing was fetched and nobody can tell.
        """
        if not self.refs("refs/remotes/"):
            return None
        held = ["--remotes", *(f"--exclude={one}" for one in _OWN_TAGS), "--tags"]
        words = ["rev-list", "--max-count=1", commit, "--not", *held]
        done = run(["git", "-C", str(self.folder), *words], check=False, timeout=60)
        return done.code == 0 and not done.text.strip()

    def upstream(self, branch: str) -> str | None:
        """The ref the branch follows (`origin/main`), None where it follows none."""
        try:
            above = self.raw.branches.local[branch].upstream
        except (KeyError, ValueError):
            return None
        return above.shorthand if above else None

    def default_branch(self, remote: str) -> str:
        """The branch that a remote's own HEAD named when it was cloned; "" where that is not known."""
        prefix = f"refs/remotes/{remote}/"
        try:
            return str(self.raw.lookup_reference(f"{prefix}HEAD").target).removeprefix(prefix)
        except (KeyError, ValueError):
            return ""

    def refs(self, prefix: str) -> dict[str, str]:
        """Full ref name -> hash, for refs that begin with `prefix`; those of ours that are damaged are told."""
        found: dict[str, str] = {}
        for ref in self.raw.references:
            if ref.startswith(prefix):
                try:
                    found[ref] = str(self.raw.lookup_reference(ref).resolve().target)
                except (KeyError, ValueError, pygit2.GitError):
                    continue
        if prefix.startswith("refs/patchflow/"):
            for ref in self.broken_refs(found, prefix):
                tell_damaged_ref(ref, "it names no object")
        return found

    def once_at(self, name: str) -> set[str]:
        """The commits that a remote branch (`origin/main`) was seen at, by its reflog; none for any other name."""
        full = f"refs/remotes/{name.removeprefix('refs/remotes/')}"
        try:
            ref = self.raw.lookup_reference(full)
            return {str(entry.oid_new) for entry in ref.log()}
        except (KeyError, ValueError):
            return set()
        except pygit2.GitError:  # a log in tables
            words = ["git", "-C", str(self.folder), "log", "-g", "--no-show-signature", "--format=%H", full, "--"]
            return set(run(words, check=False, timeout=20).text.split())

    def broken_refs(self, found: Collection[str], prefix: str) -> list[str]:
        """The refs of ours that stand in files and are none of those found: libgit2 passes over what it cannot read."""
        names = (path[len(str(self.common)) + 1 :] for path in below(f"{self.common}/{prefix.rpartition('/')[0]}"))
        ours = (one for one in names if one.startswith(prefix) and one not in found and one[-5:] != ".lock")
        return sorted(one for one in ours if (self.common / one).is_file())

    def tags(self, pattern: str) -> list[tuple[str, datetime]]:
        """Tags matching the regular expression, with their tagger's (else committer's) date."""
        want = re.compile(pattern)
        found: list[tuple[str, datetime]] = []
        for ref in self.raw.references:
            name = ref.removeprefix("refs/tags/")
            if name != ref and want.search(name):
                target = self.raw.get(self.raw.lookup_reference(ref).resolve().target)
                if isinstance(target, pygit2.Tag) and target.tagger:
                    found.append((name, _when(target.tagger)))
                elif isinstance(target, pygit2.Commit | pygit2.Tag):
                    found.append((name, _when(target.peel(pygit2.Commit).committer)))
        return found

    def tag(self, name: str) -> tuple[str, str, datetime] | None:
        """An annotated tag: the commit it stands for, its message and its date; None where there is none."""
        found = self.raw.references.get(f"refs/tags/{name}")
        target = self.raw.get(found.target) if found else None
        if not isinstance(target, pygit2.Tag) or target.tagger is None:
            return None
        return str(target.peel(pygit2.Commit).id), target.message or "", _when(target.tagger)

    # Commits

    def commits_between(self, base: str, tip: str, of: str = "") -> list[str]:
        """Hashes of the commits in base..tip, oldest first, merges included; PatchflowError for more than MOST_PATCHES.

        `of` names both ends in the error. A plain row of commits is read as it is; where there is a merge, or the base
        is far, git counts them first, so that no walk of libgit2's goes through all of history.
        """
        row: list[str] = []
        at = tip
        while at != base and len(row) <= MOST_PATCHES and len(above := self.parents(at)) == 1:
            row.append(at)
            at = above[0]
        if at == base and len(row) <= MOST_PATCHES:
            return row[::-1]
        words = ["rev-list", "--count", f"--max-count={MOST_PATCHES + 1}", f"{base}..{tip}", "--"]
        done = run(["git", "-C", str(self.folder), *words], timeout=60)
        if int(done.text) > MOST_PATCHES:
            raise PatchflowError(
                f"More than {MOST_PATCHES:,} commits stand between {of or f'{base[:12]} and {tip[:12]}'}: "
                "too many to be read as a series of patches.",
                "Name a base that is nearer, the commit below the first patch: `patchflow adopt BRANCH --base REF`.",
            )
        walk = self.raw.walk(tip, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        walk.hide(base)
        return [str(commit.id) for commit in walk]

    def patch(self, commit: str, with_diff: bool = True) -> Patch:
        """A commit as a patch, its diff against its first parent."""
        found = self.raw[commit]
        assert isinstance(found, pygit2.Commit)
        if with_diff and commit not in self._diffs and self.is_partial():
            self.preload([commit])  # git fetches what is missing; libgit2 cannot
        text = (self._diffs.get(commit) or self._diff_text(found)) if with_diff else ""
        return Patch(
            commit=str(found.id),
            message=self.message(commit),
            author=_person(found.author),
            date=_when(found.author),
            diff=text,
            files=parse_diff(text) if text else (),
            parents=len(found.parent_ids),
            where=str(found.id)[:12],
            committer=_person(found.committer),
        )

    def message(self, commit: str) -> str:
        """A commit's message, read in the encoding it names."""
        found = self.raw[commit]
        assert isinstance(found, pygit2.Commit)
        try:
            return found.raw_message.decode(found.message_encoding or "utf-8", "replace")
        except LookupError:
            return found.raw_message.decode("utf-8", "replace")

    def preload(self, commits: list[str]) -> None:
        """Reads the diffs of commits in one git command, as their mails will hold them: without the user's attributes
        (`* -diff`), which would hide a change from the checks. libgit2 would also look at the index anew for each."""
        missing = [commit for commit in commits if commit not in self._diffs]
        if not missing:
            return
        words = ["diff-tree", "--stdin", "-p", "-r", "-M", "--root", "--diff-merges=first-parent", "--no-color",
                 "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"]  # fmt: skip
        from patchflow.adapters.git.clean import clean_git  # what mails are made with; few commands need it

        with clean_git(self.common) as git:
            git.take_attributes(missing[-1])
            done = git.run(*words, stdin="".join(f"{commit}\n" for commit in missing).encode(), check=False)
        if done.code and self.is_partial():
            raise self.unfetched(done)
        text = done.out.decode("utf-8", "surrogateescape")
        # Within a diff every line begins with a mark or a word of git's: a bare hash is a commit's heading.
        parts = re.split(r"(?m)^([0-9a-f]{40})\n", text)
        self._diffs.update({commit: diff.lstrip("\n") for commit, diff in zip(parts[1::2], parts[2::2], strict=True)})

    def _diff_text(self, commit: pygit2.Commit) -> str:
        if commit.parents:
            diff = commit.parents[0].tree.diff_to_tree(commit.tree, flags=_AS_GIT)
        else:
            diff = commit.tree.diff_to_tree(flags=_AS_GIT, swap=True)
        diff.find_similar()
        # A patch to a file in Latin-1 is no UTF-8: its bytes survive as surrogates, for checkpatch.pl to see.
        return b"".join(patch.data for patch in diff if patch is not None).decode("utf-8", "surrogateescape")

    def paths_of(self, commit: str) -> tuple[str, ...]:
        """The paths a commit touches against its first parent, old names of renames included, without its diff."""
        found = self.raw[commit]
        if not isinstance(found, pygit2.Commit):
            return ()
        if self.is_partial():  # git fetches the trees that are missing; libgit2 cannot
            words = ["diff-tree", "-r", "-z", "--root", "--no-commit-id", "--name-only", "--diff-merges=first-parent"]
            done = self._fetching(["git", "-C", str(self.folder), *words, commit])
            return tuple(path for path in done.out.decode("utf-8", "surrogateescape").split("\0") if path)
        before = found.parents[0].tree if found.parents else None
        return tuple(path.decode("utf-8", "surrogateescape") for path in sorted(_differing(before, found.tree)))

    def paths_of_all(self, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The paths that each of many commits touches, as `paths_of` gives them, asked of one git."""
        words = ["diff-tree", "-r", "-z", "--root", "--name-only", "--diff-merges=first-parent", "--stdin"]
        words.append("--always")  # an empty commit is named too, and what comes next is not taken for its own
        done = self._fetching(["git", "-C", str(self.folder), *words], "".join(f"{one}\n" for one in commits).encode())
        found: dict[str, tuple[str, ...]] = {}
        waiting, now = list(commits), ""
        for word in filter(None, done.out.decode("utf-8", "surrogateescape").split("\0")):
            if waiting and word == waiting[0]:
                now = waiting.pop(0)
                found[now] = ()
            elif now:
                found[now] = (*found[now], word)
        return found

    def subject(self, commit: str) -> str | None:
        """A commit's subject by (abbreviated) hash, None where the object is not here."""
        try:
            found = self.raw.get(self.raw.revparse_single(commit).id) if len(commit) < 40 else self.raw.get(commit)
        except (KeyError, ValueError, pygit2.GitError):
            return None
        if not isinstance(found, pygit2.Commit):
            return None
        return found.message.split("\n", 1)[0].strip()

    def parents(self, commit: str) -> list[str]:
        """A commit's parents."""
        return [str(parent) for parent in self.raw[commit].peel(pygit2.Commit).parent_ids]

    def tree(self, commit: str) -> str:
        """The hash of a commit's tree."""
        return str(self.raw[commit].peel(pygit2.Commit).tree_id)

    def history_subjects(self, tip: str, path: str, most: int = 30, scan: int = 4000) -> list[str]:
        """Subjects of the newest commits before `tip` that touch `path`; looks at `scan` commits at most."""
        subjects: list[str] = []
        for count, commit in enumerate(self.raw.walk(tip, SortMode.TIME)):
            if count >= scan or len(subjects) >= most:
                break
            try:
                touches = len(commit.parent_ids) == 1 and _entry(commit.tree, path) != _entry(
                    commit.parents[0].tree, path
                )
            except (KeyError, pygit2.GitError):
                break  # a clone without trees: to fetch one for each commit would take for ever
            if touches:
                subjects.append(commit.message.split("\n", 1)[0])
        return subjects

    def is_shallow(self) -> bool:
        """Whether history is cut off (a shallow clone)."""
        return bool(self.raw.is_shallow)

    def is_partial(self) -> bool:
        """Whether objects may be missing that git fetches when they are asked for (a partial clone)."""
        return any(key.startswith("remote.") and key.endswith(".promisor") for key in self.settings())

    def have(self, commit: str, *paths: str) -> None:
        """Lets git fetch what a partial clone lacks of these files and folders of a commit, for libgit2 to read.

        OutsideError where that fails.
        """
        if self.is_partial():
            git = ["git", "-C", str(self.folder)]
            words = [*git, "ls-tree", "-r", "-z", commit, "--"]
            parts = [paths[at : at + 500] for at in range(0, len(paths), 500)] or [()]
            rows = [row for part in parts for row in self._fetching([*words, *part]).text.split("\0")]
            blobs = "".join(f"{row.split()[2]}\n" for row in rows if " blob " in row)
            self._fetching([*git, "cat-file", "--batch-check"], blobs.encode())

    def _fetching(self, argv: Sequence[str], stdin: bytes = b"") -> Completed:
        done = run(argv, stdin=stdin, check=False, timeout=600)
        if done.code:
            raise self.unfetched(done)
        return done

    def unfetched(self, done: Completed) -> OutsideError:
        """The error for a git that failed where a partial clone lacks something, else as any program's."""
        if not self.is_partial():
            return failure(done)
        said = " ".join(done.err_text.removeprefix("fatal: ").split("\nfatal: ")[0].split())
        return OutsideError(
            f"This clone is partial, and git could not fetch what it lacks: {said.rstrip('.')}.",
            "Run this again where its remote can be reached; nothing was changed.",
        )

    def commit_count(self, tip: str, most: int) -> int:
        """How many commits lead to `tip`, counted to `most` at most."""
        count = 0
        for _ in self.raw.walk(tip, SortMode.NONE):
            count += 1
            if count >= most:
                break
        return count

    # Files

    def read_blob(self, commit: str, path: str) -> bytes | None:
        """A file's bytes in a commit's tree, None where it is not there."""
        try:
            blob = self.raw[commit].peel(pygit2.Tree)[path]
            return blob.data if isinstance(blob, pygit2.Blob) else None
        except (KeyError, ValueError, pygit2.GitError):
            if not self.is_partial():
                return None
            done = run(["git", "cat-file", "blob", f"{commit}:{path}"], cwd=self.folder, check=False)  # fetches it
            if done.code and " does not exist in " not in done.err_text and " but not in " not in done.err_text:
                raise self.unfetched(done) from None
            return done.out if done.code == 0 else None

    def changed_lines(self, old: str, new: str, path: str) -> list[tuple[int, int]]:
        """First and last line, in `old`'s file, of what is different in `new`'s; lines put in count with both
        neighbours. A file that is gone is different as a whole."""
        before, after = self.read_blob(old, path), self.read_blob(new, path)
        if before is None or before == after:
            return []
        if after is None:
            return [(1, before.count(b"\n") + 1)]
        patch = pygit2.Patch.create_from(before, after, context_lines=0)
        spans = [(hunk.old_start, hunk.old_lines) for hunk in patch.hunks]
        return [(start, start + count - 1) if count else (start, start + 1) for start, count in spans]

    def paths(self, commit: str, under: str = "") -> Iterator[str]:
        """Every file of a commit's tree below a folder."""
        if self.is_partial():
            words = ["ls-tree", "-r", "--name-only", "-z", commit, "--", *([under] if under else [])]
            done = self._fetching(["git", "-C", str(self.folder), *words])
            text = done.out.decode("utf-8", "surrogateescape")
            yield from filter(None, text.split("\0"))
            return
        try:
            top = self.raw[commit].peel(pygit2.Tree)
            tree: pygit2.Object = top[under.rstrip("/")] if under else top
        except (KeyError, ValueError, pygit2.GitError):
            return
        stack = [(under.rstrip("/") + "/" if under else "", tree)]
        while stack:
            prefix, at = stack.pop()
            for row in at:  # type: ignore[attr-defined]
                if row.type == ObjectType.TREE:
                    stack.append((f"{prefix}{row.name}/", row))
                else:
                    yield f"{prefix}{row.name}"

    # Configuration

    def settings(self) -> dict[str, list[str]]:
        """Every git config key with its values, the winning one last.

        Asked of git itself: libgit2 knows neither GIT_CONFIG_GLOBAL nor -c and GIT_CONFIG_COUNT.
        """
        if self._settings is None:
            done = run(["git", "config", "--list", "--null"], cwd=self.folder, timeout=20, check=False)
            found: dict[str, list[str]] = {}
            for row in done.out.decode("utf-8", "replace").split("\0"):
                if row:
                    key, has_value, value = row.partition("\n")
                    found.setdefault(key, []).append(value if has_value else "true")  # as git reads `[format] notes`
            self._settings = found
        return self._settings

    def forget_settings(self) -> None:
        """Reads git config anew at the next question; called after it was changed."""
        self._settings = None

    def config(self, key: str) -> str | None:
        """The value of a git config key from the place that wins, None where it is not set."""
        values = self.config_all(key)
        return values[-1] if values else None

    def config_number(self, key: str, usual: int, most: int) -> int:
        """A whole number from 1 to `most` in git config, `usual` where it is not set; UsageError for anything else."""
        text = (self.config(key) or str(usual)).strip()
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
            raise UsageError(
                f"{key} of git config is {text[:40]!r}, which is not a whole number from 1 to {most}.",
                f"Set it with `git config {key} {usual}`.",
            )
        return int(text)

    def config_all(self, key: str) -> list[str]:
        """Every value of a git config key. Section and name have no case, a branch's name in the middle has."""
        section, _, rest = key.partition(".")
        middle, dot, name = rest.rpartition(".")
        return self.settings().get(f"{section.lower()}.{middle}{dot}{name.lower()}", [])

    def signature(self) -> pygit2.Signature:
        """The committer of what is written here."""
        me = self.identity()
        # As git itself does: no angle brackets and line breaks, and no dots or quotes at either end.
        name, email = (re.sub(r"[<>\n\x00]", "", text).strip(" .,:;\"\\'") for text in (me.name, me.email))
        if not name or not email:
            what = "user.email" if not email else "user.name"
            raise MissingError(f"git could not sign a commit: {what} holds nothing but punctuation.",
                               f"Run `git config --global {what} VALUE`.")  # fmt: skip
        return pygit2.Signature(name, email)

    def identity(self) -> Address:
        """user.name and user.email; MissingError where either is not set."""
        name, email = self.config("user.name"), self.config("user.email")
        if not email or not name:
            what = "user.email" if not email else "user.name"
            raise MissingError(
                f"git does not know who you are: {what} is not set.",
                f"Run `git config --global {what} {'you@example.org' if not email else 'YOUR-NAME'}`.",
            )
        return Address(name, email)


def _differing(one: pygit2.Tree | None, other: pygit2.Tree | None, above: bytes = b"") -> Iterator[bytes]:
    """The paths of what is not the same file in both trees, in a tenth of the time that libgit2's own diff takes for a
    tree as large as the kernel's: a folder that is the same is not looked into."""
    rows = [{row.raw_name or b"": row for row in tree} if tree is not None else {} for tree in (one, other)]
    for name in rows[0].keys() | rows[1].keys():
        sides = [each.get(name) for each in rows]
        marks = [side and (side.id, side.filemode) for side in sides]
        if marks[0] == marks[1]:
            continue
        before, after = (side if isinstance(side, pygit2.Tree) else None for side in sides)
        if before or after:
            yield from _differing(before, after, above + name + b"/")
        if any(side is not None and not isinstance(side, pygit2.Tree) for side in sides):
            yield above + name


def _entry(tree: pygit2.Tree, path: str) -> str | None:
    path = path.rstrip("/")
    return str(tree[path].id) if path in tree else None


def _person(signature: pygit2.Signature) -> Address:
    return Address(_text(signature.raw_name), _text(signature.raw_email))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _when(signature: pygit2.Signature) -> datetime:
    zone = timezone(timedelta(minutes=signature.offset))
    try:
        return datetime.fromtimestamp(signature.time, zone)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)
