"""The registry of rules: what a rule is, and the decorator that makes one of a function."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from patchflow.domain.finding import Finding, Fix, Scope, Severity
from patchflow.errors import UsageError
from patchflow.values import dataclass

# The commit-msg hook loads this module: what only annotations name stays out of its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from patchflow.domain.message import Message
    from patchflow.domain.patch import Patch
    from patchflow.domain.profile import Profile
    from patchflow.formats.mail.draft import Draft
    from patchflow.rules.context import Context

    PatchJudge = Callable[[Patch, Context], Iterable["Hit"]]
    SeriesJudge = Callable[[Context], Iterable["Hit"]]
    ReplyJudge = Callable[[Draft, Message | None], Iterable["Hit"]]

MESSAGE_MOST = 100_001  # characters
VERSION = "2026.11"
DATE = "2026-11-26"

# Every module that registers rules; loaded together the first time a rule is asked for.
_COMMIT_MODULES = ("message", "trailers", "fixes")
_PATCH_MODULES = (*_COMMIT_MODULES, "posting", "series", "order", "code", "comments", "rust", "selftest", "tools")
_MODULES = (*_PATCH_MODULES, "reply")


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule yields: its words and the place; the engine adds id, severity and source."""

    text: str
    line: int = 0
    file: str = ""
    severity: Severity | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `judge` takes (patch, context) for commit and patch scope, (context) for series and
    mail, (draft, parent) for a reply. A `local` one holds only where a profile's [severities] name it."""

    id: str
    scope: Scope
    severity: Severity
    source: str
    raw_doc: str
    judge_patch: PatchJudge | None = None
    judge_series: SeriesJudge | None = None
    judge_reply: ReplyJudge | None = None
    local: bool = False

    def severity_in(self, profile: Profile) -> Severity | None:
        """How grave it is under a profile; None where it does not hold there."""
        kept_out = self.local or (profile.rules and self.id not in profile.rules)
        return profile.severity(self.id, None if kept_out else self.severity)

    @property
    def doc(self) -> str:
        """What explains the rule, with its examples."""
        import inspect

        return inspect.cleandoc(self.raw_doc)

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return self.doc.split("\n", 1)[0].strip()

    def examples(self, word: str) -> list[str]:
        """The example texts below each `word:` (Okay or Bad) of the docstring, without their indent."""
        found: list[str] = []
        lines = self.doc.split("\n")
        for number, line in enumerate(lines):
            if line.strip() == f"{word}:":
                block: list[str] = []
                for row in lines[number + 1 :]:
                    if row.strip() and not row.startswith("    "):
                        break
                    block.append(row[4:])
                found.append("\n".join(block).strip("\n") + "\n")
        return found


_RULES: dict[str, Rule] = {}


def rule(
    id: str, scope: Scope, severity: Severity, source: str, local: bool = False
) -> Callable[[Callable[..., Iterable[Hit]]], Callable[..., Iterable[Hit]]]:
    """Registers a function as a rule; its docstring explains it and holds `Okay:` and `Bad:` examples."""

    def register(judge: Callable[..., Iterable[Hit]]) -> Callable[..., Iterable[Hit]]:
        if id in _RULES:
            raise ValueError(f"two rules are called {id}")
        doc = judge.__doc__ or ""
        if scope in (Scope.COMMIT, Scope.PATCH):
            _RULES[id] = Rule(id, scope, severity, source, doc, judge_patch=judge, local=local)
        elif scope == Scope.REPLY:
            _RULES[id] = Rule(id, scope, severity, source, doc, judge_reply=judge)
        else:
            _RULES[id] = Rule(id, scope, severity, source, doc, judge_series=judge, local=local)
        return judge

    return register


@cache
def _load(modules: tuple[str, ...] = _MODULES) -> None:
    for name in modules:
        __import__(f"patchflow.rules.{name}")  # the package importlib costs the commit-msg hook 3 ms


def commit_rules() -> list[Rule]:
    """The rules about a commit message alone, without loading the others: the commit-msg hook waits for this."""
    _load(_COMMIT_MODULES)
    return [_RULES[key] for key in sorted(_RULES) if _RULES[key].scope == Scope.COMMIT]


def patch_rules() -> list[Rule]:
    """The rules about patches, series and postings, without loading those about replies."""
    _load(_PATCH_MODULES)
    return [_RULES[key] for key in sorted(_RULES) if _RULES[key].scope != Scope.REPLY]


def all_rules() -> list[Rule]:
    """Every rule, by id."""
    _load()
    return [_RULES[key] for key in sorted(_RULES)]


def find_rule(id: str) -> Rule:
    """The rule of that id; UsageError where there is none."""
    _load()
    if id not in _RULES:
        near = [key for key in sorted(_RULES) if id.lower() in key]
        raise UsageError(
            f"There is no rule {id!r}.",
            f"Did you mean {', '.join(near)}?" if near else "`patchflow rules` lists them.",
        )
    return _RULES[id]


def readable(patch: Patch) -> Patch:
    """The patch with as much of its message as is read at all."""
    return patch if len(patch.message) <= MESSAGE_MOST else replace(patch, message=patch.message[:MESSAGE_MOST])


def judge_patch(patch: Patch, context: Context, only: Iterable[Rule]) -> Iterator[Finding]:
    """The findings of the commit and patch rules on one patch.

    Of a message that is no message any more (the rule message-text says so) only the beginning is read.
    """
    patch = readable(patch)
    for each in only:
        severity = each.severity_in(context.profile)
        if each.judge_patch is None or severity is None:
            continue
        for hit in each.judge_patch(patch, context):
            yield _finding(each, hit, severity, "COMMIT_MSG")


def judge_series(context: Context, only: Iterable[Rule]) -> Iterator[Finding]:
    """The findings of the series and mail rules."""
    for each in only:
        severity = each.severity_in(context.profile)
        if each.judge_series is None or severity is None:
            continue
        for hit in each.judge_series(context):
            yield _finding(each, hit, severity, "")


def judge_reply(draft: Draft, parent: Message | None, profile: Profile) -> Iterator[Finding]:
    """The findings on a draft of a reply; `parent` is None where the mail answered is not at hand."""
    for each in all_rules():
        severity = each.severity_in(profile)
        if each.judge_reply is None or severity is None:
            continue
        for hit in each.judge_reply(draft, parent):
            yield _finding(each, hit, severity, "draft")


def _finding(each: Rule, hit: Hit, severity: Severity, place: str) -> Finding:
    # A rule may soften a single hit (advice, "cannot verify"); a profile that sets the rule's severity wins.
    grave = severity if hit.severity is None or severity != each.severity else hit.severity
    return Finding(each.id, grave, hit.text, hit.file or (place if hit.line else ""), hit.line, each.source, hit.fix)
