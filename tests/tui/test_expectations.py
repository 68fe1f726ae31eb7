"""What a contributor expects of a terminal UI, each with the tests that show it."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.conftest import ROOT

# What is expected, and where it is shown: FILE::TEST below tests/.
EXPECTED = {
    "what was last seen is drawn at once": (
        "e2e/test_tui_start.py::test_the_board_as_last_seen_is_there_first",
        "tui/test_models.py::test_the_start_imports_nothing_of_the_work",
    ),
    "no key waits for work": (
        "tui/test_keys_shown.py::test_what_runs_is_not_told_to_be_begun",
        "tui/test_subprocess_worker.py::test_progress_and_result",
        "tui/test_review.py::test_the_first_page_waits_for_no_other_mail",
    ),
    "work says how far it is, and Esc stops it": (
        "tui/test_tabs.py::test_refreshing_says_how_far_it_is_and_can_be_stopped",
        "tui/test_send_page.py::test_a_send_ends_between_two_mails_and_goes_on",
        "tui/test_models.py::test_taking_mail_in_tells_how_far_it_is",
        "tui/test_try.py::test_a_stop_leaves_nothing_behind",
        "tui/test_panes.py::test_escape_stops_what_runs_and_leaves_nothing_by_it",
    ),
    "what is shown says how old it is": ("tui/test_models.py::test_what_is_shown_says_how_old_it_is",),
    "everything by keys, and the mouse where one likes": (
        "e2e/test_tui_journey.py::test_from_new_to_v2",
        "tui/test_key_counts.py::test_common_work",
        "tui/test_finding_ones_way.py::test_the_board_by_mouse_filter_and_palette",
    ),
    "lines are selected and copied to the terminal's clipboard": (
        "e2e/test_tui_start.py::test_copied_by_osc_52_with_a_key_of_ones_own",
        "tui/test_expected.py::test_lines_are_selected_searched_and_copied",
    ),
    "the line of keys follows what the cursor is on": (
        "tui/test_keys_shown.py::test_the_line_of_keys_names_what_can_be_done_here",
        "tui/test_keys_shown.py::test_the_board_offers_to_open_only_a_series",
    ),
    "the help is made from the keys that are in force": (
        "tui/test_keys_shown.py::test_the_tabs_keys_stand_in_the_help_and_can_be_changed",
        "tui/test_own_keys.py::test_every_place_binds_its_actions_under_their_names",
    ),
    "search in any list, on and back": (
        "tui/test_expected.py::test_lines_are_selected_searched_and_copied",
        "tui/test_models.py::test_find_goes_around_the_end",
    ),
    "filters are kept by a name": ("tui/test_finding_ones_way.py::test_the_board_by_mouse_filter_and_palette",),
    "a palette of every action, series and command": (
        "tui/test_finding_ones_way.py::test_the_board_by_mouse_filter_and_palette",
        "tui/test_typing_ahead.py::test_a_command_of_the_palette_and_a_key_after_it",
    ),
    "the commands of the command line work at the prompt": (
        "tui/test_finding_ones_way.py::test_commands_at_the_prompt",
        "tui/test_lines_asked.py::test_a_word_is_completed_by_the_command_it_stands_behind",
        "tui/test_mail.py::test_what_a_search_at_the_prompt_finds_opens",
    ),
    "a log with each command as it ran": (
        "tui/test_finding_ones_way.py::test_the_log_has_times_and_leaves_out_what_reads_settings",
        "tui/test_notices.py::test_the_log_keeps_what_was_said",
    ),
    "what leaves or is rewritten is shown and confirmed by a key that is not Enter": (
        "tui/test_app.py::test_confirm_has_its_focus_on_cancel",
        "tui/test_models.py::test_what_sends_is_never_enter",
        "tui/test_send_page.py::test_what_holds_for_all_stands_above_the_mails_and_reasons_are_a_key",
    ),
    "a first send can be looked at, sent to oneself and saved before": (
        "tui/test_send_page.py::test_the_mails_go_to_a_new_folder_as_they_would_leave",
        "tui/test_send_page.py::test_a_send_to_oneself_records_nothing",
        "tui/test_ways_out.py::test_the_send_page_answers_previews_and_asks_to_be_pulled",
    ),
    "changes are taken back, and made again": (
        "tui/test_app.py::test_undo_shows_what_it_takes_back_and_asks",
        "tui/test_work.py::test_a_line_is_discarded_and_brought_back",
        "tui/test_rewrite.py::test_drop_moves_the_files_and_undo_brings_them_back",
    ),
    "to look changes neither the work tree nor HEAD": (
        "tui/test_app.py::test_what_was_looked_at_is_kept_and_changes_nothing",
        "tui/test_rewrite.py::test_looking_takes_no_lock_on_the_index",
        "e2e/test_trust_tui.py::test_no_page_runs_anything_of_a_tree",
    ),
    "what was typed survives an editor that fails": (
        "e2e/test_tui_editors.py::test_a_failing_editor_leaves_the_ui_alive",
        "tui/test_work.py::test_a_hook_that_stops_a_commit_says_why_beside_the_message",
    ),
    "drafts are kept, and gone on with later": (
        "tui/test_typing_ahead.py::test_arrows_move_in_the_draft_that_is_written_and_leaving_keeps_it",
        "tui/test_review.py::test_drafts_are_there_after_a_restart_and_are_changed_and_dropped",
        "e2e/test_tui_abuse.py::test_a_killed_terminal_loses_nothing",
    ),
    "a send that was cut off goes on, and nothing is sent twice": (
        "tui/test_send_page.py::test_a_send_ends_between_two_mails_and_goes_on",
        "e2e/test_tui_fates.py::test_the_keys_for_a_message_of_unknown_fate",
    ),
    "80 columns and 24 lines, tmux, and a terminal far away": (
        "tui/test_pictures.py::test_picture",
        "e2e/test_tui_start.py::test_starts_and_quits",
        "e2e/test_tui_terminals.py::test_it_stands_in_tmux_and_takes_its_sizes",
        "e2e/test_tui_start.py::test_copied_by_osc_52_with_a_key_of_ones_own",
    ),
    "NO_COLOR holds, and nothing is said by colour alone": (
        "e2e/test_tui_start.py::test_no_color_leaves_no_colour",
        "tui/test_app.py::test_no_color",
        "tui/test_pictures.py::test_picture",
    ),
    "any key can be another one": (
        "tui/test_own_keys.py::test_a_key_that_was_given_away_is_free_and_none_is_lost",
        "tui/test_own_keys.py::test_no_screen_names_a_key_that_was_changed",
        "tui/test_finding_ones_way.py::test_a_key_of_ones_own_that_is_taken_is_told",
    ),
    "a finding names its tool, rule, line and document": (
        "tui/test_models.py::test_checks_explain_their_rule",
        "tui/test_app.py::test_the_checks_open_on_the_first_finding_with_its_rule_beside_it",
    ),
    "a key held down or typed twice confirms and loses nothing": (
        "tui/test_typing_ahead.py::test_nothing_is_confirmed_by_typing_ahead",
        "tui/test_leaving.py::test_two_undo_typed_quickly_take_back_one_step_at_a_time",
        "e2e/test_tui_abuse.py::test_random_keys_in_any_size",
    ),
}  # fmt: skip


@cache
def names_in(name: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / name).read_text())
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("words", EXPECTED)
def test_each_is_shown_by_a_test(words: str) -> None:
    for place in EXPECTED[words]:
        name, _, test = place.partition("::")
        assert test in names_in(name), place


def test_there_are_twenty_five() -> None:
    assert len(EXPECTED) == 25
