"""The tables of SECURITY.md are what the program does: programs it starts, hosts it asks, files it writes."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, commit, git, run_patchflow

# The functions that start a program; tests/test_imports.py and import-linter keep subprocess out of other rooms.
_STARTERS = {"run", "run_live", "run_behind", "run_code", "output_of", "Popen", "posix_spawnp", "_version", "_fetching"}
# Names of programs in constants, and where they are looked for.
_NAMED = {"_PROGRAM", "_PROGRAMS", "_TOOLS"}


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module of the program."""
    return {path: ast.parse(path.read_text()) for path in (ROOT / "patchflow").rglob("*.py")}


def table(after: str, column: int) -> str:
    """One column of the first table behind these words."""
    text = (ROOT / "SECURITY.md").read_text().partition(after)[2]
    assert text, after
    rows = re.search(r"(?m)(?:^\|.*\n)+", text)
    assert rows
    return "\n".join(row.split("|")[column] for row in rows[0].strip().split("\n")[2:])


def words_of(node: ast.AST) -> set[str]:
    """The strings in an expression."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def started(tree: ast.Module) -> set[str]:
    """The programs that a module names where it starts one, looks for one, or lists them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id in _NAMED for one in node.targets):
            found |= {word for word in words_of(node.value) if re.fullmatch(r"[\w.+-]+", word)}
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "which" and node.args and isinstance(node.args[0], ast.Constant):
            found.add(str(node.args[0].value))
        if name in _STARTERS:
            for argument in node.args[:2]:
                if isinstance(argument, ast.List) and argument.elts and isinstance(argument.elts[0], ast.Constant):
                    found.add(str(argument.elts[0].value))
        if name == "Tool":  # adapters/kernel/tools.py
            found.add(str(ast.literal_eval(node.args[2])).split()[0].rpartition("/")[2])
    return found


def test_programs() -> None:
    listed = set(re.findall(r"`([^`]+)`", table("The programs it starts", 2)))
    found: set[str] = set()
    everything: set[str] = set()
    for path, tree in modules().items():
        if {"adapters", "flow", "cli", "tui", "githooks"} & set(path.parts):
            everything |= {word for text in words_of(tree) for word in re.findall(r"[\w-]+", text)}
            found |= started(tree)
    assert found - listed == set(), "started, and not in the table"
    assert {"git", "perl", "qemu-system-x86_64", "dtc"} <= found, "the search sees them"
    assert listed - everything == set(), "in the table, and nowhere in the code"


def test_hosts() -> None:
    """Each host that the code or a profile names to be asked is of the table, or of a kind that it names."""
    listed = table("The hosts it asks", 2)
    for host in ("lore.kernel.org", "patchwork.kernel.org", "netdev.bots.linux.dev", "lkml.kernel.org"):
        assert host in listed
    urls: set[str] = set()
    for path, tree in modules().items():
        if not {"demo", "rules"} & set(path.parts):
            for text in words_of(tree):
                urls |= set(re.findall(r"^https?://([a-z0-9.-]+)(?!.*\n)", text))
    asked = {"lore.kernel.org", "lkml.kernel.org", "patchwork.kernel.org"}
    named = {"json.schemastore.org", "git.kernel.org", "devicetree.org", "scan.coverity.com"}  # said or compared only
    assert {host for host in urls if "." in host and not host.endswith((".", "example.org"))} <= asked | named
    profiles = "".join(path.read_text() for path in (ROOT / "kernel/profiles").glob("*.toml"))
    assert set(re.findall(r'status_url = "https://([^/"]+)', profiles)) <= {"netdev.bots.linux.dev"}


def test_files(series: Path, smtp: Any, sealed: Path) -> None:
    """A series is made, checked, sent, answered and sent again: only the places of the table are written to."""
    before = places(series, sealed)
    mbox = series.parent / "in.mbox"
    run_patchflow("-C", str(series), "cc", "--add", "Cora <cora@example.net>")
    run_patchflow("-C", str(series), "check")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    sent = run_patchflow("-C", str(series), "--json", "status").json["series"][0]["sent"][0]["message_ids"]
    mbox.write_text(
        f"From x Mon Nov 23 10:00:00 2026\nFrom: R <r@example.net>\nMessage-ID: <r@example.net>\n"
        f"In-Reply-To: <{sent[1]}>\nSubject: Re: x\nDate: Mon, 30 Nov 2026 10:00:00 +0000\n\n> +int add_one;\nWhy?\n"
    )
    for words in (["fetch", "--mbox", str(mbox)], ["todo"], ["reply", "r@example.net"], ["search", "Why"], ["respin"],
                  ["window", "--offline"], ["doctor"], ["trust"], ["undo", "--yes"], ["redo"],
                  ["watch", "--once", "--offline"]):  # fmt: skip
        run_patchflow("-C", str(series), *words, env={"GIT_EDITOR": "true"})
    commit(series, "add three")
    allowed = re.compile(
        r"\.git/(patchflow/|refs/|logs/|objects/|config$|index$|HEAD$|ORIG_HEAD$|COMMIT_EDITMSG$|packed-refs$)|"
        r"home/(state|cache)/patchflow/|net/vmw_vsock/af_vsock\.c$"
    )
    assert [name for name, _ in sorted(places(series, sealed) - before) if not allowed.match(name)] == []
    assert git(series, "status", "--porcelain") == ""


def places(tree: Path, home: Path) -> set[tuple[str, int]]:
    """Every file of the tree, by its name in it, and of the home below `home/`, each with when it was written."""
    found = {str(path.relative_to(tree)): path for path in tree.rglob("*") if path.is_file()}
    found |= {f"home/{path.relative_to(home)}": path for path in home.rglob("*") if path.is_file()}
    return {(name, path.stat().st_mtime_ns) for name, path in found.items()}
