"""The demo's story: from an empty branch to a sent v2, every step a real command whose outcome is looked at."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from patchflow.demo.patches import ME, apply, drafts
from patchflow.demo.replies import replies
from patchflow.demo.server import LoopbackServer, header
from patchflow.errors import MissingError, PatchflowError

_BRANCH = "vsock-demo"
_MARK = ".patchflow-demo"
_COVER = """vsock: count loopback packets, refuse reserved bits

When a loopback connection stalls nobody can tell whether packets still
reach the queue. This series counts them and shows the count, and on the
way refuses addresses whose reserved field is set.

Tested with tools/testing/vsock on the loopback transport.
"""
# The demo's editor: answers below each quoted comment of the draft.
_EDITOR = """import sys
path = sys.argv[1]
text = open(path).read().rstrip("\\n")
open(path, "w").write(text + "\\n\\nYes: send_pkt is called from several processes at once.\\n")
"""


class Voice(Protocol):
    """Where the story is told: narration line by line, and one document at its end."""

    @property
    def json(self) -> bool: ...
    def note(self, text: str) -> None: ...
    def data(self, document: object, lines: Iterable[str] = ()) -> None: ...


class Held(PatchflowError):
    """A step did not do what the story says."""


class Story:
    """Plays the steps in a folder of its own; nothing outside it is written."""

    def __init__(self, tree: Path, folder: Path, output: Voice) -> None:
        self.source = tree
        self.folder = folder
        self.output = output
        self.tree = folder / "linux"
        self.delivered = folder / "delivered"
        self.replies = folder / "replies.mbox"
        self.env = {**os.environ, **self._sealed(), "PATCHFLOW_TRUST": "all"}

    def _sealed(self) -> dict[str, str]:
        """Everything a command could write or read at home, moved into the demo's folder."""
        home = self.folder / "home"
        return {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_STATE_HOME": str(home / "state"),
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "GIT_CONFIG_SYSTEM": os.devnull,
            "PATCHFLOW_CACHE_DIR": str(home / "cache" / "patchflow"),
            "PATCHFLOW_CONFIG_DIR": str(home / "config" / "patchflow"),
            "GIT_EDITOR": shlex.join([sys.executable, str(home / "editor.py")]),
            # No server outside is asked: whatever would be is asked by way of a port where nobody listens.
            **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:1"),
            **dict.fromkeys(("no_proxy", "NO_PROXY"), ""),
        }

    # Running things

    def say(self, text: str) -> None:
        """One line of the story."""
        self.output.note(text)

    def git(self, *words: str, stdin: str = "") -> str:
        """Runs git in the demo's clone."""
        argv = ["git", "-C", str(self.tree), *words]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, env=self.env, check=False)
        if done.returncode:
            raise Held(f"`{shlex.join(argv)}` failed: {done.stderr.strip()}")
        return done.stdout

    def command(self, *words: str, code: int = 0, shown: int = 12) -> Any:
        """Runs a patchflow command with --json, shows what a person would see, and returns the document."""
        self.say(f"\n$ patchflow {shlex.join(words)}")
        argv = [sys.executable, "-P", "-m", "patchflow", "-C", str(self.tree), "--json", *words]
        done = subprocess.run(argv, capture_output=True, text=True, env=self.env, check=False)
        for line in done.stderr.strip().split("\n")[:shown]:
            if line:
                self.say(f"  {line}")
        if done.returncode != code:
            raise Held(
                f"`patchflow {shlex.join(words)}` ended with {done.returncode}, not {code}: {done.stderr.strip()}"
            )
        return json.loads(done.stdout) if done.stdout.strip() else None

    def expect(self, holds: bool, what: str) -> None:
        """Says what is true now, or stops."""
        if not holds:
            raise Held(f"This does not hold: {what}.")
        self.say(f"  ✓ {what}")

    # The steps

    def prepare(self, port: int) -> None:
        """A clone of the tree, and a git configuration that knows only the loopback server."""
        home = self.folder / "home"
        home.mkdir(parents=True)
        (home / "editor.py").write_text(_EDITOR)
        name, email = ME.rstrip(">").split(" <")
        (home / "gitconfig").write_text(
            f"[user]\n\tname = {name}\n\temail = {email}\n[sendemail]\n\tsmtpServer = 127.0.0.1\n"
            f"\tsmtpServerPort = {port}\n\tsmtpEncryption = \n\tsmtpDomain = localhost\n"
            "[advice]\n\tdetachedHead = false\n[init]\n\tdefaultRefFormat = files\n"
        )
        subprocess.run(
            ["git", "clone", "--quiet", "--shared", str(self.source), str(self.tree)],
            env=self.env, check=True, capture_output=True,
        )  # fmt: skip

    def play(self, server: LoopbackServer) -> None:
        """The whole road."""
        self.start()
        self.first_checks()
        self.fix()
        self.send_first(server)
        self.review(server)
        self.second(server)

    def start(self) -> None:
        """A series, and three commits with two faults in them."""
        self.say("1. A series on a branch of its own")
        document = self.command("new", _BRANCH, "--profile", "vsock")
        self.expect(document["state"] == "empty", "the branch is there, and empty")
        self.commit_all(clean=False, fixes=f'{self.base()[:12]} ("vsock: this is not its title")')
        document = self.command("status")
        self.say(f"  next: {document['series'][0]['next_step']}")
        self.expect(len(document["series"][0]["patches"]) == 3, "three patches are on it")

    def base(self) -> str:
        return self.git("rev-parse", "base").strip()

    def right_fixes(self) -> str:
        title = self.git("log", "-1", "--format=%s", "base").strip()
        return f'{self.base()[:12]} ("{title}")'

    def commit_all(
        self, *, counter: str = "pkt_count", clean: bool = True, fixes: str, keep: dict[str, str] | None = None
    ) -> None:
        """Writes the three patches anew on top of the base; `keep` holds messages by subject to take as they are."""
        self.git("reset", "--quiet", "--hard", "base")
        for number, draft in enumerate(drafts(counter, clean)):
            apply(draft, self.tree)
            message = (keep or {}).get(draft.subject) or draft.message(fixes if number == 1 else "")
            self.git("commit", "--quiet", "-a", "-F", "-", stdin=message)

    def first_checks(self) -> None:
        self.say("\n2. What would come back from the list, said before it leaves")
        document = self.command("check", code=1)
        found = {f["rule"] for patch in document["patches"] for f in patch["findings"] if f["severity"] == "error"}
        self.say(f"  errors: {', '.join(sorted(found))}")
        self.expect("checkpatch:SPACING" in found, "checkpatch.pl objects to the first patch")
        self.expect("fixes-exists" in found, "the Fixes tag of the second names another title")
        self.command("send", "--yes", code=1)
        self.expect(not list(self.delivered.glob("*.eml")), "send refuses: nothing has left")

    def fix(self) -> None:
        self.say("\n3. Both are fixed, and the cover letter is written")
        self.commit_all(fixes=self.right_fixes())
        cover = self.folder / "cover.txt"
        cover.write_text(_COVER)
        self.command("cover", "--set", str(cover))
        document = self.command("check")
        self.expect(document["summary"]["errors"] == 0, "no error is left")
        people = self.command("cc")
        to = [r["address"] for r in people["cover"] if r["header"] == "To"]
        self.say(f"  To: {', '.join(to)}")
        self.expect(
            any("netdev@vger.kernel.org" in r["address"] for r in people["cover"]), "netdev is on copy, with the reason"
        )
        self.command("window", "--offline", code=1)
        files = self.command("format", "-o", str(self.folder / "patches"))
        self.expect(len(files["files"]) == 4, "format writes a cover letter and three patches")

    def send_first(self, server: LoopbackServer) -> None:
        self.say("\n4. v1 goes out")
        self.command("send", "--dry-run")
        self.expect(not server.messages(), "a dry run sends nothing")
        document = self.command("send", "--yes")
        states = {m["state"] for m in document["messages"]}
        self.expect(states == {"sent"} and len(server.messages()) == 4, "git send-email delivered four messages")
        ids = [header(m, "Message-ID").strip("<>") for m in server.messages()]
        self.expect(ids == [m["message_id"] for m in document["messages"]], "with the Message-IDs fixed beforehand")
        self.say(f"  {document['link']}")

    def review(self, server: LoopbackServer) -> None:
        self.say("\n5. Reviewers answer")
        self.replies.write_bytes(replies(server.messages()))
        self.command("fetch", "--mbox", str(self.replies))
        tree = self.command("thread", "v1")
        self.expect(sum(len(t["messages"]) for t in tree["threads"]) == 8, "the tree holds four mails and four replies")
        todo = self.command("todo", code=1)["comments"]
        for one in todo:
            self.say(f"  {one['id'][:10]}  {one['file']}:{one['line']}  {one['text'].splitlines()[0]}")
        files = [one for one in todo if one["file"].endswith("vsock_loopback.c")]
        self.expect(len(files) >= 2, "the inline comments are tasks on file and line")
        self.expect(any(one["file"] == "cover" for one in todo), "the one on the cover too")
        atomic = next(one for one in todo if "atomic" in one["text"])
        draft = self.command("reply", atomic["id"], "--edit")
        self.expect("> " in Path(draft["draft"]).read_text(), "the draft quotes just what it answers")
        before = len(server.messages())
        self.command("reply", atomic["id"], "--send", "--yes")
        last = server.messages()[-1]
        self.expect(len(server.messages()) == before + 1 and b"b-1@example.net" in last, "the answer is in the thread")
        rename = next(one for one in todo if "rename" in one["text"] or "name it" in one["text"])
        marks = ["--addressed", f"{rename['id']}=renamed the counter to pkts_queued"]
        for one in todo:
            if one["id"] not in (atomic["id"], rename["id"]):
                marks += ["--addressed", f"{one['id']}=said in the cover letter how it was tested"]
        self.command("todo", *marks)
        self.expect(not self.command("todo")["comments"], "no comment is open")

    def second(self, server: LoopbackServer) -> None:
        self.say("\n6. v2")
        self.command("trailers")
        document = self.command("respin")
        self.expect(document["revision"] == 2, "v2 is open")
        kept = {}
        for commit in document["patches"]:
            kept[commit["subject"]] = self.git("log", "-1", "--format=%B", commit["commit"])
        self.expect("Reviewed-by: Rita Reviewer" in "".join(kept.values()), "Rita's Reviewed-by is in the right commit")
        self.commit_all(counter="pkts_queued", fixes=self.right_fixes(), keep=kept)
        cover = self.command("cover")
        self.expect(
            "Changes in v2:" in cover["body"] and "Marco Maintainer" in cover["body"], "the changelog wrote itself"
        )
        self.command("check")
        self.command("send", "--yes", code=1)
        before = len(server.messages())
        self.expect(before == 5, "v2 within 24 hours of v1 is refused; this is a demo, so the reason is given")
        document = self.command("send", "--yes", "--override", "repost-24h=a demo on a loopback server")
        self.expect(len(server.messages()) == before + 4, "v2 is out")
        pairs = self.command("diff", "v1", "v2")["pairs"]
        for pair in pairs:
            self.say(f"  {pair['status']:8} {pair['subject']}")
        self.expect(
            [p["status"] for p in pairs] == ["changed", "changed", "changed"], "the range-diff shows what changed"
        )
        status = self.command("status")["series"][0]
        self.expect(len(status["sent"]) == 2, f"two revisions are recorded; next: {status['next_step']}")


