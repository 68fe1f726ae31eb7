"""Compiles device trees of a commit as scripts/Makefile.dtbs does, and has dtschema check them by its bindings."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import which

from patchflow import lazy_re
from patchflow.adapters.build.in_cache import no_room
from patchflow.adapters.files import write_atomic
from patchflow.adapters.git.libgit2 import FileMode, pygit2
from patchflow.adapters.git.repository import GitRepository
from patchflow.adapters.kept import read_cached
from patchflow.adapters.paths import cache_path, private_folder
from patchflow.adapters.streaming import run_live
from patchflow.errors import MissingError, OutsideError
from patchflow.formats.devicetree import (
    BINDINGS,
    PREFIXES,
    Word,
    includes,
    is_binding,
    place_of,
    read_compiler,
    read_validator,
)

_PROGRAMS = ("cpp", "dtc", "dt-mk-schema", "dt-validate", "dt-extract-example")
_SECONDS = 1800.0
_QUIET = (  # what scripts/Makefile.dtbs leaves out without W=1
    "unique_unit_address", "unit_address_vs_reg", "avoid_unnecessary_addr_size", "alias_paths", "graph_child_address",
    "simple_bus_reg",
)  # fmt: skip
_STRICT = ("-Wno-unique_unit_address", "-Wunique_unit_address_if_enabled")  # and what it says with it
_QUIET_IN_EXAMPLES = (  # and what bindings/Makefile does
    "avoid_unnecessary_addr_size", "graph_child_address", "interrupt_provider", "unique_unit_address",
)  # fmt: skip
_UNKNOWN_CHECK = lazy_re.compile(r"Unrecognized check name \"(\w+)\"")
_EXAMPLE = ".example.dts"
_DEEP = 64  # links that lead to links


def need_programs() -> None:
    """MissingError that names every program a device tree is checked with and that is not there."""
    if missing := [name for name in _PROGRAMS if which(name) is None]:
        raise MissingError(
            f"Device trees cannot be checked: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            "`apt install cpp device-tree-compiler dt-schema` installs them; `pip install dtschema` has the newest.",
        )


class DeviceTrees:
    """Checks device trees of any commit in a throw-away folder; what was said of the same sources is kept."""

    def __init__(
        self, repository: GitRepository, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
    ) -> None:
        self.repository = repository
        self.folder = folder
        self._heard = heard
        self._tell = tell
        programs = [(path, Path(path).stat().st_mtime_ns) for name in _PROGRAMS if (path := which(name))]
        self._programs = repr(programs)

    def text(self, commit: str, path: str, follow: bool = True) -> str | None:
        """A source's text, None where the commit has no such file; of a link its own without `follow`."""
        found = self._blob(commit, path) if follow else self.repository.read_blob(commit, path)
        return None if found is None else found.decode("utf-8", "replace")

    def words(self, commit: str, source: str, strict: bool = False) -> list[Word]:
        """All that is said of a device tree, or of a binding's examples, in a commit; nothing where it is not there.

        `strict` is W=1 of a device tree. OutsideError where a program fails without a word about the source.
        """
        root = f"{source.removesuffix('.yaml')}{_EXAMPLE}" if is_binding(source) else source
        files = self._sources(commit, root)
        if not files:
            return []
        schema = self._schema(commit)
        digest = hashlib.sha256(f"{source}\0{strict}\0{schema.name}\0{self._programs}".encode())
        for path, content in sorted(files.items()):
            digest.update(f"\0{path}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
        kept = Path(cache_path()) / "try" / "dtbs" / digest.hexdigest()
        known = read_cached(kept, lambda text: [(str(a), int(b), str(c)) for a, b, c in json.loads(text)])
        if known is not None:
            return known
        found = self._check(commit, root, files, schema, strict)
        if root != source:  # lines of an example are no lines of the binding
            found = [(source, 0, text) if file == root else (file, line, text) for file, line, text in found]
        private_folder(str(kept.parent))
        write_atomic(kept, json.dumps(found).encode())
        return found

    def _check(self, commit: str, source: str, files: dict[str, bytes], schema: Path, strict: bool) -> list[Word]:
        place = self.folder / hashlib.sha256(f"{commit}\0{source}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        for path, content in files.items():
            _lay(place, path, content)
        prefixes = self._prefixes(commit)
        for name, target in prefixes.items():
            link = place / PREFIXES / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(place / target, link.parent))
        self._heard(f"  DTC [C] {source}")
        cpp = ["cpp", "-nostdinc", "-I", PREFIXES, "-undef", "-D__DTS__", "-x", "assembler-with-cpp"]
        code, rows = self._run([*cpp, "-o", "x.dts.tmp", source], place)
        if not code:
            quiet = _QUIET_IN_EXAMPLES if source.endswith(_EXAMPLE) else _QUIET
            flags = [*_STRICT] if strict and quiet is _QUIET else [f"-Wno-{name}" for name in quiet]
            looks = [f"-i{posixpath.dirname(source)}", f"-i{PREFIXES}"]
            code, more = self._compile([*looks, *flags], place)
            rows += more
        for name, target in prefixes.items():  # what was found by <> is the same file
            rows = [row.replace(f"{PREFIXES}/{name}/", f"{target}/") for row in rows]
        found = list(read_compiler(rows))
        if code:
            return found or self._failed("dtc" if (place / "x.dts.tmp").exists() else "cpp", code, rows)
        code, rows = self._run(["dt-validate", "-m", "-u", BINDINGS, "-s", str(schema), "x.dtb"], place)
        said = list(read_validator(rows, source))
        return [*found, *(said or (self._failed("dt-validate", code, rows) if code else []))]

    def _compile(self, flags: list[str], place: Path) -> tuple[int, list[str]]:
        """Runs dtc; a check that this version of it does not know, or knows no more, is not named to it again."""
        while True:
            code, rows = self._run(["dtc", "-o", "x.dtb", "-b", "0", *flags, "x.dts.tmp"], place)
            unknown = _UNKNOWN_CHECK.search("\n".join(rows)) if code else None
            known = [flag for flag in flags if not unknown or flag not in (f"-W{unknown[1]}", f"-Wno-{unknown[1]}")]
            if known == flags:
                return code, rows
            flags = known

    def _schema(self, commit: str) -> Path:
        """The commit's bindings as dt-mk-schema makes one file of them, kept by their tree."""
        self.repository.have(commit, BINDINGS)
        tree = self.repository.raw[commit].peel(pygit2.Tree)
        name = str(tree[BINDINGS].id) if BINDINGS in tree else "none"
        made = hashlib.sha256(f"{name}{self._programs}".encode()).hexdigest()[:32]
        kept = Path(cache_path()) / "try" / "schema" / f"{made}.json"
        if kept.is_file():
            return kept
        paths = [path for path in self.repository.paths(commit, BINDINGS) if path.endswith(".yaml")]
        if not paths:
            raise OutsideError(f"The tree has no bindings in {BINDINGS} at {commit[:12]}, so nothing can be checked.")
        self._tell(f"reading {len(paths)} bindings (a minute for all of a kernel's; kept until one changes)")
        place = self.folder / f"bindings-{made}"
        for path in paths:
            _lay(place, path, self._blob(commit, path) or b"")
        (place / "list").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8", errors="surrogateescape")
        code, rows = self._run(["dt-mk-schema", "-j", "-o", "made.json", "@list"], place)
        if not (place / "made.json").is_file() or not (place / "made.json").stat().st_size:
            self._failed("dt-mk-schema", code, rows)
        private_folder(str(kept.parent))
        write_atomic(kept, (place / "made.json").read_bytes())
        return kept

    def _sources(self, commit: str, source: str) -> dict[str, bytes]:
        """A source and all it includes, by path; what is not there is left to the compiler to name."""
        prefixes = self._prefixes(commit)
        found: dict[str, bytes] = {}
        wanted = [source]
        while wanted:
            path = wanted.pop()
            content = None if path in found else self._content(commit, path)
            if content is None:
                continue
            found[path] = content
            beside = posixpath.dirname(path)
            for name, angled in includes(content.decode("utf-8", "replace")):
                if place := place_of(name, angled, beside, prefixes, lambda at: self._blob(commit, at) is not None):
                    wanted.append(place)
        return found

    def _content(self, commit: str, path: str) -> bytes | None:
        """A source's content; of a binding's examples what dtschema takes out of it."""
        if not path.endswith(_EXAMPLE):
            return self._blob(commit, path)
        binding = path.replace(_EXAMPLE, ".yaml")
        content = self._blob(commit, binding)
        if content is None:
            return None
        place = self.folder / f"example-{hashlib.sha256(content).hexdigest()[:16]}"
        _lay(place, binding, content)
        code, rows = self._run(["dt-extract-example", binding], place)
        if code:
            self._failed(f"dt-extract-example {binding}", code, rows)
        return "".join(f"{row}\n" for row in rows).encode()

    def _prefixes(self, commit: str) -> dict[str, str]:
        """The folders that <> leads to, by the first part of a name."""
        found: dict[str, str] = {}
        for path in self.repository.paths(commit, PREFIXES):
            link = self.text(commit, path, follow=False) or ""
            target = posixpath.normpath(f"{PREFIXES}/{link}")
            if "\n" not in link and not target.startswith(("../", "/")):
                found[posixpath.basename(path)] = target
        return found

    def _blob(self, commit: str, path: str) -> bytes | None:
        """A file's content, links followed within the tree."""
        tree = self.repository.raw[commit].peel(pygit2.Tree)
        for _ in range(_DEEP):
            content = self.repository.read_blob(commit, path)
            if content is None or path not in tree or tree[path].filemode != FileMode.LINK:
                return content
            path = posixpath.normpath(f"{posixpath.dirname(path)}/{content.decode('utf-8', 'replace')}")
        return None

    def _run(self, argv: Sequence[str], place: Path) -> tuple[int, list[str]]:
        rows: list[str] = []

        def hear(row: str) -> None:
            rows.append(row.replace(f"{place}/", ""))

        ended = run_live(argv, hear, cwd=place, timeout=_SECONDS)
        no_room(rows)
        if ended.timed_out:
            raise OutsideError(f"{argv[0]} did not end within {_SECONDS:.0f} s and was stopped.")
        return ended.code or 0, rows

    def _failed(self, name: str, code: int, rows: Sequence[str]) -> list[Word]:
        said = next((row.strip() for row in reversed(rows) if row.strip()), "it said nothing")[:300]
        raise OutsideError(f"{name} failed (status {code}): {said}", "`patchflow doctor` names what is installed.")


def _lay(place: Path, path: str, content: bytes) -> None:
    if ".." in path.split("/"):
        raise OutsideError(f"A commit holds a file named {path!r}, which leads out of the tree.")
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_bytes(content)
