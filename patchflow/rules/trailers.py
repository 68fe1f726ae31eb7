"""Rules about the trailer block: its form, sign-offs, and the tags with rules of their own."""

from __future__ import annotations

import re

from patchflow import lazy_re
from patchflow.domain.finding import Fix, Scope, Severity
from patchflow.domain.trailer import Trailer
from patchflow.formats.patch.trailers import parse_trailer, person, trailers_of
from patchflow.rules.registry import Hit, rule

# The commit-msg hook loads this module: what only annotations name stays out of its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from patchflow.domain.patch import Patch
    from patchflow.rules.context import Context

_SUBMITTING = "Documentation/process/submitting-patches.rst"
_TOOLS = r"(?i)\b(claude|copilot|chatgpt|gpt-?\d|gemini|codex|cursor|llama|anthropic|openai|assistant)\b"

# stable-kernel-rules.rst: a patch may "just add a device ID"; quirks of a device likewise.
_NAMES_NO_COMMIT = lazy_re.compile(
    r'^(?:Revert|Reapply) "|\b(?i:IDs?|quirks?|compositions?)\b|\b[0-9a-f]{4}:[0-9a-f]{4}\b'
)


def _rows(patch: Patch) -> list[tuple[int, Trailer]]:
    """The trailers of the last block with their line numbers in the message."""
    wanted = len(trailers_of(patch.message))
    rows = [(n, t) for n, line in enumerate(patch.message.split("\n"), start=1) if (t := parse_trailer(line))]
    return rows[-wanted:] if wanted else []


@rule("tag-block", Scope.COMMIT, Severity.ERROR, "NIPA; maintainers' mail on netdev")
def tag_block(patch: Patch, context: Context) -> Iterator[Hit]:
    """No blank line stands inside the trailer block.

    git and every bot read only the last paragraph as trailers: a tag above a blank line is lost.

    Okay:
        vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Fixes: 0123456789ab ("vsock: add it")

        Signed-off-by: Ada Example <ada@example.org>
    """
    rows = _rows(patch)
    if not rows:
        return
    lines = patch.message.split("\n")
    last = rows[-1][0]
    blanks = [number for number in range(rows[0][0] + 1, last) if not lines[number - 1].strip()]
    if not blanks:
        return
    gone = set(blanks)
    kept = [line for number, line in enumerate(lines, start=1) if number not in gone]
    yield Hit(
        "a blank line inside the trailer block: what stands above it is not read as a trailer",
        blanks[0],
        fix=Fix("close the trailer block up", "\n".join(kept)),
    )


@rule("tag-order", Scope.COMMIT, Severity.WARNING, _SUBMITTING)
def tag_order(patch: Patch, context: Context) -> Iterator[Hit]:
    """The submitter's Signed-off-by is the last of the sign-offs; nothing else has an order.

    Okay:
        vsock: fix it

        A body.

        Signed-off-by: Bob Example <bob@example.org>
        Signed-off-by: Ada Example <ada@example.org>
        Reviewed-by: Eve Example <eve@example.org>

    Bad:
        vsock: fix it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
        Signed-off-by: Bob Example <bob@example.org>
    """
    signed = [(n, person(t.value)) for n, t in _rows(patch) if t.key.lower() == "signed-off-by"]
    submitter = patch.committer.key or patch.author.key
    keys = [who.key if who else "" for _, who in signed]
    if len(keys) > 1 and submitter in keys and keys[-1] != submitter:
        yield Hit("the submitter's sign-off comes last: sign-offs are in the order the patch went", signed[-1][0])


@rule("signedoff", Scope.COMMIT, Severity.ERROR, f"{_SUBMITTING}; NIPA verify_signedoff")
def signedoff(patch: Patch, context: Context) -> Iterator[Hit]:
    """The author signed it off: the Developer's Certificate of Origin.

    The name or the address of a Signed-off-by equals the author's; an in-body From: names the author.

    Okay:
        vsock: fix it

        A body.

        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

    Bad:
        vsock: fix it

        A body.

        Signed-off-by: Bob Example <bob@example.org>
    """
    author = patch.author
    if match := re.match(r"From:[ \t]*(.+)", patch.body):
        author = person(match[1]) or author
    # NIPA and checkpatch.pl read every line: text that stands below a sign-off does not take it back.
    found = [parse_trailer(line) for line in patch.message.split("\n")]
    people = [who for t in found if t and t.key.lower() == "signed-off-by" and (who := person(t.value))]
    # A list that rewrites From (`Ada Example via Some-list <some-list@…>`) leaves only the name to compare.
    name = " ".join(re.sub(r" via .+$", "", author.name).lower().split())
    if any(who.key == author.key or (who.name and who.name.lower() == name) for who in people):
        return
    if people:
        yield Hit(f"no Signed-off-by of the author, {author}; there is one of {people[0]}", 1)
    else:
        yield Hit(f"no Signed-off-by of the author, {author}: git commit --amend -s adds it", 1)


