"""The text of a mail that holds nothing but HTML."""

from __future__ import annotations

import re
from html import unescape

from patchflow import lazy_re

_BREAK = lazy_re.compile(
    r"<(?:br|hr|/?(?:p|div|tr|li|ul|ol|dt|dd|table|pre|h[1-6]))(?![\w-])[^<>]{0,200}>(?:[ \t]*\n)?", re.IGNORECASE
)
_CELL = lazy_re.compile(r"</t[dh](?![\w-])[^<>]{0,200}>", re.IGNORECASE)
_QUOTED = lazy_re.compile(r"<(/?)blockquote(?![\w-])[^<>]{0,2000}>(?:[ \t]*\n)?", re.IGNORECASE)
_LINKED = lazy_re.compile(r"<a(\s[^<>]{0,4000})>([^<>]{0,2000})</a\s*>", re.IGNORECASE)
_HREF = lazy_re.compile(r"\shref\s*=\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
_TAG = lazy_re.compile(r"<[!/a-zA-Z][^<>]{0,2000}>")
_HIDDEN = lazy_re.compile(r"<(/?)(?:style|script)\b", re.IGNORECASE)
_DEEPEST = 50  # levels of quotation in HTML


def text_of_html(text: str) -> str:
    """What a browser would roughly show, for mails that hold nothing but HTML: links with their targets, what stands
    in a blockquote with quote marks."""
    shown: list[str] = []
    depth, at = 0, 0
    text = _LINKED.sub(_with_target, _without_scripts(text))
    for match in _QUOTED.finditer(text):
        shown += _shown(text[at : match.start()], depth)
        depth = max(depth - 1, 0) if match[1] else min(depth + 1, _DEEPEST)
        at = match.end()
    return "\n".join([*shown, *_shown(text[at:], depth)])


def _with_target(match: re.Match[str]) -> str:
    """A link's words, and where it leads unless they say so."""
    href = _HREF.search(match[1])
    if href is None:
        return match[2]
    target = unescape(href[1])
    words = unescape(match[2])
    bare = re.sub(r"^(?:mailto:|https?://)", "", target).rstrip("/")
    return match[2] if bare in words or target.startswith("#") else f"{match[2]} &lt;{href[1]}&gt;"


def _shown(text: str, depth: int) -> list[str]:
    """The lines of a piece of HTML, with the marks of its depth of quotation."""
    bare = unescape(_TAG.sub("", _CELL.sub(" ", _BREAK.sub("\n", text)))).replace("\xa0", " ")
    lines = [line.rstrip() for line in bare.split("\n")]
    if not depth:
        return lines
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return [f"{'> ' * depth}{line}".rstrip() for line in lines]


def _without_scripts(text: str) -> str:
    """The text without what stands between <script> or <style> and its end."""
    kept: list[str] = []
    at, hidden = 0, False
    for match in _HIDDEN.finditer(text):
        if not hidden:
            kept.append(text[at : match.start()])
        at, hidden = match.start(), not match[1]
    return "".join([*kept, *([] if hidden else [text[at:]])])
