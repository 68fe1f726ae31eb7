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
    """One project of one server; `foreign` where a tree's MAINTAINERS alone names it. With the address of a `submitter`
    their newest patches are asked for at once, and the tests of those alone of which one did not pass."""

    def __init__(self, url: str, project: str, foreign: bool = False, submitter: str = "") -> None:
        self.foreign = foreign
        self.submitter = submitter
        self.root = f"{url.rstrip('/')}/api/1.2"
        self.project = project

    def patch(self, message_id: str) -> PatchState | None:
        """The patch that was sent with this Message-ID, its tests included; None where it is not there (yet).

        OutsideError where the server does not answer, or not with its API's documents.
        """
        url = self._list({"msgid": message_id})
        try:
            if (listed := self._listed().get(message_id)) and listed[1].check in ("success", "pending"):
                return listed[1]
            found = [listed] if listed else parse_patches(page(url, _FRESH, self.foreign)[0])
            if not found:
                return None
            number, patch = found[-1]
            url = f"{self.root}/patches/{number}/checks/?order=-id&per_page=250"  # the last 250, and no page holds more
            return replace(patch, message_id=message_id, tests=parse_checks(page(url, _FRESH, self.foreign)[0]))
        except ValueError as error:
            raise OutsideError(
                f"{url} is not a document of Patchwork's API.", "Look at `patchwork` in the profile."
            ) from error

    def _listed(self) -> dict[str, tuple[int, PatchState]]:
        """The submitter's newest patches by Message-ID; none where the server knows nobody of that address."""
        if not self.submitter:
            return {}
        try:
            url = self._list({"submitter": self.submitter, "order": "-id", "per_page": "250"})
            rows = parse_patches(page(url, _FRESH, self.foreign)[0])
        except OutsideError as error:
            if "answered with status 40" not in error.message:
                raise
            return {}
        return {patch.message_id: (number, patch) for number, patch in rows}

    def _list(self, query: dict[str, str]) -> str:
        return f"{self.root}/patches/?{urlencode(query | ({'project': self.project} if self.project else {}))}"
