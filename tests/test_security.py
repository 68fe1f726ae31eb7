"""A test for each sentence in bold of SECURITY.md; a test's docstring is the sentence."""

from __future__ import annotations

import ast
import json
import lzma
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from patchflow.domain.profile import Tree
from patchflow.flow.series.prepare import UnfetchedError
from patchflow.formats.safe import is_safe
from tests.cli.test_who_gave import COMMENT, MALLORY, TAG, Sent
from tests.conftest import ROOT, commit, git, run_patchflow
from tests.signed import make_key

_CHECKPATCH_TRACE = '#!/usr/bin/perl\nopen(my $f, ">", "{trace}"); print "no obvious style problems\\n";\n'


def test_each_sentence_has_a_test() -> None:
    text = " ".join((ROOT / "SECURITY.md").read_text().split())
    sentences = set(re.findall(r"\*\*(.+?)\*\*", text))
    functions = [one for one in ast.parse(Path(__file__).read_text()).body if isinstance(one, ast.FunctionDef)]
    assert sentences == {ast.get_docstring(one) for one in functions if one.name.startswith("test_s_")}


@pytest.fixture
def tracing(series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A tree nobody trusts yet, whose checkpatch.pl leaves a trace where it runs."""
    monkeypatch.delenv("PATCHFLOW_TRUST")
    trace = tmp_path / "trace"
    (series / "scripts/checkpatch.pl").write_text(_CHECKPATCH_TRACE.format(trace=trace))
    return series, trace


def on_terminal(folder: Path, *words: str, answer: str = "") -> tuple[str, int]:
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(folder), *words], encoding="utf-8", timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = ""
    if answer:
        child.expect("Do you trust this tree")
        said = str(child.before)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return said + str(child.before), int(child.exitstatus or 0)


def test_s_trust(tracing: tuple[Path, Path]) -> None:
    """On a terminal, a tree's own scripts run only after you said that you trust the tree."""
    tree, trace = tracing
    said, code = on_terminal(tree, "check", answer="no")
    assert code == 1 and "`patchflow trust`" in said
    assert not trace.exists(), "a no, and nothing ran"
    _, code = on_terminal(tree, "check", answer="yes")
    assert trace.exists()
    trace.unlink()
    said, _ = on_terminal(tree, "check", "HEAD")
    assert "Do you trust" not in said, "asked once"
    assert run_patchflow("-C", str(tree), "--json", "trust", "--list").json == {"trusted": [str(tree.resolve())]}
    setup = "Ada Example\nada@example.org\n127.0.0.1:9\n\nvsock\n-\nyes\nno\n"
    for words, stdin in ((["trust"], ""), (["setup"], setup)):
        assert run_patchflow("-C", str(tree), "trust", "--remove").code == 0
        run_patchflow("-C", str(tree), *words, stdin=stdin)
        assert "Do you trust" not in on_terminal(tree, "check", "HEAD~1")[0], f"{words} keeps a yes"
    assert run_patchflow("-C", str(tree), "trust", "--remove").code == 0
    trace.unlink(missing_ok=True)
    (tree / "net/vmw_vsock/af_vsock.c").write_text("int again;\n")
    commit(tree, "vsock: say it again")
    for words in (["send", "--dry-run"], ["check"], ["hook", "install"]):
        said, code = on_terminal(tree, *words, answer="no")
        assert code == 1 and "`patchflow trust`" in said, words
    assert not list((tree / ".git/hooks").glob("pre-commit")), "a no, and no hook was installed"
    assert "Do you trust" in on_terminal_start(tree)
    assert not trace.exists()


def test_s_trust_of_a_clone(tracing: tuple[Path, Path]) -> None:
    """A yes is for one clone and for code you checked out."""
    tree, trace = tracing
    git(tree, "add", "-A", "-f")
    commit(tree, "vsock: say more")
    assert run_patchflow("-C", str(tree), "trust").code == 0
    assert "Do you trust" not in on_terminal(tree, "check")[0]
    (tree / "scripts/checkpatch.pl").write_text(_CHECKPATCH_TRACE.format(trace=trace) + "# changed\n")
    trace.unlink()
    said, _ = on_terminal(tree, "check", answer="no")
    assert "not what was checked out: scripts/checkpatch.pl" in said and not trace.exists()
    git(tree, "checkout", "-q", "--", "scripts/checkpatch.pl")
    (tree / ".git/patchflow/clone-mark").unlink()  # what another clone at this path would not have
    on_terminal(tree, "check", "HEAD~1", answer="no")


def on_terminal_start(folder: Path) -> str:
    """What the terminal UI says before it opens on a tree that is not known."""
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(folder)], encoding="utf-8", timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )  # fmt: skip
    child.expect("this tree")
    child.sendline("no")
    said = str(child.before) + str(child.after)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    return said


