"""Builds what a rule judges from the example texts in its docstring."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from patchflow.adapters.git.mail_reader import losses_of
from patchflow.domain.address import Address
from patchflow.domain.diff import FileDiff, Hunk
from patchflow.domain.message import Message
from patchflow.domain.patch import Patch
from patchflow.domain.profile import Profile, Tree
from patchflow.domain.recipient import PatchRecipients, Recipient
from patchflow.domain.series import Revision, SentMessage
from patchflow.formats.mail.draft import Draft, parse_draft
from patchflow.formats.patch.diff import parse_diff, split_tail
from patchflow.formats.patch.subject import parse_subject
from patchflow.rules.context import Context, Posting
from tests.mails import draft_of

ADA = Address("Ada Example", "ada@example.org")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PROFILE = Profile(
    name="net-next",
    title="net-next",
    prefix="net-next",
    tree=Tree("net-next", ""),
    fix_prefix="net",
    other_trees=("vhost",),
)
_HEADERS = (
    "Subject", "In-Reply-To", "Sent", "Hours", "Files", "Parents", "Patches", "Outstanding", "Recipients", "Expected",
    "Depends", "Aliases", "Covered", "Diff", "Tool", "Applies", "Prefixes", "Uses", "Lines", "Message", "Newcomer",
    "Mixed",
)  # fmt: skip


class ExampleHistory:
    """A repository with two commits: one in the base, one elsewhere."""

    complete = True
    known: ClassVar = {"0123456789ab": "vsock: add it", "ba9876543210": "vsock: add it elsewhere"}

    def subject(self, commit: str) -> str | None:
        return next((title for known, title in self.known.items() if known.startswith(commit)), None)

    def full(self, commit: str) -> str | None:
        return next((known.ljust(40, "0") for known in self.known if known.startswith(commit)), None)

    def is_ancestor(self, commit: str) -> bool:
        return commit == "0123456789ab"

    def subjects(self, path: str) -> Sequence[str]:
        return ["vsock: add it"] * 8 if path.startswith("net/vmw_vsock") else ()

    def prefixes(self, path: str) -> Sequence[str]:
        return ("vsock/virtio", "vsock") if path.startswith("net/vmw_vsock") else ()

    def read(self, path: str) -> str | None:
        return None

    losses = staticmethod(losses_of)


def build(text: str) -> Context:
    """The context of one example; its patches in `patches`."""
    patches: list[Patch] = []
    facts: dict[str, str] = {}
    for block in text.split("====\n"):
        headers, rest = _headers(block)
        facts |= headers
        patches.append(_patch(headers, rest))
    if "Patches" in facts:
        patches = [replace(patches[0], message=f"vsock: change {n}\n") for n in range(int(facts["Patches"]))]
    subject = parse_subject(facts.get("Subject", "[PATCH net-next] x"))
    prefixes = tuple(word for word in facts.get("Prefixes", "").split(", ") if word)
    context = Context(
        profile=replace(PROFILE, prefixes=prefixes, files=("arch/x86/kvm/",)) if prefixes else PROFILE,
        patches=tuple(patches),
        posting=Posting(
            tree=subject.tree,
            revision=subject.revision,
            rfc=subject.rfc,
            resend=subject.resend,
            in_reply_to=facts.get("In-Reply-To", ""),
            changelog="\n".join(patch.notes for patch in patches),
        ),
        history=ExampleHistory(),
        tool_words=((facts["Tool"].split()[0], "a.c", 1, facts["Tool"]),) if "Tool" in facts else (),
        applies=facts.get("Applies", ""),
        outstanding=int(facts.get("Outstanding", 0)),
        depends=tuple(filter(None, [facts.get("Depends", "")])),
        newcomer="Newcomer" in facts,
        mixed=((subject.title, facts["Mixed"]),) if "Mixed" in facts else (),
        now=NOW,
    )
    return _with_people(_with_sent(context, facts), facts)


def _headers(block: str) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    lines = block.split("\n")
    while lines and (match := re.match(rf"^({'|'.join(_HEADERS)}):\s*(.*)$", lines[0])):
        found[match[1]] = match[2].strip()
        lines.pop(0)
    return found, "\n".join(lines).lstrip("\n")


def _patch(headers: dict[str, str], rest: str) -> Patch:
    body, _, tail = rest.partition("---\ndiff --git") if "---\ndiff --git" in rest else (rest, "", "")
    diff = "diff --git" + tail if tail else ""
    body, _, notes = body.partition("\n---\n")
    if "Diff" in headers:
        files: tuple[FileDiff, ...] = (_new_lines(headers["Diff"], rest),)
        body = ""
    elif "Lines" in headers:
        files = (_new_lines("a.c", "+int a;\n" * int(headers["Lines"])),)
    elif "Files" in headers:
        files = tuple(_touched(word) for word in headers["Files"].split())
    else:
        files = parse_diff(diff)
    diff = "".join(f"+\t{name}();\n" for name in headers.get("Uses", "").split()) or diff
    subject = parse_subject(headers["Subject"]).title if "Subject" in headers else headers.get("Message", "")
    message = f"{subject}\n\n{body}" if subject else body or "vsock: change it\n\nA body.\n"
    return Patch(
        commit="1" * 40 if "Parents" in headers else "",
        message=message.rstrip("\n") + "\n",
        author=ADA,
        date=None,
        diff=diff,
        damage=split_tail(diff)[2],
        files=files,
        notes=notes,
        parents=int(headers.get("Parents", 1)),
        subject_line=headers.get("Subject", ""),
    )


def _new_lines(path: str, rest: str) -> FileDiff:
    lines = tuple(line for line in rest.split("\n") if line[:1] in ("+", "-", " ") and line)
    return FileDiff(path, path, (Hunk(1, 0, 1, sum(line[0] != "-" for line in lines), "", lines),))


def _touched(word: str) -> FileDiff:
    """`+path` is new; `path:text` adds a line with that text."""
    path, _, text = word.lstrip("+").partition(":")
    hunks = (Hunk(1, 0, 1, 1, "", ("+" + text,)),) if text else ()
    return FileDiff("" if word.startswith("+") else path, path, hunks)


def _with_sent(context: Context, facts: dict[str, str]) -> Context:
    if "Sent" not in facts:
        return context
    number, _, title = facts["Sent"].partition(" ")
    date = NOW - timedelta(hours=float(facts.get("Hours", 100)))
    message = SentMessage(1, "v1@example.org", f"[PATCH net-next] {title}")
    revision = Revision(int(number[1:]), date, "", "", "PATCH net-next", (message,))
    return replace(context, sent=(revision,))


def _with_people(context: Context, facts: dict[str, str]) -> Context:
    def group(key: str, patch: str) -> tuple[PatchRecipients, ...]:
        people = tuple(Recipient(Address("", a), "maintainer", "A SECTION") for a in facts[key].split())
        return (PatchRecipients(patch, people),)

    if "Expected" in facts:
        context = replace(context, recipients=group("Recipients", "p"), expected=group("Expected", "p"))
        aliases = dict(pair.split("=", 1) for pair in facts.get("Aliases", "").split())
        context = replace(context, aliases=aliases)
    elif "Recipients" in facts:
        context = replace(context, recipients=group("Recipients", "p"))
    elif "Covered" in facts:
        new = [f.path for p in context.patches for f in p.files if f.is_new]
        context = replace(context, coverage=tuple((path, int(facts["Covered"])) for path in new))
    return context


def build_reply(text: str) -> tuple[Draft, Message]:
    """A draft with the example's headers and body over sound ones, and the mail it answers."""
    parent = Message(
        id="patch@example.org",
        subject="[PATCH net-next] vsock: add it",
        sender=Address("Bob Example", "bob@example.org"),
        date=NOW,
        to=(ADA,),
        cc=(Address("", "netdev@vger.kernel.org"),),
        in_reply_to=(),
        references=(),
        body="Please rename it.\n",
    )
    sound = draft_of(parent, [], ADA)
    own = (
        parse_draft(text)
        if re.match(r"^[A-Z][A-Za-z-]+: ?\S*.*\n", text) and "-by:" not in text.split("\n")[0]
        else None
    )
    given = dict(own.headers) if own else {}
    headers = {**dict(sound.headers), **given}
    return Draft(tuple(headers.items()), own.body if own else text), parent
