"""Runs the command line for `python -m patchflow`."""

import sys

from patchflow.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
