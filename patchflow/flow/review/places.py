"""What a named source of mail is: a file or folder, lei's or notmuch's by their command lines, or an archive's URL; and
whether the user's own sent mail is kept there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from patchflow.errors import UsageError
from patchflow.flow.review.todo_view import age
from patchflow.formats.safe import safe_line
from patchflow.named_tuple import NamedTuple

SETTING = "patchflow.mail."  # and a name
_HOW = "A file or folder, lei:FOLDER, notmuch:QUERY, an archive's URL, or sent:FOLDER: docs/mail-programs.md."


class Place(NamedTuple):
    """Where a source's mail is: `kind` is `file` (a Maildir or public-inbox too), `lei`, `notmuch`, `sent` (the threads
    of what was sent, at an archive) or `search` (what a search there finds); `where` its path, query or URL, `query`
    what is searched for. `mine`: the user's mail program keeps there what it sent, so that all of it is the user's."""

    kind: str
    where: str
    query: str = ""
    mine: bool = False

    @property
    def asks(self) -> bool:
        """Whether a program or a server is asked; what stands in a file is read on by itself."""
        return self.kind != "file"


class Source(NamedTuple):
    """A source that the user named; `said` is how they named it."""

    name: str
    said: str
    place: Place

    @property
    def name_kept(self) -> str:
        """The name of the file that holds what a program or a server gave, where it is no file of the user's."""
        return f"{self.place.kind}-{hashlib.sha256(self.said.encode()).hexdigest()[:16]}"

    def file(self, kept: Path) -> Path:
        """The file or folder that is read; `kept` is where files that hold what a program gave stand."""
        if self.place.kind in ("file", "lei"):
            return Path(self.place.where).expanduser()
        return kept / f"{self.name_kept}.mbox"


class Got(NamedTuple):
    """What is known of a source: `asked` when it was refreshed last, `came` when something came last and `new` how many
    mails that were; `mails` how many of its mails are here; `mark` the state it had by its own account (notmuch's);
    `trouble` why the last refresh failed, "" where it did not."""

    asked: datetime | None = None
    came: datetime | None = None
    new: int = 0
    mails: int = 0
    mark: str = ""
    trouble: str = ""


def parse_got(content: bytes) -> dict[str, Got]:
    """What was kept of each source, by how it was named; ValueError or TypeError where that is damaged."""
    return {
        str(said): Got(_date(asked), _date(came), int(new), int(mails), str(mark), str(trouble))
        for said, (asked, came, new, mails, mark, trouble) in json.loads(content).items()
    }


def _date(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def place_of(text: str) -> Place:
    """What the user named; UsageError where that can be nothing.

    >>> place_of("https://lore.kernel.org/all/?q=dfn:net/vsock")
    Place(kind='search', where='https://lore.kernel.org/all/', query='dfn:net/vsock', mine=False)
    """
    word, colon, rest = text.partition(":")
    if word == "sent" and colon:
        if rest.startswith(("sent:", "http:", "https:")):
            raise UsageError(f"{text!r} is no file or folder that holds what you sent alone.", _HOW)
        return place_of(rest)._replace(mine=True)
    if word in ("lei", "notmuch") and colon:
        if not rest.strip() or rest.lstrip().startswith("-") or not rest.isprintable():
            raise UsageError(f"{text!r} names nothing for {word}.", _HOW)
        return Place(word, rest.strip())
    if word in ("http", "https"):
        parts = urlsplit(text)
        if not parts.netloc:
            raise UsageError(f"{text!r} is not a URL.", _HOW)
        url = f"{parts.scheme}://{parts.netloc}{parts.path}"
        query = parse_qs(parts.query).get("q", [""])[0]
        return Place("search", url, query) if query else Place("sent", url)
    if not text.startswith(("/", "~/")):
        raise UsageError(f"{text!r} is neither an absolute path nor another source of mail.", _HOW)
    return Place("file", text)


def sources_in(settings: Mapping[str, Sequence[str]]) -> list[Source]:
    """The sources of `patchflow.mail.NAME` among git's settings, by name; UsageError for one that can be none."""
    named = {key.removeprefix(SETTING): values[-1] for key, values in settings.items() if key.startswith(SETTING)}
    return [Source(name, said, place_of(said)) for name, said in sorted(named.items()) if said]


def source_lines(rows: Iterable[tuple[Source, Got]], files: Sequence[str], now: datetime) -> list[str]:
    """A line for each source: its name, age, what came last, where it is; then the files that were taken in unnamed."""
    lines = []
    for source, got in rows:
        came = f"{got.new} new {_ago(got.came, got.asked, now)}" if got.came else "nothing came yet"
        words = f"{source.name:12} {age(got.asked, now) if got.asked else '-':>5}  {came:22} {source.said}"
        lines.append(safe_line(words, 160))
        if got.trouble:
            lines.append(safe_line(f"{'':12} {'':>5}  {got.trouble}", 400))
    return [*lines, *(safe_line(f"{'(a file)':12} {'':>5}  {'read on by itself':22} {path}", 160) for path in files)]


def _ago(came: datetime, asked: datetime | None, now: datetime) -> str:
    return "" if came == asked else f"{age(came, now)} ago"


def sources_document(rows: Iterable[tuple[Source, Got]]) -> list[dict[str, object]]:
    """The same for scripts."""
    return [
        {"name": source.name, "source": source.said, "kind": source.place.kind, "mine": source.place.mine,
         "new": got.new, "mails": got.mails, "asked": got.asked.isoformat() if got.asked else None,
         "came": got.came.isoformat() if got.came else None, "trouble": got.trouble}
        for source, got in rows
    ]  # fmt: skip
