"""Subjects as lists and mailers change them."""

from __future__ import annotations

import pytest

from patchflow.formats.patch.subject import parse_subject, subject_prefix


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


# Brackets that people and bots wrote, from lists of the kernel; titles are invented.
_HAND_MADE = """
[PATCH][v5.15] x | v5.15 | 1 | 0/0
[PATCH v5.15] x | v5.15 | 1 | 0/0
[PATCH v5.15 v3 1/2] x | v5.15 | 3 | 1/2
[PATCH v6.6-rc3] x | v6.6-rc3 | 1 | 0/0
[PATCH v6.1 2/4] x | v6.1 | 1 | 2/4
[PATCH v3 v4.19 2/4] x | v4.19 | 3 | 2/4
[PATCH v4.19.y 1/1] x | v4.19.y | 1 | 1/1
[PATCH 5.10.y] x | 5.10.y | 1 | 0/0
[PATCH 5.10] x | 5.10 | 1 | 0/0
[PATCH 5.10 123/456] x | 5.10 | 1 | 123/456
[PATCH 5.10.y-cip 3/9] x | 5.10.y-cip | 1 | 3/9
[PATCH][5.10.y] x | 5.10.y | 1 | 0/0
[PATCH][5.4-stable] x | 5.4-stable | 1 | 0/0
[5.10.y PATCH v2] x | 5.10.y | 2 | 0/0
[PATCH stable-5.10] x | stable-5.10 | 1 | 0/0
[PATCH linux-5.10.y 2/3] x | linux-5.10.y | 1 | 2/3
[PATCH for 5.10] x | 5.10 | 1 | 0/0
[PATCH for-5.10 v2] x | for-5.10 | 2 | 0/0
[PATCH 4.19.y, 4.14.y] x | 4.19.y | 1 | 0/0
[PATCH AUTOSEL 6.1 11/18] x | 6.1 | 1 | 11/18
[RFT PATCH v2 1/2] x | | 2 | 1/2
[PATCH REVIEW 2/2] x | | 1 | 2/2
[PATCH v2.1 2/2] x | | 2 | 2/2
[PATCH v3.1] x | | 3 | 0/0
[PATCH v2: 1/3] x | | 2 | 1/3
[PATCH: 1/3] x | | 1 | 1/3
[PATCH v2, 1/3] x | | 2 | 1/3
[PATCH; v2 1/3] x | | 2 | 1/3
[PATCH v2 1/3:] x | | 2 | 1/3
[PATCH v2 - 1/3] x | | 2 | 1/3
[PATCH 1 of 3] x | | 1 | 1/3
[PATCH 1 of 3 V2] x | | 2 | 1/3
[PATCH 02 / 11] x | | 1 | 2/11
[PATCH 34.5/36] x | | 1 | 0/0
[PATCH v 2] x | | 2 | 0/0
[PATCH version 3] x | | 3 | 0/0
[PATCH take 2] x | | 2 | 0/0
[PATCH rev2 1/3] x | | 2 | 1/3
[PATCH-v2 1/3] x | | 2 | 1/3
[PATCH_v2] x | | 2 | 0/0
[PATCHV2,1/3] x | | 2 | 1/3
[PATCH/v2] x | | 2 | 0/0
[PATCH-V3][2/9] x | | 3 | 2/9
[PATCH 3/3 v6] x | | 6 | 3/3
[V2 PATCH 03/11] x | | 2 | 3/11
[V2,1/2] x | | 2 | 1/2
[PATCH][-next] x | -next | 1 | 0/0
[PATCH -next v2] x | -next | 2 | 0/0
[PATCH][-mm] x | -mm | 1 | 0/0
[PATCH][tip] x | tip | 1 | 0/0
[PATCH -tip] x | -tip | 1 | 0/0
[PATCH][-tip v2] x | -tip | 2 | 0/0
[PATCH tip/core/rcu 2/5] x | tip/core/rcu | 1 | 2/5
[PATCH tip:x86/urgent] x | tip | 1 | 0/0
[PATCH][next][V2] x | next | 2 | 0/0
[PATCH V2][next] x | next | 2 | 0/0
[PATCH v3][net-next] x | net-next | 3 | 0/0
[PATCH 0/2][next] x | next | 1 | 0/2
[PATCH] [for-next] x | for-next | 1 | 0/0
[PATCH net-next/v2 1/3] x | net-next | 2 | 1/3
[net-next PATCH v2] x | net-next | 2 | 0/0
[-next 0/5] x | -next | 1 | 0/5
[PATCH net, stable v1 3/3] x | net | 1 | 3/3
[PATCH x86/core] x | x86/core | 1 | 0/0
[PATCH bpf-next v2 1/3] x | bpf-next | 2 | 1/3
[kvm-unit-tests PATCH v2 1/3] x | kvm-unit-tests | 2 | 1/3
[LINUX KERNEL PATCH v5 1/2] x | | 5 | 1/2
[CFT][PATCH v3] x | | 3 | 0/0
[PATCH v1 for reference] x | | 1 | 0/0
[PATH v2 0/8] x | | 2 | 0/8
[PATCHSET v2 0/8] x | | 2 | 0/8
[PATCH] [media] x | | 1 | 0/0
[PATCH][x86] x | | 1 | 0/0
[RFC][PATCH 2/4] x | | 1 | 2/4 | rfc
[RFC PATCHES 00/17] x | | 1 | 0/17 | rfc
[RFC/PATCH] x | | 1 | 0/0 | rfc
[PATCH/RFC v2] x | | 2 | 0/0 | rfc
[RFC,PATCH 1/2] x | | 1 | 1/2 | rfc
[RFC-v2 PATCH] x | | 2 | 0/0 | rfc
[RFCv2 PATCH 1/7] x | | 2 | 1/7 | rfc
[RFC v2 PATCH] x | | 2 | 0/0 | rfc
[PATCH v2 0/2] [RFC] x | | 2 | 0/2 | rfc
[RFC,net-next,v2,1/8] x | net-next | 2 | 1/8 | rfc
[PATCH RESENT v4 6/6] x | | 4 | 6/6 | resend
[PATCH][RESEND] x | | 1 | 0/0 | resend
[RESEND][PATCH v2] x | | 2 | 0/0 | resend
[PATCH v2-resend] x | | 2 | 0/0 | resend
[PATCH][next][V2][RESEND] x | next | 2 | 0/0 | resend
[PATCH REPOST] x | | 1 | 0/0 | resend
"""


