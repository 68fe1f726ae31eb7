"""A series from its first commit to its next revision: new, adopt, cover, respin, trailers, status, board."""
