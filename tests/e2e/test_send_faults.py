"""A series of some messages is cut off in every way there is, and resumed: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from patchflow.cli.main import main
from tests.conftest import ROOT, Once, commit, git, run_patchflow
from tests.faulty import FaultyServer
from tests.sampled import ALL_CASES, few

# Every message in turn takes some minutes: PATCHFLOW_ALL_FAULTS=1 asks for it; see benchmarks/results/send.md.
EVERY = bool(os.environ.get("PATCHFLOW_ALL_FAULTS"))
COUNT = 16 if EVERY else 6  # messages
MIDDLE = COUNT // 2
AT = range(1, COUNT + 1) if EVERY else few((MIDDLE, 1, COUNT), 1)


@pytest.fixture
def long_series(small: Path, once: Once) -> Path:
    """As many patches as make COUNT messages with a cover."""
    return once("long", small, _make_long)


def _make_long(small: Path) -> None:
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    for number in range(COUNT - 1):
        commit(small, f"add n{number}")
    text = "vsock: add many\n\nThey are needed.\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=text).code == 0


@pytest.fixture
def serve(sealed: Path) -> Iterator[Any]:
    servers: list[FaultyServer] = []

    def start(fault: str = "", at: int = 0, **more: Any) -> FaultyServer:
        server = FaultyServer(fault, at, **more)
        servers.append(server)
        with (sealed / "gitconfig").open("a") as file:
            tls = "tls" if server.context else ""
            file.write(
                f"[sendemail]\n\tsmtpServer = localhost\n\tsmtpServerPort = {server.port}\n\tsmtpEncryption = {tls}\n"
            )
            file.write("[patchflow]\n\tsendTimeout = 6\n")
        return server

    yield start
    for server in servers:
        server.stop()


def send(folder: Path, *words: str, server: FaultyServer | None = None) -> tuple[int, Any, str]:
    """Runs `patchflow send`; the server may kill it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "patchflow", "-C", str(folder), "--json", "send", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )  # fmt: skip
    if server:
        server.victim = lambda: child.pid
    out, err = child.communicate(timeout=120)
    assert "Traceback" not in err
    return child.returncode, json.loads(out) if out.strip() else None, err


def states(document: Any) -> list[str]:
    return [message["state"] for message in document["messages"]]


def assert_all_once(server: FaultyServer, document: Any) -> None:
    wanted = [message["message_id"] for message in document["messages"]]
    assert sorted(server.ids()) == sorted(wanted)
    assert len(wanted) == COUNT


@pytest.mark.parametrize("at", AT)
@pytest.mark.parametrize("fault", ["451 mail", "550 rcpt", "550 data"])
def test_a_refused_message_is_resumed(long_series: Path, serve: Any, fault: str, at: int) -> None:
    server = serve(fault, at)
    code, document, err = send(long_series, "--yes")
    assert code == 4, err
    assert states(document) == ["sent"] * (at - 1) + ["refused"] + ["pending"] * (COUNT - at)
    assert len(server.ids()) == at - 1
    fresh = run_patchflow("-C", str(long_series), "send", "--yes")
    assert fresh.code == 1
    assert "--resume" in fresh.err
    code, document, err = send(long_series, "--resume")
    assert code == 0, err
    assert_all_once(server, document)
    assert git(long_series, "for-each-ref", "refs/patchflow")
    assert not list((long_series / ".git/patchflow/outbox").iterdir())


@pytest.mark.parametrize(("fault", "at"), [
    *(("close after data", at) for at in AT),
    *(("hang after data", at) for at in (AT if EVERY else (MIDDLE,))),  # each waits for its whole time
])  # fmt: skip
def test_a_message_of_unknown_fate_is_sent_again_only_on_word(
    long_series: Path, serve: Any, fault: str, at: int
) -> None:
    server = serve(fault, at)
    code, document, err = send(long_series, "--yes")
    assert code == 4, err
    assert states(document) == ["sent"] * (at - 1) + ["unknown"] + ["pending"] * (COUNT - at)
    unknown = document["messages"][at - 1]["message_id"]
    code, document, err = send(long_series, "--resume")
    assert code == 4
    assert states(document).count("unknown") == 1
    assert "--again" in err
    assert_all_once(server, document)
    code, document, err = send(long_series, "--resume", "--arrived", unknown)
    assert code == 0, err
    assert_all_once(server, document)


