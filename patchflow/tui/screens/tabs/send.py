"""Send: everything of a revision before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from patchflow.flow.send.aside import holds_preview
from patchflow.flow.send.plan import Options
from patchflow.formats.counted import many
from patchflow.tui import work
from patchflow.tui.actions import key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.rows import Row
from patchflow.tui.models.sending import POLICIES, fate_rows, gate_rows, mail_rows, page_rows, send_rows
from patchflow.tui.screens.output import talk
from patchflow.tui.screens.tabs.base import Tab

if TYPE_CHECKING:
    from patchflow.domain.address import Address
    from patchflow.flow.send.plan import Plan


class SendTab(Tab):
    """The page of everything."""

    NAME = "send"
    BINDINGS = bindings(NAME)

    def list_rows(self) -> Sequence[Row]:
        """What stands in the way, and the messages."""
        if self.host.job_of("plan") and self.model.plan is None and not self.model.progress:
            return [Row(f"working out the send: mails, recipients, checks, window; {key('stop')} stops it", "note")]
        return send_rows(self.model)

    def detail_rows(self, ref: Any) -> Sequence[Row]:
        """The whole page, a gate, or a mail."""
        plan = self.model.plan
        if self.model.plan_problem:
            return [Row(self.model.plan_problem, "error")]
        if not isinstance(ref, str):
            return ()
        rows = fate_rows(self.model, ref)
        if plan is None:
            return rows
        return [
            *rows,
            *(
                page_rows(plan, self.model.reasons)
                if ref == "whole"
                else gate_rows(plan, ref) or mail_rows(plan, ref, self.model.reasons)
            ),
        ]

    def idle(self) -> Collection[str]:
        """What a send can come to as it stands."""
        plan, ref = self.model.plan, self.list.ref
        outbox = (self.model.read.outbox if self.model.read else None) or {}
        gone = set()
        if outbox.get(str(ref), ("", ""))[0] != "unknown":
            gone |= {"again", "arrived"}
        if plan is None or outbox:
            return gone | {"override", "reflect", "preview", "save", "reasons", *([] if outbox else ["send"])}
        if ref not in {gate.id for gate in plan.gates} | set(self.model.overrides):
            gone.add("override")
        return gone | {"send"} if plan.blocking() else gone

    def prepare(self) -> None:
        """Worked out when it is looked at."""
        model = self.model
        wanted = model.read is not None and model.read.outbox is None and model.patches and not model.progress
        if wanted and model.plan is None and self._asked != model.key:
            self.action_plan()

    def action_plan(self) -> None:
        """Works the send out, in a thread."""
        key, directory, branch = self.model.key, self.host.directory, self.model.branch
        self._asked = key
        model = self.model
        options = Options(model.rfc, model.resend, tuple(model.overrides.items()), model.policy)
        self.model.progress, self.model.sent_words, self.model.plan_problem = {}, "", ""

        def done(plan: Any) -> None:
            if key == self.model.key:
                self.model.plan, self.model.plan_key = plan, key
                self.model.note_time("send")
                self.view.refill()

        self.host.job("working out the send", lambda job: work.sending.plan(directory, branch, options, job), done,
                      group="plan")  # fmt: skip
        self.fill()

    def action_reasons(self) -> None:
        """Names alone, or each with why they get it."""
        self.model.reasons = not self.model.reasons
        self.show_detail()

    def _toggle(self, what: str) -> None:
        setattr(self.model, what, not getattr(self.model, what))
        self.action_plan()

    def action_rfc(self) -> None:
        """RFC, or not."""
        self._toggle("rfc")

    def action_resend(self) -> None:
        """The last revision again, or not."""
        self._toggle("resend")

    def action_policy(self) -> None:
        """Who gets what: the next of the ways there are."""
        ways = tuple(POLICIES)
        self.model.policy = ways[(ways.index(self.model.policy) + 1) % len(ways)]
        self.action_plan()

    def action_override(self) -> None:
        """The gate under the cursor, with a reason."""
        plan, ref = self.model.plan, self.list.ref
        if plan is None or ref not in {gate.id for gate in plan.gates} | set(self.model.overrides):
            self.host.say("Choose what stands in the way (a STOP line) first.", "warning")
            return
        if plan.options.reason(ref):
            self.model.overrides.pop(ref, None)
            self.action_plan()
            return

        def let_through(reason: str) -> None:
            self.model.overrides[ref] = reason
            self.action_plan()

        self.host.ask("reason: ", f"why {ref} is let through; it is kept with the revision", let_through)

    # Leaving

    def _plan(self) -> Plan | None:
        """The send as it was worked out; where it was not, that is said."""
        if self.model.plan is None:
            self.host.say(f"{key('plan')} works the send out first.", "warning")
        return self.model.plan

    def _send(self, title: str, call: Any) -> None:
        """Sends in a thread, message by message."""
        model = self.model
        model.sent_words = ""

        def heard(message_id: str, state: str, detail: str) -> None:
            model.progress[message_id] = (state, detail)
            sent = sum(state == "sent" for state, _ in model.progress.values())
            job.progress = f"sent {sent} of {len(model.progress)}"
            self.host.job_progress(job)

        def done(result: tuple[bool, str]) -> None:
            everything, words = result
            model.sent_words, model.sent_key = words, model.key
            if everything:
                model.plan, model.overrides, model.policy = None, {}, ""
            self.host.say(words, "information" if everything else "error")
            self.host.reread_views()

        job = self.host.job(title, lambda job: call(heard, job.enough), done, group="send", lasting=True)
        job.steps = "message"

    def action_send(self) -> None:
        """Asks on a page that shows everything that leaves; where a send was cut off, what of it waits."""
        if self.model.read is not None and self.model.read.outbox is not None:
            self._resume()
            return
        plan, model, directory = self._plan(), self.model, self.host.directory
        if plan is None or not self.host.may_send():
            return
        if plan.blocking():
            self.host.say("Something stands in the way; the STOP lines say what, and how to go on.", "warning")
            return

        def go() -> None:
            model.progress = {one.message_id: ("pending", "") for one in plan.outgoing}
            model.leaving = plan
            self._send(f"sending v{plan.revision}", lambda *told: work.sending.start_send(directory, plan, *told))

        self.confirm(f"Send v{plan.revision}, {many(len(plan.outgoing), 'message')}, as shown?", page_rows(plan),
                     "confirm-send", "send", go, page_rows(plan, reasons=True))  # fmt: skip

    def action_again(self) -> None:
        """A message of unknown fate once more."""
        if ref := self._unknown():
            self._resume(again=(ref,))

    def action_arrived(self) -> None:
        """A message of unknown fate has arrived."""
        if ref := self._unknown():
            self._resume(arrived=(ref,))

    def _unknown(self) -> str:
        """The message of unknown fate under the cursor, or the only one there is; "" for none, which is said."""
        outbox = (self.model.read.outbox if self.model.read else None) or {}
        unknown = [one for one, (state, _) in outbox.items() if state == "unknown"]
        ref = str(self.list.ref)
        if ref in unknown or len(unknown) == 1:
            return ref if ref in unknown else unknown[0]
        self.host.say("Choose a message marked UNKNOWN; the others are not sent twice.", "warning")
        return ""

    def _resume(self, again: tuple[str, ...] = (), arrived: tuple[str, ...] = ()) -> None:
        read, directory = self.model.read, self.host.directory
        if read is None or read.outbox is None:
            self.host.say("No send of this series was cut off.", "warning")
            return
        if not self.host.may_send():
            return
        fates = {read.outbox.get(queued.message_id, ("pending", ""))[0] for queued in read.queue}
        if "unknown" in fates and not fates & {"pending", "refused"} and not (again or arrived):
            how = f"look whether it arrived, then {key('arrived')} or {key('again')}"
            self.host.say(f"Nothing waits: choose the UNKNOWN message, {how}.", "warning")
            return
        change_id, model = read.series.change_id, self.model

        def go() -> None:
            model.progress = dict(read.outbox or {})
            self._send("resuming", lambda *told: work.sending.resume_send(directory, change_id, again, arrived, *told))

        chosen = next(iter((*again, *arrived)), "")
        rows = [*([Row(f"Message-ID: <{chosen}>", "strong"), Row("")] if chosen else []), *send_rows(self.model)]
        title = "Send it once more?" if again else "Has this message arrived?" if arrived else "Go on with this send?"
        self.confirm(title, rows, "confirm-send", "it arrived" if arrived else "send the rest", go)

    def action_answers(self) -> None:
        """Which mail the next version answers."""
        series, directory = self.model.series, self.host.directory
        words = "the Message-ID or lore URL of the mail that the next version answers (none: a thread of its own)"
        self.host.ask("answers: ", words, lambda text: self.change(
            "what it answers", lambda: work.changing.answers(directory, series, text)), series.answers)  # fmt: skip

    def action_preview(self) -> None:
        """To colleagues only, after the page."""
        plan, directory = self._plan(), self.host.directory
        if plan is None or not self.host.may_send():
            return
        if held := holds_preview(plan):
            self.host.say(f"This holds a preview back, too: {', '.join(gate.id for gate in held)}.", "warning")
            return

        def named(text: str) -> None:
            people = work.sending.colleagues(text)
            who = ", ".join(map(str, people))
            rows = [Row(f"All messages go to {who} only, each marked PREVIEW.", "head"), Row(""), *page_rows(plan)]
            self.confirm("Send a preview?", rows, "confirm-send", "send the preview", lambda: go(people))

        def go(people: Sequence[Address]) -> None:
            def done(words: str) -> None:
                self.host.say(words)
                self.host.reread_views()

            self.host.job("sending a preview", lambda job: work.sending.preview(directory, plan, people), done,
                          group="send", lasting=True)  # fmt: skip

        self.host.ask("to: ", "the addresses of colleagues, by commas; nobody else gets it", named)

    def action_save(self) -> None:
        """The mails into a folder, to look at or to send another way."""
        plan, directory = self._plan(), self.host.directory
        if plan is None:
            return

        def named(text: str) -> None:
            self.host.job("saving the mails", lambda job: work.sending.save(directory, plan, text), self.host.say,
                          group="save", lasting=True)  # fmt: skip

        self.host.ask("folder: ", "a new folder for the mails as they would leave, recipients and all", named)

    def action_pull_request(self) -> None:
        """A pull request, on the terminal: a signature may ask there."""
        read = self.model.read
        if read is None or not self.host.may_send():
            return
        if not read.checked_out:
            self.host.say(f"Go to its branch first: {key('switch')} on the board.", "warning")
            return
        words = "the remote or URL that others pull it from (--push REMOTE pushes the tag there first)"
        self.host.ask("from: ", words, lambda text: talk(
            self.host, ["send", "--pull", *work.running.split_words(text)], wait=True))  # fmt: skip

    def action_reflect(self) -> None:
        """To oneself only, after the page."""
        plan, directory = self._plan(), self.host.directory
        if plan is None or not self.host.may_send():
            return
        rows = [Row("All messages go to yourself only; nothing is recorded.", "head"), Row(""), *page_rows(plan)]

        def go() -> None:
            self.host.job("sending to yourself", lambda job: work.sending.reflect(directory, plan), self.host.say,
                          group="send", lasting=True)  # fmt: skip

        self.confirm("Send it to yourself?", rows, "confirm-send", "send to me", go)
