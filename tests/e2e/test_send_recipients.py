"""Who was shown is who gets it: RCPT TO at the server equals the page, whatever sendemail.* says, or nothing left."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from patchflow.demo.server import header
from patchflow.formats.mail.people import key_of
from tests.conftest import commit, git, run_patchflow
from tests.sampled import few

# Each is a set of keys; what some of them do changes from run to run, or needs two of them.
_SETTINGS: list[dict[str, str]] = [
    *({"suppresscc": kind} for kind in ("all", "cc", "body", "bodycc", "author", "self", "sob", "misc-by", "cccmd")),
    {"suppressfrom": "true"}, {"signedoffbycc": "true"}, {"signedoffcc": "true"}, {"cc": "Cc One <cc1@more.example>"},
    {"to": "to1@more.example, To Two <to2@more.example>"}, {"bcc": "bcc@more.example"},
    {"cc": "cc1@more.example", "bcc": "cc1@more.example"}, {"cccmd": "echo 'Cmd <cmd@more.example>' #"},
    {"tocmd": "echo tocmd@more.example #"}, {"tocmd": "date +t%N@more.example; :"},
    {"headercmd": "echo 'Cc: header@more.example' #"}, {"from": "Other Name <other@example.net>"},
    {"from": "netdev@vger.kernel.org"}, {"envelopesender": "bounce@example.net"}, {"envelopesender": "auto"},
    {"confirm": "never"}, {"confirm": "auto"}, {"confirm": "always"}, {"confirm": "compose"}, {"thread": "true"},
    {"chainreplyto": "true"}, {"tocover": "true"}, {"cccover": "true"}, {"annotate": "true"}, {"validate": "false"},
    {"smtpbatchsize": "1", "smtprelogindelay": "0"}, {"multiedit": "false"}, {"xmailer": "false"},
    {"assume8bitencoding": "UTF-8"}, {"transferencoding": "quoted-printable"}, {"composeencoding": "latin1"},
    {"identity": "work", "work.suppresscc": "all"}, {"identity": "work", "work.bcc": "work@more.example"},
    {"aliasfiletype": "mutt", "aliasesfile": "ALIASES"}, {"suppresscc": "all", "cc": "cc1@more.example"},
    {"suppresscc": "cccmd", "cccmd": "echo cmd@more.example #"},
]  # fmt: skip


def arrived(smtp: Any) -> list[tuple[str, set[str]]]:
    """Message-ID and RCPT TO of every mail that arrived."""
    return [
        (
            header(mail, "Message-ID").strip("<>"),
            {address.lower() for address in header(mail, "X-Envelope-To").split(", ")},
        )
        for mail in smtp.messages()
    ]


def shown(document: Any) -> dict[str, set[str]]:
    """Message-ID -> whom the page shows."""
    return {
        row["message_id"]: {key_of(one) for one in (*row["to"], *row["cc"], *document["bcc"])}
        for row in document["messages"]
    }


@pytest.mark.parametrize(
    "keys", few(_SETTINGS, 12), ids=lambda keys: "+".join(f"{k}={v[:12]}" for k, v in keys.items())
)
def test_the_envelope_is_the_page(series: Path, smtp: Any, tmp_path: Path, keys: dict[str, str]) -> None:
    (tmp_path / "aliases").write_text("alias netdev@vger.kernel.org somebody@more.example\nalias ada x@more.example\n")
    for key, value in keys.items():
        git(series, "config", f"sendemail.{key}", str(tmp_path / "aliases") if value == "ALIASES" else value)
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    got = arrived(smtp)
    if not got:
        assert ran.code != 0 and ("recipients-differ" in ran.out or "would not do what was shown" in ran.err), ran.err
        return
    assert ran.code == 0 and len(got) == 3, ran.err
    assert got == list(shown(ran.json).items())


def test_a_configuration_that_changes_after_the_page_stops_the_send(series: Path, smtp: Any, tmp_path: Path) -> None:
    """The page's own look at git send-email ends, and something sets suppresscc before the mails leave."""
    (tmp_path / "hooks").mkdir()
    hook = tmp_path / "hooks/sendemail-validate"
    hook.write_text(f"#!/bin/sh\ngit -C {series} config sendemail.suppresscc all\n")
    hook.chmod(0o755)
    git(series, "config", "core.hooksPath", str(tmp_path / "hooks"))
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1 and "git config was changed since this page was made" in ran.err
    assert smtp.messages() == []
    git(series, "config", "--unset", "sendemail.suppresscc")
    git(series, "config", "--unset", "core.hooksPath")
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    assert len(smtp.messages()) == 3


def test_a_key_that_is_set_while_the_mails_leave_stops_the_send(series: Path, smtp: Any, tmp_path: Path) -> None:
    """Git config is read for the page, and again when nobody can look any more: git send-email's question tells."""
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    real = shutil.which("git")
    evil = f'exec {real} -c sendemail.suppresscc=all "$@"'
    wrapper.write_text(f'#!/bin/sh\ncase "$*" in *--confirm=always*) {evil};; esac\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    ran = run_patchflow("-C", str(series), "send", "--yes", env={"PATH": f"{wrapper.parent}:{os.environ['PATH']}"})
    assert ran.code == 1 and "would not do what was shown: it would leave out" in ran.err
    assert smtp.messages() == []
    assert run_patchflow("-C", str(series), "send", "--resume", "--yes").code == 0
    assert len(smtp.messages()) == 3


def test_what_is_left_out_names_the_key_and_its_file(series: Path, smtp: Any) -> None:
    git(series, "config", "sendemail.suppresscc", "all")
    ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "recipients-differ=because")
    assert ran.code == 1 and smtp.messages() == [], "no reason lets it through"
    assert re.search(r"leave out .* because of sendemail\.suppresscc in \.git/config", ran.out)


@pytest.mark.parametrize("address", ["root@localhost", "ada@box.localdomain", "ada@laptop", "ada@box.local"])
def test_a_sender_nobody_can_answer(series: Path, smtp: Any, address: str) -> None:
    git(series, "config", "user.email", address)
    ran = run_patchflow("-C", str(series), "--json", "send", "--yes")
    assert ran.code == 1 and smtp.messages() == []
    assert any(address in gate["text"] for gate in ran.json["gates"] if gate["id"] == "sender")


def test_what_nipa_will_fail_stands_among_the_gates(small: Path) -> None:
    (small / "net/vmw_vsock/af_vsock.c").open("a").write("int fay;\n")
    git(small, "commit", "-q", "-a", "--author=Fay Fixed <fay@example.net>", "-m", "vsock: break it")
    broken = git(small, "log", "-1", "--abbrev=12", "--format=%h")
    git(small, "tag", "broken")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "broken").code == 0
    commit(small, "mend it")
    message = git(small, "log", "-1", "--format=%B").replace(
        "Signed-off-by", f'Fixes: {broken} ("vsock: break it")\nSigned-off-by'
    )
    git(small, "commit", "-q", "--amend", "-F", "-", stdin=message)
    line = "look: 'vsock: mend it': NIPA's cc_maintainers will fail"
    assert line not in run_patchflow("-C", str(small), "send", "--dry-run").out
    assert run_patchflow("-C", str(small), "cc", "--drop", "Fay Fixed <fay@example.net>").code == 0
    shown = run_patchflow("-C", str(small), "cc").out
    assert "cc_maintainers will fail" in shown, shown
    page = run_patchflow("-C", str(small), "send", "--dry-run").out
    assert line in page and "[nipa-cc]" in page, page