@pytest.mark.long
def test_again_sends_it_once_more_with_the_same_message_id(long_series: Path, serve: Any) -> None:
    server = serve("close after data", 2)
    _, document, _ = send(long_series, "--yes")
    unknown = document["messages"][1]["message_id"]
    code, document, err = send(long_series, "--resume", "--again", "all")
    assert code == 0, err
    assert server.ids().count(unknown) == 2
    assert len(set(server.ids())) == COUNT


@pytest.mark.parametrize("at", [at for at in AT if at < COUNT] + [COUNT - 1] * ALL_CASES)
@pytest.mark.parametrize("fault", ["kill mail", "kill data", "kill done"])
def test_kill_9_and_resume(long_series: Path, serve: Any, fault: str, at: int) -> None:
    server = serve(fault, at)
    code, _, _ = send(long_series, "--yes", server=server)
    assert code == -9
    _settle(server)
    server.victim = lambda: None
    code, document, err = send(long_series, "--resume")
    assert states(document).count("unknown") <= 1, err
    assert_all_once(server, document)
    if code:
        code, document, err = send(long_series, "--resume", "--arrived", "all")
    assert code == 0, err
    assert_all_once(server, document)


@pytest.mark.long
@pytest.mark.parametrize("at", AT)
def test_interrupted_and_resumed(long_series: Path, serve: Any, at: int) -> None:
    """^C reaches patchflow and git send-email together, in the middle of a message."""
    server = serve("kill data", at)
    server.interrupts = True
    code, _, err = send(long_series, "--yes", server=server)
    assert code != 0, err
    _settle(server)
    server.victim = lambda: None
    code, document, err = send(long_series, "--resume")
    assert states(document).count("unknown") <= 1, err
    assert_all_once(server, document)
    if code:
        code, document, err = send(long_series, "--resume", "--arrived", "all")
    assert code == 0, err
    assert_all_once(server, document)


def _settle(server: FaultyServer) -> None:
    """Waits until the git send-email left behind has read its end of file and gone."""
    end = time.monotonic() + 60
    while server.talking:
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.01)


def test_a_server_that_is_not_there(long_series: Path, sealed: Path) -> None:
    with (sealed / "gitconfig").open("a") as file:
        file.write("[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = 9\n")
    code, document, _ = send(long_series, "--yes")
    assert code == 4
    assert states(document) == ["refused"] + ["pending"] * (COUNT - 1)


def test_a_bad_certificate(long_series: Path, serve: Any) -> None:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = serve(context=context)
    code, document, err = send(long_series, "--yes")
    assert code == 4, err
    assert states(document) == ["refused"] + ["pending"] * (COUNT - 1)
    assert "STARTTLS" in document["messages"][0]["detail"]
    assert server.ids() == []


@pytest.mark.parametrize("at", [MIDDLE, COUNT])
@pytest.mark.long
def test_a_certificate_that_turns_bad(long_series: Path, serve: Any, tmp_path: Path, at: int) -> None:
    """With a connection a message (smtpBatchSize), the server shows another certificate from message `at` on."""
    import ssl

    good, bad = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(good)
    trustme.CA().issue_cert("localhost").configure_cert(bad)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = serve("", at, context=good)
    server.later = bad
    for key, value in (("smtpServer", "localhost"), ("smtpSSLCertPath", str(tmp_path / "ca.pem")),
                       ("smtpBatchSize", "1"), ("smtpReloginDelay", "0")):  # fmt: skip
        git(long_series, "config", f"sendemail.{key}", value)
    code, document, err = send(long_series, "--yes")
    assert code == 4, err
    assert states(document) == ["sent"] * (at - 1) + ["refused"] + ["pending"] * (COUNT - at)
    assert len(server.ids()) == at - 1
    server.later = None
    code, document, err = send(long_series, "--resume")
    assert code == 0, err
    assert_all_once(server, document)


