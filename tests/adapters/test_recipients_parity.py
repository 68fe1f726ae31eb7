"""The index against the tree's own get_maintainer.pl, on a small tree and on samples of the whole one."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from patchflow.adapters.kernel.recipient_lookup import Directory
from patchflow.formats.get_maintainer.script import doubts_about, stable
from tests.conftest import Once
from tests.sampled import few
from tests.small_tree import FILES, MAINTAINERS, kernel_script, kernel_tree, lay

ANSWERS = Path(__file__).parent / "recipients_answers.txt"
NO_FALLBACK = "--no-git-fallback"
LIVE = int(os.environ.get("PATCHFLOW_LIVE_ANSWERS", "30"))  # a start of Perl each; ANSWERS holds 3,000


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small tree, with a stable copy of the kernel's script laid beside it."""
    script = stable(kernel_script())
    assert script is not None
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    tree = lay(tmp_path / "tree")
    (tmp_path / "stable.pl").write_text(script, encoding="utf-8")
    return tree


def script_says(tree: Path, *words: str) -> list[str]:
    """What the stable copy prints."""
    argv = ["perl", str(tree.parent / "stable.pl"), "--no-tree", *words]
    done = subprocess.run(argv, cwd=tree, capture_output=True, check=False, timeout=60, encoding="utf-8")
    return done.stdout.splitlines()


@pytest.mark.parametrize("path", [*FILES, "alpha/", "alpha/deep/", "drivers/net/"])
def test_every_file_of_the_small_tree(small: Path, path: str) -> None:
    assert Directory(str(small)).for_files([path]).lines == script_says(small, NO_FALLBACK, "-f", path)


OPTIONS = (
    "--nom|--nol|--nor|--no-n|--s|--no-moderated|--norolestats|--norolestats --roles|--no-remove-duplicates|"
    "--no-mailmap|--pattern-depth=1|--pattern-depth=2|--git-chief-penguins"
).split("|")
GIT_OPTIONS = (
    "--git|--git-blame|--git-fallback|--git --git-min-percent 35|--git-blame --no-git-blame-signatures|"
    "--git --git-all-signature-types|--git --git-since=1.day.ago --norolestats --roles"
).split("|")


@pytest.mark.parametrize("words", few(OPTIONS, 5))
def test_options(small: Path, words: str) -> None:
    asked = [NO_FALLBACK, *words.split()]
    directory = Directory(str(small), "index", asked)
    for path in ("alpha/deep/c.c", "alpha/deep/more/d.c", "drivers/net/beta/i.c", "Documentation/bindings/n.yaml"):
        assert directory.for_files([path]).lines == script_says(small, *asked, "-f", path), path


def test_several_files_together(small: Path) -> None:
    paths = ["alpha/a.c", "include/beta1.h", "Documentation/bindings/n.yaml", "README"]
    assert Directory(str(small)).for_files(paths).lines == script_says(small, NO_FALLBACK, "-f", *paths)


LINES = [
    "+\talpha_get(x);",
    " \talpha_put(x);",
    "-\tBETA_DEVICE",
    " second_word in context",
    "+first_word",
    " first_word",
    "--- a/made/up",
    "+++ b/made/up",
    "rename from alpha/a.c",
    "rename to drivers/net/beta/z.c",
    " mode change 100644 => 100755 alpha/deep/c.c",
    "diff --git a/alpha/a.c b/alpha/b.c",
    "Fixes: 0123456789ab (\"no such commit\")",
    "alpha_get above the diff",
    "--- /dev/null",
    "",
]  # fmt: skip


