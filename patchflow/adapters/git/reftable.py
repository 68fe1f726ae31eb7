"""The refs of a clone that keeps them in tables (git 2.45; git 3.0 makes such clones by itself): libgit2 reads none,
and asks here. git lists them all, once for each state of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from patchflow.adapters.git.libgit2 import pygit2
from patchflow.adapters.process import run

_FORMAT = "--format=%(refname)%00%(objectname)%00%(symref)"


def knows_tables(git_dir: str) -> bool:
    """Whether a repository that libgit2 refused keeps its refs in tables, and opens from now on; with `with_tables`."""
    kept = run(["git", f"--git-dir={git_dir}", "rev-parse", "--show-ref-format"], check=False, timeout=20)
    settings = pygit2.settings
    if kept.code or kept.text.strip() != "reftable" or not hasattr(settings, "set_extensions"):  # pygit2 1.19 has it
        return False
    settings.set_extensions([*settings.extensions, "refstorage"])
    return True


def with_tables(found: pygit2.Repository) -> pygit2.Repository:
    """The repository; with the refs of its tables, where it has some."""
    tables = _Tables(found.path)
    if any(path.is_file() for path in tables.lists):
        refs = pygit2.Refdb.new(found)
        refs.set_backend(tables)
        found.set_refdb(refs)
    return found


class _Tables(pygit2.RefdbBackend):
    """What libgit2 asks of refs, answered for the work tree of one git folder. Refs are only moved by git itself."""

    def __init__(self, git_dir: str) -> None:
        super().__init__()
        self.git_dir = git_dir
        folder = Path(git_dir)
        common = folder / "commondir"
        shared = folder / common.read_text().strip() if common.is_file() else folder
        self.lists = [one / "reftable" / "tables.list" for one in dict.fromkeys((folder, shared))]
        self.state: list[bytes] | None = None
        self.refs: dict[str, tuple[str, str]] = {}
        self.rows: Iterator[str] = iter(())

    def _now(self) -> dict[str, tuple[str, str]]:
        """Each ref's object, and the ref that it stands for ("" for none); read anew where a table came or went."""
        state = [path.read_bytes() for path in self.lists if path.is_file()]
        if state != self.state:
            listed = self._git("for-each-ref", "--include-root-refs", _FORMAT)
            rows = (line.split("\0") for line in listed.split("\n") if line)
            self.refs = {name: (target, above) for name, target, above in rows}
            if above := self._git("symbolic-ref", "--quiet", "HEAD").strip():  # of a branch without a commit too
                self.refs["HEAD"] = ("", above)
            self.state = state
        return self.refs

    def _git(self, *words: str) -> str:
        return run(["git", f"--git-dir={self.git_dir}", *words], check=False, timeout=120).text

    def exists(self, refname: str) -> bool:
        """Whether there is such a ref."""
        return refname in self._now()

    def lookup(self, refname: str) -> pygit2.Reference:
        """A ref; KeyError where there is none."""
        target, above = self._now()[refname]
        return pygit2.Reference(refname, above) if above else pygit2.Reference(refname, pygit2.Oid(hex=target), None)

    def __iter__(self) -> _Tables:
        self.rows = iter([name for name in self._now() if name.startswith("refs/")])
        return self

    def __next__(self) -> pygit2.Reference:
        for name in self.rows:
            with suppress(KeyError):  # it went meanwhile
                return self.lookup(name)
        raise StopIteration

    def has_log(self, refname: str) -> bool:
        """Logs are git's: `try_resolve` asks it."""
        return False

    def ensure_log(self, refname: str) -> bool:
        """None is written here."""
        return False

    def compress(self) -> None:
        """git does."""
