"""What the screens show, free of Textual: tests drive it without a terminal."""
