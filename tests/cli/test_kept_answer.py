"""What `status`, `todo` and `review` printed is kept until anything it was made of changes, and never shown longer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from patchflow.adapters import clone_files, kept_answer
from patchflow.adapters.kept_answer import kept_answer as find
from patchflow.cli import main as program
from patchflow.cli.main import main
from tests.cli.test_review_worktree import stopped
from tests.conftest import ROOT, commit, git, run_patchflow
from tests.mails import mail, mbox, patch_mail
from tests.sampled import few

LINES = (
    ["status"], ["status", "--all"], ["status", "--json"], ["todo"], ["todo", "--all", "--json"], ["review", "list"],
    ["review", "waiting"],
)  # fmt: skip
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def clone(series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a series, and a patch and its reply taken in; answers are kept at once."""
    monkeypatch.setattr(kept_answer, "_SETTLED", -1)
    (tmp_path / "list.mbox").write_bytes(
        mbox(patch_mail(), mail("> +\tkfree(widget);\nDouble free?\n", to="<p1@example.org>"))
    )
    assert run_patchflow("fetch", "--mbox", str(tmp_path / "list.mbox"), cwd=series).code == 0
    monkeypatch.chdir(series)
    return series


def said(capsys: Capture, line: list[str]) -> tuple[int, str, str]:
    """What a line answers: its exit code and both streams."""
    capsys.readouterr()
    code = main(line)
    return code, *capsys.readouterr()


