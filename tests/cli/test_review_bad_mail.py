"""Series that are damaged, odd or hostile: told in a sentence, and nothing outside the work tree is written."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.cli.test_review import p, stands
from tests.conftest import git, run_patchflow
from tests.reviewed import FILE, TWO, mbox, upstream

FRESH = "\n".join(
    (
        "diff --git a/{0} b/{0}",
        "new file mode {1}",
        "index 0000000..1111111",
        "--- /dev/null",
        "+++ b/{0}",
        "@@ -0,0 +1 @@",
        "+{2}",
        "",
    )
)


def mail(diff: str, part: str = "", id: str = "h1@uwe", title: str = "vsock: x", body: str = "Why.") -> str:
    return (
        f"From u@x Thu Jan  1 00:00:00 2026\nFrom: Uwe Upstream <uwe@example.net>\nSubject: [PATCH{part}] {title}\n"
        f"Message-ID: <{id}>\nDate: Wed, 7 Jan 2026 10:00:00 +0000\n\n{body}\n\n"
        "Signed-off-by: Uwe Upstream <uwe@example.net>\n"
        f"---\n x | 1 +\n 1 file changed, 1 insertion(+)\n\n{diff}\n"
    )


def fresh(path: str, mode: str = "100644", text: str = "x") -> str:
    return FRESH.format(path, mode, text)


def rename(old: str, new: str) -> str:
    return f"diff --git a/{old} b/{new}\nsimilarity index 100%\nrename from {old}\nrename to {new}\n"


def behind(first: str, second: str, diff: str) -> str:
    """A diff with other first parts than a/ and b/."""
    return re.sub(
        r"(?m)^(--- |diff --git )a/", rf"\1{first}/", re.sub(r"(?m)^(\+\+\+ |diff .*)\bb/", rf"\1{second}/", diff)
    )


HOSTILE = {
    "out of the tree": [fresh("../../outside")],
    "out of the tree, in the middle": [fresh("net/../../outside")],
    "quoted": [fresh("x").replace("a/x b/x", '"a/../outside" "b/../outside"').replace("b/x", '"b/../outside"')],
    "octal": [fresh("x").replace("+++ b/x", '+++ "b/\\056\\056/outside"')],
    "traditional": ["--- ../outside\n+++ ../outside\n@@ -0,0 +1 @@\n+x\n"],
    "absolute": [fresh("x").replace("+++ b/x", "+++ /tmp/outside")],
    "absolute behind the prefix": [fresh("/tmp/outside")],
    "git's folder": [fresh(".git/hooks/post-checkout", "100755")],
    "git's folder in capitals": [fresh("net/.GIT/config")],
    "git's folder with signs that are not seen": [fresh(".g\u200cit/config")],
    "git's folder by its short name": [fresh("GIT~1/config")],
    "git's folder with a dot": [fresh(".git./config")],
    "a rename into it": [rename("MAINTAINERS", ".git/config")],
    "a rename out of the tree": [rename("MAINTAINERS", "../outside")],
    "a copy": ["diff --git a/x b/x\nsimilarity index 100%\ncopy from MAINTAINERS\ncopy to ../outside\n"],
    "an absolute link": [fresh("net/link", "120000", "/etc/passwd")],
    "a link out": [fresh("net/link", "120000", "../../x")],
    "a link into git's folder": [fresh("net/link", "120000", "../.git/config")],
    "a link out, behind another first part": [behind("q", "r", fresh("net/link", "120000", "../../x"))],
    "a link out, without a first part": [re.sub(r"\b[ab]/net", "net", fresh("net/link", "120000", "../x"))],
    "git's folder, behind another first part": [behind("q", "r", fresh(".git/config"))],
    "out of the tree, behind another first part": [behind("q", "r", fresh("../outside"))],
    "below a link of its own, behind another first part": [
        behind("q", "r", fresh("net/link", "120000", "vmw_vsock")), fresh("net/link/x")
    ],
    "case folding, behind another first part": [fresh("net/New.c"), behind("q", "r", fresh("net/new.c"))],
    "case folding with the tree, behind another first part": [behind("q", "r", fresh("makefile"))],
    "a link of its own moved to where it leads out": [
        fresh("net/a/link", "120000", "../../x"), rename("net/a/link", "link")
    ],
    "below a link of its own": [fresh("net/link", "120000", "vmw_vsock"), fresh("net/link/x")],
    "a submodule": [fresh("sub", "160000", "Subproject commit " + "1" * 40)],
    "case folding": [fresh("net/New.c"), fresh("net/new.c")],
    "case folding with the tree": [fresh("makefile")],
    "a control character": [fresh("x").replace("+++ b/x", '+++ "b/\\001x"')],
    "a backslash": [fresh("x").replace("+++ b/x", '+++ "b/net\\\\x"')],
    "an option": [fresh("net/--help")],
    "a mode": [fresh("net/x", "104755")],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused_before_git_sees_them(small: Path, tmp_path: Path, name: str) -> None:
    diffs = HOSTILE[name]
    count = len(diffs)
    text = "".join(mail(diff, f" {n}/{count}" if count > 1 else "", f"h{n}@uwe") for n, diff in enumerate(diffs, 1))
    git(small, "checkout", "-q", "-b", "topic")
    before, there = stands(small), sorted(path.name for path in tmp_path.iterdir())
    said = p(small, "review", "apply", "-", stdin=text, code=1)
    assert "appl" in said and said.count("\n") == 1, said
    assert stands(small) == before and sorted(path.name for path in tmp_path.iterdir()) == there
    assert not (small / ".git/worktrees").exists() and not Path("/tmp/outside").exists()
    shown = run_patchflow("-C", str(small), "review", "-", stdin=text)
    assert shown.code == 0 and ("cannot be applied" in shown.out or "tree" in name or "own" in name), shown.out


@pytest.mark.parametrize(
    ("path", "mode", "text"),
    [("net/a b.c", "100644", "x"), ("net/.gitignore", "100644", "x"), ("net/link", "120000", "vmw_vsock"),
     ("net/x..y/..z", "100755", "x"),
     ("net/XT_a.h", "100644", "x")],
)  # fmt: skip
def test_what_only_looks_odd_is_applied(small: Path, path: str, mode: str, text: str) -> None:
    diff = fresh(path, mode, text)
    diff = diff + "\\ No newline at end of file\n" if mode == "120000" else diff
    made = p(small, "review", "apply", "-", stdin=mail(diff))
    assert made["state"] == "applied" and (Path(made["worktree"]) / path).is_symlink() is (mode == "120000")


def test_a_second_separator_above_a_mail_is_no_part_of_it(small: Path) -> None:
    """`review` said that it cannot be applied, and `review apply` read the mails it had kept otherwise and did."""
    twice = re.sub("(?m)^(From .*)$", r"\1\nFrom 0000 Mon Sep 17 00:00:00 2001", mail(fresh("net/x.c")), count=1)
    assert "cannot be applied" not in run_patchflow("-C", str(small), "review", "-", stdin=twice).out
    assert p(small, "review", "apply")["state"] == "applied"


def test_try_build_refuses_what_apply_refuses(small: Path, tmp_path: Path) -> None:
    """A file beside the tree's in other letters, and one below a link that a prerequisite makes."""
    link = fresh("net/link", "120000", "vmw_vsock") + "\\ No newline at end of file\n"
    (tmp_path / "needed.mbox").write_text(mail(link, id="first@uwe", title="vsock: link"))
    p(small, "fetch", "--mbox", str(tmp_path / "needed.mbox"))
    names = f"prerequisite-message-id: <first@uwe>\nbase-commit: {git(small, 'rev-parse', 'base')}\n"
    below = mail(fresh("net/link/x.c"), id="below@uwe", title="vsock: below") + names
    for text, why in ((mail(fresh("makefile")), "letters only"), (below, "writes below a link")):
        (tmp_path / "t.mbox").write_text(text)
        for words in (("review", "apply"), ("try", "build")):
            said = p(small, *words, str(tmp_path / "t.mbox"), code=1)
            assert "This series is not applied" in said and why in said, words


