"""Building, booting and tracing a series."""
