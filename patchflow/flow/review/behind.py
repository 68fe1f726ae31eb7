"""What is done behind the user's back after much mail was taken in, in a process of its own."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing

from patchflow.adapters.files import one_writer
from patchflow.adapters.mail.inbox_mail import small_windows
from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.review.mail_index import mail_store
from patchflow.flow.review.thread_cache import lay_out


def main(directory: str) -> None:
    """Fills the full text, then keeps the looks of threads.

    Of low priority, in a process that outlives the command; what keeps it from that, the next command will say. One
    process does it at a time, what came meanwhile too.
    """
    os.nice(10)
    try:
        here = Clone(directory)
        with closing(mail_store(here)) as store, one_writer(store.folder / "behind.lock", 0), small_windows():
            while True:
                store.fill_words()
                lay_out(here)
                if not store.wordless():
                    break
    except (PatchflowError, sqlite3.Error, OSError):
        sys.exit(1)
