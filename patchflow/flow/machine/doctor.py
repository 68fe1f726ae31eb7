"""Looks at this machine and this clone: what is there, what is missing, and what fixes it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from patchflow.adapters.kernel.scripts import scripts_of
from patchflow.adapters.process import run
from patchflow.adapters.trust import always, standing
from patchflow.errors import MissingError, PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.machine.state_files import damaged
from patchflow.formats.endpoint import endpoint_in, mail_server
from patchflow.formats.secrets import masked
from patchflow.values import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `needed` is False for what only makes something better."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    needed: bool = True


def examine(here: Clone) -> list[Check]:
    """Every check, in the order a newcomer would fix them."""
    return [*_programs(), *_libraries(), *_identity(here), *_mail(here), *_tree(here), *_state(here)]


def _state(here: Clone) -> Iterator[Check]:
    sentences = damaged(here)
    for sentence in sentences:
        yield Check("own files", False, sentence, "a copy of it from a backup, put in its place", needed=False)
    if not sentences:
        yield Check("own files", True, "whole")


def _version(argv: list[str]) -> str | None:
    """The first line a program says of itself, None where it is not there or says nothing."""
    if shutil.which(argv[0]) is None:
        return None
    try:
        done = run(argv, timeout=20, check=False)
    except PatchflowError:
        return None
    return (done.text or done.err_text).strip().split("\n")[0] if done.code == 0 else None


def _programs() -> Iterator[Check]:
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer")
    git = _version(["git", "--version"])
    numbers = re.search(r"(\d+)\.(\d+)", git or "")
    recent = numbers is not None and (int(numbers[1]), int(numbers[2])) >= (2, 39)
    yield Check("git", recent, git or "not installed", "sudo apt install git (2.39 or newer)")
    folder = _version(["git", "--exec-path"])
    there = bool(folder) and (Path(folder or "") / "git-send-email").exists()
    yield Check("git send-email", there, "installed" if there else "not installed", "sudo apt install git-email")
    perl = _version(["perl", "-e", "print $^V"])
    yield Check("perl", perl is not None, perl or "not installed", "sudo apt install perl")
    spell = shutil.which("codespell")
    yield Check("codespell", bool(spell), spell or "not installed; checkpatch.pl spells with its own list only",
                "sudo apt install codespell", needed=False)  # fmt: skip
    ply = _version(["python3", "-c", "import ply, git; print('installed')"])
    yield Check("spdxcheck", ply is not None,
                ply or "python3-ply or python3-git is missing: checkpatch.pl then leaves the SPDX check out silently",
                "sudo apt install python3-ply python3-git", needed=False)  # fmt: skip
    for name, package, why in (
        ("sparse", "sparse", "C=1 checks"),
        ("qemu-system-x86_64", "qemu-system-x86", "try boot"),
        ("gcc", "build-essential", "try build"),
        ("dtc", "device-tree-compiler", "try dtbs"),
        ("dt-validate", "dt-schema", "try dtbs"),
    ):
        found = shutil.which(name)
        yield Check(name, bool(found), found or f"not installed ({why})", f"sudo apt install {package}", needed=False)


def _libraries() -> Iterator[Check]:
    for name in ("textual", "pygit2", "liblore", "requests", "tree-sitter-c", "tree-sitter-rust"):
        try:
            yield Check(name, True, metadata.version(name), "")
        except metadata.PackageNotFoundError:
            yield Check(name, False, "not installed", f"{sys.executable} -m pip install {name}")


def _identity(here: Clone) -> Iterator[Check]:
    try:
        repository = here.repository
    except PatchflowError:
        return  # told as `repository`; git is asked in one only
    try:
        me = repository.identity()
        yield Check("identity", True, str(me))
    except MissingError as error:
        yield Check("identity", False, error.message, "patchflow setup")


def _mail(here: Clone) -> Iterator[Check]:
    try:
        config = here.repository.config
    except PatchflowError:
        return
    local = next((p for p in ("/usr/sbin/sendmail", "/usr/lib/sendmail") if Path(p).exists()), None)
    try:
        way = endpoint_in(config) or mail_server(config) or local or ""
    except PatchflowError as error:
        yield Check("web endpoint", False, error.message, error.hint)
        return
    yield Check("mail server", bool(way), masked(way) or "not set: mail cannot leave",
                "patchflow setup (docs/recipes.md has more ways)")  # fmt: skip
    if password := config("sendemail.smtppass"):
        yield Check("mail password", not password, "sendemail.smtpPass keeps it in plain text",
                    "git config --global --unset sendemail.smtpPass", needed=False)  # fmt: skip


def _tree(here: Clone) -> Iterator[Check]:
    try:
        folder = here.repository.folder
    except PatchflowError as error:
        yield Check("repository", False, error.message, error.hint)
        return
    yield Check("repository", True, str(folder))

    needed = bool(here.subsystems.of(()).checker)  # a project without a script that checks patches lacks none
    scripts = [Path(scripts_of(str(folder), name), name) for name in ("checkpatch.pl", "get_maintainer.pl")]
    for path in scripts:
        yield Check(path.name, path.is_file(), str(path) if path.is_file() else f"{folder} has none",
                    "patchflow -C TREE …, or kernel/lay-tree", needed=needed)  # fmt: skip
    if not any(path.is_file() for path in scripts):
        return  # no tree, and nothing of it to be trusted

    known, changed = (True, []) if always() else standing(folder)
    detail = "its scripts may run" if known else "nobody said yet that this tree's scripts may run"
    if known and changed:
        detail = f"not what was checked out, and asked about again: {', '.join(changed[:5])}"
    yield Check("trust", known and not changed, detail, "patchflow trust", needed=False)
