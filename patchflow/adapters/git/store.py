"""Where a series lives in git: branch settings, the cover letter, and sent revisions under refs/patchflow/."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from patchflow import lazy_re
from patchflow.adapters.git.b4_branch import as_now, floor, sent_by_b4
from patchflow.adapters.git.change import Change
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.libgit2 import FileMode, ObjectType, pygit2
from patchflow.adapters.git.repository import MOST_PATCHES, GitRepository
from patchflow.adapters.git.undo import Ledger
from patchflow.domain.series import Cover, Revision, Series
from patchflow.errors import PatchflowError, UsageError
from patchflow.formats.mail.base_info import read_entry
from patchflow.formats.patch import b4
from patchflow.formats.patch.cover import cover_text, parse_cover
from patchflow.formats.patch.revision import dump_revision, parse_revision
from patchflow.formats.plain_name import plain_name

_ANSWERS = lazy_re.compile(r"([0-9]{1,4}) ([!-;=?-~]{3,300})")
_KEY = lazy_re.compile(r"^branch\.(.+)\.patchflow-change-id$")


class SeriesStore:
    """Reads and plans the state of series in one clone."""

    def __init__(self, repository: GitRepository, commands: GitCommands) -> None:
        self.repository = repository
        self.commands = commands
        self.ledger = Ledger(repository, commands)
        self._listed: dict[str, str] | None = None

    # Settings

    def names(self) -> list[str]:
        """The branches that are series, by name."""
        found = {match[1] for key in self.repository.settings() if (match := _KEY.match(key))}
        return sorted(name for name in found if self.repository.has_branch(name))

    def shown(self) -> list[str]:
        """Those of them that were not put away."""
        return [name for name in self.names() if not self.setting(name, "archived")]

    def setting(self, branch: str, key: str) -> str:
        """One of the branch's own settings (profile, base, change-id, prefixes), "" where it is not set."""
        return self.repository.config(f"branch.{branch}.patchflow-{key}") or ""

    def lowest_revision(self, branch: str) -> int:
        """The lowest number that the branch's next revision may have."""
        return self.repository.config_number(f"branch.{branch}.patchflow-revision", 1, 9999)

    def plan_setting(self, change: Change, branch: str, key: str, value: str) -> None:
        """Plans one of the branch's own settings; "" removes it."""
        self.ledger.set_config(change, f"branch.{branch}.patchflow-{key}", *([value] if value else []))

    # Series

    def load(self, branch: str = "", with_diffs: bool = True) -> Series:
        """The series on a branch (the current one by default); PatchflowError where the branch is none."""
        branch = branch or self.repository.current_branch()
        change_id = self.setting(branch, "change-id")
        if not change_id:
            raise PatchflowError(
                f"The branch {branch} is not a series yet.",
                "`patchflow new NAME` starts one; `patchflow adopt` takes over this branch as it is.",
            )
        plain_name(change_id, f"The change-id of {branch}")
        base_ref = self.setting(branch, "base")
        tip = self.repository.resolve(f"refs/heads/{branch}")
        revisions, previews = self._records(change_id)
        below = self.below(branch, tip, revisions)
        base = self._stands_on(branch, below, tip)
        if (under := self.under_cover(branch, base, tip)) and under != base:
            base = under
            if not self.setting(branch, "onto"):  # the branch was rebased since
                below, base_ref = base, base
        commits = self.repository.commits_between(base, tip, f"{base_ref} and {branch}")
        found = self._b4_cover(branch, commits)
        if not found and self.repository.config(f"branch.{branch}.b4-prep-cover-strategy") == "commit":
            raise PatchflowError(
                f"b4's cover commit of {branch} is gone, and with it the record of what was sent.",
                f"`git reflog {branch}` names the commit that had it below; where the branch is no longer b4's, "
                f"`git config --unset branch.{branch}.b4-prep-cover-strategy`.",
            )
        strategy, cover, tracking = found if found else ("", self._file_cover(change_id), None)
        head = ""
        if strategy == "commit":
            commits = commits[1:]
        elif strategy == "tip-commit":
            if not self._is_cover(commits[-1]):
                raise PatchflowError(
                    f"There are commits above b4's cover commit of {branch}, which its strategy tip-commit has on top.",
                    f"Move it there with `git rebase -i {base[:12]}`.",
                )
            head, tip, commits = tip, self.repository.parents(tip)[0], commits[:-1]
        if with_diffs:
            self.repository.preload(commits)
        patches = tuple(self.repository.patch(commit, with_diffs) for commit in commits)
        number = self.lowest_revision(branch)
        if tracking:
            revisions += sent_by_b4(self.repository, self.commands, tracking, revisions)
            revisions = as_now(self.repository, sorted(revisions, key=lambda one: one.number), patches)
            number = max(number, floor(cover, tracking, revisions))
        depends = tracking.prerequisites if tracking else tuple(self.repository.config_all(_depends(branch)))
        named = [found[1] for found in map(read_entry, depends) if found and found[0] == "base-commit"]
        below = (self.repository.try_resolve(named[-1]) if named else None) or below
        return Series(
            branch=branch,
            change_id=change_id,
            profile=self.setting(branch, "profile"),
            base_ref=base_ref,
            base=base,
            tip=tip,
            patches=patches,
            cover=cover,
            revisions=tuple(revisions),
            prefixes=tuple(self.setting(branch, "prefixes").split()) or (tracking.prefixes if tracking else ()),
            presubject=self.setting(branch, "presubject") or (tracking.presubject if tracking else ""),
            b4=strategy,
            next_floor=number,
            head=head,
            depends=depends,
            below=below if below != base else "",
            previews=previews,
            **self._answers(branch),
        )

    @contextmanager
    def changing(self, series: Series, so: str = "nothing was written over it") -> Iterator[None]:
        """Holds the clone for a change made from this series; refused where the series is not as it was read.

        `so` says in the error what did not happen.
        """
        with self.ledger.lock():
            now = self.load(series.branch, with_diffs=False)
            different = [what for what, one, other in _differences(series, now) if one != other]
            if different:
                raise PatchflowError(
                    f"{series.name} was changed since it was read here ({', '.join(different)}), so {so}.",
                    "Look at it as it stands now, and do it again.",
                )
            yield

    def below(self, branch: str, tip: str, revisions: Sequence[Revision]) -> str:
        """The commit of the tree named as its base that a branch stands on; UsageError where there is none. `revisions`
        are those that were sent of it."""
        base_ref = self.setting(branch, "base")
        named = self.repository.try_resolve(base_ref) if base_ref else None
        if named is None:
            same = f"/{base_ref.removeprefix('refs/remotes/').partition('/')[2]}"
            refs = [ref for ref in self.repository.refs("refs/remotes/") if ref.count("/") > 2 and ref.endswith(same)]
            other = refs[0].removeprefix("refs/remotes/") if base_ref and len(same) > 1 and refs else "REF"
            raise UsageError(
                f"The base of {branch} is {base_ref or 'not set'}, which names no commit here.",
                f"`patchflow adopt {branch} --base {other}` sets another.",
            )
        base = self.repository.merge_base(named, tip)
        if base is None:
            raise UsageError(f"{branch} and its base {base_ref} have no common ancestor.")
        return self.fork_point(base_ref, base, tip, revisions)

    def fork_point(self, base_ref: str, base: str, tip: str, revisions: Sequence[Revision]) -> str:
        """Above `base`, their merge base, the commit of others that the remote branch was once seen at, or that a sent
        version began above, and that `tip` still stands on: that tree was rebased since, as linux-next is each day;
        else `base`."""
        once = self.repository.once_at(base_ref).union(one.start or one.base for one in revisions) - {base}
        if not once:
            return base
        me, at = (self.repository.config("user.name"), self.repository.config("user.email")), tip
        for _ in range(MOST_PATCHES):
            if at in once:
                who = self.repository.patch(at, False).committer
                return base if who.name == me[0] or who.email == me[1] else at
            if at == base or not (above := self.repository.parents(at)):
                return base
            at = above[0]
        return base

    def _stands_on(self, branch: str, below: str, tip: str) -> str:
        """The commit below the branch's own first one: `below`, or above it the tip of the series it depends on.

        Where that tip is no longer part of the branch, which was rebased by hand then, it is the nearest tip of a
        series of this clone that is.
        """
        if not self.setting(branch, "onto"):
            return below
        pin, ancestor = self.pin(branch)[0], self.repository.is_ancestor
        if not pin or not ancestor(pin, tip):
            pin = below
            for name in self.names():
                other = self.repository.resolve(f"refs/heads/{name}")
                if name != branch and other != tip and ancestor(pin, other) and ancestor(other, tip):
                    pin = other
        return pin if ancestor(below, pin) else below

    def pin(self, branch: str) -> tuple[str, str]:
        """The commit of another series that the branch stands on, and that series' change-id; "", "" for none."""
        commit, _, change_id = self.setting(branch, "onto").partition(" ")
        return (self.repository.try_resolve(commit) or "" if commit else ""), change_id

    def _answers(self, branch: str) -> dict[str, Any]:
        """What the first mail of a revision answers; nothing where the setting is no number and Message-ID."""
        found = _ANSWERS.fullmatch(self.setting(branch, "answers"))
        return {"answers": found[2], "answers_in": int(found[1])} if found else {}

    def plan_answers(self, change: Change, branch: str, message_id: str, revision: int) -> None:
        """Plans what the first mail of a revision answers; "" for nothing."""
        self.plan_setting(change, branch, "answers", f"{revision} {message_id}" if message_id else "")

    def plan_depends(self, change: Change, series: Series, entries: Sequence[str]) -> None:
        """Plans what a series depends on: in b4's record on its branches, else in git config."""
        if series.b4:
            self.plan_b4_tracking(change, series, self._tracking(series, entries))
        else:
            self.ledger.set_config(change, _depends(series.branch), *entries)

    def cover_commit_with(self, series: Series, entries: Sequence[str]) -> tuple[str, str]:
        """b4's cover commit and its message with these dependencies; "", "" where the series keeps none in a commit."""
        if series.b4 not in ("commit", "tip-commit"):
            return "", ""
        message = b4.cover_commit_message(series.cover or Cover("", ""), self._tracking(series, entries))
        return self._cover_commit(series)[0], message

    def _tracking(self, series: Series, entries: Sequence[str]) -> b4.Tracking:
        """b4's record of a series, with these dependencies."""
        state = self.b4_state(series.branch)
        return replace(state[2] if state else b4.Tracking(change_id=series.change_id), prerequisites=tuple(entries))

    # Cover letters

    def cover_path(self, change_id: str) -> Path:
        """The editable cover letter of a series that is not b4's."""
        return self.repository.state.series(change_id).cover

    def _file_cover(self, change_id: str) -> Cover | None:
        path = self.cover_path(change_id)
        if not path.is_file():
            return None
        return parse_cover(path.read_text(encoding="utf-8", errors="replace"))

    def _b4_cover(self, branch: str, commits: list[str]) -> tuple[str, Cover | None, b4.Tracking] | None:
        """b4's cover of this branch: (strategy, cover, tracking); None where the branch is not b4's."""
        named = self.repository.config(f"branch.{branch}.b4-prep-cover-strategy")
        strategy = named or self.repository.config("b4.prep-cover-strategy") or "commit"
        if strategy == "branch-description":
            tracking = b4.parse_tracking(self.repository.config(f"branch.{branch}.b4-tracking") or "")
            if tracking is None:
                return None
            text = self.repository.config(f"branch.{branch}.description") or ""
            return strategy, b4.parse_cover(text) if text.strip() else None, tracking
        if strategy == "tip-commit":
            cover = next((one for one in reversed(commits) if self._is_cover(one)), "")
        else:
            strategy, cover = "commit", commits[0] if commits else ""
        found = b4.parse_cover_commit(self.repository.patch(cover, with_diff=False).message) if cover else None
        return (strategy, *found) if found else None

    def _is_cover(self, commit: str) -> bool:
        message = self.repository.message(commit)
        return b4.MARK in message and b4.parse_cover_commit(message) is not None

    def under_cover(self, branch: str, base: str, tip: str) -> str:
        """The commit below b4's cover commit, above which b4 has the series begin wherever the branch was rebased to;
        "" where none is found. A branch that b4 does not call its own is looked through down to `base` only ("" for
        all the way)."""
        named = self.repository.config(f"branch.{branch}.b4-prep-cover-strategy")
        if (named or self.repository.config("b4.prep-cover-strategy") or "commit") != "commit":
            return ""
        row = self._first_commits(tip, "" if named else base)
        return next(iter(self.repository.parents(row[0])), "") if row else ""

    def b4_state(self, branch: str) -> tuple[str, Cover | None, b4.Tracking] | None:
        """b4's state of a branch, whether it is enrolled here or not."""
        tip = self.repository.resolve(f"refs/heads/{branch}")
        named = self.repository.try_resolve(self.setting(branch, "base") or "")
        base = self.repository.merge_base(named, tip) if named else None
        try:
            base = self._stands_on(branch, base, tip) if base else None
            found = self._b4_cover(branch, self.repository.commits_between(base, tip)) if base else None
        except PatchflowError:  # the base that is set is too far, and may be about to be set anew
            base = found = None
        # Only where the base does not tell is the history walked, which takes a tenth of a second.
        if found or (base and not self.repository.config(f"branch.{branch}.b4-prep-cover-strategy")):
            return found
        return self._b4_cover(branch, self._first_commits(tip))

    def _first_commits(self, tip: str, base: str = "") -> list[str]:
        """The commits from b4's cover commit on, found by walking first parents (300 at most, down to `base`)."""
        row: list[str] = []
        commit: str | None = tip
        while commit and commit != base and len(row) < 300:
            row.append(commit)
            if self._is_cover(commit):
                return row[::-1]
            parents = self.repository.parents(commit)
            commit = parents[0] if parents else None
        return []

    def plan_cover(self, change: Change, series: Series, cover: Cover) -> None:
        """Plans a new cover letter where the series keeps it: our file, b4's cover commit, or the description."""
        self.plan_cover_and_messages(change, series, cover, {})

    def plan_cover_and_messages(self, change: Change, series: Series, cover: Cover, messages: dict[str, str]) -> None:
        """Plans a new cover letter and new commit messages in one rewrite of the branch."""
        new = dict(messages)
        if series.b4 in ("commit", "tip-commit"):
            first, tracking = self._cover_commit(series)
            new[first] = b4.cover_commit_message(cover, tracking)
        elif series.b4 == "branch-description":
            self.ledger.set_config(change, f"branch.{series.branch}.description", f"{cover.subject}\n\n{cover.body}\n")
        else:
            self.ledger.set_file(change, self.cover_path(series.change_id), cover_text(cover).encode())
        if new:
            commits = self.repository.commits_between(series.base, series.branch_tip)
            self.ledger.move_branch(change, series.branch, series.branch_tip, self.rewrite(commits, new))

    def plan_b4_tracking(self, change: Change, series: Series, tracking: b4.Tracking) -> None:
        """Plans b4's record of a series whose revision was sent."""
        if series.b4 in ("commit", "tip-commit"):
            first, _ = self._cover_commit(series)
            message = b4.cover_commit_message(series.cover or Cover("", ""), tracking)
            commits = self.repository.commits_between(series.base, series.branch_tip)
            self.ledger.move_branch(change, series.branch, series.branch_tip, self.rewrite(commits, {first: message}))
        elif series.b4 == "branch-description":
            self.ledger.set_config(change, f"branch.{series.branch}.b4-tracking", b4.dump_tracking(tracking))

    def _cover_commit(self, series: Series) -> tuple[str, b4.Tracking]:
        """b4's cover commit, the first of the branch or its tip, and the tracking in it."""
        first = series.head or self.repository.commits_between(series.base, series.tip)[0]
        found = b4.parse_cover_commit(self.repository.patch(first, with_diff=False).message)
        return first, found[1] if found else b4.Tracking(change_id=series.change_id)

    # Commits

    def rewrite(self, commits: list[str], messages: dict[str, str], onto: dict[str, str] | None = None) -> str:
        """Writes `commits` (oldest first) again with new messages; the trees stay, so no file changes.

        `onto` names other parents in place of old ones. Returns the new tip. Commits before the first
        changed one keep their hashes.
        """
        raw = self.repository.raw
        moved = dict(onto or {})
        for name in commits:
            text = messages.get(name)
            if text is None and all(parent not in moved for parent in self.repository.parents(name)):
                continue
            _, content = raw.read(name)
            made = raw.write(ObjectType.COMMIT, _rewritten(content, moved, text, self.repository.signature()))
            moved[name] = str(made)
        return moved.get(commits[-1], commits[-1]) if commits else ""

    def empty_commit(self, parent: str, message: str) -> str:
        """An empty commit on `parent`; returns its hash. No ref moves."""
        raw = self.repository.raw
        me = self.repository.signature()
        return str(raw.create_commit(None, me, me, message, raw[parent].peel(pygit2.Commit).tree_id, [parent]))

    # Sent revisions

    @contextmanager
    def listed_once(self) -> Iterator[None]:
        """In this block the records of all series are listed once, where each would else go through every ref."""
        self._listed = self.repository.refs("refs/patchflow/")
        try:
            yield
        finally:
            self._listed = None

    def revisions(self, change_id: str) -> list[Revision]:
        """The sent revisions of a series, oldest first; a damaged record is an error that names its ref."""
        return self._records(change_id)[0]

    def _records(self, change_id: str) -> tuple[list[Revision], tuple[Revision, ...]]:
        """The sent revisions of a series, with the patches of them that went out again, and what colleagues were shown,
        each oldest first."""
        found: list[Revision] = []
        previews: list[Revision] = []
        parts: list[Revision] = []
        kinds = {"v": found, "preview-v": previews, "part-v": parts}
        prefix = f"refs/patchflow/{change_id}/"
        refs = self.repository.refs(prefix) if self._listed is None else self._listed
        refs = {ref: commit for ref, commit in refs.items() if ref.startswith(prefix)}
        for ref in self.repository.broken_refs(refs, prefix):  # passed over, its revision would be sent a second time
            raise PatchflowError(f"The record {ref} is damaged: it names no object.", f"`git show {ref}` tells more.")
        for ref, commit in refs.items():
            blob = self.repository.read_blob(commit, "revision.json")
            name = ref.removeprefix(prefix)
            kind = kinds.get(re.sub(r"\d.*", "", name))  # others are no mails of a version
            if kind is None:
                continue
            try:
                kind.append(parse_revision((blob or b"").decode()))
            except ValueError as error:
                raise PatchflowError(f"The record {ref} is damaged: {error}.", f"`git show {ref}` shows it.") from error
        found = [
            replace(one, again=tuple(m for part in parts if part.number == one.number for m in part.messages))
            for one in sorted(found, key=lambda revision: revision.number)
        ]
        return found, tuple(sorted(previews, key=lambda r: r.date))

    def record(self, series: Series, revision: Revision, mails: dict[str, bytes]) -> None:
        """Keeps a sent revision, in one step that is never undone."""
        with self.ledger.lock():
            change = self.ledger.change(f"send of v{revision.number} of {series.name}")
            change.sent = (series.branch, series.change_id)
            self.plan_record(change, series.change_id, series.name, revision, mails)
            self.ledger.commit(change)

    def plan_record(
        self, change: Change, change_id: str, name: str, revision: Revision, mails: dict[str, bytes]
    ) -> None:
        """Plans a sent revision as refs/patchflow/<change-id>/vN.

        `mails` maps a file name to the message as it was handed to git send-email. The commit's parents
        are the tip that was sent and the previous revision, so nothing of it is ever collected.
        """
        made = self._make_record(name, revision, mails, self._last_record(change_id)[1])
        self.ledger.set_ref(change, f"refs/patchflow/{change_id}/v{revision.number}", made)

    def _last_record(self, change_id: str) -> tuple[int, str]:
        """The number of the last sent revision and its record; 0 and "" where there is none."""
        if not (known := self.revisions(change_id)):
            return 0, ""
        prefix = f"refs/patchflow/{change_id}/"
        return known[-1].number, self.repository.refs(prefix)[f"{prefix}v{known[-1].number}"]

    def plan_beside(self, change: Change, ref: str, name: str, revision: Revision, mails: Mapping[str, bytes]) -> None:
        """Plans the record of mails that are no revision (a preview, a pull request), under a ref of the series."""
        self.ledger.set_ref(change, ref, self._make_record(name, revision, mails, ""))

    def plan_records(self, change: Change, change_id: str, name: str, revisions: Sequence[Revision]) -> None:
        """Plans the records of revisions that were sent without patchflow, oldest first; their mails are not kept, and
        those up to the last one that is recorded are left out."""
        last, before = self._last_record(change_id)
        for revision in revisions:
            if revision.number > last:
                before = self._make_record(name, revision, {}, before)
                self.ledger.set_ref(change, f"refs/patchflow/{change_id}/v{revision.number}", before)

    def _make_record(self, name: str, revision: Revision, mails: Mapping[str, bytes], before: str) -> str:
        """The commit of a sent revision; its parents are what was sent (else its base) and the record before."""
        raw = self.repository.raw
        tree = raw.TreeBuilder()
        blob = FileMode.BLOB
        tree.insert("revision.json", raw.create_blob(dump_revision(revision).encode()), blob)
        sub = raw.TreeBuilder()
        for file, content in mails.items():
            sub.insert(file, raw.create_blob(content), blob)
        tree.insert("messages", sub.write(), FileMode.TREE)
        parents = [revision.tip or revision.base, *([before] if before else [])]
        me = self.repository.signature()
        message = f"patchflow: {name} v{revision.number} as sent\n\nbase-commit: {revision.base}\n"
        return str(raw.create_commit(None, me, me, message, tree.write(), parents))


