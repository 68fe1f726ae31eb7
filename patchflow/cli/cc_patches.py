"""`patchflow cc` of patches: of a range, of files, or of the current series. Apart from cc.py, which a caller's every
keystroke waits for."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.adapters.git.commands import GitCommands
from patchflow.adapters.git.commit_range import read_range
from patchflow.adapters.git.repository import GitRepository
from patchflow.errors import Exit, PatchflowError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.recipients import for_series as recipients
from patchflow.flow.recipients.lookup import RouteMemory
from patchflow.flow.recipients.policy import route_series
from patchflow.flow.subsystem.in_force import Subsystems
from patchflow.formats.get_maintainer.patch import patch_text
from patchflow.formats.get_maintainer.perl_text import decode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from patchflow.adapters.kernel.recipient_lookup import Directory
    from patchflow.cli.diagnostics import Output
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients, Recipient
    from patchflow.flow.recipients.lookup import EarlierReviewer
    from patchflow.flow.subsystem.in_force import Touched


def of_patches(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    """Answers for patch files where every word names one, else for commits."""
    if args.what and all(name == "-" or Path(args.directory, name).is_file() for name in args.what):
        return _for_patch_files(args, output, directory)
    return _for_range(args, output, directory)


def _for_patch_files(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    from patchflow.flow.patch_files import read_patch_files  # brings the mail parser

    stdin = sys.stdin.buffer.read() if "-" in args.what else b""
    names = [name if name == "-" else str(Path(args.directory, name)) for name in args.what]
    files = [decode(stdin if name == "-" else read_named(name)) for name in names] if args.plain else []
    return _show(args, output, directory, read_patch_files(names, stdin, bare=True).patches, files=files)


def _for_range(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    """Commits of the repository; without a range, the current branch's series."""
    if len(args.what) > 1:
        missing = next(name for name in args.what if not Path(args.directory, name).is_file())
        raise UsageError(f"{missing} is not a file.", "Give patch files, or one RANGE such as v6.12..HEAD.")
    here = Clone(args.directory)
    if args.what:
        return _show(args, output, directory, read_range(here.repository, args.what[0]).patches(here.repository))
    series = here.store.load()
    earlier = recipients.earlier_reviewers(here, series)
    return _show(args, output, directory, series.patches, earlier=earlier)


def _show(
    args: argparse.Namespace,
    output: Output,
    directory: Directory,
    patches: Sequence[Patch],
    files: Sequence[str] = (),
    earlier: Sequence[EarlierReviewer] = (),
) -> int:
    """Answers for patches from anywhere; `files` are the whole files they were read from, as the script reads them."""
    mails = [patch_text(patch) for patch in patches]
    if args.plain:
        answer = directory.for_patches(files or mails)
        for line in answer.remarks():
            output.note(line)
        output.data(answer.lines, answer.lines)
        return int(Exit.DOES_NOT_HOLD if answer.differs else Exit.OK)
    differs = False
    if args.engine == "both":
        answer = directory.for_patches(files or mails)
        for line in answer.remarks():
            output.note(line)
        differs = bool(answer.differs)
    facts = profile_in_force(args, directory, [(patch.message, patch.paths) for patch in patches])
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


def profile_in_force(args: argparse.Namespace, directory: Directory, touched: Sequence[Touched]) -> Profile:
    """The profile asked for, else the one of these patches' files; for the current series, the one in force."""
    here = Clone(args.directory)
    try:
        series = None if args.what else here.store.load()
        if series is not None and not args.profile:
            return here.profile_of(series)
        return here.subsystems.of(touched, args.profile)
    except PatchflowError:
        return Subsystems(directory.tree).of(touched, args.profile)


def _memory(args: argparse.Namespace, output: Output, earlier: Sequence[EarlierReviewer] = ()) -> RouteMemory:
    """What is remembered for the branch the user stands on, --add, --to and --drop included."""
    try:
        repository = GitRepository(args.directory)
        branch = repository.current_branch()
    except PatchflowError:
        added, to, dropped = (
            tuple(recipients.read_address(text) for text in words) for words in (args.add, args.to, args.drop)
        )
        if added or to or dropped:
            output.note("There is no branch to remember --add, --to and --drop with; they count for this answer only.")
        return RouteMemory(added=added, dropped=dropped, to=to)
    if args.add or args.to or args.drop:
        recipients.remember(repository, GitCommands(repository.folder), branch, args.add, args.drop, args.to)
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
