"""The changelog of a cover letter, taken apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.patch.changelog import Since, items_of, notes_of, without_items

BODY = """Why.

- vsock: a: not a changelog

---
Changes in v3:
- vsock: a: said more,
  on two lines (Bob)
- vsock: a: b: another title (Eve)
- Rebased
- Link to v2: https://lore.kernel.org/r/x

Changes in v2:
- vsock: a: earlier
"""
TITLES = ("vsock: a", "vsock: a: b")


def test_lines_go_to_the_patch_they_are_about() -> None:
    assert notes_of(BODY, "vsock: a", TITLES, 3, Since()) == (
        "Changes in v3:\n- said more, on two lines (Bob)\n\nChanges in v2:\n- earlier"
    )
    assert notes_of(BODY, "vsock: a: b", TITLES, 3, Since()) == "Changes in v3:\n- another title (Eve)"
    assert notes_of(BODY, "vsock: a", TITLES, 4, Since(3)).startswith("(no changes since v3)\n\nChanges in v3:")
    assert notes_of(BODY, "vsock: a", TITLES, 3, Since(2)).startswith("Changes in v3:"), "the user's words count"
    assert notes_of(BODY, "vsock: c", (*TITLES, "vsock: c"), 3, Since(0, True)) == "(new in v3)"
    assert notes_of(BODY, "vsock: c", (*TITLES, "vsock: c"), 3, Since()) == ""
    left = without_items(BODY, TITLES)
    assert "said more" not in left and "on two lines" not in left and "earlier" not in left
    assert "- vsock: a: not a changelog" in left and "- Rebased\n- Link to v2" in left


rows = st.sampled_from(
    ["Changes in v2:", "Changes in v1", "- t: x", "  more", "\ttab", "", "- u", "---", "Changes in v99999:"]
)


@given(st.lists(rows | st.text(max_size=20), max_size=30))
def test_any_text_is_read_and_nothing_else_is_taken_out(lines: list[str]) -> None:
    body = "\n".join(lines)
    rows = body.split("\n")
    for item in items_of(body):
        assert rows[item.first].startswith("- ") and item.first <= item.last < len(rows)
    left = without_items(body, ["t"]).split("\n")
    about = [item for item in items_of(body) if item.about(["t"])]
    assert len(rows) - sum(item.last - item.first + 1 for item in about) == (
        len(left) if left != [""] or "" in rows else 0
    )
    notes_of(body, "t", ["t"], 2, Since())
