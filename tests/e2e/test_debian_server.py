"""A series through a real mail server of Debian's, Exim, on a loopback port with STARTTLS and AUTH."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.conftest import git, run_patchflow

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("exim4") is None,
    reason="Exim runs as root only, and `scripts/setup --test` brings it",
)

_CONFIG = """
spool_directory = {room}/spool
log_file_path = {room}/log-%s
primary_hostname = localhost
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {room}/cert.pem
tls_privatekey = {room}/key.pem
acl_smtp_rcpt = who
queue_only = false
begin acl
who:
  require encrypted = *
  require authenticated = *
  accept
begin routers
everyone:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  maildir_format
  directory = {room}/kept
  create_directory
  user = {user}
  batch_max = 100
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{ada}}}}{{eq{{$auth3}}{{secret}}}}}}}}
  server_set_id = $auth2
"""


@pytest.fixture
def exim(sealed: Path) -> Iterator[Path]:
    """The server, with a certificate that git send-email is told to trust; mails land in a folder."""
    with tempfile.TemporaryDirectory() as folder:  # not under tmp_path: only its owner gets in there
        yield from serve(Path(folder), sealed)


def serve(room: Path, sealed: Path) -> Iterator[Path]:
    """Runs the server in that folder, as its own user."""
    room.chmod(0o755)
    shutil.chown(room, "Debian-exim", "Debian-exim")
    for folder in (room / "spool", room / "kept"):
        folder.mkdir()
        shutil.chown(folder, "Debian-exim", "Debian-exim")
    authority = trustme.CA()
    cert = authority.issue_cert("localhost")
    cert.private_key_pem.write_to_path(str(room / "key.pem"))
    for blob in cert.cert_chain_pems:
        blob.write_to_path(str(room / "cert.pem"), append=True)
    authority.cert_pem.write_to_path(str(room / "ca.pem"))
    shutil.chown(room / "key.pem", "Debian-exim")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (room / "exim.conf").write_text(_CONFIG.format(room=room, port=port, user="Debian-exim"))
    with (sealed / "gitconfig").open("a") as file:
        file.write(
            f"[sendemail]\n\tsmtpServer = localhost\n\tsmtpServerPort = {port}\n\tsmtpEncryption = tls\n"
            f"\tsmtpUser = ada\n\tsmtpSSLCertPath = {room}/ca.pem\n"
            '[credential]\n\thelper = "!f() { echo password=secret; }; f"\n'
        )
    argv = ["exim4", "-C", str(room / "exim.conf"), "-bdf", "-q10m"]
    server = subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    for _ in range(50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield room / "kept"
    server.terminate()
    server.wait(timeout=20)


def test_a_series_over_starttls_and_auth(series: Path, exim: Path) -> None:
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    assert ran.code == 0, ran.out + ran.err
    wanted = {message["message_id"] for message in ran.json["messages"]}
    assert "secret" not in ran.out + ran.err, "a password never shows"
    deadline = time.monotonic() + 20
    found: list[str] = []
    while time.monotonic() < deadline and set(found) != wanted:
        texts = [path.read_text() for path in (exim / "new").glob("*")]
        found = [match[1] for text in texts if (match := re.search(r"(?im)^message-id: <(.*)>$", text))]
        time.sleep(0.2)
    assert set(found) == wanted
    state = series / ".git" / "patchflow"
    assert not [path for path in state.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert git(series, "for-each-ref", "refs/patchflow")
