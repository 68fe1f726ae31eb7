"""A series leaves through a web endpoint: shown as it will appear, exactly once, or of unknown fate and settled.

PATCHFLOW_ALL_FAULTS=1 tries every fault at messages 1, 8 and 16, and kills at each step of each message; else each is
tried at one of them.
PATCHFLOW_ENDPOINT_KILLS says how often one send is killed at any time.
"""

from __future__ import annotations

import email
import os
import random
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from patchflow.flow.clone import Clone
from patchflow.flow.send import run
from patchflow.flow.send.plan import Options
from tests.conftest import ROOT, Once, commit, git, run_patchflow
from tests.mails import mail, mbox
from tests.relay_server import RelayServer
from tests.signed import IDENTITY, make_key, verdicts

COUNT = 16
ROUNDS = int(os.environ.get("PATCHFLOW_ENDPOINT_KILLS", "2"))
EVERY = bool(os.environ.get("PATCHFLOW_ALL_FAULTS"))


@pytest.fixture(scope="module")
def relay() -> Iterator[RelayServer]:
    server = RelayServer()
    yield server
    server.stop()


@pytest.fixture
def server(relay: RelayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RelayServer:
    """The endpoint without a fault, and a subsystem whose archive is its own."""
    relay.reset()
    folder = tmp_path / "config/profiles"
    folder.mkdir(parents=True)
    (folder / "relayed.toml").write_text(f'extends = "vsock"\nlore = "{relay.archive}"\n')
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(folder.parent))
    return relay


def use(folder: Path, server: RelayServer) -> str:
    """The clone sends through the endpoint, with a key that it knows."""
    public = make_key(folder)
    git(folder, "config", "patchflow.endpoint", server.url)
    git(folder, "config", "patchflow.sendtimeout", "2")
    git(folder, "config", "branch.demo.patchflow-profile", "relayed")
    server.know(IDENTITY, "test", public)
    return public


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, ran.out + ran.err
    return ran.json


def test_a_series_leaves_as_the_page_showed(series: Path, server: RelayServer) -> None:
    public = use(series, server)
    shown = run_patchflow("-C", str(series), "send", "--dry-run")
    assert shown.code == 0, shown.out + shown.err
    assert server.requests == []
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    for row in (f"through  {server.url}", "signed with ed25519:test by ada@example.org",
                "Reply-To: <ada@example.org>", "X-Original-From: Ada Example <ada@example.org>",
                "<devnull+ada.example.org@localhost>", "Ada Example via "):  # fmt: skip
        assert row in shown.out and row in ran.out, (row, shown.out)
    assert len(server.kept) == 3
    assert [len(one["messages"]) for one in server.requests] == [1, 1, 1], "one request a message"
    assert [verdicts(raw, public) for raw, _ in server.kept[1:]] == [[""]] * 2, "git's readers find the author in it"
    for raw, to in server.kept:
        message = email.message_from_bytes(raw)
        assert message["From"] == "Ada Example via B4 Relay <devnull+ada.example.org@localhost>"
        assert message["Reply-To"] == "<ada@example.org>"
        shown_to = set(re.findall(r"[\w.]+@[\w.]+", shown.out.split(f"Message-ID: {message['Message-ID']}")[0]))
        assert to <= shown_to
    assert git(series, "for-each-ref", "refs/patchflow")
    receiver = series.parent / "receiver"
    subprocess.run(["git", "clone", "-q", str(series), str(receiver)], check=True)
    git(receiver, "checkout", "-q", "--detach", "base")
    for number, (raw, _) in enumerate(server.kept[1:]):
        (receiver.parent / f"{number}.eml").write_bytes(raw)
        git(receiver, "am", "-q", str(receiver.parent / f"{number}.eml"))
    assert git(receiver, "rev-parse", "HEAD^{tree}") == git(series, "rev-parse", "demo^{tree}")
    assert git(receiver, "log", "-2", "--format=%an <%ae>") == "\n".join(["Ada Example <ada@example.org>"] * 2)


