"""pygit2, imported without what takes longer than to open a repository: at its start it reads all certificates that the
system trusts, which only its own fetch and clone use (patchflow leaves those to git), and imports tarfile, which only
its write_archive uses."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType


class _NoCertificates:
    """A folder, which is read when a connection is made."""

    cafile, capath = None, sys.prefix


class _Late(ModuleType):
    """Stands for a module while pygit2 is imported. Another thread that imports it meanwhile finds in it all that the
    module has."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # what the import itself asks
            raise AttributeError(name)
        self.leave()
        return getattr(import_module(self.__name__), name)

    def leave(self) -> None:
        """Leaves the place to the module."""
        if sys.modules.get(self.__name__) is self:
            sys.modules.pop(self.__name__, None)


def _put_off(name: str, **asked: object) -> _Late:
    """A stand-in with what pygit2 asks of a module; no use is made of it where the module is loaded already."""
    late = _Late(name)
    vars(late).update(asked)
    sys.modules.setdefault(name, late)
    return late


__all__ = ["DiffOption", "FileMode", "ObjectType", "SortMode", "pygit2"]

_late = (
    _put_off("ssl", DefaultVerifyPaths=_NoCertificates, get_default_verify_paths=_NoCertificates),
    _put_off("tarfile", TarFile=object),
)
os.unsetenv("SSL_CERT_FILE")  # of this process's own C libraries; what programs are started with is in os.environ
try:
    import pygit2
    from pygit2.enums import DiffOption, FileMode, ObjectType, SortMode
finally:
    for _one in _late:
        _one.leave()
    if "SSL_CERT_FILE" in os.environ:
        os.putenv("SSL_CERT_FILE", os.environ["SSL_CERT_FILE"])
