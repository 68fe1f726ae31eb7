"""`patchflow rules`: the rules, or one explained with its source and examples."""

from __future__ import annotations

import argparse

from patchflow.cli.diagnostics import Output

EXAMPLE = "patchflow rules fixes-format"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("id", nargs="?", default="", metavar="ID", help="one rule")


def run(args: argparse.Namespace, output: Output) -> int:
    """Lists the rules, or explains one."""
    from patchflow.rules.registry import DATE, VERSION, all_rules, find_rule

    if args.id.startswith("checkpatch"):
        output.data({"id": args.id, "source": "scripts/checkpatch.pl"},
                    [f"{args.id}: explained in Documentation/dev-tools/checkpatch.rst of your tree."])  # fmt: skip
        return 0
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
    output.data(documents, lines)
    return 0
