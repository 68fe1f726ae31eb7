"""Runs linters (netdev's bots', and those of documents, bindings and Rust) on the files a series touches, before and
after it; only what is new counts."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from shutil import which

from patchflow import lazy_re
from patchflow.adapters.clone_files import below, stamp_of
from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_cached
from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.paths import cache_path
from patchflow.adapters.trust import consent, run_code
from patchflow.errors import OutsideError
from patchflow.rules.tools import WAS_CLEAN
from patchflow.values import dataclass

Word = tuple[str, str, int, str]  # rule, file, line, words
# kernel-doc in Python (since Linux 6.16) puts `Warning: ` in front and leaves the colon behind the line number out.
_ROW = lazy_re.compile(
    r"^(?P<kind>(?:warning|error):\s+)?(?P<file>[^:\s]+):(?P<line>\d+)(?(kind):?|:)(?:\d+:)?\s*(?P<words>.*)$", re.I
)
_SCHEMA_ROW = lazy_re.compile(r"^(?P<file>\S+\.yaml):(?:(?P<line>\d+):\d+:?)? (?P<words>.+)$")
_DIFF_ROW = lazy_re.compile(
    r"^Diff in .*?(?: at line |:)(?P<line>\d+):$"
)  # the one form of rustfmt before 1.6, and the other
_MOST = 20  # new words a tool and series; the rest is counted
_SECONDS = 60.0
_LIBRARIES = ("tools/lib/python", "scripts/lib")  # of kernel-doc, today's first
_CHOOSE = ("PYENV_VERSION", "RUSTUP_TOOLCHAIN")  # which of several versions of a program runs


def _by_line(said: str) -> Iterator[tuple[str, int, str]]:
    """File, line and words, as compilers and most linters write them."""
    for text in said.split("\n"):
        if row := _ROW.match(text):
            yield row["file"], int(row["line"]), f"{row['kind'] or ''}{row['words']}"


def _of_rustfmt(said: str) -> Iterator[tuple[str, int, str]]:
    """The first line of each diff that rustfmt would write otherwise; what it cannot read."""
    line, error = 0, ""
    for text in said.split("\n"):
        if row := _DIFF_ROW.match(text):
            line = int(row["line"])
        elif line and text[:1] in ("-", "+"):
            yield "", line, f"rustfmt would write this otherwise: {text[1:].strip()}"
            line = 0
        elif line:
            line += 1
        elif text.startswith("error"):
            error = text
        elif error and (place := re.match(r"\s*--> .*?:(\d+):\d+$", text)):
            yield "", int(place[1]), error
            error = ""


def _of_schema(said: str) -> Iterator[tuple[str, int, str]]:
    """What dtschema says of a binding, with its hint."""
    found: list[tuple[str, int, str]] = []
    for text in said.split("\n"):
        if row := _SCHEMA_ROW.match(text):
            found.append((row["file"], int(row["line"] or 0), row["words"]))
        elif found and text.startswith("\thint: "):
            file, line, words = found[-1]
            found[-1] = (file, line, f"{words}; {text.removeprefix(chr(9) + 'hint: ')}")
    yield from found


@dataclass(frozen=True, slots=True)
class Tool:
    """One linter: the files it reads, its program, and its arguments in front of the files.

    `beside` are the names, next to a file and above it, that it reads too: configuration, and what a script sources
    or imports. With `inside` it runs in each file's folder, where alone it looks for them. `settings` are the files
    elsewhere that it reads (`~` is the home, `$NAME` a variable), `variables` those that change what it says.
    """

    rule: str
    suffixes: tuple[str, ...]
    program: str
    arguments: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    inside: bool = False
    under: str = ""  # only files below this folder
    piped: bool = False  # each file by itself, on standard input
    read: Callable[[str], Iterator[tuple[str, int, str]]] = field(default=_by_line, repr=False)
    keep: str = ""  # of its words only those count
    settings: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    def reads(self, path: str) -> bool:
        """Whether it is for a file."""
        return path.endswith(self.suffixes) and path.startswith(self.under)


_BINDINGS = "Documentation/devicetree/bindings/"

# The arguments are NIPA's: shellcheck takes the functions of a test for code that is never reached.
TOOLS = (
    Tool(
        "kdoc",
        (".c", ".h"),
        "scripts/kernel-doc",
        ("-Wall", "-none"),
        variables=("KBUILD_VERBOSE", "KCFLAGS", "KDOC_WERROR"),
    ),
    Tool(
        "yamllint",
        (".yaml", ".yml"),
        "yamllint",
        ("-f", "parsable"),
        (".yamllint*",),
        inside=True,
        settings=("$YAMLLINT_CONFIG_FILE", "$XDG_CONFIG_HOME/yamllint/config", "~/.config/yamllint/config"),
    ),
    Tool(
        "shellcheck",
        (".sh",),
        "shellcheck",
        ("-f", "gcc", "-x", "-e", "SC2317", "-e", "SC2329"),
        (".shellcheckrc", "*.sh"),
        inside=True,
        settings=("~/.shellcheckrc", "$XDG_CONFIG_HOME/shellcheckrc", "~/.config/shellcheckrc"),
        variables=("SHELLCHECK_OPTS",),
    ),
    Tool(
        "pylint",
        (".py",),
        "pylint",
        ("--output-format=text", "--score=n", "--reports=n"),
        ("*.py", ".pylintrc", "pylintrc", "pyproject.toml"),
        settings=("$PYLINTRC", "~/.pylintrc", "$XDG_CONFIG_HOME/pylintrc", "~/.config/pylintrc", "/etc/pylintrc"),
        variables=("PYTHONPATH",),
    ),
    Tool("ruff", (".py",), "ruff", ("check", "--output-format=concise", "--no-cache", "--isolated")),
    Tool(
        "rst",
        (".rst",),
        "docutils rst2pseudoxml rst2pseudoxml.py",
        ("--report=2", "--halt=5", "--no-file-insertion", "--no-raw", "-", "/dev/null"),
        under="Documentation/",
        piped=True,
        # Sphinx' own directives and roles are unknown to docutils; of headings and tables it knows all there is.
        keep=r"(?i)^(?!.*\bunknown\b).*\b(title|section|transition|table)\b",
    ),
    Tool(
        "rustfmt",
        (".rs",),
        "rustfmt",
        ("--check", "--edition", "2021", "--color", "never"),
        ("rustfmt.toml", ".rustfmt.toml"),
        inside=True,
        piped=True,
        read=_of_rustfmt,
        settings=tuple(
            f"{folder}/{name}"
            for folder in ("~", "$XDG_CONFIG_HOME/rustfmt", "~/.config/rustfmt")
            for name in ("rustfmt.toml", ".rustfmt.toml")
        ),
    ),
    Tool(
        "dt-binding-check",
        (".yaml",),
        "dt-doc-validate",
        ("-n", "-u", _BINDINGS.rstrip("/")),
        ("*.yaml",),
        under=_BINDINGS,
        read=_of_schema,
    ),
)


def run_tools(
    tree: Path,
    paths: Sequence[str],
    old: Callable[[str], bytes | None],
    new: Callable[[str], bytes | None],
    wanted: Callable[[str], bool] = lambda rule: True,
) -> tuple[list[Word], list[str]]:
    """What the tools whose rules are `wanted` newly say of the paths, and which could not run and why.

    `old` and `new` give a file's content before and after the series, None where there is none.
    """
    words: list[Word] = []
    not_run: list[str] = []
    for tool in TOOLS:
        files = [path for path in paths if tool.reads(path) and new(path) is not None]
        if not files or not wanted(tool.rule):
            continue
        program = _program(tree, tool)
        if program is None:
            not_run.append(f"{tool.rule}: {tool.program.split()[0]} is missing")
            continue
        try:
            words += _new_words(tool, program, tree, files, old, new)
        except OutsideError as error:
            not_run.append(f"{tool.rule}: {error.message}")
    return words, not_run


def kernel_doc(tree: Path, versions: Sequence[tuple[str, bytes]]) -> list[list[tuple[int, str]]] | str:
    """Line and words of all that kernel-doc says of each version of a file (path, content); why not, where it cannot
    be asked. One run reads all versions that it was not asked of before."""
    tool = TOOLS[0]
    program = _program(tree, tool)
    if program is None:
        return f"{tool.rule}: {tool.program} is missing"
    by = _known_by(tool, tree, program, [path for path, _ in versions])
    places = [_kept(hashlib.sha256(f"{by}{path}\0".encode() + text)) for path, text in versions]
    found: list[list[tuple[int, str]] | None] = [
        read_cached(place, _pairs) if b"/**" in text else [] for (_, text), place in zip(versions, places, strict=True)
    ]
    asked = [(f"{at}/{path}", text) for at, (path, text) in enumerate(versions) if found[at] is None]
    try:
        said = _run(tool, program, tree, asked, []) if asked else []
    except OutsideError as error:
        return f"{tool.rule}: {error.message}"
    for name, _ in asked:
        at = int(name.partition("/")[0])
        found[at] = [(line, text) for file, line, text in said if file == name]
        write_atomic(places[at], json.dumps(found[at]).encode())
    return [rows or [] for rows in found]


def _pairs(content: bytes) -> list[tuple[int, str]]:
    return [(int(line), str(text)) for line, text in json.loads(content)]


def _kept(made: hashlib._Hash) -> Path:
    """Where the cache keeps what a tool said."""
    return Path(cache_path()) / "tools" / made.hexdigest()


def left_out() -> tuple[str, ...]:
    """What a build here leaves out because its tool is missing, in words."""
    return () if which("sparse") else ("sparse is missing, so C=1 was left out; `apt install sparse` installs it",)


def _program(tree: Path, tool: Tool) -> str | None:
    if "/" in tool.program:
        folder, _, name = tool.program.rpartition("/")
        path = Path(scripts_of(str(tree), name) if folder == "scripts" else tree / folder, name)
        return str(path) if path.is_file() else None
    return next((found for name in tool.program.split() if (found := which(name))), None)


def _known_by(tool: Tool, tree: Path, program: str, paths: Sequence[str]) -> str:
    """What tells how a tool judges these files, besides their contents: itself, all files that it reads elsewhere or
    beside them, and variables. Who changes one and asks again gets a new answer."""
    files = [
        *_program_files(tree, program),
        *(str(Path(os.path.expandvars(one)).expanduser()) for one in tool.settings),
    ]
    sources = [name for name in tool.beside if name.startswith("*")]
    folders = {tool.under or str(PurePosixPath(path).parent) for path in paths} - {"."} if sources else ()
    for folder in sorted(folders):  # what a script imports lies below it
        files += [one for one in below(str(tree / folder)) if any(fnmatchcase(one, name) for name in sources)]
    beside = {str(tree / one) for path in paths for one in _beside(tool, tree, path)}
    files += sorted(one for one in beside if Path(one).is_file())
    variables = {name: os.environ.get(name) for name in (*tool.variables, *_CHOOSE)}
    return f"{tool}\0{stamp_of(files)[0]}\0{variables}\0"


def _program_files(tree: Path, program: str) -> Iterator[str]:
    """What tells a program from an older one; of a tree's own its libraries too, of a stand-in what it leads to."""
    path = Path(program)
    yield program
    if path.is_relative_to(tree):
        for name in _LIBRARIES:
            yield from (one for one in below(str(tree / name)) if one.endswith(".py"))
    if Path(os.path.realpath(program)).name == "rustup":
        home = Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup")
        yield from (str(home / "settings.toml"), *below(str(home / "update-hashes")))
    if path.parent.name == "shims":  # pyenv's
        home = path.parent.parent
        yield from map(str, (home / "version", *sorted(home.glob(f"versions/*/bin/{path.name}"))))


