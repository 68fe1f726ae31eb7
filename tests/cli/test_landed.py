"""How far a series got: applied, in linux-next, in a release; and the remotes that `watch` fetches itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_watch import watch
from tests.conftest import git, run_patchflow


def look(folder: Path) -> tuple[str, str]:
    """What a look that may fetch tells, two hours after the last one."""
    kept = folder / ".git/patchflow/watched.json"
    if kept.exists():
        before = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
        kept.write_text(re.sub(r'("remote [a-z-]+": \[\n)"[^"]+"', rf'\1"{before}"', kept.read_text()))
    ran = run_patchflow("-C", str(folder), "watch", "--once", env={"https_proxy": "http://127.0.0.1:9"})
    return ran.out, ran.err


@pytest.mark.long
def test_from_applied_to_released(series: Path, smtp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    for name in ("net-next", "linux-next"):
        git(tmp_path, "clone", "-q", "--bare", str(series), f"{name}.git")
        git(series, "remote", "remove", name) if name in git(series, "remote").split() else None
        git(series, "remote", "add", name, str(tmp_path / f"{name}.git"))
    tree, following = tmp_path / "net-next.git", tmp_path / "linux-next.git"
    for bare in (tree, following):
        for branch in ("main", "master"):
            git(bare, "update-ref", f"refs/heads/{branch}", git(series, "rev-parse", "base"))
    git(series, "config", "patchflow.watchfetch", "net-next linux-next nowhere")
    out, err = look(series)
    assert "Nothing new" in out and "nowhere, which is not a remote here" in err
    git(tmp_path, "clone", "-q", "-b", "main", str(tree), "maintainer")
    own = tmp_path / "maintainer"
    git(own, "-c", "user.name=M", "-c", "user.email=m@example.net", "pull", "-q", "--no-rebase", str(series), "demo")
    git(own, "config", "user.name", "Marco Maintainer")
    git(own, "config", "user.email", "m@example.net")
    git(own, "commit", "-q", "--amend", "-m", "vsock: add two\n\nIt is wanted.\n\nSigned-off-by: M <m@example.net>")
    git(own, "push", "-q", "origin", "HEAD:main")
    assert watch(series) == (0, ["Nothing new."]), "offline nothing is fetched"
    assert look(series)[0] == "demo: applied to net-next/main\n"
    git(own, "push", "-q", str(following), "HEAD:master")
    # The clone was asleep for two days: linux-next's own tags know since when.
    for day, ref in (("20990505", "base"), ("20990507", "HEAD"), ("20990508", "HEAD")):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{day[:4]}-{day[4:6]}-{day[6:]} 12:00:00 +1000")
        git(own, "tag", "-a", "-m", day, f"next-{day}", ref)
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    git(own, "push", "-q", str(following), "--tags")
    assert look(series)[0] == "demo: in linux-next since Thu 07 May\n"
    git(own, "tag", "-a", "-m", "release", "v7.3-rc1")
    git(own, "push", "-q", str(following), "v7.3-rc1")
    assert look(series)[0] == "demo: released in v7.3-rc1\n"
    git(series, "remote", "set-url", "linux-next", "ext::sh -c touch% /tmp/never")
    out, err = look(series)
    assert "Nothing new" in out and "'ext' not allowed" in err