@rule("codevelop", Scope.COMMIT, Severity.WARNING, f"{_SUBMITTING}; scripts/checkpatch.pl")
def codevelop(patch: Patch, context: Context) -> Iterator[Hit]:
    """Each Co-developed-by is followed at once by that person's Signed-off-by, and is not the author.

    Okay:
        vsock: fix it

        A body.

        Co-developed-by: Bob Example <bob@example.org>
        Signed-off-by: Bob Example <bob@example.org>
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Co-developed-by: Bob Example <bob@example.org>
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Co-developed-by: Ada Example <ada@example.org>
        Signed-off-by: Ada Example <ada@example.org>
    """
    rows = _rows(patch)
    for at, (number, trailer) in enumerate(rows):
        if trailer.key.lower() != "co-developed-by":
            continue
        who = person(trailer.value)
        if who is None:
            yield Hit("Co-developed-by names nobody", number)
            continue
        if who.key == patch.author.key:
            yield Hit("Co-developed-by is for others than the author (From:)", number)
        follower = rows[at + 1][1] if at + 1 < len(rows) else None
        signer = person(follower.value) if follower and follower.key.lower() == "signed-off-by" else None
        if signer is None or signer.key != who.key:
            yield Hit(f"Co-developed-by is followed at once by the Signed-off-by of {who}", number)


@rule("reported-closes", Scope.COMMIT, Severity.WARNING, f"{_SUBMITTING}; scripts/checkpatch.pl")
def reported_closes(patch: Patch, context: Context) -> Iterator[Hit]:
    """A Reported-by is followed by Closes: with the report's URL (Link: where the fix is partial).

    A report made in private has no URL: where the message says that it was, nothing is missing.

    Okay:
        vsock: fix it

        A body.

        Reported-by: Bob Example <bob@example.org>
        Closes: https://lore.kernel.org/r/report@example.org
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Reported-by: Bob Example <bob@example.org>
        Signed-off-by: Ada Example <ada@example.org>
    """
    if re.search(r"(?i)\b(?:private(?:ly)?|off-list|security@kernel\.org)\b", patch.body):
        return
    rows = _rows(patch)
    for at, (number, trailer) in enumerate(rows):
        if trailer.key.lower() not in ("reported-by", "reported-and-tested-by"):
            continue
        rest = [t.key.lower() for _, t in rows[at + 1 :]]
        # Several reporters may share the links that follow them; tags of other kinds may stand between.
        if not any(key in ("closes", "link") for key in rest):
            yield Hit("Reported-by without Closes: (or Link:) and the report's URL after it", number)


@rule(
    "assisted-by",
    Scope.COMMIT,
    Severity.WARNING,
    "Documentation/process/coding-assistants.rst; scripts/checkpatch.pl",
)
def assisted_by(patch: Patch, context: Context) -> Iterator[Hit]:
    """A tool is named as `Assisted-by: NAME:VERSION`, and never signs off or co-develops.

    Only a person can certify the Developer's Certificate of Origin.

    Okay:
        vsock: fix it

        A body.

        Assisted-by: some-tool:1.2 coccinelle
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Assisted-by: a tool
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Co-developed-by: ChatGPT <noreply@openai.com>
        Signed-off-by: Ada Example <ada@example.org>
    """
    for number, trailer in _rows(patch):
        key = trailer.key.lower()
        if key == "assisted-by" and not re.match(r"^[^\s:<>]+(?: [^\s:<>]+)*:\S+", trailer.value):
            yield Hit("Assisted-by reads `NAME:VERSION`, then tools, if any", number)
        if key in ("signed-off-by", "co-developed-by") and (who := person(trailer.value)):
            machine = who.email.lower().startswith(("noreply@anthropic", "noreply@openai", "copilot@"))
            if machine or re.fullmatch(_TOOLS, who.name.split(" ")[0] if who.name else ""):
                yield Hit(f"a tool cannot certify the origin of code: use Assisted-by for {who.name}", number)


