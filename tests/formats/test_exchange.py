"""The exchange below a remark: the last word says whether it waits, and whose word is whose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.domain.address import Address
from patchflow.domain.comment import Comment, CommentState, Said
from patchflow.domain.ours import Ours
from patchflow.flow.review.states import Mark, dump_marks, read_marks, with_marks
from patchflow.formats.mail.comments import comments_of
from patchflow.formats.mail.exchange import state_after
from patchflow.formats.mail.people import People
from patchflow.formats.mail.threads import build_threads
from tests.mails import AUTHOR, OTHER, PATCH_BODY, REVIEWER, mail, message, patch_mail

REMARK = "> +\tkfree(widget);\nIs this a double free?\n"


def talk(
    *words: tuple[str, str], patch: bytes = b"", ours: Ours | None = None, people: People | None = None
) -> Comment:
    """The one comment of a remark and what follows, each answering and quoting the one before: (sender, text)."""
    mails = [patch or patch_mail()]
    body, refs = REMARK, "<p1@example.org>"
    senders = [REVIEWER, *(sender for sender, _ in words)]
    for number, sender in enumerate(senders):
        if number:
            body = "".join(f"> {line}\n" for line in body.rstrip("\n").split("\n")) + words[number - 1][1] + "\n"
        id = f"r{number}@example.net"
        mails.append(mail(body, sender=sender, id=id, refs=refs, date=f"{3 + number} Mar 2026 10:00:00 +0000"))
        refs += f" <{id}>"
    threads = build_threads(message(raw) for raw in mails)
    found = [c for t in threads for c in comments_of(t, (), ours or Ours(), people or People())]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("words", "state", "again"),
    [
        ([], "open", False),
        ([(AUTHOR, "No, remove() runs once.")], "answered", False),
        ([(AUTHOR, "No, remove() runs once."), (REVIEWER, "Not with unbind.")], "open", True),
        ([(AUTHOR, "No, it runs once."), (REVIEWER, "Not with unbind."), (AUTHOR, "Oh. Will fix.")], "answered", False),
        ([(AUTHOR, "No, remove() runs once."), (REVIEWER, "Ah, I see. Thanks!")], "answered", False),
        ([(AUTHOR, "No, remove() runs once."), (REVIEWER, "OK, but say so in the log.")], "open", True),
        ([(AUTHOR, "It runs once."), (REVIEWER, f"Reviewed-by: {REVIEWER}")], "answered", False),
        ([(AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."), (REVIEWER, "Scratch that.")], "answered", False),
        ([(AUTHOR, "It runs once."), (OTHER, "I have seen it run twice.")], "open", True),
        ([(AUTHOR, "It runs once."), (OTHER, "Right.")], "answered", False),
        ([(AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."), (OTHER, "Agreed.")], "open", True),
        ([(AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."), (OTHER, f"Acked-by: {OTHER}")], "open", True),
        ([(AUTHOR, "It runs once."), (OTHER, "I have seen it run twice."), (REVIEWER, "Right.")], "open", True),
        ([(AUTHOR, "It runs once."), (REVIEWER, "Not here."), (OTHER, "Nor here."), (REVIEWER, "Fine.")], "open", True),
        (
            [
                (AUTHOR, "It runs once."),
                (REVIEWER, "Not here."),
                (OTHER, "Nor here."),
                (REVIEWER, "Fine."),
                (OTHER, "Never mind."),
            ],
            "answered",
            False,
        ),
        ([(OTHER, "It runs once."), (REVIEWER, "Never mind, I misread the code.")], "answered", False),
        ([(REVIEWER, "Never mind, I misread the code.")], "answered", False),
        ([(OTHER, "Never mind, I misread the code.")], "open", False),
        ([(OTHER, "Agreed.")], "open", False),
        ([(REVIEWER, "And what if probe() failed?")], "open", False),
        ([(AUTHOR, "Shall I set it to NULL?"), (REVIEWER, "Yes, please.")], "open", True),
        ([(AUTHOR, "Shall I set it to NULL?"), (REVIEWER, "Yes.")], "open", True),
        ([(AUTHOR, "I will set it to NULL."), (REVIEWER, "Yes.")], "answered", False),
        ([(AUTHOR, "It runs once."), (REVIEWER, "This can not be applied then.")], "open", True),
    ],
)
def test_the_last_word_says_whether_a_remark_waits(words: list[tuple[str, str]], state: str, again: bool) -> None:
    found = talk(*words)
    assert (found.state, found.asked_again) == (state, again)
    assert [said.text for said in found.exchange] == [text for _, text in words]
    assert found.waits is (state == "open")


def test_who_asks_again_from_one_address_agrees_from_another() -> None:
    home = "Rik Reviewer <rik@home.example>"
    people = People({"rik@home.example": message(mail("x", sender=REVIEWER)).sender.key})
    words = (AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."), (home, "Ah, I see. Thanks!")
    assert talk(*words).asked_again
    assert talk(*words, people=people).state is CommentState.ANSWERED


def test_the_newest_words_are_the_reviewers_who_asks_again() -> None:
    found = talk((AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."))
    assert (found.text, found.newest) == ("Is this a double free?", "Not with unbind.")


def test_an_unquoted_word_below_an_answer_belongs_to_its_remark() -> None:
    mails = [
        patch_mail(),
        mail(REMARK, to="<p1@example.org>"),
        mail("> Is this a double free?\nIt runs once.\n", sender=AUTHOR, id="a1@example.org", to="<r1@example.net>"),
        mail("Not with unbind.\n", id="r2@example.net", to="<a1@example.org>", date="Tue, 3 Mar 2026 10:00:00 +0000"),
    ]
    (found,) = [c for t in build_threads(map(message, mails)) for c in comments_of(t)]
    assert (found.asked_again, found.newest) == (True, "Not with unbind.")


@pytest.mark.parametrize(
    ("answer", "state"),
    [("Thanks, will fix both in v3.", "answered"), ("Done.", "answered"), ("I will not do the first.", "open"),
     ("Fixed, except for the name.", "open"), ("Which one do you mean?", "open")],
)  # fmt: skip
def test_one_answer_to_all_remarks_of_a_mail(answer: str, state: str) -> None:
    first = "> +\tif (!widget)\nUnneeded?\n> +\tkfree(widget);\nIs this a double free?\n"
    mails = [
        patch_mail(),
        mail(first, to="<p1@example.org>"),
        mail(f"{answer}\n", sender=AUTHOR, id="a1@example.org", to="<r1@example.net>"),
    ]
    found = [c for t in build_threads(map(message, mails)) for c in comments_of(t)]
    assert [c.state for c in found] == [state, state]


WIDGET_FROM = "From: Ada Example <ada@work.example.com>\n\n"


@pytest.mark.parametrize(
    ("patch", "sender", "people"),
    [
        pytest.param({}, "Ada Example <ada@home.example.net>", {}, id="the same full name"),
        pytest.param({"body": WIDGET_FROM + PATCH_BODY, "sender": "Bo Poster <bo@example.com>"},
                     "ADA@work.example.com", {}, id="From in the body"),
        pytest.param({"body": WIDGET_FROM + PATCH_BODY, "sender": "Bo Poster <bo@example.com>"},
                     "bo@example.com", {}, id="who posted it for the author"),
        pytest.param({"sender": "Ada Example via B4 Relay <devnull+ada.example.org@kernel.org>",
                      "extra": "X-Original-From: Ada Example <ada@example.org>\nReply-To: ada@example.org"},
                     "ada@example.org", {}, id="the web relay"),
        pytest.param({"sender": "Ada Example via Widgets <widgets@lists.example.org>",
                      "extra": "Reply-To: Ada Example <ada@example.org>"}, "ada@example.org",
                     {"lists": frozenset(["widgets@lists.example.org"])}, id="via a list"),
        pytest.param({}, "A. E. <old@example.org>", {"canonical": {"old@example.org": "ada@example.org"}},
                     id="mailmap"),
        pytest.param({"body": PATCH_BODY.replace("ada@example.org", "ada@work.example.com")},
                     "ada@work.example.com", {}, id="the address of the sign-off"),
    ],
)  # fmt: skip
def test_the_author_is_known_by_every_address_of_theirs(
    patch: dict[str, str], sender: str, people: dict[str, Any]
) -> None:
    found = talk((sender, "It runs once."), patch=patch_mail(**patch), people=People(**people))
    assert found.state is CommentState.ANSWERED


@pytest.mark.parametrize(
    "sender", ["Ada <ada@elsewhere.example.net>", "Adam Example <adam@example.org>", "x@example.org"]
)
def test_nobody_else_is_taken_for_the_author(sender: str) -> None:
    assert talk((sender, "It runs once.")).state is CommentState.OPEN


def test_a_claim_in_the_authors_name_settles_nothing() -> None:
    ours = Ours(frozenset({"p1@example.org"}), frozenset({"p1@example.org"}))
    found = talk((AUTHOR, "It runs once."), ours=ours)
    assert (found.state, found.claimed) == (CommentState.OPEN, "r1@example.net")
    assert [said.counts for said in found.exchange] == [False]


def test_a_reviewer_of_the_same_name_is_heard_on_our_patch() -> None:
    namesake = "Ada Example <ada@elsewhere.example.net>"
    ours = Ours(frozenset({"p1@example.org"}), frozenset({"p1@example.org", "r1@example.net"}))
    found = talk((AUTHOR, "It runs once."), (namesake, "Not with unbind."), ours=ours)
    assert (found.state, found.asked_again, found.claimed) == (CommentState.OPEN, True, "")
    remark = mail(REMARK, sender=namesake, id="n@x.org", to="<p1@example.org>")
    threads = build_threads(map(message, [patch_mail(), remark]))
    assert [c.text for c in comments_of(threads[0], (), ours)] == ["Is this a double free?"]


@pytest.mark.parametrize("state", ["addressed", "answered", "dismissed"])
def test_a_mark_holds_until_the_reviewer_goes_on(state: str) -> None:
    early = talk((AUTHOR, "It runs once."))
    marks = {early.id: Mark(CommentState(state), "why", (early.message, *early.follow_ups))}
    again, damage = read_marks(dump_marks(marks))
    assert (again, damage) == (marks, "")
    assert with_marks([early], again)[0].state == state
    later = talk((AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."))
    (found,) = with_marks([later], again)
    assert (found.state, found.asked_again, found.newest) == ("open", True, "Not with unbind.")
    thanked = talk((AUTHOR, "It runs once."), (REVIEWER, "Thanks!"))
    assert with_marks([thanked], again)[0].state == state


def test_a_mark_of_an_older_version_stays() -> None:
    found = talk((AUTHOR, "It runs once."), (REVIEWER, "Not with unbind."))
    marks, _ = read_marks(json.dumps({found.id: {"state": "dismissed", "reason": "no"}}))
    assert with_marks([found], marks)[0].state is CommentState.DISMISSED


RITA = Address("", "r@example.org")
SAID = st.builds(
    Said,
    message=st.just("m@example.org"),
    author=st.builds(Address, st.just(""), st.sampled_from(["a@example.org", "r@example.org", "o@example.org"])),
    date=st.none(),
    text=st.sampled_from(["Yes.", "Why?", "Never mind.", "No.", "Done."]),
    by_author=st.booleans(),
    settles=st.booleans(),
    counts=st.booleans(),
)


@given(st.lists(SAID, max_size=8))
def test_no_objection_is_hidden_by_what_came_before(words: Sequence[Said]) -> None:
    """Whatever was said: after a reviewer's last objecting word it waits, after the author's it does not."""
    state, again = state_after(CommentState.OPEN, words, RITA, attrgetter("key"))
    counting = [said for said in words if said.counts]
    if counting and counting[-1].by_author:
        assert (state, again) == (CommentState.ANSWERED, False)
    if counting and not counting[-1].by_author and not counting[-1].settles:
        assert state is CommentState.OPEN
        assert again or not any(said.by_author for said in counting)
    assert not again or state is CommentState.OPEN
    bystander = Said("m@example.org", Address("", "x@example.org"), None, "Fine by me.", settles=True)
    assert state_after(CommentState.OPEN, [*words, bystander], RITA, attrgetter("key")) == (state, again)
