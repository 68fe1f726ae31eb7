"""What holds a send back: each gate says why, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.flow.recipients.nipa import will_fail
from patchflow.flow.recipients.policy import MOST_PEOPLE
from patchflow.flow.window.decide import may_send
from patchflow.formats.patch.trailers import person, trailers_of
from patchflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from patchflow.domain.address import Address
    from patchflow.domain.comment import Comment
    from patchflow.domain.dependency import Dependency
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.domain.recipient import PatchRecipients, Recipient
    from patchflow.domain.series import Series
    from patchflow.domain.window import Window
    from patchflow.flow.check.judge import Report
    from patchflow.flow.send.posting import Mail
    from patchflow.formats.identity import Identity
    from patchflow.formats.mail.series import Posting


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing in the way. `blocks` is False for what only asks; `id` is what --override names."""

    id: str
    text: str
    go_on: str
    blocks: bool = True

    def as_line(self) -> str:
        """`stop: why; how to go on [id]`."""
        return f"{'stop' if self.blocks else 'look'}: {self.text}; {self.go_on} [{self.id}]"


_NETDEV = "Documentation/process/maintainer-netdev.rst"
_SUBMITTING = "Documentation/process/submitting-patches.rst"
# What holds a send back beside the errors of the checks: id -> (what it says, where that is written).
GATES: dict[str, tuple[str, str]] = {
    "window-closed": ("net-next takes no new features while the merge window is open; RFC and fixes pass.", _NETDEV),
    "revision-sent": ("Exactly these patches were sent already; only --resend sends them unchanged.", _SUBMITTING),
    "version-posted": ("The mail taken in holds this version already, sent by hand or elsewhere.", _SUBMITTING),
    "full-resend": ("Some maintainers want a series whole or not at all; this asks, it does not block.", _NETDEV),
    "dirty-tree": ("Changes that are not committed would not be sent.", "git"),
    "base-not-in-tree": ("The series stands on a commit that the tree its bracket names does not have.", _SUBMITTING),
    "private-base": ("The series stands on a commit that nobody else has, so nobody can apply it.", _SUBMITTING),
    "public-patches": ("The first patches are others' commits that a public tree has already.", _SUBMITTING),
    "unsigned-patches": ("Patches of others that you pass on need your Signed-off-by, too.", _SUBMITTING),
    "needs-unsent": ("The series needs another one that nobody else has yet; this asks.", "b4 prep --check-deps"),
    "needs-repeated": ("The series holds patches of another one that it needs.", "b4 prep --check-deps"),
    "mail-size": ("The lists drop mails over their size.", "the profile (max_mail_bytes)"),
    "mail-arrives": ("`git am` of the finished mails must make the exact commits they were made of.", "git-am(1)"),
    "tree-mismatch": (
        "The bracket, the base or the lists are no tree's that the touched files belong to.",
        "MAINTAINERS",
    ),
    "many-recipients": ("Over 30 people on one mail; lists hold such mails back, and this asks.", _SUBMITTING),
    "no-recipients": ("A patch nobody would get.", "scripts/get_maintainer.pl"),
    "nipa-cc": ("NIPA's test cc_maintainers would fail; this asks, it does not block.", "netdev's CI"),
    "dropped-maintainer": ("Someone MAINTAINERS names was left out.", "MAINTAINERS"),
    "open-comments": ("Review comments that nobody answered; this asks, it does not block.", _SUBMITTING),
    "recipients-differ": ("git send-email would send to others than the page shows.", "git-send-email(1)"),
    "wrong-identity": ("The mails come from another address than your own setting `identity` says.", "git config"),
    "pull-url": ("Others probably cannot pull from the URL of a pull request; this asks.", "git-request-pull(1)"),
    "pull-sent": ("A pull request of this exact tag was sent already.", "git-request-pull(1)"),
    "sender": ("Nobody could answer the address the mails come from.", _SUBMITTING),
    "signature": ("The mails are to be signed, and cannot be.", "patatt(5)"),
    "endpoint": ("The web endpoint would refuse or damage these mails.", "b4's misc/send-receive.py"),
    "git-send-email": ("git send-email itself would refuse these mails or this configuration.", "git-send-email(1)"),
}