def test_missing_parts_and_two_halves(small: Path) -> None:
    tip = upstream(small, "base", TWO)
    one, two = (mbox(small, "base", tip, v, day=6 + v) for v in (1, 2))
    half, other = re.split(r"(?m)^(?=From )", one)[1], re.split(r"(?m)^(?=From )", two)[2]
    other = other.replace("References: <v2-1@uwe>", "References: <v1-1@uwe> <v2-1@uwe>")
    found = p(small, "review", "-", stdin=half + other)
    assert found["series"]["revision"] == 2 and found["series"]["missing"] == [1]
    notes = " ".join(found["notes"])
    assert "v2 is not whole: 1 of 2 is missing" in notes and "No other revision at hand is whole either (v1)" in notes
    assert "Part 1 of 2 is not at hand" in p(small, "review", "apply", code=1)
    whole = p(small, "review", "-", stdin=one + other)
    assert "v1 is whole; --revision N takes it" in " ".join(whole["notes"])
    assert p(small, "review", "apply", "-", "--revision", "1", stdin=one + other)["state"] == "applied"


def test_a_part_that_is_sent_anew_by_itself_stands_among_the_others(small: Path) -> None:
    tip = upstream(small, "base", TWO)
    one, two = (mbox(small, "base", tip, v, day=6 + v) for v in (1, 2))
    anew = re.split(r"(?m)^(?=From )", two)[2].replace("In-Reply-To: <v2-1@uwe>", "In-Reply-To: <v1-2@uwe>")
    found = p(
        small, "review", "-", stdin=one + anew.replace("References: <v2-1@uwe>", "References: <v1-1@uwe> <v1-2@uwe>")
    )
    assert found["series"]["revision"] == 2 and found["series"]["filled"] == ["v1-1@uwe"] and not found["faults"]
    assert "the others are those of v1" in " ".join(found["notes"])


