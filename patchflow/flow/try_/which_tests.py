"""Decides which tests belong to what patches touch: the table of kernel/tests.toml, MAINTAINERS, Kbuild and Kconfig."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import basename, dirname

from patchflow import lazy_re
from patchflow.domain.tests import WantedTest
from patchflow.errors import UsageError
from patchflow.flow.try_.placing import Places
from patchflow.values import dataclass

_SELFTESTS = "tools/testing/selftests/"
_TARGETS = lazy_re.compile(r"^\s*TARGETS\s*\+?=\s*(.*)$", re.MULTILINE)
_MANY = 4  # suites of a folder beyond which only those named like the touched files count
_ENTRY = lazy_re.compile(r"^(?:menu)?config\s+(\w+)\s*$", re.MULTILINE)
_PARTS = lazy_re.compile(r"[a-z0-9]+")
_NO_NAMES = frozenset({"test", "tests", "kunit", "lib", "c", "h", "hex"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table: paths (a folder ends with a slash), and the tests that belong to them."""

    paths: tuple[str, ...]
    kselftest: tuple[str, ...] = ()
    suite: str = ""
    exchange: bool = False
    fstests: tuple[str, ...] = ()
    source: str = ""


def read_table(text: str) -> tuple[Entry, ...]:
    """The table of a TOML text; UsageError where it is broken."""
    try:
        rows = tomllib.loads(text)["tests"]
        return tuple(
            Entry(tuple(map(str, row["paths"])), tuple(map(str, row.get("kselftest", ()))), str(row.get("suite", "")),
                  bool(row.get("exchange")), tuple(map(str, row.get("fstests", ()))), str(row.get("source", "")))
            for row in rows
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"The table of tests is broken: {error}.") from error


def targets_of(makefile: str) -> tuple[str, ...]:
    """The targets that a tree's tools/testing/selftests/Makefile names."""
    return tuple(dict.fromkeys(word for row in _TARGETS.findall(makefile) for word in row.split() if "$" not in word))


def has_exchange(paths: Sequence[str], table: Sequence[Entry]) -> bool:
    """Whether the vsock exchange says something of these paths."""
    return any(entry.exchange for path in paths for entry in _fitting(path, table))


def which_tests(
    paths: Sequence[str], table: Sequence[Entry], targets: Sequence[str], read: Callable[[str], str | None],
    sections: Callable[[str], Sequence[tuple[str, Sequence[str]]]] = lambda path: (),
) -> tuple[WantedTest, ...]:  # fmt: skip
    """The tests of these paths, each once. `targets` are the tree's kselftest targets, `read` gives a file of the tree,
    `sections` the title and F: lines of MAINTAINERS' sections of a path."""
    found: dict[tuple[str, str, str], WantedTest] = {}
    for path in paths:
        for one in (*_by_itself(path, targets), *_by_table(path, table, targets), *_kunit(path, read)):
            found.setdefault((one.kind, one.name, one.only), one)
        if not _fitting(path, table) and not path.startswith("tools/"):
            for one in _by_maintainers(path, sections(path), targets):
                found.setdefault((one.kind, one.name, one.only), one)
    whole = {one.name for one in found.values() if one.kind == "kselftest" and not one.only}
    return tuple(one for one in found.values() if not (one.kind == "kselftest" and one.only and one.name in whole))


def named_test(word: str, targets: Sequence[str]) -> WantedTest:
    """The test that a word of the command line names: `kselftest:TARGET[:PROGRAM]`, `kunit:CONFIG_X` or a folder with a
    .kunitconfig, `vsock`, `exchange`. UsageError where it names none."""
    kind, _, name = word.partition(":")
    if word in ("vsock", "exchange"):
        return WantedTest(word, word, "named")
    if kind == "kselftest" and name:
        target, _, program = name.partition(":")
        if target not in targets:
            near = ", ".join([one for one in targets if target.split("/")[0] in one][:6])
            raise UsageError(
                f"This tree has no kselftest target {target}.", f"It has {near or ', '.join(targets[:8]) or 'none'}."
            )
        return WantedTest("kselftest", target, "named", only=program)
    if kind == "kunit" and re.fullmatch(r"CONFIG_\w+", name):
        return WantedTest("kunit", name, "named", f"CONFIG_KUNIT=y\n{name}=y\n")
    if kind == "kunit" and name:
        return WantedTest("kunit", name.rstrip("/"), "named")
    raise UsageError(
        f"{word} is neither a script nor a test.",
        "Name a script, kselftest:TARGET[:PROGRAM], kunit:CONFIG_X, kunit:FOLDER or vsock; --test alone (behind the "
        "range) takes what belongs to the patches.",
    )


