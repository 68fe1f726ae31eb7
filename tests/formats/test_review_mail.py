"""A review mail is read by the patch's author on the very lines it was written on, whatever patch and remarks."""

from __future__ import annotations

import difflib
import os
import re

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from patchflow.domain.address import Address
from patchflow.domain.comment import Comment
from patchflow.formats.mail.comments import comments_of_all
from patchflow.formats.mail.draft import mail_text, make_draft, quotation
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.review_mail import Mark, body_of, target_of, wrapped
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.patch.patch_lines import Part, Place
from patchflow.rules.registry import judge_reply
from tests.review_checks import check_review_mail
from tests.rules.examples import PROFILE

EXAMPLES = int(os.environ.get("PATCHFLOW_REVIEW_MAILS", "40"))
ADA = Address("Ada Example", "ada@example.org")
# Few lines, so that they repeat: braces, returns and blank lines stand everywhere in a driver.
LINES = ["", "}", "\treturn ret;", "\tif (ret)", "\t\tgoto out;", "{", "\tmutex_lock(&dev->lock);", "out:", "-- ",
         "+++ b/x.c", "--- a/x.c", "\tint ret;", "> quoted", "@@ -1,2 +1,2 @@"]  # fmt: skip
calls = st.from_regex(r"\t{0,2}[a-z_]{1,20}\([a-z, ]{0,20}\);", fullmatch=True)
lines = st.lists(st.one_of(st.sampled_from(LINES), calls), max_size=90)
some = "why does this lock need the other one held before a reset of the ring größer ✓".split()
words = st.lists(st.sampled_from(some), min_size=3, max_size=40)


@st.composite
def files(draw: st.DrawFn) -> str:
    """The diff of a file: lines of it removed, added, changed."""
    name = draw(st.sampled_from(["drivers/net/a.c", "a.c", "Documentation/x.rst"]))
    old = draw(lines)
    new = list(old)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(new)))
        new[at : at + draw(st.integers(0, 3))] = draw(st.lists(st.sampled_from([*LINES, "\tnew_one();"]), max_size=30))
    rows = list(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm=""))
    return "\n".join([f"diff --git a/{name} b/{name}", "index 1234567..89abcde 100644", *rows]) if rows else ""


@st.composite
def reviews(draw: st.DrawFn) -> tuple[str, list[Mark], list[Place]]:
    """A patch's mail, and remarks on lines of its message and diff that a quote can show."""
    diff = "\n".join(filter(None, draw(st.lists(files(), min_size=1, max_size=3))))
    assume(diff)
    message = "\n".join(
        draw(
            st.lists(
                st.sampled_from(["It deadlocks.", "", "See below:", "  [ trace ]", "> He said.", "> Who?"]), max_size=9
            )
        )
    )
    body = f"{message}\n\nSigned-off-by: Uwe <uwe@example.net>\n---\n a.c | 2 +-\n\n{diff}\n-- \n2.39.5\n"
    mail = (
        "From: Uwe <uwe@example.net>\nTo: list@lists.example.org\nSubject: [PATCH 2/3] net: do it\n"
        f"Message-ID: <p@x>\nDate: Thu, 8 Jan 2026 10:00:00 +0000\n\n{body}"
    )
    target = target_of(parse_mail(mail.encode()))
    spots = [one for one in target.places if one.part in (Part.CODE, Part.MESSAGE)]
    chosen = draw(st.lists(st.integers(0, len(spots) - 1), min_size=1, max_size=6, unique=True))
    marks = []
    for number, at in enumerate(chosen):
        first = draw(st.integers(max(at - 40, 0), at)) if draw(st.booleans()) else at
        text = f"Remark {number}: " + " ".join(draw(words)) + "\n\n" + " ".join(draw(words)) + "?"
        marks.append(Mark(spots[first].at + 1, spots[at].at + 1, text))
    return mail, marks, [spots[at] for at in chosen]


