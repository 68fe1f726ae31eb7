"""Trailers from replies: which patch they are for, and why some are for none."""

from __future__ import annotations

from patchflow.formats.follow_up import collect_trailers
from patchflow.formats.threading import build_threads
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
