"""Drafts of replies: what is objected to, and what may stand as it is."""

from __future__ import annotations

import pytest

from patchflow.rules.registry import judge_reply
from tests.rules.examples import PROFILE, build_reply

LONG = "if (" + "a" * 40 + " && " + "b" * 40 + ")"


def found(text: str, references: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    draft, parent = build_reply(text)
    judged = judge_reply(draft, parent._replace(references=references), PROFILE)
    return {(finding.rule.removeprefix("reply-"), str(finding.severity)) for finding in judged}


@pytest.mark.parametrize(
    "text",
    [
        "On Monday, Bob wrote:\n" + "> x\n" * 30 + "\nDone.\n",
        "On Monday, Bob wrote:\n> On Sunday, Eve wrote:\n>> x\n> y\n\nDone.\n",
        "On Monday, Bob wrote:\n> Please.\n\nDone.\n\n-- \nAda\n",
        f"Done, see https://example.org/{'a' * 80}\n",
        f"Do this:\n\n\t{LONG}\n",
        f"+{LONG}\n-{LONG}\n\nLike this.\n",
        f"[   12.345678] {'word ' * 20}\n\nThis is what I see.\n",
        f"Reviewed-by: Ada {'Example ' * 8} <ada@example.org>\n",
        "> Reviewed-by: Ada Example <ada@example.org>\n\nThanks for that.\n",
        "> pw-bot: cr\n\nWhy?\n",
        "To: netdev@vger.kernel.org\nCc: Bob Example <bob@example.org>\n\nDone.\n",
        "Why not #include <linux/a.h> and <p>, as a list says?\n",
        "A ping of the socket fails.\n",
    ],
)
def test_it_may_stand_as_it_is(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        ("Content-Type: multipart/alternative; boundary=x\n\nDone.\n", "plain-text", "error"),
        ("Content-Type: text/plain; charset=utf-8; format=flowed\n\nDone.\n", "plain-text", "error"),
        ("<div>Done.</div>\n", "plain-text", "error"),
        ("Subject: [PATCH net-next] vsock: add it\n\nDone.\n", "threading", "warning"),
        ("Subject: Re: [PATCH net-next] another title\n\nDone.\n", "threading", "warning"),
        ("References: \n\nDone.\n", "threading", "error"),
        ("To: netdev@vger.kernel.org\nCc: \n\nDone.\n", "recipients", "error"),
        ("To: Bob Example <bob@example.org>\nCc: \n\nDone.\n", "recipients", "warning"),  # a private reply
        ("On Monday, Bob wrote:\n" + "> x\n" * 31 + "\nDone.\n", "quoting", "warning"),
        ("ok\n\n Acked-by: Ada Example <ada@example.org>\n", "tags", "warning"),
        ("Done.\n\n--\nAda\n", "footer", "warning"),
        ("On Monday, Bob wrote:\n> Please\n\nFriendly ping?\n", "footer", "warning"),
        ("Done.\n\nThis e-mail and any attachments are confidential.\n", "footer", "error"),
        ("Done.\n\npw-bot: cr\n", "footer", "warning"),
        ("word " * 20 + "\n", "wrapping", "warning"),
    ],
)
def test_it_is_objected_to(text: str, rule: str, severity: str) -> None:
    assert (rule, severity) in found(text)


def test_references_hold_those_of_the_mail_answered() -> None:
    text = "References: <{}patch@example.org>\n\nDone.\n"
    assert found(text.format("cover@example.org> <"), ("cover@example.org",)) == set()
    assert ("threading", "warning") in found(text.format(""), ("cover@example.org",))
