"""A series: ten tabs that keep their place, over one model."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from patchflow.domain.profile import Profile
from patchflow.flow.review.signatures import is_signed
from patchflow.tui import work
from patchflow.tui.actions import LISTS, SERIES, TABS, key
from patchflow.tui.bindings import bindings
from patchflow.tui.models.board import window_words
from patchflow.tui.models.read import Read
from patchflow.tui.models.series import SeriesModel
from patchflow.tui.models.trailers import respin_rows, trailer_rows
from patchflow.tui.screens.base import TEXTUAL
from patchflow.tui.screens.output import TextScreen
from patchflow.tui.screens.panes import Panes
from patchflow.tui.screens.reply import ReplyScreen
from patchflow.tui.screens.tabs import Tab, all_tabs
from patchflow.tui.screens.tabs.patches import PatchesTab
from patchflow.tui.widgets.bars import Tabs
from patchflow.tui.widgets.lines import Lines
from patchflow.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from patchflow.domain.patch import Patch
    from patchflow.flow.check.judge import Report
    from patchflow.flow.review.signatures import Attested
    from patchflow.flow.series.respin import ChangeLine
    from patchflow.flow.series.trailer_choice import TrailerPlan
    from patchflow.tui.jobs import Job


class SeriesScreen(Panes, inherit_bindings=False):
    """One series."""

    BINDINGS = [*bindings(SERIES, LISTS), *TEXTUAL]  # noqa: RUF012 - as Textual declares it

    def __init__(self, branch: str, tab: str = "patches") -> None:
        super().__init__()
        self.model = SeriesModel(branch)
        self.tabs: dict[str, Tab] = all_tabs(self)
        self.current = tab
        self._later: Callable[[], None] | None = None

    @property
    def tab(self) -> Tab:
        """The chosen tab."""
        return self.tabs[self.current]

    @property
    def panel(self) -> Panel:  # type: ignore[override]
        """The chosen tab's."""
        return self.tab

    @property
    def patches_tab(self) -> PatchesTab:
        """The tab of the patches."""
        tab = self.tabs["patches"]
        assert isinstance(tab, PatchesTab)
        return tab

    def places(self) -> tuple[str, ...]:
        """The tab's keys, the series' and the list's."""
        return (self.current, SERIES, LISTS)

    def idle(self) -> Collection[str]:
        """As the tab has it."""
        return self.tab.idle()

    def profile(self) -> Profile | None:
        """The series' profile, for the window."""
        return self.model.read.profile if self.model.read else None

    def title_words(self) -> tuple[str, str]:
        """The series, its revision and state; the window."""
        read = self.model.read
        if read is None:
            return f"patchflow · {self.model.branch}", ""
        mark = "*" if read.checked_out else ""
        state = read.standing.state
        shown = state if read.is_known else "…"
        title = f"patchflow · {read.series.name}{mark} v{read.series.number_in(state)} · {shown}"
        return title, window_words(read.window)

    def next_words(self) -> str:
        """The one next thing."""
        return f"next: {self.model.next_step()}"

    def above(self) -> ComposeResult:
        """The tabs' names."""
        yield Tabs()

    def body(self) -> Widget:
        """One panel a tab."""
        return ContentSwitcher(*self.tabs.values(), initial=self.current)

    def on_resize(self, event: events.Resize) -> None:
        """A part may have come that was not filled."""
        super().on_resize(event)
        self.call_after_refresh(self.tab.show_detail)

    def refresh_bars(self) -> None:
        """The tabs' notes too."""
        super().refresh_bars()
        if self.is_mounted and self.query("#tabs"):
            self.query_one(Tabs).show_tabs(self.model.tabs(), TABS.index(self.current))

    # Reading

    def on_mount(self) -> None:
        """Read in a thread."""
        super().on_mount()
        self.model.tries = self.host.tries.setdefault(self.model.branch, self.model.tries)
        self.tab.fill()
        self.set_focus(self.tab.main())
        if self.host.poll:
            self.set_interval(60, self.refill)  # what is shown gets older
        self.reread()

    def reread(self) -> None:
        """Reads the series anew."""
        directory, branch, texts = self.host.directory, self.model.branch, self.patches_tab.texts
        report, tip = self.model.report, self.model.read.series.tip if self.model.read else ""

        def read(job: Job) -> Read:
            def first(read: Read) -> None:
                patches, known = read.series.patches, report if read.series.tip == tip else None
                texts.prepare(patches[:1], known)
                job.offer((read, work.reading.seen(directory)))
                texts.prepare(patches, known)

            return work.reading.read_series(directory, branch, first)

        self.host.job("series", read, self.take, group="series", quiet=True, early=self.take_first)

    def take_first(self, found: tuple[Read, frozenset[str]]) -> None:
        """What was read before the mail; shown only where nothing stands yet, so that nothing flickers."""
        read, seen = found
        self.model.seen |= seen
        if self.model.read is None:
            self.model.take(read)
            self.refill()

    def take(self, read: Read) -> None:
        """Shows the series with its mail, and begins what the tab in front needs."""
        self.model.take(read)
        self.model.note_unread()
        self.refill()
        self.tab.prepare()
        self.check_if_new()
        self.judge_signatures()

    def judge_signatures(self) -> None:
        """What the signatures of the mails are worth, in a thread."""
        directory = self.host.directory
        messages = [one for one in self.model.messages.values() if is_signed(one, dns=True)]
        if not messages:
            return

        def done(found: Attested) -> None:
            if found != self.model.attested:
                self.model.attested = found
                self.tab.fill()

        self.host.job("", lambda job: work.reading.attested(directory, messages), done, group="signatures", quiet=True)

    def check_if_new(self) -> None:
        """The checks run by themselves for what was not checked yet."""
        if self.model.report is None and self.model.patches:
            self.run_checks()

    def run_checks(self) -> None:
        """Every check, in a thread."""
        now, series, texts = self.model.key, self.model.series, self.patches_tab.texts

        def checked(job: Job) -> Report:
            report = work.running.check(directory, series, job)
            texts.prepare(series.patches, report)
            return report

        def done(report: object) -> None:
            if now == self.model.key:
                self.model.report = report  # type: ignore[assignment]
                self.model.report_key = now
                self.model.note_time("checks")
                self.refill()

        directory = self.host.directory
        self.host.job("checking", checked, done, group="check")

    def fill(self) -> None:
        """The chosen tab."""
        self.tab.fill()

    def refill(self) -> None:
        """The chosen tab and the bars anew; the others are filled when they are gone to."""
        self.tab.fill()
        self.refresh_bars()

    def job_progress(self, job: Job) -> None:
        """The tab that shows this work shows how far it is."""
        if (job.group, self.current) in (("check", "checks"), ("send", "send"), ("try", "try")):
            self.tab.fill()

    def job_failed(self, job: Job, words: str) -> None:
        """Why nothing stands on the page that waited for it."""
        if job.group == "recipients":
            self.model.recipients_problem = words
        elif job.group == "plan":
            self.model.plan_problem = words
        self.tab.fill()

    # What several tabs do

    def reply_to(self, ids: list[str]) -> None:
        """Opens the draft that answers these comments or this message."""
        directory = self.host.directory
        self.host.job("drafting", lambda job: work.replying.draft_for(directory, ids),
                      lambda kept: self.app.push_screen(ReplyScreen(kept)), group="draft")  # fmt: skip

    def amend_patch(self, subject: str) -> None:
        """Goes to the patch of that title and asks to put the uncommitted changes into it."""
        title = subject.rpartition("] ")[2]
        patch = next((one for one in self.model.patches if one.subject == title), None)
        if patch is None:
            self.host.say("No patch here has that title any more.", "warning")
            return
        self.go("patches")
        self.catch_up()
        self.tab.list.move_to_ref(patch.commit)
        self.patches_tab.action_amend()

    def reword(self, patch: Patch) -> None:
        """A patch's message in the editor."""
        self.patches_tab.reword(patch)

    def edit_cover(self) -> None:
        """The cover letter in the editor; the terminal is the editor's meanwhile."""
        self.host.say(self.host.on_terminal(lambda: work.changing.edit_cover(self.host.directory, self.model.branch)))
        self.host.reread_views()

    def apply_trailers(self) -> None:
        """Shows what reviewers gave, and writes what is ticked into the commits after a page that asks."""
        directory, series = self.host.directory, self.model.series

        def show(plan: TrailerPlan) -> None:
            ticked = {one.number for one in plan.taken}
            if not plan.offered:
                rows = trailer_rows(series, plan, ticked)
                self.app.push_screen(TextScreen("trailers: nothing new to apply", rows))
                return
            self.tab.choose("write these trailers into the commits", lambda ticks: trailer_rows(series, plan, ticks),
                            ticked, ("confirm", "apply"), lambda ticks: self.tab.change(f"trailers of {series.name}",
                            lambda: work.changing.apply_trailers(directory, series, plan.chosen(ticks))))  # fmt: skip

        self.host.job(
            "collecting trailers", lambda job: work.reading.trailers(directory, series), show, group="trailers"
        )

    def respin(self) -> None:
        """Opens the next revision after a page that shows what will be in it."""
        directory, series = self.host.directory, self.model.series
        comments = self.model.read.comments if self.model.read else ()

        def show(found: tuple[TrailerPlan, ChangeLine]) -> None:
            plan, form = found
            self.tab.choose(
                f"open v{series.next_revision}",
                lambda ticks: respin_rows(series, comments, plan, ticks, form),
                {one.number for one in plan.taken},
                ("confirm", "respin"),
                lambda ticks: self.tab.change(
                    "respin", lambda: work.changing.respin(directory, series, plan.chosen(ticks))
                ),
            )

        self.host.job(
            "collecting trailers", lambda job: work.reading.next_revision(directory, series), show, group="trailers"
        )

    def action_link(self) -> None:
        """What the chosen row is about, in the list's archive."""
        if self.model.read:
            id = self.tab.link_id()
            self.host.open_link(work.reading.link(self.model.read.profile, id) if id else "")

    # Tabs and panes

    def go(self, tab: str) -> None:
        """To another tab; each keeps its place. The tabs' names say so at once, the page comes right after."""
        self.current = tab
        self.tab.forget()
        self.refresh_bars()
        self._soon(self.query_one(Tabs), self._turn)

    def _turn(self) -> None:
        self.query_one(ContentSwitcher).current = self.tab.id
        self.tab.lay_out()
        self.tab.fill()
        self.tab.prepare()
        self.set_focus(self.tab.main())
        self.refresh_keys()

    def _soon(self, changed: Widget, call: Callable[[], None]) -> None:
        """Calls once a changed widget is on the screen; a key that comes sooner finds it done."""
        self._later = call
        changed.call_after_refresh(self.catch_up)  # the widget's own call: the screen may not know yet that it changed

    def catch_up(self) -> None:
        """Does what was left for after the first change."""
        if self._later and self.is_attached:
            call, self._later = self._later, None
            call()

    def on_tabs_clicked(self, message: Tabs.Clicked) -> None:
        """A click on a tab."""
        self.go(TABS[message.number])

    def before_key(self) -> None:
        """A key finds what an earlier one left for later done."""
        self.catch_up()

    def action_go(self, tab: str) -> None:
        """To a tab."""
        self.go(tab)

    def action_next_tab(self) -> None:
        """The next tab."""
        self.go(TABS[(TABS.index(self.current) + 1) % len(TABS)])

    def action_previous_tab(self) -> None:
        """The tab before."""
        self.go(TABS[(TABS.index(self.current) - 1) % len(TABS)])

    def share(self, step: int) -> None:
        """The same in each tab."""
        for tab in self.tabs.values():
            tab.set_share(step)

    def edit_file(self, place: tuple[str, int] | None) -> None:
        """A file of the work tree in the editor, at a line."""
        if place is None:
            self.host.say("This line belongs to no file.", "warning")
        elif self.model.read and not self.model.read.checked_out:
            self.host.say(
                f"The work tree is on another branch; {key('switch')} on the board goes to this one.", "warning"
            )
        else:
            directory = self.host.directory
            self.host.on_terminal(lambda: work.changing.open_file(directory, *place))
            self.host.reread_views()

    def keep(self) -> None:
        """A new order that was not written goes with the view."""
        if self.model.order:
            self.host.say("The new order was not written: the patches stand as before.", "warning")

    def escape(self) -> None:
        """Forgets a new order, else back to the list, else out."""
        if self.model.order:
            self.model.order = ()
            self.tab.fill()
        else:
            super().escape()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """The detail follows the list, and what stands beside it; the line of keys follows all."""
        if message.lines is self.tab.aside and (ref := message.lines.ref) is not None:
            self.tab.detail.move_to_ref(ref)
        if self._later is None and message.lines in (self.tab.list, self.tab.detail):
            in_list = message.lines is self.tab.list
            self._soon(message.lines, self._follow if in_list else self.refresh_keys)

    def _follow(self) -> None:
        self.tab.show_detail()
        self.refresh_keys()
