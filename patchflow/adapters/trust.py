"""Whether code that a tree brings may run, asked where it is started, with the folder it is started in.

Scripts, make and linters that read a tree's configuration run through `run_code` and `run_code_live` only, which take a
`Consent`; `consent` alone makes one. A yes is kept for one clone (its path and a random mark in its git folder, so that
another clone at that path is asked about) and one folder in it; worktrees share it. Code that differs from what the
user checked out is asked about again, file by file.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

from patchflow import lazy_re
from patchflow.adapters import asker
from patchflow.adapters.files import one_writer, write_atomic
from patchflow.adapters.git.state_dir import StateDir
from patchflow.adapters.git.state_format import need_known_format
from patchflow.adapters.kept import read_kept
from patchflow.adapters.paths import state_path
from patchflow.adapters.process import Completed, run
from patchflow.adapters.streaming import Ended, run_live
from patchflow.errors import PatchflowError
from patchflow.values import dataclass

# What runs of the user's own tree, as git's path specifications from the folder: scripts, what make begins with, and
# what gives a linter or a script its options; beyond it nothing of a tree is started.
_MADE = ("gnumakefile", "makefile", "kbuild")
_OPTIONS = (".pylintrc", "pylintrc", "pyproject.toml", ".checkpatch.conf", ".get_maintainer.conf")
_CODE = ("scripts", *(f":(icase){name}" for name in _MADE), *(f":(glob,icase)**/{name}" for name in _OPTIONS))
_MAKE = tuple(f":(glob,icase)**/{name}*" for name in (*_MADE, "kconfig"))
# Of a series that came by mail all is code but what plainly is data: sources that are only compiled, and texts. It is
# told by the path in lower case.
_DATA = lazy_re.compile(
    r"(.*/)?([^/]*\.(c|h|s|rs|dts|dtsi|dtso|rst|txt|yaml)|maintainers|credits|\.mailmap|\.gitignore)"
    r"|documentation/abi/[^/]+/(sysfs|configfs|debugfs|procfs)[^/]*"
)
# In the git folder of a work tree that a stranger's series was applied in: the commit that it was applied on. What
# differs from that commit came by mail, so it is no code that the user checked out.
BASE_FILE = "patchflow-base"
_SOURCES = (".pl", ".pm", ".py", ".sh")  # untracked files that a script could load; what make leaves there is none


class Answer(Enum):
    """What somebody said when asked: yes for good, yes for now (nobody could be asked), or no."""

    YES = "yes"
    NOW = "now"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Consent:
    """That code of the tree at `root` may run now. Only `consent` makes it."""

    root: str


@dataclass(frozen=True, slots=True)
class TrustedTree:
    """A yes that is kept: the folder, the clone's git folder ("" outside of git), its mark, and the files that differed
    from what was checked out, by path, as they were then.
    """

    folder: str
    clone: str
    mark: str
    files: Mapping[str, str]


def nobody(root: str, changed: Sequence[str], known: bool) -> Answer:
    """The answer where nobody was named who could be asked, and behind the terminal UI's screen."""
    return Answer.NO


def installed(root: str, changed: Sequence[str], known: bool) -> Answer:
    """The answer in git's hooks, which the user installed and which can ask nobody."""
    return Answer.NOW


_ask: Callable[[str, Sequence[str], bool], Answer] | None = None  # None: whom adapters/asker.py names
_given: set[tuple[str, bool]] = set()
_lock = threading.Lock()


def ask_with(asker: Callable[[str, Sequence[str], bool], Answer]) -> None:
    """Who is asked from now on: called with the folder, the files that changed, and whether it was trusted before."""
    global _ask
    _ask = asker
    _given.clear()


def consent(root: Path | str, make: bool = False) -> Consent:
    """Consent to run code of the tree at a folder (`make`: Makefiles anywhere in it too), asked for where it
    is not known.

    PatchflowError on a no. PATCHFLOW_TRUST=all says yes for every tree.
    """
    folder = os.path.realpath(root)
    with _lock:  # two threads ask once
        if (folder, make) not in _given:
            _decide(folder, make)
            _given.add((folder, make))
    return Consent(folder)


def always() -> bool:
    """Whether the environment says yes for every tree (containers, CI)."""
    return os.environ.get("PATCHFLOW_TRUST") == "all"


def _decide(folder: str, make: bool) -> None:
    ask = _ask or (asker.find() if asker.find else nobody)
    if always() or (ask is installed and not received_base(folder)):
        return
    known, changed = standing(folder, make)
    if known and not changed:
        return
    answer = ask(folder, changed, known)
    if changed and answer is not Answer.YES and received_base(folder):
        raise PatchflowError(
            f"Patches that came by mail change code that would run: {', '.join(changed[:5])}.",
            f"Read it; `patchflow -C {folder} trust` lets it run as it is now.",
        )
    if answer is Answer.NO:
        raise PatchflowError("The scripts of this tree may not run.", "`patchflow trust` there lets them.")
    if answer is Answer.YES:
        set_trust(folder, make=make)