def test_another_author_and_other_letters_arrive(series: Path, server: RelayServer) -> None:
    use(series, server)
    git(series, "config", "user.name", "Zoë Müller")
    (series / "net/vmw_vsock/z.c").write_text('char *s = "größe → 中文";\n')
    git(series, "add", "-A", "-f")
    body = "Für die Größe: 中文.\n\nSigned-off-by: Łukasz Other <other@example.net>\n"
    body += "Signed-off-by: Zoë Müller <ada@example.org>\n"
    git(series, "commit", "-q", "--author", "Łukasz Other <other@example.net>", "-m", f"vsock: größe\n\n{body}")
    rules = ("signedoff", "maintainers-entry", "recipients", "checkpatch")
    ran = run_patchflow("-C", str(series), "send", "--yes", *(f"--override={rule}=test" for rule in rules))
    assert ran.code == 0, ran.out + ran.err
    path = series.parent / "last.eml"
    path.write_bytes(server.kept[-1][0])
    git(series, "checkout", "-q", "--detach", "HEAD^")
    git(series, "am", "-q", str(path))
    told = ("log", "-1", "--format=%an <%ae>%n%B")
    assert git(series, *told) == git(series, *told, "demo")


def test_to_oneself(series: Path, server: RelayServer) -> None:
    use(series, server)
    ran = run_patchflow("-C", str(series), "send", "--reflect", "--yes")
    assert ran.code == 0, ran.err
    assert server.kept == [] and [to for _, to in server.reflected] == [{IDENTITY}] * 3
    server.reset("close after", 2)
    document = p(series, "send", "--reflect", "--yes", code=4)
    assert [one["state"] for one in document["messages"]] == ["sent", "unknown", "pending"]
    unknown = document["messages"][1]["message_id"]
    p(series, "send", "--reflect", "--yes", "--arrived", unknown)
    assert len(server.reflected) == 3, "what an earlier try has sent does not leave again"


def test_the_words_of_the_bracket_stand_as_it_takes_them(series: Path, server: RelayServer) -> None:
    use(series, server)
    p(series, "send", "--rfc", "--yes")
    subjects = [str(email.message_from_bytes(raw)["Subject"]) for raw, _ in server.kept]
    assert len(subjects) == 3 and all(one.startswith("[PATCH RFC net-next ") for one in subjects)


def test_what_the_relay_dressed_arrived_as_it_left(series: Path, server: RelayServer, tmp_path: Path) -> None:
    use(series, server)
    p(series, "send", "--yes")
    arrived = [raw.replace(b"@localhost>", b"@kernel.org>") for raw, _ in server.kept]
    (tmp_path / "list.mbox").write_bytes(mbox(*arrived))
    p(series, "fetch", "--mbox", str(tmp_path / "list.mbox"))
    found = p(series, "verify", "--offline")["messages"]
    assert [one["state"] for one in found] == ["arrived"] * 3, found


def test_to_oneself_goes_where_the_page_says(series: Path, server: RelayServer) -> None:
    public = use(series, server)
    server.reset("error", 1)
    p(series, "send", "--reflect", "--yes", code=4)
    other = RelayServer()
    try:
        other.know(IDENTITY, "test", public)
        git(series, "config", "patchflow.endpoint", other.url)
        p(series, "send", "--reflect", "--yes")
        assert (len(server.reflected), len(other.reflected)) == (0, 3)
    finally:
        other.stop()


def test_a_send_that_nobody_took_makes_room_once_mails_leave_another_way(series: Path, server: RelayServer) -> None:
    use(series, server)
    git(series, "config", "patchflow.endpoint", f"{server.url}/mistyped")
    server.reset("error", 1)
    p(series, "send", "--yes", code=4)
    assert run_patchflow("-C", str(series), "send", "--yes").code == 1
    git(series, "config", "patchflow.endpoint", server.url)
    server.reset("error", 2)
    document = p(series, "send", "--yes", code=4)
    assert [one["state"] for one in document["messages"]] == ["sent", "refused", "pending"]
    git(series, "config", "patchflow.endpoint", "no")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1 and "--resume" in ran.err, "what has begun to leave is gone on with"
    document = p(series, "send", "--resume")
    assert server.ids() == [one["message_id"] for one in document["messages"]]


