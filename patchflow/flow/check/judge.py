"""Checks a series or patches: the rules, checkpatch.pl, and the one line that says what bots would say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from patchflow.domain.finding import Finding, Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.domain.profile import Profile
from patchflow.domain.series import Series
from patchflow.formats.counted import many
from patchflow.formats.mail.series import LORE_LINK
from patchflow.formats.patch.compose import render
from patchflow.formats.patch.subject import parse_subject, subject_prefix
from patchflow.formats.patch.trailers import trailers_of
from patchflow.rules.context import Context, History, NoHistory, Posting
from patchflow.rules.registry import DATE, VERSION, Rule, find_rule, judge_patch, judge_series, patch_rules, readable
from patchflow.values import dataclass

_MOST_MENDS = 20  # of one message


class PatchChecker(Protocol):
    """checkpatch.pl, or what stands around it: findings for each text; `bare` texts are diffs without a message."""

    def check(self, patches: Sequence[str], bare: bool = False) -> list[list[Finding]]: ...


@dataclass(frozen=True, slots=True)
class PatchReport:
    """What was found in one patch."""

    commit: str
    subject: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in all; `not_run` says which checks could not run, and why; `only` names the one rule that was
    asked for, "" where all were."""

    patches: tuple[PatchReport, ...]
    series: tuple[Finding, ...]
    not_run: tuple[str, ...] = ()
    only: str = ""

    def all(self) -> list[Finding]:
        """Every finding."""
        return [*(f for patch in self.patches for f in patch.findings), *self.series]

    def count(self, severity: Severity) -> int:
        """How many findings are this grave."""
        return sum(f.severity == severity for f in self.all())

    def count_errors(self) -> int:
        """How many errors there are."""
        return self.count(Severity.ERROR)

    @property
    def passes(self) -> bool:
        """Whether nothing would stop a send."""
        return self.count(Severity.ERROR) == 0

    def errors(self, overridden: Iterable[str] = ()) -> list[Finding]:
        """The errors that nobody let through; a rule is named whole or by its part before the colon."""
        allowed = set(overridden)
        return [
            f
            for f in self.all()
            if f.severity == Severity.ERROR and f.rule not in allowed and f.rule.partition(":")[0] not in allowed
        ]

    def verdict(self, profile: Profile) -> str:
        """One line: would it pass the bots that look at it, where some are known to."""
        errors, warnings = self.count(Severity.ERROR), self.count(Severity.WARNING)
        if self.only:
            run = "could not run" if self.not_run else f"{many(errors, 'error')}, {many(warnings, 'warning')}"
            return f"{self.only} alone: {run}"
        bots = profile.ci
        if errors:
            said = f"{many(errors, 'error')}, {many(warnings, 'warning')}"
            return f"{said}: {bots} would fail it" if bots else f"{said}: `send` would stop"
        if warnings:
            said = f"no error, {many(warnings, 'warning')}"
            return f"{said}: {bots} would pass it and mention the warnings" if bots else said
        return f"nothing found: it would pass {bots}" if bots else "nothing found"

    def as_json(self) -> dict[str, Any]:
        """The document of `check --json`."""
        return {
            "ruleset": {"version": VERSION, "date": DATE},
            "patches": [
                {"commit": p.commit, "subject": p.subject, "findings": [finding_json(f) for f in p.findings]}
                for p in self.patches
            ],
            "series": [finding_json(f) for f in self.series],
            "not_run": list(self.not_run),
            "summary": {
                "errors": self.count(Severity.ERROR),
                "warnings": self.count(Severity.WARNING),
                "advice": self.count(Severity.ADVICE),
            },
        }


def finding_json(f: Finding) -> dict[str, Any]:
    """A finding as scripts read it."""
    return {
        "rule": f.rule,
        "severity": str(f.severity),
        "file": f.file,
        "line": f.line,
        "text": f.text,
        "source": f.source,
        "fix": f.fix.title if f.fix else None,
    }


def posting_of(series: Series, profile: Profile, rfc: bool = False, resend: bool = False) -> Posting:
    """The mail a series is about to become."""
    last = series.last
    covered = has_cover(series, profile)
    number = last.number if resend and last else series.next_revision
    changes = (series.cover.body if covered else series.cover.notes) if series.cover else ""
    return Posting(
        tree=parse_subject(f"[{prefix_of(series, profile, rfc, resend)}] x").tree,
        revision=number,
        rfc=rfc,
        resend=resend,
        changelog=f"{changes}\n" + "\n".join(p.notes for p in series.patches),
        has_cover=covered,
        in_reply_to=answered_by(series, profile, number),
    )


