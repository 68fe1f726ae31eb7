"""The slow work behind the screens: plain functions that a worker thread calls, each with a clone of its own.

A clone is opened anew for each piece of work: git's settings may have changed since, and a repository is not to be
shared between threads.
"""
