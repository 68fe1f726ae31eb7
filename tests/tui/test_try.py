"""The Try page: its model by itself, and the app on a clone whose headers are a stand-in."""

from __future__ import annotations

import os
import pickle
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from patchflow.errors import MissingError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.look_ahead import Outlook, outlook
from patchflow.tui.app import PatchflowApp
from patchflow.tui.jobs import Job
from patchflow.tui.models.patches import place_of
from patchflow.tui.models.rows import Row, clean
from patchflow.tui.models.try_ import OUTPUT, TraceSummary, TryModel, try_detail, try_rows
from patchflow.tui.screens.help import HelpScreen
from patchflow.tui.screens.series import SeriesScreen
from patchflow.tui.widgets.lines import Lines
from tests.cli.test_try_boot_stand_in import programs, tree
from tests.cli.test_try_build_stand_in import branch, headers, left
from tests.cli.test_try_tests import guests, says
from tests.conftest import commit, run_patchflow
from tests.tui import shown
from tests.tui.terminal import Terminal

__all__ = ["branch", "guests", "headers", "programs", "tree"]
MISSING = (("boot", "qemu-system-x86_64 is not installed. `apt install …`"),)
LOOK = Outlook(shown.HEADERS, shown.PLAN, "", MISSING, shown.TESTS)


def texts(rows: list[Row]) -> str:
    return "\n".join(row.text for row in rows)


def model(what: str = "") -> TryModel:
    """The page after a try."""
    made = TryModel(outlook=LOOK)
    if what:
        made.begin(what, shown.SERIES.tip)
        made.end(shown.tried(what, made.hear))
    return made


def detail(made: TryModel, words: str) -> list[Row]:
    """What the row with these words shows."""
    ref = next(row.ref for row in try_rows(made, shown.read()) if words in row.text)
    return try_detail(made, shown.read(), ref)


def test_before_anything_was_tried() -> None:
    """Evidence, modules, files that cannot be built, and what is missing, each at length beside it."""
    rows = texts(try_rows(model(), shown.read()))
    assert "holds  built patch by patch" in rows and "vsock.ko vsock_diag.ko" in rows
    assert "no boot: qemu-system-x86_64 is not installed" in rows
    assert "does not see it" in texts(detail(model(), "not built: include/net"))
    assert "apt install" in texts(detail(model(), "no boot"))
    assert f"{shown.FOLDER}/vsock_diag.ko" in texts(detail(model(), "vsock_diag"))
    assert "It holds." in texts(detail(model(), "patch by patch"))
    fetched = replace(LOOK, fetched="linux-headers-7.1.0-amd64")
    assert "into the cache first" in texts(try_rows(TryModel(outlook=fetched), shown.read()))
    untried = replace(shown.read(), tried=())
    assert "nothing yet: B builds it" in texts(try_rows(model(), untried))
    empty = replace(shown.read(), series=replace(shown.SERIES, patches=()))
    assert "no patches yet" in texts(try_rows(model(), empty))
    assert "reading" in texts(try_rows(model(), None))


def test_a_build_is_told_patch_by_patch() -> None:
    made = model("build")
    rows = try_rows(made, shown.read())
    assert not made.holds and "does not hold" in made.verdict()
    steps = [row for row in rows if isinstance(row.ref, tuple) and row.ref[0] == "build"]
    assert [row.kind for row in steps] == ["error", "warning", "error"]
    assert "builds, with 1 new warning" in steps[1].text and "does not build" in steps[2].text
    shown_rows = detail(made, "2/2 vsock: refuse")
    assert "has no member named" in texts(shown_rows)
    assert place_of(shown_rows[-1].ref) == ("net/vmw_vsock/vsock_addr.c", 33)
    assert "1 of 2" in texts(detail(made, "build: 2 of 2")) or "2 of 2" in texts(detail(made, "build: 2 of 2"))


def test_a_boot_shows_the_console_around_the_fault() -> None:
    made = model("boot")
    around = detail(made, "Oops: kernel NULL pointer")
    assert [row.kind for row in around].count("error") == 2 and "Call Trace" in texts(around)
    assert "in vsock_loopback_send_pkt" in around[0].text
    assert "never ended" in texts(detail(made, "boot: Linux"))


