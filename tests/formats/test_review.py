"""Comments: found, placed, and told apart from what is none."""

from __future__ import annotations

import pytest

from patchflow.domain.bot import Bot
from patchflow.domain.comment import Comment, CommentState, Side
from patchflow.formats.mail.comments import comments_of
from patchflow.formats.mail.threads import build_threads
from tests.mails import AUTHOR, OTHER, PATCH_BODY, mail, message, patch_mail

FILE = "drivers/widget/core.c"


def quoted(first: str, last: str = "", mark: str = "> ") -> str:
    """The patch's lines from the first that holds `first` to the next that holds `last`, quoted."""
    lines = PATCH_BODY.split("\n")
    start = next(n for n, line in enumerate(lines) if first in line)
    end = next(n for n in range(start, len(lines)) if (last or first) in lines[n])
    return "".join(f"{mark}{line}".rstrip() + "\n" for line in lines[start : end + 1])


def review(*bodies: str, extra: str = "") -> list[Comment]:
    """The comments of replies to the patch; each answers the one before it where its author is AUTHOR or OTHER."""
    mails = [patch_mail()]
    refs = "<p1@example.org>"
    for number, body in enumerate(bodies):
        sender = {1: AUTHOR, 2: OTHER}.get(number, "Rik Reviewer <rik@example.net>")
        id = f"r{number}@example.net"
        mails.append(
            mail(body, sender=sender, id=id, refs=refs, date=f"{3 + number} Mar 2026 10:00:00 +0000", extra=extra)
        )
        refs += f" <{id}>"
    return [c for t in build_threads(message(raw) for raw in mails) for c in comments_of(t)]


def one(*bodies: str, extra: str = "") -> Comment:
    found = review(*bodies, extra=extra)
    assert len(found) == 1, found
    return found[0]


def test_a_remark_below_a_fully_quoted_patch_is_on_its_last_line() -> None:
    body = "On Mon, Ada wrote:\n" + quoted("The probe", "return -ENOMEM") + "\nOne line would do.\n"
    found = one(body)
    assert (found.file, found.line, found.side, found.text) == (FILE, 15, Side.NEW, "One line would do.")
    assert found.quote[-1] == "+\t\treturn -ENOMEM;"


def test_a_removed_line_counts_in_the_old_file() -> None:
    found = one(quoted("-\twidget = kzalloc") + "Why drop this?\n")
    assert (found.line, found.side) == (13, Side.OLD)


@pytest.mark.parametrize("mark", ["> ", ">", "> > ", ">> ", "  > "[1:], "Ada> "])
def test_every_quote_mark(mark: str) -> None:
    found = one(quoted("@@ -10", "return -ENOMEM", mark) + "Hm?\n")
    assert (found.file, found.line) == (FILE, 15)


def test_trimmed_to_one_line_without_diff_or_hunk_header() -> None:
    assert one(quoted("+\tkfree(widget)") + "\nDouble free.\n").line == 47


def test_a_line_that_occurs_twice_is_told_by_its_neighbours() -> None:
    assert one(quoted("widget_stop", "return;") + "Never true.\n").line == 46
    body = quoted("+\twidget = kzalloc") + "> +\tif (!widget)\n" + "Say IS_ERR.\n"
    assert one(body).line == 14


def test_wrapped_and_white_space_damaged_quotes() -> None:
    assert one("> +       widget = kzalloc(sizeof(*widget),\n> GFP_KERNEL);\nUse devm.\n").line == 13
    assert one("> + widget  =  kzalloc( sizeof(*widget), GFP_KERNEL);\nUse devm.\n").line == 13


def test_on_the_commit_message_and_on_nothing() -> None:
    found = one(quoted("Free it on") + "Say how.\n")
    assert (found.file, found.line) == ("COMMIT_MSG", 6)
    assert one("Which tree is this for?\n").file == ""
    assert one(quoted("The probe", "1 file changed") + "Please split this.\n").file == ""


@pytest.mark.parametrize(
    "body",
    [
        "Hi Ada,\n\n" + quoted("kfree") + "\nThanks,\nRik\n",
        quoted("kfree") + "\nReviewed-by: Rik Reviewer <rik@example.net>\n",
        quoted("kfree") + "\nLGTM!\n\nReviewed-by: Rik Reviewer <rik@example.net>\n",
        quoted("kfree") + "\n[...]\n" + quoted("widget_stop") + "<snip>\n",
        quoted("kfree") + "\n-- \nRik, on his phone. Should it ring?\n",
        "On Mon, Mar 2, 2026 at 10:00 AM Ada Example\n<ada@example.org> wrote:\n" + quoted("kfree"),
        "",
    ],
)
def test_what_is_no_comment(body: str) -> None:
    assert review(body) == []


