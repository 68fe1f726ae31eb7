"""Which subsystem files belong to, and what holds there."""