@rule("stable", Scope.COMMIT, Severity.WARNING, "Documentation/process/stable-kernel-rules.rst; scripts/checkpatch.pl")
def stable(patch: Patch, context: Context) -> Iterator[Hit]:
    """A fix for stable says `Cc: stable@vger.kernel.org` without a display name, and has a Fixes tag.

    The versions behind a `#` tell as well how far back it goes; a revert, a device's ID and a quirk of one name no
    commit that they fix.

    Okay:
        vsock: fix it

        A body.

        Cc: stable@vger.kernel.org # 6.6.x
        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Okay:
        vsock: fix it

        A body.

        Cc: stable@vger.kernel.org # v6.6+
        Signed-off-by: Ada Example <ada@example.org>

    Okay:
        USB: serial: option: add two compositions

        A body.

        Cc: stable@vger.kernel.org
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Cc: Stable Team <stable@vger.kernel.org>
        Fixes: 0123456789ab ("vsock: add it")
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Cc: stable@vger.kernel.org
        Signed-off-by: Ada Example <ada@example.org>
    """
    rows = _rows(patch)
    for number, trailer in rows:
        if trailer.key.lower() != "cc" or not re.search(r"\bstable@(?:vger\.)?kernel\.org\b", trailer.value):
            continue
        if not re.match(r"^<?stable@(?:vger\.)?kernel\.org>?\s*(?:#.*)?$", trailer.value):
            lines = patch.message.split("\n")
            note = re.search(r"\s*#.*$", trailer.value)
            lines[number - 1] = "Cc: stable@vger.kernel.org" + (f" {note[0].strip()}" if note else "")
            # Only a name in front of the address: whatever else stands there is for a person to look at.
            named = re.match(r"^[^<>#@,]*<stable@(?:vger\.)?kernel\.org>\s*(#.*)?$", trailer.value)
            fix = Fix("drop the name", "\n".join(lines)) if named else None
            yield Hit("write `Cc: stable@vger.kernel.org`, without a name; a note goes behind #", number, fix=fix)
        told = re.search(r"#.*\d\.\d", trailer.value) or _NAMES_NO_COMMIT.search(patch.subject) or "quirk" in patch.body
        if not told and not any(t.key.lower() == "fixes" for _, t in rows):
            yield Hit("Cc: stable wants a Fixes tag, so that the stable team knows how far back it goes", number)


@rule("link", Scope.COMMIT, Severity.WARNING, "scripts/checkpatch.pl")
def link(patch: Patch, context: Context) -> Iterator[Hit]:
    """Link: and Closes: hold a URL, lore's where there is one.

    Okay:
        vsock: fix it

        A body.

        Link: https://lore.kernel.org/r/1@example.org
        Link: https://lore.kernel.org/r/2@example.org [*]
        Signed-off-by: Ada Example <ada@example.org>

    Bad:
        vsock: fix it

        A body.

        Closes: the report on the list
        Signed-off-by: Ada Example <ada@example.org>
    """
    for number, trailer in _rows(patch):
        if trailer.key.lower() not in ("link", "closes"):
            continue
        if not re.match(r"^https?://\S+(?:\s+#.*|\s+\[[\w*]{1,9}\])?$", trailer.value.strip()):
            yield Hit(f"{trailer.key}: wants a URL and nothing else (a note goes behind #)", number)
        elif re.match(r"https?://(?:marc\.info|www\.spinics\.net|lkml\.org|patchwork\.)", trailer.value):
            yield Hit("prefer lore.kernel.org: it outlives other archives", number, severity=Severity.ADVICE)


# maintainer-tip.rst, "Ordering of commit tags". What reviewers give, and Cc, its own maintainers put wherever it comes.
_SEQUENCE = {
    "fixes": 0, "reported-by": 1, "closes": 1, "originally-by": 3, "suggested-by": 4, "co-developed-by": 5,
    "signed-off-by": 5,
}  # fmt: skip


