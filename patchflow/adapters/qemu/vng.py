"""virtme-ng: a guest whose files are the host's, of which it changes none."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import which

from patchflow.adapters.paths import share_path
from patchflow.adapters.qemu.guest import TEST, busybox, exchange, module_files
from patchflow.adapters.qemu.machine import KvmFailedError, under
from patchflow.adapters.streaming import run_live
from patchflow.domain.boot import Booted, Guest
from patchflow.errors import MissingError, OutsideError


def need_vng() -> None:
    """MissingError where virtme-ng is not installed."""
    if which("vng") is None:
        raise MissingError(
            "virtme-ng is not installed, so no guest can be booted with it.",
            "`apt install virtme-ng` or `pipx install virtme-ng` installs it; without --vng QEMU is driven directly.",
        )


def boot_with_vng(
    guest: Guest, more: Mapping[str, tuple[int, bytes]], folder: Path, heard: Callable[[str], None],
    tell: Callable[[str], None],
) -> Booted:  # fmt: skip
    """Boots a guest with virtme-ng to its end or to its time-out; what it loads and runs (the test's files are `more`:
    path -> mode and content) lies in `folder`, which the guest sees at the same place. The machine is virtme-ng's
    choice, and no trace is written.
    """
    need_vng()
    box = busybox(tell)
    test = f"{shlex.quote(str(exchange()))}\n" if guest.test == TEST else guest.test
    script = f"b={shlex.quote(str(box))}\nat={shlex.quote(str(folder))}\n"
    files = {**module_files(guest.modules), "test": test.encode(),
             "run": script.encode() + Path(share_path("kernel", "qemu", "steps")).read_bytes()}  # fmt: skip
    (folder / "modules").mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for name, (mode, content) in more.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    # Beside a packaged kernel vng finds the modules it mounts by; into a tree it would write a folder of its own.
    packaged = Path(guest.kernel).name.startswith("vmlinuz-")
    words = [
        "vng", "--run", guest.kernel, "--verbose", "--user", "root", "--cpus", "1", "--memory", "512M",
        "--busybox", str(box), *([] if packaged else ["--skip-modules"]),
        "--exec", shlex.join([str(box), "sh", str(folder / "run")]),
    ]  # fmt: skip
    return under(lambda how: _boot(guest, words, folder, heard, how), heard)


def _boot(guest: Guest, words: list[str], folder: Path, heard: Callable[[str], None], how: str) -> Booted:
    rows: list[str] = []

    def hear(row: str) -> None:
        KvmFailedError.look(row, how)
        rows.append(row)
        heard(row)

    emulated = ["--disable-kvm"] if how == "tcg" else []
    ended = run_live([words[0], *emulated, *words[1:]], hear, cwd=folder, timeout=guest.seconds)
    if ended.code not in (0, None) and not any("Linux version" in row for row in rows):
        raise OutsideError(f"vng ended with status {ended.code}: {' '.join(rows[-3:])[-400:] or 'no word'}.")
    return Booted(tuple(rows), ended.timed_out, ended.code or 0, how, ended.seconds)
