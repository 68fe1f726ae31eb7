"""Runs the linters of netdev's bots on the files a series touches, before and after it; only what is new counts."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from patchflow.adapters.cache import cache_folder
from patchflow.adapters.files import write_atomic
from patchflow.adapters.process import run
from patchflow.errors import OutsideError

Word = tuple[str, str, int, str]  # rule, file, line, words
_ROW = re.compile(r"^(?P<file>[^:\s]+):(?P<line>\d+):(?:\d+:)?\s*(?P<words>.*)$")
_MOST = 20  # new words a tool and series; the rest is counted
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Tool:
    """One linter: the files it reads, its program, and its arguments in front of the files."""

    rule: str
    suffixes: tuple[str, ...]
    program: str
    arguments: tuple[str, ...] = ()


TOOLS = (
    Tool("kdoc", (".c", ".h"), "scripts/kernel-doc", ("-Wall", "-none")),
    Tool("yamllint", (".yaml", ".yml"), "yamllint", ("-f", "parsable")),
    Tool("shellcheck", (".sh",), "shellcheck", ("-f", "gcc")),
    Tool("pylint", (".py",), "pylint", ("--output-format=text", "--score=n", "--reports=n")),
    Tool("ruff", (".py",), "ruff", ("check", "--output-format=concise", "--no-cache", "--isolated")),
)


def run_tools(
    tree: Path, paths: Sequence[str], old: Callable[[str], bytes | None], new: Callable[[str], bytes | None]
) -> tuple[list[Word], list[str]]:
    """What the tools newly say of the paths, and which could not run and why.

    `old` and `new` give a file's content before and after the series, None where there is none.
    """
    words: list[Word] = []
    not_run: list[str] = []
    for tool in TOOLS:
        files = [path for path in paths if path.endswith(tool.suffixes) and new(path) is not None]
        if not files:
            continue
        program = _program(tree, tool)
        if program is None:
            not_run.append(f"{tool.rule}: {tool.program} is missing")
            continue
        try:
            words += _new_words(tool, program, tree, files, old, new)
        except OutsideError as error:
            not_run.append(f"{tool.rule}: {error.message}")
    return words, not_run


def left_out() -> tuple[str, ...]:
    """What a build here leaves out because its tool is missing, in words."""
    return () if which("sparse") else ("sparse is missing, so C=1 was left out; `apt install sparse` installs it",)


def _program(tree: Path, tool: Tool) -> str | None:
    if "/" in tool.program:
        path = tree / tool.program
        return str(path) if path.is_file() else None
    return which(tool.program)


def _new_words(
    tool: Tool, program: str, tree: Path, files: Sequence[str], old: Callable[[str], bytes | None],
    new: Callable[[str], bytes | None],
) -> list[Word]:  # fmt: skip
    before = Counter((file, text) for file, _, text in _words(tool, program, tree, files, old))
    found: list[Word] = []
    for file, line, text in _words(tool, program, tree, files, new):
        if before[(file, text)] > 0:
            before[(file, text)] -= 1
        else:
            found.append((tool.rule, file, line, text))
    if len(found) > _MOST:
        rest = len(found) - _MOST
        found = [*found[:_MOST], (tool.rule, found[_MOST][1], found[_MOST][2], f"and {rest} more")]
    return found


def _words(
    tool: Tool, program: str, tree: Path, files: Sequence[str], content: Callable[[str], bytes | None]
) -> list[tuple[str, int, str]]:
    """File, line and words of each row the tool prints; the same program on the same contents is asked once."""
    given = [(path, text) for path in files if (text := content(path)) is not None]
    if not given:
        return []
    digest = hashlib.sha256(repr((tool, Path(program).stat().st_mtime_ns, program)).encode())
    for path, text in given:
        digest.update(f"\0{path}\0{len(text)}\0".encode("utf-8", "surrogateescape") + text)
    kept = cache_folder() / "tools" / digest.hexdigest()
    try:
        return [(file, line, words) for file, line, words in json.loads(kept.read_bytes())]
    except (OSError, ValueError):
        found = _run(tool, program, tree, given)
        write_atomic(kept, json.dumps(found).encode())
        return found


def _run(tool: Tool, program: str, tree: Path, given: Sequence[tuple[str, bytes]]) -> list[tuple[str, int, str]]:
    """Runs the tool over copies below a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="patchflow-") as name:
        folder = Path(name)
        for path, text in given:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        argv = [*(["perl"] if _is_perl(program) else []), program, *tool.arguments, *(path for path, _ in given)]
        env = {"KERNELVERSION": "0", "srctree": str(tree)}  # kernel-doc asks make for it otherwise
        done = run(argv, cwd=folder, timeout=_SECONDS, check=False, env=env)
        rows = (_ROW.match(row) for row in (done.text + "\n" + done.err_text).split("\n"))
        return [(row["file"].removeprefix("./"), int(row["line"]), row["words"][:300]) for row in rows if row]


def _is_perl(program: str) -> bool:
    with Path(program).open("rb") as file:
        return b"perl" in file.read(64).split(b"\n")[0]
