"""Trailers from replies: which patch they are for, and why some are for none."""

from __future__ import annotations

import pytest

from patchflow.formats.mail.collected_trailers import collect_trailers
from patchflow.formats.mail.threads import build_threads
from tests.mails import mail, message, patch_mail

COVER = mail("What it is.\n", sender="Ada Example <ada@example.org>", subject="[PATCH v2 0/2] widget", id="c@x")


def part(number: int) -> bytes:
    return patch_mail(subject=f"[PATCH v2 {number}/2] part {number}", id=f"p{number}@x", to="<c@x>")


def given(*replies: bytes) -> tuple[dict[int, list[str]], list[str]]:
    threads = build_threads(message(raw) for raw in (COVER, part(1), part(2), *replies))
    found = collect_trailers(threads)
    return {p.part: [str(g.trailer) for g in p.given] for p in found.patches}, [r.why for r in found.rejected]


TAG = "Reviewed-by: Rik Reviewer <rik@example.net>"


def test_for_the_patch_answered() -> None:
    assert given(mail(f"> x\n\n{TAG}\n", to="<p2@x>")) == ({1: [], 2: [TAG]}, [])


def test_below_the_cover_for_all() -> None:
    assert given(mail(f"{TAG}\n", to="<c@x>", subject="Re: [PATCH v2 0/2] widget")) == ({1: [TAG], 2: [TAG]}, [])


def test_quoted_indented_and_signed_off_are_not_taken() -> None:
    body = f"> {TAG}\n  {TAG}\nSigned-off-by: Rik Reviewer <rik@example.net>\nlooks: good\n"
    assert given(mail(body, to="<p1@x>"))[0] == {1: [], 2: []}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"  {TAG}", "it is indented"),
        (f"*{TAG}*", "`*` stands in front of it"),
        (f"- {TAG}", "`-` stands in front of it"),
        (f"1. {TAG}", "`1.` stands in front of it"),
        ("**Reviewed-by:** Rik Reviewer <rik@example.net>", "`**` stands in front of it"),
        (f"\u200b{TAG}", "it holds characters that are not seen"),
        (f"{TAG}\x1b[2J", "it holds characters that are not seen"),
        (f"{TAG}\rSigned-off-by: Mallory <m@evil.example>", "it is not one line"),
        (f"{TAG}\u2028Signed-off-by: Mallory <m@evil.example>", "it is not one line"),
        (f"{TAG} Acked-by: Olga Other <olga@example.com>", "two tags stand in one line"),
        (f"Looks good to me, {TAG}.", "it stands in a sentence"),
        ("Reviewed-by Rik Reviewer <rik@example.net>", "it has no colon"),
        ("Reviewed-by:Rik Reviewer <rik@example.net>", "no blank stands behind its colon"),
        (f"{TAG}.", "`.` stands behind it"),
        (f"{TAG} >> ---", "`>> ---` stands behind it"),
        ("Reviewed-by: rik@example.net.", "`.` stands behind it"),
        ("Reviewed-by: me", "it names nobody with a mail address"),
        ("Reviewed-by: olga@example.com <rik@example.net>", "it names two addresses"),
        ("Reviewed-by: Rik <rik@example.net> <olga@example.com>", "it names two addresses"),
        ("Reviewed-by: Rik <r\u0456k@example.net>", "its address is not plain ASCII"),
        (f"Reviewed-by: {'L' * 999} <rik@example.net>", "it is too long"),
        ("Reviewd-by: Rik Reviewer <rik@example.net>", "Reviewd-by is not a tag that is known"),
        ("Reviewed by: Rik Reviewer <rik@example.net>", "Reviewed by is not a tag that is known"),
        ("Fixes: ?", "it names no commit"),
        ("Link: $URL [1]", "it is not a plain link"),
        ("Closes: https://example.org/1 [1]", "it is not a plain link"),
    ],
)
def test_what_is_meant_and_malformed_says_why(line: str, why: str) -> None:
    found, said = given(mail(f"{line}\n", to="<p1@x>"))
    assert (found, said) == ({1: [], 2: []}, [why])


@pytest.mark.parametrize(
    "line", [f"{TAG} # on arm64", f"{TAG} (net)", "reviewed-by: rik@example.net", f"{TAG}  ", f"{TAG}\r"]
)
def test_what_is_well_formed_is_given(line: str) -> None:
    found, said = given(mail(f"{line}\n", to="<p1@x>"))
    assert found[1] == [line.strip()] and not said


@pytest.mark.parametrize(
    "line", ["Please drop the Reviewed-by tags.", "Signed-off-by: Rik <rik@example.net>", "+ * Fixed-by: x", "> " + TAG]
)
def test_prose_is_no_tag(line: str) -> None:
    assert given(mail(f"{line}\n", to="<p1@x>")) == ({1: [], 2: []}, [])


