"""Measurements, run by hand and in CI, of a program whose bytecode is kept: an installed one's always is."""

import compileall
import os
from pathlib import Path

import patchflow

compileall.compile_dir(Path(patchflow.__file__).parent, quiet=1)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
