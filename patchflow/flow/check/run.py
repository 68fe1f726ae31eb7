"""Joins the rules, checkpatch.pl and history for what is to be checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.hook_repository import PLAIN_DIFF
from patchflow.adapters.kept import read_cached
from patchflow.adapters.kernel.tools import TOOLS, left_out, run_tools
from patchflow.adapters.paths import cache_path
from patchflow.domain.finding import Scope
from patchflow.domain.patch import Patch
from patchflow.flow.check.judge import check_patches, check_series, posting_of
from patchflow.flow.check.kdoc import kdoc_words
from patchflow.flow.check.newcomer import newcomer_facts
from patchflow.flow.check.own import with_own_checks
from patchflow.flow.clone import Clone
from patchflow.flow.recipients.for_series import memory_of
from patchflow.flow.series.depends import told
from patchflow.flow.series.prepare import fetched_tree
from patchflow.flow.try_.results import evidence
from patchflow.formats.devicetree import is_binding, is_source
from patchflow.formats.get_maintainer.matching import Matcher
from patchflow.formats.patch.diff import parse_diff
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context, Posting
from patchflow.rules.registry import find_rule
from patchflow.rules.series import wants_a_section

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.check.judge import PatchChecker, Report
    from patchflow.flow.patch_files import PatchFiles


NOT_BUILT = "build: `patchflow try build` was not run on the series as it stands"
# Who gets the mails, and what waits already, is known when a series is sent.
_LEFT_TO_SEND = tuple(f"{rule}: `patchflow send --dry-run` judges it" for rule in ("cc-maintainers", "outstanding"))


def staged_patch(here: Clone) -> Patch | None:
    """What is in the index against HEAD, as a patch without a message; None where nothing is staged."""
    text = here.git.run("diff", "--cached", *PLAIN_DIFF)
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
    # How long ago the last posting was matters when the next one leaves: `send` asks, `check` does not.
    skip = () if only else ("repost-24h",)
    script: PatchChecker | None = here.checkpatch(facts) if not only or only.startswith("checkpatch") else None
    if script is not None and watched is not None:
        script = watched(script)
    outside, not_run = outside_facts(here, facts, series.patches, series.base, series.tip, evidence(here, series))
    memory = memory_of(here.repository, series.branch)
    asked = [one.key for one in memory.added] + [one.address.key for one in memory.asked]
    outside["named"] |= set(asked) - {one.key for one in memory.dropped}
    report = check_series(
        series, facts, here.history(series.base), script, posting=posting_of(series, facts, rfc), only=only, skip=skip,
        depends=told(here, series), **outside,
    )  # fmt: skip
    report = with_own_checks(here, report, series.patches, series.base, series.tip, only)
    return replace(report, not_run=_of_rule([*report.not_run, *not_run, *_LEFT_TO_SEND], only))


def _of_rule(not_run: Sequence[str], only: str) -> tuple[str, ...]:
    """What concerns the one rule that was asked for; all but what `send` judges where all were."""
    if not only:
        return tuple(text for text in not_run if text not in _LEFT_TO_SEND)
    return tuple(text for text in not_run if text.startswith(f"{only}:"))


def outside_facts(
    here: Clone, facts: Profile, patches: Sequence[Patch], base: str, tip: str, tried: Sequence[dict[str, Any]] = ()
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What rules know of the commits base..tip from git, tools and MAINTAINERS (Context's applies, tool_words,
    coverage), and what could not be asked, and why."""
    repository = here.repository
    built = [tuple(word) for row in tried for word in row["words"] if len(word) == 4]
    paths = sorted({path for patch in patches for path in patch.paths})
    words, not_run = run_tools(
        repository.folder, paths,
        lambda path: repository.read_blob(base, path), lambda path: repository.read_blob(tip, path),
        lambda rule: rule != "kdoc" and _holds(facts, rule),
    )  # fmt: skip
    words += built
    if _holds(facts, "kdoc"):
        said, missing = kdoc_words(repository, patches)
        words += said
        not_run += missing
    if here.checkpatch(facts) is None:
        not_run.append("checkpatch: this tree has no scripts/checkpatch.pl")
    if facts.judges("build") and any(path.endswith((".c", ".h", ".rs", "/Makefile", "/Kconfig")) for path in paths):
        not_run += _not_built(tried)
    if _holds(facts, "dtbs-check") and any(is_source(path) or is_binding(path) for path in paths):
        checked = next((row for row in tried if row["kind"] == "dtbs"), None)
        left = ["dtbs-check: `patchflow try dtbs` was not run on the series as it stands"]
        not_run += [str(text) for text in checked.get("not_run", ())] if checked else left
    found: dict[str, Any] = {"tool_words": tuple(words), "coverage": _coverage(here, patches, tip)}
    found["named"] = _lists(here, paths)
    if _holds(facts, "first-patches"):
        found |= newcomer_facts(here, patches, base)
    tree = facts.tree
    newest = repository.try_resolve(fetched_tree(repository, tree)) if tree.branch else None
    if newest is None:
        why = f"{tree.name}/{tree.branch} is not fetched here" if tree.branch else "no tree is named for these files"
        if tree.name and not tree.branch:
            why = f"no branch of the tree {tree.name} is known for these files"
        return found, (*not_run, f"applies: {why}")
    return {**found, "applies": _conflicts(here, base, tip, newest)}, tuple(not_run)


