"""Drives the user's own git send-email: one process, asked before each message, so that a journal can keep up."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from email.utils import getaddresses
from hashlib import sha256
from pathlib import Path

from patchflow import lazy_re
from patchflow.adapters.process import RUNS, clean_env, run
from patchflow.domain.envelope import Envelope, Fate
from patchflow.errors import MissingError, OutsideError, PatchflowError
from patchflow.formats.mail.envelope import differences

PROMPT = lazy_re.compile(rb"Send this email\? \(\[y\]es\|\[n\]o\|\[e\]dit\|\[q\]uit\|\[a\]ll\): ?(?:\x1b\[\d*m)*$")
# Asked once, before the first message, though every file names its own recipients: nobody in addition.
_TO_WHOM = lazy_re.compile(rb"To whom should the emails be sent \(if anyone\)\? [^?]*$")
_RESULT = lazy_re.compile(r"^Result: (.*)$", re.MULTILINE)
# The Message-ID in a server's answer to a whole mail, as Net::SMTP tells what it hears.
_GIVEN = lazy_re.compile(rb"(?m)^Net::SMTP\S*<<< 250[ -].*<([!-;=?-~]{1,250}@[!-;=?-~]{1,250})>")
# What Net::SMTP and Net::Cmd say when the server has not answered: the message may have been taken.
_LOST = lazy_re.compile(
    r"(?i)unexpected eof|connection (closed|reset|timed out)|timeout|timed out|broken pipe|connection lost|net::cmd|^$"
)
# What is said before a message is handed over at all.
_EARLY = lazy_re.compile(
    r"(?i)unable to initialize smtp|starttls failed|does not support starttls|required smtp server is not|auth|"
    r"certificate verify failed|command unknown"
)
# What `git var -l` says of the sender.
_WHO = lazy_re.compile(r"GIT_(AUTHOR|COMMITTER)_IDENT=|sendemail\.(.*\.)?from=")
# Questions come on standard output instead of the terminal, and without underlining.
_PLAIN = {"GIT_SEND_EMAIL_NOTTY": "1", "PERL_RL": "Stub o=0"}
# Seconds of silence after an unfinished line that is no prompt; and how long perl may take to come up and ask.
_SILENCE = 10.0
_STARTING = 60.0
SENT, REFUSED, UNKNOWN = "sent", "refused", "unknown"


class SendEmail:
    """git send-email with the user's configuration. Recipients stand in the files; threading is ours."""

    # Each file holds its own To, Cc, Message-ID and References, so everything of git's that would add to
    # them is switched off, and so is what would send a body in an encoding that loses a CR; identities,
    # servers, aliases, batches, sendmailCmd and OAuth stay the user's.
    OPTIONS = (
        "--no-thread", "--no-annotate", "--suppress-cc=author", "--suppress-cc=body",
        "--no-to-cover",
        "--no-cc-cover", "--no-signed-off-by-cc", "--no-format-patch", "--transfer-encoding=auto",
    )  # fmt: skip

    def __init__(self, folder: Path, identity: str = "", timeout: float = 180.0) -> None:
        """`folder` is the work tree; `timeout` how many seconds one message may take."""
        self.folder = folder
        self.timeout, self.identity = timeout, identity
        self.options = [*self.OPTIONS, *([f"--identity={identity}"] if identity else [])]

    def installed(self) -> bool:
        """Whether git send-email is there."""
        done = run(["git", "--exec-path"], timeout=10)
        return (Path(done.text.strip()) / "git-send-email").exists()

    def need(self) -> None:
        """MissingError where git send-email is not installed, OutsideError where it would keep mails and send none."""
        if not self.installed():
            raise MissingError("git send-email is not installed.", "On Debian: `sudo apt install git-email`.")
        section = self.identity or self._config("sendemail.identity")
        for key in (*([f"sendemail.{section}.useimaponly"] if section else []), "sendemail.useimaponly"):
            said = self._config("--type=bool", key)
            if said == "true":
                raise OutsideError(
                    f"{key} has git send-email put mails into a folder of IMAP and send none.",
                    f"`git config {key} false` has them sent; sendemail.imapSentFolder then keeps a copy.",
                )
            if said:
                return

    def _config(self, *words: str) -> str:
        """What git config says, "" where the key is not set."""
        return run(["git", "config", "--get", *words], cwd=self.folder, check=False, timeout=20).text.strip()

    def preview(self, mails: Mapping[str, bytes]) -> list[Envelope]:
        """Sender and recipients of each mail (file name -> content), as git send-email works them out (--dry-run).

        OutsideError where it would not take them.
        """
        self.need()
        with tempfile.TemporaryDirectory(prefix="patchflow-") as folder:
            files = [Path(folder) / name for name in mails]
            for path in files:
                path.write_bytes(mails[path.name])
            words = ["--dry-run", "--confirm=never", *self.options, *self._self(files), *map(str, files)]
            done = run(
                ["git", "send-email", *words], cwd=self.folder, timeout=max(self.timeout, _STARTING),
                env={**_PLAIN, **_checked(files)}, check=False,
            )  # fmt: skip
        # Asked what to do with an address it cannot read, a dry run without a terminal drops it and goes on.
        if done.code != 0 or "unable to extract a valid address" in done.err_text:
            said = (done.err_text.strip() or done.text.strip())[-1200:].replace(f"{folder}/", "")
            raise OutsideError(
                f"git send-email would not take these messages (status {done.code}): {said}",
                "`git config --show-origin --get-regexp sendemail` shows where its settings come from.",
            )
        return _envelopes(done.text)

    def _self(self, files: Sequence[Path]) -> list[str]:
        """The option that leaves the sender out, whom a Signed-off-by would put on Cc; none where a Cc names the
        sender, because it would leave that out too.
        """
        rows = run(["git", "var", "-l"], cwd=self.folder, check=False, timeout=20).text.split("\n")
        said = " ".join(row for row in rows if _WHO.match(row))
        own = {one.lower() for one in re.findall(r"[^\s<>=]+@[^\s<>]+", said)}
        for path in files:
            head = path.read_bytes().partition(b"\n\n")[0].decode("utf-8", "replace")
            rows = re.findall(r"(?mi)^Cc: (.*)$", re.sub(r"\n[ \t]+", " ", head))
            if own & {address.lower() for _, address in getaddresses(rows)}:
                return []
        return ["--suppress-cc=self"]

    def _only(self, bcc: Sequence[str]) -> list[str]:
        """Options that keep sendemail.* keys from adding anybody: what they add was shown and stands in the files."""
        words = ["--no-to", "--no-cc", "--to-cmd=true", "--cc-cmd=true"]
        if self._knows_header_cmd():
            words.append("--no-header-cmd")
        return [*words, *([f"--bcc={one}" for one in bcc] or ["--no-bcc"])]

    def _knows_header_cmd(self) -> bool:
        """git 2.41 and later: sendemail.headerCmd, and the option that overrules it."""
        found = re.search(r"(\d+)\.(\d+)", run(["git", "--version"], timeout=10).text)
        return found is not None and (int(found[1]), int(found[2])) >= (2, 41)

    def send(
        self, files: Sequence[Path], before: Callable[[int], None], after: Callable[[int, Fate], None],
        expected: Sequence[Collection[str]], bcc: Sequence[str] = (), renames: bool = False,
    ) -> None:  # fmt: skip
        """Sends the files in order over one connection, to those named in them and to `bcc`, and to nobody else.

        `expected` are each file's addresses as they were shown, in lower case: where git send-email asks about other
        ones, nothing more is sent, and PatchflowError says what differs.

        `before(n)` runs when git send-email asks about file n and nothing of it has left yet; `after(n, fate)`
        when its result is known. Stops at the first message that is not sent. If this process dies, git
        send-email reads end of file at its next question and stops by itself.

        `renames`: the server gives mails other Message-IDs, and `after` is told which. git send-email itself shows that
        since 2.50 only; what it hears from the server, it shows to this process alone.
        """
        self.need()
        argv = [
            "git",
            "send-email",
            "--confirm=always",
            *self.options,
            *self._self(files),
            *self._only(bcc),
            *(["--smtp-debug=1"] if renames else []),
            *map(str, files),
        ]
        child = subprocess.Popen(
            argv, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=clean_env({**_PLAIN, **_checked(files)}), start_new_session=False,
        )  # fmt: skip
        started = time.monotonic()
        try:
            _Conversation(child, self.timeout).run(expected, before, after)
        finally:
            _end(child)
            RUNS.append((tuple(argv), time.monotonic() - started, child.returncode or 0, time.time()))


