"""What several files of tests of commands begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import git
from tests.reviewed import AGAIN, TWO, mbox, reply, upstream


@pytest.fixture
def posted(small: Path) -> tuple[Path, str]:
    """A clone with work of the user's on it, and a thread: v1, an answer to it, v2."""
    git(small, "checkout", "-q", "-b", "topic", "base")
    (small / "MAINTAINERS").write_text((small / "MAINTAINERS").read_text() + "\nmine\n")
    one = mbox(small, "base", upstream(small, "base", TWO), 1, "vsock: count", with_base=True)
    two = mbox(small, "base", upstream(small, "base", AGAIN), 2, "vsock: count", with_base=True, day=9)
    said = "> +int c = 3;\n\nThis wants to be a long."
    answer = reply("v1-2@uwe", "[PATCH 2/2] vsock: count c", said, "Ada Example <ada@example.org>")
    tag = "Reviewed-by: Ada Example <ada@example.org>"
    return small, one + answer + reply(
        "v1-1@uwe", "[PATCH 1/2] vsock: count a", tag, "Ada Example <ada@example.org>", 2
    ) + two
