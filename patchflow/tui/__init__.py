"""The terminal UI: screens that show models, and one table of keys; nothing in it knows how a thing is done."""

import os

# Read when Textual is loaded: what is drawn second (the page of a tab, a message) follows within 8 ms, not 17.
os.environ.setdefault("TEXTUAL_FPS", "120")
