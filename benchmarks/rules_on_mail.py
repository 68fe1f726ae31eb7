"""How often each rule hits on real patch mails: `python -m benchmarks.rules_on_mail TREE [--show RULE[@LIST]] [FILE…]`.

Each posting is judged under the profile that TREE's MAINTAINERS gives its files, and counted for every list in its To
and Cc. FILE may be a public-inbox: of each epoch the newest mails are read (`--newest N`, 3,000), and the list that
most of them name has a column. Without files: every mbox and list of the mail folder beside the repository
(PATCHFLOW_SHARED_MAIL). Only numbers are printed; `--show` prints hits of one rule, of one list with `@LIST`, and
`--brackets` the postings whose bracket is another than the profile's, for reading them, never for keeping.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path

from patchflow.adapters.mail import inbox
from patchflow.adapters.mail.sources import read_source
from patchflow.domain.finding import Finding, Scope
from patchflow.domain.patch import Patch
from patchflow.domain.profile import Profile
from patchflow.errors import PatchflowError
from patchflow.flow.check.judge import check_patches
from patchflow.flow.subsystem.in_force import Subsystems
from patchflow.formats.patch.patch_mail import parse_patch_mail
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context, Posting

Mail = tuple[Patch, str, frozenset[str]]
LISTS = 12  # of the busiest, a column each, where no public-inbox names them
SHOWN = 20
NEWEST = 3000  # mails of an epoch


def main(argv: list[str]) -> int:
    """Prints the table, or the hits of one rule."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("tree")
    words.add_argument("files", nargs="*")
    words.add_argument("--show", default="", metavar="RULE[@LIST]")
    words.add_argument("--brackets", action="store_true")
    words.add_argument("--newest", type=int, default=NEWEST)
    args = words.parse_intermixed_args(argv)
    subsystems = Subsystems(args.tree)
    show, _, only = args.show.partition("@")
    names: list[str] = []
    found = group(mails(args.files or default_files(), args.newest, names))
    groups = {key: patches for key, patches in found.items() if of_the_tree(patches, Path(args.tree))}
    hits: Counter[str] = Counter()
    hit_mails: Counter[str] = Counter()
    by_list: Counter[tuple[str, str]] = Counter()
    sizes: Counter[str] = Counter()
    count = sum(len(patches) for patches in groups.values())
    shown = 0
    for patches in groups.values():
        lists = {name for _, _, names in patches for name in names}
        sizes.update({name: len(patches) for name in lists})
        said = parse_subject(patches[0][0].subject_line).tree
        touched = [(patch.message, patch.paths) for patch, *_ in patches]
        facts = subsystems.of(touched, subsystems.named_by(said))
        if args.brackets:
            print(f"{'=' if said == facts.prefix else '!'} [{said}] [{facts.prefix}] {facts.name}: {facts.home}")
            print(f"    {' '.join(sorted(lists))}\n    {patches[0][0].subject_line}")
            continue
        for patch, findings in judged(patches, facts):
            for finding in findings:
                by_list.update((name, finding.rule) for name in lists)
                hits[finding.rule] += 1
                if finding.rule == show and shown < SHOWN and (not only or only in lists):
                    shown += 1
                    print(f"{patch.subject[:90]}\n    {finding.as_line()}\n    {line_of(patch, finding)}")
            hit_mails.update({finding.rule for finding in findings})
    if not show and not args.brackets:
        print(f"{count} patches in {len(groups)} postings\n")
        print("| rule | findings | patches or postings hit | per 100 patches |\n| --- | ---: | ---: | ---: |")
        for rule, number in hits.most_common():
            print(f"| {rule} | {number} | {hit_mails[rule]} | {100 * hit_mails[rule] / count:.1f} |")
        names = names or [name for name, _ in sizes.most_common(LISTS)]
        print(f"\n| findings per 100 patches | {' | '.join(names)} |\n| --- |{' ---: |' * len(names)}")
        print(f"| patches | {' | '.join(str(sizes[name]) for name in names)} |")
        for rule, _ in hits.most_common():
            cells = [f"{100 * by_list[name, rule] / sizes[name]:.1f}" for name in names]
            print(f"| {rule} | {' | '.join(cells)} |")
    return 0


def default_files() -> list[str]:
    """The threads and lists of the mail folder."""
    named = os.environ.get("PATCHFLOW_SHARED_MAIL")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "mail"
    return sorted(str(path) for path in (*folder.glob("threads/*.mbox"), *folder.glob("lists/*")))