def test_a_word_in_the_title_is_no_damage(series: Path, server: RelayServer) -> None:
    use(series, server)
    commit(series, "decode quoted-printable text")
    p(series, "send", "--yes")
    assert len(server.kept) == 4


def test_what_it_would_damage_or_refuse_is_a_gate(series: Path, server: RelayServer) -> None:
    use(series, server)
    commit(series, "add long", 'char s[] = "' + "x" * 1100 + '";\n')
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override=endpoint=x")
    assert ran.code == 1 and "which web endpoints damage" in ran.out
    git(series, "reset", "-q", "--hard", "HEAD^")
    git(series, "config", "patatt.identity", "eve@example.org")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1 and "takes mails of eve@example.org" in ran.out
    git(series, "config", "--unset", "patatt.identity")
    git(series, "config", "--unset", "patatt.signingkey")
    ran = run_patchflow("-C", str(series), "send", "--yes", "--sign", "no")
    assert ran.code == 1 and "[signature]" in ran.out, "an endpoint takes signed mails only"
    assert server.requests == []


@pytest.mark.parametrize("url", ["http://relay.example.org/x", "ftp://localhost/x", "https://me:pw@localhost/x", "//x"])
def test_a_url_that_cannot_be(series: Path, server: RelayServer, url: str) -> None:
    use(series, server)
    git(series, "config", "patchflow.endpoint", url)
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 2 and "pw" not in ran.err and server.requests == []


@pytest.mark.long
def test_b4s_setting_counts_where_no_server_is_set(series: Path, server: RelayServer) -> None:
    use(series, server)
    git(series, "config", "--unset", "patchflow.endpoint")
    git(series, "config", "b4.send-endpoint-web", server.url)
    assert "through  http" in run_patchflow("-C", str(series), "send", "--dry-run").out
    document = p(series, "send", "--dry-run")
    assert document["endpoint"] == server.url and document["appears"][0].startswith("From: Ada Example via")
    git(series, "config", "sendemail.identity", "kernel")
    assert "through  http" in run_patchflow("-C", str(series), "send", "--dry-run").out
    for key in ("sendemail.kernel.smtpServer", "sendemail.smtpServer"):
        git(series, "config", key, "127.0.0.1")
        assert "through  http" not in run_patchflow("-C", str(series), "send", "--dry-run").out
        git(series, "config", "--unset", key)


def test_a_certificate_of_nobody_is_refused(series: Path, server: RelayServer) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    other = RelayServer(context)
    try:
        use(series, other)
        document = p(series, "send", "--yes", code=4)
        assert [one["state"] for one in document["messages"]] == ["refused", "pending", "pending"]
        assert "its certificate is not trusted" in document["messages"][0]["detail"]
        assert other.requests == []
    finally:
        other.stop()


def test_nobody_listens(series: Path, server: RelayServer) -> None:
    use(series, server)
    git(series, "config", "patchflow.endpoint", "http://127.0.0.1:9/x")
    document = p(series, "send", "--yes", code=4)
    assert document["messages"][0]["state"] == "refused"
    assert "refused" in document["messages"][0]["detail"]


# Faults, at a series of 16 messages whose send stands in the outbox


@pytest.fixture
def queued(small: Path, once: Once, server: RelayServer) -> Path:
    """15 patches and a cover, shown, confirmed and put into the outbox; none of them has left."""
    return once("queued", small, lambda folder: _make_queued(folder, server))


def _make_queued(small: Path, server: RelayServer) -> None:
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    for number in range(COUNT - 1):
        commit(small, f"add n{number}")
    text = "vsock: add many\n\nThey are needed.\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=text).code == 0
    use(small, server)
    here = Clone(str(small))
    plan = run.plan_send(here, here.store.load("demo"), Options())
    assert not plan.blocking(), plan.blocking()
    run.queue_plan(here, plan)


def resume(folder: Path, *words: str, code: int = 0) -> Any:
    return p(folder, "send", "--resume", *words, code=code)


def states(document: Any) -> list[str]:
    return [message["state"] for message in document["messages"]]


