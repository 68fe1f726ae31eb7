"""What bots found becomes tasks on lines, once; what only tells something is none."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import pytest

from patchflow.domain.comment import Comment, CommentState
from patchflow.domain.ours import Ours
from patchflow.flow.review.states import Mark, with_marks
from patchflow.flow.review.threads_view import all_comments
from patchflow.flow.review.todo_view import todo_lines
from patchflow.formats.mail.threads import build_threads
from tests.formats.bot_mails import PATCHWORK, ROB
from tests.formats.robot_mails import BOTS, HEAD, TAIL
from tests.mails import AUTHOR, PATCH_BODY, mail, message, patch_mail

LKP = "kernel test robot <lkp@intel.com>"
SASHIKO = "Sashiko AI <sashiko-bot@kernel.org>"
WARNING = ">> drivers/widget/core.c:47:9: warning: unused variable 'old' [-Wunused-variable]\n      47 |  int old;\n"
BUILD = (
    HEAD.replace("20260302-leak-v2-1-abc%40example.org", "p1%40example.org")
    + f"All warnings (new ones):\n\n{WARNING}{TAIL}"
)
REVIEW = """\
commit fedcba9876543210fedcba9876543210fedcba98
Author: Ada Example <ada@example.org>

widget: Fix a leak

> diff --git a/drivers/widget/core.c b/drivers/widget/core.c
> @@ -10,7 +10,9 @@ static int widget_probe(struct device *dev)
> +\tif (!widget)
> +\t\treturn -ENOMEM;

[Severity: High]
Does this leak the queue?

> @@ -40,6 +42,9 @@ static void widget_remove(struct device *dev)
>  \twidget_stop(widget);

[Severity: Low]
This is a pre-existing issue, but who stops the timer?