def anew(capsys: Capture, line: list[str]) -> tuple[int, str, str]:
    """The same where nothing is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "_kept_answer", lambda words: None)
        return said(capsys, line)


def _include(clone: Path) -> None:
    (clone.parent / "more").write_text("[user]\n\tname = Somebody Else\n")
    git(clone, "config", "include.path", str(clone.parent / "more"))


def _profile(clone: Path) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "patchflow" / "profiles"
    folder.mkdir(parents=True)
    (folder / "own.toml").write_text('project = "linux"\nprefixes = ["vsock"]\nfiles = ["net/vmw_vsock/"]\n')


def _more_mail(clone: Path) -> None:
    with (clone.parent / "list.mbox").open("ab") as file:
        file.write(mbox(mail("> +\tkfree(widget);\nAnd this?\n", id="r9@example.net", to="<p1@example.org>")))


def _rebase(clone: Path) -> None:
    (clone / ".git" / "rebase-merge").mkdir()
    (clone / ".git" / "rebase-merge" / "head-name").write_text("refs/heads/demo\n")


def _settings_of_the_user(clone: Path) -> None:
    git(clone, "config", "--global", "user.email", "other@example.org")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a commit": lambda clone: commit(clone, "add three"),
    "a branch": lambda clone: git(clone, "switch", "-q", "-c", "more"),
    "back": lambda clone: git(clone, "switch", "-q", "demo"),
    "packed refs": lambda clone: git(clone, "pack-refs", "--all"),
    "a setting": lambda clone: git(clone, "config", "patchflow.demo.profile", "netdev"),
    "a setting of the user": _settings_of_the_user,
    "more mail": _more_mail,
    "a cover letter": lambda clone: run_patchflow("cover", "--set", "-", stdin="vsock: other\n\nWhy.\n", cwd=clone),
    "a profile": _profile,
    "who maintains it": lambda clone: (clone / "MAINTAINERS").write_text("Nobody.\n"),
    "no maintainers": lambda clone: (clone / "MAINTAINERS").unlink(),
    "another series": lambda clone: run_patchflow("new", "second", "--base", "base", cwd=clone),
    "a rebase": _rebase,
    "its end": lambda clone: shutil.rmtree(clone / ".git" / "rebase-merge", ignore_errors=True),
    "put away": lambda clone: run_patchflow("archive", "demo", cwd=clone),
    "undone": lambda clone: run_patchflow("undo", "--yes", cwd=clone),
    "the mail is gone": lambda clone: (clone.parent / "list.mbox").unlink(),
    "included settings": _include,
}


def test_it_is_what_would_be_printed_anew_after_each_change(clone: Path, capsys: Capture) -> None:
    lines = [["status", "--all", "--json"], ["todo", "--all", "--json"], ["review", "waiting", "--json"]]
    for what, change in few(CHANGES.items(), 5):
        for line in lines:
            said(capsys, line)
        change(clone)
        for line in lines:
            assert said(capsys, line) == anew(capsys, line), (what, line)


# What an answer is made of lies elsewhere: each makes it so, and gives the line to ask and what then changes there.
Elsewhere = tuple[list[str], Callable[[], object]]


def _linked_profiles(clone: Path) -> Elsewhere:
    dotfiles, folder = clone.parent / "dotfiles", Path(os.environ["XDG_CONFIG_HOME"]) / "patchflow"
    dotfiles.mkdir()
    folder.mkdir(parents=True)
    (folder / "profiles").symlink_to(dotfiles)
    text = 'extends = "net-next"\n[[bots]]\nname = "mine"\nfrom = "^rik@example.net$"\n'
    return ["todo", "--json"], lambda: (dotfiles / "own.toml").write_text(text)


def _mailmap_of_the_user(clone: Path) -> Elsewhere:
    named = clone.parent / "mailmap"
    named.write_text("")
    git(clone, "config", "--global", "mailmap.file", str(named))
    return ["todo", "--all"], lambda: named.write_text("Ada Example <ada@example.org> <rik@example.net>\n")


def _settings_of_a_git_elsewhere(clone: Path) -> Elsewhere:
    prefix, git_here = clone.parent / "opt", shutil.which("git")
    (prefix / "bin").mkdir(parents=True)
    (prefix / "etc").mkdir()
    (settings := prefix / "etc/gitconfig").write_text("")
    program = prefix / "bin/git"
    program.write_text(f'#!/bin/sh\nGIT_CONFIG_SYSTEM={settings} exec {git_here} "$@"\n')
    program.chmod(0o755)
    os.environ["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    return ["todo", "--all"], lambda: settings.write_text("[patchflow]\n\talsoMe = rik@example.net\n")


def _settings_that_the_user_includes(clone: Path) -> Elsewhere:
    git(clone, "config", "--global", f"includeIf.gitdir:{clone.parent}/.path", str(clone.parent / "more"))
    return ["todo", "--all"], lambda: (clone.parent / "more").write_text("[patchflow]\n\talsoMe = rik@example.net\n")


def _settings_that_the_environment_includes(clone: Path) -> Elsewhere:
    settings = clone.parent / "more"
    settings.write_text("")
    os.environ.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="include.path", GIT_CONFIG_VALUE_0=str(settings))
    return ["todo", "--all"], lambda: settings.write_text("[patchflow]\n\talsoMe = rik@example.net\n")


def _rebase_in_another_work_tree(clone: Path) -> Elsewhere:
    other = clone.parent / "other"
    git(clone, "switch", "-q", "--detach")
    git(clone, "worktree", "add", "-q", str(other), "demo")
    begin = ["git", "-C", str(other), "-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", "base"]
    return ["status"], lambda: subprocess.run(begin, check=True, capture_output=True)


def _patch_skipped_in_a_review(clone: Path) -> Elsewhere:
    place = stopped(clone)
    return ["review", "list"], lambda: git(place, "am", "--skip")


def _review_whose_work_tree_goes(clone: Path) -> Elsewhere:
    place = stopped(clone)
    git(place, "am", "--skip")
    return ["review", "list"], lambda: shutil.rmtree(place)


ELSEWHERE = (
    _linked_profiles, _mailmap_of_the_user, _settings_of_a_git_elsewhere, _settings_that_the_environment_includes,
    _rebase_in_another_work_tree, _patch_skipped_in_a_review, _review_whose_work_tree_goes,
    _settings_that_the_user_includes,
)  # fmt: skip


@pytest.mark.parametrize("begin", ELSEWHERE, ids=lambda one: one.__name__[1:])
def test_what_changes_elsewhere_is_seen(begin: Callable[[Path], Elsewhere], clone: Path, capsys: Capture) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PATH", "GIT_CONFIG_COUNT"):  # set back at the end, whatever is made of it
            patch.setenv(name, os.environ.get(name, "0"))
        line, change = begin(clone)
        before = [said(capsys, line) for _ in range(3)][-1]
        change()
        after = said(capsys, line)
        assert after == anew(capsys, line) != before


def test_what_came_and_went_while_it_was_made_is_not_in_it(
    clone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, mailmap = program.load, clone / ".mailmap"

    def meanwhile(name: str) -> object:
        mailmap.write_text("Ada Example <ada@example.org> <rik@example.net>\n")
        return load(name)

    monkeypatch.setattr(program, "load", meanwhile)
    other = said(capsys, ["todo"])
    monkeypatch.setattr(program, "load", load)
    mailmap.unlink()
    assert said(capsys, ["todo"]) == anew(capsys, ["todo"]) != other


def test_it_is_kept(clone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [said(capsys, line) for line in LINES for _ in range(2)][::2]
    monkeypatch.setattr(program, "load", None)  # no command can be run any more
    assert [said(capsys, line) for line in LINES] == before


def test_it_is_kept_where_settings_include_others(clone: Path, capsys: Capture) -> None:
    (clone.parent / "more").write_text("[include]\n\tpath = still-more\n")
    git(clone, "config", "--global", "include.path", str(clone.parent / "more"))
    for _ in range(2):
        said(capsys, ["status"])
    assert (kept := find([], ["status"])) and kept.found
    (clone.parent / "still-more").write_text("")
    assert (kept := find([], ["status"])) and kept.found is None


@pytest.mark.parametrize(
    "line",
    [["status", "--picture", "-"], ["todo", "--by", "rita"], ["--json", "status"], ["-C.", "status"], ["review", "x"]],
)
def test_it_is_kept_for_lines_that_read_alone(clone: Path, line: list[str]) -> None:
    assert program._kept_answer(line) is None


def test_who_asks_elsewhere_gets_another(clone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        here = said(capsys, ["status"])
    monkeypatch.setenv("NO_COLOR", "1")
    assert (kept := find([], ["status"])) and kept.found is None
    monkeypatch.delenv("NO_COLOR")
    assert (kept := find([], ["status"])) and kept.found == (0, here[1])[::-1]
    monkeypatch.setenv("GIT_DIR", str(clone / ".git"))
    assert find([], ["status"]) is None
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.chdir(clone.parent)
    assert find([], ["status"]) is None
    assert (kept := find(["-C", str(clone)], ["status"])) and kept.found is None


def test_it_is_kept_for_a_minute_and_not_while_things_change(
    clone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answer, "_SETTLED", 3600)
    for _ in range(2):
        said(capsys, ["status"])
    assert (kept := find([], ["status"])) and kept.found is None
    monkeypatch.setattr(kept_answer, "_SETTLED", -1)
    for _ in range(2):
        said(capsys, ["status"])
    assert (kept := find([], ["status"])) and kept.found
    (file,) = (Path(os.environ["XDG_CACHE_HOME"]) / "patchflow" / "answers").iterdir()
    made = file.stat().st_mtime
    for off in (-61, 3600):  # too old, and from a clock that was wrong
        os.utime(file, (made + off, made + off))
        assert (kept := find([], ["status"])) and kept.found is None
    file.write_text("what is no answer")
    assert said(capsys, ["status"]) == anew(capsys, ["status"])


def test_a_cache_that_cannot_be_written_or_grows_costs_nothing(
    clone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "patchflow" / "answers"
    folder.write_text("in its place")
    assert said(capsys, ["status"]) == said(capsys, ["status"]) == anew(capsys, ["status"])
    folder.unlink()
    monkeypatch.setattr(kept_answer, "_MOST", 3)
    for number in range(6):
        monkeypatch.setenv("NUMBER", str(number))
        said(capsys, ["status"])
        said(capsys, ["status"])
    assert len(list(folder.iterdir())) == 3


# What is looked at and cannot change an answer: the system, Python, the program (whose files are in the stamp), git on
# the PATH, its objects; what is made of the files in the stamp; what readers of an index leave beside it.
OF_THE_SYSTEM = ("/proc", "/sys", "/dev/null", "/usr", "/lib", "/etc/ld.so", "/etc/localtime", "/etc/ssl")
NO_MATTER = re.compile(
    r"/bin/|/git$|\.so\b|/openssl\.cnf$|/cert\.pem$|/\.git/(objects(/|$)|index$)|/lib/(python|glibc)|/python\d*(\.zip)?$"
    r"|/cache/patchflow/((maintainers|profiles|answers|checkpatch)(/|$)|mail/\w+/(shown\.sqlite|mail\.sqlite-))"
)


def _looked_at(trace: str, at: Path) -> Iterator[Path]:
    roots = (str(ROOT), sys.prefix, sys.base_prefix, *filter(None, sys.path), *OF_THE_SYSTEM)
    for line in trace.split("\n"):
        if call := re.search(r'\b[a-z0-9]+\((?:AT_FDCWD, |\d+, )?"([^"]+)"', line):
            path = os.path.normpath(at / call[1])
            if not path.startswith(roots) and not NO_MATTER.search(path):
                yield Path(path)


def _is_told(kept: kept_answer.KeptAnswer, path: Path) -> bool:
    """Whether the stamp changes when this file does, or, where it is not there, comes to be."""
    if (told := str(path) in kept._made_of()) or path.exists():
        return told
    while not path.parent.exists():
        path = path.parent
    path.touch()
    told = str(path) in kept._made_of()
    path.unlink()
    return told


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not here: scripts/setup --test")
@pytest.mark.parametrize("line", few(LINES, 3), ids=" ".join)
def test_nothing_is_opened_that_is_not_in_the_stamp(clone: Path, line: list[str], tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "patchflow", *line]
    git(clone, "worktree", "add", "-q", "-b", "more", str(tmp_path / "more"))
    trace = tmp_path / "trace"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(2):  # the second time what is made of the files is there
        done = subprocess.run(
            ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=file", "-o", str(trace), *argv],
            cwd=clone, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "ptrace" in done.stderr and not trace.exists():
            pytest.skip("programs may not be traced here")
    kept = find([], line)
    assert kept
    mails = {clone.parent / "list.mbox"}  # which the index knows
    above = {parent for path in (*map(Path, kept._made_of()), *mails, ROOT) for parent in path.parents}
    looked = set(_looked_at(trace.read_text(errors="replace"), clone))
    assert [path for path in sorted(looked - mails - above) if not _is_told(kept, path)] == []


def test_another_program_is_another_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the program made is not shown, and the program is looked at once in a process."""
    monkeypatch.setattr(clone_files, "_PROGRAM", str(tmp_path))
    stamps = []
    for text in ("one", "another"):
        (tmp_path / "a.py").write_text(text)
        clone_files._program.cache_clear()
        stamps.append(clone_files.stamp_of([])[0])
    clone_files._program.cache_clear()
    assert stamps[0] != stamps[1]
