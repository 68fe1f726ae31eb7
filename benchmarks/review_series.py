"""Series as `review` takes them out of mail, beside b4's `am`: `python -m benchmarks.review_series LIST.mbox [MOST]`.

Each thread with patches is given to both as the same mailbox. Compared are the revision that is picked, its parts, each
patch's author, and its trailers with those that answers gave; every difference is printed. b4 runs offline, with a home
of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from patchflow.domain.thread import Thread
from patchflow.domain.trailer import Trailer
from patchflow.errors import UsageError
from patchflow.flow.reviewing.choose import all_series
from patchflow.flow.reviewing.look import take
from patchflow.flow.reviewing.mails import read_mail_file
from patchflow.flow.reviewing.received import Mails, for_git, mails_of
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.collected_trailers import collect_trailers
from patchflow.formats.mail.mbox import split_mbox
from patchflow.formats.mail.threads import build_threads
from patchflow.formats.patch.patch_mail import parse_patch_mail
from patchflow.formats.patch.subject import parse_subject
from patchflow.formats.patch.trailers import person, trailers_of

_MOST = 200
_OWN = ("cc", "link", "message-id", "fixes", "closes")


@dataclass(frozen=True)
class Picked:
    """What one of the two makes of a mailbox: the revision, and for each part its author and its tags."""

    revision: int
    parts: dict[int, tuple[str, frozenset[tuple[str, str]]]]


def main(argv: list[str]) -> None:
    """Compares and prints."""
    mails = read_mail_file(argv[0], print)
    most = int(argv[1]) if len(argv) > 1 else _MOST
    threads = [one for one in reversed(build_threads(mails.messages)) if all_series(one.messages, bots())][:most]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as room:
        (Path(room) / "gitconfig").write_text("[user]\nname=A\nemail=a@example.org\n[b4]\nattestation-policy=off\n")
        subprocess.run(["git", "init", "-q", f"{room}/empty"], check=True)
        for number, thread in enumerate(threads):
            compare(thread, mails, Path(room), number, counts)
    print(f"{len(threads)} threads: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


def compare(thread: Thread, mails: Mails, room: Path, number: int, counts: Counter[str]) -> None:
    """One thread, in both."""
    series = all_series(thread.messages, bots())
    wanted = series[0][0].first.id
    raws = [mails.raw(message) for message in thread.messages]
    ours, theirs = of_patchflow(raws, wanted), of_b4(raws, wanted, room, number)
    if ours is None or theirs is None:
        counts[
            "taken by neither" if ours is theirs else "taken by b4 only" if ours is None else "taken by patchflow only"
        ] += 1
        print(f"{wanted}: {'' if theirs else 'b4 takes nothing'} {'' if ours else 'patchflow takes nothing'}")
        return
    counts["taken by both"] += 1
    same = {
        "same revision": ours.revision == theirs.revision,
        "same parts": ours.parts.keys() == theirs.parts.keys(),
        "same authors": {n: one[0] for n, one in ours.parts.items()} == {n: one[0] for n, one in theirs.parts.items()},
        "same trailers": {n: one[1] for n, one in ours.parts.items()} == {n: one[1] for n, one in theirs.parts.items()},
    }
    for name, holds in same.items():
        counts[name] += holds
    if all(same.values()):
        counts["the same in all"] += 1
        return
    print(f"{wanted}: not the {', not the '.join(name for name, holds in same.items() if not holds)}")
    if not same["same revision"] or not same["same parts"]:
        print(f"  patchflow v{ours.revision} {sorted(ours.parts)}, b4 v{theirs.revision} {sorted(theirs.parts)}")
    for part in sorted(ours.parts.keys() & theirs.parts.keys()):
        if ours.parts[part][0] != theirs.parts[part][0]:
            print(f"  {part}: author {ours.parts[part][0]}, b4 {theirs.parts[part][0]}")
        for tag in sorted(ours.parts[part][1] - theirs.parts[part][1]):
            print(f"  {part}: patchflow only {tag}")
        for tag in sorted(theirs.parts[part][1] - ours.parts[part][1]):
            print(f"  {part}: b4 only {tag}")


def of_patchflow(raws: list[bytes], wanted: str) -> Picked | None:
    """What patchflow picks."""
    mails = mails_of(raws)
    try:
        taken = take(mails, wanted)
    except UsageError:
        return None
    given = {one.message_id: one.given for one in collect_trailers(build_threads(mails.messages), bots()).patches}
    parts = {}
    for one in taken.patches:
        tags = [*trailers_of(one.patch.message), *(t.trailer for t in given.get(one.message_id, ()) if not t.mismatch)]
        parts[one.part] = (one.patch.author.email.lower(), bare(tags))
    return Picked(taken.chosen.posting.revision, parts)


def of_b4(raws: list[bytes], wanted: str, room: Path, number: int) -> Picked | None:
    """What b4 picks."""
    path = room / f"{number}.mbox"
    path.write_bytes(
        b"".join(for_git(re.sub(rb"(?m)^(>*From )", rb">\1", raw)).rstrip(b"\n") + b"\n\n" for raw in raws)
    )
    env = {**os.environ, "HOME": str(room), "XDG_CACHE_HOME": str(room), "XDG_CONFIG_HOME": str(room),
           "GIT_CONFIG_SYSTEM": os.devnull,
           "XDG_DATA_HOME": str(room), "GIT_CONFIG_GLOBAL": str(room / "gitconfig")}  # fmt: skip
    code = "import sys; from b4.command import cmd; sys.exit(cmd())"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-interactive", "--offline-mode", "am", "-C", "-o", "-",
         "-m", str(path), wanted],
        env=env, capture_output=True, cwd=room / "empty", check=False, timeout=120,
    )  # fmt: skip
    parts: dict[int, tuple[str, frozenset[tuple[str, str]]]] = {}
    revision = 0
    for _, raw in split_mbox(done.stdout):
        try:
            patch, _ = parse_patch_mail(raw, "b4")
        except UsageError:
            continue
        subject = parse_subject(patch.subject_line)
        revision = subject.revision
        parts[subject.part or 1] = (patch.author.email.lower(), bare(trailers_of(patch.message)))
    if not parts and os.environ.get("SHOW"):
        print(done.stderr.decode("utf-8", "replace")[-600:])
    return Picked(revision, parts) if parts else None


def bare(tags: Sequence[Trailer]) -> frozenset[tuple[str, str]]:
    """Tags by key and address: how a name is written is no difference."""
    found = set()
    for tag in tags:
        key, _, value = str(tag).partition(": ")
        if key.lower() not in _OWN:
            who = person(value)
            found.add((key.lower(), who.email.lower() if who else value.lower()))
    return frozenset(found)


if __name__ == "__main__":
    main(sys.argv[1:])
