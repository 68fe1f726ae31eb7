"""What looks like a secret, and what only looks like one."""

from __future__ import annotations

import pytest

from patchflow.formats.secrets import masked, masked_value


@pytest.mark.parametrize(
    "text",
    [
        "msmtp --pass=hunter2", "msmtp --password hunter2 -t", "password = hunter2", "passwordeval gpg -d hunter2",
        "https://ada:hunter2@example.org/x", "smtp://ada:hunter2@[::1]:25", '{"token": "hunter2"}', "PASSWD='hunter2'",
        "curl -H 'Authorization: hunter2'", "AUTH PLAIN hunter2", "--api-key=hunter2", "smtp_secret:hunter2",
        'msmtp --passwordeval="pass show hunter2" --user=x',
    ],
)  # fmt: skip
def test_masked(text: str) -> None:
    assert "hunter2" not in masked(text)
    assert masked(text) != text


@pytest.mark.parametrize(
    "text",
    [
        "git send-email --to=a@example.org --smtp-server=127.0.0.1", "https://lore.kernel.org/netdev/", "git@host:path",
        "Author: Ada <ada@example.org>", "checkpatch.pl --strict passed", "bypass the queue", "https://x.example/a:b@c",
    ],
)  # fmt: skip
def test_left_alone(text: str) -> None:
    assert masked(text) == text


def test_keys() -> None:
    assert masked_value("sendemail.smtppass", "hunter2") == "***"
    assert masked_value("sendemail.smtpserver", "mail.example.org") == "mail.example.org"
