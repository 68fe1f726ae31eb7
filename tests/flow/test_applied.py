"""Who says by mail that a series was applied, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patchflow.domain.series import Revision, SentMessage
from patchflow.flow.series.applied_notices import applied_by_notice
from tests.mails import mail, message

SENT = Revision(1, datetime(2026, 3, 1, tzinfo=UTC), "", "", "PATCH", (SentMessage(1, "p1@x", "[PATCH] x"),))


def where(body: str, maintainer: bool = True) -> str | None:
    found = applied_by_notice(SENT, [message(mail(f"{body}\n", to="<p1@x>"))], (), lambda who: maintainer)
    return found and found.where


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        ("Applied, thanks!", "a tree"),
        ("> x\n\nThanks, applied to vhost.git.", "vhost.git"),
        ("I've merged both into net-next", "net-next"),
        ("Queued up, thank you", "a tree"),
        ("Many thanks for this, queued to linux-next", "linux-next"),
    ],
)
def test_a_maintainer_says_it(body: str, tree: str) -> None:
    assert where(body) == tree
    assert where(body, maintainer=False) is None


@pytest.mark.parametrize(
    "body",
    ["> Applied, thanks!", "Applied on top of what?", "Applied cleanly here.", "This was not applied.", "Looks good.",
     "Can this be applied?"],
)  # fmt: skip
def test_other_words_are_no_notice(body: str) -> None:
    assert where(body) is None


@pytest.mark.parametrize("dropped", [1, 2])
def test_one_patch_that_was_dropped_counts_more_than_the_applied_rest(dropped: int) -> None:
    sent = tuple(SentMessage(part, f"p{part}@x", f"[PATCH {part}/2] x{part}") for part in (1, 2))
    mails = [
        message(mail("Both applied, thanks!\n", to="<p1@x>", id="a@x")),
        message(
            mail("This patch was dropped.\n", to=f"<p{dropped}@x>", id="d@x", date="Tue, 3 Mar 2026 10:00:00 +0000")
        ),
    ]
    found = applied_by_notice(replace(SENT, messages=sent), mails, (), lambda who: True)
    assert found is not None and (found.dropped, found.parts) == (True, (dropped,))
