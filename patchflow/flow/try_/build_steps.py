"""Builds what a series touches, patch by patch, and says what each patch newly brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Protocol

from patchflow.domain.build import BuildMessage, BuildPlan, Built, Module
from patchflow.domain.patch import Patch
from patchflow.errors import PatchflowError
from patchflow.flow.try_ import reasons
from patchflow.flow.try_.per_patch import broken_line
from patchflow.flow.try_.placing import Place, Places
from patchflow.formats.kbuild import arch_of, state_of
from patchflow.values import dataclass

_SHOWN = 12
_NEIGHBOURS = 30  # modules of a folder that are built together to be loaded
_INCLUDERS = 20  # objects that are built for a header alone
_SEEN = "a header, of which nothing is built by itself"


class Builder(Protocol):
    """Builds the planned folders as they are in a commit."""

    def build(self, commit: str, plan: BuildPlan) -> Built: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A patch after its build. `new` are the messages that neither the base nor an earlier patch has."""

    commit: str
    subject: str
    built: Built
    new: tuple[BuildMessage, ...]

    @property
    def holds(self) -> bool:
        """Whether it builds and brings no new warning."""
        return self.built.ok and not self.new

    def verdict(self) -> str:
        """In words."""
        if not self.built.ok:
            return "does not build"
        count = len(self.new)
        return f"builds, with {count} new warning{'s' if count > 1 else ''}" if count else "builds, nothing new"


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The outcome for a series. `against` says in words what it was built against, and how; `not_run` which checks of
    a build were left out because their tool is missing."""

    against: str
    plan: BuildPlan
    base: str
    base_built: Built
    steps: tuple[Step, ...]
    not_run: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every step builds without anything new."""
        return all(step.holds for step in self.steps)

    def broken(self) -> str:
        """Which patch does not build and is fixed by a later one, in words; "" where there is none."""
        return broken_line([step.built.ok for step in self.steps], [step.subject for step in self.steps], "build")

    def words(self) -> tuple[tuple[str, str, int, str], ...]:
        """What `check` says of it: rule, file, line, words."""
        rows: list[tuple[str, str, int, str]] = []
        for number, step in enumerate(self.steps, start=1):
            where = f"patch {number}/{len(self.steps)} {step.verdict()}"
            rows += [("build", m.file, m.line, f"{where}: {m.kind}: {m.text}") for m in step.new[:_SHOWN]]
            if not step.built.ok and not step.new:
                rows.append(("build", "", 0, where))
        return tuple(rows)


def plan_build(
    paths: Sequence[str], read: Callable[[str], str | None], config: Mapping[str, str], packaged: bool = True,
    neighbours: bool = False, including: Callable[[str], Sequence[str]] = lambda header: (),
) -> BuildPlan:  # fmt: skip
    """Finds from the Kbuild files what the paths belong to.

    `read` gives a file of the tree, None where it is not there; `config` is the configuration built under.
    With `packaged` headers, a change below include/ is not seen by the build, which is told; a full tree sees it, and
    builds objects that are no module's too. `neighbours` are the other modules of the same folders: a build leaves them
    out, but what is loaded together must be built together. Where nothing but headers is touched, some of the objects
    that `including(header)` names are built.
    """
    places = Places(read, arch_of(lambda option: config.get(option) == "y"))
    modules: dict[Module, None] = {}
    left_out: list[tuple[str, str]] = []
    objects: dict[str, None] = {}
    for path in dict.fromkeys(paths):
        if path.endswith(".rs") and (packaged or config.get("CONFIG_RUST") != "y"):
            left_out.append((path, reasons.RUST_UNSEEN if packaged else reasons.NO_RUST))
            continue
        if path.startswith("rust/") and path.endswith(".rs"):
            objects["prepare"] = None
            continue
        if path.startswith(("include/", "arch/")) and path.endswith(".h"):
            left_out.append((path, reasons.UNSEEN_HEADER if packaged else _SEEN))
            continue
        place = places.of(path)
        needs = [option for option in place.options if not state_of(option, config)]
        if needs and len(needs) == len(place.options):
            left_out.append((path, reasons.unset(needs[0], path, read, config)))
            continue
        kept = [module for module in place.modules if state_of(module.condition, config) == "m"]
        modules.update(dict.fromkeys(kept))
        if not kept and not packaged and any(state_of(module.condition, config) == "y" for module in place.modules):
            objects[_object(place.source or path)] = None
        elif not kept:
            left_out.append((path, place.why or reasons.unbuilt(place.modules, path, read, config)))
    if modules or objects:
        left_out = [row for row in left_out if row[1] != _SEEN]
    else:
        left_out = [row for one in left_out for row in _of_headers(one, including, places, config, objects)]
    if neighbours:
        near = sorted({module.folder for module in modules})
        modules.update(dict.fromkeys(one for folder in near for one in _neighbours(folder, places, config)))
    folders = {folder for module in modules for folder in places.needed(module)}
    told = {path for path, _ in left_out}
    rust = any(path.endswith(".rs") and path not in told for path in paths)
    return BuildPlan(tuple(sorted(folders)), tuple(modules), tuple(left_out), tuple(objects), rust)


def options_of(paths: Sequence[str], read: Callable[[str], str | None], arch: str) -> tuple[str, ...]:
    """The options under which something is made of each of the paths."""
    places = Places(read, arch)
    found = [place for path in paths if path.endswith((".c", ".S", ".h", ".rs")) and (place := places.of(path))]
    owners = [next((m.condition for m in place.modules if m.condition.startswith("CONFIG_")), "") for place in found]
    return tuple(dict.fromkeys(filter(None, [*owners, *(option for place in found for option in place.options[:1])])))


