"""A part of a file's diff as a patch of its own: what `git apply --cached` takes, and with --reverse takes back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from patchflow.domain.diff import FileDiff, Hunk

Chosen = Collection[tuple[int, int]]  # (hunk, line in it), both from 0


def part_of(file: FileDiff, chosen: Chosen, reverse: bool = False) -> str:
    """The patch that makes just the chosen lines of a diff; "" where none of them changes anything.

    What is not chosen is as before: on the side that the patch is applied to a removed line stays and an added one is
    not there yet; with `reverse`, where it is taken back, it is the other way round.
    """
    kept, dropped = ("+", "-") if reverse else ("-", "+")
    rows: list[str] = []
    shift = 0
    for number, hunk in enumerate(file.hunks):
        lines = _lines(hunk, {line for one, line in chosen if one == number}, kept, dropped)
        if not any(line[:1] in ("+", "-") for line in lines):
            continue
        old, new = (sum(line[:1] in (" ", mark) for line in lines) for mark in "-+")
        starts = _starts(hunk, old, new, shift, reverse)
        shift += new - old
        rows += [f"@@ -{starts[0]},{old} +{starts[1]},{new} @@", *lines]
    return "\n".join([*_heading(file, reverse), *rows, ""]) if rows else ""


def _lines(hunk: Hunk, chosen: Collection[int], kept: str, dropped: str) -> list[str]:
    lines: list[str] = []
    stands = False
    for number, line in enumerate(hunk.lines):
        mark = line[:1]
        if mark == "\\":  # of the line above it
            lines += [line] if stands else []
            continue
        stands = number in chosen or mark != dropped
        if stands:
            lines.append(f" {line[1:]}" if mark == kept and number not in chosen else line)
    return lines


def _starts(hunk: Hunk, old: int, new: int, shift: int, reverse: bool) -> tuple[int, int]:
    """Where the hunk begins on both sides: as it is on the side that is there, and moved by the hunks above on the
    other. A side without lines names the line before."""
    if reverse:
        first = hunk.new_start + (not hunk.new_count)
        return first - shift - (not old), first - (not new)
    first = hunk.old_start + (not hunk.old_count)
    return first - (not old), first + shift - (not new)


def _heading(file: FileDiff, reverse: bool) -> Sequence[str]:
    old, new = _name("a/", file.path), _name("b/", file.path)
    head = [f"diff --git {old} {new}"]
    if file.is_new and not reverse:
        return [*head, f"new file mode {file.new_mode or '100644'}", "--- /dev/null", f"+++ {new}"]
    if not file.new and reverse:
        return [*head, f"deleted file mode {file.old_mode or '100644'}", f"--- {old}", "+++ /dev/null"]
    return [*head, f"--- {old}", f"+++ {new}"]


def _name(side: str, path: str) -> str:
    if not any(sign in ' "\\' or not sign.isprintable() for sign in path):
        return f"{side}{path}"
    raw = path.encode("utf-8", "surrogateescape")
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in raw)
    return f'"{side}{"".join(plain)}"'
