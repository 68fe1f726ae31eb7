"""Which tests belong to what was touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchflow.errors import UsageError
from patchflow.flow.try_.which_tests import has_exchange, named_test, read_table, targets_of, which_tests

TABLE = read_table(Path("kernel/tests.toml").read_text(encoding="utf-8"))
TARGETS = targets_of(
    "TARGETS += net net/tcp_ao\nTARGETS += net/mptcp\nTARGETS = mm breakpoints\n# TARGETS += no\nTARGETS += $(X)\n"
)
TREE = {
    "fs/ext4/.kunitconfig": "CONFIG_KUNIT=y\nCONFIG_EXT4_FS=y\nCONFIG_EXT4_KUNIT_TESTS=y\n",
    "lib/Makefile": "".join(
        f"obj-$(CONFIG_{option}) += {name}.o\n" for option, name in (
            ("LIST_KUNIT_TEST", "list-test"), ("HASH_KUNIT_TEST", "test_hash"), ("TEST_LIST_SORT", "test_list_sort"),
            ("STRING_KUNIT_TEST", "string_kunit"), ("CMDLINE_KUNIT_TEST", "cmdline_kunit"), ("KUNIT_HELPERS", "h"),
            ("TEST_OLD", "test_old"),
        )
    ),
    "lib/Kconfig.debug": "config TEST_LIST_SORT\n\tdepends on KUNIT && SORT\n\nconfig TEST_OLD\n\ttristate\n",
    "drivers/rtc/Makefile": "obj-$(CONFIG_RTC_LIB_KUNIT_TEST) += lib_test.o\nobj-y += lib.o\n",
}  # fmt: skip


def named(*paths: str) -> list[str]:
    return [one.words() for one in which_tests(paths, TABLE, TARGETS, TREE.get)]


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("net/vmw_vsock/af_vsock.c", ["the vsock exchange", "vsock's own suite (tools/testing/vsock)"]),
        ("net/mptcp/token.c", ["kselftest net/mptcp"]),
        ("net/ipv4/tcp.c", ["kselftest net"]),
        ("net/ipv4/tcp_ao.c", ["kselftest net/tcp_ao"]),
        ("net/tls/tls_sw.c", ["kselftest net:tls"]),
        ("mm/slub.c", ["kselftest mm"]),
        ("kernel/futex/core.c", []),  # a target that this tree has not
        ("tools/testing/selftests/breakpoints/breakpoint_test.c", ["kselftest breakpoints:breakpoint_test"]),
        ("tools/testing/selftests/net/mptcp/mptcp_join.sh", ["kselftest net/mptcp:mptcp_join.sh"]),
        ("tools/testing/selftests/net/Makefile", ["kselftest net"]),
        ("lib/list_sort.c", ["KUnit CONFIG_TEST_LIST_SORT"]),
        ("include/linux/list.h", ["KUnit CONFIG_LIST_KUNIT_TEST"]),
        ("lib/hash.c", ["KUnit CONFIG_HASH_KUNIT_TEST"]),
        ("lib/old.c", []),  # no KUnit: its Kconfig entry does not depend on it
        ("lib/vsprintf.c", []),  # one of many suites that is not named like it
        ("drivers/rtc/interface.c", ["KUnit CONFIG_RTC_LIB_KUNIT_TEST"]),  # the only suite of its folder
        ("drivers/net/dummy.c", []),
        ("Documentation/x.rst", []),
    ],
)
def test_what_belongs_to_a_file(path: str, tests: list[str]) -> None:
    assert named(path) == tests


def test_a_configuration_is_the_folder_s_own_or_what_kconfig_says() -> None:
    by_folder = which_tests(["fs/ext4/inode.c"], TABLE, TARGETS, TREE.get)
    assert [one.kind for one in by_folder] == ["fstests", "kunit"]
    assert by_folder[1].config == TREE["fs/ext4/.kunitconfig"] and "fs/ext4/.kunitconfig" in by_folder[1].why
    (by_option,) = which_tests(["lib/list_sort.c"], TABLE, TARGETS, TREE.get)
    assert by_option.config.split() == ["CONFIG_KUNIT=y", "CONFIG_TEST_LIST_SORT=y"]


def test_each_test_is_wanted_once_and_a_whole_target_holds_its_programs() -> None:
    assert named("net/mptcp/token.c", "net/mptcp/pm.c") == ["kselftest net/mptcp"]
    assert named("net/tls/tls_sw.c", "net/ipv4/tcp.c") == ["kselftest net"]


def test_maintainers_say_it_where_the_table_does_not() -> None:
    """F: lines below tools/testing/selftests of the sections of a file, and those of no other."""
    rows = [("MPTCP", ["net/odd/", "tools/testing/selftests/net/mptcp/"]), ("ALL", ["tools/testing/selftests/"])]
    (found,) = which_tests(["net/odd/x.c"], TABLE, TARGETS, TREE.get, lambda path: rows)
    assert found.words() == "kselftest net/mptcp" and found.why == "net/odd/x.c: MAINTAINERS, MPTCP"


def test_the_exchange_is_vsock_s_alone() -> None:
    assert has_exchange(["drivers/vhost/vsock.c"], TABLE) and not has_exchange(["fs/ext4/inode.c", "mm/slub.c"], TABLE)


@pytest.mark.parametrize("word", ["kselftest:nothing", "kunit:", "base..HEAD", "kselftest", "KUNIT:CONFIG_X"])
def test_a_word_that_names_no_test(word: str) -> None:
    with pytest.raises(UsageError):
        named_test(word, TARGETS)


def test_words_that_name_one() -> None:
    assert named_test("kselftest:net/mptcp:mptcp_join.sh", TARGETS).only == "mptcp_join.sh"
    assert named_test("kunit:CONFIG_LIST_KUNIT_TEST", TARGETS).config.endswith("CONFIG_LIST_KUNIT_TEST=y\n")
    assert named_test("kunit:fs/ext4/", TARGETS).name == "fs/ext4" and named_test("vsock", TARGETS).kind == "vsock"


@pytest.mark.parametrize("text", ["", "tests = 3", "[[tests]]\npaths = 3", "[[tests]]\n", "not toml"])
def test_a_broken_table_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="table of tests"):
        read_table(text)
