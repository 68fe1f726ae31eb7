"""Thin, fast git hooks."""
