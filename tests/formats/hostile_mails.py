"""A megabyte of what a parser of bots' mails could stumble over."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

from collections.abc import Iterator

from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from tests.formats.robot_mails import HEAD, ROBOT
from tests.mails import mail, message

HOSTILE = [
    *(">> " + "a/b.c:1:" * 100_000, ">> " + "x" * 1_000_000, "sparse warnings:\n" + ">> a.c:1:1: sparse: " * 50_000),
    *("\n".join([">> a/b.c:1:1: error: 'x' [-Wx]"] * 30_000), ("a" * 79 + "\n") * 12_500, "reproduce: " * 90_000),
    *(
        "config: (" * 100_000,
        "\n" * 1_000_000,
        ">> ld: " * 150_000,
        "[   1.0] BUG: in " * 60_000,
        "noticed a " * 100_000,
    ),
    *("All errors:\n" * 80_000, "a: " * 300_000, "| Closes: http://" * 60_000, "(" * 1_000_000, "vim +1 a\n" * 100_000),
    *("*** CID 1:  a  (B)\n" * 50_000, " a.c:1 b() warn: c\n" * 50_000, 'commit 0123456789ab ("' * 40_000),
    *("full report at: https://" + "." * 400 + "x\n" * 20_000, (">> " + "a/" * 2_000 + "\n") * 250),
    "and found the following issues:\n" + "* BUG in f\n" * 50 + ("f a+0x" * 300 + "\n") * 500,
    *(" >>> referenced by a (b:1)\n" * 40_000, "undefined reference to `" * 40_000, "error[" * 150_000),
]


def hostile(text: str) -> Iterator[tuple[Message, Bot | None]]:
    """Mails with this text in each bot's form, and who may have sent them."""
    heads = {
        "kernel-test-robot": HEAD + "All warnings (new ones prefixed by >>):\n",
        "syzbot": "syzbot tried to test the proposed patch but the build/boot failed:\n\n",
        "bindings": "My bot found errors running 'make dt_binding_check' on your patch:\n\ndtschema/dtc warnings/errors:\n",
        "review": "Thank you for your contribution! Sashiko AI review found 3 potential issue(s):\n",
        "ci": "Unfortunately the Media CI robot detected some\nissues:\n\n# Test static:test-smatch\n",
        "style": "This is the friendly patch-bot of X\n\n",
        "coverity": "*** CID 1:  a  (B)\n",
        "smatch": "\tdrivers/widget/core.c:1 a()\n\twarn: b\n",
        "news": "[1/2] a\n  commit: fedcba9876543210\n",
    }
    for form, head in heads.items():
        one = message(mail("x"))._replace(body=head + text[:1_000_000])
        yield from ((one, bot) for bot in (None, ROBOT._replace(form=form)))