def _fitting(path: str, table: Sequence[Entry]) -> list[Entry]:
    """The entries that fit a path best: those with its longest beginning."""
    best: dict[int, list[Entry]] = {}
    for entry in table:
        for one in entry.paths:
            if path == one or (one.endswith("/") and path.startswith(one)):
                best.setdefault(len(one), []).append(entry)
    return best[max(best)] if best else []


def _by_table(path: str, table: Sequence[Entry], targets: Sequence[str]) -> Iterator[WantedTest]:
    for entry in _fitting(path, table):
        for word in entry.kselftest:
            target, _, program = word.partition(":")
            if target in targets:
                yield WantedTest("kselftest", target, f"{path}: {entry.source}", only=program)
        if entry.exchange:
            yield WantedTest("exchange", "exchange", f"{path}: {entry.source}")
        if entry.suite:
            yield WantedTest(entry.suite, entry.suite, f"{path}: {entry.source}")
        for group in entry.fstests:
            yield WantedTest("fstests", group, f"{path}: {entry.source}")


def _by_itself(path: str, targets: Sequence[str]) -> Iterator[WantedTest]:
    """A test that is touched itself: just that program where the file is one."""
    if path.startswith(_SELFTESTS) and (target := _target_of(path, targets)):
        name = path.removeprefix(f"{_SELFTESTS}{target}/")
        only = name if name.endswith((".sh", ".py")) else name.removesuffix(".c") if name.endswith(".c") else ""
        yield WantedTest("kselftest", target, f"{path} itself", only="" if "/" in only else only)


def _by_maintainers(
    path: str, sections: Sequence[tuple[str, Sequence[str]]], targets: Sequence[str]
) -> Iterator[WantedTest]:
    for title, files in sections:
        for pattern in files:
            if pattern.startswith(_SELFTESTS) and (target := _target_of(pattern, targets)):
                yield WantedTest("kselftest", target, f"{path}: MAINTAINERS, {title}")


def _target_of(path: str, targets: Sequence[str]) -> str:
    """The deepest target whose folder a path below tools/testing/selftests/ lies in, "" where it is none."""
    below = f"{path.removeprefix(_SELFTESTS).rstrip('*/')}/"
    return max((one for one in targets if below.startswith(f"{one}/")), key=len, default="")


def _kunit(path: str, read: Callable[[str], str | None]) -> Iterator[WantedTest]:
    folder = dirname(path)
    if not path.endswith((".c", ".h", ".rs")) or path.startswith(("tools/", "scripts/", "Documentation/")):
        return
    for at in (folder, f"{folder}/tests", f"{folder}/test"):
        if folder and (config := read(f"{at}/.kunitconfig")):
            yield WantedTest("kunit", at, f"{path}: {at}/.kunitconfig", config)
            return
    header = path.startswith("include/linux/") and path.count("/") == 2
    for at in ("lib", "lib/tests") if header else (folder, f"{folder}/tests"):
        yield from _suites(path, at, header, read)


def _suites(path: str, at: str, header: bool, read: Callable[[str], str | None]) -> Iterator[WantedTest]:
    """The suites that a folder's Kbuild file makes: all where they are few, else those named like the file."""
    file = Places(read).file(at)
    if file is None:
        return
    kconfig = _entries([f"{at}/Kconfig", f"{at}/Kconfig.debug", f"{dirname(at)}/Kconfig", "lib/Kconfig.debug"], read)
    suites = {one.condition: one.name for one in file.objects if _is_suite(one.condition, one.name, kconfig)}
    near = {option: name for option, name in suites.items() if _alike(basename(path), name)}
    for option in near if header or len(suites) > _MANY or near else suites:
        yield WantedTest("kunit", option, f"{path}: {at}/Makefile", f"CONFIG_KUNIT=y\n{option}=y\n")


def _is_suite(option: str, name: str, kconfig: Mapping[str, str]) -> bool:
    if not option.startswith("CONFIG_") or option == "CONFIG_KUNIT" or "HELPER" in option:
        return False
    if "KUNIT" in option:
        return True
    return "test" in name and bool(
        re.search(r"depends on\b.*\bKUNIT\b", kconfig.get(option.removeprefix("CONFIG_"), ""))
    )


def _entries(paths: Sequence[str], read: Callable[[str], str | None]) -> dict[str, str]:
    """Option -> the text of its entry, of several Kconfig files."""
    found: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        text = (read(path) or "")[:1_000_000]
        starts = [*_ENTRY.finditer(text)]
        for number, match in enumerate(starts):
            end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
            found.setdefault(match[1], text[match.end() : end])
    return found


def _alike(file: str, name: str) -> bool:
    """Whether a test's object is named after a file: list-test of list.h, test_hash of hash.c."""
    own = [part for part in _PARTS.findall(file.lower()) if part not in _NO_NAMES]
    return bool(own) and own == [part for part in _PARTS.findall(name.lower()) if part not in _NO_NAMES]
