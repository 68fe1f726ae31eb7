"""kernel-doc's words, judged by patch as netdev's CI does."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import MESSAGE, git, run_patchflow

# A warning for each UNDESCRIBED, as kernel-doc -Wall -none has it.
KERNEL_DOC = r"""#!/bin/sh
shift 2
grep -Hn UNDESCRIBED "$@" | sed 's|^\([^:]*\):\([0-9]*\):.*|\1:\2: warning: UNDESCRIBED is not described|'
"""
FILE = "net/vmw_vsock/af_vsock.c"


def commit(tree: Path, title: str) -> None:
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-F", "-", stdin=MESSAGE.format(title=title))


def test_each_patch_is_judged_by_what_it_brings(small: Path) -> None:
    """What a later patch mends counts; old words do not, moved, twice or in a file that only gets another name."""
    (small / "scripts").mkdir(exist_ok=True)
    (small / "scripts/kernel-doc").write_text(KERNEL_DOC)
    (small / "scripts/kernel-doc").chmod(0o755)
    old = "/** old */\n/* UNDESCRIBED */\n" + "int line;\n" * 20
    (small / "net/old.c").write_text(old)
    clean = f"/** f */\n{(small / FILE).read_text()}"
    (small / FILE).write_text(clean)
    git(small, "add", "-A")
    git(small, "commit", "-q", "-m", "base: kernel-doc")
    git(small, "tag", "-f", "base")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    (small / FILE).write_text(f"{clean}/* UNDESCRIBED */\n")
    commit(small, "bring it")
    (small / FILE).write_text(clean)
    commit(small, "mend it")
    git(small, "mv", "net/old.c", "net/new.c")
    commit(small, "rename it")
    (small / "net/new.c").write_text(f"int first;\n{old}/* UNDESCRIBED */\n")
    commit(small, "move it")
    said = run_patchflow("-C", str(small), "--json", "check").json["series"]
    found = [(one["file"], one["text"]) for one in said if one["rule"] == "kdoc"]
    assert [file for file, _ in found] == [FILE] and "patch 1/4: warning: UNDESCRIBED" in found[0][1]
    assert "clean before" in found[0][1]
    (small / "scripts/kernel-doc").write_text("#!/bin/sh\nexit 3\n")
    (small / FILE).write_text(f"{clean}int more;\n")
    commit(small, "one more")
    not_run = run_patchflow("-C", str(small), "--json", "check").json["not_run"]
    assert any("kdoc: kernel-doc failed (status 3)" in text for text in not_run)


def test_a_newer_library_of_the_same_script_is_asked(small: Path) -> None:
    library = small / "tools/lib/python/kdoc/words.py"
    library.parent.mkdir(parents=True)
    library.write_text("UNDESCRIBED\n")
    script = small / "scripts/kernel-doc"
    script.write_text(KERNEL_DOC.replace("grep -Hn UNDESCRIBED", f'grep -Hn "$(cat {library})"'))
    script.chmod(0o755)
    (small / FILE).write_text("/** f */\nint f;\n")
    git(small, "add", "-A")
    git(small, "commit", "-q", "-m", "base: kernel-doc")
    git(small, "tag", "-f", "base")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0
    (small / FILE).write_text("/** f */\nint f;\n/* UNDESCRIBED */\n")
    commit(small, "bring it")

    def found() -> list[str]:
        said = run_patchflow("-C", str(small), "--json", "check").json["series"]
        return [one["text"] for one in said if one["rule"] == "kdoc"]

    assert len(found()) == 1
    library.write_text("NOTHING\n")
    assert found() == []
