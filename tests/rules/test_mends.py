"""What a rule offers to mend: the message it would leave, on which the rule has nothing more to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchflow.rules.registry import find_rule, judge_patch
from tests.rules.examples import build

HEAD = "vsock: fix it\n\nA body.\n\n"
SOB = "\nSigned-off-by: Ada Example <ada@example.org>\n"
TAG = 'Fixes: 0123456789ab ("vsock: add it")'


def mended(rule: str, message: str) -> str | None:
    """The message after the fix; None where none is offered."""
    context = build(message)
    (finding, *_) = judge_patch(context.patches[0], context, [find_rule(rule)])
    if finding.fix is None:
        return None
    patch = replace(context.patches[0], message=finding.fix.message)
    assert not list(judge_patch(patch, context, [find_rule(rule)]))
    return finding.fix.message


@pytest.mark.parametrize(
    "written",
    [
        'Fixes: 01234567 ("vsock: add it")',
        "Fixes: 0123456789ab vsock: add it",
        "Fixes: 0123456789ab",
        "Fixes: commit 0123456789ab (vsock: add it)",
        'fixes: <0123456789ab> ("vsock: add it")',
        'Fixes: 0123456789ab ("vsock: adds it")',
    ],
)
def test_a_fixes_tag_is_written_as_git_does(written: str) -> None:
    rule = "fixes-exists" if "adds" in written else "fixes-format"
    assert mended(rule, HEAD + written + SOB) == HEAD + TAG + SOB


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        ("fixes-exists", 'Fixes: 0123456789ab ("net: quite another thing")'),  # the hash may be what is wrong
        ("fixes-format", 'Fixes: 01234567 ("net: quite another thing")'),
        ("fixes-format", 'Fixes: deadbeef ("vsock: add it")'),
        ("fixes-format", "Fixes: https://example.org/1"),
    ],
)
def test_another_commits_title_is_for_a_person_to_look_at(rule: str, written: str) -> None:
    assert mended(rule, HEAD + written + SOB) is None


def test_stable_loses_its_name_and_keeps_its_note() -> None:
    message = f"{HEAD}{TAG}\nCc: Stable Team <stable@vger.kernel.org> # 6.6.x{SOB}"
    assert mended("stable", message) == f"{HEAD}{TAG}\nCc: stable@vger.kernel.org # 6.6.x{SOB}"
    assert mended("stable", f"{HEAD}{TAG}\nCc: Bob <bob@example.org>, stable@vger.kernel.org{SOB}") is None


def test_a_full_stop_a_change_id_and_a_gap_in_the_trailers() -> None:
    assert mended("subject-format", "vsock: fix it.\n\nA body.\n" + SOB) == "vsock: fix it\n\nA body.\n" + SOB
    change = HEAD + "Change-Id: I0123456789012345678901234567890123456789" + SOB
    assert mended("body", change) == HEAD.rstrip("\n") + "\n" + SOB
    assert mended("tag-block", HEAD + TAG + "\n" + SOB) == HEAD + TAG + SOB
