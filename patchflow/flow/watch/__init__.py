"""Watches what was sent and what is reviewed: what is new is told once."""
