"""An AI's review is taken apart into remarks, each with its facts."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import pytest

from patchflow.formats.mail.bots import form_of
from patchflow.formats.mail.bots.review import facts_of, noise, remark_facts, remarks
from tests.formats.bot_mails import SASHIKO
from tests.formats.robot_mails import REVIEW, read
from tests.mails import mail, message


def own_parts(body: str) -> list[list[str]]:
    """The runs of unquoted lines."""
    parts: list[list[str]] = [[]]
    for line in body.split("\n"):
        if line.startswith(">"):
            parts.append([])
        else:
            parts[-1].append(line)
    return [part for part in parts if any(part)]


def test_an_ai_review_is_taken_apart() -> None:
    report = read(SASHIKO, "Re: [PATCH v2 1/3] widget: Fix a leak", REVIEW)[1]
    assert [(issue.severity, issue.known, issue.text[:20]) for issue in report.issues] == [
        ("high", False, "The queue is freed t"),
        ("low", False, "A comment is wrong."),
        ("critical", True, "Nobody locks the lis"),
    ]
    assert report.title == "[PATCH v2 1/3] widget: Fix a leak"
    assert report.link == "https://sashiko.dev/#/patchset/1@example.org?part=1"
    parts = own_parts(REVIEW)
    assert noise("\n".join(parts[0]))
    found = [[part[at] for at in one] for part in parts for one in remarks(part)]
    assert [one[1] for one in found] == [
        "Is the queue freed twice here?",
        "This isn't a bug, but should the comment name the queue?",
        "This is a pre-existing issue, but who locks the list?",
    ]
    assert found[0][-1] == "}"
    assert [remark_facts("\n".join(one)) for one in found] == [("high", None), ("low", None), ("critical", True)]
    assert facts_of(report, ["\n".join(one) for one in found]) == [("high", False), ("low", False), ("critical", True)]
    # Reviews whose remarks bear no severity: the list at the top tells it, where it has as many.
    bare = ["Is the queue freed twice?", "Wrong comment?", "Who locks the list?"]
    assert facts_of(report, bare) == [("high", False), ("low", False), ("critical", True)]
    assert facts_of(report, bare[:2]) == [("", None), ("", None)]


def test_an_ai_review_that_quotes_nothing() -> None:
    head = REVIEW.partition("--\n")[0] + (
        "--\n\nNote: The standard inline diff format has been altered to a free-form\nsummary due to recitation restrictions.\n\n"
        "commit fedcba9876543210fedcba9876543210fedcba98\nAuthor: Ada Example <ada@example.org>\n\nwidget: Fix a leak\n\n"
        "This commit frees the queue.\n\n"
    )
    marked = head + "[Severity: High]\nIs the queue freed twice in drivers/widget/core.c?\n\nIt is freed above.\n"
    found = remarks(marked.split("\n"))
    assert [marked.split("\n")[one[1]] for one in found] == ["Is the queue freed twice in drivers/widget/core.c?"]
    assert noise(head + "Is the queue freed twice?\n")  # what it says then is the list at its top
    assert len(read(SASHIKO, "Re: a", head)[1].issues) == 3


NOISE = [
    "\n---\nAI reviewed your patch. Please fix the bug or email reply why it's not a bug.\nSee: https://git.example.org/ci/README.md\n\nCI run summary: https://git.example.org/actions/runs/1\n",
    "This is an AI-generated review of your patch. The human sending this\nemail has considered the AI review valid, or at least plausible.\n---\nwidget: Fix a leak\n\nThis commit frees the queue.\n",
    "commit fedcba9876543210fedcba9876543210fedcba98\nAuthor: Ada Example <ada@example.org>\n\nwidget: Fix a leak\n\nFrees the queue.",
    "Sashiko has reviewed this patch and found no issues. It looks great!",
    "Sashiko AI review · https://sashiko.dev/#/patchset/1@example.org?part=1",
    "[ ... ]\n\n",
    "[ ... one() and two() hunks\n      unrelated to the comments below ... ]\n\nThis is an AI-generated review.\n\n",
    "| a | b |\n+---+---+---+\n",
    "https://dashboard.example.org/1\n",
    "",
]


@pytest.mark.parametrize("text", NOISE, ids=range(len(NOISE)))
def test_the_frame_of_a_review_is_no_remark(text: str) -> None:
    assert noise(text)
    own = remarks(["Can this be NULL?", *text.split("\n")])
    assert own == [[0]]


REMARKS = [
    ("[High] Can this be NULL?", "high", None),
    ("**[Severity: Medium, confidence 80%]**\nCan this be NULL?", "medium", None),
    ("Severity: low\nCan this be NULL?", "low", None),
    ("[Severity: High]\nThis isn't a bug introduced by this patch, but does it leak?", "high", True),
    ("This issue existed before this patch: who frees it?", "", True),
    ("These look like pre-existing problems.", "", True),
    ("It was not introduced by this commit, though.", "", True),
    ("Does this patch introduces a leak? This patch introduces one.", "", False),
    ("Is this a new bug in the error path?", "", False),
    ("Does this make the pre-existing race in widget_poll() easier to hit?", "", None),
    ("Does the new helper copy a pre-existing flaw of widget_put()?", "", None),
    ("This isn't a bug, but should the function be static?", "", None),
    ("Is it High time for this?", "", None),
]


@pytest.mark.parametrize(("text", "severity", "known"), REMARKS)
def test_severity_and_age_of_a_remark(text: str, severity: str, known: bool | None) -> None:
    assert remark_facts(text) == (severity, known)


def test_a_remark_in_a_note_of_thanks_is_not_lost() -> None:
    entries = "[1/2] widget: Fix a leak\n      commit: fedcba9876543210fedcba9876543210fedcba98\n"
    for words in ("Applied to for-next, thanks!", "Applied to\n\n   https://git.example.org/a.git for-next\n\nThanks!"):
        assert form_of(message(mail(f"{words}\n\n{entries}")), None) == "news"
    for words in (
        "Applied 1/2, but please resend 2/2 with the comment fixed.",
        "Applied, thanks!\n\nI reworded the comment of the first one, could you check that it is still right?",
        "This breaks the build, see the list of what it touches:",
    ):
        assert form_of(message(mail(f"{words}\n\n{entries}")), None) == ""
