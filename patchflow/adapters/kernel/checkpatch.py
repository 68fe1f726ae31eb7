"""Runs a tree's own scripts/checkpatch.pl over patches, two processes at once; unchanged patches come from a cache."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from shutil import which

from patchflow import lazy_re
from patchflow.adapters.files import write_atomic
from patchflow.adapters.kept import read_cached
from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.kernel.shadow_tree import shadow_of
from patchflow.adapters.kernel.statuses import Statuses
from patchflow.adapters.paths import cache_path
from patchflow.adapters.process import Completed, run
from patchflow.adapters.trust import consent, run_code
from patchflow.domain.finding import Finding, Severity
from patchflow.domain.profile import Profile
from patchflow.errors import MissingError, OutsideError
from patchflow.formats.checkpatch import FAILED, SOURCE, broken, read_section, split_sections, touched_files, words_on
from patchflow.formats.get_maintainer.script import options_of
from patchflow.formats.safe import safe

_AT_ONCE = 2
_FILE_MARK = "'-' x length($vname)"  # what prints a file's name above its findings
_SECONDS = 300.0
_CAMEL = lazy_re.compile(r"^\+.*(?:[A-Z][a-z]|[a-z][A-Z])", re.MULTILINE)
_NAMED = lazy_re.compile(r"--(?:codespell|typedefs)file[=\s]+([^\s#]+)")
_DICTIONARIES = (
    "/usr/share/codespell/dictionary.txt",
    "/usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt",
)


class Checkpatch:
    """checkpatch.pl of one tree with one set of options."""

    def __init__(self, tree: Path, options: Sequence[str], ignore: Sequence[str]) -> None:
        """`tree` is the kernel tree; MissingError where it holds no checkpatch.pl."""
        self.tree = tree
        self.scripts = Path(scripts_of(str(tree), "checkpatch.pl"))
        if not (self.scripts / "checkpatch.pl").is_file():
            if run(["git", "cat-file", "-e", "HEAD:scripts/checkpatch.pl"], cwd=tree, check=False).code == 0:
                raise MissingError(
                    f"{tree} has its scripts/ in HEAD, but not in the work tree, so patches cannot be checked by them.",
                    "`git restore scripts` lays them there.",
                )
            raise MissingError(
                f"{tree} has no scripts/checkpatch.pl, so patches cannot be checked by it.",
                "Work in a kernel tree; `kernel/lay-tree` lays one from Debian's linux-source package.",
            )
        self.ignore = frozenset(ignore)
        self._text = (self.scripts / "checkpatch.pl").read_text("utf-8", "replace")
        self.options = self._known([*with_dictionary(options), *(["--ignore", ",".join(ignore)] if ignore else [])])
        self.folder = Path(cache_path()) / "checkpatch"

    def check(self, patches: Sequence[str], bare: bool = False) -> list[list[Finding]]:
        """The findings for each patch text, as git format-patch writes it; cached by content, script and options.

        With `bare` the texts are diffs without a message: nothing is said about message and sign-off.
        """
        about_none = self._known(["--no-signoff", "--ignore", _without_message(self.ignore)])
        options = [*self.options, *(about_none if bare else [])]
        stamp = self._stamp(options)
        keys = [hashlib.sha256(stamp + text.encode("utf-8", "surrogateescape")).hexdigest() for text in patches]
        known = {key: self._cached(key) for key in keys}
        todo = {key: text for key, text in zip(keys, patches, strict=True) if known[key] is None}
        if todo:
            found = self._run_all(list(todo.values()), options)
            for key, findings in zip(todo, found, strict=True):
                known[key] = findings
                self._keep(key, findings)
        # Whether a file is obsolete follows MAINTAINERS, so it is asked anew, never cached.
        return [[*(known[key] or []), *self._obsolete(text)] for key, text in zip(keys, patches, strict=True)]

    def _stamp(self, options: Sequence[str]) -> bytes:
        """What a cached answer depends on besides the patch: the script, its data, the options, its own settings, and
        the word lists that these name."""
        digest = hashlib.sha256(json.dumps(["3", *options]).encode())
        said = " ".join((*options, *self._own_settings))
        named = [self.tree / name for name in _NAMED.findall(said)]
        if "--codespell" in said:  # without its place: the dictionary comes with the program
            named += map(Path, (*_DICTIONARIES, which("codespell") or ""))
        data = ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch", "spdxcheck.py")
        for path in (*(self.scripts / name for name in data), *named):
            if path.is_file():
                digest.update(path.read_bytes())
        digest.update(repr(self._own_settings).encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _known(self, words: Sequence[str]) -> list[str]:
        """Those of the options that this tree's script takes (some are old); all where that cannot be told."""
        known = options_of(self._text)
        kept: list[str] = []
        left = list(words)
        while left:
            word = left.pop(0)
            name = word.lstrip("-").partition("=")[0]
            value = [left.pop(0)] if left and not left[0].startswith("-") else []
            if not known or name in known or name.removeprefix("no-") in known:
                kept += [word, *value]
        return kept

    # Running

    def _run_all(self, texts: Sequence[str], options: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text, in as few processes as give the findings of one process each."""
        from concurrent.futures import ThreadPoolExecutor  # where all is cached, nobody waits for its import

        consent(self.tree)  # asked here, before there are two threads
        batches = self._batches(texts)
        found: dict[int, list[Finding]] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            runs = [pool.submit(self._batch, batch, texts, options) for batch in batches]
            try:
                for batch, one in zip(batches, runs, strict=True):
                    found.update(zip(batch, one.result(), strict=True))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # stopped: what has not begun does not begin
                raise
        return [found[number] for number in range(len(texts))]

    def _batches(self, texts: Sequence[str]) -> list[list[int]]:
        """Which texts run together: two batches of like size, and alone whatever would colour what comes after it."""
        together = [n for n, text in enumerate(texts) if not self._runs_alone(text)]
        alone = [[n] for n in range(len(texts)) if n not in set(together)]
        halves: list[list[int]] = [[], []]
        sizes = [0, 0]
        for number in sorted(together, key=lambda n: -len(texts[n])):
            smaller = sizes.index(min(sizes))
            halves[smaller].append(number)
            sizes[smaller] += len(texts[number]) + 2000
        return [*[sorted(half) for half in halves if half], *alone]

    def _runs_alone(self, text: str) -> bool:
        """checkpatch.pl remembers, from one file to the next, linker symbols, CamelCase words it has named, and
        (without --strict) that it was in networking code. An older one does not say where the next file begins."""
        if options_of(self._text) and _FILE_MARK not in self._text:
            return True
        if "vmlinux.lds.h" in text or not {"--strict", "--subjective"} & set(self.options):
            return True
        return "CAMELCASE" not in self.ignore and _CAMEL.search(text) is not None

    def _batch(self, numbers: Sequence[int], texts: Sequence[str], options: Sequence[str]) -> list[list[Finding]]:
        try:
            with shadow_of(self.tree, self.scripts) as root, tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
                paths = [str(Path(folder) / f"{number:04}.patch") for number in numbers]
                for path, number in zip(paths, numbers, strict=True):
                    Path(path).write_bytes(texts[number].encode("utf-8", "surrogateescape"))
                usual = self._known(["--no-summary", "--show-types", "--color=never", "--root", str(root)])
                argv = ["perl", str(root / "scripts" / "checkpatch.pl"), *usual, *options, *paths]
                done = run_code(
                    consent(self.tree),
                    argv,
                    cwd=root,
                    timeout=_SECONDS + 0.02 * sum(texts[n].count("\n") for n in numbers),
                    check=False,
                )
        except OutsideError as error:
            return [[broken(error.message)] for _ in numbers]
        if done.code == 0 and not done.out.strip() and len(numbers) == 1 and self._is_quiet:
            return [[]]  # its exit code says that there is nothing
        sections = split_sections(done.text, paths) if len(paths) > 1 else {paths[0]: done.text}
        if done.code in (0, 1) and len(sections) == len(paths):
            return [read_section(sections[p], texts[n]) for p, n in zip(paths, numbers, strict=True)]
        if len(numbers) == 1:
            return [[broken(_died(done))]]
        # One patch has killed it: each by itself shows which, and the others are checked all the same.
        return [row for number in numbers for row in self._batch([number], texts, options)]

    def _obsolete(self, text: str) -> list[Finding]:
        """What the script would say of files that MAINTAINERS calls obsolete, answered from the index of it."""
        if "OBSOLETE" in self.ignore or "--no-tree" in self.options:
            return []
        return [
            Finding(
                "checkpatch:OBSOLETE", Severity.WARNING,
                f"{path} is marked as 'obsolete' in the MAINTAINERS hierarchy.  No unnecessary modifications please.",
                source=SOURCE,
            )
            for path in touched_files(text) if self._statuses.is_obsolete(path)
        ]  # fmt: skip

    @cached_property
    def _is_quiet(self) -> bool:
        """Whether its own settings keep the script from saying that all is well."""
        said = re.compile(r"(?m)^(?:[^#\n]*\s)?(?:-q+|--quiet)(?:\s|$)")
        return any(said.search(text) for text in self._own_settings)

    @cached_property
    def _own_settings(self) -> list[str]:
        """Each .checkpatch.conf where the script looks for one."""
        places = (self.tree, Path.home(), self.tree / ".scripts")
        return [path.read_text("utf-8", "replace") for at in places if (path := at / ".checkpatch.conf").is_file()]

    @cached_property
    def _statuses(self) -> Statuses:
        return Statuses(self.tree)

    # The cache

    def _cached(self, key: str) -> list[Finding] | None:
        def findings(content: bytes) -> list[Finding]:
            return [Finding(r[0], Severity(r[1]), r[2], r[3], r[4], SOURCE) for r in json.loads(content)]

        return read_cached(self.folder / key[:2] / key, findings)

    def _keep(self, key: str, found: list[Finding]) -> None:
        # A commit that is not known may be fetched before the next check, a device tree's string be documented.
        if any(f.rule in (FAILED, "checkpatch:UNKNOWN_COMMIT_ID", "checkpatch:UNDOCUMENTED_DT_STRING") for f in found):
            return
        rows = [[f.rule, f.severity, f.text, f.file, f.line] for f in found]
        write_atomic(self.folder / key[:2] / key, json.dumps(rows).encode())


def checker_of(tree: Path, facts: Profile) -> Checkpatch | None:
    """A tree's checkpatch.pl with a profile's options; None where it has none and its project knows of none
    (MissingError where the project has one)."""
    try:
        return Checkpatch(tree, facts.checkpatch, facts.checkpatch_ignore)
    except MissingError:
        if facts.checker:
            raise
        return None


def document_on(folder: Path | str, kind: str) -> str:
    """What the tree's Documentation/dev-tools/checkpatch.rst says of a type of message; a sentence where nothing is
    said, or no document is there. `kind` "" asks about the script itself.
    """
    if not kind:
        return (
            "The tree's own scripts/checkpatch.pl, run with the profile's options: `patchflow config` shows them.\n"
            "`patchflow rules checkpatch:TYPE` explains one type of message."
        )
    here = Path(folder).resolve()
    names = [above / "Documentation/dev-tools/checkpatch.rst" for above in (here, *here.parents)]
    document = next((name.read_text("utf-8", "replace") for name in names if name.is_file()), "")
    if not document:
        return "This tree has no Documentation/dev-tools/checkpatch.rst, which explains the types of messages."
    return safe(words_on(document, kind)) or (
        f"Documentation/dev-tools/checkpatch.rst of this tree does not explain {kind}; `scripts/checkpatch.pl --verbose"
        " --list-types` lists the types."
    )


def _died(done: Completed) -> str:
    said = (done.err_text or done.text).strip().split("\n")[-1][:300] or "it said nothing"
    return f"checkpatch.pl itself failed (status {done.code}): {said}"


def _without_message(ignore: frozenset[str]) -> str:
    """The ignore list for a diff that has no message yet."""
    return ",".join(sorted({*ignore, "COMMIT_MESSAGE", "MISSING_SIGN_OFF"}))


def with_dictionary(options: Sequence[str]) -> list[str]:
    """--codespell only where codespell's dictionary is installed, and with its place: looking for it costs the
    script a Python interpreter a run."""
    if "--codespell" not in options:
        return list(options)
    rest = [word for word in options if word != "--codespell"]
    found = next((path for path in _DICTIONARIES if Path(path).is_file()), None)
    if found:
        return [*rest, "--codespell", "--codespellfile", found]

    return [*rest, "--codespell"] if which("codespell") else rest
