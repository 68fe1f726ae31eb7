"""Git: objects and refs through pygit2, commands through GitPython."""
