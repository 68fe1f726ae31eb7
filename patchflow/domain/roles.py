"""Whom MAINTAINERS names that every subsystem shares: the roles that are addressed, and the list of last resort."""

TO_ROLES = ("maintainer", "supporter")

# The list that every section may fall back on; alone it reaches nobody in particular.
EVERYBODYS_LIST = "linux-kernel@vger.kernel.org"
