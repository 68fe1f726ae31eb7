"""Whose the addresses in mails are: by the tree's .mailmap, the user's own addresses, and the lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patchflow import lazy_re
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.formats.identity import identity_for
from patchflow.formats.mail.people import VIA, People, untagged
from patchflow.formats.patch.trailers import person

if TYPE_CHECKING:
    from patchflow.domain.address import Address
    from patchflow.domain.message import Message
    from patchflow.formats.identity import Identity

# Each piece of text is read from its start only, so that a long one without an address costs linear time.
_EMAIL = lazy_re.compile(r"(?<![^\s<>\"'(),;:])[^\s<>\"'(),;:@]+@[^\s<>\"'(),;:]+")
_TAG_LINE = lazy_re.compile(r"(?im)^.*-by\b.*(?:\n.*@.*)?")
_LIST = lazy_re.compile(r"(?m)^L:\s+(\S+@\S+)")


def people_here(here: Clone, messages: Sequence[Message]) -> People:
    """Whose the addresses in these mails are: by the tree's .mailmap (git's own reading of it), the user's own
    addresses (user.email, each sendemail.*.from, patchflow.alsoMe), and the lists that MAINTAINERS names."""
    named = [one for message in messages for one in _named_in(message)]
    emails = {*map(str.lower, named), *map(untagged, named)}
    mine = [untagged(one) for one in my_addresses(here)]
    asked = sorted({*emails, *mine})
    text = here.git.run("check-mailmap", "--stdin", stdin="".join(f"<{one}>\n" for one in asked).encode()).text
    answers = [line.rpartition("<")[2].rstrip(">").lower() for line in text.split("\n") if line]
    canonical = dict(zip(asked, answers, strict=True)) if len(answers) == len(asked) else {}
    me = canonical.get(mine[0], mine[0]) if mine else ""
    if mine:
        canonical |= dict.fromkeys([*mine, *(canonical.get(one, one) for one in mine)], me)
    maintainers = here.repository.folder / "MAINTAINERS"
    rewritten = any(VIA in message.sender.name for message in messages)  # else nobody asks for the lists
    text = maintainers.read_text(encoding="utf-8", errors="replace") if rewritten and maintainers.is_file() else ""
    return People(canonical, frozenset(one.lower() for one in _LIST.findall(text)), me)


def _named_in(message: Message) -> list[str]:
    found = [message.sender.email, *(one.email for one in message.reply_to), message.header("x-original-from")]
    if "-by" in message.body.lower():
        found += _TAG_LINE.findall(message.body)
    return [one.strip(".") for text in found for one in _EMAIL.findall(text) if one.isascii() and one.isprintable()]


def my_addresses(here: Clone) -> list[str]:
    """The user's own addresses, user.email first."""
    repository = here.repository
    found = [repository.config("user.email") or "", *repository.config_all("patchflow.alsome")]
    for key, values in repository.settings().items():  # those of the sections, too
        if key.startswith("sendemail.") and key.endswith(".from"):
            found += _EMAIL.findall(values[-1])
    return [one for one in found if _EMAIL.fullmatch(one)]


def branch_of(here: Clone, parent: Message | None) -> str:
    """The branch of the series that a mail is about, by the Message-IDs of what was sent from it; "" for none here."""
    ids = {parent.id, *parent.references, *parent.in_reply_to} if parent else set()
    for name in here.store.names():
        revisions = here.store.revisions(here.store.setting(name, "change-id"))
        if any(message.message_id in ids for revision in revisions for message in revision.posted):
            return name
    return ""


def answering(here: Clone, parent: Message | None, profile: str = "") -> Identity:
    """In whose name an answer to a mail leaves, by the user's own rule for its series; `profile` is that of a series
    that is none of this clone, "" where it is not known."""
    branch = branch_of(here, parent)
    if branch:
        try:
            profile = here.profile_of(here.store.load(branch, with_diffs=False)).name
        except PatchflowError:  # a branch that is no series any more
            profile = here.store.setting(branch, "profile")
    return identity_for(here.repository.config, branch, profile or here.profile_here().name)


def writes_as(here: Clone, identity: Identity) -> Address:
    """Who git send-email sends as: sendemail.from (that of the section first), else who the user is to git."""
    config, section = here.repository.config, identity.section
    named = (config(f"sendemail.{section}.from") if section else "") or config("sendemail.from") or ""
    return person(named) or here.repository.identity()