def test_s_nobody_to_ask(tracing: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can be asked, the scripts run and a note says so."""
    tree, trace = tracing
    ran = run_patchflow("-C", str(tree), "check")
    assert "`patchflow trust` there says once that it may" in ran.err and trace.exists()
    assert run_patchflow("-C", str(tree), "trust", "--list").out == "", "a note is no yes"
    monkeypatch.setenv("PATCHFLOW_TRUST", "all")
    assert "patchflow trust" not in run_patchflow("-C", str(tree), "check").err


def test_s_other_commands(tracing: tuple[Path, Path]) -> None:
    """No other command runs a script of the tree."""
    tree, trace = tracing
    for name in ("get_maintainer.pl", "spdxcheck.py", "kernel-doc"):
        (tree / "scripts" / name).write_text(_CHECKPATCH_TRACE.format(trace=trace))
        (tree / "scripts" / name).chmod(0o755)
    (tree / "Makefile").write_text(f"X := $(shell touch {trace})\n%:\n\ttrue\n")
    for words in (
        ["status"], ["cover"], ["rules"], ["window", "--offline"], ["format"], ["diff"], ["fetch"], ["thread"],
        ["todo"], ["trailers"], ["respin"], ["search", "x"], ["hook", "list"], ["doctor"], ["config"], ["adopt"],
        ["new", "more", "--base", "base"], ["undo"],
    ):  # fmt: skip
        run_patchflow("-C", str(tree), *words)
        assert not trace.exists(), words


def test_s_hooks(tracing: tuple[Path, Path], tmp_path: Path) -> None:
    """Hooks run only where you installed them."""
    series, trace = tracing
    for words in (["status"], ["check"], ["cc"], ["send", "--dry-run"], ["respin"], ["doctor"]):
        run_patchflow("-C", str(series), *words)
    assert not [path for path in (series / ".git/hooks").glob("*") if path.suffix != ".sample"]
    run_patchflow("-C", str(series), "hook", "install", "commit-msg")
    assert [path.name for path in (series / ".git/hooks").glob("*") if path.suffix != ".sample"] == ["commit-msg"]
    git(series, "config", "core.hooksPath", str(tmp_path / "shared"))
    assert "core.hooksPath" in run_patchflow("-C", str(series), "hook", "install").err, "it is said where they run"
    run_patchflow("-C", str(series), "trust", "--remove")
    trace.unlink()
    (series / "net/vmw_vsock/af_vsock.c").write_text("int other;\n")
    child = pexpect.spawn(
        "git", ["-C", str(series), "commit", "-qam", "vsock: say other"], encoding="utf-8", timeout=60
    )
    child.expect(pexpect.EOF)
    child.close()
    assert "Do you trust" not in str(child.before) and trace.exists()


def test_s_repository_files(small: Path, tmp_path: Path) -> None:
    """Files of a repository may not name commands."""
    trace = tmp_path / "trace"
    command = f"touch {trace}"
    (small / ".b4-config").write_text(
        "[b4]\n" + "".join(f"  {key} = {command}\n" for key in (
            "send-auto-to-cmd", "send-auto-cc-cmd", "prep-perpatch-check-cmd", "prep-post-rewrite-hook"))
        + f"[core]\n  editor = {command}\n  fsmonitor = {command}\n[include]\n  path = .evil\n"
    )  # fmt: skip
    (small / ".evil").write_text("[b4]\n  send-series-to = evil@example.org\n")
    (small / ".gitpublish").write_text(
        f'[gitpublishprofile "default"]\n  base = base\n  cccmd = {command}\n  hook = {command}\n[sendemail]\n'
        f"  toCmd = {command}\n"
    )
    profiles = small / "kernel/profiles"
    profiles.mkdir(parents=True)
    (profiles / "evil.toml").write_text('extends = "net"\n')
    git(small, "checkout", "-q", "-b", "topic")
    git(small, "config", "branch.topic.gitpublishto", "tom@example.org")
    commit(small, "add one")
    assert run_patchflow("-C", str(small), "adopt", "--base", "base").code == 0
    for words in (["check"], ["cc"], ["send", "--dry-run"], ["status"], ["doctor"], ["config"]):
        run_patchflow("-C", str(small), *words)
    assert not trace.exists()
    assert "evil@example.org" not in run_patchflow("-C", str(small), "cc").out, "no file is included by another"
    assert run_patchflow("-C", str(small), "new", "x", "--profile", "evil").code == 2


HOSTILE = """From: "$(touch {trace})" <`touch {trace}`@example.org>
To: ada@example.org
Cc: "; touch {trace} #" <c@example.org>
Subject: Re: [PATCH] \x1b]0;gone\x07 $(touch {trace}) \u202egnp
Message-ID: <../../../../{trace}@example.org>
Date: Mon, 23 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

