"""A draft opened in a real mail program comes back as it was left."""

from __future__ import annotations

import os
import re
import shutil
from email import message_from_bytes
from email.policy import default
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import ROOT, run_patchflow
from tests.tui.terminal import Terminal


@pytest.fixture
def comment(series: Path, smtp: Any, tmp_path: Path) -> str:
    """The id of one comment on what was sent."""
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    patch = ran.json["messages"][1]["message_id"]
    mbox = tmp_path / "replies.mbox"
    mbox.write_text(
        "From x Thu Jan  1 00:00:00 1970\nFrom: Rita Größe <rita@example.net>\nTo: ada@example.org\n"
        f"Cc: netdev@lists.example.org\nSubject: Re: [PATCH net-next 1/2] vsock: add one\nMessage-ID: <r@example.net>\n"
        f"In-Reply-To: <{patch}>\nDate: {formatdate()}\n\n> +int add_one;\n\nPlease make it unsigned.\n\n"
    )
    assert run_patchflow("-C", str(series), "fetch", "--mbox", str(mbox)).code == 0
    (found,) = run_patchflow("-C", str(series), "--json", "todo").json["comments"]
    return str(found["id"])


@pytest.mark.parametrize("program", ["mutt", "neomutt"])
@pytest.mark.long
def test_written_in_mutt(program: str, series: Path, comment: str, sealed: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed: `scripts/setup --test` brings it")
    editor = sealed / "editor.sh"
    editor.write_text("#!/bin/sh\necho 'It is done: gr\u00f6\u00dfer.' >> \"$1\"\n")
    editor.chmod(0o755)
    (sealed / f".{program}rc").write_text(
        f"set editor='{editor}'\nset folder='{sealed}'\nset autoedit\nset fast_reply\nset charset=utf-8\n"
    )
    env = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    terminal = Terminal(series, env, 100, 30, ("reply", comment, "--in", program))
    for _ in range(12):
        screen = terminal.see(r"y:Send|\?[^\n]*\s*$|(To|Cc|Subject): [^\n]*\s*$|sent nothing")
        if "sent nothing" in screen:
            break
        last = screen.rstrip().rsplit("\n", 1)[-1]
        terminal.press("n" if "?" in last else "enter" if re.match(r"(To|Cc|Subject):", last) else "q")
        terminal.wait(0.5)
    terminal.end()
    draft = run_patchflow("-C", str(series), "reply", comment).out
    assert "It is done: größer." in draft
    assert "In-Reply-To: <r@example.net>" in draft
    assert "rita@example.net" in draft
    assert "netdev@lists.example.org" in draft
    assert ">> +int add_one;" in draft


@pytest.mark.long
def test_sent_by_aerc(series: Path, comment: str, sealed: Path) -> None:
    if not shutil.which("aerc"):
        pytest.skip("aerc is not installed: `scripts/setup --test` brings it")
    for name, text in {
        "send.sh": f"#!/bin/sh\ncat > {sealed}/sent.eml\n",
        "editor.sh": "#!/bin/sh\necho 'It is done: größer.' >> \"$1\"\n",
        "config/aerc/aerc.conf": f"[compose]\neditor={sealed}/editor.sh\n",
        "config/aerc/accounts.conf": f"[Ada]\nsource = maildir://{sealed}/Mail\noutgoing = {sealed}/send.sh\n"
        "default = INBOX\nfrom = Ada Example <ada@example.org>\n",
        "Mail/INBOX/cur/.keep": "", "Mail/INBOX/new/.keep": "", "Mail/INBOX/tmp/.keep": "",
    }.items():  # fmt: skip
        (sealed / name).parent.mkdir(parents=True, exist_ok=True)
        (sealed / name).write_text(text)
        (sealed / name).chmod(0o700 if name.endswith(".sh") else 0o600)
    (sealed / "run").mkdir(mode=0o700)
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(sealed / "run"),
           "XDG_DATA_HOME": str(sealed / "data")}  # fmt: skip
    terminal = Terminal(series, env, 110, 40, ("reply", comment, "--in", "aerc"))
    terminal.see("Send this email")
    terminal.press("y")
    terminal.see("INBOX")
    terminal.wait(1)
    terminal.press(":")
    terminal.wait(0.5)
    terminal.press("quit", "enter")
    assert terminal.end() == 0
    sent = message_from_bytes((sealed / "sent.eml").read_bytes(), policy=default)
    assert sent["In-Reply-To"] == "<r@example.net>"
    assert "rita@example.net" in sent["To"]
    assert "netdev@lists.example.org" in sent["Cc"]
    text = sent.get_content()
    assert ">> +int add_one;" in text
    assert "It is done: größer." in text


def test_aerc_gets_a_mailto(series: Path, comment: str, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """aerc hands what it is started with to the aerc that runs; a stand-in shows what it was given."""
    shim = sealed / "bin" / "aerc"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nprintf %s "$1" > {sealed}/given\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:/usr/bin:/bin", prepend=":")
    ran = run_patchflow("-C", str(series), "reply", comment, "--in", "aerc")
    assert ran.code == 0, ran.err
    url = urlsplit((sealed / "given").read_text())
    fields = parse_qs(url.query)
    assert (url.scheme, url.path) == ("mailto", "rita@example.net")
    assert fields["in-reply-to"] == ["<r@example.net>"]
    assert "> Please make it unsigned." in fields["body"][0]
    assert "netdev@lists.example.org" in fields["cc"][0]


def test_a_program_that_is_missing(series: Path, comment: str, monkeypatch: pytest.MonkeyPatch, sealed: Path) -> None:
    (sealed / "bin").mkdir()
    for name in ("git", "perl", "sh"):
        (sealed / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(sealed / "bin"))
    ran = run_patchflow("-C", str(series), "reply", comment, "--in", "neomutt")
    assert ran.code == 3
    assert "neomutt is not installed" in ran.err