def check_gate(report: Report, overridden: Sequence[str]) -> Iterator[Gate]:
    """Errors of the checks that nobody let through."""
    where = {id(f): f"{patch.commit[:12]} ({patch.subject}): " for patch in report.patches for f in patch.findings}
    for finding in report.errors(overridden):
        text = f"{where.get(id(finding), '')}{finding.as_line()}"
        yield Gate(finding.rule, text, f"fix it, or `--override {finding.rule}=REASON`")


def window_gate(window: Window, profile: Profile, rfc: bool) -> Iterator[Gate]:
    """A closed window; RFC postings and trees that never close pass."""
    if not may_send(window, profile, rfc):
        until = f" until about {window.until:%Y-%m-%d}" if window.until else ""
        yield Gate("window-closed", f"{window.tree} is closed{until}", "wait, or send it as RFC with --rfc")


def revision_gate(series: Series, resend: bool) -> Iterator[Gate]:
    """Patches that were sent already, exactly as they are."""
    last = series.last
    if not last or resend or last.resend:
        return
    sent = [m.commit for m in last.messages if m.commit]
    if sent and sent == [patch.commit for patch in series.patches] and series.next_floor <= last.number:
        yield Gate(
            "revision-sent",
            f"v{last.number} was sent on {last.date:%Y-%m-%d} with just these patches",
            "change something and `patchflow respin`, or `--resend`",
        )


def posted_gate(posting: Posting | None, branch: str) -> Iterator[Gate]:
    """This version, or a later one, that the user posted and nobody recorded here."""
    if posting:
        when = f" on {posting.first.date:%Y-%m-%d}" if posting.first.date else ""
        after = posting.revision + 1
        yield Gate(
            "version-posted",
            f"v{posting.revision} was posted{when} by hand or elsewhere, as <{posting.first.id}>",
            f"`patchflow adopt {branch}` records it (`patchflow sync pull REMOTE` where another machine of yours did), "
            f"then `patchflow respin`; or send this as v{after} with `--revision {after}`; where it is not "
            "yours, because anybody can write in your name, `--override version-posted=REASON`",
        )


def tree_gates(dirty: Sequence[str], in_tree: bool, series: Series, profile: Profile) -> Iterator[Gate]:
    """Uncommitted changes on the series' own branch (`dirty`), and a base that is not in the tree the bracket names."""
    if dirty:
        more = f" and {len(dirty) - 3} more" if len(dirty) > 3 else ""
        yield Gate(
            "dirty-tree",
            f"uncommitted changes in {', '.join(dirty[:3])}{more} would not be sent",
            "commit or stash them",
        )
    tree = profile.tree
    if not in_tree:
        yield Gate(
            "base-not-in-tree",
            f"the base {series.foundation[:12]} is not in {tree.name}/{tree.branch}",
            f"rebase onto {tree.name}/{tree.branch}",
        )


def base_gate(public: bool | None, series: Series, others: Callable[[], Mapping[str, str]]) -> Iterator[Gate]:
    """A base that nobody else has: a commit of another series of this clone (`others`: its commits and their branch),
    or one that no remote branch and no tag holds, where there are any (`public` is None where there are none). This
    asks: a base may be public elsewhere.
    """
    if public:
        return
    if branch := others().get(series.foundation):
        text = f"the base {series.foundation[:12]} is a patch of the series {branch}, which nobody else has"
        yield Gate(
            "private-base",
            text,
            f"`patchflow dep add {branch}` names it in the mails; or rebase onto what {branch} stands "
            "on, or send that series first",
            blocks=False,
        )
    elif public is False:
        text = f"the base {series.foundation[:12]} is in no branch that was fetched, so nobody else has it"
        yield Gate("private-base", text, "rebase onto a commit of a public tree", blocks=False)


