"""Makes state_0_1_0.tar.xz: a clone as patchflow 0.1.0 left it. It was run once, and is kept to say what is in there.

That patchflow is commit 4152258, the first one whose README tells the whole journey and which has an index of mail. It
was installed with aiosmtpd into a virtual environment of its own, whose Python ran this:

    git archive 4152258 | tar x -C OLD && VENV/bin/pip install ./OLD aiosmtpd && VENV/bin/python make_0_1_0.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from email.utils import formatdate
from pathlib import Path
from typing import Any

from patchflow.demo.server import LoopbackServer

ROOM = Path("/tmp/patchflow-0.1.0")
HOME, TREE = ROOM / "home", ROOM / "linux"
FILE = "net/vmw_vsock/af_vsock.c"
MAINTAINERS = """List of maintainers

Maintainers List
----------------

VM SOCKETS (AF_VSOCK)
M:\tMarco Maintainer <marco@example.net>
L:\tvirtualization@lists.example.org
L:\tnetdev@lists.example.org
S:\tMaintained
F:\tnet/vmw_vsock/

THE REST
M:\tRuth Rest <ruth@example.net>
L:\tkernel@lists.example.org
S:\tBuried alive in reporters
F:\t*
F:\t*/
"""
CHECKPATCH = """#!/usr/bin/perl
print "$_ has no obvious style problems and is ready for submission.\\n" for grep { -f } @ARGV;
"""
ANSWER = """From r@example.net Mon Nov 23 15:00:00 2026
From: Rita Reviewer <rita@example.net>
To: ada@example.org
Subject: Re: {subject}
Message-ID: <{number}.review@example.net>
In-Reply-To: <{parent}>
References: <{parent}>
Date: {date}

