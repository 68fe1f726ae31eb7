"""Runs the good and bad examples in every rule's docstring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchflow.domain.finding import Finding
from patchflow.rules.registry import Rule, all_rules, judge_patch, judge_reply, judge_series
from tests.rules.examples import PROFILE, build, build_reply


def findings(rule: Rule, text: str) -> list[Finding]:
    if rule.judge_reply is not None:
        draft, parent = build_reply(text)
        return [f for f in judge_reply(draft, parent, PROFILE) if f.rule == rule.id]
    context = build(text)
    context = replace(context, profile=replace(context.profile, severities={rule.id: str(rule.severity)}))
    found = [f for patch in context.patches for f in judge_patch(patch, context, [rule])]
    return [*found, *judge_series(context, [rule])]


CASES = [
    pytest.param(rule, word, text, id=f"{rule.id}-{word}-{n}")
    for rule in all_rules()
    for word in ("Okay", "Bad")
    for n, text in enumerate(rule.examples(word), start=1)
]


@pytest.mark.parametrize(("rule", "word", "text"), CASES)
def test_example(rule: Rule, word: str, text: str) -> None:
    found = findings(rule, text)
    if word == "Okay":
        assert found == []
    else:
        assert found, f"nothing objected to:\n{text}"
        assert all(f.rule == rule.id and f.source for f in found)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_has_a_good_and_a_bad_example(rule: Rule) -> None:
    assert rule.examples("Okay")
    assert rule.examples("Bad")
    assert rule.summary.endswith((".", ";"))
