"""The demo's journey by keys alone, in a real terminal, against a mail server on loopback."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from patchflow.demo.patches import drafts
from patchflow.demo.replies import replies
from patchflow.demo.server import LoopbackServer, header
from tests.conftest import ROOT
from tests.sampled import few
from tests.tui.clone import git, seal
from tests.tui.terminal import Terminal

# Stands in for the person in front of the editor: mends what it is shown.
# What the user's editor makes of each file; `next` in their home is the message they have in mind.
EDITOR = """import pathlib, re, sys
path = sys.argv[-1]
text = open(path).read()
in_mind = pathlib.Path.home() / "next"
if path.endswith("/message") and in_mind.exists():
    text = in_mind.read_text()
    in_mind.unlink()
elif path.endswith("/message"):
    text = re.sub(r"(?m)^Fixes: .*\\n", "", text)
elif path.endswith("/cover"):
    text = "vsock: count loopback packets, refuse reserved bits\\n\\n" \\
        "Nobody can see whether packets reach the queue.\\n" \\
        "Tested with tools/testing/vsock on the loopback transport.\\n" + (
        text[text.index("\\n---\\n"):] if "\\n---\\n" in text else "")
elif path.endswith(".c") and "atomic64_inc( " in text:
    text = text.replace("atomic64_inc( &vsock->pkt_count );", "atomic64_inc(&vsock->pkt_count);")
elif path.endswith(".c"):
    call = "\\tatomic64_inc(&vsock->pkt"
    text = text.replace(call, "\\t/* several processes send at once */\\n" + call)
elif path.endswith(".draft"):
    text = text.rstrip("\\n") + "\\n\\nYes: send_pkt is called from several processes at once.\\n"
open(path, "w").write(text)
"""


# The code of a patch, as if it were typed, and its message; there are two faults among the three.
WRITE_CODE = """
from pathlib import Path
from subprocess import check_output
from patchflow.demo.patches import apply, drafts

draft = drafts(clean=False)[int(sys.argv[1])]
apply(draft, Path())
base = check_output(["git", "rev-parse", "base"], text=True)[:12]
fixes = f'{base} ("vsock: this is not its title")' if sys.argv[1] == "1" else ""
(Path.home() / "next").write_text(draft.message(fixes))
"""


def prepare(tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, str]]:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    home = tmp_path / "home"
    (home / "editor.py").write_text(EDITOR)
    (home / "gitconfig").write_text("")
    program = home / "write-code"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{WRITE_CODE}")
    program.chmod(0o755)
    env["LOGNAME"] = "ada"  # whom the machine does not know
    env["GIT_EDITOR"] = shlex.join([sys.executable, str(home / "editor.py")])
    clone = tmp_path / "linux"
    subprocess.run(["git", "clone", "--quiet", "--shared", str(tree), str(clone)], check=True, env=env)
    return clone, env


@pytest.mark.long
@pytest.mark.tree
@pytest.mark.parametrize(("columns", "lines"), few([(80, 24), (200, 50)], 1))
def test_from_new_to_v2(tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch, columns: int, lines: int) -> None:
    server = LoopbackServer(tmp_path / "delivered")
    try:
        clone, env = prepare(tmp_path, tree, monkeypatch)
        terminal = Terminal(clone, env, columns, lines)
        set_up(terminal, server.port)
        commit_patches(terminal)
        check_and_mend(terminal)
        send_first(terminal, server)
        take_replies_in(terminal, server, tmp_path / "replies.mbox")
        answer(terminal, server)
        second(terminal, server, clone)
        terminal.press("q", "q")
        assert terminal.end() == 0, terminal.text()
    finally:
        server.stop()
    left = subprocess.run(
        ["git", "-C", str(clone), "status", "--porcelain", "-uno"], capture_output=True, env=os.environ
    )
    assert left.stdout == b""


def set_up(terminal: Terminal, port: int) -> None:
    """A home where git knows nobody."""
    terminal.see("git does not know who you are yet")
    terminal.press(":", "setup", "enter")
    answers = ("Ada Example", "ada@example.org", f"127.0.0.1:{port}", "", "", "")
    for number, answer in enumerate(answers, 1):
        terminal.see(f"{number}/6")
        terminal.press(*filter(None, (answer, "enter")))
    terminal.see("Write them")
    terminal.press("yes", "enter")
    terminal.see("Send a test message")
    terminal.press("no", "enter")
    if "Set that up" in terminal.see("Set that up|An empty line goes back", 60):  # where there is systemd or cron
        terminal.press("no", "enter")
        terminal.see("An empty line goes back")
    terminal.press("enter")
    terminal.see("start a series with c")


def commit_patches(terminal: Terminal) -> None:
    """Three patches, each written, staged and committed; no other terminal is there."""
    terminal.press("c")
    terminal.see("a name for the branch")
    terminal.press("vsock-demo vsock", "enter")
    terminal.see("No fetched remote has net-next. Its base")
    terminal.press("enter")  # HEAD, which is offered
    terminal.see("vsock-demo.*empty")
    terminal.press("enter")
    terminal.see("No patch yet")
    for number, draft in enumerate(drafts(clean=False)):
        terminal.press("!")
        terminal.see("a shell command")
        terminal.press(f"~/write-code {number}", "enter")
        terminal.see("An empty line goes back")
        terminal.press("enter")
        terminal.see("vsock-demo")
        terminal.press("0")
        name = Path(draft.edits[0].path).name  # what was read before names the patch before
        terminal.see(rf"(?m)^ not staged.*\n>.*{name}")
        terminal.press("s")
        terminal.see(rf"(?m)^ staged.*\n>.*{name}")
        terminal.press("c")
        terminal.see("Signed-off-by: Ada")
        terminal.press("escape")
        terminal.wait(0.3)
        terminal.press("e")
        terminal.see(draft.subject[:40])
        terminal.press("y")
        terminal.gone("patchflow · commit")
        terminal.press("1")
        terminal.see(f"{number + 1}/{number + 1} .*{draft.subject[:14]}")
    terminal.press("g")


def check_and_mend(terminal: Terminal) -> None:
    terminal.see(r"1/3 .*\dE.*count the packets")
    terminal.press("E")  # the editor opens the file of the first patch and mends it
    terminal.see("uncommitted: ")
    terminal.press("A")
    confirm(terminal, "amend this patch", "y")
    terminal.see(r"1/3 \w+ ok .*count the packets")
    terminal.press("j")
    terminal.see("> 2/3")
    terminal.press("e")
    confirm(terminal, "reword this patch", "y")
    terminal.see(r"2/3 \w+ (ok|\dW)\S* .*refuse addresses")
    terminal.press("2")
    terminal.see("placeholder")
    terminal.press("e")
    terminal.see("Nobody can see whether")
    terminal.press("3")
    terminal.see("would pass|nothing found")


def confirm(terminal: Terminal, title: str, key: str) -> None:
    """The page stands there; after a look at it the key is pressed."""
    terminal.see(title)
    terminal.see("Cancel")
    terminal.wait(0.8)
    terminal.press(key)


def send_first(terminal: Terminal, server: LoopbackServer) -> None:
    terminal.press("8")
    terminal.see("Nothing stands in the way")
    assert not server.messages()
    terminal.press("S")
    terminal.see("Send v1, 4 messages")
    terminal.press("enter")  # Enter is Cancel
    terminal.see("Nothing stands in the way")
    assert not server.messages()
    terminal.press("S")
    confirm(terminal, "Send v1, 4 messages", "s")
    terminal.see("v1 is out")
    assert len(server.messages()) == 4


def take_replies_in(terminal: Terminal, server: LoopbackServer, mbox: Path) -> None:
    mbox.write_bytes(replies(server.messages()))
    terminal.press("M")
    terminal.see("an mbox file")
    terminal.press(str(mbox), "enter")
    terminal.see("4 new messages")
    terminal.press("5")
    terminal.see("Rita Reviewer")
    terminal.press("6")
    terminal.see(r"\[ \].*Marco")


def answer(terminal: Terminal, server: LoopbackServer) -> None:
    choose(terminal, "atomic")
    terminal.press("E")  # a word about it in the code, at the line that was asked about
    terminal.wait(2)
    terminal.press("r")
    terminal.see("the draft is kept|in the draft")
    terminal.press("e")
    terminal.wait(2)
    terminal.press("G")
    terminal.see("several processes at once")
    before = len(server.messages())
    terminal.press("S")
    confirm(terminal, "Send this reply", "s")
    terminal.see("The reply is out")
    assert len(server.messages()) == before + 1
    assert header(server.messages()[-1], "In-Reply-To") == "<b-1@example.net>"
    for words, done in (("pkts_queued", "kept the name"), ("selftest", "said how it was tested")):
        choose(terminal, words)
        terminal.press("x")
        terminal.see("it goes into the changelog")
        terminal.press(done, "enter")
        terminal.see("marked addressed")
        terminal.gone(rf"\[ \].*{words}")


def choose(terminal: Terminal, words: str) -> None:
    """Goes down the list until the cursor's line holds the words."""
    go_to(terminal, r"(?m)^>(v\d| +\[)", rf"(?m)^>[^│\n]*\[.\][^│\n]*{words}")


