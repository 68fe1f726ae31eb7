"""Pure translations between text and domain values."""
