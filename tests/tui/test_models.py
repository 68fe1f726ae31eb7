"""The models, driven without Textual."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from patchflow.adapters.mail.index import MailIndex
from patchflow.domain import next_step
from patchflow.domain.comment import CommentState, Later, Said
from patchflow.domain.next_step import Command, NextStep
from patchflow.domain.recipient import Header, PatchRecipients
from patchflow.domain.window import WindowState
from patchflow.flow.check.judge import PatchReport, Report
from patchflow.formats.counted import ago
from patchflow.formats.mail.draft import unsigned
from patchflow.formats.safe import safe
from patchflow.tui.actions import ACTIONS, EVERYWHERE, LISTS, TABS, Keymap, Now
from patchflow.tui.models.board import Board, SeriesLine, window_words
from patchflow.tui.models.checks import Found, check_rows, explanation
from patchflow.tui.models.conversation import body_rows, conversation_rows, row_once_read
from patchflow.tui.models.patches import in_order, patch_rows, patch_text, place_of
from patchflow.tui.models.recipients import Person, reasons, recipient_rows
from patchflow.tui.models.revisions import pair, range_rows, revision_rows
from patchflow.tui.models.rows import Row, clean, difference, find, fit, matches, wrap
from patchflow.tui.models.sending import gate_rows, mail_rows, page_rows, send_rows
from patchflow.tui.models.series import SeriesModel
from patchflow.tui.models.steps import in_keys
from patchflow.tui.models.todo import comment_rows, todo_rows
from patchflow.tui.models.try_ import TryModel
from patchflow.tui.models.window import window_rows
from tests.tui import shown


def model() -> SeriesModel:
    made = SeriesModel("vsock-count")
    made.take(shown.read())
    made.report, made.report_key = shown.REPORT, made.key
    made.recipients, made.recipients_key = shown.GROUPS, made.key
    return made


def texts(rows: list[Row]) -> str:
    return "\n".join(row.text for row in rows)


def test_models_load_no_textual() -> None:
    code = (
        "import sys, patchflow.tui.work.reading, patchflow.tui.work.changing, patchflow.tui.work.running,"
        " patchflow.tui.work.sending, patchflow.tui.work.replying, patchflow.tui.models.board,"
        " patchflow.tui.models.sending,"
        " patchflow.tui.models.todo, patchflow.tui.models.conversation, patchflow.tui.models.window;"
        " sys.exit('textual' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_start_imports_nothing_of_the_work() -> None:
    """The board waits for no other screen, nor for what reads git; and none of those for what works behind them."""
    code = (
        "import sys, patchflow.tui.app; early = {*sys.modules}; import patchflow.tui.screens.series;"
        " print({'pygit2', 'patchflow.tui.screens.series', 'patchflow.tui.screens.mail'} & early,"
        " {'requests', 'liblore', 'patchflow.tui.work.reading'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set() set()\n"


@given(st.text())
def test_nothing_unsafe_passes(text: str) -> None:
    shown_text = clean(text)
    assert "\n" not in shown_text and "\t" not in shown_text
    assert safe(shown_text) == shown_text


_SCRIPTS = "aZ9 .-漢字仮名カナ한글ｆｕｌｌ🐧🚀é̀ёאب"
TEXTS = st.text(st.sampled_from(_SCRIPTS) | st.characters(categories=["L", "N", "Zs"]), max_size=300)


@given(TEXTS, st.integers(10, 120), st.booleans())
@example(text="a漢漢漢漢漢", width=10, code=False)
@example(text="ab漢漢漢漢漢漢漢", width=10, code=True)
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int, code: bool) -> None:
    lines = wrap(Row(text, code=code), width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(clean(text).split())


@given(TEXTS, st.integers(1, 60))
def test_what_is_fitted_is_as_wide_as_its_column(text: str, width: int) -> None:
    assert cell_len(fit(clean(text), width)) == width


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    names = ("vsock", "漢字漢字漢字", "漢字" * 30, "한글-🐧")
    board = Board(
        tuple(SeriesLine(name, name, state="ready", step=NextStep.of("x", "漢" * 99)) for name in names), reading=False
    )
    rows = board.rows("", 80)[1:]
    assert {cell_len(row.text.partition("v1 ")[0]) for row in rows} == {cell_len(rows[0].text.partition("v1 ")[0])}
    assert all(cell_len(row.text) <= 80 for row in rows)


def test_find_goes_around_the_end() -> None:
    assert find(["a", "needle", "b"], "NEEDLE", 1, 1) == 1
    assert find(["a", "needle", "b", "needle"], "needle", 1, -1) == 3
    assert find(["a"], "x", 0, 1) is None
    assert matches("vsock sent", "sent -draft") and not matches("vsock sent", "-sent")


def test_board_puts_the_current_branch_and_the_urgent_first() -> None:
    names = [line.name for line in shown.board().lines_with()]
    assert names[:2] == ["vsock-count", "vhost-iotlb"] and names[-1] == "virtio-doc"
    assert [line.name for line in shown.board().lines_with("ready")] == ["virtio-console-fix"]
    assert "No series with" in texts(shown.board().rows("nonsense"))
    assert "No series here yet" in texts(Board(reading=False).rows())
    assert "No series here but 2 put away: :archive --list" in texts(Board(reading=False, away=2).rows())
    first = texts(Board(reading=False, stranger=True, window=replace(shown.WINDOW, state=WindowState.UNKNOWN)).rows())
    assert ":setup asks" in first and "w  says why it is unknown whether net-next is open" in first
    broken = Board((SeriesLine("x", "x", problem="its base is gone"),), reading=False)
    assert "its base is gone" in texts(broken.rows())


def test_what_was_read_stays_while_it_is_read_again() -> None:
    """Where mail decides whether v1 or v2 is spoken of, neither is named before it was read."""
    old = SeriesLine("x", "x", 1, "changes asked", 2, sent=1)
    again = SeriesLine("x", "x", 1, "…", 2, reading=True, sent=1)
    assert Board((again,)).after(Board((old,)), ()).lines == (old,)
    assert Board((again,)).after(Board((replace(old, sent=0),)), ()).lines == (again,), "v1 went out meanwhile"
    assert "v1" not in texts(Board((again,), reading=False).rows())


def test_window_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.tui.models.board._now", lambda: shown.NOW)
    assert window_words(shown.WINDOW) == "net-next closed, opens in 7 d"
    assert "v7.1 was released" in texts(window_rows(shown.WINDOW, shown.TAGS, shown.NOW))


def test_findings_stand_below_their_lines() -> None:
    rows = patch_text(shown.PATCHES[0], shown.REPORT.patches[0].findings)
    at = next(n for n, row in enumerate(rows) if "SPACING" in row.text)
    assert "atomic64_inc(" in rows[at - 1].text
    assert place_of(rows[at].ref) == ("net/vmw_vsock/vsock_loopback.c", 36)
    message = patch_text(shown.PATCHES[1], shown.REPORT.patches[1].findings)
    at = next(n for n, row in enumerate(message) if "fixes-exists" in row.text)
    assert "Fixes: d021" in message[at - 1].text


def test_order_is_only_a_wish_until_written() -> None:
    one = model()
    one.order = ("2" * 40, "1" * 40)
    assert [p.commit[0] for p in in_order(one)] == ["2", "1"]
    assert "not written" in texts(patch_rows(one))
    one.take(replace(shown.read(), series=replace(shown.SERIES, patches=shown.PATCHES[:1])))
    assert not one.order


def test_a_new_tip_forgets_what_was_worked_out() -> None:
    one = model()
    one.take(replace(shown.read(), series=replace(shown.SERIES, tip="9" * 40)))
    assert one.report is None and one.recipients is None


def test_checks_explain_their_rule() -> None:
    assert "the bots would fail it" in texts(check_rows(model())) or "would fail" in texts(check_rows(model()))
    assert "f fixes it" in texts(explanation(Found("2" * 40, shown.FIXES)))
    assert "checkpatch.rst" in texts(explanation(Found("1" * 40, shown.SPACING)))


def test_recipients_with_reasons() -> None:
    rows = recipient_rows(model())
    assert [row.text.split("  (")[0].strip() for row in rows] == [
        "C12  3 people and lists", "To •••  Stefano Garzarella <sgarzare@example.com>",
        "Cc •••  Marco Maintainer <marco@example.net>", "Cc •••  netdev@vger.kernel.org",
        "-  ···  Old Address <old@example.com>",
    ]  # fmt: skip
    person = next(row.ref for row in rows if isinstance(row.ref, Person))
    assert "because VM SOCKETS" in texts(reasons(model(), person))


def test_a_mark_stands_for_each_mail_that_somebody_gets() -> None:
    one, (maintainer, reviewer, netdev) = model(), shown.PEOPLE
    in_cc = replace(maintainer, header=Header.CC, because=("elsewhere",))
    one.recipients = (
        PatchRecipients("first", (maintainer, netdev)), PatchRecipients("second", (in_cc, reviewer, netdev)),
        PatchRecipients("cover", (maintainer, reviewer, netdev), notes=("mind the list",)),
    )  # fmt: skip
    words = texts(recipient_rows(one))
    assert "To ••c  Stefano" in words and "Cc •·•  Marco" in words and "Cc •••  netdev" in words
    assert "  cover: mind the list" in words
    why = texts(reasons(one, Person(maintainer.address)))
    assert "To of 1. first\nTo of the cover letter\n" in why and "Cc of 2. second\n" in why
    assert "Cc of every mail" in texts(reasons(one, Person(netdev.address)))
    one.recipients = (PatchRecipients("only", (maintainer,)), PatchRecipients("cover", (maintainer,)))
    assert "     1  1 person or list\n  To •  Stefano" in texts(recipient_rows(one)), "no cover letter"
    assert "To of every mail" in texts(reasons(one, Person(maintainer.address)))
    one.recipients = tuple(PatchRecipients(str(n), (netdev,) if n % 2 else ()) for n in range(41))
    assert "Cc    20  netdev" in texts(recipient_rows(one)), "so many that they are counted"


def test_conversation_marks_unread_and_folds_quotes() -> None:
    one = model()
    one.note_unread()
    assert one.unread == {"m-3@example.net", "m-4@example.net", "m-5@example.net"}
    assert texts(conversation_rows(one)).count("*") >= 3
    body = shown.MESSAGES[3].body
    assert "quoted lines (z shows them)" in texts(body_rows(body))
    assert "quoted lines" not in texts(body_rows(body, True))


def test_conversation_tells_versions_tags_and_times_and_folds() -> None:
    one = model()
    rows = conversation_rows(one)
    assert texts(rows).count("── v1 ─") == 1 and rows[0].kind == "head"
    rita = next(row for row in rows if "Rita Reviewer" in row.text)
    assert rita.text.endswith("  R-b") and re.match(r".\d\d Mar \d\d:\d\d ", rita.text)
    one.folded.add(shown.IDS[1])
    assert "Marco" not in next(row.text for row in conversation_rows(one) if row.ref == shown.IDS[1])
    folded = texts(conversation_rows(one))
    assert "[1 answer]" in folded and folded.count("Marco") == texts(rows).count("Marco") - 1
    one.mail_filter = "rita"
    only = conversation_rows(one)
    assert [row.ref for row in only if row.ref] == [rita.ref] and "asks for other words" in only[0].text


def test_what_is_quoted_bears_no_signature() -> None:
    rows = ["> On Monday Bo wrote:", "> > Text.", "> > -- ", "> > Bo", "> Answer.", ">", "> --", "> Rita", "Mine.",
            "-- ", "Marco"]  # fmt: skip
    assert unsigned(rows) == ["> On Monday Bo wrote:", "> > Text.", "> Answer.", ">", "Mine."]
    diff = ["@@ -1,2 +1,1 @@", "-- ", "+two", " three", "-- ", "2.39.5", ""]
    assert unsigned(diff) == diff[:4], "a removed line is no signature"


def test_todo_shows_the_code_of_now() -> None:
    one = model()
    assert "[ ] 21: Marco" in texts(todo_rows(one))
    rows = comment_rows(one, shown.COMMENTS[0])
    assert any(row.text.startswith("=>") and "pkt_count" in row.text for row in rows)
    now = next(n for n, row in enumerate(rows) if row.text.startswith("now, in "))
    assert rows[now + 1].text.strip() == "net/vmw_vsock/vsock_loopback.c", "the code begins with its file"
    done = shown.COMMENTS[0]._replace(state=CommentState.ADDRESSED, reason="renamed")
    one.take(replace(shown.read(), comments=(done,)))
    assert "z shows the 1" in texts(todo_rows(one))


def test_to_do_shows_what_was_said_since_and_by_whom() -> None:
    one = model()
    first, second = shown.COMMENTS
    said = (
        Said("a1", shown.ADA, None, "It counts packets.", by_author=True),
        Said("m9", shown.MARCO, None, "Then say so in the name."),
    )
    again = first._replace(exchange=said, asked_again=True)
    old = second._replace(later=Later(2, False, "p", "net/vmw_vsock/vsock_loopback.c", 30))
    robot = first._replace(id="b0", bot="kernel test robot", severity="warning", text="unused variable 'n'",
                           facts=(("config", "allmodconfig"),))  # fmt: skip
    one.take(replace(shown.read(), comments=(again, old, robot)))
    words = [row.text for row in todo_rows(one)]
    assert any("[!] 21: Marco asks again" in text and "Then say so in the name." in text for text in words)
    assert words.index("from bots: 1") < words.index("on older revisions: 1")
    assert any("kernel test robot warning: unused variable" in text for text in words)
    shown_rows = [row.text for row in comment_rows(one, again)]
    assert (
        "asks again" in shown_rows and "It counts packets." in shown_rows and "Then say so in the name." in shown_rows
    )
    assert "config: allmodconfig" in [row.text for row in comment_rows(one, robot)]
    assert any("still there in v2, at net/vmw_vsock" in row.text for row in comment_rows(one, old))


def test_revisions_compare_any_two() -> None:
    one = model()
    assert pair(one, "now") == ("v1", "now")
    assert pair(one, "v1") == ("v1", "now")
    assert "range-diff v1 .. now" in texts(range_rows(one, ("v1", "now"), shown.RANGE_DIFF))
    assert "v1" in texts(revision_rows(one))


def test_send_says_what_stands_in_the_way() -> None:
    one = model()
    one.plan = shown.plan()
    assert "STOP: net-next is closed" in texts(send_rows(one))
    assert "To go on" in texts(gate_rows(one.plan, "window-closed"))
    assert "To: Stefano" in texts(mail_rows(one.plan, shown.OUTGOING[0].message_id))
    assert "stop:" in texts(page_rows(one.plan))
    one.leaving = one.plan
    one.progress = {shown.OUTGOING[0].message_id: ("sent", ""), shown.OUTGOING[1].message_id: ("refused", "550 no")}
    assert "REFUSED" in texts(send_rows(one)) and "(550 no)" in texts(send_rows(one))


def test_counts_are_worded_as_one_says_them() -> None:
    one = model()
    assert dict(one.tabs())["Checks"] == "2E1W"
    one.report = Report((PatchReport("1" * 40, "a", ()),), ())
    assert dict(one.tabs())["Checks"] == "ok", "no 0E0W"
    one.report = Report((PatchReport("1" * 40, "a", (shown.CHANGELOG,)),), ())
    assert dict(one.tabs())["Checks"] == "1W"
    single = replace(shown.REVISION, messages=shown.REVISION.messages[:1])
    one.take(replace(shown.read(), series=replace(shown.SERIES, revisions=(single,))))
    assert "12:00, 1 message\n" in texts(revision_rows(one)) + "\n"
    one.plan = replace(shown.plan(), outgoing=shown.OUTGOING[:1])
    assert send_rows(one)[0].text == "v2, 1 message" and "v2 of vsock-count: 1 message for" in texts(
        page_rows(one.plan)
    )
    young = replace(shown.WINDOW, evidence=(replace(shown.WINDOW.evidence[0], age=timedelta(hours=-30)),))
    assert "-" not in texts(window_rows(young, shown.TAGS, shown.NOW)).split("mainline's tags")[1].split("v7.1 was")[0]


def test_cut_off_send_offers_to_go_on() -> None:
    one = model()
    one.take(replace(shown.read(), outbox={}, queue=()))
    assert "S goes on with it" in texts(send_rows(one))


def test_sentences_name_the_keys_that_are_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Keymap.with_keys({"respin": "ctrl+v", "go-todo": "f6", "run-checks": "", "undo": "U"})
    monkeypatch.setattr(Now, "keymap", mine)
    words = in_keys(shown.TWO_OPEN)
    assert words == "2 open comments: f6 To-do, then ^v in 7 Revisions"
    assert check_rows(SeriesModel("x"))[0].text == "Not checked yet; ^p runs every check."


def test_steps_speak_in_keys() -> None:
    assert in_keys(shown.TWO_OPEN).endswith("R in 7 Revisions")
    assert shown.TWO_OPEN.words == "2 open comments: `patchflow todo`, then `patchflow respin`"
    assert shown.TWO_OPEN.command == "patchflow todo"


def test_every_command_of_a_next_step_has_its_way_here() -> None:
    for one in vars(next_step).values():
        if isinstance(one, Command):
            assert one.line.startswith("git ") or "`" not in in_keys(NextStep.of("x", one)), one


def test_difference() -> None:
    assert [row.kind for row in difference("a\nb", "a\nc")] == ["hunk", "plain", "del", "add"]


# Keys


def test_every_action_has_a_help_and_no_two_share_a_key_in_one_place() -> None:
    keymap = Keymap()
    for place in (
        "board",
        "confirm",
        "reply",
        "draft-list",
        "review-list",
        "several",
        "review",
        "mail-list",
        "mail",
        LISTS,
        EVERYWHERE,
        *TABS,
    ):
        seen: dict[str, str] = {}
        for action in keymap.actions:
            if place in action.places:
                assert action.help
                for key in action.keys:
                    assert seen.setdefault(key, action.id) == action.id, (place, key, action.id)
    assert len({action.id for action in ACTIONS}) >= len(ACTIONS) - 1


def test_what_sends_is_never_enter() -> None:
    for action in ACTIONS:
        if action.id in (
            "send",
            "send-reply",
            "send-review",
            "reflect",
            "again",
            "drop",
            "squash",
            "amend",
            "discard",
        ):
            assert "enter" not in action.keys


def test_keys_are_the_users_to_change() -> None:
    keymap = Keymap.with_keys({"undo": "U ctrl+z", "nonsense": "x"})
    assert keymap.of("undo").keys == ("U", "ctrl+z") and keymap.of("redo").keys == ("Z",)
    assert keymap.unknown == ("nonsense",)


def test_a_message_once_read_is_as_if_the_list_were_made_anew() -> None:
    one = model()
    one.note_unread()
    rows = conversation_rows(one)
    at = next(n for n, row in enumerate(rows) if isinstance(row.ref, str) and row.ref in one.unread)
    one.unread.discard(rows[at].ref)
    assert row_once_read(one, rows[at]) == conversation_rows(one)[at] != rows[at]


def test_the_headers_are_not_fetched_any_more_once_something_is_compiled() -> None:
    tries = TryModel()
    tries.begin("build", "t")
    tries.hear([("note", "fetching headers")])
    assert tries.said == "fetching headers"
    tries.hear([("line", "  CC [M]  a.o"), ("line", "  CC [M]  b.o")])
    assert tries.said == "CC [M]  b.o"
    tries.hear([("step", "1/2 one: ok"), ("line", "  CC [M]  c.o")])
    assert tries.said == "1/2 one: ok"


def test_what_is_shown_says_how_old_it_is() -> None:
    one = model()
    one.report = shown.REPORT
    assert " ago" not in check_rows(one)[0].text
    one.note_time("checks")
    assert check_rows(one)[0].text.endswith(", just now")
    one.at["checks"] -= timedelta(minutes=61)
    assert check_rows(one)[0].text.endswith(", 1 hour ago")
    assert conversation_rows(one)[0].text.startswith("── v1")
    one.take(replace(shown.read(), mail_at=datetime.now(UTC) - timedelta(days=2)))
    assert conversation_rows(one)[0].text == "mail as it was 2 days ago; F refreshes it"
    assert [ago(one) for one in (-5, 59, 60, 7300)] == ["just now", "just now", "1 minute ago", "2 hours ago"]


def test_taking_mail_in_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchflow.adapters.mail.importer._TOLD", 10)
    mails = "".join(
        f"From x@y Thu Jan  1 00:00:00 2026\nFrom: a@b.c\nSubject: s\nMessage-ID: <{n}@b.c>\n\nText.\n\n"
        for n in range(40)
    )
    (tmp_path / "a.mbox").write_text(mails)
    heard: list[tuple[int, float]] = []
    store = MailIndex(tmp_path / "index", tmp_path / "kept")
    store.take_in(str(tmp_path / "a.mbox"), lambda count, part: heard.append((count, round(part, 2))))
    assert heard == [(0, 0.0), (10, 0.25), (20, 0.5), (30, 0.75)]
