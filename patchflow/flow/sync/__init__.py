"""The state of a clone's series on a remote of the user's own, and back from there."""