def test_the_tests_that_belong_to_it_and_how_they_ended() -> None:
    """A new failure stands apart from an old one and from what the series fixes, each beside the base's result."""
    made = model()
    rows = texts(try_rows(made, shown.read()))
    assert "tests that belong to it\n  the vsock exchange\n  vsock's own suite" in rows and "KUnit CONFIG_VSOCK" in rows
    why = texts(detail(made, "KUnit CONFIG_VSOCK"))
    assert "net/vmw_vsock/Makefile" in why and "CONFIG_VSOCK_KUNIT_TEST=y" in why and "The key T runs it alone" in why
    assert "none that is known" in texts(try_rows(TryModel(outlook=replace(LOOK, tests=())), shown.read()))
    made = model("test")
    assert not made.holds and made.outcomes() == [False] and made.result() == ("tested", (-1, ""))
    kinds = {row.text.strip(): row.kind for row in try_rows(made, shown.read())}
    assert kinds["tests: new failures: 1"] == "error"
    assert kinds["fails newly: vsock:vsock_test.SOCK_STREAM bind only"] == "error"
    assert kinds["fails as on the base: vsock:vsock_test.SOCK_SEQPACKET big message"] == "warning"
    assert kinds["fails on the base, passes now: vsock:vsock_test.SOCK_STREAM MSG_PEEK"] == "good"
    assert "fails newly: vsock:vsock_test.SOCK_STREAM bind only (bind: refused)" in texts(detail(made, "tests: new"))
    beside = texts(detail(made, "(2 passed"))
    assert "pass  fail    vsock:vsock_test.SOCK_STREAM bind only" in beside and "fail  pass" in beside
    assert texts(detail(made, "passes now")).split("\n")[4:] == ["pass", "", "with the base", "fail", "peeked nothing"]


def test_a_trace_by_device_and_what_is_wrong_with_it() -> None:
    made = model("trace")
    assert "raised and never acknowledged" in texts(try_rows(made, shown.read()))
    device = texts(detail(made, "queue notifications"))
    assert "median" in device and "###" in device and "interrupt acknowledged (pin 23)" in device
    assert "raised" in texts(detail(made, "wrong:"))
    assert "timeline of every device" in texts(detail(made, "trace: log"))
    assert pickle.loads(pickle.dumps(shown.traced())) == shown.traced()
    assert isinstance(made.traced, TraceSummary) and not made.traced.holds


def test_output_keeps_the_newest_lines_and_shows_no_control_character() -> None:
    made = TryModel()
    made.begin("build", "")
    made.hear([("line", f"row {n} \x1b]0;title\x07") for n in range(5000)])
    made.hear([("note", "fetching")])
    rows = try_detail(made, shown.read(), OUTPUT)
    assert rows[0].text == "… 3001 earlier lines" and rows[1].text.startswith("row 3001")
    assert made.said == "fetching" and "output of the build: 5001 lines" in texts(try_rows(made, shown.read()))
    assert all("\x1b" not in clean(row.text) for row in rows)


def test_running_stopped_and_in_trouble() -> None:
    made = TryModel()
    made.begin("boot", "1" * 40)
    made.job = Job("x", "try", print, lambda one: None, lambda one, value: None)
    assert made.running and "booting: starting; Esc stops it" in texts(try_rows(made, shown.read()))
    made.job.stop()
    assert not made.running and "stopping" in texts(try_rows(made, shown.read()))
    made.cleared = True
    assert "no process and no folder of it is left" in texts(try_rows(made, shown.read()))
    made.job = None
    made.end(MissingError("QEMU is not installed.", "`apt install qemu-system-x86` installs it."))
    assert not made.holds and "QEMU is not installed. `apt" in texts(try_rows(made, shown.read()))
    assert "apt install" in texts(try_detail(made, shown.read(), made.result()))


def test_an_outcome_of_earlier_commits_says_so() -> None:
    made = model("build")
    now = replace(shown.read(), series=replace(shown.SERIES, tip="9" * 40))
    assert "of earlier commits" in texts(try_rows(made, now))


def test_what_a_full_tree_builds_and_what_was_not_run() -> None:
    made = model("build")
    assert made.build is not None
    made.build = replace(made.build, not_run=("sparse: it is not installed",))
    made.outlook = replace(LOOK, plan=replace(shown.PLAN, objects=("net/core/sock.o",)))
    rows = texts(try_rows(made, shown.read()))
    assert "not run: sparse" in rows and "built into the kernel: net/core/sock.o" in rows


# Looking ahead


