"""Whom MAINTAINERS names that every subsystem shares: the roles that are addressed."""

TO_ROLES = ("maintainer", "supporter")