def run_code(by: Consent, argv: Sequence[str], **how: Any) -> Completed:
    """`process.run` for code of a tree."""
    assert by.root
    return run(argv, **how)


def run_code_live(by: Consent, argv: Sequence[str], heard: Callable[[str], None], **how: Any) -> Ended:
    """`live.run_live` for code of a tree."""
    assert by.root
    return run_live(argv, heard, **how)


def standing(root: Path | str, make: bool = False) -> tuple[bool, list[str]]:
    """Whether a folder is trusted, and its files that differ from what was checked out and were not trusted so."""
    folder = os.path.realpath(root)
    clone, mark = _clone(folder)
    kept = next((one for one in trusted() if _same_place(one, folder, clone)), None)
    known = kept is not None and kept.mark == mark and bool(mark or not clone)
    seen = dict(kept.files) if kept and known else {}
    return known, [path for path, sum_ in _differing(folder, make).items() if seen.get(path) != sum_]


def trusted() -> list[TrustedTree]:
    """What is kept; nothing where the file is missing or damaged."""
    return read_kept(trusted_path(), _parsed) or []


def _parsed(content: bytes) -> list[TrustedTree]:
    rows = json.loads(content)
    return [TrustedTree(str(r["folder"]), str(r["clone"]), str(r["mark"]), dict(r["files"])) for r in rows]


def state_folder() -> Path:
    """patchflow's folder in the XDG state folder; PatchflowError where its format is not known."""
    base = Path(os.environ.get("XDG_STATE_HOME", ""))
    folder = (base if base.is_absolute() else Path.home() / ".local/state") / "patchflow"
    need_known_format(str(folder))
    return folder


def trusted_path() -> Path:
    """The file that names the trusted trees."""
    return state_folder() / "trusted.json"


def set_trust(root: Path | str, trust: bool = True, make: bool = True) -> None:
    """Keeps a yes for the folder as it is now, or forgets it."""
    folder = os.path.realpath(root)
    with one_writer(state_folder() / "state.lock"):
        clone, mark = _clone(folder, make_mark=trust)
        kept = trusted()
        same = [one for one in kept if one.folder == folder or _same_place(one, folder, clone)]
        others = [one for one in kept if one not in same]
        if trust:
            seen = {path: sum_ for one in same if one.mark == mark for path, sum_ in one.files.items()}
            others.append(TrustedTree(folder, clone, mark, {**seen, **_differing(folder, make)}))
        rows = [
            {"folder": one.folder, "clone": one.clone, "mark": one.mark, "files": dict(one.files)} for one in others
        ]
        write_atomic(trusted_path(), json.dumps(rows, indent=1).encode())
    _given.discard((folder, False))
    _given.discard((folder, True))


def _clone(folder: str, make_mark: bool = False) -> tuple[str, str]:
    """The git folder that all worktrees of a clone share, and the random mark of this clone alone ("" for none)."""
    state = state_path(folder)
    if state is None:
        return "", ""
    path = StateDir(Path(state)).clone_mark
    with suppress(OSError, UnicodeError):
        if mark := path.read_text(encoding="ascii").strip():
            return str(Path(state).parent), mark
    mark = ""
    if make_mark:
        import secrets  # and random behind it; a command that only looks need not wait for them

        mark = secrets.token_hex(16)
        write_atomic(path, mark.encode())
    return str(Path(state).parent), mark


def work_tree(folder: str) -> str | None:
    """The root of the work tree that a folder stands in; None outside of git."""
    at = Path(folder)
    return next((str(one) for one in (at, *at.parents) if os.path.lexists(one / ".git")), None)


def _place(folder: str) -> str:
    """Where a folder stands in its work tree: "." for the root."""
    return os.path.relpath(folder, work_tree(folder) or "/")


def _same_place(kept: TrustedTree, folder: str, clone: str) -> bool:
    """Whether a yes was for this folder, in this worktree of the clone or in another."""
    if not clone:
        return not kept.clone and kept.folder == folder
    return kept.clone == clone and _place(kept.folder) == _place(folder)


