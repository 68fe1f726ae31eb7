"""Rules about the words of a commit message: subject and body."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.domain.finding import Fix, Scope, Severity
from patchflow.formats.patch.received import stripped
from patchflow.formats.patch.style import case_of, summary_at
from patchflow.formats.patch.trailers import parse_trailer, split_message
from patchflow.rules.registry import Hit, rule

# The commit-msg hook loads this module: what only annotations name stays out of its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from patchflow.domain.patch import Patch
    from patchflow.rules.context import Context

_PREFIXED = lazy_re.compile(r"^(?:\[[^\]]+\]\s*)?[A-Za-z0-9_./,{}*+ -]+?:\s*\S")
_REVERT = lazy_re.compile(r'^(?:Revert|Reapply) "')
_FILE_NAME = lazy_re.compile(r"^(?:[\w/-]+/[\w.-]+\.[chS]|[\w-]+\.[cS]):")
_SUBJECT_MAX = 75
_NEWEST = 8  # commits of a file that have to agree before their prefix is a rule, letter case included
_BODY_MAX = 75
_MESSAGE_MAX = 100_000
_AUTOSQUASH = ("fixup! ", "squash! ", "amend! ")
# What may be wider than the text: tags, dumps, paths, URLs, commands and quoted output.
# Compiled when the first wide line is met.
_WIDE = (
    r"^\s|^[>|#$]|https?://|^\[|^(?:[\w.-]+/)+[\w.-]+|\S{60,}|"
    r"^(?:BUG|WARNING|KASAN|UBSAN|KCSAN|general protection)\b|"
    r"^[0-9a-f]{8,}\b|^\d+ {4,}\S|^\S+:\d+:|\b[Cc]ommit [0-9a-f]{12,}|\(0x[0-9a-f]+\)|(?:\s[\d.]+){5}|"
    r"\+0x[0-9a-f]+/0x|^-+$|={5,}"
)
# What only a program prints: a dump of the kernel, its log and a daemon's, a compiler's complaint, a table in columns.
_OUTPUT = (
    r"\[ *\d+\.\d{6}\]|\+0x[0-9a-f]+/0x|^[ \t]*(?:Call Trace|Modules linked in|Hardware name|task|CPU): ?\S?|"
    r"^\S*(?:BUG|WARNING|KASAN|UBSAN|KCSAN): |(?:\b[0-9a-f]{16}\b.*){2}|^Unable to handle kernel|"
    r"^[A-Z][\w-]*:? (?:\w+ )?\((?:device )?[\w. ]+\)(?::| in \w+:)|^[\w.-]+\[\d+\]: |^(?:error|warning): |"
    r"^\w+: (?:\w+\(\) )?\w+\d: |^[A-Z]:[* ]  ?\w|(?:[^ .!?:;] {2,}\S.*){2}"
)


@rule("subject-format", Scope.COMMIT, Severity.WARNING, "Documentation/process/submitting-patches.rst")
def subject_format(patch: Patch, context: Context) -> Iterator[Hit]:
    """The subject reads `subsystem: summary phrase`, in at most about 75 characters.

    The prefix names the subsystem as the history of the files does, not a file; no full stop ends it.
    A revert keeps git's own `Revert "…"`.

    Okay:
        vsock/virtio: keep the credit update off the fast path

    Okay:
        Revert "vsock/virtio: keep the credit update off the fast path"

    Bad:
        Keep the credit update off the fast path

    Bad:
        net/vmw_vsock/virtio_transport.c: keep the credit update off the fast path

    Bad:
        virtio_transport.c: keep the credit update off the fast path

    Bad:
        vsock/virtio: keep the credit update off the fast path.

    Bad:
        vsock/virtio: keep the credit update off the fast path when nobody waits for it at the other end
    """
    subject = patch.subject
    if _REVERT.match(subject):
        return
    if not subject:
        yield Hit("the subject is empty", 1, severity=Severity.ERROR)
        return
    if subject.startswith(_AUTOSQUASH):
        yield Hit(
            "a fixup!, squash! or amend! commit is not ready to be posted: run git rebase -i --autosquash",
            1,
            severity=Severity.ERROR,
        )
        return
    if re.fullmatch(r"\S+:", subject):
        # What prepare-commit-msg has put there: git no longer takes the message for an empty one.
        yield Hit("nothing stands behind the prefix: the commit has no subject yet", 1, severity=Severity.ERROR)
    elif not _PREFIXED.match(subject):
        yield Hit(f"no `subsystem:` in front of the summary{_hint(patch, context)}", 1)
    elif _FILE_NAME.match(subject):
        yield Hit(f"the prefix is a file name; name the subsystem{_hint(patch, context)}", 1)
    else:
        yield from _unusual_prefix(patch, context)
    if len(subject) > _SUBJECT_MAX:
        # The document says "must"; one patch in twenty that maintainers take is longer.
        yield Hit(f"the subject has {len(subject)} characters; about {_SUBJECT_MAX} fit", 1, severity=Severity.ADVICE)
    if subject.endswith(".") and not subject.endswith("..."):
        head, _, rest = patch.message.partition("\n")
        fix = Fix("drop the full stop", head.rstrip().rstrip(".") + "\n" + rest)
        yield Hit("the subject ends with a full stop", 1, fix=fix)


def _outputs(lines: list[str]) -> set[int]:
    """The numbers of the lines in paragraphs that hold what a program printed.

    As in checkpatch.pl, a dump ends with the next empty line.
    """
    found: set[int] = set()
    begin = 0
    for number, line in enumerate([*lines, ""], start=1):
        if not line.strip():
            if any(re.search(_OUTPUT, one) for one in lines[begin : number - 1]):
                found.update(range(begin + 1, number))
            begin = number
    return found


def _used_prefixes(patch: Patch, context: Context) -> list[str]:
    seen: dict[str, int] = {}
    for path in patch.paths[:5]:
        for prefix in context.history.prefixes(path):
            seen[prefix] = seen.get(prefix, 0) + 1
    return sorted(seen, key=lambda prefix: -seen[prefix])


def _hint(patch: Patch, context: Context) -> str:
    used = _used_prefixes(patch, context)[:3]
    return f" (the files' history uses {', '.join(f'`{word}:`' for word in used)})" if used else ""


def _unanimous(patch: Patch, context: Context) -> str:
    """The first word of the prefix that each of the newest eight commits of every touched file bears, "" where they
    differ or are fewer."""
    heads: set[str] = set()
    for path in patch.paths[:5]:
        newest = context.history.prefixes(path)[:_NEWEST]
        if len(newest) == _NEWEST:
            heads.update(prefix.split("/")[0] for prefix in newest)
    return heads.pop() if len(heads) == 1 else ""


def _unusual_prefix(patch: Patch, context: Context) -> Iterator[Hit]:
    head = patch.subject.split(":", 1)[0].split("/")[0]
    usual = _unanimous(patch, context)
    if usual and head != usual:
        yield Hit(f"`{head}:` where each of the newest {_NEWEST} commits of these files says `{usual}:`", 1)
        return
    used = _used_prefixes(patch, context)
    own = patch.subject.split(": ", 1)[0].lower()
    if len(used) >= 2 and not any(
        own == word.lower() or own.split("/")[0] == word.lower().split("/")[0] for word in used
    ):
        words = ", ".join(f"`{word}:`" for word in used[:3])
        yield Hit(f"`{own}:` is new here; the files' history uses {words}", 1, severity=Severity.ADVICE)


@rule("message-text", Scope.COMMIT, Severity.ERROR, "git commit; Documentation/process/email-clients.rst")
def message_text(patch: Patch, context: Context) -> Iterator[Hit]:
    """The message is text in UTF-8: no NUL, no stray bytes, and no more than a mail can carry.

    git cuts a message at a NUL; what is no UTF-8 arrives garbled; 100,000 characters are a file, not a message.

    Okay:
        vsock: greet Zoë

        Her name is written in UTF-8.

    Bad:
        vsock: greet Zo\ufffd

        Her name was written in another encoding.

    Bad:
        vsock: greet\0 Zoë

        git would cut the subject.
    """
    for number, line in enumerate(patch.message.split("\n"), start=1):
        if "\0" in line:
            yield Hit("a NUL: git cuts the message there", number)
            break
    for number, line in enumerate(patch.message.split("\n"), start=1):
        if "\ufffd" in line:
            yield Hit("bytes that are not UTF-8 (i18n.commitEncoding names another encoding)", number)
            break
    if len(patch.message) > _MESSAGE_MAX:
        yield Hit(f"the message has over {_MESSAGE_MAX} characters: no mail server would take it", 1)


@rule("message-arrives", Scope.COMMIT, Severity.ERROR, "git-mailinfo(1); git-am(1)")
def message_arrives(patch: Patch, context: Context) -> Iterator[Hit]:
    """`git am` gets the exact author, title and message out of the mail: git's own reader is asked.

    A line `---`, `--- text`, `diff -…` or `Index: …` ends the message; `From:`, `Subject:` and `Date:` at its beginning
    are taken for headers of the mail, scissors cut off what stands above them, an mbox `From <hash> …` line begins the
    next mail, and a bracket or `Re:` in front of the title is dropped.

    Okay:
        vsock: say why in the body

        From here on it works: +++ b/x and @@ -1 +1 @@ are words like any other, and so is an indented
         --- line.

    Bad:
        vsock: explain the dashes

        --- before
         text of a log

    Bad:
        vsock: quote a mailbox

        It begins with:
        From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001

    Bad:
        [vsock] peek at the queue

        The bracket is dropped.

    Bad:
        vsock: begin with a header

        From: Otto Other <otto@example.org>

        He would be the author.

    Bad:
        vsock: cut it here

        All of this goes.

        -- >8 --
        This stays.
    """
    for loss in context.history.losses(patch.author.name, patch.author.email, patch.message):
        clean = stripped(patch.message.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
        fix = Fix("take needless blanks out of the message", clean) if loss.blank else None
        yield Hit(loss.text, loss.line, "COMMIT_MSG", fix=fix)


@rule("body", Scope.COMMIT, Severity.ERROR, "scripts/checkpatch.pl; Documentation/process/submitting-patches.rst")
def body(patch: Patch, context: Context) -> Iterator[Hit]:
    """The message has a body that says why; it holds no diff, no # lines and no Change-Id, and wraps at 75.

    Tags, dumps, paths, URLs and indented output may be wider; lines that begin with # are eaten by git commit. The head
    of a diff in the text is what checkpatch.pl refuses, and `git am` would apply.

    Okay:
        vsock: say why in the body

        The reader of git log wants to know why the change is needed.

        Signed-off-by: Ada Example <ada@example.org>

    Okay:
        vsock: say what was printed

        A write fails now and then, and this is what the log says of it:

        EXT4-fs (mmcblk0p1): Delayed block allocation failed for inode 2243 at logical offset 0 with error 117
        EXT4-fs (mmcblk0p1): This should not happen!! Data will be lost

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: say nothing

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: paste a diff

        This is what I did:
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: keep gerrit's line

        A body.

        Change-Id: I0123456789abcdef0123456789abcdef01234567
        Signed-off-by: Ada Example <ada@example.org>
    """
    text, _ = split_message(patch.message)
    _, _, prose = text.partition("\n")
    if not prose.strip():
        yield Hit("the message has no body: say why the change is needed", 1)
    lines = patch.message.split("\n")
    printed = _outputs(lines) if any(len(line) > _BODY_MAX for line in lines[1:]) else set()
    for number, line in enumerate(lines[1:], start=2):
        if re.match(r"^(?:diff --git |diff -[ru]|--- a/)", line):
            yield Hit("diff text in the message would be applied by git am; indent it", number)
        elif line.startswith("#"):
            yield Hit(
                "a line that begins with # is dropped by git commit; indent it", number, severity=Severity.WARNING
            )
        elif line.lower().startswith("change-id:") and re.match(r"(?i)change-id:\s*I[0-9a-f]{30,}", line):
            fix = Fix("drop the Change-Id", "\n".join(lines[: number - 1] + lines[number:]))
            yield Hit("Gerrit's Change-Id does not belong in the kernel's history", number, fix=fix)
        elif (
            len(line) > _BODY_MAX
            and number not in printed
            and not re.search(_WIDE, line)
            and parse_trailer(line) is None
        ):
            yield Hit(
                f"the line has {len(line)} characters; wrap prose at {_BODY_MAX}", number, severity=Severity.WARNING
            )


@rule("bugfix-narrative", Scope.COMMIT, Severity.ADVICE, "Documentation/process/maintainer-netdev.rst (2026)")
def bugfix_narrative(patch: Patch, context: Context) -> Iterator[Hit]:
    """A fix says how the bug was found, and how the fix was tested.

    A Reported-by, a syzbot tag or a trace tells how it was found. This is advice: it never blocks.

    Okay:
        vsock: fix a leak

        Found by KASAN while running tools/testing/vsock. Tested with the same suite.

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix a leak

        The skb is not freed when the socket is gone.

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>
    """
    text, trailers = split_message(patch.message)
    keys = {trailer.key.lower() for trailer in trailers}
    if "fixes" not in keys:
        return
    found = bool(keys & {"reported-by", "reported-and-tested-by", "closes", "debugged-by"}) or re.search(
        r"(?i)\b(found|reported|discovered|hit|noticed|spotted|detected|syzbot|syzkaller|kasan|ubsan|kcsan|kmemleak|lockdep|"
        r"trigger\w*|oops|call trace|warn_on|sparse|smatch|coverity|review|inspection|reproduc\w*)\b",
        text,
    )
    tested = "tested-by" in keys or re.search(r"(?i)\b(test\w*|verified|validated|reproduc\w*|selftests?)\b", text)
    if not found:
        yield Hit("a fix says how the bug was found (a tool, a report, reading the code)")
    elif not tested:
        yield Hit("a fix says how it was tested")


@rule("subject-capital", Scope.COMMIT, Severity.WARNING, "Documentation/process/maintainer-tip.rst", local=True)
def subject_capital(patch: Patch, context: Context) -> Iterator[Hit]:
    """Behind the prefix the summary begins with a capital letter, where a tree's handbook says so.

    A name in the code (with an underscore, a digit or `()`) stays as it is written there.

    Okay:
        x86/apic: Keep the timer off

        A body.

    Okay:
        KVM: x86: Keep the timer off

        A body.

    Okay:
        sched/fair: update_curr() may be called twice

        A body.

    Bad:
        x86/apic: keep the timer off

        A body.
    """
    at = summary_at(patch.subject)
    word = patch.subject[at:].split(" ")[0]
    if at and re.fullmatch(r"[a-z]+(?:[-'/][a-z]+)*,?", word):
        yield Hit(f"the summary begins with a capital letter here: {word.capitalize()!r}", 1, fix=_begun(patch, at))


def _begun(patch: Patch, at: int) -> Fix:
    """The subject with the other case of the letter at a place."""
    letter = patch.message[at : at + 1].swapcase()
    kind = "capital" if letter.isupper() else "small"
    return Fix(f"begin with a {kind} letter", patch.message[:at] + letter + patch.message[at + 1 :])


@rule("subject-case", Scope.COMMIT, Severity.ADVICE, "the history of the touched files")
def subject_case(patch: Patch, context: Context) -> Iterator[Hit]:
    """Behind the prefix the summary begins as those of the files' newest commits do, where all eight agree.

    Only an ordinary word counts (`add`, `Fix`): a name in the code or of a product keeps its own letters.

    Okay:
        Files: net/vmw_vsock/af_vsock.c
        Message: vsock: add it

    Okay:
        Files: net/vmw_vsock/af_vsock.c
        Message: vsock: VMCI sockets wait for it

    Okay:
        Files: drivers/vhost/vsock.c
        Message: vhost: Add it

    Bad:
        Files: net/vmw_vsock/af_vsock.c
        Message: vsock: Add it
    """
    own = case_of(patch.subject)
    if not own or (own == "small" and context.profile.severity("subject-capital", None)):
        return  # where the tree's handbook asks for a capital, that rule says so
    cases: set[str] = set()
    for path in patch.paths[:5]:
        newest = [case for subject in context.history.subjects(path) if (case := case_of(subject))][:_NEWEST]
        if len(newest) == _NEWEST:
            cases.update(newest)
    if len(cases) == 1 and own not in cases:
        at, wanted = summary_at(patch.subject), cases.pop()
        words = f"a {own} letter begins the summary, where each of the newest {_NEWEST} commits of these files has"
        yield Hit(f"{words} a {wanted} one", 1, fix=_begun(patch, at))


@rule("prefix-listed", Scope.COMMIT, Severity.WARNING, "Documentation/process/maintainer-kvm-x86.rst", local=True)
def prefix_listed(patch: Patch, context: Context) -> Iterator[Hit]:
    """The prefix is one of those that the tree's handbook lists, letter case included.

    Only for patches all of whose files are among those that the profile says this of.

    Okay:
        Prefixes: KVM: x86, KVM: SVM
        Files: arch/x86/kvm/x86.c
        Message: KVM: x86: Keep the timer off

    Bad:
        Prefixes: KVM: x86, KVM: SVM
        Files: arch/x86/kvm/x86.c
        Message: kvm: x86: Keep the timer off

    Bad:
        Prefixes: KVM: x86, KVM: SVM
        Files: arch/x86/kvm/x86.c
        Message: x86/kvm: Keep the timer off
    """
    prefixes, files = context.profile.prefixes, context.profile.files
    inside = bool(patch.paths) and all(path.startswith(files) for path in patch.paths)
    if inside and not _REVERT.match(patch.subject) and not patch.subject.startswith(tuple(f"{p}: " for p in prefixes)):
        yield Hit(f"the prefix is one of {', '.join(f'`{prefix}:`' for prefix in prefixes)}", 1)


@rule("function-parens", Scope.COMMIT, Severity.ADVICE, "Documentation/process/maintainer-tip.rst", local=True)
def function_parens(patch: Patch, context: Context) -> Iterator[Hit]:
    """A function that the message names is written with brackets, `function_name()`.

    Only names that the patch's own lines use as a function, and as nothing else.

    Okay:
        Files: kernel/irq/manage.c
        Uses: free_irq
        Message: genirq: Make free_irq() static

    Bad:
        Files: kernel/irq/manage.c
        Uses: free_irq
        Message: genirq: Make free_irq static
    """
    diff = patch.diff
    called = set(re.findall(r"\b([a-z]\w*_\w+)\(", diff))
    text, _ = split_message(patch.message)
    for number, line in enumerate(text.split("\n"), start=1):
        if line[:1].isspace() or line.startswith((">", "[")) or re.search(r"\+0x[0-9a-f]|: (?:warning|error):", line):
            continue  # a quotation, or the output of a program
        for match in re.finditer(r"(?<![\w.>&*/\"'`-])([a-z]\w*_\w+)(?![\w(\[./>\"'`-])", line):
            name = match[1]
            if name in called and not re.search(rf"\b{name}\b(?!\()", diff):
                yield Hit(f"a function is written with brackets: {name}()", number)
                return
