"""Mails are signed as their last step, and the real patatt verifies what arrives.

PATCHFLOW_SIGNED_MAILS says how many random mails are signed (60; 1,000 in `make test-attack`).
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import patatt
import pytest

from patchflow.adapters.mail.signing import Key, find_key, sign
from patchflow.domain.address import Address
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.send import run
from patchflow.flow.send.plan import Options
from patchflow.formats.patch import compose
from patchflow.formats.signing import section_to_sign
from tests.conftest import ROOT, git, run_patchflow
from tests.sampled import times
from tests.signed import IDENTITY, make_key, signed_part, verdicts

COUNT = int(os.environ.get("PATCHFLOW_SIGNED_MAILS") or times(60, 1000))
WORDS = (
    "vsock", "größe", "中文", "=?utf-8?q?x?=", "From here", "---", "-- 8< --", "a  b\t", "\u200b", "[RFC]", "x" * 90,
    "Subject: y", "From: Eve <eve@example.org>", "\r", "\xa0", "->", ";", "b=", '"q"', "(c)",
)  # fmt: skip


@pytest.fixture
def key(small: Path) -> Key:
    make_key(small)
    here = Clone(str(small))
    return find_key(here.repository.config, "", here.repository.common)


@pytest.fixture
def signing(series: Path) -> tuple[Path, str]:
    public = make_key(series)
    git(series, "config", "patchflow.sign", "true")
    return series, public


def random_mail(chance: random.Random) -> bytes:
    """A patch mail as ours are made: words of every kind in the names, the subject, the message and the diff."""

    def words(most: int) -> str:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, most)))

    me = Address(compose.one_line(words(3)), IDENTITY)
    body = "\n".join(words(8) for _ in range(chance.randint(1, 12)))
    diff = "\n".join(f"{chance.choice('+- ')}{words(4)}" for _ in range(chance.randint(1, 30)))
    subject = compose.encode_header(f"Subject: [PATCH] vsock: {compose.one_line(words(5))}")
    text = (
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001\nFrom: {compose.address_header(me)}\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\n{subject}\n\n{body}\n---\n a.c | 1 +\n\ndiff --git a/a.c b/a.c\n"
        f"--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n{diff}\n"
    )
    text = compose.ensure_mime(compose.add_tail(text, "0" * 40, "", chance.choice(("", "2.39.5"))))
    head = [("To", "list@example.org"), ("Message-ID", f"<{chance.random()}@example.org>")]
    return compose.set_headers(text, head).encode("utf-8", "surrogateescape")


def test_random_mails_verify(key: Key) -> None:
    chance = random.Random(1)
    for number in range(COUNT):
        raw = random_mail(chance)
        made = sign(key, raw)
        assert verdicts(made, key.public) == [""], (number, raw)
        head, _, body = made.partition(b"\n\n")
        assert body == raw.partition(b"\n\n")[2] and head.startswith(raw.partition(b"\n\n")[0]), "nothing else changes"
        assert verdicts(made.replace(b"\n", b"\r\n"), key.public) == [""], "as SMTP carries it"


@pytest.mark.long
def test_each_byte_that_is_signed_counts(key: Key) -> None:
    """Every byte of a mail changed in turn: the signature holds where patatt reads the same, and nowhere else."""
    raw = b"".join((
        b"From: Ada <ada@example.org>\nSubject: [PATCH] vsock: add a\nMessage-ID: <1@example.org>\n",
        b"Cc: x@example.org\n\nSay why.\n---\n a.c | 1 +\n\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n",
        b"@@ -0,0 +1 @@\n+int a;\n",
    ))  # fmt: skip
    made = sign(key, raw)
    whole, held = signed_part(made), 0
    for at in range(len(made)):
        changed = made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :]
        try:
            good = verdicts(changed, key.public) == [""]
            same = good and signed_part(changed) == whole
        except (RuntimeError, ValueError, AssertionError, LookupError):
            continue  # it is no mail any more
        held += good
        assert good == same, (at, changed)
    # What may change: Cc, the bracket in front of the subject, and what tells which key it may have been.
    assert 0 < held < len(made) / 3
    # And of what is signed, without git's reading in between, each bit.
    message = patatt.PatattMessage(made)
    message.git_canonicalize()
    assert message.canon_body and message.canon_headers
    for at in range(len(message.canon_body) - 2):
        body = message.canon_body
        message.canon_body = body[:at] + bytes([body[at] ^ (1 << at % 8)]) + body[at + 1 :]
        with pytest.raises(patatt.ValidationError):
            message.get_sigs()
            message.validate(IDENTITY, key.public)
        message.canon_body = body


def test_the_page_says_who_signs_and_what_arrives_verifies(signing: tuple[Path, str], smtp: Any) -> None:
    folder, public = signing
    git(folder, "config", "sendemail.cc", "rita@example.net")  # git config adds to the mails before they are signed
    shown = run_patchflow("-C", str(folder), "send", "--dry-run")
    assert "signed with ed25519:test by ada@example.org" in shown.out, shown.out + shown.err
    assert run_patchflow("-C", str(folder), "--json", "send", "--dry-run").json["signed"].startswith("ed25519:test")
    ran = run_patchflow("-C", str(folder), "send", "--yes")
    assert ran.code == 0, ran.err
    assert len(smtp.messages()) == 3
    for mail in smtp.messages():
        assert verdicts(mail, public) == [""]
        assert b"s=test;" in mail and b"rita@example.net" in mail
        assert verdicts(mail.replace(b"int add", b"int ada").replace(b"needed", b"heeded"), public) != [""]


def test_a_mail_of_another_author_verifies(signing: tuple[Path, str], smtp: Any) -> None:
    """git send-email puts the author into the body, where git's readers look; patatt reads as they do."""
    folder, public = signing
    git(folder, "config", "user.name", "Zoë Müller")
    git(folder, "commit", "-q", "--amend", "--no-edit", "--author", "Łukasz Other <other@example.net>")
    ran = run_patchflow("-C", str(folder), "send", "--yes", *(f"--override={one}=test" for one in (
        "signedoff", "signedoff-author", "author-signed")))  # fmt: skip
    assert ran.code == 0, ran.out + ran.err
    last = smtp.messages()[-1]
    assert re.search(rb"\n\nFrom: .*other@example.net", last)
    assert verdicts(last, public) == [""]


