"""Central decisions made wrong one at a time, each in a copy of the project: the test named for it must fail.

`python -m tests.mutations [WORD...]` runs all of them, or those whose decision has one of the words, and prints the
table of benchmarks/results/mutations.md. Exit 0 where every one is caught.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Mutation:
    """One decision: where it is made, what is written there instead, and the test that must see it."""

    decision: str
    file: str
    old: str
    new: str
    test: str


def _m(decision: str, file: str, old: str, new: str, test: str) -> Mutation:
    return Mutation(decision, f"patchflow/{file}.py", old, new, f"tests/{test}")


MUTATIONS = (
    _m("tests in guests: new is what did not fail on the base", "flow/try_/tests_verdict",
       "if one.fails and one.name not in before]", "if one.fails]",
       "cli/test_try_tests.py::test_what_belongs_to_the_patches_runs_on_both"),
    _m("tests of a file: the longest path of the table counts", "flow/try_/which_tests",
       "best[max(best)]", "best[min(best)]", "flow/test_which_tests.py::test_what_belongs_to_a_file"),
    _m("a stranger's diff: git's own folder under any spelling", "formats/patch/hostile",
       'name == ".git" or', 'part == ".git" or',
       "cli/test_review_bad_mail.py::test_hostile_names_are_refused_before_git_sees_them"),
    _m("a stranger's code: a work tree of mail is compared with its base", "adapters/trust",
       'since = received_base(folder) or "HEAD"', 'since = "HEAD"',
       "cli/test_review_trust.py::test_received_code_runs_only_once_that_state_is_trusted"),
    _m("a series out of mail: the newest revision", "flow/reviewing/choose",
       "newest = max(with_patches, key=_rank)", "newest = min(with_patches, key=_rank)",
       "cli/test_review.py::test_what_a_series_is"),
    _m("its base: where most files are as they were", "flow/reviewing/best_base",
       "most = max(", "most = min(",
       "cli/test_review.py::test_the_best_base_is_where_most_files_are_as_they_were"),
    _m("a review's mail: a remark is read on its own line", "formats/mail/review_mail",
       "if not wrong or min(steps)", "if True or min(steps)",
       "formats/test_review_mail.py::test_more_is_quoted_only_where_lines_repeat"),
    _m("which bots: the user's own profiles name some", "flow/subsystem/bots",
       '(*own, Path(share_path("kernel", "bots.toml")))', '(Path(share_path("kernel", "bots.toml")),)',
       "cli/test_thread_kept.py::test_a_profile_that_names_a_bot_is_seen"),
    _m("applied: only a maintainer's or a bot's word counts", "flow/series/applied_notices",
       "else not is_maintainer(message.sender)", "else False",
       "cli/test_applied.py::test_a_notice_of_applied_counts_with_evidence_alone"),
    _m("applied: dropped after applied is dropped", "flow/series/applied_notices",
       "said = dropped or list(told.values())", "said = list(told.values())",
       "flow/test_applied.py::test_one_patch_that_was_dropped_counts_more_than_the_applied_rest"),
    _m("outdated: a comment's line lies among those that changed", "flow/review/outdated_comments",
       "first <= comment.line <= last for", "first < comment.line < last for",
       "cli/test_series.py::test_a_comment_whose_lines_changed_is_offered_as_addressed"),
    _m("a stacked series begins above the one it stands on", "adapters/git/store",
       "return pin if ancestor(below, pin) else below", "return below",
       "e2e/test_dependencies.py::test_a_stack_through_respin_and_restack"),
    _m("a newer version of what is needed: its author's alone", "flow/series/dependencies",
       "if one.author.key == named.author.key]", "]",
       "e2e/test_dependencies.py::test_a_posting_of_somebody_else"),
    _m("what a series needs: never itself, by no way round", "flow/series/stack",
       "if needs(here, other, series.change_id):", "if False:",
       "e2e/test_dependencies.py::test_names_that_are_none_circles_and_what_is_gone"),
    _m("a new version begins a thread of its own", "flow/check/judge",
       "or not profile.fresh_thread)", "or True)",
       "e2e/test_answers.py::test_a_series_answers_a_report"),
    _m("a patch is unchanged by its patch id and its message", "flow/send/patch_notes",
       "if not patch_id or was.patch_id != patch_id or", "if not patch_id or",
       "e2e/test_changelog_places.py::test_no_changes_since_the_first_one_that_was_the_same"),
    _m("a gate blocks unless it only asks", "flow/send/gates",
       "blocks: bool = True", "blocks: bool = False", "cli/test_series.py::test_send_respin_and_send_again"),
    _m("To or Cc: the profile says which roles are addressed", "flow/recipients/policy",
       "if role in profile.to_roles or key in self.to", "if key in self.to",
       "flow/test_route.py::test_maintainers_to_and_lists_cc_with_reasons"),
    _m("a trailer's owner: a cover speaks for its own patches", "formats/mail/collected_trailers",
       "if id(p.message) in self.posted.get(id(one), ())]", "]",
       "formats/test_follow_up.py::test_a_cover_speaks_for_the_patches_posted_with_it_alone"),
    _m("the window's day: the Monday after -rc1", "flow/window/decide",
       "def _next_monday(rc1: datetime) -> datetime:\n    days = (7 -",
       "def _next_monday(rc1: datetime) -> datetime:\n    days = (8 -",
       "flow/test_window.py::test_the_tags_and_the_calendar"),
    _m("a follow-up: another reviewer's answers nothing", "formats/mail/exchange",
       "if said.by_author:", "if True:",
       "formats/test_review.py::test_a_reviewers_follow_up_leaves_the_comment_open"),
    _m("endpoint: an answer that is neither yes nor no is no no", "adapters/mail/endpoint",
       "return Fate(UNKNOWN, cut or", "return Fate(REFUSED, cut or",
       "e2e/test_endpoint.py::test_a_lost_answer_is_settled_by_the_archive"),
    _m("endpoint: the archive is asked before anything leaves again", "flow/send/relay",
       "        if there:\n", "        if not there:\n",
       "e2e/test_endpoint.py::test_a_lost_answer_is_settled_by_the_archive"),
    _m("endpoint: it takes signed mails only", "flow/send/run",
       "if section is None and not url:", "if section is None:",
       "e2e/test_endpoint.py::test_a_series_leaves_as_the_page_showed"),
    _m("signing comes after people were added", "flow/send/run",
       "= finished(here, settled.outgoing, section, url)", "= finished(here, tuple(outgoing), section, url)",
       "e2e/test_signatures.py::test_the_page_says_who_signs_and_what_arrives_verifies"),
    _m("resume: what is of unknown fate waits for word", "flow/send/outbox",
       '[0]) in ("pending", "refused")', '[0]) in ("pending", "refused", "unknown")',
       "e2e/test_send_faults.py::test_a_message_of_unknown_fate_is_sent_again_only_on_word"),
    _m("resume: what has left does not leave again", "flow/send/outbox",
       '[0]) in ("pending", "refused")', '[0]) in ("pending", "refused", "sent")',
       "e2e/test_send_faults.py::test_a_refused_message_is_resumed"),
    _m("sync: what both machines changed is kept", "flow/sync/merge",
       "items[where] = other", "items[name] = other",
       "cli/test_sync.py::test_what_both_changed_stays_on_both"),
    _m("undo: not over what was changed by hand since", "adapters/git/undo",
       "if now not in (old, new):", "if now is None:",
       "e2e/test_one_writer.py::test_a_change_by_hand_is_not_undone_over"),
    # Those below were once seen by no test.
    _m("NO_COLOR takes every colour away", "tui/app",
       "*([NoColour()] if self._plain else [])", "", "tui/test_app.py::test_no_color"),
    _m("a cover's file keeps its body", "formats/patch/cover",
       "{cover.body.rstrip()}", "{cover.body.rstrip()[:1]}",
       "formats/test_properties.py::test_a_cover_survives_its_file"),
    _m("a message keeps each of its trailers", "formats/patch/trailers",
       "            trailers.append(trailer)", "            trailers[:] = [trailer]",
       "formats/test_properties.py::test_a_message_splits_and_keeps_its_trailers"),
    _m("the status page's copy is taken while it is fresh", "adapters/web",
       "< _age(_place(url)) < fresh", "< _age(_place(url)) > fresh",
       "adapters/test_web.py::test_a_page_is_asked_for_once_while_its_copy_is_fresh"),
    _m("a page that failed is left alone for a while", "adapters/web",
       "< _PATIENCE:", "> _PATIENCE:", "adapters/test_web.py::test_a_page_that_fails_is_left_alone_for_some_minutes"),
    _m("`window --offline` asks nobody", "flow/window/evidence",
       "web.cached_page(url) if offline else web.page(url)", "web.page(url)",
       "adapters/test_web.py::test_the_window_asks_the_status_page"),
    _m("a page that failed is told, and its copy taken", "flow/window/evidence",
       "            found = web.cached_page(url)\n    marks", "            pass\n    marks",
       "adapters/test_web.py::test_the_window_says_that_the_page_failed_and_takes_the_copy"),
)  # fmt: skip


def _copy(room: Path) -> Path:
    for name in ("patchflow", "tests", "kernel", "hooks", "templates"):
        ignored = shutil.ignore_patterns("__pycache__", "linux", ".lay-tree")
        shutil.copytree(ROOT / name, room / name, ignore=ignored, symlinks=True)
    shutil.copy(ROOT / "pyproject.toml", room)
    return room


def _fails(room: Path, *tests: str) -> bool:
    """Whether tests fail in the copy; RuntimeError where they could not be run at all."""
    env = {"PATCHFLOW_TREE": str(ROOT / "kernel" / "linux"), **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
                          cwd=room, env=env, capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 1


def main(words: list[str]) -> int:
    """Runs the mutations and prints their table."""
    chosen = [one for one in MUTATIONS if not words or any(word in one.decision for word in words)]
    missed = 0
    print("| decision | made in | test that sees it | caught |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        room = _copy(Path(folder))
        if _fails(room, *(one.test for one in chosen)):
            print("a test fails before anything is changed", file=sys.stderr)
            return 1
        for one in chosen:
            path, text = room / one.file, (ROOT / one.file).read_text()
            if text.count(one.old) != 1:
                raise SystemExit(f"{one.file} holds this {text.count(one.old)} times, not once: {one.old}")
            path.write_text(text.replace(one.old, one.new))
            caught = _fails(room, one.test)
            path.write_text(text)
            missed += not caught
            short = one.file.removeprefix("patchflow/")
            print(f"| {one.decision} | {short} | {one.test.split('::')[1]} | {'yes' if caught else 'NO'} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