def test_a_look_ahead_says_what_is_missing(branch: Path, headers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One paragraph for the build, one for the boot; nothing is raised."""
    commit(branch, "one", "int one;\n")
    here = Clone(str(branch))
    series = here.store.load()
    found = outlook(here, series, str(headers))
    assert found.plan is not None and [one.path for one in found.plan.modules] == ["net/vmw_vsock/vsock.ko"]
    (headers / ".kernelvariables").write_text("override CROSS_COMPILE = nowhere-\nCC = $(CROSS_COMPILE)gcc-99\n")
    monkeypatch.setattr("patchflow.adapters.qemu.machine._PROGRAM", "qemu-that-is-not-there")
    missing = dict(outlook(here, series, str(headers)).missing)
    assert "nowhere-gcc-99 is not installed" in missing["build"] and "apt install" in missing["boot"]
    assert "holds no kernel headers" in dict(outlook(here, series, str(branch.parent)).missing)["build"]


def test_a_look_ahead_fetches_nothing(branch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers that Debian has are named, and the modules guessed by the Makefiles alone."""
    package = "linux-headers-7.3.0+deb99-amd64"
    monkeypatch.setattr("patchflow.adapters.build.debian.names", lambda prefix: [package])
    monkeypatch.setattr("patchflow.adapters.build.headers._architecture", lambda: "amd64")
    monkeypatch.setattr("patchflow.adapters.build.debian._fetch", lambda *words: pytest.fail("it fetches"))
    commit(branch, "one", "int one;\n", "net/vmw_vsock/no.c")
    here = Clone(str(branch))
    found = outlook(here, here.store.load())
    assert found.fetched == package and found.against == package and found.plan is not None
    assert "no" in {one.name for one in found.plan.modules}


# The app


async def until(pilot: Pilot[int], words: str, where: str = "list", seconds: float = 60.0) -> SeriesScreen:
    """Waits until the words stand in a part of the Try page."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await pilot.pause(0.05)
        screen = pilot.app.screen
        if isinstance(screen, SeriesScreen) and words in getattr(screen.tab, where).text():
            return screen
    assert isinstance(pilot.app.screen, SeriesScreen)
    panel = pilot.app.screen.tab
    raise AssertionError(f"{words!r} never came:\n{panel.list.text()}\n---\n{panel.detail.text()}")


async def open_page(pilot: Pilot[int], headers: Path, words: str = "against linux-headers-7.3.0-test") -> SeriesScreen:
    """The Try page of the only series, against the stand-in's headers, once it says so."""
    await pilot.pause(0.2)
    for _ in range(200):
        await pilot.press("enter")
        if isinstance(pilot.app.screen, SeriesScreen):
            break
        await pilot.pause(0.05)
    await pilot.press("9", "a")
    await pilot.press(*str(headers), "enter")
    return await until(pilot, words)


def processes(folder: Path) -> list[str]:
    """The command lines of processes that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue  # it ended while we looked
        if str(folder).encode() in command and path.parent.name != str(os.getpid()):
            found.append(command.replace(b"\0", b" ").decode())
    return found


@pytest.mark.long
async def test_a_build_from_the_page(branch: Path, headers: Path, sealed: Path) -> None:
    """Output arrives while it runs; then the new warning and the broken patch stand by patch, and stay with the tip."""
    commit(branch, "one", "/* WARN */\n")
    commit(branch, "two", "/* BROKEN */\n")
    app = PatchflowApp(str(branch), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await open_page(pilot, headers)
        assert "net/vmw_vsock: vsock.ko" in page.tab.list.text()
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        names = app.screen.query_one(Lines).text()
        assert "build what the patches touch" in names and "QEMU's tracing" in names
        await pilot.press("q")
        assert {"build", "boot", "trace", "against"} <= {one.title.split()[0] for one in app.get_system_commands(page)}
        await pilot.press("B")
        await until(pilot, "2/2 vsock: two: does not build")
        await until(pilot, "FAILS  built patch by patch")
        text = page.tab.list.text()
        assert "1/2 vsock: one: builds, with 1 new warning" in text and "2 of 2 patches do not hold" in text
        await pilot.press("j", "j")
        assert "it is broken" in page.tab.detail.text()
        await pilot.press("q", "enter", "9")
        await until(pilot, "2/2 vsock: two: does not build")  # the outcome is kept while the app runs
    assert left(sealed) == []


@pytest.mark.long
async def test_the_tests_of_the_tree_from_the_page(branch: Path, tree: Path, guests: Path, sealed: Path) -> None:
    """The one under the cursor alone, then all: what fails newly, and the evidence that names what ran."""
    app = PatchflowApp(str(branch), poll=False)
    async with app.run_test(size=(110, 30)) as pilot:
        page = await open_page(pilot, tree, "against the full tree")
        await until(pilot, "vsock's own suite")
        says(guests, 1, ("exchange:exchange", "", 0))
        says(guests, 2, ("exchange:exchange", "", 0))
        page.tab.list.move_to_ref(("wanted", 0))
        await pilot.press("T")
        await until(pilot, "tests: nothing fails that does not fail on the base")
        assert "the vsock exchange on Linux 7.3.0-test" in page.tab.list.text()
        for turn, result in ((1, "ok"), (2, "failed")):
            (guests / f"ran{turn}").unlink()
            says(guests, turn, ("exchange:exchange", "", 0), ("vsock:vsock_test", f"0 - a...{result}\n", 0))
        await pilot.press("T")
        await until(pilot, "fails newly: vsock:vsock_test.a")
        await until(pilot, "FAILS  ran the vsock exchange")
    assert left(sealed) == []


@pytest.mark.long
async def test_a_kernel_is_named_instead_of_a_folder(branch: Path, headers: Path, sealed: Path) -> None:
    """The series is carried to it; here nobody has that one, which is said like any other reason."""
    commit(branch, "one", "int one;\n")
    app = PatchflowApp(str(branch), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_page(pilot, headers)
        await pilot.press("a", *["backspace"] * len(str(headers)), *"3.2.99", "enter")
        await until(pilot, "against 3.2.99, to which the series is carried first")
        await pilot.press("B")
        await until(pilot, "There are no kernel headers of Linux 3.2.99", "detail")
    assert left(sealed) == []


@pytest.mark.long
async def test_a_stop_leaves_nothing_behind(branch: Path, headers: Path, sealed: Path) -> None:
    commit(branch, "one", "int one;\n")
    commit(branch, "two", "/* HANG */\n")
    app = PatchflowApp(str(branch), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await open_page(pilot, headers)
        await pilot.press("B")
        await until(pilot, "CC [M]", "detail")
        assert page.model.tries.running
        await until(pilot, "1/2 vsock: one: builds", "detail")
        assert "Esc stops it" in page.tab.list.text()
        await pilot.press("Q")  # one at a time
        assert page.model.tries.what == "build"
        before = time.monotonic()
        await pilot.press("escape")
        await until(pilot, "no process and no folder of it is left")
        assert time.monotonic() - before < 30
        assert left(sealed) == [] and processes(sealed) == []
        await pilot.press("escape")
        assert page is not app.screen


@pytest.mark.long
async def test_what_is_missing_stands_on_the_page(branch: Path, headers: Path) -> None:
    commit(branch, "one", "int one;\n")
    app = PatchflowApp(str(branch), poll=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_page(pilot, headers)
        (headers / ".kernelvariables").write_text("override CROSS_COMPILE = nowhere-\nCC = $(CROSS_COMPILE)gcc-99\n")
        await pilot.press("B")
        page = await until(pilot, "did not get through: There is no compiler")
        assert "apt install build-essential gcc-99" in page.tab.detail.text()


@pytest.mark.long
@pytest.mark.parametrize("how", ["q", "HUP", "KILL"])
def test_the_end_of_the_app_ends_what_it_tries(branch: Path, headers: Path, sealed: Path, how: str) -> None:
    """Left, its terminal closed, or killed: no process and no folder stays."""
    commit(branch, "one", "/* HANG */\n")
    assert run_patchflow("-C", str(branch), "trust").code == 0
    screen = Terminal(branch, dict(os.environ))
    screen.see("demo")
    screen.press("enter")
    screen.see("1 Patch")
    screen.press("9", "a")
    screen.see("headers or a tree")
    screen.press(str(headers), "enter")
    screen.see("linux-headers-7.3.0-test")
    screen.press("B")
    screen.see(r"CC \[M\]")
    screen.wait(1.0)
    assert len(left(sealed)) == 1
    if how == "q":
        screen.press("q", "q")
    else:
        os.kill(screen.pid, signal.Signals[f"SIG{how}"])
    screen.end()
    end = time.monotonic() + 20
    while time.monotonic() < end and (left(sealed) or processes(sealed)):
        time.sleep(0.1)
    assert left(sealed) == [] and processes(sealed) == []
