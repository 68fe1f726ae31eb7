"""`check` of a range, of patch files and of what is staged: tools run where there are commits, and where none can
run that is said."""

from __future__ import annotations

import base64
import os
import quopri
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import commit, git, run_patchflow
from tests.stand_in import CHECKPATCH

LINTER = """#!/bin/sh
for f; do grep -n bad "$f" | sed "s,^\\([0-9]*\\):,$f:\\1:1: [error] ,"; done 2> /dev/null
exit 0
"""


@pytest.fixture
def linted(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree whose newest commit adds a bad line to a YAML file that has one already."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "yamllint").write_text(LINTER)
    (tmp_path / "bin" / "yamllint").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    commit(small, "begin it", "a: bad\n", "net/a.yaml")
    commit(small, "go on", "b: bad worse\n", "net/a.yaml")
    return small


def words(folder: Path, *arguments: str, code: int) -> str:
    ran = run_patchflow("-C", str(folder), "check", *arguments)
    assert ran.code == code, ran.out + ran.err
    return ran.out


@pytest.mark.parametrize("what", ["HEAD~..HEAD", "HEAD", "HEAD~1.."])
def test_a_range_is_shown_to_the_tools(linted: Path, what: str) -> None:
    out = words(linted, "--rule", "yamllint", what, code=1)
    assert "net/a.yaml:2: error: [error] b: bad worse [yamllint]" in out
    assert out.count("[yamllint]") == 1  # the old line is nobody's fault


def test_what_could_not_run_is_no_pass(linted: Path, tmp_path: Path) -> None:
    out = words(linted, "HEAD", "--rule", "cc-maintainers", code=3)
    assert "not run: cc-maintainers: `patchflow send --dry-run` judges it" in out
    assert out.splitlines()[-1] == "cc-maintainers alone: could not run"
    git(linted, "format-patch", "-1", "-o", str(tmp_path / "out"))
    (file,) = (tmp_path / "out").iterdir()
    assert "not run: yamllint: only commits can be asked" in words(linted, str(file), code=0)
    out = words(linted, str(file), "--rule", "yamllint", code=3)
    assert out.splitlines()[-1] == "yamllint alone: could not run"
    (tmp_path / "bin" / "yamllint").write_text("#!/bin/sh\nexit 9\n")
    assert "yamllint failed (status 9)" in words(linted, "HEAD", "--rule", "yamllint", code=3)


def test_one_rule_says_nothing_of_the_bots(linted: Path) -> None:
    assert words(linted, "HEAD", "--rule", "unique-titles", code=0).splitlines()[-1] == (
        "unique-titles alone: 0 errors, 0 warnings"
    )


def test_a_message_alone_says_nothing_of_the_bots(linted: Path, tmp_path: Path) -> None:
    (tmp_path / "m").write_text("vsock: x\n\nA body.\n\nSigned-off-by: Ada Example <ada@example.org>\n")
    out = words(linted, "--message", str(tmp_path / "m"), code=0)
    assert out.splitlines()[-1] == "the message alone: 0 errors, 0 warnings"


def test_a_range_without_commits_is_no_pass(linted: Path) -> None:
    ran = run_patchflow("-C", str(linted), "check", "HEAD..HEAD")
    assert ran.code == 2
    assert "holds no commits" in ran.err


def test_a_folder_of_patches_is_checked_with_its_cover_letter(series: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_patchflow("-C", str(series), "format", "-o", str(out)).code == 0
    files = sorted(str(path) for path in out.iterdir())
    assert len(files) == 3
    assert words(series, *files, code=0).splitlines()[-1].startswith("no")
    cover = Path(files[0])
    text = cover.read_text()
    answering = text.replace("Subject:", "In-Reply-To: <report@example.org>\nSubject:", 1)
    cover.write_text(answering)
    assert "[fresh-thread]" not in words(series, *files, code=0), "a first version may answer a report"
    for file in map(Path, files):
        file.write_text(file.read_text().replace("[PATCH net-next", "[PATCH net-next v2", 1))
    assert "[fresh-thread]" in words(series, *files, code=1)
    cover.write_text(text + "\nEDITME\n")
    assert "placeholder" in words(series, *files, code=1)
    cover.write_text("From: Ada <ada@example.org>\nSubject: a letter\n\nNo patch.\n")
    ran = run_patchflow("-C", str(series), "check", *files)
    assert ran.code == 2
    assert "is not a patch" in ran.err
    assert "Name the patches" in ran.err
    cover.write_text(text)
    assert run_patchflow("-C", str(series), "check", str(cover)).code == 2


def test_a_single_patch_that_replies_to_the_last_version_is_told(linted: Path, tmp_path: Path) -> None:
    git(linted, "format-patch", "-1", "-v2", "--in-reply-to=v1@example.org", "-o", str(tmp_path / "out"))
    (file,) = (tmp_path / "out").iterdir()
    assert "[fresh-thread]" in words(linted, str(file), "--profile", "net-next", code=1)


def test_a_patch_for_a_stable_tree_is_judged_as_one(linted: Path, tmp_path: Path) -> None:
    git(linted, "format-patch", "-1", "--subject-prefix=PATCH 6.6.y", "-o", str(tmp_path / "o"))
    files = [str(path) for path in (tmp_path / "o").iterdir()]
    assert "[upstream-commit]" in words(linted, *files, code=1)
    git(linted, "format-patch", "-1", "-o", str(tmp_path / "p"))
    assert "[upstream-commit]" not in words(linted, *[str(path) for path in (tmp_path / "p").iterdir()], code=0)


def test_a_numbered_patch_answers_its_cover_and_is_told_nothing(linted: Path, tmp_path: Path) -> None:
    git(linted, "format-patch", "-1", "-v2", "--numbered", "--in-reply-to=v2-0@example.org", "-o", str(tmp_path / "o"))
    files = [str(path) for path in (tmp_path / "o").glob("v2-0001*")]
    assert "[fresh-thread]" not in words(linted, "--rule", "fresh-thread", *files, code=0)
    assert "[changelog]" not in words(linted, "--rule", "changelog", *files, code=0)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_a_patch_in_a_mail_of_several_parts_is_whole(linted: Path, tmp_path: Path, encoding: str) -> None:
    head, _, body = git(linted, "format-patch", "-1", "--stdout").partition("\n\n")
    text = body.encode()
    packed = {
        "quoted-printable": quopri.encodestring(text),
        "base64": base64.encodebytes(text),
        "8bit": text,
    }[encoding]
    mail = tmp_path / "signed.eml"
    mail.write_bytes(
        "\n".join(line for line in head.split("\n") if not line.startswith(("From ", "Content", "MIME"))).encode()
        + b'\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary="xx"\n\nnot shown\n--xx\n'
        + f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        + packed
        + b'\n--xx\nContent-Type: application/pgp-signature; name="signature.asc"\n\n-----BEGIN\n--xx--\n'
    )
    assert "[patch-whole]" not in words(linted, "--rule", "patch-whole", str(mail), code=0)
    assert "[signedoff]" not in words(linted, "--rule", "signedoff", str(mail), code=0)


def test_a_range_is_no_part_of_the_history_it_is_judged_by(small: Path) -> None:
    """What its own commits are called is no habit of their files, and a Fixes tag may not name what comes with it."""
    for number in range(3):
        commit(small, f"begin it {number}")
    git(small, "commit", "-q", "--allow-empty", "-m", "base: more")
    base = git(small, "rev-parse", "HEAD")
    path = small / "net/vmw_vsock/af_vsock.c"
    for number in range(2):
        path.write_text(f"{path.read_text()}int odd{number};\n")
        git(small, "commit", "-qas", "-m", f"af_vsock.c: add odd{number}\n\nIt is needed.")
    out = words(small, f"{base}..HEAD", "--rule", "subject-format", code=0)
    assert out.count("the prefix is a file name") == 2
    assert "history uses `vsock:`" in out and "`af_vsock.c:`" not in out.replace("af_vsock.c: add", "")


def test_what_is_added_for_user_space_is_told_before_it_is_sent(small: Path) -> None:
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    commit(small, "add FOO", "#define FOO 1\n", "include/uapi/linux/foo.h")
    told = "'vsock: add FOO' adds to include/uapi/linux/foo.h: Cc linux-api@vger.kernel.org [uapi-list]"
    assert told in words(small, "--profile", "kernel", code=0)
    git(small, "config", "branch.demo.patchflow-cc-add", "linux-api@vger.kernel.org")
    assert "uapi-list" not in words(small, "--profile", "kernel", code=0)
    git(small, "config", "--unset", "branch.demo.patchflow-cc-add")
    mail = git(small, "format-patch", "-1", "--stdout")
    ran = run_patchflow("-C", str(small), "check", "-", "--profile", "kernel", stdin=mail)
    assert "uapi-list" not in ran.out, "who got a mail stands in it"
    git(small, "commit", "-q", "--amend", "-m", "vsock: add FOO\n\nWhy.\n\nCc: Api <linux-api@vger.kernel.org>", "-s")
    assert "uapi-list" not in words(small, "--profile", "kernel", code=0)
    git(small, "commit", "-q", "--amend", "-m", "vsock: add FOO\n\nWhy.", "-s")
    assert told in words(small, "HEAD", "--profile", "kernel", code=0)
    with (small / "MAINTAINERS").open("a") as file:
        file.write("\nABI/API\nL:\tlinux-api@vger.kernel.org\nF:\tinclude/uapi/\n")
    git(small, "commit", "-qasm", "MAINTAINERS: name it\n\nIt is needed.")
    assert "uapi-list" not in words(small, "--profile", "kernel", code=0)


def test_what_a_script_is_told_by_its_own_settings_and_the_tree_is_seen(series: Path, sealed: Path) -> None:
    script = CHECKPATCH.replace(
        "my $any = 0;",
        """my $any = 0; my $ignored = -f "$ENV{HOME}/.checkpatch.conf";
my $kind = -f "$ENV{HOME}/other" ? "SPACING" : "UNDOCUMENTED_DT_STRING";""",
    )
    script = script.replace("if (/^\\+.*\\( /)", "if (!$ignored && /^\\+.*\\( /)")
    script = script.replace('"ERROR:SPACING:', '"ERROR:$kind:')
    (series / "scripts/checkpatch.pl").write_text(script)
    commit(series, "add three", "int three( void);\n")

    def found() -> str:
        return run_patchflow("-C", str(series), "check").out

    assert "checkpatch:UNDOCUMENTED_DT_STRING" in found()
    (sealed / "other").touch()  # as a binding that was written meanwhile
    assert "checkpatch:SPACING" in found()
    (sealed / ".checkpatch.conf").write_text("--ignore SPACING\n")
    assert "checkpatch:SPACING" not in found()


def test_why_nobody_knows_whether_it_applies(small: Path) -> None:
    """A tree whose branch is written nowhere may well be fetched."""
    commit(small, "change it")
    assert "not run: applies: net-next/main is not fetched here" in words(small, "HEAD", code=0)
    text = (small / "MAINTAINERS").read_text()
    section = "\nFOO\nM:\tF <f@example.org>\nS:\tMaintained\nT:\tgit git://git.example.org/foo.git\nF:\tdrivers/foo/\n"
    (small / "MAINTAINERS").write_text(text + section)
    commit(small, "add it", path="drivers/foo/foo.c")
    git(small, "update-ref", "refs/remotes/foo/master", "HEAD")
    git(small, "config", "remote.foo.url", "git://git.example.org/foo.git")
    out = words(small, "HEAD", code=0)
    assert "not run: applies: no branch of the tree foo is known for these files" in out


def _own_profile(series: Path) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "patchflow/profiles")
    folder.mkdir(parents=True)
    (folder / "vsock.toml").write_text('extends = "net-next"\nfiles = ["net/"]\n[severities]\nsubject-case = "error"\n')


CHECKS: tuple[Callable[[Path], object], ...] = (
    _own_profile,
    lambda series: git(series, "config", "--global", "patchflow.check.mine.command", "true"),
    lambda series: git(series, "config", "branch.demo.patchflow-profile", "net-next"),
    lambda series: run_patchflow("-C", str(series), "check", "--profile", "bpf"),
)


def test_a_series_is_ready_by_the_checks_that_hold_today(series: Path) -> None:
    def where() -> tuple[str, str]:
        (one,) = run_patchflow("-C", str(series), "--json", "status").json["series"]
        return one["state"], one["next_step"]

    ready = ("ready", "send v1: `patchflow send`")
    assert where() == ("drafting", "check it: `patchflow check`")
    for change in CHECKS:
        assert run_patchflow("-C", str(series), "check").code == 0
        assert where() == ready
        change(series)
        assert where() == ("drafting", "its checks changed, run them again: `patchflow check`")
    git(series, "commit", "--quiet", "--amend", "--no-edit", "--reset-author", "--date=2020-01-01")
    assert where() == ("drafting", "check it: `patchflow check`")
