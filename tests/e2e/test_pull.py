"""A pull request: a signed tag that a public repository has, and git request-pull's mail."""

from __future__ import annotations

import email
import email.policy
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.faulty import FaultyServer


def p(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run_patchflow("-C", str(folder), "--json", *words)
    assert ran.code == code, (words, ran.out[-2000:], ran.err)
    return ran.json if ran.out.strip() else None


pytestmark = pytest.mark.skipif(not which("ssh-keygen"), reason="ssh-keygen is not installed: scripts/setup --test")


@pytest.fixture
def ready(series: Path, sealed: Path, smtp: Any) -> tuple[Path, Any]:
    """A series of somebody who signs with an SSH key, and the repository that others pull from."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", str(sealed / "key")]
    subprocess.run(words, check=True)
    git(series.parent, "init", "-q", "--bare", "public.git")
    git(series, "push", "-q", str(series.parent / "public.git"), "base")
    git(series, "remote", "add", "pub", "https://git.example.org/vsock.git")
    git(series, "config", f"url.{series.parent}/public.git.insteadOf", "https://git.example.org/vsock.git")
    git(series, "config", "gpg.format", "ssh")
    git(series, "config", "user.signingkey", str(sealed / "key"))
    return series, smtp


WORDS = ("send", "--pull", "pub", "--tag", "vsock-7.3")


def test_the_tag_is_signed_pushed_on_word_and_asked_to_be_pulled(ready: tuple[Path, Any]) -> None:
    folder, smtp = ready
    ran = run_patchflow("-C", str(folder), *WORDS, "--dry-run")
    assert ran.code == 1 and "no tag vsock-7.3 yet" in ran.err and git(folder, "tag") == "base"
    ran = run_patchflow("-C", str(folder), *WORDS, "--yes")
    assert ran.code == 1 and "git push pub vsock-7.3" in ran.err and smtp.messages() == []
    assert "SSH SIGNATURE" in git(folder, "cat-file", "tag", "vsock-7.3")
    ran = run_patchflow("-C", str(folder), *WORDS, "--push", "pub")
    assert ran.code == 0 and "Nothing was pushed" in ran.err, "nobody was there to say yes"
    document = p(folder, *WORDS, "--push", "pub", "--yes")
    assert document["state"] == "sent" and document["subject"] == "[GIT PULL] vsock: add one and two"
    assert git(folder.parent / "public.git", "rev-parse", "vsock-7.3") == document["object"]
    [raw] = smtp.messages()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_content()
    assert mail["Subject"] == "[GIT PULL] vsock: add one and two" and "marco@example.net" in mail["To"]
    assert "\n  https://git.example.org/vsock.git tags/vsock-7.3\n" in body and str(folder.parent) not in body
    assert "They are needed." in body and "SIGNATURE" not in body and "vsock: add two" in body
    assert f"since commit {git(folder, 'rev-parse', 'base^0')}" in body

    # Once, and no undo takes the mail back; the tag is one step, which it does.
    held = p(folder, *WORDS, "--yes", code=1)
    assert [gate["id"] for gate in held["gates"] if gate["blocks"]] == ["pull-sent"] and len(smtp.messages()) == 1
    assert p(folder, "undo", "--list")["steps"][0] == "tag vsock-7.3"
    assert p(folder, "status")["series"][0]["sent"] == [], "a pull request is no version of the patches"


def test_a_refused_one_leaves_later_with_the_same_message_id(ready: tuple[Path, Any]) -> None:
    folder, smtp = ready
    server = FaultyServer("451 mail", 1)
    git(folder, "config", "sendemail.smtpServerPort", str(server.port))
    document = p(folder, *WORDS, "--push", "pub", "--yes", code=4)
    assert document["state"] == "refused"
    server.stop()
    git(folder, "config", "--unset", "sendemail.smtpServerPort")
    assert p(folder, *WORDS, "--yes")["message_id"] == document["message_id"] and len(smtp.messages()) == 1


def test_what_would_not_be_what_is_described_is_refused(ready: tuple[Path, Any], sealed: Path) -> None:
    folder, smtp = ready
    git(folder, "tag", "light", "demo")
    git(folder, "tag", "-a", "-m", "not signed", "plain", "demo")
    for name, said in (("light", "is not signed"), ("plain", "is not signed"), ("base", "is"), ("-x", "not a name")):
        ran = run_patchflow("-C", str(folder), "send", "--pull", "pub", f"--tag={name}", "--yes")
        assert ran.code in (1, 2) and said in ran.err, (name, ran.err)
    p(folder, *WORDS, "--yes", code=1)
    other = git(folder, "commit-tree", "base^{tree}", "-p", "base", "-m", "x")
    git(folder, "push", "-q", "pub", f"{other}:refs/tags/vsock-7.3")
    ran = run_patchflow("-C", str(folder), *WORDS, "--yes")
    assert ran.code == 1 and "has another tag vsock-7.3" in ran.err
    commit(folder, "add three")
    assert "Name another one" in run_patchflow("-C", str(folder), *WORDS, "--yes").err
    git(folder, "config", "user.signingkey", str(sealed / "nosuchkey"))
    ran = run_patchflow("-C", str(folder), "send", "--pull", "pub", "--tag", "new", "--yes")
    assert ran.code == 1 and "could not sign the tag new" in ran.err and "user.signingkey" in ran.err
    assert "new" not in git(folder, "tag").split() and smtp.messages() == []
    for url in ("https://ada:secret@git.example.org/x", "--upload-pack=x", "http://a b"):
        assert run_patchflow("-C", str(folder), "send", f"--pull={url}", "--yes").code == 2, url
