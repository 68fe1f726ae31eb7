"""Joins the rules, checkpatch.pl and history for what is to be checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.services.check import Report
    from patchflow.services.ports import PatchChecker

from patchflow.wiring import Clone
from patchflow.wiring.tried import evidence


def patches_of_files(files: Sequence[str]) -> list[Patch]:
    """The patches in these files; UsageError names the first that holds none."""
    from patchflow.formats.patch_mail import parse_patch_mail

    return [parse_patch_mail(Path(name).read_bytes(), name)[0] for name in files]


def patches_of_range(here: Clone, words: str) -> list[Patch]:
    """The commits of `A..B`, or the one commit named."""
    left, dots, right = words.partition("..")
    repository = here.repository
    if not dots:
        return [repository.patch(repository.resolve(words))]
    tip = repository.resolve(right.lstrip(".") or "HEAD")
    commits = repository.commits_between(repository.resolve(left or "HEAD"), tip)
    repository.preload(commits)
    return [repository.patch(commit) for commit in commits]


def staged_patch(here: Clone) -> Patch | None:
    """What is in the index against HEAD, as a patch without a message; None where nothing is staged."""
    from patchflow.domain.patch import Patch
    from patchflow.formats.diff import parse_diff

    text = here.git.run("diff", "--cached", "--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/", "-M")
    diff = text.out.decode("utf-8", "surrogateescape")
    if not diff:
        return None
    me = here.repository.identity()
    return Patch("", "staged: changes\n", me, datetime.now(UTC), diff, parse_diff(diff), committer=me, where="index")


def check_current(
    here: Clone,
    series: Series,
    facts: Profile,
    only: str = "",
    rfc: bool = False,
    watched: Callable[[PatchChecker], PatchChecker] | None = None,
) -> Report:
    """Every check of a series, checkpatch.pl and history included; `watched` may wrap the script to see it work."""
    from patchflow.services.check import check_series, posting_of

    # How long ago the last posting was matters when the next one leaves: `send` asks, `check` does not.
    skip = () if only else ("repost-24h",)
    script: PatchChecker | None = here.checkpatch(facts) if not only or only.startswith("checkpatch") else None
    if script is not None and watched is not None:
        script = watched(script)
    outside, not_run = outside_facts(here, series, facts)
    report = check_series(
        series, facts, here.history(series.base), script, posting=posting_of(series, facts, rfc), only=only, skip=skip,
        **outside,
    )  # fmt: skip
    return replace(report, not_run=(*report.not_run, *not_run))


def outside_facts(here: Clone, series: Series, facts: Profile) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What rules know from git, tools and MAINTAINERS (Context's applies, tool_words, coverage), and what could
    not be asked, and why."""
    from patchflow.adapters.kernel.tools import run_tools

    repository = here.repository
    tried = evidence(here, series)
    built = [tuple(word) for row in tried for word in row["words"] if len(word) == 4]
    paths = sorted({path for patch in series.patches for path in patch.paths})
    words, not_run = run_tools(
        repository.folder, paths,
        lambda path: repository.read_blob(series.base, path), lambda path: repository.read_blob(series.tip, path),
    )  # fmt: skip
    words += built
    if any(path.endswith((".c", ".h", "/Makefile", "/Kconfig")) for path in paths):
        not_run += _not_built(tried)
    found: dict[str, Any] = {"tool_words": tuple(words), "coverage": _coverage(here, series)}
    tree = facts.tree
    tip = repository.try_resolve(f"refs/remotes/{tree.name}/{tree.branch}") if tree.name else None
    if tip is None:
        return found, (*not_run, f"applies: {tree.name}/{tree.branch} is not fetched here")
    return {**found, "applies": _conflicts(here, series, tip)}, tuple(not_run)


def _not_built(tried: Sequence[dict[str, Any]]) -> list[str]:
    """What of the build was not run: all of it, or what its own record says was left out."""
    from patchflow.adapters.kernel.tools import left_out

    built = next((row for row in tried if row["kind"] == "build"), None)
    if built is not None:
        return [str(text) for text in built.get("not_run", ())]
    return ["build: `patchflow try build` was not run on the series as it stands", *left_out()]


def _coverage(here: Clone, series: Series) -> tuple[tuple[str, int], ...]:
    """Each new file that wants a section of MAINTAINERS, with the number of files of its narrowest section there.

    All files of a kernel are matched for that (1.5 s), so the answer is kept by tree.
    """
    from patchflow.rules.series import wants_a_section

    new = {file.path for patch in series.patches for file in patch.files if file.is_new and wants_a_section(file.path)}
    if not new:
        return ()
    import json

    from patchflow.adapters.cache import cache_folder
    from patchflow.adapters.files import write_atomic
    from patchflow.formats.maintainers_compile import compile_index
    from patchflow.formats.route_match import Matcher

    repository = here.repository
    own = repository.read_blob(series.tip, "MAINTAINERS")
    if own is None:
        return ()
    kept = cache_folder() / "coverage" / repository.tree(series.tip)
    try:
        known = dict(json.loads(kept.read_bytes()))
        return tuple((path, int(known[path])) for path in sorted(new))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    paths = list(repository.paths(series.tip))
    folders = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}
    narrowest = Matcher(compile_index(own), folders.__contains__).narrowest(sorted(new), paths)
    write_atomic(kept, json.dumps(narrowest).encode())
    return tuple(narrowest.items())


def _conflicts(here: Clone, series: Series, tip: str) -> str:
    """The files in which the series and the tree's newest commit have changed the same lines, "" where none."""
    if here.repository.is_ancestor(tip, series.base):
        return ""
    done = here.git.run("merge-tree", "--write-tree", "--name-only", "--no-messages", tip, series.tip, check=False)
    if done.code == 0:
        return ""
    files = [row for row in done.text.split("\n")[1:] if row]
    return (
        f"conflicts in {', '.join(files[:5])}" if done.code == 1 and files else f"git merge-tree: {done.err_text[:99]}"
    )


def check_loose(
    here: Clone,
    facts: Profile,
    patches: Sequence[Patch],
    *,
    only: str = "",
    script: bool = True,
    series: bool = True,
    mails: bool = False,
    kinds: Sequence[str] = (),
    bare: bool = False,
) -> Report:
    """Checks patches that are no series of this clone: commits, patch files, what is staged (`bare`), a message."""
    from patchflow.domain.finding import Scope
    from patchflow.formats.subject import parse_subject
    from patchflow.rules.context import Context, Posting
    from patchflow.services.check import check_patches

    history = here.history(here.repository.resolve("HEAD"))
    first = parse_subject(patches[0].subject_line) if mails and patches else parse_subject(f"[PATCH {facts.prefix}] x")
    posting = Posting(
        tree=first.tree, revision=first.revision, rfc=first.rfc, resend=first.resend,
        has_cover=first.part == 1 and mails,
        changelog="\n".join(patch.notes for patch in patches),
    )  # fmt: skip
    context = Context(profile=facts, patches=tuple(patches), posting=posting, history=history)
    checker = here.checkpatch(facts) if script and (not only or only.startswith("checkpatch")) else None
    chosen = [Scope(kind) for kind in kinds] or list(Scope)
    return check_patches(patches, facts, context, checker, only, series, chosen, bare=bare)