@rule("tag-sequence", Scope.COMMIT, Severity.ADVICE, "Documentation/process/maintainer-tip.rst", local=True)
def tag_sequence(patch: Patch, context: Context) -> Iterator[Hit]:
    """An author's tags stand in the order that the tip tree's handbook gives, where a tree goes by it.

    Fixes, Reported-by, Closes, Originally-by, Suggested-by, then the sign-offs.

    Okay:
        x86/apic: Keep it

        A body.

        Fixes: 0123456789ab ("x86/apic: Add it")
        Reported-by: Bob Example <bob@example.org>
        Closes: https://lore.kernel.org/r/1@example.org
        Reported-by: Zoe Example <zoe@example.org>
        Closes: https://lore.kernel.org/r/2@example.org
        Co-developed-by: Eve Example <eve@example.org>
        Signed-off-by: Eve Example <eve@example.org>
        Signed-off-by: Ada Example <ada@example.org>
        Reviewed-by: Bob Example <bob@example.org>
        Cc: stable@vger.kernel.org

    Bad:
        x86/apic: Keep it

        A body.

        Signed-off-by: Ada Example <ada@example.org>
        Fixes: 0123456789ab ("x86/apic: Add it")
    """
    highest, over = -1, ""
    for number, trailer in _rows(patch):
        rank = _SEQUENCE.get(trailer.key.lower())
        if rank is None:
            continue
        if rank < highest:
            yield Hit(f"{trailer.key}: stands above {over}: in this tree", number)
            return
        highest, over = rank, trailer.key


@rule("combined-tags", Scope.COMMIT, Severity.WARNING, "Documentation/process/maintainer-tip.rst", local=True)
def combined_tags(patch: Patch, context: Context) -> Iterator[Hit]:
    """No tag says two things at once, such as Reported-and-tested-by.

    Okay:
        x86/apic: Keep it

        A body.

        Reported-by: Bob Example <bob@example.org>
        Tested-by: Bob Example <bob@example.org>

    Bad:
        x86/apic: Keep it

        A body.

        Reported-and-tested-by: Bob Example <bob@example.org>
    """
    for number, trailer in _rows(patch):
        if match := re.fullmatch(r"(\w+)-and-(\w+)-by", trailer.key, re.IGNORECASE):
            yield Hit(f"two tags instead: {match[1].capitalize()}-by: and {match[2].capitalize()}-by:", number)


@rule("upstream-commit", Scope.COMMIT, Severity.ERROR, "Documentation/process/stable-kernel-rules.rst, option 3",
      local=True)  # fmt: skip
def upstream_commit(patch: Patch, context: Context) -> Iterator[Hit]:
    """A backport to a stable tree names the commit in Linus' tree, in one of the usual forms.

    `commit <40 hex digits> upstream.` or `[ Upstream commit <40 hex digits> ]` in a line of its own, or what
    `git cherry-pick -x` writes. Where there is none, the text says so: "not upstream", "no upstream commit".

    Okay:
        vsock: fix a leak

        commit 0123456789abcdef0123456789abcdef01234567 upstream.

        A body.

    Okay:
        vsock: fix a leak

        [ Upstream commit 0123456789abcdef0123456789abcdef01234567 ]

        A body.

    Bad:
        vsock: fix a leak

        A body.

    Bad:
        vsock: fix a leak

        commit 0123456789ab upstream.

        A body.
    """
    forms = (
        r"commit [0-9a-f]{40} upstream\.?|\[ ?upstream commit [0-9a-f]{40} ?\]|"
        r"\(cherry picked from commit [0-9a-f]{40}\)"
    )
    lines = patch.message.split("\n")
    if any(re.fullmatch(forms, line.strip(), re.IGNORECASE) for line in lines):
        return
    if re.search(
        r"(?i)\b(not|no|without an?) (an? )?upstream|upstream (has|does) (not|n't)|stable.only", patch.message
    ):
        return
    short = next(
        (n for n, line in enumerate(lines, 1) if re.search(r"(?i)\bcommit [0-9a-f]{7,39}\b.*upstream", line)), 0
    )
    if short:
        yield Hit("the upstream commit is named by all of its 40 digits", short)
    else:
        yield Hit("no line says `commit <40 hex digits> upstream.`")
