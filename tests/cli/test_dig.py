"""`dig`: from a commit, or a line, to the threads it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_review import p
from tests.cli.test_verify import Archive, archive
from tests.conftest import git, run_patchflow
from tests.reviewed import AGAIN, FILE, TWO, mbox, reply, upstream

__all__ = ["archive"]


def test_a_commit_a_line_and_who_objected(small: Path, tmp_path: Path) -> None:
    one = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count")
    two = mbox(small, "base", (tip := upstream(small, "base", AGAIN)), 2, "vsock: count", day=9)
    said = reply("v1-2@uwe", "[PATCH 2/2] vsock: count c", "> +int c = 3;\n\nThis wants to be a long.")
    (tmp_path / "all.mbox").write_text(one + said + two)
    git(small, "reset", "-q", "--hard", tip)
    title = "vsock: count c\n\nx\n\nLink: https://lore.kernel.org/r/v2-2@uwe\nSigned-off-by: A <a@example.org>\n"
    git(small, "commit", "-q", "--amend", "-F", "-", stdin=title)
    assert "No thread of it was found" in run_patchflow("-C", str(small), "dig", "HEAD", "--offline").err
    p(small, "fetch", "--mbox", str(tmp_path / "all.mbox"))
    for word in ("HEAD", f"{small}/{FILE}:4"):
        found = p(small, "dig", word)
        (thread,) = found["threads"]
        assert thread["how"] == ["link", "title", "patch-id"] and found["links"] == ["v2-2@uwe"]
        assert [(row["revision"], row["same"]) for row in thread["revisions"]] == [(1, False), (2, True)]
        assert [row["text"] for row in thread["revisions"][0]["remarks"]] == ["This wants to be a long."]
    shown = run_patchflow("-C", str(small), "dig", "HEAD~1").out
    assert "found by title" in shown and "v2 2026-01-09" in shown
    assert "names no line" in p(small, "dig", f"{small}/{FILE}:99", code=2)
    assert "names no line" in p(small, "dig", f"{small}/none.c:1", code=2)
    (small / FILE).write_text("int x;\n")
    assert "not committed yet" in p(small, "dig", f"{small}/{FILE}:1", code=1)
    assert "names no commit" in p(small, "dig", "nothing", code=2)


@pytest.mark.parametrize(("named", "asks"), [("", False), ("by --url", True), ("by the profile", True)])
def test_a_link_leads_into_no_private_network(
    series: Path,
    sealed: Path,
    archive: Archive,
    named: str,
    asks: bool,
) -> None:
    """Who wrote the commit chose the host; the user may name the same one."""
    url = f"http://127.0.0.1:{archive.server_port}/list/"
    archive.raws = [reply("x@uwe", "vsock: d", "Hello.").partition("\n")[2].encode()]
    (series / FILE).write_text("int d;\n")
    git(series, "commit", "-qam", f"vsock: d\n\nWhy.\n\nLink: {url}r1-8@example.net\nSigned-off-by: A <a@example.org>")
    if named == "by the profile":
        own = sealed / "config/patchflow/profiles/own.toml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(f'extends = "net-next"\ntitle = "x"\nlore = "{url}"\n')
        git(series, "config", "branch.demo.patchflow-profile", "own")
    ran = run_patchflow("-C", str(series), "dig", "HEAD", *(["--url", url] if named == "by --url" else []))
    assert bool(archive.asked) is asks, ran.err
    assert ("in a private network" in ran.err) is not asks and ("name it in the URL" in ran.err) is not asks