def spread(faults: tuple[str, ...]) -> list[tuple[str, int]]:
    """Each fault at messages 1, 8 and 16, or at one of them in turn."""
    at = (1, 8, 16)
    return [(fault, one) for n, fault in enumerate(faults) for one in (at if EVERY else (at[n % 3],))]


def assert_all_once(server: RelayServer, document: Any) -> None:
    assert server.ids() == [message["message_id"] for message in document["messages"]]
    assert len(server.ids()) == len(set(server.ids())) == COUNT


@pytest.mark.long
@pytest.mark.parametrize(("fault", "at"), spread(("429",)))
def test_later_is_waited_for(queued: Path, server: RelayServer, fault: str, at: int) -> None:
    server.reset(fault, at)
    assert_all_once(server, resume(queued))


@pytest.mark.parametrize(("fault", "at"), spread(("error", "redirect")))
def test_a_refused_message_is_resumed(queued: Path, server: RelayServer, fault: str, at: int) -> None:
    server.reset(fault, at)
    document = resume(queued, code=4)
    assert states(document) == ["sent"] * (at - 1) + ["refused"] + ["pending"] * (COUNT - at)
    assert "The queue is full." in str(document) or "redirects to 'https://evil.example.org/'" in str(document)
    assert_all_once(server, resume(queued))


@pytest.mark.parametrize(("fault", "at"), spread(("502 after", "half", "hang", "close after", "deep", "large", "page")))
def test_a_lost_answer_is_settled_by_the_archive(queued: Path, server: RelayServer, fault: str, at: int) -> None:
    server.reset(fault, at)
    document = resume(queued, code=4)
    assert states(document) == ["sent"] * (at - 1) + ["unknown"] + ["pending"] * (COUNT - at)
    unknown = document["messages"][at - 1]["message_id"]
    server.archive_works = False
    if at == COUNT:
        again = run_patchflow("-C", str(queued), "send", "--resume", "--again", "all")
        assert again.code == 4 and "the archive could not be asked first" in again.err
        assert server.ids().count(unknown) == 1
    server.archive_works = True
    # Even a word to send it again waits for what the archive says; that it arrived needs no asking.
    words = {"half": ["--again", unknown], "502 after": ["--arrived", unknown]}.get(fault, [])
    asked = len(server.asked)
    assert_all_once(server, resume(queued, *words))
    assert server.asked[asked:] == ([] if "--arrived" in words else [unknown])
    assert git(queued, "for-each-ref", "refs/patchflow")


@pytest.mark.parametrize(("fault", "at"), spread(("500", "close before")))
def test_what_never_arrived_leaves_again_on_word_only(queued: Path, server: RelayServer, fault: str, at: int) -> None:
    server.reset(fault, at)
    document = resume(queued, code=4)
    assert states(document)[at - 1] == "unknown"
    unknown = document["messages"][at - 1]["message_id"]
    ran = run_patchflow("-C", str(queued), "--json", "send", "--resume")
    assert ran.code == 4 and states(ran.json).count("unknown") == 1 and "--again" in ran.err
    assert unknown not in server.ids() and unknown in server.asked
    document = resume(queued, "--again", unknown)
    assert sorted(server.ids()) == sorted(one["message_id"] for one in document["messages"])
    assert len(set(server.ids())) == COUNT == len(server.ids())


@pytest.mark.parametrize(("fault", "at"), spread(("new key",)))
def test_a_key_that_changed_there_refuses(queued: Path, server: RelayServer, fault: str, at: int) -> None:
    server.reset(fault, at)
    known = server.known
    try:
        document = resume(queued, code=4)
    finally:
        server.known = known
    assert states(document) == ["sent"] * (at - 1) + ["refused"] + ["pending"] * (COUNT - at)
    assert "Signature validation failed" in document["messages"][at - 1]["detail"]
    assert_all_once(server, resume(queued))


