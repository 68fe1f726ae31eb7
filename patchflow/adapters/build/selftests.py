"""Builds selftests of a commit in a throw-away folder, for a guest: static where the guest has no libraries."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.build.full import lay_file
from patchflow.adapters.build.in_cache import no_room
from patchflow.adapters.build.modules import JOBS
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.trust import Consent, run_code, run_code_live
from patchflow.domain.tests import WantedTest
from patchflow.values import dataclass

SELFTESTS = "tools/testing/selftests"
_VSOCK = "tools/testing/vsock"
VSOCK_SUITE = f"{_VSOCK}/run-suite"  # the script that runs its two ends
_TOOLS = (
    f"{SELFTESTS}/kselftest",
    "tools/include",
    "tools/arch",
    "tools/scripts",
    "tools/build",
    "scripts/subarch.include",
)
_BPF = ("tools/lib", "tools/bpf", "kernel/bpf", "include/uapi")
_SECONDS = 1200.0
_USUAL = 45.0  # seconds a test of kselftest has where its target's `settings` say nothing
_PACKED = 40_000_000  # bytes of one file beyond which it is no test's data
_ERROR = lazy_re.compile(r"\berror:|\*\*\*|cannot find|No such file")


@dataclass(frozen=True, slots=True)
class Program:
    """A test that is to run: its name (`breakpoints:prog`), its path below the folder of tests, the seconds it has, and
    the program that reads it where it is a script ("" for a binary)."""

    name: str
    path: str
    seconds: float
    reader: str = ""


@dataclass(frozen=True, slots=True)
class BuiltTests:
    """The programs, the folder that holds them and what they read, and what was not built, with why."""

    folder: Path
    programs: tuple[Program, ...]
    left_out: tuple[tuple[str, str], ...]


def build_selftests(
    by: Consent, repository: GitRepository, commit: str, wanted: Sequence[WantedTest], folder: Path, static: bool,
    heard: Callable[[str], None],
) -> BuiltTests:  # fmt: skip
    """Lays the selftests of a commit below a folder and builds those wanted (kselftest targets, and vsock's suite)."""
    programs: list[Program] = []
    left_out: list[tuple[str, str]] = []
    compiler = ["CC=gcc -static"] if static else []
    targets = [one for one in wanted if one.kind == "kselftest"]
    if targets and repository.read_blob(commit, f"{SELFTESTS}/lib.mk") is None:
        left_out = [
            (one.words(), f"this tree has no {SELFTESTS}/lib.mk; a whole kernel tree has it") for one in targets
        ]
        targets = []
    if targets:
        _lay_selftests(repository, commit, [one.name for one in targets], folder)
    for one in targets:
        said = _make(by, folder / SELFTESTS / one.name, [*compiler, "all"], heard)
        found = [p for p in _programs(by, folder, one.name) if not one.only or p.path.rpartition("/")[2] == one.only]
        for program in found:
            if (folder / program.path).is_file():
                programs.append(program)
            else:
                left_out.append((program.name, f"it does not build: {said}"))
        if not found:
            left_out.append((one.words(), said if one.only == "" else f"{one.name} has no program {one.only}"))
    if any(one.kind == "vsock" for one in wanted):
        _lay(repository, commit, [_VSOCK, "tools/include"], folder)
        said = _make(by, folder / _VSOCK, [*compiler, "vsock_test"], heard)
        if (folder / _VSOCK / "vsock_test").is_file():
            programs.append(Program("vsock:vsock_test", VSOCK_SUITE, 300.0, "sh"))
        else:
            left_out.append(("vsock:vsock_test", f"it does not build: {said}"))
    return BuiltTests(folder, tuple(programs), tuple(left_out))


def files_of(tests: BuiltTests) -> dict[str, tuple[int, bytes]]:
    """What the programs' folders hold, for a guest: below `tests/`; what only a compiler reads is left out."""
    folders = {program.path.rpartition("/")[0] for program in tests.programs}
    if any(folder.startswith(SELFTESTS) for folder in folders):
        folders.add(f"{SELFTESTS}/kselftest")
    found: dict[str, tuple[int, bytes]] = {}
    for folder in sorted(folders):
        for path in sorted((tests.folder / folder).rglob("*")):
            if path.is_symlink() or not path.is_file() or path.suffix in (".c", ".o", ".d", ".h"):
                continue
            facts = path.stat()
            if facts.st_size <= _PACKED:
                mode = 0o755 if facts.st_mode & stat.S_IXUSR else 0o644
                found[f"tests/{path.relative_to(tests.folder)}"] = (mode, path.read_bytes())
    return found


def _lay_selftests(repository: GitRepository, commit: str, targets: Sequence[str], folder: Path) -> None:
    top = [p for p in repository.paths(commit, SELFTESTS) if p.count("/") == SELFTESTS.count("/") + 1]
    more = _BPF if "bpf" in targets else ()
    net = [f"{SELFTESTS}/net/lib", f"{SELFTESTS}/net"] if any("net" in one.split("/") for one in targets) else []
    _lay(repository, commit, [*top, *_TOOLS, *more, *net, *(f"{SELFTESTS}/{one}" for one in targets)], folder)


def _lay(repository: GitRepository, commit: str, paths: Sequence[str], folder: Path) -> None:
    repository.have(commit, *paths)
    for path in dict.fromkeys(paths):
        names = [path] if repository.read_blob(commit, path) is not None else list(repository.paths(commit, path))
        for name in names:
            lay_file(repository, commit, name, folder)


def _make(by: Consent, folder: Path, words: Sequence[str], heard: Callable[[str], None]) -> str:
    """Builds; the first words of an error, else that nothing was made."""
    rows: list[str] = []

    def hear(row: str) -> None:
        rows.append(row)
        heard(row)

    if not (folder / "Makefile").is_file():
        return "it has no Makefile"
    run_code_live(by, ["make", f"-j{JOBS}", "-k", "--output-sync=target", "-C", str(folder), *words], hear,
                  timeout=_SECONDS)  # fmt: skip
    no_room(rows)
    return next((row.strip()[:200] for row in rows if _ERROR.search(row)), "make made none")


def _programs(by: Consent, folder: Path, target: str) -> list[Program]:
    """What the target's Makefile says it runs."""
    at = f"{SELFTESTS}/{target}"
    words = ["make", "-s", "--no-print-directory", "-C", str(folder / at), "emit_tests", f"COLLECTION={target}"]
    if not (folder / at / "Makefile").is_file():
        return []
    done = run_code(by, words, check=False, timeout=120)
    seconds = _limit(folder / at / "settings")
    names = [name for row in done.text.split("\n") if (name := row.rpartition(":")[2].strip()) and "/" not in name]
    found = []
    for name in dict.fromkeys(names):
        path = f"{at}/{name}"
        found.append(Program(f"{target}:{name}", path, seconds, _reader(folder / path)))
    return found


def _limit(settings: Path) -> float:
    """Seconds of a target's tests; 0 where they have no limit of their own."""
    text = settings.read_text(encoding="utf-8", errors="replace") if settings.is_file() else ""
    match = re.search(r"^timeout=(\d{1,6})\s*$", text, re.MULTILINE)
    return float(match[1]) if match else _USUAL


def _reader(path: Path) -> str:
    """`bash` of a script's first line, "" of a binary; `make` never marks a script that nobody may run."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        first = file.readline(200)
    if not first.startswith(b"#!"):
        return "" if first.startswith(b"\x7fELF") else "sh"
    words = first[2:].decode("utf-8", "replace").split()
    names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    return next((name for name in names if name != "env"), "sh")
