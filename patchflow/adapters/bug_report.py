"""What a bug leaves behind for an issue: a file with the traceback, never a traceback on the screen."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime

from patchflow import __version__


def write_report(error: BaseException, argv: Sequence[str] = ()) -> str:
    """Writes what a report of a bug needs into a file in the temporary folder, and returns its path."""
    text = (
        f"patchflow {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"{datetime.now(UTC).isoformat()}\narguments: {list(argv)!r}\n\n{''.join(traceback.format_exception(error))}"
    )
    handle, path = tempfile.mkstemp(prefix="patchflow-report-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path
