"""Reads the results of tests as kernels and selftests print them: KTAP, and the lines of vsock's own suite.

Source: Documentation/dev-tools/ktap.rst. Kernel messages between the lines are passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from patchflow import lazy_re
from patchflow.domain.tests import Outcome
from patchflow.values import dataclass

_STAMP = lazy_re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
_RESULT = lazy_re.compile(r"^(?P<indent>(?:#? )*)(?P<not>not )?ok (?P<number>\d{1,9})(?![\w.])(?: ?-)? ?(?P<rest>.*)$")
_PLAN = lazy_re.compile(r"^1\.\.(\d{1,6})\s*(?:#\s*(?P<skip>skip\S*)\s*(?P<why>.*))?$", re.IGNORECASE)
_SUBTEST = lazy_re.compile(r"^(?P<indent>(?:#? )*)# Subtest: (?P<name>\S.*)$")
_BAIL = lazy_re.compile(r"^(?:#? )*Bail out!\s*(?P<why>.*)$")
_DIRECTIVE = lazy_re.compile(
    r"^(?P<name>.*?)\s*(?<!\\)#\s*(?P<word>skip|todo|xfail|timeout|error|xpass)\b\s*(?P<why>.*)$", re.I
)
_VSOCK = lazy_re.compile(r"^(?P<number>\d{1,4}) - (?P<name>.{1,200}?)\.\.\.(?P<rest>.*)$")
# Characters of a name, of its words, and of a row that are read; results; signs of an indent.
_NAME, _WHY, _ROW, _MOST, _DEEP = 160, 200, 600, 50_000, 32


@dataclass(frozen=True, slots=True)
class _Seen:
    indent: int
    result: Outcome
    inner: int = 0  # 1: other results stand in it; 2: one of them fails


def read_ktap(rows: Iterable[str]) -> tuple[Outcome, ...]:
    """Every innermost result, named with those it stands in (`suite.case`); of an outer one only where it fails and
    none in it does. A suite that was begun and not ended is hung; fewer tests than were planned are a failure.
    """
    seen: list[_Seen] = []
    begun: list[tuple[int, str]] = []
    planned = 0
    for raw in rows:
        row = _STAMP.sub("", raw[:_ROW].rstrip())
        if match := _SUBTEST.match(row):
            begun = [*begun, (len(match["indent"]), match["name"][:_NAME])][-_DEEP:]
        elif match := _RESULT.match(row):
            indent = len(match["indent"])
            if indent > _DEEP or len(seen) >= _MOST:
                continue
            while begun and begun[-1][0] > indent:
                begun.pop()
            _take(seen, _Seen(indent, _result(match)))
        elif match := _PLAN.match(row):
            planned += int(match[1])
            if match["skip"]:
                seen.append(_Seen(0, Outcome("all", "skip", match["why"][:_WHY])))
        elif match := _BAIL.match(row):
            seen.append(_Seen(0, Outcome("all", "fail", f"it gave up: {match['why'][:_WHY]}".rstrip(": "))))
    for indent, name in reversed(begun):
        _take(seen, _Seen(max(indent - 1, 0), Outcome(name, "hung", "it never ended")))
    outer = sum(1 for one in seen if not one.indent)
    found = [one.result for one in seen if not one.inner or (one.inner == 1 and one.result.fails)]
    if planned > outer and not begun:
        found.append(Outcome("plan", "fail", f"{planned} tests were planned and {outer} ended"))
    return unlike(found)


def _take(seen: list[_Seen], one: _Seen) -> None:
    """Adds a result; those right before it that are indented deeper stand in it."""
    at, inner = len(seen), 0
    while at and seen[at - 1].indent > one.indent:
        at -= 1
        below = seen[at]
        inner = max(inner, 2 if below.result.fails else 1)
        name = f"{one.result.name}.{below.result.name}"[-_NAME:]
        seen[at] = replace(below, indent=one.indent, result=replace(below.result, name=name))
    seen.append(replace(one, inner=inner))


def _result(match: re.Match[str]) -> Outcome:
    name, how, why = match["rest"].strip()[:_ROW], "fail" if match["not"] else "pass", ""
    if found := _DIRECTIVE.match(name):
        name, word, why = found["name"].strip(), found["word"].lower(), found["why"].strip()
        if word in ("skip", "todo"):
            how = "skip"
        elif word == "timeout":
            how, why = "hung", why or "its time was up"
        elif word == "xfail":
            how = "pass"
    return Outcome((name or f"test {match['number']}")[:_NAME], how, why[:_WHY])


def read_vsock(rows: Iterable[str]) -> tuple[Outcome, ...]:
    """The results of tools/testing/vsock/vsock_test (`3 - SOCK_STREAM bind only...ok`), which ends at the first that
    fails: one without a word at its end is hung."""
    found: dict[str, Outcome] = {}
    for raw in rows:
        if match := _VSOCK.match(_STAMP.sub("", raw[:_ROW].rstrip())):
            word = match["rest"].strip().lower()
            how = "pass" if word.endswith("ok") else "skip" if word.endswith("skipped") else "hung"
            if len(found) < _MOST:
                found[match["number"]] = Outcome(match["name"], how, "" if how != "hung" else "it did not say ok")
    return unlike(list(found.values()))


def unlike(found: list[Outcome]) -> tuple[Outcome, ...]:
    """The same results under names that differ: the second of a name gets a number."""
    times: Counter[str] = Counter()
    rows = []
    for one in found:
        times[one.name] += 1
        rows.append(replace(one, name=f"{one.name} ({times[one.name]})") if times[one.name] > 1 else one)
    return tuple(rows)
