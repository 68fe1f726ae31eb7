"""The message that somebody names: by its Message-ID, or by the URL of an archive."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit


def named_message(word: str) -> tuple[str, str]:
    """The Message-ID that a word names, and the inbox where it is a URL; "" for neither."""
    if re.match(r"https?://", word):
        parts = urlsplit(word)
        path = [unquote(one) for one in parts.path.split("/") if one]
        at = next((number for number, one in enumerate(path) if "@" in one), None)
        if at is None:
            return "", ""
        return path[at].strip("<>"), f"{parts.scheme}://{parts.netloc}/{'/'.join(path[:at])}/"
    bare = word.strip().strip("<>")
    return (bare, "") if "@" in bare and not re.search(r"\s", bare) else ("", "")
