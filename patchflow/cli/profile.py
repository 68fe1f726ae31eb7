"""`patchflow profile`: the subsystem that files, commits or the current series belong to, and what holds there."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.newest_commits import newest_commits
from patchflow.adapters.kernel.tree_files import find_tree, path_in_tree
from patchflow.adapters.paths import profile_source
from patchflow.cli.diagnostics import Output
from patchflow.domain.profile import Fact
from patchflow.errors import MissingError, UsageError
from patchflow.flow.clone import Clone, config_folder
from patchflow.flow.subsystem.describe import as_document, as_lines, as_toml, style_of
from patchflow.flow.subsystem.in_force import Subsystems
from patchflow.formats.profile import load_profile

if TYPE_CHECKING:
    from patchflow.domain.profile import Profile
    from patchflow.domain.series import Series
    from patchflow.flow.subsystem.in_force import Touched

EXAMPLE = "patchflow profile net/vmw_vsock/af_vsock.c --why"
_NAME = lazy_re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "what", nargs="*", metavar="PATH|RANGE",
        help="files, or commits (default: the current series); `save NAME [PATH…|RANGE]` keeps the answer as a profile",
    )  # fmt: skip
    parser.add_argument("--why", action="store_true", help="say where each fact comes from")
    parser.add_argument("--fix", action="store_true", help="as for a fix to something that was released")
    parser.add_argument("--profile", default="", metavar="P", help="the profile to use, instead of the files' own")


def run(args: argparse.Namespace, output: Output) -> int:
    """Shows a profile, or saves it; UsageError for what is neither a path nor a commit."""
    words, saves = list(args.what), args.what[:1] == ["save"]
    if saves and len(words) < 2:
        raise UsageError("`profile save` wants a name.", "For example: `patchflow profile save mine`.")
    words = words[2:] if saves else words
    here = Clone(args.directory)
    subsystems = _subsystems(here, words)
    found, paths = _answer(args, here, subsystems, words, output)
    if saves:
        return _save(args.what[1], as_toml(found, words or paths[:5]), output)
    style = style_of(_newest(subsystems, paths))
    output.data(as_document(found, style), as_lines(found, style, args.why))
    return 0


def _subsystems(here: Clone, words: list[str]) -> Subsystems:
    """Those of the clone; of files, or outside of any clone, those of the tree the folder stands in."""
    if words:  # a repository need not be opened to answer for files
        try:
            tree = find_tree(here.directory)
            for word in words:
                path_in_tree(tree, here.directory, word)
            return Subsystems(tree)
        except (MissingError, UsageError):
            pass
    try:
        return here.subsystems
    except MissingError:
        return Subsystems(find_tree(here.directory))


def _answer(
    args: argparse.Namespace, here: Clone, subsystems: Subsystems, words: list[str], output: Output
) -> tuple[Profile, list[str]]:
    """The profile that is asked for, and the paths it is about."""
    if not words and not args.fix:
        series = here.store.load(with_diffs=False)
        paths = [path for patch in series.patches for path in subsystems.paths_of(patch)]
        found = subsystems.of_series(replace(series, profile=args.profile or series.profile))
        return _with_own_bracket(found, series), paths
    touched = _touched(here, subsystems, words, output)
    paths = list(dict.fromkeys(path for _, own in touched for path in own))
    return subsystems.of_paths(paths, True) if args.fix else subsystems.of(touched, args.profile), paths


def _with_own_bracket(found: Profile, series: Series) -> Profile:
    """The profile with the branch's own words for the bracket: `backport` gives it the stable branch's name."""
    words = " ".join(series.own_words)
    if not words:
        return found
    told = Fact("bracket", words, "this branch's own words")
    return replace(found, prefix=words, why=(*(one for one in found.why if one.fact != "bracket"), told))


def _touched(here: Clone, subsystems: Subsystems, words: list[str], output: Output) -> list[Touched]:
    """What words name: messages with the paths they touch; paths that are named have no message."""
    touched: list[Touched] = []
    paths: list[str] = []
    for word in words:
        path = _path(here.directory, subsystems, word)
        if path:
            paths.append(path)
        else:
            from patchflow.adapters.git.commit_range import read_range

            patches = read_range(here.repository, word).patches(here.repository)
            touched += [(patch.message, patch.paths) for patch in patches]
    if missing := [path for path in paths if not Path(subsystems.tree, path).exists()]:
        output.note(f"Not in this tree, so MAINTAINERS answers by the name alone: {', '.join(missing[:5])}.")
    return [*touched, *([("", tuple(paths))] if paths else [])]


def _path(directory: str, subsystems: Subsystems, word: str) -> str:
    """A word as a path from the tree's root; "" where it names commits. UsageError where it is neither."""
    try:
        return path_in_tree(subsystems.tree, directory, word)
    except UsageError:
        repository = subsystems.repository
        if ".." in word or (repository is not None and repository.try_resolve(word)):
            return ""
        if "/" not in word.strip("/") or word.startswith(("/", ".")) or not word.isprintable():
            raise
        return word if "." in word.rpartition("/")[2] else f"{word.rstrip('/')}/"


def _newest(subsystems: Subsystems, paths: list[str]) -> list[tuple[str, list[str]]]:
    """The newest commits of the paths; none where git takes long or there is no history."""
    return newest_commits(subsystems.tree, paths) if paths else []


def _save(name: str, text: str, output: Output) -> int:
    """Writes a profile of the user's own, and reads it back; UsageError where one of that name is there."""
    if not _NAME.match(name):
        raise UsageError(f"{name!r} is not a name for a profile.", "Use letters, digits, dots and dashes.")
    path = config_folder() / "profiles" / f"{name}.toml"
    if profile_source(name) is not None:
        raise UsageError(f"There is a profile {name} already.", "Choose another name, or edit or remove that one.")
    load_profile(name, lambda one: text if one == name else profile_source(one))
    write_atomic(path, text.encode(), mode=0o644)
    output.note(f"Edit it as you like; `patchflow new NAME --profile {name}` takes it.")
    output.data({"profile": name, "file": str(path)}, [str(path)])
    return 0