def received_base(folder: str) -> str:
    """The commit that a stranger's series was applied on in the work tree around a folder; "" where none was."""
    root = work_tree(folder)
    try:
        named = Path(root or "/", ".git").read_text(encoding="utf-8", errors="surrogateescape")
        base = Path(root or "/", named.removeprefix("gitdir:").strip(), BASE_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""
    return base if base.isalnum() else ""


def consent_to_received(root: Path | str, brought: Mapping[str, str]) -> Consent:
    """Consent to run a tree's code with what patches that came by mail change of it (path -> SHA-256 of its content).

    It is asked for each time, unless the exact contents were trusted in a work tree. PatchflowError on a no, and where
    nobody can be asked.
    """
    folder = os.path.realpath(root)
    if not brought or always():
        return consent(root, make=True)
    clone, mark = _clone(folder)
    kept = next((one for one in trusted() if _same_place(one, folder, clone) and one.mark == mark), None)
    seen = dict(kept.files) if kept else {}
    new = [path for path, sum_ in brought.items() if seen.get(path) != sum_]
    ask = _ask or (asker.find() if asker.find else nobody)
    if new and ask(folder, new, kept is not None) is not Answer.YES:
        raise PatchflowError(
            f"Patches that came by mail change code that would run: {', '.join(new[:5])}.",
            "`patchflow review apply` puts them into a work tree of their own, where `patchflow trust` lets them run.",
        )
    return consent(root, make=True)


def is_run(path: str, makefile: str = "", link: bool = False) -> bool:
    """Whether a build or a check could run a file of a received series, or make a program of it that it runs.

    `makefile` is that of its folder, which says so of programs for the machine that builds; a `link` leads anywhere.
    """
    low = path.lower()
    folders = low.split("/")[:-1]  # of scripts/, tools/ and these two the sources are those of programs that are run
    program = "scripts" in folders or "tools" in folders or folders[:1] in (["usr"], ["rust"])
    return link or program or "hostprogs" in makefile or not _DATA.fullmatch(low)


def _received_code(folder: str, since: str) -> list[str]:
    """What of a series that came by mail a build or a check could run."""
    found = []
    for path in _names(folder, "diff-index", "--name-only", "--relative", since) or []:
        place, texts = Path(folder, path), []
        for name in ("Makefile", "Kbuild"):
            with suppress(OSError):
                texts.append(place.with_name(name).read_text(encoding="utf-8", errors="replace"))
        if is_run(str(Path(_place(folder), path)), "\n".join(texts), place.is_symlink()):
            found.append(path)
    return found


def _differing(folder: str, make: bool) -> dict[str, str]:
    """The code below a folder that differs from what the user checked out: path from the folder, and its SHA-256."""
    since = received_base(folder) or "HEAD"
    if since == "HEAD":
        code = (*_CODE, *(_MAKE if make else ()))
        tracked = _names(folder, "diff-index", "--name-only", "--relative", since, "--", *code)
    else:
        tracked = _received_code(folder, since)
    others = _names(folder, "ls-files", "--others", "--", *_CODE)
    if tracked is None or others is None:  # no git here, or nothing committed yet: all of it is only here
        paths = [str(path.relative_to(folder)) for path in _walk(Path(folder))]
    else:
        paths = [*_really(folder, tracked), *filter(_loaded, others)]
    found = {}
    for path in paths:
        with suppress(OSError):  # gone: what is not there cannot run
            found[path] = hashlib.sha256(_content(Path(folder, path))).hexdigest()
    return found


def _content(path: Path) -> bytes:
    """What a file holds; of a link where it leads, and what the file there holds. OSError where it cannot be read."""
    where = os.fsencode(path.readlink()) if path.is_symlink() else b""
    return where if where and not path.is_file() else where + path.read_bytes()


def _names(folder: str, *words: str, stdin: bytes = b"") -> list[str] | None:
    """The paths that a git command prints with -z; None where it fails."""
    command, *rest = words
    done = run(["git", "-C", folder, "-c", "core.fsmonitor=false", command, "-z", *rest], stdin=stdin, check=False)
    return None if done.code else [name for name in os.fsdecode(done.out).split("\0") if name]


def _really(folder: str, names: Sequence[str]) -> list[str]:
    """Those whose content differs; git names a file that was only copied or touched, too."""
    there = [name for name in names if (Path(folder) / name).is_file() and "\n" not in name]
    if not there:
        return list(names)
    rows = _names(folder, "ls-tree", received_base(folder) or "HEAD", "--", *there) or []
    wanted = {row.partition("\t")[2]: row.split()[2] for row in rows}
    done = run(["git", "-C", folder, "hash-object", "--stdin-paths"], stdin=os.fsencode("\n".join(there)), check=False)
    have = dict(zip(there, done.text.split(), strict=False))
    return [name for name in names if "\n" in name or have.get(name, "") != wanted.get(name)]


def _walk(folder: Path) -> list[Path]:
    top = [path for path in sorted(folder.iterdir()) if path.name.lower() in (*_MADE, *_OPTIONS) and path.is_file()]
    scripts = folder / "scripts"
    return [*top, *(path for path in sorted(scripts.rglob("*")) if path.suffix in _SOURCES and path.is_file())]


def _loaded(name: str) -> bool:
    """Whether a file that git does not track could be run or loaded; not what make leaves behind."""
    return name.endswith(_SOURCES) or Path(name).name.lower() in (*_MADE, *_OPTIONS)