@pytest.mark.long
def test_a_full_disk(long_series: Path, serve: Any) -> None:
    """The journal reaches the limit of a file's size in the middle of the series; with room again it goes on."""
    server = serve("451 mail", 2)
    send(long_series, "--yes")
    (journal,) = (long_series / ".git/patchflow/outbox").glob("*/journal")
    journal.write_bytes(b"\n" * (32 * 1024 - 700 - journal.stat().st_size) + journal.read_bytes())
    script = f'ulimit -f 32; exec "{sys.executable}" -m patchflow -C "{long_series}" send --resume'
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert "The disk is full" in done.stderr
    _settle(server)
    assert 1 < len(server.ids()) < COUNT
    code, document, err = send(long_series, "--resume")
    assert states(document).count("unknown") <= 1, err
    if code:
        code, document, err = send(long_series, "--resume", "--arrived", "all")
    assert code == 0, err
    assert set(server.ids()) <= {message["message_id"] for message in document["messages"]}
    assert len(server.ids()) == len(set(server.ids())) >= COUNT - 1


JOURNAL_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda old: b"",
    "half": lambda old: old[: len(old) // 2],
    "the first lines alone": lambda old: b"\n".join(old.split(b"\n")[:4]),
    "cut short": lambda old: old[:-5],
    "zeroed": lambda old: bytes(len(old)),
    "no UTF-8": lambda old: old.replace(b'"sent"', b'"se\xff\xfent"'),
    "odd states": lambda old: old.replace(b'"sent"', b"7").replace(b'"refused"', b'"maybe"'),
    "deep": lambda old: b"[" * 100_000,
    "null": lambda old: b"null",
}


