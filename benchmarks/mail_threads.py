"""Our threads of a list against notmuch's: `python -m benchmarks.mail_threads LIST.mbox[.xz]`. Needs notmuch.

Prints how many threads each makes, how many are the same set of messages, and for those that are not which side joins
what the other keeps apart; `--show` adds Message-IDs to look them up by.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from patchflow.adapters.mail.sources import read_source
from patchflow.domain.message import Message
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.mail.threads import build_threads


def notmuch(folder: Path, mails: list[bytes]) -> list[frozenset[str]]:
    """The threads that notmuch makes of the mails, as sets of Message-IDs."""
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / name).mkdir(parents=True)
    for number, raw in enumerate(mails):
        (folder / "mail" / "cur" / f"{number}:2,S").write_bytes(raw)
    config = folder / "config"
    config.write_text(f"[database]\npath={folder}/mail\n[user]\nname=A\nprimary_email=a@example.org\n[new]\ntags=x\n")
    env = {**os.environ, "NOTMUCH_CONFIG": str(config), "HOME": str(folder)}

    def ask(*words: str) -> str:
        return subprocess.run(["notmuch", *words], env=env, check=True, capture_output=True, text=True).stdout

    ask("new", "--quiet")
    found: dict[str, set[str]] = {}
    for row in json.loads(ask("search", "--output=threads", "--format=json", "--exclude=false", "*")):
        found[row] = set()
    for thread, ids in found.items():
        ids.update(
            json.loads(ask("search", "--output=messages", "--format=json", "--exclude=false", f"thread:{thread}"))
        )
    return [frozenset(ids) for ids in found.values()]


def main(argv: list[str]) -> None:
    """Counts and compares."""
    show = "--show" in argv
    source = next(word for word in argv if word != "--show")
    mails = [mail.raw for mail in read_source(source)]
    messages = {message.id: message for message in map(parse_mail, mails)}
    ours = [frozenset(m.id for m in thread.messages) for thread in build_threads(list(messages.values()))]
    with tempfile.TemporaryDirectory() as name:
        theirs = notmuch(Path(name), mails)
    common = set.intersection(set().union(*ours), set().union(*theirs))
    ours = [one & common for one in ours if one & common]
    theirs = [one & common for one in theirs if one & common]
    same = set(ours) & set(theirs)
    print(f"{len(common)} messages; ours {len(ours)} threads, notmuch {len(theirs)}; {len(same)} are the same")
    home = {id: one for one in ours for id in one}
    for thread in theirs:
        parts = {home[id] for id in thread}
        if len(parts) > 1:
            tell("notmuch joins", parts, messages, show)
    home = {id: one for one in theirs for id in one}
    for thread in ours:
        parts = {home[id] for id in thread}
        if len(parts) > 1:
            tell("we join", parts, messages, show)


def tell(words: str, parts: set[frozenset[str]], messages: Mapping[str, Message], show: bool) -> None:
    """One difference."""
    sizes = sorted(map(len, parts), reverse=True)
    print(f"{words} {len(parts)} threads of {sizes} messages")
    if show:
        for part in parts:
            first = min(part)
            print(f"    {first}: {messages[first].subject[:90]}")


if __name__ == "__main__":
    main(sys.argv[1:])
