"""`patchflow cc` from the outside."""

from __future__ import annotations

import base64
import json
import os
import quopri
import subprocess
import sys
from pathlib import Path

import pytest

from patchflow.cli.main import main
from tests.conftest import run_patchflow
from tests.small_tree import lay

PATCH = """\
From: Me <me@example.org>
Subject: [PATCH] alpha: mend it

Words.

Reported-by: Rita <rita@example.org>
Signed-off-by: Me <me@example.org>
---
diff --git a/alpha/a.c b/alpha/a.c
--- a/alpha/a.c
+++ b/alpha/a.c
@@ -1 +1 @@
-int a;
+int aa;
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small tree to stand in."""
    for name in ("PATCHFLOW_CACHE_DIR", "PATCHFLOW_CONFIG_DIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = lay(tmp_path / "tree")
    (tmp_path / "x.patch").write_text(PATCH)
    monkeypatch.chdir(folder)
    return folder


def test_plain(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cc", "-f", "alpha/a.c", "--plain"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Ada Alpha <ada@example.org> (supporter:ALPHA CORE)"


def test_json(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cc", "--json", "-f", "alpha/a.c", "README"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [group["patch"] for group in document["patches"]] == ["alpha/a.c", "README"]
    first = document["patches"][0]["recipients"][0]
    assert {key: first[key] for key in ("address", "role", "section", "header")} == {
        "address": "Ada Alpha <ada@example.org>",
        "role": "supporter",
        "section": "ALPHA CORE",
        "header": "To",
    }
    assert "alpha/" in first["because"][0]
    assert document["cover"]


def test_patch_file(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "cc", "../x.patch", "--add", "New <new@example.org>", "--drop", "zoe@example.org"]) == 0
    document = json.loads(capsys.readouterr().out)
    group = document["patches"][0]
    people = {one["address"]: one["role"] for one in group["recipients"]}
    assert people["Rita <rita@example.org>"] == "reporter"
    assert people["New <new@example.org>"] == "added by hand"
    assert [one["address"] for one in group["dropped"]] == ["Zoë Übermut <zoe@example.org>"]
    assert main(["cc", "../x.patch", "--plain"]) == 0
    assert "rita" not in capsys.readouterr().out


MAIL = (
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    "From: =?UTF-8?q?Zo=C3=AB?= <zoe@example.org>\nDate: Tue, 3 Jun 2025 10:00:00 +0000\n"
    "Subject: [PATCH net {n}/2] alpha: do {n}\n thing\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: {encoding}\n\n"
)
BODY = (
    "Words of Zoë.\n\nReported-by: Rita <rita@example.org>\n---\n alpha/a.c | 2 +-\n\n"
    "diff --git a/alpha/a.c b/alpha/a.c\n--- a/alpha/a.c\n+++ b/alpha/a.c\n@@ -1 +1 @@\n-int a;\n+int aa = 1;\n"
    "-- \n2.39\n\n"
)


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_a_patch_file_is_read_whatever_it_travels_in(
    tree: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = BODY.encode()
    if encoding == "quoted-printable":
        raw = quopri.encodestring(raw)
    elif encoding == "base64":
        raw = base64.encodebytes(raw)
    (tree / "two.mbox").write_bytes(
        b"".join(MAIL.format(n=n, encoding=encoding).encode() + raw + b"\n" for n in (1, 2))
    )
    assert main(["--json", "cc", "two.mbox"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["patch"] for one in document["patches"]] == ["alpha: do 1 thing", "alpha: do 2 thing"]
    for group in document["patches"]:
        people = {one["address"]: one["role"] for one in group["recipients"]}
        assert people["Rita <rita@example.org>"] == "reporter"
        assert people["Ada Alpha <ada@example.org>"] == "supporter"


def test_a_bare_diff_is_enough(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "bare.diff").write_text("--- a/alpha/a.c\n+++ b/alpha/a.c\n@@ -1 +1 @@\n-int a;\n+int aa;\n")
    assert main(["--json", "cc", "bare.diff"]) == 0
    people = [one["address"] for one in json.loads(capsys.readouterr().out)["patches"][0]["recipients"]]
    assert "Ada Alpha <ada@example.org>" in people


def test_a_profile_of_ones_own_says_who_is_addressed(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tree.parent / "own" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('extends = "net"\nto_roles = ["open list"]\n')
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(folder.parent))
    for words in (["cc", "-f", "alpha/a.c"], ["cc", "../x.patch"]):
        assert main(["--json", *words, "--profile", "mine"]) == 0
        rows = json.loads(capsys.readouterr().out)["patches"][0]["recipients"]
        assert {one["header"] for one in rows if one["role"] == "supporter"} == {"Cc"}, words
    assert main(["cc", "-f", "alpha/a.c", "--profile", "mine"]) == 0
    assert "Cc  Ada Alpha" in capsys.readouterr().out


def test_ranges_and_what_a_series_remembers(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
        subprocess.run(["git", *identity, *words], cwd=tree, check=True, capture_output=True)

    git("init", "-q", "-b", "work")
    git("add", "-A")
    git("commit", "-qm", "start")
    (tree / "alpha/a.c").write_text("int aa;\n")
    git("commit", "-qam", "alpha: mend it\n\nSigned-off-by: Me <me@example.org>")
    git("config", "patchflow.bounced", "bert@example.org")
    assert main(["--json", "cc", "HEAD~1..", "--add", "new@example.org", "--drop", "zoe@example.org"]) == 0
    capsys.readouterr()
    for words in ("HEAD~1..HEAD", "HEAD~1...HEAD", "HEAD", "HEAD~1...", "work"):
        assert main(["--json", "cc", words]) == 0
        assert [one["patch"] for one in json.loads(capsys.readouterr().out)["patches"]] == ["alpha: mend it"], words
    assert main(["cc", "HEAD..HEAD"]) == 2
    assert "holds no commits" in capsys.readouterr().err
    assert main(["--json", "cc", "HEAD~1.."]) == 0
    group = json.loads(capsys.readouterr().out)["patches"][0]
    assert group["patch"] == "alpha: mend it"
    assert "new@example.org" in [one["address"] for one in group["recipients"]]
    assert len(group["dropped"]) == 2
    assert main(["--json", "cc", "HEAD~1..", "--drop", "new@example.org"]) == 0
    group = json.loads(capsys.readouterr().out)["patches"][0]
    assert "new@example.org" not in [one["address"] for one in group["recipients"]]
    for option, header in (("--to", "To"), ("--add", "Cc"), ("--to", "To")):
        assert main(["--json", "cc", "HEAD~1..", option, "new@example.org"]) == 0
        group = json.loads(capsys.readouterr().out)["patches"][0]
        assert [one["header"] for one in group["recipients"] if one["address"] == "new@example.org"] == [header]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-f", "../x.patch"], 2, "outside of the tree"),
        (["-f", "nowhere.c"], 2, "not in the tree"),
        (["-f"], 2, "-f needs a path"),
        (["README"], 2, "is not a patch"),
        (["-f", "README", "--add", "x@y.z"], 2, "belong to a series"),
        (["../x.patch", "--add", "rubbish"], 2, "not a mail address"),
        (["a..b"], 3, "no git repository"),
        (["-f", "README", "--engine", "script"], 3, "get_maintainer.pl"),
    ],
)
def test_bad_input(tree: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cc", *words]) == code
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert len(error.strip().split("\n")) == 1


def test_outside_of_a_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(tmp_path), "cc", "-f", "x"]) == 3
    assert "not inside a kernel tree" in capsys.readouterr().err


def test_problems_of_maintainers_are_told(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tree / "MAINTAINERS"
    path.write_text(path.read_text().replace("N:\tgam*ma", "N:\t(gamma"))
    assert main(["cc", "-f", "alpha/a.c", "--plain"]) == 0
    said = capsys.readouterr()
    assert "(BETA DRIVERS): N: (gamma: this pattern cannot be read here" in said.err
    assert said.out.startswith("Ada Alpha")


def test_a_maintainers_that_ends_too_soon_is_told(tree: Path) -> None:
    text = (tree / "MAINTAINERS").read_text()
    (tree / "MAINTAINERS").write_text(
        text.partition("THE REST")[0] + "LAST\nL:\tlinux-kernel@vger.kernel.org\nF:\tx/\n"
    )
    ran = run_patchflow("-C", str(tree), "cc", "-f", "alpha/a.c")
    assert ran.code == 0 and "THE REST is missing: the file looks cut off" in ran.err


def test_the_short_way_loads_little(tree: Path) -> None:
    code = "import sys; from patchflow.cli.main import main; main(['cc', '-f', 'alpha/a.c']); print(*sys.modules)"
    root = Path(__file__).parent.parent.parent
    for path in tree.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))  # a file of this second is read, not trusted by its time
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}"]
    subprocess.run(command, cwd=tree, capture_output=True, check=True)  # makes the index
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"argparse", "dataclasses", "enum", "re", "pathlib", "json", "subprocess", "typing", "hashlib"}