def mails(files: list[str], newest: int = NEWEST, names: list[str] | None = None) -> Iterator[Mail]:
    """Every mail that is a patch and no reply, with its parent; each patch once.

    The list that most patches of a public-inbox name is added to `names`.
    """
    seen: set[tuple[str, str]] = set()
    for name in files:
        is_inbox = inbox.is_inbox(Path(name))
        named: Counter[str] = Counter()
        for raw in newest_of(name, newest) if is_inbox else (mail.raw for mail in read_source(name)):
            try:
                patch, parent = parse_patch_mail(raw, name)
            except PatchflowError:
                continue
            subject = parse_subject(patch.subject_line)
            key = (patch.subject_line, patch.diff)
            if not subject.is_patch or subject.is_reply or not patch.files:
                continue
            lists = lists_of(raw)
            named.update(lists)
            if key not in seen:
                seen.add(key)
                yield patch, parent, lists
        if is_inbox and names is not None:
            named.pop("linux-kernel", None)
            names.extend(one for one, _ in named.most_common(1))


def newest_of(name: str, count: int) -> Iterable[bytes]:
    """The newest mails of each epoch of a public-inbox."""
    for change in inbox.changes(Path(name), {}, []):
        for _, raw in inbox.mails(change.place, change.whole()[-count:]):
            yield raw


def lists_of(raw: bytes) -> frozenset[str]:
    """The lists in To and Cc, without their host."""
    headers = BytesHeaderParser().parsebytes(raw.partition(b"\n\n")[0])
    people = getaddresses([str(value) for key in ("to", "cc") for value in headers.get_all(key, [])])
    return frozenset(
        address.partition("@")[0].lower()
        for _, address in people
        if address.lower().endswith(
            ("@vger.kernel.org", "@lists.linux.dev", "@kvack.org", "@lists.linux-foundation.org")
        )
        or "@lists." in address.lower()
    )


def group(found: Iterator[Mail]) -> dict[tuple[str, ...], list[Mail]]:
    """The postings: the numbered patches of one author below one cover, and single patches."""
    groups: dict[tuple[str, ...], list[Mail]] = {}
    for number, (patch, parent, names) in enumerate(found):
        subject = parse_subject(patch.subject_line)
        single = subject.parts <= 1
        key = (str(number),) if single else (patch.committer.key, str(subject.parts), str(subject.revision), parent)
        groups.setdefault(key, []).append((patch, parent, names))
    return groups


def of_the_tree(mails: list[Mail], tree: Path) -> bool:
    """Whether a posting changes files in folders of the tree, and names none that no kernel has.

    Lists take patches of other projects too: BlueZ, xfsprogs, alsa-lib.
    """
    paths = [Path(path) for patch, *_ in mails for path in patch.paths]
    tops = {path.parts[0] for path in paths if len(path.parts) > 1}
    folders = [path for path in paths if len(path.parts) > 2 or path.name == "MAINTAINERS"]
    return all((tree / top).is_dir() for top in tops) and any((tree / path).parent.is_dir() for path in folders)


def judged(mails: list[Mail], facts: Profile) -> Iterator[tuple[Patch, list[Finding]]]:
    """Each patch with its findings; those of the posting with its first patch."""
    patches = tuple(patch for patch, _, _ in mails)
    subject = parse_subject(patches[0].subject_line)
    whole = subject.parts <= 1 or len(patches) == subject.parts
    posting = Posting(
        tree=subject.tree,
        # What a series changed may stand in its cover, which is not looked at here.
        revision=1 if subject.counted else subject.revision,
        rfc=subject.rfc, resend=subject.resend, in_reply_to="" if subject.counted else mails[0][1],
        changelog="\n".join(patch.notes for patch in patches), has_cover=subject.parts > 1,
    )  # fmt: skip
    context = Context(profile=facts, patches=patches, posting=posting)
    kinds = list(Scope) if whole else [Scope.COMMIT, Scope.PATCH]
    report = check_patches(patches, facts, context, kinds=kinds)
    for number, (patch, row) in enumerate(zip(patches, report.patches, strict=True)):
        yield patch, [*row.findings, *(report.series if number == 0 else ())]


def line_of(patch: Patch, finding: Finding) -> str:
    """The line of the message or the code that a finding is about."""
    if finding.file == "COMMIT_MSG":
        lines = patch.message.split("\n")
        return lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    for file in patch.files:
        if file.path == finding.file:
            return dict(file.added()).get(finding.line, "")
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
