"""What a maintainer or a bot would object to: the rules and the tree's own scripts, run and kept."""
