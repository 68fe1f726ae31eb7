"""pygit2, imported without certificates: at its start it reads all that the system trusts, which takes longer than to
open a repository. Only its own fetch and clone use them, and patchflow leaves those to git."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType


class _NoCertificates:
    """A folder, which is read when a connection is made."""

    cafile, capath = None, sys.prefix


def _put_off() -> ModuleType | None:
    """A stand-in for ssl while pygit2 is imported; None where ssl is loaded already. Another thread that imports ssl
    meanwhile finds in it all that ssl has."""
    if "ssl" in sys.modules:
        return None
    late = sys.modules["ssl"] = ModuleType("ssl")

    def of_ssl(name: str) -> object:
        if name.startswith("__"):  # what the import itself asks
            raise AttributeError(name)
        if sys.modules.get("ssl") is late:
            sys.modules.pop("ssl", None)
        return getattr(import_module("ssl"), name)

    vars(late).update(DefaultVerifyPaths=_NoCertificates, get_default_verify_paths=_NoCertificates, __getattr__=of_ssl)
    return late


__all__ = ["DiffOption", "FileMode", "ObjectType", "SortMode", "pygit2"]

_late = _put_off()
try:
    import pygit2
    from pygit2.enums import DiffOption, FileMode, ObjectType, SortMode
finally:
    if _late is not None and sys.modules.get("ssl") is _late:
        del sys.modules["ssl"]
