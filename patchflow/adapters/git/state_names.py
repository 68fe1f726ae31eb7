"""The names of what is read of a clone's `.git/patchflow` before anything else is loaded: state_dir.py has them all.

Without pathlib, whose import takes longer than `status` may take where nothing changed.
"""

from __future__ import annotations

LOCK = "state.lock"
UNDO = "undo"
REDO = "redo"
MAIL = "mail"
MAIL_SOURCES = "mail-sources"
WATCHED = "watched.json"
