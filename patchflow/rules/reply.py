"""Rules about a reply on the list: headers, quoting, wrapping, tags. Source: rules.md, "A reply on the list"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from patchflow import lazy_re
from patchflow.domain.finding import Scope, Severity
from patchflow.domain.message import Message
from patchflow.formats.mail.draft import Draft
from patchflow.formats.mail.people import People, is_relay
from patchflow.formats.patch.trailers import parse_trailer
from patchflow.rules.registry import Hit, rule

_SOURCE = "Documentation/process/email-clients.rst; Documentation/process/submitting-patches.rst"
_QUOTED_RUN = 30
_WIDTH = 75
_TAG = lazy_re.compile(
    r"^\s*(reviewed|acked|tested|reported|signed-off|suggested|co-developed)(-\w+)*-by:", re.IGNORECASE
)


def _own(body: str) -> list[tuple[int, str]]:
    """The unquoted lines with their numbers in the body, from 1."""
    return [(n, line) for n, line in enumerate(body.split("\n"), start=1) if not line.startswith(">")]


def _is_attribution(line: str) -> bool:
    return bool(re.search(r"(?:wrote|writes|said|schrieb|a écrit)\s*:\s*$", line))


@rule("reply-threading", Scope.REPLY, Severity.ERROR, _SOURCE)
def threading(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """In-Reply-To is the parent's Message-ID, References end with it, and the Subject is `Re: ` and the parent's.

    Okay:
        Subject: Re: [PATCH net-next] vsock: add it

        Done in v2.

    Bad:
        Subject: Re: Re: [PATCH net-next] vsock: add it

        Done in v2.

    Bad:
        In-Reply-To: <other@example.org>

        Done in v2.
    """
    subject = draft.header("Subject")
    if len(re.findall(r"(?i)\bre:", subject)) > 1:
        yield Hit("one Re: in the subject is enough")
    if parent is None:
        return
    if draft.header("In-Reply-To").strip("<> ") != parent.id:
        yield Hit(f"In-Reply-To is not the Message-ID of the mail answered, <{parent.id}>")
    references = draft.header("References")
    if not references.rstrip("> ").endswith(parent.id):
        yield Hit("References do not end with the mail answered")
    elif any(id not in references for id in parent.references):
        yield Hit("References leave out some of those of the mail answered", severity=Severity.WARNING)
    if not re.match(r"(?i)re:", subject.strip()):
        yield Hit("the subject of a reply begins with Re:", severity=Severity.WARNING)
    bare = re.sub(r"(?i)^\s*(re:\s*)+", "", parent.subject).strip()
    if re.sub(r"(?i)^\s*(re:\s*)+", "", subject).strip() != bare:
        yield Hit(f"the subject is not that of the mail answered, {bare!r}", severity=Severity.WARNING)


@rule("reply-recipients", Scope.REPLY, Severity.ERROR, _SOURCE)
def recipients(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """Everyone in the parent's From (or Reply-To), To and Cc stays on copy, lists too; oneself excepted.

    Okay:
        To: Bob Example <bob@example.org>
        Cc: netdev@vger.kernel.org

        Done in v2.

    Bad:
        To: Bob Example <bob@example.org>
        Cc:

        Done in v2.
    """
    if parent is None:
        return
    have = {address.key for address in draft.addresses("To", "Cc")}
    me = {address.key for address in draft.addresses("From")}
    everybody = (*(parent.reply_to or (People().sender(parent),)), *parent.to, *parent.cc)
    wanted = [address for address in everybody if not is_relay(address)]  # nobody reads a relay's
    dropped = {a.key: a for a in wanted if a.key not in have | me and "@" in a.email}
    lists = [a for a in wanted if re.search(r"@(?:vger|lists?)\.|lists?\.", a.email)]
    if lists and not any(a.key in have for a in lists):
        yield Hit("a private reply: no list is on copy", severity=Severity.WARNING)
    for address in dropped.values():
        yield Hit(f"{address} was on the mail answered and is left out")


@rule("reply-plain-text", Scope.REPLY, Severity.ERROR, _SOURCE)
def plain_text(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """A reply is plain text in US-ASCII or UTF-8: no HTML, no attachment, no format=flowed.

    Okay:
        Content-Type: text/plain; charset=UTF-8

        Done in v2.

    Bad:
        Content-Type: text/html

        <p>Done in v2.</p>

    Bad:
        Content-Type: text/plain; charset=iso-8859-2; format=flowed

        Done in v2.
    """
    kind = draft.header("Content-Type").lower()
    if kind and not kind.startswith("text/plain"):
        yield Hit(f"the lists take text/plain only, not {kind.split(';')[0]}")
    if "format=flowed" in kind:
        yield Hit("format=flowed damages patches and quotes")
    charset = re.search(r"charset=\"?([\w-]+)", kind)
    if charset and charset[1] not in ("utf-8", "us-ascii"):
        yield Hit(f"charset {charset[1]}: use UTF-8")
    if re.search(r"(?i)</(?:html|body|div|p|span|a|blockquote)>|<(?:html|body|br ?/?)>", draft.body):
        yield Hit("HTML in the text")


@rule(
    "reply-quoting", Scope.REPLY, Severity.WARNING, "Documentation/process/submitting-patches.rst (interleaved replies)"
)
def quoting(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """Answers stand below what they answer; quotes are trimmed; nothing is quoted after the last own line.

    A quoted run of over 30 lines without an answer is too long. Each level has one attribution line.

    Okay:
        On Monday, Bob wrote:
        > Please rename it.

        Done in v2.

    Bad:
        Done in v2.

        On Monday, Bob wrote:
        > Please rename it.

    Bad:
        On Monday, Bob wrote:
        > Please rename it.

        Done in v2.

        > And this too.
    """
    lines = draft.body.rstrip("\n").split("\n")
    number = 1
    for quoted, run in groupby(lines, key=lambda line: line.startswith(">")):
        length = len(list(run))
        if quoted and length > _QUOTED_RUN:
            yield Hit(f"{length} quoted lines without an answer: trim them", number)
        number += length
    written = [n for n, line in _own(draft.body) if line.strip() and not _is_attribution(line)]
    quotes = [n for n, line in enumerate(lines, start=1) if line.startswith(">")]
    if not written:
        yield Hit("nothing is written yet", severity=Severity.ERROR)
        return
    if quotes and max(written) < min(quotes):
        yield Hit("the answer stands on top: write it below what it answers", min(written), severity=Severity.ERROR)
    elif quotes and max(quotes) > max(written):
        yield Hit("quoted text after your last line: trim it", max(quotes))
    levels = [line for n, line in _own(draft.body) if _is_attribution(line)]
    if len(levels) > 1:
        yield Hit("two attribution lines of your own: one a level is enough")


@rule("reply-wrapping", Scope.REPLY, Severity.WARNING, _SOURCE)
def wrapping(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """Own prose is wrapped at 75; quotes, diffs, code, logs, URLs and trailers never are.

    Okay:
        Done in v2.

    Bad:
        This line goes on and on, because whoever wrote it has an editor that does not wrap lines at all.
    """
    for number, line in _own(draft.body):
        exempt = (
            line[:1] in ("+", "-", " ", "\t", "@", "[") or "://" in line or parse_trailer(line) or _is_attribution(line)
        )
        if len(line) > _WIDTH and not exempt and " " in line[:_WIDTH]:
            yield Hit(f"{len(line)} characters; wrap prose at {_WIDTH}", number)


@rule("reply-tags", Scope.REPLY, Severity.WARNING, "Documentation/process/submitting-patches.rst")
def tags(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """Reviewed-by, Acked-by and Tested-by stand unquoted in column 0, or the bots do not see them.

    Okay:
        Reviewed-by: Ada Example <ada@example.org>

    Bad:
        Looks good.

          Reviewed-by: Ada Example <ada@example.org>
    """
    for number, line in _own(draft.body):
        if _TAG.match(line) and line[:1] in " \t":
            yield Hit("a tag stands in column 0", number)


@rule("reply-footer", Scope.REPLY, Severity.WARNING, _SOURCE)
def footer(draft: Draft, parent: Message | None) -> Iterator[Hit]:
    """No signature but one below `-- `, no confidentiality notice, no stray pw-bot: line; more than a mere ping.

    Okay:
        Done in v2.

    Bad:
        Done in v2.

        This email is confidential and intended solely for the addressee.

    Bad:
        ping
    """
    text = "\n".join(line for _, line in _own(draft.body))
    if re.search(
        r"(?i)\b(confidential|intended (?:solely|only) for|privileged)\b.*\b(e-?mail|message|addressee|recipient)", text
    ) or (re.search(r"(?i)this (?:e-?mail|message).{0,60}(?:confidential|intended)", text)):
        yield Hit("a confidentiality notice: maintainers must not read such mail", severity=Severity.ERROR)
    for number, line in _own(draft.body):
        if line.lower().startswith("pw-bot:"):
            yield Hit("a pw-bot: line changes the state of the patch: is it meant?", number)
        if line == "--":
            yield Hit("a signature stands below `-- `, with the blank: without it it is text", number)
    words = _said(text.split("\n"))
    if re.fullmatch(r"(?i)\W*((gentle|friendly|kind|polite)\s+)?(ping|bump)\W*(again)?\W*", words):
        yield Hit("merely a ping: say what is waited for, and since when")


def _said(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip() and not _is_attribution(line) and line != "-- ")
