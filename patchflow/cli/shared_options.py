"""Options that several commands take."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def recipients_arguments(parser: argparse.ArgumentParser) -> None:
    """Who gets what, instead of the subsystem's own way."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--all-to-all", dest="recipients", action="store_const", const="all", default="",
                     help="everybody gets everything, as b4 sends")  # fmt: skip
    who.add_argument("--cover-to-all", dest="recipients", action="store_const", const="cover",
                     help="each patch by its files, the cover letter to everybody")  # fmt: skip
