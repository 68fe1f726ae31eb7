"""A profile told: as lines, as JSON, and as TOML to be edited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from patchflow.domain.profile import Fact, Profile
from patchflow.formats.patch.style import PREFIX, case_of
from patchflow.formats.safe import cleaned
from patchflow.values import dataclass

_POLICIES = {
    "cover": "each patch by its files, the cover to everybody",
    "patch": "each patch by its files, the cover to the lists",
    "all": "everybody gets everything",
    "auto": "everybody gets everything, as b4 sends; by file where that would put over 30 people on a mail",
}
_ENOUGH = 2  # of the newest commits agree, before a prefix is called usual


@dataclass(frozen=True, slots=True)
class Style:
    """How the newest commits of files are written, each habit with how many of how many show it.

    `case` is "capital" or "small" (the letter behind the prefix), "" where commits differ; `usual` and `longest` are
    characters of a subject; `tags` those of at least half the commits, with how many bear each, the most usual first.
    """

    prefix: str = ""
    count: int = 0
    of: int = 0
    case: str = ""
    cases: tuple[int, int] = (0, 0)
    usual: int = 0
    longest: int = 0
    tags: tuple[tuple[str, int], ...] = ()
    passed_on: int = 0
    commits: int = 0

    def facts(self) -> list[Fact]:
        """As facts with their reasons."""
        if not self.commits:
            return [Fact("prefix", "", "no history of these files is at hand")]
        newest = f"the newest {self.commits} commits of these files"
        found = [Fact("prefix", self.prefix, self._prefix_why())]
        upper, all_of = self.cases
        if all_of:
            said = f"{upper} of {all_of} summaries of {newest} that begin with an ordinary word have a capital letter"
            held = "; the rule subject-case speaks where the newest 8 agree" if self.case else ""
            found.append(Fact("capital", self.case, f"{said}{held}"))
        found.append(Fact("length", str(self.usual), f"half of {newest} have no longer subject; the longest has "
                          f"{self.longest} characters"))  # fmt: skip
        if self.tags:
            said = ", ".join(f"{tag} in {count}" for tag, count in self.tags)
            more = f"; {self.passed_on} bear another sign-off, of who took the patch" if self.passed_on else ""
            found.append(Fact("tags", ", ".join(tag for tag, _ in self.tags), f"of {newest}: {said}{more}"))
        return found

    def _prefix_why(self) -> str:
        if not self.prefix:
            return f"no two of {self.of} commits of these files agree on one"
        return f"{self.count} of the newest {self.of} commits of these files"


def style_of(commits: Sequence[tuple[str, Sequence[str]]]) -> Style:
    """The style that the newest commits show: their subjects, and the keys of their tags."""
    own = [(subject, tags) for subject, tags in commits if subject and not subject.startswith('Revert "')]
    if not own:
        return Style()
    used = [match[1].strip() for subject, _ in own if (match := PREFIX.match(subject))]
    word, count = Counter(used).most_common(1)[0] if used else ("", 0)
    word, count = (word, count) if count >= _ENOUGH else ("", 0)
    cases = [case for subject, _ in own if (case := case_of(subject))]
    lengths = sorted(len(subject) for subject, _ in own)
    tags = Counter(tag for _, keys in own for tag in dict.fromkeys(keys))
    usual = tuple((tag, many) for tag, many in tags.most_common() if 2 * many >= len(own) and many >= _ENOUGH)
    return Style(
        word, count, len(used), cases[0] if len(set(cases)) == 1 and len(cases) >= _ENOUGH else "",
        (cases.count("capital"), len(cases)), lengths[(len(lengths) - 1) // 2], lengths[-1], usual,
        sum(list(keys).count("Signed-off-by") > 1 for _, keys in own), len(own),
    )  # fmt: skip


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
        "split": profile.split,
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
        "capital": style.case,
        "length": {"usual": style.usual, "longest": style.longest},
        "tags": [{"tag": tag, "count": count, "of": style.commits} for tag, count in style.tags],
        "width": profile.width,
        "bots": profile.ci,
        "why": [{"fact": f.fact, "value": f.value, "because": f.because} for f in (*profile.why, *style.facts())],
    }


def as_lines(profile: Profile, style: Style, why: bool) -> list[str]:
    """For people; with `why` the reasons below each fact."""
    tree = f"{profile.tree.name}{', branch ' + profile.tree.branch if profile.tree.branch else ''}: {profile.tree.url}"
    rows = [
        ("profile", f"{profile.name}: {profile.title}"),
        ("project", _project(profile)),
        ("tree", tree if profile.tree.url else f"none is named{': mainline' if profile.project == 'kernel' else ''}"),
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
        ("capital", f"a {style.case} letter begins the summary" if style.case else ""),
        ("length", f"subjects of {style.usual} characters, {style.longest} at most" if style.usual else ""),
        ("tags", ", ".join(tag for tag, _ in style.tags)),
        ("width", f"{profile.width} columns" if not profile.rules else ""),
        ("bots", profile.ci),
    ]
    lines = [profile.home or profile.title, *(f"also: {title}" for title in profile.also)]
    if profile.split:
        lines.append(f"{'split':11} {profile.split}")
    reasons = [*profile.why, *style.facts()]
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
