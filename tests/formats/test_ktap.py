"""Results of tests as the kernel and its selftests print them, and as nobody should."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from patchflow.domain.tests import Outcome
from patchflow.formats.ktap import read_ktap, read_vsock

KUNIT = """\
[    0.140000] KTAP version 1
[    0.140000] 1..2
    KTAP version 1
    # Subtest: list-kunit-test
    # module: list_test
    1..3
    ok 1 list_test_list_init
    # list_test_list_add: EXPECTATION FAILED at lib/list-test.c:62
    not ok 2 list_test_list_add
    ok 3 list_test_list_move # SKIP not today
# list-kunit-test: pass:1 fail:1 skip:1 total:3
not ok 1 list-kunit-test
    KTAP version 1
    # Subtest: hash
    1..1
        KTAP version 1
        # Subtest: each
        ok 1 small
        ok 2 large
    ok 1 each
[    0.150000] ok 2 hash
"""
SELFTEST = """\
TAP version 13
1..4
ok 1 Test breakpoint 0
not ok 2 Test breakpoint 1 # TIMEOUT 45 seconds
ok 3 - Test breakpoint 2 # SKIP no hardware
not ok 4 known one # XFAIL it never did
# Totals: pass:1 fail:1 xfail:1 xpass:0 skip:1 error:0
"""
VSOCK = """\
Control socket connected to 127.0.0.1:1234.
0 - SOCK_STREAM connection reset...ok
1 - SOCK_STREAM bind only...skipped
[    3.100000] vsock: a kernel's word
2 - SOCK_STREAM client close...recv: Connection reset by peer
"""


def ended(rows: str) -> dict[str, str]:
    return {one.name: one.how for one in read_ktap(rows.split("\n"))}


def test_suites_of_the_kernel() -> None:
    """Innermost results, named with what they stand in; a suite whose case failed is not told twice."""
    assert ended(KUNIT) == {
        "list-kunit-test.list_test_list_init": "pass", "list-kunit-test.list_test_list_add": "fail",
        "list-kunit-test.list_test_list_move": "skip", "hash.each.small": "pass", "hash.each.large": "pass",
    }  # fmt: skip


def test_a_selftest() -> None:
    found = read_ktap(SELFTEST.split("\n"))
    assert [(one.name, one.how) for one in found] == [
        ("Test breakpoint 0", "pass"), ("Test breakpoint 1", "hung"), ("Test breakpoint 2", "skip"),
        ("known one", "pass"),
    ]  # fmt: skip
    assert found[2].why == "no hardware"


def test_a_kernel_that_dies_in_a_suite() -> None:
    """What was begun is hung, by name; what ended before it counts as it ended."""
    cut = KUNIT[: KUNIT.index("    ok 3")]
    assert ended(cut) == {
        "list-kunit-test.list_test_list_init": "pass", "list-kunit-test.list_test_list_add": "fail",
    }  # fmt: skip
    only = "    # Subtest: slow\n    1..1\n"
    assert read_ktap(only.split("\n")) == (Outcome("slow", "hung", "it never ended"),)


def test_a_plan_that_was_not_kept_and_a_test_that_gives_up() -> None:
    assert ended("1..3\nok 1 a\n") == {"a": "pass", "plan": "fail"}
    assert ended("1..0 # SKIP no root\n") == {"all": "skip"}
    assert ended("ok 1 a\nBail out! no memory\n") == {"a": "pass", "all": "fail"}
    assert ended("ok 1 a\nok 2 a\n") == {"a": "pass", "a (2)": "pass"}
    assert ended("okay 1 a\nnot ok\nok one\nok 1.5 x\n") == {}


def test_vsock_s_own_suite() -> None:
    assert [(one.name, one.how) for one in read_vsock(VSOCK.split("\n"))] == [
        ("SOCK_STREAM connection reset", "pass"), ("SOCK_STREAM bind only", "skip"),
        ("SOCK_STREAM client close", "hung"),
    ]  # fmt: skip


FORMS = ("ok 1 a", "not ok 2 - b", "# Subtest: s", "1..3", "1..999999", "KTAP version 1", "Bail out! no", "# ok 3 c",
         "ok 99999999999 d", "not ok 4 # SKIP", "ok", "9 - e...ok", "0 - f...")  # fmt: skip
ROWS = [f"{' ' * deep}{form}" for deep in (0, 2, 4, 8, 40) for form in FORMS]


@given(st.lists(st.sampled_from(ROWS) | st.text(max_size=20), max_size=20))
def test_any_rows_are_read(rows: list[str]) -> None:
    """Nothing raises; names differ, are bounded, and each result is one of four."""
    for found in (read_ktap(rows), read_vsock(rows)):
        assert len({one.name for one in found}) == len(found)
        assert all(len(one.name) < 200 and one.how in ("pass", "fail", "skip", "hung") for one in found)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), st.booleans(), min_size=1, max_size=20))
def test_what_was_printed_is_read_back(tests: dict[str, bool]) -> None:
    rows = [
        f"1..{len(tests)}",
        *(f"{'' if ok else 'not '}ok {n} {name}" for n, (name, ok) in enumerate(tests.items(), 1)),
    ]
    assert ended("\n".join(rows)) == {name: "pass" if ok else "fail" for name, ok in tests.items()}


def test_hostile_rows_take_no_time() -> None:
    """Rows without an end, thousands deep, and more results than anybody reads."""
    begun = time.process_time()
    read_ktap([f"ok 1 {' ' * 100_000}#"] * 20 + ["#" * 100_000, "# " * 50_000 + "ok 1 x"])
    read_ktap([f"{' ' * (n % 31)}ok 1 x" for n in range(20_000)])
    assert time.process_time() - begun < 5
