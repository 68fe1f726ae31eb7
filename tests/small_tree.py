"""A small MAINTAINERS written for these tests, full of the cases that matter, and a tree to lay it in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

MAINTAINERS = """\
List of maintainers of a tree that never was
============================================

	M: *Mail* the indented lines are words only

# a comment between
ALPHA CORE
M:	Ada Alpha <ada@example.org>
M:	"Bert B. Beta" <bert@example.org>
R:	Zoë Übermut <zoe@example.org>
L:	alpha@lists.example.org
L:	alpha-owner@lists.example.org (moderated for non-subscribers)
L:	alpha-secret@lists.example.org (subscribers-only)
S:	Supported
F:	alpha/
X:	alpha/not-this/
K:	\\balpha_(get|put)\\b

ALPHA DEEP WITH A NAME THAT IS SO LONG THAT IT HAS TO BE CUT SOMEWHERE
M:	Ada Alpha <ada@old.example.org>
M:	Carl <carl@example.org>, Dora Delta <dora@example.org>
S:	Odd Fixes
F:	alpha/deep
F:	alpha/deep/*.c
F:	include/alpha.h
F:	include/beta?.[ch]

BETA DRIVERS
M:	carl@example.org
L:	beta@lists.example.org (moderated)
S:	Maintained
N:	beta[0-9]
N:	gam*ma
F:	drivers/*/beta/
F:	drivers/net/*beta*
F:	tools/b.c
K:	(?i)beta_device
K:	first_word|second_word

BINDINGS
M:	Ewa Eta <ewa@example.org>
S:	Orphan
F:	Documentation/bindings/

THE REST
M:	Linus Torvalds <torvalds@linux-foundation.org>
L:	everything@lists.example.org
S:	Buried alive in reporters
F:	*
F:	*/
"""

MAILMAP = """\
# names and addresses that changed
Ada Alpha <ada@example.org> <ada@old.example.org>
<dora@new.example.org> <dora@example.org>
Carl Gamma <carl@example.org>
Right Name <right@example.org> Wrong Name <wrong@example.org>
"""

IGNORE = "Ignored Person <ignored@example.org>\n"

BINDING = """\
# A binding that names people inside.
maintainers:
  - Frieda Theta <frieda@example.org>
  - Dr. Gustav von Iota <gustav@example.org>
  - bare@example.org
  - Ewa Eta <ewa@example.org>
"""

FILES = {
    "MAINTAINERS": MAINTAINERS,
    ".mailmap": MAILMAP,
    ".get_maintainer.ignore": IGNORE,
    "README": "words\n",
    "alpha/a.c": "int a;\n",
    "alpha/not-this/b.c": "int b;\n",
    "alpha/deep/c.c": "int c;\n",
    "alpha/deep/more/d.c": "int d;\n",
    "alpha/deepest.c": "int e;\n",
    "include/alpha.h": "int f;\n",
    "include/alpha.hpp": "int g;\n",
    "include/beta1.h": "int h;\n",
    "drivers/net/beta/i.c": "int i;\n",
    "drivers/net/xbetax.c": "int j;\n",
    "drivers/usb/net/beta/k.c": "int k;\n",
    "drivers/net/gamma.c": "int l;\n",
    "tools/b.cc": "int m;\n",
    "Documentation/bindings/n.yaml": BINDING,
    "Documentation/bindings/o.rst": "someone@example.org\n",
}


def lay(folder: Path) -> Path:
    """Lays the tree in a folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def kernel_tree() -> Path:
    """The kernel tree of this machine; skips the test where there is none."""
    chosen = os.environ.get("PATCHFLOW_TREE") or str(Path(__file__).parent.parent / "kernel" / "linux")
    tree = Path(chosen)
    if not (tree / "scripts" / "get_maintainer.pl").is_file():
        pytest.skip(f"there is no kernel tree at {chosen}; PATCHFLOW_TREE names one")
    return tree


def kernel_script() -> str:
    """The tree's get_maintainer.pl; skips the test where there is none, or no perl to run it."""
    if shutil.which("perl") is None:
        pytest.skip("perl is not installed: `scripts/setup` brings it")
    return (kernel_tree() / "scripts" / "get_maintainer.pl").read_text(encoding="utf-8")