def play(tree: str, folder: str, output: Voice) -> int:
    """Plays the story; with a terminal it ends in the terminal UI on the demo's series."""
    root = Path(__file__).resolve().parents[2]
    source = Path(tree).resolve() if tree else root / "kernel" / "linux"
    if not (source / "MAINTAINERS").is_file():
        raise MissingError(
            f"There is no kernel tree at {source}.", "`make setup` lays one; `--tree DIR` names another."
        )
    room = Path(folder).resolve() if folder else root / "demo"
    if room.exists():
        if not (room / "home" / "gitconfig").is_file() and any(room.iterdir()):
            raise PatchflowError(
                f"{room} is not a folder of the demo's, so it stays as it is.", "Name another with --folder."
            )
        shutil.rmtree(room)
    room.mkdir(parents=True)
    server = LoopbackServer(room / "delivered")
    story = Story(source, room, output)
    try:
        story.prepare(server.port)
        story.play(server)
    finally:
        server.stop()
    output.data({"held": True, "folder": str(room), "delivered": server.count},
                [f"Every step held. {server.count} messages were delivered: {story.delivered}"])  # fmt: skip
    if sys.stdin.isatty() and sys.stdout.isatty() and not output.json:
        os.execvpe(sys.executable, [sys.executable, "-P", "-m", "patchflow", "-C", str(story.tree)], story.env)
    return 0