@pytest.mark.parametrize("seed", few(range(25), 6))
def test_patches_of_every_kind_of_line(small: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = "\n".join(chance.choices(LINES, k=chance.randint(1, 14))) + "\n"
    patch = small.parent / "x.patch"
    patch.write_text(text, encoding="utf-8")
    assert Directory(str(small)).for_patch(text).lines == script_says(small, NO_FALLBACK, str(patch))


@pytest.mark.parametrize("seed", few(range(20), 5))
def test_made_up_maintainers(small: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines = [
        line for line in MAINTAINERS.split("\n") if line[1:3] == ":\t" or (line[:1].isupper() and chance.random() < 0.9)
    ]
    body = [line for line in lines if line[1:2] == ":"]
    text = "".join(
        f"SECTION {number}\n" + "\n".join(chance.choices(body, k=chance.randint(1, 9))) + "\n\n" for number in range(12)
    )
    (small / "MAINTAINERS").write_text(text, encoding="utf-8")
    directory = Directory(str(small))
    for path in chance.sample(sorted(FILES), 4):
        assert directory.for_files([path]).lines == script_says(small, NO_FALLBACK, "-f", path), (seed, path)


# With git


def git(tree: Path, *words: str, date: str = "") -> str:
    """Runs git in the tree."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    if date:
        environment |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    return subprocess.run(
        ["git", *words], cwd=tree, env=environment, capture_output=True, check=True, encoding="utf-8"
    ).stdout.strip()


@pytest.fixture
def with_history(small: Path, once: Once) -> Path:
    """The small tree with a year of commits by several people."""
    return once("history", small, _make_history)


def _make_history(small: Path) -> None:
    git(small, "init", "-q")
    people = [
        ("Hans Kappa", "hans@example.org"),
        ("Ida Lambda", "ida@example.org"),
        ("Ada Alpha", "ada@old.example.org"),
        ("Ignored Person", "ignored@example.org"),
        ("Linus Torvalds", "torvalds@linux-foundation.org"),
    ]
    git(small, "add", "-A")
    git(
        small,
        "-c",
        "user.name=Root",
        "-c",
        "user.email=root@example.org",
        "commit",
        "-qm",
        "start\n\nReviewed-by: nobody",
    )
    for number in range(14):
        name, email = people[number % len(people)]
        other = people[(number * 3 + 1) % len(people)]
        for path in ("README", "drivers/net/gamma.c", "alpha/a.c"):
            with (small / path).open("a", encoding="utf-8") as file:
                file.write(f"line {number}\n" * (number % 3 + 1))
        message = f"change {number}\n\nReviewed-by: {other[0]} <{other[1]}>\nSigned-off-by: {name} <{email}>\n"
        git(small, "add", "-A")
        git(small, "-c", f"user.name={name}", "-c", f"user.email={email}", "commit", "-qm", message)


@pytest.mark.parametrize("words", few(GIT_OPTIONS, 3))
@pytest.mark.parametrize("path", ["README", "drivers/net/gamma.c", "alpha/a.c", "include/alpha.h"])
def test_git_says_the_same(with_history: Path, words: str, path: str) -> None:
    asked = words.split() if "fallback" in words else [NO_FALLBACK, *words.split()]
    assert Directory(str(with_history), "index", asked).for_files([path]).lines == script_says(
        with_history, *asked, "-f", path
    )


@pytest.mark.parametrize("words", [NO_FALLBACK, "--git-fallback", "--no-git-fallback --git-blame", "--no-fixes"])
def test_fixes_and_blame_of_a_patch(with_history: Path, words: str) -> None:
    commit = git(with_history, "rev-parse", "HEAD~2")
    text = git(with_history, "format-patch", "-1", "--stdout").replace(
        "\n---\n", f'\nFixes: {commit[:12]} ("x")\n---\n', 1
    )
    patch = with_history.parent / "x.patch"
    patch.write_text(text + "\n", encoding="utf-8")
    directory = Directory(str(with_history), "index", words.split())
    assert directory.for_patch(text + "\n").lines == script_says(with_history, *words.split(), str(patch))


def test_history_is_kept_by_commit(with_history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Directory(str(with_history), "index", ["--git"]).for_files(["README"]).lines
    from patchflow.adapters import process
    from patchflow.adapters.kernel import history

    asked: list[tuple[str, ...]] = []
    real = process.run

    def counted(argv: list[str], **more: object) -> object:
        asked.append(tuple(argv))
        return real(argv, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "run", counted)
    assert Directory(str(with_history), "index", ["--git"]).for_files(["README"]).lines == first
    assert [argv[1] for argv in asked] == ["rev-parse"]


def test_history_is_bounded_in_time(with_history: Path) -> None:
    answer = Directory(str(with_history), "index", ["--git"], seconds=0.0).for_files(["README"])
    assert any("git took over" in note for note in answer.notes)


# The kernel's own tree


def test_the_kernel_script_is_known() -> None:
    doubts = doubts_about(kernel_script())
    if doubts:
        pytest.skip(f"the tree's script is another one: {'; '.join(doubts)}")


def test_index_and_script_are_compared(small: Path) -> None:
    (small / "scripts").mkdir()
    shutil.copy(kernel_tree() / "scripts" / "get_maintainer.pl", small / "scripts")
    answer = Directory(str(small), "both").for_files(["alpha/deep/c.c"])
    assert (answer.engine, answer.differs) == ("both", [])
    text = (
        (small / "scripts" / "get_maintainer.pl")
        .read_text()
        .replace("'mailmap!'", "'substatus!' => \\$email,\n'mailmap!'")
    )
    (small / "scripts" / "get_maintainer.pl").write_text(text)
    answer = Directory(str(small)).for_files(["alpha/a.c"])
    assert answer.engine == "script"
    assert "substatus" in answer.notes[0]
    assert Directory(str(small), "index").for_files(["alpha/a.c"]).engine == "index"


def sample_digest(lines: list[str]) -> str:
    """What is kept of an answer."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def tree_digest(tree: Path) -> str:
    """What a tree's answers depend on, but for its folders and bindings."""
    total = hashlib.sha256()
    for name in ("MAINTAINERS", ".mailmap", ".get_maintainer.ignore"):
        path = tree / name
        total.update(path.read_bytes() if path.is_file() else b"")
    return total.hexdigest()[:16]


@pytest.mark.tree
def test_kept_answers_of_three_thousand_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = kernel_tree()
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path))
    head, *rows = ANSWERS.read_text(encoding="utf-8").splitlines()
    if head.split()[-1] != tree_digest(tree):
        pytest.skip("the kept answers are of another MAINTAINERS")
    directory = Directory(str(tree), "index")
    wanted = {path: digest for digest, path in (row.split(" ", 1) for row in rows)}
    here = [path for path in wanted if (tree / path).is_file()]
    assert here, "none of the sample's files is in the tree"
    wrong = [path for path in here if sample_digest(directory.for_files([path]).lines) != wanted[path]]
    assert wrong == []


@pytest.mark.tree
@pytest.mark.long
def test_live_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = kernel_tree()
    script = stable(kernel_script())
    assert script is not None
    (tmp_path / "stable.pl").write_text(script, encoding="utf-8")
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    rows = ANSWERS.read_text(encoding="utf-8").splitlines()[1:]
    paths = [path for row in rows if (tree / (path := row.split(" ", 1)[1])).is_file()]
    directory = Directory(str(tree), "index")
    for path in random.Random(3).sample(paths, min(LIVE, len(paths))):
        argv = ["perl", str(tmp_path / "stable.pl"), "--no-tree", NO_FALLBACK, "-f", path]
        done = subprocess.run(argv, cwd=tree, capture_output=True, check=True, timeout=60, encoding="utf-8")
        assert directory.for_files([path]).lines == done.stdout.splitlines(), path
