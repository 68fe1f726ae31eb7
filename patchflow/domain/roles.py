"""The roles in MAINTAINERS whose people are addressed, where a profile does not say otherwise."""

TO_ROLES = ("maintainer", "supporter")