def go_to(terminal: Terminal, first: str, wanted: str) -> None:
    """To the first line, then line by line; each step is waited for, however slow the machine is.

    What is found must still be there a moment later: a key may have been under way, or the list made anew.
    """
    for _ in range(4):
        terminal.press("g")
        terminal.wait(0.5)
        terminal.see(first)
        for _ in range(12):
            if re.search(wanted, terminal.text()):
                terminal.wait(0.5)
                break
            before = terminal.text()
            terminal.press("j")
            for _ in range(60):
                terminal.read(0.05)
                if terminal.text() != before:
                    break
            terminal.wait(0.1)
        if re.search(wanted, terminal.text()):
            return
    raise AssertionError(terminal.text())


def second(terminal: Terminal, server: LoopbackServer, clone: Path) -> None:
    terminal.press("7")
    terminal.see("now ")
    terminal.press("R")
    confirm(terminal, "open v2", "y")
    terminal.see("respin; u takes")
    terminal.see(r"vsock-demo\* v2 ")  # read anew: what is shown are the commits with the trailers
    terminal.press("1", "g")
    terminal.see("uncommitted: ")
    terminal.press("A")
    confirm(terminal, "amend this patch", "y")
    terminal.gone("uncommitted: ")
    assert "Reviewed-by: Rita Reviewer" in git(clone, "log", "base..vsock-demo")
    terminal.press("8")
    terminal.see("STOP:")
    choose_gate(terminal)
    terminal.press("~")
    terminal.see("why repost-24h is let through")
    terminal.press("a test on a loopback server", "enter")
    terminal.see("Nothing stands in the way")
    before = len(server.messages())
    terminal.press("S")
    confirm(terminal, "Send v2, 4 messages", "s")
    terminal.see("v2 is out")
    assert len(server.messages()) == before + 4
    assert b"Changes in v2:" in server.messages()[before]
    terminal.press("7")
    terminal.see(r"range-diff v1 \.\. |v2 ")


def choose_gate(terminal: Terminal) -> None:
    """To the line that says what stands in the way."""
    go_to(terminal, r"(?m)^>(v2, 4 messages|STOP)", r"(?m)^>[^│\n]*STOP")
