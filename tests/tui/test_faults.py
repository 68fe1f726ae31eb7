"""What the machine, the disk or a file did to work in a thread is a sentence on the screen, and never a bug of ours."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pygit2
import pytest

from patchflow.tui.app import PatchflowApp
from tests.tui.test_app import settled

FAULTS = (
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x"), "The disk is full (/x)"),
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full"),
    (OSError(f"failed to write out file: {os.strerror(errno.ENOSPC)}"), "The disk is full"),  # libgit2's
    (OSError(errno.EACCES, os.strerror(errno.EACCES), "/x"), "/x: Permission denied"),
    (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "Too many open files"),
    (OSError("the process that did the work ended"), "the process that did the work ended"),
    (sqlite3.DatabaseError("database disk image is malformed"), "was removed"),
    (sqlite3.OperationalError("database or disk is full"), "The disk is full"),
    (sqlite3.OperationalError("disk I/O error"), "cannot be used"),
    (pygit2.GitError("object not found"), "git fsck"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "not UTF-8"),
    (MemoryError(), "not enough memory"),
)


async def test_faults_of_the_machine_are_no_bugs(clone: Path) -> None:
    app = PatchflowApp(str(clone), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for error, words in FAULTS:

            def work(job: object, error: BaseException = error) -> None:
                raise error

            app.job("work", work, lambda value: None, group="work")
            await settled(pilot)
            said = [one.message for one in app._notifications][-1]
            assert words in said and "bug" not in said, (error, said)


@pytest.mark.parametrize(("error", "words"), FAULTS)
def test_the_command_line_says_the_same(
    error: BaseException, words: str, capsys: pytest.CaptureFixture[str], sealed: Path
) -> None:
    from patchflow.cli.diagnostics import report

    assert report(error, []) == 4
    said = capsys.readouterr().err
    assert words in said and "bug" not in said
