"""Subjects as lists and mailers change them."""

from __future__ import annotations

import pytest

from patchflow.formats.patch.subject import parse_subject


@pytest.mark.parametrize(
    ("text", "tree", "revision", "part", "parts", "title"),
    [
        ("[net-next,v2,1/3] x", "net-next", 2, 1, 3, "x"),
        ("[PATCH v6,19/24] x", "", 6, 19, 24, "x"),
        ("[RFC PATCH net-next v2 00/13] x", "net-next", 2, 0, 13, "x"),
        ("[Some-list] [PATCH v2 1/3] x", "", 2, 1, 3, "x"),
        ("Re: [some-list] Re: [PATCH 1/3] x", "", 1, 1, 3, "x"),
        ("[PATCHv3 -next] x", "-next", 3, 0, 0, "x"),
        ("AW: [PATCH] [media] x", "", 1, 0, 0, "[media] x"),
        ("[PATCH][next] x", "next", 1, 0, 0, "x"),
        ("[PATCH] [net-next] [v2] [1/2] x", "net-next", 2, 1, 2, "x"),
        ("[PATCH][net-next][v2] x", "net-next", 2, 0, 0, "x"),
        ("[net-next][PATCH] x", "net-next", 1, 0, 0, "x"),
        ("[PATCH-net-next] x", "net-next", 1, 0, 0, "x"),
        ("[PATCH (net-next)] x", "net-next", 1, 0, 0, "x"),
        ("[PATCH][6.6.y] x", "6.6.y", 1, 0, 0, "x"),
        ("[PATCH v2.1 2/2] x", "", 2, 2, 2, "x"),
        ("RFC PATCH v2 1/3: x", "", 2, 1, 3, "x"),
        ("[PATCH] x: [next] y", "", 1, 0, 0, "x: [next] y"),
        ("[PATCH net-next] Fwd: x", "net-next", 1, 0, 0, "Fwd: x"),
        ("Re: [PATCH net-next] Fwd: x", "net-next", 1, 0, 0, "Fwd: x"),
    ],
)
def test_spellings(text: str, tree: str, revision: int, part: int, parts: int, title: str) -> None:
    found = parse_subject(text)
    assert (found.tree, found.revision, found.part, found.parts, found.title) == (tree, revision, part, parts, title)
    assert found.is_patch and found.is_reply == text.startswith(("Re", "AW"))
