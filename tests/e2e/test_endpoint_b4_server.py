"""patchflow against b4's own server, where a developer has it.

PATCHFLOW_B4_SERVER names a Python that has falcon, sqlalchemy (before 2), patatt and ezpi, and its send-receive.py:
`PATCHFLOW_B4_SERVER='VENV/bin/python CHECKOUT/misc/send-receive.py' pytest -m '' tests/e2e/test_endpoint_b4_server.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from patchflow.demo.server import header
from tests.conftest import commit, git, run_patchflow
from tests.signed import make_key, verdicts

NAMED = os.environ.get("PATCHFLOW_B4_SERVER", "").split()
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(len(NAMED) != 2, reason="PATCHFLOW_B4_SERVER names no Python and no misc/send-receive.py of b4"),
]
# The server's own file listens everywhere on one port; this takes its application alone.
SERVE = """
import importlib.util, sys
from wsgiref.simple_server import make_server
spec = importlib.util.spec_from_file_location("server", sys.argv[1])
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)
with make_server("127.0.0.1", 0, server.app) as http:
    print(http.server_port, flush=True)
    http.serve_forever()
"""
CONFIG = """[main]
myname = B4 Web Endpoint
myurl = http://localhost/_b4_submit
dburl = sqlite:///{folder}/auth.db
mydomains = kernel.org
from-recipient-delimiter = +
mustdest = .*@lists\\.example\\.org

[sendemail]
from = Web Endpoint <devnull@kernel.org>
smtpserver = localhost
smtpserverport = {port}

[public-inbox]
listid = Web Submitted Patches <patches.example.org>

[templates]
verify-subject = Web endpoint verification for $${{identity}}
verify-body = $${{challenge}}
signature = a bot
"""


@pytest.fixture
def url(tmp_path: Path, smtp: Any) -> Iterator[str]:
    """b4's server, which hands its mails to a server of the tests' own."""
    config = tmp_path / "config"
    config.write_text(CONFIG.format(folder=tmp_path, port=smtp.port))
    process = subprocess.Popen(
        [NAMED[0], "-c", SERVE, NAMED[1]], stdout=subprocess.PIPE, text=True, env={**os.environ, "CONFIG": str(config)}
    )
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    assert port, "b4's server did not start"
    yield f"http://127.0.0.1:{port}/_b4_submit"
    process.terminate()
    process.communicate()


def test_from_the_first_key_to_the_list(small: Path, smtp: Any, url: str) -> None:
    """The key is made known and proven, a series goes to oneself and then to the list, in one order, each once."""
    public = make_key(small)
    git(small, "config", "b4.send-endpoint-web", url)
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    commit(small, "add one")
    commit(small, "add two")
    text = "vsock: a topic\n\nIt is needed.\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=text).code == 0
    told = run_patchflow("-C", str(small), "setup", "--endpoint", stdin="yes\n")
    assert told.code == 0, told.err
    word = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", smtp.messages()[-1].decode())
    assert word
    proven = run_patchflow("-C", str(small), "setup", "--endpoint", "--verify", word[0])
    assert proven.code == 0, proven.err
    before = len(smtp.messages())
    to_oneself = run_patchflow("-C", str(small), "send", "--reflect", "--yes")
    assert to_oneself.code == 0, to_oneself.out + to_oneself.err
    assert {header(mail, "X-Envelope-To") for mail in smtp.messages()[before:]} == {"ada@example.org"}
    before = len(smtp.messages())
    sent = run_patchflow("-C", str(small), "--json", "send", "--yes")
    assert sent.code == 0, sent.out + sent.err
    mails = smtp.messages()[before:]
    assert [header(one, "Message-ID").strip("<>") for one in mails] == [
        one["message_id"] for one in sent.json["messages"]
    ]
    assert all("via B4" in header(one, "From") and header(one, "X-Original-From") for one in mails)
    # In a letter without a diff the server names no author, so only patches are signed as they arrive.
    assert all(verdicts(one, public) == [""] for one in mails[1:])