def _new_words(
    tool: Tool, program: str, tree: Path, files: Sequence[str], old: Callable[[str], bytes | None],
    new: Callable[[str], bytes | None],
) -> list[Word]:  # fmt: skip
    by = _known_by(tool, tree, program, files)
    said = _words(tool, program, tree, files, old, by)
    before = Counter((file, text) for file, _, text in said)
    fouled = {file for file, _, _ in said}
    found: list[Word] = []
    for file, line, text in _words(tool, program, tree, files, new, by):
        if before[(file, text)] > 0:
            before[(file, text)] -= 1
        else:
            found.append(
                (tool.rule, file, line, text if file in fouled or old(file) is None else f"{text} {WAS_CLEAN}")
            )
    if len(found) > _MOST:
        rest = len(found) - _MOST
        found = [*found[:_MOST], (tool.rule, found[_MOST][1], found[_MOST][2], f"and {rest} more")]
    return found


def _words(
    tool: Tool, program: str, tree: Path, files: Sequence[str], content: Callable[[str], bytes | None], by: str
) -> list[tuple[str, int, str]]:
    """File, line and words of each row the tool prints; known `by` the same, the same contents are asked of once."""
    given = [(path, text) for path in files if (text := content(path)) is not None]
    if not given:
        return []
    digest = hashlib.sha256(by.encode("utf-8", "surrogateescape"))
    for path, text in given:
        digest.update(f"\0{path}\0{len(text)}\0".encode("utf-8", "surrogateescape") + text)
    kept = _kept(digest)
    known = read_cached(kept, lambda content: [(file, line, words) for file, line, words in json.loads(content)])
    if known is not None:
        return known
    beside = sorted({found for path, _ in given for found in _beside(tool, tree, path)})
    found = _run(tool, program, tree, given, beside)
    write_atomic(kept, json.dumps(found).encode())
    return found


