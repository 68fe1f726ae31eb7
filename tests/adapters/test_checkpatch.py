"""checkpatch.pl in batches: the findings of one run each, no litter, and no pass where it dies."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from patchflow.adapters.kernel.checkpatch import Checkpatch
from patchflow.formats.checkpatch import parse_output
from tests.sampled import few
from tests.small_tree import kernel_tree

HEAD = (
    "From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001\nFrom: Ada Example <ada@example.org>\n"
    "Date: Mon, 2 Mar 2026 10:00:00 +0000\nSubject: [PATCH] vsock: {n}\n\nThe bodie of {n}.\n\n"
    "Signed-off-by: Ada Example <ada@example.org>\n---\n"
)
DIFF = (
    "diff --git a/{p} b/{p}\nindex 1111111..2222222 100644\n--- a/{p}\n+++ b/{p}\n"
    "@@ -1,2 +1,4 @@\n int a;\n{lines} int b;\n"
)
BODIES = (
    "+int  c = 1 ;\n+int CamelCase;\n",
    "+\tif(x)\n+\tint CamelCase;\n",
    "+int fine;\n+int also;\n",
    "+   // bad\n+foo( );\n",
)
PATHS = ("net/vmw_vsock/af_vsock.c", "drivers/vhost/vsock.c", "net/vmw_vsock/hyperv_transport.c", "fs/Makefile")
NETDEV = ["CAMELCASE", "FILE_PATH_CHANGES"]


def patches() -> list[str]:
    made = [HEAD.format(n=n) + DIFF.format(p=p, lines=b) for n, (p, b) in enumerate(zip(PATHS, BODIES, strict=True))]
    # A file of an obsolete section, and one whose name alone makes the script think so.
    made.append(HEAD.format(n="o") + DIFF.format(p="drivers/net/ethernet/8390/8390.c", lines="+int z;\n+int y;\n"))
    made.append(HEAD.format(n="p") + DIFF.format(p="Documentation/ABI/obsolete/new", lines="+int z;\n+int y;\n"))
    made.append(
        HEAD.format(n="q") + "diff --git a/x.bin b/x.bin\nindex 1..2 100644\nBinary files a/x.bin and b/x.bin differ\n"
    )
    made.append(HEAD.format(n="r") + "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n")
    return made


def rows(found: list) -> list[tuple[str, str, int, str]]:  # type: ignore[type-arg]
    return sorted((f.rule, f.file, f.line, f.text) for f in found)


@pytest.mark.parametrize("ignore", few([NETDEV, []], 1), ids=bool)
@pytest.mark.long
def test_findings_equal_the_script_run_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignore: list[str]
) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    tree = kernel_tree()
    before = {path.name for path in tree.iterdir()}
    texts = patches()
    ours = Checkpatch(tree, ["--strict"], ignore).check(texts)
    assert {path.name for path in tree.iterdir()} == before
    again = Checkpatch(tree, ["--strict"], ignore).check(texts)
    assert again == ours
    for text, found in zip(texts, ours, strict=True):
        file = tmp_path / "one.patch"
        file.write_text(text)
        words = ["perl", "scripts/checkpatch.pl", "--no-summary", "--show-types", "--color=never", "--strict"]
        words += ["--ignore", ",".join(ignore)] if ignore else []
        done = subprocess.run([*words, str(file)], cwd=tree, capture_output=True, text=True, check=False)
        assert rows(found) == rows(parse_output(done.stdout, text))
    for name in {path.name for path in tree.iterdir()} - before:
        (tree / name).unlink()  # the script's own .checkpatch-camelcase list


def test_git_answers_the_script_as_in_the_tree_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git refuses a .mailmap that is a link, and its complaint was taken for a commit's title."""
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    tree = kernel_tree()
    words = ["git", "-C", str(tree), "log", "-1", "--abbrev=12", '--format=Fixes: %h ("%s")']
    tag = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    if not tag or not (tree / ".mailmap").is_file():
        pytest.skip("this tree has no history, or no .mailmap")
    text = (HEAD.format(n="f") + DIFF.format(p=PATHS[0], lines="+int z;\n+int y;\n")).replace("Signed", f"{tag}Signed")
    (found,) = Checkpatch(tree, ["--strict"], NETDEV).check([text])
    assert "checkpatch:BAD_FIXES_TAG" not in {finding.rule for finding in found}