@pytest.mark.parametrize("kind", ["text/x-patch", "application/octet-stream"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_patch_that_is_attached(small: Path, kind: str, packed: bool) -> None:
    diff = re.search(r"(?ms)^diff --git.*", mbox(small, "base", upstream(small, "base", TWO[:1])))
    assert diff
    text = base64.encodebytes(diff[0].encode()).decode() if packed else diff[0]
    raw = (
        "From u@x Thu Jan  1 00:00:00 2026\nFrom: Uwe Upstream <uwe@example.net>\nSubject: [PATCH] vsock: count a\n"
        "Message-ID: <att@uwe>\nDate: Wed, 7 Jan 2026 10:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/plain\n\nWhy.\n\n'
        "Signed-off-by: Uwe Upstream <uwe@example.net>\n\n"
        f'--B\nContent-Type: {kind}; name="x.patch"\nContent-Disposition: attachment; filename="x.patch"\n'
        + ("Content-Transfer-Encoding: base64\n" if packed else "") + f"\n{text}\n--B--\n"
    )  # fmt: skip
    made = p(small, "review", "apply", "-", stdin=raw)
    assert made["state"] == "applied" and "int a = 1;" in (Path(made["worktree"]) / FILE).read_text()


def test_a_base64_body(small: Path) -> None:
    head, _, body = mbox(small, "base", upstream(small, "base", TWO[:1])).partition("\n\n")
    head = re.sub(r"(?m)^(MIME|Content-).*\n?", "", head).rstrip("\n")
    packed = base64.encodebytes(body.encode()).decode()
    fields = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64"
    raw = f"{head}\n{fields}\n\n{packed}\n"
    made = p(small, "review", "apply", "-", stdin=raw)
    assert made["state"] == "applied" and made["applied"][0]["title"] == "vsock: count a"


def test_binary_patches(small: Path) -> None:
    (small / "logo.bin").write_bytes(bytes(range(256)))
    git(small, "add", "-f", "logo.bin")
    git(small, "commit", "-q", "-m", "logo: add it\n\nSigned-off-by: Ada Example <ada@example.org>")
    without = git(small, "format-patch", "--stdout", "--no-binary", "-1") + "\n"
    whole = git(small, "format-patch", "--stdout", "--binary", "-1") + "\n"
    git(small, "reset", "-q", "--hard", "base")
    without, whole = (one.replace("\nSubject:", "\nMessage-ID: <bin@uwe>\nSubject:", 1) for one in (without, whole))
    assert "does not bring its content" in p(small, "review", "apply", "-", stdin=without, code=1)
    assert p(small, "review", "-", stdin=whole)["patches"][0]["binary"] == ["logo.bin"]
    made = p(small, "review", "apply", "-", stdin=whole)
    assert (Path(made["worktree"]) / "logo.bin").read_bytes() == bytes(range(256))


def test_a_cover_that_contradicts_its_patches(small: Path) -> None:
    tip = upstream(small, "base", TWO)
    text = mbox(small, "base", tip, cover="vsock: count")
    other = text.replace("Uwe Upstream (2):\n  vsock: count a", "Uwe Upstream (3):\n  vsock: count b\n  vsock: count a")
    assert "lists 3 patches, 2 were posted" in " ".join(p(small, "review", "-", stdin=other)["notes"])
    other = text.replace("Uwe Upstream (2):\n  vsock: count a", "Uwe Upstream (2):\n  vsock: count z")
    assert "a patch that was not posted: vsock: count z" in " ".join(p(small, "review", "-", stdin=other)["notes"])
    assert (
        "contradict" not in " ".join(p(small, "review", "-", stdin=text)["notes"])
        and not p(small, "review", "-", stdin=text)["notes"]
    )
    counted = text.replace("0/2]", "0/5]")
    found = p(small, "review", "-", stdin=counted)
    assert "speaks of 5 patches, the patches of 2" in " ".join(found["notes"])
    wrapped = "Uwe Upstream (2):\n      vsock: count\n         a\n      vsock: count c\n"  # as b4 indents
    listed = "Uwe Upstream (2):\n  vsock: count a\n  vsock: count c\n"
    assert listed in text
    assert not p(small, "review", "-", stdin=text.replace(listed, wrapped))["notes"]


def test_a_diff_that_is_cut_off(small: Path) -> None:
    text = mbox(small, "base", upstream(small, "base", TWO[:1])).rstrip("\n")
    cut = "\n".join(text.split("\n")[:-2]) + "\n"
    assert "Patch 1 (v1-1@uwe): the hunk" in p(small, "review", "apply", "-", stdin=cut, code=1)


def test_a_mail_inside_a_mail(small: Path) -> None:
    """git would take a line below the message for the beginning of another mail, and apply that one too."""
    inner = mail(fresh(".git/x"), id="in@uwe")
    hidden = (
        mail(fresh("net/x"), body="Why.").rstrip("\n")
        + "\nFrom u@x Thu Jan  1 00:00:00 2026\nX\n"
        + inner.partition("\n\n")[2]
    )
    ran = run_patchflow("-C", str(small), "--json", "review", "apply", "-", stdin=hidden)
    assert not (small / ".git/x").exists()
    assert ran.code in (0, 1)


def test_words_steer_no_terminal(small: Path) -> None:
    text = mail(fresh("net/x"), title="vsock: \x1b[31mred").replace("Uwe Upstream", "U\u202ewe")
    for words in (["review", "-"], ["review", "apply"], ["review", "check"], ["review", "list"], ["review", "drop"]):
        ran = run_patchflow("-C", str(small), *words, stdin=text)
        assert "\x1b" not in ran.out + ran.err and "\u202e" not in ran.out + ran.err


def test_a_diffstat_that_names_other_files_is_told(small: Path) -> None:
    text = mbox(small, "base", upstream(small, "base", TWO[:1])).replace(" 1 file changed", " 8 files changed")
    (patch,) = p(small, "review", "-", stdin=text)["patches"]
    assert "names 8 files, the diff 1" in patch["odd"] and not patch["fault"]
    assert p(small, "review", "apply")["state"] == "applied"


def test_a_diff_of_two_folders(small: Path) -> None:
    text = mbox(small, "base", upstream(small, "base", TWO[:1]))
    text = (
        re.sub(r"(?m)^(diff --git|index ).*\n", "", text)
        .replace("--- a/", "--- linux.orig/")
        .replace("+++ b/", "+++ linux/")
    )
    (patch,) = p(small, "review", "-", stdin=text)["patches"]
    assert patch["paths"] == [FILE] and not patch["fault"]
    assert p(small, "review", "apply")["state"] == "applied"
    hostile = text.replace("linux.orig/", "../").replace("+++ linux/", "+++ ../") + fresh("net/y")
    assert "leads out of the tree" in p(small, "review", "apply", "-", stdin=hostile.replace("v1-1@", "v1-2@"), code=1)


def test_a_diff_above_the_first_that_a_reader_sees(small: Path) -> None:
    """git looks for a diff everywhere below the message, a reader from `diff --git` on."""
    names = f'--- "linux/{FILE}"\n+++ "linux/{FILE}"\n'
    above = f"{names}@@ -1,1 +1,2 @@\n // SPDX-License-Identifier: GPL-2.0\n+int hidden;\n\n"
    said = p(small, "review", "apply", "-", stdin=mail(above + fresh("net/x")), code=1)
    assert "can be read in two ways, so it is refused" in said


@pytest.mark.parametrize("day", ["Wed, 7 Jan 9999", "Mon, 1 Jan 1900", "Tue, 19 Jan 2038"])
def test_a_date_that_no_commit_of_git_has(day: str, small: Path) -> None:
    one, two = (mbox(small, "base", upstream(small, "base", [("vsock: count a", {FILE: text})]), version)
                for version, text in ((1, "int a;\n"), (2, "int b;\n")))  # fmt: skip
    assert "Date: Wed, 7 Jan 2026" in one
    mail = (one + two).replace("Date: Wed, 7 Jan 2026", f"Date: {day}")
    ran = run_patchflow("-C", str(small), "--json", "review", "-", stdin=mail)
    assert ran.code == 0, ran.err
