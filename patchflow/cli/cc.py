"""`patchflow cc`: who gets the patches of a range, of files, or a change to paths of the tree, and why."""

from __future__ import annotations

from patchflow.adapters.kernel.recipient_lookup import ENGINES, Directory
from patchflow.adapters.kernel.tree_files import find_tree, path_in_tree
from patchflow.adapters.paths import own_profiles_say
from patchflow.cli.diagnostics import Output
from patchflow.cli.shared_options import recipients_arguments
from patchflow.domain.roles import TO_ROLES
from patchflow.errors import Exit, UsageError
from patchflow.flow.recipients.warnings import vhost_vsock
from patchflow.formats.get_maintainer.answer import primary_role

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from patchflow.adapters.kernel.recipient_lookup import Answer
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients, Recipient
    from patchflow.flow.recipients.lookup import EarlierReviewer, RouteMemory
    from patchflow.flow.subsystem.in_force import Touched
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
    if args.paths and not args.what:
        raise UsageError("-f needs a path of the tree.", f"For example: `{EXAMPLE}`.")
    words = ["--git-fallback" if args.git_fallback else "--no-git-fallback"]
    words += ["--git"] * args.git + ["--git-blame"] * args.git_blame
    directory = Directory(find_tree(args.directory), args.engine, words)
    for problem in directory.problems[:_SHOWN]:
        output.note(problem)
    if len(directory.problems) > _SHOWN:
        output.note(f"… and {len(directory.problems) - _SHOWN} more problems in MAINTAINERS.")
    if args.paths:
        return _for_paths(args, output, directory)
    from patchflow.lazy_inspect import without_inspect

    without_inspect()
    if args.what and all(name == "-" or _file(args, name).is_file() for name in args.what):
        return _for_patch_files(args, output, directory)
    return _for_range(args, output, directory)


# Paths


def _for_paths(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    if args.add or args.drop:
        raise UsageError("--add and --drop belong to a series, and -f asks about none.", "Leave -f out.")
    paths = [path_in_tree(directory.tree, args.directory, name) for name in args.what]
    answer = directory.for_files(paths)
    _tell(output, answer)
    differs = int(Exit.DOES_NOT_HOLD if answer.differs else Exit.OK)
    if args.plain:
        output.data(answer.lines, answer.lines)
        return differs
    if trap := vhost_vsock(paths, {row.email for row in answer.rows}):
        output.note(trap)
    to_roles = _to_roles(args, directory, paths)
    if not output.json:
        output.data(None, _path_lines(answer.rows, to_roles))
        return differs
    groups = [(path, answer.rows if len(paths) == 1 else directory.for_files([path]).rows) for path in paths]
    patches = [{"patch": path, "recipients": [_row_document(row, to_roles) for row in rows]} for path, rows in groups]
    output.data({"patches": patches, "cover": [_row_document(row, to_roles) for row in answer.rows]})
    return differs


def _to_roles(args: argparse.Namespace, directory: Directory, paths: Sequence[str]) -> Sequence[str]:
    """The roles that go to To by the profile in force. It is looked for only where one of the user's own speaks of
    them: those that come with patchflow leave them as they are (tests/formats/test_profile.py)."""
    if args.profile or own_profiles_say("to_roles"):
        return _profile(args, directory, [("", paths)]).to_roles
    return TO_ROLES


def _header(row: Row, to_roles: Sequence[str]) -> str:
    return "To" if primary_role(row.role) in to_roles else "Cc"


def _path_lines(rows: Sequence[Row], to_roles: Sequence[str]) -> list[str]:
    """The answer for a person: header and address, then role and reasons."""
    lines: list[str] = []
    for row in rows:
        lines.append(f"{_header(row, to_roles)}  {row.email}")
        lines.append(f"      {row.role}")
        lines.extend(f"      {why}" for why in row.why)
    return lines


def _row_document(row: Row, to_roles: Sequence[str]) -> dict[str, Any]:
    because = [str(why) for why in row.why]
    return {"address": row.email, "role": primary_role(row.role), "section": row.section,
            "header": _header(row, to_roles), "because": because}  # fmt: skip


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


def _file(args: argparse.Namespace, name: str) -> Path:
    from pathlib import Path  # -f does without it

    return Path(args.directory, name)


def _for_patch_files(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    import sys

    from patchflow.adapters.files import read_named
    from patchflow.flow.patch_files import read_patch_files
    from patchflow.formats.get_maintainer.perl_text import decode

    stdin = sys.stdin.buffer.read() if "-" in args.what else b""
    names = [name if name == "-" else str(_file(args, name)) for name in args.what]
    files = [decode(stdin if name == "-" else read_named(name)) for name in names] if args.plain else []
    return show(args, output, directory, read_patch_files(names, stdin, bare=True).patches, files=files)


def _for_range(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    """Commits of the repository; without a range, the current branch's series."""
    from patchflow.adapters.git.commit_range import read_range
    from patchflow.flow.clone import Clone
    from patchflow.flow.recipients.for_series import earlier_reviewers

    if len(args.what) > 1:
        missing = next(name for name in args.what if not _file(args, name).is_file())
        raise UsageError(f"{missing} is no file.", "Give patch files, or one RANGE such as v6.12..HEAD.")
    here = Clone(args.directory)
    if args.what:
        return show(args, output, directory, read_range(here.repository, args.what[0]).patches(here.repository))
    series = here.store.load()
    earlier = earlier_reviewers(here, series)
    return show(args, output, directory, series.patches, earlier=earlier)


def show(
    args: argparse.Namespace,
    output: Output,
    directory: Directory,
    patches: Sequence[Patch],
    files: Sequence[str] = (),
    earlier: Sequence[EarlierReviewer] = (),
) -> int:
    """Answers for patches from anywhere; `files` are the whole files they were read from, as the script reads them."""
    from patchflow.flow.recipients.policy import route_series
    from patchflow.formats.get_maintainer.patch import patch_text

    mails = [patch_text(patch) for patch in patches]
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
    facts = _profile(args, directory, [(patch.message, patch.paths) for patch in patches])
    if args.recipients:
        from dataclasses import replace

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


def _profile(args: argparse.Namespace, directory: Directory, touched: Sequence[Touched]) -> Profile:
    """The profile asked for, else the one of these patches' files; for the current series, the one in force."""
    from patchflow.errors import PatchflowError
    from patchflow.flow.clone import Clone
    from patchflow.flow.subsystem.in_force import Subsystems

    here = Clone(args.directory)
    try:
        series = None if args.what else here.store.load()
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