def _checked(files: Sequence[Path]) -> dict[str, str]:
    """Tells the sendemail-validate hook which bytes were checked and shown here already, overrides included."""
    return {"PATCHFLOW_CHECKED": ",".join(sha256(path.read_bytes()).hexdigest() for path in files)}


class _Conversation:
    """Reads what git send-email says and answers its questions."""

    def __init__(self, child: subprocess.Popen[bytes], timeout: float) -> None:
        self.child = child
        self.timeout = timeout
        self.out = b""
        self.err = b""
        assert child.stdout and child.stderr and child.stdin
        self.selector = selectors.DefaultSelector()
        for stream, name in ((child.stdout, "out"), (child.stderr, "err")):
            os.set_blocking(stream.fileno(), False)
            self.selector.register(stream, selectors.EVENT_READ, name)

    def run(
        self, expected: Sequence[Collection[str]], before: Callable[[int], None], after: Callable[[int, Fate], None]
    ) -> None:
        for number, shown in enumerate(expected):
            if not self._until_prompt():
                if number == 0:
                    raise OutsideError(f"git send-email stopped before the first message: {self._said()}")
                after(number, Fate(REFUSED, self._said()))
                return
            if differs := differences(shown, _asked_about(self.out.decode("utf-8", "replace"))):
                self._answer(b"q")
                raise PatchflowError(
                    f"git send-email would not do what was shown: it would {differs}.",
                    "That message and those after it were not sent. `git config --show-origin --get-regexp sendemail` "
                    "shows what git send-email follows.",
                )
            before(number)
            self.out = b""
            self.err = b""
            self._answer(b"y")
            fate = self._fate()
            after(number, fate)
            if fate.state != SENT:
                return
        self._until_end()

    def _answer(self, word: bytes) -> None:
        assert self.child.stdin
        with suppress(BrokenPipeError):  # it has gone; what it said tells why
            self.child.stdin.write(word + b"\n")
            self.child.stdin.flush()

    def _fate(self) -> Fate:
        """Waits for the result of the message just answered for."""
        deadline = time.monotonic() + self.timeout
        while True:
            # The line may still be growing: only its end makes it whole.
            whole = self.out[: self.out.rfind(b"\n") + 1].decode("utf-8", "replace")
            if match := _RESULT.search(whole):
                while self._read(0.0):  # what was said on the other stream, before
                    pass
                given = _GIVEN.findall(self.err)
                return Fate(SENT, match[1].strip(), given[-1].decode() if given else "")
            if not self._read(deadline):
                break
        if time.monotonic() >= deadline and self.child.poll() is None:
            return Fate(UNKNOWN, f"the server did not answer within {self.timeout:.0f} s")
        said = self._said()
        # Killed from outside: nobody heard the server's answer.
        if self.child.wait() < 0:
            return Fate(UNKNOWN, f"git send-email was ended by signal {-self.child.returncode}")
        if _EARLY.search(said):
            return Fate(REFUSED, said)
        return Fate(UNKNOWN if _LOST.search(said.strip()) else REFUSED, said)

    def _until_prompt(self) -> bool:
        deadline = time.monotonic() + max(self.timeout, _STARTING)
        while not PROMPT.search(self.out):
            if _TO_WHOM.search(self.out):
                self.out = b""
                self._answer(b"")
            # A question that is not known (an address it does not like, an encoding) waits for an answer
            # that only a person can give: an unfinished line, and silence after it.
            asking = bool(self.out) and not self.out.endswith(b"\n")
            if not self._read(min(deadline, time.monotonic() + _SILENCE)) and (
                asking or self._ended() or time.monotonic() >= deadline
            ):
                return False
        return True

    def _ended(self) -> bool:
        """Whether both streams are at their end."""
        return not self.selector.get_map()

    def _until_end(self) -> None:
        deadline = time.monotonic() + self.timeout
        while self._read(deadline):
            pass

    def _read(self, deadline: float) -> bool:
        """Takes in what is there; False where nothing came until the deadline, or both streams have ended."""
        if self._ended():
            return False
        ready = self.selector.select(max(0.0, deadline - time.monotonic()))
        for key, _ in ready:
            chunk = os.read(key.fd, 65536)
            if not chunk:
                self.selector.unregister(key.fileobj)
            elif key.data == "out":
                self.out += chunk
            else:
                self.err += chunk
        return bool(ready)

    def _said(self) -> str:
        """The end of what it said about the failure, on one line."""
        text = self.err.decode("utf-8", "replace").strip() or self.out.decode("utf-8", "replace").strip()
        text = re.sub(r"(?m)^Net::.*$", "", text).strip()  # sendemail.smtpDebug shows the password to the terminal
        text = re.sub(r" at \S*git-send-email line \d+[^\n]*", "", text)
        return " ".join(text.split())[-600:]