def fake(folder: Path, script: str) -> Checkpatch:
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "checkpatch.pl").write_text(script)
    return Checkpatch(folder, ["--strict"], ["CAMELCASE"])


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("die 'of old age';", "of old age"),
        ("kill 9, $$;", "itself failed"),
        ('print "what is this\\n"; exit 1;', "what is this"),
        ('print "what is this\\n"; exit 0;', "what is this"),
        ("exit 1;", "not understood"),
        ("exit 0;", "nothing at all"),
        ("exit 77;", "status 77"),
    ],
)
def test_a_script_that_dies_or_says_something_unknown_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, word: str
) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    checker = fake(tmp_path / "tree", script)
    found = checker.check([HEAD.format(n=n) for n in range(3)])
    assert [[f.severity for f in row] for row in found] == [["error"]] * 3
    assert all(word in row[0].text for row in found)
    assert not (tmp_path / "cache" / "checkpatch").exists()  # nothing of it is kept


def test_silence_is_a_pass_only_where_the_script_is_told_to_be_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    checker = fake(tmp_path / "tree", "exit 0;")
    (tmp_path / "tree" / ".checkpatch.conf").write_text("# not -q\n--strict\n")
    assert [f.severity for row in checker.check([HEAD.format(n=0)]) for f in row] == ["error"]
    checker = Checkpatch(tmp_path / "tree", ["--strict"], ["CAMELCASE"])
    (tmp_path / "tree" / ".checkpatch.conf").write_text("--strict -q\n")
    assert checker.check([HEAD.format(n=0)]) == [[]]


@pytest.mark.parametrize("named", ["option", "conf", "spelling.txt"])
def test_a_word_list_that_changed_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    tree, words = tmp_path / "tree", tmp_path / "words"
    script = 'open(my $h, "<", "WORDS"); print "WARNING:TYPO: ", <$h>, "\n"; exit 1;'
    fake(tree, script.replace("WORDS", str(words)))
    if named == "spelling.txt":
        words.symlink_to(tree / "scripts" / named)
    elif named == "conf":
        (tree / ".checkpatch.conf").write_text(f"--typedefsfile={words} # mine\n")
    options = ["--strict", *(["--codespell", "--codespellfile", str(words)] if named == "option" else [])]
    for text in ("one", "two"):
        words.write_text(text)
        assert [f.text for f in Checkpatch(tree, options, []).check([HEAD.format(n=0)])[0]] == [text]


def test_a_script_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("patchflow.adapters.kernel.checkpatch._SECONDS", 1.0)
    ((finding,),) = fake(tmp_path / "tree", "sleep 600;").check([HEAD.format(n=0)])
    assert finding.severity == "error"
    assert "did not end within" in finding.text


def test_a_reword_is_checked_and_a_rebase_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from patchflow.formats.patch.compose import render
    from tests.rules.examples import build

    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    log = tmp_path / "log"
    checker = fake(tmp_path / "tree", f'my $f = $ARGV[-1]; open(my $h, ">>", "{log}"); print $h "ran\\n"; '
                   'print "$f has no obvious style problems and is ready for submission.\\n";')  # fmt: skip
    (patch,) = build("vsock: x\n\nA body.\n").patches
    checker.check([render(replace(patch, commit="1" * 40))])
    checker.check([render(replace(patch, commit="2" * 40))])
    assert log.read_text() == "ran\n"
    checker.check([render(replace(patch, message="vsock: y\n\nA body.\n"))])
    assert log.read_text() == "ran\n" * 2


def test_one_patch_that_kills_it_does_not_take_the_others_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATCHFLOW_CACHE_DIR", str(tmp_path / "cache"))
    script = (
        'my @f = grep { -f } @ARGV; for my $f (@f) { open(my $h, "<", $f); local $/; my $t = <$h>; '
        'if (@f > 1) { print "-" x length($f), "\\n$f\\n", "-" x length($f), "\\n"; } die "dead" if $t =~ /vsock: 1/; '
        'print "\\n$f has no obvious style problems and is ready for submission.\\n"; }'
    )
    found = fake(tmp_path / "tree", script).check([HEAD.format(n=n) for n in range(4)])
    assert [len(row) for row in found] == [0, 1, 0, 0]


def test_a_tree_without_the_script_is_told() -> None:
    from patchflow.errors import MissingError

    with pytest.raises(MissingError):
        Checkpatch(Path("/nonexistent"), [], [])
