"""The edges of a remark: attributions in any language, banners, greetings and footers are none; prose stays whole."""

from __future__ import annotations

import time

import pytest

from patchflow.domain.comment import Comment
from patchflow.formats.mail.comments import comments_of
from patchflow.formats.mail.threads import build_threads
from tests.mails import REVIEWER, mail, message, patch_mail

QUOTE = "> +\tkfree(widget);\n"


def remarks(body: str, sender: str = REVIEWER) -> list[Comment]:
    mails = [patch_mail(), mail(body, sender=sender, to="<p1@example.org>")]
    return [c for t in build_threads(map(message, mails)) for c in comments_of(t)]


ATTRIBUTIONS = [
    "On Mon, 2 Mar 2026 at 10:00, Ada Example <ada@example.org> wrote:",
    "On Mon, Mar 2, 2026 at 10:00 AM Ada Example\n<ada@example.org> wrote:",
    "Ada Example <ada@example.org> kirjoitti ma 2. maalisk. 2026 klo 10.00:",
    "Ada Example <ada@example.org> writes:",
    "在 2026/3/2 10:00, Ada Example 写道:",
    "在 2026/3/2 10:00, Ada Example 写道：",
    "Op ma 2 mrt 2026 om 10:00 schreef Ada Example <ada@example.org>:",
    "Ada Example <ada@example.org>:",
    "Ada Example <ada@example.org> 于2026年3月2日周一 10:00写道：",
    "Dne 02. 03. 26 v 10:00 Ada Example napsal(a):",
    "Em seg., 2 de mar. de 2026 às 10:00, Ada Example <ada@example.org> escreveu:",
    "2 Mart 2026 Pzt 10:00 tarihinde Ada Example <ada@example.org> şunu yazdı:",
    "2026. márc. 2. 10:00 keltezéssel, Ada Example írta:",
    "2026년 3월 2일 (월) 오전 10:00, Ada Example <ada@example.org>님이 작성:",
    "2026年3月2日(月) 10:00 Ada Example <ada@example.org>:",
    "пн, 2 мар. 2026 г. в 10:00, Ada Example <ada@example.org>:",
    "Den mån 2 mars 2026 10:00Ada Example <ada@example.org> skrev:",
    "From: Ada Example <ada@example.org> Sent: Monday, March 2, 2026 10:00 AM",
    "Am 02.03.26 um 10:00 schrieb Ada B. C. Example:",
    "Ada B. Example wrote:",
    "From: Ada Example <ada@example.org>\nDate: Mon, 2 Mar 2026 10:00:00 +0100",
    "* Ada Example <ada@example.org> [2026-03-02 10:00:00]:",
    "Quoting Ada Example (2026-03-02 10:00:00)",
    "+++ Ada Example [02/03/26 10:00 +0000]:",
    "---- On Mon, 02 Mar 2026 10:00:00 +0000 Ada Example <ada@example.org> wrote ---",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_an_attribution_is_no_remark(line: str) -> None:
    assert [c.text for c in remarks(f"Hello,\n\n{line}\n[...]\n{QUOTE}Why?\n")] == ["Why?"]
    assert [c.text for c in remarks(f"{line}\n{QUOTE}Why?\n")] == ["Why?"]
    assert [c.text for c in remarks(f"Hi Ada,\n\n{line}\n{QUOTE}Why?\n")] == ["Why?"]


@pytest.mark.parametrize(
    "line",
    [
        "A few nits below.", "A few nits below:", "Some comments inline.", "Just two small things below.", "See below.",
        "Few minor comments inline...", "My comments are below.", "Couple of questions:", "Hi,", "Hi Ada!",
        "Hello Ada,",
        "Ada,", "Hi all,", "Thanks for the patch!", "Thanks for your patch, a few comments below.", "[...]", "[snip]",
        "CAUTION: This email originated from outside of the organization.", "[External Email]", "[Public]",
        "EXTERNAL EMAIL: Do not click links or open attachments unless you know the content is safe",
        "Caution: This message originated from an External Source. Use proper caution when opening attachments.",
        "[clip]", "----- Ursprüngliche Mail -----", "---end quoted text---",
        "big snip...", "+CC Bo", "Minor stuff below.", "A nit below.", "Just a few nits, really.",
        "Some comments/questions from me...", "A few trivial things in here as well.", "with some nit-picks below.",
        "A couple of additional comments for this version.", "I have a few minor suggestions/questions.",
        "Just trivial notes on registers description for now.", "Looks pretty good. Just a few nits, really.",
        "AI review feedback (from https://example.org/1) below.", "One comment below, otherwise looks good.",
        "Thank you for the patch! A couple of questions and nits below.", "..[snip]", "..", "Details inline.", "+",
        "I have a few minor comments, but I think this is close to done.",
        "Some inline suggestions for making this binding better comply with the 'attempt to be complete' guideline.",
        "[AMD Official Use Only - General]", "External email: Use caution opening links or attachments",
        "Internal Use - Confidential", "[ Adding the author of the driver ]", "[+cc linux-mm]",
    ],
)  # fmt: skip
def test_what_stands_at_the_top_is_no_remark(line: str) -> None:
    assert [c.text for c in remarks(f"{line}\n\n{QUOTE}Why?\n")] == ["Why?"]


def test_words_put_to_somebody_else_are_no_task_of_the_author() -> None:
    cc = "Cc: Bo Keeper <bo@example.com>, Ada Example <ada@example.org>"
    for text, told in (
        ("Bo, do you take this one?", False), ("Bo can I get an ack?", False), ("@bo please have a look", False),
        ("@zoe please have a look", False),
        ("Bo and Zoe, can you look at this?", False), ("Bo et al., could you check?", False),
        ("Ada and Bo, do you have numbers?", True), ("Ada, do you have numbers?", True),
        ("@Ada please add numbers", True), ("Zoe, is this right?", True),
        ("Bo, do you take this?\n\nThe lock is missing.", True), ("Bool, not int: it is a flag.", True),
    ):  # fmt: skip
        mails = [patch_mail(), mail(f"{QUOTE}{text}\n", to="<p1@example.org>", extra=cc)]
        found = [c for t in build_threads(map(message, mails)) for c in comments_of(t)]
        assert bool(found) is told, text


@pytest.mark.parametrize(
    "tail",
    [
        "Thanks,\nRik", "Regards,\nRik\nWidgets Ltd", "--R",
        "Thanks,\n-Rik", "-- \nRik\nWidgets Ltd", "Best regards,\n\nRik Reviewer", "Cheers, Rik", "Rik",
        "_______________________________________________\nwidgets mailing list\nwidgets@lists.example.org",
        "widgets mailing list -- widgets@lists.example.org\nTo unsubscribe send an email to widgets-leave@example.org",
        "https://lists.example.org/mailman/listinfo/widgets", "Sent from my phone", "MBR, Rik",
        "Widgets Ltd, registered in England with number 123456", "\t\t\tRik", "R", "/R", "Kind regards\nRiko",
    ],
)  # fmt: skip
def test_what_stands_at_the_end_is_no_remark(tail: str) -> None:
    assert [c.text for c in remarks(f"{QUOTE}Why?\n\n{tail}\n")] == ["Why?"]


@pytest.mark.parametrize(
    "text",
    [
        "Make it a Link tag, e.g.,\n\nLink: https://lore.kernel.org/r/x@example.org",
        "subject: should say which driver it is",
        "Subject: widget: Free the queue\n\nwould be better.",
        "Cc: the maintainers of the core, too",
        "To: be honest, I'd drop it.",
        "Please add\n\nFixes: 0123456789ab (\"widget: Add the driver\")",
        "Date: is missing here",
        "Side-note: the other driver has the same bug",
        "From: the spec: it must be zero.",
        "Note: this sleeps.",
        "typo",
        "typo here",
        "Public functions want a comment.",
        "nit: sort these",
        "External callers exist, don't make it static",
        "Add the list: widgets@lists.example.org.",
        "Nacked-by: Rik Reviewer <rik@example.net>",
        "Reviewed-by tags do not belong here.",
        "As Ada wrote: it may sleep.",
        "The log of 2 Mar 2026 10:00 shows it:\n\n\tBUG: sleeping",
        "Removed in 5.4:",
        "Ada, please sort these.",
        "Some comments would help here.",
        "A few comments are missing here.",
        "One question is why it sleeps.",
        "Minor thing you forgot the lock.",
        "Some comments on why it sleeps, please.",
        "Comments: use /* */.",
        "Comment unnecessary and for widgets at least stick to C comments\nexcept in headers.",
        "Some comments on the naming as\nit is odd.",
        "We have such constants in one place, I'll update the commit. Thanks.",
        "Thanks for the patch. Sort these.",
        "Thanks for the patch, sort these",
        "Some things should move.",
        "Looks good. One comment: drop the brackets.",
    ],
)  # fmt: skip
def test_prose_stays_whole(text: str) -> None:
    for more in ("", f"{QUOTE}Why?\n"):
        found = remarks(f"{QUOTE}{text}\n{more}")
        assert found and " ".join(found[0].text.split()) == " ".join(text.split())


@pytest.mark.parametrize(
    "lead",
    ["I just made this same patch, so", "One minor code style nit below, but otherwise,",
     "Tested this patch, and with this, build is successful. Hence,",
     "whole series", "I sent this for the previous version, but FWIW", "Feel free to add", "Looks good to me, so",
     "Thanks Ada, this patch is good to me,", "Tested this for basic widgets, it still works.\n\nFeel free to add",
     "FWIW no problems from my side with this approach.\n", "For the widget part, feel free to add:"],
)  # fmt: skip
def test_what_leads_to_a_tag_is_no_remark(lead: str) -> None:
    assert remarks(f"{QUOTE}{lead}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n") == []


@pytest.mark.parametrize(
    "lead",
    ["Once the lock is taken", "With the brackets gone", "The label is wrong, otherwise", "Missing blank line",
     "nit: sort", "After you fix that you can add:", "I would sort these, but",
     "unless it sleeps", "typo, with that fixed"],
)  # fmt: skip
def test_a_remark_above_a_tag_stays_one(lead: str) -> None:
    assert len(remarks(f"{QUOTE}{lead}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n")) == 1


@pytest.mark.parametrize(
    "words",
    ["I've taken this for a spin on two boards and haven't noticed anything unusual.",
     "LGTM. Assuming this goes in together with the other patches of the series:",
     "I don't see any major issue with the series, just a bunch of minor nit-picks.\nFWIW,",
     "Thanks for this new version. On my side I do not have further comments.",
     "Thanks for updating the comment and fixing the type from the last round;"],
)  # fmt: skip
def test_words_of_the_writer_alone_beside_a_tag_are_no_remark(words: str) -> None:
    assert remarks(f"{QUOTE}{words}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n") == []


@pytest.mark.parametrize(
    "words",
    ["I still see a hang with this.", "I get 65535 on my board.", "I'm confused by the label.", "I would sort these.",
     "We leak the queue here.", "Thanks for this. The label is stale.", "I've hit a warning with it.",
     "My board hangs.", "I believe the lock is taken twice.", "Sort these.", "I have a board where it is zero."],
)  # fmt: skip
def test_what_a_writer_saw_beside_a_tag_is_a_remark(words: str) -> None:
    assert len(remarks(f"{QUOTE}{words}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n")) == 1
    assert len(remarks(f"{QUOTE}Thanks for this. {words}\n")) == 1


@pytest.mark.parametrize(
    "words",
    ["NP, thanks for letting me know. I'll drop the series.", "Looks good, I'll add it to the github tree, thanks.",
     "Yeah my setup is a bit funky these days, I'm sorry.",
     "First off, thank you very much for your attention to this.",
     "On Mon, 2 Mar 2026 10:00:00 +0000, Ada Example wrote:\nThank you very much for this.",
     "From: Rik Reviewer <rik@example.net>",
     "Enjoy!\n\nThe following changes since commit " + "0" * 40
     + ":\n\n  Linux 6.1\n\nare available in the Git repository at:\n",
     "Thanks for this update, I'm running the same tests on my board and I'll report back."],
)  # fmt: skip
def test_news_and_thanks_are_no_remark(words: str) -> None:
    assert remarks(f"{QUOTE}{words}\n") == []


@pytest.mark.parametrize(
    "nit",
    [
        "s/recieve/receive/",
        "recieve -> receive",
        "extra newline",
        "double blank line",
        "stray change",
        "leaks widget on error",
        "widget_free() leaks",
        "kernel-doc",
        "Same here",
        "ditto",
        "+ blank line",
    ],
)
def test_a_few_words_above_a_tag_are_a_remark(nit: str) -> None:
    assert len(remarks(f"{QUOTE}\n{nit}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n")) == 1


@pytest.mark.parametrize("lead", ["For the widget part", "fs/widget parts", "FWIW", "From my side", "With that"])
def test_a_few_words_that_lead_to_a_tag_are_none(lead: str) -> None:
    assert remarks(f"{QUOTE}\n{lead}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n") == []


@pytest.mark.parametrize(
    "lead",
    [
        "Just one nit inline, other than that:",
        "Just a nit inline. Fixing it:",
        "A few comments inline. With those addressed:",
        "Looks good to me besides one comment below. Feel free to add after fixing it:",
    ],
)
def test_a_tag_upon_remarks_elsewhere_is_none(lead: str) -> None:
    tag = "\n\nReviewed-by: Rik Reviewer <rik@example.net>\n"
    assert [c.text for c in remarks(f"{lead}{tag}\n{QUOTE}Double free?\n")] == ["Double free?"]


@pytest.mark.parametrize("lead", ["Fixing the leak first:", "One nit, rename it.", "Good, except for the lock below."])
def test_a_tag_upon_what_is_said_there_is_a_remark(lead: str) -> None:
    assert len(remarks(f"{QUOTE}{lead}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n")) == 1


def test_a_word_to_patchworks_bot_is_no_part_of_a_remark() -> None:
    body = f"{QUOTE}\ns/recieve/receive/\n\nReviewed-by: Rik Reviewer <rik@example.net>\npw-bot: not-applicable\n"
    assert [c.text for c in remarks(body)] == ["s/recieve/receive/"]


def test_thousands_of_spaces_are_read_at_once() -> None:
    begun = time.process_time()
    assert len(remarks(f"{QUOTE}Why{' ' * 60_000}so?\n")) == 1
    assert time.process_time() - begun < 2