@pytest.mark.parametrize("row", _HAND_MADE.strip().split("\n"))
def test_hand_made_brackets(row: str) -> None:
    text, tree, revision, count, *mark = (cell.strip() for cell in row.split("|"))
    found = parse_subject(text)
    expected = (tree, int(revision), count, "rfc" in mark, "resend" in mark)
    assert (found.tree, found.revision, f"{found.part}/{found.parts}", found.rfc, found.resend) == expected
    assert found.is_patch and found.title.split()[-1] == "x"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[GIT PULL] virtio: x", ""),
        ("[GIT PULL v2] virtio: x", ""),
        ("[GIT PULL iommu] x", ""),
        ("[syzbot] [net?] x", ""),
        ("[bug report] x", ""),
        ("[linux-next:master] BUILD REGRESSION 12", "linux-next"),
        ("[mst-vhost:vhost 18/35] drivers/a.c:54:17: warning: x", ""),
    ],
)
def test_what_is_no_patch(text: str, tree: str) -> None:
    found = parse_subject(text)
    assert not found.is_patch and found.tree == tree


@pytest.mark.parametrize("word", ["net-next", "v5.15", "5.10.y", "6.1", "-next", "tip", "linux-5.10.y", "for-6.1"])
@pytest.mark.parametrize(("rfc", "resend"), [(False, False), (True, False), (False, True)])
def test_what_goes_out_is_read_the_same(word: str, rfc: bool, resend: bool) -> None:
    found = parse_subject(f"[{subject_prefix(word, rfc, resend)} v3 1/4] x")
    assert (found.tree, found.revision, found.part, found.parts) == (word, 3, 1, 4)
    assert (found.rfc, found.resend, found.is_patch) == (rfc, resend, True)
