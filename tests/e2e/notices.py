"""The usual words of "applied", of people and of bots, as mails on a revision that was sent."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime

# The mails of a revision, and the commits that its patches became in the subsystem's tree -> what is said of them.
Notice = Callable[[Sequence[Message], Sequence[str]], list[str]]
_NUMBERS = itertools.count(1)


def answer(mail: Message, sender: str, text: str, subject: str = "", answers: bool = True, more: str = "") -> str:
    """A mail on one of ours, in answer to it if `answers`; `more` goes into its header."""
    number = next(_NUMBERS)
    date = format_datetime(datetime(2026, 11, 30, 12, tzinfo=UTC) + timedelta(seconds=number))
    to = f"In-Reply-To: {mail['Message-ID']}\nReferences: {mail['Message-ID']}\n" if answers else ""
    return (
        f"From: {sender}\nTo: {mail['From']}\nSubject: {subject or 'Re: ' + mail['Subject']}\nDate: {date}\n"
        f"Message-ID: <n{number}@example.net>\n{more}{to}\n{text}\n"
    )


def title(mail: Message) -> str:
    """A subject without its bracket."""
    return str(mail["Subject"]).replace("\r\n", "").partition("] ")[2]


def patches(mails: Sequence[Message]) -> list[Message]:
    """The mails of a revision without its cover letter."""
    return list(mails[1:] if len(mails) > 1 else mails)


def quote(mail: Message) -> str:
    """How most answers begin."""
    return f"On Sun, 29 Nov 2026 12:00:00 +0000, Ada Example wrote:\n> {title(mail)}\n> ...\n\n"


def says(sender: str, words: str, *parts: int) -> Notice:
    """A person's own words, in answer to the first mail or to the patches of these numbers."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        meant = [patches(mails)[part - 1] for part in parts] if parts else [mails[0]]
        return [answer(mail, sender, f"{quote(mail)}{words}\n") for mail in meant]

    return notice


def thanks(sender: str, words: str, link: str = "commit: {}", *, end: str = "Best regards,\n") -> Notice:
    """b4's thanks: the words, and a list of the patches with their commits."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        ours = patches(mails)
        rows = [
            f"[{n}/{len(ours)}] {title(one)}\n      {link.format(commit)}"
            for n, (one, commit) in enumerate(zip(ours, commits, strict=True), 1)
        ]
        return [answer(mails[0], sender, f"\n{quote(mails[0])}{words}\n\n" + "\n".join(rows) + f"\n\n{end}-- \nX\n")]

    return notice


def tip_bot(branch: str) -> Notice:
    """tip-bot2's mail for each commit."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        return [
            answer(
                mail,
                "tip-bot2 for Ada Example <tip-bot2@linutronix.de>",
                f"The following commit has been merged into the {branch} branch of tip:\n\nCommit-ID:     {commit}\n"
                f"Gitweb:        https://git.kernel.org/tip/{commit}\nAuthor:        Ada Example <ada@example.org>\n"
                "AuthorDate:    Sun, 29 Nov 2026 12:00:00\nCommitter:     Tim Tip <tim@example.net>\n"
                f"CommitterDate: Mon, 30 Nov 2026 12:00:00 +01:00\n\n{title(mail)}\n\n{body(mail)}",
                subject=f"[tip: {branch}] {title(mail)}",
                more="X-Mailer: tip-git-log-daemon\nRobot-ID: <tip-bot2@linutronix.de>\n",
            )
            for mail, commit in zip(patches(mails), commits, strict=True)
        ]

    return notice


def patchwork_bot(project: str, tree: str, by: str) -> Notice:
    """patchwork-bot's summary with links."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        what = "series" if len(mails) > 1 else "patch"
        rows = "\n".join(
            f"  - {str(one['Subject']).replace('PATCH ', '').partition('] ')[0].replace(' ', ',')}] {title(one)}\n"
            f"    https://git.kernel.org/{tree.partition('/')[0]}/c/{commit[:12]}"
            for one, commit in zip(patches(mails), commits, strict=True)
        )
        text = (
            f"Hello:\n\nThis {what} was applied to {tree}\nby {by}:\n\n{quote(mails[0])}Here is the summary with links:\n"
            f"{rows}\n\nYou are awesome, thank you!\n-- \nDeet-doot-dot, I am a bot.\n"
            "https://korg.docs.kernel.org/patchwork/pwbot.html\n"
        )
        return [answer(mails[0], f"patchwork-bot+{project}@kernel.org", text)]

    return notice


def akpm(branch: str) -> Notice:
    """Andrew Morton's note of each patch, which answers no mail."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        made = []
        for mail in patches(mails):
            name = title(mail).replace(": ", "-").replace(" ", "-").replace("/", "-") + ".patch"
            text = (
                f"\nThe patch titled\n     Subject: {title(mail)}\nhas been added to the -mm {branch} branch.  Its "
                f"filename is\n     {name}\n\nThis patch will shortly appear at\n     https://example.net/{name}\n\n"
                f"This patch will later appear in the {branch} branch at\n    git://example.net/mm\n\n"
                f'Before you just go and hit "reply", please:\n   a) Consider who else should be cc\'ed\n\n'
                f"------------------------------------------------------\nFrom: Ada Example <ada@example.org>\n"
                f"Subject: {title(mail)}\nDate: Sun, 29 Nov 2026 12:00:00 +0000\n\n{body(mail)}\n"
            )
            who = "Andrew Morton <akpm@linux-foundation.org>"
            made.append(answer(mail, who, text, subject=f"+ {name} added to {branch} branch", answers=False))
        return made

    return notice


def greg(where: str, subject: str, more: str) -> Notice:
    """Greg Kroah-Hartman's note of each patch, which answers no mail: `where` ("to my x git tree") and what is below."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        return [
            answer(
                mail,
                "<gregkh@linuxfoundation.org>",
                f"\nThis is a note to let you know that I've just added the patch titled\n\n    {title(mail)}\n\n{where} which "
                f"can be found at\n    git://example.net/x.git\n{more}\n\nIf you have any questions about this process, "
                f"please let me know.\n\n\nFrom {commit} Mon Sep 17 00:00:00 2001\nFrom: Ada Example <ada@example.org>\n"
                f"Date: Sun, 29 Nov 2026 12:00:00 +0000\nSubject: {title(mail)}\n\n{body(mail)}",
                subject=subject.format(title(mail)),
                answers=False,
            )
            for mail, commit in zip(patches(mails), commits, strict=True)
        ]

    return notice


def rtw(sender: str) -> Notice:
    """The script of Realtek's maintainer, as wireless' maintainers had it: how many patches, and a commit a line."""

    def notice(mails: Sequence[Message], commits: Sequence[str]) -> list[str]:
        rows = "".join(f"{commit[:12]} {title(one)}\n" for one, commit in zip(patches(mails), commits, strict=True))
        count = f"{len(commits)} patch(es) applied to rtw-next branch of rtw.git, thanks."
        why = body(mails[0]).partition("\n")[0]
        text = (
            f"Ada Example <ada@example.org> wrote:\n\n> {why}\n\n{count}\n\n{rows}\n---\nhttps://example.net/rtw.git\n"
        )
        return [answer(mails[0], sender, text)]

    return notice


def both(*notices: Notice) -> Notice:
    """Several people, each for what is theirs."""
    return lambda mails, commits: [mail for notice in notices for mail in notice(mails, commits)]


def body(mail: Message) -> str:
    """A mail's decoded text."""
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")
