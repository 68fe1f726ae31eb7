"""The terminal UI: screens that show models, and one table of keys; nothing in it knows how a thing is done."""