def read_back(mail: str, answer: str) -> list[Comment]:
    """What the author's `todo` finds in the answer."""
    messages = [parse_mail(mail.encode()), parse_mail(answer.encode())]
    return comments_of_all(build_threads(messages))


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(reviews())
def test_each_remark_is_found_on_its_very_line(case: tuple[str, list[Mark], list[Place]]) -> None:
    mail, marks, places = case
    parent = parse_mail(mail.encode())
    quoted = quotation(parent, ())
    body = body_of(parent, marks, [(f"Acked-by: {ADA}", "")], lambda quote: f"On {quoted['date']}, Uwe wrote:\n{quote}")
    draft = make_draft(parent, body, ADA)
    assert not [one for one in judge_reply(draft, parent, PROFILE) if one.severity == "error"]
    answer = mail_text(draft, "r@x")
    check_review_mail(parse_mail(answer.encode()).body, parent.body,
                      [(one.last, wrapped(one.text).split("\n")[0]) for one in marks])  # fmt: skip
    found = read_back(mail, answer)
    assert {one.patch for one in found} == {"p@x"}
    for number, place in enumerate(places):
        (comment,) = [one for one in found if f"Remark {number}: " in one.text]
        assert (comment.file, comment.line, comment.side) == (place.file, place.line, place.side), comment
        assert " ".join(marks[number].text.split()) in " ".join(comment.text.split())


def test_what_would_be_read_as_a_quote_or_an_end_is_set_in() -> None:
    text = "Rather:\n> not a quote\n--\nFrom here on.\n```\n" + "x " * 60 + "\n```\n" + "word " * 30
    lines = wrapped(text).split("\n")
    assert "  > not a quote" in lines and "  --" in lines and "  From here on." in lines
    assert ("x " * 60).rstrip() in lines and max(len(line) for line in lines if "word" in line) <= 72


def test_more_is_quoted_only_where_lines_repeat() -> None:
    """Twenty functions that differ in their name alone; one remark needs the name to be told from others."""
    body = [f"\tstep_{n}(dev);" for n in range(10)]
    rows = [line for name in range(20) for line in (f"int f{name}(void)", "{", *body, "}")]
    diff = f"diff --git a/x.c b/x.c\n--- /dev/null\n+++ b/x.c\n@@ -0,0 +1,{len(rows)} @@\n" + "\n".join(
        f"+{row}" for row in rows
    )
    mail = f"From: Uwe <uwe@example.net>\nSubject: [PATCH] x\nMessage-ID: <p@x>\n\nWhy.\n---\n\n{diff}\n"
    parent = parse_mail(mail.encode())
    at = {row: number for number, row in enumerate(parent.body.split("\n"), 1)}
    last, name = at["+int f7(void)"] + 11, at["+int f12(void)"]
    text = body_of(
        parent, [Mark(last, last, "Late?"), Mark(name, name, "Why f12?")], [], lambda quote: f"He wrote:\n{quote}"
    )
    assert "> +int f7(void)\n> +{\n> +\tstep_0(dev);" in text and "f6" not in text, "up to what tells it from others"
    assert "> +int f11(void)" not in text
    found = read_back(mail, mail_text(make_draft(parent, text, ADA), "r@x"))
    assert [(one.text, one.line) for one in found] == [("Late?", 7 * 13 + 12), ("Why f12?", 12 * 13 + 1)]


@given(st.integers(0, 40))
def test_no_line_of_a_remark_becomes_a_tag_by_being_wrapped(room: int) -> None:
    words = f"This {'x' * room} is fine, and once that is fixed you have my"
    text = f'{words} Reviewed-by: Ada Example <ada@example.org>. Name what it Fixes: 123456789abc ("vsock: add").'
    lines = wrapped(text).split("\n")
    assert len(lines) > 1 and " ".join(lines) == text
    assert not [line for line in lines if re.match(r"\s*\w\S+:\s", line)], "as b4 looks for trailers"
