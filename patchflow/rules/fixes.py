"""Rules about Fixes tags: there, well-formed, and true."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.domain.finding import Fix, Scope, Severity
from patchflow.formats.patch.trailers import parse_trailer, trailers_of
from patchflow.rules.registry import Hit, rule

# The commit-msg hook loads this module: what only annotations name stays out of its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from patchflow.domain.patch import Patch
    from patchflow.rules.context import Context, History

GOOD = lazy_re.compile(r'^([0-9a-f]{12,40}) \("(.+)"\)$')
_SUBMITTING = "Documentation/process/submitting-patches.rst"
_TRACE = lazy_re.compile(r"\b(KASAN|UBSAN|KCSAN|KMSAN): |^[ \t]*Call Trace:|syzkaller|syzbot", re.MULTILINE)


def _rewritten(patch: Patch, number: int, value: str, history: History, hash: str) -> Fix | None:
    """The tag as git would write it, where that commit is here and what was written does not speak of another."""
    full, subject = history.full(hash), history.subject(hash)
    if full is None or subject is None or (value and not _alike(value, subject)):
        return None
    lines = patch.message.split("\n")
    lines[number - 1] = f'Fixes: {hash if len(hash) >= 12 else full[:12]} ("{subject}")'
    return Fix("write the tag as git does", "\n".join(lines))


def _alike(written: str, subject: str) -> bool:
    """Whether a title is misquoted rather than another commit's: a wrong hash is for a person to find."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, written.strip(" ()\"'").lower(), subject.lower()).ratio() > 0.6


def _tags(patch: Patch) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(patch.message.split("\n"), start=1):
        match = re.match(r"^\s{0,1}(fixes)\s*:\s*(.*)$", line, re.IGNORECASE)
        if match and (re.match(r"(?i)(commit )?<?[0-9a-f]{5,40}\b", match[2]) or parse_trailer(line)):
            yield number, match[2].strip()


@rule("fixes-format", Scope.COMMIT, Severity.ERROR, f"{_SUBMITTING}; NIPA verify_fixes")
def fixes_format(patch: Patch, context: Context) -> Iterator[Hit]:
    """A Fixes tag reads `Fixes: <12 or more hex digits> ("title")`, on one line.

    git's own form: git log -1 --abbrev=12 --format='Fixes: %h ("%s")' COMMIT.

    Okay:
        vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Fixes: 01234567 ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Fixes: 0123456789ab vsock: add it
        Signed-off-by: Ada Example <ada@example.org>
    """
    lines = patch.message.split("\n")
    for number, value in _tags(patch):
        if re.match(r"https?://", value):
            yield Hit("Fixes: names a commit; a bug report goes into Closes: or Link:", number)
        elif GOOD.match(value):
            continue
        elif number < len(lines) and value.count("(") > value.count(")") and not parse_trailer(lines[number]):
            yield Hit("a Fixes tag stands on one line, however long", number)
        else:
            named = re.match(r"^(?:commit )?<?([0-9a-f]{5,40})\b>?(.*)$", value)
            fix = _rewritten(patch, number, named[2], context.history, named[1]) if named else None
            short = named and len(named[1]) < 12
            words = (
                "the hash in Fixes: has fewer than 12 digits" if short else 'Fixes: reads `<12 hex digits> ("title")`'
            )
            yield Hit(words, number, fix=fix)


@rule("fixes-exists", Scope.COMMIT, Severity.ERROR, "NIPA verify_fixes; scripts/checkpatch.pl")
def fixes_exists(patch: Patch, context: Context) -> Iterator[Hit]:
    """The commit a Fixes tag names exists, and its title is the one quoted.

    Where history is cut off, a commit that is not found may still exist: then it cannot be verified,
    and that is said as advice, never as an error.

    Okay:
        vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add something else")
        Signed-off-by: Ada Example <ada@example.org>
    """
    for number, value in _tags(patch):
        match = GOOD.match(value) or re.match(r"^([0-9a-f]{8,40})\b(?: ?\(\"(.*)\"\))?", value)
        if not match:
            continue
        subject = context.history.subject(match[1])
        if subject is None:
            if context.history.complete:
                yield Hit(f"no commit {match[1]} in this repository", number)
            else:
                yield Hit(
                    f"cannot verify {match[1]}: the history here does not reach it", number, severity=Severity.ADVICE
                )
        elif match[2] is not None and subject.strip() != match[2].strip():
            fix = _rewritten(patch, number, match[2], context.history, match[1])
            yield Hit(f'{match[1]} is titled "{subject}"', number, fix=fix)


