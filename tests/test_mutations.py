"""The list of decisions that are made wrong on purpose names what is there; the run itself is by hand."""

from __future__ import annotations

from tests.mutations import MUTATIONS, ROOT


def test_each_names_text_that_is_there_and_a_test() -> None:
    for one in MUTATIONS:
        assert one.old in (ROOT / one.file).read_text(), (one.decision, one.file)
        file, _, name = one.test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), one.test