def answered_by(series: Series, profile: Profile, number: int) -> str:
    """The Message-ID that the first mail of a revision answers, "" where it begins a thread.

    What the user named counts for the revision it was named for; where the profile does not want each version in a
    thread of its own, for the later ones too. Else the profile says: an earlier version, or the report a patch closes.
    """
    if series.answers and (series.answers_in == number or not profile.fresh_thread):
        return series.answers
    earlier = [one for one in series.revisions if one.number < number]
    if earlier:
        return earlier[0 if profile.versions_answer == "first" else -1].root if profile.versions_answer else ""
    closes = (one.value for p in series.patches for one in trailers_of(p.message) if one.key.lower() == "closes")
    return next((m[1] for value in closes if (m := LORE_LINK.search(value))), "") if profile.answer_closes else ""


def prefix_of(series: Series, profile: Profile, rfc: bool = False, resend: bool = False) -> str:
    """The words of the bracket, without version and count."""
    extra = series.own_words
    rfc = rfc or "RFC" in (word.upper() for word in series.prefixes)
    # A branch that names its own tree (b4's prefixes, patchflow-prefixes) overrides the profile's.
    tree = "" if extra else profile.prefix
    return subject_prefix(tree, rfc, resend, extra)


def has_cover(series: Series, profile: Profile) -> bool:
    """Whether the series goes out with a cover letter: from three patches on, or two with a subject for it."""
    count = len(series.patches)
    if count >= profile.cover_from:
        return True
    subject = series.cover.subject if series.cover else ""
    return count > 1 and bool(subject) and "EDITME" not in subject


def check_patches(
    patches: Sequence[Patch],
    profile: Profile,
    context: Context | None = None,
    checkpatch: PatchChecker | None = None,
    only: str = "",
    whole_series: bool = True,
    kinds: Sequence[Scope] = tuple(Scope),
    skip: Sequence[str] = (),
    bare: bool = False,
    texts: Sequence[str] = (),
) -> Report:
    """Runs every rule (or the one named) and checkpatch.pl over the patches.

    Without `whole_series`, series and mail rules stay out: they mean nothing for a staged diff or one message;
    `kinds` narrows the scopes further, `skip` leaves single rules out. `texts` are the patches as mails where
    they exist already; `bare` hands checkpatch.pl the diffs alone, because there is no message yet.
    """
    context = context or Context(profile=profile, patches=tuple(patches))
    rules = [rule for rule in _chosen(only) if rule.scope in kinds and rule.id not in skip]
    from_script: list[list[Finding]] = [[] for _ in patches]
    if checkpatch is not None and (not only or only.startswith("checkpatch")):
        # Of a message that is no message any more (the rule message-text says so) the script too reads the beginning:
        # it takes minutes for some MB.
        mails = texts or [patch.diff if bare else render(readable(patch)) for patch in patches]
        found = checkpatch.check(mails, bare=bare)
        from_script = [[f for f in row if only in ("", "checkpatch", f.rule)] for row in found]
    rows = [
        PatchReport(patch.commit, patch.subject, _sorted([*judge_patch(patch, context, rules), *script]))
        for patch, script in zip(patches, from_script, strict=True)
    ]
    series = tuple(judge_series(context, rules)) if whole_series else ()
    return Report(tuple(rows), series, only=only)


def fixes(patch: Patch, profile: Profile, history: History, only: str = "") -> tuple[str, tuple[str, ...]]:
    """A patch's message with every safe fix made, one upon the other, and their titles; nothing is written."""
    context = Context(profile=profile, patches=(patch,), history=history)
    rules = [rule for rule in _chosen(only) if rule.scope == Scope.COMMIT]
    titles: list[str] = []
    for _ in range(_MOST_MENDS):
        fix = next((found.fix for found in judge_patch(patch, context, rules) if found.fix), None)
        if fix is None or fix.message == patch.message:
            break
        titles.append(fix.title)
        patch = replace(patch, message=fix.message)
    return patch.message, tuple(titles)


def check_series(
    series: Series,
    profile: Profile,
    history: History | None = None,
    checkpatch: PatchChecker | None = None,
    posting: Posting | None = None,
    only: str = "",
    skip: Sequence[str] = (),
    **facts: Any,
) -> Report:
    """The checks `check` and `send` run on a series; `facts` go into the context (recipients, outstanding, now)."""
    posting = posting or posting_of(series, profile)
    context = Context(
        profile=profile,
        patches=series.patches,
        posting=posting,
        cover=series.cover if posting.has_cover else None,
        sent=series.revisions,
        history=history or NoHistory(),
        **facts,
    )
    return check_patches(series.patches, profile, context, checkpatch, only, skip=skip)


def _chosen(only: str) -> list[Rule]:
    if not only:
        return patch_rules()
    if only.startswith(("checkpatch", "check.")):
        return []

    return [find_rule(only)]


def _sorted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}
    return tuple(sorted(found, key=lambda f: (f.file != "COMMIT_MSG", f.file, f.line, order[f.severity])))
