"""Reply trees: parents by plain reading, ghosts, no cycles, duplicates."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from patchflow.domain.message import Message
from patchflow.domain.thread import Thread
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.threads import build_threads, parent_id
from tests.mails import mail, message, shared_mail


def tree(threads: list[Thread]) -> list[tuple[str, int, bool]]:
    return [(node.id, depth, node.message is not None) for t in threads for node, depth, _ in t.walk()]


def make(id: str, refs: str = "", to: str = "", day: int = 1, subject: str = "Re: x", body: str = "b\n") -> Message:
    raw = mail(body, id=id, refs=refs, subject=subject, date=f"{day} Mar 2026 10:00:00 +0000")
    return message(raw.replace(b"Date:", f"In-Reply-To: {to}\nDate:".encode()) if to else raw)


def test_a_plain_tree_in_order_of_time() -> None:
    mails = [make("c", "<a>", day=3), make("b", "<a>", day=2), make("a", day=1), make("d", "<a> <b>", day=4)]
    assert tree(build_threads(mails)) == [("a", 0, True), ("b", 1, True), ("d", 2, True), ("c", 1, True)]


def test_references_before_in_reply_to() -> None:
    assert parent_id(make("x", "<a> <b>", "<c>")) == "b"
    assert parent_id(make("x", "", "<c>")) == "c"
    assert parent_id(make("x", "<a> <x>")) == "a"


def test_ghosts_stand_for_the_missing_and_keep_their_order() -> None:
    found = tree(build_threads([make("c", "<a> <b>"), make("d", "<a> <b>", day=2)]))
    assert found == [("a", 0, False), ("b", 1, False), ("c", 2, True), ("d", 2, True)]


def test_cycles_are_cut() -> None:
    found = tree(build_threads([make("a", "<b>", day=2), make("b", "<a>", day=1)]))
    assert found == [("b", 0, True), ("a", 1, True)]


def test_the_same_mail_from_two_lists_is_one() -> None:
    footer = "\n_______________________________________________\nSome list\n"
    assert len(build_threads([make("a"), make("a", body="b\n" + footer)])[0].messages) == 1


def test_two_mails_with_one_id_are_both_kept() -> None:
    threads = build_threads([make("a", body="one\n"), make("a", body="two\n")])
    assert sorted(m.body for t in threads for m in t.messages) == ["one\n", "two\n"]


def test_a_reply_that_bears_its_parents_id_hangs_below_it() -> None:
    threads = build_threads([make("a", subject="[PATCH] x"), make("a", "<a>", body="reply\n", day=2)])
    assert tree(threads) == [("a", 0, True), ("a", 1, True)]


def test_a_reply_without_any_id_is_joined_by_subject_only_then() -> None:
    patch = make("p", subject="[PATCH] one thing")
    lost = make("r", subject="Re: [PATCH] one thing", day=2)
    other = make("s", refs="<zzz>", subject="Re: [PATCH] one thing", day=2)
    late = make("t", subject="[PATCH] one thing", day=3)
    assert tree(build_threads([patch, lost])) == [("p", 0, True), ("r", 1, True)]
    assert len(build_threads([patch, other])) == 2
    assert len(build_threads([patch, late])) == 2


def test_one_discussion_with_two_roots_stays_one_thread() -> None:
    mails = [make("a"), make("z", day=2), make("b", "<a>", day=3), make("c", "<a> <z>", day=4)]
    threads = build_threads(mails)
    assert len(threads) == 1 and threads[0].others


IDS = st.sampled_from([f"i{n}@x" for n in range(8)])


@given(st.lists(st.tuples(IDS, st.lists(IDS, max_size=4), st.lists(IDS, max_size=2)), max_size=12))
def test_every_message_once_and_no_cycle(rows: list[tuple[str, list[str], list[str]]]) -> None:
    mails = [
        make(id, " ".join(f"<{r}>" for r in refs), " ".join(f"<{r}>" for r in to), body=f"{n}\n")
        for n, (id, refs, to) in enumerate(rows)
    ]
    threads = build_threads(mails)
    assert sorted(m.body for t in threads for m in t.messages) == sorted(m.body for m in mails)


def naive_parents(raw: bytes) -> tuple[str, list[str]]:
    """An independent, plain reading of one mail: its id, and the parents it may have, the best first."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].decode("latin-1")
    head = re.sub(r"\r?\n[ \t]+", " ", head)
    fields = [line.partition(":") for line in head.split("\n")]

    def ids(name: str) -> list[str]:
        return [
            i for key, _, value in fields if key.strip().lower() == name for i in re.findall(r"<([^<>\s]+)>", value)
        ]

    own = (ids("message-id") or [""])[0]
    above = [i for i in reversed(ids("references")) if i != own] or [i for i in ids("in-reply-to") if i != own]
    return own, above[:1]


def test_parents_of_real_threads_are_those_of_a_plain_reading() -> None:
    checked = 0
    for path in sorted((shared_mail() / "threads").glob("*.mbox")):
        raws = [raw for _, raw in split_mbox(path.read_bytes())]
        parents = {
            node.id: above
            for t in build_threads(message(raw) for raw in raws)
            for node, _, above in t.walk()
            if node.message
        }
        for raw in raws:
            own, above = naive_parents(raw)
            if own and above:
                assert parents[own] == above[0], (path.name, own)
                checked += 1
    assert checked > 1000
