"""Whether a tree takes patches now."""
