"""`patchflow dep`: what a series needs first, in no public tree yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patchflow.cli.diagnostics import Output
from patchflow.cli.shown import clone
from patchflow.errors import Exit, UsageError
from patchflow.flow.series.dependencies import dependencies
from patchflow.flow.series.stack import add, drop, restack

if TYPE_CHECKING:
    import argparse

    from patchflow.domain.dependency import Dependency
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone

EXAMPLE = "patchflow dep add vsock-core"
_WORDS = {"add": True, "drop": True, "list": False, "check": False, "restack": False}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", choices=tuple(_WORDS), help="check fails if a newer version of one is available; "
                        "restack rebases the branch onto the new version of the series below it")  # fmt: skip
    parser.add_argument("name", nargs="?", default="", metavar="MESSAGE-ID|BRANCH|CHANGE-ID|COMMIT|N",
                        help="what to add to the list, or drop from it")  # fmt: skip


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 from check where something is to be done about one of them."""
    if _WORDS[args.what] != bool(args.name.strip()):
        wants = "wants one thing to name" if _WORDS[args.what] else "takes no name"
        raise UsageError(f"`dep {args.what}` {wants}.", f"For example: `{EXAMPLE}`.")
    here = clone(args)
    series = here.store.load(with_diffs=args.what not in ("list", "check"))
    if args.what == "add":
        before, series = series, add(here, series, args.name.strip())
        if series.base != before.base:
            output.note(f"{series.name} begins above {series.base[:12]} now; `patchflow undo` takes that back.")
    elif args.what == "drop":
        gone, series = drop(here, series, args.name.strip())
        output.note(f"Dropped {gone}.{_still_on(series)}")
    elif args.what == "restack":
        before, (series, onto) = series, restack(here, series)
        left_out = len(before.patches) - len(series.patches)
        said = f"stands on {onto} as it is now; `patchflow undo` takes that back" if onto else "stands where it should"
        output.note(f"{series.name} {said}.")
        if left_out:
            output.note(
                f"{left_out} of its patches {'is' if left_out == 1 else 'are'} in {onto} already, and left out."
            )
    every = dependencies(here, series)
    _show(here, series, every, output)
    return int(Exit.DOES_NOT_HOLD if args.what == "check" and not all(one.holds for one in every) else Exit.OK)


def _still_on(series: Series) -> str:
    if series.foundation == series.base:
        return ""
    return (
        f" The branch stands on those patches still: `git rebase --onto {series.base_ref} {series.base[:12]} "
        f"{series.branch}` takes them out from below."
    )


def _show(here: Clone, series: Series, every: list[Dependency], output: Output) -> None:
    lines = [f"{number}. {one.as_line()}" for number, one in enumerate(every, 1)]
    if series.foundation != series.base:
        lines.append(f"base-commit: {series.foundation}")
    output.data({"dependencies": [_row(one) for one in every], "base_commit": series.foundation},
                lines or [f"{series.name} depends on nothing but its base."])  # fmt: skip


def _row(one: Dependency) -> dict[str, Any]:
    return {"kind": one.kind, "id": one.id or one.entry, "revision": one.revision or None, "newer": one.newer or None,
            "state": str(one.state), "branch": one.branch, "title": one.title, "says": one.words}  # fmt: skip