@pytest.mark.parametrize(
    ("words", "praise"),
    [
        ("Good.", True), ("Very nice, thanks!", True), ("Great stuff", True), ("This is perfect now :)", True),
        ("OK!", True), ("Nice cleanup, thank you.", True), ("Good?", False), ("Great, but why?", False),
        ("ok = 1;", False), ("Fine-grained locks here.", False), ("Good names are short.", False),
    ],
)  # fmt: skip
def test_a_word_of_praise_above_a_tag_is_no_comment(words: str, praise: bool) -> None:
    found = review(quoted("kfree") + f"\n{words}\n\nReviewed-by: Rik Reviewer <rik@example.net>\n")
    assert [one.text for one in found] == ([] if praise else [words])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("s/wigdet/widget/\n\nOtherwise:\n\nReviewed-by: Rik Reviewer <rik@example.net>\n", "s/wigdet/widget/"),
        (".. and the widget\n", ".. and the widget"),
        ("...put it here\n\nThe same below.\n", "...put it here\n\nThe same below."),
        ("One line would do.\n\nWith regards,\nRik\n", "One line would do."),
    ],
)
def test_a_short_remark_is_not_lost(body: str, text: str) -> None:
    assert one(quoted("@@ -10", "return -ENOMEM") + body).text == text


@pytest.mark.parametrize(
    "snip", ["...", "[...]", "(...)", "[ ... ]", "<...>", "[... 20 lines ...]", "... cut ...", "…"]
)
def test_a_mark_that_something_was_cut_is_no_remark(snip: str) -> None:
    assert review(quoted("@@ -10", "return -ENOMEM") + f"\n{snip}\n\n" + quoted("kfree")) == []


def test_a_diff_in_a_first_mail_without_patch_in_its_subject_is_commented_on() -> None:
    first = patch_mail(subject="[BUG] widget: it leaks", body=PATCH_BODY.replace("\n---\n", "\n"))
    answer = mail(
        quoted("@@ -10", "return -ENOMEM") + "Hm?\n", to="<p1@example.org>", subject="Re: [BUG] widget: it leaks"
    )
    (found,) = [c for t in build_threads([message(first), message(answer)]) for c in comments_of(t)]
    assert (found.file, found.line) == (FILE, 15)


def test_trailers_and_closings_are_cut_out_of_a_comment() -> None:
    found = one(quoted("kfree") + "Add a comment here; with that:\n\nAcked-by: Rik <rik@example.net>\n\nThanks,\nRik\n")
    assert found.text == "Add a comment here; with that:"


def test_the_discussion_belongs_to_the_comment() -> None:
    first = quoted("kfree") + "Is this a double free?\n"
    answer = "".join(f"> {line}\n" for line in first.rstrip("\n").split("\n")) + "No, it is the only one.\n"
    third = "".join(f"> {line}\n" for line in answer.rstrip("\n").split("\n")) + "I see it the same way.\n"
    found = one(first, answer, third)
    assert found.state is CommentState.ANSWERED
    assert found.follow_ups == ("r1@example.net", "r2@example.net")


def test_a_reviewers_follow_up_leaves_the_comment_open() -> None:
    first = quoted("kfree") + "Is this a double free?\n"
    second = "".join(f"> {line}\n" for line in first.rstrip("\n").split("\n")) + "I wondered about that, too.\n"
    raws = [
        message(patch_mail()),
        message(mail(first)),
        message(mail(second, id="r2@example.net", to="<r1@example.net>")),
    ]
    (found,) = comments_of(build_threads(raws)[0])
    assert (found.state, found.follow_ups) == (CommentState.OPEN, ("r2@example.net",))


def test_several_comments_and_only_one_answered() -> None:
    first = quoted("-\twidget = kzalloc") + "Why?\n" + quoted("kfree") + "Double free?\n"
    answer = "> > +\tkfree(widget);\n> Double free?\nNo.\n"
    states = {c.text: c.state for c in review(first, answer)}
    assert states == {"Why?": CommentState.OPEN, "Double free?": CommentState.ANSWERED}


def test_a_second_reviewer_on_another_line_makes_a_new_comment() -> None:
    second = "> > +\tkfree(widget);\n> ok\n" + quoted("widget_stop", "widget_stop", "> > ") + "Stops twice.\n"
    found = review(quoted("kfree") + "Double free?\n", "thanks\n", second)
    assert [(c.line, c.text) for c in found] == [(47, "Double free?"), (44, "Stops twice.")]


def test_a_bots_prose_is_no_comment_but_its_inline_remark_is() -> None:
    bots = (Bot("robot", "^rik@"),)
    threads = build_threads(
        message(raw)
        for raw in (
            patch_mail(),
            mail("Build failed, see above.\n", to="<p1@example.org>"),
            mail(quoted("kfree") + "This frees twice.\n", to="<p1@example.org>", id="r2@example.net"),
        )
    )
    assert [c.line for t in threads for c in comments_of(t, bots)] == [47]


def test_the_patch_itself_may_be_missing() -> None:
    raw = mail("".join(f"> {line}\n" for line in PATCH_BODY.split("\n")[:22]) + "Use devm.\n", to="<gone@example.org>")
    (found,) = comments_of(build_threads([message(raw)])[0])
    assert (found.patch, found.file, found.line) == ("gone@example.org", FILE, 13)


def test_ids_do_not_change_when_more_mail_arrives() -> None:
    body = quoted("kfree") + "Double free?\n"
    assert one(body).id == one(body, "thanks\n").id