def _depends(branch: str) -> str:
    return f"branch.{branch}.patchflow-depends"


def _differences(one: Series, other: Series) -> Iterator[tuple[str, object, object]]:
    """What can become different about a series: (in words, before, now)."""
    for what, attribute in (("its commits", "branch_tip"), ("its base", "base"), ("its cover letter", "cover"),
                            ("its profile", "profile"), ("its dependencies", "depends"), ("its prefixes", "prefixes"),
                            ("its presubject", "presubject"),
                            ("its revision", "next_floor"), ("what it answers", "answers"),
                            ("its change-id", "change_id")):  # fmt: skip
        yield what, getattr(one, attribute), getattr(other, attribute)
    before, now = ([(r.number, r.root) for r in series.revisions] for series in (one, other))
    yield "a revision was sent", before, now


def _rewritten(content: bytes, moved: dict[str, str], message: str | None, me: pygit2.Signature) -> bytes:
    """A commit's bytes with new parents, committer and perhaps message; all else, odd encodings too, stays."""
    head, _, body = content.partition(b"\n\n")
    rows: list[bytes] = []
    skipping = False
    for row in head.split(b"\n"):
        if row.startswith(b" ") and skipping:
            continue
        word, _, value = row.partition(b" ")
        # A signature would no longer match what it signs.
        skipping = word in (b"gpgsig", b"gpgsig-sha256")
        if word == b"parent":
            row = b"parent " + moved.get(value.decode(), value.decode()).encode()
        elif word == b"committer":
            row = b"committer " + _signature_bytes(me)
        elif word == b"encoding" and message is not None:
            skipping = True
        if not skipping:
            rows.append(row)
    return b"\n".join(rows) + b"\n\n" + (body if message is None else message.encode())


def _signature_bytes(me: pygit2.Signature) -> bytes:
    sign, minutes = ("-", -me.offset) if me.offset < 0 else ("+", me.offset)
    zone = f"{sign}{minutes // 60:02d}{minutes % 60:02d}"
    return me.raw_name + b" <" + me.raw_email + f"> {me.time} {zone}".encode()
