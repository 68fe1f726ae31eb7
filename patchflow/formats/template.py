"""Templates of what the user edits: string.Template with the names that templates/README.md tells."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from patchflow.errors import UsageError

# Kind -> the names it may hold.
NAMES: dict[str, tuple[str, ...]] = {
    "cover": ("series", "tree", "author"),
    "cover-rfc": ("series", "tree", "author"),
    "reply": ("date", "who", "quote"),
    "nudge": ("number", "weeks", "subject", "link", "author"),
    "thanks": ("date", "who", "first", "quote", "author"),
    "resend": ("number", "date"),
    "changelog": ("patch", "what", "who"),
}


def check_template(kind: str, text: str, where: str) -> None:
    """UsageError with the line of the first name that this kind of template does not have, or of a stray `$`."""
    for match in Template.pattern.finditer(text):
        name = match["named"] or match["braced"]
        if match["escaped"] is not None or name in NAMES[kind]:
            continue
        line = text.count("\n", 0, match.start()) + 1
        known = ", ".join(f"${one}" for one in NAMES[kind])
        if name:
            raise UsageError(f"{where}:{line}: ${name} is not a name of this template.", f"It knows {known}.")
        raise UsageError(
            f"{where}:{line}: a `$` that begins no name.", f"Write `$$` for a dollar sign, or one of {known}."
        )


def fill(kind: str, text: str, values: Mapping[str, str], where: str) -> str:
    """The template filled in; UsageError as check_template. Values are put in as they are, never read for names."""
    check_template(kind, text, where)
    return Template(text).substitute(values)