@pytest.mark.parametrize(("fault", "at"), spread(("certificate",)))
def test_a_certificate_that_changes_underway_is_refused(
    queued: Path, server: RelayServer, fault: str, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, contexts = trustme.CA(), [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2)]
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    for one, context in zip((authority, trustme.CA()), contexts, strict=True):
        one.issue_cert("localhost").configure_cert(context)
    other = RelayServer(*contexts)
    try:
        other.known = server.known
        (plan,) = (queued / ".git/patchflow/outbox").glob("*/plan.json")
        plan.write_text(plan.read_text().replace(server.url, other.url))
        other.reset(fault, at)
        document = resume(queued, code=4)
        assert states(document) == ["sent"] * (at - 1) + ["refused"] + ["pending"] * (COUNT - at)
        assert "its certificate is not trusted" in document["messages"][at - 1]["detail"]
        other.fault = ""
        assert_all_once(other, resume(queued))
    finally:
        other.stop()


KILLS = ("kill before", "kill after", "kill answered")
_KILLED = [(fault, at) for fault in KILLS for at in range(1, COUNT + 1)] if EVERY else spread(KILLS)


@pytest.mark.parametrize(("fault", "at"), _KILLED)
def test_kill_9_and_resume(queued: Path, server: RelayServer, fault: str, at: int) -> None:
    server.reset(fault, at)
    child = subprocess.Popen(
        [sys.executable, "-m", "patchflow", "-C", str(queued), "--json", "send", "--resume"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    server.victim = lambda: child.pid
    child.communicate(timeout=60)
    assert child.returncode == -9
    server.victim = lambda: None
    ran = run_patchflow("-C", str(queued), "--json", "send", "--resume")
    document = ran.json
    if fault == "kill before" or (fault == "kill answered" and ran.code == 4):  # the next one was begun
        (unknown,) = [one["message_id"] for one in document["messages"] if one["state"] == "unknown"]
        assert ran.code == 4 and unknown not in server.ids()
        document = resume(queued, "--again", "all")
    else:
        assert ran.code == 0, ran.err  # the archive says of what left that it arrived
    assert sorted(server.ids()) == sorted(one["message_id"] for one in document["messages"])
    assert len(set(server.ids())) == COUNT == len(server.ids())


@pytest.mark.long
def test_killed_at_any_time(queued: Path, server: RelayServer) -> None:
    """Whatever it is just doing, between two messages too: what left does not leave again."""
    chance, kills = random.Random(1), 0
    for _ in range(ROUNDS):
        child = subprocess.Popen(
            [sys.executable, "-m", "patchflow", "-C", str(queued), "send", "--resume"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        before = time.monotonic()
        while not server.requests and child.poll() is None and time.monotonic() < before + 30:
            time.sleep(0.01)  # until it has loaded and sends
        time.sleep(chance.random() * 0.1)
        child.kill()
        kills += child.wait() == -9
        server.requests.clear()
    ran = run_patchflow("-C", str(queued), "--json", "send", "--resume")
    while ran.code == 4:
        ran = run_patchflow("-C", str(queued), "--json", "send", "--resume", "--again", "all")
    assert kills and ran.code in (0, 2), ran.err  # 2: the last kill came after all was done
    assert len(server.ids()) == len(set(server.ids())) == COUNT


def test_a_send_that_was_begun_stays_with_its_endpoint(queued: Path, server: RelayServer) -> None:
    git(queued, "config", "patchflow.endpoint", "no")
    assert_all_once(server, resume(queued))


def test_replies_leave_by_git_send_email(series: Path, server: RelayServer, smtp: Any) -> None:
    """Endpoints take patches only."""
    use(series, server)
    p(series, "send", "--yes")
    asked = email.message_from_bytes(server.kept[1][0])["Message-ID"]
    letter = mail("> +int add_one;\n\nWhy?\n", subject="Re: [PATCH net-next 1/2] vsock: add one", to=asked)
    assert run_patchflow("-C", str(series), "fetch", "--mbox", "-", stdin=mbox(letter).decode()).code == 0
    run_patchflow("-C", str(series), "reply", "r1@example.net")
    (draft,) = (series / ".git/patchflow/drafts").glob("*.draft")
    draft.write_text(draft.read_text() + "Because.\n")
    p(series, "reply", "r1@example.net", "--send", "--yes")
    assert len(server.kept) == 3
    (left,) = smtp.messages()
    assert email.message_from_bytes(left)["In-Reply-To"] == "<r1@example.net>"
