"""Series out of mail: postings, and the revisions they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from patchflow.domain.message import Message
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.series import Posting, join_revisions, postings_of
from tests.mails import AUTHOR, OTHER, PATCH_BODY, mail, message, shared_mail


def patch(subject: str, id: str, refs: str = "", day: int = 1, sender: str = AUTHOR, body: str = PATCH_BODY) -> Message:
    return message(mail(body, sender=sender, subject=subject, id=id, refs=refs, date=f"{day} Mar 2026 10:00:00 +0000"))


def cover(subject: str, id: str, refs: str = "", day: int = 1, body: str = "What it does.\n") -> Message:
    return patch(subject, id, refs, day, body=body)


def shape(postings: list[Posting]) -> list[tuple[int, bool, int, int]]:
    return [(p.revision, p.cover is not None, len(p.patches), p.parts) for p in postings]


def test_a_cover_with_its_parts_in_any_order() -> None:
    mails = [
        patch("[PATCH v2 2/2] two", "b", "<c>"),
        cover("[PATCH v2 0/2] all", "c"),
        patch("[PATCH v2 1/2] one", "a", "<c>"),
    ]
    (posting,) = postings_of(mails)
    assert [m.id for m in posting.patches] == ["a", "b"] and posting.complete and posting.title == "all"


def test_a_v2_and_half_a_v3_in_one_thread_stay_apart() -> None:
    mails = [
        cover("[PATCH v2 0/2] all", "c"),
        patch("[PATCH v2 1/2] one", "a", "<c>"),
        patch("[PATCH v2 2/2] two", "b", "<c>"),
        patch("[PATCH v3 2/2] two", "b3", "<c> <b>", day=2),
    ]
    found = postings_of(mails)
    assert shape(found) == [(2, True, 2, 2), (3, False, 1, 2)]
    assert not found[1].complete
    assert [len(s) for s in join_revisions(found)] == [2]


def test_no_cover_and_no_threading() -> None:
    mails = [
        patch("[PATCH 2/2] two", "b"),
        patch("[PATCH 1/2] one", "a"),
        patch("[PATCH 1/2] other", "x", sender=OTHER),
    ]
    assert sorted(shape(postings_of(mails))) == [(1, False, 1, 2), (1, False, 2, 2)]


def test_a_resend_and_an_rfc_are_postings_of_their_own() -> None:
    mails = [
        patch("[RFC PATCH 1/1] one", "r"),
        patch("[PATCH 1/1] one", "a", day=2),
        patch("[PATCH RESEND 1/1] one", "b", day=3),
    ]
    found = postings_of(mails)
    assert [(p.rfc, p.resend) for p in found] == [(True, False), (False, False), (False, True)]
    assert [len(s) for s in join_revisions(found)] == [3]


def test_revisions_by_change_id_even_with_new_titles() -> None:
    one = cover("[PATCH 0/1] old name", "c1", body="x\n\nchange-id: 20260301-thing-0123456789ab\n")
    two = cover("[PATCH v2 0/1] new name", "c2", day=5, body="x\n\nchange-id: 20260301-thing-0123456789ab\n")
    apart = cover("[PATCH 0/1] old name", "c3", day=6, body="x\n\nchange-id: 20260306-other-0123456789ab\n")
    found = join_revisions(postings_of([one, two, apart]))
    assert [[p.revision for p in s] for s in found] == [[1, 2], [1]]


def test_revisions_by_link_by_answer_by_record_and_by_titles() -> None:
    first = patch("[PATCH] a thing", "p1@x")
    linked = patch(
        "[PATCH v2] the thing", "p2@x", day=2, body=PATCH_BODY + "\nv1: https://lore.kernel.org/netdev/p1@x/\n"
    )
    answered = patch("[PATCH v3] that thing", "p3@x", "<p2@x>", day=3)
    recorded = patch("[PATCH v4] thing", "p4@x", day=4)
    titled = patch("[PATCH v5] thing", "p5@x", day=5)
    stranger = patch("[PATCH v2] a thing", "q@x", "<p1@x>", day=6, sender=OTHER)
    found = join_revisions(postings_of([first, linked, answered, recorded, titled, stranger]), [["p1@x", "p4@x"]])
    assert [[p.revision for p in s] for s in found] == [[1, 2, 3, 4, 5], [2]]


def test_replies_and_bots_are_no_postings() -> None:
    assert postings_of([patch("Re: [PATCH] x", "r", "<a>"), message(mail("hello\n", subject="hello"))]) == []


def test_a_newcomers_three_versions() -> None:
    file = shared_mail() / "threads" / "vsock-msg_peek-2019-all.mbox"
    found = postings_of(parse_mail(raw) for _, raw in split_mbox(file.read_bytes()))
    (series,) = join_revisions(found)
    assert [(p.revision, p.tree) for p in series] == [(1, ""), (2, ""), (2, "net-next")]


def test_series_samples() -> None:
    folder = shared_mail() / "samples" / "patchwork" / "patchwork" / "tests" / "data" / "series"
    for name, expected in {
        "base-cover-letter": [(1, True, 2, 2)],
        "base-no-cover-letter": [(1, False, 2, 2)],
        "base-out-of-order": [(1, True, 2, 2)],
        "base-deep-threaded": [(1, True, 2, 2)],
        "base-single-patch": [(1, False, 1, 1)],
        "revision-basic": [(1, True, 2, 2), (2, True, 2, 2)],
        "revision-out-of-order": [(1, True, 2, 2), (2, True, 2, 2)],
        "revision-threaded-to-cover": [(1, True, 2, 2), (2, True, 2, 2)],
        "revision-threaded-to-patch": [(1, True, 2, 2), (2, True, 2, 2)],
    }.items():
        found = postings_of(parse_mail(raw) for _, raw in split_mbox((folder / f"{name}.mbox").read_bytes()))
        assert shape(found) == expected, name
        if name.startswith("revision"):
            assert len(join_revisions(found)) == 1, name


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3), st.sampled_from([AUTHOR, OTHER])),
        max_size=14,
    )
)
def test_every_patch_is_in_one_posting(rows: list[tuple[int, int, int, str]]) -> None:
    mails = [
        patch(f"[PATCH v{v} {part}/{parts}] t{part}", f"m{n}@x", sender=sender)
        for n, (part, parts, v, sender) in enumerate(rows)
        if part
    ]
    found = postings_of(mails)
    assert sorted(id for p in found for id in p.ids) == sorted(m.id for m in mails)
    assert sorted(id for s in join_revisions(found) for p in s for id in p.ids) == sorted(m.id for m in mails)
