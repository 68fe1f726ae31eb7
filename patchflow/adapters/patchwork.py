"""Asks a Patchwork server through its REST API: one request at a time, each answer kept for ten minutes."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from patchflow.adapters.web import page
from patchflow.domain.patchwork import PatchState
from patchflow.errors import OutsideError
from patchflow.formats.patchwork import parse_checks, parse_patches

_FRESH = 600.0  # seconds; bots take longer than that


class Patchwork:
    """One project of one server; `foreign` where a tree's MAINTAINERS alone names it."""

    def __init__(self, url: str, project: str, foreign: bool = False) -> None:
        self.foreign = foreign
        self.root = f"{url.rstrip('/')}/api/1.2"
        self.project = project

    def patch(self, message_id: str) -> PatchState | None:
        """The patch that was sent with this Message-ID, its tests included; None where it is not there (yet).

        OutsideError where the server does not answer, or not with its API's documents.
        """
        query = urlencode({"msgid": message_id, **({"project": self.project} if self.project else {})})
        url = f"{self.root}/patches/?{query}"
        try:
            found = parse_patches(page(url, _FRESH, self.foreign)[0])
            if not found:
                return None
            number, patch = found[-1]
            url = f"{self.root}/patches/{number}/checks/?order=-id&per_page=250"  # the last 250, and no page holds more
            return replace(patch, message_id=message_id, tests=parse_checks(page(url, _FRESH, self.foreign)[0]))
        except ValueError as error:
            raise OutsideError(
                f"{url} is no document of Patchwork's API.", "Look at `patchwork` in the profile."
            ) from error