{body}
"""


def git(*words: str, stdin: str = "") -> str:
    """Runs git in the tree."""
    done = subprocess.run(["git", "-C", str(TREE), *words], input=stdin, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def patchflow(*words: str, stdin: str = "", codes: tuple[int, ...] = (0,), **env: str) -> Any:
    """Runs that patchflow, which must end with one of the codes; what it printed as JSON."""
    command = [str(Path(sys.executable).with_name("patchflow")), "-C", str(TREE), "--json", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env={**os.environ, **env})
    print("$", *words, "->", done.returncode, done.stderr.strip())
    assert done.returncode in codes, done.stdout + done.stderr
    return json.loads(done.stdout or "null")


def commit(title: str) -> None:
    """Commits one more line."""
    with (TREE / FILE).open("a") as file:
        file.write(f"int {title.replace(' ', '_')};\n")
    git("add", "-A")
    git("commit", "-qF", "-", stdin=f"vsock: {title}\n\nSay why it is needed, in a body.\n\n"
        "Signed-off-by: Ada Example <ada@example.org>\n")  # fmt: skip


def main() -> None:
    """Plays it, and packs what is left."""
    shutil.rmtree(ROOM, ignore_errors=True)
    HOME.mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith(("GIT_", "PATCHFLOW_"))]:
        del os.environ[name]
    os.environ |= {
        "HOME": str(HOME), "XDG_CONFIG_HOME": str(HOME / "config"), "XDG_CACHE_HOME": str(HOME / "cache"),
        "XDG_STATE_HOME": str(HOME / "state"), "GIT_CONFIG_GLOBAL": str(HOME / "gitconfig"), "TZ": "UTC",
        "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    (HOME / "gitconfig").write_text("[user]\n\tname = Ada Example\n\temail = ada@example.org\n")
    for path, text in {
        "MAINTAINERS": MAINTAINERS, "Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\n",
        FILE: "// SPDX-License-Identifier: GPL-2.0\nint a;\nint b;\nint c;\n", "scripts/checkpatch.pl": CHECKPATCH,
    }.items():  # fmt: skip
        (TREE / path).parent.mkdir(parents=True, exist_ok=True)
        (TREE / path).write_text(text)
    subprocess.run(["git", "init", "-qb", "main", str(TREE)], check=True)
    git("add", "-A")
    git("commit", "-qm", "base: begin it")
    git("tag", "base")
    server = LoopbackServer(ROOM / "delivered")
    for name, value in (("server", "127.0.0.1"), ("serverPort", str(server.port)), ("encryption", "")):
        git("config", f"sendemail.smtp{name}", value)
    answered()
    git("switch", "-q", "main")
    cut_off()
    git("switch", "-q", "answered")
    server.stop()
    git("config", "--remove-section", "sendemail")
    shutil.rmtree(TREE / ".git/hooks")
    with tarfile.open(Path(__file__).with_name("state_0_1_0.tar.xz"), "w:xz") as packed:
        for one in ("linux", "home/cache", "replies.mbox"):
            packed.add(ROOM / one, one, filter=nobody)


def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry without who packed it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def answered() -> None:
    """A series that was sent, answered, marked, answered back, and begun anew: v2 has tags and a changelog."""
    patchflow("new", "answered", "--profile", "vsock", "--base", "base")
    commit("add one")
    commit("add two")
    patchflow("cover", "--set", "-", stdin="vsock: add one and two\n\nThey are needed.\n")
    patchflow("cc", "--add", "Cleo Colleague <cleo@example.com>")
    patchflow("cc", "--drop", "virtualization@lists.example.org")
    patchflow("check", codes=(0, 1))
    gates = ["--override=window-closed=a test"]
    patchflow("send", "--yes", *gates)
    ids = patchflow("status")["series"][0]["sent"][0]["message_ids"]
    bodies = (
        (1, "[PATCH 1/2] vsock: add one", "> +int add_one;\n\nWhy an int?"),
        (1, "[PATCH 1/2] vsock: add one", "> +int add_one;\n\nThe name is too short."),
        (2, "[PATCH 2/2] vsock: add two", "> +int add_two;\n\nWho needs two?"),
        (2, "[PATCH 2/2] vsock: add two", "Reviewed-by: Rita Reviewer <rita@example.net>"),
    )
    box = ROOM / "replies.mbox"
    box.write_text("\n".join(
        ANSWER.format(date=formatdate(), number=number, subject=subject, parent=ids[at], body=body)
        for number, (at, subject, body) in enumerate(bodies, 1)))  # fmt: skip
    patchflow("fetch", "--mbox", str(box))
    comments = {one["text"]: one["id"] for one in patchflow("todo", codes=(0, 1))["comments"]}
    patchflow("todo", "--addressed", f"{comments['The name is too short.']}=renamed", codes=(0, 1))
    editor = """sh -c 'printf "\\nBecause it counts.\\n" >> "$1"' x"""
    patchflow("reply", comments["Why an int?"], "--edit", GIT_EDITOR=editor, codes=(0, 1))
    patchflow("reply", comments["Why an int?"], "--send", "--yes")
    patchflow("reply", comments["Who needs two?"], "--edit", GIT_EDITOR=editor, codes=(0, 1))
    patchflow("respin")
    patchflow("trailers", "--apply", "--yes")


def cut_off() -> None:
    """A series of three mails, of which the second was refused: the first has left, the others wait."""
    patchflow("new", "cut-off", "--profile", "vsock", "--base", "base")
    commit("add three")
    commit("add four")
    patchflow("cover", "--set", "-", stdin="vsock: add three and four\n\nThey are needed, too.\n")
    where = git("config", "sendemail.smtpServerPort")
    server = Refuses(ROOM / "delivered")
    git("config", "sendemail.smtpServerPort", str(server.port))
    patchflow("send", "--yes", "--override=window-closed=a test", codes=(4,))
    git("config", "sendemail.smtpServerPort", where)
    server.stop()


class Refuses(LoopbackServer):
    """Takes one message, and refuses the rest."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Says yes once."""
        if (self.folder / "one").exists():
            return "550 no more"
        (self.folder / "one").touch()
        return "250 kept"


if __name__ == "__main__":
    main()
