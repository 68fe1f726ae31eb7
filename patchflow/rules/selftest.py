"""Rules about networking selftests: sorted lists, and new files that are listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule


@rule("check-selftest", Scope.PATCH, Severity.ERROR, "NIPA check_selftest")
def check_selftest(patch: Patch, context: Context) -> Iterator[Hit]:
    """A new program or script of the networking selftests is listed in its folder's Makefile or .gitignore;
    added lines of config stay sorted.

    tools/testing/vsock is not part of kselftest and is exempt.

    Okay:
        Files: +tools/testing/vsock/new_test.c

    Okay:
        Files: +tools/testing/selftests/net/new_test.sh tools/testing/selftests/net/Makefile:new_test.sh

    Bad:
        Files: +tools/testing/selftests/net/new_test.sh
    """
    added: dict[str, str] = {}
    for file in patch.files:
        folder = str(PurePosixPath(file.path).parent)
        added[folder] = added.get(folder, "") + "\n".join(line for _, line in file.added())
    for file in patch.files:
        path = PurePosixPath(file.path)
        if not re.match(r"tools/testing/selftests/(?:drivers/)?net/", file.path):
            continue
        if file.is_new and path.suffix in (".sh", ".py", ".c") and path.stem not in ("lib", "__init__"):
            name = path.name if path.suffix != ".c" else path.stem
            listed = [
                f
                for f in patch.files
                if PurePosixPath(f.path).name == "Makefile" and any(name in x for _, x in f.added())
            ]
            known = context.history.read(str(path.parent / "Makefile")) or ""
            if not listed and name not in known:
                yield Hit(f"{path.name} is new, but the Makefile beside it does not list it", 1, file.path)
        if path.name == "config":
            options = [line for _, line in file.added() if line.startswith("CONFIG_")]
            if options != sorted(options):
                number = file.added()[0][0]
                yield Hit("the lines of a config file are sorted", number, file.path)
