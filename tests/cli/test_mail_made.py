"""The finished mails, through the command line: what stands below a diff, what is refused, and patches in one file."""

# ruff: noqa: E501 - tables of messages

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from patchflow.adapters.git.clean import clean_git
from patchflow.domain.series import Cover
from patchflow.flow.series.respin import with_changelog
from tests.conftest import MESSAGE, commit, git, run_patchflow
from tests.githooks.clones import GOOD, Clone

PEP8 = "def a(sock):\n    sock.settimeout(1)\n    return sock\n\n\ndef b(sock):\n    return sock\n"


def single(small: Path, path: str, before: str, after: str) -> Path:
    """A series of one patch to a file."""
    commit(small, "add the file", before, path)
    git(small, "tag", "there")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "there").code == 0
    (small / path).write_text(after)
    git(small, "commit", "-qaF", "-", stdin=MESSAGE.format(title="change the file"))
    return small


def formatted(small: Path, out: Path) -> list[Path]:
    ran = run_patchflow("-C", str(small), "format", "-o", str(out))
    assert ran.code == 0, ran.err
    return sorted(out.iterdir())


def assert_applies(small: Path, *mails: Path, base: str = "there") -> None:
    tip = git(small, "rev-parse", "demo^{tree}")
    git(small, "checkout", "-qf", "--detach", base)
    git(small, "am", "-q", *map(str, mails))
    assert git(small, "rev-parse", "HEAD^{tree}") == tip


def test_the_blank_context_of_a_last_hunk_stays(small: Path, tmp_path: Path) -> None:
    single(small, "tools/t.py", PEP8, PEP8.replace("settimeout(1)", "settimeout(10)"))
    (mail,) = formatted(small, tmp_path / "out")
    assert_applies(small, mail)


@pytest.mark.parametrize("key", ["format.signature=", "format.signature=a\n-- \nb", "format.signatureFile=FILE"])
def test_the_signature_stands_below_the_diff(small: Path, tmp_path: Path, key: str) -> None:
    single(small, "a.rst", "A list\n\n- one\n- \n- two\n\nend\n", "A list\n\n- one\n- two\n\nend\n")
    name, _, value = key.partition("=")
    (tmp_path / "signature").write_text("Ada\n-- \nof a firm\n")
    git(small, "config", name, value.replace("FILE", str(tmp_path / "signature")))
    (mail,) = formatted(small, tmp_path / "out")
    text = mail.read_text()
    below = text.partition("\n end\n")[2]
    assert below.startswith("\n---\nbase-commit: ")
    if "FILE" in key:
        assert below.endswith("-- \nAda\n-- \nof a firm\n\n")
    assert_applies(small, mail)


def test_a_signature_file_that_is_gone_is_named(small: Path, tmp_path: Path) -> None:
    single(small, "a.rst", "one\n", "two\n")
    git(small, "config", "format.signatureFile", str(tmp_path / "none"))
    ran = run_patchflow("-C", str(small), "format", "-o", str(tmp_path / "out"))
    assert ran.code == 2
    assert "format.signatureFile" in ran.err


def test_attributes_and_diff_keys_change_no_mail(small: Path, tmp_path: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(20))
    single(small, "a.c", text, text.replace("line 9", "line ten"))
    (plain,) = formatted(small, tmp_path / "plain")
    (small / ".git/info/attributes").write_text("* -diff\n")
    for key, value in {"context": "0", "noprefix": "true", "external": "false", "suppressBlankEmpty": "true"}.items():
        git(small, "config", f"diff.{key}", value)
    (hard,) = formatted(small, tmp_path / "hard")
    assert hard.read_bytes() == plain.read_bytes()
    assert b"GIT binary patch" not in hard.read_bytes()


def test_notes_stand_where_git_ends_the_message(small: Path, tmp_path: Path) -> None:
    single(small, "a.c", "one\r\n", "two\r\n")
    notes = "x\n\nA note.\n-- \n---\nmore\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=notes).code == 0
    (mail,) = formatted(small, tmp_path / "out")
    text = mail.read_text()
    assert "Content-Transfer-Encoding: quoted-printable" in text  # a CR survives no other way
    assert text.count("A note.") == 1
    assert_applies(small, mail)
    assert git(small, "show", "-s", "--format=%b").splitlines()[-1].startswith("Signed-off-by")


def test_notes_that_git_am_would_apply_are_refused(small: Path, tmp_path: Path) -> None:
    single(small, "a.c", "one\n", "two\n")
    notes = "x\n\nAs in:\ndiff --git a/b.c b/b.c\nnew file mode 100644\nindex 0000000..d00491f\n--- /dev/null\n+++ b/b.c\n@@ -0,0 +1 @@\n+1\n"
    assert run_patchflow("-C", str(small), "cover", "--set", "-", stdin=notes).code == 0
    ran = run_patchflow("-C", str(small), "format", "-o", str(tmp_path / "out"))
    assert ran.code == 1
    assert "b.c" in ran.err
    assert not (tmp_path / "out").exists()
    ran = run_patchflow("-C", str(small), "send", "--dry-run")
    assert ran.code == 1
    assert "[mail-arrives]" in ran.out
    ran = run_patchflow("-C", str(small), "send", "--to-outbox", str(tmp_path / "out"))
    assert ran.code == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("title", ["[vsock] peek", "Re: vsock: peek", "vsock: x\n\nFrom: Otto <o@example.org>"])
