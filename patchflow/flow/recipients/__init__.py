"""Who gets each patch, in which header, and why."""