def published_gate(count: int, series: Series) -> Iterator[Gate]:
    """The first `count` patches are others' commits, which a public tree has: the branch was rebased onto it, and
    the base is named as before."""
    if count:
        which = "the first patch is a commit" if count == 1 else f"the first {count} patches are commits"
        above = series.patches[count - 1].commit[:12]
        yield Gate(
            "public-patches",
            f"{which} of others that a public tree has, up to {above} ({series.patches[count - 1].subject})",
            f"`patchflow adopt {series.branch} --base {above}` has the series begin above",
        )


def unsigned_gate(numbers: Sequence[int], series: Series) -> Iterator[Gate]:
    """Patches of others that the user did not sign off (`numbers`, from 1 on). Where they are the first ones, the tree
    below was probably rebased since."""
    if not numbers:
        return
    first = list(numbers) == list(range(1, len(numbers) + 1)) and len(numbers) < len(series.patches)
    last = series.patches[numbers[-1] - 1]
    what = f"patch {numbers[0]} is another's" if len(numbers) == 1 else f"{len(numbers)} patches are others'"
    until = ":" if len(numbers) == 1 else ", up to"
    above = f"`patchflow adopt {series.branch} --base {last.commit[:12]}` has the series begin above; " if first else ""
    yield Gate(
        "unsigned-patches",
        f"{what}, with no sign-off of yours{until} {last.commit[:12]} ({last.subject})",
        f"{above}`git rebase --signoff {series.base[:12]}` signs off what you pass on; "
        "`git config --add patchflow.alsoMe ADDRESS` where it is your own",
    )


def needs_gate(needs: Sequence[Dependency]) -> Iterator[Gate]:
    """Series of this clone that the mails name, and that were not sent: this asks, for they may go out right after."""
    for one in needs:
        if one.branch and not one.posted:
            text = f"{one.name}, which this series needs, has not been sent"
            yield Gate("needs-unsent", text, f"send {one.branch} first", blocks=False)


def repeated_gate(repeated: Sequence[tuple[str, str]]) -> Iterator[Gate]:
    """Patches that would be posted a second time, in a series that names theirs as what it needs."""
    if repeated:
        title, branch = repeated[0]
        more = f" and {len(repeated) - 1} more" if len(repeated) > 1 else ""
        text = f"{title!r}{more} is a patch of {branch}, which this series needs and does not stand on"
        yield Gate("needs-repeated", text, "`patchflow dep restack` puts it on that; `patchflow dep drop` where "
                   "the patches are meant to be in this one")  # fmt: skip


def mail_gates(mails: Sequence[Mail], profile: Profile) -> Iterator[Gate]:
    """Mails over the list's size."""
    for one in mails:
        if one.size > profile.max_mail_bytes:
            yield Gate(
                "mail-size",
                f"{one.subject!r} has {one.size // 1000} kB; the lists take {profile.max_mail_bytes // 1000} kB",
                "split the patch",
            )


def arrival_gates(lost: Sequence[str]) -> Iterator[Gate]:
    """What the finished mails would lose of the commits, as git itself reads them."""
    for text in lost:
        yield Gate("mail-arrives", text, "`patchflow check` shows the rest; fix the commit")


def mismatch_gates(faults: Sequence[str]) -> Iterator[Gate]:
    """What goes to a tree or a list that is not the files'."""
    for text in faults:
        yield Gate(
            "tree-mismatch", text, "`patchflow profile --why` shows theirs; `patchflow adopt --profile P` chooses"
        )


def nobody_gates(mails: Iterable[tuple[Mail, Sequence[Recipient]]]) -> Iterator[Gate]:
    """Mails that nobody would get, sendemail.to and the like counted in."""
    for one, recipients in mails:
        if not recipients:
            go_on = "add one with `patchflow cc --add ADDRESS`, or set sendemail.to with `git config`"
            yield Gate("no-recipients", f"{one.subject!r} has no recipient", go_on)


