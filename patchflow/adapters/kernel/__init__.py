"""The kernel tree's own scripts and data."""
