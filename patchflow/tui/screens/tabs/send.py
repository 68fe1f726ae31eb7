"""Send: everything of a revision before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patchflow.services.send import Options
from patchflow.tui import work
from patchflow.tui.models.rows import Row
from patchflow.tui.models.sending import gate_rows, mail_rows, page_rows, send_rows
from patchflow.tui.screens.tabs.base import Tab


class SendTab(Tab):
    """The page of everything."""

    name = "send"

    def rows(self) -> Sequence[Row]:
        """What stands in the way, and the messages."""
        return send_rows(self.model)

    def detail(self, ref: Any) -> Sequence[Row]:
        """The whole page, a gate, or a mail."""
        plan = self.model.plan
        if plan is None or not isinstance(ref, str):
            return ()
        if ref == "whole":
            return page_rows(plan)
        return gate_rows(plan, ref) or mail_rows(plan, ref)

    def opened(self) -> None:
        """Worked out when it is looked at."""
        read = self.model.read
        if read and read.outbox is None and self.model.plan is None and self.model.patches and not self.model.progress:
            self.do_plan()

    def do_plan(self) -> None:
        """Works the send out, in a thread."""
        key, directory, branch = self.model.key, self.flow.directory, self.model.branch
        options = Options(self.model.rfc, self.model.resend, tuple(self.model.overrides.items()))
        self.model.progress, self.model.sent_words, self.model.plan_problem = {}, "", ""

        def done(plan: Any) -> None:
            if key == self.model.key:
                self.model.plan, self.model.plan_key = plan, key
                self.screen.filled()

        self.flow.job("working out the send", lambda job: work.plan(directory, branch, options), done, group="plan")
