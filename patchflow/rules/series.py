"""Rules about a series as a whole: its size, cover, order, recipients, and what belongs elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from patchflow import lazy_re
from patchflow.domain.finding import Scope, Severity
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule

_NETDEV = "Documentation/process/maintainer-netdev.rst"


# Below tools/testing/: what builds files of the kernel in user space, and changes with them or does not build.
_HARNESS = lazy_re.compile(r"tools/testing/(?:cxl|memblock|nvdimm|radix-tree|scatterlist|shared|vma)/|tools/include/")
_TEST_CODE = lazy_re.compile(r"(?:^|/)test_[\w-]+\.[ch]$|_(?:kunit|test|tests|selftest)\.[ch]$|/(?:tests|selftests?)/")


def _is_selftest(path: str) -> bool:
    return path.startswith(("tools/testing/", "tools/tests/")) and not _HARNESS.match(path)


def _is_code(path: str) -> bool:
    """Whether a file is code of the kernel, and neither a test nor the half of one that is a module."""
    code = path.endswith((".c", ".h", ".rs", ".S")) and not path.startswith(("tools/testing/", "tools/tests/"))
    return code and not _TEST_CODE.search(path)


@rule("cover-letter", Scope.SERIES, Severity.WARNING, "NIPA cover_letter")
def cover_letter(context: Context) -> Iterator[Hit]:
    """A series of three patches or more has a cover letter, 0/N; two are fine without.

    Okay:
        Subject: [PATCH net-next 1/2] vsock: add a
        ====
        Subject: [PATCH net-next 2/2] vsock: add b

    Bad:
        Subject: [PATCH net-next 1/3] vsock: add a
        ====
        Subject: [PATCH net-next 2/3] vsock: add b
        ====
        Subject: [PATCH net-next 3/3] vsock: add c
    """
    count = len(context.patches)
    if count >= context.profile.cover_from and not context.posting.has_cover:
        yield Hit(f"{count} patches without a cover letter", file="cover")
    if context.cover is not None and context.posting.has_cover:
        if context.cover.is_unfilled:
            yield Hit("the cover letter still holds a placeholder (EDITME)", 1, "cover", Severity.ERROR)
        elif not context.cover.subject:
            yield Hit("the cover letter has no subject", 1, "cover", Severity.ERROR)
        elif not context.cover.body.strip():
            yield Hit("the cover letter is empty", 1, "cover", Severity.ERROR)


@rule("patch-count", Scope.SERIES, Severity.ERROR, f"{_NETDEV}; NIPA patch_count")
def patch_count(context: Context) -> Iterator[Hit]:
    """At most 15 patches in a series: more get no review.

    Okay:
        Patches: 15

    Bad:
        Patches: 16
    """
    most = context.profile.max_patches
    if len(context.patches) > most:
        yield Hit(f"{len(context.patches)} patches; at most {most} are taken in one series: split it")


@rule("first-patches", Scope.SERIES, Severity.ADVICE, "Documentation/process/howto.rst, Break up your changes")
def first_patches(context: Context) -> Iterator[Hit]:
    """A newcomer sends one or two small patches first, each to one subsystem.

    "Small patches increase the likelihood that your patches will be applied", says that section; a logical change is a
    patch of its own (submitting-patches.rst). It is said only where nothing was sent from this clone yet, where
    MAINTAINERS, CREDITS, .mailmap and the files do not name the author, and where git, which gets two seconds for it,
    finds that no commit in the whole history of the files is theirs.

    Okay:
        Patches: 3

    Okay:
        Newcomer: yes
        Patches: 2

    Bad:
        Newcomer: yes
        Patches: 3

    Bad:
        Subject: [PATCH] net, fs: fix a typo
        Newcomer: yes
        Mixed: XFS FILESYSTEM, NETWORKING [GENERAL]
    """
    if not context.newcomer:
        return
    if (count := len(context.patches)) > 2:
        yield Hit(
            f"{count} patches to begin with: one or two small ones are reviewed sooner, and show what is expected"
        )
    for subject, where in context.mixed:
        yield Hit(f"{subject!r} changes several subsystems ({where}): their maintainers each want a patch of their own")


@rule("outstanding", Scope.SERIES, Severity.ERROR, f"{_NETDEV} (2026)")
def outstanding(context: Context) -> Iterator[Hit]:
    """At most 15 unmerged patches of one author wait in one tree, across series; asked when a series is sent.

    Okay:
        Patches: 5
        Outstanding: 10

    Bad:
        Patches: 5
        Outstanding: 11
    """
    most = context.profile.max_patches
    total = context.outstanding + len(context.patches)
    if context.outstanding and total > most:
        yield Hit(
            f"{context.outstanding} patches of yours wait already; with these {total}, and at most {most} are wanted"
        )


@rule("dependency", Scope.SERIES, Severity.WARNING, "b4 prep --check-deps")
def dependency(context: Context) -> Iterator[Hit]:
    """What the series says it needs first is the newest there is, and the series stands on it.

    A newer version may have changed what the series builds on; reviewers would apply the one that is named.

    Okay:
        Subject: [PATCH net-next] vsock: add a

    Bad:
        Depends: vsock-core v1 is named, and v2 is here
        Subject: [PATCH net-next] vsock: add a
    """
    for words in context.depends:
        yield Hit(words)


@rule("unique-titles", Scope.SERIES, Severity.WARNING, "Documentation/process/submitting-patches.rst")
def unique_titles(context: Context) -> Iterator[Hit]:
    """No two patches of a series have the same title.

    Okay:
        Subject: [PATCH net-next 1/2] vsock: add a
        ====
        Subject: [PATCH net-next 2/2] vsock: add b

    Bad:
        Subject: [PATCH net-next 1/2] vsock: add a
        ====
        Subject: [PATCH net-next 2/2] vsock: add a
    """
    for title, count in Counter(patch.subject for patch in context.patches).items():
        if count > 1:
            yield Hit(f"{count} patches are titled {title!r}")


@rule("full-resend", Scope.SERIES, Severity.WARNING, _NETDEV)
def full_resend(context: Context) -> Iterator[Hit]:
    """A new version posts the whole series again, numbered; never a part of it.

    Okay:
        Subject: [PATCH net-next v2 1/2] vsock: add a
        ====
        Subject: [PATCH net-next v2 2/2] vsock: add b

    Okay:
        Subject: [PATCH 6.1/6.6] vsock: add it

    Bad:
        Subject: [PATCH net-next v2 2/2] vsock: add b
    """
    numbers = [patch.subject_line for patch in context.patches if patch.subject_line]
    if not numbers or len(numbers) != len(context.patches):
        return
    counts = {subject.parts for line in numbers if (subject := parse_subject(line)).counted}
    if len(counts) == 1 and (total := counts.pop()) != len(numbers):
        yield Hit(f"{len(numbers)} of {total} patches: post the whole series again")


@rule("no-merges", Scope.SERIES, Severity.ERROR, "Documentation/process/submitting-patches.rst")
def no_merges(context: Context) -> Iterator[Hit]:
    """A series is a straight line of commits: a merge cannot be sent as a patch.

    Okay:
        Subject: [PATCH net-next] vsock: add a

    Bad:
        Subject: [PATCH net-next] vsock: add a
        Parents: 2
    """
    for patch in context.patches:
        if patch.parents > 1:
            yield Hit(f"{patch.commit[:12]} ({patch.subject}) is a merge: rebase the branch")
        elif patch.commit and not patch.files:
            yield Hit(f"{patch.commit[:12]} ({patch.subject}) changes nothing: git am would stop at it")


@rule("cleanup-only", Scope.SERIES, Severity.ADVICE, _NETDEV)
def cleanup_only(context: Context) -> Iterator[Hit]:
    """A series of nothing but checkpatch or devm clean-ups is not wanted in networking; spelling fixes are fine.

    Okay:
        Subject: [PATCH net-next] vsock: fix a spelling mistake in a comment

    Bad:
        Subject: [PATCH net-next] vsock: fix checkpatch warnings
    """
    if not context.patches:
        return
    words = re.compile(r"(?i)checkpatch|coding style|\bdevm_|code ?style|white ?space|clean-? ?ups?\b|indentation")
    spelling = re.compile(r"(?i)spelling|typo")
    if all(words.search(p.subject) and not spelling.search(p.subject) for p in context.patches):
        yield Hit("only clean-ups: networking takes them as part of other work")


@rule("selftest-split", Scope.SERIES, Severity.WARNING, f"{_NETDEV} (2026)")
def selftest_split(context: Context) -> Iterator[Hit]:
    """Code and its tests are separate commits of one series.

    What builds the code itself in user space (tools/testing/vma), and a test's half in the kernel, change with it.

    Okay:
        Subject: [PATCH net-next] vsock: add it
        Files: net/vmw_vsock/af_vsock.c

    Okay:
        Subject: [PATCH] mm: add a flag
        Files: mm/vma.c tools/testing/vma/vma_internal.h

    Okay:
        Subject: [PATCH] selftests/mm: test it
        Files: lib/test_hmm.c tools/testing/selftests/mm/hmm-tests.c

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Files: net/vmw_vsock/af_vsock.c tools/testing/vsock/vsock_test.c
    """
    for patch in context.patches:
        tests = [path for path in patch.paths if _is_selftest(path)]
        code = [path for path in patch.paths if _is_code(path)]
        if tests and code:
            yield Hit(
                f"{patch.subject!r} changes code and its tests ({tests[0]}): put the tests into a commit of their own"
            )


@rule("userspace", Scope.SERIES, Severity.WARNING, _NETDEV)
def userspace(context: Context) -> Iterator[Hit]:
    """Patches for user-space tools (iproute2, ethtool) go as a thread of their own.

    Okay:
        Subject: [PATCH net-next] vsock: add it
        Files: net/vmw_vsock/af_vsock.c

    Bad:
        Subject: [PATCH net-next 1/2] vsock: add it
        Files: net/vmw_vsock/af_vsock.c
        ====
        Subject: [PATCH iproute2-next 2/2] ss: show it
        Files: misc/ss.c
    """
    tools = [
        p
        for p in context.patches
        if any(re.match(r"(misc/ss\.c|ip/|tc/|bridge/|devlink/|netlink/\w+\.c$)", x) for x in p.paths)
    ]
    if tools and len(tools) < len(context.patches):
        yield Hit(f"{tools[0].subject!r} is for a user-space tool: post it as a thread of its own")


def wants_a_section(path: str) -> bool:
    """Whether a new file of this path is to be in a section of MAINTAINERS of a small size."""
    exempt = path.startswith(("Documentation/", "tools/testing/")) or path.endswith(("/Makefile", "/Kconfig"))
    return not exempt and path != "MAINTAINERS"


@rule("maintainers-entry", Scope.SERIES, Severity.WARNING, "NIPA maintainers")
def maintainers_entry(context: Context) -> Iterator[Hit]:
    """A new file falls under a section of MAINTAINERS that is not as wide as a subsystem: under 75 files.

    From 500 files on it fails. Documentation/, tools/testing/, Makefile and Kconfig are exempt.

    Okay:
        Files: +Documentation/networking/vsock-new.rst
        Covered: 0

    Okay:
        Files: +drivers/net/newdriver.c
        Covered: 74

    Bad:
        Files: +drivers/net/newdriver.c
        Covered: 75

    Bad:
        Files: +drivers/net/newdriver.c
        Covered: 0
    """
    for path, files in context.coverage:
        if not wants_a_section(path) or 0 < files < 75:
            continue
        wide = "no section of MAINTAINERS covers it"
        if files:
            wide = f"the narrowest section of MAINTAINERS that covers it has {files} files"
        severity = Severity.WARNING if 0 < files < 500 else Severity.ERROR
        yield Hit(f"a new file, and {wide}: add a section of its own", 1, path, severity)


@rule("cc-maintainers", Scope.SERIES, Severity.WARNING, "NIPA cc_maintainers")
def cc_maintainers(context: Context) -> Iterator[Hit]:
    """To, Cc and From contain everyone get_maintainer.pl names, lists of last resort excepted.

    Fails where one or none of them is there, or where the author of the commit in Fixes is missing. Somebody may be
    named by any address that .mailmap knows.

    Okay:
        Recipients: ada@example.org bob@example.org
        Expected: ada@example.org bob@example.org

    Okay:
        Recipients: ada@old.example.org bob@example.org
        Expected: ada@example.org bob@example.org
        Aliases: ada@old.example.org=ada@example.org

    Bad:
        Recipients: ada@example.org bob@example.org
        Expected: ada@example.org bob@example.org eve@example.org
    """
    actual = {p.patch: {r.address.key for r in p.recipients} for p in context.recipients}
    for wanted in context.expected:
        have = actual.get(wanted.patch)
        if have is None:
            continue
        have = have | {patch.author.key for patch in context.patches}
        have = have | {context.aliases[key] for key in have if key in context.aliases}
        need = [
            r
            for r in wanted.recipients
            if r.role not in ("added", "Cc in the commit") and r.address.key != context.profile.everybody
        ]
        missing = [r for r in need if r.address.key not in have]
        if not missing:
            continue
        names = ", ".join(f"{r.address} ({r.role})" for r in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        blamed = any("Fixes" in r.role or "blamed" in r.role for r in missing)
        few = len(need) - len(missing) <= 1 < len(need)
        yield Hit(f"{wanted.patch!r} would not reach {names}{more}", severity=Severity.ERROR if blamed or few else None)


@rule("applies", Scope.SERIES, Severity.ERROR, "NIPA apply")
def applies(context: Context) -> Iterator[Hit]:
    """The series applies to the tree that its bracket names.

    It is tried on the newest commit of that tree that is fetched here; what is not fetched cannot be tried.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Applies: net/vmw_vsock/af_vsock.c: patch does not apply
    """
    if context.applies:
        yield Hit(f"does not apply to {context.profile.tree.name}/{context.profile.tree.branch}: {context.applies}")


@rule("vhost-ambiguous", Scope.SERIES, Severity.ADVICE, "MAINTAINERS")
def vhost_ambiguous(context: Context) -> Iterator[Hit]:
    """drivers/vhost/vsock.c alone is ambiguous: it may go to netdev or to the vhost tree.

    The advice is to copy netdev's maintainers as well and to name the tree that is meant.

    Okay:
        Files: net/vmw_vsock/af_vsock.c

    Bad:
        Files: drivers/vhost/vsock.c
    """
    paths = {path for patch in context.patches for path in patch.paths}
    if paths == {"drivers/vhost/vsock.c"}:
        yield Hit(
            "drivers/vhost/vsock.c alone may go through netdev or the vhost tree: copy netdev's maintainers and "
            "say in the bracket which tree is meant",
            file="drivers/vhost/vsock.c",
            line=1,
        )