-- 
Sashiko AI review · https://sashiko.dev/#/patchset/1@example.org?part=1
"""


def found(*mails: bytes) -> list[Comment]:
    return all_comments(build_threads(map(message, mails)), BOTS)


def bot(
    body: str, sender: str = LKP, id: str = "b1@intel.com", to: str = "<p1@example.org>", subject: str = ""
) -> bytes:
    return mail(body, sender=sender, id=id, to=to, subject=subject or "Re: [PATCH v2] widget: Fix a leak")


def test_a_build_report_is_a_task_on_file_and_line_with_how_to_see_it_again() -> None:
    (task,) = found(patch_mail(), bot(BUILD))
    assert (task.file, task.line, task.bot, task.severity) == (
        "drivers/widget/core.c",
        47,
        "kernel test robot",
        "warning",
    )
    assert task.text.startswith("unused variable 'old'") and task.patch == "p1@example.org"
    facts = dict(task.facts)
    assert facts["config"].startswith("mips-randconfig") and facts["compiler"].startswith("mips-linux-gcc")
    assert facts["reproduce"].endswith("/reproduce") and facts["link"].startswith("https://lore")
    lines = "\n".join(todo_lines([task]))
    assert "From bots: 1" in lines and "unused variable 'old'" in lines and "reproduce: https://" in lines


def test_the_same_warning_from_ten_mails_is_one_task() -> None:
    mails = [
        bot(BUILD.replace("mips-", f"arch{n}-").replace("core.c:47:9", "core.c:47:2"), id=f"b{n}@intel.com")
        for n in range(10)
    ]
    (task,) = found(patch_mail(), *mails)
    assert len(task.mails) == 10
    assert "told by 10 mails" in "\n".join(todo_lines([task]))


def test_a_report_in_a_thread_of_its_own_finds_the_newest_patch_it_blames() -> None:
    old = patch_mail(subject="[PATCH] widget: Fix a leak", id="p0@example.org", date="Mon, 23 Feb 2026 10:00:00 +0000")
    body = BUILD.replace("patch link:    https://lore.kernel.org/r/p1%40example.org\n", "")
    raw = bot(body, to="").replace(b"Re: [PATCH v2]", b"[widgets:next 1/3]")
    (task,) = found(old, patch_mail(), raw)
    assert task.patch == "p1@example.org"


def test_a_report_stays_with_the_patch_that_we_sent() -> None:
    forged = patch_mail(subject="[PATCH v9] widget: Fix a leak", id="p9@example.org", sender="Mallory <m@example.net>")
    report = mail(BUILD.replace("p1%40example.org", "gone%40example.org"), sender=LKP, subject="widget: build failure")
    sent = frozenset({"p1@example.org"})
    threads = build_threads(map(message, [patch_mail(), forged, report]))
    assert [task.patch for task in all_comments(threads, BOTS, Ours(sent, sent, (sent,)))] == ["p1@example.org"]


def test_a_review_by_an_ai_keeps_severity_and_age_and_what_is_new_stands_first() -> None:
    tasks = found(patch_mail(), bot(REVIEW, SASHIKO))
    assert [(t.line, t.severity, t.known, t.added) for t in tasks] == [
        (15, "high", None, True),
        (44, "low", True, False),
    ]
    assert tasks[0].text == "[Severity: High]\nDoes this leak the queue?"
    assert tasks[0].symbol == "static int widget_probe(struct device *dev)"
    lines = todo_lines([*reversed(tasks)])
    assert next(n for n, line in enumerate(lines) if "high" in line) < next(
        n for n, line in enumerate(lines) if "was so before" in line
    )


def test_the_author_answers_a_bot_as_anybody() -> None:
    quoted = "".join(f"> {line}\n" for line in BUILD.split("\n"))
    answer = mail(f"{quoted}\nGone in v3.\n", sender=AUTHOR, id="a1@example.org", to="<b1@intel.com>")
    (task,) = found(patch_mail(), bot(BUILD), answer)
    assert (task.state, task.exchange[0].text) == (CommentState.ANSWERED, "Gone in v3.")
    top = mail("That is a false alarm of the compiler.\n", sender=AUTHOR, id="a1@example.org", to="<b1@intel.com>")
    (task,) = found(patch_mail(), bot(BUILD), top)
    assert task.state is CommentState.ANSWERED


def test_what_was_dismissed_stays_so_by_its_place() -> None:
    second = REVIEW.replace("Does this leak the queue?", "The queue looks leaked when the allocation fails.")
    v3 = patch_mail(PATCH_BODY.replace("v2: renamed", "v3: renamed"), subject="[PATCH v3] widget: Fix a leak",
                    id="p2@example.org", date="Mon, 9 Mar 2026 10:00:00 +0000")  # fmt: skip
    mails = [patch_mail(), bot(REVIEW, SASHIKO), v3, bot(second, SASHIKO, "b2@kernel.org", "<p2@example.org>")]
    tasks = found(*mails)
    marks = {tasks[0].id: Mark(CommentState.DISMISSED, "devm frees it", (tasks[0].message,))}
    marked = with_marks(tasks, marks)
    again = [c for c in marked if c.revision == 3]
    assert [(c.state, c.reason) for c in again] == [(CommentState.DISMISSED, "as in v2: devm frees it"), ("open", "")]
    other = second.replace("> +\tif (!widget)\n> +\t\treturn -ENOMEM;\n", "> +\tkfree(widget);\n")
    tasks = found(*mails[:3], bot(other, SASHIKO, "b2@kernel.org", "<p2@example.org>"))
    assert all(c.state is CommentState.OPEN for c in with_marks(tasks, marks) if c.revision == 3), "another place"


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        (PATCHWORK, "", "Hello:\n\nThis patch was applied to widgets.git (next)\nby Ada Example <ada@example.org>:\n\n"
         "On Mon, 2 Mar 2026 10:00:00 +0000 you wrote:\n> The probe leaks the queue when the second allocation\n\n"
         "Here is the summary with links:\n  - [v2] widget: Fix a leak\n    https://git.example.org/c/0123456789ab\n\n"
         "You are awesome, thank you!\n"),
        (LKP, "[widgets:next] BUILD SUCCESS 0123456789abcdef",
         "tree/branch: https://git.example.org/widgets.git next\nbranch HEAD: 0123456789abcdef  widget: Fix a leak\n\n"
         "elapsed time: 728m\n\nconfigs tested: 63\n"),
        ("syzbot <syzbot+0123456789abcdef0123@syzkaller.appspotmail.com>", "",
         "> #syz fix: widget: Fix a leak\n\nThis bug is already marked as fixed. No point in trying again.\n"),
    ],
)  # fmt: skip
def test_news_are_no_tasks(sender: str, subject: str, body: str) -> None:
    assert found(patch_mail(), bot(body, sender, subject=subject)) == []


def test_a_bot_under_a_persons_address_is_read() -> None:
    body = (
        "\nOn Mon, 02 Mar 2026 10:00:00 +0100, Ada Example wrote:\n"
        "> The probe leaks the queue when the second allocation\n> fails, because nobody frees it.\n\nMy bot found errors running 'make dt_binding_check' on your patch:\n\n"
        "yamllint warnings/errors:\n./Documentation/devicetree/bindings/widget.yaml:12:3: [warning] "
        "wrong indentation: expected 4 but found 2 (indentation)\n\ndtschema/dtc warnings/errors:\n\ndoc reference errors (make refcheckdocs):\n"
    )
    (task,) = found(patch_mail(), bot(body, ROB))
    assert (task.file, task.line) == ("Documentation/devicetree/bindings/widget.yaml", 12)


def test_a_binding_with_a_comma_in_its_name_and_an_example_that_does_not_parse_are_read() -> None:
    places = "Documentation/devicetree/bindings/widget/"
    body = (
        "My bot found errors running 'make dt_binding_check' on your patch:\n\nyamllint warnings/errors:\n\n"
        f"dtschema/dtc warnings/errors:\nLexical error: {places}acme,widget.example.dts:34.31-35 Unexpected 'GPIO'\n"
        "FATAL ERROR: Syntax error parsing input tree\n\ndoc reference errors (make refcheckdocs):\n"
        f"Warning: {places}acme,widget.yaml references a file that doesn't exist: {places}gone.txt\n"
    )
    tasks = found(patch_mail(), bot(body, ROB))
    assert [(one.file, one.line) for one in tasks] == [(f"{places}acme,widget.yaml", 0)] * 2
    assert tasks[0].text.startswith("Lexical error")
