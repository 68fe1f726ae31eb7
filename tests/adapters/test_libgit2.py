"""pygit2 is imported without certificates, and nobody else misses them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

MEANWHILE = """
import sys
from importlib.abc import MetaPathFinder

class Another(MetaPathFinder):
    "What a thread does that imports ssl while pygit2 is being imported."
    def find_spec(self, name, path=None, target=None):
        if name == "pygit2.errors":
            import ssl
            from ssl import create_default_context
            found.append(ssl.SSLContext)
            create_default_context()

found = []
sys.meta_path.insert(0, Another())
from patchflow.adapters.git.libgit2 import pygit2
import ssl
assert found == [ssl.SSLContext] and pygit2.Repository
"""


def test_who_imports_ssl_meanwhile_gets_all_of_it() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", MEANWHILE], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr


def test_nobody_loads_ssl_or_tarfile_for_it() -> None:
    code = "import sys; import patchflow.adapters.git.libgit2; sys.exit(bool({'ssl', 'tarfile'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode == 0


def test_certificates_that_the_environment_names_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never-written")  # who reads it waits for ever
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SSL_CERT_FILE": str(tmp_path / "never-written")}
    code = "import subprocess; import patchflow.adapters.git.libgit2; subprocess.run(['printenv', 'SSL_CERT_FILE'])"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=20)
    assert done.stdout == f"{env['SSL_CERT_FILE']}\n"
