"""Configures and prepares the O= folder of a full tree: by a .config, or by a target of make's and options on top."""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import which

from patchflow import lazy_re
from patchflow.adapters.build.headers import installed, release_of
from patchflow.adapters.build.in_cache import no_room
from patchflow.adapters.build.modules import JOBS
from patchflow.adapters.build.toolchain import Toolchain
from patchflow.adapters.files import size_on_disk, write_atomic
from patchflow.adapters.trust import Consent, run_code_live
from patchflow.domain.build import Setting
from patchflow.errors import MissingError, OutsideError, PatchflowError
from patchflow.formats.kbuild import arch_of, parse_config
from patchflow.formats.kconfig import Options, read_options
from patchflow.values import dataclass

_SECONDS, _ROUNDS = 1800.0, 4
_TOOLS = ("flex", "bison", "bc")
# What a build says where a library of the host's is missing, and the package that has it.
_LIBRARIES = (
    (lazy_re.compile(r"(?:gelf|libelf)\.h"), "libelf-dev"),
    (lazy_re.compile(r"openssl/\S+\.h"), "libssl-dev"),
    (lazy_re.compile(r"\bpahole\b.*not"), "dwarves"),
)
_ERROR = lazy_re.compile(r"\berror\b|\*\*\*|not found", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where a configuration comes from: the `content` of a .config, or make's `target` that makes one; the `options`
    set in it besides, and what a person calls it."""

    name: str
    content: bytes = b""
    target: str = ""
    options: tuple[tuple[str, str], ...] = ()


def configuration_of(tree: Path, setting: Setting, arch: str) -> Configuration:
    """The configuration to build a tree under: the one that is asked for, its own, the running kernel's, an installed
    one's, else defconfig. One of another architecture than `arch` (a folder below arch/) is none."""
    options = tuple(setting.options.items())
    besides = f" and {', '.join(word for word in setting.config if '=' in word)}" if options else ""
    if setting.target:
        return Configuration(f"{setting.target}{besides}", target=setting.target, options=options)
    running = os.uname().release
    places = [(tree / ".config", "its own .config")]
    if not setting.arch:
        places += [(Path(f"/boot/config-{running}"), f"the .config of {running}")]
        places += [(Path("/proc/config.gz"), f"the configuration of {running}")]
        places += [(found.folder / ".config", f"the .config of {found.name}") for found in installed()]
    for path, name in places:
        try:
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
        except OSError:
            continue
        if not setting.arch or _arch(parse_config(content.decode("utf-8", "replace"))) == arch:
            return Configuration(f"{name}{besides}", content, options=options)
    return Configuration(f"defconfig{besides}", target="defconfig", options=options)


def need_tools(chain: Toolchain) -> None:
    """MissingError that names every tool a full tree is prepared with and that is not there."""
    missing = [name for name in ("make", "gcc", *_TOOLS) if which(name) is None]
    if missing:
        raise MissingError(
            f"A full tree cannot be prepared: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not "
            "installed.",
            "`apt install build-essential flex bison bc libelf-dev libssl-dev` installs all it needs.",
        )
    chain.need()


def make_words(source: Path, out: Path, chain: Toolchain) -> list[str]:
    """make for a tree's O= folder."""
    return ["make", f"-j{JOBS}", "--output-sync=target", "-C", str(source), f"O={out}", *chain.words]


@dataclass(frozen=True)
class Preparing:
    """Prepares an O= folder (`out`) of the sources in `source`. `needs` are the options that what is touched is built
    by: they are set where the configuration is made here."""

    allowed: Consent
    source: Path
    out: Path
    chain: Toolchain
    config: Configuration
    needs: Sequence[str]
    heard: Callable[[str], None]

    def is_done(self) -> bool:
        """Whether it was prepared before, for these needs."""
        try:
            done = self._stamp.read_text().split()
        except OSError:
            return False
        return not self._makes_it or set(self.needs) <= {*done}

    def run(self, tell: Callable[[str], None]) -> None:
        """The configuration, then modules_prepare; told what it cost. The first error is told in one paragraph."""
        self._stamp.unlink(missing_ok=True)
        started = time.monotonic()
        config = self.out / ".config"
        wanted = dict(self.config.options)
        if not config.is_file():
            first = f"{self.config.target}, " if self.config.target else ""
            tell(f"preparing it ({first}olddefconfig, modules_prepare); it takes minutes the first time")
            if self.config.target:
                self._make(self.config.target)
            else:
                write_atomic(config, self.config.content)
        self._set(wanted)
        self._make("olddefconfig")
        self._settle(wanted)
        self._make("modules_prepare")
        if not release_of(self.out):  # without CONFIG_MODULES that does nothing
            self._make("prepare")
        self._stamp.write_text(" ".join(self.needs))
        taken = size_on_disk(self.out.parent) / 1e6
        tell(f"prepared in {time.monotonic() - started:.0f} s; it takes {taken:.0f} MB of the cache")

    def sparse_refuses(self) -> str:
        """What sparse says where it does not take the compiler's options for another machine; "" where it does."""
        rows: list[str] = []
        words = [*make_words(self.source, self.out, self.chain), "C=2", "scripts/mod/empty.o"]
        if not self.chain.arch or run_code_live(self.allowed, words, rows.append, timeout=_SECONDS).code == 0:
            return ""
        said = next((row for row in rows if row.strip() and not row.startswith((" ", "make"))), "it said nothing")
        return f"sparse could not be run {self.chain.name}, so C=1 was left out: {said[:200]}"

    @property
    def _stamp(self) -> Path:
        return self.out.with_name("prepared")

    @property
    def _makes_it(self) -> bool:
        """Whether options that are needed are set: not in a user's own .config, nor where all are set anyway."""
        return bool(self.config.target) and not self.config.target.startswith("all")

    def _settle(self, asked: Mapping[str, str]) -> None:
        """Sets what the options depend on, until they hold; PatchflowError where one that was asked for does not."""

        def missing(now: Mapping[str, str]) -> dict[str, str]:
            set_to = "m" if now.get("CONFIG_MODULES") == "y" else "y"
            needed = {name: set_to for name in self.needs if not now.get(name)} if self._makes_it else {}
            return {**needed, **{name: value for name, value in asked.items() if not _holds(name, value, now)}}

        def add(more: Mapping[str, str]) -> None:
            self._set(more)
            self._make("olddefconfig")

        now, options = settle(self._now, missing, self._options, add)
        for name, value in asked.items():
            if not _holds(name, value, now):
                raise self._refused(name.removeprefix("CONFIG_"), value, options or self._options(now), now)

    def _refused(self, name: str, value: str, options: Options, now: Mapping[str, str]) -> PatchflowError:
        if name not in options.known:
            return PatchflowError(
                f"This tree has no option {name} for {_arch(now) or self.chain.arch}, which --config names.",
                "Look for it in Kconfig.",
            )
        why = options.why_unset(name, now) or "Kconfig says otherwise"
        return PatchflowError(
            f"{name}={value} does not hold in the configuration: {why}.",
            "Name what it depends on with --config too.",
        )

    def _options(self, now: Mapping[str, str]) -> Options:
        return options_in(self.source, _arch(now) or self.chain.arch)

    def _now(self) -> dict[str, str]:
        return parse_config((self.out / ".config").read_text(encoding="utf-8", errors="replace"))

    def _set(self, options: Mapping[str, str]) -> None:
        """As scripts/config does: the rows of these options are written anew."""
        if not options:
            return
        path = self.out / ".config"
        names = "|".join(re.escape(name) for name in options)
        kept = re.sub(rf"(?m)^(?:# )?(?:{names})(?:=.*| is not set)\n", "", path.read_text(errors="surrogateescape"))
        rows = "".join(f"# {one} is not set\n" if to == "n" else f"{one}={to}\n" for one, to in options.items())
        write_atomic(path, f"{kept.rstrip()}\n{rows}".encode("utf-8", "surrogateescape"))

    def _make(self, what: str) -> None:
        rows: list[str] = []

        def hear(row: str) -> None:
            rows.append(row)
            self.heard(row)

        words = [*make_words(self.source, self.out, self.chain), what]
        if run_code_live(self.allowed, words, hear, timeout=_SECONDS).code == 0:
            return
        no_room(rows)
        text = "\n".join(rows)
        for pattern, package in _LIBRARIES:
            if match := pattern.search(text):
                raise MissingError(
                    f"A full tree cannot be prepared: {match[0]} is missing.", f"`apt install {package}` installs it."
                )
        said = next((row.strip() for row in rows if _ERROR.search(row)), "it said nothing")
        raise OutsideError(f"`make {what}` failed in the full tree: {said[:300]}.", "Fix that, then run this again.")


def options_in(source: Path, arch: str) -> Options:
    """The options of a tree's sources, for a folder below arch/."""

    def read(path: str) -> str | None:
        place = source / path
        return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else None

    return read_options(read, arch)


def settle(
    now: Callable[[], dict[str, str]], missing: Callable[[Mapping[str, str]], Mapping[str, str]],
    options_of: Callable[[Mapping[str, str]], Options], add: Callable[[Mapping[str, str]], None],
) -> tuple[dict[str, str], Options | None]:  # fmt: skip
    """Sets what the options depend on that are `missing` of the configuration, until none is or nothing more helps:
    `add` sets options and has make think them over. The configuration then, and the options where they were read."""
    options: Options | None = None
    tried: set[tuple[str, str]] = set()
    for _ in range(_ROUNDS):
        config = now()
        lacks = missing(config)
        if not lacks:
            break
        options = options or options_of(config)
        more: dict[str, str] = {}
        for name, value in lacks.items():
            more |= options.needed(name.removeprefix("CONFIG_"), value, config) if value in ("y", "m") else {}
        if not more.items() - tried:
            break
        tried |= more.items()
        add(more)
    return now(), options


def _arch(config: Mapping[str, str]) -> str:
    return arch_of(lambda option: config.get(option) == "y")


def _holds(name: str, value: str, config: Mapping[str, str]) -> bool:
    """Whether an option is as asked; m is as good as y where it could not be a module."""
    now = config.get(name, "n").strip('"')
    return now == value.strip('"') or (value == "m" and now == "y")
