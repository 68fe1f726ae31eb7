"""Whether clippy is here, which a build of Rust runs beside the compiler."""

from __future__ import annotations

from shutil import which

from patchflow.adapters.process import run


def clippy_left_out() -> tuple[str, ...]:
    """What a build of Rust leaves out because clippy is missing (rustup's own stand-in for it counts as such)."""
    if which("clippy-driver") and run(["clippy-driver", "--version"], check=False).code == 0:
        return ()
    return ("clippy is missing, so CLIPPY=1 was left out; `rustup component add clippy` or `apt install rust-clippy` "
            "installs it",)  # fmt: skip
