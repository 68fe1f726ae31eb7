"""Kinds of faults found by reading mail that nobody had looked at, each with mails made up for it."""

from __future__ import annotations

from patchflow.domain.comment import Comment
from patchflow.formats.mail.comments import comments_of
from patchflow.formats.mail.threads import build_threads
from tests.mails import AUTHOR, OTHER, PATCH_BODY, mail, message, patch_mail


def found(*mails: bytes) -> list[Comment]:
    return [c for t in build_threads(map(message, mails)) for c in comments_of(t)]


def test_a_cover_letter_needs_no_patch_in_its_subject() -> None:
    cover = mail("This fixes two leaks.\n\nDiffstat:\n a | 1 +\n", sender=AUTHOR, subject="widget leaks", id="c@a.org")
    patch = patch_mail(subject="[PATCH 1/2] widget: Fix a leak", to="<c@a.org>")
    asked = mail("> This fixes two leaks.\n\nDo you have a reproducer?\n", subject="Re: widget leaks", to="<c@a.org>")
    (comment,) = found(cover, patch, asked)
    assert (comment.file, comment.line, comment.text) == ("cover", 3, "Do you have a reproducer?")
    ghost = patch_mail(subject="[PATCH 1/2] x: y", to="<c@a.org>", refs="<c@a.org> <ghost@b.org>")
    assert [c.file for c in found(cover, ghost, asked)] == ["cover"]
    assert not found(cover, asked), "without patches below it is talk"
    assert not found(cover, patch_mail(subject="[PATCH 1/2] x: y", sender=OTHER, to="<c@a.org>"), asked)


def test_the_end_of_a_quoted_line_that_a_mailer_broke_is_quoted() -> None:
    body = (
        "> -----Original Message-----\n> From: Ada Example <ada@example.org>\n> Sent: Monday, March 2, 2026 10:00 AM\n"
        "> To: widgets@lists.example.org; maintainers@lists.example.org;\nothers-\n> of-them@lists.example.org\n"
        "> Subject: [PATCH v2] widget: Fix a\nleak\n> \n> The probe leaks the queue when the\n"
        "second allocation\n> fails, because nobody frees it.\nWhy?\n"
        "> +\twidget = kzalloc(sizeof(*widget),\nGFP_KERNEL);\n> +\tif (!widget)\nunlikely()?\n"
    )
    comments = found(patch_mail(), mail(body, to="<p1@example.org>"))
    assert [(c.line, c.text) for c in comments] == [(4, "Why?"), (14, "unlikely()?")]


def test_a_remark_on_a_tag_is_no_end_of_a_line() -> None:
    body = "> Cc: stable@example.org\nNot for stable.\n> Signed-off-by: Ada Example <ada@example.org>\n"
    assert [c.text for c in found(patch_mail(), mail(body, to="<p1@example.org>"))] == ["Not for stable."]


def test_a_remark_below_somebodys_words_stands_where_they_were_said() -> None:
    patch, reviewed = patch_mail(), mail("> +\tkfree(widget);\nWhy?\n", to="<p1@example.org>")
    body = "> > +\tkfree(widget);\n>\n> Why?\n\nYes, why so late?\n\n>\n> Say: if (gone)\n"
    body += ">          stop();\n\nThat still leaks.\n"
    answer = mail(body, sender=OTHER, to="<r1@example.net>", id="r2@example.net")
    second = next(c for c in found(patch, reviewed, answer) if c.message == "r2@example.net")
    assert (second.file, second.line, second.text) == ("drivers/widget/core.c", 47, "That still leaks.")
    long = "".join(f"> more of it, line {n}\n" for n in range(30))
    body = f"> +\tkfree(widget);\n\nWhy?\n\n{long}\nWhat is this?\n"
    assert [(c.file, c.line) for c in found(patch, mail(body, to="<p1@example.org>"))][1] == ("", 0)


def test_a_notice_of_a_merge_in_linux_next_is_no_patch() -> None:
    body = f"Hi all,\n\nToday's merge got a conflict; I fixed it up:\n\n{PATCH_BODY}"
    notice = mail(body, sender=AUTHOR, subject="linux-next: manual merge of the widget tree", id="n@a.org")
    thanks = mail(
        "> kfree(widget);\n\nI'd take the other side.\n", subject="Re: linux-next: manual merge", to="<n@a.org>"
    )
    assert not found(notice, thanks)


def test_one_review_of_a_series_names_the_patch_that_each_block_quotes() -> None:
    second = PATCH_BODY.replace("drivers/widget/core.c", "drivers/widget/two.c").replace("widget_remove", "two_remove")
    second = second.replace("kfree(widget)", "kfree_sensitive(widget->secret)")
    patches = (
        patch_mail(subject="[PATCH 1/2] widget: Fix a leak"),
        patch_mail(second, subject="[PATCH 2/2] widget: Fix two", id="p2@example.org", to="<p1@example.org>"),
    )
    body = (
        "> +\twidget = kzalloc(sizeof(*widget), GFP_KERNEL);\nWhy?\n\n[ ... hunks not discussed ... ]\n\n"
        "> @@ -40,6 +42,9 @@ static void two_remove(struct device *dev)\n> +\tkfree_sensitive(widget->secret);\n"
        "> +++ b/drivers/widget/two.c\n> +\tkfree_sensitive(widget->secret);\nTwice?\n"
    )
    comments = found(*patches, mail(body, to="<p1@example.org>"))
    assert [(c.part, c.file, c.text) for c in comments] == [
        (1, "drivers/widget/core.c", "Why?"),
        (2, "drivers/widget/two.c", "Twice?"),
    ]


def test_quoted_code_of_a_patch_that_is_not_at_hand_is_no_message() -> None:
    subject, head = (
        "Re: [PATCH 2/3] widget: Add a queue",
        "> This adds a queue.\n>\n> It is needed.\n\nWho needs it?\n\n",
    )
    code = "> +\twidget->queue = queue;\n> +\twidget->size = 7;\n\nWhy seven?\n"
    patch = patch_mail(subject="[PATCH 1/3] widget: Fix a leak", to="<c@a.org>", refs="<c@a.org>")
    placed = [(c.file, c.line) for c in found(patch, mail(head + code, subject=subject, to="<gone@a.org>"))]
    assert placed == [("COMMIT_MSG", 5), ("", 0)]
    named = f"{head}> diff --git a/core.c b/core.c\n> --- a/core.c\n> +++ b/core.c\n> @@ -6,0 +7,2 @@\n{code}"
    placed = [(c.file, c.line) for c in found(patch, mail(named, subject=subject, to="<gone@a.org>"))]
    assert placed == [("COMMIT_MSG", 5), ("core.c", 8)]
