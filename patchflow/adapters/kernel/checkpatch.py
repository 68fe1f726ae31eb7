"""Runs a tree's own scripts/checkpatch.pl over patches and reads its findings; unchanged patches come from a cache."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from patchflow.adapters.cache import cache_folder
from patchflow.adapters.files import write_atomic
from patchflow.adapters.process import run
from patchflow.domain.finding import Finding, Severity
from patchflow.errors import MissingError

_SEVERITY = {"ERROR": Severity.ERROR, "WARNING": Severity.WARNING, "CHECK": Severity.WARNING}
_HEAD = re.compile(r"^(ERROR|WARNING|CHECK):(?:([A-Z0-9_]+): )?(.*)$")
_PLACE = re.compile(r"^#(\d+): FILE: (.+):(\d+):$")
_MESSAGE_PLACE = re.compile(r"^#(\d+):\s*$")
_SOURCE = "scripts/checkpatch.pl"
_AT_ONCE = 2


class Checkpatch:
    """checkpatch.pl of one tree with one set of options."""

    def __init__(self, tree: Path, options: Sequence[str], ignore: Sequence[str]) -> None:
        """`tree` is the kernel tree; MissingError where it holds no checkpatch.pl."""
        self.tree = tree
        self.script = tree / "scripts" / "checkpatch.pl"
        if not self.script.is_file():
            raise MissingError(
                f"{tree} has no scripts/checkpatch.pl, so patches cannot be checked by it.",
                "Work in a kernel tree; `kernel/lay-tree` lays one from Debian's linux-source package.",
            )
        self.options = [*options, *(["--ignore", ",".join(ignore)] if ignore else [])]
        self.folder = cache_folder() / "checkpatch"

    def check(self, patches: Sequence[str]) -> list[list[Finding]]:
        """The findings for each patch text (as git format-patch writes it), several at once, cached by content."""
        stamp = self._stamp()
        keys = [hashlib.sha256(stamp + text.encode("utf-8", "surrogateescape")).hexdigest() for text in patches]
        known = {key: self._cached(key) for key in keys}
        todo = [(key, text) for key, text in dict(zip(keys, patches, strict=True)).items() if known[key] is None]
        if todo:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for (key, _), found in zip(todo, pool.map(lambda row: self._run(row[1]), todo), strict=True):
                    known[key] = found
                    self._keep(key, found)
        return [known[key] or [] for key in keys]

    def _stamp(self) -> bytes:
        """What a cached answer depends on besides the patch: the script, its data, the options."""
        digest = hashlib.sha256(json.dumps(self.options).encode())
        for name in ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch"):
            path = self.tree / "scripts" / name
            if path.is_file():
                digest.update(path.read_bytes())
        return digest.digest()

    def _run(self, text: str) -> list[Finding]:
        with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
            path = Path(folder) / "0001.patch"
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
            argv = ["perl", str(self.script), "--no-summary", "--show-types", "--color=never",
                    "--root", str(self.tree), *self.options, str(path)]  # fmt: skip
            done = run(argv, cwd=self.tree, timeout=300, check=False)
        # 0: clean, 1: findings; anything else, or words it says on stderr alone, is a script that died.
        if done.code not in (0, 1) or (done.code == 1 and not done.out.strip()):
            reason = (done.err_text or done.text).strip().split("\n")[-1][:300]
            return [
                Finding("checkpatch", Severity.ERROR, f"checkpatch.pl itself failed (status {done.code}): {reason}",
                        source=_SOURCE)
            ]  # fmt: skip
        found = parse_output(done.text, text)
        if done.code == 1 and not found:
            return [Finding("checkpatch", Severity.ERROR, "checkpatch.pl objects, in words that are not understood: "
                            + done.text.strip()[:300], source=_SOURCE)]  # fmt: skip
        return found

    def _cached(self, key: str) -> list[Finding] | None:
        try:
            rows = json.loads((self.folder / key[:2] / key).read_bytes())
            return [Finding(r[0], Severity(r[1]), r[2], r[3], r[4], _SOURCE) for r in rows]
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return None

    def _keep(self, key: str, found: list[Finding]) -> None:
        if any("itself failed" in f.text for f in found):
            return
        rows = [[f.rule, f.severity, f.text, f.file, f.line] for f in found]
        write_atomic(self.folder / key[:2] / key, json.dumps(rows).encode())


def parse_output(text: str, patch: str) -> list[Finding]:
    """Findings in checkpatch.pl's output (--show-types); places in the message become COMMIT_MSG."""
    message_start = _message_start(patch)
    found: list[Finding] = []
    for block in re.split(r"\n\n+", text):
        lines = block.strip("\n").split("\n")
        head = _HEAD.match(lines[0]) if lines else None
        if not head:
            continue
        file, line = "", 0
        for row in lines[1:]:
            if place := _PLACE.match(row):
                file, line = place[2], int(place[3])
            elif place := _MESSAGE_PLACE.match(row):
                file, line = "COMMIT_MSG", _message_line(int(place[1]), message_start)
            else:
                continue
            break
        found.append(Finding(f"checkpatch:{head[2] or 'UNKNOWN'}", _SEVERITY[head[1]], head[3], file, line, _SOURCE))
    return found


def _message_start(patch: str) -> int:
    """The line number (from 1) of the first line below the mail headers."""
    for number, line in enumerate(patch.split("\n"), start=1):
        if not line.strip():
            return number + 1
    return 1


def _message_line(number: int, start: int) -> int:
    """A line of the patch file as a line of the commit message: its subject is line 1, its body begins at 3."""
    return 1 if number < start else number - start + 3
