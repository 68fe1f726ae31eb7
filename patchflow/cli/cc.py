"""`patchflow cc`: who gets the patches of a range, of files, or a change to paths of the tree, and why."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patchflow.adapters.kernel.recipient_lookup import ENGINES
from patchflow.cli.cc_quick import TO_ROLES, file_lines
from patchflow.cli.diagnostics import Output
from patchflow.cli.send import recipients_arguments
from patchflow.errors import Exit, UsageError
from patchflow.flow.recipients.warnings import vhost_vsock

if TYPE_CHECKING:
    from patchflow.adapters.kernel.recipient_lookup import Answer, Directory
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients, Recipient
    from patchflow.flow.recipients.lookup import EarlierReviewer, RouteMemory
    from patchflow.formats.get_maintainer.answer import Row

EXAMPLE = "patchflow cc -f net/vmw_vsock/af_vsock.c"
_SHOWN = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("what", nargs="*", metavar="RANGE|FILE|PATH", help="commits, patch files, or with -f paths")
    parser.add_argument("-f", dest="paths", action="store_true", help="these are paths of the tree, not patches")
    parser.add_argument("--plain", action="store_true", help="print the very lines get_maintainer.pl prints")
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="who answers; both compares the two")
    parser.add_argument("--profile", default="", help="the profile that decides between To and Cc")
    recipients_arguments(parser)
    parser.add_argument("--add", action="append", default=[], metavar="ADDR", help="remembered for the series")
    parser.add_argument("--drop", action="append", default=[], metavar="ADDR", help="remembered for the series")
    parser.add_argument("--git", action="store_true", help="ask git who signed recent commits of the files")
    parser.add_argument("--git-blame", action="store_true", help="ask git who signed the commits of the lines")
    parser.add_argument("--git-fallback", action="store_true", help="ask git for files that no section knows exactly")


def run(args: argparse.Namespace, output: Output) -> int:
    """Runs the command."""
    from patchflow.flow.recipients.for_series import directory_of

    if args.paths and not args.what:
        raise UsageError("-f needs a path of the tree.", f"For example: `{EXAMPLE}`.")
    words = ["--git-fallback" if args.git_fallback else "--no-git-fallback"]
    words += ["--git"] * args.git + ["--git-blame"] * args.git_blame
    directory = directory_of(args.directory, args.engine, words)
    for problem in directory.problems[:_SHOWN]:
        output.note(problem)
    if len(directory.problems) > _SHOWN:
        output.note(f"… and {len(directory.problems) - _SHOWN} more problems in MAINTAINERS.")
    if args.paths:
        return _for_paths(args, output, directory)
    if args.what and all(Path(args.directory, name).is_file() for name in args.what):
        return _for_patch_files(args, output, directory)
    return _for_range(args, output, directory)


# Paths


def _for_paths(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    from patchflow.adapters.kernel.tree_files import path_in_tree

    if args.add or args.drop:
        raise UsageError("--add and --drop belong to a series, and -f asks about none.", "Leave -f out.")
    paths = [path_in_tree(directory.tree, args.directory, name) for name in args.what]
    answer = directory.for_files(paths)
    _tell(output, answer)
    if args.plain:
        output.data(answer.lines, answer.lines)
    else:
        if trap := vhost_vsock(paths, {row.email for row in answer.rows}):
            output.note(trap)
        single = len(paths) == 1
        groups = [(path, answer.rows if single else directory.for_files([path]).rows) for path in paths]
        patches = [{"patch": path, "recipients": [_row_document(row) for row in rows]} for path, rows in groups]
        document = {"patches": patches, "cover": [_row_document(row) for row in answer.rows]}
        output.data(document, file_lines(answer.rows))
    return int(Exit.DOES_NOT_HOLD if answer.differs else Exit.OK)


def _row_document(row: Row) -> dict[str, Any]:
    from patchflow.formats.get_maintainer.answer import primary_role

    role = primary_role(row.role)
    header = "To" if role in TO_ROLES else "Cc"
    because = [str(why) for why in row.why]
    return {"address": row.email, "role": role, "section": row.section, "header": header, "because": because}


def _tell(output: Output, answer: Answer) -> None:
    for note in answer.notes:
        output.note(note)
    if answer.engine == "both":
        output.note(
            f"Index and script differ in {len(answer.differs)} lines (-: the script's, +: the index's):"
            if answer.differs
            else "Index and script agree."
        )
    for line in answer.differs:
        output.note(line)


# Patches


def _for_patch_files(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    from patchflow.adapters.files import read_named
    from patchflow.formats.get_maintainer.perl_text import decode
    from patchflow.formats.patch.compose import decoded
    from patchflow.formats.patch.patch_file import read_patch_file, split_patches

    whole = [decode(read_named(Path(args.directory, name))) for name in args.what]
    texts: list[str] = []
    patches: list[Patch] = []
    for name, content in zip(args.what, whole, strict=True):
        found = [decoded(text) for text in split_patches(content)]
        for number, text in enumerate(found, 1):
            patches.append(read_patch_file(text, name if len(found) == 1 else f"{name} (patch {number})"))
        texts.extend(found)
    return show(args, output, directory, patches, texts, whole)


def _for_range(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    """Commits of the repository; without a range, the current branch's series."""
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.flow.clone import Clone
    from patchflow.flow.recipients.for_series import earlier_reviewers

    repository = GitRepository(args.directory)
    if len(args.what) > 1:
        missing = next(name for name in args.what if not Path(args.directory, name).is_file())
        raise UsageError(f"{missing} is no file.", "Give patch files, or one RANGE such as v6.12..HEAD.")
    if args.what:
        base, dots, tip = args.what[0].partition("..")
        commits = repository.commits_between(repository.resolve(base or "HEAD"), repository.resolve(tip or "HEAD"))
        if not dots and not commits:
            commits = [repository.resolve(base)]
        return show(args, output, directory, [repository.patch(commit) for commit in commits])
    here = Clone(args.directory)
    series = here.store.load()
    earlier = earlier_reviewers(here, series)
    return show(args, output, directory, series.patches, earlier=earlier)


