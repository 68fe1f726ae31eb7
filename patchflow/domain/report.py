"""What a bot's mail says: what it found, how to see it again, and the patch it blames."""

from __future__ import annotations

from enum import StrEnum

from patchflow.named_tuple import NamedTuple


class ReportKind(StrEnum):
    """What a bot's mail is. Only what a patch can be blamed for is a task; see `asks`."""

    BUILD = "build"
    STATIC = "static"  # sparse, smatch, coccinelle
    PERFORMANCE = "performance"
    BOOT = "boot"
    CRASH = "crash"
    BINDINGS = "bindings"
    TEST = "test"
    REVIEW = "review"  # an AI's
    STYLE = "style"  # how a patch is sent: the patch-bot, the newcomer's agent
    BACKPORT = "backport"  # a stable tree that a commit does not apply to
    APPLIED = "applied"
    SUMMARY = "summary"
    RECEIPT = "receipt"  # "your command was received"
    NOTICE = "notice"

    @property
    def asks(self) -> bool:
        """Whether such a mail may ask for something to be done; the others are news."""
        return self not in (ReportKind.APPLIED, ReportKind.SUMMARY, ReportKind.RECEIPT, ReportKind.NOTICE)


class Issue(NamedTuple):
    """One thing that a bot found.

    `text` is the message in one line, without its place. `file` is a path in the tree ("" where none is told; a linker
    may tell the last part only), `line` and `column` count from 1 (0: not told). `severity` is error, warning or note,
    for AI reviews critical, high, medium, low. `symbol` is the function it is in. `known` says whether it was there
    before the patch (None: not said). `span` are the first and last line of the body that it stands in, from 1. `key`
    is the same for the same finding in another mail, whatever configuration, compiler and tree found it there; where
    the same words are said of several lines, each has a key of its own.
    """

    text: str
    file: str = ""
    line: int = 0
    column: int = 0
    severity: str = ""
    symbol: str = ""
    known: bool | None = None
    span: tuple[int, int] = (0, 0)
    key: str = ""


class Report(NamedTuple):
    """A bot's mail as it was read; what it does not say is "".

    `config`, `compiler` and `reproduce` (lines or an address) say how to see the issues again. `patch` is the
    Message-ID of the patch that is blamed, `title` that patch's or commit's, `commit` its hash, `tree` where it was
    taken from (address, branch), `link` the log or dashboard.
    """

    kind: ReportKind
    issues: tuple[Issue, ...] = ()
    config: str = ""
    compiler: str = ""
    reproduce: str = ""
    patch: str = ""
    title: str = ""
    commit: str = ""
    tree: str = ""
    link: str = ""

    @property
    def new(self) -> tuple[Issue, ...]:
        """The issues that were not there before, as far as is said."""
        return tuple(issue for issue in self.issues if not issue.known)
