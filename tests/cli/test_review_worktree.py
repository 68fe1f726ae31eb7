"""`review`: what the user did in the work tree of a series, or to others of the clone, is seen and kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_review import TWO, p
from tests.conftest import git
from tests.reviewed import mbox, upstream


def series(folder: Path) -> str:
    """A series of two patches on the tag `base`."""
    return mbox(folder, "base", upstream(folder, "base", TWO), with_base=True)


@pytest.mark.parametrize("own", ["whole", "gone", "half", "unregistered"])
@pytest.mark.parametrize("command", ["drop", "apply"])
def test_another_work_tree_whose_folder_is_away_is_kept(small: Path, own: str, command: str) -> None:
    place = Path(p(small, "review", "apply", "-", stdin=series(small))["worktree"])
    usb, away = small.parent / "usb", small.parent / "away"
    git(small, "worktree", "add", "-q", "--detach", str(usb), "base")
    usb.rename(away)
    if own in ("half", "unregistered"):
        kept = small / ".git/patchflow/reviews/vsock-count-a-v1/review.json"
        kept.write_text(json.dumps({**json.loads(kept.read_text()), "phase": "making"}))
        git(place, "checkout", "-q", "HEAD~1")
    if own == "unregistered":
        (small / ".git/worktrees" / place.name / "gitdir").unlink()
    if own == "gone":
        shutil.rmtree(place)
    p(small, "review", command)
    away.rename(usb)
    assert git(usb, "status", "--porcelain") == ""
    there = ["usb"] if command == "drop" else [place.name, "usb"]
    assert sorted(path.name for path in (small / ".git/worktrees").iterdir()) == there
    assert place.exists() is (command == "apply")
