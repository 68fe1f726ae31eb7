"""What the reader of reviews makes of real replies, held against labels made by reading them.

    python -m benchmarks.remarks MBOX …                  scores both sets of labels: those the reader was made by
                                                          (labelled_remarks.json) and those of mail that it had not
                                                          seen when they were made (labelled_unseen.json)
    python -m benchmarks.remarks --show N SEED MBOX …     N replies at random, their own runs and what became of each
    python -m benchmarks.remarks --draft N SEED LIST MBOX …   labels of N replies at random, to be corrected by hand
    python -m benchmarks.remarks --dropped MBOX …         runs taken for approval that hold a negation or a contrast

Bots' mails are left out: what they found is read by their form (tests/formats/test_bot_reports.py).
A label is a reply's Message-ID, the list it went to, and its remarks: the file, the line and the first words of each.
Ids, places and first words only, of unseen mail their digests: the mails themselves are not kept.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from patchflow.domain.comment import Comment
from patchflow.domain.message import Message
from patchflow.domain.thread import Thread
from patchflow.flow.review.mail import threads_in
from patchflow.flow.subsystem.bots import bots
from patchflow.formats.mail.comments import Reviewer, comments_of
from patchflow.formats.mail.own_words import own_words
from patchflow.formats.mail.quotes import read_lines, signature_start

LABELS = ("labelled_remarks.json", "labelled_unseen.json")
_TURN = re.compile(
    r"(?i)\b(?:not|no|never|cannot|\w+n['’]t|but|except|however|although|though|otherwise|once|if|unless|without|only)\b"
)


def runs_of(message: Message) -> Iterator[tuple[int, int, list[str], list[str]]]:
    """Each run of own lines: its first and last line (from 1), the three quoted lines above it, and its text."""
    lines = read_lines(message.body)
    end, at, above = signature_start(lines), 0, list[str]()
    while at < end:
        if lines[at].depth:
            above = [*above[-2:], lines[at].text]
            at += 1
            continue
        stop = at
        while stop < end and not lines[stop].depth:
            stop += 1
        text = [line.text for line in lines[at:stop]]
        if any(line.strip() for line in text):
            yield at + 1, stop, above, text
            above = []
        at = stop


def replies(paths: list[str]) -> Iterator[tuple[Thread, Reviewer, list[Comment], Message]]:
    """Every reply in these files that stands below a patch, with its thread as it was read."""
    known = bots()
    for path in paths:
        for thread in threads_in(path):
            reader = Reviewer(thread, known)
            reader.read()
            comments = reader.comments()
            for number, message in reader.messages.items():
                if number not in reader.targets.patches:
                    yield thread, reader, comments, message


def show(count: int, seed: int, paths: list[str]) -> None:
    """Prints replies to be read."""
    rows = [row for row in replies(paths) if len(row[3].body) < 60_000]
    for _, reader, comments, message in random.Random(seed).sample(rows, min(count, len(rows))):
        number = next(n for n, m in reader.messages.items() if m is message)
        mine = [c for c in comments if c.message == message.id]
        read = reader.reads.get(number)
        followed = {block.start: block for block in (read.blocks if read else ())}
        print(f"=== {message.id} | {message.sender} | {message.subject[:90]}")
        for first, last, above, text in runs_of(message):
            hit = [c for c in mine if first <= c.span[0] <= last]
            below = [b for start, b in followed.items() if first <= start + 1 <= last]
            what = (
                f"TASK {hit[0].file}:{hit[0].line} {hit[0].state}" if hit
                else f"BELOW {below[0].belongs}{' settles' if below[0].settles else ''}" if below and below[0].belongs
                else "approval" if below and below[0].settles
                else "author/none" if below else "dropped"
            )  # fmt: skip
            print(f"--- [{what}]")
            for line in above:
                print(f"    > {line[:100]}")
            for line in text[:14]:
                if line.strip():
                    print(f"    {line[:140]}")


def dropped(paths: list[str]) -> None:
    """Prints what was taken for approval though it holds a negation or a contrast."""
    for _, _, _, message in replies(paths):
        for first, last, _, text in runs_of(message):
            run = own_words(text, message.sender, True, False)
            words = " ".join(" ".join(text[at] for at in run.lines).split())
            if run.settles and _TURN.search(words):
                print(f"{message.id}:{first}-{last}: {words[:300]}")


def score(paths: list[str]) -> None:
    """Recall, precision and right places, by list, and what was confused."""
    sets = [json.loads(Path(__file__).with_name(name).read_text())["replies"] for name in LABELS]
    labels = [{row["id"]: row for row in rows} for rows in sets]
    counts: list[dict[str, Counter[str]]] = [{} for _ in LABELS]
    confused: list[Counter[str]] = [Counter() for _ in LABELS]
    seen: set[tuple[int, str]] = set()
    known = bots()
    for path in paths:
        for thread in threads_in(path):
            comments = comments_of(thread, known)
            for message in thread.messages:
                for at, known_rows in enumerate(labels):
                    row = known_rows.get(message.id) or known_rows.get(_digest(message.id))
                    if row is None or (at, message.id) in seen:
                        continue
                    seen.add((at, message.id))
                    mine = [c for c in comments if c.message == message.id and not c.bot]
                    said = [s.text for c in comments for s in c.exchange if s.message == message.id]
                    _count(row, mine, said, confused[at], counts[at].setdefault(row["list"], Counter()))
    for at, name in enumerate(LABELS):
        print(f"\n{name}")
        _print(counts[at], confused[at])
        print(f"{len(labels[at]) - sum(1 for one, _ in seen if one == at)} labelled replies are not in these files.")


def _print(counts: dict[str, Counter[str]], confused: Counter[str]) -> None:
    total: Counter[str] = Counter()
    for name, count in [*sorted(counts.items()), ("all", total)]:
        total.update(count if name != "all" else {})
        print(
            f"{name:16} replies {count['replies']:4}  remarks {count['wanted']:4}  "
            f"recall {_share(count['found'], count['wanted'])}  precision {_share(count['found'], count['tasks'])}  "
            f"place {_share(count['placed'], count['found'])}"
        )
    for what, often in sorted(confused.items()):
        print(f"{often:4} {what}")


def _count(
    row: dict[str, Any], comments: list[Comment], said: list[str], confused: Counter[str], count: Counter[str]
) -> None:
    left = list(comments)
    remarks = row["remarks"]
    count["replies"] += 1
    count["wanted"] += len(remarks)
    count["tasks"] += len(comments)
    for remark in remarks:
        words = str(remark["words"])
        found = next((c for c in left if _begins(c.text, words)), None)
        if found is None:
            inside = any(_begins(text, words) for text in said)
            confused["remarks taken for a word below another" if inside else "remarks taken for nothing"] += 1
            print(f"  missed in {row['id']}: {words}")
            continue
        left.remove(found)
        count["found"] += 1
        if (found.file, found.line) == (remark["file"], remark["line"]):
            count["placed"] += 1
        else:
            print(f"  misplaced in {row['id']}: {words}: {found.file}:{found.line}")
    for comment in left:
        kind = "the patch as a whole" if not comment.file else "the message" if comment.file.isupper() else "code"
        confused[f"no remarks taken for one on {'the cover' if comment.file == 'cover' else kind}"] += 1
        print(f"  no remark in {row['id']}: {' '.join(comment.text.split())[:80]}")


def draft(count: int, seed: int, name: str, paths: list[str]) -> None:
    """Prints labels of replies at random as the reader has them now, to be read and corrected by hand."""
    rows = [row for row in replies(paths) if len(row[3].body) < 60_000]
    for _, _, comments, message in random.Random(seed).sample(rows, min(count, len(rows))):
        mine = [c for c in comments if c.message == message.id and not c.bot]
        remarks = [{"file": c.file, "line": c.line, "words": " ".join(c.text.split()[:6])} for c in mine]
        print(json.dumps({"id": message.id, "list": name, "remarks": remarks}))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _begins(text: str, words: str) -> bool:
    """Whether a text begins with these words, or with as many as `N:DIGEST` is of."""
    if match := re.fullmatch(r"(\d+):([0-9a-f]{16})", words):
        return _digest(" ".join(text.split()[: int(match[1])])) == match[2]
    return " ".join(text.split()).startswith(words)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "-"


def main() -> None:
    """Reads the command line."""
    words = sys.argv[1:]
    if words[:1] == ["--show"]:
        show(int(words[1]), int(words[2]), words[3:])
    elif words[:1] == ["--draft"]:
        draft(int(words[1]), int(words[2]), words[3], words[4:])
    elif words[:1] == ["--dropped"]:
        dropped(words[1:])
    else:
        score(words)


if __name__ == "__main__":
    main()