def _beside(tool: Tool, tree: Path, path: str) -> Iterator[str]:
    """What of the work tree the tool may read besides the file: next to it and above it, folders included."""
    for above in PurePosixPath(path).parents if tool.beside else ():
        folder = tree / above
        for found in folder.iterdir() if folder.is_dir() else ():
            wanted = any(fnmatchcase(found.name, pattern) for pattern in tool.beside)
            if wanted or (found.name != ".git" and found.is_dir()):
                yield str(above / found.name)


def _run(
    tool: Tool, program: str, tree: Path, given: Sequence[tuple[str, bytes]], beside: Sequence[str]
) -> list[tuple[str, int, str]]:
    """Runs the tool over copies below a folder of its own, among links to what it reads beside them."""
    with tempfile.TemporaryDirectory(prefix="patchflow-") as name:
        folder = Path(name)
        for path, text in given:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        for path in beside:
            if not os.path.lexists(folder / path):
                (folder / path).symlink_to(tree / path)
        places = sorted({str(PurePosixPath(path).parent) for path, _ in given}) if tool.inside else ["."]
        found: list[tuple[str, int, str]] = []
        for place in places:
            here = [path for path, _ in given if place == "." or str(PurePosixPath(path).parent) == place]
            found += _rows(tool, program, tree, folder / place, [os.path.relpath(path, place) for path in here], place)
        return found


