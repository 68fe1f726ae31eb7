"""Rules about the mail a series becomes: bracket, version, thread, changelog, and when it was last posted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from patchflow import lazy_re
from patchflow.domain.finding import Scope, Severity
from patchflow.formats.patch.subject import is_release, parse_subject
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule

_NETDEV = "Documentation/process/maintainer-netdev.rst"
_CHANGES = lazy_re.compile(
    r"(?im)^\W*(?:chang\w*|what changed|differences?|history)\b.*\bv?\d|"
    r"^\W*(?:rfc|v\d+)\s*(?:->|→|=>|to|:|/|-|\.\.|$)|"
    r"^\W*(?:since|from|in|compared to)\s+(?:rfc\s*)?v?\d|^---\s*v?\d|no (?:functional )?changes? since"
)
_CHANGES_IN = lazy_re.compile(r"(?im)^\W*changes in v(\d{1,4})\b.*$")
_LINK = lazy_re.compile(r"https?://\S+|\[(?:\d+)\]|<[^<>\s]+@[^<>\s]+>")


@rule("tree-marked", Scope.MAIL, Severity.WARNING, f"{_NETDEV}; NIPA series_format, tree_selection")
def tree_marked(context: Context) -> Iterator[Hit]:
    """The bracket names the tree in lower case, `[PATCH net-next]`, where the subsystem wants one.

    Without it the bots guess, and a maintainer asks. Only whole words count: `[PATCH netdev]` names no tree. A release,
    `[PATCH 6.6.y]`, names a stable tree, which is not the subsystem's.

    Okay:
        Subject: [PATCH net-next] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
        ---
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
        --- a/net/vmw_vsock/af_vsock.c
        +++ b/net/vmw_vsock/af_vsock.c
        @@ -1,1 +1,1 @@
        -int a;
        +int b;

    Okay:
        Subject: [PATCH 6.6.y] vsock: add it

    Okay:
        Subject: [PATCH AUTOSEL 6.16-6.12] vsock: add it

    Bad:
        Subject: [PATCH netdev] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
        ---
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
        --- a/net/vmw_vsock/af_vsock.c
        +++ b/net/vmw_vsock/af_vsock.c
        @@ -1,1 +1,1 @@
        -int a;
        +int b;

    Bad:
        Subject: [PATCH NET-NEXT] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
    """
    tree, profile = context.posting.tree, context.profile
    if is_release(tree) or re.fullmatch(r"\d+\.\d+-\d+\.\d+", tree):
        return  # a patch for a stable tree, or for several
    wanted = [word for word in dict.fromkeys((profile.prefix, profile.fix_prefix)) if word]
    if not wanted or tree in (*wanted, *profile.other_trees):
        return
    if tree.lower() in wanted:
        yield Hit(f"the tree in the bracket is written in lower case: {tree.lower()}, not {tree}")
        return
    said = f"says {tree!r}" if tree else "names no tree"
    forms = f"`[PATCH {wanted[0]}]`" + "".join(f" for new work, `[PATCH {word}]` for fixes" for word in wanted[1:])
    yield Hit(f"the bracket {said}; wanted is {forms}")


@rule("version", Scope.MAIL, Severity.WARNING, "Documentation/process/submitting-patches.rst")
def version(context: Context) -> Iterator[Hit]:
    """A changed series has the next vN; RESEND is for an unmodified one; titles stay between versions.

    Okay:
        Subject: [PATCH net-next v2] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        Subject: [RESEND PATCH net-next v2] vsock: add it
        Sent: v2 vsock: add something else

        A body.

        Signed-off-by: Ada Example <ada@example.org>
    """
    if not context.sent:
        return
    last = context.sent[-1]
    posting = context.posting
    old = [parse_subject(message.subject).title for message in last.messages if message.part or len(last.messages) == 1]
    new = [patch.subject for patch in context.patches]
    if posting.resend:
        if posting.revision != last.number:
            yield Hit(f"RESEND repeats a revision unchanged: it stays v{last.number}", severity=Severity.ERROR)
        elif old != new or any(
            m.commit and m.commit not in {p.commit for p in context.patches} for m in last.messages if m.part
        ):
            yield Hit("RESEND is only for an unmodified series; what changed goes out as the next version")
    elif posting.revision <= last.number:
        yield Hit(f"v{last.number} was sent already; this is v{last.number + 1}", severity=Severity.ERROR)
    elif len(old) == len(new) == 1 and old != new:
        yield Hit(f"the title was {old[0]!r} in v{last.number}: bots join versions by title", severity=Severity.ADVICE)


@rule("repost-24h", Scope.MAIL, Severity.ERROR, f"{_NETDEV}; netdev's bot")
def repost(context: Context) -> Iterator[Hit]:
    """Not within 24 hours of the last posting of the same series, RFC and other trees included.

    Reviewers in other time zones have not seen it yet; the bot answers such postings by itself.

    Okay:
        Subject: [PATCH net-next v2] vsock: add it
        Sent: v1 vsock: add it
        Hours: 30

        A body.

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        Subject: [PATCH net-next v2] vsock: add it
        Sent: v1 vsock: add it
        Hours: 6

        A body.

        Signed-off-by: Ada Example <ada@example.org>
    """
    hours = context.profile.repost_hours
    if not context.sent or not hours:
        return
    passed = context.now - context.sent[-1].date
    if passed < timedelta(hours=hours):
        until = context.sent[-1].date + timedelta(hours=hours)
        yield Hit(
            f"v{context.sent[-1].number} went out {passed.total_seconds() / 3600:.1f} hours ago; wait {hours} hours "
            f"(until {until:%Y-%m-%d %H:%M} {until.tzname() or ''})".rstrip()
        )


@rule("fresh-thread", Scope.MAIL, Severity.ERROR, f"{_NETDEV}; netdev's bot")
def fresh_thread(context: Context) -> Iterator[Hit]:
    """A new version starts a thread of its own: its first mail is no reply to the last version.

    Patches 1..N do reply to their own cover, and a first version may answer a bug report or a request. Of a single
    patch it is said only where a tree's own handbook makes it law: submitting-patches.rst speaks of series.

    Okay:
        Subject: [PATCH net-next v2] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>

    Okay:
        Subject: [PATCH net-next] vsock: fix it up
        In-Reply-To: <report@example.org>

        A body.

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        Subject: [PATCH net-next v2] vsock: add it
        In-Reply-To: <v1@example.org>

        A body.

        Signed-off-by: Ada Example <ada@example.org>
    """
    profile, posting = context.profile, context.posting
    if not (profile.fresh_thread and posting.in_reply_to):
        return
    if not profile.may_answer:
        yield Hit("its first mail has an In-Reply-To, which these maintainers do not want: link to that mail instead")
    elif posting.revision > 1:
        law = profile.severity("fresh-thread", Severity.ERROR) == Severity.ERROR
        if law or len(context.patches) > 1:
            text = "a new version starts a new thread: no In-Reply-To on its first mail (link to the last one instead)"
            yield Hit(text)


@rule("changelog", Scope.MAIL, Severity.WARNING, f"{_NETDEV}; checkpatch COMMIT_LOG_VERSIONING")
def changelog(context: Context) -> Iterator[Hit]:
    """v2 and later say what changed, with a link to the last version, in the cover or below `---`.

    Above `---` it would stay in git's history for ever.

    Okay:
        Subject: [PATCH net-next v2] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
        ---
        Changes in v2:
        - Renamed the flag (Bob)
        - Link to v1: https://lore.kernel.org/r/v1@example.org

    Bad:
        Subject: [PATCH net-next v2] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        Subject: [PATCH net-next v3] vsock: add it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
        ---
        Changes in v2:
        - Renamed the flag (Bob)
        - Link to v1: https://lore.kernel.org/r/v1@example.org

    Bad:
        Subject: [PATCH net-next v2] vsock: add it

        A body.

        v2: renamed the flag

        Signed-off-by: Ada Example <ada@example.org>
        ---
        Changes in v2:
        - Renamed the flag (Bob)
        - Link to v1: https://lore.kernel.org/r/v1@example.org
    """
    misplaced = False
    for patch in context.patches:
        for number, line in enumerate(patch.message.split("\n"), start=1):
            if number > 1 and re.match(
                r"(?i)^\W*(changes (in|since) v\d|v\d+\s*(->|→|:)|changelog\s*:|since v\d)", line
            ):
                misplaced = True
                yield Hit(
                    f"{patch.subject!r}: the changelog goes below `---`, not into the message", number, "COMMIT_MSG"
                )
    posting = context.posting
    if posting.revision < 2 or posting.resend or misplaced:
        return
    number = posting.revision
    before = max((one.number for one in context.sent if one.number < number), default=number - 1)
    # What an earlier version told of itself is not what this one changed.
    told = _CHANGES_IN.sub(lambda one: one[0] if int(one[1]) == number else "", posting.changelog)
    if not _CHANGES.search(told):
        yield Hit(f"v{number} does not say what changed since v{before}")
    elif not _LINK.search(posting.changelog):
        yield Hit(f"the changelog has no link to v{before}", severity=Severity.ADVICE)
