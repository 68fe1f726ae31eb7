"""Newer revisions and the remarks on older ones: is the line they are about still there, and where."""

from __future__ import annotations

import pytest

from patchflow.domain.ours import Ours
from patchflow.flow.review.threads_view import all_comments
from patchflow.flow.review.todo_view import later_words, open_comments, todo_lines
from patchflow.formats.mail.threads import build_threads
from tests.mails import PATCH_BODY, REVIEWER, mail, message, patch_mail

REMARKS = "> +\tif (!widget)\n> +\t\treturn -ENOMEM;\nUse the helper.\n> +\tkfree(widget);\nIs this a double free?\n"
V3 = PATCH_BODY.replace("+\tkfree(widget);", "+\twidget_put(widget);").replace("@@ -10,7 +10,9 @@", "@@ -30,7 +30,9 @@")


def found_in(*mails: bytes) -> dict[str, str]:
    """What newer revisions made of each remark: its first words -> the words for it."""
    comments = all_comments(build_threads(map(message, mails)))
    return {c.text: later_words(c) for c in comments}


def v2() -> list[bytes]:
    return [patch_mail(), mail(REMARKS, to="<p1@example.org>"), mail("Why at all?\n", id="r9@example.net",
            to="<p1@example.org>", sender=REVIEWER)]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "subject", "joined"),
    [
        pytest.param(V3, "[PATCH v3] widget: Fix a leak", "its title", id="title"),
        pytest.param(V3, "[PATCH v3] widget: Free the queue", "its lines", id="lines"),
        pytest.param(V3, "[PATCH v2] widget: Free the queue", "", id="another patch"),
        pytest.param(
            V3.replace("---\n", "---\nLink to v2: https://lore.kernel.org/r/p1@example.org\n", 1)
            .replace("+", "+x"), "[PATCH v3] widget: Rewrite", "its link", id="link",
        ),
    ],
)  # fmt: skip
def test_a_line_is_gone_or_still_there(body: str, subject: str, joined: str) -> None:
    new = patch_mail(body, subject=subject, id="p2@example.org", date="Mon, 9 Mar 2026 10:00:00 +0000")
    found = found_in(*v2(), new)
    if not joined:
        assert set(found.values()) == {""}
        return
    gone = "its line is gone in v3"
    there = gone if joined == "its link" else "its line is still there in v3, at drivers/widget/core.c:35"
    assert found == {"Use the helper.": there, "Is this a double free?": gone, "Why at all?": "made on v2, v3 is out"}


def test_what_is_gone_waits_no_longer_but_is_kept() -> None:
    new = patch_mail(V3, subject="[PATCH v3] widget: Fix a leak", id="p2@example.org",
                     date="Mon, 9 Mar 2026 10:00:00 +0000")  # fmt: skip
    comments = all_comments(build_threads(map(message, [*v2(), new])))
    assert [c.text for c in open_comments(comments)] == ["Use the helper.", "Why at all?"]
    lines = "\n".join(todo_lines(comments))
    assert "On older revisions: 3" in lines and "gone in v3" in lines and "Is this a double free?" in lines


def test_a_strangers_revision_in_our_name_settles_nothing() -> None:
    forged = patch_mail(V3, subject="[PATCH v9] widget: Fix a leak", id="p9@example.org",
                        date="Mon, 9 Mar 2026 10:00:00 +0000")  # fmt: skip
    threads = build_threads(map(message, [*v2(), forged]))
    sent = frozenset({"p1@example.org"})
    assert [c.later for c in all_comments(threads, ours=Ours(sent, sent, (sent,)))] == [None] * 3
    both = sent | {"p9@example.org"}  # the user said that it is theirs
    assert [c.later is None for c in all_comments(threads, ours=Ours(sent, both, (sent,)))] == [False] * 3


def test_a_single_patch_sent_anew_replaces_no_series() -> None:
    first = [
        patch_mail(subject="[PATCH v2 1/3] widget: Fix a leak"),
        patch_mail(PATCH_BODY.replace("core.c", "a.c"), subject="[PATCH v2 2/3] widget: A", id="p2@example.org",
                   to="<p1@example.org>"),
        patch_mail(PATCH_BODY.replace("core.c", "b.c"), subject="[PATCH v2 3/3] widget: B", id="p3@example.org",
                   to="<p1@example.org>"),
        mail(REMARKS, to="<p1@example.org>"),
    ]  # fmt: skip
    anew = patch_mail(V3.replace("core.c", "b.c"), subject="[PATCH v3 3/3] widget: B", id="p4@example.org",
                      date="Mon, 9 Mar 2026 10:00:00 +0000", to="<p3@example.org>")  # fmt: skip
    assert set(found_in(*first, anew).values()) == {""}


def test_half_a_revision_says_nothing_of_what_is_not_at_hand() -> None:
    first = [patch_mail(subject="[PATCH v2 1/2] widget: Fix a leak"), mail(REMARKS, to="<p1@example.org>")]
    other = patch_mail(V3.replace("core.c", "other.c"), subject="[PATCH v3 2/2] widget: Other", id="p2@example.org",
                       date="Mon, 9 Mar 2026 10:00:00 +0000", to="<p1@example.org>")  # fmt: skip
    assert set(found_in(*first, other).values()) <= {"made on v2, v3 is out", ""}