def _lists(here: Clone, paths: Sequence[str]) -> frozenset[str]:
    """The lists of the files' sections, which get the patches."""
    matcher = here.subsystems.matcher
    if matcher is None:
        return frozenset()
    hits = {hit[0] for path in paths for hit in matcher.match(path)[0]}
    return frozenset(one.lower() for number in hits for one in matcher.index.section(number).lists())


def _holds(facts: Profile, id: str) -> bool:
    """Whether a tool's rule is in force."""
    return find_rule(id).severity_in(facts) is not None


def _not_built(tried: Sequence[dict[str, Any]]) -> list[str]:
    """What of the build was not run: all of it, or what its own record says was left out."""
    built = next((row for row in tried if row["kind"] == "build"), None)
    if built is not None:
        return [str(text) for text in built.get("not_run", ())]
    return [NOT_BUILT, *left_out()]


def _coverage(here: Clone, patches: Sequence[Patch], tip: str) -> tuple[tuple[str, int], ...]:
    """Each new file that wants a section of MAINTAINERS, with the number of files of its narrowest section there.

    All files of a kernel are matched for that (1.5 s), so the answer is kept by tree.
    """
    new = {file.path for patch in patches for file in patch.files if file.is_new and wants_a_section(file.path)}
    if not new:
        return ()

    from patchflow.formats.get_maintainer.compile import compile_index

    repository = here.repository
    own = repository.read_blob(tip, "MAINTAINERS")
    if own is None:
        return ()
    kept = Path(cache_path(), "coverage", repository.tree(tip))

    def of_each(content: bytes) -> tuple[tuple[str, int], ...]:
        known = dict(json.loads(content))
        return tuple((path, int(known[path])) for path in sorted(new))

    if found := read_cached(kept, of_each):
        return found
    paths = list(repository.paths(tip))
    folders = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}
    narrowest = Matcher(compile_index(own), folders.__contains__).narrowest(sorted(new), paths)
    write_atomic(kept, json.dumps(narrowest).encode())
    return tuple(narrowest.items())


def _conflicts(here: Clone, base: str, tip: str, newest: str) -> str:
    """The files in which the series and the tree's newest commit have changed the same lines, "" where none."""
    if here.repository.is_ancestor(newest, base):
        return ""
    done = here.git.run("merge-tree", "--write-tree", "--name-only", "--no-messages", newest, tip, check=False)
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
    mails: PatchFiles | None = None,
    kinds: Sequence[str] = (),
    bare: bool = False,
    between: tuple[str, str] | None = None,
    base: str = "",
) -> Report:
    """Checks patches that are no series of this clone: commits, patch files, what is staged (`bare`), a message.

    `between` are base and tip where the patches are the commits between them: only of those tools are asked.
    `base` is the commit whose history counts (default: where the commits begin, else HEAD's).
    """
    history = here.history(base or (between[0] if between else here.repository.resolve("HEAD")))
    first = parse_subject(patches[0].subject_line) if mails and patches else parse_subject(f"[PATCH {facts.prefix}] x")
    cover = mails.cover if mails else None
    # What changed may stand in a cover letter that is not shown here.
    told = cover is not None or not first.counted or 1 < len(patches) == first.parts
    posting = Posting(
        tree=first.tree, revision=first.revision if told else 1, rfc=first.rfc, resend=first.resend,
        has_cover=mails is not None and first.part > 0, in_reply_to=mails.in_reply_to if mails else "",
        changelog="\n".join([cover.body if cover else "", *(patch.notes for patch in patches)]),
    )  # fmt: skip
    outside, not_run = (
        outside_facts(here, facts, patches, *between) if between else ({}, _asked_of_commits(facts, patches))
    )
    if mails:  # they were sent already: whoever got them stands in their headers
        outside["named"] = None
    context = Context(
        profile=facts, patches=tuple(patches), posting=posting, cover=cover, history=history, **outside
    )  # fmt: skip
    checker = here.checkpatch(facts) if script and (not only or only.startswith("checkpatch")) else None
    chosen = [Scope(kind) for kind in kinds] or list(Scope)
    report = check_patches(patches, facts, context, checker, only, series, chosen, bare=bare)
    report = with_own_checks(here, report, patches, *between, only) if between else report
    return replace(report, not_run=_of_rule([*report.not_run, *not_run, *_LEFT_TO_SEND], only))


def _asked_of_commits(facts: Profile, patches: Sequence[Patch]) -> tuple[str, ...]:
    """What nobody can be asked of patches that are no commits here: tools want whole files, before and after."""
    paths = tuple(path for patch in patches for path in patch.paths)
    tools = [tool.rule for tool in TOOLS if _holds(facts, tool.rule) and any(map(tool.reads, paths))]
    return tuple(f"{rule}: only commits can be asked" for rule in [*tools, *(("build", "applies") if paths else ())])
