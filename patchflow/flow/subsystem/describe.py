"""A profile told: as lines, as JSON, and as TOML to be edited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from patchflow.domain.profile import Fact, Profile
from patchflow.formats.safe import cleaned

_POLICIES = {
    "cover": "each patch by its files, the cover to everybody",
    "patch": "each patch by its files, the cover to the lists",
    "all": "everybody gets everything",
    "auto": "everybody gets everything, as b4 sends; by file where that were over 30 people on a mail",
}
_ENOUGH = 2  # of the newest commits agree, before a prefix is called usual


@dataclass(frozen=True, slots=True)
class Style:
    """The prefix of the subjects that the files' history bears: how many of how many newest commits; "" if none."""

    prefix: str = ""
    count: int = 0
    of: int = 0

    def fact(self) -> Fact:
        """As a fact with its reason."""
        if not self.prefix:
            said = f"no two of {self.of} commits of these files agree on one"
            return Fact("prefix", "", said if self.of else "no history of these files is at hand")
        return Fact("prefix", self.prefix, f"{self.count} of the newest {self.of} commits of these files")


def style_of(used: Sequence[str]) -> Style:
    """The style that prefixes of the newest commits show."""
    if not used:
        return Style()
    word, count = Counter(used).most_common(1)[0]
    return Style(word, count, len(used)) if count >= _ENOUGH else Style("", 0, len(used))


def policy_word(profile: Profile) -> str:
    """Who gets what, in one word: patch, cover or all."""
    return "all" if profile.recipients == "auto" else profile.recipients


def patchwork_url(profile: Profile) -> str:
    """The subsystem's page of Patchwork, "" where it has none."""
    if not (profile.patchwork and profile.patchwork_project):
        return ""
    return f"{profile.patchwork.rstrip('/')}/project/{profile.patchwork_project}/list/"


def as_document(profile: Profile, style: Style) -> dict[str, Any]:
    """The document of `profile --json`."""
    return {
        "profile": profile.name,
        "project": profile.project,
        "title": profile.title,
        "home": profile.home,
        "sections": list(profile.sections),
        "also": list(profile.also),
        "tree": profile.tree.url,
        "tree_name": profile.tree.name,
        "branch": profile.tree.branch,
        "bracket": profile.prefix,
        "lists": list(profile.lists),
        "patchwork": patchwork_url(profile),
        "lore": profile.lore,
        "document": profile.document,
        "bugs": profile.bugs,
        "chat": profile.chat,
        "status": profile.status,
        "window": profile.window.kind,
        "window_note": profile.window.note,
        "recipients": policy_word(profile),
        "prefix": style.prefix,
        "width": profile.width,
        "bots": profile.ci,
        "why": [{"fact": f.fact, "value": f.value, "because": f.because} for f in (*profile.why, style.fact())],
    }


def as_lines(profile: Profile, style: Style, why: bool) -> list[str]:
    """For people; with `why` the reasons below each fact."""
    tree = f"{profile.tree.name}{', branch ' + profile.tree.branch if profile.tree.branch else ''}: {profile.tree.url}"
    rows = [
        ("profile", f"{profile.name}: {profile.title}"),
        ("project", _project(profile)),
        ("tree", tree if profile.tree.url else "none is named: mainline"),
        ("bracket", f"[PATCH {profile.prefix}]" if profile.prefix else "[PATCH]"),
        ("lists", ", ".join(profile.lists)),
        ("patchwork", patchwork_url(profile)),
        ("document", profile.document),
        ("bugs", profile.bugs),
        ("chat", profile.chat),
        ("status", profile.status),
        ("window", profile.window.kind + (f": {profile.window.note}" if profile.window.note else "")),
        ("recipients", _POLICIES[profile.recipients]),
        ("prefix", f"{style.prefix}:" if style.prefix else ""),
        ("width", f"{profile.width} columns" if not profile.rules else ""),
        ("bots", profile.ci),
    ]
    lines = [profile.home or profile.title, *(f"also: {title}" for title in profile.also)]
    reasons = [*profile.why, style.fact()]
    if why:
        lines += [f"  because {fact.because}" for fact in reasons if fact.fact == "home"]
    for name, value in rows:
        if value:
            lines.append(f"{name:11} {value}")
            if why:
                lines += [f"  because {fact.because}" for fact in reasons if fact.fact in (name, _BRANCH.get(name))]
    return lines


def _project(profile: Profile) -> str:
    """The project the tree belongs to, as it was recognised."""
    return next((fact.value for fact in profile.why if fact.fact == "project"), "")


_BRANCH = {"tree": "branch"}


def as_toml(profile: Profile, asked: Iterable[str]) -> str:
    """A profile of one's own: what was derived, each line with its reason, on top of the profile it came from."""
    because = {fact.fact: fact.because for fact in profile.why}

    def line(key: str, value: str | Sequence[str], fact: str = "") -> str:
        reason = _one_line(because.get(fact or key, ""))
        return f"{key} = {_toml(value)}{'  # ' + reason if reason else ''}"

    rows = [
        f"# Derived from MAINTAINERS for {_one_line(' '.join(asked)) or 'no file'}. `--profile NAME` takes it.",
        line("extends", _base(profile)),
        line("title", profile.title),
        line("prefix", profile.prefix, "bracket"),
        line("lists", profile.lists),
        line("lore", profile.lore, "lists"),
        line("recipients", profile.recipients),
        line("checkpatch", profile.checkpatch),
    ]
    rows += [line(key, value) for key, value in (("document", profile.document), ("bugs", profile.bugs),
                                                 ("chat", profile.chat)) if value]  # fmt: skip
    if profile.patchwork_project:
        rows += [
            line("patchwork", profile.patchwork),
            line("patchwork_project", profile.patchwork_project, "patchwork"),
        ]
    tree, window = profile.tree, profile.window
    rows += ["", "[tree]", line("name", tree.name), line("url", tree.url, "tree"), line("branch", tree.branch)]
    rows += ["", "[window]", line("kind", window.kind, "window"), line("note", window.note)]
    rows += [f"closes_at = {window.closes_at}"]
    return "\n".join(rows) + "\n"


def _base(profile: Profile) -> str:
    """The name of the profile that the facts stand on; a fix's may bear another name than its file."""
    return next((fact.value for fact in profile.why if fact.fact == "profile"), profile.project)


def _one_line(text: str) -> str:
    return " ".join(cleaned(text).split())


def _toml(value: str | Sequence[str]) -> str:
    """A string, or a list of them, as TOML: JSON's strings are TOML's, once what hides is gone."""
    clean = cleaned(value) if isinstance(value, str) else [cleaned(part) for part in value]
    return json.dumps(clean, ensure_ascii=False)