def test_one_person_under_two_spellings_is_once() -> None:
    found, _ = given(
        mail(f"{TAG}\n", to="<p1@x>"), mail('Reviewed-by: "Rik R." <RIK@example.net>\n', to="<p1@x>", id="r2@x")
    )
    assert found[1] == [TAG]


def test_the_givers_own_mail_wins_over_a_forged_one() -> None:
    forged = mail(f"{TAG}\n", to="<p1@x>", sender="Mallory <mallory@evil.example>", id="f@x")
    threads = build_threads(message(raw) for raw in (COVER, part(1), part(2), forged, mail(f"{TAG}\n", to="<p1@x>")))
    (one,) = collect_trailers(threads).patches[0].given
    assert (one.sender.email, one.mismatch) == ("rik@example.net", False)


def test_a_cover_speaks_for_the_patches_posted_with_it_alone() -> None:
    """Two series in one thread, of one revision; another's mail of the same title and number."""
    second = mail("On top.\n", sender="Ada Example <ada@example.org>", subject="[PATCH v2 0/1] on top", id="d@x",
                  to="<c@x>")  # fmt: skip
    theirs = patch_mail(subject="[PATCH v2 1/1] other", id="q1@x", to="<d@x>")
    copied = patch_mail(subject="[PATCH v2 1/2] part 1", id="m1@x", to="<c@x>", sender="Mallory <mallory@evil.example>")
    raws = (COVER, part(1), part(2), second, theirs, copied, mail(f"{TAG}\n", to="<d@x>"))
    rows = collect_trailers(build_threads(map(message, raws))).patches
    assert [row.message_id for row in rows if row.given] == ["q1@x"]
    raws = (COVER, part(1), part(2), second, theirs, copied, mail(f"{TAG}\n", to="<c@x>"))
    rows = collect_trailers(build_threads(map(message, raws))).patches
    assert [row.message_id for row in rows if row.given] == ["p1@x", "p2@x"]


COUNTER = (
    "How about this instead?\n\n8< -----\nFrom: Rik Reviewer <rik@example.net>\n\nSuggested-by: Ada <ada@example.org>\n"
    "Signed-off-by: Rik Reviewer <rik@example.net>\n---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
)


def test_a_counter_patch_gets_nothing_of_ours_and_gives_nothing() -> None:
    found, why = given(
        mail(COUNTER, to="<p1@x>", id="k@x"), mail(f"{TAG}\n", to="<k@x>", refs="<p1@x> <k@x>", id="l@x")
    )
    assert found == {1: [], 2: []}
    assert why == [
        "it belongs to the patch in this reply",
        "it answers the patch that rik@example.net wrote into a reply",
    ]


def test_a_mail_that_answers_none_gives_nothing() -> None:
    found, why = given(mail(f"{TAG}\n", subject="Re: [PATCH v2 1/2] part 1", date="Mon, 2 Mar 2026 11:00:00 +0000"))
    assert (found, why) == ({1: [], 2: []}, ["its mail names no mail that it answers"])


def test_the_authors_own_link_is_not_offered() -> None:
    raw = mail("Link: https://example.org/1\n", to="<p1@x>", sender="Ada Example <ada@example.org>")
    assert given(raw) == ({1: [], 2: []}, [])


def test_twice_is_once_and_nobody_is_rejected() -> None:
    found, why = given(
        mail(f"{TAG}\n", to="<p1@x>"),
        mail(f"{TAG} # v2\n", to="<p1@x>", id="r2@x"),
        mail("Acked-by: me\n", to="<p1@x>", id="r3@x"),
    )
    assert found[1] == [TAG] and len(why) == 2


def test_another_sender_is_flagged_or_rejected() -> None:
    raw = mail("Tested-by: Olga Other <olga@example.com>\n", to="<p1@x>")
    threads = build_threads(message(r) for r in (COVER, part(1), raw))
    assert [g.mismatch for p in collect_trailers(threads).patches for g in p.given] == [True]
    strict = collect_trailers(threads, strict=True)
    assert not strict.patches[0].given and "rik@example.net" in strict.rejected[0].why


def test_a_wrapped_address_is_joined() -> None:
    assert given(mail("Reviewed-by: Rik Reviewer\n<rik@example.net>\n", to="<p1@x>"))[0][1] == [TAG]


def test_a_deep_reply_counts_for_the_patch_above() -> None:
    raws = (
        mail("hm?\n", to="<p1@x>", id="r1@x"),
        mail(f"{TAG}\n", refs="<c@x> <p1@x> <r1@x>", to="<r1@x>", id="r2@x"),
    )
    assert given(*raws)[0][1] == [TAG]
