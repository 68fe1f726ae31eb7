"""This machine and this clone: set-up, doctor, settings, trust, hooks."""
