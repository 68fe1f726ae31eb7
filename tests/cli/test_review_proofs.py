"""What speaks for a series that came by mail: DKIM by keys that a DNS server on loopback has, and Patchwork's tests."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from patchflow.adapters.mail import attest
from patchflow.cli.main import main
from tests.adapters.test_patchwork import Server, check_document, patch_document
from tests.conftest import ROOT, run_patchflow
from tests.reviewed import TWO, mbox, upstream

dkim = pytest.importorskip("dkim", reason="dkimpy is not installed: `scripts/setup --test` brings it")
signing = pytest.importorskip("nacl.signing", reason="PyNaCl is not installed: `scripts/setup --test` brings it")


class Dns(socketserver.ThreadingUDPServer):
    """A DNS server that knows the TXT records in `records`."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.asked: list[str] = []
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                import dns.message
                import dns.rrset

                raw, answer_to = self.request
                query = dns.message.from_wire(raw)
                name = query.question[0].name
                owner.asked.append(str(name))
                answer = dns.message.make_response(query)
                if text := owner.records.get(str(name)):
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
                answer_to.sendto(answer.to_wire(), self.client_address)

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def dns_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dns]:
    import dns.resolver

    attest._ANSWERS.clear()
    server = Dns()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    yield server
    server.shutdown()
    server.server_close()


def signed(mail: str, server: Dns, domain: str, known: bool = True) -> str:
    """The mail with a DKIM signature of a domain, whose key the server has."""
    key = signing.SigningKey.generate()
    head: bytes = dkim.sign(
        mail.encode(), b"s1", domain.encode(), base64.b64encode(bytes(key)), signature_algorithm=b"ed25519-sha256",
        include_headers=[b"From", b"Subject"],
    )  # fmt: skip
    if known:
        public = base64.b64encode(bytes(key.verify_key)).decode()
        server.records[f"s1._domainkey.{domain}."] = f"v=DKIM1; k=ed25519; p={public}"
    return head.decode().replace("\r\n", "\n") + mail


@pytest.mark.parametrize(
    ("domain", "change", "known", "result", "foreign"),
    [
        ("example.net", "", True, "good", False),
        ("example.net", "+int a = 1;", True, "bad", False),
        ("elsewhere.example", "", True, "good", True),
        ("example.net", "", False, "no key", False),
    ],
)
def test_dkim_is_judged_where_it_is_asked_for(
    domain: str, change: str, known: bool, result: str, foreign: bool, small: Path, dns_server: Dns, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    mail = mbox(small, "base", upstream(small, "base", TWO[:1])).partition("\n")[2]
    made = signed(mail, dns_server, domain, known)
    made = made.replace(change, "+int a = 2;") if change else made
    (tmp_path / "one.mbox").write_text(f"From u@x Thu Jan  1 00:00:00 2026\n{made}")
    assert main(["-C", str(small), "--json", "review", str(tmp_path / "one.mbox")]) == 0
    assert '"attested": []' in capsys.readouterr().out and dns_server.asked == [], "the DNS is asked on word only"
    assert main(["-C", str(small), "--json", "review", str(tmp_path / "one.mbox"), "--dkim"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["attested"]
    assert (one["kind"], one["result"], one["foreign"]) == ("dkim", result, foreign)
    assert dns_server.asked == [f"s1._domainkey.{domain}."]


@pytest.fixture
def patchwork(sealed: Path) -> Iterator[Server]:
    """A Patchwork, named by a profile of the user's that stands for vsock's."""
    found = Server()
    profiles = sealed / "config/patchflow/profiles"
    profiles.mkdir(parents=True)
    text = (ROOT / "kernel/profiles/vsock.toml").read_text()
    (profiles / "vsock.toml").write_text(text.replace("\ntitle", f'\npatchwork = "{found.url}"\ntitle', 1))
    yield found
    found.http.shutdown()


def test_patchworks_tests_stand_beside_the_patches(small: Path, patchwork: Server) -> None:
    mail = mbox(small, "base", upstream(small, "base", TWO))
    for number in (1, 2):
        patchwork.patches[f"v1-{number}@uwe"] = patch_document(number, f"v1-{number}@uwe", "new", "x")
    patchwork.checks[2] = [check_document("netdev/build_clang", "fail"), check_document("netdev/apply", "success")]
    ran = run_patchflow("-C", str(small), "--json", "review", "-", stdin=mail)
    assert ran.json["tests"] == [] and patchwork.asked == []
    ran = run_patchflow("-C", str(small), "--json", "review", "-", "--patchwork", stdin=mail)
    rows: list[Any] = ran.json["tests"]
    assert rows, ran.err
    assert [(row["message_id"], [t["context"] for t in row["tests"] if t["state"] == "fail"]) for row in rows] == [
        ("v1-1@uwe", []), ("v1-2@uwe", ["netdev/build_clang"]),
    ]  # fmt: skip
    assert "build_clang" in run_patchflow("-C", str(small), "review", "-", "--patchwork", stdin=mail).out
    patchwork.status = 500
    other = mbox(small, "base", upstream(small, "base", TWO), 2)  # what was asked for is known for ten minutes
    ran = run_patchflow("-C", str(small), "--json", "review", "-", "--patchwork", stdin=other)
    assert ran.code == 0 and ran.json["tests"] == [] and "500" in ran.err
