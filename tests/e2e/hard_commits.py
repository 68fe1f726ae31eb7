"""Random commits, and configuration, of the kinds that break patches in mails; made by one git fast-import a series."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from patchflow.formats.patch.received import stripped

# ruff: noqa: E501 - tables
_WORDS = b"alpha beta gamma delta return static if struct sock int".split()
LINES = [
    b"", b"", b"", b" ", b"\t", b"- ", b"-", b"-- ", b"--", b"---", b"--- x", b"--- a/x", b"+++ b/x", b"@@ -1,3 +1,3 @@",
    b"diff --git a/x b/x", b"From ", b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
    b"From: Otto <otto@example.org>", b"Subject: other", b"Index: foo", b"trailing  ", b"tab\t", b"cr\r", b"\r", b"a\rb",
    "Zoë".encode(), b"\xff\xfe no UTF-8", b"\x0c", b"\x1c\x1d", "\u2028".encode(), b"x" * 3000, "é".encode() * 700,
    b"\\ No newline at end of file", b"=20=3D=", b"index 1..2", b".", b"..", b"base-commit: 0", b"-- >8 --", b"GIT binary patch",
    b"def f():", b"    return 1", b"}",
]  # fmt: skip
PATHS = [
    b"d/a.c",
    b"d/b.h",
    b"e/plain",
    b"e/sp ace.txt",
    "e/ümlaut.py".encode(),
    b'e/q"uote',
    b"f/tab\tname",
    b"f/UPPER",
    b"f/-- ",
]
AUTHORS = [
    b"Ada Example <ada@example.org>", "Zoë Größe <zoe@example.org>".encode(), b"A. B. Dot <dot@example.org>",
    b"Nora O'Quist <nora@example.org>", "張 三 <zhang@example.org>".encode(), b"Comma, Name <comma@example.org>",
]  # fmt: skip
TITLES = [
    "keep it",
    "a [bracket] inside",
    "Zoë was here",
    "=?UTF-8?q?not=20encoded?=",
    "long " * 25 + "title",
    "50% of -- it",
    "v2: x",
]
BODY = [
    "", "", "Why it is.", " ---", "+++ b/x", "@@ -1 +1 @@", "---text", "From here on it works", ">From here", "# a comment",
    "--", "index 1..2", "Index of it", "diff is not the same", "Zoë", "\u2028", "\x0c", "w" * 1200, "=20", "*** BLURB HERE ***",
    "base-commit: 1", "Cc: <x@example.org>", "Fixes: 0123456789ab (\"x\")", "    indented", "[1] https://example.org",
]  # fmt: skip
CONFIG = [
    "format.attach true", "format.inline true", "format.noprefix true", "format.thread deep", "format.signature ",
    "format.signature -- ", "format.signature diff here", "format.headers X-Evil: yes", "format.to evil@example.org",
    "format.cc evil@example.org", "format.suffix .txt", "format.numbered false", "format.pretty fuller", "format.pretty raw",
    "format.signOff true", "format.coverLetter true", "format.coverFromDescription subject", "format.outputDirectory /nowhere",
    "format.useAutoBase whenAble", "format.from true", "format.forceInBodyFrom true", "format.notes true",
    "format.encodeEmailHeaders false", "format.subjectPrefix EVIL", "format.filenameMaxLength 10", "format.mboxrd true",
    "diff.context 0", "diff.context 30", "diff.interHunkContext 50", "diff.noprefix true", "diff.mnemonicPrefix true",
    "diff.algorithm patience", "diff.renames copies", "diff.renames false", "diff.renameLimit 1", "diff.suppressBlankEmpty true",
    "diff.external false", "diff.submodule log", "diff.wsErrorHighlight all", "diff.relative true", "diff.indentHeuristic false",
    "diff.colorMoved zebra", "diff.statGraphWidth 1", "diff.srcPrefix x/", "diff.dstPrefix y/", "diff.evil.textconv rev",
    "diff.evil.binary true", "diff.evil.command false", "diff.evil.xfuncname x", "color.ui always", "color.diff always",
    "i18n.logOutputEncoding ISO-8859-1", "i18n.commitEncoding ISO-8859-1", "core.quotePath false", "core.autocrlf true",
    "core.eol crlf", "core.whitespace -trailing-space", "core.abbrev 40", "core.commentChar ;", "core.fileMode false",
    "core.symlinks false", "log.date relative", "log.decorate full", "log.mailmap true", "apply.whitespace fix",
    "mailinfo.scissors true", "mailinfo.quotedCr strip", "am.keepcr true", "sendemail.transferEncoding 8bit",
    "sendemail.transferEncoding base64", "core.attributesFile /nowhere",
]  # fmt: skip
ATTRIBUTES = [
    "* -diff",
    "* diff=evil",
    "*.c binary",
    "*.py -text",
    "* text=auto",
    "* whitespace=-blank-at-eol",
    "e/* diff",
]
Tree = dict[bytes, tuple[str, bytes]]


class Maker:
    """Makes series of commits from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def content(self) -> bytes:
        """A text file, rarely a binary one or an empty one."""
        pick = self.random
        if pick.random() < 0.06:
            return bytes(pick.randrange(256) for _ in range(pick.randrange(1, 200))) + b"\0"
        end = b"\r\n" if pick.random() < 0.15 else b"\n"
        rows = [self.line() for _ in range(pick.randrange(0, 14))]
        return end.join(rows) + (end if rows and pick.random() < 0.8 else b"")

    def line(self) -> bytes:
        """One line of a file."""
        pick = self.random
        return pick.choice(LINES) if pick.random() < 0.5 else b" ".join(pick.choices(_WORDS, k=3))

    def edited(self, old: bytes) -> bytes:
        """The file with a few lines changed, put in or taken out."""
        pick = self.random
        rows = old.split(b"\n")
        for _ in range(pick.randrange(1, 4)):
            at = pick.randrange(len(rows) + 1)
            rows[at : at + pick.randrange(3)] = [self.line() for _ in range(pick.randrange(3))]
        return b"\n".join(rows)

    def step(self, tree: Tree) -> list[bytes]:
        """One commit's changes to the tree, as lines of fast-import."""
        pick, before = self.random, dict(tree)
        for _ in range(pick.randrange(1, 3)):
            kind, path = pick.randrange(8), pick.choice(PATHS)
            there = [name for name in tree if not tree[name][0].startswith("12")]
            if kind == 0 and there:
                tree[path] = tree.pop(pick.choice(there))  # moved, maybe over another
            elif kind == 1 and there:
                tree[path] = (tree[name := pick.choice(there)][0], self.edited(tree[name][1]))  # copied
            elif kind == 2 and path in tree:
                del tree[path]
            elif kind == 3 and path in there:
                tree[path] = ("100755" if tree[path][0] == "100644" else "100644", tree[path][1])
            elif kind == 4:
                tree[path] = ("120000", pick.choice([b"a.c", "ü".encode(), b"sp ace"]))
            elif path in there and kind < 7:
                tree[path] = (tree[path][0], self.edited(tree[path][1]))
            else:
                tree[path] = ("100644", self.content())
        if tree == before:
            tree[b"count"] = ("100644", b"%d\n" % pick.randrange(10**9))
        rows = [b"D " + _quoted(path) for path in before if path not in tree]
        for path, (mode, content) in tree.items():
            if before.get(path) != (mode, content):
                rows.append(b"M %s inline %s\ndata %d\n%s" % (mode.encode(), _quoted(path), len(content), content))
        return rows

    def message(self) -> str:
        """A message that a mail can carry, as git cleans it up."""
        pick = self.random
        rows = ["Words first.", *(pick.choice(BODY) for _ in range(pick.randrange(6)))] if pick.random() < 0.9 else []
        text = "\n".join(
            [f"vsock: {pick.choice(TITLES).strip()}", "", *rows, "", "Signed-off-by: Ada Example <ada@example.org>", ""]
        )
        return stripped(text.encode()).decode()

    def series(self, folder: Path, branch: str, base: str, count: int) -> None:
        """Puts `count` commits on a branch above a base."""
        tree: Tree = {}
        parts = []
        for number in range(count):
            message, heading = self.message().encode(), b""
            if self.random.random() < 0.05 and "\u2028" not in message.decode():
                message, heading = message.decode().encode("iso-8859-1", "replace"), b"encoding ISO-8859-1\n"
            when = b"%d %s" % (
                1_600_000_000 + self.random.randrange(10**8),
                self.random.choice([b"+0000", b"-0830", b"+0545"]),
            )
            who = self.random.choice(AUTHORS)
            if heading:
                who = AUTHORS[0]
            parts += [
                b"commit refs/heads/" + branch.encode(), b"author " + who + b" " + when,
                b"committer Ada Example <ada@example.org> " + when,
                heading + b"data %d\n" % len(message) + message,
                *([b"from " + base.encode()] if number == 0 else []), *self.step(tree), b"",
            ]  # fmt: skip
        subprocess.run(
            ["git", "-C", str(folder), "fast-import", "--quiet", "--force"], input=b"\n".join(parts), check=True
        )

    def configuration(self) -> tuple[str, str]:
        """Fifteen hostile keys as a file of git config, and attributes."""
        rows = []
        for row in self.random.sample(CONFIG, 15):
            key, _, value = row.partition(" ")
            section, _, rest = key.partition(".")
            middle, _, name = rest.rpartition(".")
            rows.append(f'[{section}{f" {chr(34)}{middle}{chr(34)}" if middle else ""}]\n\t{name} = "{value}"\n')
        return "".join(rows), "\n".join(self.random.sample(ATTRIBUTES, 2)) + "\n"


def _quoted(path: bytes) -> bytes:
    return b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
