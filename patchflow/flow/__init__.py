"""The use cases, a folder each, named by the words of the command line; clone.py is the session they share."""
