"""Git: objects and refs through pygit2, commands through the one runner of programs."""
