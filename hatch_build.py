"""Makes the man page from the command line's own parser, and puts it into the wheel. `make man` prints it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from argparse_manpage.manpage import Manpage
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent


def man_page() -> str:
    """patchflow(1) in roff."""
    sys.path.insert(0, str(ROOT))
    from patchflow import __version__
    from patchflow.cli.main import build_parser

    parser = build_parser()
    parser.formatter_class = _wide(parser.formatter_class)
    data = {
        "project_name": "patchflow",
        "version": __version__,
        "manual_title": "patchflow manual",
        "description": "carry a patch series to the Linux kernel's lists and back",
    }
    return str(Manpage(parser, format="single-commands-section", _data=data))


def _wide(_: Any) -> Any:
    """Usage lines are broken by roff, not by the width of the terminal this runs on."""
    import argparse
    from functools import partial

    return partial(argparse.RawDescriptionHelpFormatter, width=1000)


class ManPageHook(BuildHookInterface):
    """Adds share/man/man1/patchflow.1 to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; an editable install needs no man page."""
        if self.target_name != "wheel" or version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory(prefix="patchflow-man-")
        page = Path(self.folder.name) / "patchflow.1"
        page.write_text(man_page(), encoding="utf-8")
        build_data["shared_data"][str(page)] = "share/man/man1/patchflow.1"


if __name__ == "__main__":
    print(man_page())