@pytest.mark.long
def test_to_oneself_and_into_a_folder(signing: tuple[Path, str], smtp: Any, tmp_path: Path) -> None:
    folder, public = signing
    assert run_patchflow("-C", str(folder), "send", "--to-outbox", str(tmp_path / "out")).code == 0
    assert [verdicts(path.read_bytes(), public) for path in (tmp_path / "out").iterdir()] == [[""]] * 3
    assert run_patchflow("-C", str(folder), "send", "--reflect", "--yes").code == 0
    assert [verdicts(mail, public) for mail in smtp.messages()] == [[""]] * 3
    assert run_patchflow("-C", str(folder), "send", "--preview-to", "carol@example.com", "--yes").code == 0
    assert [verdicts(mail, public) for mail in smtp.messages()[3:]] == [[""]] * 3, "signed after they were marked"


def test_what_is_nearest_says_whether(small: Path) -> None:
    config: dict[str, str] = {}

    def asked(said: str = "") -> str | None:
        return section_to_sign(said, config.get, "b", "net")

    assert asked() is None
    for key, value, wanted in (
        ("patchflow.sign", "true", ""), ("patchflow.net.sign", "no", None), ("branch.b.patchflow-sign", "work", "work"),
    ):  # fmt: skip
        config[key] = value
        assert asked() == wanted
    assert asked("no") is None and asked("YES") == "" and asked("home") == "home"


@pytest.mark.long
def test_a_section_of_its_own_for_a_series(series: Path, smtp: Any) -> None:
    make_key(series, "usual")
    public = make_key(series, "work", "company")
    git(series, "config", "branch.demo.patchflow-sign", "company")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 0, ran.err
    assert "signed with ed25519:work by" in ran.out
    assert [verdicts(mail, public) for mail in smtp.messages()] == [[""]] * 3
    assert "signed" not in run_patchflow("-C", str(series), "send", "--dry-run", "--resend", "--sign", "no").out


@pytest.mark.long
def test_a_key_that_is_not_there_stops_it(series: Path, smtp: Any) -> None:
    for key, value, said in (
        ("patchflow.sign", "yes", "patatt.signingkey of git config is not set"),
        ("patatt.signingkey", "ed25519:gone", "gone.key does not exist"),
        ("patatt.signingkey", "rot13:x", "names no kind of key"),
    ):
        git(series, "config", key, value)
        ran = run_patchflow("-C", str(series), "send", "--yes", "--override", "signature=let me")
        assert ran.code == 1 and said in ran.out and "[signature]" in ran.out, ran.out + ran.err
    make_key(series)
    private = Path(os.environ["HOME"]) / ".local/share/patatt/private/test.key"
    private.write_text("this is my secret")
    ran = run_patchflow("-C", str(series), "send", "--yes")
    assert ran.code == 1 and "could not sign with ed25519:test" in ran.out and "my secret" not in ran.out + ran.err
    assert smtp.messages() == []
    assert run_patchflow("-C", str(series), "send", "--yes", "--sign", "no").code == 0


def test_without_the_library_one_sentence_says_how(signing: tuple[Path, str], smtp: Any, tmp_path: Path) -> None:
    (tmp_path / "lacks").mkdir()
    (tmp_path / "lacks/patatt.py").write_text("raise ImportError('not here')\n")
    env = {"PYTHONPATH": f"{tmp_path / 'lacks'}:{ROOT}", "PYTHONNOUSERSITE": "1"}  # an interpreter of its own
    ran = run_patchflow("-C", str(signing[0]), "send", "--yes", env=env)
    assert ran.code == 1, ran.out + ran.err
    assert "patatt, which is not installed; `pip install 'patchflow[patatt]'`" in ran.out
    assert smtp.messages() == []


def test_a_page_is_stale_once_the_key_changes(signing: tuple[Path, str], smtp: Any) -> None:
    here = Clone(str(signing[0]))
    plan = run.plan_send(here, here.store.load("demo"), Options())
    git(signing[0], "config", "patatt.signingkey", "ed25519:other")
    with pytest.raises(PatchflowError, match="git config was changed"):
        run.send_plan(Clone(str(signing[0])), plan)
    assert smtp.messages() == []


def test_who_does_not_sign_loads_no_library() -> None:
    code = (
        "import sys, patchflow.flow.send.run, patchflow.cli.send, patchflow.tui.work.sending\n"
        "print(sorted({'patatt', 'nacl', 'requests', 'patchflow.flow.send.leaving', 'patchflow.flow.send.relay'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
