"""Somebody else's series: taken out of mail, understood, applied in a work tree of its own, and judged there."""