def recipient_gates(
    groups: Sequence[PatchRecipients], expected: Sequence[PatchRecipients], aliases: Mapping[str, str]
) -> Iterator[Gate]:
    """A maintainer who is left out, or too many people; `expected` are those that MAINTAINERS names, `aliases`
    what .mailmap says of a recipient's address."""
    for group in groups:
        goes = group is not groups[-1] or len(groups) > 2  # a single patch has no cover letter
        if goes and len(group.recipients) > MOST_PEOPLE:
            yield Gate("many-recipients", f"{group.patch!r} goes to {len(group.recipients)} people and lists",
                       "`--cover-to-all` sends each patch by its files", blocks=False)  # fmt: skip
        for note in group.notes:
            if will_fail(note):
                yield Gate("nipa-cc", f"{group.patch!r}: {note.rstrip('.')}",
                           "add them with `patchflow cc --add ADDRESS`", blocks=False)  # fmt: skip
    maintainers = {
        r.address.key for group in expected for r in group.recipients if r.role in ("maintainer", "supporter")
    }
    dropped = {d.address.key: d for group in groups for d in group.dropped}
    for key in sorted((maintainers & set(dropped)).difference(aliases.values())):
        text = f"{dropped[key].address}, a maintainer, is left out: {dropped[key].because}"
        yield Gate("dropped-maintainer", text, "take them back with `patchflow cc --add`")


def identity_gates(identity: Identity, sender: Address, patches: Sequence[Patch] = ()) -> Iterator[Gate]:
    """A sender that is not the user's own rule's; without a rule this asks where the same person signs off with another
    address."""
    rule = f"{identity.key}, which is {identity.word},"
    if identity.missing:
        yield Gate("wrong-identity", f"{rule} names no section sendemail.{identity.word} of git config",
                   f"`git config sendemail.{identity.word}.from ADDRESS` makes one")  # fmt: skip
    elif identity.address and identity.address.lower() != sender.key:
        text = f"these mails come from {sender.email}, and should, by {rule} come from {identity.address}"
        go_on = f"`git config user.email {identity.address}` (or sendemail.from), or change that setting"
        yield Gate("wrong-identity", text, go_on)
    if identity.key:
        return
    signers = {
        who
        for patch in patches
        for trailer in trailers_of(patch.message)
        if trailer.key.lower() == "signed-off-by" and (who := person(trailer.value))
    }
    same = sorted({who.email for who in signers if who.name.casefold() == sender.name.casefold()})
    if same and sender.key not in {one.key for one in signers}:
        text = f"these mails come from {sender.email}, and you signed off as {', '.join(same)}"
        go_on = f"`patchflow config patchflow.identity {sender.email}` says that this is right"
        yield Gate("wrong-identity", text, go_on, blocks=False)


def renamed_gates(renames: bool, signed: str) -> Iterator[Gate]:
    """Signed mails through a server that gives each another Message-ID, which patatt signs."""
    if renames and signed:
        text = "the server gives each mail another Message-ID, so that no signature would hold"
        yield Gate("signature", text, "send with `--no-sign`, or by another server")


def comment_gate(waiting: Sequence[Comment], series: Series) -> Iterator[Gate]:
    """Review comments that nobody answered, or whose reviewer asks again, those on a preview apart: this asks, it does
    not block."""
    if count := sum(one.patch in series.previewed for one in waiting):
        text = f"{count} {'comment' if count == 1 else 'comments'} on the preview {'has' if count == 1 else 'have'} no "
        yield Gate("open-comments", f"{text}answer yet", "`patchflow todo` shows them", blocks=False)
    waiting, revision = [one for one in waiting if one.patch not in series.previewed], series.next_revision
    if not waiting or revision < 2:
        return
    again = sum(comment.asked_again for comment in waiting)
    bots = sum(bool(comment.bot) and not comment.asked_again for comment in waiting)
    fresh = len(waiting) - again - bots
    said = []
    if fresh:
        said.append(f"{fresh} review {'comment' if fresh == 1 else 'comments'} of v{revision - 1} "
                    f"{'has' if fresh == 1 else 'have'} no answer yet")  # fmt: skip
    if again:
        said.append(f"{again} {'was' if again == 1 else 'were'} asked again after an answer")
    if bots:
        said.append(
            f"{bots} {'finding' if bots == 1 else 'findings'} of bots {'has' if bots == 1 else 'have'} no answer"
        )
    yield Gate("open-comments", ", and ".join(said), "`patchflow todo` shows them", blocks=False)