def show(
    args: argparse.Namespace,
    output: Output,
    directory: Directory,
    patches: Sequence[Patch],
    texts: Sequence[str] = (),
    files: Sequence[str] = (),
    earlier: Sequence[EarlierReviewer] = (),
) -> int:
    """Answers for patches from anywhere; `texts` are their mails, `files` the files these were read from."""
    from patchflow.flow.recipients.policy import route_series
    from patchflow.formats.get_maintainer.patch import patch_text

    mails = list(texts) or [patch_text(patch) for patch in patches]
    if args.plain:
        answer = directory.for_patches(files or mails)
        _tell(output, answer)
        output.data(answer.lines, answer.lines)
        return int(Exit.DOES_NOT_HOLD if answer.differs else Exit.OK)
    differs = False
    if args.engine == "both":
        answer = directory.for_patches(files or mails)
        _tell(output, answer)
        differs = bool(answer.differs)
    facts = _profile(args, directory, patches)
    if args.recipients:
        facts = replace(facts, recipients=args.recipients)
    found = route_series(patches, facts, directory, _memory(args, output, earlier), mails)
    document = {
        "patches": [_group_document(group) for group in found.patches],
        "cover": [_document(one) for one in found.cover.recipients],
    }
    shown = found.groups if len(patches) > 1 else found.patches
    output.data(document, [line for group in shown for line in _group_lines(group)])
    for note in found.cover.notes if len(patches) == 1 else ():
        output.note(note)
    return int(Exit.DOES_NOT_HOLD if differs else Exit.OK)


def _profile(args: argparse.Namespace, directory: Directory, patches: Sequence[Patch]) -> Profile:
    """The profile asked for, else the one of these patches' files; for the current series, the one in force."""
    from patchflow.errors import PatchflowError
    from patchflow.flow.clone import Clone
    from patchflow.flow.subsystem.in_force import Subsystems

    touched = [(patch.message, patch.paths) for patch in patches]
    here = Clone(args.directory)
    try:
        series = here.store.load() if not args.what else None
        if series is not None and not args.profile:
            return here.profile_of(series)
        return here.subsystems.of(touched, args.profile)
    except PatchflowError:
        return Subsystems(directory.tree).of(touched, args.profile)


def _memory(args: argparse.Namespace, output: Output, earlier: Sequence[EarlierReviewer] = ()) -> RouteMemory:
    """What is remembered for the branch the user stands on, --add and --drop included."""
    from patchflow.adapters.git.repository import GitRepository
    from patchflow.errors import PatchflowError
    from patchflow.flow.recipients import for_series as recipients
    from patchflow.flow.recipients.lookup import RouteMemory

    try:
        repository = GitRepository(args.directory)
        branch = repository.current_branch()
    except PatchflowError:
        added, dropped = ([recipients.read_address(text) for text in words] for words in (args.add, args.drop))
        if added or dropped:
            output.note("There is no branch to remember --add and --drop with; they count for this answer only.")
        return RouteMemory(added=tuple(added), dropped=tuple(dropped))
    if args.add or args.drop:
        from patchflow.adapters.git.commands import GitCommands

        recipients.remember(repository, GitCommands(repository.folder), branch, args.add, args.drop)
    return recipients.memory_of(repository, branch, earlier)


def _document(one: Recipient) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "role": one.role,
        "section": one.section,
        "header": str(one.header),
        "because": list(one.because),
    }


def _group_document(group: PatchRecipients) -> dict[str, Any]:
    return {
        "patch": group.patch,
        "recipients": [_document(one) for one in group.recipients],
        "dropped": [{"address": str(one.address), "because": one.because} for one in group.dropped],
        "notes": list(group.notes),
    }


def _group_lines(group: PatchRecipients) -> list[str]:
    """One patch for a person."""
    lines = [group.patch]
    for one in group.recipients:
        section = f" of {one.section}" if one.section else ""
        lines.append(f"  {one.header}  {one.address}  ({one.role}{section})")
        lines.extend(f"        {reason}" for reason in one.because)
    lines.extend(f"  --  {one.address}  (dropped: {one.because})" for one in group.dropped)
    lines.extend(f"  !   {note}" for note in group.notes)
    return [*lines, ""]
