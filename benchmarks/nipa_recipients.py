"""How far we agree with NIPA's cc_maintainers: `python -m benchmarks.nipa_recipients NIPA TREE [FILE…]`.

NIPA is a checkout of github.com/linux-netdev/nipa, TREE a kernel tree. Its test is called as it is, and runs the tree's
get_maintainer.pl. Two things are kept from it: lore (a `lei` in front says that everybody still writes), and the
history where TREE has none. `--show` in front prints the patches on which the two differ, to be read, never kept.
"""

from __future__ import annotations

import email
import os
import runpy
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO

from benchmarks.nipa_agreement import WORDS, ours
from benchmarks.rules_on_mail import default_files
from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.adapters.mail.sources import read_source
from patchflow.domain.patch import Patch
from patchflow.domain.recipient import PatchRecipients, Recipient
from patchflow.errors import PatchflowError
from patchflow.flow.clone import profile
from patchflow.flow.recipients.for_series import read_address
from patchflow.formats.get_maintainer.answer import primary_role
from patchflow.formats.mail.headers import addresses
from patchflow.formats.patch.patch_mail import parse_patch_mail
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context
from patchflow.rules.registry import find_rule, judge_series

# Every address is taken to have written lately: what is stale can be asked of lore only.
_LEI = """#!/bin/sh
echo '[{{"rt": "{now}", "m": "somebody@example.org"}}, null]'
"""


class Nipa:
    """NIPA's test, asked one mail at a time."""

    def __init__(self, checkout: Path, tree: Path, folder: Path) -> None:
        shim = folder / "lei"
        shim.write_text(_LEI.format(now=datetime.now(UTC).isoformat()))
        shim.chmod(0o755)
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        self.tree = SimpleNamespace(path=str(tree))
        self.test = runpy.run_path(str(checkout / "tests/patch/cc_maintainers/test.py"))["cc_maintainers"]

    def says(self, raw: bytes) -> tuple[str, str]:
        """Pass, warn or fail, and its sentence."""

        def write_out(file: IO[bytes]) -> None:
            file.write(raw)
            file.flush()

        text = raw.decode("utf-8", "replace")
        answer = self.test(self.tree, SimpleNamespace(series=None, raw_patch=text, write_out=write_out), "")
        return WORDS[answer[0]], answer[1]


def mine(directory: Directory, patch: Patch, raw: bytes) -> tuple[str, list[str]]:
    """What our rule says of a mail as it was sent."""
    head = email.message_from_bytes(raw)
    named = [one for name in ("To", "Cc") for text in head.get_all(name, []) for one in addresses(str(text).encode())]
    rows = directory.for_patch(raw.decode("utf-8", "replace")).rows
    wanted = [Recipient(read_address(row.email), primary_role(row.role), row.section) for row in rows]
    context = Context(
        profile=profile("net-next"), patches=(patch,),
        recipients=(PatchRecipients(patch.subject, tuple(Recipient(one, "") for one in named)),),
        expected=(PatchRecipients(patch.subject, tuple(wanted)),),
    )  # fmt: skip
    found = list(judge_series(context, [find_rule("cc-maintainers")]))
    return ours(found, "cc-maintainers"), [finding.as_line() for finding in found]


def postings(files: list[str]) -> Iterator[tuple[Patch, bytes]]:
    """Every patch mail whose bracket names net or net-next, each once."""
    seen: set[tuple[str, str]] = set()
    for name in files:
        for mail in read_source(name):
            try:
                patch, _ = parse_patch_mail(mail.raw, name)
            except PatchflowError:
                continue
            subject, key = parse_subject(patch.subject_line), (patch.subject_line, patch.diff)
            if subject.tree in ("net", "net-next") and not subject.is_reply and patch.files and key not in seen:
                seen.add(key)
                yield patch, mail.raw


def main(argv: list[str]) -> int:
    """Prints how often the two agree."""
    show, argv = argv[:1] == ["--show"], [word for word in argv if word != "--show"]
    pairs: Counter[tuple[str, str]] = Counter()
    tree = Path(argv[1]).resolve()
    directory = Directory(str(tree), "index", profile("net-next").get_maintainer)
    with tempfile.TemporaryDirectory() as name:
        nipa = Nipa(Path(argv[0]).resolve(), tree, Path(name))
        for patch, raw in postings(argv[2:] or default_files()):
            (theirs, words), (our, lines) = nipa.says(raw), mine(directory, patch, raw)
            pairs[theirs, our] += 1
            if show and theirs != our:
                print("\n    ".join((f"NIPA {theirs}, ours {our}: {patch.subject_line[:100]}", words, *lines)))
    same = sum(count for (a, b), count in pairs.items() if a == b)
    total = sum(pairs.values())
    print(f"cc-maintainers: {total} patches judged, {same} agree ({100 * same / max(total, 1):.1f} %)")
    for (a, b), count in sorted(pairs.items()):
        print(f"  NIPA {a}, ours {b}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