> +int add_one;
\x1b[2J\x1b[31m please run `touch {trace}` \x9b31m
--b
Content-Type: application/octet-stream; name="{trace}"
Content-Disposition: attachment; filename="{trace}"

#!/bin/sh
--b--
"""


def test_s_change_ids(series: Path, smtp: Any) -> None:
    """A change-id from git config, b4 or a ref never leads out of `.git/patchflow`."""
    before = {path for path in series.parent.rglob("*") if ".git" not in path.parts}
    tracking = json.dumps({"series": {"revision": 1, "change-id": "../../../outside", "prefixes": []}})
    git(series, "branch", "b4/topic")
    git(series, "config", "branch.b4/topic.b4-prep-cover-strategy", "branch-description")
    git(series, "config", "branch.b4/topic.description", "vsock: a\n\nA cover.")
    git(series, "config", "branch.b4/topic.b4-tracking", tracking)
    ran = run_patchflow("-C", str(series), "adopt", "b4/topic", "--base", "base")
    assert ran.code == 1 and "not a plain name" in ran.err
    assert "patchflow-change-id" not in git(series, "config", "--list").partition("branch.b4/topic")[2]
    for name in ("../../../outside", "/tmp/outside", "a/b", "..", "*", "x.lock"):
        git(series, "config", "branch.demo.patchflow-change-id", name)
        for words in (["cover", "--set", "-"], ["send", "--yes"], ["status"], ["respin"]):
            run_patchflow("-C", str(series), *words, stdin="vsock: a\n\nA cover.\n")
    assert {path for path in series.parent.rglob("*") if ".git" not in path.parts} == before
    assert smtp.messages() == [] and git(series, "for-each-ref", "refs/patchflow") == ""


def test_s_mail(series: Path, tmp_path: Path) -> None:
    """Mail may not name commands or files."""
    trace = tmp_path / "trace"
    box = tmp_path / "hostile.mbox"
    box.write_text("From x Mon Nov 23 10:00:00 2026\n" + HOSTILE.format(trace=trace))
    assert run_patchflow("-C", str(series), "fetch", "--mbox", str(box)).code == 0
    said = ""
    for words in (["thread"], ["todo", "--all"], ["search", "please"], ["trailers"], ["status"],
                  ["reply", f"../../../../{trace}@example.org", "--edit"], ["reply", "--list"]):  # fmt: skip
        ran = run_patchflow("-C", str(series), *words, env={"GIT_EDITOR": "true"})
        said += ran.out + ran.err
    assert not trace.exists()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said), "nothing steers the terminal"
    inside = (series / ".git/patchflow").resolve()
    for path in inside.rglob("*"):
        assert path.resolve().is_relative_to(inside)


def test_s_tags(series: Path, smtp: Any, tmp_path: Path) -> None:
    """A tag goes into a commit only where its giver sent it, or where you took it by its number."""
    sent = Sent(series, tmp_path / "in.mbox")
    sent.hear(f"{TAG}\n", '"Stefano Reviewer <stefano@work.example>" <mallory@evil.example>',
              extra="Sender: stefano@work.example\nReply-To: stefano@work.example")  # fmt: skip
    run_patchflow("-C", str(series), "trailers", "--apply", "--yes")
    assert TAG not in sent.log()
    run_patchflow("-C", str(series), "trailers", "--apply", "--yes", "--only", "1")
    assert TAG in sent.log()


def test_s_our_ids(series: Path, smtp: Any, tmp_path: Path) -> None:
    """A mail with the Message-ID of one of ours never takes its place."""
    sent = Sent(series, tmp_path / "in.mbox")
    before = run_patchflow("-C", str(series), "thread").out
    sent.hear("other words\n", "Ada Example <ada@example.org>", 0, id=sent.ids[1])
    assert run_patchflow("-C", str(series), "thread").out == before


def test_s_in_our_name(series: Path, smtp: Any, tmp_path: Path) -> None:
    """An answer in your name closes nothing, unless it left here, or you said that it or its folder is yours."""
    sent = Sent(series, tmp_path / "in.mbox")
    asked = sent.hear(COMMENT)
    answer = sent.hear("> Why an int?\n\nDone.\n", "Ada Example <ada@example.org>", asked)
    assert run_patchflow("-C", str(series), "todo").code == 1
    assert run_patchflow("-C", str(series), "todo", "--mine", answer).code == 0


def test_s_applied(series: Path, smtp: Any, tmp_path: Path) -> None:
    """No mail alone makes a series applied."""
    sent = Sent(series, tmp_path / "in.mbox")
    said = "This series was applied to netdev/net-next.git (main)\n"
    for who, state in ((MALLORY, "under review"), ("patchwork-bot+netdevbpf@kernel.org", "says applied")):
        sent.hear(said, who, 0)
        (one,) = run_patchflow("-C", str(series), "--json", "status").json["series"]
        assert one["state"] == state


def test_s_offered_commands(series: Path, smtp: Any, tmp_path: Path) -> None:
    """A command line that is offered for copying runs nothing that mail or a tree says."""
    sent = Sent(series, tmp_path / "in.mbox")
    asked = sent.hear(COMMENT)
    evil = "$(touch${IFS}pwned);touch${IFS}pwned;'&touch${IFS}pwned;@x"
    sent.hear("> Why an int?\n\nDone.\n", "Ada Example <ada@example.org>", asked, id=evil)
    (words,) = re.findall("`patchflow (todo --mine .+)`", run_patchflow("-C", str(series), "todo").out)
    subprocess.run(["sh", "-c", f"{shlex.quote(sys.executable)} -m patchflow {words}"], cwd=series, check=True)
    assert not (series / "pwned").exists()
    assert run_patchflow("-C", str(series), "todo").out == "No open comment.\n", "it was taken as one word"
    url = "https://git.example/$(reboot);reboot&'x.git"
    line = UnfetchedError(Tree("net;reboot", url)).advice.removeprefix("`").partition("` adds")[0]
    assert shlex.split(line) == ["git", "remote", "add", "net;reboot", url, "&&", "git", "fetch", "net;reboot"]


def test_s_written(series: Path, smtp: Any, tmp_path: Path) -> None:
    """What is written from mail into commits, covers and drafts hides nothing."""
    sent = Sent(series, tmp_path / "in.mbox")
    body = (
        "> +int add_one;\n\nWhy\x1b[31m an\u202e int\u200b?\n\n" + TAG + "\x9b\n" + TAG + "\rSigned-off-by: X <x@y.z>\n"
    )
    sent.hear(body, extra="Content-Type: text/plain; charset=utf-8")
    (comment,) = run_patchflow("-C", str(series), "--json", "todo").json["comments"]
    run_patchflow("-C", str(series), "reply", comment["id"])
    run_patchflow("-C", str(series), "todo", "--addressed", comment["id"])
    run_patchflow("-C", str(series), "respin")
    (draft,) = (series / ".git/patchflow/drafts").glob("*.draft")
    cover = run_patchflow("-C", str(series), "--json", "cover").json["body"]
    assert "Why[31m an int?" in draft.read_text() and "Why[31m an int?" in " ".join(cover.split())
    assert is_safe(draft.read_text()) and is_safe(cover) and is_safe(sent.log()) and TAG not in sent.log()


def test_s_shown(series: Path, smtp: Any) -> None:
    """Nothing is sent that was not shown and confirmed."""
    ran = run_patchflow("-C", str(series), "send", stdin="\n\n\ns\n")
    assert ran.code == 0 and "Nothing was sent" in ran.err
    assert "vsock: add one and two" in ran.out
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(series), "send"], encoding="utf-8", timeout=30,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    child.expect("Press 's' for yes")
    child.send("\r")
    child.expect("Nothing was sent")
    child.expect(pexpect.EOF)
    assert smtp.messages() == []


# The modules that reach the network, and what for.
_NETWORK = {
    "patchflow/adapters/http.py": "the one session of all that asks a server",
    "patchflow/adapters/mail/endpoint.py": "a web endpoint that the user named, instead of SMTP",
    "patchflow/adapters/lore/inbox.py": "the archive of a list",
    "patchflow/demo/server.py": "listens on loopback",
}


def test_s_server(sealed: Path) -> None:
    """A server is not trusted."""
    from patchflow.adapters.http import GuardedSession
    from patchflow.errors import OutsideError
    from tests.adapters.test_hostile_server import Faces, serving

    (sealed / ".netrc").write_text("default login b password secret\n")
    with serving() as port, pytest.raises(OutsideError, match="which is not followed"):
        GuardedSession().request("GET", f"http://127.0.0.1:{port}/to-other-host/")
    assert [auth for _, _, auth in Faces.asked] == [None], "one question, no credentials, nothing followed"


def test_s_no_telemetry() -> None:
    """There is no telemetry."""
    modules = {"socket", "http", "urllib.request", "requests", "liblore", "smtplib", "ftplib", "aiosmtpd", "ssl"}
    found = set()
    for path in (ROOT / "patchflow").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name in modules or name.split(".")[0] in modules for name in names):
                found.add(str(path.relative_to(ROOT)))
    assert found <= set(_NETWORK), f"not known to need the network: {found - set(_NETWORK)}"


def test_a_report_of_a_bug_stays_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from patchflow.cli.diagnostics import report

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert report(ZeroDivisionError("a bug"), ["status"]) == 1
    (path,) = tmp_path.iterdir()
    said = capsys.readouterr().err
    assert str(path) in said and "went to nobody" in said and "a bug" in path.read_text()
    assert "Nothing was sent" not in said, "mails may have left before the bug was met; `status` knows"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_s_private(series: Path, smtp: Any, sealed: Path, tmp_path: Path) -> None:
    """Private files are readable by their owner only."""
    old = os.umask(0o000)
    try:
        assert run_patchflow("-C", str(series), "send", "--yes").code == 0
        box = tmp_path / "r.mbox"
        root = run_patchflow("-C", str(series), "--json", "status").json["series"][0]["sent"][0]["message_ids"][1]
        box.write_text(
            "From x Mon Nov 23 10:00:00 2026\nFrom: R <r@example.net>\nTo: ada@example.org\nSubject: Re: [PATCH] x\n"
            f"Message-ID: <r1@example.net>\nIn-Reply-To: <{root}>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\n"
            "> +int add_one;\nWhy?\n"
        )
        assert run_patchflow("-C", str(series), "fetch", "--mbox", "-", stdin=box.read_text()).code == 0
        packed = tmp_path / "more.xz"
        packed.write_bytes(lzma.compress(box.read_bytes().replace(b"r1@", b"r2@")))
        assert run_patchflow("-C", str(series), "fetch", "--mbox", str(packed)).code == 0
        assert run_patchflow("-C", str(series), "check").code in (0, 1)
        assert run_patchflow("-C", str(series), "cc").code == 0
        assert run_patchflow("-C", str(series), "search", "Why").code == 0
        assert run_patchflow("-C", str(series), "todo").code in (0, 1)
        env = {"GIT_EDITOR": "true"}
        assert run_patchflow("-C", str(series), "reply", "r1@example.net", "--edit", env=env).code in (0, 1)
        assert run_patchflow("-C", str(series), "trust").code == 0
    finally:
        os.umask(old)
    places = [series / ".git/patchflow", sealed / "cache", sealed / "state"]
    found = [path for place in places for path in (place, *place.rglob("*")) if not path.is_symlink()]
    assert sum(path.is_file() for path in found) > 8
    assert not [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_s_signing_keys(series: Path, smtp: Any, sealed: Path) -> None:
    """Keys that sign stay where patatt keeps them."""
    make_key(series)
    git(series, "config", "patchflow.sign", "yes")
    (series / ".b4-config").write_text(
        "[b4]\n  send-endpoint-web = https://evil.example.org/\n[patatt]\n  selector = x\n"
    )
    send = ["--json", "send", "--yes", "--override=dirty-tree=a test"]
    words = (["send", "--dry-run"], send, ["config"], ["doctor"])
    shown = [run_patchflow("-C", str(series), *one) for one in words]
    assert shown[1].code == 0, shown[1].err
    assert "evil.example.org" not in "".join(one.out for one in shown), "a tree names no endpoint"
    (private,) = (sealed / ".local/share/patatt/private").iterdir()
    secret = private.read_bytes()
    told = "".join(one.out + one.err for one in shown).encode() + b"".join(smtp.messages())
    kept = [path.read_bytes() for path in sealed.rglob("*") if path.is_file() and path != private]
    kept += [path.read_bytes() for path in (series / ".git/patchflow").rglob("*") if path.is_file()]
    assert b"s=test;" in told and secret not in told and not [one for one in kept if secret in one]


def test_s_secrets(small: Path, sealed: Path) -> None:
    """Secrets stay in git's credential helpers."""
    for key, value in (
        ("sendemail.smtpPass", "hunter2"),
        ("sendemail.sendmailCmd", "msmtp --user=ada --pass=hunter2 --passwordeval='echo hunter2'"),
        ("sendemail.smtpServer", "smtps://ada:hunter2@mail.example.org"),
        ("patchflow.token", "hunter2"),
        ("sendemail.work.smtpServerOption", "--token hunter2"),
    ):
        git(small, "config", key, value)
    for words in (
        ["config"],
        ["--json", "config"],
        ["config", "--origin", "sendemail.smtppass"],
        ["doctor"],
        ["--json", "doctor"],
    ):
        ran = run_patchflow("-C", str(small), *words)
        assert "hunter2" not in ran.out + ran.err
    assert "mail password" in run_patchflow("-C", str(small), "doctor").out
    found = subprocess.run(
        ["grep", "-rlE", "getpass\\.getpass|smtppass|credential.*fill", str(ROOT / "patchflow"), "--include=*.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert {Path(one).name for one in found.stdout.split()} <= {"doctor.py", "secrets.py"}, (
        "doctor alone looks whether one is set"
    )


def test_a_key_that_is_neither_yes_nor_no_is_asked_again(series: Path, smtp: Any) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "patchflow", "-C", str(series), "send"], encoding="utf-8", timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    child.expect("Press 's' for yes")
    child.send("x")
    child.expect("x is neither: press 's' for yes")
    assert smtp.messages() == []
    child.send("s")
    child.expect("v1 is out")
    child.expect(pexpect.EOF)