def _object(path: str) -> str:
    """What a full tree makes of a path that is built into the kernel: its object, else all of its folder."""
    return f"{path.rpartition('.')[0]}.o" if path.endswith((".c", ".S", ".rs")) else f"{path.rpartition('/')[0]}/"


def _of_headers(
    row: tuple[str, str], including: Callable[[str], Sequence[str]], places: Places, config: Mapping[str, str],
    objects: dict[str, None],
) -> list[tuple[str, str]]:  # fmt: skip
    """For a header alone, adds some of the objects that include it, from many folders; what is left out of it then."""
    if row[1] != _SEEN:
        return [row]
    found = [path for path in including(row[0]) if _is_built(places.of(f"{path[:-2]}.c"), config)]
    if not found:
        return [row]
    folders: dict[str, list[str]] = {}
    for path in found:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    turns = [path for turn in zip_longest(*folders.values()) for path in turn if path]
    objects.update(dict.fromkeys(turns[:_INCLUDERS]))
    more = len(found) - _INCLUDERS
    return [(row[0], f"{_INCLUDERS} of the {len(found)} objects that include it are built")] if more > 0 else []


def _is_built(place: Place, config: Mapping[str, str]) -> bool:
    """Whether a configuration has something made of a file."""
    held = not place.options or any(state_of(option, config) for option in place.options)
    return held and any(state_of(module.condition, config) for module in place.modules)


def _neighbours(folder: str, places: Places, config: Mapping[str, str]) -> list[Module]:
    """The modules of a folder; none of one that holds many (drivers/net), which have little to do with each other."""
    file = places.file(folder)
    found = [m for m in file.objects if state_of(m.condition, config) == "m"] if file else []
    return found if len(found) <= _NEIGHBOURS else []


def build_series(
    base: str,
    patches: Sequence[Patch],
    plan: BuildPlan,
    builder: Builder,
    against: str,
    per_patch: bool,
    told: Callable[[Step, int, int], None],
) -> BuildReport:
    """Builds the base, then each patch (or only the last); PatchflowError where the base itself does not build.

    `told(step, number, count)` hears each step as it ends.
    """
    first = builder.build(base, plan)
    if not first.ok:
        errors = [m.as_line() for m in first.messages if m.is_error]
        raise PatchflowError(
            f"The base {base[:12]} does not build against {against} as it is, so nothing can be said of the patches: "
            f"{'; '.join(errors[:3])}.",
            "Name headers or a prepared tree that fit it with --against.",
        )
    known = _counted(first.messages)
    steps: list[Step] = []
    for number, patch in enumerate(patches, start=1):
        if not per_patch and number < len(patches):
            continue
        built = builder.build(patch.commit, plan)
        now = _counted(built.messages)
        step = Step(patch.commit, patch.subject, built, tuple(_new(built.messages, known)))
        known |= now
        steps.append(step)
        told(step, number, len(patches))
    return BuildReport(against, plan, base, first, tuple(steps))


def _counted(messages: Sequence[BuildMessage]) -> Counter[tuple[str, str, str]]:
    """Messages without line numbers, which every patch moves. Errors do not count as known: each one is told."""
    return Counter((m.file, m.kind, m.text) for m in messages if not m.is_error)


def _new(messages: Sequence[BuildMessage], known: Counter[tuple[str, str, str]]) -> list[BuildMessage]:
    left = Counter(known)
    found: list[BuildMessage] = []
    told: set[str] = set()
    for message in messages:
        key = (message.file, message.kind, message.text)
        if left[key] > 0:
            left[key] -= 1
        elif not (message.is_error and message.as_line() in told):  # a header's error comes from each that includes it
            found.append(message)
            told.add(message.as_line())
    return found


def report_lines(report: BuildReport) -> list[str]:
    """The report for people."""
    lines = [f"against  {report.against}"]
    for folder, modules in report.plan.by_folder().items():
        lines.append(f"modules  {folder}: {' '.join(m.name for m in modules)}")
    lines += [f"objects  {path}" for path in report.plan.objects]
    lines += [f"not built  {path}: {why}" for path, why in report.plan.left_out]
    lines += [f"not run: {text}" for text in report.not_run]
    for number, step in enumerate(report.steps, start=1):
        lines.append(f"{number}/{len(report.steps)} {step.commit[:12]} {step.subject}: {step.verdict()}")
        lines += [f"  {message.as_line()}" for message in step.new[:_SHOWN]]
        if len(step.new) > _SHOWN:
            lines.append(f"  and {len(step.new) - _SHOWN} more")
    if broken := report.broken():
        lines.append(broken)
    bad = sum(1 for step in report.steps if not step.holds)
    lines.append("every step builds, nothing new" if not bad else f"{bad} of {len(report.steps)} steps do not hold")
    return lines


def report_document(report: BuildReport) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "against": report.against,
        "base": report.base,
        "modules": [m.path for m in report.plan.modules],
        "objects": list(report.plan.objects),
        "not_run": list(report.not_run),
        "left_out": [{"path": path, "why": why} for path, why in report.plan.left_out],
        "patches": [
            {
                "commit": step.commit,
                "subject": step.subject,
                "builds": step.built.ok,
                "cached": step.built.cached,
                "seconds": round(step.built.seconds, 2),
                "new": [{"file": m.file, "line": m.line, "kind": m.kind, "text": m.text} for m in step.new],
            }
            for step in report.steps
        ],
        "broken": report.broken(),
        "holds": report.holds,
    }