def _end(child: subprocess.Popen[bytes]) -> None:
    """Makes sure no git send-email is left behind: closes its stdin, then asks, then kills."""
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
    for stop in (None, signal.SIGTERM, signal.SIGKILL):
        if stop is not None:
            child.send_signal(stop)
        try:
            child.wait(timeout=2)
            return
        except subprocess.TimeoutExpired:
            continue


def _asked_about(text: str) -> set[str]:
    """The addresses in To and Cc of the message that git send-email asks about, in lower case."""
    blocks = [block for block in re.split(r"\n\s*\n", text.replace("\r", "")) if re.search(r"(?m)^Subject: ", block)]
    unfolded = re.sub(r"\n[ \t]+", " ", blocks[-1]) if blocks else ""
    values = re.findall(r"(?mi)^(?:To|Cc): (.*)$", unfolded)
    return {address.lower() for _, address in getaddresses(values) if address}


def _envelopes(text: str) -> list[Envelope]:
    """The messages in git send-email's --dry-run narration."""
    found: list[Envelope] = []
    for block in re.split(r"(?m)^Dry-OK\. Log says:\n", text)[1:]:
        sender, recipients, headers, last = "", [], {}, ""
        for line in block.split("\n"):
            if match := re.match(r"^MAIL FROM:<(.*)>$", line):
                sender = match[1]
            elif match := re.match(r"^RCPT TO:<(.*)>$", line):
                recipients.append(match[1])
            elif match := re.match(r"^Sendmail: .* -i (.*)$", line):
                recipients.extend(match[1].split())
            elif line.startswith(("Result:", "(mbox)", "(body)", "Server:")):
                if line.startswith("Result:"):
                    break
            elif match := re.match(r"^([A-Za-z-]+): (.*)$", line):
                last = match[1]
                headers[last] = match[2]
            elif line[:1] in " \t" and last:
                headers[last] += " " + line.strip()
        found.append(Envelope(sender, tuple(recipients), headers))
    return found
