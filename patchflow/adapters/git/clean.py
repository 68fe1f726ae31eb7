"""git on a clone's objects, without the user's configuration and attributes: it makes mails, and reads them back."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.git.mail_reader import received
from patchflow.adapters.process import Completed, run
from patchflow.domain.address import Address
from patchflow.errors import OutsideError
from patchflow.formats.patch.received import Received

# Hunk headings (`diff=cpp`) are what a tree's own attributes may say; -diff, textconv and the like are not asked.
_DRIVER = lazy_re.compile(rb"^([^\s#\"][^\s]*)\s+(?:[^\n]*\s)?(diff=[a-z]+)(?=\s|$)", re.MULTILINE)
_ROWS = 4  # fields of a commit: author's name and address, date, message
# `git format-patch` with everything said that a key of format.*, diff.* or log.* could say, should it ever read one.
_FORMAT = (
    "--src-prefix=a/", "--dst-prefix=b/", "--no-attach", "--no-thread", "--no-base", "--no-to", "--no-cc",
    "--no-color", "--no-ext-diff", "--no-textconv", "--no-signature", "--no-from", "--no-notes", "--encoding=UTF-8",
    "--cover-from-description=none",
)  # fmt: skip


_IN_MEMORY, _ROOM = "/dev/shm", 500_000_000  # bytes

# The files, path -> `mode hash`, after a diff; or what git says where it does not apply.
Applied = tuple[dict[bytes, bytes], str]


class CleanGit:
    """A git folder of its own that borrows a clone's objects; what git writes there goes away with it.

    No key of the user's git config and no attribute reaches it, those of later versions of git included, so a
    mail is the same on every machine, and is read as a maintainer's `git am` reads it.
    """

    def __init__(self, folder: Path, common: Path, me: Address) -> None:
        """`folder` is empty and ours; `common` the clone's git folder; `me` signs cover letters."""
        self.folder = folder
        self.is_quick = str(folder).startswith(f"{_IN_MEMORY}/")
        self.me = me
        for name in ("objects/info", "refs", "info"):
            (folder / name).mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        (folder / "config").write_bytes(_needed_config(common))
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(common / "objects") + b"\n")
        if (common / "shallow").is_file():
            (folder / "shallow").write_bytes((common / "shallow").read_bytes())

    def run(
        self, *words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, check: bool = True
    ) -> Completed:
        """Runs `git WORDS`; with `check`, a status other than 0 raises OutsideError."""
        own = {
            "GIT_DIR": str(self.folder), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1", "GIT_COMMITTER_NAME": self.me.name,
            "GIT_COMMITTER_EMAIL": self.me.email,
        }  # fmt: skip
        return run(
            ["git", *words], cwd=self.folder, stdin=stdin, env={**own, **(env or {})}, check=check, timeout=300,
            no_git=True,
        )  # fmt: skip

    def take_attributes(self, tip: str) -> None:
        """Keeps what the tree at `tip` says of hunk headings (`*.c diff=cpp`), which git knows by itself."""
        done = self.run("cat-file", "blob", f"{tip}:.gitattributes", check=False)
        rows = [b" ".join(match.groups()) for match in _DRIVER.finditer(done.out)] if done.code == 0 else []
        (self.folder / "info" / "attributes").write_bytes(b"".join(row + b"\n" for row in rows))

    def format_patch(self, revs: str, options: Sequence[str]) -> list[tuple[str, str]]:
        """git format-patch's mails as (file name, text), in order, without a signature."""
        self.take_attributes(revs.rpartition("..")[2])
        out = self.folder / "mails"
        self.run("format-patch", "-o", str(out), *_FORMAT, *options, revs)
        files = sorted(out.iterdir()) if out.is_dir() else []
        return [(path.name, path.read_bytes().decode("utf-8", "surrogateescape")) for path in files]

    def commits(self, hashes: Sequence[str]) -> list[Received]:
        """What the commits say, in UTF-8: author, date and message."""
        if not hashes:
            return []
        words = ["log", "--no-walk=unsorted", "-z", "--encoding=UTF-8", "--format=%an%x00%ae%x00%aD%x00%B", "--stdin"]
        done = self.run(*words, stdin="".join(f"{one}\n" for one in hashes).encode())
        fields = done.out.split(b"\0")
        rows = [fields[at : at + _ROWS] for at in range(0, len(fields) - _ROWS + 1, _ROWS)]
        return [Received(name, email, when, message) for name, email, when, message in rows]

    received = staticmethod(received)

    def changes(self, commits: Sequence[str]) -> list[dict[bytes, tuple[bytes, bytes]]]:
        """Of each commit: path -> (before, after), each `mode hash` as the index has it, b"" where there is no file."""
        words = ["diff-tree", "--stdin", "-r", "--root", "--no-renames", "--no-abbrev", "-z"]
        fields = iter(self.run(*words, stdin="".join(f"{one}\n" for one in commits).encode()).out.split(b"\0"))
        found: dict[str, dict[bytes, tuple[bytes, bytes]]] = {commit: {} for commit in commits}
        rows: dict[bytes, tuple[bytes, bytes]] = {}
        for field in fields:
            if field.startswith(b":"):
                old_mode, new_mode, old, new, _ = field[1:].split(b" ")
                rows[next(fields)] = (_entry(old_mode, old), _entry(new_mode, new))
            elif field:
                rows = found[field.decode()]
        return [found[commit] for commit in commits]

    def taken(self, mails: Sequence[bytes], files: Mapping[bytes, bytes]) -> list[str]:
        """The commits that one `git am` makes of mails, in their order, on these files (path -> `mode hash`); none
        where it stops at one of them.

        It reads and applies them all in one process, in a work tree of its own that holds these files alone.
        """
        place = self.folder / "am"
        (place / "files").mkdir(parents=True)
        env = {
            "GIT_WORK_TREE": str(place / "files"), "GIT_INDEX_FILE": str(place / "index"),
            "GIT_AUTHOR_NAME": self.me.name, "GIT_AUTHOR_EMAIL": self.me.email,
        }  # fmt: skip
        names = []
        for number, mail in enumerate(mails):
            names.append(str(place / f"{number:06}"))
            Path(names[-1]).write_bytes(mail)
        try:
            rows = b"".join(entry + b"\t" + path + b"\0" for path, entry in files.items())
            self.run("update-index", "-z", "--index-info", stdin=rows, env=env)
            tree = self.run("write-tree", env=env).text.strip()
            base = self.run("commit-tree", tree, stdin=b"files\n", env=env).text.strip()
            self.run("update-ref", "HEAD", base)
            self.run("checkout-index", "--all", "--index", "--quiet", env=env)
            # Nothing of it outlives this folder, so nothing waits for the disk.
            quick = ("-c", "core.fsync=none", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
            words = ("-c", "mailinfo.quotedCr=nowarn", "am", "--quiet", "--scissors", "--whitespace=nowarn")
            if self.run(*quick, *words, *names, env=env, check=False).code:
                return []
            return self.run("rev-list", "--reverse", f"{base}..HEAD").text.split()
        except OutsideError:
            return []  # files that stand in no work tree: the mails are looked at one by one
        finally:
            for one in (place, self.folder / "rebase-apply"):
                shutil.rmtree(one, ignore_errors=True)

    def applied(self, diffs: Sequence[bytes], before: Sequence[Mapping[bytes, bytes]]) -> list[Applied]:
        """What `git apply` makes of each diff and the files before it. No work tree is touched.

        All stand in one index, each patch's files in a folder of its own, so that git is asked once a patch.
        """
        index = self.folder / "index-of-mails"
        index.unlink(missing_ok=True)
        env = {"GIT_INDEX_FILE": str(index)}
        rows = b"".join(
            entry + b"\t%d/" % number + path + b"\0"
            for number, files in enumerate(before)
            for path, entry in files.items()
            if entry
        )
        self.run("update-index", "-z", "--index-info", stdin=rows, env=env)
        said: dict[int, str] = {}
        for number, diff in enumerate(diffs):
            words = ["apply", "--cached", "--whitespace=nowarn", f"--directory={number}", "-"]
            done = self.run(*words, stdin=diff, env=env, check=False)
            if done.code:
                said[number] = (
                    done.err_text.strip().split("\n")[-1].removeprefix("error: ").replace(f"{number}/", "", 1)
                )
        after: list[dict[bytes, bytes]] = [{} for _ in diffs]
        for row in self.run("ls-files", "-s", "-z", env=env).out.split(b"\0"):
            entry, tab, place = row.partition(b"\t")
            if tab:
                mode, name, _ = entry.split(b" ")
                at, _, path = place.partition(b"/")
                after[int(at)][path] = mode + b" " + name
        return [({}, said[number]) if number in said else (files, "") for number, files in enumerate(after)]


@contextmanager
def clean_git(common: Path, me: Address | None = None) -> Iterator[CleanGit]:
    """A CleanGit for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="patchflow-", dir=_memory()) as folder:
        yield CleanGit(Path(folder), common, me or Address("nobody", "nobody@localhost"))


def _memory() -> str | None:
    """A folder that is kept in memory, where there is one with room; None for the usual place."""
    try:
        room = os.statvfs(_IN_MEMORY)
    except OSError:
        return None
    wide = room.f_bavail * room.f_frsize >= _ROOM
    return _IN_MEMORY if wide and os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


def _entry(mode: bytes, name: bytes) -> bytes:
    return b"" if mode == b"000000" else mode + b" " + name


def _needed_config(common: Path) -> bytes:
    """What git must know to read the objects at all: their hash, and where a partial clone fetches the rest from."""
    words = ["git", "config", "--file", str(common / "config"), "--null", "--get-regexp"]
    wanted = r"^(extensions\.(objectformat|partialclone)|remote\..*\.(url|promisor|partialclonefilter))$"
    done = run([*words, wanted], check=False, timeout=20)
    rows = [row.partition(b"\n") for row in done.out.split(b"\0") if row]
    if not any(key.startswith(b"extensions.") or key.endswith(b".promisor") for key, _, _ in rows):
        return b"[core]\n\tbare = true\n"
    text = b"[core]\n\tbare = true\n\trepositoryformatversion = 1\n"
    for key, _, value in rows:
        section, _, rest = key.partition(b".")
        middle, _, name = rest.rpartition(b".")
        head = section + (b' "' + middle.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"' if middle else b"")
        text += b"[" + head + b"]\n\t" + name + b' = "' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"\n'
    return text
