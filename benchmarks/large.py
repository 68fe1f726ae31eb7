"""Large series and clones: python -m benchmarks.large TREE

100 patches sent dry beside git format-patch and git send-email; a patch of 20,000 lines checked beside checkpatch.pl
with the same options; `adopt` and `status` 50,000 commits from the base; `status` with 70 series among 1,000 branches.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from patchflow.adapters.kernel.checkpatch import with_dictionary
from patchflow.flow.clone import profile

HERE = Path(__file__).parent.parent
FILE = "net/vmw_vsock/af_vsock.c"


def command(*argv: str, cwd: Path, stdin: str = "") -> None:
    """Runs a program, whatever it says."""
    subprocess.run(argv, cwd=cwd, input=stdin, text=True, capture_output=True, check=False)


def patchflow(*words: str, cwd: Path, stdin: str = "") -> None:
    """Runs this checkout's patchflow."""
    command(sys.executable, "-m", "patchflow", *words, cwd=cwd, stdin=stdin)


def seconds(work: Callable[[], None], times: int = 3) -> float:
    """The shortest of a few runs."""
    found = []
    for _ in range(times):
        before = time.monotonic()
        work()
        found.append(time.monotonic() - before)
    return min(found)


def commit(folder: Path, subject: str, text: str, path: str = FILE) -> None:
    """Adds a text to a file and commits."""
    with (folder / path).open("a") as file:
        file.write(text)
    command("git", "add", path, cwd=folder)
    command("git", "commit", "-qs", "-m", f"{subject}\n\nIt is needed.", cwd=folder)


def many_patches(folder: Path) -> None:
    """100 patches, sent dry."""
    patchflow("new", "many", "--base", "main", "--profile", "vsock", cwd=folder)
    for number in range(100):
        commit(folder, f"vsock: add {number}", f"int many{number};\n")
    patchflow("cover", "--set", "-", cwd=folder, stdin="vsock: many\n\nA body.\n")
    patchflow("send", "--dry-run", cwd=folder)  # checkpatch.pl has seen each patch by then, as after `check`
    out = folder.parent / "mails"

    def by_git() -> None:
        command("git", "format-patch", "-q", "--cover-letter", "-o", str(out), "main..HEAD", cwd=folder)
        words = ["--dry-run", "--to=a@example.org", "--confirm=never", "--force", *map(str, sorted(out.iterdir()))]
        command("git", "send-email", *words, cwd=folder)

    # One after the other, so that what else the machine does slows both alike.
    pairs = [(seconds(by_git, 1), seconds(lambda: patchflow("send", "--dry-run", cwd=folder), 1)) for _ in range(5)]
    theirs, ours = (min(times) for times in zip(*pairs, strict=True))
    print(f"100 patches, dry: git {theirs:.2f} s, patchflow {ours:.2f} s, {ours / theirs:.2f}", flush=True)


def long_patch(folder: Path) -> None:
    """A patch of 20,000 lines, checked."""
    command("git", "checkout", "-q", "main", cwd=folder)
    patchflow("new", "long", "--base", "main", "--profile", "vsock", cwd=folder)
    head = "/* The function number {0} adds. */\nint long{0}(int a)\n"
    body = head + "{{\n\tint c = a + {0};\n\n\tc += a;\n\treturn c;\n}}\n"
    commit(folder, "vsock: add much", "".join(body.format(n) for n in range(2500)), "net/vmw_vsock/much.c")
    command("git", "format-patch", "-q", "-1", "-o", str(folder.parent / "long"), cwd=folder)
    (mail,) = (folder.parent / "long").iterdir()
    words = with_dictionary(profile("vsock").checkpatch)
    theirs = seconds(lambda: command("perl", "scripts/checkpatch.pl", *words, str(mail), cwd=folder), 1)
    ours = seconds(lambda: patchflow("check", cwd=folder), 1)
    again = seconds(lambda: patchflow("check", cwd=folder))
    print(
        f"20,000 lines: checkpatch.pl {theirs:.1f} s, check {ours:.1f} s, {ours / theirs:.2f}; again {again:.2f} s",
        flush=True,
    )


def far_base(folder: Path) -> None:
    """A branch 50,000 commits from its base."""
    head = subprocess.check_output(["git", "rev-parse", "main"], cwd=folder, text=True).strip()
    rows: list[str] = []
    for number in range(50_000):
        who = f"A <a@example.org> {1700000000 + number} +0000"
        rows.append(f"commit refs/heads/far\nauthor {who}\ncommitter {who}\ndata 2\nx\n")
        rows.append(f"from {head}\n" if number == 0 else "")
        rows.append(f"M 644 inline net/x{number % 50}.c\ndata 8\nint {number % 1000:03};\n")
    command("git", "fast-import", "--quiet", cwd=folder, stdin="".join(rows))
    command("git", "checkout", "-q", "far", cwd=folder)
    adopt = seconds(lambda: patchflow("adopt", "--base", "main", cwd=folder))
    print(
        f"50,000 commits: adopt {adopt:.2f} s, status {seconds(lambda: patchflow('status', cwd=folder)):.2f} s",
        flush=True,
    )


def many_branches(folder: Path) -> None:
    """70 series among 1,000 branches."""
    refs = "".join(f"create refs/heads/b{number} main\n" for number in range(1000))
    command("git", "update-ref", "--stdin", cwd=folder, stdin=refs)
    for number in range(70):
        patchflow("new", f"s{number}", "--base", "main", "--profile", "vsock", cwd=folder)
        commit(folder, f"vsock: add s{number}", f"int s{number};\n")
        command("git", "checkout", "-q", "main", cwd=folder)
    print(f"70 series: status {seconds(lambda: patchflow('status', cwd=folder), 5):.2f} s", flush=True)


def main(tree: Path) -> None:
    """Prints a line each."""
    for measure in (many_patches, long_patch, far_base, many_branches):
        with tempfile.TemporaryDirectory(prefix="patchflow-") as name:
            home, folder = Path(name, "home"), Path(name, "tree")
            home.mkdir()
            os.environ.update(HOME=str(home), PYTHONPATH=str(HERE), PATCHFLOW_TRUST="all", GIT_CONFIG_NOSYSTEM="1")
            for key in [key for key in os.environ if key.startswith("XDG_")]:
                del os.environ[key]
            config = "[user]\n\tname = Ann\n\temail = ann@example.org\n[sendemail]\n\tsmtpserver = 127.0.0.1\n"
            (home / ".gitconfig").write_text(config)
            command("git", "clone", "-q", str(tree), str(folder), cwd=home)
            command("git", "checkout", "-q", "-B", "main", cwd=folder)
            measure(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