def test_a_message_that_would_be_cut_stops_check_and_send(series: Path, title: str) -> None:
    git(
        series,
        "commit",
        "-q",
        "--amend",
        "-F",
        "-",
        stdin=f"{title}\n\nWords.\n\nSigned-off-by: Ada Example <ada@example.org>\n",
    )
    assert "[message-arrives]" in run_patchflow("-C", str(series), "check").out
    ran = run_patchflow("-C", str(series), "send", "--dry-run")
    assert ran.code == 1
    assert "[message-arrives]" in ran.out


def test_an_empty_commit_is_named(series: Path, tmp_path: Path) -> None:
    git(series, "commit", "-q", "--allow-empty", "-m", "vsock: nothing")
    ran = run_patchflow("-C", str(series), "format", "-o", str(tmp_path / "out"))
    assert ran.code == 1
    assert "changes nothing" in ran.err and "`patchflow patch drop 3`" in ran.err, "a rebase keeps what began empty"
    assert run_patchflow("-C", str(series), "patch", "drop", "3", "--yes").code == 0
    assert run_patchflow("-C", str(series), "format", "-o", str(tmp_path / "out")).code == 0


def test_the_hook_shows_what_would_be_lost(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    clone.install("commit-msg")
    clone.write("README", "more\n")
    done = clone.commit(GOOD.replace("\n\n", "\n\nBefore:\n--- a log\nafter\n\n", 1))
    assert done.returncode == 1
    assert "`--- a log`" in done.stderr
    assert "[message-arrives]" in done.stderr


def patches_in_one_file(series: Path, tmp_path: Path) -> Path:
    (series / "net/vmw_vsock/af_vsock.c").write_text("static inline int odd(void)\n{\n\treturn 1;\n}\n")
    git(series, "commit", "-qaF", "-", stdin=MESSAGE.format(title="have a fault"))
    box = tmp_path / "all.mbox"
    words = ["git", "-C", str(series), "format-patch", "--stdout", "--subject-prefix=PATCH net-next", "base"]
    box.write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)
    return box


def test_each_patch_of_a_file_is_checked(series: Path, tmp_path: Path) -> None:
    box = patches_in_one_file(series, tmp_path)
    for words, stdin in ((["check", str(box)], ""), (["check", "-"], box.read_text())):
        ran = run_patchflow("-C", str(series), "--json", *words, stdin=stdin)
        assert [row["subject"] for row in ran.json["patches"]] == [
            "vsock: add one",
            "vsock: add two",
            "vsock: have a fault",
        ]
        assert [f["rule"] for f in ran.json["patches"][2]["findings"] if f["severity"] == "error"] == ["source-inline"]
    ran = run_patchflow("-C", str(series), "--json", "cc", str(box))
    assert len(ran.json["patches"]) == 3


@pytest.mark.parametrize("left", [0.97, 0.9, 0.85, 0.8, 0.75, 0.7])
def test_a_patch_that_is_cut_off_is_an_error(series: Path, tmp_path: Path, left: float) -> None:
    git(series, "format-patch", "-q", "-1", "--no-signature", "-o", str(tmp_path))
    (mail,) = tmp_path.glob("*.patch")
    raw = mail.read_bytes()
    mail.write_bytes(raw[: int(len(raw) * left)])
    ran = run_patchflow("-C", str(series), "check", str(mail), "--rule", "patch-whole")
    assert ran.code == 1, ran.out
    assert "not whole" in ran.out
    mail.write_bytes(raw)
    assert run_patchflow("-C", str(series), "check", str(mail), "--rule", "patch-whole").code == 0


def test_an_attribute_hides_nothing_from_the_checks(series: Path) -> None:
    (series / "net/vmw_vsock/af_vsock.c").write_text("static inline int odd(void)\n{\n\treturn 1;\n}\n")
    git(series, "commit", "-qaF", "-", stdin=MESSAGE.format(title="have a fault"))
    (series / ".git/info/attributes").write_text("* -diff\n")
    for words in (["check"], ["check", "HEAD"]):
        assert "[source-inline]" in run_patchflow("-C", str(series), *words).out


@pytest.mark.parametrize(
    "text", ["Before:\n---\n a log\n---\nAfter.", "Words.\n\n---\nChanges in v2:\n- one", "Words.\n---"]
)
def test_a_changelog_goes_below_the_whole_cover(text: str) -> None:
    body = with_changelog(Cover("vsock: x", text), ["- two"], 3).body
    own = text.partition("\n---\nChanges")[0].removesuffix("\n---").strip()
    assert body.startswith(f"{own}\n\n---\nChanges in v3:\n- two")
    assert body.count("Changes in v2") == text.count("Changes in v2")


def test_a_partial_clone_fetches_what_a_mail_needs(series: Path, tmp_path: Path) -> None:
    git(series, "config", "uploadpack.allowFilter", "true")
    git(series, "config", "uploadpack.allowAnySHA1InWant", "true")
    part = tmp_path / 'a "part" of it'
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{series}", str(part))
    with clean_git(part) as clean:
        (_, first), (_, second) = clean.format_patch(
            f"{git(series, 'rev-parse', 'base')}..{git(series, 'rev-parse', 'demo')}", []
        )
    assert "+int add_one;" in first
    assert "+int add_two;" in second
