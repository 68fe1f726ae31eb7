"""The terminal UI in a real terminal: it starts, shows the series, and leaves."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.tui.clone import make_clone, make_series, seal


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 50), (20, 5)])
def test_starts_and_quits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, lines: int) -> None:
    env = {**seal(tmp_path / "home", monkeypatch), "TERM": "xterm-256color"}
    folder = make_clone(tmp_path / "linux")
    make_series(folder)
    argv = ["-m", "patchflow", "-C", str(folder)]
    child: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, argv, env=env, dimensions=(lines, columns), timeout=20)
    screen = pyte.Screen(columns, lines)
    stream = pyte.ByteStream(screen)

    def see(words: str) -> None:
        for _ in range(200):
            with suppress(pexpect.TIMEOUT):
                stream.feed(bytes(child.read_nonblocking(65536, timeout=0.1)))
            if words in "\n".join(screen.display):
                return
        raise AssertionError("\n".join(screen.display))

    see("peek")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
