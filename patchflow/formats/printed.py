"""What a command prints, as text: lines fit for a terminal, or one JSON document."""

from __future__ import annotations

from patchflow.formats.safe import escaped, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def as_lines(lines: Iterable[str]) -> str:
    """The lines, made safe for a terminal."""
    return "".join(safe(line) + "\n" for line in lines)


def as_json(document: object) -> str:
    r"""One JSON document; what a terminal may not get stands in it as \uXXXX."""
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # Bytes of a patch that are no UTF-8 travel as surrogates, which no JSON document may hold.
    return escaped(text.encode("utf-8", "replace").decode()) + "\n"