@rule("fixes-ancestor", Scope.COMMIT, Severity.WARNING, "a fix of what is not in the tree cannot be applied to it")
def fixes_ancestor(patch: Patch, context: Context) -> Iterator[Hit]:
    """The commit a Fixes tag names is part of the tree the series is based on.

    Okay:
        vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Fixes: ba9876543210 ("vsock: add it elsewhere")
        Signed-off-by: Ada Example <ada@example.org>
    """
    for number, value in _tags(patch):
        match = GOOD.match(value)
        if match and context.history.subject(match[1]) is not None and not context.history.is_ancestor(match[1]):
            yield Hit(f"{match[1]} is not an ancestor of the base: is this the right tree?", number)


@rule("fixes-hint", Scope.COMMIT, Severity.WARNING, "scripts/checkpatch.pl")
def fixes_hint(patch: Patch, context: Context) -> Iterator[Hit]:
    """A message that quotes a sanitizer's or a crash's report has a Fixes tag.

    A feature may quote a trace for another reason; a revert names what it reverts; of what asks for stable the rule
    `stable` speaks.

    Okay:
        vsock: fix it

        Call Trace:
         vsock_connect+0x1/0x2

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        BUG: KASAN: use-after-free in vsock_connect

        Signed-off-by: Ada Example <ada@example.org>
    """
    keys = {trailer.key.lower() for trailer in trailers_of(patch.message)}
    if "fixes" in keys or patch.subject.startswith('Revert "') or "This reverts commit" in patch.message:
        return
    match = _TRACE.search(patch.message)
    if match:
        number = patch.message.count("\n", 0, match.start()) + 1
        yield Hit(f"`{match[0].strip()}` speaks of a bug, but there is no Fixes tag", number)


@rule("fixes-present", Scope.SERIES, Severity.ERROR, "NIPA fixes_present")
def fixes_present(context: Context) -> Iterator[Hit]:
    """A series for net (not net-next) that touches code has a Fixes tag.

    Documentation/ and MAINTAINERS alone need none.

    Okay:
        Subject: [PATCH net] vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add it")
        ---
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
        --- a/net/vmw_vsock/af_vsock.c
        +++ b/net/vmw_vsock/af_vsock.c
        @@ -1,1 +1,1 @@
        -int a;
        +int b;

    Okay:
        Subject: [PATCH net] MAINTAINERS: update it

        A body.
        ---
        diff --git a/MAINTAINERS b/MAINTAINERS
        --- a/MAINTAINERS
        +++ b/MAINTAINERS
        @@ -1,1 +1,1 @@
        -a
        +b

    Bad:
        Subject: [PATCH net] vsock: fix it

        A body.
        ---
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
        --- a/net/vmw_vsock/af_vsock.c
        +++ b/net/vmw_vsock/af_vsock.c
        @@ -1,1 +1,1 @@
        -int a;
        +int b;
    """
    if not context.posting.tree or context.posting.tree != context.profile.fix_prefix:
        return
    paths = [path for patch in context.patches for path in patch.paths]
    if all(path.startswith("Documentation/") or path == "MAINTAINERS" for path in paths):
        return
    if not any(t.key.lower() == "fixes" for patch in context.patches for t in trailers_of(patch.message)):
        yield Hit(
            f"a series for {context.posting.tree} has no Fixes tag: fixes name what they fix, the rest goes to "
            f"{context.posting.tree}-next"
        )


@rule("fixes-stable", Scope.COMMIT, Severity.ADVICE,
      "Documentation/driver-api/media/maintainer-entry-profile.rst", local=True)  # fmt: skip
def fixes_stable(patch: Patch, context: Context) -> Iterator[Hit]:
    """A fix for what was released carries `Cc: stable@vger.kernel.org` beside its Fixes tag.

    Okay:
        media: vsock: fix a leak

        A body.

        Fixes: 0123456789ab ("media: vsock: add it")
        Cc: stable@vger.kernel.org

    Bad:
        media: vsock: fix a leak

        A body.

        Fixes: 0123456789ab ("media: vsock: add it")
    """
    fixes = [number for number, _ in _tags(patch)]
    if fixes and not any(t.key.lower() == "cc" and "stable@" in t.value for t in trailers_of(patch.message)):
        yield Hit("a Fixes tag without `Cc: stable@vger.kernel.org`: add it where the bug was released", fixes[0])
