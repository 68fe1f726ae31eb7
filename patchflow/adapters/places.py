"""Where profiles and the files that come with patchflow lie; without pathlib, because a commit waits for it."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def share_path(*parts: str) -> str:
    """A file that comes with patchflow: in the checkout beside the package, in a wheel below _share."""
    # The wheel's first: beside an installed package there may be folders of other packages.
    inside = os.path.join(_PACKAGE, "_share", *parts)
    return inside if os.path.exists(inside) else os.path.join(os.path.dirname(_PACKAGE), *parts)


def config_path() -> str:
    """The user's configuration folder: PATCHFLOW_CONFIG_DIR, else patchflow in the XDG one."""
    named = os.environ.get("PATCHFLOW_CONFIG_DIR")
    if named:
        return named
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.config"), "patchflow")


def profile_source(name: str) -> str | None:
    """A profile's TOML: the user's own first, then the ones that come with patchflow; None where there is none."""
    for folder in (os.path.join(config_path(), "profiles"), share_path("kernel", "profiles")):
        path = os.path.join(folder, f"{name}.toml")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    return None