@pytest.mark.long
def test_a_damaged_journal_makes_fates_unknown(series: Path, serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What it held is told as lost; what may have left does not leave again without a word, and nothing is lost."""
    server = serve("451 mail", 3)
    assert run_patchflow("-C", str(series), "send", "--yes").code == 4
    before = set(server.ids())
    assert len(before) == 2
    (journal,) = (series / ".git/patchflow/outbox").glob("*/journal")
    old, document = journal.read_bytes(), {}
    for how, damage in JOURNAL_DAMAGES.items():
        journal.write_bytes(damage(old))
        assert main(["-C", str(series), "--json", "send", "--resume"]) == 4, how
        shown = capsys.readouterr()
        assert str(journal) in shown.err and "is damaged" in shown.err, (how, shown.err)
        document = json.loads(shown.out)
        assert set(server.ids()) == before, how
        assert "pending" not in states(document), how
        assert all(m["state"] == "unknown" for m in document["messages"] if m["message_id"] not in before), how
        assert main(["-C", str(series), "doctor"]) in (0, 1, 3)
        assert str(journal) in "".join(capsys.readouterr()), how
    unknown = [one["message_id"] for one in document["messages"] if one["state"] == "unknown"]
    words = [f"--{'arrived' if one in before else 'again'}={one}" for one in unknown]
    done = run_patchflow("-C", str(series), "send", "--resume", *words)
    assert done.code == 0, done.err
    assert sorted(server.ids()) == sorted(one["message_id"] for one in document["messages"])


def test_nothing_gets_into_the_headers(series: Path, smtp: Any) -> None:
    """Names, subjects and covers with line breaks and header-like text stay where they are."""
    evil = "Eve\\nBcc: evil@example.org"
    git(series, "config", "user.name", evil.replace("\\n", " "))
    (series / "net/vmw_vsock/a b\tc.c").write_text("int x;\n")
    git(series, "add", "-A", "-f")
    message = "vsock: x\r\rBcc: evil@example.org\n\nA body.\n\nBcc: evil@example.org\n\n"
    git(series, "commit", "-q", "-F", "-", stdin=message + "Signed-off-by: Ada Example <ada@example.org>\n")
    cover = "vsock: y\rBcc: evil@example.org\n\nBcc: evil@example.org\nA cover.\n"
    run_patchflow("-C", str(series), "cover", "--set", "-", stdin=cover)
    rules = "signedoff tag-block body subject-format version changelog message-arrives mail-arrives".split()
    ran = run_patchflow("-C", str(series), "send", "--yes", *(f"--override={rule}=test" for rule in rules))
    assert smtp.messages(), ran.out + ran.err
    for mail in smtp.messages():
        head = mail.partition(b"\n\n")[0]
        assert not [line for line in head.split(b"\n") if line.lower().startswith(b"bcc")]
        assert b"evil@example.org" not in next(line for line in head.split(b"\n") if line.startswith(b"X-Envelope-To"))


def test_nothing_gets_in_through_aliases_and_file_names(series: Path, smtp: Any, sealed: Path) -> None:
    """A line break in an alias (encoded, as a name may hold one) or in a path, and a mail's end inside a file."""
    aliases = sealed / "aliases"
    aliases.write_text('alias rita "=?utf-8?q?Rita=0ABcc:_evil@example.org?=" <rita@example.net>\n')
    git(series, "config", "sendemail.aliasesFile", str(aliases))
    git(series, "config", "sendemail.aliasFileType", "mutt")
    git(series, "config", "sendemail.cc", "rita")
    for name in ("net/vmw_vsock/a\nBcc: evil@example.org\n\nx.c", "net/vmw_vsock/\x1b]0;title\x07.c"):
        (series / name).write_text("int x;\n.\nBcc: evil@example.org\n")
    git(series, "add", "-A", "-f")
    message = "vsock: add odd names\n\nA body.\n.\n\nSigned-off-by: Ada Example <ada@example.org>\n"
    git(series, "commit", "-q", "-F", "-", stdin=message)
    ran = run_patchflow("-C", str(series), "send", "--yes", *(f"--override={rule}=test" for rule in (
        "tag-block", "subject-format", "maintainers-entry", "checkpatch")))  # fmt: skip
    assert ran.code == 0, ran.out + ran.err
    assert "\x1b" not in ran.out + ran.err
    assert len(smtp.messages()) == 4
    for mail in smtp.messages():
        head = mail.partition(b"\n\n")[0]
        assert b"\nbcc" not in head.lower()
        assert b"evil@example.org" not in next(line for line in head.split(b"\n") if line.startswith(b"X-Envelope-To"))
        assert b"rita@example.net" in head
    assert b"\n+.\n+Bcc: evil@example.org\n" in smtp.messages()[-1], "the lines stay in the diff"
    assert b"\nA body.\n.\n" in smtp.messages()[-1]


def test_utf_8_arrives_byte_for_byte(series: Path, smtp: Any) -> None:
    git(series, "config", "user.name", "Zoë Müller-Łukasz")
    git(series, "config", "user.email", "zoe@example.org")
    (series / "net/vmw_vsock/z.c").write_text('char *s = "größe → 中文";\n')
    git(series, "add", "-A", "-f")
    body = "Für die Größe: 中文 and “quotes”.\n\nSigned-off-by: Zoë Müller-Łukasz <zoe@example.org>\n"
    git(series, "commit", "-q", "-F", "-", stdin=f"vsock: größe\n\n{body}")
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override=unsigned-patches=two authors")
    assert ran.code == 0, ran.out + ran.err
    last = smtp.messages()[-1]
    assert "größe → 中文".encode() in last
    assert body.encode() in last
    assert b"=?UTF-8?q?" in last.partition(b"\n\n")[0]
