"""`patchflow rules`: the rules, or one explained with its source and examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.adapters.kernel.checkpatch import document_on
from patchflow.cli.diagnostics import Output
from patchflow.flow.send.gates import GATES
from patchflow.rules.registry import DATE, VERSION, all_rules, find_rule

if TYPE_CHECKING:
    import argparse

EXAMPLE = "patchflow rules fixes-format"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("id", nargs="?", default="", metavar="ID", help="one rule")


def run(args: argparse.Namespace, output: Output) -> int:
    """Lists the rules, or explains one."""
    if args.id in GATES:
        summary, source = GATES[args.id]
        output.data([{"id": args.id, "scope": "send", "severity": "", "summary": summary, "source": source}],
                    [f"{args.id} (holds `send` back)", "", summary, "", f"Source: {source}"])  # fmt: skip
        return 0
    if args.id.startswith("checkpatch") or args.id.replace("_", "").isupper():
        return _checkpatch(args, output)
    chosen = [find_rule(args.id)] if args.id else all_rules()
    documents = [
        {"id": r.id, "scope": str(r.scope), "severity": str(r.severity), "summary": r.summary, "source": r.source,
         "explanation": r.doc, "good": r.examples("Okay"), "bad": r.examples("Bad")}
        for r in chosen
    ]  # fmt: skip
    if args.id:
        rule = chosen[0]
        lines = [f"{rule.id} ({rule.severity}, on a {rule.scope})", "", rule.doc, "", f"Source: {rule.source}"]
    else:
        lines = [f"Rules {VERSION} of {DATE}", ""]
        lines += [f"{r.id:18} {r.severity:8} {r.scope:7} {r.summary}" for r in chosen]
        lines += ["", "What else holds `send` back:"]
        lines += [f"{name:18} {'':8} {'send':7} {summary}" for name, (summary, _) in GATES.items()]
    output.data(documents, lines)
    return 0


def _checkpatch(args: argparse.Namespace, output: Output) -> int:
    """What the tree's own document says of a type of message, `checkpatch:SPACING` or just `SPACING`."""
    kind = args.id.removeprefix("checkpatch").lstrip(":")
    source = "scripts/checkpatch.pl" if not kind else "Documentation/dev-tools/checkpatch.rst"
    words = document_on(args.directory, kind)
    document = {"id": args.id, "source": source, "explanation": words}
    output.data(
        [document], [f"{args.id} (found by scripts/checkpatch.pl)", "", *words.split("\n"), "", f"Source: {source}"]
    )
    return 0
