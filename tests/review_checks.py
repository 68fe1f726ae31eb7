"""What every review mail must hold: quotes stand in the patch, in its order, and each remark below its line."""

from __future__ import annotations

from collections.abc import Sequence


def check_review_mail(body: str, patch: str, remarks: Sequence[tuple[int, str]] = ()) -> None:
    """Fails where a quoted line is not the patch's (in the order of the patch), where something is quoted after the
    last words, or where a remark (the line of the patch's mail it is about, from 1, and its first line) does not
    stand below the quote of its line."""
    rows = [row.rstrip() for row in patch.split("\n")]
    lines = body.rstrip("\n").split("\n")
    at = 0
    above: dict[int, int] = {}  # line of the mail -> the patch's line (from 1) that was quoted last above it
    for number, line in enumerate(lines):
        if line.startswith(">") and line != "> [...]":
            quoted = line.removeprefix(">").removeprefix(" ") if line != ">" else ""
            assert quoted in [row.removeprefix(" ") if not row.strip() else row for row in rows[at:]], line
            at = next(n for n in range(at, len(rows)) if rows[n] == quoted) + 1
        above[number] = at
    assert not lines[-1].startswith(">"), "nothing is quoted after the last remark"
    for row, text in remarks:
        stands = [number for number, line in enumerate(lines) if line == text]
        assert any(rows[above[one] - 1] == rows[row - 1] for one in stands), (row, text)