def _rows(
    tool: Tool, program: str, tree: Path, folder: Path, names: Sequence[str], place: str
) -> list[tuple[str, int, str]]:
    """What the tool prints of the files; OutsideError where it fails and says nothing of them."""
    argv = [*(["perl"] if _is_perl(program) else []), program, *tool.arguments]
    env = {"KERNELVERSION": "0", "srctree": str(tree)}  # kernel-doc asks make for it otherwise
    env["DOCUTILSCONFIG"] = "/dev/null"  # docutils reads /etc/docutils.conf and ~/.docutils otherwise
    # yamllint before 1.30 looks for its configuration beside the file alone, not above it.
    configured = next((path for at in (folder, *folder.parents) if (path := at / ".yamllint").is_file()), None)
    if configured is not None:
        env["YAMLLINT_CONFIG_FILE"] = str(configured)
    # A tree's own program, or one that reads its configuration, which may hold code (pylint's init-hook).
    found: list[tuple[str, int, str]] = []
    alone = [(argv, (folder / name).read_bytes(), name) for name in names]
    for words, text, name in alone if tool.piped else [([*argv, *names], b"", "")]:
        done = run_code(consent(tree), words, cwd=folder, timeout=_SECONDS, check=False, env=env, stdin=text)
        rows = list(tool.read(f"{done.text}\n{done.err_text}"))
        if done.code and not rows:
            said = (done.err_text.strip() or done.text.strip() or "it said nothing").split("\n")[-1][:200]
            raise OutsideError(f"{Path(program).name} failed (status {done.code}): {said}")
        for file, line, said in rows:
            if re.search(tool.keep, said):
                whole = PurePosixPath(place, name or file.removeprefix(f"{os.path.realpath(folder)}/"))
                found.append((str(whole), line, said[:300]))
    return found


def _is_perl(program: str) -> bool:
    with Path(program).open("rb") as file:
        return b"perl" in file.read(64).split(b"\n")[0]
