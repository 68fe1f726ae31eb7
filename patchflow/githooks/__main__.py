"""Runs one git hook: what the installed stubs start, which imports only what that hook needs."""

from __future__ import annotations

import gc
import os
import sys

# Hooks that need nothing but the standard library; the stubs start them without site-packages.
LIGHT = ("commit-msg", "prepare-commit-msg", "pre-push")
NAMES = (*LIGHT, "pre-commit", "sendemail-validate")


def main(argv: list[str] | None = None, asks: bool = False) -> int:
    """Runs `NAME ARGUMENTS…` and returns the hook's exit code: 0 lets git go on.

    git waits for a hook, so a tree's scripts run unasked in one that was installed; with `asks` the user is asked.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    name = words[0] if words else ""
    if name not in NAMES:
        sys.stderr.write(f"patchflow: {name!r} is none of its hooks: {', '.join(NAMES)}.\n")
        return 2
    if "all" in os.environ.get("PATCHFLOW_SKIP", "").replace(",", " ").split():
        return 0
    try:
        from patchflow.lazy_inspect import without_inspect

        without_inspect()
        if not asks and name not in LIGHT:
            from patchflow.adapters.trust import ask_with, installed

            ask_with(installed)
        return int(__import__(f"patchflow.githooks.{name.replace('-', '_')}", fromlist=["run"]).run(words[1:]))
    except BaseException as error:  # noqa: BLE001 - the last door: no traceback may reach a user, and no pass by accident
        from patchflow.githooks.verdict import tell_error

        return tell_error(name, error)


if __name__ == "__main__":
    # Started by its path, without site-packages: the package stands two folders above.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    gc.disable()  # it would look through what was imported, several times, and find nothing to free
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to be cleaned up, and taking an interpreter apart is felt at every commit
