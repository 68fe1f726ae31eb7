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
from patchflow.lazy_inspect import without_inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from patchflow.formats.get_maintainer.answer import Row

EXAMPLE = "patchflow cc -f net/vmw_vsock/af_vsock.c"
_SHOWN = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("what", nargs="*", metavar="RANGE|FILE|PATH", help="commits, patch files, or with -f paths")
    parser.add_argument("-f", dest="paths", action="store_true", help="these are paths of the tree, not patches")
    parser.add_argument("--plain", action="store_true", help="print exactly the lines that get_maintainer.pl prints")
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="what answers; both compares the two")
    parser.add_argument("--profile", default="", help="the profile that decides between To and Cc")
    recipients_arguments(parser)
    parser.add_argument("--add", action="append", default=[], metavar="ADDR",
                        help="somebody more in Cc, remembered for the series")  # fmt: skip
    parser.add_argument("--to", action="append", default=[], metavar="ADDR", help="the same, in To")
    parser.add_argument("--drop", action="append", default=[], metavar="ADDR",
                        help="leave somebody out, remembered for the series")  # fmt: skip
    parser.add_argument("--git", action="store_true", help="ask git who signed recent commits to the files")
    parser.add_argument(
        "--git-blame", action="store_true", help="ask git who signed the commits that the lines come from"
    )
    parser.add_argument(
        "--git-fallback", action="store_true", help="ask git about files that no section of MAINTAINERS lists exactly"
    )


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

    without_inspect()

    from patchflow.cli.cc_patches import of_patches  # -f, which follows every keystroke of a caller, does without it

    return of_patches(args, output, directory)


def _for_paths(args: argparse.Namespace, output: Output, directory: Directory) -> int:
    if args.add or args.to or args.drop:
        raise UsageError("--add, --to and --drop belong to a series, and -f asks about none.", "Leave -f out.")
    paths = [path_in_tree(directory.tree, args.directory, name) for name in args.what]
    answer = directory.for_files(paths)
    for line in answer.remarks():
        output.note(line)
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
        from patchflow.cli.cc_patches import profile_in_force

        return profile_in_force(args, directory, [("", paths)]).to_roles
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
