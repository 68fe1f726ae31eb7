"""Where a tree's scripts stand: in the work tree, or, where a sparse checkout leaves them out, in a copy of HEAD's."""

# No pathlib here: its import alone costs a third of what `patchflow cc` may take.

from __future__ import annotations

import io
import os

from patchflow.adapters.paths import cache_path, private_folder

TYPE_CHECKING = False

if TYPE_CHECKING:
    import tarfile
    from pathlib import Path


def scripts_of(tree: str, name: str) -> str:
    """The folder that holds a script of the tree: `scripts/` itself, or HEAD's laid below the cache where the work tree
    is sparse and lacks it. What stands there is what was checked out, so the same question of trust covers it.

    OutsideError where git cannot read them (a partial clone whose remote is gone).
    """
    own = os.path.join(tree, "scripts")
    if os.path.exists(os.path.join(own, name)) or not _is_left_out(tree, f"scripts/{name}"):
        return own
    return _laid(tree)


def _is_left_out(tree: str, path: str) -> bool:
    """Whether a sparse checkout leaves a file out that HEAD holds."""
    if not os.path.lexists(os.path.join(tree, ".git")):
        return False
    from patchflow.adapters.process import run

    row = run(["git", "-C", tree, "ls-files", "-t", "--", path], check=False)
    held = run(["git", "-C", tree, "ls-tree", "--name-only", "HEAD", "--", path], check=False)
    return row.text.startswith("S ") and bool(held.text)


def _laid(tree: str) -> str:
    import tarfile
    import tempfile
    from pathlib import Path
    from shutil import rmtree

    from patchflow.adapters.process import run

    digest = run(["git", "-C", tree, "rev-parse", "HEAD:scripts"]).text.strip()
    folder = Path(cache_path(), "scripts", digest)
    if not folder.is_dir():
        content = run(["git", "-C", tree, "archive", "--format=tar", digest], timeout=600).out
        private_folder(str(folder.parent))
        made = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                _lay_files(tar, made)
            made.rename(folder)
        except OSError:
            rmtree(made, ignore_errors=True)
            if not folder.is_dir():  # else somebody else laid the same
                raise
    return str(folder)


def _lay_files(tar: tarfile.TarFile, folder: Path) -> None:
    """Writes the plain files of an archive below a folder: no link (scripts/dtc has some, to the sources of each
    architecture), and nothing that leads out of it. By hand, because Debian 12's tarfile has no filters yet."""
    from pathlib import PurePosixPath

    for member in tar:
        content = tar.extractfile(member) if member.isfile() else None
        name = PurePosixPath(member.name)
        if content is None or name.is_absolute() or ".." in name.parts:
            continue
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.read())
        place.chmod(0o700 if member.mode & 0o100 else 0o600)
