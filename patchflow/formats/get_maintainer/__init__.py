"""MAINTAINERS and what get_maintainer.pl makes of it, line for line."""
