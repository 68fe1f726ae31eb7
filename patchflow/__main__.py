"""The process: what `patchflow` and `python -m patchflow` run."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress

from patchflow.cli.main import main


def run() -> None:
    """Runs the command line and ends the process with its exit code.

    What is imported is no garbage, yet Python looks through it a hundred times on the way; and it takes an interpreter
    apart piece by piece at its end. Both are felt: a tenth of a second of a check whose patches have not changed.
    """
    if sys.getfilesystemencoding() == "ascii" and os.environ.get("PYTHONUTF8") != "1":
        # Names of files and people are UTF-8 in git whatever the locale says; libgit2's binding asks Python.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    gc.set_threshold(50_000, 20, 100)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a letter that the locale does not know is no failure
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # who read it has gone, which main has seen; or it was closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
